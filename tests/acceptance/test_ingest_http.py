"""Every envelope is taken, every bad input gets its precise answer, and nothing else is harmed."""

import contextlib
import json
import socket

import harness
from harness import AcceptanceTest, dossier, envelope, progress, wait_for

CLOCK = "2025-02-20T09:00:00+07:00"
RECEIVED = {"TrangThaiHoSo": "2", "NgayTiepNhan": "20250210083000", "NgayHenTra": "20250225170000"}
ONESTOP = "/api/v1/onestop"


class IngestTest(AcceptanceTest):
    def setUp(self):
        super().setUp()
        self.daemon_ = self.daemon(clock=CLOCK)
        # A case that must stay as it is whatever the test sends.
        self.daemon_.onestop("DongBoHoSoMC", [dossier("H34.23.09-250210-00001", **RECEIVED)])

    def tearDown(self):
        self.assertEqual(200, self.daemon_.request("GET", "/-/ready").status)
        self.assertEqual(1, self.received("H34.23.09"))

    def received(self, unit):
        return self.daemon_.summary(unit, period="2025-Q1", rule="form06")["received"]["total"]

    def quarantine(self):
        return self.daemon_.get("/api/v1/quarantine")["records"]

    def check_accepted(self, answer):
        self.assertTrue(answer.accepted, answer)

    def check_refused(self, answer, status, said=""):
        """Refused whole, in the words the senders read: error_code and message."""
        self.assertEqual(status, answer.status, answer)
        self.assertEqual("-1", answer.json["error_code"], answer)
        self.assertIn(said.lower(), answer.json["message"].lower())

    def check_quarantined(self, record, field, said):
        """One bad record between two good ones: they are kept, it is listed with its reason."""
        before = len(self.quarantine())
        first, last = ("H34.05-250210-00011", "H34.05-250210-00012")
        answer = self.daemon_.post(ONESTOP, envelope("DongBoHoSoMC", [
            dossier(first, **RECEIVED), record, dossier(last, **RECEIVED)]))
        self.check_accepted(answer)
        for case_id in (first, last):
            self.assertEqual(case_id, self.daemon_.case(case_id)["case_id"])
        listed = self.quarantine()
        self.assertEqual(before + 1, len(listed), listed)
        entry = next(e for e in listed if e["position"] == 1)
        self.assertEqual(field, entry["field"], entry)
        self.assertIn(said.lower(), entry["reason"].lower())
        self.assertLess(len(entry["reason"]), 1000)
        return entry


