"""Nothing of a citizen is on disk: every field of a message that may hold such a thing is filled, the
process is killed before its log is compressed, and all files are searched byte by byte."""

import json
import unittest

import harness
from harness import AcceptanceTest, dossier, envelope, progress

CASE = "H34.05-250303-00001"
# What must not be found, in the forms in which it might be written.
PERSON = {"name": "Nguyễn Thị Bí Mật", "id": "062190123456", "phone": "0987650123",
          "mail": "bimat@example.vn", "street": "17 Ngõ Kín", "account": "9704361234567890",
          "link": "https://files.example/secret-9f3a.pdf", "note": "Ông Hoàng Ẩn Danh hẹn"}
FIELDS = {"TenHoSo": "name", "ChuHoSo": "name", "SoCMND": "id", "CMND": "id", "MaDoiTuong": "id",
          "SoDienThoai": "phone", "DiDong": "phone", "Fax": "phone", "Email": "mail",
          "DiaChi": "street", "TrichYeuHoSo": "note", "GhiChu": "note", "ThongTinKhac": "note",
          "HoTenNguoiNop": "name", "SoTaiKhoan": "account", "URL": "link",
          "TenKhongAiBiet": "name"}
NESTED = {"TaiLieuNop": [{"TenTepDinhKem": "note", "DuongDanTaiTepTin": "link", "DuocSoHoa": "1"}],
          "DanhSachGiayToKetQua": [{"TenGiayTo": "name", "DuongDanTepTinKetQua": "link",
                                    "MaGiayToKetQua": "id"}],
          "DanhSachLePhi": [{"TenPhiLePhi": "note", "Gia": "10000"}]}


def filled(rows):
    return [{k: PERSON.get(v, v) for k, v in row.items()} for row in rows]


def full(case_id, **fields):
    return dossier(case_id, **({k: PERSON[v] for k, v in FIELDS.items()} |
                               {k: filled(v) for k, v in NESTED.items()} | fields))


class PrivacyTest(AcceptanceTest):
    def test_no_file_holds_anything_of_a_citizen(self):
        daemon = self.daemon(clock="2025-03-10T09:00:00+07:00")
        good = {"TrangThaiHoSo": "2", "NgayTiepNhan": "20250303080000",
                "NgayHenTra": "20250310080000"}
        bad_records = [full(CASE, **good | {"NgayTiepNhan": PERSON["name"]}),
                       full(PERSON["name"], **good), full("", **good),
                       full(CASE, **good | {"NgayHenTra": [PERSON["id"]]}),
                       *(full(CASE, **good | {"NgayHenTra": PERSON[what]})
                         for what in ("id", "phone", "account", "street")),
                       full(CASE, **good | {"TrangThaiHoSo": PERSON["name"]}),
                       {"MaHoSo": {"x": PERSON["mail"]}}, PERSON["note"], None]
        answer = daemon.post("/api/v1/onestop",
                             envelope("DongBoHoSoMC", [full(CASE, **good), *bad_records]))
        self.assertLess(answer.status, 500, answer)
        daemon.onestop("CapNhatTienDoHoSoMC", [progress(
            CASE, 4, "20250305080000", NguoiXuLy=PERSON["name"], ChucDanh=PERSON["note"],
            PhongBanXuLy=PERSON["street"], NoiDungXuLy=PERSON["note"])])
        daemon.post("/api/v1/events", {
            "specversion": "1.0", "type": "vn.tthc.dossier", "source": "/" + PERSON["mail"],
            "id": PERSON["id"], "subject": PERSON["name"], "data": full(CASE + "2", **good)},
            headers={"Content-Type": "application/cloudevents+json"})
        # A row with members that the register does not have.
        daemon.request("PUT", "/api/v1/registers/petitions", json.dumps(
            {"id": "PA-1", "unit": "H34.05", "sent_at": "2025-03-01T08:00:00+07:00",
             "sender": PERSON["name"], "text": PERSON["note"]}),
            {"Content-Type": "application/x-ndjson"})
        daemon.post("/api/v1/onestop", (json.dumps(envelope("DongBoHoSoMC", [full(CASE, **good)])
                                                   )[:-40]).encode())
        # It is there, and what was put aside is.
        self.assertEqual(200, daemon.request("GET", f"/api/v1/cases/{CASE}").status)
        self.assertGreaterEqual(daemon.get("/api/v1/quarantine")["total"], 8)
        shown = [daemon.request("GET", path).body for path in (
            "/api/v1/quarantine", f"/api/v1/cases/{CASE}", f"/api/v1/cases/{CASE}/timeline",
            "/metrics")]
        daemon.kill()
        files = [f for f in daemon.data.rglob("*") if f.is_file()]
        written = {str(f): f.read_bytes() for f in files}
        written |= {"the process log": daemon.log().encode()}
        written |= {f"answer {n}": body for n, body in enumerate(shown)}
        # The search can find: the case number is in the log on disk.
        self.assertTrue(any(CASE.encode() in text for text in written.values()))
        for what, secret in PERSON.items():
            for form in (secret.encode(), json.dumps(secret)[1:-1].encode(),
                         secret.encode("utf-16-le"), secret.replace(" ", "").encode()):
                for name, text in written.items():
                    self.assertNotIn(form, text, f"{what} in {name}")


if __name__ == "__main__":
    harness.main()
