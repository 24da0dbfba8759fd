"""The XES export opens in PM4Py with the cases, events, variants and steps that the program counts.

PM4Py comes from PyPI into build/test-tools (deploy/test-tools.sh). Where PyPI cannot be reached this
test says so and is shown as skipped, not as passed.
"""

import json
import os
import pathlib
import random
import subprocess
import unittest

import eventlogs
import harness
import histories
from harness import SOURCE_DIR, AcceptanceTest, run, write_lines

TOOLS = pathlib.Path(os.environ.get("TTHC_TEST_TOOLS", SOURCE_DIR / "build" / "test-tools"))
COUNTS = pathlib.Path(__file__).resolve().parent / "pm4py_counts.py"
SEED = 20250403
PM4PY_SECONDS = 240


class Pm4pyTest(AcceptanceTest):
    def setUp(self):
        super().setUp()
        if not (TOOLS / "complete.txt").exists():
            self.skipTest(f"PM4Py is not in {TOOLS}: deploy/test-tools.sh installs it from PyPI")

    def read(self, *logs):
        out = self.directory / "counts.json"
        done = subprocess.run([TOOLS / "bin" / "python", "-B", COUNTS, out, *logs],
                              capture_output=True, timeout=PM4PY_SECONDS, text=True, check=False,
                              env={**os.environ, "MPLCONFIGDIR": str(self.directory)})
        self.assertEqual(0, done.returncode, done.stderr[-2000:])
        return json.loads(out.read_text("utf-8"))

    def check(self, *command):
        """PM4Py and the program say the same of the log of `command`; gives what PM4Py read."""
        xes = self.directory / "log.xes"
        run(*command, "--out", xes)
        ours = json.loads(run(*command, "--format", "json", "--variants", 100000).stdout)
        theirs, = self.read(xes)
        self.assertEqual(ours["cases"]["total"], theirs["cases"])
        self.assertEqual(ours["events"], theirs["events"])
        self.assertEqual(ours["variants_total"], len(theirs["variants"]))
        self.assertEqual(sorted([v["steps"], v["cases"]] for v in ours["variants"]),
                         theirs["variants"])
        self.assertEqual({s["step"]: s["entered"] for s in ours["steps"]}, theirs["activities"])
        self.assertEqual(sorted([t["from"], t["to"], t["count"]] for t in ours["transitions"]),
                         theirs["transitions"])
        self.assertLessEqual({"case:concept:name", "concept:name", "lifecycle:transition",
                              "org:group", "time:timestamp"}, set(theirs["columns"]))
        return theirs

    def check_same(self, file):
        published = eventlogs.read_receipt(file)
        read = self.check("process", *eventlogs.import_receipt(self.directory, file))
        again = {}
        for case, activity, at in read["log"]:
            again.setdefault(case, []).append((activity, eventlogs.instant(at)))
        self.assertEqual(eventlogs.without_groups(published), again)
        return read

    def test_vietnamese_cases(self):
        lines = self.directory / "messages.jsonl"
        write_lines(lines, histories.Generator(SEED, 400).messages())
        data = self.directory / "store"
        run("replay", "--data", data, lines)
        read = self.check("process", "--data", data, "--unit", "H34", "--period", "2025")
        self.assertGreater(len(read["variants"]), 50)
        self.assertIn("Đang xử lý", read["activities"])

    def test_a_log_of_its_own_steps(self):
        file = self.directory / "log.csv"
        eventlogs.write_receipt_like(file, random.Random(SEED), 200)
        self.check_same(file)

    @unittest.skipUnless(eventlogs.RECEIPT.exists(),
                         "the receipt log is not here (it may not be passed on): TTHC_RECEIPT_LOG "
                         "names a copy, see docs/process.md")
    def test_the_receipt_log(self):
        read = self.check_same(eventlogs.RECEIPT)
        self.assertEqual(eventlogs.RECEIPT_SIZE, (read["cases"], read["events"]))
        self.assertEqual(116, len(read["variants"]))


if __name__ == "__main__":
    harness.main()
