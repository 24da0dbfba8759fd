"""The same question gives the same answer for ever: as known at a time gone by, whatever calendars,
procedures, units and definitions are loaded later, and whatever arrives later."""

import random
import re
import signal

import harness
from harness import AcceptanceTest, dossier, progress, wait_for

DATA = harness.SOURCE_DIR / "config" / "data"
CLOCK = "2025-03-20T10:00:00+07:00"
CASES = 40
UNITS = ("H34.05", "H34.06", "H34.23.09")
# Of the file that is loaded later: a week off, longer times by law, a commune that is gone.
WEEK_OFF = """
[[calendar.days_off]]
days = [2025-03-11, 2025-03-12, 2025-03-13, 2025-03-14]
reason = "Nghỉ đột xuất"
basis = "thử nghiệm"
"""
# When a report was made is no part of what it says.
MADE_AT = re.compile(rb'"made_at":"[^"]*"')
KNOWN_AT = re.compile(rb'"known_at":"[^"]*"')


class SameAnswer(AcceptanceTest):
    def setUp(self):
        super().setUp()
        self.files = {}
        for setting, name in (("calendar", "calendar_vn.toml"),
                              ("procedures", "procedures_kontum.toml"),
                              ("units", "units_kontum_2025.toml"),
                              ("indicators", "indicators_766.toml")):
            self.files[setting] = self.directory / name
            self.files[setting].write_text((DATA / name).read_text("utf-8"), "utf-8")
        self.config = self.directory / "reference.toml"
        self.config.write_text(self.settings())
        self.random = random.Random(20250320)
        # The clock goes on: every statement and every change has a time of its own.
        self.daemon_ = self.daemon(clock=CLOCK, clock_speed=60, config=self.config)
        self.ids = [f"{self.random.choice(UNITS)}-250303-{n:05d}" for n in range(CASES)]

    def settings(self, **counting):
        """Of the files, and of what figures rest on beside them: by section, lines of TOML."""
        return "".join(f'[{section}]\nfiles = ["{path.name}"]\n' + counting.pop(section, "")
                       for section, path in self.files.items()) + "".join(
                           f"[{section}]\n{lines}" for section, lines in counting.items())

    def edit(self, setting, pattern, replacement):
        text, count = re.subn(pattern, replacement, self.files[setting].read_text("utf-8"))
        self.assertGreater(count, 0, pattern)
        self.files[setting].write_text(text, "utf-8")

    def receive(self):
        """No due date: the law's time of the procedure counts, by the calendar."""
        for case_id in self.ids:
            day = self.random.randrange(3, 20)
            self.daemon_.onestop("DongBoHoSoMC", [dossier(
                case_id, MaTTHC="1.004884", TrangThaiHoSo="2", NgayHenTra="",
                NgayTiepNhan=f"202503{day:02d}080000")])
        for case_id in self.random.sample(self.ids, CASES // 2):
            self.daemon_.onestop("CapNhatTienDoHoSoMC", [
                progress(case_id, 9, f"202503{self.random.randrange(10, 21)}090000")])

        # Waits for the applicant to pay, long beyond its date.
        paying = f"{UNITS[0]}-250303-90000"
        self.daemon_.onestop("DongBoHoSoMC", [dossier(
            paying, TrangThaiHoSo="2", NgayTiepNhan="20250303080000",
            NgayHenTra="20250306170000")])
        self.daemon_.onestop("CapNhatTienDoHoSoMC", [progress(paying, 6, "20250304090000")])

    def questions(self, **view):
        """As the bytes of the answers, by question."""
        asked = [("/api/v1/units/H34/summary", {"period": "2025-Q1", "rule": rule,
                                                "group_by": "unit"})
                 for rule in ("qd766", "form06")]
        asked += [("/api/v1/cases", {"unit": "H34", "period": "2025-Q1", "rule": "qd766"}),
                  ("/api/v1/units/H34/indicators", {"period": "2025-Q1", "children": "true"}),
                  ("/api/v1/findings", {"unit": "H34"}),
                  ("/api/v1/units/H34/targets", {"period": "2025-Q1"})]
        asked += [(f"/api/v1/reports/{name}", {"unit": "H34", "period": "2025-Q1"})
                  for name in ("form06", "qd766")]
        asked += [(f"/api/v1/cases/{case_id}{rest}", {})
                  for case_id in self.ids[:8] for rest in ("", "/timeline")]
        answers = {}
        for path, query in asked:
            answer = self.daemon_.request("GET", path, **query, **view)
            self.assertIn(answer.status, (200, 404), answer)
            answers[path, str(query)] = MADE_AT.sub(b"", answer.body)
        return answers

    def cut(self):
        now = self.daemon_.case(self.ids[0])["cut_off"]
        return {"known_at": now, "as_of": now}

    def check(self, pinned):
        for view, answers in pinned:
            for question, body in self.questions(**view).items():
                self.assertEqual(answers[question].decode(), body.decode(), (question, view))

    def test_across_changes_of_everything(self):
        self.receive()
        pinned = []

        def keep():
            view = self.cut()
            pinned.append((view, self.questions(**view)))
            wait_for("the next moment", lambda: self.cut() != view)

        keep()
        known = {"rule": "qd766", "period": "2025-Q1"}
        before = self.daemon_.summary("H34", **known)
        keep()
        # Calendars and procedures while it runs.
        self.edit("calendar", r"\n# 2024: ", lambda m: WEEK_OFF + m[0])
        self.daemon_.process.send_signal(signal.SIGHUP)
        wait_for("the new calendar", lambda: any(
            r["ended"] for r in self.daemon_.get("/api/v1/reprojections")["reprojections"]))
        after = self.daemon_.summary("H34", **known)
        self.assertNotEqual((before["resolved"], before["pending"]),
                            (after["resolved"], after["pending"]), "the change moves verdicts")
        self.check(pinned)
        keep()
        # Everything, by a restart; statements that were not known yet.
        names = self.daemon_.get("/api/v1/units/H34.06")["name"]
        self.edit("units", re.escape(names), "Đơn vị đổi tên")
        self.edit("procedures", r'amount = (\d+), unit = "working_day"',
                  lambda m: f'amount = {int(m[1]) + 1}, unit = "working_day"')
        self.edit("indicators", r'(?m)^title = "', 'title = "Bản sửa: ')
        self.daemon_.kill()
        self.daemon_.clock = "2025-03-25T10:00:00+07:00"
        self.daemon_.start()
        self.assertEqual("Đơn vị đổi tên", self.daemon_.get("/api/v1/units/H34.06")["name"])
        self.check(pinned)
        self.assertNotEqual(pinned[0][1], self.questions(), "the question of now changes")
        for case_id in self.ids:
            self.daemon_.onestop("CapNhatTienDoHoSoMC", [progress(case_id, 9, "20250321090000")])
        self.check(pinned)
        keep()
        # Settings that figures rest on: not while it runs, but by a restart, told by the record of what
        # moved them.
        self.config.write_text(self.settings(
            indicators="constant_flag_cases = 1\nsync_in_time_minutes = 1\n",
            rules="pause_on_status_6 = true\n",
            alerts="due_soon_working_minutes = 48000\n",
            findings="backdated_after_seconds = 60\nfrozen_working_minutes = 1\n"
                     "no_apology_working_minutes = 0\n"))
        before = pinned[-1]
        passes = self.daemon_.get("/api/v1/reprojections")
        reloads = self.daemon_.log().count('"reloaded"')
        self.daemon_.process.send_signal(signal.SIGHUP)
        wait_for("the reload", lambda: self.daemon_.log().count('"reloaded"') > reloads)
        # What follows it has been through the pipeline behind the reload.
        self.daemon_.onestop("CapNhatTienDoHoSoMC", [progress(self.ids[0], 9, "20250321090000")])
        self.assertEqual(passes, self.daemon_.get("/api/v1/reprojections"))
        self.check(pinned)
        self.daemon_.stop()
        self.daemon_.clock = "2025-03-25T20:00:00+07:00"
        self.daemon_.start()
        self.check(pinned)
        now = self.cut()
        as_known = self.questions(known_at=before[0]["known_at"], as_of=now["as_of"])
        moved = {question[0] for question, body in self.questions(**now).items()
                 if KNOWN_AT.sub(b"", body) != KNOWN_AT.sub(b"", as_known[question])}
        for path in ("/api/v1/units/H34/summary", "/api/v1/findings",
                     "/api/v1/units/H34/indicators"):
            self.assertIn(path, moved, "the settings move answers")
        record = self.daemon_.get("/api/v1/reprojections")["reprojections"][0]
        self.assertEqual("settings", record["reason"], record)
        self.assertIn("findings.frozen_working_minutes = 4800", record["before"])
        self.assertIn("findings.frozen_working_minutes = 1,", record["after"])
        keep()
        # A restart with what was loaded before: the past is none of its own.
        self.daemon_.stop()
        self.daemon_.clock = "2025-03-26T10:00:00+07:00"
        self.daemon_.start()
        self.check(pinned)


if __name__ == "__main__":
    harness.main()
