"""Side registers over HTTP and on the command line: every register's good and bad rows with line,
field and reason, idempotence, versions, what was known when, crashes."""

import csv
import io
import json
import urllib.parse

import harness
from harness import AcceptanceTest, run

CLOCK = "2025-03-10T09:00:00+07:00"
LINES = {"Content-Type": "application/x-ndjson"}
CSV = {"Content-Type": "text/csv"}
PROCEDURE = "1.001193"

# Per register: a good row, and what is wrong with it after a change: (change, field, code).
# A change to None takes the field away.
REGISTERS = {
    "procedures": (
        {"code": "9.100001", "name": "Cấp bản sao", "level": "commune", "online": "full",
         "limit_amount": 5, "limit_unit": "working_day", "fee": True, "complete": True},
        [({"level": "ward"}, "level", "bad_value"),
         ({"code": None}, "code", "missing"),
         ({"limit_unit": None}, "limit_amount", "contradiction"),
         ({"fee": "often"}, "fee", "bad_value"),
         ({"limit_amount": -1}, "limit_amount", "bad_value"),
         ({"colour": "red"}, "colour", "unknown_field")]),
    "publications": (
        {"decision": "123/QĐ-UBND", "procedure": PROCEDURE, "unit": "H34", "level": "province",
         "kind": "new", "decided_on": "2025-02-03", "effective_on": "2025-02-15",
         "published_at": "2025-02-05T08:00:00+07:00", "state": "public"},
        [({"published_at": "2025-02-01T08:00:00+07:00"}, "published_at", "contradiction"),
         ({"kind": "renamed"}, "kind", "bad_value"),
         ({"decided_on": "2025-02-30"}, "decided_on", "bad_value"),
         ({"decided_on": "2025-04-01", "published_at": None, "state": None},
          "decided_on", "in_future"),
         ({"state": "waiting"}, "state", "contradiction"),
         ({"procedure": "0.000000"}, "procedure", "unknown_procedure")]),
    "petitions": (
        {"id": "PA-1", "unit": "H34.05", "sent_at": "2025-02-03T08:00:00+07:00",
         "first_received_at": "2025-02-04T08:00:00+07:00",
         "answered_at": "2025-02-10T08:00:00+07:00", "about": "staff"},
        [({"answered_at": "2025-02-02T08:00:00+07:00"}, "answered_at", "contradiction"),
         ({"sent_at": "2025-03-11T08:00:00+07:00", "first_received_at": None,
           "answered_at": None}, "sent_at", "in_future"),
         ({"sent_at": None}, "sent_at", "missing"),
         ({"unit": "nobody"}, "unit", "bad_value"),
         ({"likes": 1.5}, "likes", "bad_value"),
         ({"published_at": "2025-02-12T08:00:00+07:00", "answered_at": None},
          "published_at", "contradiction")]),
    "ratings": (
        {"id": "R-1", "case_id": "H34.05-250110-00001",
         "rated_at": "2025-02-03T08:00:00+07:00", "rating": "dislike"},
        [({"rating": "meh"}, "rating", "bad_value"),
         ({"rated_at": "2025-05-01T08:00:00+07:00"}, "rated_at", "in_future"),
         ({"case_id": "H" * 60}, "case_id", "too_long"),
         ({"rating": None}, "rating", "missing")]),
    "payments": (
        {"id": "T-1", "case_id": "H34.05-250110-00001", "unit": "H34.05",
         "paid_at": "03/02/2025 08:00", "amount_dong": 15000, "gateway": "national",
         "kind": "fee"},
        [({"amount_dong": 0}, "amount_dong", "contradiction"),
         ({"amount_dong": None}, "amount_dong", "missing"),
         ({"gateway": "cash"}, "gateway", "bad_value"),
         ({"paid_at": "yesterday"}, "paid_at", "bad_value")]),
    "eform-copies": (
        {"unit": "H34.23.09", "offered": True, "since": "2024-01-01"},
        [({"until": "2023-12-31"}, "until", "contradiction"),
         ({"offered": None}, "offered", "missing"),
         ({"since": "2026-01-01"}, "since", "in_future")]),
    "sync-counts": (
        {"unit": "H34", "period": "2025-02", "bcqg": 120, "portal": 118, "synchronised": 117},
        [({"period": "2025-04"}, "period", "in_future"),
         ({"period": "02/2025"}, "period", "bad_value"),
         ({"bcqg": None, "portal": None, "synchronised": None}, "bcqg", "missing"),
         ({"bcqg": -3}, "bcqg", "bad_value"),
         ({"bcqg": None, "portal": None, "synchronised": None, "indicator": "TDGQ.1",
           "numerator": 3, "denominator": 2}, "numerator", "contradiction"),
         ({"bcqg": None, "portal": None, "synchronised": None, "indicator": "XXXX.1",
           "numerator": 1, "denominator": 2}, "indicator", "unknown_indicator")]),
    "targets": (
        {"unit": "H34", "year": 2025, "target": "online", "percent_hundredths": 6000,
         "excluded": [PROCEDURE], "reason": "Không nộp trực tuyến được"},
        [({"reason": None}, "reason", "missing"),
         ({"percent_hundredths": 10001}, "percent_hundredths", "bad_value"),
         ({"target": "speed"}, "target", "bad_value"),
         ({"year": 2027}, "year", "in_future"),
         ({"excluded": ["0.000000"]}, "excluded", "unknown_procedure")]),
}


