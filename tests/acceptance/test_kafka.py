"""Topics of a real Apache Kafka are read once and wholly, whatever is killed, refused or not kept any more."""

import itertools
import json
import random
import re
import shutil
import subprocess
import tempfile
import unittest

import broker
import harness
from harness import Q1_CLOCK, AcceptanceTest, dossier, envelope, wait_for

SEED = 20250331
MESSAGES = 2500
POISON_EVERY = 40
PARTITIONS = 3
KILLS = 5
SETTLE_SECONDS = 180   # a bound: a broker that came back is found within the client's own back-off

# Whole messages that say nothing, and what each is put aside as.
UNREADABLE = [b"no JSON", b"", json.dumps({"service": "KhongCo", "data": []}).encode(), b"[1,", None]


def demonstration(count):
    """The first messages of the demonstration quarter, as a one-stop system sends them."""
    writer = subprocess.Popen([harness.TTHCMON, "demo", "kontum-2025q1"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
    try:
        lines = [json.loads(line) for line in itertools.islice(writer.stdout, count)]
    finally:
        writer.kill()
        writer.stdout.close()
        writer.wait(harness.STOP_SECONDS)
    assert len(lines) == count, "the demonstration is shorter"
    for line in lines:
        del line["arrived_at"]
    return lines


def key_of(message):
    return message["data"][0]["MaHoSo"].split("-")[0].encode()


def root_first(unit):
    """A unit's code in the one of the two schemes that keys are in."""
    parts = unit.split(".")
    if parts[0].strip("0"):
        return unit
    while not parts[0].strip("0"):
        parts.pop(0)
    return ".".join(reversed(parts))


def records(messages):
    """As a producer writes them: the operation in a header for every second one."""
    result = []
    for number, message in enumerate(messages):
        body = dict(message)
        headers = [("isUpdating", message.get("isUpdating", "").encode())]
        if number % 2:
            headers.append(("service", body.pop("service").encode()))
        result.append((key_of(message), json.dumps(body, ensure_ascii=False).encode(), headers))
    return result


def with_poison(messages):
    """The same with records that are put aside between them; how many records those are."""
    poisoned, bad = [], 0
    for number, record in enumerate(messages):
        poisoned.append(record)
        if number % POISON_EVERY:
            continue
        if number % (2 * POISON_EVERY):
            body = json.dumps(envelope("DongBoHoSoMC", [
                dossier("H34.05-250101-99999", TrangThaiHoSo="2", NgayTiepNhan="never"),
                dossier("", TrangThaiHoSo="2")])).encode()
            bad += 2
        else:
            body = UNREADABLE[number // (2 * POISON_EVERY) % len(UNREADABLE)]
            bad += 1
        poisoned.append((record[0], body, []))
    return poisoned, bad


class Figures:
    """What /metrics says of the topics."""

    def __init__(self, daemon):
        self.text = daemon.request("GET", "/metrics").body.decode()

    def values(self, name, **labels):
        found = []
        for line in re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", self.text, re.M):
            if all(f'{k}="{v}"' in line[0] for k, v in labels.items()):
                found.append(float(line[1]))
        return found

    def sum(self, name, **labels):
        return sum(self.values(name, **labels))


class KafkaCase(AcceptanceTest):
    """One broker for the tests of a class."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="tthcmon-kafka-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.broker = broker.Broker(cls.folder).start()
        cls.addClassCleanup(cls.broker.kill)
        cls.messages = demonstration(MESSAGES)

    def topic(self, partitions=1, suffix=""):
        name = self.id().rsplit(".", 1)[1] + suffix
        return self.broker.topic(name, partitions)

    def config(self, topic, name="tthcmon.toml", more="", kafka="", address=None,
               group=None):
        path = self.directory / name
        path.write_text(
            more + f'\n[kafka]\nbrokers = ["{address or self.broker.address}"]\nonestop_topics = ["{topic}"]\n'
            f'group = "{group or topic}"\nsession_timeout_seconds = 6\n{kafka}\n', "utf-8")
        return path

    def reader(self, topic, name="daemon", start=True, **config):
        return self.daemon(name, start=start, clock=Q1_CLOCK, clock_speed="0",
                           config=self.config(topic, name + ".toml", **config))

    def direct(self, messages):
        """A daemon that was told the same over HTTP."""
        daemon = self.daemon("direct", clock=Q1_CLOCK, clock_speed="0")
        for _, body, headers in messages:
            said = {name: value.decode() for name, value in headers}
            answer = daemon.post("/api/v1/onestop/" + said["service"] if "service" in said
                                 else "/api/v1/onestop", body, isUpdating=said.get("isUpdating"))
            self.assertTrue(answer.accepted, answer)
        return daemon

    def places(self, daemon, topic):
        return Figures(daemon).sum("tthc_source_place", topic=topic)

    def wait_until_read(self, daemon, topic, count):
        """`count` messages of the topic are recorded: its partitions begin at 0 and have no gaps."""
        wait_for(f"{count} messages of {topic}", lambda: self.places(daemon, topic) >= count,
                 SETTLE_SECONDS)
        self.assertEqual(count, self.places(daemon, topic))

    def quarantined(self, daemon):
        return daemon.get("/api/v1/quarantine", limit=1000)["records"]

    @staticmethod
    def fault_about(daemon, word):
        return any('"event":"kafka_fault"' in line and word in line.lower()
                   for line in daemon.log().splitlines())

    def check_same(self, expected, daemon):
        for rule in ("form06", "qd766"):
            for group in (None, "unit", "procedure"):
                query = {"period": "2025-Q1", "rule": rule, "group_by": group}
                self.assertEqual(expected.summary("H34", **query), daemon.summary("H34", **query))


@unittest.skipIf(broker.why_not(), broker.why_not())
class KafkaTest(KafkaCase):
    def test_everything_arrives_once(self):
        topic = self.topic(PARTITIONS)
        sent = records(self.messages)
        self.broker.produce(topic, sent)
        daemon = self.reader(topic)
        self.wait_until_read(daemon, topic, len(sent))
        self.check_same(self.direct(sent), daemon)
        figures = Figures(daemon)
        self.assertEqual(len(sent), figures.sum("tthc_source_messages_total"))
        self.assertEqual([PARTITIONS], figures.values("tthc_source_partitions"))
        # What rules look at only while partitions are assigned (test_boards.py).
        for name in ("tthc_source_halted", "tthc_source_lag_messages"):
            self.assertEqual(PARTITIONS, len(figures.values(name)))
        wait_for("no lag", lambda: not Figures(daemon).sum("tthc_source_lag_messages"))
        wait_for("a connected broker", lambda: Figures(daemon).sum("tthc_source_brokers_up") >= 1)
        self.assertEqual([], self.quarantined(daemon))

    def test_killed_in_the_middle_nothing_is_lost_or_read_twice(self):
        topic = self.topic(PARTITIONS)
        sent = records(self.messages)
        poisoned, bad = with_poison(sent)
        daemon = self.reader(topic)
        r = random.Random(SEED)
        cuts = sorted(r.sample(range(1, len(poisoned)), KILLS))
        reached = 0
        for begin, end in itertools.pairwise([0, *cuts, len(poisoned)]):
            self.broker.produce(topic, poisoned[begin:end])
            if end == len(poisoned):
                break
            # Somewhere in what was just written, so that it is killed at work.
            wanted = r.randrange(reached, end)
            wait_for("the daemon to read on", lambda: self.places(daemon, topic) >= wanted,
                     SETTLE_SECONDS)
            daemon.kill()
            daemon.start()
            reached = max(reached, wanted)
        self.wait_until_read(daemon, topic, len(poisoned))
        self.assertEqual(bad, len(self.quarantined(daemon)))
        self.check_same(self.direct(sent), daemon)

    def test_a_broker_that_is_killed_comes_back(self):
        topic = self.topic(PARTITIONS)
        sent = records(self.messages)
        half = len(sent) // 2
        daemon = self.reader(topic)
        self.broker.produce(topic, sent[:half])
        self.broker.kill()
        wait_for("the broker to be missed",
                 lambda: Figures(daemon).sum("tthc_source_faults_total") > 0, SETTLE_SECONDS)
        self.broker.start()
        self.broker.produce(topic, sent[half:])
        self.wait_until_read(daemon, topic, len(sent))
        self.check_same(self.direct(sent), daemon)

    def test_poison_goes_to_the_dead_letters_and_stops_nothing(self):
        topic = self.topic()
        letters = self.topic(suffix=".dead")
        sent = records(self.messages[:400])
        poisoned, bad = with_poison(sent)
        daemon = self.reader(topic, kafka=f'dead_letter_topic = "{letters}"')
        self.broker.produce(topic, poisoned)
        self.wait_until_read(daemon, topic, len(poisoned))
        expected = {}
        for offset, (record, clean) in enumerate(zip(poisoned, _is_clean(poisoned, sent))):
            if clean:
                continue
            expected[f"{topic}-0-{offset}"] = (
                [(0, "bad_date", "NgayTiepNhan"), (1, "missing_case_id", "MaHoSo")]
                if record[1] and b"never" in record[1] else [(0, "unreadable_message", "")])
        found = {}
        for key, body in self.broker.read_all(letters):
            letter = json.loads(body)
            self.assertEqual([topic, 0], [letter["topic"], letter["partition"]])
            self.assertEqual(key.decode(), f"{topic}-0-{letter['offset']}")
            self.assertEqual(letter["rejected_total"], len(letter["rejected"]))
            found[key.decode()] = [(r["position"], r["code"], r["field"]) for r in letter["rejected"]]
            self.assertNotIn(b"99999", body)
        self.assertEqual(expected, found)
        self.assertEqual(bad, len(self.quarantined(daemon)))
        self.check_same(self.direct(sent), daemon)
        figures = Figures(daemon)
        self.assertEqual(len(expected), figures.sum("tthc_source_dead_letters_total"))
        self.assertEqual(sum(1 for said in expected.values() if said[0][1] == "unreadable_message"),
                         figures.sum("tthc_source_unreadable_total"))

    def test_a_dead_letter_is_acknowledged_before_its_partition_moves_on(self):
        topic = self.topic()
        letters = topic + ".dead"
        daemon = self.reader(topic, kafka=f'dead_letter_topic = "{letters}"\n'
                                          'delivery_timeout_seconds = 1\nwaiting_messages = 7')
        good = records(self.messages[:100])
        self.broker.produce(topic, [good[0], (None, b"no JSON", []), *good[1:]])
        wait_for("dead letters that fail",
                 lambda: Figures(daemon).sum("tthc_source_dead_letter_failures_total") > 1,
                 SETTLE_SECONDS)
        self.assertEqual(1, self.places(daemon, topic))
        self.assertEqual([], self.quarantined(daemon))
        # What waits behind it is bounded, and waiting for so long the thread polls on.
        wait_for("a paused partition", lambda: Figures(daemon).sum("tthc_source_pauses_total") > 0,
                 SETTLE_SECONDS)
        self.broker.topic(letters)
        self.wait_until_read(daemon, topic, len(good) + 1)
        self.check_same(self.direct(good), daemon)
        self.assertEqual({f"{topic}-0-1".encode()}, {key for key, _ in self.broker.read_all(letters)})
        self.assertEqual(1, len(self.quarantined(daemon)))

    def test_only_with_the_right_password_over_a_trusted_connection(self):
        topic = self.topic()
        sent = records(self.messages[:40])
        self.broker.produce(topic, sent)
        password = self.directory / "kafka.password"
        guarded = (f'security = "sasl_ssl"\nsasl_user = "{broker.USER}"\n'
                   f'sasl_password_file = "{password}"\n')
        trusted = guarded + f'ca_file = "{self.broker.certificate}"\n'
        daemon = self.reader(topic, start=False)
        for said, settings, reason in ((broker.PASSWORD, guarded, "certificate"),
                                       ("another-password", trusted, "authentication")):
            harness.write_secret(password, said + "\n")
            daemon.config = self.config(topic, address=self.broker.guarded, kafka=settings)
            daemon.start()
            wait_for(f"a connection refused for its {reason}",
                     lambda: self.fault_about(daemon, reason), SETTLE_SECONDS)
            self.assertEqual(0, Figures(daemon).sum("tthc_source_partitions"))
            self.assertEqual(0, daemon.stop())
            self.assertNotIn(said, daemon.log())
            (daemon.directory / "serve.log").unlink()
        harness.write_secret(password, broker.PASSWORD + "\n")
        daemon.start()
        self.wait_until_read(daemon, topic, len(sent))
        self.assertNotIn(broker.PASSWORD, daemon.log())

    def test_pressure_loses_nothing(self):
        topic = self.topic(PARTITIONS)
        sent = records(self.messages[:600])
        poisoned, bad = with_poison(sent)
        self.broker.produce(topic, poisoned)
        daemon = self.reader(topic, more="[limits]\ningest_queue_records = 100",
                             kafka="waiting_messages = 7")
        # Who delivers over HTTP meanwhile takes what room there is, and has some.
        told = 0
        while self.places(daemon, topic) < len(poisoned):
            rows = [dossier(f"H34.05-250101-{told:05}", TrangThaiHoSo="1")] * 60
            told += daemon.post("/api/v1/onestop", envelope("DongBoHoSoMC", rows)).accepted
        self.assertGreater(told, 0)
        self.wait_until_read(daemon, topic, len(poisoned))
        figures = Figures(daemon)
        self.assertEqual(len(poisoned), figures.sum("tthc_source_messages_total"))
        self.assertEqual(bad, len(self.quarantined(daemon)))
        self.check_same(self.direct(sent), daemon)

    def test_a_gap_halts_its_partition_until_somebody_decides(self):
        topic = self.topic()
        sent = records(self.messages[:60])
        daemon = self.reader(topic)
        self.broker.produce(topic, sent[:20])
        self.wait_until_read(daemon, topic, 20)
        self.assertEqual(0, daemon.stop())
        self.broker.produce(topic, sent[20:50])
        self.broker.forget_before(topic, 0, 40)
        daemon.start()
        wait_for("a halted partition",
                 lambda: Figures(daemon).sum("tthc_source_halted", topic=topic) == 1, SETTLE_SECONDS)
        self.assertEqual(1, Figures(daemon).sum("tthc_source_gaps_total"))
        self.assertIn('"event":"kafka_partition_halted"', daemon.log())
        self.broker.produce(topic, sent[50:])
        self.assertEqual(20, self.places(daemon, topic))
        self.assertEqual(0, daemon.stop())
        daemon.config = self.config(topic, kafka="go_on_after_gap = true")
        daemon.start()
        wait_for("what is still kept", lambda: self.places(daemon, topic) == 60, SETTLE_SECONDS)
        self.assertEqual(20, Figures(daemon).sum("tthc_source_messages_total"))
        self.assertEqual(0, Figures(daemon).sum("tthc_source_halted"))
        self.assertIn('"event":"kafka_gap_passed"', daemon.log())
        self.check_same(self.direct(sent[:20] + sent[40:]), daemon)

    def test_of_two_daemons_on_one_store_the_later_one_reads(self):
        topic = self.topic()
        sent = records(self.messages[:40])
        first = self.reader(topic)
        self.broker.produce(topic, sent[:20])
        self.wait_until_read(first, topic, 20)
        self.assertEqual(0, first.stop())
        second = self.reader(topic, "second", start=False)
        shutil.copytree(first.data, second.data)
        first.start()
        wait_for("a partition", lambda: Figures(first).sum("tthc_source_partitions") == 1,
                 SETTLE_SECONDS)
        second.start()
        wait_for("the first one to be shut out",
                 lambda: Figures(first).sum("tthc_source_failed") == 1, SETTLE_SECONDS)
        self.broker.produce(topic, sent[20:])
        self.wait_until_read(second, topic, 40)
        self.check_same(self.direct(sent[:20]), first)


@unittest.skipIf(broker.why_not(), broker.why_not())
class GatewayTest(KafkaCase):
    """What is delivered over HTTP goes through the topic, and is answered once it is there."""

    def gateway(self, topic, name="daemon", **config):
        return self.daemon(name, clock=Q1_CLOCK, clock_speed="0", arguments=["--forward", "kafka"],
                           config=self.config(topic, name + ".toml", **config))

    def test_what_is_delivered_is_recorded_by_every_reader_of_the_topic(self):
        topic = self.topic()
        gateway = self.gateway(topic)
        standby = self.daemon("standby", clock=Q1_CLOCK, clock_speed="0",
                              config=self.config(topic, "standby.toml", group=topic + ".standby"))
        mixed = self.of_several_units(self.messages[:900])
        direct = self.daemon("direct", clock=Q1_CLOCK, clock_speed="0")
        for message in mixed:
            answers = [d.post("/api/v1/onestop/" + message["service"], message["data"],
                              isUpdating=message.get("isUpdating")) for d in (gateway, direct)]
            self.assertEqual(answers[1].json, answers[0].json)
        event = {"specversion": "1.0", "id": "1", "source": "/s", "type": "vn.gov.tthc.case.dossier.v1",
                 "data": dossier("H34.05-250101-77777", TrangThaiHoSo="2",
                                 NgayTiepNhan="20250102080000")}
        for daemon in (gateway, direct):
            answer = daemon.post("/api/v1/events", event,
                                 headers={"Content-Type": "application/cloudevents+json"})
            self.assertEqual((202, 1), (answer.status, answer.json["accepted"]))
        written = self.broker.read_all(topic)
        self.assertGreater(len(written), len(mixed))   # several units make several messages
        for daemon in (gateway, standby):
            self.wait_until_read(daemon, topic, len(written))
            self.check_same(direct, daemon)
        for key, body in written:
            said = json.loads(body)
            rows = said if isinstance(said, list) else [said]
            for row in rows:
                number = row.get("data", row)["MaHoSo"]
                self.assertEqual(key.decode(), root_first(number.split("-")[0]))
        self.assertEqual(len(mixed) + 1, Figures(gateway).sum("tthc_forwarded_messages_total",
                                                             outcome="acknowledged"))

    def of_several_units(self, messages):
        """Two records of different units in most messages, both of one operation."""
        by_service = {}
        for message in messages:
            by_service.setdefault(message["service"], []).extend(message["data"])
        return [{"service": service, "data": rows[begin:begin + 2]}
                for service, rows in by_service.items() for begin in range(0, len(rows), 2)]

    def test_no_acknowledgement_no_acceptance(self):
        topic = self.topic()
        gateway = self.gateway(topic, kafka="delivery_timeout_seconds = 1")
        row = dossier("H34.05-250101-00001", TrangThaiHoSo="2", NgayTiepNhan="20250102080000")
        self.broker.kill()
        refused = gateway.post("/api/v1/onestop", envelope("DongBoHoSoMC", [row]))
        self.assertEqual((503, "-1"), (refused.status, refused.json["error_code"]))
        self.assertIsNotNone(refused.headers["Retry-After"])
        self.broker.start()

        def delivered():
            return gateway.post("/api/v1/onestop", envelope("DongBoHoSoMC", [row])).accepted
        wait_for("an acceptance", delivered, SETTLE_SECONDS)
        wait_for("the case", lambda: gateway.request("GET", "/api/v1/cases/" + row["MaHoSo"]).status
                 == 200, SETTLE_SECONDS)
        # A body that is none is refused as ever, and reaches no topic.
        before = len(self.broker.read_all(topic))
        self.assertEqual(400, gateway.post("/api/v1/onestop", b"no JSON").status)
        self.assertEqual(before, len(self.broker.read_all(topic)))

    def test_a_message_larger_than_the_topic_takes_is_refused_for_good(self):
        topic = self.topic()
        gateway = self.gateway(topic)
        row = dossier("H34.05-250101-00001", TrangThaiHoSo="2", GhiChu="x" * 60_000)
        refused = gateway.post("/api/v1/onestop", envelope("DongBoHoSoMC", [row] * 40))
        self.assertEqual(400, refused.status, refused)
        self.assertIn("max.message.bytes", refused.json["message"])


def _is_clean(poisoned, sent):
    kept = {id(record) for record in sent}
    return [id(record) in kept for record in poisoned]


if __name__ == "__main__":
    harness.main()
