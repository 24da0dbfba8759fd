"""The command line: help, settings files with mistakes, the same seed, published scores."""

import gzip
import json
import socket

import harness
from harness import TESTDATA, AcceptanceTest, dossier, run

COMMANDS = ("serve", "demo", "replay", "import", "register", "report", "close-period", "score",
            "timeline", "check-config")
CASE = "H34.05-250110-00001"


def message(case_id=CASE, **fields):
    return {"service": "DongBoHoSoMC", "arrived_at": "2025-01-10T08:31:00+07:00",
            "isUpdating": "True", "data": [dossier(case_id, **{
                "TrangThaiHoSo": "2", "NgayTiepNhan": "20250110083000",
                "NgayHenTra": "20250120170000", **fields})]}


class HelpTest(AcceptanceTest):
    def test_help(self):
        overview = run("--help").stdout
        for command in COMMANDS:
            self.assertIn(command, overview)
            text = run(command, "--help").stdout
            self.assertIn(command, text)
            self.assertGreater(len(text.splitlines()), 3, text)

    def test_mistakes_are_answered(self):
        for arguments, said in [((), "command"), (("observe",), "observe"),
                                (("serve",), "--data"),
                                (("serve", "--data", self.directory / "d", "--speed"), "--speed"),
                                (("demo", "hanoi-2030"), "hanoi-2030")]:
            with self.subTest(arguments):
                done = run(*arguments, check=False)
                self.assertNotEqual(0, done.returncode)
                self.assertIn(said, done.stdout + done.stderr)


class ConfigTest(AcceptanceTest):
    # (text of the file, line of the mistake, what the answer must say)
    BAD = [
        ("[limits]\nbody_bytes = 0\n", 2, ("limits.body_bytes", "1024")),
        ("[limits]\n\nbody_bytes = \"big\"\n", 3, ("limits.body_bytes", "integer")),
        ("[limits]\nbody_byte = 4096\n", 2, ("limits.body_byte", "unknown")),
        ("[limit]\nbody_bytes = 4096\n", 1, ("limit",)),
        ("[alerts]\ndue_soon_working_minutes = 4.5\n", 2, ("due_soon_working_minutes",)),
        ("[server]\nlisten = 8766\n", 2, ("server.listen",)),
        ("[server]\nlisten = \"127.0.0.1:8766\"\nlisten = \"127.0.0.1:1\"\n", 3, ()),
        ("[[sender]]\nid = \"a\"\nprofile = \"fax\"\n", 3, ("profile", "fax")),
        ("[limits\n", 1, ()),
        ("[units]\nfiles = [\"nowhere.toml\"]\n", None, ("nowhere.toml",)),
    ]

    def test_every_mistake_has_its_line_and_reason(self):
        for number, (text, line, words) in enumerate(self.BAD):
            with self.subTest(text):
                path = self.directory / f"bad{number}.toml"
                path.write_text(text)
                done = run("check-config", path, check=False)
                said = done.stdout + done.stderr
                self.assertNotEqual(0, done.returncode)
                if line:
                    self.assertIn(f"{path}:{line}", said)
                for word in words:
                    self.assertIn(word, said)
                served = run("serve", "--config", path, "--data", self.directory / "d",
                             "--listen", "127.0.0.1:0", "--auth", "off", check=False)
                self.assertNotEqual(0, served.returncode)

    def test_all_mistakes_at_once(self):
        path = self.directory / "two.toml"
        path.write_text("[limits]\nbody_bytes = 0\nconnections = 0\n")
        said = run("check-config", path, check=False)
        for line in (2, 3):
            self.assertIn(f"{path}:{line}", said.stdout + said.stderr)

    def test_good_file(self):
        path = self.directory / "good.toml"
        path.write_text("[limits]\nbody_bytes = 4096\n")
        run("check-config", path)

    def test_missing_file(self):
        done = run("check-config", self.directory / "none.toml", check=False)
        self.assertNotEqual(0, done.returncode)
        self.assertIn("none.toml", done.stdout + done.stderr)


class DemoTest(AcceptanceTest):
    def test_same_seed_same_bytes(self):
        paths = [self.directory / name for name in "abc"]
        for path, seed in zip(paths, (11, 11, 12)):
            run("demo", "kontum-2025q1", "--seed", seed, "--out", path)
        a, b, c = (path.read_bytes() for path in paths)
        self.assertTrue(a == b, "the same seed gave other bytes")
        self.assertFalse(a == c, "another seed gave the same bytes")
        for line in a.splitlines()[:1000]:
            item = json.loads(line)
            self.assertIn(item["service"], ("DongBoHoSoMC", "CapNhatTienDoHoSoMC"))
            self.assertTrue(item["arrived_at"].endswith("+07:00"))
            self.assertTrue(item["data"])


