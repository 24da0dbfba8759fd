"""Alerts over a real WebSocket: each exactly once, resumable, across kills and restarts."""

import asyncio
import json
import unittest

import websockets

import harness
from harness import AcceptanceTest, dossier, progress, wait_for

SUBPROTOCOL = "tthc.alerts.v1"
DAY = "2025-03-10T"      # a Monday
DUE = "20250310100000"
# Half an hour of working time before the due hour.
CONFIG = "[alerts]\ndue_soon_working_minutes = 30\n"


class Listener:
    """One client of /ws/alerts."""

    def __init__(self, socket, welcome):
        self.socket = socket
        self.welcome = welcome
        self.seq = welcome["seq"]

    @classmethod
    async def connect(cls, daemon, units=("H34",), resume=None, token=None):
        socket = await asyncio.wait_for(
            websockets.connect(f"ws://{daemon.host}:{daemon.port}/ws/alerts",
                               subprotocols=[SUBPROTOCOL]), harness.REQUEST_SECONDS)
        hello = {"type": "hello", "units": list(units)}
        if resume:
            hello["resume"] = resume
        if token:
            hello["token"] = token
        await socket.send(json.dumps(hello))
        listener = cls(socket, await cls.message(socket))
        assert listener.welcome["type"] == "welcome", listener.welcome
        assert socket.subprotocol == SUBPROTOCOL, socket.subprotocol
        return listener

    @staticmethod
    async def message(socket):
        return json.loads(await asyncio.wait_for(socket.recv(), harness.REQUEST_SECONDS))

    async def next(self):
        """The next alert or resolution."""
        message = await self.message(self.socket)
        assert message["type"] in ("alert", "resolved"), message
        self.seq = message["seq"]
        return message

    async def take(self, count):
        return [await self.next() for _ in range(count)]

    @property
    def resume(self):
        return {"epoch": self.welcome["epoch"], "seq": self.seq}

    async def close(self):
        await self.socket.close()


def short(messages):
    """[(type, kind, case)] of messages."""
    return [(m["type"], m["alert"]["kind"], m["alert"]["case_id"]) for m in messages]


