"""Clients that are slow, many or wrong: everybody else is answered, and the daemon recovers."""

import asyncio
import contextlib
import json
import os
import resource
import socket
import unittest

import websockets

import harness
from harness import dossier, wait_for
from test_tls import REQUEST, Tls, answer_on, case_id

RECEIVED = {"TrangThaiHoSo": "2", "NgayTiepNhan": "20250303080000", "NgayHenTra": "20250310100000"}
OVERDUE = RECEIVED | {"NgayHenTra": "20250307100000"}
PLACES = 48
# A client that has gone may hold its place for a moment still.
FREE = 4
HALF_HEADER = b"GET /api/v1/units HTTP/1.1\r\nHost: x\r\nX-Slow: "
HALF_BODY = (b"POST /api/v1/onestop HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
             b"Content-Length: 100000\r\n\r\n{\"session\":")
# What a slow reader's own machine takes for it.
LITTLE = 4096


class Pressure(Tls):
    """Of the slow clients one half is plain, the other comes over TLS."""

    def raw(self, address, receive_buffer=None):
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(harness.REQUEST_SECONDS)
        connection.connect(address)
        self.addCleanup(connection.close)
        return connection

    def plain(self, daemon, receive_buffer=None):
        return self.raw((daemon.host, daemon.port), receive_buffer)

    def secure(self, receive_buffer=None):
        connection = self.client.wrap_socket(self.raw(self.address, receive_buffer),
                                             server_hostname=self.address[0])
        self.addCleanup(connection.close)
        return connection

    def slow(self, daemon, count, says, receive_buffer=None):
        # TLS first: the last places are for the plain address.
        clients = [self.secure(receive_buffer) if n < count // 2 else self.plain(daemon, receive_buffer)
                   for n in range(count)]
        for client in clients:
            client.sendall(says)
        return clients

    def wait_open(self, daemon, count):
        """`count` connections besides the one that asks."""
        wait_for(f"{count} connections",
                 lambda: self.metric(daemon, "tthc_http_connections") == count + 1)

    def answered(self, daemon, count):
        """`count` new connections that were answered and stay; none where there was no place for all."""
        clients = [self.plain(daemon) for _ in range(count)]
        for client in clients:
            client.sendall(REQUEST)
        if all([answer_on(client)[0] == 200 for client in clients]):
            return clients
        for client in clients:
            client.close()
        return None

    def check_everybody_else(self, daemon):
        for _ in range(10):
            daemon.onestop("DongBoHoSoMC", [dossier(case_id(1), **RECEIVED)])
            self.assertEqual(200, daemon.request("GET", "/api/v1/units").status)


