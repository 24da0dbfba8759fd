"""As it stood and as it was known: revised due dates, back-dated ends, units that merge."""

import harness
from harness import AcceptanceTest, dossier, progress, wait_for

CASE = "H34.23.09-250110-00001"
RECEIVED = {"TrangThaiHoSo": "2", "NgayTiepNhan": "20250110083000",
            "NgayHenTra": "20250120170000"}


def snapshot(arrived_at, case_id=CASE, **fields):
    return {"service": "DongBoHoSoMC", "arrived_at": arrived_at, "isUpdating": "True",
            "data": [dossier(case_id, **fields)]}


class RevisedDates(AcceptanceTest):
    """Due on 20/1; moved to 30/1 on 25/1; on 5/2 said to have been finished on 20/1 at 17:00."""

    def setUp(self):
        super().setUp()
        moved = {**RECEIVED, "TrangThaiHoSo": "4", "NgayHenTra": "20250130170000"}
        ended = {**RECEIVED, "TrangThaiHoSo": "9", "NgayHenTra": "20250130170000",
                 "NgayKetThucXuLy": "20250120170000"}
        self.daemon_ = self.replayed([
            snapshot("2025-01-10T08:31:00+07:00", **RECEIVED),
            snapshot("2025-01-25T09:00:00+07:00", **moved),
            snapshot("2025-02-05T10:00:00+07:00", **ended)], clock="2025-03-01T00:00:00+07:00")

    def verdict(self, rule="qd766", **view):
        return self.daemon_.case(CASE, **view)["verdicts"][rule]["state"]

    def counts(self, **view):
        answer = self.daemon_.summary("H34.23.09", period="2025-Q1", rule="qd766", **view)
        self.check_identities(answer)
        return (answer["resolved"]["on_time"], answer["resolved"]["late"],
                answer["pending"]["in_time"], answer["pending"]["late"])

    def test_as_known_before_and_after(self):
        for known_at, state, counts in [
                ("2025-01-24T00:00:00+07:00", "pending_late", (0, 0, 0, 1)),
                ("2025-01-26T00:00:00+07:00", "pending_late", (0, 0, 0, 1)),
                ("2025-02-06T00:00:00+07:00", "resolved_on_time", (1, 0, 0, 0)),
                (None, "resolved_on_time", (1, 0, 0, 0))]:
            with self.subTest(known_at):
                self.assertEqual(state, self.verdict(known_at=known_at))
                self.assertEqual(counts, self.counts(known_at=known_at))
        self.assertEqual(404, self.daemon_.request(
            "GET", f"/api/v1/cases/{CASE}", known_at="2025-01-10T08:00:00+07:00").status)

    def test_both_axes_at_once(self):
        """At 22/1 it was late as known then, and had been finished as known now."""
        at = "2025-01-22T12:00:00+07:00"
        self.assertEqual("pending_late", self.verdict(as_of=at, known_at=at))
        self.assertEqual("resolved_on_time", self.verdict(as_of=at))
        moved = "2025-01-26T00:00:00+07:00"
        self.assertEqual("pending_in_time", self.verdict(as_of=moved, known_at=moved))
        self.assertEqual((0, 0, 1, 0), self.counts(as_of=moved, known_at=moved))
        before = "2025-01-15T12:00:00+07:00"
        self.assertEqual("pending_in_time", self.verdict(as_of=before))
        self.assertEqual((0, 0, 1, 0), self.counts(as_of=before))

    def test_every_statement_and_revision(self):
        timeline = self.daemon_.timeline(CASE)
        self.assertEqual(CASE, timeline["case_id"])
        self.assertEqual(3, len(timeline["statements"]))
        self.assertEqual({"2025-01-10T08:31:00+07:00", "2025-01-25T09:00:00+07:00",
                          "2025-02-05T10:00:00+07:00"},
                         {s["recorded"] for s in timeline["statements"]})
        due = [r for r in timeline["revisions"] if r["fact"] == "due_at"]
        self.assertEqual([("2025-01-20T17:00:00+07:00", "2025-01-30T17:00:00+07:00",
                           "2025-01-25T09:00:00+07:00")],
                         [(r["before"], r["after"], r["recorded"]) for r in due])
        earlier = self.daemon_.timeline(CASE, known_at="2025-01-24T00:00:00+07:00")
        self.assertEqual(1, len(earlier["statements"]))
        self.assertEqual([], earlier["revisions"])

    def test_case_says_what_and_why(self):
        case = self.daemon_.case(CASE)
        self.assertEqual(("2025-01-10T08:30:00+07:00", "2025-01-30T17:00:00+07:00",
                          "H34.23.09", "9.999901"),
                         tuple(case[k] for k in ("received_at", "due_at", "unit", "procedure")))
        for verdict in case["verdicts"].values():
            self.assertTrue(verdict["reason"])
            self.assertTrue(verdict["reason_text"])


