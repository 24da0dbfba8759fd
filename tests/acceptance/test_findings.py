"""What the monitor finds that the sender did not say, by the messages of WIRE section 10 through the
real binary, and what dates that were moved make of the ratio on time."""

import csv
import io
import json
import re
import shutil
import unittest
import zipfile

import harness
from harness import AcceptanceTest, dossier, progress, run, write_lines

CLOCK = "2025-04-28T10:00:00+07:00"   # a month after the last message
UNIT, OTHER = "H34.05", "H34.06"
RECEIVED, DUE = "20250303083000", "20250310170000"
Q1 = {"period": "2025-Q1"}


def case(number, unit=UNIT):
    return f"{unit}-250303-{number:05}"


def at(day, clock="09:00:00"):
    return f"2025-{day}T{clock}+07:00"


def message(arrived, records, service="DongBoHoSoMC", **fields):
    return {"service": service, "arrived_at": arrived, "madonvi": "000.00.00.H34",
            "isUpdating": "True", "data": records, **fields}


def record(case_id, status, due=DUE, **fields):
    return dossier(case_id, **{"MaTTHC": "1.004884", "TrangThaiHoSo": str(status),
                               "NgayTiepNhan": RECEIVED, "NgayHenTra": due} | fields)


MOVED, BACK, HONEST, LATE, TWICE, TWIN = (case(n) for n in range(1, 7))
# Told at 08:30 of 3 March, ended as said below.
MESSAGES = [
    message(at("03-03"), [record(c, 2) for c in (MOVED, BACK, HONEST, LATE)]),
    # The due date is put off on the day after it, the end is then within the new one.
    message(at("03-11"), [record(MOVED, 4, "20250320170000")]),
    message(at("03-18"), [record(MOVED, 9, "20250320170000", NgayKetThucXuLy="20250318080000")]),
    # Ended two days late, then dated back to the due minute.
    message(at("03-12"), [record(BACK, 9, NgayKetThucXuLy="20250312083000")]),
    message(at("03-14"), [record(BACK, 9, NgayKetThucXuLy=DUE)]),
    message(at("03-07"), [record(HONEST, 9, NgayKetThucXuLy="20250307080000")]),
    # Nothing is said of the fourth any more.
    # The same story under a second number.
    message(at("03-05"), [record(TWICE, 2, "20250320170000")]),
    message(at("03-05", "09:01:00"), [progress(TWICE, 4, "20250304101112", NguoiXuLy="A"),
                                      progress(TWICE, 9, "20250305081314", NguoiXuLy="B")],
            "CapNhatTienDoHoSoMC"),
    message(at("03-25"), [record(TWIN, 2, "20250320170000")]),
    message(at("03-25", "09:01:00"), [progress(TWIN, 4, "20250304101112", NguoiXuLy="A"),
                                      progress(TWIN, 9, "20250305081314", NguoiXuLy="B")],
            "CapNhatTienDoHoSoMC"),
]


