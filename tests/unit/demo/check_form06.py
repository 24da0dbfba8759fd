"""Evaluates the demonstration quarter as one plain batch and compares it with the published report.

check_form06.py FILE [--figures-only]

Written apart from the program, from the rules alone: form06 and qd766, unit H34 (every case of the
file), 2025-01-01 to 2025-03-31. form06 must give the published figures however the lines arrive;
qd766 is printed. Without --figures-only it also asserts that every artefact of the senders occurs.
Times are seconds of local wall-clock time (Asia/Ho_Chi_Minh).
"""
import calendar
import collections
import functools
import gc
import itertools
import json
import random
import sys

DAY = 86400


def local(year, month, day, hour=0, minute=0, second=0):
    return calendar.timegm((year, month, day, hour, minute, second))


FROM = local(2025, 1, 1)
CUT_OFF = local(2025, 3, 31, 23, 59, 59)
LAST_ARRIVAL = local(2025, 3, 31, 23, 59, 0)

PUBLISHED = {
    "received": 50533, "online": 15686, "direct_postal": 29007, "carried_over": 5840,
    "resolved": 44634, "early_or_on_time": 43682, "late": 952, "pending": 5899,
}

# (status sent, NoiDungXuLy) of a progress row -> what it means; None: no news.
ROW_TEXTS = {
    (5, "Hoàn thành bổ sung hồ sơ"): 4,
    (9, "Cán bộ trả hồ sơ bổ sung"): 5,
    (9, "Công dân thực hiện NVTC"): 6,
    (9, "Cán bộ trả bổ sung hồ sơ"): 8,
    (9, "Hồ sơ không có ngày hẹn trả"): None,
}
OWN_DATE = {2: "NgayTiepNhan", 3: "NgayTuChoi", 9: "NgayKetThucXuLy", 10: "NgayTra"}

Statement = collections.namedtuple(
    "Statement", "snapshot status event received due finished channel identity")


@functools.lru_cache(maxsize=None)
def day_start(text):
    return local(int(text[:4]), int(text[4:6]), int(text[6:8]))


def wire_time(text):
    if not text:
        return None
    assert len(text) == 14 and text.isdigit(), text
    return day_start(text[:8]) + int(text[8:10]) * 3600 + int(text[10:12]) * 60 + int(text[12:])


def arrival_time(text):
    assert len(text) == 25 and text[10] == "T" and text.endswith("+07:00"), text
    return wire_time(text[:4] + text[5:7] + text[8:10] + text[11:13] + text[14:16] + text[17:19])


def statement_of(service, entry, text):
    if service == "CapNhatTienDoHoSoMC":
        sent = int(entry["TrangThai"])
        status = ROW_TEXTS.get((sent, entry["NoiDungXuLy"]), sent)
        identity = (entry["ThoiDiemXuLy"], sent, entry["NoiDungXuLy"], entry["NguoiXuLy"])
        return Statement(False, status, wire_time(entry["ThoiDiemXuLy"]), None, None, None, None,
                         identity)
    status = int(entry["TrangThaiHoSo"])
    event = wire_time(entry.get(OWN_DATE.get(status)))
    return Statement(True, status, event, wire_time(entry["NgayTiepNhan"]),
                     wire_time(entry["NgayHenTra"]), wire_time(entry["NgayKetThucXuLy"]),
                     entry.get("KenhThucHien"), text)


def read(path):
    """All lines: (arrival, service, line, [(case, statement)], text of the data)."""
    lines = []
    with open(path, encoding="utf-8") as file:
        for text in file:
            line = json.loads(text)
            service = line["service"]
            # Of a message with one record the text is what the record says, arrival apart.
            said = text[text.index('"data":'):]
            lines.append((arrival_time(line["arrived_at"]), service, line,
                          [(e["MaHoSo"], statement_of(service, e, said)) for e in line["data"]],
                          said))
    return lines


def group(lines):
    """case -> {identity: (statement, [indexes of the lines that say it])}."""
    cases = collections.defaultdict(dict)
    for index, line in enumerate(lines):
        for case, statement in line[3]:
            cases[case].setdefault(statement.identity, (statement, []))[1].append(index)
    return cases


def as_read(said, recorded, place, dedupe):
    """The statements of one case as [(recorded, place, statement)], in the order of arrival."""
    read_as = []
    for statement, indexes in said.values():
        told = sorted((recorded[i], place[i]) for i in indexes)
        for at, where in told[:1] if dedupe else told:
            read_as.append((at, where, statement))
    read_as.sort(key=lambda s: s[:2])
    return read_as


def timeline_of(said):
    events = []
    for recorded, order, statement in said:
        if statement.status is None:
            continue
        event = recorded if statement.event is None else statement.event
        if event <= CUT_OFF:
            events.append((event, recorded, order, statement.status))
    events.sort()
    return [(event, status) for event, _, _, status in events]


def last_stretch(timeline, ending):
    stretch = []
    for event, status in reversed(timeline):
        if status not in ending:
            break
        stretch.insert(0, (event, status))
    return stretch


