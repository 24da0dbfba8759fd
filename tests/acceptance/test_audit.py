"""What the log promises to an auditor: proofs that hold without the monitor, checkpoints that show
a rolled-back store, a kill that leaves nothing in doubt, keys that change.

Proofs and checkpoints are judged twice: by the monitor's own commands and by proofs.py.
"""

import base64
import copy
import datetime
import http.client
import itertools
import json
import random
import re
import shutil
import signal
import stat
import subprocess
import threading
import urllib.parse

from cryptography.hazmat.primitives.serialization import load_pem_private_key

import harness
import proofs
from harness import AcceptanceTest, dossier, envelope, progress, run, wait_for, write_lines

CLOCK = "2025-03-10T10:00:00+07:00"
SEED = 766
CHUNK = 256   # records that are sealed under one stored hash
RECEIVED = {"TrangThaiHoSo": "2", "NgayTiepNhan": "20250303080000",
            "NgayHenTra": "20250512170000"}   # far ahead: no alert is told, no claim recorded


def case_id(n):
    return f"H34.05-250303-{n:05d}"


def received(numbers, **fields):
    return [dossier(case_id(n), **{**RECEIVED, **fields}) for n in numbers]


def steps(numbers, minute):
    when = datetime.datetime(2025, 3, 4, 8) + datetime.timedelta(minutes=minute)
    return [progress(case_id(n), 4, when.strftime("%Y%m%d%H%M%S")) for n in numbers]


def seal(daemon):
    answer = daemon.post("/api/v1/checkpoints", b"")
    if answer.status != 200:
        raise AssertionError(f"no checkpoint: {answer}")
    return answer.json


def proof_of(daemon, case):
    answer = daemon.request("GET", f"/api/v1/cases/{urllib.parse.quote(case, safe='')}/proof")
    if answer.status != 200:
        raise AssertionError(f"no proof of {case}: {answer}")
    return answer.body


def key_of(daemon):
    return proofs.Key(daemon.get("/api/v1/checkpoints")["key"])


def checked(daemon):
    """What GET /checkpoints says once the check in the background has come to its end."""
    def ended():
        status = daemon.get("/api/v1/checkpoints")
        return status if status["verified_at"] or status["wrong"] else None
    return wait_for("the check to come to its end", ended)


def metric(daemon, name):
    text = daemon.request("GET", "/metrics").body.decode()
    return float(re.search(rf"^{name} (\S+)$", text, re.M)[1])


def note_leaf(access):
    """The leaf of a reading, from what is shown of it."""
    def compact(value):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    head = {k: access[k] for k in ("seq", "kind", "at")}
    text = compact({k: v for k, v in access.items() if k not in head})
    digest = proofs.base64_of(proofs.sha256(text.encode()))
    return compact(head | {"text": compact({"sha256": digest})}).encode()


class AuditTest(AcceptanceTest):
    def audited(self, name="daemon", start=True, **settings):
        """A daemon that writes its checkpoints to self.exported."""
        self.exported = self.directory / "witness"
        settings = {"checkpoint_dir": str(self.exported)} | settings
        config = self.directory / f"{name}.toml"
        config.write_text("[audit]\n" + "".join(f"{k} = {json.dumps(v)}\n"
                                                for k, v in settings.items()))
        return self.daemon(name, start=start, clock=CLOCK, clock_speed=0.001, config=config)

    def exported_files(self):
        return sorted(self.exported.glob("*.checkpoint"))

    def exported_notes(self):
        return [file.read_text("utf-8") for file in self.exported_files()]

    def verify(self, data, checkpoints=(), keys=(), options=()):
        arguments = [word for file in checkpoints for word in ("--checkpoint", file)]
        arguments += [word for key in keys for word in ("--key", key)]
        return run("verify", "--data", data, *arguments, *options, check=False)

    def assert_good(self, done, *said):
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertRegex(done.stdout, "^good: ")
        for text in said:
            self.assertIn(text, done.stdout)

    def assert_refused(self, done, reason):
        self.assertEqual(1, done.returncode, done.stdout)
        self.assertRegex(done.stderr, reason)

    def verify_proof(self, proof, *keys):
        arguments = [word for key in keys for word in ("--key", key.text)]
        file = self.directory / "proof.json"
        file.write_bytes(proof)
        return run("verify-proof", file, *arguments, check=False)

    def file_of(self, name, text):
        path = self.directory / name
        path.write_text(text, "utf-8")
        return path

    def leaves_of(self, daemon, keys, cases):
        """Every leaf of the log as the newest checkpoint has sealed it: of these cases, of readings,
        and of nothing else, or the test fails."""
        leaves = {}
        for case in cases:
            proven = proofs.check(proof_of(daemon, case), keys)
            leaves |= proven.leaves
        leaves |= {a["seq"]: note_leaf(a)
                   for a in daemon.get("/api/v1/accesses", limit=1000)["accesses"]
                   if a["seq"] < proven.checkpoint.size}
        self.assertEqual(list(range(len(leaves))), sorted(leaves))
        return [leaves[seq] for seq in range(len(leaves))]

    def check_history(self, notes, keys, leaves):
        """The checkpoints are of one log, which only grew, and it is this one."""
        sealed = sorted((proofs.checkpoint(note, keys) for note in notes), key=lambda c: c.number)
        hashes = [proofs.leaf_hash(leaf) for leaf in leaves]
        before = None
        for c in sealed:
            self.assertEqual(proofs.tree_hash(hashes[:c.size]), c.root, c.text)
            if before and before.number == c.number:
                self.assertEqual(before.text, c.text)
                continue
            self.assertEqual(before.number + 1 if before else 1, c.number)
            self.assertEqual(before.hash if before else proofs.NOTHING_BEFORE, c.previous)
            before = c
        self.assertEqual(len(leaves), sealed[-1].size)


