"""What is sent out: signed webhooks to a receiver that misbehaves, and a real Alertmanager."""

import json
import pathlib
import subprocess
import unittest
import urllib.parse

import harness
from harness import AcceptanceTest, dossier, progress, wait_for
from receiver import Receiver, new_secret
from test_prometheus import free_port

DAY = "2025-03-10T"      # a Monday
DUE = "20250310100000"
CLOCK = f"{DAY}10:01:00+07:00"
# Retries of a test are quick; the real ones take minutes.
FAST = {"retry_first_milliseconds": 20, "retry_longest_seconds": 1, "timeout_seconds": 1,
        "attempts": 4}


def toml(kind, **values):
    lines = [f"[[{kind}]]"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


class ChannelsTest(AcceptanceTest):
    def setUp(self):
        super().setUp()
        self.secret = new_secret()
        harness.write_secret(self.directory / "hook.secret", self.secret + "\n")
        self.config = self.directory / "tthcmon.toml"
        # Every message by itself, however many come at once.
        self.config.write_text('[channels]\nfile = "channels.toml"\n'
                               '[alerts]\ndigest_above_messages = 100000\n')

    def channels(self, *tables):
        (self.directory / "channels.toml").write_text("\n".join(tables))

    def hook(self, receiver, name="hook", **values):
        url = receiver if isinstance(receiver, str) else receiver.url
        return toml("webhook", name=name, url=url, secret_file="hook.secret", **(FAST | values))

    def serve(self, **options):
        return self.daemon(clock=CLOCK, config=self.config, **options)

    @staticmethod
    def overdue(daemon, numbers, unit="H34.05"):
        """New running cases that are overdue: an alert each; their ids."""
        ids = [f"{unit}-250303-{number:05d}" for number in numbers]
        daemon.onestop("DongBoHoSoMC", [
            dossier(i, TrangThaiHoSo="2", NgayTiepNhan="20250303083000", NgayHenTra=DUE)
            for i in ids])
        return ids

    @staticmethod
    def finish(daemon, ids):
        daemon.onestop("CapNhatTienDoHoSoMC", [progress(i, 9, "20250310100030") for i in ids])

    @staticmethod
    def state(daemon, name="hook"):
        [state] = [w for w in daemon.get("/api/v1/webhooks")["webhooks"] if w["name"] == name]
        return state

    def wait_current(self, daemon, name="hook"):
        return wait_for(f"{name} to have everything", lambda: (
            lambda s: s if s["state"] == "current" else None)(self.state(daemon, name)))

    def wait_accepted(self, receiver, count):
        return wait_for(f"{count} accepted", lambda: (
            lambda a: a if len(a) >= count else None)(receiver.accepted_now()))

    def metric(self, daemon, name, **labels):
        text = daemon.request("GET", "/metrics").body.decode()
        inside = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
        for line in text.splitlines():
            if line.startswith(f"{name}{{{inside}}} "):
                return float(line.rsplit(" ", 1)[1])
        raise AssertionError(f"no {name}{{{inside}}} in\n" + "\n".join(
            line for line in text.splitlines() if line.startswith(name)))

    # --- webhooks

    def test_each_message_once_in_order_signed(self):
        receiver = Receiver(self, self.secret)
        self.channels(self.hook(receiver))
        daemon = self.serve()
        ids = self.overdue(daemon, range(30))
        self.finish(daemon, ids[:10])
        accepted = self.wait_accepted(receiver, 40)
        self.assertEqual([], receiver.wrong)
        self.assertEqual(list(range(1, 41)), [m["seq"] for m in accepted])
        self.assertEqual({1}, set(receiver.seen.values()))
        self.assertEqual(sorted([("alert", i) for i in ids] + [("resolved", i) for i in ids[:10]]),
                         sorted((m["type"], m["alert"]["case_id"]) for m in accepted))
        # The same words as over the API.
        [listed] = [a for a in daemon.get("/api/v1/alerts", unit="H34", open="true")["alerts"]
                    if a["case_id"] == ids[20]]
        [sent] = [m for m in accepted if m["alert"]["case_id"] == ids[20]]
        self.assertEqual(sent["alert"] | listed, listed)
        state = self.wait_current(daemon)
        self.assertEqual((40, 40, 0, 0), (state["delivered_seq"], state["last_seq"], state["lag"],
                                          state["dead_letters"]))
        self.assertEqual(f"http://127.0.0.1:{receiver.server.server_port}", state["origin"])
        self.assertEqual(40, self.metric(daemon, "tthc_channel_attempts_total", channel="webhook",
                                         endpoint="hook", outcome="accepted"))
        self.assertEqual(0, daemon.stop())
        for word in ("not-for-logs", self.secret, self.secret.removeprefix("whsec_")):
            self.assertNotIn(word, daemon.log())

    def test_a_new_endpoint_gets_nothing_old_a_known_one_everything(self):
        self.channels()
        daemon = self.serve()
        self.overdue(daemon, range(5))
        daemon.stop()
        receiver = Receiver(self, self.secret)
        self.channels(self.hook(receiver))
        daemon.start()
        new = self.overdue(daemon, range(5, 8))
        self.assertEqual(sorted(new), sorted(
            m["alert"]["case_id"] for m in self.wait_accepted(receiver, 3)))
        daemon.stop()
        # While it is not in the file the stream goes on; then it is owed what it missed.
        self.channels()
        daemon.start()
        missed = self.overdue(daemon, range(8, 12))
        daemon.kill()
        self.channels(self.hook(receiver))
        daemon.start()
        self.assertEqual(sorted(new + missed), sorted(
            m["alert"]["case_id"] for m in self.wait_accepted(receiver, 7)))
        self.assertEqual({1}, set(receiver.seen.values()))
        self.assertEqual([], receiver.wrong)

    def test_only_units_and_kinds_asked_for(self):
        commune, soon = Receiver(self, self.secret), Receiver(self, self.secret)
        self.channels(self.hook(commune, "commune", units=["000.00.23.H34"]),
                      self.hook(soon, "soon", kinds=["due_soon"]))
        daemon = self.serve()
        self.overdue(daemon, range(3), unit="H34.05")
        below = self.overdue(daemon, range(3, 5), unit="H34.23.09")
        self.assertEqual(sorted(below), sorted(
            m["alert"]["case_id"] for m in self.wait_accepted(commune, 2)))
        for name in ("commune", "soon"):
            self.assertEqual(5, self.wait_current(daemon, name)["delivered_seq"])
        self.assertEqual([], soon.accepted_now())

    def test_refusals_are_retried_with_the_same_id_and_in_order(self):
        answers = {1: ["reset", 500, 204], 2: [503, 429, 200], 3: ["hang", 204], 4: [302, 404, 202]}
        receiver = Receiver(self, self.secret, lambda message, nth: (
            answers.get(message["seq"], [204])[nth - 1]))
        self.channels(self.hook(receiver))
        daemon = self.serve()
        self.overdue(daemon, range(6))
        accepted = self.wait_accepted(receiver, 6)
        self.assertEqual(list(range(1, 7)), [m["seq"] for m in accepted])
        epoch = accepted[0]["epoch"]
        self.assertEqual({f"{epoch}-{seq}": len(answers.get(seq, [204])) for seq in range(1, 7)},
                         dict(receiver.seen))
        self.assertEqual([], receiver.wrong)
        state = self.wait_current(daemon)
        self.assertEqual((0, None), (state["dead_letters"], state["last_error"]))
        for outcome, count in (("refused", 5), ("broken", 1), ("timeout", 1), ("accepted", 6)):
            self.assertEqual(count, self.metric(daemon, "tthc_channel_attempts_total",
                                                channel="webhook", endpoint="hook",
                                                outcome=outcome), outcome)

    def test_a_poison_message_becomes_a_dead_letter_and_the_rest_goes_on(self):
        mended = []
        receiver = Receiver(self, self.secret, lambda message, nth: (
            204 if message["seq"] != 2 or mended else 500))
        self.channels(self.hook(receiver))
        daemon = self.serve()
        self.overdue(daemon, range(4))
        accepted = self.wait_accepted(receiver, 3)
        self.assertEqual([1, 3, 4], [m["seq"] for m in accepted])
        letters = "/api/v1/webhooks/hook/dead-letters"
        [letter] = daemon.get(letters)["dead_letters"]
        self.assertEqual((f"{accepted[0]['epoch']}-2", 2, FAST["attempts"], "HTTP 500"),
                         (letter["id"], letter["seq"], letter["attempts"], letter["last_error"]))
        self.assertEqual(1, self.metric(daemon, "tthc_webhook_dead_letters", endpoint="hook"))
        # It outlives the process and is not sent by itself.
        daemon.kill()
        daemon.start()
        self.assertEqual([letter], daemon.get(letters)["dead_letters"])
        retry = f"{letters}/{urllib.parse.quote(letter['id'])}/retry"
        self.assertEqual(200, daemon.post(retry, {}).status)
        wait_for("one more attempt", lambda: daemon.get(letters)["dead_letters"][0]["attempts"]
                 == FAST["attempts"] + 1)
        mended.append(True)
        self.assertEqual(200, daemon.post(retry, {}).status)
        wait_for("no dead letter", lambda: not daemon.get(letters)["dead_letters"])
        self.assertEqual([1, 3, 4, 2], [m["seq"] for m in receiver.accepted_now()])
        self.assertEqual(404, daemon.post(retry, {}).status)
        self.assertEqual(404, daemon.post(letters.replace("hook", "other") + "/x/retry", {}).status)
        self.assertEqual([], receiver.wrong)

    def test_an_unreachable_endpoint_loses_nothing(self):
        """Without a connection no message is given up, however often it is tried."""
        port = free_port()
        self.channels(self.hook(f"http://127.0.0.1:{port}/", attempts=1))
        daemon = self.serve()
        self.overdue(daemon, range(3))
        wait_for("several attempts", lambda: self.metric(
            daemon, "tthc_channel_attempts_total", channel="webhook", endpoint="hook",
            outcome="unreachable") >= 4)
        state = self.state(daemon)
        self.assertEqual(("failing", 0, 3), (state["state"], state["dead_letters"], state["lag"]))
        self.assertTrue(state["last_error"])
        daemon.stop()
        receiver = Receiver(self, self.secret)
        self.channels(self.hook(receiver))
        daemon.start()
        self.assertEqual([1, 2, 3], [m["seq"] for m in self.wait_accepted(receiver, 3)])

    def test_gone_disables_until_it_is_enabled(self):
        mended = []
        receiver = Receiver(self, self.secret, lambda message, nth: 204 if mended else 410)
        self.channels(self.hook(receiver))
        daemon = self.serve()
        self.overdue(daemon, range(2))
        wait_for("disabled", lambda: self.state(daemon)["state"] == "disabled")
        daemon.kill()
        daemon.start()
        self.assertEqual("disabled", self.state(daemon)["state"])
        self.assertEqual(1, sum(receiver.seen.values()))
        mended.append(True)
        self.assertEqual(200, daemon.post("/api/v1/webhooks/hook/enable", {}).status)
        self.assertEqual([1, 2], [m["seq"] for m in self.wait_accepted(receiver, 2)])

    def test_a_stop_lets_the_receiver_finish(self):
        """SIGTERM while an answer is on its way: it is waited for, and nothing is sent twice."""
        arrived, release = [], []
        receiver = Receiver(self, self.secret)

        def slow(message, nth):
            arrived.append(message["seq"])
            receiver.lock.release()   # others may look meanwhile
            wait_for("the test to go on", lambda: release)
            receiver.lock.acquire()
            return 204

        receiver.answer = slow
        self.channels(self.hook(receiver, timeout_seconds=30))
        daemon = self.serve()
        self.overdue(daemon, range(2))
        wait_for("the first message", lambda: arrived)
        daemon.process.terminate()
        wait_for("the stop to begin", lambda: '"stopping"' in daemon.log())
        release.append(True)
        self.assertEqual(0, daemon.process.wait(harness.STOP_SECONDS))
        daemon._forget()
        daemon.start()
        self.assertEqual([1, 2], [m["seq"] for m in self.wait_accepted(receiver, 2)])
        self.assertEqual({1}, set(receiver.seen.values()))

    def test_roles(self):
        tokens = self.directory / "tokens.toml"
        harness.write_secret(tokens, ''.join(
            f'[[token]]\nname = "{role}"\ntoken = "{role}-0123456789abcdef"\nroles = ["{role}"]\n'
            for role in ("officer", "administrator")))
        self.config.write_text('[channels]\nfile = "channels.toml"\n'
                               f'[access]\ntoken_file = "{tokens}"\n')
        self.channels(self.hook(Receiver(self, self.secret)))
        daemon = self.serve(auth_off=False)
        for role, status in (("officer", 403), ("administrator", 200)):
            headers = {"Authorization": f"Bearer {role}-0123456789abcdef"}
            for path in ("/api/v1/webhooks", "/api/v1/webhooks/hook/dead-letters"):
                self.assertEqual(status, daemon.request("GET", path, headers=headers).status)
            self.assertEqual(status, daemon.request(
                "POST", "/api/v1/webhooks/hook/enable", headers=headers).status)

    def test_a_bad_file_is_refused(self):
        self.channels(toml("webhook", name="x", url="ftp://x", secret_file="hook.secret"))
        expected = f"{self.directory / 'channels.toml'}:3: url: "
        for command in (("check-config", self.config),
                        ("serve", "--data", self.directory / "data", "--auth", "off",
                         "--listen", "127.0.0.1:0", "--config", self.config)):
            done = harness.run(*command, check=False)
            self.assertEqual(1, done.returncode)
            self.assertIn(expected, done.stderr)
        self.assertFalse((self.directory / "data").exists())
        self.channels(self.hook("https://example.vn/hook"))
        harness.run("check-config", self.config)

    # --- Alertmanager

    def test_alertmanager_receives_shows_and_resolves(self):
        manager = Alertmanager(self)
        self.channels(toml("alertmanager", name="main", url=manager.url, resend_seconds=1))
        daemon = self.serve()
        five = self.overdue(daemon, range(3), unit="H34.05")
        commune = self.overdue(daemon, range(3, 5), unit="H34.23.09")
        key = lambda unit: ("tthc_overdue", unit)
        wait_for("two alerts with their counts", lambda: manager.counts() == {
            key("H34.05"): "3", key("H34.23.09"): "2"})
        for alert in manager.query():
            self.assertEqual({"alertname", "unit", "severity"}, set(alert["labels"]))
            self.assertEqual("critical", alert["labels"]["severity"])
            self.assertIn("hồ sơ", alert["annotations"]["summary"])
            self.assertNotIn(five[0], json.dumps(alert))
        # A count that changes is told; the alert stays the same one.
        self.overdue(daemon, range(5, 6), unit="H34.05")
        wait_for("the new count", lambda: manager.counts()[key("H34.05")] == "4")
        before = {a["labels"]["unit"]: a for a in manager.query()}
        # Told again while active: it is still there after the time it was said to end.
        wait_for("a later end", lambda: all(
            a["endsAt"] > before[a["labels"]["unit"]]["endsAt"] for a in manager.query()))
        self.assertEqual({u: a["startsAt"] for u, a in before.items()},
                         {a["labels"]["unit"]: a["startsAt"] for a in manager.query()})
        self.finish(daemon, commune)
        wait_for("the end of one", lambda: set(manager.counts()) == {key("H34.05")})
        [state] = daemon.get("/api/v1/webhooks")["alertmanagers"]
        self.assertEqual(("main", "current", 1),
                         (state["name"], state["state"], state["active_alerts"]))
        # Killed, then over while nobody is told: the end is told after the restart, explicitly.
        everything = five + [f"H34.05-250303-{5:05d}"]
        daemon.kill()
        self.channels()
        daemon.start()
        self.finish(daemon, everything)
        wait_for("no open alert", lambda: not daemon.get(
            "/api/v1/alerts", unit="H34", open="true")["alerts"])
        daemon.kill()
        self.channels(toml("alertmanager", name="main", url=manager.url, resend_seconds=3600))
        daemon.start()
        wait_for("no alert", lambda: not manager.counts())
        text = daemon.request("GET", "/metrics").body
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True,
                                 check=False)
        self.assertEqual((0, b""), (checked.returncode, checked.stdout + checked.stderr))

    def test_an_end_is_explicit_not_a_timeout(self):
        """With an hour between resends only an end that is told can be there at once."""
        manager = Alertmanager(self)
        self.channels(toml("alertmanager", name="main", url=manager.url, resend_seconds=3600))
        daemon = self.serve()
        ids = self.overdue(daemon, range(2))
        wait_for("the alert", lambda: list(manager.counts().values()) == ["2"])
        daemon.kill()
        self.channels()
        daemon.start()
        self.finish(daemon, ids)
        wait_for("no open alert", lambda: not daemon.get(
            "/api/v1/alerts", unit="H34", open="true")["alerts"])
        self.assertEqual(["2"], list(manager.counts().values()))
        daemon.kill()
        self.channels(toml("alertmanager", name="main", url=manager.url, resend_seconds=3600))
        daemon.start()
        wait_for("no alert", lambda: not manager.counts())

    def test_alertmanager_that_was_away_is_told_the_present(self):
        port = free_port()
        self.channels(toml("alertmanager", name="main", url=f"http://127.0.0.1:{port}",
                           resend_seconds=3600))
        daemon = self.serve()
        ids = self.overdue(daemon, range(3))
        wait_for("a failure", lambda: self.metric(
            daemon, "tthc_channel_failing", channel="alertmanager", endpoint="main") == 1)
        self.finish(daemon, ids[:1])
        manager = Alertmanager(self, port)
        wait_for("the present count", lambda: list(manager.counts().values()) == ["2"])
        wait_for("success to show", lambda: self.metric(
            daemon, "tthc_channel_failing", channel="alertmanager", endpoint="main") == 0)