def end_of(stretch, latest):
    for wanted in (9, 10):
        for event, status in stretch:
            if status == wanted:
                if wanted == 9 and latest is not None and latest.finished is not None:
                    return latest.finished
                return event
    return stretch[0][0]


def facts_of(said):
    snapshots = [s for _, _, s in said if s.snapshot]
    latest = snapshots[-1] if snapshots else None
    received = next((s.received for s in reversed(snapshots) if s.received is not None), None)
    due = latest.due if latest else None
    channel = next((s.channel for s in reversed(snapshots) if s.channel), None)
    return latest, received, due, channel


def judge_form06(said):
    """(origin, class) or None where the case is outside the population."""
    timeline = timeline_of(said)
    latest, received, due, channel = facts_of(said)
    was_received = any(status >= 2 for _, status in timeline)
    if not was_received or received is None or received > CUT_OFF or timeline[-1][1] == 3:
        return None
    if received < FROM:
        origin = "carried_over"
    else:
        origin = "online" if channel == "2" else "direct_postal"
    stretch = last_stretch(timeline, {7, 9, 10})
    if stretch:
        end = end_of(stretch, latest)
        if end < FROM:
            return None
        withdrawn = all(status == 7 for _, status in stretch)
        on_time = withdrawn or due is None or end // DAY <= due // DAY
        return origin, "early_or_on_time" if on_time else "late"
    paused = timeline[-1][1] in (5, 6, 8)
    in_time = paused or due is None or due // DAY >= CUT_OFF // DAY
    return origin, "pending_in_time" if in_time else "pending_late"


def judge_qd766(said):
    timeline = timeline_of(said)
    latest, received, due, _ = facts_of(said)
    was_received = any(status >= 2 for _, status in timeline)
    if not was_received or received is None or received > CUT_OFF:
        return None
    requests = []  # [begin, end or None]
    for event, status in timeline:
        if requests and requests[-1][1] is None and status != 5:
            requests[-1][1] = event
        if status == 5 and (not requests or requests[-1][1] is not None):
            requests.append([event, None])
    stretch = last_stretch(timeline, {3, 7, 8, 9, 10})
    end = end_of(stretch, latest) if stretch else None
    if end is not None and end < FROM:
        return None
    kind = "resolved" if stretch else "pending"
    statuses = {status for _, status in stretch}
    if stretch and statuses == {7}:
        return kind, True
    if len(requests) > 1:
        return kind, False
    if due is None:
        return kind, True
    waited = 0
    if requests and requests[0][1] is not None:
        before = None
        new_due_after = False
        for recorded, _, statement in said:
            if not statement.snapshot:
                continue
            if before is not None and statement.due != before and recorded >= requests[0][0]:
                new_due_after = True
            before = statement.due
        waited = 0 if new_due_after else requests[0][1] - requests[0][0]
    if stretch:
        return kind, end - waited <= due
    if timeline[-1][1] == 5:
        return kind, requests[-1][0] - waited <= due
    return kind, CUT_OFF - waited <= due


def form06_figures(cases, recorded, place, dedupe=True):
    count = collections.Counter()
    for said in cases.values():
        verdict = judge_form06(as_read(said, recorded, place, dedupe))
        if verdict is None:
            count["outside"] += 1
            continue
        origin, outcome = verdict
        pending = outcome.startswith("pending")
        for name in ("received", origin, outcome, "pending" if pending else "resolved"):
            count[name] += 1
    return count


def qd766_figures(cases, recorded, place):
    count = collections.Counter()
    for said in cases.values():
        verdict = judge_qd766(as_read(said, recorded, place, True))
        if verdict is not None:
            count["received"] += 1
            count[verdict[0] + ("_in_time" if verdict[1] else "_late")] += 1
    return count


def readings(lines):
    """(name, recorded time of each line, place of each line, whether repetitions are dropped)."""
    arrived = [line[0] for line in lines]
    never_back = list(itertools.accumulate(arrived, max))
    in_file = list(range(len(lines)))
    shuffled = in_file[:]
    random.Random(2025).shuffle(shuffled)
    return [
        ("as given", arrived, in_file, True),
        ("as given, repetitions kept", arrived, in_file, False),
        ("as given, recorded time never going back", never_back, in_file, True),
        ("shuffled", arrived, shuffled, True),
        ("all at the last minute", [LAST_ARRIVAL] * len(lines), in_file, True),
        ("all at the last minute, shuffled", [LAST_ARRIVAL] * len(lines), shuffled, True),
        ("all after the quarter, shuffled", [CUT_OFF + 1] * len(lines), shuffled, True),
    ]


