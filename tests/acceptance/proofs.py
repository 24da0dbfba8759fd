"""Reads case proofs and checkpoints as an auditor would: from what is written about their form
(RFC 6962 section 2.1, C2SP signed-note and tlog-checkpoint, the case map), with nothing of the
monitor. Where this and `tthcmon verify-proof` disagree, one of them is wrong.
"""

import base64
import binascii
import dataclasses
import hashlib
import json
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519 = b"\x01"
NOTHING_BEFORE = bytes(32)


class Wrong(Exception):
    """It shows nothing, and why."""


def demand(holds, what):
    if not holds:
        raise Wrong(what)


# --- hashes

def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def leaf_hash(data):
    return sha256(b"\x00", data)


def node_hash(left, right):
    return sha256(b"\x01", left, right)


def split_of(size):
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def tree_hash(leaves):
    """Of hashes of leaves."""
    if not leaves:
        return sha256()
    if len(leaves) == 1:
        return leaves[0]
    split = split_of(len(leaves))
    return node_hash(tree_hash(leaves[:split]), tree_hash(leaves[split:]))


def root_by(path, leaf, index, size):
    """What the root of a tree of that size must be; the path goes from the leaf upwards."""
    demand(0 <= index < size, f"place {index} in a tree of {size}")
    if size == 1:
        demand(not path, "the path is too long")
        return leaf
    demand(path, "the path is too short")
    split = split_of(size)
    if index < split:
        return node_hash(root_by(path[:-1], leaf, index, split), path[-1])
    return node_hash(path[-1], root_by(path[:-1], leaf, index - split, size - split))


# --- forms

def unbase64(text, size=None):
    demand(isinstance(text, str), "no base64")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Wrong(f"base64: {error}") from error
    # Else one proof could be written in several ways.
    demand(base64.b64encode(data).decode() == text, "base64 is not written in its one way")
    demand(size is None or len(data) == size, "a hash of another length")
    return data


def base64_of(data):
    return base64.b64encode(data).decode()


def number(text):
    demand(re.fullmatch(r"0|[1-9][0-9]*", text), f"{text!r} is no number")
    return int(text)


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


# --- signed notes

class Key:
    def __init__(self, text):
        self.text = text.strip()
        self.name, self.hex, key = self.text.split("+", 2)
        data = unbase64(key, 33)
        demand(data[:1] == ED25519, "a key of another kind")
        self.id = sha256(self.name.encode(), b"\n", data)[:4]
        demand(self.id.hex() == self.hex, "the key id is not that of the key")
        self.public = Ed25519PublicKey.from_public_bytes(data[1:])

    def signed(self, text, signature):
        try:
            self.public.verify(signature, text)
        except InvalidSignature:
            return False
        return True


def note_text(note, keys):
    """The text that one of the keys has signed."""
    text, mark, signatures = note.rpartition("\n\n")
    demand(mark and signatures.endswith("\n"), "no signed note")
    text += "\n"
    for line in signatures[:-1].split("\n"):
        signature = re.fullmatch(r"— ([^\s+]+) (\S+)", line)
        demand(signature, "a signature line that is none")
        data = unbase64(signature[2], 4 + 64)
        if any(key.name == signature[1] and key.id == data[:4] and
               key.signed(text.encode(), data[4:]) for key in keys):
            return text
    raise Wrong("signed by none of the keys")


@dataclasses.dataclass
class Checkpoint:
    text: str
    origin: str
    size: int
    root: bytes
    chain: bytes
    map_bits: int
    map_cases: int
    map_root: bytes
    recorded: str
    at: str
    number: int
    previous: bytes

    @property
    def hash(self):
        """What the next one has as `previous`."""
        return sha256(self.text.encode())


def checkpoint(note, keys):
    text = note_text(note, keys)
    lines = text[:-1].split("\n")
    words = ["chain", "map", "recorded", "at", "number", "previous"]
    demand(len(lines) == 3 + len(words), "lines of the checkpoint")
    origin, size, root = lines[:3]
    rest = []
    for word, line in zip(words, lines[3:]):
        demand(line.startswith(word + " "), f"line {word} of the checkpoint")
        rest.append(line[len(word) + 1:])
    case_map = rest[1].split(" ")
    demand(len(case_map) == 3, "line map of the checkpoint")
    return Checkpoint(text, origin, number(size), unbase64(root, 32), unbase64(rest[0], 32),
                      number(case_map[0]), number(case_map[1]), unbase64(case_map[2], 32), rest[2],
                      rest[3], number(rest[4]), unbase64(rest[5], 32))


# --- proofs of cases

@dataclasses.dataclass
class Proven:
    case: str
    checkpoint: Checkpoint
    leaves: dict      # number of the record -> its bytes

    @property
    def statements(self):
        return [json.loads(leaf) for _, leaf in sorted(self.leaves.items())]


def json_of(text):
    try:
        return json.loads(text)
    except ValueError as error:   # of UTF-8 too
        raise Wrong(f"no JSON: {error}") from error


def member(of, name, kind):
    demand(isinstance(of, dict), "no JSON object")
    value = of.get(name)
    demand(type(value) is kind, f"{name} is missing")   # a bool is no number here
    return value


def check(text, keys):
    """What the proof (bytes) shows to whoever trusts one of the keys; raises Wrong."""
    try:
        return check_proof(json_of(text.decode()), keys)
    except UnicodeError as error:   # also a half of a surrogate pair, which JSON can spell
        raise Wrong(f"no Unicode: {error}") from error


def check_proof(proof, keys):
    demand(member(proof, "format", str) == "tthc-case-proof-1", "another format")
    case = member(proof, "case", str)
    c = checkpoint(member(proof, "checkpoint", str), keys)
    leaves = {}
    for record in member(proof, "records", list):
        seq, leaf = member(record, "seq", int), member(record, "leaf", str).encode()
        said = json_of(leaf)
        demand(member(said, "case", str) == case, f"record {seq} is of another case")
        demand(member(said, "seq", int) == seq, f"record {seq} has another number")
        path = [unbase64(h, 32) for h in member(record, "path", list)]
        root = root_by(path, leaf_hash(leaf), seq, c.size)
        demand(root == c.root, f"record {seq} is not in the log")
        demand(not leaves or seq > max(leaves), "records out of order")
        leaves[seq] = leaf
    check_none_withheld(proof, case, list(leaves), c)
    return Proven(case, c, leaves)


def check_none_withheld(proof, case, seqs, c):
    def bucket_of(key):
        return int.from_bytes(key, "big") >> (256 - c.map_bits)

    own = sha256(b"tthc case\n", case.encode())
    entries = []
    for entry in member(proof, "bucket", list):
        demand(type(entry) is list and len(entry) == 2, "an entry of the bucket")
        entries.append([unbase64(h, 32) for h in entry])
    keys = [key for key, _ in entries]
    demand(keys == sorted(set(keys)), "the bucket is not in order")
    demand(all(bucket_of(key) == bucket_of(own) for key in keys), "a case of another bucket")
    path = [unbase64(h, 32) for h in member(proof, "bucket_path", list)]
    bucket = tree_hash([leaf_hash(key + leaf) for key, leaf in entries])
    demand(root_by(path, bucket, bucket_of(own), 1 << c.map_bits) == c.map_root,
           "the bucket is not that of the checkpoint")
    expected = leaf_hash(compact({"case": case, "seqs": seqs})) if seqs else None
    demand(dict(entries).get(own) == expected, "statements are withheld or added")
