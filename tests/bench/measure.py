"""Measures tthcmon against its yardsticks in one run; see docs/performance.md. Called by run.sh."""
import argparse
import datetime
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import tempfile
import threading
import time

from daemon import CLOCK, Daemon, Listeners, PlainBroadcast, Postgres, allow_descriptors

SIZES = {
    # cases of five statements; memory_cases all open; repeats of a restart
    "quick": {"cases": 20_000, "round": 20_000, "memory_cases": 50_000, "unit_cases": 20_000,
              "sheet_cases": 60_000,
              "restarts": 2, "asks": 2_000, "summaries": 10, "deadlines": 200_000,
              "listeners": 1_000, "listener_runs": 1},
    "default": {"cases": 200_000, "round": 100_000, "memory_cases": 200_000,
                "unit_cases": 70_000, "sheet_cases": 600_000, "restarts": 3, "asks": 20_000, "summaries": 30,
                "deadlines": 1_000_000, "listeners": 10_000, "listener_runs": 3},
    "full": {"cases": 2_000_000, "round": 200_000, "memory_cases": 1_000_000,
             "unit_cases": 70_000, "sheet_cases": 600_000, "restarts": 3, "asks": 50_000, "summaries": 30,
             "deadlines": 1_000_000, "listeners": 10_000, "listener_runs": 3},
}
# Of the listeners only, and only to see that they still work: run by the suite.
SIZES["smoke"] = SIZES["quick"] | {"listeners": 100}
ROOT_UNIT = "H34"
SCRAPES = 20
SUBTREE_UNITS = 3_500
SHEET_UNITS = 163   # of Phú Thọ, 2026: the departments and communes the portal lists
SHEETS = 10
MONDAY = "2025-03-24T07:29:30+07:00"
RECORDS_PER_LINE = 500
DEADLINE_PACE = 5_000   # statements a second while a million deadlines fire
LISTENER_ROUNDS = 100   # alerts, one after the other
BURST = 20              # alerts of one message
MOST_BURSTS = 100
BURST_REST = 0.1   # seconds: a queue that stands still shows in time, not in messages only
LISTENER_BYTES = 16 << 10   # a session, and a full queue of pointers to shared messages


class Table:
    def __init__(self):
        self.lines = []

    def add(self, what, value, unit, goal=None, met=None, against=None, spread=None):
        self.lines.append({"what": what, "value": value, "unit": unit, "goal": goal, "met": met,
                           "against": against, "spread": spread})
        print(self.text(self.lines[-1]), flush=True)

    @staticmethod
    def number(value):
        if value is None:
            return ""
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"

    def text(self, line):
        spread = line["spread"]
        shown = f" ({self.number(spread[0])} … {self.number(spread[1])})" if spread else ""
        mark = {None: "", True: "met", False: "MISSED"}[line["met"]]
        goal = f"goal {line['goal']}" if line["goal"] else ""
        value = f"{self.number(line['value'])} {line['unit']}{shown}"
        return f"{line['what']:<58} {value:<42} {goal:<18} {mark:<7} {line['against'] or ''}".rstrip()


def median_spread(values):
    return statistics.median(values), (min(values), max(values))


