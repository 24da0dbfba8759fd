"""The processes that a measurement starts: the daemon under test and a private PostgreSQL."""
import http.client
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import time

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")
CLOCK = "2025-03-28T10:00:00+07:00"   # the workload's cases lie in the thirty days before it


def allow_descriptors():
    """As many as may be had, for the processes started after it: each listener takes one."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def cpu_ticks(pid):
    """User and system time of a process, then those of its children that have ended."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [int(field) for field in fields[11:15]]


class Daemon:
    """tthcmon serve on a free loopback port, without access control."""

    def __init__(self, binary, data, log, config=None, clock=CLOCK):
        command = [binary, "serve", "--data", data, "--listen", "127.0.0.1:0", "--auth", "off",
                   "--clock", clock]
        if config:
            command += ["--config", config]
        self.data = pathlib.Path(data)
        self.config = config
        self.log = open(log, "ab")
        begin = time.monotonic()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log)
        line = self.process.stdout.readline()
        self.ready_seconds = time.monotonic() - begin
        if not line:
            raise RuntimeError(f"the daemon did not start: see {log}")
        self.address = json.loads(line)["listen"]

    @property
    def pid(self):
        return self.process.pid

    def get(self, path):
        connection = http.client.HTTPConnection(self.address, timeout=120)
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{path}: HTTP {answer.status} {body[:300]!r}")
        return body

    def onestop(self, record):
        """Sends one dossier record of a one-stop system and waits for the answer."""
        body = json.dumps({"session": "t", "madonvi": "000.00.00.H99",
                           "service": "DongBoHoSoMC", "data": [record]})
        connection = http.client.HTTPConnection(self.address, timeout=120)
        connection.request("POST", "/api/v1/onestop", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"dossier: HTTP {answer.status} {text[:300]!r}")

    def metric(self, name):
        """Of a series with labels: its name with them, as in the text."""
        found = re.search(rf"^{re.escape(name)} (\S+)$", self.get("/metrics").decode(), re.M)
        return float(found.group(1)) if found else None

    def rss(self):
        return int(pathlib.Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * PAGE

    def peak_rss(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024

    def cpu_seconds(self):
        return sum(cpu_ticks(self.pid)[:2]) / TICKS

    def wait_quiet(self, limit=120):
        """Until it has done next to nothing for a second: runs written, compactions over."""
        end = time.monotonic() + limit
        calm = 0
        last = self.cpu_seconds()
        while calm < 4 and time.monotonic() < end:
            time.sleep(0.25)
            now = self.cpu_seconds()
            calm = calm + 1 if now - last <= 0.02 else 0
            last = now

    def wait_metric(self, name, at_most, limit=180):
        end = time.monotonic() + limit
        while time.monotonic() < end:
            if self.metric(name) <= at_most:
                return
            time.sleep(0.5)
        raise RuntimeError(f"{name} stays at {self.metric(name)}, expected at most {at_most}")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(120) != 0:
            raise RuntimeError("the daemon did not end with 0")

    def disk_bytes(self):
        return sum(f.stat().st_size for f in self.data.rglob("*") if f.is_file())


class PlainBroadcast:
    """The yardstick of the listeners, with as many threads as the daemon has for its sockets."""

    def __init__(self, binary):
        self.process = subprocess.Popen([binary, "--serve", "2"], stdout=subprocess.PIPE)
        self.address = json.loads(self.process.stdout.readline())["listen"]

    def stop(self):
        self.process.kill()
        self.process.wait()


class Listeners:
    """listeners_bench with all its WebSockets open."""

    def __init__(self, binary, address, count, stalled, *more):
        self.process = subprocess.Popen(
            [str(part) for part in (binary, "--http", address, "--listeners", count,
                                    "--stalled", stalled, *more)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.opened_seconds = self._answer()["seconds"]

    def rounds(self, count, alerts):
        self.process.stdin.write(f"rounds {count} {alerts}\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("listeners_bench ended: it has said why")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        if self.process.wait(60) != 0:
            raise RuntimeError("listeners_bench did not end with 0")


class Postgres:
    """PostgreSQL 15 of Debian in a directory of its own, on a unix socket, tuned for this load."""

    BIN = pathlib.Path("/usr/lib/postgresql/15/bin")
    SETTINGS = {
        "listen_addresses": "", "shared_buffers": "2GB", "wal_buffers": "64MB",
        "max_wal_size": "8GB", "min_wal_size": "1GB", "checkpoint_timeout": "15min",
        "synchronous_commit": "on", "fsync": "on", "full_page_writes": "on",
        "wal_compression": "lz4", "work_mem": "64MB", "temp_buffers": "64MB",
        "effective_cache_size": "4GB", "random_page_cost": "1.1", "jit": "off",
        "max_parallel_workers_per_gather": "0", "autovacuum": "on",
    }

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True)
        shutil.chown(self.directory, "postgres", "postgres")
        data = self.directory / "data"
        self._run("initdb", "-D", data, "-A", "trust", "-E", "UTF8", "--locale=C")
        with open(data / "postgresql.auto.conf", "a", encoding="utf-8") as conf:
            for name, value in self.SETTINGS.items():
                conf.write(f"{name} = '{value}'\n")
            conf.write(f"unix_socket_directories = '{self.directory}'\n")
        self._run("pg_ctl", "-D", data, "-w", "-l", self.directory / "log", "start")
        self.conninfo = f"host={self.directory} user=postgres dbname=postgres"

    def _run(self, program, *arguments):
        subprocess.run(["runuser", "-u", "postgres", "--", str(self.BIN / program),
                        *map(str, arguments)],
                       check=True, stdout=subprocess.DEVNULL, cwd=self.directory)

    def cpu_seconds(self):
        """Of all its processes, those that have ended included."""
        pid = int((self.directory / "data/postmaster.pid").read_text().split()[0])
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return (sum(cpu_ticks(pid)) + sum(sum(cpu_ticks(c)[:2]) for c in children)) / TICKS

    def stop(self):
        self._run("pg_ctl", "-D", self.directory / "data", "-w", "-m", "fast", "stop")
