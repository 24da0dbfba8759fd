"""The plain reference against cases worked out by hand from DESIGN section 4."""

import datetime
import unittest

import harness
import reference
from harness import dossier, progress

CASE = "H34.23.09-250110-00001"
CUT = datetime.datetime(2025, 3, 31, 23, 59, 59)


def at(day, hour=9):
    """Day of January 2025 (32 = 1 February, …) as the wire writes it."""
    moment = datetime.datetime(2025, 1, 1, hour) + datetime.timedelta(days=day - 1)
    return moment.strftime("%Y%m%d%H%M%S")


def arrived(day, hour=9):
    text = reference.instant(at(day, hour)).isoformat()
    return text + "+07:00"


def snapshot(day, hour=9, **fields):
    record = dossier(CASE, NgayTiepNhan=at(2), NgayHenTra=at(20, 17), **fields)
    return {"service": "DongBoHoSoMC", "arrived_at": arrived(day, hour), "data": [record]}


def row(day, status, recorded=None):
    return {"service": "CapNhatTienDoHoSoMC", "arrived_at": arrived(recorded or day),
            "data": [progress(CASE, status, at(day))]}


RECEIVED = snapshot(2, TrangThaiHoSo="2")


def states(*messages, cut=CUT):
    [case] = reference.read_cases(messages)
    return tuple(case.verdict(rule, cut).state for rule in reference.RULES)


