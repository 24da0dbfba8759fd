"""Damage to every kind of file of a store: noticed, told with the way out, never silently less.

A store with all kinds of files is killed and copied; each copy is damaged in one file (a flipped bit, a
cut, a missing file), by a seed that the failure names. Then it is started twice.
"""

import json
import os
import pathlib
import random
import shutil
import tempfile
import unittest

import harness
from harness import AcceptanceTest, dossier, envelope, progress, wait_for

SEED = int(os.environ.get("TTHC_DAMAGE_SEED", "20261126"))
ROUNDS = int(os.environ.get("TTHC_DAMAGE_ROUNDS", "3"))
DAMAGED = 4                      # exit code: it cannot be read, starting again changes nothing
CASES = 600
BATCH = 50
QUARTER = {"period": "2025-Q1", "rule": "form06"}
CONFIG = """
[store]
flush_statements = 1000
flush_seconds = 1
[audit]
checkpoint_seconds = 1
verify_records_per_second = 100000000
"""

KINDS = {                        # what a file's name says of it
    "sorted run": lambda name: name.endswith(".sst"),
    "write-ahead log": lambda name: name.endswith(".log"),
    "list of files": lambda name: name.startswith("MANIFEST-"),
    "pointer": lambda name: name == "CURRENT",
    "identity": lambda name: name == "IDENTITY",
    "options": lambda name: name.startswith("OPTIONS-"),
    "acknowledged": lambda name: name == "ACKNOWLEDGED",
    "signing key": lambda name: name == "audit-key.pem",
    "verifier key": lambda name: name == "audit-key.pem.pub",
}


def flip(r, path):
    data = bytearray(path.read_bytes())
    if not data:
        return None
    at = r.randrange(len(data))
    data[at] ^= 1 << r.randrange(8)
    path.write_bytes(data)
    return f"bit flipped in byte {at} of {len(data)}"


def cut(r, path):
    size = path.stat().st_size
    if not size:
        return None
    left = r.randrange(size)
    os.truncate(path, left)
    return f"cut from {size} to {left} bytes"


def remove(_, path):
    path.unlink()
    return "removed"


def overwrite(r, path):
    """A sector of zeros: what a disk gives back that lost a write."""
    data = bytearray(path.read_bytes())
    if len(data) < 64:
        return None
    at = r.randrange(0, len(data), 512)
    before = bytes(data[at:at + 512])
    data[at:at + 512] = bytes(len(before))
    path.write_bytes(data)
    return f"zeros from byte {at} of {len(data)}" if any(before) else None


def messages():
    r = random.Random(SEED)
    for first in range(0, CASES, BATCH):
        ids = [f"H34.23-250101-{number:05d}" for number in range(first, first + BATCH)]
        yield envelope("DongBoHoSoMC", [
            dossier(case_id, TrangThaiHoSo="2", NgayTiepNhan=f"202501{1 + number % 28:02d}080000",
                    NgayHenTra=f"202502{1 + number % 27:02d}170000")
            for number, case_id in enumerate(ids)])
        yield envelope("CapNhatTienDoHoSoMC", [
            progress(case_id, r.choice([4, 9]), "20250301090000") for case_id in ids
            if r.random() < 0.8])


