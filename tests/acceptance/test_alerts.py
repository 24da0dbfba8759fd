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
        assert message["type"] in ("alert", "resolved", "digest"), message
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


class Ladder(AcceptanceTest, unittest.IsolatedAsyncioTestCase):
    """At a time, do; between two times expect a message at a level, or none: on the process clock,
    a working hour a second."""

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)

    async def watch(self, clock, speed=3600, units=("H34",), config=""):
        path = self.directory / "ladder.toml"
        # A month of silence is none: the clock runs fast and nobody sends.
        path.write_text("[ingest]\nsender_silence_seconds = 2592000\n" + config)
        daemon = self.daemon(clock=clock + "+07:00", clock_speed=speed, config=path)
        return daemon, await Listener.connect(daemon, units=units)

    @staticmethod
    def receive(daemon, number, received, due, unit="H34.05"):
        case_id = f"{unit}-250101-{number:05d}"
        daemon.onestop("DongBoHoSoMC", [dossier(case_id, TrangThaiHoSo="2",
                                                NgayTiepNhan=received, NgayHenTra=due)])
        return case_id

    def expect(self, message, kind, rung, level, between):
        """One message, and its time on the process clock."""
        self.assertEqual(("alert", kind, rung, level),
                         (message["type"], *(message["alert"][m] for m in ("kind", "rung", "level"))),
                         message)
        at = message["alert"]["at"][:19]
        self.assertLessEqual(between[0], at, message)
        self.assertLessEqual(at, between[1], message)

    async def test_friday_evening_climbs_on_monday(self):
        """Due on Friday at 16:59: the weekend does not count, and nothing rings in it."""
        daemon, listener = await self.watch("2025-03-14T14:00:00", speed=7200)
        self.receive(daemon, 1, "20250303080000", "20250314165900")
        self.expect(await listener.next(), "due_soon", "due_soon", "officer",
                    ("2025-03-14T14:00:00", "2025-03-14T16:59:00"))
        self.expect(await listener.next(), "overdue", "overdue", "head",
                    ("2025-03-14T16:59:00", "2025-03-14T18:00:00"))
        # Eight working hours after Friday 16:59 is Monday 16:59; the letter of apology is due then too.
        first, second = sorted(await listener.take(2), key=lambda m: m["alert"]["kind"])
        self.expect(first, "no_apology", "no_apology", "head",
                    ("2025-03-17T16:59:00", "2025-03-17T18:00:00"))
        self.expect(second, "overdue", "overdue_agency", "agency",
                    ("2025-03-17T16:59:00", "2025-03-17T18:00:00"))
        await listener.close()

    async def test_tet_is_told_in_one_digest_after_it(self):
        """Days off from 25 January to 2 February 2025."""
        daemon, listener = await self.watch("2025-01-24T17:30:00", speed=43200)
        for number in range(3):
            self.receive(daemon, number, "20250110080000", f"202501{26 + number}100000")
        message = await listener.next()
        self.assertEqual("digest", message["type"], message)
        self.assertEqual(("H34.05", "2025-02-03T07"),
                         (message["alert"]["recipient"], message["alert"]["at"][:13]))
        self.assertEqual(3, message["alert"]["count"], message)
        self.assertIn("Tổng hợp 3 cảnh báo", message["alert"]["text"])
        await listener.close()

    async def test_a_make_up_saturday_is_a_working_day(self):
        """26 April 2025 is worked in place of 2 May."""
        daemon, listener = await self.watch("2025-04-26T09:00:00")
        self.receive(daemon, 1, "20250414080000", "20250426100000")
        self.expect(await listener.next(), "due_soon", "due_soon", "officer",
                    ("2025-04-26T09:00:00", "2025-04-26T10:00:00"))
        self.expect(await listener.next(), "overdue", "overdue", "head",
                    ("2025-04-26T10:00:00", "2025-04-26T11:30:00"))
        await listener.close()

    async def test_the_year_end(self):
        """31 December 2024, 16:00; 1 January is a day off."""
        daemon, listener = await self.watch("2024-12-31T14:00:00", speed=7200)
        self.receive(daemon, 1, "20241210080000", "20241231160000")
        self.expect(await listener.next(), "due_soon", "due_soon", "officer",
                    ("2024-12-31T14:00:00", "2024-12-31T16:00:00"))
        self.expect(await listener.next(), "overdue", "overdue", "head",
                    ("2024-12-31T16:00:00", "2024-12-31T17:59:59"))
        kinds = {(await listener.next())["alert"]["rung"] for _ in range(2)}
        self.assertEqual({"overdue_agency", "no_apology"}, kinds)
        [state] = [a for a in daemon.get("/api/v1/alerts", unit="H34")["alerts"]
                   if a["kind"] == "overdue"]
        self.assertEqual("2025-01-02", state["at"][:10])
        await listener.close()

    async def test_an_answer_stops_the_climb_and_putting_off_delays_it(self):
        daemon, listener = await self.watch("2025-03-10T09:00:00", speed=14400)
        ids = [self.receive(daemon, number, "20250303080000", "20250310093000")
               for number in range(3)]
        alerts = {}
        while len(alerts) < 3:
            message = await listener.next()
            if message["alert"]["rung"] == "overdue":
                alerts[message["alert"]["case_id"]] = message["alert"]["id"]
        answered, put_off, left = (alerts[i] for i in ids)
        answer = daemon.post(f"/api/v1/alerts/{answered}/ack", {"comment": "đang xử lý"})
        self.assertEqual(200, answer.status, answer)
        answer = daemon.post(f"/api/v1/alerts/{put_off}/snooze",
                             {"until": "2025-03-13T10:00:00+07:00", "comment": "chờ ý kiến"})
        self.assertEqual(("2025-03-13T10:00:00+07:00", "chờ ý kiến"),
                         (answer.json["snoozed_until"], answer.json["snooze_comment"]))
        climbed = {}
        while put_off not in climbed:
            message = await listener.next()
            if message["type"] == "alert" and message["alert"]["rung"] == "overdue_agency":
                climbed[message["alert"]["id"]] = message["alert"]["at"][:16]
        self.assertEqual({left, put_off}, set(climbed))
        self.assertEqual("2025-03-11T09", climbed[left][:13])
        self.assertEqual("2025-03-13T10", climbed[put_off][:13])
        for body, member in (({}, "until"), ({"until": "x"}, "until"),
                             ({"until": "2025-03-01T00:00:00+07:00"}, "until"),
                             ({"until": "2099-01-01T00:00:00+07:00"}, None)):
            refused = daemon.post(f"/api/v1/alerts/{left}/snooze", body)
            self.assertEqual(400, refused.status, refused)
            if member:
                self.assertIn(member, refused.json["detail"])
        self.assertEqual(404, daemon.post("/api/v1/alerts/none/snooze", {
            "until": "2025-03-20T00:00:00+07:00"}).status)
        await listener.close()

    async def test_a_muted_unit_is_told_when_the_mute_ends(self):
        daemon, listener = await self.watch("2025-03-10T09:00:00", speed=600)
        muted = daemon.request("PUT", "/api/v1/units/H34.05/mute", json.dumps({
            "until": "2025-03-10T15:00:00+07:00", "reason": "chuyển hệ thống"}))
        self.assertEqual(200, muted.status, muted)
        self.receive(daemon, 1, "20250303080000", "20250310093000")
        other = self.receive(daemon, 2, "20250303080000", "20250310093000", unit="H34.06")
        message = await listener.next()
        self.assertEqual(other, message["alert"]["case_id"])
        self.assertEqual(["H34.05"], [m["unit"] for m in daemon.get("/api/v1/mutes")["mutes"]])
        [held] = [a for a in daemon.get("/api/v1/alerts", unit="H34.05")["alerts"]]
        self.assertEqual(("muted", False), (held["held"], held["told"]))
        self.assertEqual(200, daemon.request("DELETE", "/api/v1/units/H34.05/mute").status)
        digest = await listener.next()
        while digest["type"] != "digest":
            digest = await listener.next()
        self.assertEqual("H34.05", digest["alert"]["recipient"])
        self.assertEqual([], daemon.get("/api/v1/mutes")["mutes"])
        self.assertEqual(404, daemon.request("DELETE", "/api/v1/units/H34.05/mute").status)
        for body in ({}, {"until": "2025-03-11T15:00:00+07:00"}):
            refused = daemon.request("PUT", "/api/v1/units/H34.05/mute", json.dumps(body))
            self.assertEqual(400, refused.status, refused)
        await listener.close()

    async def test_a_silent_sender_is_told_until_it_speaks(self):
        """Two hours and a working day without a word, and the word that ends it."""
        daemon, listener = await self.watch("2025-03-10T09:00:00", speed=7200)
        path = self.directory / "silence.toml"
        path.write_text("[ingest]\nsender_silence_seconds = 7200\n")
        daemon.stop()
        daemon.config = path
        daemon.start()
        listener = await Listener.connect(daemon)
        case_id = self.receive(daemon, 1, "20250303080000", "20250530093000")
        message = await listener.next()
        self.expect(message, "sender_silent", "sender_silent", "province",
                    ("2025-03-11T09:00:00", "2025-03-11T17:59:59"))
        self.assertEqual("H34", message["alert"]["recipient"])
        # A restart neither ends it nor tells it again.
        daemon.kill()
        daemon.clock = message["alert"]["at"]
        daemon.start()
        listener = await Listener.connect(daemon, resume=listener.resume)
        daemon.onestop("CapNhatTienDoHoSoMC", [progress(case_id, 4, "20250311100000")])
        over = await listener.next()
        self.assertEqual(("resolved", message["alert"]["id"]), (over["type"], over["alert"]["id"]))
        await listener.close()

    async def test_monday_morning_is_one_digest(self):
        """A hundred cases become due soon when the offices open."""
        daemon, listener = await self.watch(
            "2025-03-10T07:20:00", speed=300, config="[alerts]\ndue_soon_working_minutes = 480\n")
        daemon.onestop("DongBoHoSoMC", [
            dossier(f"H34.05-250101-{number:05d}", TrangThaiHoSo="2",
                    NgayTiepNhan="20250303080000", NgayHenTra="20250310170000")
            for number in range(100)])
        digest = await listener.next()
        self.assertEqual(("digest", 100), (digest["type"], digest["alert"]["count"]), digest)
        self.assertEqual("2025-03-10T07:3", digest["alert"]["at"][:15])
        await listener.close()


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
        ids = self.receive(daemon, range(10))
        soon = await listener.take(10)
        self.check_all(soon, "due_soon", ids)
        overdue = await listener.take(10)
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
        self.receive(daemon, range(10))
        newcomer = self.receive(daemon, [777])
        self.assertEqual([("alert", "overdue", newcomer[0])], short(await listener.take(1)))
        await listener.close()

    async def test_more_at_once_than_the_queue_holds_drops_nobody_who_reads(self):
        """As on a Monday morning: 320 alerts of one message, for queues of 256."""
        daemon = self.alerting("10:30:00")
        listeners = [await Listener.connect(daemon) for _ in range(10)]
        ids = [f"H34.{unit:02d}-250303-{number:05d}" for unit in range(1, 17) for number in range(20)]
        daemon.onestop("DongBoHoSoMC", [
            dossier(i, TrangThaiHoSo="2", NgayTiepNhan="20250303083000", NgayHenTra=DUE)
            for i in ids])
        for messages in await asyncio.gather(*(listener.take(len(ids)) for listener in listeners)):
            self.check_all(messages, "overdue", ids)
        for listener in listeners:
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
