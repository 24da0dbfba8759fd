"""The boards of deploy/grafana and the rules of deploy/prometheus, each expression asked of a real
Prometheus that scrapes the daemon with the demonstration quarter."""

import datetime
import json
import math
import pathlib
import re
import shutil
import subprocess
import tempfile
import types
import unittest

import certificates
import harness
from harness import Daemon, dossier, run, wait_for
from receiver import new_secret
from test_prometheus import Prometheus

BOARDS = harness.SOURCE_DIR / "deploy" / "grafana" / "dashboards"
PROVISIONING = harness.SOURCE_DIR / "deploy" / "grafana" / "provisioning"
RULES = harness.SOURCE_DIR / "deploy" / "prometheus"
RULE_FILES = [RULES / "tthc-recording.yml", RULES / "tthc-alerts.yml"]
UIDS = {"tthc-province", "tthc-unit", "tthc-alerts", "tthc-indicators", "tthc-health"}
CLOCK = "2025-03-31T23:00:00+07:00"
FLOOR = 1 << 21
REGISTERS_KNOWN = "2025-03-31T22:30:00+07:00"
CONSOLE = "${console:raw}/"
ROUTES = {"#/tong-quan", "#/don-vi/${unit:raw}", "#/don-vi/${__data.fields.unit}", "#/canh-bao",
          "#/phat-hien", "#/bao-cao"}
# What Prometheus adds of its own.
# There while partitions of a topic are assigned: acceptance.kafka looks at them.
OF_PARTITIONS = {"tthc_source_halted", "tthc_source_lag_messages"}
SYNTHETIC = {"up", "ALERTS"}
SYNTHETIC_LABELS = {"job", "instance", "alertname", "alertstate", "severity"}
# Nobody is wrong who reads these counters as they stand: any rise at all is the message, or the
# difference of two is taken (the net counts), or the count itself is what is shown.
READ_AS_THEY_STAND = {
    "tthc_unreadable_cases_total", "tthc_identity_violations_total", "tthc_findings_total",
    "tthc_rollup_findings_total", "tthc_cases_received_total", "tthc_cases_received_taken_back_total",
    "tthc_cases_finished_total", "tthc_cases_finished_taken_back_total"}
WORDS = {"or", "and", "unless", "bool", "by", "on", "ignoring", "without", "group_left", "group_right"}
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"


# --- reading PromQL: as much of it as the boards and rules use

def bare(expression):
    """Without strings, selectors, ranges and label lists."""
    text = re.sub(r'"(?:[^"\\]|\\.)*"', "", expression)
    text = re.sub(r"\{[^}]*\}|\[[^]]*\]", "", text)
    return re.sub(r"\b(by|on|ignoring|without|group_left|group_right)\s*\([^)]*\)", " ", text)


def metrics_of(expression):
    return {name for name in re.findall(rf"(?<![\w:.]){NAME}\b(?!\s*\()", bare(expression))
            if name not in WORDS}


def labels_of(expression):
    named = re.findall(rf"[{{,]\s*({NAME})\s*(?:=~|!=|!~|=)", expression)
    lists = re.findall(r"\b(?:by|on|ignoring|without|group_left|group_right)\s*\(([^)]*)\)", expression)
    return set(named) | {label.strip() for row in lists for label in row.split(",") if label.strip()}


def selectors_of(expression):
    """name{…} or name, without its range."""
    found = re.findall(rf"({NAME})(\{{[^}}]*\}})", expression)
    chosen = {name for name, _ in found}
    return {name + inside for name, inside in found} | (metrics_of(expression) - chosen)


def arguments_of(function, expression):
    """The metric inside each function(metric{…}[…])."""
    return re.findall(rf"\b(?:{function})\(\s*({NAME})", expression)


class Family:
    """What /metrics declares: counter, gauge or histogram, and the series a histogram has."""

    def __init__(self, exposition):
        self.type_of = {}
        for name, kind in re.findall(r"(?m)^# TYPE (\S+) (\S+)$", exposition):
            if kind == "histogram":
                self.type_of |= {f"{name}_{part}": "counter" for part in ("bucket", "sum", "count")}
            else:
                self.type_of[name] = kind


