"""TLS of the daemon: https, wss and event streams; producers held to it; a certificate that changes."""

import asyncio
import contextlib
import datetime
import http.client
import json
import re
import select
import signal
import socket
import ssl
import subprocess
import time
import unittest
import warnings

import websockets

import certificates
import harness
from certificates import DAY, Authority, key_pem, new_key
from harness import AcceptanceTest, dossier, envelope, progress, wait_for

CLOCK = "2025-03-10T09:00:00+07:00"
RECEIVED = {"TrangThaiHoSo": "2", "NgayTiepNhan": "20250303080000", "NgayHenTra": "20250310100000"}
PRODUCER = "producer-token-0123456789"
# As server/http/limits.h has them.
HANDSHAKES_AT_ONCE = 256
REQUEST = b"GET /-/ready HTTP/1.1\r\nHost: x\r\n\r\n"


def case_id(number):
    return f"H34.05-250303-{number:05}"


def utc(days):
    return datetime.datetime.utcnow().replace(microsecond=0) + days * DAY


def seconds_of(moment):
    return moment.replace(tzinfo=datetime.timezone.utc).timestamp()


class Tls(AcceptanceTest):
    def setUp(self):
        super().setUp()
        self.authority = Authority()
        (self.directory / "root.pem").write_bytes(self.authority.root_pem)
        self.certificate = self.issue()
        self.client = ssl.create_default_context(cafile=self.directory / "root.pem")
        # Python takes an end without close_notify for one with it, unless it is asked.
        self.client.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF

    def issue(self, **dates):
        return certificates.write_server(self.directory, self.authority, **dates)

    def write(self, name, content, mode=0o600):
        certificates.write_file(self.directory / name, content, mode)

    def configured(self, tls="", more=""):
        config = self.directory / "serve.toml"
        config.write_text(certificates.SETTINGS + tls + more)
        return config

    def served(self, tls="", more="", **options):
        daemon = self.daemon(clock=CLOCK, config=self.configured(tls, more),
                             arguments=("--clock-speed", "0"), **options)
        self.note_address(daemon)
        return daemon

    def note_address(self, daemon):
        host, port = daemon.ready["listen_tls"].rsplit(":", 1)
        self.address = (host, int(port))

    def connected(self, context=None):
        """A TLS connection, certificate verified; an end without close_notify is an error."""
        raw = socket.create_connection(self.address, harness.REQUEST_SECONDS)
        connection = (context or self.client).wrap_socket(
            raw, server_hostname=self.address[0], suppress_ragged_eofs=False)
        self.addCleanup(connection.close)
        return connection

    def https(self, daemon):
        """The daemon's helpers (post, get, …), over TLS."""
        daemon.connect = lambda: http.client.HTTPSConnection(
            *self.address, timeout=harness.REQUEST_SECONDS, context=self.client)
        return daemon

    def metric(self, daemon, name, **labels):
        body = daemon.request("GET", "/metrics").body.decode()
        text = name + ("{" + ",".join(f'{k}="{v}"' for k, v in sorted(labels.items())) + "}" if labels else "")
        found = re.search(f"^{re.escape(text)} (.+)$", body, re.M)
        return float(found.group(1)) if found else None

    def closed(self, daemon, reason):
        return self.metric(daemon, "tthc_http_connections_closed_total", reason=reason)

    def wait_closed(self, daemon, reason, count=1):
        wait_for(f"{count} connections closed with {reason}",
                 lambda: self.closed(daemon, reason) >= count)


def answer_on(connection):
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return answer.status, answer.read()