class ProofTest(AuditTest):
    """A log of two checkpoints: the first ends with a chunk, so nothing hides in its rest."""
    CASES = 128

    def setUp(self):
        super().setUp()
        self.running = self.audited()
        self.running.onestop("DongBoHoSoMC", received(range(self.CASES)))
        self.running.onestop("CapNhatTienDoHoSoMC", steps(range(self.CASES), 0))
        self.older = seal(self.running)
        self.assertEqual(CHUNK, self.older["records"])
        self.running.onestop("CapNhatTienDoHoSoMC", steps(range(60), 1))
        # Whoever reads a proof goes on record: that may be before the next checkpoint.
        self.older_proof = proof_of(self.running, case_id(7))
        self.newer = seal(self.running)
        self.key = key_of(self.running)

    def proof(self, n):
        return proof_of(self.running, case_id(n))

    def test_every_statement_is_proved_and_none_withheld(self):
        """The proofs of all cases together are the whole log, byte for byte what was sealed."""
        leaves = self.leaves_of(self.running, [self.key], map(case_id, range(self.CASES)))
        self.assertEqual(self.newer["records"], len(leaves))
        self.check_history([self.older["note"], self.newer["note"]], [self.key], leaves)
        proven = proofs.check(self.proof(7), [self.key])
        self.assertEqual(case_id(7), proven.case)
        self.assertEqual(
            [("snapshot", "2025-05-12T17:00:00+07:00"), ("progress", None), ("progress", None)],
            [(s["kind"], s.get("due_at")) for s in proven.statements])
        self.assertEqual(self.CASES, proven.checkpoint.map_cases)
        done = self.verify_proof(self.proof(7), self.key)
        self.assert_good(done, f"case {case_id(7)} has 3 statements, and no other")
        # What it shows are the leaves themselves.
        self.assertEqual(proven.leaves, {json.loads(line)["seq"]: line.encode()
                                         for line in done.stdout.splitlines() if line[0] == "{"})

    def test_a_proof_rests_on_the_checkpoint_that_is_held(self):
        older, newer = (self.file_of(name, sealed["note"]) for name, sealed in
                        [("older.checkpoint", self.older), ("newer.checkpoint", self.newer)])
        proof = self.file_of("proof.json", self.proof(7).decode())
        command = ["verify-proof", proof, "--key", self.key.text, "--checkpoint"]
        self.assert_good(run(*command, newer, check=False))
        self.assert_refused(run(*command, older, check=False), "rests on another checkpoint")

    def test_a_case_behind_the_checkpoint_has_no_statement_in_it(self):
        self.running.onestop("DongBoHoSoMC", received([900]))
        proof = self.proof(900)
        self.assertEqual({}, proofs.check(proof, [self.key]).leaves)
        self.assert_good(self.verify_proof(proof, self.key), "has 0 statements")
        seal(self.running)
        self.assertEqual(1, len(proofs.check(self.proof(900), [self.key]).leaves))

    def test_a_number_that_json_must_escape_is_hashed_alike(self):
        case = 'H34.05/250303 "Đ\\1"'
        self.running.onestop("DongBoHoSoMC", [dossier(case, **RECEIVED)])
        seal(self.running)
        proof = proof_of(self.running, case)
        self.assertEqual(1, len(proofs.check(proof, [self.key]).leaves))
        self.assert_good(self.verify_proof(proof, self.key), f"case {case} has 1 statements")

    def mutations(self):
        """(what was done, the proof after it, what verify-proof says of it)"""
        good, other = (json.loads(self.proof(n)) for n in (7, 8))
        older_note, newer_note = self.older["note"], self.newer["note"]
        newer_text = newer_note.split("\n\n")[0]
        older_signature = older_note.split("\n\n")[1]

        def changed(change):
            proof = copy.deepcopy(good)
            change(proof)
            return json.dumps(proof, ensure_ascii=False).encode()

        def set_to(**members):
            return changed(lambda p: p.update(members))

        def edited(n, old, new):
            record = good["records"][n]
            self.assertIn(old, record["leaf"])
            return changed(lambda p: p["records"][n].update(leaf=record["leaf"].replace(old, new)))

        def leaves_swapped(p):
            first, second = p["records"][:2]
            first["leaf"], second["leaf"] = second["leaf"], first["leaf"]

        def bit_of_signature(note):
            head, signature = note.rstrip("\n").rsplit(" ", 1)
            data = bytearray(base64.b64decode(signature))
            data[20] ^= 1
            return f"{head} {proofs.base64_of(bytes(data))}\n"

        own = proofs.base64_of(proofs.sha256(b"tthc case\n", good["case"].encode()))
        not_in_log, withheld = "not in the log", "withheld or added"
        not_signed = "signed by none of the keys"
        yield "one statement dropped", changed(lambda p: p["records"].pop(1)), withheld
        yield "the last one dropped", changed(lambda p: p["records"].pop()), withheld
        yield "all dropped", set_to(records=[]), withheld
        yield "all dropped, and the case from its bucket", set_to(
            records=[], bucket=[e for e in good["bucket"] if e[0] != own]), "bucket is not that"
        yield "due date edited", edited(0, "2025-05-12", "2025-05-13"), not_in_log
        yield "own number edited", edited(0, '"seq":7,', '"seq":8,'), "another number"
        yield "two swapped", changed(lambda p: p["records"].reverse()), withheld
        yield "their texts swapped", changed(leaves_swapped), "another number"
        yield "one twice", changed(lambda p: p["records"].insert(0, p["records"][0])), withheld
        yield "a statement of another case added", changed(
            lambda p: p["records"].append(other["records"][0])), "of another case"
        yield "the same, renamed", changed(lambda p: p["records"].append(
            other["records"][0] | {"leaf": other["records"][0]["leaf"].replace(
                other["case"], good["case"])})), not_in_log
        yield "another case's proof under this number", json.dumps(
            other | {"case": good["case"]}).encode(), "of another case"
        yield "another case's bucket", set_to(
            bucket=other["bucket"], bucket_path=other["bucket_path"]), "bucket"
        yield "a path cut", changed(lambda p: p["records"][0]["path"].pop()), not_in_log
        yield "a path longer", changed(
            lambda p: p["records"][0]["path"].append(p["records"][0]["path"][0])), not_in_log
        yield "a path of another", changed(
            lambda p: p["records"][0].update(path=p["records"][1]["path"])), not_in_log
        yield "bucket in another order", changed(lambda p: p["bucket"].reverse()), "not in order"
        yield "bucket path cut", changed(lambda p: p["bucket_path"].pop()), "bucket is not that"
        yield "newer statements under an older checkpoint", set_to(
            checkpoint=older_note), not_in_log
        yield "an older checkpoint's signature under a newer root", set_to(
            checkpoint=f"{newer_text}\n\n{older_signature}"), not_signed
        yield "a bit of the signature", set_to(checkpoint=bit_of_signature(newer_note)), not_signed
        yield "no signature", set_to(checkpoint=newer_text + "\n"), "no signed note"
        yield "time of the checkpoint edited", set_to(
            checkpoint=newer_note.replace("\nat 2025", "\nat 2024")), not_signed
        yield "signed under another name", set_to(
            checkpoint=newer_note.replace("— tthc", "— mmmm")), not_signed
        yield "another format", set_to(format="tthc-case-proof-2"), "format"
        yield "no records", changed(lambda p: p.pop("records")), "missing"
        yield "no path", changed(lambda p: p["records"][0].pop("path")), "record 1"
        yield "half the file", self.proof(7)[:-len(self.proof(7)) // 2], "JSON"
        yield "an empty file", b"", "JSON"

    def test_tampered_proofs_are_refused(self):
        for what, proof, reason in self.mutations():
            with self.subTest(what):
                with self.assertRaises(proofs.Wrong):
                    proofs.check(proof, [self.key])
                self.assert_refused(self.verify_proof(proof, self.key), reason)

    def test_a_key_that_is_not_trusted_proves_nothing(self):
        stranger = self.audited("stranger")
        wrong_key = key_of(stranger)
        self.assertNotEqual(self.key.text, wrong_key.text)
        with self.assertRaises(proofs.Wrong):
            proofs.check(self.proof(7), [wrong_key])
        self.assert_refused(self.verify_proof(self.proof(7), wrong_key), "none of the keys given")
        self.assert_good(self.verify_proof(self.proof(7), wrong_key, self.key), self.key.text)
        damaged = self.key.text.replace(self.key.hex, wrong_key.hex)
        done = run("verify-proof", "-", "--key", damaged, stdin="{}", check=False)
        self.assert_refused(done, "neither a verifier key|damaged")

    def test_any_byte_changed_is_judged_alike(self):
        good, r = self.proof(7), random.Random(SEED)
        accepted = 0
        for _ in range(60):
            at, byte = r.randrange(len(good)), r.randrange(32, 127)
            proof = good[:at] + bytes([byte]) + good[at + 1:]
            try:
                proofs.check(proof, [self.key])
                holds = True
            except proofs.Wrong:
                holds = False
            accepted += holds
            done = self.verify_proof(proof, self.key)
            self.assertEqual(holds, done.returncode == 0, (at, chr(byte), done.stderr))
        self.assertLess(accepted, 5, "a changed byte may be the same byte, not more")

    def test_what_was_restated_is_still_there(self):
        """A due date moved after it had passed, and an end dated before the due date although it
        came late: the present state looks in time, the proof shows both versions."""
        case = case_id(901)
        self.running.onestop("DongBoHoSoMC", received([901], NgayHenTra="20250305170000"))
        self.running.onestop("DongBoHoSoMC", received([901], NgayHenTra="20250307170000"))
        self.running.onestop("DongBoHoSoMC", received(
            [901], NgayHenTra="20250307170000", TrangThaiHoSo="10",
            NgayKetThucXuLy="20250307160000", NgayTra="20250307160000"))
        seal(self.running)
        proof = self.proof(901)
        statements = proofs.check(proof, [self.key]).statements
        self.assertEqual(["2025-03-05", "2025-03-07", "2025-03-07"],
                         [s["due_at"][:10] for s in statements])
        self.assertEqual([None, None, "2025-03-07T16:00:00+07:00"],
                         [s.get("finished_at") for s in statements])
        # Each stands with the moment at which it was learned, not with the one that it claims.
        self.assertEqual({CLOCK[:10]}, {s["recorded"][:10] for s in statements})
        self.assert_good(self.verify_proof(proof, self.key), "has 3 statements", "2025-03-05T17:00")
        without_first = json.loads(proof)
        without_first["records"].pop(0)
        self.assert_refused(self.verify_proof(json.dumps(without_first).encode(), self.key),
                            "withheld")


class CheckpointTest(AuditTest):
    def test_checkpoints_are_made_and_exported_by_themselves(self):
        daemon = self.audited(checkpoint_seconds=1)
        self.assertEqual(409, daemon.post("/api/v1/checkpoints", b"").status)
        for n in range(2):
            daemon.onestop("DongBoHoSoMC", received(range(n * 200, n * 200 + 200)))
            wait_for("the exported checkpoint", lambda n=n: len(self.exported_files()) == n + 1)
        by_hand = seal(daemon)
        self.assertEqual((2, 400, 400),
                         (by_hand["number"], by_hand["records"], by_hand["cases"]), by_hand)
        listed = daemon.get("/api/v1/checkpoints")["checkpoints"]
        self.assertEqual([2, 1], [c["number"] for c in listed])
        self.assertEqual([c["note"] for c in reversed(listed)],
                         self.exported_notes())
        self.assertEqual([2], [c["number"] for c in daemon.get(
            "/api/v1/checkpoints", limit=1)["checkpoints"]])
        self.assertEqual(400, metric(daemon, "tthc_checkpoint_records"))
        self.assertEqual(0, metric(daemon, "tthc_checkpoint_export_failing"))
        keys = [key_of(daemon)]
        first, second = (proofs.checkpoint(c["note"], keys) for c in reversed(listed))
        self.assertEqual(first.hash, second.previous)
        self.assertEqual(0, daemon.stop())
        self.assert_good(self.verify(daemon.data, self.exported_files()),
                         "400 records, 2 checkpoints, 400 cases")

    def test_the_log_is_checked_in_the_background(self):
        daemon = self.audited()
        daemon.onestop("DongBoHoSoMC", received(range(600)))
        seal(daemon)
        daemon.onestop("CapNhatTienDoHoSoMC", steps(range(100), 0))
        daemon.stop()
        daemon.start()
        status = checked(daemon)
        self.assertEqual((700, 700, None), tuple(
            status[k] for k in ("verified_records", "log_records", "wrong")))
        self.assertEqual(700, metric(daemon, "tthc_log_verified_records"))
        self.assertEqual(0, metric(daemon, "tthc_log_wrong"))
        self.assertGreater(metric(daemon, "tthc_log_verified_timestamp_seconds"), 0)

    def test_the_newest_checkpoint_is_known_from_the_start_on(self):
        daemon = self.audited()
        daemon.onestop("DongBoHoSoMC", received(range(3)))
        seal(daemon)
        at = metric(daemon, "tthc_checkpoint_timestamp_seconds")
        self.assertGreater(at, 0)
        daemon.stop()
        daemon.start()
        self.assertEqual((3, at), (metric(daemon, "tthc_checkpoint_records"),
                                   metric(daemon, "tthc_checkpoint_timestamp_seconds")))

    def test_frequent_checkpoints_leave_time_for_the_check(self):
        daemon = self.audited(checkpoint_seconds=1)
        daemon.onestop("DongBoHoSoMC", received(range(3)))
        wait_for("the check to come to its end", lambda: daemon.get(
            "/api/v1/checkpoints")["verified_at"], seconds=20)

    def test_a_witness_that_cannot_be_reached_is_told(self):
        self.file_of("witness", "no directory")
        daemon = self.audited()
        daemon.onestop("DongBoHoSoMC", received(range(3)))
        seal(daemon)
        self.assertEqual(1, metric(daemon, "tthc_checkpoint_export_failing"))
        (self.directory / "witness").unlink()
        daemon.onestop("DongBoHoSoMC", received(range(3, 6)))
        seal(daemon)
        self.assertEqual(0, metric(daemon, "tthc_checkpoint_export_failing"))
        self.assertEqual(2, len(self.exported_files()), "what was missed is made up for")

    def test_a_repeat_that_arrived_earlier_leaves_what_was_sealed(self):
        """A sender's archive read in later holds statements of an earlier arrival than those that
        were sealed: the case goes by the earlier, the proof by what was recorded."""
        daemon = self.audited(start=False)

        def replayed(arrived_at):
            lines = daemon.directory / "messages.jsonl"
            write_lines(lines, [{**envelope("DongBoHoSoMC", received(range(20))),
                                 "arrived_at": arrived_at, "isUpdating": "True"}])
            run("replay", "--data", daemon.data, lines)

        replayed("2025-03-05T08:00:00+07:00")
        daemon.start()
        seal(daemon)
        daemon.stop()
        replayed("2025-03-04T08:00:00+07:00")
        with self.subTest("verify"):
            self.assert_good(self.verify(daemon.data, self.exported_files()), "40 records")
        daemon.start()
        keys = [key_of(daemon)]
        with self.subTest("proof by the older checkpoint"):
            self.assertEqual([0], list(proofs.check(proof_of(daemon, case_id(0)), keys).leaves))
        seal(daemon)
        with self.subTest("proof by the newer checkpoint"):
            self.assertEqual([0, 20], list(proofs.check(proof_of(daemon, case_id(0)), keys).leaves))


class RollbackTest(AuditTest):
    def rolled_back(self):
        """A daemon, not running, over an older copy of its store: the copy has the first of the two
        checkpoints that were exported."""
        daemon = self.audited()
        daemon.onestop("DongBoHoSoMC", received(range(300)))
        seal(daemon)
        daemon.stop()
        early = self.directory / "early"
        shutil.copytree(daemon.data, early)
        daemon.start()
        daemon.onestop("DongBoHoSoMC", received(range(300), NgayHenTra="20250612170000"))
        seal(daemon)
        daemon.stop()
        self.assert_good(self.verify(daemon.data, self.exported_files()), "600 records")
        shutil.rmtree(daemon.data)
        shutil.move(early, daemon.data)
        return daemon

    def test_an_older_copy_is_found_by_what_was_taken_off(self):
        daemon = self.rolled_back()
        # In itself such a copy is whole, and verify says what it cannot tell.
        self.assert_good(self.verify(daemon.data), "300 records, 1 checkpoints",
                         "cannot be told without --checkpoint")
        first, second = self.exported_files()
        self.assert_good(self.verify(daemon.data, [first]))
        self.assert_refused(self.verify(daemon.data, [first, second]),
                            "ends with record 299.*given as number 2 has sealed 600.*older copy")
        daemon.start()
        self.assertRegex(checked(daemon)["wrong"], "has sealed 600.*older copy")
        self.assertEqual(1, metric(daemon, "tthc_log_wrong"))

    def test_an_older_copy_that_went_on_is_another_history(self):
        daemon = self.rolled_back()
        daemon.start()
        for n in range(3):   # longer than the log that was lost, and sealed further
            daemon.onestop("DongBoHoSoMC", received(range(300), NgayHenTra=f"2025071{n}170000"))
            seal(daemon)
        daemon.stop()
        with self.subTest("verify"):
            self.assert_refused(self.verify(daemon.data, self.exported_files()),
                                "given as number 2")
        daemon.start()
        with self.subTest("in the background"):
            self.assertTrue(checked(daemon)["wrong"], "the lost history is forgotten")

    def test_a_checkpoint_of_another_store_is_named(self):
        daemon = self.rolled_back()
        other = self.audited("other")
        other.onestop("DongBoHoSoMC", received(range(3)))
        note = self.file_of("other.checkpoint", seal(other)["note"])
        keys = [daemon.data / "audit-key.pem.pub", other.data / "audit-key.pem.pub"]
        self.assert_refused(self.verify(daemon.data, [note], keys), "of another store")

    def test_a_checkpoint_that_was_edited_is_named(self):
        daemon = self.rolled_back()
        edited = self.file_of("edited.checkpoint", self.exported_files()[0].read_text(
            "utf-8").replace("\n300\n", "\n299\n"))
        self.assert_refused(self.verify(daemon.data, [edited]), "given as number 1 is not signed")


class Asking(threading.Thread):
    """Asks again and again until the daemon is gone or refuses; keeps what was answered."""

    def __init__(self, ask, on_answer):
        super().__init__(daemon=True)
        self.ask = ask
        self.on_answer = on_answer
        self.answers = []
        self.refused = None

    def run(self):
        try:
            while True:
                self.answers.append(self.ask())
                self.on_answer()
        except (OSError, http.client.HTTPException):
            pass   # killed: this one counts as not answered
        except AssertionError as refused:
            self.refused = refused


class KillTest(AuditTest):
    CASES = 80
    ROUNDS = 10
    BATCH = 12

    def test_killed_while_it_records_and_seals(self):
        r = random.Random(SEED)
        daemon = self.audited()
        daemon.onestop("DongBoHoSoMC", received(range(self.CASES)))
        notes, recorded, minutes = set(), self.CASES, itertools.count()

        def send():
            daemon.onestop("CapNhatTienDoHoSoMC",
                           steps(r.sample(range(self.CASES), self.BATCH), next(minutes)))

        for _ in range(self.ROUNDS):
            # Whoever gets the decisive answer kills: the other one waits for an answer meanwhile.
            answers, decisive = itertools.count(1), r.randrange(4, 30)

            def one_more(answers=answers, decisive=decisive):
                if next(answers) == decisive:
                    daemon.process.kill()

            askers = [Asking(send, one_more), Asking(lambda: seal(daemon)["note"], one_more)]
            for asker in askers:
                asker.start()
            for asker in askers:
                asker.join(harness.REQUEST_SECONDS)
                self.assertFalse(asker.is_alive())
                self.assertIsNone(asker.refused)
            daemon.kill()
            notes |= {*askers[1].answers, *self.exported_notes()}
            done = self.verify(daemon.data, [self.file_of(f"{n}.checkpoint", note)
                                             for n, note in enumerate(sorted(notes))])
            self.assert_good(done)
            there = int(re.match(r"good: (\d+) records", done.stdout)[1])
            # All that was answered, and of what was not, all of it or nothing.
            answered = recorded + self.BATCH * len(askers[0].answers)
            self.assertIn(there, (answered, answered + self.BATCH))
            recorded = there
            daemon.start()
        seal(daemon)
        keys = [key_of(daemon)]
        leaves = self.leaves_of(daemon, keys, map(case_id, range(self.CASES)))
        self.assertEqual(recorded, len(leaves))
        self.assertGreater(len(self.exported_notes()), self.ROUNDS)
        self.check_history([*notes, *self.exported_notes()], keys, leaves)


class KeyTest(AuditTest):
    def test_a_new_key_and_the_old_one_each_vouch_for_their_own(self):
        one, two = self.directory / "one.pem", self.directory / "two.pem"
        daemon = self.audited(key_file=str(one))
        daemon.onestop("DongBoHoSoMC", received(range(30)))
        first, old = seal(daemon), key_of(daemon)
        first_proof = proof_of(daemon, case_id(7))
        daemon.stop()
        self.audited(start=False, key_file=str(two))
        daemon.start()
        new = key_of(daemon)
        self.assertEqual((old.name, False), (new.name, old.id == new.id))
        daemon.onestop("DongBoHoSoMC", received(range(30, 60)))
        second = seal(daemon)
        second_proof = proof_of(daemon, case_id(7))
        daemon.stop()
        for note, proof, signer, stranger in [(first["note"], first_proof, old, new),
                                              (second["note"], second_proof, new, old)]:
            self.assertEqual(note, json.loads(proof)["checkpoint"])
            proofs.check(proof, [signer])
            with self.assertRaises(proofs.Wrong):
                proofs.checkpoint(note, [stranger])
            self.assert_good(self.verify_proof(proof, signer))
            self.assert_good(self.verify_proof(proof, stranger, signer), f"signed by {signer.text}")
            self.assert_refused(self.verify_proof(proof, stranger), "none of the keys")
        self.assert_good(self.verify(daemon.data, self.exported_files(), [old.text, new.text]),
                         "2 checkpoints, 60 cases")
        # A file of a key does as well as its text.
        self.assert_good(self.verify(daemon.data, keys=[f"{one}.pub", f"{two}.pub"]))
        for missing, given in [(old, new), (new, old)]:
            self.assert_refused(self.verify(daemon.data, keys=[given.text]),
                                re.escape(f"it names {missing.name}+{missing.hex}"))

    def test_a_rotated_key_is_no_damage_to_the_log(self):
        daemon = self.audited(key_file=str(self.directory / "one.pem"))
        daemon.onestop("DongBoHoSoMC", received(range(30)))
        seal(daemon)
        daemon.stop()
        self.audited(start=False, key_file=str(self.directory / "two.pem"))
        daemon.start()
        self.assertEqual((None, 0), (checked(daemon)["wrong"], metric(daemon, "tthc_log_wrong")))

    def test_a_lost_key_is_said(self):
        daemon = self.audited()
        daemon.onestop("DongBoHoSoMC", received(range(30)))
        seal(daemon)
        old = key_of(daemon)
        daemon.stop()
        (daemon.data / "audit-key.pem").unlink()
        daemon.start()
        new = key_of(daemon)
        self.assertNotEqual(old.id, new.id)
        daemon.stop()
        self.assert_refused(self.verify(daemon.data),
                            re.escape(f"it names {old.name}+{old.hex}"))
        self.assert_good(self.verify(daemon.data, keys=[old.text, new.text]))
        (daemon.data / "audit-key.pem").write_text("-----BEGIN PRIVATE KEY-----\n")
        done = run("serve", "--data", daemon.data, "--listen", "127.0.0.1:0", "--auth", "off",
                   check=False)
        self.assertNotEqual(0, done.returncode)
        self.assertRegex(done.stdout + done.stderr, "signing key .*audit-key.pem is no PEM")

    def test_nobody_else_reads_the_key(self):
        key = self.directory / "signing.pem"
        self.audited(key_file=str(key))
        self.assertEqual(0o600, stat.S_IMODE(key.stat().st_mode))

    def test_a_key_that_everybody_may_read_signs_nothing(self):
        daemon = self.audited()
        daemon.stop()
        key = daemon.data / "audit-key.pem"
        key.chmod(0o644)
        daemon.launch()
        self.assertNotEqual(0, daemon.ended())
        self.assertIn(f"the signing key: {key} can be read by everybody on this machine "
                      f"(mode 0644): chmod o= {key}", daemon.log())
        key.chmod(0o640)
        daemon.start()

    def test_what_an_interrupted_start_left_opens_no_key(self):
        key = self.directory / "signing.pem"
        self.file_of("signing.pem.new", "").chmod(0o644)
        self.audited(key_file=str(key))
        self.assertEqual(0o600, stat.S_IMODE(key.stat().st_mode))


class ResumeTest(AuditTest):
    def test_an_interrupted_check_goes_on(self):
        cases, batch = 30_000, 1_000
        daemon = self.audited(start=False)
        lines = daemon.directory / "messages.jsonl"
        write_lines(lines, [
            {**envelope(service, records), "isUpdating": "True",
             "arrived_at": f"2025-03-06T{8 + hour:02d}:{first // batch:02d}:00+07:00"}
            for hour, service, make in [(0, "DongBoHoSoMC", received),
                                        (1, "CapNhatTienDoHoSoMC", lambda n: steps(n, 0))]
            for first in range(0, cases, batch) for records in [make(range(first, first + batch))]])
        run("replay", "--data", daemon.data, lines)
        daemon.start()
        note = self.file_of("held.checkpoint", seal(daemon)["note"])
        daemon.stop()
        state = self.directory / "verify.state"
        command = ["verify", "--data", daemon.data, "--checkpoint", note, "--resume", state]
        reached = []
        while not reached or reached[-1] < 2 * cases:
            told = re.search(r"interrupted after (\d+) records; the same command goes on",
                             self.interrupted(command))
            if not told:
                break   # it was done sooner
            reached.append(int(told[1]))
            self.assertTrue(state.exists())
            self.assertEqual(sorted(reached), reached)
            self.assertLess(len(reached), 100, reached)
        # The comparison of the cases comes behind the log and is begun anew each time.
        self.assertGreater(len({n for n in reached if CHUNK < n < 2 * cases}), 1, reached)
        self.assert_good(run(*command), f"{2 * cases} records, 1 checkpoints, {cases} cases")
        self.assertFalse(state.exists(), "a check that has ended is begun anew")

    @staticmethod
    def interrupted(arguments):
        """Runs it and sends SIGINT once it has had a moment of processor time; what it says."""
        child = subprocess.Popen([harness.TTHCMON, *map(str, arguments)], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True, encoding="utf-8")

        def proc(name):
            with open(f"/proc/{child.pid}/{name}", encoding="utf-8") as file:
                return file.read()

        def catches():
            caught = int(re.search(r"SigCgt:\s*(\S+)", proc("status"))[1], 16)
            return child.poll() is not None or caught >> (signal.SIGINT - 1) & 1

        def ticks():
            return sum(map(int, proc("stat").rpartition(")")[2].split()[11:13]))

        wait_for("a handler of SIGINT", catches)
        if child.poll() is None:
            begun = ticks()
            wait_for("some work", lambda: child.poll() is not None or ticks() >= begun + 5)
            child.send_signal(signal.SIGINT)
        return child.communicate(timeout=harness.COMMAND_SECONDS)[1]


class StateTest(AuditTest):
    """A kept state of `verify --resume` is believed as far as it must be, and no further."""

    def stored(self, *sizes):
        """A store with checkpoints of these sizes, not running; the root of its first chunk."""
        daemon = self.audited()
        before = 0
        for size in sizes:
            daemon.onestop("DongBoHoSoMC", received(range(before, size)))
            seal(daemon)
            before = size
        self.key = key_of(daemon)
        # Reading the leaves goes on record, so the store is taken before.
        self.assertEqual(0, daemon.stop())
        taken = self.directory / "taken"
        shutil.copytree(daemon.data, taken)
        daemon.start()
        leaves = self.leaves_of(daemon, [self.key], map(case_id, range(sizes[-1])))
        self.assertEqual(0, daemon.stop())
        return taken, proofs.tree_hash([proofs.leaf_hash(leaf) for leaf in leaves[:CHUNK]])

    def resumed(self, data, chunk, checkpoints=()):
        """Goes on behind the first chunk, which was held against the first checkpoint."""
        met = proofs.base64_of(proofs.sha256(self.exported_notes()[0].encode()))
        state = self.file_of("verify.state",
                             f"tthc-verify-1 1 {proofs.base64_of(chunk)} met {met}\n")
        return self.verify(data, checkpoints, options=["--resume", state])

    def test_it_goes_on_from_the_chunks_that_were_checked(self):
        data, chunk = self.stored(200, 300)
        self.assert_good(self.resumed(data, chunk, self.exported_files()),
                         "300 records, 2 checkpoints, 300 cases")
        # Another state leads to another root: it is what the check goes on from.
        self.assert_refused(self.resumed(data, proofs.sha256(b"another")),
                            "not those that checkpoint 2 has sealed")
        state = self.file_of("verify.state", "tthc-verify-1 3 AAAA\n")
        self.assert_refused(self.verify(data, options=["--resume", state]), "no state of a check")

    def test_a_checkpoint_may_end_where_the_state_does(self):
        data, chunk = self.stored(CHUNK, 300)
        self.assert_good(self.verify(data))
        self.assert_good(self.resumed(data, chunk), "300 records, 2 checkpoints")

    def test_a_log_that_became_shorter_meanwhile_is_not_good(self):
        data, chunk = self.stored(200)
        first = self.exported_files()
        for checkpoints in ([], first):
            with self.subTest(checkpoints=len(checkpoints)):
                done = self.resumed(data, chunk, checkpoints)
                self.assertNotEqual(0, done.returncode, done.stdout)

    def test_a_checkpoint_given_later_is_held_against_all(self):
        """Of the same key, but of another log: what a fork of the store would have sealed."""
        data, chunk = self.stored(200, 300)
        first = proofs.checkpoint(self.exported_notes()[0], [self.key])
        text = first.text.replace(proofs.base64_of(first.root),
                                  proofs.base64_of(proofs.sha256(b"fork")))
        signer = load_pem_private_key((data / "audit-key.pem").read_bytes(), None)
        signature = proofs.base64_of(self.key.id + signer.sign(text.encode()))
        fork = self.file_of("fork.checkpoint", f"{text}\n— {self.key.name} {signature}\n")
        said = "not those that the checkpoint given as number 1 has sealed"
        self.assert_refused(self.verify(data, [fork]), said)
        self.assert_refused(self.resumed(data, chunk, [fork]), said)


if __name__ == "__main__":
    harness.main()
