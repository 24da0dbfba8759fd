"""Calendars and procedures edited while deadlines stand: everything follows, in the background, and
the reason is on record."""

import asyncio
import json
import re
import signal
import threading
import unittest

import harness
import histories
from harness import AcceptanceTest, dossier, run, wait_for, write_lines
from test_alerts import Listener

DATA = harness.SOURCE_DIR / "config" / "data"
CASES = 9_000
CLOCK = "2025-04-25T09:00:00+07:00"
WEDNESDAY_OFF = """
[[calendar.days_off]]
days = [2025-03-12]
reason = "Nghỉ đột xuất"
basis = "thử nghiệm"
"""
# What a figure of a case moves; not what counts events since the start, nor time.
FIGURES = re.compile(r"^tthc_(rollup_)?(cases_open|on_time_ratio\w*|indicator_\w+|score_points)\{")


class Reprojection(AcceptanceTest, unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)

    def setUp(self):
        super().setUp()
        self.calendar = self.directory / "calendar.toml"
        self.calendar.write_text((DATA / "calendar_vn.toml").read_text("utf-8"), "utf-8")
        self.procedures = self.directory / "procedures.toml"
        self.procedures.write_text((DATA / "procedures_kontum.toml").read_text("utf-8"), "utf-8")
        self.config = self.directory / "reference.toml"
        self.config.write_text('[calendar]\nfiles = ["calendar.toml"]\n'
                               '[procedures]\nfiles = ["procedures.toml"]\n'
                               # A pass that takes long, so that much is sent meanwhile, and
                               # cases that often leave memory.
                               "[limits]\ncases_per_turn = 1\n"
                               "[store]\nflush_statements = 1000\nflush_seconds = 1\n")

    def add_to_calendar(self, text):
        """Days off, behind the version that is in force."""
        before, mark, after = self.calendar.read_text("utf-8").partition("\n# 2024: ")
        self.assertTrue(mark)
        self.calendar.write_text(before + text + mark + after, "utf-8")

    def lengthen_procedures(self, days):
        """Every statutory time of working days; how many there were."""
        text, count = re.subn(r'(amount = )(\d+)(, unit = "working_day")',
                              lambda m: f"{m[1]}{int(m[2]) + days}{m[3]}",
                              self.procedures.read_text("utf-8"))
        self.procedures.write_text(text, "utf-8")
        return count

    @staticmethod
    def reload(daemon):
        daemon.process.send_signal(signal.SIGHUP)

    def record(self, daemon, number=1):
        """The record of that pass, once it has ended."""
        def ended():
            for record in daemon.get("/api/v1/reprojections")["reprojections"]:
                if record["number"] == number and record["ended"]:
                    return record
            return None
        return wait_for(f"the end of pass {number}", ended)

    @staticmethod
    def figures(daemon):
        """Once they rest: scores follow the counts within a moment."""
        reads = []

        def rest():
            text = daemon.request("GET", "/metrics").body.decode()
            reads.append({line for line in text.splitlines() if FIGURES.match(line)})
            return len(reads) > 20 and all(read == reads[-1] for read in reads[-20:])
        wait_for("figures that rest", rest)
        return reads[-1]

    async def test_deadlines_move_with_the_calendar(self):
        daemon = self.daemon(clock="2025-03-10T16:00:00+07:00", clock_speed=0.001,
                             config=self.config)
        without_date, with_date = "H34.05-250303-00001", "H34.05-250303-00002"
        daemon.onestop("DongBoHoSoMC", [
            # Five working days by law: until Monday, 17 March, where Wednesday is one of them.
            dossier(without_date, MaTTHC="1.004884", TrangThaiHoSo="2",
                    NgayTiepNhan="20250310080000"),
            dossier(with_date, TrangThaiHoSo="2", NgayTiepNhan="20250303080000",
                    NgayHenTra="20250312170000")])
        procedure = daemon.case(without_date)
        before = procedure["clock"]["deadline"]
        version = daemon.case(with_date)["clock"]
        self.add_to_calendar(WEDNESDAY_OFF)
        self.reload(daemon)
        record = self.record(daemon)
        self.assertEqual("calendars", record["reason"])
        self.assertNotEqual(record["before"], record["after"])
        self.assertEqual((2, 2), (record["cases"], record["changed"]), record)
        after = daemon.case(without_date)["clock"]["deadline"]
        self.assertLess(before, after)
        self.assertEqual(version["deadline"], daemon.case(with_date)["clock"]["deadline"])

    async def test_alerts_come_by_the_new_calendar_and_say_why(self):
        """A day of working time before Wednesday evening: from Tuesday evening, or, with Wednesday
        off, from Monday evening; told on Tuesday when offices open."""
        daemon = self.daemon(clock="2025-03-11T10:00:00+07:00", clock_speed=0.001,
                             config=self.config)
        listener = await Listener.connect(daemon)
        case_id = "H34.05-250303-00001"
        daemon.onestop("DongBoHoSoMC", [
            dossier(case_id, TrangThaiHoSo="2", NgayTiepNhan="20250303080000",
                    NgayHenTra="20250312170000")])
        self.add_to_calendar(WEDNESDAY_OFF)
        self.reload(daemon)
        message = await listener.next()
        self.assertEqual(("alert", "due_soon", case_id),
                         (message["type"], message["alert"]["kind"], message["alert"]["case_id"]))
        self.assertIn("Tính lại do thay đổi lịch làm việc.", message["alert"]["text"])
        await listener.close()

    async def test_a_file_that_cannot_be_read_changes_nothing(self):
        daemon = self.daemon(clock=CLOCK, clock_speed=0.001, config=self.config)
        self.calendar.write_text("[[calendar]\n")
        self.reload(daemon)
        wait_for("the refusal in the log", lambda: "reload_refused" in daemon.log())
        self.assertIn("calendar.toml", daemon.log())
        self.assertEqual([], daemon.get("/api/v1/reprojections")["reprojections"])

    async def test_the_same_files_are_no_change(self):
        daemon = self.daemon(clock=CLOCK, clock_speed=0.001, config=self.config)
        self.reload(daemon)
        wait_for("the reload in the log", lambda: '"reloaded"' in daemon.log())
        self.add_to_calendar(WEDNESDAY_OFF)
        self.reload(daemon)
        self.record(daemon)
        self.assertEqual(1, len(daemon.get("/api/v1/reprojections")["reprojections"]))

    def loaded(self):
        """A daemon with most of the histories in its store, and the messages still to be sent."""
        messages = histories.Generator(11, CASES).messages()
        kept = len(messages) * 4 // 5
        daemon = self.daemon(start=False, clock=CLOCK, clock_speed=0.001, config=self.config)
        write_lines(daemon.directory / "messages.jsonl", messages[:kept])
        run("replay", "--config", self.config, "--data", daemon.data,
            daemon.directory / "messages.jsonl")
        return daemon.start(), messages[kept:]

    @staticmethod
    def send(daemon, messages):
        for message in messages:
            answer = daemon.post(f"/api/v1/onestop/{message['service']}", message)
            assert answer.accepted, answer

    def recounted(self, daemon):
        """The figures that a start counts from the store."""
        daemon.stop()
        daemon.start()
        return self.figures(daemon)

    async def test_figures_moved_by_difference_are_those_of_a_fresh_count(self):
        daemon, messages = self.loaded()
        before = self.figures(daemon)
        self.assertGreater(self.lengthen_procedures(20), 10)
        self.add_to_calendar(WEDNESDAY_OFF)
        sender = threading.Thread(target=self.send, args=(daemon, messages))
        sender.start()
        self.reload(daemon)
        record = self.record(daemon)
        sender.join()
        self.assertEqual("calendars, procedures", record["reason"])
        self.assertGreater(record["cases"], 4_000, record)
        self.assertGreater(record["changed"], 20, record)
        # Once more, while nothing is sent: catalogue only, by the register.
        daemon.put_register("procedures", [{
            "code": "1.000894", "name": "Đăng ký kết hôn", "field": "G15-HT01",
            "level": "commune", "limit_amount": 1, "limit_unit": "day"}])
        self.assertEqual("register procedures", self.record(daemon, 2)["reason"])
        moved = self.figures(daemon)
        self.assertNotEqual(before, moved)
        self.assertEqual(self.recounted(daemon), moved)

    async def test_a_kill_in_the_midst_is_made_good_by_the_start(self):
        daemon, messages = self.loaded()
        self.lengthen_procedures(20)
        self.reload(daemon)
        wait_for("the pass to begin",
                 lambda: daemon.get("/api/v1/reprojections")["reprojections"])
        daemon.kill()
        daemon.start()
        self.record(daemon)
        self.send(daemon, messages)
        moved = self.figures(daemon)
        self.assertEqual(self.recounted(daemon), moved)

    async def test_other_files_at_a_start_are_on_record(self):
        daemon = self.daemon(clock=CLOCK, clock_speed=0.001, config=self.config)
        daemon.stop()
        self.add_to_calendar(WEDNESDAY_OFF)
        daemon.start()
        record = self.record(daemon)
        self.assertEqual(("calendars", 0), (record["reason"], record["cases"]))
        daemon.stop()
        daemon.start()
        self.assertEqual(1, len(daemon.get("/api/v1/reprojections")["reprojections"]))


if __name__ == "__main__":
    harness.main()
