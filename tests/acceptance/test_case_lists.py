"""Lists by the clock, by urgency and by news, and the days of a trend, against the cases one by one."""

import unittest

from harness import AcceptanceTest, dossier, progress

CLOCK = "2025-03-12T10:00:00+07:00"   # a Wednesday
UNIT = "H34.05"
QUARTER = {"unit": UNIT, "period": "2025-Q1", "rule": "qd766"}
# number -> (due, what came after the receipt)
CASES = {
    f"{UNIT}-250303-00001": ("20250310170000", []),                           # overdue
    f"{UNIT}-250303-00002": ("20250305170000", []),                           # overdue, longer
    f"{UNIT}-250303-00003": ("20250312150000", []),                           # due soon
    f"{UNIT}-250303-00004": ("20250328170000", []),                           # in time
    f"{UNIT}-250303-00005": ("20250314170000", [(5, "20250304090000")]),      # waits
    f"{UNIT}-250303-00006": ("20250306170000", [(9, "20250305090000")]),      # ended in time
    f"{UNIT}-250303-00007": ("20250306170000", [(9, "20250310090000")]),      # ended late
}
BY_URGENCY = [2, 1, 3, 4, 5]
CLOCKS = ("in_time", "due_soon", "overdue", "paused")


class CaseListsTest(AcceptanceTest):
    def setUp(self):
        super().setUp()
        self.monitor = self.daemon(clock=CLOCK)
        for case_id, (due, steps) in CASES.items():
            self.monitor.onestop("DongBoHoSoMC", [dossier(
                case_id, TrangThaiHoSo="2", NgayTiepNhan="20250303080000", NgayHenTra=due)])
            for status, when in steps:
                self.monitor.onestop("CapNhatTienDoHoSoMC", [progress(case_id, status, when)])

    def numbers(self, **query):
        return [int(row["case_id"][-1]) for row in self.monitor.cases(**QUARTER, **query)]

    def test_the_clock_of_each_case(self):
        clocks = {}
        for row in self.monitor.cases(**QUARTER):
            one = self.monitor.case(row["case_id"])
            if row["ended_at"] is None:
                self.assertEqual(one["clock"], row["clock"])
                self.assertEqual(one["status"]["name"], row["status"])
            else:
                self.assertEqual("not_open", row["clock"]["state"])
                self.assertIsNone(row["status"])
            clocks.setdefault(row["clock"]["state"], []).append(int(row["case_id"][-1]))
        self.assertEqual({"overdue": [1, 2], "due_soon": [3], "in_time": [4], "paused": [5],
                          "not_open": [6, 7]}, clocks)
        open_cases = self.monitor.summary(UNIT, period="2025-Q1", rule="qd766")["open"]
        for clock in CLOCKS:
            self.assertEqual(clocks[clock], self.numbers(clock=clock))
            self.assertEqual(len(clocks[clock]), open_cases[clock])
        self.assertEqual(sum(open_cases[clock] for clock in CLOCKS), open_cases["total"])
        self.assertEqual([1, 2, 3], self.numbers(clock="overdue,due_soon"))

    def test_orders_page_by_page(self):
        for limit in (1, 2, 100):
            self.assertEqual(BY_URGENCY, self.numbers(order="urgency", state="pending", limit=limit))
            self.assertEqual(BY_URGENCY + [6, 7], self.numbers(order="urgency", limit=limit))
            # What was said last first: they were sent in the order of their numbers.
            self.assertEqual([7, 6, 5, 4, 3, 2, 1], self.numbers(order="recent", limit=limit))
            self.assertEqual([1, 2, 3, 4, 5, 6, 7], self.numbers(limit=limit))

    def test_what_was_said_since(self):
        recorded = {int(row["case_id"][-1]): row["recorded"] for row in self.monitor.cases(**QUARTER)}
        for number, since in recorded.items():
            expected = sorted(other for other, at in recorded.items() if at >= since)
            self.assertEqual(expected, self.numbers(recorded_since=since), number)

    def test_the_days_add_up_to_the_summary(self):
        for rule in ("form06", "qd766"):
            trend = self.monitor.get(f"/api/v1/units/{UNIT}/trend", period="2025-Q1", rule=rule)
            summary = self.monitor.summary(UNIT, period="2025-Q1", rule=rule)
            days = {day["day"]: day for day in trend["days"]}
            self.assertEqual("2025-01-01", trend["days"][0]["day"])
            self.assertEqual("2025-03-12", trend["days"][-1]["day"])
            self.assertEqual(len(CASES), days["2025-03-03"]["received"])
            self.assertEqual(1, days["2025-03-10"]["late"])
            self.assertEqual(summary["received"]["total"],
                             trend["carried_over"] + sum(day["received"] for day in trend["days"]))
            self.assertEqual(summary["resolved"]["total"],
                             sum(day["resolved"] for day in trend["days"]))
            self.assertEqual(summary["resolved"]["late"], sum(day["late"] for day in trend["days"]))
        march = self.monitor.get(f"/api/v1/units/{UNIT}/trend",
                                 **{"from": "2025-03-05", "to": "2025-03-31"})
        self.assertEqual(len(CASES), march["carried_over"])


if __name__ == "__main__":
    unittest.main()
