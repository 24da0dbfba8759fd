"""Counts the published shares of the demonstration quarter from the fields that its senders send, and
holds its registers against its messages.

check_indicators.py MESSAGES CATALOGUE.toml REGISTERS_DIRECTORY

Written apart from the program, from the rules alone. The shares are those of the report of quarter
I/2025: digitised and reused of all received, electronic results of all resolved, paid online of those
whose procedure has a fee; population and outcome by form06 (check_form06.py).
"""
import collections
import decimal
import gc
import itertools
import json
import pathlib
import random
import sys
import tomllib

from check_form06 import (CUT_OFF, FROM, LAST_ARRIVAL, as_read, group, judge_form06, judge_qd766,
                          read, wire_time)

PUBLISHED = {"digitised": "78.93", "e_result": "80.32", "reused": "25.36", "paid_online": "76.36",
             "online": "31.04"}
FEE_TRANSACTIONS, LAND_TRANSACTIONS = 21287, 1108
# Fields that only the province-wide product sends (WIRE.md 3.1): it alone gives NoiNopHoSo.
PROVINCE_WIDE_ONLY = {"HoSoCoThanhPhanSoHoa", "DuocThanhToanTrucTuyen", "NoiNopHoSo", "NgayNopHoSo",
                      "TaiKhoanDuocXacThucVoiVNeID", "DSKetNoiCSDL", "DinhDanhCHS"}
OPENCPS_PAPER = {"TenTepDinhKem", "MaThanhPhanHoSo", "TepDinhKemId", "DuongDanTaiTepTin", "IsDeleted"}


def percent(numerator, denominator):
    share = decimal.Decimal(100 * numerator) / decimal.Decimal(denominator)
    return str(share.quantize(decimal.Decimal("0.01"), decimal.ROUND_HALF_UP))


def flags_of(record):
    """What one dossier record says beside dates and status."""
    papers = [p for p in record.get("TaiLieuNop") or [] if p["IsDeleted"] == "False"]
    results = [r for r in record.get("DanhSachGiayToKetQua") or []
               if r.get("DuongDanTepTinKetQua") and r.get("MaGiayToKetQua")]
    fees = [int(f["Gia"]) for f in record.get("DanhSachLePhi") or []]
    flags = {
        "file": bool(papers),
        "digitised": record.get("HoSoCoThanhPhanSoHoa") == "1" or any(
            p.get("DuocSoHoa") == "1" for p in papers),
        "reused": any(p.get("DuocTaiSuDung") in ("1", "2") for p in papers),
        "e_result": bool(results),
        "paid": record.get("DuocThanhToanTrucTuyen") in ("1", "2"),
        "databases": bool(record.get("DSKetNoiCSDL")),
        "by_post": record.get("HinhThuc") == "1",
    }
    return {name for name, said in flags.items() if said}, fees


def snapshots_of(lines):
    """text of a dossier record -> (procedure, flags, amounts of its fee lines)."""
    said = {}
    for _, service, line, _, text in lines:
        if service == "DongBoHoSoMC":
            [record] = line["data"]
            procedure = ".".join(record["MaTTHC"].split(".")[:2])
            said[text] = (procedure, *flags_of(record))
    return said


def latest_flags(history, snapshots):
    """Procedure, flags and fee amounts of the latest record that says any."""
    procedure, flags, fees = None, set(), []
    for _, _, statement in history:
        if not statement.snapshot:
            continue
        procedure, said, amounts = snapshots[statement.identity]
        if said or amounts:
            flags, fees = said, amounts
    return procedure, flags, fees


def count_cases(cases, snapshots, catalogue, recorded, place, judge):
    """Counts of the population; and for each case of it (flags, fee amounts, has a fee)."""
    count, facts = collections.Counter(), {}
    for number, said in cases.items():
        history = as_read(said, recorded, place, True)
        verdict = judge(history)
        if verdict is None:
            continue
        procedure, flags, fees = latest_flags(history, snapshots)
        known = catalogue[procedure]
        fee = known.get("has_fee", False) and not (fees and not any(fees))
        resolved = not verdict[1].startswith("pending")
        facts[number] = (flags, fees, fee)
        count["received"] += 1
        count["resolved"] += resolved
        count["fee"] += fee
        count["online"] += verdict[0] == "online"
        count["digitised"] += "digitised" in flags
        count["reused"] += "reused" in flags
        documented = known.get("returns_document", True)
        count["e_result"] += documented and resolved and "e_result" in flags
        count["link of any case"] += "e_result" in flags
        count["paid_online"] += fee and "paid" in flags
        count["paid of any case"] += "paid" in flags
    return count, facts