class ScoreTest(AcceptanceTest):
    def test_published_records_to_the_cent(self):
        path = TESTDATA / "qd766_vectors.jsonl"
        vectors = [json.loads(line) for line in path.read_text().splitlines()]
        self.assertEqual(40, len(vectors))
        answers = [json.loads(line) for line in run("score", path).stdout.splitlines()]
        piped = [json.loads(line) for line in
                 run("score", stdin=path.read_text()).stdout.splitlines()]
        self.assertEqual(answers, piped)
        self.assertEqual(len(vectors), len(answers))
        wrong = []
        for vector, answer in zip(vectors, answers):
            for kind, actual in (("components", answer["components"]),
                                 ("group", answer["groups"])):
                for name, points in vector["expected"][kind].items():
                    got = actual[name]
                    same = got is None if points is None else (
                        got is not None and round(got * 100) == round(points * 100)
                        and abs(got * 100 - round(got * 100)) < 1e-6)
                    if not same:
                        wrong.append((vector["name"], name, points, got))
        self.assertEqual([], wrong)

    def test_bad_lines_name_their_place(self):
        for text in ('{"level":"province"', '{"level":"galaxy","counts":{}}',
                     '{"level":"province","counts":{"TDGQ.1":[1]}}',
                     '{"level":"province","counts":{"XXXX.1":[1,2]}}',
                     '{"level":"province","counts":{"TDGQ.1":[3,2]}}',
                     '{"level":"province","counts":{"TDGQ.1":[-1,2]}}'):
            with self.subTest(text):
                good = '{"level":"province","counts":{"TDGQ.1":[1,2]}}\n'
                done = run("score", stdin=good + text + "\n", check=False)
                self.assertNotEqual(0, done.returncode)
                self.assertRegex(done.stdout + done.stderr, r"(line |:)2\b")


class StoreCommandsTest(AcceptanceTest):
    def setUp(self):
        super().setUp()
        self.data = self.directory / "data"
        self.lines = self.directory / "lines.jsonl"
        harness.write_lines(self.lines, [message()])

    def test_timeline(self):
        run("replay", "--data", self.data, self.lines)
        text = run("timeline", CASE, "--data", self.data).stdout
        self.assertIn(CASE, text)
        self.assertIn("Được tiếp nhận", text)
        done = run("timeline", "H34.05-250110-99999", "--data", self.data, check=False)
        self.assertNotEqual(0, done.returncode)
        self.assertIn("H34.05-250110-99999", done.stdout + done.stderr)

    def test_commands_that_read_do_not_make_a_store(self):
        done = run("timeline", CASE, "--data", self.directory / "nowhere", check=False)
        self.assertNotEqual(0, done.returncode)
        self.assertFalse((self.directory / "nowhere").exists())

    def test_replay_names_the_line_at_fault(self):
        for bad in ("{", '{"service":"DongBoHoSoMC","data":[]}',
                    '{"service":"DongBoHoSoMC","arrived_at":"yesterday","data":[]}'):
            with self.subTest(bad):
                self.lines.write_text(json.dumps(message()) + "\n" + bad + "\n")
                done = run("replay", "--data", self.data, self.lines, check=False)
                self.assertNotEqual(0, done.returncode)
                self.assertRegex(done.stdout + done.stderr, r"lines\.jsonl:2\b")

    def test_missing_file(self):
        done = run("replay", "--data", self.data, self.directory / "none.jsonl", check=False)
        self.assertNotEqual(0, done.returncode)
        self.assertIn("none.jsonl", done.stdout + done.stderr)

    def test_one_process_per_store(self):
        daemon = self.daemon(clock="2025-01-11T00:00:00+07:00")
        done = run("replay", "--data", daemon.data, self.lines, check=False)
        self.assertNotEqual(0, done.returncode)
        self.assertIn("another tthcmon", done.stdout + done.stderr)
        self.assertEqual(200, daemon.request("GET", "/-/ready").status)

    def test_import_reports_what_it_cannot_read(self):
        mapping = harness.SOURCE_DIR / "ingest" / "source" / "mappings" / "boston311.toml"
        table = self.directory / "cut.csv.gz"
        table.write_bytes(gzip.compress(b"CASE_ENQUIRY_ID,OPEN_DT\n1,2\n")[:-9])
        for path in (table, self.directory / "none.csv"):
            done = run("import", "--data", self.data, "--mapping", mapping, path, check=False)
            self.assertNotEqual(0, done.returncode)
            self.assertIn(path.name, done.stdout + done.stderr)


class ServeTest(AcceptanceTest):
    def serve(self, listen, *arguments):
        return run("serve", "--data", self.directory / "data", "--listen", listen, *arguments,
                   check=False, seconds=harness.READY_SECONDS)

    def test_auth_off_only_on_loopback(self):
        for listen in ("0.0.0.0:0", "[::]:0"):
            done = self.serve(listen, "--auth", "off")
            self.assertNotEqual(0, done.returncode)
            self.assertIn("loopback", done.stdout + done.stderr)

    def test_no_token_file_and_auth_on(self):
        done = self.serve("127.0.0.1:0")
        self.assertNotEqual(0, done.returncode)
        self.assertIn("access.token_file", done.stdout + done.stderr)

    def test_port_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            done = self.serve(f"127.0.0.1:{port}", "--auth", "off")
        self.assertNotEqual(0, done.returncode)
        self.assertIn(str(port), done.stdout + done.stderr)

    def test_listen_address_and_clock_that_are_none(self):
        for listen, clock in (("nowhere", "2025-01-11T00:00:00+07:00"),
                              ("127.0.0.1:99999", "2025-01-11T00:00:00+07:00"),
                              ("127.0.0.1:0", "tomorrow")):
            done = self.serve(listen, "--auth", "off", "--clock", clock)
            self.assertNotEqual(0, done.returncode)
            self.assertTrue(done.stdout + done.stderr)

    def test_data_directory_that_cannot_be(self):
        blocked = self.directory / "file"
        blocked.write_text("")
        done = run("serve", "--data", blocked / "data", "--listen", "127.0.0.1:0", "--auth", "off",
                   check=False)
        self.assertNotEqual(0, done.returncode)
        self.assertIn(str(blocked), done.stdout + done.stderr)


if __name__ == "__main__":
    harness.main()