class AlertsAndFindings(AcceptanceTest):
    """What was told of a case, who answered, and when it was over, as known at any time."""

    def setUp(self):
        super().setUp()
        config = self.directory / "alerts.toml"
        # A month of silence is none: the clock runs fast and nobody sends.
        config.write_text("[ingest]\nsender_silence_seconds = 2592000\n")
        # Due at 06:50 of a Monday; alerts are told from 07:00 on.
        self.daemon_ = self.daemon(clock="2025-03-10T06:40:00+07:00", clock_speed=600,
                                   config=config)
        for case_id, due in ((CASE, "20250310065000"), ("H34.23.09-250110-00002", "20250310080000")):
            self.daemon_.onestop("DongBoHoSoMC", [dossier(
                case_id, TrangThaiHoSo="2", NgayTiepNhan="20250303080000", NgayHenTra=due)])

    def alert(self, kind="overdue", case_id=CASE, **view):
        for alert in self.daemon_.timeline(case_id, **view)["alerts"]:
            if alert["kind"] == kind:
                return alert
        return None

    def now(self):
        return self.daemon_.case(CASE)["cut_off"]

    def test_told_in_a_digest_answered_and_over(self):
        def told():
            alert = self.alert()
            return alert if alert and alert["messages"][0]["digest"] else None
        first = wait_for("the digest that tells it", told)
        [message] = first["messages"]
        self.assertEqual(("alert", "overdue", "head", "H34.23.09", "H34.23.09", "quiet_hours",
                          "2025-03-10T06:50:00+07:00"),
                         tuple(message[m] for m in ("type", "rung", "level", "unit", "recipient",
                                                    "held", "due_at")))
        self.assertIn(CASE, message["text"])
        self.assertLess(message["at"], message["digest"]["at"])
        self.assertEqual((None, None, []), (first["resolved_at"], first["acknowledged"],
                                            first["snoozes"]))
        for until in ("2025-03-11T10:00:00+07:00", "2025-03-12T10:00:00+07:00"):
            answer = self.daemon_.post(f"/api/v1/alerts/{first['id']}/snooze",
                                       {"until": until, "comment": "chờ ý kiến"})
            self.assertEqual(200, answer.status, answer)
        answer = self.daemon_.post(f"/api/v1/alerts/{first['id']}/ack", {"comment": "đang xử lý"})
        self.assertEqual(200, answer.status, answer)
        self.daemon_.onestop("CapNhatTienDoHoSoMC", [progress(CASE, 9, "20250310081500")])
        over = wait_for("its resolution", lambda: (self.alert() or {}).get("resolved_at")
                        and self.alert())
        self.assertEqual(["alert", "resolved"], [m["type"] for m in over["messages"]])
        self.assertEqual(over["messages"][-1]["at"], over["resolved_at"])
        self.assertEqual((answer.json["acked_at"], answer.json["acked_by"], "đang xử lý"),
                         tuple(over["acknowledged"][m] for m in ("at", "by", "comment")))
        self.assertEqual(["2025-03-11T10:00:00+07:00", "2025-03-12T10:00:00+07:00"],
                         [s["until"] for s in over["snoozes"]])

        # As known then: what was told and answered by that time, and nothing else.
        held, digest = message["at"], message["digest"]["at"]
        self.assertIsNone(self.alert(known_at="2025-03-10T06:49:59+07:00"))
        self.assertIsNone(self.alert(as_of="2025-03-10T06:49:59+07:00"))
        at_held = self.alert(known_at=held)
        self.assertEqual([None], [m["digest"] for m in at_held["messages"]])
        self.assertEqual(first, self.alert(known_at=digest))
        between = self.alert(known_at=over["snoozes"][0]["at"])
        self.assertEqual((1, None, None), (len(between["snoozes"]), between["acknowledged"],
                                           between["resolved_at"]))
        answered = self.alert(known_at=over["acknowledged"]["at"])
        self.assertEqual((over["acknowledged"], None),
                         (answered["acknowledged"], answered["resolved_at"]))
        everything = self.daemon_.timeline(CASE)["alerts"]
        self.daemon_.kill()
        self.daemon_.clock = "2025-03-10T12:00:00+07:00"
        self.daemon_.start()
        self.assertEqual(everything, self.daemon_.timeline(CASE)["alerts"])
        self.assertEqual(at_held, self.alert(known_at=held))
        # Of the other case nothing shows here.
        self.assertTrue(all(CASE in m["text"] for a in everything for m in a["messages"]))
        self.daemon_.stop()
        text = harness.run("timeline", CASE, "--data", self.daemon_.data).stdout
        for expected in ("Cảnh báo", "đang xử lý", "chờ ý kiến", "trong bản tổng hợp"):
            self.assertIn(expected, text)

    def test_findings_with_their_proofs(self):
        """No due date yet; one the day after: the finding stood in between."""
        case_id = "H34.23.09-250110-00003"
        self.daemon_.onestop("DongBoHoSoMC", [dossier(case_id, TrangThaiHoSo="2",
                                                      NgayTiepNhan="20250303080000", NgayHenTra="")])
        for answer in (self.daemon_.case(case_id), self.daemon_.timeline(case_id)):
            [finding] = [f for f in answer["findings"] if f["kind"] == "no_due_date"]
            listed = [f for f in self.daemon_.get("/api/v1/findings", unit="H34.23.09",
                                                  kind="no_due_date")["findings"]
                      if f["case_id"] == case_id]
            self.assertEqual([{m: finding[m] for m in ("title", "text", "since", "statements")}],
                             [{m: f[m] for m in ("title", "text", "since", "statements")}
                              for f in listed])
        known = self.daemon_.case(case_id)["cut_off"]
        self.daemon_.onestop("DongBoHoSoMC", [dossier(
            case_id, TrangThaiHoSo="2", NgayTiepNhan="20250303080000",
            NgayHenTra="20250530170000")])
        self.assertNotIn("no_due_date", [f["kind"] for f in self.daemon_.case(case_id)["findings"]])
        self.assertIn("no_due_date", [f["kind"] for f in self.daemon_.case(
            case_id, known_at=known)["findings"]])


