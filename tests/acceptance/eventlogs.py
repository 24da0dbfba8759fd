"""Event logs as the process-mining exports write them, and a plain count of the process."""

import collections
import csv
import datetime
import gzip
import io
import os
import pathlib
import tomllib
import xml.etree.ElementTree

import reference
from harness import SOURCE_DIR, run

MAPPING = SOURCE_DIR / "ingest" / "source" / "mappings" / "receipt.toml"
# The receipt log itself may not be passed on (4TU terms): a copy beside the sources, or where the
# variable says.
RECEIPT = pathlib.Path(os.environ.get(
    "TTHC_RECEIPT_LOG", SOURCE_DIR.parent / "shared" / "data" / "receipt.csv.gz"))
RECEIPT_SIZE = (1434, 8577)   # cases, events
RECEIPT_PERIOD = ("--from", "2010-01-01", "--to", "2012-12-31")
# Its departments under one root, so that it is exported as one log.
RECEIPT_UNITS = '[[unit]]\ncode = "N01"\nname = "Municipality"\nlevel = "province"\n'

NAMESPACE = "{http://www.xes-standard.org/}"
STATUS_NAMES = {1: "Mới đăng ký", 2: "Được tiếp nhận", 3: "Không được tiếp nhận",
                4: "Đang xử lý", 5: "Yêu cầu bổ sung giấy tờ",
                6: "Yêu cầu thực hiện nghĩa vụ tài chính", 7: "Công dân yêu cầu rút hồ sơ",
                8: "Dừng xử lý", 9: "Đã xử lý xong", 10: "Đã trả kết quả"}
KINDS = {1: "working", 2: "working", 4: "working", 5: "waiting", 6: "waiting",
         3: "closed", 7: "closed", 8: "closed", 9: "closed", 10: "closed"}
SESSIONS = [(datetime.time(7, 30), datetime.time(11, 30)),
            (datetime.time(13), datetime.time(17))]

Event = collections.namedtuple("Event", "activity time group")


def instant(text):
    """Without the fraction's form: Python 3.11 reads any."""
    return datetime.datetime.fromisoformat(text)


def check_xes_form(root):
    """What the schema of IEEE 1849-2016 asks of a log: the order of its parts, its extensions by
    their addresses, and of every trace and event what it declares to be global."""
    assert root.tag == NAMESPACE + "log", root.tag
    assert root.get("xes.version") and root.get("xes.features") is not None, root.attrib
    parts = [child.tag.removeprefix(NAMESPACE) for child in root]
    order = ["extension", "global", "classifier", "string", "trace"]
    assert sorted(parts, key=order.index) == parts, parts[:12]
    prefixes = {e.get("prefix"): e.get("uri") for e in root.iter(NAMESPACE + "extension")}
    assert prefixes == {prefix: f"http://www.xes-standard.org/{prefix}.xesext"
                        for prefix in ("concept", "lifecycle", "org", "time")}, prefixes
    for part in root.iter(NAMESPACE + "global"):
        declared = {(a.tag, a.get("key")) for a in part}
        for element in root.iter(NAMESPACE + part.get("scope")):
            said = [(a.tag, a.get("key")) for a in element]
            assert declared <= set(said), said
    for key in {a.get("key") for e in root.iter() for a in e if a.get("key")}:
        assert ":" not in key or key.split(":")[0] in prefixes, key


def read_xes(text):
    """{case: [Event]}, and every attribute key that there is."""
    root = xml.etree.ElementTree.fromstring(text)
    check_xes_form(root)
    keys = {(element.tag.removeprefix(NAMESPACE), element.get("key"))
            for trace in root.iter(NAMESPACE + "trace") for element in trace.iter()
            if element.get("key")}
    log = {}
    for trace in root.findall(NAMESPACE + "trace"):
        case = trace.find(f"{NAMESPACE}string[@key='concept:name']").get("value")
        assert case not in log, case
        log[case] = []
        for event in trace.findall(NAMESPACE + "event"):
            said = {a.get("key"): a.get("value") for a in event}
            assert said["lifecycle:transition"] == "complete", said
            log[case].append(Event(said["concept:name"], instant(said["time:timestamp"]),
                                   said["org:group"]))
    return log, keys