def shares(count):
    return {"digitised": percent(count["digitised"], count["received"]),
            "e_result": percent(count["e_result"], count["resolved"]),
            "reused": percent(count["reused"], count["received"]),
            "paid_online": percent(count["paid_online"], count["fee"]),
            "online": percent(count["online"], count["received"])}


def check_senders(lines):
    """No family of senders says what WIRE.md does not know of it."""
    wrong, families = set(), collections.Counter()
    for _, service, line, _, _ in lines:
        if service != "DongBoHoSoMC":
            continue
        [record] = line["data"]
        if "NoiNopHoSo" in record:
            families["province-wide"] += 1
            has_paper = "1" if record["TaiLieuNop"] else "0"
            if record["HoSoCoThanhPhanSoHoa"] != has_paper:
                wrong.add("HoSoCoThanhPhanSoHoa is not what TaiLieuNop says")
            continue
        wrong |= {"only the province-wide product sends " + field
                  for field in PROVINCE_WIDE_ONLY & record.keys()}
        if "Fax" not in record:
            families["satellite"] += 1
            continue
        families["OpenCPS"] += 1
        if "KenhThucHien" in record:
            wrong.add("OpenCPS sends no KenhThucHien")
        if record["DanhSachLePhi"] or record["DanhSachGiayToKetQua"]:
            wrong.add("OpenCPS fills no fees and no results")
        if any(paper.keys() != OPENCPS_PAPER for paper in record["TaiLieuNop"]):
            wrong.add("OpenCPS sends five fields of a paper")
    print("records by sender:", dict(families))
    if len(families) != 3:
        wrong.add("there are not three families of senders")
    return sorted(wrong)