class SlowTest(Pressure):
    def test_half_sent_requests_hold_up_nobody(self):
        daemon = self.served(more=f"[limits]\nconnections = {PLACES}\nrequest_read_seconds = 20\n")
        slow = (self.slow(daemon, PLACES // 2, HALF_HEADER) +
                self.slow(daemon, PLACES // 2 - FREE, HALF_BODY))
        self.check_everybody_else(daemon)
        # The last places are taken: one more is told so, or over TLS, where nothing can be told, closed.
        self.wait_open(daemon, len(slow))
        held = wait_for("the scrape's own place", lambda: self.answered(daemon, FREE))
        self.assertEqual(503, answer_on(self.plain(daemon))[0])
        with self.assertRaises(OSError):
            self.secure()
        # A byte now and then gains no time.
        for client in slow:
            client.sendall(b"x")
        for client in slow:
            self.assertEqual(408, answer_on(client)[0])
        for client in [*slow, *held]:
            client.close()
        self.wait_open(daemon, 0)
        self.assertEqual(len(slow), self.closed(daemon, "read_timeout"))
        self.check_everybody_else(daemon)

    def test_strangers_do_not_lock_out_who_watches(self):
        places, kept = 32, 32 // 8
        daemon = self.served(more=f"[limits]\nconnections = {places}\nrequest_read_seconds = 600\n")
        strangers = [self.secure() for _ in range(places - kept)]
        self.wait_open(daemon, len(strangers))
        # As many again find no place, and nobody behind the plain address notices.
        for _ in strangers:
            with contextlib.suppress(ConnectionResetError):
                self.assertEqual(b"", self.raw(self.address).recv(1))
        self.check_everybody_else(daemon)
        self.assertEqual(len(strangers), self.closed(daemon, "connection_limit"))

    def test_answers_that_are_not_read_hold_up_nobody(self):
        daemon = self.served(more=f"[limits]\nconnections = {PLACES}\n")
        count = PLACES - 8
        slow = self.slow(daemon, count, b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 40, LITTLE)
        self.wait_open(daemon, count)
        self.check_everybody_else(daemon)
        self.wait_closed(daemon, "write_timeout", count)
        for client in slow:
            client.close()
        self.wait_open(daemon, 0)
        self.check_everybody_else(daemon)

    def test_what_is_too_large_is_refused_at_both_addresses(self):
        daemon = self.served(more="[limits]\nheader_bytes = 4096\nbody_bytes = 20000\n")
        head = b"POST /api/v1/onestop HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        chunk = b"1000\r\n" + b" " * 0x1000 + b"\r\n"
        for says, status, reason in [
                (b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431, "header_too_large"),
                (b"GET / HTTP/1.1\r\n" + b"X-A: 1\r\n" * 1000 + b"\r\n", 431, "header_too_large"),
                (head + b"Content-Length: 20001\r\n\r\n" + b" " * 20001, 413, "body_too_large"),
                (head + b"Content-Length: 99999999999999999999\r\n\r\n", 400, "bad_request"),
                (head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 6, 413, "body_too_large")]:
            with self.subTest(says[:60]):
                before = self.closed(daemon, reason)
                for client in (self.plain(daemon), self.secure()):
                    client.sendall(says)
                    self.assertEqual(status, answer_on(client)[0])
                    client.close()
                self.wait_closed(daemon, reason, before + 2)
        self.check_everybody_else(daemon)


class SlowListenerTest(Pressure, unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        # The blocking HTTP helpers are called from the loop on purpose.
        asyncio.get_running_loop().set_debug(False)

    async def listener(self, daemon, secure, reads):
        raw = self.raw(self.address if secure else (daemon.host, daemon.port),
                       None if reads else LITTLE)
        raw.setblocking(False)
        scheme = "wss" if secure else "ws"
        options = {"ssl": self.client} if secure else {}
        # Where it does not read, the library's own queue must be small, too.
        client = await asyncio.wait_for(
            websockets.connect(f"{scheme}://127.0.0.1/ws/alerts", sock=raw, max_queue=None if reads else 1,
                               read_limit=LITTLE, ping_interval=None, subprotocols=["tthc.alerts.v1"],
                               server_hostname="127.0.0.1" if secure else None, **options),
            harness.REQUEST_SECONDS)
        await client.send(json.dumps({"type": "hello", "units": ["H34"]}))
        self.assertEqual("welcome", json.loads(await client.recv())["type"])
        return client

    async def test_listeners_that_do_not_read_are_dropped_and_the_others_told_all(self):
        daemon = self.served(more="[limits]\nwebsocket_queue_messages = 200\n"
                                  "[alerts]\ndigest_above_messages = 100000\n")
        good = [await self.listener(daemon, secure, True) for secure in (False, True)]
        slow = [await self.listener(daemon, secure, False) for secure in (False, True) * 6]

        def dropped():
            return self.metric(daemon, "tthc_alert_sessions_closed_total", transport="websocket",
                               reason="slow")
        sent, told = 0, [[], []]
        while dropped() < len(slow):
            self.assertLess(sent, 50_000, "not all were dropped")
            # Less than a queue holds: who reads is never behind by more.
            batch = [dossier(case_id(sent + n), **OVERDUE) for n in range(1, 101)]
            await asyncio.to_thread(daemon.onestop, "DongBoHoSoMC", batch)
            sent += len(batch)
            for client, seen in zip(good, told):
                while len(seen) < sent:
                    message = json.loads(await asyncio.wait_for(client.recv(), harness.REQUEST_SECONDS))
                    seen.append(message["alert"]["case_id"])
        for seen in told:
            self.assertEqual({case_id(n) for n in range(1, sent + 1)}, set(seen))
        for client in slow:
            client.transport.abort()


class DescriptorTest(Pressure):
    def test_without_descriptors_it_waits_and_goes_on(self):
        daemon = self.served()
        kept = self.plain(daemon)
        process = daemon.process.pid
        open_now = len(os.listdir(f"/proc/{process}/fd"))
        before = resource.prlimit(process, resource.RLIMIT_NOFILE)

        def metric(name):
            kept.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            text = answer_on(kept)[1].decode()
            return next(float(line.split()[1]) for line in text.splitlines()
                        if line.startswith(name + " "))

        metric("tthc_http_connections")
        resource.prlimit(process, resource.RLIMIT_NOFILE, (open_now + 8, before[1]))
        many = [self.plain(daemon) for _ in range(40)]
        wait_for("accepting to fail again and again", lambda: metric("tthc_http_accept_errors_total") >= 30)
        warned = daemon.log().count('"accept_failed"')
        self.assertGreater(warned, 0)
        self.assertLess(warned, 10, "a warning for each failure")
        for client in many:
            client.close()
        self.check_everybody_else(daemon)
        self.assertIn('"accept_goes_on"', daemon.log())
        with contextlib.suppress(OSError):
            resource.prlimit(process, resource.RLIMIT_NOFILE, before)
        again = self.secure()
        again.sendall(REQUEST)
        self.assertEqual(200, answer_on(again)[0])


if __name__ == "__main__":
    harness.main()
