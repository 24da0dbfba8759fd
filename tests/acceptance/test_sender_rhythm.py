"""A sender's own pace decides when its silence is one: what it then marks and whom it tells."""

import asyncio
import datetime
import unittest

import harness
from harness import AcceptanceTest, progress, dossier, run, write_lines
from test_alerts import Listener

OFFICE, NIGHTLY = "000.00.00.H34", "000.00.00.H48"
FIRST = datetime.datetime(2025, 2, 10)      # a Monday; no day off until the last
LAST = datetime.datetime(2025, 3, 16)       # a Sunday
HOUR = datetime.timedelta(hours=1)
ODDS = 1000


def moments():
    """(sender, case, time): the one every hour of the working days, the other every night."""
    day = FIRST
    while day <= LAST:
        if day.weekday() < 5:
            for hour in range(8, 17):
                yield OFFICE, "H34.05-250203-00001", day + hour * HOUR + HOUR / 4
        yield NIGHTLY, "H48.05-250203-00001", day + 23 * HOUR
        day += datetime.timedelta(days=1)


def messages():
    """One line each: receipts first, then a step of the case at every moment."""
    def line(sender, service, record, at):
        return {"service": service, "madonvi": sender, "isUpdating": "True",
                "arrived_at": at.isoformat() + "+07:00", "data": [record]}
    known = set()
    for sender, case_id, at in sorted(moments(), key=lambda moment: moment[2]):
        written = at.strftime("%Y%m%d%H%M%S")
        if case_id in known:
            yield line(sender, "CapNhatTienDoHoSoMC", progress(case_id, 4, written), at)
            continue
        known.add(case_id)
        yield line(sender, "DongBoHoSoMC", dossier(case_id, TrangThaiHoSo="2", NgayTiepNhan=written,
                                                   NgayHenTra="20250530170000"), at)


def silent_from(sender):
    """The end of the hour with which the chance of its silence falls below one in ODDS, counted
    from the beginning; a share is drawn towards none by one more week."""
    heard = {at.replace(minute=0) for name, _, at in moments() if name == sender}

    def share(hour):
        watched = spoken = 0
        at = min(heard)
        while at < max(heard):
            if (at.weekday(), at.hour) == (hour.weekday(), hour.hour):
                watched = watched * 0.9 + 1
                spoken = spoken * 0.9 + (at in heard)
            at += HOUR
        return spoken / (watched + 1)

    chance, hour = 1, max(heard)
    while chance * ODDS >= 1:
        hour += HOUR
        chance *= 1 - share(hour)
    return hour + HOUR


class SenderRhythm(AcceptanceTest, unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)

    def provisional(self, daemon, unit):
        return daemon.summary(unit, period="2025-Q1")["provisional"]

    async def test_silence_is_measured_by_the_pace_of_each_sender(self):
        daemon = self.daemon(start=False, clock="2025-03-17T07:30:00+07:00", clock_speed=1800)
        write_lines(daemon.directory / "messages.jsonl", messages())
        run("replay", "--data", daemon.data, daemon.directory / "messages.jsonl")
        daemon.start()
        listener = await Listener.connect(daemon)
        # After a week-end, at half past seven, nobody is late yet.
        self.assertFalse(self.provisional(daemon, "H34"))

        message = await listener.next()
        alert = message["alert"]
        self.assertEqual(("alert", "sender_silent", "H34"),
                         (message["type"], alert["kind"], alert["unit"]), message)
        expected = silent_from(OFFICE)
        self.assertLess(expected, datetime.datetime(2025, 3, 17, 17), "a morning is enough")
        at = datetime.datetime.fromisoformat(alert["at"][:19])
        self.assertLessEqual(expected, at)
        self.assertLess(at, expected + HOUR)
        self.assertIn("im lặng lâu hơn nhịp gửi thường lệ", alert["text"])
        # Its units are not blamed: what depends on it is marked. The other sender rests by day.
        self.assertTrue(self.provisional(daemon, "H34"))
        self.assertFalse(self.provisional(daemon, "H48"))
        self.assertLess(expected, silent_from(NIGHTLY))

        # A restart knows the pace; a word ends the silence, its unit is whole again.
        daemon.kill()
        daemon.clock = alert["at"]
        daemon.start()
        listener = await Listener.connect(daemon, resume=listener.resume)
        self.assertTrue(self.provisional(daemon, "H34"))
        daemon.onestop("CapNhatTienDoHoSoMC",
                       [progress("H34.05-250203-00001", 5, "20250317090000")], madonvi=OFFICE)
        over = await listener.next()
        self.assertEqual(("resolved", alert["id"]), (over["type"], over["alert"]["id"]))
        self.assertFalse(self.provisional(daemon, "H34"))
        await listener.close()

    async def test_the_usual_silence_is_a_metric(self):
        daemon = self.daemon(start=False, clock="2025-03-17T07:30:00+07:00", clock_speed=0.001)
        write_lines(daemon.directory / "messages.jsonl", messages())
        run("replay", "--data", daemon.data, daemon.directory / "messages.jsonl")
        daemon.start()
        metrics = daemon.request("GET", "/metrics").body.decode()
        last = max(at for name, _, at in moments() if name == OFFICE)
        usual = (silent_from(OFFICE) - last).total_seconds()
        names = {line.split("{")[1].split("}")[0]: float(line.split()[-1])
                 for line in metrics.splitlines()
                 if line.startswith("tthc_sender_usual_silence_seconds{")}
        self.assertEqual({'sender="H34"', 'sender="H48"'}, set(names))
        self.assertEqual(usual, names['sender="H34"'])


if __name__ == "__main__":
    harness.main()