class Bench:
    def __init__(self, arguments):
        self.build = pathlib.Path(arguments.build)
        self.size = SIZES[arguments.size]
        self.size_name = arguments.size
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tthc-bench-", dir=arguments.work_dir))
        os.chmod(self.work, 0o755)   # PostgreSQL runs as another user
        self.table = Table()
        self.raw = {}
        self.http_rate = None

    def close(self):
        shutil.rmtree(self.work, ignore_errors=True)

    # --- tools

    def daemon(self, name, config=None, clock=CLOCK):
        return Daemon(str(self.build / "tthcmon"), str(self.work / name),
                      str(self.work / f"{name}.log"), config, clock)

    def ingest(self, daemon, *options, name=None, now=CLOCK):
        """Runs ingest_bench to its end; its JSON lines."""
        command = [self.build / "tests/bench/ingest_bench", "--now", now]
        if daemon:
            command += ["--http", daemon.address]
        out = subprocess.run([str(c) for c in [*command, *options]], check=True,
                             stdout=subprocess.PIPE, text=True).stdout
        lines = [json.loads(line) for line in out.splitlines()]
        if name:
            self.raw[name] = lines
        return lines

    def ask(self, daemon, *options, paths=None):
        command = [self.build / "tests/bench/get_bench", "--http", daemon.address, *options]
        out = subprocess.run([str(c) for c in command], check=True, stdout=subprocess.PIPE,
                             text=True, input="\n".join(paths) + "\n" if paths else "").stdout
        return json.loads(out)

    def with_prefix(self, what):
        return f"{what} [{self.size_name}]"

    # --- measurements

    def measure_ingest(self):
        """Items 1 and 5, and the store for 2, 3 and 7."""
        cases, size = self.size["cases"], self.size
        daemon = self.daemon("rounds")
        peer = Postgres(self.work / "pg")
        compared = min(cases, 200_000)
        cpu_before = daemon.cpu_seconds(), peer.cpu_seconds()
        lines = self.ingest(
            daemon, "--cases", compared, "--round", size["round"],
            "--raw-dir", self.work / "raw", "--records-dir", self.work / "records",
            "--file", self.work / "file", "--pg", peer.conninfo, name="ingest_rounds")
        cpu = [now - before for now, before in
               zip((daemon.cpu_seconds(), peer.cpu_seconds()), cpu_before)]
        self.raw["ingest_rounds_cpu_seconds"] = {"daemon": cpu[0], "postgres": cpu[1]}
        daemon.stop()
        peer.stop()
        for name in ("pg", "raw", "records", "rounds"):
            shutil.rmtree(self.work / name)
        os.unlink(self.work / "file")
        rates = {}
        for line in lines:
            # A last round of leftovers says nothing.
            if line["statements"] >= size["round"] * 0.9:
                rates.setdefault(line["contender"], []).append(line["statements"] / line["seconds"])
        body = statistics.mean(line["bytes"] / line["statements"] for line in lines)

        daemon = self.daemon("main")
        long = self.ingest(daemon, "--cases", cases, "--round",
                           min(5 * cases, 2_000_000), name="ingest_long")
        seconds = sum(line["seconds"] for line in long)
        self.http_rate = sum(line["statements"] for line in long) / seconds
        self.table.add("durable ingest over HTTP, without a pause", self.http_rate, "statements/s",
                       against=f"{body:.0f} bytes of JSON per statement, "
                               f"p99 {long[0]['p99_ms']:.0f} ms per message of 500")
        names = {"http": "the same in rounds, others in between",
                 "raw_bodies": "  raw RocksDB log, the same bytes",
                 "raw_records": "  raw RocksDB log, 40-byte records, a key each",
                 "file": "  a file, the same bytes, fdatasync each",
                 "postgres": "  PostgreSQL 15, rows decoded for it"}
        medians = {}
        for contender, name in names.items():
            medians[contender], spread = median_spread(rates[contender])
            self.table.add(name, medians[contender], "statements/s", spread=spread)
        for contender, text, goal in (
                ("raw_bodies", "ratio to the raw log on the same bytes", 0.5),
                ("raw_records", "ratio to the raw log of 40-byte records", None),
                ("file", "ratio to the plain file", None),
                ("postgres", "ratio to PostgreSQL 15", 5)):
            ratio = self.http_rate / medians[contender]
            spread = (self.http_rate / max(rates[contender]), self.http_rate / min(rates[contender]))
            self.table.add(text, ratio, "x", goal=f">= {goal}" if goal else None,
                           met=ratio >= goal if goal else None, spread=spread)
        per_statement = [1e6 * seconds / (5 * compared) for seconds in cpu]
        self.table.add("processor time, daemon", per_statement[0], "us/statement",
                       against="moved less by other load than rates are; reading JSON included")
        self.table.add("  PostgreSQL 15", per_statement[1], "us/statement",
                       against=f"{per_statement[1] / per_statement[0]:.1f} x the daemon's")
        self.main = daemon

    def store(self):
        """The daemon with the workload in it, from measure_ingest or made here."""
        if not hasattr(self, "main"):
            self.main = self.daemon("main")
            lines = self.ingest(self.main, "--cases", self.size["cases"], "--round",
                                self.size["cases"] * 5)
            self.http_rate = sum(l["statements"] for l in lines) / sum(l["seconds"] for l in lines)
        return self.main

    def measure_restart(self):
        daemon = self.store()
        ready, first = [], []
        for i in range(self.size["restarts"]):
            # Killed in the middle of its work: the tail of the log has to be played again.
            sender = threading.Thread(target=self.ingest_until_killed, args=(daemon, i))
            sender.start()
            before = daemon.metric("tthc_cases_in_memory")
            while daemon.metric("tthc_cases_in_memory") < before + self.size["cases"] * 0.02:
                time.sleep(0.02)
            daemon.kill()
            sender.join()
            daemon = self.daemon("main")
            ready.append(daemon.ready_seconds)
            begin = time.monotonic()
            daemon.get(f"/api/v1/units/{ROOT_UNIT}/summary?period=2025-Q1&rule=form06")
            first.append(time.monotonic() - begin)
        self.main = daemon
        statements = 5 * self.size["cases"]
        goal = 10 * statements / 10_000_000
        value, spread = median_spread(ready)
        self.table.add(f"restart after kill -9, {statements:,} statements", value, "s",
                       goal=f"< {max(goal, 1):.3g} s", met=value < max(goal, 1), spread=spread,
                       against=f"10 s for 10 M: {value * 10_000_000 / statements:.1f} s pro rata")
        value, spread = median_spread(first)
        self.table.add("  first summary after it", value, "s", spread=spread)

    def ingest_until_killed(self, daemon, round_number):
        try:
            self.ingest(daemon, "--cases", self.size["cases"], "--first-case",
                        self.size["cases"] * (10 + round_number), "--round", 50_000)
        except subprocess.CalledProcessError:
            pass   # the daemon was killed under it

    def measure_timeline(self):
        daemon = self.store()
        daemon.wait_quiet()
        for which in ("open", "closed"):
            answer = self.ask(daemon, "--case-timelines", self.size["asks"], "--which", which,
                              "--cases", self.size["cases"])
            self.raw[f"timeline_{which}"] = answer
            self.table.add(f"timeline of one {which} case over HTTP, p99", answer["p99_ms"], "ms",
                           goal="< 5 ms", met=answer["p99_ms"] < 5,
                           against=f"median {answer['p50_ms']:.2f} ms, {answer['requests']} asked")

    def measure_summary(self):
        daemon = self.store()
        daemon.wait_quiet()
        rng = random.Random(7)
        first = datetime.date(2025, 2, 20)
        for rule in ("form06", "qd766"):
            paths = []
            for _ in range(self.size["summaries"]):
                begin = first + datetime.timedelta(days=rng.randrange(20))
                end = begin + datetime.timedelta(days=rng.randrange(1, 15))
                paths.append(f"/api/v1/units/{ROOT_UNIT}/summary?from={begin}&to={end}&rule={rule}")
            answer = self.ask(daemon, paths=paths)
            self.raw[f"summary_{rule}"] = answer
            pro_rata = answer["max_ms"] * 1_000_000 / self.size["cases"]
            self.table.add(f"summary, random past periods, {self.size['cases']:,} cases, {rule}",
                           answer["p50_ms"], "ms", goal="max < 1 s for 1 M",
                           met=pro_rata < 1000, spread=(answer["min_ms"], answer["max_ms"]),
                           against=f"pro rata for 1 M cases at most {pro_rata:.0f} ms")

    def measure_disk(self):
        daemon = self.store()
        statements = daemon.metric("tthc_statements_recorded_total")
        lines = self.raw.get("ingest_long")
        if lines and statements != sum(line["statements"] for line in lines):
            statements = None
        daemon.wait_quiet()
        daemon.stop()
        if statements is None:
            raise RuntimeError("the store holds more than one ingest: measure disk before restart")
        per_statement = daemon.disk_bytes() / statements
        self.table.add("disk after a graceful stop, index and log included", per_statement,
                       "bytes/statement", goal="< 60", met=per_statement < 60,
                       against=f"{statements:,.0f} statements")
        self.main = self.daemon("main")

    def settled_rss(self, daemon):
        """RSS once the daemon holds nothing but what it has to: restarted, so that no write buffer
        and no freed queue counts."""
        daemon.wait_quiet()
        daemon.stop()
        daemon = self.daemon(daemon.data.name, daemon.config)
        daemon.wait_quiet()
        return daemon, daemon.rss()

    def measure_memory(self):
        cases = self.size["memory_cases"]
        config = self.work / "memory.toml"
        config.write_text("[store]\nflush_seconds = 1\n", encoding="utf-8")
        daemon = self.daemon("memory", str(config))
        rss = {}

        def send(first, count, open_percent, *more):
            self.ingest(daemon, "--first-case", first, "--cases", count, "--open-percent",
                        open_percent, "--round", 200_000, *more)

        send(0, cases // 4, 100)
        daemon, rss["quarter"] = self.settled_rss(daemon)
        send(cases // 4, cases - cases // 4, 100)
        daemon.wait_quiet()
        rss["live"] = daemon.rss()
        daemon, rss["open"] = self.settled_rss(daemon)
        per_case = (rss["open"] - rss["quarter"]) / (cases - cases // 4)
        self.table.add(f"memory per open case, {cases // 4:,} to {cases:,} open", per_case, "bytes",
                       goal="< 250", met=per_case < 250,
                       against=f"growth of RSS between two restarts; {rss['open'] / 1e6:.0f} MB in "
                               f"all, {rss['live'] / 1e6:.0f} MB just after receiving")
        send(0, cases // 4, 100, "--close-all")
        send(cases // 4, cases - cases // 4, 100, "--close-all")
        daemon.wait_metric("tthc_cases_in_memory", 2000)
        rss["closed_live"] = daemon.rss()
        daemon, rss["closed"] = self.settled_rss(daemon)
        send(cases, cases, 0)
        daemon.wait_metric("tthc_cases_in_memory", 2000)
        daemon, rss["closed_twice"] = self.settled_rss(daemon)
        daemon.stop()
        per_closed = (rss["closed_twice"] - rss["closed"]) / cases
        self.table.add(f"memory per closed case, {cases:,} to {2 * cases:,} closed", per_closed,
                       "bytes", goal="flat", met=per_closed < 25,
                       against=f"{rss['closed'] / 1e6:.0f} MB with all closed and restarted, "
                               f"{rss['closed_live'] / 1e6:.0f} MB before the restart")
        self.raw["memory"] = rss

    def many_units(self):
        units = [("H99", "Tỉnh Đo đạc", "province", None)]
        for d in range(50):
            code = f"H99.{d + 1:02}"
            units.append((code, f"Sở {d + 1}", "department", "H99"))
            units += [(f"{code}.{c + 1:02}", f"Phòng {c + 1}", "commune", code) for c in range(69)]
        return units[:SUBTREE_UNITS]

    def province_units(self):
        """A province as it is since July 2025: departments and communes directly below it."""
        units = [("H99", "Tỉnh Đo đạc", "province", None)]
        units += [(f"H99.{n:02}", f"Sở {n}", "department", "H99") for n in range(1, 16)]
        units += [(f"H99.{n}", f"Xã {n}", "commune", "H99") for n in range(101, 101 + 148)]
        return units[:SHEET_UNITS + 1]

    def units_files(self, units):
        """The tree as TOML and the codes below the root for the workload."""
        text = '[about]\ntitle = "Đo đạc"\ndemonstration_codes = true\nsources = ["không có"]\n'
        for code, name, level, parent in units:
            text += f'\n[[unit]]\ncode = "{code}"\nname = "{name}"\nlevel = "{level}"\n'
            if parent:
                text += f'parent = "{parent}"\n'
        (self.work / "units.toml").write_text(text, encoding="utf-8")
        codes = self.work / "codes.txt"
        codes.write_text("".join(code + "\n" for code, *_ in units[1:]), encoding="utf-8")
        config = self.work / "units-config.toml"
        config.write_text(f'[units]\nfiles = ["{self.work / "units.toml"}"]\n', encoding="utf-8")
        return str(config), str(codes)

    def measure_scrape(self):
        config, codes = self.units_files(self.many_units())
        for units, name, conf, extra, goal in (
                (130, "scrape130", None, [], None),
                (SUBTREE_UNITS, "scrape3500", config, ["--units", codes], 30)):
            daemon = self.daemon(name, conf)
            cases = self.size["unit_cases"]
            base = ["--cases", cases, *extra, "--round", cases * 5]
            full = self.ingest(daemon, *base)
            rate = sum(l["statements"] for l in full) / sum(l["seconds"] for l in full)
            daemon.wait_quiet()
            idle = self.ask(daemon, paths=["/metrics"] * SCRAPES)
            value = idle["p50_ms"]
            self.table.add(f"scrape, {units:,} units, idle", value, "ms",
                           goal=f"< {goal} ms" if goal else None,
                           met=value < goal if goal else None,
                           spread=(idle["min_ms"], idle["max_ms"]),
                           against=f"{idle['bytes'] / 1e6:.1f} MB")
            paced = ["--pace", int(rate / 2)]
            calm = self.ingest(daemon, *base, "--first-case", 10_000_000, *paced)
            sender_lines = []
            sender = threading.Thread(target=lambda: sender_lines.extend(
                self.ingest(daemon, *base, "--first-case", 20_000_000, *paced)))
            sender.start()
            times = []
            while sender.is_alive():
                begin = time.monotonic()
                daemon.get("/metrics")
                times.append(1000 * (time.monotonic() - begin))
                time.sleep(0.25)
            sender.join()
            value, spread = median_spread(times[1:] or times)
            self.table.add(f"  while half of full load comes in ({rate / 2:,.0f}/s)", value, "ms",
                           spread=spread,
                           against=f"ingest p99 per message {calm[0]['p99_ms']:.1f} ms without, "
                                   f"{sender_lines[0]['p99_ms']:.1f} ms with 4 scrapes a second")
            self.raw[name] = {"idle": idle, "busy_ms": times, "calm": calm, "with": sender_lines}
            daemon.stop()
            shutil.rmtree(self.work / name)

    def measure_sheet(self):
        """The whole score sheet of a province and each of its units, from a warm store."""
        config, codes = self.units_files(self.province_units())
        daemon = self.daemon("sheet", config)
        cases = self.size["sheet_cases"]
        self.ingest(daemon, "--cases", cases, "--units", codes, "--round", cases * 5)
        daemon.wait_quiet()
        period = "period=2025-Q1"
        paths = {
            "summary": f"/api/v1/units/H99/summary?{period}&rule=qd766",
            "sheet": f"/api/v1/reports/qd766?unit=H99&{period}&format=json",
            "one unit": f"/api/v1/units/H99.101/indicators?{period}",
        }
        taken = {what: self.ask(daemon, paths=[path] * SHEETS) for what, path in paths.items()}
        walk = taken["summary"]["p50_ms"]
        self.table.add(f"summary of the same store, {cases:,} cases", walk, "ms",
                       spread=(taken["summary"]["min_ms"], taken["summary"]["max_ms"]))
        for what, title in (("sheet", f"qd766 sheet of {SHEET_UNITS} units, period before beside it"),
                            ("one unit", "indicators of one unit")):
            answer = taken[what]
            pro_rata = answer["max_ms"] * 600_000 / cases
            self.table.add(title, answer["p50_ms"], "ms",
                           goal="< 2 s for 600,000" if what == "sheet" else None,
                           met=pro_rata < 2000 if what == "sheet" else None,
                           spread=(answer["min_ms"], answer["max_ms"]),
                           against=f"{answer['p50_ms'] / walk:.2f} times the plain summary")
        live = self.score_delays(daemon)
        self.table.add("a score on /metrics after the answer to a statement",
                       statistics.median(live), "s", goal="< 1 s", met=max(live) < 1,
                       spread=(min(live), max(live)))
        self.raw["sheet"] = taken | {"live_s": live}
        daemon.stop()
        shutil.rmtree(self.work / "sheet")

    def score_delays(self, daemon):
        """Seconds from the answer to a new case until the province's live figures have it."""
        series = 'tthc_indicator_denominator{unit="H99",indicator="TDGQ.1",period="2025-Q1"}'
        delays = []
        for number in range(SHEETS):
            before = daemon.metric(series)
            daemon.onestop({"MaHoSo": f"H99.101-250327-9{number:05}", "MaTTHC": "1.001193",
                            "TrangThaiHoSo": "4", "KenhThucHien": "1",
                            "NgayTiepNhan": "20250327080000", "NgayHenTra": "20250410170000"})
            answered = time.monotonic()
            while daemon.metric(series) == before:
                if time.monotonic() - answered > 60:
                    raise RuntimeError(f"{series} stays at {before}")
            delays.append(time.monotonic() - answered)
        return delays

    def write_deadlines(self, path, cases):
        """Cases received on Friday evening and due on Monday at 07:30:00, as replay lines."""
        record = ('{{"MaHoSo":"H34.{unit:02}-250321-{n:07}","MaTTHC":"1.001193","MaLinhVuc":"ZZ-01",'
                  '"TrangThaiHoSo":"4","KenhThucHien":"1","NgayTiepNhan":"20250321080000",'
                  '"NgayHenTra":"20250324073000"}}')
        with open(path, "w", encoding="utf-8") as out:
            for begin in range(0, cases, RECORDS_PER_LINE):
                records = ",".join(record.format(unit=1 + n % 16, n=n)
                                   for n in range(begin, min(cases, begin + RECORDS_PER_LINE)))
                out.write('{"service":"DongBoHoSoMC","madonvi":"000.00.00.H34",'
                          '"arrived_at":"2025-03-21T17:30:00+07:00","isUpdating":"False",'
                          f'"data":[{records}]}}\n')

    def measure_deadlines(self):
        """All of them due in one second, on a Monday at 07:30, while messages come in."""
        cases = self.size["deadlines"]
        lines, data = self.work / "deadlines.jsonl", self.work / "deadlines"
        self.write_deadlines(lines, cases)
        subprocess.run([self.build / "tthcmon", "replay", "--data", data, lines], check=True,
                       stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        lines.unlink()
        daemon = self.daemon("deadlines", clock=MONDAY)
        quiet_rss = daemon.rss()
        paced = ["--round", 1_000_000, "--pace", DEADLINE_PACE, "--open-percent", 100,
                 "--overdue-percent", 0]
        calm = self.ingest(daemon, *paced, "--cases", 10_000, now=MONDAY)
        busy = []
        sender = threading.Thread(target=lambda: busy.extend(self.ingest(
            daemon, *paced, "--cases", 20_000, "--first-case", 1_000_000, now=MONDAY)))
        seconds = self.clock_seconds(daemon)
        while self.clock_seconds(daemon) < -5:
            time.sleep(0.05)
        sender.start()
        before = self.alerts(daemon)
        while self.clock_seconds(daemon) < 0:
            time.sleep(0.02)
        begin = time.monotonic()
        while self.alerts(daemon) - before < cases:
            if time.monotonic() - begin > 300:
                raise RuntimeError("the deadlines do not all fire")
            time.sleep(0.25)   # asking costs the daemon, too
        fired = time.monotonic() - begin
        worst = daemon.metric("tthc_timer_lateness_worst_seconds")
        sender.join()
        self.raw["deadlines"] = {"calm": calm, "busy": busy, "fired_s": fired, "worst_s": worst,
                                 "rss": (quiet_rss, daemon.rss()), "clock_at_start_s": seconds,
                                 "alerts_before": before}
        pro_rata = fired * 1_000_000 / cases
        self.table.add(f"{cases:,} deadlines in one second, all claimed", fired, "s",
                       goal="< 10 s for 1 M", met=pro_rata < 10,
                       against=f"worst lateness {worst:.1f} s as exported")
        self.table.add("  p99 per message of 500 meanwhile", busy[0]["p99_ms"], "ms",
                       goal="< 100 ms", met=busy[0]["p99_ms"] < 100,
                       against=f"{calm[0]['p99_ms']:.1f} ms before, at {DEADLINE_PACE:,} statements/s")
        digests = daemon.metric("tthc_alert_digests_total")
        daemon.wait_quiet()
        grown = (daemon.rss() - quiet_rss) / cases
        self.table.add("  memory of an open alert", grown, "bytes",
                       against=f"{digests:.0f} digests told; {daemon.rss() / 1e6:.0f} MB in all")
        daemon.kill()
        daemon = self.daemon("deadlines", clock="2025-03-24T08:00:00+07:00")
        self.table.add("  restart with all these alerts", daemon.ready_seconds, "s",
                       against=f"{self.alerts(daemon):.0f} told again")
        daemon.stop()
        shutil.rmtree(data)

    @staticmethod
    def alerts(daemon):
        """Claimed since its start."""
        return daemon.metric("tthc_alerts_held_total") + daemon.metric("tthc_alerts_told_total")

    @staticmethod
    def clock_seconds(daemon):
        """Seconds after Monday, 07:30:00, on the daemon's clock."""
        now = datetime.datetime.fromisoformat(json.loads(daemon.get("/"))["now"])
        return (now - datetime.datetime.fromisoformat("2025-03-24T07:30:00+07:00")).total_seconds()

    def measure_listeners(self):
        """One in ten never reads; every alert is for all of them."""
        allow_descriptors()
        runs = {"daemon": [], "plain": []}
        for number in range(self.size["listener_runs"]):
            last = number + 1 == self.size["listener_runs"]
            runs["daemon"].append(self.listen_to_daemon(f"listeners{number}", flood=last))
            runs["plain"].append(self.listen_to_plain(runs["daemon"][-1]["singles"]["bytes"]))
        self.raw["listeners"] = runs
        count = self.size["listeners"]
        p99 = {}
        for who, title, goal in (
                ("daemon", f"{count:,} listeners, a tenth never reads: alert, p99", 200),
                ("plain", "  a plain broadcast of the same bytes, p99", None)):
            singles = [run["singles"] for run in runs[who]]
            p99[who], spread = median_spread([s["p99_ms"] for s in singles])
            self.table.add(title, p99[who], "ms", spread=spread,
                           goal=f"< {goal} ms" if goal else None,
                           met=p99[who] < goal if goal else None,
                           against=f"median {statistics.median(s['p50_ms'] for s in singles):.1f} "
                                   f"ms, at most {max(s['max_ms'] for s in singles):.0f} ms")
        self.table.add("  ratio to the plain broadcast", p99["daemon"] / p99["plain"], "x")
        answers = [run["singles"]["answer_p50_ms"] for run in runs["daemon"]]
        self.table.add("  answer to the message that alerts", statistics.median(answers), "ms",
                       spread=(min(answers), max(answers)))
        flood = runs["daemon"][-1]
        bursts = flood["bursts"]
        rate = sum(b["deliveries"] for b in bursts) / sum(b["seconds"] for b in bursts)
        self.table.add(f"  {BURST} alerts at once, p99",
                       statistics.median(b["p99_ms"] for b in bursts), "ms",
                       against=f"{rate:,.0f} messages read a second")
        rss = flood["rss"]
        grown = (rss["peak"] - rss["before"]) / count
        self.table.add("  memory of a listener, the daemon's peak", grown, "bytes",
                       goal=f"< {LISTENER_BYTES:,}" if count >= 1_000 else None,
                       met=grown < LISTENER_BYTES if count >= 1_000 else None,
                       against=", ".join(f"{b / 1e6:.0f} MB {when}" for when, b in rss.items()))
        self.table.add("  dropped as slow", flood["slow"], "listeners", goal=f"{count // 10:,}",
                       met=flood["slow"] == count // 10,
                       against=f"after {LISTENER_ROUNDS + BURST * len(bursts):,} alerts; "
                               "no other was closed")

    def listen_to_daemon(self, name, flood):
        count = self.size["listeners"]
        config = self.work / "listeners.toml"
        # Each alert is told by itself, however many there are in a minute.
        config.write_text(f"[limits]\nwebsocket_sessions = {count}\n"
                          "[alerts]\ndigest_above_messages = 100000\n", encoding="utf-8")
        daemon = self.daemon(name, str(config))
        rss = {"before": daemon.rss()}
        try:
            listeners = Listeners(self.build / "tests/bench/listeners_bench", daemon.address,
                                  count, count // 10)
            rss["with them"] = daemon.rss()
            run = {"opened_s": listeners.opened_seconds, "rss": rss,
                   "singles": listeners.rounds(LISTENER_ROUNDS, 1)}
            if flood:
                self.drop_the_slow(daemon, listeners, run)
            rss |= {"after": daemon.rss(), "peak": daemon.peak_rss()}
            listeners.close()
        finally:
            daemon.kill()
        shutil.rmtree(self.work / name)
        return run

    def drop_the_slow(self, daemon, listeners, run):
        """Bursts until each that does not read has a full queue that does not move; those that read
        get all."""
        stalled = self.size["listeners"] // 10
        readers = self.size["listeners"] - stalled
        run["bursts"] = []
        while daemon.metric("tthc_alert_listeners") > readers:
            if len(run["bursts"]) == MOST_BURSTS:
                raise RuntimeError("not all that never read are dropped")
            run["bursts"].append(listeners.rounds(1, BURST))
            time.sleep(BURST_REST)
        # A full queue ends what is told; the session ends once its last message has had its time.
        daemon.wait_metric('tthc_alert_sessions{transport="websocket"}', readers)
        run["slow"] = daemon.metric(
            'tthc_alert_sessions_closed_total{reason="slow",transport="websocket"}')
        run["left"] = daemon.metric('tthc_alert_sessions{transport="websocket"}')
        if (run["slow"], run["left"]) != (stalled, readers):
            raise RuntimeError(f"{run['slow']:.0f} dropped as slow, {run['left']:.0f} left")

    def listen_to_plain(self, alert_bytes):
        plain = PlainBroadcast(self.build / "tests/bench/listeners_bench")
        count = self.size["listeners"]
        listeners = Listeners(self.build / "tests/bench/listeners_bench", plain.address, count,
                              count // 10, "--plain-bytes", alert_bytes)
        run = {"opened_s": listeners.opened_seconds,
               "singles": listeners.rounds(LISTENER_ROUNDS, 1)}
        listeners.close()
        plain.stop()
        return run

    def measure_pieces(self):
        out = subprocess.run(
            [str(self.build / "tests/bench/pieces_bench"), "--benchmark_format=json",
             "--benchmark_repetitions=5", "--benchmark_report_aggregates_only=true",
             "--benchmark_min_time=0.1"],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        self.raw["pieces"] = json.loads(out)["benchmarks"]
        for line in self.raw["pieces"]:
            if line["aggregate_name"] != "median":
                continue
            items = line.get("items_per_second")
            value, unit = (1e9 / items, "ns/item") if items else (line["cpu_time"],
                                                                 line["time_unit"])
            self.table.add("piece: " + line["run_name"], value, unit)


MEASUREMENTS = ["ingest", "disk", "timeline", "summary", "restart", "memory", "scrape", "sheet", "deadlines",
                "listeners", "pieces"]


def machine():
    cpu = [l for l in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if "model name" in l]
    memory = pathlib.Path("/proc/meminfo").read_text().split("\n")[0].split()[1]
    return {"date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="minutes"),
            "cpu": cpu[0].partition(":")[2].strip() if cpu else "", "cores": os.cpu_count(),
            "memory_gib": round(int(memory) / 2**20, 1), "kernel": os.uname().release,
            "load_before": os.getloadavg(),
            "filesystem": subprocess.run(["df", "--output=source,fstype", tempfile.gettempdir()],
                                         stdout=subprocess.PIPE, text=True, check=False)
            .stdout.splitlines()[-1]}


def main():
    parser = argparse.ArgumentParser(prog="run.sh")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--quick", dest="size", action="store_const", const="quick",
                       default="default", help="a minute or two, figures only indicative")
    sizes.add_argument("--full", dest="size", action="store_const", const="full",
                       help="10 M statements, 1 M open cases")
    sizes.add_argument("--smoke", dest="size", action="store_const", const="smoke",
                       help=argparse.SUPPRESS)
    parser.add_argument("--json", help="where the figures go (default: bench.json in the build)")
    parser.add_argument("--only", help="comma separated: " + ", ".join(MEASUREMENTS))
    parser.add_argument("--work-dir", help="where the stores lie (default: the temporary directory)")
    arguments = parser.parse_args()
    wanted = arguments.only.split(",") if arguments.only else MEASUREMENTS
    for name in wanted:
        if name not in MEASUREMENTS:
            parser.error(f"--only: there is no '{name}'")
    here = machine()
    print(f"{here['cpu']}, {here['cores']} cores, {here['memory_gib']} GiB, Linux {here['kernel']}, "
          f"{here['filesystem']}; load before {here['load_before'][0]:.1f}; {here['date']}; "
          f"size {arguments.size}")
    if here["load_before"][0] > 0.5:
        print("The machine is busy with other work: these figures are no good for comparison.")
    bench = Bench(arguments)
    try:
        for name in MEASUREMENTS:
            if name in wanted:
                getattr(bench, "measure_" + name)()
    finally:
        if hasattr(bench, "main"):
            bench.main.kill()
        bench.close()
        here["load_after"] = os.getloadavg()
        out = pathlib.Path(arguments.json or bench.build / "bench.json")
        out.write_text(json.dumps({"machine": here, "size": arguments.size,
                                   "table": bench.table.lines, "raw": bench.raw},
                                  ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        print(f"load after {here['load_after'][0]:.1f}; figures kept in {out}")


if __name__ == "__main__":
    main()