def count_artefacts(lines):
    """What the senders do, counted on the raw lines."""
    count = collections.Counter()
    seen, units = set(), set()
    previous_arrival = 0
    rows, snapshots = collections.defaultdict(dict), collections.defaultdict(list)
    for arrival, service, line, statements, text in lines:
        assert arrival <= LAST_ARRIVAL, line["arrived_at"]
        count["lines"] += 1
        count["statements"] += len(statements)
        count["line out of order"] += arrival < previous_arrival
        previous_arrival = max(previous_arrival, arrival)
        duplicate = text in seen
        count["message sent twice"] += duplicate
        seen.add(text)
        count["chunk of ten rows"] += len(line["data"]) == 10
        assert len(line["data"]) <= 10
        for entry, (case, statement) in zip(line["data"], statements):
            units.add(case.rsplit("-", 2)[0])
            if statement.event is not None:
                assert statement.event <= arrival, (case, line["arrived_at"])
            if statement.snapshot:
                if not duplicate:
                    snapshots[case].append((arrival, statement, entry, line["isUpdating"]))
                own = statement.event is not None and statement.status in (9, 10)
                count["finished, told a day or more later"] += (
                    own and arrival - statement.event >= DAY)
            else:
                rows[case][(statement.event, entry["TrangThai"], entry["NoiDungXuLy"])] = statement
                count["arrived a day or more after the event"] += arrival - statement.event >= DAY
    for case, said in snapshots.items():
        count_of_case(said, sorted(rows[case].items()), count)
    count["cases"] = len(snapshots)
    count["units"] = len(units)
    count["old unit codes"] = sum(unit.startswith("000.") for unit in units)
    count["new unit codes"] = sum(unit.startswith("H34") for unit in units)
    return count


def count_of_case(said, rows, count):
    said = sorted(said, key=lambda s: s[0])
    statements = [s for _, s, _, _ in said]
    entries = [e for _, _, e, _ in said]
    statuses = [s.status for s in statements]
    texts = [text for (_, _, text), _ in rows]
    for (_, sent, text), statement in rows:
        if (int(sent), text) in ROW_TEXTS:
            count["row %s %s" % (sent, text)] += 1
    requests = len({event for (event, _, _), s in rows if s.status == 5})
    count["one request"] += requests == 1
    count["two requests"] += requests == 2
    count["withdrawn"] += any(s.status == 7 for _, s in rows)
    count["stopped"] += any(s.status == 8 for _, s in rows)
    count["tax duty"] += any(s.status == 6 for _, s in rows)
    count["apology slip"] += any(text.startswith("Phiếu xin lỗi") for text in texts)
    count["waiting sent as finished"] += any(s.status == 9 and not s.finished for s in statements)
    count["synthetic first row 2"] += any(sent == "2" for (_, sent, _), _ in rows)
    count["synthetic last row 9"] += "Kết thúc xử lý hồ sơ" in texts
    count["bare 1 then 2"] += statuses[:2] == [1, 2]
    count["reopened"] += any(text.startswith("Xử lý lại") for text in texts)
    count["no due date"] += statements[0].received is not None and statements[0].due is None
    count["revised: due date"] += len({s.due for s in statements if s.due}) > 1
    ends = {s.finished for s in statements if s.finished}
    final = statements[-1]
    count["revised: back-dated to the due minute"] += (
        len(ends) > 1 and final.due in ends and max(ends) > final.due)
    count["revised: dossier corrected"] += len({e["HinhThuc"] for e in entries}) > 1
    returned = [(wire_time(e.get("NgayTra")), s) for s, e in zip(statements, entries)]
    count["result given before the closing click"] += any(
        t and s.finished and t < s.finished for t, s in returned)
    count["result given, still open"] += final.status == 4 and any(t for t, _ in returned)
    count["procedure code short and long"] += len({e["MaTTHC"] for e in entries}) > 1
    count["channel missing"] += "KenhThucHien" not in entries[0]
    moved = [(a, s) for (a, s, _, _) in said if s.due]
    count["due date moved after it had passed"] += any(
        later.due > earlier.due and arrival > earlier.due
        for (_, earlier), (arrival, later) in zip(moved, moved[1:]))
    last = entries[-1]
    count["digitised"] += bool(last["TaiLieuNop"])
    count["reused"] += any(
        p.get("DuocTaiSuDung") == "1" for p in last["TaiLieuNop"])
    count["electronic result"] += any(e["DanhSachGiayToKetQua"] for e in entries)
    count["paid online"] += last.get("DuocThanhToanTrucTuyen") in ("1", "2") and (
        bool(last["DanhSachLePhi"]))


def main():
    gc.disable()  # millions of small tuples, none of them in a cycle
    path, figures_only = sys.argv[1], "--figures-only" in sys.argv[2:]
    lines = read(path)
    cases = group(lines)
    wrong = []
    for name, recorded, place, dedupe in readings(lines):
        figures = form06_figures(cases, recorded, place, dedupe)
        print("form06,", name + ":", dict(sorted(figures.items())))
        wrong += ["form06, %s: %s is %d, published %d" % (name, what, figures[what], number)
                  for what, number in PUBLISHED.items() if figures[what] != number]
        if name == "as given":
            figures = qd766_figures(cases, recorded, place)
            print("qd766, ", name + ":", dict(sorted(figures.items())))
    if not figures_only:
        for what, number in sorted(count_artefacts(lines).items()):
            print("%8d %s" % (number, what))
            if number <= 0:
                wrong.append("no occurrence of: " + what)
    for sentence in wrong:
        print("WRONG:", sentence)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