class FindingsTest(AcceptanceTest):
    def serving(self, messages=MESSAGES, **options):
        daemon = self.daemon(start=False, **{"clock": CLOCK} | options)
        lines = daemon.directory / "messages.jsonl"
        write_lines(lines, sorted(messages, key=lambda m: m["arrived_at"]))
        run("replay", "--data", daemon.data, lines)
        return daemon.start()

    def found(self, daemon, unit=UNIT, **query):
        answer = daemon.get("/api/v1/findings", unit=unit, **query)
        self.assertEqual(answer["total"], sum(c["count"] for c in answer["counts"]))
        return {(f["case_id"], f["kind"]): f for f in answer["findings"]}

    def ratios(self, daemon, unit=UNIT, **query):
        answer = daemon.get(f"/api/v1/units/{unit}/honest-ratio", **Q1 | query)
        shares = {r["by"]: (r["numerator"], r["denominator"]) for r in answer["ratios"]}
        return shares, answer

    def seqs(self, daemon, case_id, **wanted):
        return [s["seq"] for s in daemon.timeline(case_id)["statements"]
                if all(s[k] == v for k, v in wanted.items())]

    def test_a_moved_due_date_and_a_back_dated_end(self):
        daemon = self.serving()
        found = self.found(daemon)
        moved = found[(MOVED, "due_moved_after_deadline")]
        self.assertEqual("critical", moved["severity"])
        self.assertEqual(at("03-11"), moved["since"])
        self.assertEqual([("due_at", at("03-10", "17:00:00"), at("03-20", "17:00:00"))],
                         [(s["fact"], s["before"], s["after"]) for s in moved["statements"]])
        self.assertEqual(self.seqs(daemon, MOVED, recorded=at("03-11")),
                         [s["seq"] for s in moved["statements"]])
        back = found[(BACK, "backdated_completion")]
        self.assertEqual([("finished_at", at("03-12", "08:30:00"), at("03-10", "17:00:00"))],
                         [(s["fact"], s["before"], s["after"]) for s in back["statements"]])
        self.assertEqual(self.seqs(daemon, BACK, recorded=at("03-14")),
                         [s["seq"] for s in back["statements"]])
        self.assertEqual(TWICE, found[(TWIN, "duplicate_number")]["other_case_id"])
        self.assertEqual({"backdated_completion"}, {kind for c, kind in found if c == BACK})
        self.assertEqual(set(), {kind for c, kind in found if c == HONEST})
        self.assertLessEqual({"frozen", "no_apology"}, {kind for c, kind in found if c == LATE})
        self.assertEqual(set(), set(self.found(daemon, OTHER)))
        self.assertIn((None, "sender_silent"), self.found(daemon, "H34"))

        form06, answer = self.ratios(daemon)
        # MOVED, BACK, HONEST and the two numbers ended; all on time as they stand.
        self.assertEqual({"latest": (5, 5), "first_known": (3, 5), "without_back_dating": (3, 3)},
                         form06)
        self.assertEqual({"total": 2, "judged_otherwise": 2, "left_out": 2, "left_out_on_time": 2},
                         answer["differing"])
        self.assertEqual([MOVED, BACK], [c["case_id"] for c in answer["cases"]])
        why = {c["case_id"]: [w["code"] for w in c["why"]] for c in answer["cases"]}
        self.assertEqual({MOVED: ["due_moved", "due_moved_after_deadline"],
                          BACK: ["end_moved", "backdated_completion"]}, why)
        first, second = answer["cases"]
        self.assertEqual(("resolved_early", "resolved_late"),
                         (first["latest"]["state"], first["first_known"]["state"]))
        self.assertEqual(at("03-12", "08:30:00"), second["first_known"]["ended_at"])
        self.assertEqual(self.seqs(daemon, MOVED, due_at=at("03-20", "17:00:00")),
                         [s["seq"] for s in first["statements"]])
        qd766, _ = self.ratios(daemon, rule="qd766")
        self.assertEqual({"latest": (5, 6), "first_known": (3, 6), "without_back_dating": (3, 4)},
                         qd766)
        self.assertEqual(daemon.summary(UNIT, **Q1)["resolved"]["total"], form06["latest"][1])

    def test_an_auditor_proves_both_ratios_without_the_monitor(self):
        """From the proofs alone, checked by verify-proof: both dates of each case, when each arrived, and
        that nothing else was ever said; from these the two verdicts that the ratios count."""
        daemon = self.serving()
        found = self.found(daemon)
        _, answer = self.ratios(daemon)
        self.assertEqual(200, daemon.post("/api/v1/checkpoints", b"").status)
        key = self.directory / "audit.pub"
        key.write_text(daemon.get("/api/v1/checkpoints")["key"])
        proofs = {}
        for number in (MOVED, BACK):
            proofs[number] = self.directory / f"{number}.json"
            proofs[number].write_bytes(daemon.request("GET", f"/api/v1/cases/{number}/proof").body)
        daemon.kill()
        shutil.rmtree(daemon.data)

        differing = {c["case_id"]: c for c in answer["cases"]}
        for number, fact, kind in ((MOVED, "due_at", "due_moved_after_deadline"),
                                   (BACK, "finished_at", "backdated_completion")):
            done = run("verify-proof", proofs[number], "--key", key)
            self.assertTrue(done.stdout.startswith(f"good: case {number} has "), done.stdout)
            said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
            self.assertTrue(all(s["case"] == number for s in said))
            # The statements that prove the finding are among them, and say what it says.
            proof = found[(number, kind)]["statements"][0]
            stated = next(s for s in said if s["seq"] == proof["seq"])
            self.assertEqual(proof["after"], stated[fact])
            self.assertIn(proof["before"], [s.get(fact) for s in said if s["seq"] < proof["seq"]])
            # Judged by day, as form06 does: by what is said now, and by what was said first.
            by_arrival = sorted(said, key=lambda s: s["seq"])
            dues = [s["due_at"] for s in by_arrival if s.get("due_at")]
            ends = [s["finished_at"] for s in by_arrival if s.get("finished_at")]
            for known, view in ((-1, "latest"), (0, "first_known")):
                late = ends[known][:10] > dues[known][:10]
                self.assertEqual(late, differing[number][view]["state"] == "resolved_late",
                                 (number, view))
            self.assertNotEqual(ends[0][:10] > dues[0][:10], ends[-1][:10] > dues[-1][:10])

    def test_pages_kinds_days_and_moments(self):
        daemon = self.serving()
        everything = list(self.found(daemon, "H34"))
        paged, cursor = [], None
        while True:
            page = daemon.get("/api/v1/findings", unit="H34", limit=2, cursor=cursor)
            self.assertEqual(len(everything), page["total"])
            paged += [(f["case_id"], f["kind"]) for f in page["findings"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        self.assertEqual(everything, paged)
        self.assertEqual({(BACK, "backdated_completion")},
                         set(self.found(daemon, kind="backdated_completion")))
        self.assertEqual({(MOVED, "due_moved_after_deadline"), (BACK, "backdated_completion")},
                         set(self.found(daemon, kind="backdated_completion,due_moved_after_deadline",
                                        to="2025-03-14", **{"from": "2025-03-11"})))
        self.assertEqual({(BACK, "backdated_completion")},
                         set(self.found(daemon, kind="backdated_completion,due_moved_after_deadline",
                                        **{"from": "2025-03-12"})))
        self.assertEqual(set(), set(self.found(daemon, kind="backdated_completion",
                                               to="2025-03-13", **{"from": "2025-03-11"})))
        self.assertNotIn((BACK, "backdated_completion"),
                         self.found(daemon, known_at=at("03-13"), as_of=at("03-13")))
        # What was known before the dates were moved had one ratio only.
        before, answer = self.ratios(daemon, known_at=at("03-10"), as_of=at("03-10"))
        self.assertEqual({(2, 2)}, set(before.values()))
        self.assertEqual([], answer["cases"])
        one = daemon.get(f"/api/v1/units/{UNIT}/honest-ratio", limit=1, **Q1)
        two = daemon.get(f"/api/v1/units/{UNIT}/honest-ratio", limit=1, cursor=one["next_cursor"],
                         **Q1)
        self.assertEqual([MOVED, BACK], [c["case_id"] for page in (one, two) for c in page["cases"]])
        self.assertIsNone(two["next_cursor"])
        for query in ({"unit": UNIT, "kind": "nothing"}, {}, {"unit": UNIT, "cursor": "x"},
                      {"unit": UNIT, "from": "2025-03-02", "to": "2025-03-01"}):
            self.assertEqual(400, daemon.request("GET", "/api/v1/findings", **query).status, query)

    def test_the_report_says_the_same(self):
        daemon = self.serving()
        served = daemon.request("GET", "/api/v1/reports/honest", unit="H34", format="csv", **Q1)
        rows = list(csv.DictReader(io.StringIO(served.body.decode("utf-8-sig"))))
        own = [r for r in rows if r["unit"] == UNIT]
        self.assertEqual([("5", "5", "3", "5", "3", "3"), ("5", "6", "3", "6", "3", "4")],
                         [tuple(r[f"{by}_{part}"]
                                for by in ("latest", "first_known", "without_back_dating")
                                for part in ("on_time", "judged")) for r in own])
        self.assertEqual(["100.00", "60.00", "100.00"],
                         [own[0][f"{by}_percent"]
                          for by in ("latest", "first_known", "without_back_dating")])
        self.assertEqual(0, daemon.stop())
        command = ("report", "honest", "--data", daemon.data, "--unit", "H34", "--period", "2025-Q1")
        report = json.loads(run(*command).stdout)
        cases = next(t for t in report["tables"] if t["id"] == "cases")
        self.assertEqual({MOVED, BACK}, {r["case_id"] for r in cases["rows"]})
        book = self.directory / "honest.xlsx"
        run(*command, "--out", book)
        with zipfile.ZipFile(book) as parts:
            text = parts.read("xl/sharedStrings.xml").decode()
        self.assertIn("Theo ngày gửi lần đầu – đúng hạn", text)
        self.assertIn(BACK, text)

    def test_counts_per_unit_and_never_a_case(self):
        daemon = self.serving()
        text = daemon.request("GET", "/metrics").body.decode()
        self.assertIn(f'tthc_findings_total{{unit="{UNIT}",kind="backdated_completion"}} 1', text)
        self.assertIn(f'tthc_findings_total{{unit="{UNIT}",kind="frozen"}}', text)
        for number in (MOVED, BACK, LATE):
            self.assertNotIn(number, text)

    def standing(self, daemon):
        """{kind: how many} of the unit, as the gauge has it."""
        text = daemon.request("GET", "/metrics").body.decode()
        samples = re.findall(rf'(?m)^tthc_findings_open{{unit="{UNIT}",kind="(\w+)"}} (\d+)$', text)
        return {kind: int(count) for kind, count in samples}

    def test_what_stands_is_a_gauge_that_falls(self):
        daemon = self.serving()
        listed = {}
        for case_id, kind in self.found(daemon):
            if case_id and kind != "duplicate_number":
                listed[kind] = listed.get(kind, 0) + 1
        standing = self.standing(daemon)
        self.assertEqual(listed, {kind: standing[kind] for kind in listed})
        daemon.onestop("CapNhatTienDoHoSoMC", [progress(LATE, 9, "20250331090000")])
        self.assertEqual(listed["frozen"] - 1, self.standing(daemon)["frozen"])

    def test_time_alone_brings_a_finding_about(self):
        # Nine working days: no alert has a rung there that would wake the case.
        config = self.directory / "serve.toml"
        config.write_text("[findings]\nfrozen_working_minutes = 4320\n")
        before = [m for m in MESSAGES if m["arrived_at"] < at("03-21")]
        daemon = self.serving(before, clock="2025-03-21T16:59:57+07:00", config=config)
        self.assertNotIn((LATE, "frozen"), self.found(daemon))
        metric = f'tthc_findings_total{{unit="{UNIT}",kind="frozen"}} 1'
        self.assertNotIn(metric, daemon.request("GET", "/metrics").body.decode())
        harness.wait_for("the case to freeze",
                         lambda: metric in daemon.request("GET", "/metrics").body.decode())
        self.assertIn((LATE, "frozen"), self.found(daemon))

    def test_thresholds_are_settings(self):
        config = self.directory / "serve.toml"
        config.write_text("[findings]\nfrozen_working_minutes = 480000\n"
                          "no_apology_working_minutes = 480000\n")
        found = self.found(self.serving(config=config))
        self.assertEqual(set(), {kind for c, kind in found if c == LATE})


if __name__ == "__main__":
    harness.main()