class Clock(AcceptanceTest):
    """Working time to the due date: 07:30–11:30 and 13:00–17:00, Monday to Friday; days of 8 h."""

    def remaining(self, now):
        daemon = self.daemon(f"at {now}".replace(":", ""), start=False,
                             clock=f"{now}+07:00")
        lines = daemon.directory / "messages.jsonl"
        harness.write_lines(lines, [snapshot("2025-01-10T08:31:00+07:00", **RECEIVED)])
        harness.run("replay", "--data", daemon.data, lines)
        return daemon.start().case(CASE)["clock"]["text"]

    def test_texts(self):
        # Due on Monday 20/1/2025 at 17:00; half a minute off the hour, for the clock runs.
        for now, text in [("2025-01-16T13:59:30", "Còn 2 ngày 3 giờ"),
                          ("2025-01-18T10:00:00", "Còn 1 ngày"),
                          ("2025-01-20T16:14:30", "Còn 45 phút"),
                          ("2025-01-21T17:00:30", "Quá 1 ngày"),
                          ("2025-01-22T09:30:30", "Quá 1 ngày 2 giờ")]:
            with self.subTest(now):
                self.assertEqual(text, self.remaining(now))

    def test_tet_is_no_working_time(self):
        # 27–31/1/2025 are days off: from Friday 24/1, 16:00, to Monday 3/2, 17:00 is 1 h + 1 day.
        daemon = self.replayed([snapshot("2025-01-10T08:31:00+07:00",
                                         **{**RECEIVED, "NgayHenTra": "20250203170000"})],
                               clock="2025-01-24T15:59:30+07:00")
        self.assertEqual("Còn 1 ngày 1 giờ", daemon.case(CASE)["clock"]["text"])


    def test_stretches_of_working_time(self):
        """From the receipt to the due date, the clock within it: sessions cut to it, no day off."""
        daemon = self.replayed([snapshot("2025-01-10T08:31:00+07:00",
                                         **{**RECEIVED, "NgayHenTra": "20250113100000"})],
                               clock="2025-01-12T09:00:00+07:00")
        stretches = daemon.timeline(CASE)["working_time"]
        self.assertEqual([("2025-01-10T08:30:00+07:00", "2025-01-10T11:30:00+07:00"),
                          ("2025-01-10T13:00:00+07:00", "2025-01-10T17:00:00+07:00"),
                          ("2025-01-13T07:30:00+07:00", "2025-01-13T10:00:00+07:00")],
                         [(stretch["from"], stretch["to"]) for stretch in stretches])

    def test_no_stretches_of_a_life_longer_than_is_drawn(self):
        daemon = self.replayed([snapshot("2025-01-10T08:31:00+07:00", **RECEIVED)],
                               clock="2026-06-01T09:00:00+07:00")
        self.assertIsNone(daemon.timeline(CASE)["working_time"])
        self.assertIsNotNone(
            daemon.timeline(CASE, as_of="2025-06-01T09:00:00+07:00")["working_time"])