def read_csv(text):
    log = {}
    for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")):
        log.setdefault(row["case:concept:name"], []).append(
            Event(row["concept:name"], instant(row["time:timestamp"]), row["org:group"]))
    return log


def read_receipt(path):
    """The receipt log (or one like it) as it was published."""
    opened = gzip.open(path, "rt", encoding="utf-8", newline="") if path.suffix == ".gz" else \
        open(path, encoding="utf-8", newline="")
    log = {}
    with opened as file:
        for row in csv.DictReader(file):
            log.setdefault(row["case:concept:name"], []).append(
                Event(row["concept:name"], instant(row["time:timestamp"]), None))
    return log


def without_groups(log):
    return {case: [(e.activity, e.time) for e in events] for case, events in log.items()}


def variants(log):
    return collections.Counter(tuple(e.activity for e in events) for events in log.values())


def write_receipt_like(path, random, cases):
    """A log of the same columns and steps, invented: some steps again, some at odd milliseconds."""
    names = tomllib.loads(MAPPING.read_text("utf-8"))["event"]["named"]
    header = ["case:channel", "case:concept:name", "case:deadline", "case:department",
              "case:enddate", "case:startdate", "concept:name", "org:resource", "time:timestamp"]
    zone = datetime.timezone(datetime.timedelta(hours=1))
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(header)
        for number in range(cases):
            start = datetime.datetime(2011, 1, 3, 9, tzinfo=zone) + datetime.timedelta(
                minutes=random.randrange(200 * 24 * 60))
            moment, rows = start, []
            for _ in range(random.randrange(1, 12)):
                moment += datetime.timedelta(milliseconds=random.randrange(1, 9 * 10**8))
                rows.append((random.choice(names[:6]), f"Resource{random.randrange(9)}", moment))
            end = random.choice([None, moment, moment + datetime.timedelta(days=3)])
            department = random.choice(["General", "Experts", "Customer contact"])
            for name, who, at in rows:
                out.writerow(["Internet", f"case-{number}", "", department, end or "", start, name,
                              who, at.isoformat(sep=" ", timespec="milliseconds")])


def import_receipt(directory, file):
    """A store of the log under the root N01; the options of a command that reads it."""
    (directory / "units.toml").write_text(RECEIPT_UNITS)
    config = directory / "receipt.toml"
    config.write_text('[units]\nfiles = ["units.toml"]\n')
    data = directory / "store"
    run("import", "--config", config, "--data", data, "--mapping", MAPPING, file)
    return ("--config", config, "--data", data, "--unit", "N01", *RECEIPT_PERIOD)


# --- a plain count

def working_seconds(begin, end):
    total, day = 0.0, begin.date()
    while day <= end.date():
        for opens, closes in SESSIONS if reference.works(day) else []:
            first = max(begin, datetime.datetime.combine(day, opens))
            last = min(end, datetime.datetime.combine(day, closes))
            total += max(0.0, (last - first).total_seconds())
        day += datetime.timedelta(days=1)
    return total


def steps_of(case, cut):
    """[(status, begin)]: rows of one status one after the other are one step."""
    steps = []
    for row in case.rows:
        if row.event <= cut and (not steps or steps[-1][0] != row.status):
            steps.append((row.status, row.event))
    return steps or [(2, case.received_at)]


def process(members, cut):
    """What `GET …/process` counts of [(case, verdict)]."""
    count = collections.Counter()
    hours = collections.Counter()
    ways, standing, again = collections.Counter(), collections.Counter(), collections.Counter()
    for case, verdict in members:
        steps = steps_of(case, cut)
        is_open = verdict.state.startswith("pending")
        ends = [begin for _, begin in steps[1:]] + [cut if is_open else steps[-1][1]]
        for (status, begin), end in zip(steps, ends):
            hours[KINDS[status]] += working_seconds(begin, end) / 3600
        names = [STATUS_NAMES[status] for status, _ in steps]
        ways[tuple(names)] += 1
        for name, times in collections.Counter(names).items():
            again[name] += times - 1
        count.update(total=1, open=is_open, events=len(steps), rework=len(set(names)) < len(names))
        if is_open:
            standing[names[-1]] += 1
    return count, hours, ways, +again, standing
