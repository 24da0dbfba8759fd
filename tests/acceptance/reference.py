"""A plain batch computation of DESIGN section 4: no store, no increments, no cleverness.

Written from the rules alone, to be compared with the program. It reads the same lines that
`tthcmon replay` reads (generic sender, 14-digit dates) and recomputes everything for every
question. Times are naive datetimes of Asia/Ho_Chi_Minh. Rules as fixed by
docs/decisions/0001-reading-of-the-rules.md.

Not covered: limits in working hours or months, the dialects of configured senders, the `opencps`
rule.
"""

import collections
import datetime
import json
import tomllib

from harness import SOURCE_DIR

RULES = ("qd766", "form06")
ENDS = {"qd766": {9, 10, 8, 3, 7}, "form06": {9, 10, 7}}
PAUSES = {"qd766": {5}, "form06": {5, 6, 8}}
ENDED_STATUSES = {3, 7, 8, 9, 10}
OWN_DATE = {2: "NgayTiepNhan", 3: "NgayTuChoi", 9: "NgayKetThucXuLy", 10: "NgayTra"}

Statement = collections.namedtuple("Statement", "arrival position snapshot record content")
# What a statement says happened; `dated`: at a time of its own, not that of its arrival.
Row = collections.namedtuple("Row", "event arrival position status content snapshot dated")
# What a progress row of status (as sent) really is by its text (WIRE 10.4).
NOTES = {("5", "Hoàn thành bổ sung hồ sơ"): 4, ("9", "Cán bộ trả hồ sơ bổ sung"): 5,
         ("9", "Công dân thực hiện NVTC"): 6, ("9", "Cán bộ trả bổ sung hồ sơ"): 8,
         ("9", "Hồ sơ không có ngày hẹn trả"): 4}

# Days off of December 2024 to September 2025 (6150/TB-BLĐTBXH), Saturdays worked instead.
DAYS_OFF = {datetime.date(2025, month, day) for month, day in
            [(1, 1), (1, 27), (1, 28), (1, 29), (1, 30), (1, 31), (4, 7), (4, 30), (5, 1), (5, 2),
             (9, 1), (9, 2)]}
WORKED = {datetime.date(2025, 4, 26)}
CLOSE = datetime.time(17)

# state: "outside", "resolved_early|on_time|late", "pending_in_time|late".
# want_of_due: in time for no other reason than that there is no due date.
Verdict = collections.namedtuple("Verdict", "state received end due want_of_due")
OUTSIDE = Verdict("outside", None, None, None, False)


def instant(text):
    """14 digits, or RFC 3339 with +07:00, as local time; None where nothing is said."""
    if not text:
        return None
    if "T" in text:
        assert text.endswith("+07:00"), text
        return datetime.datetime.fromisoformat(text[:-6])
    return datetime.datetime.strptime(text, "%Y%m%d%H%M%S")


def catalogue():
    """procedure -> (amount, unit) of its statutory time."""
    with open(SOURCE_DIR / "config" / "data" / "procedures_kontum.toml", "rb") as file:
        return {p["code"]: (p["limit"]["amount"], p["limit"]["unit"])
                for p in tomllib.load(file)["procedure"]
                if p.get("limit", {}).get("unit") in ("day", "working_day")}


LIMITS = catalogue()


def procedure_key(text):
    """The first two groups of a national code; what follows names an owner."""
    return ".".join(text.split(".")[:2])


def works(day):
    return day in WORKED or (day.weekday() < 5 and day not in DAYS_OFF)


def statutory_due(limit, received):
    """Close of the last day; the day of receipt is not counted, a day off rolls forward. Received
    after the close of its only day, a case has the next working day."""
    amount, unit = limit
    day = received.date()
    if unit == "day":
        day += datetime.timedelta(days=amount)
    else:
        while amount:
            day += datetime.timedelta(days=1)
            amount -= works(day)
    while not works(day) or datetime.datetime.combine(day, CLOSE) <= received:
        day += datetime.timedelta(days=1)
    return datetime.datetime.combine(day, CLOSE)


def canonical_unit(code):
    """Root first, zero groups dropped: "000.09.23.H34" -> "H34.23.09"."""
    groups = code.split(".")
    if not groups[0][:1].isalpha():
        groups = [g for g in reversed(groups) if g.strip("0")]
    return ".".join(groups)


def unit_of(case_id):
    """The case number is unit-date-serial, read from the right."""
    return canonical_unit(case_id.rsplit("-", 2)[0])


