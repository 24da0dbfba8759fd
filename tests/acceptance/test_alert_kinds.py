"""Each kind of alert about a case: at a time it is not there yet, two minutes later it is, and it ends
when its cause does. The clock stands still at each time; working time is counted by hand.

Kinds that test_alerts.py shows over a WebSocket (due soon, overdue with its ladder, silent senders) are
left to it.
"""

import dataclasses
import json
import unittest

import harness
from harness import AcceptanceTest, dossier, progress, wait_for

UNIT, OTHER = "H34.05", "H34.07"
MONDAY, TUESDAY = "2025-03-10", "2025-03-11"
RECEIVED, DUE_LATER = "20250303080000", "20250630170000"


def running(case_id, **fields):
    return dossier(case_id, **({"TrangThaiHoSo": "2", "NgayTiepNhan": RECEIVED,
                                "NgayHenTra": DUE_LATER} | fields))


def snapshot(**fields):
    return lambda case_id: ("DongBoHoSoMC", running(case_id, **fields))


def row(status, when, **fields):
    return lambda case_id: ("CapNhatTienDoHoSoMC", progress(case_id, status, when, **fields))


@dataclasses.dataclass
class Kind:
    name: str
    said: list             # [(time, message)], the cause
    absent: str            # not there yet
    present: str           # there
    level: str
    severity: str
    text: str              # what an official reads of it
    ended: tuple           # (time, message): its end
    spared: list           # [(time, message)]: a case that is never told of
    ends: bool = True


APOLOGY = {"NoiDungXuLy": "Phiếu xin lỗi và hẹn lại ngày trả kết quả"}
DUE_10 = {"NgayHenTra": "20250310100000"}
# Offices work 480 minutes a day: a working day after 10:00 on Monday is 10:00 on Tuesday.
KINDS = [
    # Submitted online and not answered within eight working hours; when it came is when it was told.
    Kind("acceptance_overdue",
         said=[(f"{MONDAY}T09:00:00", snapshot(TrangThaiHoSo="1", NgayTiepNhan="", NgayHenTra=""))],
         absent=f"{TUESDAY}T08:59:00", present=f"{TUESDAY}T09:01:00",
         level="head", severity="warning", text="Chưa tiếp nhận hồ sơ quá 8 giờ làm việc: hồ sơ",
         ended=(f"{TUESDAY}T09:05:00", snapshot(NgayTiepNhan="20250311090200")),
         spared=[(f"{MONDAY}T09:00:00", snapshot(TrangThaiHoSo="1", NgayTiepNhan="", NgayHenTra="")),
                 (f"{TUESDAY}T08:59:00", snapshot(NgayTiepNhan="20250311085800"))]),
    # Ten working days after the deadline without a word; the other speaks on the last of them.
    Kind("frozen",
         said=[(f"{MONDAY}T09:00:00", snapshot(**DUE_10))],
         absent="2025-03-24T09:59:00", present="2025-03-24T10:01:00",
         level="agency", severity="critical", text="không có cập nhật nào trong 10 ngày làm việc",
         ended=("2025-03-24T10:05:00", row(4, "20250324100400")),
         spared=[(f"{MONDAY}T09:00:00", snapshot(**DUE_10)),
                 ("2025-03-24T09:59:00", row(4, "20250324095800"))]),
    # The result was given, the status does not say so.
    Kind("returned_not_closed",
         said=[(f"{MONDAY}T09:00:00", snapshot(TrangThaiHoSo="4", NgayTra="20250310083000"))],
         absent=f"{TUESDAY}T08:29:00", present=f"{TUESDAY}T08:31:00",
         level="head", severity="warning", text="Đã trả kết quả nhưng chưa kết thúc hồ sơ: hồ sơ",
         ended=(f"{TUESDAY}T08:35:00", snapshot(TrangThaiHoSo="10", NgayTra="20250310083000",
                                                NgayKetThucXuLy="20250310082000")),
         spared=[(f"{MONDAY}T09:00:00", snapshot(TrangThaiHoSo="10", NgayTra="20250310083000",
                                                 NgayKetThucXuLy="20250310082000"))]),
    # Supplements are asked for once; two rows of one request are one.
    Kind("second_supplement",
         said=[(f"{MONDAY}T09:00:00", snapshot()), (f"{MONDAY}T09:00:00", row(5, "20250304080000")),
               (f"{MONDAY}T09:00:00", row(4, "20250305080000")),
               (f"{MONDAY}T09:01:00", row(5, "20250310090030"))],
         absent=f"{MONDAY}T09:00:00", present=f"{MONDAY}T09:01:00",
         level="head", severity="warning", text="Yêu cầu bổ sung hồ sơ quá một lần: hồ sơ",
         ended=(f"{MONDAY}T09:05:00", snapshot(TrangThaiHoSo="9", NgayKetThucXuLy="20250310090400")),
         spared=[(f"{MONDAY}T09:00:00", snapshot()), (f"{MONDAY}T09:00:00", row(5, "20250304080000")),
                 (f"{MONDAY}T09:00:00", row(5, "20250305080000")),
                 (f"{MONDAY}T09:01:00", row(4, "20250310090030"))]),
    # A letter of apology within a working day.
    Kind("no_apology",
         said=[(f"{MONDAY}T09:00:00", snapshot(**DUE_10))],
         absent=f"{TUESDAY}T09:59:00", present=f"{TUESDAY}T10:01:00",
         level="head", severity="warning", text="Quá hạn chưa có thư xin lỗi: hồ sơ",
         ended=(f"{TUESDAY}T10:05:00", row(4, "20250311100400", **APOLOGY)),
         spared=[(f"{MONDAY}T09:00:00", snapshot(**DUE_10)),
                 (f"{MONDAY}T10:10:00", row(4, "20250310100500", **APOLOGY))]),
    # An hour of work after the step's own time; the other case has gone on by then.
    Kind("step_overdue",
         said=[(f"{MONDAY}T09:00:00", snapshot()),
               (f"{MONDAY}T09:00:00", row(4, "20250310085000",
                                          NgayKetThucTheoQuyDinh="20250310100000"))],
         absent=f"{MONDAY}T10:59:00", present=f"{MONDAY}T11:01:00",
         level="officer", severity="info", text="Quá hạn bước xử lý: hồ sơ",
         ended=(f"{MONDAY}T11:05:00", row(4, "20250310110400")),
         spared=[(f"{MONDAY}T09:00:00", snapshot()),
                 (f"{MONDAY}T09:00:00", row(4, "20250310085000",
                                            NgayKetThucTheoQuyDinh="20250310100000")),
                 (f"{MONDAY}T10:59:00", row(4, "20250310105800"))]),
]


