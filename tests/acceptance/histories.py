"""Random case histories as one-stop messages, from a seed: orderly ones and wild ones.

Within one case all arrivals differ, and the rows of one message have different times, so that
cutting messages up or sending them in another order changes nothing that the rules look at.
"""

import datetime
import random

from harness import dossier, progress

UNITS = ["000.09.23.H34", "H34.23.09", "H34.23.10", "H34.23", "000.00.14.H34", "H34.05", "H34",
         "H34.77.03", "H99.01"]
START = datetime.datetime(2024, 12, 2, 7, 30)
DAYS = 150
# None of the catalogue; statutory times of 0, 5 and 12 working days, 10 and 30 days.
PROCEDURES = ["9.999901", "1.000894", "1.004884", "2.002189", "2.000488", "2.001263"]
STATUSES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]


def digits(moment):
    return moment.strftime("%Y%m%d%H%M%S") if moment else ""


def arrived(moment):
    return moment.isoformat(timespec="seconds") + "+07:00"


class Generator:
    def __init__(self, seed, cases):
        self.random = random.Random(seed)
        # Batches: many cases in one message. Every third instant carries progress rows.
        self.instants = sorted(START + datetime.timedelta(minutes=m, seconds=30) for m in
                               self.random.sample(range(DAYS * 24 * 60), 400))
        self.batches = {}
        for number in range(cases):
            self.history(f"{self.random.choice(UNITS)}-250101-{number:05d}")

    def messages(self):
        """In order of arrival."""
        return [{"service": service, "arrived_at": arrived(when), "isUpdating": "True",
                 "data": records}
                for (when, service), records in sorted(self.batches.items())]

    def history(self, case_id):
        r = self.random
        received = START + datetime.timedelta(minutes=r.randrange(100 * 24 * 60))
        due = received + datetime.timedelta(minutes=r.randrange(24 * 60, 40 * 24 * 60))
        facts = {"NgayTiepNhan": received, "NgayHenTra": due if r.random() < 0.85 else None,
                 "MaTTHC": r.choice(PROCEDURES) + r.choice(["", ".H34", ".000.00.00.H34"]),
                 "KenhThucHien": r.choice(["1", "2", "2", "3", "", None])}
        (self.orderly if r.random() < 0.5 else self.wild)(case_id, facts)

    def moment(self, facts):
        """Somewhere around the case's life; half the time near or exactly at its due time."""
        r = self.random
        due = facts["NgayHenTra"]
        if due and r.random() < 0.3:
            return due + datetime.timedelta(seconds=r.choice([-86400, -1, 0, 1, 3600, 86400]))
        return facts["NgayTiepNhan"] + datetime.timedelta(
            minutes=r.randrange(-2 * 24 * 60, 60 * 24 * 60))

    def arrivals(self, count, not_before=None):
        pool = [i for i in self.instants if not_before is None or i >= not_before]
        return sorted(self.random.sample(pool, min(count, len(pool))))

    def put_snapshot(self, when, case_id, status, **dates):
        fields = {k: v if isinstance(v, str) or v is None else digits(v)
                  for k, v in dates.items()}
        record = dossier(case_id, TrangThaiHoSo=str(status) if status else "", **fields)
        self.batches.setdefault((when, "DongBoHoSoMC"), []).append(record)

    def put_rows(self, when, case_id, rows):
        batch = self.batches.setdefault((when, "CapNhatTienDoHoSoMC"), [])
        for moment, status in rows:
            batch.append(progress(case_id, status, digits(moment)))

    def orderly(self, case_id, facts):
        """Received, processed, perhaps asked for supplements, perhaps ended; sent in due time,
        late, or only as the last state."""
        r = self.random
        moment = facts["NgayTiepNhan"]
        steps = [(moment, 2)]
        for status in r.choice([[4], [4, 5, 4], [4, 5], [4, 6, 4], [5, 4, 5, 4], [4, 8],
                                [4, 5, 5, 4]]):
            moment += datetime.timedelta(minutes=r.randrange(1, 8 * 24 * 60))
            steps.append((moment, status))
        ending = r.choice([[], [9], [9, 10], [10], [7], [3], [9, 4], [9, 4, 9, 10]])
        for status in ending:
            moment += datetime.timedelta(minutes=r.randrange(1, 12 * 24 * 60))
            steps.append((moment, status))
        arrivals = iter(self.arrivals(2 * len(steps), facts["NgayTiepNhan"]))
        for moment, status in steps:
            if r.random() < 0.8:
                when = next(arrivals, None)
                if when:
                    self.put_rows(when, case_id, [(moment, status)])
            if r.random() < 0.5:
                when = next(arrivals, None)
                if when:
                    dates = dict(facts)
                    if status in (9, 10):
                        dates["NgayKetThucXuLy"] = r.choice([moment, moment, None,
                                                             facts["NgayHenTra"]])
                    if status == 10:
                        dates["NgayTra"] = moment
                    if status == 3:
                        dates["NgayTuChoi"] = moment
                    if r.random() < 0.15 and facts["NgayHenTra"]:
                        facts["NgayHenTra"] += datetime.timedelta(days=r.randrange(-3, 10))
                        dates["NgayHenTra"] = facts["NgayHenTra"]
                    self.put_snapshot(when, case_id, status, **dates)

    def wild(self, case_id, facts):
        """Anything, in any order: what a receiver must survive and still count one way."""
        r = self.random
        for when in self.arrivals(r.randrange(1, 9)):
            if r.random() < 0.5:
                moments = {self.moment(facts) for _ in range(r.randrange(1, 4))}
                # A set's order is not fixed by the seed.
                self.put_rows(when, case_id, [(m, r.choice(STATUSES)) for m in sorted(moments)])
                continue
            dates = {name: self.moment(facts) if r.random() < 0.4 else r.choice(["", None])
                     for name in ("NgayKetThucXuLy", "NgayTra", "NgayTuChoi")}
            for name, value in facts.items():
                dates[name] = value if r.random() < 0.8 else ""
            if r.random() < 0.15:
                dates["NgayHenTra"] = self.moment(facts)
            if r.random() < 0.1:
                dates["NgayTiepNhan"] = self.moment(facts)
            self.put_snapshot(when, case_id, r.choice([0] + STATUSES), **dates)


def shuffled(messages, seed):
    messages = list(messages)
    random.Random(seed).shuffle(messages)
    return messages


def duplicated(messages, seed):
    """Some sent again word for word: at once, or weeks later together with other records."""
    r = random.Random(seed)
    again = [m for m in messages if r.random() < 0.3]
    last = max(m["arrived_at"] for m in messages)
    end = datetime.datetime.fromisoformat(last)
    late = [{**m, "arrived_at": (end + datetime.timedelta(minutes=i + 1)).isoformat()}
            for i, m in enumerate(m for m in messages if r.random() < 0.3)]
    return messages + again + late


def split(messages):
    """One record per message."""
    return [{**m, "data": [record]} for m in messages for record in m["data"]]