class WorkedByHand(unittest.TestCase):
    # (what, expected under qd766, expected under form06, messages)
    TABLE = [
        ("on its due day, after its due hour", "resolved_late", "resolved_on_time",
         [RECEIVED, snapshot(20, 18, TrangThaiHoSo="9", NgayKetThucXuLy=at(20, 18))]),
        ("a day early", "resolved_on_time", "resolved_early",
         [RECEIVED, snapshot(19, TrangThaiHoSo="9", NgayKetThucXuLy=at(19))]),
        ("first 9 of the stretch counts, not the 10 after it", "resolved_on_time", "resolved_early",
         [RECEIVED, row(19, 9), row(25, 10)]),
        ("a 10 before the 9: the 9 counts", "resolved_late", "resolved_late",
         [RECEIVED, row(19, 10), row(25, 9)]),
        ("reopened and ended again: the last stretch counts", "resolved_late", "resolved_late",
         [RECEIVED, row(15, 9), row(18, 4), row(25, 9)]),
        ("reopened, still running after its due day", "pending_late", "pending_late",
         [RECEIVED, row(15, 9), row(18, 4)]),
        ("only submitted", "outside", "outside", [snapshot(2, TrangThaiHoSo="1")]),
        ("refused before receipt", "outside", "outside",
         [snapshot(2, TrangThaiHoSo="1"), snapshot(3, TrangThaiHoSo="3", NgayTuChoi=at(3))]),
        ("refused after receipt, after its due", "resolved_late", "outside",
         [RECEIVED, snapshot(25, TrangThaiHoSo="3", NgayTuChoi=at(25))]),
        ("withdrawn after its due and two requests", "resolved_on_time", "resolved_on_time",
         [RECEIVED, row(5, 5), row(6, 4), row(7, 5), row(40, 7)]),
        ("stopped in time", "resolved_on_time", "pending_in_time", [RECEIVED, row(15, 8)]),
        ("stopped late", "resolved_late", "pending_in_time", [RECEIVED, row(25, 8)]),
        ("waiting for a fee stops only form06", "pending_late", "pending_in_time",
         [RECEIVED, row(15, 6)]),
        ("waiting since before its due", "pending_in_time", "pending_in_time",
         [RECEIVED, row(15, 5)]),
        ("waiting since after its due", "pending_late", "pending_in_time", [RECEIVED, row(25, 5)]),
        ("five days waited, four days late", "resolved_on_time", "resolved_late",
         [RECEIVED, row(10, 5), row(15, 4), row(24, 9)]),
        ("five days waited, six days late", "resolved_late", "resolved_late",
         [RECEIVED, row(10, 5), row(15, 4), row(26, 9)]),
        ("asked twice, early all the same", "resolved_late", "resolved_early",
         [RECEIVED, row(5, 5), row(6, 4), row(7, 5), row(8, 4), row(10, 9)]),
        ("a new due date was given after the request: nothing is subtracted",
         "resolved_late", "resolved_late",
         [RECEIVED, row(10, 5), row(15, 4),
          {**snapshot(16), "data": [dossier(CASE, TrangThaiHoSo="4", NgayHenTra=at(22))]},
          row(24, 9)]),
        ("the latest snapshot's NgayKetThucXuLy stands for the time of the end",
         "resolved_on_time", "resolved_early",
         [RECEIVED, row(25, 9), snapshot(26, TrangThaiHoSo="10", NgayTra=at(26),
                                         NgayKetThucXuLy=at(18))]),
        ("… but only if the latest snapshot gives it", "resolved_late", "resolved_late",
         [RECEIVED, snapshot(24, TrangThaiHoSo="4", NgayKetThucXuLy=at(18)), row(25, 9),
          snapshot(26, TrangThaiHoSo="10", NgayTra=at(26))]),
        ("a snapshot of status 10 is a 9 at its NgayKetThucXuLy too", "resolved_on_time",
         "resolved_early",
         [RECEIVED, snapshot(25, TrangThaiHoSo="10", NgayTra=at(25), NgayKetThucXuLy=at(18)),
          snapshot(26, TrangThaiHoSo="10", NgayTra=at(25))]),
        ("an end stated for after the cut-off leaves the case waiting as it was",
         "pending_in_time", "pending_in_time",
         [RECEIVED, row(15, 5), row(16, 9),
          snapshot(17, TrangThaiHoSo="9", NgayKetThucXuLy=at(100))]),
        ("only the waiting before the end is taken off", "resolved_late", "resolved_late",
         [RECEIVED, row(21, 5), row(31, 9),
          snapshot(32, TrangThaiHoSo="9", NgayKetThucXuLy=at(23))]),
        ("… and not for a stretch that began after that snapshot", "resolved_late",
         "resolved_late",
         [RECEIVED, snapshot(18, TrangThaiHoSo="9", NgayKetThucXuLy=at(18)), row(19, 4),
          row(25, 9)]),
        ("an arrival-dated status gives way to an earlier end that came later",
         "resolved_on_time", "resolved_early",
         [RECEIVED, snapshot(25, TrangThaiHoSo="4"),
          snapshot(26, TrangThaiHoSo="9", NgayKetThucXuLy=at(15))]),
        ("an end after the cut-off is no end yet", "pending_late", "pending_late",
         [RECEIVED, row(100, 9)]),
        ("a blank status makes no row", "resolved_on_time", "resolved_early",
         [RECEIVED, row(15, 9), snapshot(25)]),
        ("no due date is never late", "resolved_on_time", "resolved_on_time",
         [{**RECEIVED, "data": [dossier(CASE, NgayTiepNhan=at(2), TrangThaiHoSo="2")]},
          row(80, 9)]),
    ]

    def test_table(self):
        for what, qd766, form06, messages in self.TABLE:
            with self.subTest(what):
                self.assertEqual((qd766, form06), states(*messages))
                self.assertEqual((qd766, form06), states(*reversed(messages), *messages))

    def test_due_on_the_day_of_the_cut_is_pending_in_time_by_date_only(self):
        cut = datetime.datetime(2025, 1, 20, 23, 59, 59)
        self.assertEqual(("pending_late", "pending_in_time"), states(RECEIVED, cut=cut))

    def test_population_and_identities(self):
        messages = [RECEIVED, snapshot(15, TrangThaiHoSo="9", NgayKetThucXuLy=at(15))]
        cases = reference.read_cases(messages)
        january, february = ((datetime.date(2025, 1, 1), datetime.date(2025, 1, 31)),
                             (datetime.date(2025, 2, 1), datetime.date(2025, 2, 28)))
        for root, expected in (("H34", 1), ("H34.23", 1), ("H34.23.09", 1), ("H34.2", 0)):
            counts = reference.summary(cases, root, *january, "form06", CUT)
            self.assertEqual(expected, counts["received"]["total"], root)
        self.assertEqual(0, reference.summary(cases, "H34", *february, "form06",
                                              CUT)["received"]["total"])

    def test_statutory_time_stands_in_for_a_due_date_under_qd766_only(self):
        # 5 working days after Monday 20/1 is Monday 3/2, because of Tết: 27–31/1.
        def case(end):
            return [{**RECEIVED, "data": [dossier(CASE, NgayTiepNhan=at(20), TrangThaiHoSo="2",
                                                  MaTTHC="1.004884.000.00.00.H34")]}, row(end, 9)]
        self.assertEqual(("resolved_on_time", "resolved_on_time"), states(*case(34)))
        self.assertEqual(("resolved_late", "resolved_on_time"), states(*case(35)))

    def test_statutory_due(self):
        for limit, received, due in [((0, "working_day"), 2, 2), ((1, "working_day"), 3, 6),
                                     ((0, "working_day"), 4, 6), ((10, "day"), 2, 13),
                                     ((30, "day"), 2, 32 + 2)]:
            self.assertEqual(reference.instant(at(due, 17)),
                             reference.statutory_due(limit, reference.instant(at(received))))
        # Received on Friday evening.
        self.assertEqual(reference.instant(at(6, 17)), reference.statutory_due(
            (0, "working_day"), reference.instant(at(3, 20))))

    def test_units_of_both_schemes(self):
        self.assertEqual("H34.23.09", reference.unit_of("000.09.23.H34-250110-0001"))
        self.assertEqual("H34.23.09", reference.unit_of("H34.23.09-250110-00001"))
        self.assertEqual("H34", reference.unit_of("000.00.00.H34-250110-0001"))


if __name__ == "__main__":
    harness.main()
