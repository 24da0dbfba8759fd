"""Backups made while the daemon works, restored on an empty machine, under kills and damage; a full disk."""

import asyncio
import itertools
import json
import os
import pathlib
import random
import shutil
import subprocess
import unittest

import websockets

import harness
from harness import AcceptanceTest, dossier, envelope, run, wait_for

SEED = 5
CLOCK = "2025-03-10T10:00:00+07:00"
QUARTER = {"period": "2025-Q1", "rule": "form06"}
KILLS = 5


def case_id(number):
    return f"H34.05-250303-{number:05d}"


def batch(number, size=20):
    """One message of `size` new cases; `number` from 0."""
    return envelope("DongBoHoSoMC", [
        dossier(case_id(n), TrangThaiHoSo="2", NgayTiepNhan="20250303080000",
                NgayHenTra="20250305170000") for n in range(number * size, (number + 1) * size)])


def records_in(text):
    """What `tthcmon backup` and `restore` print of a backup."""
    line = next(line for line in text.splitlines() if " records" in line)
    return int(line.split()[0])


class Served(AcceptanceTest):
    def served(self, every=3600, name="daemon", start=True, settings="", **options):
        self.folder = self.directory / "backups"
        config = self.directory / f"{name}.toml"
        config.write_text(f"""
[backup]
dir = "{self.folder}"
every_seconds = {every}
keep_backups = 3
keep_days = 0
[audit]
checkpoint_seconds = 1
[store]
flush_statements = 1000
flush_seconds = 1
{settings}
""", "utf-8")
        return self.daemon(name, start=start, clock=CLOCK, config=config, **options)

    def backups(self, daemon):
        return daemon.get("/api/v1/backups")

    def backed_up(self, daemon):
        """The newest backup, made after this call."""
        before = max([b["number"] for b in self.backups(daemon)["backups"]], default=0)
        self.assertEqual(200, daemon.post("/api/v1/backups", b"").status)

        def newer():
            status = self.backups(daemon)
            self.assertIsNone(status["failure"])
            newest = max([b["number"] for b in status["backups"]], default=0)
            return status["backups"][0] if newest > before and not status["under_way"] else None
        return wait_for("a newer backup", newer)

    def restored(self, name="restored", source=None, **options):
        directory = self.directory / name
        directory.mkdir()
        done = run("restore", "--from", source or self.folder, "--data", directory / "data")
        return done.stdout, self.daemon(name, start=False, clock=CLOCK, **options)

    def figures(self, daemon):
        summary = daemon.summary("H34", **QUARTER)
        return {key: summary[key] for key in ("received", "resolved", "pending")}


