"""Bearer tokens: who may send, who may ask, and for which units; and profiles chosen by token."""

import asyncio
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
        (self.directory / "tokens.toml").write_text(TOKENS)
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


if __name__ == "__main__":
    harness.main()