class Envelopes(IngestTest):
    CASE = "H34.05-250211-00042"

    def check_kept(self, answer):
        self.check_accepted(answer)
        case = self.daemon_.case(self.CASE)
        self.assertEqual((self.CASE, "H34.05"), (case["case_id"], case["unit"]))
        self.assertEqual("2025-02-10T08:30:00+07:00",
                         case["received_at"])
        self.assertEqual(1, self.received("H34.05"))

    def test_opencps_envelope(self):
        self.check_kept(self.daemon_.post(ONESTOP, envelope(
            "DongBoHoSoMC", [dossier(self.CASE, **RECEIVED)], isUpdating="False")))

    def test_envelope_with_one_object_as_data(self):
        self.check_kept(self.daemon_.post(ONESTOP, envelope(
            "DongBoHoSoMC", dossier(self.CASE, **RECEIVED))))

    def test_bare_array_with_the_service_in_the_path(self):
        self.check_kept(self.daemon_.post(ONESTOP + "/DongBoHoSoMC",
                                          [dossier(self.CASE, **RECEIVED)]))

    def test_bare_object(self):
        self.check_kept(self.daemon_.post(ONESTOP + "/DongBoHoSoMC",
                                          dossier(self.CASE, **RECEIVED)))

    def test_adapter_query(self):
        self.check_kept(self.daemon_.post(ONESTOP + "/DongBoHoSoMC",
                                          [dossier(self.CASE, **RECEIVED)],
                                          MaDinhDanhDV="000.00.01.H34", isUpdating="True"))

    def test_generation_2(self):
        self.check_accepted(self.daemon_.post(ONESTOP + "/CreateDossier", {
            "MaHoSo": self.CASE, "MaTTHC": "9.999901", "LoaiDoiTuong": 0,
            "MaDonViTiepNhan": "H34.05", "NgayNop": "2025-02-10 08:00:00",
            "NgayTiepNhan": "2025-02-10 08:30:00"}))
        self.check_kept(self.daemon_.post(ONESTOP + "/CapNhatTienTrinh", [{
            "IDHoSo": "77", "MaHoSo": self.CASE, "NguoiXuLy": "Chuyên viên", "TrangThai": 4,
            "ThoiDiemXuLy": "2025-02-11T08:20:11.000", "PhongBanXuLy": "", "NoiDungXuLy": "",
            "NgayBatDau": None, "NgayKetThucTheoQuyDinh": None}]))
        self.check_kept(self.daemon_.post(ONESTOP + "/CapNhatTrangThai", [{
            "IdHoSo": "77", "MaHoSo": self.CASE, "TrangThai": 9, "NoiDungYKien": "",
            "PhongBanXuLy": "", "NoiDungXuLy": ""}]))
        summary = self.daemon_.summary("H34.05", period="2025-Q1", rule="form06")
        self.assertEqual(1, summary["resolved"]["total"])

    def test_progress_before_its_dossier(self):
        self.daemon_.onestop("CapNhatTienDoHoSoMC", [progress(self.CASE, 4, "20250211090000")])
        self.assertEqual(0, self.received("H34.05"))
        self.check_kept(self.daemon_.post(ONESTOP, envelope(
            "DongBoHoSoMC", [dossier(self.CASE, **RECEIVED)])))

    def test_other_names_types_and_dates(self):
        record = {"mahoso": f" {self.CASE} ", "MATTHC": "9.999901.000.00.00.H34",
                  "TrangThaiHoSo": 2, "KenhThucHien": 2, "NgayTiepNhan": "10/02/2025 08:30:00",
                  "NgayHenTra": "2025-02-25T10:00:00.000Z", "NgayTra": None}
        self.check_kept(self.daemon_.post(ONESTOP + "/DongBoHoSoMC", [record]))
        self.assertEqual("2025-02-25T17:00:00+07:00", self.daemon_.case(self.CASE)["due_at"])
        summary = self.daemon_.summary("H34.05", period="2025-Q1", rule="form06")
        self.assertEqual(1, summary["received"]["online"])

    def test_personal_data_is_not_kept(self):
        secrets = ["NGUYEN VAN MAU", "012345678901", "0900111222", "mau@example.invalid",
                   "https://example.invalid/f/10231"]
        record = dossier(self.CASE, **RECEIVED, ChuHoSo=secrets[0], SoGiayToChuHoSo=secrets[1],
                         SoDienThoai=secrets[2], Email=secrets[3],
                         TaiLieuNop=[{"TenTepDinhKem": "a.pdf", "TepDinhKemId": "1",
                                      "DuongDanTaiTepTin": secrets[4], "IsDeleted": "False"}])
        self.check_kept(self.daemon_.post(ONESTOP, envelope("DongBoHoSoMC", [record])))
        shown = json.dumps([self.daemon_.case(self.CASE), self.daemon_.timeline(self.CASE)],
                           ensure_ascii=False)
        self.daemon_.stop()
        files = [path for path in self.daemon_.directory.rglob("*") if path.is_file()]
        self.assertTrue(files)
        for secret in secrets:
            self.assertNotIn(secret, shown)
            for path in files:
                self.assertNotIn(secret.encode(), path.read_bytes(), path)
        self.daemon_.start()


