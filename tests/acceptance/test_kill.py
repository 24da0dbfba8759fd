"""SIGKILL in mid-stream: what was acknowledged is there, a resend doubles nothing."""

import collections
import datetime
import http.client
import json
import random
import socket
import threading

import harness
from harness import Q1_CLOCK, AcceptanceTest, Answer, dossier, envelope, progress

SEED = 4711
CASES = 240
POSTERS = 3
KILLS = 6
UNITS = ["H34.23.09", "H34.23.10", "H34.05", "000.00.14.H34"]


def history(r, case_id):
    """[(service, record)] of one case, every status dated by its own field."""
    received = datetime.datetime(2024, 12, 15, 8) + datetime.timedelta(minutes=r.randrange(130_000))
    due = received + datetime.timedelta(days=r.randrange(1, 30))
    moment = received

    def digits(when):
        return when.strftime("%Y%m%d%H%M%S")

    facts = {"NgayTiepNhan": digits(received), "NgayHenTra": digits(due),
             "KenhThucHien": r.choice(["1", "2"])}
    steps = [("DongBoHoSoMC", dossier(case_id, TrangThaiHoSo="2", **facts))]
    for status in r.choice([[4], [4, 5, 4], [4, 5], [4, 9], [4, 9, 10], [4, 5, 4, 9]]):
        moment += datetime.timedelta(minutes=r.randrange(1, 14_000))
        steps.append(("CapNhatTienDoHoSoMC", progress(case_id, status, digits(moment))))
        if status == 9:
            steps.append(("DongBoHoSoMC", dossier(case_id, TrangThaiHoSo="9", **facts,
                                                  NgayKetThucXuLy=digits(moment))))
    return steps


