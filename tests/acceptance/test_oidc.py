"""Tokens of an identity provider: login, change of keys, and the end of sessions at expiry."""

import asyncio
import json
import re
import time
import unittest

import websockets

import harness
from harness import AcceptanceTest, dossier, envelope, wait_for
from provider import AUDIENCE, ISSUER, Key, Provider

# The process runs on another day than the machine: an expiry is of the machine.
CLOCK = "2025-02-26T09:00:00+07:00"
RECEIVED = {"TrangThaiHoSo": "2", "NgayTiepNhan": "20250210083000", "NgayHenTra": "20250225170000"}
OWN, FOREIGN = "H34.05-250210-00001", "H34.06-250210-00002"
# Bounds of the moment at which a session must have ended, for a loaded machine.
LATEST_SECONDS = 15


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


class OidcTest(AcceptanceTest, unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        # The blocking HTTP helpers are called from the loop on purpose.
        asyncio.get_running_loop().set_debug(False)

    def provider(self, keys, tls=True):
        provider = Provider(keys, self.directory if tls else None)
        self.addCleanup(provider.close)
        return provider

    def monitor(self, provider, ca_file="ca.pem", **options):
        config = self.directory / "serve.toml"
        config.write_text(f"""
[oidc]
issuer = "{ISSUER}"
audience = "{AUDIENCE}"
jwks_url = "{provider.url}"
ca_file = "{ca_file}"
leeway_seconds = 0
refresh_least_seconds = 1
""")
        return self.daemon(clock=CLOCK, config=config, auth_off=False, **options)

    @staticmethod
    def status(daemon, token, path="/api/v1/units"):
        return daemon.request("GET", path, headers=bearer(token)).status

    def wait_until_known(self, daemon, token):
        wait_for("the provider's keys", lambda: self.status(daemon, token) == 200)

    def metric(self, daemon, token, name):
        text = daemon.request("GET", "/metrics", headers=bearer(token)).body.decode()
        return float(re.search(rf"^{re.escape(name)} (\S+)$", text, re.M).group(1))

    def test_login_with_rs256_and_es256_over_https(self):
        keys = [Key("r1"), Key("e1", "ES256")]
        daemon = self.monitor(self.provider(keys))
        producer = keys[0].token(["producer"], "*")
        self.wait_until_known(daemon, keys[0].token(["officer"], "*"))
        sent = daemon.post("/api/v1/onestop", envelope(
            "DongBoHoSoMC", [dossier(i, **RECEIVED) for i in (OWN, FOREIGN)]),
            headers=bearer(producer))
        self.assertTrue(sent.accepted, sent)
        for key in keys:
            leader = key.token(["leader"], ["H34.05"])
            with self.subTest(key.algorithm):
                self.assertEqual([200, 404, 403], [
                    self.status(daemon, leader, f"/api/v1/cases/{OWN}"),
                    self.status(daemon, leader, f"/api/v1/cases/{FOREIGN}"),
                    self.status(daemon, leader, "/api/v1/quarantine")])
                for claims in ({"aud": "other"}, {"iss": "https://evil.example"},
                               {"exp": time.time() - 1}, {"nbf": time.time() + 60}):
                    self.assertEqual(401, self.status(
                        daemon, key.token(["leader"], ["H34.05"], **claims)), claims)
        # Bound to a unit until yesterday, of the process's day: nothing is seen any more.
        former = keys[0].token(["leader"], [{"code": "H34.05", "to": "2025-02-25"}])
        self.assertEqual(404, self.status(daemon, former, f"/api/v1/cases/{OWN}"))
        daemon.stop()
        for token in (producer, former):
            self.assertNotIn(token.split(".")[2], daemon.log())

    def test_keys_change_and_the_last_good_ones_stay(self):
        old, new = Key("k1"), Key("k2")
        provider = self.provider([old], tls=False)
        daemon = self.monitor(provider, ca_file="")
        by_old, by_new = (k.token(["auditor"], "*") for k in (old, new))
        self.wait_until_known(daemon, by_old)
        self.assertEqual(401, self.status(daemon, by_new))
        provider.keys = [new]
        self.wait_until_known(daemon, by_new)
        self.assertEqual(401, self.status(daemon, by_old))
        asked = provider.asked
        for _ in range(50):
            self.status(daemon, by_old)
        self.assertLessEqual(provider.asked - asked, 50 // 4)   # once a second at most
        provider.close()
        failed = 'tthc_oidc_key_readings_total{outcome="failed"}'
        wait_for("a failed reading", lambda: self.status(daemon, by_old) == 401
                 and self.metric(daemon, by_new, failed) > 0)
        self.assertEqual(200, self.status(daemon, by_new))
        self.assertIn("keys_not_read", daemon.log())

    def test_an_address_that_is_not_trusted_gives_no_keys(self):
        key = Key("k1")
        provider = self.provider([key])
        daemon = self.monitor(provider, ca_file="")
        wait_for("the log of the failed reading", lambda: "keys_not_read" in daemon.log())
        self.assertEqual(401, self.status(daemon, key.token(["officer"], "*")))
        self.assertEqual(0, provider.asked)
        self.assertEqual(200, daemon.request("GET", "/-/ready").status)

    async def test_sessions_end_when_the_token_does(self):
        key = Key("k1", "ES256")
        daemon = self.monitor(self.provider([key]))
        self.wait_until_known(daemon, key.token(["officer"], "*"))
        expires = time.time() + 4
        token = key.token(["leader"], ["H34.05"], exp=expires)
        self.assertEqual(200, self.status(daemon, token))

        connection = daemon.connect()
        self.addCleanup(connection.close)
        connection.request("GET", "/api/v1/alerts/stream", headers=bearer(token))
        stream = connection.getresponse()
        self.assertEqual(200, stream.status)

        socket = await websockets.connect(f"ws://{daemon.host}:{daemon.port}/ws/alerts",
                                          subprotocols=["tthc.alerts.v1"])
        await socket.send(json.dumps({"type": "hello", "token": token}))
        self.assertEqual("welcome", json.loads(await socket.recv())["type"])
        with self.assertRaises(websockets.ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), LATEST_SECONDS)
        ended = time.time()
        self.assertEqual((4401, "the token has expired"),
                         (closed.exception.code, closed.exception.reason))
        self.assertGreaterEqual(ended, expires)
        self.assertLess(ended, expires + LATEST_SECONDS)

        events = (await asyncio.to_thread(stream.read)).decode()
        self.assertIn("event: welcome", events)
        self.assertTrue(events.endswith(
            'event: expired\ndata: {"type":"expired","reason":"the token has expired"}\n\n'), events)
        self.assertEqual(401, self.status(daemon, token))

        again = await websockets.connect(f"ws://{daemon.host}:{daemon.port}/ws/alerts",
                                         subprotocols=["tthc.alerts.v1"])
        await again.send(json.dumps({"type": "hello", "token": token}))
        with self.assertRaises(websockets.ConnectionClosed) as closed:
            await asyncio.wait_for(again.recv(), LATEST_SECONDS)
        self.assertEqual(4401, closed.exception.code)


if __name__ == "__main__":
    harness.main()
