"""Bearer tokens: who may send, who may ask, and for which units; and profiles chosen by token."""

import asyncio
import contextlib
import hashlib
import json
import unittest

import websockets

import harness
from harness import AcceptanceTest, dossier, envelope, progress

SENDER, READER, ADMIN = ("sender-token-0123456789", "reader-token-0123456789",
                         "admin-token-01234567890")
TOKENS = f"""
[[token]]
name = "one-stop"
token = "{SENDER}"
roles = ["producer"]

[[token]]
name = "department"
sha256 = "{hashlib.sha256(READER.encode()).hexdigest()}"
roles = ["officer"]
units = ["H34.05"]

[[token]]
name = "centre"
token = "{ADMIN}"
roles = ["administrator"]
"""
CONFIG = """
[access]
token_file = "tokens.toml"

[[sender]]
id = "one-stop"
profile = "t"
token_name = "one-stop"
"""
RECEIVED = {"TrangThaiHoSo": "2", "NgayTiepNhan": "20250210083000", "NgayHenTra": "20250225170000"}


def bearer(token):
    return {"Authorization": f"Bearer {token}"} if token else {}


class AccessTest(AcceptanceTest, unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        # The blocking HTTP helpers are called from the loop on purpose.
        asyncio.get_running_loop().set_debug(False)

    def setUp(self):
        super().setUp()
        harness.write_secret(self.directory / "tokens.toml", TOKENS)
        config = self.directory / "serve.toml"
        config.write_text(CONFIG)
        self.daemon_ = self.daemon(clock="2025-02-26T09:00:00+07:00", config=config,
                                   auth_off=False)

    def send(self, token, service, records):
        return self.daemon_.post("/api/v1/onestop", envelope(service, records),
                                 headers=bearer(token))

    def status(self, token, path):
        return self.daemon_.request("GET", path, headers=bearer(token)).status

    def test_who_may_do_what(self):
        dossiers = [dossier("H34.05-250210-00001", **RECEIVED),
                    dossier("H34.06-250210-00002", **RECEIVED)]
        for token, status in ((None, 401), ("x" * 20, 401), (READER, 403), (SENDER, 200)):
            self.assertEqual(status, self.send(token, "DongBoHoSoMC", dossiers).status, token)
        question = "summary?period=2025-Q1&rule=form06"
        for path, by_nobody, by_sender, by_reader in [
                (f"/api/v1/units/H34.05/{question}", 401, 403, 200),
                (f"/api/v1/units/H34.06/{question}", 401, 403, 404),
                (f"/api/v1/units/H34/{question}", 401, 403, 404),
                ("/api/v1/cases?unit=H34&period=2025-Q1&rule=form06", 401, 403, 404),
                ("/api/v1/cases/H34.05-250210-00001", 401, 403, 200),
                ("/api/v1/cases/H34.06-250210-00002/timeline", 401, 403, 404),
                ("/-/ready", 200, 200, 200)]:
            with self.subTest(path):
                self.assertEqual([by_nobody, by_sender, by_reader, 200],
                                 [self.status(t, path) for t in (None, SENDER, READER, ADMIN)])

    def test_a_token_in_the_query_is_none(self):
        for name in ("token", "access_token"):
            self.assertEqual(401, self.status(None, f"/api/v1/units?{name}={ADMIN}"))

    def test_log_names_no_token(self):
        self.send(SENDER, "DongBoHoSoMC", [dossier("H34.05-250210-00001", **RECEIVED)])
        self.status("wrong-token-0123456789", "/api/v1/units")
        self.daemon_.stop()
        for token in (SENDER, READER, ADMIN, "wrong-token-0123456789"):
            self.assertNotIn(token, self.daemon_.log())

    def test_a_file_with_tokens_is_nobody_elses_to_read(self):
        tokens = self.directory / "tokens.toml"
        hashed = f"""[[token]]
name = "department"
sha256 = "{hashlib.sha256(READER.encode()).hexdigest()}"
roles = ["officer"]
"""
        self.daemon_.stop()
        for mode, text, refusal in [
                (0o644, TOKENS, "can be read by everybody on this machine (mode 0644): chmod o= "),
                (0o640, TOKENS, None),
                (0o644, hashed, None),
                (0o646, hashed, "can be changed by everybody on this machine (mode 0646)")]:
            with self.subTest(mode=oct(mode), text=text[:60]):
                tokens.write_text(text)
                tokens.chmod(mode)
                checked = harness.run("check-config", self.directory / "serve.toml", check=False)
                self.assertEqual(1 if refusal else 0, checked.returncode, checked.stderr)
                if refusal is None:
                    self.daemon_.start()
                    self.daemon_.stop()
                    continue
                self.assertIn(refusal, checked.stdout + checked.stderr)
                self.daemon_.launch()
                self.assertNotEqual(0, self.daemon_.ended())
                self.assertIn(refusal, self.daemon_.log())

    def test_profile_by_token(self):
        """Sender T writes 5 for the end of a supplement too; its text tells."""
        case_id = "H34.05-250210-00001"
        done = {"NoiDungXuLy": "Hoàn thành bổ sung hồ sơ"}
        for service, records in [
                ("DongBoHoSoMC", [dossier(case_id, **RECEIVED)]),
                ("CapNhatTienDoHoSoMC", [progress(case_id, 5, "20250212080000"),
                                         progress(case_id, 5, "20250217080000", **done)])]:
            self.assertTrue(self.send(SENDER, service, records).accepted)

        def state():
            answer = self.daemon_.request("GET", f"/api/v1/cases/{case_id}",
                                          headers=bearer(ADMIN)).json
            return answer["verdicts"]["qd766"]["state"]

        # Running again since 17/2: five days are subtracted at 26/2, so due is not past.
        self.assertEqual("pending_in_time", state())
        self.send(SENDER, "CapNhatTienDoHoSoMC", [progress(case_id, 9, "20250226080000")])
        self.assertEqual("resolved_on_time", state())

    async def hello(self, token, units):
        socket = await websockets.connect(
            f"ws://{self.daemon_.host}:{self.daemon_.port}/ws/alerts",
            subprotocols=["tthc.alerts.v1"])
        await socket.send(json.dumps({"type": "hello", "token": token, "units": units}))
        try:
            return json.loads(await asyncio.wait_for(socket.recv(), harness.REQUEST_SECONDS))
        except websockets.ConnectionClosed as closed:
            return closed.code
        finally:
            await socket.close()

    async def test_websocket(self):
        self.assertEqual("welcome", (await self.hello(READER, ["H34.05"]))["type"])
        self.assertEqual("welcome", (await self.hello(ADMIN, []))["type"])
        for token, units in (("", ["H34.05"]), ("x" * 20, ["H34.05"]), (SENDER, ["H34.05"]),
                             (READER, ["H34"]), (READER, ["H34.06"])):
            with self.subTest(token=token, units=units):
                self.assertEqual(1008, await self.hello(token, units))


# Kon Tum (H34) became part of Quảng Ngãi (H48) on 1 July 2025, and with it each of its departments
# of one there.
MERGED = {"successor": "H48.05", "neighbour": "H48.06", "old-province": "H34",
          "old-department": "H34.05"}
MERGED_TOKENS = TOKENS + "".join(
    f'[[token]]\nname = "{name}"\ntoken = "{name}-token-0123456789"\nroles = ["leader"]\n'
    f'units = ["{unit}"]\n' for name, unit in MERGED.items())
# Everything whose figures are counted over the tree of a past cut-off.
PAST = ("/api/v1/units/{}/summary?period=2025-Q1", "/api/v1/units/{}/indicators?period=2025-Q1",
        "/api/v1/units/{}/improvements?period=2025-Q1", "/api/v1/units/{}/targets?period=2025-Q1",
        "/api/v1/cases?period=2025-Q1&unit={}", "/api/v1/reports/form06?period=2025-Q1&unit={}",
        "/api/v1/reports/late-cases?period=2025-Q1&unit={}")


class MergerTest(AcceptanceTest, unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)

    async def test_the_successor_takes_over(self):
        harness.write_secret(self.directory / "tokens.toml", MERGED_TOKENS)
        config = self.directory / "serve.toml"
        config.write_text(CONFIG)
        daemon = self.daemon(clock="2025-06-30T09:00:00+07:00", config=config, auth_off=False)
        case_id = "H34.05-250210-00001"
        sent = daemon.post("/api/v1/onestop", envelope("DongBoHoSoMC", [
            dossier(case_id, **RECEIVED)]), headers=bearer(SENDER))
        self.assertTrue(sent.accepted, sent)

        def status(name, path):
            return daemon.request("GET", path, headers=bearer(f"{name}-token-0123456789")).status

        def sees(name):
            answers = {status(name, f"/api/v1/cases/{case_id}"),
                       status(name, f"/api/v1/cases/{case_id}/timeline"),
                       status(name, "/api/v1/units/H34.05")}
            self.assertEqual(1, len(answers), answers)
            return answers == {200}

        def alerts(name):
            answer = daemon.request("GET", "/api/v1/alerts",
                                    headers=bearer(f"{name}-token-0123456789"))
            return [alert["case_id"] for alert in answer.json["alerts"]
                    if alert["kind"] == "overdue"]

        async def snapshot(name):
            """What a session is told that comes back with an old state."""
            async with websockets.connect(f"ws://{daemon.host}:{daemon.port}/ws/alerts",
                                          subprotocols=["tthc.alerts.v1"]) as socket:
                await socket.send(json.dumps({
                    "type": "hello", "token": f"{name}-token-0123456789",
                    "resume": {"epoch": "old", "seq": 0}}))
                await socket.recv()
                with contextlib.suppress(asyncio.TimeoutError):
                    return [json.loads(await asyncio.wait_for(socket.recv(), 2))["alert"]["case_id"]]
                return []

        everybody = set(MERGED)
        self.assertEqual({"old-province", "old-department"}, {n for n in everybody if sees(n)})
        self.assertEqual([case_id], alerts("old-province"))
        self.assertEqual([], alerts("successor"))
        for path in PAST:
            self.assertEqual(200, status("old-province", path.format("H34")), path)
        # The alert was told under the tree of June; now it is July.
        self.assertEqual(0, daemon.stop())
        daemon.clock = "2025-07-01T09:00:00+07:00"
        daemon.start()
        self.assertEqual({"successor", "old-department"}, {n for n in everybody if sees(n)})
        self.assertEqual({"successor": [case_id], "old-department": [case_id], "neighbour": [],
                          "old-province": []}, {n: alerts(n) for n in everybody})
        for name in everybody:
            self.assertEqual(alerts(name), await snapshot(name), name)
        for path in PAST:
            # H34 had H34.05 then, and has it no more.
            self.assertEqual([403, 200, 404], [
                status("old-province", path.format("H34")),
                status("successor", path.format("H34.05")),
                status("neighbour", path.format("H34.05"))], path)
        self.assertEqual(403, status("old-province", "/api/v1/units/H34/frozen?period=2025-Q1"))
        self.assertEqual(200, status("old-province", "/api/v1/units/H34/summary?period=2025-Q3"))


if __name__ == "__main__":
    harness.main()