def statements_by_case(messages):
    """Every distinct statement of every case, each at its earliest arrival."""
    cases = collections.defaultdict(dict)
    for message in messages:
        arrival = instant(message["arrived_at"])
        snapshot = message["service"] == "DongBoHoSoMC"
        for position, record in enumerate(message["data"]):
            # "", null and a missing key say the same: nothing.
            said = {field: value for field, value in record.items() if value not in ("", None)}
            content = json.dumps([snapshot, said], sort_keys=True, ensure_ascii=False)
            seen = cases[record["MaHoSo"]]
            if content in seen and seen[content].arrival <= arrival:
                continue
            seen[content] = Statement(arrival, position, snapshot, record, content)
    return {case_id: list(seen.values()) for case_id, seen in cases.items()}


def rows_of(statement):
    """What happened according to one statement; a blank status says nothing."""
    arrival, position, snapshot, record, content = statement
    if not snapshot:
        sent = record["TrangThai"]
        status = NOTES.get((sent, record["NoiDungXuLy"]), int(sent))
        return [Row(instant(record["ThoiDiemXuLy"]), arrival, position, status, content, False,
                    True)]
    status = int(record.get("TrangThaiHoSo") or 0)
    if status == 0:
        return []
    own = instant(record.get(OWN_DATE.get(status, "")))
    rows = [Row(own or arrival, arrival, position, status, content, True, own is not None)]
    finished = instant(record.get("NgayKetThucXuLy"))
    if status == 10 and finished is not None:
        rows.append(Row(finished, arrival, position, 9, content, True, True))
    return rows


class Case:
    """One case, as known at some moment (`known_at`; None: all that has come)."""

    def __init__(self, case_id, statements, known_at=None):
        self.case_id = case_id
        self.unit = unit_of(case_id)
        self.statements = [s for s in statements if known_at is None or s.arrival <= known_at]
        self.snapshots = sorted((s for s in self.statements if s.snapshot),
                                key=lambda s: s.arrival)
        self.received_at = instant(self.latest("NgayTiepNhan"))
        self.due = instant(self.latest("NgayHenTra"))
        limit = LIMITS.get(procedure_key(self.latest("MaTTHC") or ""))
        self.statutory = (statutory_due(limit, self.received_at)
                          if limit and self.received_at else None)
        self.online = self.latest("KenhThucHien") == "2"
        self.said = sorted(row for s in self.statements for row in rows_of(s))
        self.rows = [row for row in self.said if not self.void(row)]

    def latest(self, field):
        """What the latest snapshot that states the field says; empty does not erase."""
        for snapshot in reversed(self.snapshots):
            if snapshot.record.get(field):
                return snapshot.record[field]
        return None

    def void(self, row):
        """A status dated only by its arrival is overruled by a later snapshot's earlier end."""
        return not row.dated and any(
            other.snapshot and other.status in ENDED_STATUSES and other.arrival > row.arrival
            and other.event <= row.event for other in self.said)

    def received_by(self, cut):
        came = any(row.status == 2 or 4 <= row.status <= 10 for row in self.said)
        return came and self.received_at is not None and self.received_at <= cut

    def requests(self, rows):
        """[(first row's time, time of the next row of another status or None)]."""
        found = []
        for i, row in enumerate(rows):
            if row.status != 5:
                if i and rows[i - 1].status == 5:
                    found[-1] = (found[-1][0], row.event)
            elif i == 0 or rows[i - 1].status != 5:
                found.append((row.event, None))
        return found

    def new_due_since(self, moment):
        """Was a due date other than the one before recorded at or after `moment`?"""
        before = None
        for snapshot in self.snapshots:
            due = snapshot.record.get("NgayHenTra")
            if not due:
                continue
            if before is not None and due != before and snapshot.arrival >= moment:
                return True
            before = due
        return False

    def end(self, rule, rows, cut):
        """(time, status) of the end at the cut-off or None, and the rows before it."""
        before = list(rows)
        while before and before[-1].status in ENDS[rule]:
            before.pop()
        stretch = rows[len(before):]
        if not stretch:
            return None, before
        by = (next((r for r in stretch if r.status == 9), None)
              or next((r for r in stretch if r.status == 10), None) or stretch[0])
        time = by.event
        if by.status in (9, 10) and self.snapshots:
            latest = self.snapshots[-1]
            stated = instant(latest.record.get("NgayKetThucXuLy"))
            of_an_earlier_stretch = (stated is not None and before
                                     and before[-1].arrival > latest.arrival
                                     and before[-1].event > stated)
            if stated is not None and not of_an_earlier_stretch:
                time = stated
        return (time, by.status) if time <= cut else None, before

    def verdict(self, rule, cut):
        if not self.received_by(cut):
            return OUTSIDE
        rows = [row for row in self.rows if row.event <= cut]
        end, before = self.end(rule, rows, cut)
        if end is None:
            rows = before   # an end stated for after the cut-off has not happened yet
        if rule == "form06" and rows and rows[-1].status == 3:
            return OUTSIDE
        judge = self.judge_qd766 if rule == "qd766" else self.judge_form06
        state = judge(rows, end, cut)
        excused = (end and end[1] == 7) or (rule == "form06" and end is None and rows
                                            and rows[-1].status in PAUSES[rule])
        due = self.due_under(rule)
        return Verdict(state, self.received_at, end and end[0], due,
                       due is None and not state.endswith("late") and not excused)

    def due_under(self, rule):
        return self.due or (self.statutory if rule == "qd766" else None)

    def judge_form06(self, rows, end, cut):
        due = self.due and self.due.date()
        if end:
            if end[1] == 7 or due is None or end[0].date() == due:
                return "resolved_on_time"
            return "resolved_early" if end[0].date() < due else "resolved_late"
        if due is None or (rows and rows[-1].status in PAUSES["form06"]):
            return "pending_in_time"
        return "pending_late" if due < cut.date() else "pending_in_time"

    def judge_qd766(self, rows, end, cut):
        if end and end[1] == 7:
            return "resolved_on_time"
        requests = self.requests(rows)
        if end:
            moment = end[0]
        elif rows and rows[-1].status == 5:
            moment = requests[-1][0]
        else:
            moment = cut
        waited = datetime.timedelta()
        for asked, answered in requests:
            if answered is not None and not self.new_due_since(asked):
                waited += max(min(answered, moment) - asked, datetime.timedelta())
        due = self.due_under("qd766")
        in_time = len(requests) <= 1 and (due is None or moment - waited <= due)
        if end:
            return "resolved_on_time" if in_time else "resolved_late"
        return "pending_in_time" if in_time else "pending_late"