class BadBodies(IngestTest):
    """The whole body is refused; the sender's error_code is "-1"."""

    def test_not_json(self):
        for body in (b"", b"MaHoSo=1", b"{", b'{"data":[', b'{"service":"DongBoHoSoMC"} trailing'):
            with self.subTest(body):
                self.check_refused(self.daemon_.post(ONESTOP, body), 400)

    def test_wrong_encoding(self):
        utf16 = json.dumps(envelope("DongBoHoSoMC", [dossier("H34.05-1-1")])).encode("utf-16")
        windows = json.dumps(envelope("DongBoHoSoMC", [dossier("H34.05-1-1", TenTTHC="\xe9")]),
                             ensure_ascii=False).replace("ủ", "u").encode("cp1258", "replace")
        for body in (utf16, windows, b'{"service":"\xff\xfe"}'):
            with self.subTest(body[:40]):
                self.check_refused(self.daemon_.post(ONESTOP, body), 400)

    def test_10000_nested_brackets(self):
        for opening, closing in (("[", "]"), ('{"data":', "}")):
            body = (opening * 10_000 + "1" + closing * 10_000).encode()
            self.check_refused(self.daemon_.post(ONESTOP, body), 400)
            inside = envelope("DongBoHoSoMC", [dossier("H34.05-250211-00042", **RECEIVED)])
            body = json.dumps(inside).encode().replace(b'"9.999901"',
                                                       b"[" * 10_000 + b"]" * 10_000)
            self.check_refused(self.daemon_.post(ONESTOP, body), 400)

    def test_unknown_service(self):
        self.check_refused(self.daemon_.post(ONESTOP, envelope("XoaHoSo", [])), 400, "XoaHoSo")
        self.check_refused(self.daemon_.post(ONESTOP + "/XoaHoSo", []), 400, "XoaHoSo")

    def test_no_service(self):
        self.check_refused(self.daemon_.post(ONESTOP, [{"a": 1}]), 400, "service")

    def test_body_over_the_limit(self):
        config = self.directory / "small.toml"
        config.write_text("[limits]\nbody_bytes = 65536\n")
        small = self.daemon("small", clock=CLOCK, config=config)
        fits = envelope("DongBoHoSoMC", [dossier("H34.05-250211-00042", **RECEIVED)])
        self.check_accepted(small.post(ONESTOP, fits))
        answer = small.post(ONESTOP, b"[" + b" " * 70_000 + b"]")
        self.assertEqual(413, answer.status, answer)
        # Announced only: refused before it is sent.
        with socket.create_connection((small.host, small.port), timeout=30) as peer:
            peer.sendall(b"POST /api/v1/onestop HTTP/1.1\r\nHost: t\r\n"
                         b"Content-Type: application/json\r\nContent-Length: 9000000000\r\n\r\n")
            self.assertIn(b" 413 ", peer.recv(4096).split(b"\r\n")[0])
        self.check_accepted(small.post(ONESTOP, fits))

    def test_half_sent_body_leaves_nothing(self):
        body = json.dumps(envelope("DongBoHoSoMC",
                                   [dossier("H34.05-250211-00042", **RECEIVED)])).encode()
        for sent in (1, len(body) // 2, len(body) - 1):
            with socket.create_connection((self.daemon_.host, self.daemon_.port)) as peer:
                peer.sendall(b"POST /api/v1/onestop HTTP/1.1\r\nHost: t\r\n"
                             b"Content-Type: application/json\r\n"
                             b"Content-Length: %d\r\n\r\n" % len(body) + body[:sent])
        self.assertEqual(0, self.received("H34.05"))
        self.check_accepted(self.daemon_.post(ONESTOP, body))
        self.assertEqual(1, self.received("H34.05"))

    def test_a_client_that_never_finishes_is_let_go(self):
        config = self.directory / "hasty.toml"
        config.write_text("[limits]\nrequest_read_seconds = 1\n")
        hasty = self.daemon("hasty", clock=CLOCK, config=config)
        starts = [b"", b"POST /api/v1/on", b"POST /api/v1/onestop HTTP/1.1\r\nHost: t\r\n"
                  b"Content-Length: 100\r\n\r\n{"]
        with contextlib.ExitStack() as stack:
            peers = []
            for start in starts * 10:
                peer = stack.enter_context(socket.create_connection((hasty.host, hasty.port)))
                peer.settimeout(30)
                peer.sendall(start)
                peers.append(peer)
            # Others are served meanwhile …
            hasty.onestop("DongBoHoSoMC", [dossier("H34.05-250211-00042", **RECEIVED)])
            # … and each of these is closed, at most with a 408 before.
            for peer in peers:
                rest = b""
                with contextlib.suppress(ConnectionResetError):
                    while chunk := peer.recv(4096):
                        rest += chunk
                self.assertTrue(rest == b"" or b" 408 " in rest.split(b"\r\n")[0], rest)


class BadRecords(IngestTest):
    """The record is quarantined with its reason; the good ones of its batch are kept."""
    CASE = "H34.05-250211-00042"

    def test_missing_case_id(self):
        for record in (dossier("", **RECEIVED), dossier(None, **RECEIVED)):
            self.check_quarantined(record, "MaHoSo", "MaHoSo")
        self.assertEqual(2, len(self.quarantine()))

    def test_impossible_dates(self):
        for number, date in enumerate(["20250231090000", "20251301000000", "20250210250000",
                                       "20250210096100", "31/02/2025 09:00:00", "hôm qua",
                                       "99999999999999"]):
            with self.subTest(date):
                entry = self.check_quarantined(
                    dossier(f"H34.05-250211-{number:05d}", **{**RECEIVED, "NgayHenTra": date}),
                    "NgayHenTra", date[:8])
                self.assertEqual(f"H34.05-250211-{number:05d}", entry["case_id"])

    def test_year_0001(self):
        for date in ("00010101000000", "0001-01-01T00:00:00", "01/01/0001 00:00:00"):
            with self.subTest(date):
                self.check_quarantined(
                    dossier(self.CASE, **{**RECEIVED, "NgayTiepNhan": date}),
                    "NgayTiepNhan", "0001")

    def test_unknown_status(self):
        for status in ("12", "99", "-1", "xong", "9.5"):
            with self.subTest(status):
                self.check_quarantined(dossier(self.CASE, **{**RECEIVED, "TrangThaiHoSo": status}),
                                       "TrangThaiHoSo", status)

    def test_1_mb_in_one_field(self):
        self.check_quarantined(dossier(self.CASE, **{**RECEIVED, "MaTTHC": "1" * 1_000_000}),
                               "MaTTHC", "")

    def test_1_mb_case_id(self):
        entry = self.check_quarantined(dossier("H" * 1_000_000, **RECEIVED), "MaHoSo", "")
        self.assertLess(len(json.dumps(entry)), 2000)

    def test_a_record_that_is_no_object(self):
        before = len(self.quarantine())
        self.check_accepted(self.daemon_.post(ONESTOP, envelope(
            "DongBoHoSoMC", ["text", dossier(self.CASE, **RECEIVED), None, 7])))
        self.assertEqual(before + 3, len(self.quarantine()))
        self.assertEqual(1, self.received("H34.05"))

    def test_bad_progress_row(self):
        self.daemon_.onestop("CapNhatTienDoHoSoMC", [
            progress(self.CASE, 4, "20250230000000"), progress(self.CASE, 44, "20250211000000"),
            progress(self.CASE, 4, ""), progress(self.CASE, 4, "20250211090000")])
        listed = self.quarantine()
        self.assertEqual({0: "ThoiDiemXuLy", 1: "TrangThai", 2: "ThoiDiemXuLy"},
                         {e["position"]: e["field"] for e in listed})
        self.assertTrue(all(e["case_id"] == self.CASE for e in listed))

    def test_unknown_unit_is_counted_and_reported(self):
        self.daemon_.onestop("DongBoHoSoMC", [dossier("H34.77.03-250211-00042", **RECEIVED)])
        self.assertEqual(2, self.received("H34"))
        self.assertEqual(1, self.received("H34.77.03"))
        unit = self.daemon_.get("/api/v1/units/H34.77.03")
        self.assertTrue(unit["provisional"], unit)

    def test_quarantine_survives_a_restart_and_knows_no_personal_data(self):
        record = dossier(self.CASE, **{**RECEIVED, "NgayHenTra": "x"}, ChuHoSo="NGUYEN VAN MAU")
        self.check_quarantined(record, "NgayHenTra", "x")
        self.daemon_.kill()
        self.daemon_.start()
        listed = self.quarantine()
        self.assertEqual(1, len(listed))
        self.assertNotIn("NGUYEN", json.dumps(listed))


class Errors(IngestTest):
    """Everything but the one-stop answer is application/problem+json."""

    def check_problem(self, answer, status):
        self.assertEqual(status, answer.status, answer)
        self.assertTrue(answer.headers["Content-Type"].startswith("application/problem+json"))
        problem = answer.json
        self.assertEqual(status, problem["status"])
        self.assertTrue(problem["title"])

    def test_problems(self):
        get = self.daemon_.request
        for path, status in [
                ("/api/v1/nothing", 404), ("/api/v1/units/H99", 404),
                ("/api/v1/cases/H34.05-250211-99999", 404),
                ("/api/v1/units/H34/summary", 400),
                ("/api/v1/units/H34/summary?period=2025-Q9", 400),
                ("/api/v1/units/H34/summary?from=2025-01-01", 400),
                ("/api/v1/units/H34/summary?from=2025-02-30&to=2025-03-01", 400),
                ("/api/v1/units/H34/summary?from=2025-03-01&to=2025-02-01", 400),
                ("/api/v1/units/H34/summary?period=2025-Q1&rule=none", 400),
                ("/api/v1/units/H34/summary?period=2025-Q1&as_of=yesterday", 400),
                ("/api/v1/cases?unit=H34&period=2025-Q1&rule=form06&state=none", 400),
                ("/api/v1/cases?unit=H34&period=2025-Q1&rule=form06&limit=-1", 400)]:
            with self.subTest(path):
                self.check_problem(get("GET", path), status)
        self.check_problem(get("DELETE", "/api/v1/units/H34"), 405)

    def test_not_http(self):
        for sent in (b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/9.9\r\n\r\n",
                     b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
                     b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100_000 + b"\r\n"):
            with self.subTest(sent[:30]), socket.create_connection(
                    (self.daemon_.host, self.daemon_.port), timeout=30) as peer:
                with contextlib.suppress(ConnectionError):
                    peer.sendall(sent)
                    first = peer.recv(4096).split(b"\r\n")[0]
                    self.assertTrue(first == b"" or first.startswith(b"HTTP/1.1 4"), first)

    def test_openapi_lists_the_paths(self):
        document = self.daemon_.get("/openapi.json")
        self.assertTrue(document["openapi"].startswith("3."))
        for path in ("/api/v1/onestop", "/api/v1/onestop/{service}", "/api/v1/units",
                     "/api/v1/units/{code}", "/api/v1/units/{code}/summary", "/api/v1/cases",
                     "/api/v1/cases/{id}", "/api/v1/cases/{id}/timeline", "/api/v1/quarantine",
                     "/api/v1/alerts", "/metrics", "/-/healthy", "/-/ready"):
            self.assertIn(path, document["paths"])

    def test_health(self):
        wait_for("ready", lambda: self.daemon_.request("GET", "/-/ready").status == 200)
        self.assertEqual(200, self.daemon_.request("GET", "/-/healthy").status)


if __name__ == "__main__":
    harness.main()
