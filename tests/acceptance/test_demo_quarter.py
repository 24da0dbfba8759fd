"""The demonstration quarter: demo → replay → serve gives exactly the published report."""

import datetime
import json
import pathlib
import shutil
import tempfile

import harness
import reference
from harness import Q1_CLOCK, AcceptanceTest, Daemon, run

QUARTER = {"from": "2025-01-01", "to": "2025-03-31"}
# The report of quarter I/2025 to the Ministry of Home Affairs (DESIGN section 7, last line).
PUBLISHED = {
    "received": {"total": 50533, "online": 15686, "direct_postal": 29007, "carried_over": 5840},
    "resolved": {"total": 44634, "late": 952},
    "pending": {"total": 5899},
}
EARLY_OR_ON_TIME = 43682
RULES = ("form06", "qd766")
STATES = ("resolved_early", "resolved_on_time", "resolved_late", "pending_in_time", "pending_late")


class DemoQuarter(AcceptanceTest):
    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="tthcmon-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.lines = cls.shared / "demo.jsonl"
        run("demo", "kontum-2025q1", "--out", cls.lines)
        cls.daemon = Daemon(cls.shared, clock=Q1_CLOCK)
        run("replay", "--data", cls.daemon.data, cls.lines)
        cls.daemon.start()
        cls.addClassCleanup(cls.daemon.close)
        # code -> codes directly below
        cls.units = dict(cls.walk("H34"))
        groups = cls.daemon.summary("H34", rule="form06", group_by="unit", **QUARTER)["groups"]
        cls.busiest_leaf = max((g for g in groups if not cls.units[g["key"]]),
                                  key=lambda g: g["received"]["total"])["key"]

    @classmethod
    def walk(cls, code):
        unit = cls.daemon.get(f"/api/v1/units/{code}", date="2025-03-31")
        children = [child["code"] for child in unit["children"]]
        yield code, children
        for child in children:
            yield from cls.walk(child)

    def summary(self, unit="H34", rule="form06", **query):
        return self.daemon.summary(unit, rule=rule, **(query or QUARTER))

    def test_figures_are_the_published_ones(self):
        answer = self.summary()
        for group, figures in PUBLISHED.items():
            for name, value in figures.items():
                self.assertEqual(value, answer[group][name], (group, name))
        self.assertEqual(EARLY_OR_ON_TIME,
                         answer["resolved"]["early"] + answer["resolved"]["on_time"])
        self.assertEqual("97.87", f"{100 * answer['rates']['tt01']:.2f}")
        self.assertEqual("31.04", f"{100 * answer['rates']['online']:.2f}")
        self.assertEqual(("H34", "2025-01-01", "2025-03-31", "form06"),
                         tuple(answer[k] for k in ("unit", "from", "to", "rule")))

    def test_plain_reference_counts_the_same(self):
        with open(self.lines, encoding="utf-8") as lines:
            cases = reference.read_cases(json.loads(line) for line in lines)
        end = datetime.datetime(2025, 3, 31, 23, 59, 59)
        for rule in RULES:
            for unit in ("H34", "H34.05", self.busiest_leaf):
                expected = reference.summary(cases, unit, datetime.date(2025, 1, 1), end.date(),
                                             rule, end)
                answer = self.summary(unit, rule)
                self.assertEqual(expected, {key: answer[key] for key in expected}, (rule, unit))

    def test_period_names_the_same_days(self):
        by_days, by_name = self.summary(), self.summary(period="2025-Q1")
        self.assertEqual(by_days, by_name)

    def test_rules_share_what_came_in(self):
        qd766 = self.summary(rule="qd766")
        self.check_identities(qd766)
        self.assertEqual(0, qd766["resolved"]["early"])
        self.assertNotEqual(self.summary()["resolved"]["late"], qd766["resolved"]["late"])

    def test_identities_and_sums_at_every_unit(self):
        # 14 departments, 9 districts and the city, 102 communes, the province itself.
        self.assertGreaterEqual(len(self.units), 1 + 14 + 10 + 102)
        for rule in RULES:
            summaries = {code: self.summary(code, rule) for code in self.units}
            own = {"H34": 0}
            for case in self.daemon.cases(unit="H34", rule=rule, limit=1000, **QUARTER):
                own[case["unit"]] = own.get(case["unit"], 0) + 1
            for code, children in self.units.items():
                self.check_identities(summaries[code])
                total = sum(summaries[c]["received"]["total"] for c in children)
                self.assertEqual(summaries[code]["received"]["total"], total + own.get(code, 0),
                                 (rule, code))

    def test_group_by_adds_up(self):
        total = self.summary()["received"]["total"]
        for key in ("field", "procedure", "unit", "channel"):
            groups = self.summary(group_by=key, **QUARTER)["groups"]
            self.assertGreater(len(groups), 1, key)
            self.assertEqual(total, sum(group["received"]["total"] for group in groups), key)

    def test_the_list_behind_every_number(self):
        for rule in RULES:
            for unit in ("H34", self.busiest_leaf):
                summary = self.summary(unit, rule)
                for state in STATES:
                    group, name = state.split("_", 1)
                    page = self.daemon.get("/api/v1/cases", unit=unit, rule=rule, state=state,
                                           limit=1, **QUARTER)
                    self.assertEqual(summary[group][name], page["total"], (rule, unit, state))

    def test_late_cases_are_late_by_their_own_dates(self):
        rows = self.daemon.cases(unit="H34", rule="form06", state="resolved_late", limit=500,
                                 **QUARTER)
        self.assertEqual(952, len({row["case_id"] for row in rows}))
        for row in rows:
            due, ended = (datetime.datetime.fromisoformat(row[k]) for k in ("due_at", "ended_at"))
            self.assertLess(due.date(), ended.date(), row)
            self.assertTrue(row["reason"], row)

    def test_earlier_cut_off(self):
        at_end_of_january = self.summary(**QUARTER, as_of="2025-01-31T23:59:59+07:00")
        january = self.summary(**{"from": "2025-01-01", "to": "2025-01-31"})
        self.check_identities(at_end_of_january)
        for group in ("received", "resolved", "pending"):
            self.assertEqual(january[group], at_end_of_january[group])
        self.assertLess(january["received"]["total"], 50533)

    def test_restart_answers_the_same(self):
        before = [self.summary(rule=rule) for rule in RULES]
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(before, [self.summary(rule=rule) for rule in RULES])


if __name__ == "__main__":
    harness.main()
