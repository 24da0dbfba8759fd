"""A real Prometheus scrapes the daemon; what PromQL answers is what the summary says."""

import http.client
import json
import re
import socket
import subprocess
import urllib.parse

import harness
import histories
from harness import AcceptanceTest, wait_for

CLOCK = "2025-03-20T12:00:00+07:00"
CASES = 300


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Prometheus:
    """Debian's prometheus on a private directory, scraping one target every second."""

    def __init__(self, test, target, rule_files=()):
        self.directory = test.directory / "prometheus"
        self.directory.mkdir()
        config = self.directory / "prometheus.yml"
        config.write_text(json.dumps({   # JSON is YAML
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(path) for path in rule_files],
            "scrape_configs": [{"job_name": "tthc", "static_configs": [{"targets": [target]}]}]}))
        # Another process may take the port between the probe and the start: try again.
        for _ in range(5):
            self.port = free_port()
            self.log = open(self.directory / "log", "wb")
            test.addCleanup(self.log.close)
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={config}",
                 f"--storage.tsdb.path={self.directory / 'data'}",
                 f"--web.listen-address=127.0.0.1:{self.port}"],
                stdout=self.log, stderr=subprocess.STDOUT)
            test.addCleanup(self.end, self.process)
            if wait_for("prometheus to start or end", self.started_or_ended) == "started":
                return
        raise AssertionError((self.directory / "log").read_text())

    @staticmethod
    def end(process):
        process.kill()
        process.wait(harness.STOP_SECONDS)

    def started_or_ended(self):
        if self.process.poll() is not None:
            return "ended"
        try:
            return "started" if self.fetch("/-/ready")[0] == 200 else None
        except OSError:
            return None

    def fetch(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def query(self, promql):
        """[(labels, value)]."""
        status, body = self.fetch("/api/v1/query?" + urllib.parse.urlencode({"query": promql}))
        if status != 200:
            raise AssertionError((promql, body))
        return [(r["metric"], float(r["value"][1])) for r in json.loads(body)["data"]["result"]]


class PrometheusTest(AcceptanceTest):
    @staticmethod
    def messages():
        # What would arrive after the daemon's now belongs to another test.
        return [m for m in histories.Generator(7, CASES).messages() if m["arrived_at"] < CLOCK]

    def scraped(self):
        daemon = self.replayed(self.messages(), clock=CLOCK)
        prometheus = Prometheus(self, f"{daemon.host}:{daemon.port}")
        wait_for("the first scrape", lambda: prometheus.query('up{job="tthc"} == 1'))
        wait_for("the first figures", lambda: prometheus.query("tthc_on_time_ratio"))
        return daemon, prometheus

    def value(self, prometheus, promql):
        answer = prometheus.query(promql)
        self.assertEqual(1, len(answer), promql)
        return answer[0][1]

    def test_promql_answers_as_the_summary_does(self):
        daemon, prometheus = self.scraped()
        compared = 0
        for unit in ("H34.23.09", "H34.23.10", "H34.05"):
            for rule in ("qd766", "form06"):
                summary = daemon.summary(unit, rule=rule, period="2025-Q1")
                selector = f'{{unit="{unit}",rule="{rule}",period="2025-Q1"}}'
                expected = summary["rates"]["qd766" if rule == "qd766" else "tt01"]
                self.assertAlmostEqual(
                    expected, self.value(prometheus, f"tthc_on_time_ratio{selector}"), delta=1e-6)
                compared += 1
            now = daemon.summary(unit, rule="qd766", **{"from": "2025-03-20", "to": "2025-03-20"})
            states = {labels["state"]: value for labels, value in
                      prometheus.query(f'tthc_cases_open{{unit="{unit}"}}')}
            self.assertEqual({"in_time", "due_soon", "overdue", "paused"}, set(states))
            self.assertEqual(now["pending"]["total"], sum(states.values()))
            received = sum(v for _, v in prometheus.query(
                f'tthc_cases_received_total{{unit="{unit}"}}'))
            self.assertGreaterEqual(
                received, daemon.summary(unit, rule="qd766",
                                         period="2025-Q1")["received"]["total"])
        self.assertEqual(6, compared)

    def test_rollup_is_the_subtree(self):
        daemon, prometheus = self.scraped()
        summary = daemon.summary("H34", rule="form06", period="2025-Q1")
        self.assertAlmostEqual(summary["rates"]["tt01"], self.value(
            prometheus,
            'tthc_rollup_on_time_ratio{unit="H34",rule="form06",period="2025-Q1"}'), delta=1e-6)

    def test_a_new_case_is_in_the_next_scrape(self):
        daemon, prometheus = self.scraped()
        query = 'sum(tthc_cases_open{unit="H34.05"})'
        before = self.value(prometheus, query)
        daemon.onestop("DongBoHoSoMC", [harness.dossier(
            "H34.05-250320-77777", TrangThaiHoSo="2", NgayTiepNhan="20250320083000",
            NgayHenTra="20250325170000")])
        wait_for("the new case in Prometheus",
                 lambda: self.value(prometheus, query) == before + 1)

    def test_exposition_is_clean_and_names_no_case(self):
        daemon = self.replayed(self.messages(), clock=CLOCK)
        exposition = daemon.request("GET", "/metrics")
        self.assertEqual(200, exposition.status)
        self.assertTrue(exposition.headers["Content-Type"].startswith("text/plain"))
        check = subprocess.run(["promtool", "check", "metrics"], input=exposition.body,
                               capture_output=True, timeout=60, check=False)
        self.assertEqual((0, b"", b""), (check.returncode, check.stdout, check.stderr))
        text = exposition.body.decode()
        for family in ("tthc_cases_received_total", "tthc_cases_finished_total",
                       "tthc_cases_open", "tthc_on_time_ratio", "tthc_unit_info"):
            self.assertRegex(text, rf"(?m)^{family}\{{")
        self.assertIsNone(re.search(r"-\d{6}-\d{4,5}", text), "a case number is in /metrics")


if __name__ == "__main__":
    harness.main()