class BackupTest(Served):
    def test_a_lost_machine_is_replaced(self):
        daemon = self.served()
        for number in range(10):
            self.assertTrue(daemon.post("/api/v1/onestop", batch(number)).accepted)
        backup = self.backed_up(daemon)
        self.assertEqual(200, backup["cases"])
        self.assertEqual(200, self.figures(daemon)["received"]["total"])
        at_backup = self.figures(daemon)
        for number in range(10, 15):
            self.assertTrue(daemon.post("/api/v1/onestop", batch(number)).accepted)
        whole = self.figures(daemon)
        daemon.kill()
        shutil.rmtree(daemon.data)

        text, other = self.restored()
        self.assertEqual(backup["records"], records_in(text))
        self.assertIn(backup["last_recorded"], text)
        other.start()
        self.assertEqual(at_backup, self.figures(other))
        for number in range(15):               # from the time that the report names, or all
            self.assertTrue(other.post("/api/v1/onestop", batch(number)).accepted)
        self.assertEqual(whole, self.figures(other))

    def test_who_listens_begins_anew_after_a_restore(self):
        daemon = self.served()
        self.assertTrue(daemon.post("/api/v1/onestop", batch(0)).accepted)
        self.backed_up(daemon)
        origin = daemon.get("/api/v1/checkpoints")["key"]
        daemon.stop()
        epoch = self.stream_epoch(daemon)
        _, other = self.restored()
        self.assertNotEqual(epoch, self.stream_epoch(other))
        other.start()
        # Proofs are of the same store all the same.
        self.assertEqual(origin.split("+")[0], other.get("/api/v1/checkpoints")["key"].split("+")[0])

    def stream_epoch(self, daemon):
        """What a client is welcomed with."""
        was_running = daemon.process is not None
        if not was_running:
            daemon.start()
        async def welcomed():
            async with websockets.connect(f"ws://127.0.0.1:{daemon.port}/ws/alerts",
                                          subprotocols=["tthc.alerts.v1"]) as client:
                await client.send(json.dumps({"type": "hello", "units": []}))
                return json.loads(await asyncio.wait_for(client.recv(), harness.REQUEST_SECONDS))

        epoch = asyncio.run(welcomed())["epoch"]
        if not was_running:
            daemon.stop()
        return epoch

    def test_backups_share_what_did_not_change(self):
        daemon = self.served()
        for number in range(40):
            self.assertTrue(daemon.post("/api/v1/onestop", batch(number)).accepted)
        first = self.backed_up(daemon)
        size = self.bytes_on_disk(self.folder)
        self.assertTrue(daemon.post("/api/v1/onestop", batch(40)).accepted)
        second = self.backed_up(daemon)
        self.assertGreater(second["records"], first["records"])
        self.assertLess(self.bytes_on_disk(self.folder) - size, size / 2)

    @staticmethod
    def bytes_on_disk(folder):
        return sum(path.stat().st_size for path in pathlib.Path(folder).rglob("*") if path.is_file())

    def test_old_ones_go(self):
        daemon = self.served()
        numbers = []
        for number in range(5):
            self.assertTrue(daemon.post("/api/v1/onestop", batch(number)).accepted)
            numbers.append(self.backed_up(daemon)["number"])
        kept = [backup["number"] for backup in self.backups(daemon)["backups"]]
        self.assertEqual(numbers[:-4:-1], kept)
        listed = run("restore", "--from", self.folder, "--list").stdout
        self.assertEqual(3, listed.count("backup "))

    def test_killed_again_and_again_while_backing_up(self):
        """Whatever is listed is whole, and holds at least what was acknowledged before it was asked for."""
        r = random.Random(SEED)
        daemon = self.served(start=False)
        acknowledged = 0
        floors = {}
        for _ in range(KILLS):
            daemon.start()
            asked_with = acknowledged
            number_before = max([b["number"] for b in self.backups(daemon)["backups"]], default=0)
            daemon.post("/api/v1/backups", b"")
            until = acknowledged + r.randrange(1, 12)
            while acknowledged < until:
                self.assertTrue(daemon.post("/api/v1/onestop", batch(acknowledged)).accepted)
                acknowledged += 1
            for backup in self.backups(daemon)["backups"]:
                if backup["number"] > number_before:
                    floors[backup["number"]] = asked_with
            daemon.kill()
        daemon.start()
        floors[self.backed_up(daemon)["number"]] = acknowledged
        daemon.kill()
        listed = run("restore", "--from", self.folder, "--list").stdout.splitlines()
        kept = {int(line.split()[1].rstrip(",")) for line in listed if line.startswith("backup ")}
        for number, least in floors.items():
            if number not in kept:
                continue
            target = self.directory / f"r{number}"
            done = run("restore", "--from", self.folder, "--data", target, "--number", number)
            cases = int(next(line for line in done.stdout.splitlines() if " cases" in line).split()[0])
            self.assertGreaterEqual(cases, least * 20)
        self.assertEqual(acknowledged * 20, cases)

    def test_an_archive_is_a_backup(self):
        daemon = self.served()
        self.assertTrue(daemon.post("/api/v1/onestop", batch(0)).accepted)
        self.backed_up(daemon)
        archive = self.directory / "store.tar"
        run("backup", "--from", self.folder, "--archive", archive)    # while the daemon works
        expected = self.figures(daemon)
        daemon.kill()
        shutil.rmtree(self.folder)
        _, other = self.restored(source=archive)
        self.assertEqual(expected, self.figures(other.start()))
        other.kill()
        for how in (lambda data: data[:len(data) // 2], lambda data: b"", lambda data: data[:-1] + b"x",
                    lambda data: data.replace(b"facts/", b"fact../", 1)):
            archive.write_bytes(how(archive.read_bytes()) or b"\0")
            done = run("restore", "--from", archive, "--data", self.directory / "no", check=False)
            if done.returncode == 0:         # what was changed was padding
                shutil.rmtree(self.directory / "no")
                continue
            self.assertFalse((self.directory / "no").exists(), done.stderr)
            self.assertTrue(done.stderr.startswith("tthcmon: "), done.stderr)

    def test_a_damaged_backup_is_not_restored(self):
        r = random.Random(SEED)
        daemon = self.served()
        for number in range(10):
            self.assertTrue(daemon.post("/api/v1/onestop", batch(number)).accepted)
        self.backed_up(daemon)
        daemon.kill()
        files = sorted(path for path in self.folder.rglob("*")
                       if path.is_file() and path.name != "README.txt")
        refused = set()
        for path in files:
            whole = path.read_bytes()
            if not whole:
                continue
            damaged = bytearray(whole)
            at = r.randrange(len(damaged))
            damaged[at] ^= 1 << r.randrange(8)
            path.write_bytes(damaged)
            target = self.directory / "target"
            done = run("restore", "--from", self.folder, "--data", target, check=False)
            what = f"{path.relative_to(self.folder)} byte {at}: {done.stdout}{done.stderr}"
            if done.returncode == 0:         # of another backup, or words that nothing rests on
                self.assertEqual(200, int(next(
                    line for line in done.stdout.splitlines() if " cases" in line).split()[0]), what)
                shutil.rmtree(target)
            else:
                refused.add(path.suffix)
                self.assertFalse(target.exists(), what)
            self.assertEqual([], list(self.directory.glob("target.*")), what)
            path.write_bytes(whole)
        self.assertIn(".sst", refused)

    def test_only_into_an_empty_directory(self):
        daemon = self.served()
        self.assertTrue(daemon.post("/api/v1/onestop", batch(0)).accepted)
        self.backed_up(daemon)
        run("restore", "--from", self.folder, "--data", f"{self.directory}/slash/")
        self.assertTrue((self.directory / "slash" / "CURRENT").exists())
        done = run("restore", "--from", self.folder, "--data", "/proc/self", check=False)
        self.assertNotEqual(0, done.returncode)
        done = run("restore", "--from", self.folder, "--data", daemon.data, check=False)
        self.assertEqual(1, done.returncode)
        self.assertIn("is not empty", done.stderr)
        done = run("restore", "--from", self.directory, "--data", self.directory / "no", check=False)
        self.assertIn("there are no backups in", done.stderr)
        done = run("restore", "--from", self.folder, "--data", self.directory / "no", "--number", 77,
                   check=False)
        self.assertIn("there is no backup 77", done.stderr)
        done = run("backup", "--data", daemon.data, "--to", self.directory / "b", check=False)
        self.assertIn("another tthcmon has it open", done.stderr)
        done = run("backup", check=False)
        self.assertIn("--data and --to", done.stderr)

    def test_a_failing_backup_is_told(self):
        blocked = self.directory / "backups"
        blocked.write_text("a file stands where the directory is to be")
        daemon = self.served()
        status = wait_for("a failure", lambda: (s := self.backups(daemon))["failure"] and s)
        self.assertIn("backups", status["failure"])
        self.assertEqual(1, self.metric(daemon, "tthc_backup_failing"))
        self.assertTrue(daemon.post("/api/v1/onestop", batch(0)).accepted)
        blocked.unlink()
        self.assertEqual(200, daemon.post("/api/v1/backups", b"").status)
        wait_for("a good one", lambda: self.backups(daemon)["backups"])
        wait_for("no failure", lambda: self.metric(daemon, "tthc_backup_failing") == 0)
        self.assertGreater(self.metric(daemon, "tthc_backup_timestamp_seconds"), 0)

    @staticmethod
    def metric(daemon, name):
        text = daemon.request("GET", "/metrics").body.decode()
        return float(next(line.split()[1] for line in text.splitlines()
                          if line.startswith(name + " ")))

    def test_the_key_goes_along_only_when_asked(self):
        daemon = self.served()
        self.assertTrue(daemon.post("/api/v1/onestop", batch(0)).accepted)
        wait_for("a checkpoint", lambda: daemon.get("/api/v1/checkpoints")["checkpoints"])
        self.backed_up(daemon)
        key = daemon.get("/api/v1/checkpoints")["key"]
        daemon.stop()
        self.assertFalse((self.folder / "audit-key.pem").exists())
        text, other = self.restored("without")
        self.assertIn("the signing key is not in the backup", text)
        self.assertIn(key, text)
        self.assertNotEqual(key, other.start().get("/api/v1/checkpoints")["key"])
        self.assertEqual([key], other.get("/api/v1/checkpoints")["former_keys"])
        run("backup", "--data", daemon.data, "--to", self.folder, "--with-key")
        self.assertEqual(0o600, (self.folder / "audit-key.pem").stat().st_mode & 0o777)
        text, third = self.restored("with")
        self.assertIn("the signing key came along", text)
        self.assertEqual(key, third.start().get("/api/v1/checkpoints")["key"])


@unittest.skipUnless(os.geteuid() == 0, "a small file system is mounted: needs root")
class FullDiskTest(Served):
    def setUp(self):
        super().setUp()
        self.small = self.directory / "daemon"
        self.small.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", self.small],
                                 capture_output=True, text=True, check=False)
        if mounted.returncode != 0:
            self.skipTest(f"a small file system cannot be mounted here: {mounted.stderr}")
        self.addCleanup(subprocess.run, ["umount", "-l", self.small], check=False)

    def fill(self):
        ballast = self.small / "ballast"
        with open(ballast, "ab", buffering=0) as out, self.assertRaises(OSError):
            for _ in itertools.count():
                out.write(b"\0" * 4096)
        return ballast

    def test_a_full_disk_is_no_crash_loop_and_no_loss(self):
        daemon = self.served(settings="free_space_floor_bytes = 1048576\n")
        for number in range(5):
            self.assertTrue(daemon.post("/api/v1/onestop", batch(number)).accepted)
        expected = self.figures(daemon)
        empty = self.directory / "mounted"
        empty.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", empty], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", empty], check=False)
        daemon.post("/api/v1/backups", b"")
        wait_for("a backup", lambda: self.backups(daemon)["backups"])
        done = run("restore", "--from", self.folder, "--data", empty, check=False)
        self.assertIn("is a mount point", done.stderr)
        # RocksDB gives back what it had set aside for a log once that is written as sorted runs.
        wait_for("a full disk", lambda: self.fill() and
                 daemon.request("GET", "/-/healthy").status == 503)
        refused = daemon.post("/api/v1/onestop", batch(5))
        self.assertEqual(503, refused.status)
        self.assertEqual(expected, self.figures(daemon))
        daemon.kill()
        for _ in range(3):                   # as a service manager would
            ballast = self.fill()
            daemon.start()
            answer = daemon.request("GET", "/-/healthy")
            self.assertEqual(503, answer.status)
            self.assertEqual(expected, self.figures(daemon))
            self.assertEqual(503, daemon.post("/api/v1/onestop", batch(5)).status)
            daemon.kill()
        ballast.unlink()
        daemon.start()
        answer = daemon.request("GET", "/-/healthy")
        self.assertEqual(200, answer.status, answer)
        self.assertEqual(expected, self.figures(daemon))
        self.assertTrue(daemon.post("/api/v1/onestop", batch(5)).accepted)


if __name__ == "__main__":
    harness.main()
