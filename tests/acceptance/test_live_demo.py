"""The live demonstration: the weeks after the quarter reach a running daemon as its clock goes on, and what
a newcomer is to see comes about."""

import json
import subprocess

import harness
from harness import AcceptanceTest, run, wait_for

CLOCK = "2025-04-01T07:00:00+07:00"
SPEED = 20_000                   # four and a half days in twenty seconds
UNTIL = "2025-04-05"


class LiveDemoTest(AcceptanceTest):
    @classmethod
    def setUpClass(cls):
        cls.lines = [json.loads(line) for line in run(
            "demo", "kontum-2025q1", "--after", 1).stdout.splitlines()]

    def test_the_same_seed_tells_the_same(self):
        again = run("demo", "kontum-2025q1", "--after", 1).stdout.splitlines()
        self.assertEqual(self.lines, [json.loads(line) for line in again])
        other = run("demo", "kontum-2025q1", "--after", 1, "--seed", 7).stdout.splitlines()
        self.assertNotEqual(self.lines, [json.loads(line) for line in other])

    def test_it_lies_within_its_weeks_and_in_order(self):
        arrivals = [line["arrived_at"] for line in self.lines]
        self.assertEqual("2025-04-01", min(arrivals)[:10])
        self.assertEqual("2025-04-07", max(arrivals)[:10])
        months = {record["MaHoSo"].split("-")[-2][:4] for line in self.lines
                  for record in line["data"]}
        self.assertLessEqual({"2503", "2504"}, months)   # old cases end, new ones come

    def test_a_day_goes_by(self):
        daemon = self.daemon(start=False, clock=CLOCK, arguments=("--clock-speed", str(SPEED)))
        quarter = self.directory / "quarter.jsonl"
        run("demo", "kontum-2025q1", "--out", quarter)
        run("replay", "--data", daemon.data, quarter)
        daemon.start()
        before = daemon.summary("H34", period="2025-Q2")
        sender = subprocess.Popen(
            [harness.TTHCMON, "demo", "kontum-2025q1", "--after", "1",
             "--send", f"http://127.0.0.1:{daemon.port}"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8")
        self.addCleanup(sender.communicate)
        self.addCleanup(sender.kill)
        wait_for(f"the clock to pass {UNTIL}",
                 lambda: daemon.get("/api/v1")["now"] >= UNTIL or sender.poll() is not None,
                 harness.COMMAND_SECONDS)
        self.assertIsNone(sender.poll(), "the sender ended early")
        silent = wait_for("the silent sender to be found", lambda: daemon.get(
            "/api/v1/findings", unit="H34", kind="sender_silent")["findings"])
        self.assertEqual(1, len(silent))
        after = daemon.summary("H34", period="2025-Q2")
        for part in ("received", "resolved"):
            self.assertGreater(after[part]["total"], before[part]["total"])
        found = {c["kind"]: c["count"] for c in daemon.get(
            "/api/v1/findings", unit="H34", limit=1, **{"from": "2025-04-01"})["counts"]}
        for kind in ("backdated_completion", "due_moved_after_deadline"):
            self.assertGreater(found.get(kind, 0), 0, kind)
        self.assertEqual(0, found.get("future_time", 0))
        rungs = {alert["rung"] for alert in daemon.get("/api/v1/alerts", limit=1000)["alerts"]}
        self.assertLessEqual({"due_soon", "overdue", "overdue_agency"}, rungs)
        self.assertEqual(0, daemon.get("/api/v1/quarantine")["total"])
        # The sender waits while the daemon is away, and goes on.
        daemon.kill()
        daemon.clock = "2025-04-06T07:00:00+07:00"
        daemon.listen = f"127.0.0.1:{daemon.port}"
        daemon.start()
        out, err = sender.communicate(timeout=harness.COMMAND_SECONDS)
        self.assertEqual(0, sender.returncode, err)
        self.assertIn("ngừng gửi dữ liệu", out)
        self.assertIn("ghi lùi", out)

    def test_only_to_this_machine(self):
        done = run("demo", "kontum-2025q1", "--after", 1, "--send", "http://10.0.0.1:80", check=False)
        self.assertEqual(1, done.returncode)
        self.assertIn("--send", done.stderr)
        done = run("demo", "kontum-2025q1", "--after", 99, check=False)
        self.assertNotEqual(0, done.returncode)


if __name__ == "__main__":
    harness.main()