def streams():
    """Per poster: its messages in order. A case stays with one poster, its steps in order."""
    r = random.Random(SEED)
    result = []
    for poster in range(POSTERS):
        pending = [history(r, f"{r.choice(UNITS)}-250101-{poster}{number:04d}")
                   for number in range(CASES // POSTERS)]
        messages = []
        while any(pending):
            by_service = collections.defaultdict(list)
            alive = [steps for steps in pending if steps]
            for steps in r.sample(alive, min(8, len(alive))):
                service, record = steps.pop(0)
                by_service[service].append(record)
            messages += [envelope(*item) for item in by_service.items()]
        result.append(messages)
    return result


class Poster(threading.Thread):
    """Posts its messages from `first` on until one is not acknowledged."""

    def __init__(self, daemon, messages, first, on_acknowledged):
        super().__init__(daemon=True)
        self.connection = daemon.connect()
        self.messages = messages
        self.acknowledged = first
        self.on_acknowledged = on_acknowledged
        self.refused = None

    def run(self):
        try:
            for message in self.messages[self.acknowledged:]:
                self.connection.request("POST", "/api/v1/onestop", json.dumps(message),
                                        {"Content-Type": "application/json"})
                response = self.connection.getresponse()
                answer = Answer(response.status, response.headers, response.read())
                if not answer.accepted:
                    self.refused = answer
                    return
                self.acknowledged += 1
                self.on_acknowledged()
        except (OSError, http.client.HTTPException):
            pass   # the daemon was killed: this message counts as not acknowledged
        finally:
            self.connection.close()


def statements_of(messages):
    """case_id -> set of its distinct statements."""
    found = collections.defaultdict(set)
    for message in messages:
        for record in message["data"]:
            found[record["MaHoSo"]].add(json.dumps([message["service"], record], sort_keys=True))
    return found


class KillTest(AcceptanceTest):
    def check_statements(self, daemon, messages, exact):
        for case_id, statements in statements_of(messages).items():
            kept = len(daemon.timeline(case_id)["statements"])
            if exact:
                self.assertEqual(len(statements), kept, case_id)
            else:
                self.assertGreaterEqual(kept, len(statements), case_id)

    def answers(self, daemon):
        """Every figure and every case of this test."""
        summaries = [daemon.summary(unit, rule=rule, **period)
                     for unit in ("H34", "H34.23", "H34.23.09", "H34.23.10", "H34.05", "H34.14")
                     for rule in ("qd766", "form06")
                     for period in ({"period": "2025-Q1"}, {"period": "2025-02"},
                                    {"from": "2024-12-01", "to": "2025-03-31"})]
        rows = [daemon.cases(unit="H34", rule=rule, limit=500, **{
            "from": "2024-12-01", "to": "2025-03-31"}) for rule in ("qd766", "form06")]
        # When something arrived differs, of course: what was cut off came again.
        return summaries, [[{k: v for k, v in row.items() if k != "recorded"} for row in page]
                           for page in rows]

    def undisturbed(self, all_streams):
        daemon = self.daemon("undisturbed", clock=Q1_CLOCK)
        for messages in all_streams:
            for message in messages:
                answer = daemon.post("/api/v1/onestop", message)
                self.assertTrue(answer.accepted, answer)
        return self.answers(daemon)

    def test_killed_in_mid_stream(self):
        all_streams = streams()
        expected = self.undisturbed(all_streams)
        self.assertGreater(expected[0][2]["received"]["total"], CASES // 2)

        r = random.Random(SEED)
        daemon = self.daemon("killed", clock=Q1_CLOCK)
        total = sum(map(len, all_streams))
        acknowledged = [0] * POSTERS
        for kill in range(KILLS):
            lock, count = threading.Lock(), [sum(acknowledged)]
            goal = total * (kill + r.random()) / (KILLS + 1)

            # Whoever gets the decisive answer kills, there and then: watched from outside, a fast
            # daemon would be done before anybody looked.
            def one_more(goal=goal, lock=lock, count=count):
                with lock:
                    count[0] += 1
                    if count[0] >= goal:
                        daemon.process.kill()

            posters = [Poster(daemon, messages, first, one_more)
                       for messages, first in zip(all_streams, acknowledged)]
            for poster in posters:
                poster.start()
            for poster in posters:
                poster.join(harness.REQUEST_SECONDS)
                self.assertFalse(poster.is_alive())
                self.assertIsNone(poster.refused)
            daemon.kill()
            acknowledged = [poster.acknowledged for poster in posters]
            daemon.start()
            self.check_statements(daemon, [m for messages, done in zip(all_streams, acknowledged)
                                           for m in messages[:done]], exact=False)

        self.assertLess(sum(acknowledged), total, "the last kill must come before the end")
        # The senders know nothing of what happened and send everything again.
        for messages in all_streams:
            for message in messages:
                answer = daemon.post("/api/v1/onestop", message)
                self.assertTrue(answer.accepted, answer)
        self.assertEqual(expected, self.answers(daemon))
        self.check_statements(daemon, [m for messages in all_streams for m in messages],
                              exact=True)
        daemon.kill()
        daemon.start()
        self.assertEqual(expected, self.answers(daemon))

    def test_killed_with_a_request_on_its_way(self):
        """Cut at chosen bytes of a request: all of the message is there, or nothing of it."""
        records = [dossier(f"H34.05-250110-{n:05d}", TrangThaiHoSo="2",
                           NgayTiepNhan="20250110080000", NgayHenTra="20250120170000")
                   for n in range(500)]
        body = json.dumps(envelope("DongBoHoSoMC", records)).encode()
        head = (b"POST /api/v1/onestop HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n" % len(body))
        daemon = self.daemon(clock=Q1_CLOCK)
        for cut in (0, len(body) // 2, len(body) - 1, len(body), len(body)):
            with socket.create_connection((daemon.host, daemon.port)) as peer:
                peer.sendall(head + body[:cut])
                daemon.kill()
            daemon.start()
            total = daemon.summary("H34.05", period="2025-Q1", rule="form06")["received"]["total"]
            self.assertIn(total, (0, len(records)) if cut == len(body) else (0,))
        answer = daemon.post("/api/v1/onestop", body)
        self.assertTrue(answer.accepted, answer)
        daemon.kill()
        daemon.start()
        self.assertEqual(len(records), daemon.summary(
            "H34.05", period="2025-Q1", rule="form06")["received"]["total"])


if __name__ == "__main__":
    harness.main()