class Damage(AcceptanceTest):
    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="tthc-damage-"))
        cls.addClassCleanup(shutil.rmtree, cls.root, ignore_errors=True)
        cls.config = cls.root / "tthcmon.toml"
        cls.config.write_text(CONFIG, "utf-8")
        daemon = harness.Daemon(cls.root, clock="2025-04-01T08:00:00+07:00", config=cls.config)
        cls.addClassCleanup(daemon.close)
        daemon.start()
        for number, message in enumerate(messages()):
            assert daemon.post("/api/v1/onestop", message).accepted
            if number in (8, 16):            # clean stops: sorted runs of all columns
                daemon.stop()
                daemon.start()
        cls.expected = cls.figures(daemon)   # recorded too: who read what
        daemon.stop()
        daemon.start()
        for message in messages():           # said before: nothing changes
            assert daemon.post("/api/v1/onestop", message).accepted
        assert daemon.post("/api/v1/onestop", envelope("DongBoHoSoMC", [
            dossier("H34.23-260101-00001", TrangThaiHoSo="1")])).accepted
        sealed = daemon.post("/api/v1/checkpoints", b"").json
        cls.records = daemon.get("/api/v1/checkpoints")["log_records"]
        assert sealed["records"] == cls.records
        daemon.kill()
        cls.store = daemon.data
        names = sorted(path.name for path in cls.store.iterdir())
        cls.files = {kind: [name for name in names if is_one(name)] for kind, is_one in KINDS.items()}

    @staticmethod
    def figures(daemon):
        """What is shown of the cases; None where the daemon says that it cannot read them."""
        summary = daemon.request("GET", "/api/v1/units/H34/summary", **QUARTER)
        cases = daemon.request("GET", "/api/v1/cases", unit="H34", limit=1000, **QUARTER)
        if summary.status != 200 or cases.status != 200:
            return None
        lines = cases.json["cases"]
        return {"summary": {key: summary.json[key] for key in ("received", "resolved", "pending")},
                "cases": sorted((line["case_id"], line["state"]) for line in lines)}

    def started(self, directory):
        """('refused', log) or ('serves', daemon)."""
        daemon = harness.Daemon(directory, clock="2025-04-01T09:00:00+07:00", config=self.config)
        self.addCleanup(daemon.close)
        daemon.launch()
        wait_for("ready or ended",
                 lambda: daemon.ready_line() or daemon.process.poll() is not None)
        if daemon.ready_line() is None:
            return "refused", (daemon.ended(), daemon.log())
        return "serves", daemon.connected()

    def check_refusal(self, what, code, log):
        self.assertEqual(DAMAGED, code, f"{what}\n{log[-1500:]}")
        self.assertIn("tthcmon restore", log.splitlines()[-1], what)

    def check_serving(self, what, daemon, is_sound):
        """Sound: all is there. Damaged: it comes to say so, whatever is asked of it."""
        if is_sound:
            self.assertEqual(self.expected, self.figures(daemon), what)
            self.assertEqual(200, daemon.request("GET", "/-/healthy").status, what)
            return
        answer = wait_for(f"not healthy: {what}",
                          lambda: (a := daemon.request("GET", "/-/healthy")).status != 200 and a)
        self.assertIn("damaged", answer.json["detail"], what)
        self.assertIn("tthcmon restore", answer.json["detail"], what)
        figures = self.figures(daemon)
        refused = daemon.post("/api/v1/onestop", next(messages()))
        self.assertEqual(503, refused.status, what)
        return figures

    def damage(self, kind, name, how, r):
        directory = self.root / "copy"
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir()
        shutil.copytree(self.store, directory / "data")
        done = how(r, directory / "data" / name)
        if done is None:
            return None, directory
        return f"seed {SEED}: {kind} {name}: {done}", directory

    def verdict(self, directory):
        """Whether the offline check finds the whole store, all records of it."""
        done = harness.run("verify", "--data", directory / "data", check=False)
        if done.returncode != 0:
            return False
        return done.stdout.startswith(f"good: {self.records} records")

    def test_every_kind_of_file(self):
        r = random.Random(SEED)
        outcomes = {}
        for kind, names in self.files.items():
            self.assertTrue(names, f"the store has no {kind}")
            for how in (flip, cut, remove, overwrite):
                for _ in range(ROUNDS):
                    what, directory = self.damage(kind, r.choice(names), how, r)
                    if what is None:
                        continue
                    outcome = self.one(what, directory)
                    outcomes.setdefault(kind, {}).setdefault(outcome, 0)
                    outcomes[kind][outcome] += 1
        print(json.dumps(outcomes, indent=1))
        for kind in ("sorted run", "write-ahead log", "list of files", "pointer"):
            noticed = sum(outcomes[kind].values()) - outcomes[kind].get("sound", 0)
            self.assertGreater(noticed, 0, kind)

    def one(self, what, directory):
        is_key = "signing key" in what
        # The verifier key is no part of the store: it is written anew at each start.
        sound = self.verdict(directory) or "verifier key" in what
        state, found = self.started(directory)
        if state == "refused":
            code, log = found
            if is_key:
                self.assertIn("audit-key.pem", log.splitlines()[-1], what)
            else:
                self.check_refusal(what, code, log)
            self.check_again(what, directory, is_key)
            return "refused"
        with self.subTest(what):
            self.check_serving(what, found, sound)
        found.kill()
        if sound:
            return "sound"
        self.check_again(what, directory, False)
        return "served for reading"

    def check_again(self, what, directory, is_key):
        """The damage is noted: a later start may refuse or serve for reading, and never goes on as if
        nothing had been."""
        again, found = self.started(directory)
        if again == "serves":
            self.check_serving(what, found, False)
            found.kill()
        elif not is_key:
            self.check_refusal(what, *found)


if __name__ == "__main__":
    unittest.main(verbosity=2)