class AlertsTest(AcceptanceTest, unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        # The blocking HTTP helpers are called from the loop on purpose.
        asyncio.get_running_loop().set_debug(False)

    def setUp(self):
        super().setUp()
        self.config = self.directory / "alerts.toml"
        self.config.write_text(CONFIG)

    def alerting(self, time, name="daemon", **options):
        return self.daemon(name, clock=f"{DAY}{time}+07:00", config=self.config, **options)

    @staticmethod
    def receive(daemon, numbers, unit="H34.05", due=DUE):
        """New running cases, due at `due`; their ids."""
        ids = [f"{unit}-250303-{number:05d}" for number in numbers]
        daemon.onestop("DongBoHoSoMC", [
            dossier(i, TrangThaiHoSo="2", NgayTiepNhan="20250303083000", NgayHenTra=due)
            for i in ids])
        return ids

    def restart(self, daemon, time):
        daemon.kill()
        daemon.clock = f"{DAY}{time}+07:00"
        daemon.start()

    def check_all(self, messages, kind, ids):
        """Exactly one alert of `kind` for each of `ids`, in increasing order of seq."""
        self.assertEqual(sorted(("alert", kind, i) for i in ids), sorted(short(messages)))
        seqs = [m["seq"] for m in messages]
        self.assertEqual(sorted(set(seqs)), seqs)
        self.assertEqual(len(ids), len({m["alert"]["id"] for m in messages}))

    async def test_due_soon_then_overdue_each_once(self):
        """Ten minutes a second: due soon at 09:30, overdue at 10:00, on the process clock."""
        daemon = self.alerting("09:00:00", clock_speed=600)
        listener = await Listener.connect(daemon)
        self.assertEqual("fresh", listener.welcome["resume"])
        ids = self.receive(daemon, range(20))
        soon = await listener.take(20)
        self.check_all(soon, "due_soon", ids)
        overdue = await listener.take(20)
        self.check_all(overdue, "overdue", ids)
        for message in soon + overdue:
            alert = message["alert"]
            self.assertEqual(("H34.05", "2025-03-10T10:00:00+07:00"),
                             (alert["unit"], alert["due_at"]))
            self.assertTrue(alert["rung"])
            self.assertTrue(alert["text"])
        self.assertTrue(all("T09:" in m["alert"]["at"] for m in soon), soon[0])
        self.assertTrue(all("T10:" in m["alert"]["at"] for m in overdue), overdue[0])
        # Said again, nothing is sent again: the next message is the newcomer's.
        self.receive(daemon, range(20))
        newcomer = self.receive(daemon, [777])
        self.assertEqual([("alert", "overdue", newcomer[0])], short(await listener.take(1)))
        await listener.close()

    async def test_resume_replays_what_was_missed(self):
        daemon = self.alerting("09:31:00")
        listener = await Listener.connect(daemon)
        first = self.receive(daemon, range(5))
        self.check_all(await listener.take(5), "due_soon", first)
        await listener.close()
        missed = self.receive(daemon, range(5, 12))
        wait_for("the alerts nobody listens to",
                 lambda: len(daemon.get("/api/v1/alerts", unit="H34")["alerts"]) == 12)
        again = await Listener.connect(daemon, resume=listener.resume)
        self.assertEqual("replayed", again.welcome["resume"])
        self.assertEqual(listener.welcome["epoch"], again.welcome["epoch"])
        self.check_all(await again.take(7), "due_soon", missed)
        sentinel = self.receive(daemon, [50])
        self.check_all(await again.take(1), "due_soon", sentinel)
        await again.close()

    async def test_resume_in_the_middle_of_what_was_sent(self):
        """A client that took three of ten and died gets the other seven."""
        daemon = self.alerting("09:31:00")
        listener = await Listener.connect(daemon)
        ids = self.receive(daemon, range(10))
        taken = await listener.take(3)
        listener.socket.transport.abort()
        again = await Listener.connect(daemon, resume=listener.resume)
        self.assertEqual("replayed", again.welcome["resume"])
        self.check_all(taken + await again.take(7), "due_soon", ids)
        await again.close()

    async def test_kill_neither_repeats_nor_loses(self):
        daemon = self.alerting("09:31:00")
        listener = await Listener.connect(daemon)
        ids = self.receive(daemon, range(10))
        soon = await listener.take(10)
        self.check_all(soon, "due_soon", ids)
        # While it is down the due hour passes.
        self.restart(daemon, "10:01:00")
        again = await Listener.connect(daemon, resume=listener.resume)
        self.assertEqual("replayed", again.welcome["resume"])
        overdue = await again.take(10)
        self.check_all(overdue, "overdue", ids)
        for _ in range(2):
            self.restart(daemon, "10:02:00")
            again = await Listener.connect(daemon, resume=again.resume)
            self.assertEqual("replayed", again.welcome["resume"])
        sentinel = self.receive(daemon, [99])
        self.check_all(await again.take(1), "overdue", sentinel)
        everything = daemon.get("/api/v1/alerts", unit="H34", limit=1000)["alerts"]
        self.assertEqual(len(everything), len({a["id"] for a in everything}))
        await again.close()

    async def test_earlier_clock_after_a_restart_sends_nothing_again(self):
        daemon = self.alerting("10:01:00")
        listener = await Listener.connect(daemon)
        ids = self.receive(daemon, range(5))
        self.check_all(await listener.take(5), "overdue", ids)
        self.restart(daemon, "09:31:00")
        again = await Listener.connect(daemon, resume=listener.resume)
        sentinel = self.receive(daemon, [99], due="20250310080000")
        self.check_all(await again.take(1), "overdue", sentinel)
        await again.close()

    async def test_unknown_epoch_gets_a_snapshot_of_what_is_open(self):
        daemon = self.alerting("10:01:00")
        ids = self.receive(daemon, range(6))
        daemon.onestop("CapNhatTienDoHoSoMC", [progress(ids[0], 9, "20250310095900")])
        wait_for("five open alerts", lambda: len(
            daemon.get("/api/v1/alerts", unit="H34", open="true")["alerts"]) == 5)
        listener = await Listener.connect(daemon, resume={"epoch": "another", "seq": 3})
        self.assertEqual("snapshot", listener.welcome["resume"])
        self.assertEqual(sorted(("alert", "overdue", i) for i in ids[1:]),
                         sorted(short(await listener.take(5))))
        await listener.close()

    async def test_a_finished_case_resolves_its_alert(self):
        daemon = self.alerting("10:01:00")
        listener = await Listener.connect(daemon)
        ids = self.receive(daemon, range(2))
        alerts = await listener.take(2)
        daemon.onestop("CapNhatTienDoHoSoMC", [progress(ids[0], 9, "20250310100030")])
        resolved = await listener.next()
        self.assertEqual([("resolved", "overdue", ids[0])], short([resolved]))
        [of_case] = [a for a in alerts if a["alert"]["case_id"] == ids[0]]
        self.assertEqual(of_case["alert"]["id"], resolved["alert"]["id"])
        await listener.close()

    async def test_only_the_units_asked_for(self):
        daemon = self.alerting("09:31:00")
        commune = await Listener.connect(daemon, units=["H34.23.09"])
        district = await Listener.connect(daemon, units=["000.00.23.H34"])
        self.receive(daemon, range(3), unit="H34.05")
        own = self.receive(daemon, range(3, 5), unit="000.09.23.H34")
        sibling = self.receive(daemon, range(5, 6), unit="H34.23.10")
        self.check_all(await commune.take(2), "due_soon", own)
        self.check_all(await district.take(3), "due_soon", own + sibling)
        for listener in (commune, district):
            await listener.close()

    async def test_ack_is_kept(self):
        daemon = self.alerting("10:01:00")
        listener = await Listener.connect(daemon)
        self.receive(daemon, range(2))
        first, second = await listener.take(2)
        await listener.socket.send(json.dumps(
            {"type": "ack", "id": first["alert"]["id"], "comment": "đang xử lý"}))

        def alert(message):
            [found] = [a for a in daemon.get("/api/v1/alerts", unit="H34")["alerts"]
                       if a["id"] == message["alert"]["id"]]
            return found

        await asyncio.get_running_loop().run_in_executor(
            None, wait_for, "the acknowledgement", lambda: alert(first).get("acked_at"))
        answer = daemon.post(f"/api/v1/alerts/{second['alert']['id']}/ack", {"comment": "đã rõ"})
        self.assertEqual(200, answer.status, answer)
        self.restart(daemon, "10:02:00")
        for message, comment in ((first, "đang xử lý"), (second, "đã rõ")):
            self.assertTrue(alert(message)["acked_at"])
            self.assertEqual(comment, alert(message)["ack_comment"])
        self.assertEqual(404, daemon.post("/api/v1/alerts/none/ack", {"comment": ""}).status)

    async def test_graceful_stop(self):
        daemon = self.alerting("09:31:00")
        listeners = [await Listener.connect(daemon) for _ in range(3)]
        loop = asyncio.get_running_loop()
        code = await loop.run_in_executor(None, daemon.stop)
        for listener in listeners:
            with self.assertRaises(websockets.ConnectionClosed) as closed:
                await listener.next()
            self.assertEqual(1012, closed.exception.code)
        self.assertEqual(0, code)

    async def test_replay_sends_nothing(self):
        old, new = "H34.05-250303-00001", "H34.05-250303-00002"
        daemon = self.alerting("10:01:00", start=False)
        lines = daemon.directory / "messages.jsonl"
        harness.write_lines(lines, [{
            "service": "DongBoHoSoMC", "arrived_at": "2025-03-10T10:00:30+07:00",
            "isUpdating": "True", "data": [
                dossier(case_id, TrangThaiHoSo="2", NgayTiepNhan="20250303083000", NgayHenTra=due)
                for case_id, due in ((old, DUE), (new, "20250310103500"))]}])
        harness.run("replay", "--data", daemon.data, lines)
        daemon.start()
        listener = await Listener.connect(daemon, resume={"epoch": "another", "seq": 0})
        # The one was overdue before the daemon started: silent. The other becomes due soon.
        self.restart(daemon, "10:06:00")
        listener = await Listener.connect(daemon, resume=listener.resume)
        self.assertEqual([("alert", "due_soon", new)], short(await listener.take(1)))
        sentinel = self.receive(daemon, [99])
        self.check_all(await listener.take(1), "overdue", sentinel)
        await listener.close()

    async def test_bad_clients_are_closed_and_harm_nobody(self):
        daemon = self.alerting("09:31:00")
        good = await Listener.connect(daemon)
        for said in ("not json", "[]", '{"type":"hello","units":[1]}', '{"type":"ack"}',
                     json.dumps({"type": "hello", "units": ["x" * 100_000]}), b"\x00\xff"):
            with self.subTest(said[:40]):
                socket = await websockets.connect(
                    f"ws://{daemon.host}:{daemon.port}/ws/alerts", subprotocols=[SUBPROTOCOL])
                await socket.send(said)
                with self.assertRaises(websockets.ConnectionClosed) as closed:
                    while True:
                        await asyncio.wait_for(socket.recv(), harness.REQUEST_SECONDS)
                self.assertIn(closed.exception.code, (1002, 1003, 1007, 1008, 1009))
        ids = self.receive(daemon, [1])
        self.check_all(await good.take(1), "due_soon", ids)
        await good.close()


if __name__ == "__main__":
    harness.main()