class Alertmanager:
    """Debian's prometheus-alertmanager on a private directory, asked through amtool."""

    def __init__(self, test, port=None):
        directory = test.directory / "alertmanager"
        directory.mkdir()
        config = directory / "alertmanager.yml"
        config.write_text('{"route": {"receiver": "none"}, "receivers": [{"name": "none"}]}')
        log = open(directory / "log", "wb")
        test.addCleanup(log.close)
        # Another process may take the port between the probe and the start: try again.
        for _ in range(5):
            self.port = port or free_port()
            self.url = f"http://127.0.0.1:{self.port}"
            self.process = subprocess.Popen(
                ["prometheus-alertmanager", f"--config.file={config}",
                 f"--storage.path={directory / 'data'}", "--cluster.listen-address=",
                 f"--web.listen-address=127.0.0.1:{self.port}"],
                stdout=log, stderr=subprocess.STDOUT)
            test.addCleanup(self.end, self.process)
            if wait_for("Alertmanager to start or end", self.started_or_ended) == "started":
                return
        raise AssertionError(pathlib.Path(directory / "log").read_text())

    @staticmethod
    def end(process):
        process.kill()
        process.wait(harness.STOP_SECONDS)

    def started_or_ended(self):
        if self.process.poll() is not None:
            return "ended"
        done = self.amtool()
        return "started" if done.returncode == 0 else None

    def amtool(self):
        return subprocess.run(["amtool", f"--alertmanager.url={self.url}", "alert", "query",
                               "--output=json"], capture_output=True, check=False)

    def query(self):
        done = self.amtool()
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return json.loads(done.stdout)

    def counts(self):
        return {(a["labels"]["alertname"], a["labels"]["unit"]): a["annotations"]["count"]
                for a in self.query()}


if __name__ == "__main__":
    harness.main()
