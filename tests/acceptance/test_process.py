"""The process of a unit against a plain count of the same messages, and its event log as XES and
CSV; a log that names its own steps comes out as it went in."""

import datetime
import random
import unittest

import eventlogs
import harness
import histories
import reference
from eventlogs import read_csv, read_xes, variants, without_groups
from harness import AcceptanceTest, dossier, progress, run, write_lines

SEED = 20250402
CASES = 400
NOW = datetime.datetime(2025, 5, 20, 12, 0, 0)
CLOCK = "2025-05-20T12:00:00+07:00"
UNITS = ["H34", "H34.23", "H34.05", "H99.01"]
PERIODS = [(datetime.date(2025, 1, 1), datetime.date(2025, 3, 31)),
           (datetime.date(2025, 2, 1), datetime.date(2025, 2, 28))]
MOMENTS = [None, datetime.datetime(2025, 3, 1, 0, 0, 0)]
EVERYTHING = {"from": "2025-01-01", "to": "2025-03-31"}


def text_of(moment):
    return moment and moment.isoformat() + "+07:00"


class ProcessTest(AcceptanceTest):
    def serving(self, messages, **options):
        daemon = self.daemon(start=False, clock=CLOCK, **options)
        lines = daemon.directory / "messages.jsonl"
        write_lines(lines, messages)
        run("replay", "--data", daemon.data, lines)
        return daemon.start()

    def log_of(self, daemon, unit, form, **query):
        answer = daemon.request("GET", f"/api/v1/units/{unit}/process", format=form, **query)
        self.assertEqual(200, answer.status, answer)
        return answer.body.decode()

    def compare(self, daemon, cases, unit, period, moment, known_at=None, procedure=None):
        first, last = period
        query = {"from": first, "to": last, "as_of": text_of(moment),
                 "known_at": text_of(known_at), "procedure": procedure}
        members = reference.population(cases, unit, first, last, "qd766", moment or NOW)
        if procedure:
            members = [(case, verdict) for case, verdict in members
                       if reference.procedure_key(case.latest("MaTTHC") or "") == procedure]
        count, hours, ways, again, standing = eventlogs.process(
            members, reference.cut_off(last, moment or NOW))
        answer = daemon.get(f"/api/v1/units/{unit}/process", limit=1000, **query)

        self.assertEqual({k: count[k] for k in ("total", "open", "rework")}
                         | {"ended": count["total"] - count["open"]}, answer["cases"])
        self.assertEqual(count["events"], answer["events"])
        for kind in ("working", "waiting", "closed"):
            self.assertAlmostEqual(hours[kind], answer["time"][kind + "_hours"], delta=0.006)
        # Every step has its time at full; what is listed is rounded.
        self.assertAlmostEqual(sum(hours.values()), sum(s["hours"] for s in answer["steps"]),
                               delta=0.006 * len(answer["steps"]))
        self.assertEqual(ways, {tuple(v["steps"]): v["cases"] for v in answer["variants"]})
        self.assertEqual(len(ways), answer["variants_total"])
        self.assertEqual(again, {r["step"]: r["entered_again"] for r in answer["rework"]})
        self.assertEqual(standing, {o["step"]: o["cases"] for o in answer["open"]})
        crossings = sum(len(way) - 1 for way in ways.elements())
        self.assertEqual(crossings, sum(t["count"] for t in answer["transitions"]))

        expected = {case.case_id: [(eventlogs.STATUS_NAMES[status], begin) for status, begin in
                                   eventlogs.steps_of(case, reference.cut_off(last, moment or NOW))]
                    for case, _ in members}
        log, keys = read_xes(self.log_of(daemon, unit, "xes", **query))
        self.assertLessEqual(keys, {("string", "concept:name"), ("date", "time:timestamp"),
                                    ("string", "lifecycle:transition"), ("string", "org:group"),
                                    ("string", "procedure")})
        local = {case: [(e.activity, e.time.replace(tzinfo=None)) for e in events]
                 for case, events in log.items()}
        self.assertEqual(expected, local)
        self.assertEqual(sorted(log), list(log), "by case")
        self.assertEqual({case.case_id: case.unit for case, _ in members},
                         {case: events[0].group for case, events in log.items()})
        self.assertEqual(log, read_csv(self.log_of(daemon, unit, "csv", **query)))
        return count["total"]

    def test_equals_the_reference(self):
        messages = histories.Generator(SEED, CASES).messages()
        daemon = self.serving(histories.shuffled(messages, SEED))
        cases = reference.read_cases(messages)
        seen = {self.compare(daemon, cases, unit, period, moment)
                for unit in UNITS for period in PERIODS for moment in MOMENTS}
        self.assertGreater(len(seen), 6, "the questions must have different answers")
        self.assertGreater(self.compare(daemon, cases, "H34", PERIODS[0], None,
                                        procedure="1.004884"), 10)
        self.assertEqual(0, self.compare(daemon, cases, "H34", PERIODS[0], None,
                                         procedure="7.777777"))
        known_at = datetime.datetime(2025, 3, 5, 8, 0, 0)
        known = [case for case in reference.read_cases(messages, known_at) if case.statements]
        self.assertGreater(self.compare(daemon, known, "H34", PERIODS[0], None, known_at), 100)

    def test_the_command_line_says_the_same(self):
        daemon = self.serving(histories.Generator(SEED + 1, 60).messages())
        served = {form: self.log_of(daemon, "H34", form, **EVERYTHING)
                  for form in ("json", "csv", "xes")}
        self.assertEqual(0, daemon.stop())
        command = ("process", "--data", daemon.data, "--unit", "000.00.00.H34", "--from",
                   "2025-01-01", "--to", "2025-03-31")
        for form, text in served.items():
            out = self.directory / f"out.{form}"
            run(*command, "--out", out)
            self.assertEqual(text.rstrip("\n"), out.read_bytes().decode().rstrip("\n"))
        self.assertEqual(served["json"].rstrip("\n"), run(*command).stdout.rstrip("\n"))
        self.assertNotEqual(0, run(*command, "--format", "xlsx", check=False).returncode)

    def test_markup_in_a_case_number_and_nothing_of_a_person(self):
        case = "H34.05-250110-<&\"'>]]>"
        daemon = self.daemon(clock=CLOCK)
        daemon.onestop("DongBoHoSoMC", [dossier(
            case, TrangThaiHoSo="2", NgayTiepNhan="20250110080000", ChuHoSo="Trần Thị Bí Mật",
            SoDienThoai="0912345678")])
        daemon.onestop("CapNhatTienDoHoSoMC", [progress(
            case, 4, "20250113090000", NguoiXuLy="Nguyễn Văn Kín", NoiDungXuLy="gọi bà Bí Mật")])
        for form in ("xes", "csv", "json"):
            text = self.log_of(daemon, "H34", form, **EVERYTHING)
            for secret in ("Mật", "Kín", "0912345678"):
                self.assertNotIn(secret, text)
        log, _ = read_xes(self.log_of(daemon, "H34", "xes", **EVERYTHING))
        self.assertEqual([case], list(log))
        self.assertEqual(log, read_csv(self.log_of(daemon, "H34", "csv", **EVERYTHING)))

    def test_a_log_over_the_limit_is_refused_and_the_figures_are_not(self):
        config = self.directory / "serve.toml"
        config.write_text("[limits]\nprocess_log_events = 5\n")
        daemon = self.serving(histories.Generator(SEED + 2, 40).messages(), config=config)
        for form in ("xes", "csv"):
            answer = daemon.request("GET", "/api/v1/units/H34/process", format=form, **EVERYTHING)
            self.assertEqual(400, answer.status, answer)
            self.assertIn("more than 5 events (limits.process_log_events)", answer.json["detail"])
        self.assertGreater(daemon.get("/api/v1/units/H34/process", **EVERYTHING)["events"], 5)
        daemon.stop()
        command = ("process", "--data", daemon.data, "--config", config, "--unit", "H34",
                   "--period", "2025-Q1")
        refused = run(*command, "--out", self.directory / "log.xes", check=False)
        self.assertEqual(1, refused.returncode)
        self.assertIn("limits.process_log_events", refused.stderr)
        self.assertFalse((self.directory / "log.xes").exists())


