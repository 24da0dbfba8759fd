"""SIGKILL at random moments, two hundred times: each message of the alert stream arrives once at a
WebSocket that resumes, and at a webhook, which may see one again only where its answer was cut off.

TTHC_KILLS: how many kills.
"""

import asyncio
import http.client
import json
import os
import random
import time
import unittest

import websockets

import harness
from harness import AcceptanceTest, dossier, envelope, progress, wait_for
from receiver import Receiver, new_secret
from test_alerts import Listener

SEED = 1601
KILLS = int(os.environ.get("TTHC_KILLS", "200"))
CLOCK = "2025-03-10T10:01:00+07:00"
# A kill falls between the start of the process and this many times its start-up time: about a
# third of them before it serves.
KILL_WITHIN_STARTS = 3
POSTS_PER_LIFE = 3
# A bound for what the webhook is still owed at the end.
DRAIN_SECONDS = 180
CASES_PER_POST = 4
# Many messages are refused at first, or the connection is cut: a kill then falls on one that was sent
# and not accepted.
ANSWERS = [204] * 7 + [500] * 2 + ["reset"]


class Sender:
    """Overdue cases, some of them finished later. A message is sent until it is acknowledged."""

    def __init__(self, r):
        self.r = r
        self.received = []
        self.finished = []
        self.unacknowledged = []

    def next(self):
        if not self.unacknowledged:
            first = len(self.received)
            new = [f"H34.05-250303-{n:05d}" for n in range(first, first + CASES_PER_POST)]
            self.unacknowledged.append(envelope("DongBoHoSoMC", [
                dossier(i, TrangThaiHoSo="2", NgayTiepNhan="20250303083000",
                        NgayHenTra="20250310100000") for i in new]))
            self.received += new
            if first:
                done = [i for i in self.r.sample(self.received[:first], 2)
                        if i not in self.finished]
                self.finished += done
                self.unacknowledged.append(envelope("CapNhatTienDoHoSoMC", [
                    progress(i, 9, "20250310100030") for i in done]))
        return self.unacknowledged[0]

    def post(self, daemon):
        """False where the daemon died meanwhile."""
        try:
            answer = daemon.post("/api/v1/onestop", self.next())
        except (OSError, http.client.HTTPException):
            return False
        if not answer.accepted:
            raise AssertionError(answer)
        self.unacknowledged.pop(0)
        return True

    @property
    def expected(self):
        return sorted([("alert", i) for i in self.received]
                      + [("resolved", i) for i in self.finished])


class ChannelKillTest(AcceptanceTest, unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)

    def setUp(self):
        super().setUp()
        self.r = random.Random(SEED)
        secret = new_secret()
        harness.write_secret(self.directory / "hook.secret", secret)
        answers = random.Random(SEED + 1)
        self.receiver = Receiver(self, secret, lambda message, nth: answers.choice(ANSWERS))
        (self.directory / "channels.toml").write_text(
            f'[[webhook]]\nname = "hook"\nurl = "{self.receiver.url}"\n'
            'secret_file = "hook.secret"\nretry_first_milliseconds = 30\n'
            'retry_longest_seconds = 1\nattempts = 1000\n')
        config = self.directory / "tthcmon.toml"
        config.write_text('[channels]\nfile = "channels.toml"\n'
                          '[alerts]\ndigest_above_messages = 100000\n'
                          # Alerts about cases only: these are what the sender knows of.
                          'lowest_score_points = 0\n')
        self.daemon_ = self.daemon(clock=CLOCK, config=config, start=False)
        self.sender = Sender(self.r)
        self.heard = []        # over the WebSocket
        self.resume = None

    async def blocking(self, function, *arguments):
        return await asyncio.get_running_loop().run_in_executor(None, function, *arguments)

    async def live(self):
        """One life of the daemon as its clients see it: until it is killed."""
        daemon = self.daemon_
        while (ready := daemon.ready_line()) is None:
            if daemon.process.poll() is not None:
                return False
            await asyncio.sleep(0.002)
        daemon.host, port = ready["listen"].rsplit(":", 1)
        daemon.port = int(port)
        posts = asyncio.ensure_future(self.blocking(self.post_some))
        try:
            await self.listen()
        except (OSError, websockets.WebSocketException, asyncio.IncompleteReadError):
            pass   # killed
        await posts
        return True

    def post_some(self):
        for _ in range(POSTS_PER_LIFE):
            if not self.sender.post(self.daemon_):
                return

    async def listen(self):
        listener = await Listener.connect(self.daemon_, resume=self.resume)
        self.assertEqual("replayed", listener.welcome["resume"])
        # welcome carries the stream's end; where this client stands is what it has heard.
        while True:
            message = await listener.next()
            self.heard.append(message)
            self.resume = {"epoch": listener.welcome["epoch"], "seq": message["seq"]}

    async def test_each_claim_arrives_once(self):
        daemon = self.daemon_
        begun = time.monotonic()
        daemon.start()
        start_seconds = time.monotonic() - begun
        first = await Listener.connect(daemon)
        self.resume = first.resume
        await first.close()
        daemon.kill()

        served = 0
        begun = time.monotonic()
        for _ in range(KILLS):
            daemon.launch()
            life = asyncio.ensure_future(self.live())
            await asyncio.sleep(self.r.uniform(0, KILL_WITHIN_STARTS * start_seconds))
            daemon.process.kill()
            served += await life
            daemon.kill()
        seconds = time.monotonic() - begun

        daemon.start()
        while self.sender.unacknowledged:
            self.assertTrue(self.sender.post(daemon))
        expected = self.sender.expected
        hearing = asyncio.ensure_future(self.listen())
        await self.blocking(wait_for, "the socket to hear everything",
                            lambda: hearing.done() or len(self.heard) >= len(expected))
        hearing.cancel()
        await self.blocking(wait_for, "the webhook to accept everything",
                            lambda: self.hook_state()["state"] == "current", DRAIN_SECONDS)

        seen = self.receiver.seen
        repeats = sum(seen.values()) - len(seen)
        refused = sum(seen.values()) - len(self.receiver.accepted)
        print(f"{KILLS} kills in {seconds:.1f} s ({start_seconds * 1000:.0f} ms to serve), "
              f"{served} while serving; {len(expected)} messages; webhook: {refused} not accepted, "
              f"{repeats - refused} repeated after an answer that was cut off")
        # The socket: no gap, nothing twice, each claim and each end once.
        self.assertEqual(list(range(1, len(expected) + 1)), [m["seq"] for m in self.heard])
        self.assertEqual(expected, sorted((m["type"], m["alert"]["case_id"]) for m in self.heard))
        # The webhook: the same messages; what came twice came under its own id with its own body,
        # and no kill repeats more than the one message whose answer it cut off.
        self.assertEqual([], self.receiver.wrong)
        first_accepted = list({m["seq"]: m for m in self.receiver.accepted}.values())
        self.assertEqual([m["seq"] for m in self.heard], [m["seq"] for m in first_accepted])
        self.assertEqual([m["alert"] for m in self.heard], [m["alert"] for m in first_accepted])
        self.assertEqual(len(expected), len(seen))
        self.assertLessEqual(repeats - refused, KILLS)
        self.assertEqual(0, self.hook_state()["dead_letters"])
        self.assertGreater(served, KILLS // 4)
        self.assertGreater(len(expected), KILLS)

    def hook_state(self):
        return self.daemon_.get("/api/v1/webhooks")["webhooks"][0]


if __name__ == "__main__":
    harness.main()