class KindsTest(AcceptanceTest):
    """Restarted at each time, so that the clock need not run."""

    def setUp(self):
        super().setUp()
        self.said = 0
        self.daemon_at = None

    def at(self, time, config=""):
        """The daemon at that time, all that is due by then told."""
        if self.daemon_at is None:
            path = self.directory / "kinds.toml"
            path.write_text("[ingest]\nsender_silence_seconds = 2592000\n" + config)
            self.daemon_at = self.daemon(clock=time + "+07:00", config=path,
                                         arguments=("--clock-speed", "0"))
        elif self.daemon_at.clock != time + "+07:00":
            self.daemon_at.stop()
            self.daemon_at.clock = time + "+07:00"
            self.daemon_at.start()
        # Timers go before messages: once this is answered, they have rung.
        self.said += 1
        self.daemon_at.onestop("DongBoHoSoMC", [running(f"H34.09-250303-{self.said:05d}")])
        return self.daemon_at

    def alerts(self, kind, case_id):
        return [a for a in self.daemon_at.get("/api/v1/alerts", unit="H34")["alerts"]
                if (a["kind"], a["case_id"]) == (kind, case_id)]

    def walk(self, kind):
        told, spared = f"{UNIT}-250303-00001", f"{OTHER}-250303-00002"
        steps = sorted([*((time, 0, told, message) for time, message in kind.said),
                        *((time, 0, spared, message) for time, message in kind.spared),
                        (kind.absent, 1, None, None), (kind.present, 2, None, None)],
                       key=lambda step: step[:2])
        if kind.absent == kind.present:
            self.fail("nothing would be shown")
        for time, check, case_id, message in steps:
            daemon = self.at(time)
            if check == 0:
                service, record = message(case_id)
                daemon.onestop(service, [record])
            elif check == 1:
                self.assertEqual([], self.alerts(kind.name, told), f"{kind.name} at {time}")
            else:
                self.check_told(kind, told, time)
            self.assertEqual([], self.alerts(kind.name, spared), f"{kind.name} at {time}")
        time, message = kind.ended
        service, record = message(told)
        self.at(time).onestop(service, [record])
        [alert] = self.alerts(kind.name, told)
        self.assertTrue(alert["resolved"], alert)

    def check_told(self, kind, case_id, time):
        [alert] = self.alerts(kind.name, case_id)
        self.assertEqual((kind.level, kind.severity, UNIT, False),
                         (alert["level"], alert["severity"], alert["unit"], alert["resolved"]), alert)
        self.assertEqual(time, alert["at"][:19])
        self.assertIn(kind.text, alert["text"])
        self.assertIn(case_id, alert["text"])

    def test_unit_whose_score_is_low(self):
        """Every case of the one is late and open, every case of the other was ended in time: 4 and 30
        of 70 points, the province between them."""
        path = self.directory / "score.toml"
        path.write_text("[alerts]\nscore_least_cases = 10\nlowest_score_points = 25\n")
        # Scores are looked at once a minute.
        daemon = self.daemon(clock=f"{MONDAY}T09:00:00+07:00", clock_speed=60, config=path)
        daemon.onestop("DongBoHoSoMC", [
            running(f"{OTHER}-250303-{n:05d}", TrangThaiHoSo="10", NgayHenTra="20250310100000",
                    NgayKetThucXuLy="20250307100000", NgayTra="20250307100000") for n in range(20)])
        daemon.onestop("DongBoHoSoMC", [running(f"{UNIT}-250303-{n:05d}", NgayHenTra="20250305100000")
                                        for n in range(20)])
        units = wait_for("the alert", lambda: {
            a["unit"]: a for a in daemon.get("/api/v1/alerts", unit="H34", open="true")["alerts"]
            if a["kind"] == "score_below_band"})
        self.assertEqual({UNIT}, set(units))
        self.assertEqual(("head", "warning"), (units[UNIT]["level"], units[UNIT]["severity"]))
        self.assertIn("Điểm Bộ chỉ số 766 dưới mức: ", units[UNIT]["text"])

    def test_calendar_that_ends(self):
        """The days off of the shipped calendar are announced up to a day; warned 60 days before."""
        config = "[calendar]\nwarn_ahead_days = 60\n"
        self.at("2026-11-01T09:00:00", config)
        [alert] = [a for a in self.daemon_at.get("/api/v1/alerts")["alerts"]
                   if a["kind"] == "calendar_ending"]
        self.assertEqual(("province", "warning"), (alert["level"], alert["severity"]))
        self.assertIn("Lịch nghỉ sắp hết: ngày nghỉ mới được công bố đến 2026-12-31", alert["text"])

    def test_calendar_that_does_not_end_yet(self):
        self.at("2026-10-31T09:00:00", "[calendar]\nwarn_ahead_days = 60\n")
        self.assertEqual([], [a for a in self.daemon_at.get("/api/v1/alerts")["alerts"]
                              if a["kind"] == "calendar_ending"])