def load(directory, name):
    with open(pathlib.Path(directory) / (name + ".jsonl"), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def time_of(text):
    assert text.endswith("+07:00"), text
    return wire_time(text[:4] + text[5:7] + text[8:10] + text[11:13] + text[14:16] + text[17:19])


def check_payments(rows, facts):
    def total(kind):
        amounts = [row["amount_dong"] for row in rows if row["kind"] == kind]
        return len(amounts), sum(amounts)

    fees_of = collections.defaultdict(list)
    for row in rows:
        if row["kind"] == "fee":
            fees_of[row["case_id"]].append(row["amount_dong"])
    over_gateway = {row["case_id"] for row in rows if row["gateway"] != "counter"}
    paid = {case for case, (flags, _, fee) in facts.items() if fee and "paid" in flags}
    fees, land = total("fee"), total("land_duty")
    print("payments: fees", fees, "land duties", land, "cases over a gateway", len(over_gateway),
          "cases flagged", len(paid))
    yield fees[0] == FEE_TRANSACTIONS, "number of fee transactions"
    yield round(fees[1] / 1e9, 3) == 2.319, "sum of fees"
    yield land[0] == LAND_TRANSACTIONS, "number of land-duty transactions"
    yield round(land[1] / 1e9, 3) == 5.505, "sum of land duties"
    yield len({row["id"] for row in rows}) == len(rows), "payments: an id occurs twice"
    yield all(row["case_id"] in facts for row in rows), "a payment of no case of the population"
    yield over_gateway == paid, "the register pays other cases online than the dossiers say"
    yield all(sorted(amounts) == sorted(facts[case][1]) for case, amounts in fees_of.items()), (
        "fee transactions are not the case's fee lines")
    yield all(FROM <= time_of(row["paid_at"]) <= CUT_OFF for row in rows), (
        "a payment outside the quarter")
    yield all(row["amount_dong"] > 0 for row in rows), "a payment of nothing"


def check_registers(directory, facts):
    yield from check_payments(load(directory, "payments"), facts)
    petitions = load(directory, "petitions")
    answered = [row for row in petitions if "answered_at" in row]
    yield (len(petitions), len(answered)) == (3, 2), "petitions: 3 received, 2 answered"
    yield all(FROM <= time_of(row["first_received_at"]) <= CUT_OFF for row in petitions), (
        "a petition outside the quarter")
    yield all(row["case_id"] in facts for row in petitions if "case_id" in row), (
        "a petition about no case")
    ratings = load(directory, "ratings")
    kinds = collections.Counter(row["rating"] for row in ratings)
    print("ratings:", dict(kinds))
    yield set(kinds) == {"like", "neutral", "dislike"}, "ratings are not of every kind"
    yield all(row["case_id"] in facts for row in ratings), "a rating of no case"
    yield all(time_of(row["rated_at"]) <= LAST_ARRIVAL for row in ratings), "a rating to come"
    periods = {row["period"]: row for row in load(directory, "sync-counts")}
    yield set(periods) == {"2025-01", "2025-02", "2025-03", "2025-Q1"}, "periods of sync-counts"
    yield all(max(row["bcqg"], row["portal"]) >= row["synchronised"] > 0
              for row in periods.values()), "more synchronised than there are"
    yield sum(row["synchronised"] for label, row in periods.items() if "Q" not in label) == (
        periods["2025-Q1"]["synchronised"]), "months of sync-counts against the quarter"
    targets = {row["target"]: row for row in load(directory, "targets")}
    yield targets["online"]["percent_hundredths"] == 6000 and targets["online"]["excluded"], (
        "the target of online filing")
    copies = load(directory, "eform-copies")
    yield len({row["offered"] for row in copies}) == 2, "every commune offers copies, or none"
    publications = load(directory, "publications")
    yield len({row["procedure"] for row in publications}) == len(publications), (
        "a procedure in two decisions")
    yield any("published_at" not in row for row in publications), "nothing waits to be made public"


def readings(lines):
    arrived = [line[0] for line in lines]
    in_file = list(range(len(lines)))
    shuffled = in_file[:]
    random.Random(2025).shuffle(shuffled)
    return [("as given", arrived, in_file),
            ("recorded time never going back", list(itertools.accumulate(arrived, max)), in_file),
            ("shuffled", arrived, shuffled)]


def main():
    gc.disable()  # millions of small tuples, none of them in a cycle
    path, catalogue_path, directory = sys.argv[1:]
    with open(catalogue_path, "rb") as file:
        catalogue = {p["code"]: p for p in tomllib.load(file)["procedure"]}
    lines = read(path)
    cases, snapshots = group(lines), snapshots_of(lines)
    wrong = check_senders(lines)
    facts = {}
    for name, recorded, place in readings(lines):
        count, of_cases = count_cases(cases, snapshots, catalogue, recorded, place, judge_form06)
        facts = facts or of_cases
        print("form06,", name + ":", shares(count), dict(sorted(count.items())))
        wrong += ["%s: %s is %s, published %s" % (name, what, share, PUBLISHED[what])
                  for what, share in shares(count).items() if share != PUBLISHED[what]]
        # However a reader takes them: with or without asking for a document, a fee, an ending.
        for loose, strict in (("link of any case", "e_result"), ("paid of any case", "paid_online")):
            if count[loose] != count[strict]:
                wrong.append("%s: %d, but %s %d" % (loose, count[loose], strict, count[strict]))
        if name == "as given":
            # The verdict of qd766 is (kind, in time): the same shares over its own population.
            count, _ = count_cases(cases, snapshots, catalogue, recorded, place,
                                   lambda said: (judge_qd766(said) and ("", judge_qd766(said)[0])))
            print("qd766: ", dict(sorted(count.items())))
            if percent(count["paid_online"], count["fee"]) != PUBLISHED["paid_online"]:
                wrong.append("under qd766 paid online is not as published")
    wrong += ["registers: " + what for holds, what in check_registers(directory, facts) if not holds]
    for sentence in wrong:
        print("WRONG:", sentence)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
