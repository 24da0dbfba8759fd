"""The reports people sign, over the demonstration quarter and its registers, in every format.

Figures come from the plain reference (reference.py), from the demonstration's own check
(tests/unit/demo/check_indicators.py) and from the published report; none from the program.
"""

import collections
import csv
import datetime
import decimal
import io
import json
import pathlib
import shutil
import sys
import tempfile
import zipfile

import openpyxl

import harness
import reference
from harness import Q1_CLOCK, SOURCE_DIR, AcceptanceTest, Daemon, run

sys.path.insert(0, str(SOURCE_DIR / "tests" / "unit" / "demo"))
import check_form06       # noqa: E402
import check_indicators   # noqa: E402

FIRST, LAST = datetime.date(2025, 1, 1), datetime.date(2025, 3, 31)
END = datetime.datetime(2025, 3, 31, 23, 59, 59)
QUARTER = {"period": "2025-Q1"}
REPORTS = ("form06", "cchc", "qd766", "late-cases", "emulation", "honest", "open-data")
FORMATS = {"json": "application/json", "csv": "text/csv",
           "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
# As printed in the report of quarter I/2025; money in billions of đồng.
PUBLISHED = {"received.total": 50533, "received.online": 15686, "received.direct_postal": 29007,
             "received.carried_over": 5840, "resolved.total": 44634, "resolved.in_time": 43682,
             "resolved.late": 952, "pending.total": 5899, "payments.fee.transactions": 21287,
             "payments.land_duty.transactions": 1108, "petitions.received": 3,
             "petitions.answered": 2, "petitions.in_process": 1}
PUBLISHED_PERCENT = {"resolved.in_time": "97.87", "share.online": "31.04",
                     "share.digitised": "78.93", "share.e_result": "80.32",
                     "share.reused": "25.36", "share.online_payment": "76.36"}
PUBLISHED_BILLIONS = {"payments.fee.amount": "2.319", "payments.land_duty.amount": "5.505"}
SESSIONS = [(datetime.time(7, 30), datetime.time(11, 30)),
            (datetime.time(13), datetime.time(17))]
# Of the shipped calendar; reference.py has those of 2025.
DAYS_OFF_2024 = {datetime.date(2024, month, day) for month, day in [(9, 2), (9, 3)]}
UTC7 = datetime.timedelta(hours=7)


def percent(numerator, denominator):
    share = decimal.Decimal(100 * numerator) / decimal.Decimal(denominator)
    return str(share.quantize(decimal.Decimal("0.01"), decimal.ROUND_HALF_UP))


def two(value):
    return None if value is None else f"{value:.2f}"


def local(text):
    """An RFC 3339 time of the answer as a naive local time."""
    when = datetime.datetime.fromisoformat(text)
    assert when.utcoffset() == UTC7, text
    return when.replace(tzinfo=None)


def working_hours(begin, end):
    """Of the usual office, session by session."""
    total, day = datetime.timedelta(), begin.date()
    while day <= end.date():
        if reference.works(day) and day not in DAYS_OFF_2024:
            for opens, closes in SESSIONS:
                since = max(begin, datetime.datetime.combine(day, opens))
                until = min(end, datetime.datetime.combine(day, closes))
                total += max(until - since, datetime.timedelta())
        day += datetime.timedelta(days=1)
    return total / datetime.timedelta(hours=1)


def form06_row(summary):
    """Columns 3 to 13 of the form from the counts of reference.summary."""
    received, resolved, pending = (summary[k] for k in ("received", "resolved", "pending"))
    return [received["total"], received["online"], received["direct_postal"],
            received["carried_over"], resolved["total"], resolved["early"], resolved["on_time"],
            resolved["late"], pending["total"], pending["in_time"], pending["late"]]


FORM06_COLUMNS = ["received", "received_online", "received_direct_postal", "carried_over",
                  "resolved", "resolved_early", "resolved_on_time", "resolved_late", "pending",
                  "pending_in_time", "pending_late"]


class Reports(AcceptanceTest):
    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="tthcmon-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.lines = cls.shared / "demo.jsonl"
        cls.registers = cls.shared / "registers"
        run("demo", "kontum-2025q1", "--out", cls.lines, "--registers", cls.registers)
        cls.daemon = Daemon(cls.shared, clock=Q1_CLOCK)
        run("replay", "--data", cls.daemon.data, cls.lines)
        for file in sorted(cls.registers.glob("*.jsonl")):
            # Known before the daemon's clock begins: recorded time never goes back.
            run("register", file.stem, file, "--data", cls.daemon.data, "--recorded-at", Q1_CLOCK)
        cls.daemon.start()
        cls.addClassCleanup(cls.daemon.close)
        with open(cls.lines, encoding="utf-8") as lines:
            cls.cases = reference.read_cases(json.loads(line) for line in lines)
        cls.members = reference.population(cls.cases, "H34", FIRST, LAST, "form06", END)

    def report(self, name, unit="H34", form="json", **query):
        answer = self.daemon.request("GET", f"/api/v1/reports/{name}", unit=unit, format=form,
                                     **(query or QUARTER))
        self.assertEqual(200, answer.status, answer)
        self.assertTrue(answer.headers["Content-Type"].startswith(FORMATS[form]),
                        answer.headers["Content-Type"])
        return answer.json if form == "json" else answer.body

    @staticmethod
    def table(report, name):
        [table] = [t for t in report["tables"] if t["id"] == name]
        return table

    def summary(self, unit, members=None, rule="form06"):
        cases = self.cases if members is None else members
        return reference.summary(cases, unit, FIRST, LAST, rule, END)

    # --- form06

    def test_form06(self):
        report = self.report("form06")
        table = self.table(report, "fields")
        self.assertEqual(13, len(table["columns"]))
        self.assertEqual(["no", "field", *FORM06_COLUMNS], [c["id"] for c in table["columns"]])
        self.assertTrue(report["checks"])
        self.assertTrue(all(check["holds"] for check in report["checks"]), report["checks"])
        self.assertEqual("form06", report["definition_id"])
        self.assertEqual("2025-03-31T23:59:59+07:00", report["cut_off"])

        total = [table["total"][c] for c in FORM06_COLUMNS]
        self.assertEqual(form06_row(self.summary("H34")), total)
        fields = collections.defaultdict(list)
        for case, _ in self.members:
            fields[case.latest("MaLinhVuc") or "Không rõ lĩnh vực"].append(case)
        self.assertEqual(len(fields), len(table["rows"]))
        for row in table["rows"]:
            [code] = [f for f in fields if row["field"] == f or row["field"].endswith(f"({f})")]
            self.assertEqual(form06_row(self.summary("H34", fields[code])),
                             [row[c] for c in FORM06_COLUMNS], row["field"])
        for row in [*table["rows"], table["total"]]:
            of = dict(enumerate((row[c] for c in FORM06_COLUMNS), 3))
            self.assertEqual(of[3], of[4] + of[5] + of[6])
            self.assertEqual(of[7], of[8] + of[9] + of[10])
            self.assertEqual(of[11], of[12] + of[13])
            self.assertEqual(of[3], of[7] + of[11])

    # --- cchc

    def test_cchc_is_the_published_report(self):
        report = self.report("cchc")
        figures = {row["figure"]: row for row in self.table(report, "figures")["rows"]}
        for figure, number in PUBLISHED.items():
            self.assertEqual(number, figures[figure]["number"], figure)
        for figure, share in PUBLISHED_PERCENT.items():
            self.assertEqual(share, two(figures[figure]["percent"]), figure)
        for figure, billions in PUBLISHED_BILLIONS.items():
            self.assertEqual(billions, f"{figures[figure]['number'] / 1e9:.3f}", figure)
        text = "\n".join(report["paragraphs"])
        for words in ("50.533 hồ sơ", "trực tuyến 15.686 hồ sơ", "29.007 hồ sơ", "5.840 hồ sơ",
                      "44.634 hồ sơ", "43.682 hồ sơ (tỷ lệ 97,87%)", "952 hồ sơ", "5.899 hồ sơ",
                      "31,04%", "78,93%", "80,32%", "25,36%", "76,36%", "21.287 giao dịch",
                      "2,319 tỷ đồng", "1.108 giao dịch", "5,505 tỷ đồng",
                      "tiếp nhận 3, đã trả lời 2, đang xử lý 1"):
            self.assertIn(words, text)

    def test_cchc_counts_what_the_messages_say(self):
        lines = check_form06.read(str(self.lines))
        cases, snapshots = check_form06.group(lines), check_indicators.snapshots_of(lines)
        with open(SOURCE_DIR / "config" / "data" / "procedures_kontum.toml", "rb") as file:
            catalogue = {p["code"]: p for p in check_indicators.tomllib.load(file)["procedure"]}
        _, recorded, place = check_indicators.readings(lines)[0]
        count, _ = check_indicators.count_cases(cases, snapshots, catalogue, recorded, place,
                                                check_form06.judge_form06)
        figures = {row["figure"]: row
                   for row in self.table(self.report("cchc"), "figures")["rows"]}
        for figure, numerator, denominator in (
                ("share.digitised", "digitised", "received"),
                ("share.reused", "reused", "received"),
                ("share.e_result", "e_result", "resolved"),
                ("share.online_payment", "paid_online", "fee"),
                ("share.online", "online", "received")):
            row = figures[figure]
            self.assertEqual((count[numerator], count[denominator]),
                             (row["number"], row["denominator"]), figure)

    def test_cchc_shows_apart_what_open_cases_wait_for(self):
        report = self.report("cchc")
        figures = {row["figure"]: row for row in self.table(report, "figures")["rows"]}
        table = self.table(report, "pending")
        parts = ("running", "supplement", "financial_duty", "stopped")
        for row in [*table["rows"], table["total"]]:
            self.assertEqual(row["pending"], sum(row[part] for part in parts), row)
            self.assertLessEqual(row["financial_duty_past_due"], row["financial_duty"])
            self.assertEqual(row["financial_duty"] == 0, row["financial_duty_longest"] is None)
        for part in ("pending", *parts):
            self.assertEqual(table["total"][part], sum(row[part] for row in table["rows"]), part)
        self.assertEqual(figures["pending.total"]["number"], table["total"]["pending"])
        # Each row is what its unit's own report says.
        busiest = max(table["rows"], key=lambda row: row["pending"])
        own = self.daemon.get("/api/v1/reports/cchc", unit=busiest["unit"], **QUARTER)
        total = self.table(own, "pending")["total"]
        self.assertEqual({**busiest, "unit_name": total["unit_name"]}, total)
        self.assertTrue(all(check["holds"] for check in report["checks"]), report["checks"])

    def test_what_is_not_known_is_empty(self):
        """A store without registers has no payments and no petitions, and says so."""
        daemon = self.daemon_of_one_case()
        report = daemon.get("/api/v1/reports/cchc", unit="H34", **QUARTER)
        figures = {row["figure"]: row for row in self.table(report, "figures")["rows"]}
        self.assertEqual(1, figures["received.total"]["number"])
        for figure in ("payments.fee.amount", "payments.land_duty.transactions",
                       "petitions.received"):
            self.assertIsNone(figures[figure]["number"], figure)
        self.assertIn("chưa có số liệu", report["paragraphs"][-1])

    def daemon_of_one_case(self):
        # Not self.daemon: that one is the shared daemon of the quarter.
        directory = self.directory / "one"
        directory.mkdir()
        daemon = Daemon(directory, clock=Q1_CLOCK).start()
        self.addCleanup(daemon.close)
        daemon.onestop("DongBoHoSoMC", [harness.dossier(
            "H34.05-250303-0001", TrangThaiHoSo="2", NgayTiepNhan="20250303080000",
            NgayHenTra="20250310170000")])
        return daemon

    # --- qd766

    def test_qd766(self):
        report = self.report("qd766")
        table = self.table(report, "components")
        rows = {row["id"]: row for row in table["rows"] if row["id"]}
        summary = self.summary("H34", rule="qd766")
        kept = summary["resolved"]["on_time"] + summary["pending"]["in_time"]
        self.assertEqual((kept, summary["received"]["total"]),
                         (rows["TDGQ.1"]["numerator"], rows["TDGQ.1"]["denominator"]))
        points = decimal.Decimal(20 * kept) / summary["received"]["total"]
        self.assertEqual(str(points.quantize(decimal.Decimal("0.01"), decimal.ROUND_HALF_UP)),
                         two(rows["TDGQ.1"]["points"]))
        # Petitions: 3 handled in the period, all in time.
        self.assertEqual((3, 3), (rows["MDHL.1"]["numerator"], rows["MDHL.1"]["denominator"]))

        indicators = [r for r in table["rows"] if r["line"] == "Chỉ số"]
        groups = [r for r in table["rows"] if r["line"] == "Nhóm"]
        for group in groups:
            members = [r for r in indicators if r["group"] == group["id"]]
            self.assertEqual(group["max"], sum(r["max"] for r in members), group["id"])
            self.assertAlmostEqual(group["points"] or 0, sum(r["points"] or 0 for r in members), 6)
            self.assertEqual(all(r["points"] is None for r in members), group["points"] is None)
        self.assertAlmostEqual(table["total"]["points"], sum(g["points"] or 0 for g in groups), 6)
        self.assertEqual(100, table["total"]["max"])

        asked = self.daemon.get("/api/v1/units/H34/indicators", **QUARTER)
        self.assertAlmostEqual(asked["total"], table["total"]["points"], 6)
        [result] = self.table(report, "result")["rows"]
        self.assertEqual(asked["measured_max"], result["measured_max"])

        children = self.table(report, "children")["rows"]
        self.assertEqual(
            {u["code"] for u in self.daemon.get("/api/v1/units/H34", date="2025-03-31")["children"]
             if self.summary(u["code"], rule="qd766")["received"]["total"]},
            {row["unit"] for row in children})
        by_level = collections.defaultdict(list)
        for row in children:
            by_level[row["level"]].append(row)
        for rows in by_level.values():
            totals = sorted((row["total"] for row in rows), reverse=True)
            for row in rows:
                self.assertEqual(1 + sum(t > row["total"] for t in totals), row["rank"], row)

    # --- late-cases

    def test_late_cases(self):
        report = self.report("late-cases")
        table = self.table(report, "cases")
        late = {case.case_id: (case, verdict) for case, verdict in self.members
                if verdict.state.endswith("late")}
        self.assertEqual(set(late), {row["case_id"] for row in table["rows"]})
        for row in table["rows"]:
            case, verdict = late[row["case_id"]]
            self.assertEqual(case.unit, row["unit"])
            self.assertEqual((case.received_at, verdict.due),
                             (local(row["received_at"]), local(row["due_at"])))
            self.assertEqual(verdict.end, row["ended_at"] and local(row["ended_at"]))
            expected = working_hours(verdict.due, verdict.end or END)
            self.assertAlmostEqual(expected, row["late_hours"], delta=0.0051, msg=row)
            self.assertEqual(verdict.state == "resolved_late",
                             row["state"] == "Đã giải quyết quá hạn", row)
            self.assertRegex(row["officer"], r"^(CB-[0-9A-F]{8})?$")
        hours = [row["late_hours"] for row in table["rows"]]
        self.assertEqual(sorted(hours, reverse=True), hours)
        self.assertEqual(list(range(1, len(hours) + 1)), [row["no"] for row in table["rows"]])
        self.assertEqual("form06", report["definition_id"])
        # The demonstration's officers have names; none of them may come out.
        self.assertNotIn("NGUYEN", json.dumps(report))

    # --- emulation

    def counts_by_unit(self):
        """Every unit with cases -> columns of the form, units below it included."""
        members = collections.defaultdict(list)
        for case, _ in self.members:
            groups = case.unit.split(".")
            for depth in range(1, len(groups) + 1):
                members[".".join(groups[:depth])].append(case)
        return {unit: dict(zip(FORM06_COLUMNS, form06_row(self.summary(unit, cases))))
                for unit, cases in members.items()}

    def test_emulation(self):
        report = self.report("emulation")
        counts = self.counts_by_unit()
        rows = self.table(report, "units")["rows"]
        self.assertEqual(set(counts), {row["unit"] for row in rows})
        for row in rows:
            of = counts[row["unit"]]
            for column in ("received", "resolved", "resolved_late", "pending", "pending_late"):
                self.assertEqual(of[column], row[column], row)
            clean = of["resolved_late"] + of["pending_late"] == 0
            self.assertEqual(clean, row["result"].startswith("Không có"), row)
        clean = [row["result"].startswith("Không có") for row in rows]
        self.assertEqual(sorted(clean, reverse=True), clean)
        officers = self.table(report, "officers")["rows"]
        self.assertTrue(officers)
        self.assertEqual(len(officers), len({(r["unit"], r["officer"]) for r in officers}))
        self.assertLessEqual(sum(r["received"] for r in officers), PUBLISHED["received.total"])
        self.assertLessEqual(sum(r["resolved_late"] for r in officers), PUBLISHED["resolved.late"])
        self.assertNotIn("NGUYEN", json.dumps(report))

    # --- open data

    def test_open_data(self):
        report = self.report("open-data")
        units, dictionary = self.table(report, "units"), self.table(report, "dictionary")
        self.assertEqual([c["id"] for c in units["columns"]],
                         [row["column"] for row in dictionary["rows"]])
        self.assertTrue(all(r["label"] and r["meaning"] and r["type"] for r in dictionary["rows"]))
        counts = self.counts_by_unit()
        self.assertEqual(set(counts), {row["unit"] for row in units["rows"]})
        for row in units["rows"]:
            of = counts[row["unit"]]
            self.assertEqual(of, {c: row[c] for c in FORM06_COLUMNS}, row["unit"])
            resolved = of["resolved"]
            self.assertEqual(
                percent(of["resolved_early"] + of["resolved_on_time"], resolved)
                if resolved else None, two(row["rate_tt01"]))
        province = next(row for row in units["rows"] if row["unit"] == "H34")
        summary = self.summary("H34", rule="qd766")
        self.assertEqual(percent(summary["resolved"]["on_time"] + summary["pending"]["in_time"],
                                 summary["received"]["total"]), two(province["rate_qd766"]))
        sheet = self.table(self.report("qd766"), "components")
        self.assertEqual(sheet["total"]["points"], province["total"])
        text = json.dumps(report)
        self.assertNotIn("CB-", text)
        for case in self.cases[:: len(self.cases) // 50]:
            self.assertNotIn(case.case_id, text)

    # --- formats

    def test_csv_says_the_same(self):
        for name in REPORTS:
            table = self.report(name)["tables"][0]
            body = self.report(name, form="csv")
            self.assertTrue(body.startswith(b"\xef\xbb\xbf"), name)
            rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
            ids = [column["id"] for column in table["columns"]]
            self.assertEqual(ids, rows[0])
            expected = table["rows"] + ([table["total"]] if table["total"] else [])
            self.assertEqual(len(expected), len(rows) - 1, name)
            for said, row in zip(expected, rows[1:]):
                for column, cell in zip(ids, row):
                    value = said[column]
                    if isinstance(value, (int, float)):
                        self.assertAlmostEqual(value, float(cell), 6, (name, column))
                    else:
                        self.assertEqual(value or "", cell, (name, column))

    def check_cell(self, value, cell, where):
        if value is None or value == "":
            self.assertIsNone(cell.value, where)
        elif isinstance(value, (int, float)):
            self.assertEqual("n", cell.data_type, where)
            self.assertAlmostEqual(value, cell.value, 6, where)
        elif cell.is_date:
            shown = local(value) if "T" in value else datetime.datetime.fromisoformat(value)
            self.assertLess(abs(shown - cell.value), datetime.timedelta(seconds=1), where)
        else:
            self.assertEqual("s", cell.data_type, where)
            self.assertEqual(value, cell.value, where)

    def test_xlsx_says_the_same(self):
        for name in REPORTS:
            report = self.report(name)
            book = openpyxl.load_workbook(io.BytesIO(self.report(name, form="xlsx")))
            self.assertEqual(len(report["tables"]), len(book.sheetnames), name)
            dates = 0
            for table, sheet in zip(report["tables"], book.worksheets):
                self.assertLessEqual(len(sheet.title), 31)
                labels = [column["label"] for column in table["columns"]]
                lines = list(sheet.iter_rows(max_col=len(labels)))
                [header] = [i for i, line in enumerate(lines)
                            if [cell.value for cell in line] == labels]
                self.assertEqual(f"A{header + 2}", sheet.freeze_panes)
                above = "\n".join(str(line[0].value) for line in lines[:header])
                for text in (report["title"], "Tỉnh Kon Tum (H34)", "31/03/2025 23:59:59",
                             report["definition"]):
                    self.assertIn(text, above, (name, table["id"]))
                expected = table["rows"] + ([table["total"]] if table["total"] else [])
                for said, line in zip(expected, lines[header + 1:], strict=False):
                    for column, cell in zip(table["columns"], line):
                        self.check_cell(said[column["id"]], cell, (name, column["id"], said))
                        dates += cell.is_date and cell.value is not None
                below = "\n".join(str(line[0].value)
                                  for line in lines[header + 1 + len(expected):])
                for note in table["notes"]:
                    self.assertIn(note, below, (name, table["id"]))
            self.assertEqual(name in ("late-cases", "honest"), dates > 0, name)

    def test_same_question_same_bytes(self):
        for name in REPORTS:
            for form in ("csv", "xlsx", "json"):
                first, second = (self.report(name, form=form) for _ in range(2))
                if form == "json":
                    first, second = ({**r, "made_at": None} for r in (first, second))
                if form == "xlsx":
                    first, second = map(self.without_stamp, (first, second))
                self.assertEqual(first, second, (name, form))

    @staticmethod
    def without_stamp(body):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return {name: archive.read(name) for name in archive.namelist()
                    if name != "docProps/core.xml"}

    # --- questions

    def test_wrong_questions(self):
        def status(name, **query):
            return self.daemon.request("GET", f"/api/v1/reports/{name}", **query).status

        for name in REPORTS:
            self.assertEqual(404, status(name, unit="H34.77.77", **QUARTER), name)
            self.assertEqual(400, status(name, unit="H34", period="2026-Q1"), name)
        self.assertEqual(404, status("form07", unit="H34", **QUARTER))
        self.assertEqual(400, status("form06", unit="H34", format="pdf", **QUARTER))
        self.assertEqual(404, status("qd766", unit="H34", definition="qd000", **QUARTER))

    def test_days_name_the_same_period(self):
        by_days = self.report("form06", **{"from": "2025-01-01", "to": "2025-03-31"})
        by_name = self.report("form06")
        for report in (by_days, by_name):
            report.pop("made_at")
        self.assertEqual(by_name, by_days)

    def test_earlier_cut_off(self):
        report = self.report("form06", **QUARTER, as_of="2025-01-31T23:59:59+07:00")
        end = datetime.datetime(2025, 1, 31, 23, 59, 59)
        expected = reference.summary(self.cases, "H34", FIRST, LAST, "form06", end)
        total = self.table(report, "fields")["total"]
        self.assertEqual(form06_row(expected), [total[c] for c in FORM06_COLUMNS])

    def test_command_line_writes_the_same(self):
        asked = {(name, form): self.report(name, form=form)
                 for name in REPORTS for form in ("csv", "json")}
        book = self.report("cchc", form="xlsx")
        self.daemon.stop()
        try:
            for (name, form), answer in asked.items():
                out = self.directory / f"{name}.{form}"
                run("report", name, "--data", self.daemon.data, "--unit", "H34", "--period",
                    "2025-Q1", "--format", form, "--out", out)
                said = out.read_bytes()
                if form == "json":
                    said = {**json.loads(said), "made_at": None, "provisional": None}
                    answer = {**answer, "made_at": None, "provisional": None}
                self.assertEqual(answer, said, (name, form))
            out = self.directory / "cchc.xlsx"
            run("report", "cchc", "--data", self.daemon.data, "--unit", "H34", "--from",
                "2025-01-01", "--to", "2025-03-31", "--format", "xlsx", "--out", out)
            self.assertEqual(openpyxl.load_workbook(io.BytesIO(book)).sheetnames,
                             openpyxl.load_workbook(out).sheetnames)
        finally:
            self.daemon.start()


if __name__ == "__main__":
    harness.main()
