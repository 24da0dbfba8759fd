"""Runs the real tthcmon: a private directory, port 0, HTTP, signals. Every wait has a bound.

Environment: TTHCMON (the binary), TTHC_TESTDATA, TTHC_SOURCE_DIR; set by CMake.
"""

import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse

SOURCE_DIR = pathlib.Path(
    os.environ.get("TTHC_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
TESTDATA = pathlib.Path(os.environ.get("TTHC_TESTDATA", SOURCE_DIR / "tests" / "testdata"))
TTHCMON = os.environ.get("TTHCMON", str(SOURCE_DIR / "build" / "tthcmon"))

# Bounds, not expectations: generous enough for a sanitizer build on a loaded machine.
READY_SECONDS = 60
STOP_SECONDS = 30
REQUEST_SECONDS = 60
COMMAND_SECONDS = 240
POLL_SECONDS = 0.05

# What the senders look for; an answer may say more.
ACCEPTED = {"error_code": "0", "message": "Đồng bộ thành công"}
Q1_CLOCK = "2025-03-31T23:59:59+07:00"


def wait_for(what, condition, seconds=REQUEST_SECONDS):
    """The first true value of condition(); fails the test after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(POLL_SECONDS)


def run(*arguments, stdin=None, check=True, seconds=COMMAND_SECONDS):
    """Runs `tthcmon arguments…` to its end; a CompletedProcess with text output."""
    done = subprocess.run([TTHCMON, *map(str, arguments)], input=stdin, capture_output=True,
                          timeout=seconds, text=True, encoding="utf-8", check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"tthcmon {' '.join(map(str, arguments))}: exit code "
                             f"{done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def accepted(self):
        return self.status == 200 and self.json | ACCEPTED == self.json

    def __repr__(self):
        return f"HTTP {self.status} {self.body[:500]!r}"


def envelope(service, records, **fields):
    """Generation 1, direct form (WIRE.md 1.1)."""
    return {"session": "t", "madonvi": "000.00.00.H34", "service": service, **fields,
            "data": records}


def dossier(case_id, **fields):
    """A dossier record with what every sender fills; fields override."""
    record = {"MaHoSo": case_id, "MaTTHC": "9.999901", "TenTTHC": "Thủ tục thử nghiệm",
              "MaLinhVuc": "ZZ-01", "TenLinhVuc": "Lĩnh vực thử nghiệm", "KenhThucHien": "1",
              "LoaiDoiTuong": "1", "DonViXuLy": "Đơn vị thử nghiệm"}
    record.update(fields)
    return record


def progress(case_id, status, when, **fields):
    row = {"MaHoSo": case_id, "NguoiXuLy": "Chuyên viên", "ChucDanh": "", "ThoiDiemXuLy": when,
           "PhongBanXuLy": "", "NoiDungXuLy": "", "TrangThai": str(status)}
    row.update(fields)
    return row


def write_lines(path, messages):
    with open(path, "w", encoding="utf-8") as out:
        for message in messages:
            out.write(json.dumps(message, ensure_ascii=False) + "\n")


def write_secret(path, text):
    """A file with secrets: the daemon takes none that everybody on the machine may read."""
    path.touch(mode=0o600)
    path.write_text(text)


class Daemon:
    """One `tthcmon serve` on port 0. Restart with start() after kill() or stop()."""

    def __init__(self, directory, clock=None, clock_speed=None, config=None, auth_off=True,
                 arguments=(), environment=None):
        self.directory = pathlib.Path(directory)
        self.data = self.directory / "data"
        self.clock = clock
        self.clock_speed = clock_speed
        self.config = config
        self.auth_off = auth_off
        self.arguments = arguments
        self.environment = environment or {}
        self.listen = "127.0.0.1:0"
        self.process = None
        self.ready = None
        self.host = None
        self.port = None
        self._log = None
        self._lines = []

    def start(self):
        self.launch()
        self.ready = wait_for("the ready line of serve", self._ready_line, READY_SECONDS)
        return self.connected()

    def connected(self):
        """After launch(), once the ready line is there."""
        self.ready = self.ready_line()
        self.host, port = self.ready["listen"].rsplit(":", 1)
        self.port = int(port)
        return self

    def ended(self):
        """The exit code of a process that ends by itself."""
        code = self.process.wait(STOP_SECONDS)
        self._forget()
        return code

    def launch(self):
        """Starts the process and waits for nothing."""
        assert self.process is None, "already running"
        command = [TTHCMON, "serve", "--data", str(self.data), "--listen", self.listen]
        if self.clock:
            command += ["--clock", self.clock]
        if self.clock_speed:
            command += ["--clock-speed", str(self.clock_speed)]
        if self.config:
            command += ["--config", str(self.config)]
        if self.auth_off:
            command += ["--auth", "off"]
        command += list(self.arguments)
        self._log = open(self.directory / "serve.log", "ab")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._log,
                                        env={**os.environ, **self.environment})
        self._lines = []
        threading.Thread(target=self._read, args=(self.process.stdout, self._lines),
                         daemon=True).start()

    @staticmethod
    def _read(stream, lines):
        for line in stream:
            lines.append(line)

    def ready_line(self):
        """The ready line of the present process; None before it is there."""
        for line in list(self._lines):
            with contextlib.suppress(ValueError):
                event = json.loads(line)
                if isinstance(event, dict) and event.get("event") == "ready":
                    return event
        return None

    def _ready_line(self):
        if (event := self.ready_line()) is not None:
            return event
        if self.process.poll() is not None:
            code = self.process.returncode
            self._forget()
            raise AssertionError(f"serve ended with exit code {code} before it was ready: "
                                 f"{self.log()[-2000:]}")
        return None

    def log(self):
        return (self.directory / "serve.log").read_text("utf-8", "replace")

    def _forget(self):
        self.process.stdout.close()
        self._log.close()
        self.process = None

    def kill(self):
        """SIGKILL: no goodbye, as a power cut for the process."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)
        self._forget()

    def stop(self):
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(STOP_SECONDS)
        self._forget()
        return code

    def close(self):
        if self.process is not None:
            self.kill()

    def connect(self):
        return http.client.HTTPConnection(self.host, self.port, timeout=REQUEST_SECONDS)

    def request(self, method, path, body=None, headers=None, **query):
        query = {k: v for k, v in query.items() if v is not None}
        if query:
            path += "?" + urllib.parse.urlencode(query)
        connection = self.connect()
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path, **query):
        """The JSON of a GET that must succeed."""
        answer = self.request("GET", path, **query)
        if answer.status != 200:
            raise AssertionError(f"GET {path} {query}: {answer}")
        return answer.json

    def post(self, path, value, headers=None, **query):
        """POST of a JSON value (or of bytes as they are)."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        return self.request("POST", path, body=body,
                            headers={"Content-Type": "application/json", **(headers or {})},
                            **query)

    def put_register(self, name, rows, **query):
        """PUT of register rows; the answer's JSON, which must tell of no refused row."""
        body = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
        answer = self.request("PUT", f"/api/v1/registers/{name}", body=body,
                              headers={"Content-Type": "application/x-ndjson"}, **query)
        if answer.status != 200 or answer.json["rejected_total"]:
            raise AssertionError(f"PUT {name}: {answer}")
        return answer.json

    def indicators(self, unit, **query):
        return self.get(f"/api/v1/units/{unit}/indicators", **query)

    def onestop(self, service, records, **fields):
        """Sends generation-1 records; fails unless they were accepted."""
        answer = self.post("/api/v1/onestop", envelope(service, records, **fields))
        if not answer.accepted:
            raise AssertionError(f"{service}: {answer}")

    def summary(self, unit, **query):
        return self.get(f"/api/v1/units/{unit}/summary", **query)

    def case(self, case_id, **query):
        return self.get("/api/v1/cases/" + urllib.parse.quote(case_id, safe=""), **query)

    def timeline(self, case_id, **query):
        return self.get("/api/v1/cases/" + urllib.parse.quote(case_id, safe="") + "/timeline",
                        **query)

    def cases(self, **query):
        """Every row of the case list, page by page; also checks `total`."""
        rows, cursor = [], None
        while True:
            page = self.get("/api/v1/cases", cursor=cursor, **query)
            rows += page["cases"]
            cursor = page.get("next_cursor")
            if not cursor:
                break
            assert page["cases"], "a page with a next_cursor is empty"
        if page["total"] != len(rows):
            raise AssertionError(f"cases {query}: total {page['total']}, rows {len(rows)}")
        return rows


class AcceptanceTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="tthcmon-test-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def daemon(self, name="daemon", start=True, **options):
        """A daemon of this test, ended with it."""
        directory = self.directory / name
        directory.mkdir(exist_ok=True)
        daemon = Daemon(directory, **options)
        self.addCleanup(daemon.close)
        return daemon.start() if start else daemon

    def replayed(self, messages, name="daemon", **options):
        """A daemon whose store was filled offline by `replay`."""
        daemon = self.daemon(name, start=False, **options)
        lines = daemon.directory / "messages.jsonl"
        write_lines(lines, messages)
        run("replay", "--data", daemon.data, lines)
        return daemon.start()

    def check_identities(self, summary):
        received, resolved, pending = (summary[k] for k in ("received", "resolved", "pending"))
        self.assertEqual(received["total"], received["online"] + received["direct_postal"]
                         + received["carried_over"], summary)
        self.assertEqual(received["total"], resolved["total"] + pending["total"], summary)
        self.assertEqual(resolved["total"],
                         resolved["early"] + resolved["on_time"] + resolved["late"], summary)
        self.assertEqual(pending["total"], pending["in_time"] + pending["late"], summary)


def main():
    unittest.main(verbosity=2)