def add(kind):
    setattr(KindsTest, f"test_{kind.name}", lambda self: self.walk(kind))


for each in KINDS:
    add(each)

ROLES = [("officer", UNIT), ("leader", UNIT), ("leader", OTHER), ("auditor", UNIT),
         ("administrator", "")]
# Who may do what to an alert of UNIT (docs/decisions/0005-access.md): as officer, leader, leader of
# another unit, auditor, administrator.
ALLOWED = {"ack": (200, 200, 404, 403, 200), "snooze": (403, 200, 404, 403, 200),
           "mute": (403, 200, 404, 403, 200)}


class AnswersTest(AcceptanceTest):
    def test_who_may_answer_and_mute(self):
        tokens = [f"{role}-of-{unit or 'all'}-0123456789" for role, unit in ROLES]
        harness.write_secret(
            self.directory / "tokens.toml",
            '[[token]]\nname = "p"\ntoken = "producer-token-0123456789"\nroles = ["producer"]\n' +
            "".join(f'[[token]]\nname = "{token}"\ntoken = "{token}"\nroles = ["{role}"]\n' +
                    (f'units = ["{unit}"]\n' if unit else "")
                    for token, (role, unit) in zip(tokens, ROLES)))
        config = self.directory / "serve.toml"
        config.write_text('[access]\ntoken_file = "tokens.toml"\n')
        daemon = self.daemon(clock=f"{MONDAY}T11:00:00+07:00", config=config, auth_off=False,
                             arguments=("--clock-speed", "0"))

        def bearer(token):
            return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        sent = daemon.post("/api/v1/onestop", harness.envelope(
            "DongBoHoSoMC", [running(f"{UNIT}-250303-00001", **DUE_10)]),
            headers=bearer("producer-token-0123456789"))
        self.assertTrue(sent.accepted, sent)
        [alert] = [a for a in daemon.request("GET", "/api/v1/alerts",
                                             headers=bearer(tokens[-1])).json["alerts"]
                   if a["kind"] == "overdue"]
        until = f"{TUESDAY}T10:00:00+07:00"
        requests = {
            "ack": ("POST", f"/api/v1/alerts/{alert['id']}/ack", {"comment": "đã biết"}),
            "snooze": ("POST", f"/api/v1/alerts/{alert['id']}/snooze",
                       {"until": until, "comment": "chờ"}),
            "mute": ("PUT", f"/api/v1/units/{UNIT}/mute", {"until": until, "reason": "sửa máy"})}
        got = {name: tuple(daemon.request(method, path, json.dumps(body),
                                          headers=bearer(token)).status for token in tokens)
               for name, (method, path, body) in requests.items()}
        self.assertEqual(ALLOWED, got)


if __name__ == "__main__":
    harness.main()
