"""A real Apache Kafka: one broker that is its own controller (KRaft), from the jars of build/kafka-tools
(deploy/kafka-tools.sh), and confluent-kafka of build/test-tools as its client. Every wait has a bound.
"""

import base64
import os
import pathlib
import shutil
import signal
import site
import socket
import subprocess
import sys
import uuid

import harness
import provider
from harness import wait_for

BUILD = harness.SOURCE_DIR / "build"
TOOLS = pathlib.Path(os.environ.get("TTHC_TEST_TOOLS", BUILD / "test-tools"))
JARS = TOOLS.parent / "kafka-tools"
# Debian's own Python runs the tests and made the environment: its packages fit.
for folder in TOOLS.glob(f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"):
    site.addsitedir(str(folder))
try:
    import confluent_kafka
    from confluent_kafka import admin
except ImportError:
    confluent_kafka = None

START_SECONDS = 120   # bounds, not expectations
DELIVERY_SECONDS = 60
USER, PASSWORD = "tthcmon", "a-password-of-the-test"

CONFIG = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},SASL_SSL://127.0.0.1:{guarded},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},SASL_SSL://127.0.0.1:{guarded}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
log.dirs={logs}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
"""


def why_not():
    """Why there is no broker to be had; None where there is one."""
    if not (JARS / "complete.txt").exists():
        return "Kafka is not in build/kafka-tools: deploy/kafka-tools.sh fetches it from Maven Central"
    if shutil.which("java") is None:
        return "Kafka is not to be started: there is no java (openjdk-17-jre-headless)"
    if confluent_kafka is None:
        return ("Kafka is not to be spoken to: confluent-kafka is not in build/test-tools: "
                "deploy/test-tools.sh installs it from PyPI")
    return None


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Broker:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(exist_ok=True)
        self.port, guarded, controller = free_ports(3)
        self.address = f"127.0.0.1:{self.port}"
        self.guarded = f"127.0.0.1:{guarded}"   # TLS, and USER with PASSWORD
        provider.certified(self.directory)
        self.certificate = self.directory / "ca.pem"
        self.config = self.directory / "server.properties"
        self.config.write_text(CONFIG.format(port=self.port, controller=controller, guarded=guarded, keystore=self.directory / "server.pem",
                                             logs=self.directory / "logs"))
        self.process = None
        self._java("kafka.tools.StorageTool", "format", "-t", _cluster_id(), "-c", self.config,
                   "--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]")

    def _command(self, main, *arguments):
        return ["java", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", str(JARS / "lib" / "*"), main,
                *map(str, arguments)]

    def _java(self, *arguments):
        subprocess.run(self._command(*arguments), check=True, capture_output=True,
                       timeout=START_SECONDS)

    def start(self):
        with open(self.directory / "broker.log", "ab") as log:
            self.process = subprocess.Popen(self._command("kafka.Kafka", self.config), stdout=log,
                                            stderr=log)
        wait_for("the broker", self._answers, START_SECONDS)
        return self

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError((self.directory / "broker.log").read_text()[-3000:])
        try:
            return self.admin().list_topics(timeout=1).brokers
        except confluent_kafka.KafkaException:
            return None

    def kill(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(START_SECONDS)
            self.process = None

    def admin(self):
        return admin.AdminClient({"bootstrap.servers": self.address, "log_level": 0})

    def topic(self, name, partitions=1):
        client = self.admin()   # which must outlive its futures
        client.create_topics([admin.NewTopic(name, partitions, 1)])[name].result(DELIVERY_SECONDS)
        return name

    def forget_before(self, topic, partition, offset):
        """The oldest messages of a partition go, as retention takes them."""
        at = confluent_kafka.TopicPartition(topic, partition, offset)
        client = self.admin()
        for future in client.delete_records([at]).values():
            future.result(DELIVERY_SECONDS)

    def produce(self, topic, messages):
        """messages: (key, body, headers); all of them acknowledged."""
        producer = confluent_kafka.Producer({"bootstrap.servers": self.address, "acks": "all",
                                             "enable.idempotence": True, "linger.ms": 5,
                                             "log_level": 3})
        failures = []
        for key, body, headers in messages:
            producer.produce(topic, key=key, value=body, headers=headers,
                             on_delivery=lambda error, _: error and failures.append(error))
            producer.poll(0)
        if producer.flush(DELIVERY_SECONDS) or failures:
            raise AssertionError(f"not acknowledged: {failures[:3]}")

    def read_all(self, topic):
        """[(key, body)] of a topic of one partition, up to its present end."""
        consumer = confluent_kafka.Consumer({"bootstrap.servers": self.address, "group.id": "reader",
                                             "enable.auto.commit": False})
        try:
            at = confluent_kafka.TopicPartition(topic, 0, 0)
            _, end = consumer.get_watermark_offsets(at, timeout=DELIVERY_SECONDS)
            consumer.assign([at])
            found = []
            while len(found) < end:
                message = consumer.poll(DELIVERY_SECONDS)
                if message is None or message.error():
                    raise AssertionError(f"{topic}: {len(found)} of {end} read: {message and message.error()}")
                found.append((message.key(), message.value()))
            return found
        finally:
            consumer.close()


def _cluster_id():
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