def read_cases(messages, known_at=None):
    return [Case(case_id, statements, known_at)
            for case_id, statements in sorted(statements_by_case(messages).items())]


def under(unit, root):
    return unit == root or unit.startswith(root + ".")


def cut_off(last_day, now):
    return min(datetime.datetime.combine(last_day, datetime.time(23, 59, 59)), now)


def population(cases, root, first_day, last_day, rule, now):
    """[(case, verdict)] of the period's population at the cut-off."""
    cut = cut_off(last_day, now)
    start = datetime.datetime.combine(first_day, datetime.time())
    members = []
    for case in cases:
        if not under(case.unit, root):
            continue
        verdict = case.verdict(rule, cut)
        if verdict.state == "outside" or (verdict.end is not None and verdict.end < start):
            continue
        members.append((case, verdict))
    return members


def summary(cases, root, first_day, last_day, rule, now):
    """The counts of GET /api/v1/units/{root}/summary."""
    members = population(cases, root, first_day, last_day, rule, now)
    start = datetime.datetime.combine(first_day, datetime.time())
    state = collections.Counter(verdict.state for _, verdict in members)
    carried = sum(verdict.received < start for _, verdict in members)
    online = sum(verdict.received >= start and case.online for case, verdict in members)
    early, on_time, late = (state["resolved_" + k] for k in ("early", "on_time", "late"))
    in_time, overdue = state["pending_in_time"], state["pending_late"]
    return {
        "received": {"total": len(members), "online": online,
                     "direct_postal": len(members) - online - carried, "carried_over": carried},
        "resolved": {"total": early + on_time + late, "early": early, "on_time": on_time,
                     "late": late},
        "pending": {"total": in_time + overdue, "in_time": in_time, "late": overdue},
        "no_due_date": sum(verdict.want_of_due for _, verdict in members),
    }


def rates(counts):
    """The three rates of those counts; None where the denominator is empty."""
    resolved, received = counts["resolved"], counts["received"]
    kept = resolved["early"] + resolved["on_time"]

    def ratio(numerator, denominator):
        return numerator / denominator if denominator else None

    return {"tt01": ratio(kept, resolved["total"]),
            "qd766": ratio(kept + counts["pending"]["in_time"], received["total"]),
            "online": ratio(received["online"], received["total"])}