class Units(AcceptanceTest):
    """Kon Tum (H34) became part of Quảng Ngãi (H48) on 1/7/2025."""

    def setUp(self):
        super().setUp()
        self.daemon_ = self.replayed([
            snapshot("2025-06-10T08:31:00+07:00", TrangThaiHoSo="2",
                     NgayTiepNhan="20250610083000", NgayHenTra="20250715170000"),
            snapshot("2025-07-10T08:31:00+07:00", case_id="H48-250710-00002", TrangThaiHoSo="2",
                     NgayTiepNhan="20250710083000", NgayHenTra="20250715170000")],
            clock="2025-07-11T00:00:00+07:00")

    def received(self, unit, first, last):
        return self.daemon_.summary(unit, rule="qd766",
                                    **{"from": first, "to": last})["received"]["total"]

    def test_case_rolls_up_to_who_answers_for_it(self):
        june, july = ("2025-06-01", "2025-06-30"), ("2025-07-01", "2025-07-31")
        self.assertEqual(1, self.received("H34", *june))
        self.assertEqual(0, self.received("H48", *june))
        self.assertEqual(2, self.received("H48", *july))

    def test_tree_by_date(self):
        before = self.daemon_.get("/api/v1/units/H34", date="2025-06-30")
        after = self.daemon_.get("/api/v1/units/H34", date="2025-07-01")
        self.assertIsNone(before.get("parent") or None)
        self.assertEqual("H48", after["parent"])
        self.assertIn("Kon Tum", before["name"])
        codes = {u["code"] for u in self.daemon_.get("/api/v1/units", date="2025-06-30")["units"]}
        self.assertIn("H34", codes)


if __name__ == "__main__":
    harness.main()