def misuses(expression, type_of, recorded):
    """What is wrong with how an expression treats counters, histograms and ratios."""
    wrong = [f"{name} is not exported" for name in metrics_of(expression)
             if name not in type_of and name not in recorded and name not in SYNTHETIC]
    rated = set(arguments_of("rate|increase|irate", expression))
    wrong += [f"rate of {name}, no counter" for name in rated if type_of.get(name) != "counter"]
    wrong += [f"difference of the counter {name}"
              for name in arguments_of("delta|deriv|predict_linear", expression)
              if type_of.get(name) == "counter"]
    wrong += [f"the counter {name} as it stands" for name in metrics_of(expression)
              if type_of.get(name) == "counter" and name not in rated | READ_AS_THEY_STAND]
    quantiles = len(re.findall(r"histogram_quantile\(", expression))
    right = re.findall(
        rf"histogram_quantile\([0-9.]+, sum by \((?:\w+, )*le\) \(rate\({NAME}_bucket[{{\[]", expression)
    if quantiles != len(right):
        wrong.append("histogram_quantile of something else than summed rates of buckets by le")
    if re.search(r"\bavg(_over_time)?\b", expression):
        wrong.append("an average")
    if re.search(r"\btthc_(rollup_)?on_time_ratio\b", expression):
        wrong.append("a ratio instead of its numerator and denominator")
    if any("case" in label for label in labels_of(expression)):
        wrong.append("a case as a label")
    return wrong


def board_files():
    return sorted(BOARDS.glob("*.json"))


def boards():
    return [json.loads(path.read_text("utf-8")) for path in board_files()]


def targets():
    """[(board, panel, expression)]."""
    return [(board, panel, target["expr"]) for board in boards() for panel in board["panels"]
            for target in panel["targets"]]


def variables(board, kind=None):
    return [v for v in board["templating"]["list"] if kind is None or v["type"] == kind]


class BoardsTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        # One store and one Prometheus for all: they are only asked.
        directory = tempfile.TemporaryDirectory(prefix="tthcmon-boards-")
        cls.addClassCleanup(directory.cleanup)
        cls.directory = pathlib.Path(directory.name)
        cls.daemon = cls.demonstration()
        cls.exposition = cls.daemon.request("GET", "/metrics").body.decode()
        cls.type_of = Family(cls.exposition).type_of | dict.fromkeys(OF_PARTITIONS, "gauge")
        cls.prometheus = Prometheus(
            types.SimpleNamespace(directory=cls.directory, addCleanup=cls.addClassCleanup),
            f"{cls.daemon.host}:{cls.daemon.port}", RULE_FILES)
        wait_for("the first scrape", lambda: cls.prometheus.query('up{job="tthc"} == 1'))
        groups = json.loads(cls.prometheus.fetch("/api/v1/rules")[1])["data"]["groups"]
        cls.rules = [rule for group in groups for rule in group["rules"]]
        cls.recorded = {r["name"] for r in cls.rules if r["type"] == "recording"}
        cls.alerts = [r for r in cls.rules if r["type"] == "alerting"]

    @classmethod
    def demonstration(cls):
        harness.write_secret(cls.directory / "hook.secret", new_secret() + "\n")
        # Nobody listens there: a channel that fails.
        (cls.directory / "channels.toml").write_text(
            '[[webhook]]\nname = "hook"\nurl = "http://127.0.0.1:1/"\nsecret_file = "hook.secret"\n')
        config = cls.directory / "tthcmon.toml"
        certificates.write_server(cls.directory, certificates.Authority())
        config.write_text('[channels]\nfile = "channels.toml"\n' + certificates.SETTINGS +
                          f"[store]\nfree_space_floor_bytes = {FLOOR}\n"
                          f"[backup]\ndir = \"{cls.directory}/backups\"\n"
                          '[kafka]\nbrokers = ["127.0.0.1:1"]\nonestop_topics = ["onestop"]\n')
        daemon = Daemon(cls.directory, clock=CLOCK, config=config)
        cls.addClassCleanup(daemon.close)
        messages, registers = cls.directory / "messages.jsonl", cls.directory / "registers"
        run("demo", "kontum-2025q1", "--out", messages, "--registers", registers)
        run("replay", "--data", daemon.data, messages)
        for rows in sorted(registers.glob("*.jsonl")):
            run("register", rows.stem, rows, "--data", daemon.data, "--recorded-at", REGISTERS_KNOWN)
        daemon.start()
        wait_for("the score sheets", lambda: b"\ntthc_score_points{" in
                 daemon.request("GET", "/metrics").body)
        return daemon

    fed = 0

    def feed(self):
        """A little of everything that happens: a new case that is due at once, and a bad record."""
        type(self).fed += 1
        now = datetime.datetime.fromisoformat(self.daemon.summary("H34", period="2025-Q1")["cut_off"])
        due = (now + datetime.timedelta(seconds=1)).strftime("%Y%m%d%H%M%S")
        self.daemon.post("/api/v1/onestop", harness.envelope("DongBoHoSoMC", [
            dossier(f"H34.05-250331-{90000 + self.fed}", TrangThaiHoSo="2",
                    NgayTiepNhan="20250331083000", NgayHenTra=due), {"MaHoSo": ""}]))

    def values(self, variable):
        """What a variable of label_values(metric{…}, label) offers, in its order."""
        metric, label = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"]).groups()
        found = sorted({labels[label] for labels, _ in self.prometheus.query(
            f"count by ({label}) ({self.filled(metric)})")})
        return found[::-1] if variable["sort"] == 2 else found

    @staticmethod
    def filled(expression, unit="H34", period="2025-Q1"):
        """As Grafana fills in the variables; a scrape a second makes half a minute enough for rates."""
        for name, value in (("$__rate_interval", "30s"), ("$job", ".+"), ("$instance", ".+"),
                            ("$unit", unit), ("$period", period)):
            expression = expression.replace(name, value)
        return expression

    # --- the real Prometheus

    def test_every_expression_has_an_answer(self):
        wanted = {}
        for board, panel, expression in targets():
            where = f"{board['uid']}: {panel['title']}"
            wanted[self.filled(expression)] = where
            if "vector(0)" in expression:   # answers even where nothing is there
                wanted |= {self.filled(selector): where for selector in selectors_of(expression)
                           if not selector.startswith("ALERTS")}
        for rule in self.rules:
            if rule["type"] == "recording":
                wanted[rule["query"]] = rule["name"]
            else:   # the expression has its threshold: what it looks at must be there
                for selector in selectors_of(rule["query"]) - OF_PARTITIONS:
                    wanted[selector] = rule["name"]
        missing = dict(wanted)

        def ask():
            self.feed()
            for expression in list(missing):
                if any(math.isfinite(value) for _, value in self.prometheus.query(expression)):
                    del missing[expression]
            return not missing
        try:
            wait_for("every expression to have a value", ask)
        except AssertionError:
            self.fail("no value:\n" + "\n".join(f"{w}: {e}" for e, w in missing.items()))
        for rule in json.loads(self.prometheus.fetch("/api/v1/rules")[1])["data"]["groups"]:
            for each in rule["rules"]:
                self.assertEqual(("ok", ""), (each["health"], each.get("lastError", "")), each["name"])
        # And with units that have nothing below them or no figures at all: no failure.
        for unit in ("H34.21", "H34.21.01", "H34.05", "none"):
            for _, _, expression in targets():
                self.prometheus.query(self.filled(expression, unit))

    def test_what_a_board_shows_is_what_the_summary_says(self):
        by_title = {(board["uid"], panel["title"]): expression for board, panel, expression in targets()}
        # The figures move while other tests feed: ask until scrape and summary are of one state.
        for unit in ("H34", "H34.21", "H34.05"):
            def agree(unit=unit):
                found = []
                for rule, title in (("form06", "Đúng hạn · Biểu 06"), ("qd766", "Đúng hạn · QĐ 766")):
                    summary = self.daemon.summary(unit, rule=rule, period="2025-Q1")
                    [(_, value)] = self.prometheus.query(
                        self.filled(by_title["tthc-unit", title], unit)) or [({}, math.nan)]
                    rate = summary["rates"]["tt01" if rule == "form06" else "qd766"]
                    found.append(abs(value - rate) < 1e-6)
                total = self.daemon.get("/api/v1/cases", unit=unit, rule="qd766", period="2025-Q1",
                                        state="pending_late", limit=1)["total"]
                [(_, overdue)] = self.prometheus.query(
                    self.filled(by_title["tthc-unit", "Đang quá hạn"], unit)) or [({}, math.nan)]
                return all(found) and overdue == total and total > 0
            wait_for(f"the board of {unit} to show the summary", agree)

    def test_variables_are_filled(self):
        offered = {}
        for board in boards():
            for variable in variables(board, "query"):
                metric = re.match(rf"label_values\(({NAME})", variable["query"]["query"])[1]
                self.assertIn(metric, self.type_of, board["uid"])
                offered[board["uid"], variable["name"]] = self.values(variable)
                self.assertTrue(offered[board["uid"], variable["name"]], (board["uid"], variable))
        self.assertEqual("H34", offered["tthc-province", "unit"][0])
        self.assertEqual("2025-Q1", offered["tthc-province", "period"][0])
        self.assertIn("H34.21.01", offered["tthc-unit", "unit"])

    def test_links_lead_somewhere(self):
        """The API behind each panel answers; the console's routes are those there are."""
        asked = set()
        for board in boards():
            for panel in board["panels"]:
                fields = panel["fieldConfig"]
                more = fields["defaults"].get("links", []) + [
                    row for override in fields["overrides"] for prop in override["properties"]
                    if prop["id"] == "links" for row in prop["value"]]
                self.assertTrue(panel["links"], (board["uid"], panel["title"]))
                self.assertTrue(all(row["url"].startswith(CONSOLE) for row in panel["links"]))
                asked |= {row["url"] for row in panel["links"] + more}
        for url in sorted(asked):
            if url.startswith("/d/"):
                self.assertIn(url[3:].split("?")[0], UIDS)
                continue
            path = url.removeprefix(CONSOLE)
            if path.startswith("#"):
                self.assertIn(path, ROUTES)
                continue
            path = path.replace("${unit:raw}", "H34").replace("${period:raw}", "2025-Q1")
            self.assertNotIn("$", path)
            self.assertEqual(200, self.daemon.request("GET", "/" + path).status, url)
        self.assertGreater(len(asked), len(ROUTES))

    def test_free_space_is_that_of_the_data_directory(self):
        [(_, floor)] = wait_for("the floor", lambda: self.prometheus.query("tthc_store_free_floor_bytes"))
        self.assertEqual(FLOOR, floor)
        [(_, free)] = self.prometheus.query("tthc_store_free_bytes")
        self.assertTrue(0 < free <= shutil.disk_usage(self.daemon.data).total, free)

    # --- what they are made of

    def test_only_what_is_exported_and_as_it_is_meant(self):
        labels = set(re.findall(rf"[{{,]({NAME})=\"", self.exposition)) | SYNTHETIC_LABELS | {"le"}
        everything = [(f"{board['uid']}: {panel['title']}", e) for board, panel, e in targets()]
        everything += [(rule["name"], rule["query"]) for rule in self.rules]
        for where, expression in everything:
            self.assertEqual([], misuses(expression, self.type_of, self.recorded), where)
            self.assertLessEqual(labels_of(expression), labels, where)
        self.assertGreater(len(everything), len(targets()))

    def test_misuse_is_found(self):
        for expression, word in (
                ('sum (tthc_no_such{job=~"$job"})', "not exported"),
                ("rate(tthc_store_free_bytes[5m])", "no counter"),
                ("delta(tthc_messages_total[1h])", "difference"),
                ("tthc_messages_total > 5", "as it stands"),
                ("histogram_quantile(0.9, tthc_log_sync_seconds_bucket)", "histogram_quantile"),
                ("avg (tthc_on_time_ratio_numerator)", "average"),
                ("max (tthc_rollup_on_time_ratio)", "instead of"),
                ("sum by (case_id) (tthc_cases_open)", "case")):
            found = misuses(expression, self.type_of, self.recorded)
            self.assertTrue(any(word in each for each in found), (expression, found))

    def test_no_case_is_named(self):
        for path in board_files() + RULE_FILES:
            text = path.read_text("utf-8")
            self.assertIsNone(re.search(r"-\d{6}-\d{4,5}|case_id|ho-so/", text), path.name)

    def test_uids_are_fixed_and_everything_is_linked(self):
        self.assertEqual(UIDS, {board["uid"] for board in boards()})
        self.assertEqual(UIDS, {path.stem for path in board_files()})
        self.assertEqual(len(UIDS), len({board["title"] for board in boards()}))
        for board in boards():
            led_to = [row["url"] for row in board["links"]]
            self.assertEqual(UIDS - {board["uid"]},
                             {url[3:].split("?")[0] for url in led_to if url.startswith("/d/")})
            console = {url.removeprefix(CONSOLE) for url in led_to if url.startswith(CONSOLE)}
            self.assertTrue(console and console <= ROUTES, console)
            [constant] = variables(board, "constant")
            self.assertEqual("console", constant["name"])
            ids = [panel["id"] for panel in board["panels"]]
            self.assertEqual(list(range(1, len(ids) + 1)), ids)

    def test_the_source_is_the_provisioned_one(self):
        [uid] = re.findall(r"(?m)^    uid: (\S+)$",
                           (PROVISIONING / "datasources" / "tthc.yml").read_text("utf-8"))
        for board in boards():
            [source] = variables(board, "datasource")
            self.assertEqual(("datasource", "prometheus", uid),
                             (source["name"], source["query"], source["current"]["value"]))
            for panel in board["panels"]:
                for what in [panel, *panel["targets"]]:
                    self.assertEqual({"type": "prometheus", "uid": "$datasource"}, what["datasource"])

    def test_what_the_linter_asks_for(self):
        """Its rules that concern Prometheus, for machines that have no dashboard-linter."""
        for board in boards():
            self.assertFalse(board["editable"])
            for variable in variables(board, "query"):
                self.assertEqual(2, variable["refresh"], "on a change of the time range")
            for name in ("job", "instance"):
                [variable] = [v for v in variables(board) if v["name"] == name]
                self.assertEqual((True, ".+"), (variable["multi"], variable["allValue"]))
        for board, panel, expression in targets():
            where = (board["uid"], panel["title"])
            self.assertTrue(panel["title"] and panel["description"] and
                            panel["fieldConfig"]["defaults"]["unit"], where)
            for selector in selectors_of(expression):
                self.assertIn('{job=~"$job",instance=~"$instance"', selector, where)
            for window in re.findall(r"\b(?:rate|increase)\([^[]*\[([^]]*)\]", expression):
                self.assertEqual("$__rate_interval", window, where)

    def test_officials_read_vietnamese(self):
        letters = re.compile("[ăâđêôơưáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]", re.I)
        for board, panel, _ in targets():
            self.assertRegex(panel["description"], letters, (board["uid"], panel["title"]))
            self.assertRegex(board["description"], letters)
        for alert in self.alerts:
            self.assertRegex(alert["annotations"]["summary"], letters)

    # --- rules

    def promtool(self, *arguments):
        done = subprocess.run(["promtool", *map(str, arguments)], cwd=RULES, capture_output=True,
                              text=True, timeout=harness.COMMAND_SECONDS, check=False)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_promtool_accepts_the_rules(self):
        self.promtool("check", "rules", *RULE_FILES)
        self.promtool("check", "config", "--syntax-only", RULES / "prometheus.yml")
        self.promtool("test", "rules", RULES / "tthc-rules-test.yml")

    def test_every_alert_is_tried_and_has_a_runbook(self):
        tried = (RULES / "tthc-rules-test.yml").read_text("utf-8")
        parts = dict(re.findall(r"(?ms)^  - name: (\w+)$(.*?)(?=^  - name: |\Z)", tried))
        headings = {heading.strip().lower() for heading in re.findall(
            r"(?m)^## (.+)$", (harness.SOURCE_DIR / "docs" / "runbooks.md").read_text("utf-8"))}
        names = {alert["name"] for alert in self.alerts}
        self.assertEqual(len(names), len(self.alerts))
        self.assertEqual(headings, {name.lower() for name in names})
        for alert in self.alerts:
            part = parts[alert["name"]]
            self.assertIn("exp_samples: []", part)
            self.assertIn(f'exp_samples: [{{labels: \'ALERTS{{alertname="{alert["name"]}"', part)
            self.assertIn(alert["labels"]["severity"], ("warning", "critical"))
            self.assertEqual("docs/runbooks.md#" + alert["name"].lower(), alert["annotations"]["runbook"])
            self.assertTrue(alert["annotations"]["description"])


if __name__ == "__main__":
    harness.main()
