"""Boston 311, first half of 2015: our verdict equals the city's own flag on every flagged case
with a target date (City of Boston, ODC PDDL)."""

import csv
import gzip

import harness
from harness import SOURCE_DIR, TESTDATA, AcceptanceTest, run

TABLE = TESTDATA / "boston311_2015_h1.csv.gz"
MAPPING = SOURCE_DIR / "ingest" / "source" / "mappings" / "boston311.toml"
# When the city wrote the flags of the cases that were still open.
SEEN_AT = "2016-01-12T23:00:00-05:00"
ON_TIME = {"resolved_on_time": "ONTIME", "pending_in_time": "ONTIME",
           "resolved_late": "OVERDUE", "pending_late": "OVERDUE"}


class BostonTest(AcceptanceTest):
    def test_verdicts_equal_the_citys_flag(self):
        with gzip.open(TABLE, "rt", encoding="utf-8", newline="") as table:
            flags = {row["CASE_ENQUIRY_ID"]: row["OnTime_Status"]
                     for row in csv.DictReader(table)
                     if row["TARGET_DT"] and row["OnTime_Status"]}
        # 43,592 have a target; the city flagged all of them but 102.
        self.assertEqual(43490, len(flags))

        daemon = self.daemon(start=False, clock="2016-01-13T12:00:00+07:00")
        run("import", "--data", daemon.data, "--mapping", MAPPING, TABLE)
        daemon.start()
        # No file knows the departments: each is a provisional root.
        departments = [unit["code"]
                       for unit in daemon.get("/api/v1/units", date="2016-01-13")["units"]
                       if unit["code"].startswith("B01.")]
        rows = [row for department in departments for row in daemon.cases(
            unit=department, rule="qd766", as_of=SEEN_AT, limit=1000,
            **{"from": "2014-12-31", "to": "2016-01-13"})]
        self.assertEqual(58119, len(rows))
        states = {row["case_id"]: row for row in rows}
        self.assertEqual(len(rows), len(states))
        self.assertEqual(set(), set(flags) - set(states))

        wrong = [(number, expected, states[number]) for number, expected in flags.items()
                 if ON_TIME[states[number]["state"]] != expected]
        self.assertEqual([], wrong[:5], f"{len(wrong)} of {len(flags)} differ")
        self.assertEqual({"ONTIME", "OVERDUE"}, set(flags.values()))


if __name__ == "__main__":
    harness.main()
