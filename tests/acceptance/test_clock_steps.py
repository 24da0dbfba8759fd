"""The machine's clock is set forward and back, and the machine sleeps, while deadlines stand."""

import asyncio
import datetime
import glob
import os
import signal
import time
import unittest

import harness
from harness import AcceptanceTest, dossier, progress
from test_alerts import Listener

ZONE = datetime.timezone(datetime.timedelta(hours=7))
# The working day before the due hour begins on Friday morning.
DUE = datetime.datetime(2025, 3, 14, 16, 30, tzinfo=ZONE)
MINUTE = datetime.timedelta(minutes=1)


class ClockSteps(AcceptanceTest, unittest.IsolatedAsyncioTestCase):
    """The daemon runs on the machine's clock, which libfaketime shows it as the test sets it."""

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)

    def setUp(self):
        super().setUp()
        found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        self.assertTrue(found, "libfaketime is not installed (deploy/install-packages.sh test)")
        self.offset = self.directory / "offset"
        self.library = found[0]

    def set_clock(self, moment):
        """A relative offset, so that the clock runs on; replaced whole, for a reader at any time."""
        fresh = self.directory / "offset.new"
        fresh.write_text(f"{moment.timestamp() - time.time():+.3f}\n")
        os.replace(fresh, self.offset)

    def at(self, moment):
        self.set_clock(moment)
        return self.daemon(environment={
            "LD_PRELOAD": self.library, "FAKETIME_TIMESTAMP_FILE": str(self.offset),
            "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"})

    @staticmethod
    def arrivals(daemon, case_id):
        """When its statements were recorded, in order."""
        return sorted(s["recorded"] for s in daemon.timeline(case_id)["statements"])

    def receive(self, daemon, number):
        case_id = f"H34.05-250303-{number:05d}"
        daemon.onestop("DongBoHoSoMC", [dossier(
            case_id, TrangThaiHoSo="2", NgayTiepNhan="20250303080000",
            NgayHenTra=DUE.strftime("%Y%m%d%H%M%S"))])
        return case_id

    def lateness(self, daemon):
        """(timers fired, seconds they were late in all)."""
        values = dict(line.rsplit(" ", 1) for line in
                      daemon.request("GET", "/metrics").body.decode().splitlines()
                      if line.startswith("tthc_timer_lateness_seconds_"))
        return (float(values["tthc_timer_lateness_seconds_count"]),
                float(values["tthc_timer_lateness_seconds_sum"]))

    async def told(self, listener, kind, case_id):
        message = await listener.next()
        alert = message["alert"]
        self.assertEqual(("alert", kind, case_id),
                         (message["type"], alert["kind"], alert["case_id"]), message)
        return datetime.datetime.fromisoformat(alert["at"])

    async def test_a_step_forward_fires_what_was_passed(self):
        daemon = self.at(DUE - 30 * MINUTE)
        listener = await Listener.connect(daemon)
        case_id = self.receive(daemon, 1)
        await self.told(listener, "due_soon", case_id)
        before, _ = self.lateness(daemon)
        self.set_clock(DUE + 60 * MINUTE)
        at = await self.told(listener, "overdue", case_id)
        self.assertGreaterEqual(at, DUE + 60 * MINUTE)
        self.assertLess(at, DUE + 61 * MINUTE)
        fired, late = self.lateness(daemon)
        self.assertGreater(fired, before)
        self.assertGreaterEqual(late, 59 * 60, "an hour late is on record")
        await listener.close()

    async def test_what_was_passed_asleep_is_told_on_waking(self):
        daemon = self.at(DUE - 30 * MINUTE)
        listener = await Listener.connect(daemon)
        case_id = self.receive(daemon, 1)
        await self.told(listener, "due_soon", case_id)
        daemon.process.send_signal(signal.SIGSTOP)
        self.set_clock(DUE + 30 * MINUTE)
        daemon.process.send_signal(signal.SIGCONT)
        at = await self.told(listener, "overdue", case_id)
        self.assertLess(at, DUE + 31 * MINUTE)
        await listener.close()

    async def test_a_step_back_takes_nothing_back_and_tells_nothing_twice(self):
        daemon = self.at(DUE + MINUTE / 2)
        listener = await Listener.connect(daemon)
        first = self.receive(daemon, 1)
        await self.told(listener, "overdue", first)
        before = self.arrivals(daemon, first)
        self.set_clock(DUE - 20 * MINUTE)
        # What is recorded now keeps the order of arrival; the case stays overdue.
        daemon.onestop("CapNhatTienDoHoSoMC", [progress(first, 4, "20250314160000")])
        after = self.arrivals(daemon, first)
        self.assertEqual((1, 2), (len(before), len(after)))
        self.assertEqual(before[0], after[0])
        self.assertLess(after[0], after[1])
        self.assertEqual("overdue", daemon.case(first)["clock"]["state"])
        # The clock passes the due time once more: the second case is told, the first is not again.
        self.set_clock(DUE + MINUTE)
        second = self.receive(daemon, 2)
        await self.told(listener, "overdue", second)
        alerts = daemon.get("/api/v1/alerts")["alerts"]
        self.assertEqual([first, second], sorted(a["case_id"] for a in alerts), alerts)
        await listener.close()

    async def test_a_step_back_before_the_deadline_tells_it_once_at_its_time(self):
        daemon = self.at(DUE - 10 * MINUTE)
        listener = await Listener.connect(daemon)
        case_id = self.receive(daemon, 1)
        await self.told(listener, "due_soon", case_id)
        self.set_clock(DUE - 40 * MINUTE)
        self.set_clock(DUE - MINUTE / 30)
        at = await self.told(listener, "overdue", case_id)
        self.assertGreaterEqual(at, DUE)
        self.assertLess(at, DUE + MINUTE)
        await listener.close()


if __name__ == "__main__":
    harness.main()