class OwnStepsTest(AcceptanceTest):
    """A log of foreign steps, imported and exported again, is the same log."""

    def check_same(self, file):
        published = eventlogs.read_receipt(file)
        command = ("process", *eventlogs.import_receipt(self.directory, file))
        for form, read in (("xes", lambda text: read_xes(text)[0]), ("csv", read_csv)):
            out = self.directory / f"log.{form}"
            run(*command, "--out", out)
            exported = read(out.read_bytes().decode())
            self.assertEqual(without_groups(published), without_groups(exported))
            self.assertEqual(variants(published), variants(exported))
        return published

    def test_an_invented_log(self):
        file = self.directory / "log.csv"
        eventlogs.write_receipt_like(file, random.Random(SEED), 150)
        self.assertGreater(len(variants(self.check_same(file))), 100)

    @unittest.skipUnless(eventlogs.RECEIPT.exists(),
                         "the receipt log is not here (it may not be passed on): TTHC_RECEIPT_LOG "
                         "names a copy, see docs/process.md")
    def test_the_receipt_log(self):
        published = self.check_same(eventlogs.RECEIPT)
        self.assertEqual(eventlogs.RECEIPT_SIZE,
                         (len(published), sum(map(len, published.values()))))

    def test_a_step_that_the_mapping_does_not_list_keeps_no_name(self):
        file = self.directory / "log.csv"
        eventlogs.write_receipt_like(file, random.Random(SEED), 3)
        text = file.read_text("utf-8").replace("T02 Check confirmation of receipt", "Jan Jansen")
        self.assertIn("Jan Jansen", text)
        file.write_text(text, "utf-8")
        command = ("process", *eventlogs.import_receipt(self.directory, file))
        for form in ("xes", "csv", "json"):
            self.assertNotIn("Jansen", run(*command, "--format", form).stdout)
        for stored in (self.directory / "store").rglob("*"):
            self.assertFalse(stored.is_file() and b"Jansen" in stored.read_bytes(), stored)


if __name__ == "__main__":
    harness.main()