def changed(row, change):
    return {k: v for k, v in {**row, **change}.items() if v is not None}


def lines_of(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def csv_of(rows):
    """Every row has the columns of all of them."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    for row in rows:
        writer.writerow({k: " ".join(v) if isinstance(v, list) else
                         str(v).lower() if isinstance(v, bool) else v for k, v in row.items()})
    return out.getvalue()


class HttpTest(AcceptanceTest):
    def put(self, daemon, name, text, headers=LINES, **query):
        return daemon.request("PUT", f"/api/v1/registers/{name}", body=text.encode(),
                              headers=headers, **query)

    def test_every_register_tells_line_field_and_reason(self):
        daemon = self.daemon(clock=CLOCK)
        for name, (good, bad) in REGISTERS.items():
            # The good row stands last: what comes before it does not take it along.
            rows = [changed(good, change) for change, _, _ in bad] + [good]
            with self.subTest(name):
                answer = self.put(daemon, name, lines_of(rows))
                self.assertEqual(200, answer.status, answer)
                said = answer.json
                self.assertEqual([(i + 1, field, code) for i, (_, field, code) in enumerate(bad)],
                                 [(r["line"], r["field"], r["code"]) for r in said["rejected"]])
                for rejected in said["rejected"]:
                    self.assertIn(rejected["field"], rejected["reason"])
                self.assertEqual([len(rows), 1, 0, len(bad)],
                                 [said["rows"], said["recorded"], said["unchanged"],
                                  said["rejected_total"]], said)
                page = daemon.get(f"/api/v1/registers/{name}")
                self.assertEqual(1, len(page["rows"]))
                for field, value in good.items():
                    if field not in ("paid_at",):
                        self.assertEqual(value, page["rows"][0]["values"][field], field)

    def test_only_bad_rows_are_no_put(self):
        daemon = self.daemon(clock=CLOCK)
        for name, (good, bad) in REGISTERS.items():
            with self.subTest(name):
                answer = self.put(daemon, name,
                                  lines_of(changed(good, change) for change, _, _ in bad))
                self.assertEqual(422, answer.status, answer)
                self.assertEqual(len(bad), answer.json["rejected_total"])
                self.assertFalse(daemon.get(f"/api/v1/registers/{name}")["kept"])

    def test_csv_says_the_same(self):
        daemon = self.daemon(clock=CLOCK)
        for name, (good, bad) in REGISTERS.items():
            # A column more would be refused whole; a fraction is no other text in CSV.
            bad = [b for b in bad if b[2] != "unknown_field"]
            rows = [good] + [changed(good, change) for change, _, _ in bad]
            with self.subTest(name):
                answer = self.put(daemon, name, csv_of(rows), CSV)
                self.assertEqual(200, answer.status, answer)
                self.assertEqual([(i + 3, field, code) for i, (_, field, code) in enumerate(bad)],
                                 [(r["line"], r["field"], r["code"])
                                  for r in answer.json["rejected"]])
                again = self.put(daemon, name, lines_of([good])).json
                self.assertEqual([0, 1], [again["recorded"], again["unchanged"]],
                                 "CSV and JSON of the same row differ")

    def test_a_column_that_is_none_is_told(self):
        daemon = self.daemon(clock=CLOCK)
        answer = self.put(daemon, "petitions", "id,unit,sent_at,colour\nA,H34,2025-02-01,red\n",
                          CSV)
        self.assertEqual(400, answer.status, answer)
        self.assertIn("colour", answer.json["detail"])

    def test_twice_is_once_and_a_change_is_a_version(self):
        daemon = self.daemon(clock=CLOCK, clock_speed=1000)
        good = REGISTERS["petitions"][0]
        first = self.put(daemon, "petitions", lines_of([good])).json
        second = self.put(daemon, "petitions", lines_of([good])).json
        third = self.put(daemon, "petitions", lines_of([{**good, "about": "rules"}])).json
        self.assertEqual([(1, 0), (0, 1), (1, 0)],
                         [(a["recorded"], a["unchanged"]) for a in (first, second, third)])
        ended = self.put(daemon, "petitions", lines_of(
            [{"id": good["id"], "withdrawn": True}])).json
        self.assertEqual(1, ended["recorded"])
        daemon.kill()
        daemon.start()
        versions = daemon.get("/api/v1/registers/petitions/versions", key=good["id"])["versions"]
        self.assertEqual([(1, False, "staff"), (2, False, "rules"), (3, True, None)],
                         [(v["version"], v["withdrawn"], v["values"]["about"]) for v in versions])
        known = daemon.get("/api/v1/registers/petitions", known_at=first["recorded_at"])["rows"]
        self.assertEqual("staff", known[0]["values"]["about"])

    def test_flagged_rows_are_kept(self):
        daemon = self.daemon(clock=CLOCK)
        answer = self.put(daemon, "petitions", lines_of(
            [{**REGISTERS["petitions"][0], "unit": "H99.01"}])).json
        self.assertEqual((1, 1, "unit", "unknown_unit"),
                         (answer["recorded"], answer["flagged"][0]["line"],
                          answer["flagged"][0]["field"], answer["flagged"][0]["code"]))

    def test_a_large_body_and_one_too_large(self):
        config = self.directory / "small.toml"
        config.write_text("[limits]\nbody_bytes = 4096\n")
        daemon = self.daemon(clock=CLOCK, config=config)
        answer = self.put(daemon, "ratings", "\n" * 5000)
        self.assertEqual(413, answer.status)
        rows = [{**REGISTERS["ratings"][0], "id": f"R-{i}"} for i in range(60_000)]
        daemon = self.daemon("large", clock=CLOCK)
        said = self.put(daemon, "ratings", lines_of(rows)).json
        self.assertEqual((60_000, 60_000), (said["rows"], said["recorded"]))
        seen, after = [], None
        while True:
            page = daemon.get("/api/v1/registers/ratings", limit=1000, after=after)
            seen += [r["key"] for r in page["rows"]]
            after = page["next_after"]
            if after is None:
                break
        self.assertEqual(sorted(r["id"] for r in rows), seen)

    def test_mistakes(self):
        daemon = self.daemon(clock=CLOCK)
        row = lines_of([REGISTERS["ratings"][0]])
        for name, headers, query, status, words in [
                ("rating", LINES, {}, 404, ("rating", "ratings", "petitions")),
                ("ratings", {"Content-Type": "text/xml"}, {}, 415, ("text/csv",)),
                ("ratings", LINES, {"dryrun": "true"}, 400, ("dryrun", "dry_run")),
                ("ratings", LINES, {"dry_run": "1"}, 400, ("dry_run",))]:
            with self.subTest(name=name, query=query):
                answer = self.put(daemon, name, row, headers, **query)
                self.assertEqual(status, answer.status, answer)
                for word in words:
                    self.assertIn(word, answer.json["detail"])
        self.assertFalse(daemon.get("/api/v1/registers/ratings")["kept"])


class CommandTest(AcceptanceTest):
    def setUp(self):
        super().setUp()
        self.data = self.directory / "data"

    def file(self, name, text):
        path = self.directory / name
        path.write_text(text, encoding="utf-8")
        return path

    def register(self, name, path, *arguments):
        return run("register", name, path, "--data", self.data, *arguments, check=False)

    def test_every_register_tells_line_field_and_reason(self):
        for name, (good, bad) in REGISTERS.items():
            # Offline the machine's own clock says what lies ahead.
            bad = [b for b in bad if b[2] != "in_future"]
            rows = [changed(good, change) for change, _, _ in bad] + [good]
            path = self.file(f"{name}.jsonl", lines_of(rows))
            with self.subTest(name):
                done = self.register(name, path)
                self.assertEqual(3, done.returncode, done.stderr)
                for number, (_, field, _) in enumerate(bad, 1):
                    self.assertRegex(done.stderr, rf"{path}:{number}: refused: {field}: .+")
                self.assertIn("1 rows recorded, 0 unchanged", done.stderr)
                again = self.register(name, self.file(f"{name}.csv", csv_of([good])))
                self.assertEqual(0, again.returncode, again.stderr)
                self.assertIn("0 rows recorded, 1 unchanged", again.stderr)

    def test_check_records_nothing(self):
        good = REGISTERS["petitions"][0]
        self.assertEqual(0, self.register("petitions", self.file("p.jsonl", lines_of([good])),
                                          "--recorded-at", "2025-02-11T08:00:00+07:00").returncode)
        other = {**good, "id": "PA-2"}
        checked = self.register("petitions", self.file("q.jsonl", lines_of([other])), "--check")
        self.assertEqual(0, checked.returncode, checked.stderr)
        self.assertIn("nothing recorded", checked.stderr)
        daemon = self.daemon("data-of", start=False, clock=CLOCK)
        daemon.data = self.data
        daemon.start()
        rows = daemon.get("/api/v1/registers/petitions")["rows"]
        self.assertEqual([("PA-1", "2025-02-11T08:00:00+07:00")],
                         [(r["key"], r["recorded_at"]) for r in rows])
        none = daemon.get("/api/v1/registers/petitions", known_at="2025-02-11T07:59:59+07:00")
        self.assertEqual((False, []), (none["kept"], none["rows"]))

    def test_the_clock_of_a_store_is_not_moved_ahead(self):
        good = REGISTERS["petitions"][0]
        path = self.file("p.jsonl", lines_of([good]))
        ahead = self.register("petitions", path, "--recorded-at", "2999-01-01T00:00:00+07:00")
        self.assertEqual(1, ahead.returncode, ahead.stderr)
        self.assertIn("in the future", ahead.stderr)
        self.assertIn("nothing was recorded", ahead.stderr)
        # Nor was anything known before it happened.
        early = self.register("petitions", path, "--recorded-at", "2024-12-31T08:00:00+07:00")
        self.assertEqual(1, early.returncode, early.stderr)
        self.assertIn("refused: sent_at", early.stderr)
        daemon = self.daemon("data-of", start=False, clock=CLOCK)
        daemon.data = self.data
        daemon.start()
        listed = daemon.get("/api/v1/registers/petitions")
        self.assertEqual((False, []), (listed["kept"], listed["rows"]))
        now = daemon.put_register("petitions", [good])["recorded_at"]
        self.assertTrue(now.startswith(CLOCK[:10]), now)

    def test_mistakes(self):
        good = self.file("p.jsonl", lines_of([REGISTERS["petitions"][0]]))
        bad = self.file("bad.jsonl", "{}\nno\n")
        odd = self.file("rows.txt", "")
        for arguments, code, said in [
                (("petition", good), 1, "petitions"),
                (("petitions", self.directory / "none.jsonl"), 1, "none.jsonl"),
                (("petitions", bad), 1, "every row was refused"),
                (("petitions", odd), 1, "--format"),
                (("petitions", good, "--recorded-at", "soon"), 1, "--recorded-at"),
                (("petitions", good, "--format", "xml"), 2, "--format"),
                (("petitions",), 2, "FILE")]:
            with self.subTest(arguments):
                done = run("register", *arguments, "--data", self.data, check=False)
                self.assertEqual(code, done.returncode, done.stderr)
                self.assertIn(said, done.stdout + done.stderr)
        self.assertIn("bad.jsonl:2: refused", self.register("petitions", bad).stderr)

    def test_a_served_store_is_left_alone(self):
        daemon = self.daemon(clock=CLOCK)
        done = run("register", "petitions", self.file("p.jsonl", ""), "--data", daemon.data,
                   check=False)
        self.assertEqual(1, done.returncode)
        self.assertIn("another tthcmon", done.stderr)

    def test_list_names_every_field(self):
        text = run("register", "--list").stdout
        for name, (good, _) in REGISTERS.items():
            self.assertIn(name, text)
            for field in good:
                self.assertIn(field, text)


class KeyTest(AcceptanceTest):
    def test_a_key_may_have_any_character(self):
        daemon = self.daemon(clock=CLOCK)
        row = REGISTERS["publications"][0]
        answer = daemon.request("PUT", "/api/v1/registers/publications",
                                body=lines_of([row]).encode(), headers=LINES)
        self.assertEqual(200, answer.status, answer)
        key = f"{row['decision']}|{row['procedure']}"
        path = "/api/v1/registers/publications/versions?key=" + urllib.parse.quote(key, safe="")
        self.assertEqual(1, len(daemon.get(path)["versions"]))


if __name__ == "__main__":
    harness.main()