class RequestTest(Tls):
    def test_what_is_asked_over_both_addresses_is_the_same(self):
        daemon = self.served()
        plain = daemon.get("/api/v1/units")
        self.https(daemon)
        daemon.onestop("DongBoHoSoMC", [dossier(case_id(n), **RECEIVED) for n in range(1, 200)])
        self.assertEqual(plain, daemon.get("/api/v1/units"))
        secure = daemon.request("GET", "/api/v1/cases?unit=H34&period=2025-Q1&rule=form06&limit=150")
        del daemon.connect
        again = daemon.request("GET", "/api/v1/cases?unit=H34&period=2025-Q1&rule=form06&limit=150")
        self.assertEqual((200, again.body), (secure.status, secure.body))
        self.assertIsNone(secure.headers["Strict-Transport-Security"])

    def test_one_connection_takes_many_requests(self):
        self.served()
        connection = self.connected()
        for _ in range(3):
            connection.sendall(REQUEST)
            self.assertEqual(200, answer_on(connection)[0])
        # In one record: what TLS has decrypted is not to be waited for at the socket.
        connection.sendall(REQUEST * 5)
        stream = connection.makefile("rb")
        for _ in range(5):
            self.assertEqual(b"HTTP/1.1 200 OK\r\n", stream.readline())
            length = 0
            while (line := stream.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            stream.read(length)

    def test_a_request_comes_byte_by_byte(self):
        self.served()
        connection = self.connected()
        for byte in REQUEST:
            connection.sendall(bytes([byte]))
        self.assertEqual(200, answer_on(connection)[0])

    def test_versions_and_protocols(self):
        self.served()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = ssl.create_default_context(cafile=self.directory / "root.pem")
            context.minimum_version = context.maximum_version = version
            context.set_alpn_protocols(["h2", "http/1.1"])
            connection = self.connected(context)
            self.assertEqual("http/1.1", connection.selected_alpn_protocol())
            connection.sendall(REQUEST)
            self.assertEqual(200, answer_on(connection)[0])
        old = ssl.create_default_context(cafile=self.directory / "root.pem")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        with self.assertRaisesRegex(ssl.SSLError, "(?i)protocol.version"):
            self.connected(old)
        http2 = ssl.create_default_context(cafile=self.directory / "root.pem")
        http2.set_alpn_protocols(["h2"])
        with self.assertRaisesRegex(ssl.SSLError, "(?i)no.application.protocol"):
            self.connected(http2)

    def test_openssl_s_client(self):
        self.served()
        done = subprocess.run(
            ["openssl", "s_client", "-connect", "%s:%d" % self.address, "-CAfile",
             self.directory / "root.pem", "-verify_return_error", "-verify_ip", "127.0.0.1",
             "-alpn", "http/1.1", "-ign_eof"],
            input=REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
            capture_output=True, timeout=harness.COMMAND_SECONDS, check=False)
        said = done.stdout.decode()
        self.assertEqual(0, done.returncode, done.stderr.decode())
        for line in ("Verify return code: 0 (ok)", "ALPN protocol: http/1.1", "HTTP/1.1 200 OK",
                     "Compression: NONE"):
            self.assertIn(line, said)
        # The server ended its side: s_client read close_notify, no error.
        self.assertIn("closed", said)
        self.assertNotIn("unexpected eof", (said + done.stderr.decode()).lower())

    def test_the_end_is_said(self):
        """A client may tell an end from a cut: idle, refused, and at the stop."""
        daemon = self.served(more="[limits]\nkeep_alive_idle_seconds = 1\n")
        idle = self.connected()
        idle.sendall(REQUEST)
        self.assertEqual(200, answer_on(idle)[0])
        self.assertEqual(b"", idle.recv(1))
        self.wait_closed(daemon, "idle")
        refused = self.connected()
        refused.sendall(b"nonsense\r\n\r\n")
        self.assertEqual(400, answer_on(refused)[0])
        self.assertEqual(b"", refused.recv(1))

    def test_the_end_is_said_at_the_stop(self):
        daemon = self.served()
        connection = self.connected()
        # The client's side of the handshake ends before the daemon's.
        connection.sendall(REQUEST)
        self.assertEqual(200, answer_on(connection)[0])
        daemon.process.send_signal(signal.SIGTERM)
        self.assertEqual(b"", connection.recv(1))
        connection.close()
        self.assertEqual(0, daemon.ended())

    def test_who_closes_without_a_word_has_closed(self):
        daemon = self.served()
        connection = self.connected()
        connection.sendall(REQUEST)
        self.assertEqual(200, answer_on(connection)[0])
        before = self.closed(daemon, "done")
        connection.close()  # without unwrap(): no close_notify
        # The scrapes close connections too, one each.
        wait_for("the close", lambda: self.metric(daemon, "tthc_http_connections") == 1)
        self.assertGreater(self.closed(daemon, "done"), before)
        self.assertEqual(0, self.closed(daemon, "reset"))

    def test_a_refusal_is_read_by_who_still_sends(self):
        self.served(more="[limits]\nbody_bytes = 4096\n")
        connection = self.connected()
        connection.sendall(b"POST /api/v1/onestop HTTP/1.1\r\nHost: x\r\n"
                           b"Content-Type: application/json\r\nContent-Length: 3000000\r\n\r\n")
        with contextlib.suppress(OSError):
            for _ in range(30):
                connection.sendall(b"x" * 100_000)
        self.assertEqual(413, answer_on(connection)[0])


class LiveTest(Tls, unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        # The blocking HTTP helpers are called from the loop on purpose.
        asyncio.get_running_loop().set_debug(False)

    async def open(self):
        socket_ = await asyncio.wait_for(
            websockets.connect("wss://%s:%d/ws/alerts" % self.address, ssl=self.client,
                               subprotocols=["tthc.alerts.v1"]), harness.REQUEST_SECONDS)
        await socket_.send(json.dumps({"type": "hello", "units": ["H34"]}))
        self.assertEqual("welcome", (await self.message(socket_))["type"])
        return socket_

    @staticmethod
    async def message(socket_):
        return json.loads(await asyncio.wait_for(socket_.recv(), harness.REQUEST_SECONDS))

    async def test_alerts_over_wss(self):
        daemon = self.https(self.served(more="[alerts]\ndigest_above_messages = 1000\n"))
        sockets = [await self.open() for _ in range(5)]
        count = 120
        daemon.onestop("DongBoHoSoMC", [
            dossier(case_id(n), **RECEIVED | {"NgayHenTra": "20250307100000"})
            for n in range(1, count + 1)])
        seen = [[await self.message(s) for _ in range(count)] for s in sockets]
        self.assertEqual(count, len({m["alert"]["id"] for m in seen[0]}))
        for other in seen[1:]:
            self.assertEqual(seen[0], other)
        await sockets[0].send(json.dumps({"type": "ack", "id": seen[0][0]["alert"]["id"], "comment": "seen"}))
        self.assertEqual("acked", (await self.message(sockets[0]))["type"])
        # Closed by the client, then by the daemon.
        await asyncio.wait_for(sockets[0].close(), harness.REQUEST_SECONDS)
        self.assertEqual(1000, sockets[0].close_code)
        daemon.process.send_signal(signal.SIGTERM)
        for each in sockets[1:]:
            await asyncio.wait_for(each.wait_closed(), harness.REQUEST_SECONDS)
            self.assertEqual(1012, each.close_code)
        self.assertEqual(0, await asyncio.to_thread(daemon.ended))

    async def test_an_event_stream_ends_in_order(self):
        daemon = self.https(self.served())
        connection = self.connected()
        connection.sendall(b"GET /api/v1/alerts/stream?unit=H34 HTTP/1.1\r\nHost: x\r\n\r\n")
        stream = connection.makefile("rb")
        read = lambda: asyncio.to_thread(stream.readline)
        while not (line := await read()).startswith(b"event: welcome"):
            self.assertNotEqual(b"", line)
        daemon.onestop("DongBoHoSoMC", [
            dossier(case_id(1), **RECEIVED | {"NgayHenTra": "20250307100000"})])
        while not (line := await read()).startswith(b"event: alert"):
            self.assertNotEqual(b"", line)
        daemon.process.send_signal(signal.SIGTERM)
        while await read() != b"":
            pass
        connection.close()
        self.assertEqual(0, await asyncio.to_thread(daemon.ended))


class ProducerTest(Tls):
    ONESTOP = envelope("DongBoHoSoMC", [dossier(case_id(1), **RECEIVED)])

    def tokens(self):
        harness.write_secret(self.directory / "tokens.toml", "".join(
            f'[[token]]\nname = "{role}"\ntoken = "{token}"\nroles = ["{role}"]\n'
            for role, token in (("producer", PRODUCER), ("administrator", "admin-token-0123456789"))))
        return '[access]\ntoken_file = "tokens.toml"\n'

    def test_deliveries_in_plain_are_refused_where_that_is_set(self):
        daemon = self.served("required_for_producers = true\n", self.tokens(), auth_off=False)
        bearer = {"Authorization": f"Bearer {PRODUCER}"}
        row = json.dumps({"x": 1}).encode()

        def statuses():
            return [daemon.post("/api/v1/onestop", self.ONESTOP, headers=bearer),
                    daemon.post("/api/v1/events", [], headers=bearer),
                    daemon.request("PUT", "/api/v1/registers/procedures", body=row,
                                   headers=bearer | {"Content-Type": "application/x-ndjson"})]

        plain = statuses()
        self.assertEqual([403, 403, 403], [answer.status for answer in plain])
        self.assertEqual("-1", plain[0].json["error_code"])
        self.assertIn("TLS", plain[0].json["message"])
        self.assertEqual("/problems/tls-required", plain[2].json["type"])
        self.assertIn("https", plain[2].json["detail"])
        # Whether a token is right is not said in plain.
        self.assertEqual(403, daemon.post("/api/v1/onestop", self.ONESTOP).status)
        # Questions are asked at either address.
        question = daemon.request("GET", "/api/v1/units",
                                  headers={"Authorization": "Bearer admin-token-0123456789"})
        self.assertEqual(200, question.status)
        self.https(daemon)
        self.assertNotIn(403, [answer.status for answer in statuses()])
        self.assertTrue(daemon.post("/api/v1/onestop", self.ONESTOP, headers=bearer).accepted)
        self.assertEqual(401, daemon.post("/api/v1/onestop", self.ONESTOP).status)

    def test_both_addresses_take_deliveries_by_default(self):
        daemon = self.served()
        self.assertTrue(daemon.post("/api/v1/onestop", self.ONESTOP).accepted)
        self.assertTrue(self.https(daemon).post("/api/v1/onestop", self.ONESTOP).accepted)


class CertificateTest(Tls):
    def serial(self):
        der = self.connected().getpeercert(binary_form=True)
        from cryptography import x509
        return x509.load_der_x509_certificate(der).serial_number

    def not_after(self, daemon):
        return self.metric(daemon, "tthc_tls_certificate_not_after_timestamp_seconds")

    def reloads(self, daemon, outcome):
        return self.metric(daemon, "tthc_tls_certificate_reloads_total", outcome=outcome)

    def hang_up(self, daemon, outcome):
        before = self.reloads(daemon, outcome)
        daemon.process.send_signal(signal.SIGHUP)
        wait_for(f"a reload: {outcome}", lambda: self.reloads(daemon, outcome) > before)

    def test_a_new_certificate_is_shown_after_sighup(self):
        first = self.certificate
        daemon = self.served()
        self.assertEqual(first.serial_number, self.serial())
        self.assertEqual(seconds_of(first.not_valid_after), self.not_after(daemon))
        open_before = self.connected()
        second = self.issue(end=utc(20))
        self.assertEqual(first.serial_number, self.serial())
        self.hang_up(daemon, "good")
        self.assertEqual(second.serial_number, self.serial())
        self.assertEqual(seconds_of(utc(20)) // 60, self.not_after(daemon) // 60)
        self.assertIn('"certificate_reloaded"', daemon.log())
        # Who was connected goes on.
        open_before.sendall(REQUEST)
        self.assertEqual(200, answer_on(open_before)[0])

    def test_what_cannot_be_used_changes_nothing(self):
        first = self.certificate
        daemon = self.served()
        self.issue(end=utc(-1), begin=utc(-2))
        self.hang_up(daemon, "failed")
        self.assertRegex(daemon.log(), "server.pem: the certificate expired at ")
        self.issue(begin=utc(1))
        self.hang_up(daemon, "failed")
        self.assertRegex(daemon.log(), "server.pem: the certificate is not valid before ")
        self.write("server.key", key_pem(new_key()))
        self.hang_up(daemon, "failed")
        self.assertRegex(daemon.log(),
                         "server.key is not the key of the first certificate in .*server.pem")
        (self.directory / "server.pem").unlink()
        self.hang_up(daemon, "failed")
        self.assertRegex(daemon.log(), "server.pem cannot be opened")
        self.assertEqual(first.serial_number, self.serial())
        self.assertEqual(seconds_of(first.not_valid_after), self.not_after(daemon))
        third = self.issue()
        self.hang_up(daemon, "good")
        self.assertEqual(third.serial_number, self.serial())

    def test_the_earliest_end_of_the_chain_counts(self):
        self.authority.issuer = self.authority._made(
            "test issuer", self.authority.issuer_key, "test root", self.authority.root_key, True,
            end=utc(7))
        self.issue(end=utc(30))
        daemon = self.served()
        self.assertEqual(seconds_of(self.authority.issuer.not_valid_after), self.not_after(daemon))

    def test_a_server_whose_certificate_has_expired_serves_and_says_so(self):
        expired = self.issue(begin=utc(-2), end=utc(-1))
        checked = harness.run("check-config", self.configured())
        self.assertIn("warning: the certificate expired at ", checked.stderr)
        daemon = self.served()
        self.assertEqual(200, daemon.request("GET", "/-/ready").status)
        event = next(json.loads(line) for line in daemon.log().splitlines()
                     if "certificate_not_valid" in line)
        self.assertEqual("error", event["level"])
        self.assertIn("the certificate expired at ", event["reason"])
        self.assertLess(self.not_after(daemon), time.time())
        self.assertEqual(seconds_of(expired.not_valid_after), self.not_after(daemon))
        with self.assertRaisesRegex(ssl.SSLError, "certificate has expired"):
            self.connected()
        self.wait_closed(daemon, "handshake_failed")

    def test_without_tls_there_is_no_certificate_to_watch(self):
        daemon = self.daemon(clock=CLOCK)
        self.assertNotIn("listen_tls", daemon.ready)
        self.assertIsNone(self.not_after(daemon))

    def test_each_mistake_is_told(self):
        other = key_pem(new_key())
        key = (self.directory / "server.key").read_bytes()
        chain = (self.directory / "server.pem").read_bytes()
        whole = self.configured().read_text()
        none = '[tls]\nlisten = ""\n'
        cases = [
            (whole, {"server.key": other}, "server.key is not the key of the first certificate"),
            (whole, {"server.key": key_pem(new_key(), b"secret")}, "server.key is encrypted"),
            (whole, {"server.key": b"junk"}, "server.key holds no PEM private key"),
            (whole, {"server.pem": b"junk"}, "server.pem holds no PEM certificate"),
            (whole, {"server.pem": key}, "server.pem holds no PEM certificate"),
            (whole, {"server.pem": chain.replace(b"MI", b"M!", 1)}, "server.pem holds a certificate that"),
            (whole.replace("server.pem", "none.pem"), {}, "none.pem cannot be opened: No such file"),
            (whole.replace("server.key", "none.key"), {}, "none.key cannot be opened: No such file"),
            (whole.replace('"server.key"', '""'), {}, "tls.listen needs tls.certificate_file and"),
            (whole.replace("127.0.0.1:0", "somewhere"), {}, "tls.listen: an address to listen on is"),
            (none + 'certificate_file = "server.pem"\n', {}, "tls.listen is empty"),
            (none + "required_for_producers = true\n", {}, "tls.required_for_producers: tls.listen is"),
        ]
        for config, files, reason in cases:
            with self.subTest(reason):
                self.write("server.key", key)
                self.write("server.pem", chain, 0o644)
                for name, content in files.items():
                    self.write(name, content)
                (self.directory / "serve.toml").write_text(config)
                self.refused(reason)
        self.write("server.pem", chain, 0o644)
        self.write("server.key", key, 0o644)
        self.configured()
        self.refused("server.key can be read by everybody on this machine (mode 0644): chmod o= ")

    def refused(self, reason):
        for command in (("check-config", self.directory / "serve.toml"),
                        ("serve", "--config", self.directory / "serve.toml", "--data",
                         self.directory / "data", "--listen", "127.0.0.1:0", "--auth", "off")):
            done = harness.run(*command, check=False)
            self.assertNotEqual(0, done.returncode, command)
            self.assertIn(reason, done.stdout + done.stderr)
        self.assertFalse((self.directory / "data").exists())

    def test_off_is_for_loopback_at_this_address_too(self):
        self.configured()
        config = self.directory / "serve.toml"
        config.write_text(config.read_text().replace("127.0.0.1:0", "0.0.0.0:0"))
        done = harness.run("serve", "--config", config, "--data", self.directory / "data",
                           "--listen", "127.0.0.1:0", "--auth", "off", check=False)
        self.assertNotEqual(0, done.returncode)
        self.assertIn("only allowed on a loopback address, not on 0.0.0.0", done.stdout + done.stderr)


class HandshakeTest(Tls):
    def raw(self):
        connection = socket.create_connection(self.address, harness.REQUEST_SECONDS)
        self.addCleanup(connection.close)
        return connection

    def test_what_is_no_handshake_ends_there(self):
        daemon = self.served()
        raw = self.raw()
        raw.sendall(REQUEST)
        # An alert of TLS at most, no HTTP.
        said = b""
        with contextlib.suppress(ConnectionResetError):
            while part := raw.recv(4096):
                said += part
        self.assertNotIn(b"HTTP", said)
        self.wait_closed(daemon, "handshake_failed")
        self.assertRegex(daemon.log(), r'"handshake_failed","reason":"http request')
        more = 40
        for _ in range(more):
            self.raw().sendall(REQUEST)
        self.wait_closed(daemon, "handshake_failed", 1 + more)
        self.assertLess(daemon.log().count('"handshake_failed"'), more // 2, "a line for each")
        self.assertEqual(0, self.metric(daemon, "tthc_tls_handshakes"))

    def test_who_says_nothing_is_closed_in_time(self):
        daemon = self.served()
        silent, half = self.raw(), self.raw()
        half.sendall(b"\x16\x03\x01\x02\x00\x01")  # the begin of a hello
        for connection in (silent, half):
            self.assertEqual(b"", connection.recv(1))
        self.wait_closed(daemon, "handshake_timeout", 2)

    def test_handshakes_under_way_are_limited(self):
        daemon = self.served()
        held = [self.raw() for _ in range(HANDSHAKES_AT_ONCE)]
        wait_for("all to be under way",
                 lambda: self.metric(daemon, "tthc_tls_handshakes") == HANDSHAKES_AT_ONCE)
        beyond = self.raw()
        with contextlib.suppress(ConnectionResetError):
            self.assertEqual(b"", beyond.recv(1))
        self.wait_closed(daemon, "handshake_limit")
        for connection in held:
            connection.close()
        wait_for("none to be under way", lambda: self.metric(daemon, "tthc_tls_handshakes") == 0)
        connection = self.connected()
        connection.sendall(REQUEST)
        self.assertEqual(200, answer_on(connection)[0])

    def test_beyond_the_connection_limit_nothing_is_said_in_plain(self):
        daemon = self.served(more="[limits]\nconnections = 2\n")
        held = [self.connected(), self.connected()]
        raw = self.raw()
        self.assertEqual([raw], select.select([raw], [], [], harness.REQUEST_SECONDS)[0])
        with contextlib.suppress(ConnectionResetError):
            self.assertEqual(b"", raw.recv(100))
        held.pop().unwrap()
        wait_for("a place", lambda: self.closed(daemon, "connection_limit") == 1)

    def test_a_stop_waits_for_no_handshake(self):
        daemon = self.served(more="[shutdown]\ndrain_seconds = 600\n")
        self.raw()
        wait_for("the handshake", lambda: self.metric(daemon, "tthc_tls_handshakes") == 1)
        self.assertEqual(0, daemon.stop())


if __name__ == "__main__":
    harness.main()
