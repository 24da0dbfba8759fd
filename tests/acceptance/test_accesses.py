"""Who read which case, list or report, when and why: on record, in the log that can be proved."""

import json
import unittest

import harness
from harness import AcceptanceTest, dossier, envelope, run, wait_for

CLOCK = "2025-03-10T09:00:00"
UNIT = "H34.05"
CASE = f"{UNIT}-250303-00001"
RECEIVED = {"TrangThaiHoSo": "2", "NgayTiepNhan": "20250303080000"}
ROLES = ["producer", "officer", "auditor", "administrator"]
TOKENS = {role: f"{role}-token-0123456789" for role in ROLES}


class AccessesTest(AcceptanceTest):
    def setUp(self):
        super().setUp()
        harness.write_secret(self.directory / "tokens.toml", "".join(
            f'[[token]]\nname = "{role} A"\ntoken = "{token}"\nroles = ["{role}"]\n' +
            (f'units = ["{UNIT}"]\n' if role == "officer" else "")
            for role, token in TOKENS.items()))

    def served(self, settings="", clock=CLOCK):
        config = self.directory / "serve.toml"
        config.write_text('[access]\ntoken_file = "tokens.toml"\n' + settings)
        daemon = self.daemon(clock=clock + "+07:00", config=config, auth_off=False)
        self.send(daemon, CASE, "20250310080000")
        return daemon

    def send(self, daemon, case_id, due):
        sent = daemon.post("/api/v1/onestop", envelope(
            "DongBoHoSoMC", [dossier(case_id, **RECEIVED, NgayHenTra=due)]),
            headers=self.bearer("producer"))
        self.assertTrue(sent.accepted, sent)

    @staticmethod
    def bearer(role, reason=None):
        return {"Authorization": f"Bearer {TOKENS[role]}"} | (
            {"Access-Reason": reason} if reason is not None else {})

    def ask(self, daemon, role, path, reason=None, method="GET", body=None, **query):
        return daemon.request(method, path, body=body and json.dumps(body),
                              headers=self.bearer(role, reason) | (
                                  {"Content-Type": "application/json"} if body else {}), **query)

    def accesses(self, daemon, **query):
        return self.ask(daemon, "auditor", "/api/v1/accesses", **query).json["accesses"]

    def recorded(self, daemon, count, **query):
        """They go on record within about a second; `count` of them."""
        return wait_for(f"{count} accesses", lambda: (
            lambda found: found if len(found) >= count else None)(self.accesses(daemon, **query)))

    def test_readings_and_answers_are_on_record(self):
        daemon = self.served()
        self.ask(daemon, "officer", f"/api/v1/cases/{CASE}")
        self.ask(daemon, "auditor", f"/api/v1/cases/{CASE}/timeline",
                 reason="%C4%90%C6%A1n%20th%C6%B0%2012", as_of="2025-03-09T00:00:00+07:00")
        self.ask(daemon, "officer", "/api/v1/cases", unit=UNIT, period="2025-Q1")
        self.ask(daemon, "auditor", "/api/v1/reports/late-cases", unit="H34", period="2025-Q1",
                 format="csv")
        [alert] = self.ask(daemon, "officer", "/api/v1/alerts").json["alerts"]
        self.ask(daemon, "officer", f"/api/v1/alerts/{alert['id']}/ack", method="POST",
                 body={"comment": "đang làm"})
        # What was refused, or is not there, was not read.
        self.assertEqual(404, self.ask(daemon, "officer", "/api/v1/cases/H34.06-250303-1").status)
        self.assertEqual(403, self.ask(daemon, "producer", f"/api/v1/cases/{CASE}").status)
        # Figures name no case.
        self.ask(daemon, "officer", f"/api/v1/units/{UNIT}/summary", period="2025-Q1")
        found = list(reversed(self.recorded(daemon, 5)))
        self.assertEqual(
            [("access", "officer A", "getCase"), ("access", "auditor A", "getTimeline"),
             ("access", "officer A", "listCases"), ("access", "auditor A", "getReport"),
             ("answer", "officer A", "acknowledge")],
            [(a["kind"], a["by"], a["operation"]) for a in found])
        self.assertEqual((CASE, CASE), (found[0]["case"], found[1]["case"]))
        self.assertEqual("Đơn thư 12", found[1]["reason"])
        self.assertIn("as_of=2025-03-09T00:00:00+07:00", found[1]["query"])
        self.assertEqual(("late-cases", "unit=H34&period=2025-Q1&format=csv"),
                         (found[3]["of"], found[3]["query"]))
        self.assertEqual((alert["id"], "đang làm"), (found[4]["about"], found[4]["comment"]))
        self.assertTrue(all(a["at"].startswith("2025-03-10T09") for a in found))
        # By case, and in pages.
        self.assertEqual(2, len(self.accesses(daemon, case_id=CASE)))
        page = self.ask(daemon, "auditor", "/api/v1/accesses", limit=2).json
        rest = self.accesses(daemon, before=page["next_before"])
        self.assertEqual([a["seq"] for a in reversed(found)],
                         [a["seq"] for a in page["accesses"] + rest])
        # A kill loses none that was shown; the store proves them.
        daemon.kill()
        daemon.start()
        self.assertEqual([a["seq"] for a in reversed(found)],
                         [a["seq"] for a in self.accesses(daemon)])
        daemon.stop()
        self.assertIn("good: ", run("verify", "--data", daemon.data).stdout)

    def test_who_sees_the_log(self):
        daemon = self.served()
        for role, status in [("officer", 403), ("producer", 403), ("auditor", 200),
                             ("administrator", 200)]:
            self.assertEqual(status, self.ask(daemon, role, "/api/v1/accesses").status, role)

    def test_an_auditor_says_why_where_it_is_asked_for(self):
        daemon = self.served("[audit]\nreason_required = true\n")
        path = f"/api/v1/cases/{CASE}"
        refused = self.ask(daemon, "auditor", path)
        self.assertEqual(400, refused.status, refused)
        self.assertIn("Access-Reason", refused.json["detail"])
        self.assertEqual(400, self.ask(daemon, "auditor", path, reason="  ").status)
        self.assertEqual(200, self.ask(daemon, "auditor", path, reason="thanh tra").status)
        self.assertEqual(200, self.ask(daemon, "officer", path).status)
        for bad in ("%0a", "%ff", "%zz", "x" * 501):
            self.assertEqual(400, self.ask(daemon, "auditor", path, reason=bad).status, bad)

    def test_the_texts_go_when_their_time_is_over_and_the_log_stays_whole(self):
        daemon = self.served("[audit]\naccess_days = 365\ncheckpoint_seconds = 1\n")
        self.ask(daemon, "officer", f"/api/v1/cases/{CASE}")
        self.recorded(daemon, 1)
        daemon.stop()
        daemon.clock = "2026-03-11T09:00:00+07:00"
        daemon.start()
        wait_for("the old text is gone", lambda: not self.accesses(daemon))
        daemon.stop()
        self.assertIn("good: ", run("verify", "--data", daemon.data).stdout)


if __name__ == "__main__":
    harness.main()
