// Envelopes, services, the examples of the interface and the rules of single fields.
#include "ingest/wire/decode.h"

#include <gtest/gtest.h>

#include "tests/unit/wire/wire_testing.h"

namespace tthc {
namespace {

constexpr std::string_view kRecord =
    R"({"MaHoSo":"H34.1-250102-0001","NgayTiepNhan":"20250102080000","TrangThaiHoSo":"2"})";
constexpr std::string_view kRow =
    R"({"MaHoSo":"H34.1-250102-0001","ThoiDiemXuLy":"20250102080000","TrangThai":"2"})";

// --- the examples

TEST(WireExample, OpenCpsDossier) {
  const DecodedMessage message = DecodeGood(WireFile("opencps_dossier.json"));
  EXPECT_EQ(message.outcome, MessageOutcome::kStatements);
  EXPECT_EQ(message.service, "DongBoHoSoMC");
  EXPECT_EQ(message.sender, "sender-o");
  ASSERT_EQ(message.statements.size(), 1u);
  const Statement& s = message.statements[0];
  EXPECT_EQ(s.case_id, "000.00.12.H34-240315-0042");
  EXPECT_EQ(s.kind, StatementKind::kSnapshot);
  EXPECT_EQ(s.status, Status::kProcessing);
  EXPECT_EQ(s.status_sent, 4);
  EXPECT_EQ(s.dated_by, DatedBy::kArrival);
  EXPECT_EQ(s.received_at, At("2024-03-15T08:30:00+07:00"));
  EXPECT_EQ(s.due_at, At("2024-03-26T17:00:00+07:00"));
  EXPECT_FALSE(s.finished_at || s.returned_at || s.refused_at);
  EXPECT_EQ(s.procedure, "1.004222");
  EXPECT_EQ(s.field, "G01-QL01");
  EXPECT_EQ(s.unit, "");
  EXPECT_EQ(s.channel, 0);
  EXPECT_EQ(s.flags, kHasSubmittedFile | kInsert);
}

TEST(WireExample, OpenCpsProgress) {
  const DecodedMessage message = DecodeGood(WireFile("opencps_progress.json"));
  EXPECT_EQ(message.service, "CapNhatTienDoHoSoMC");
  ASSERT_EQ(message.statements.size(), 1u);
  const Statement& s = message.statements[0];
  EXPECT_EQ(s.kind, StatementKind::kProgress);
  EXPECT_EQ(s.status, Status::kSupplement);
  EXPECT_EQ(s.dated_by, DatedBy::kOwnField);
  EXPECT_EQ(s.event, At("2024-03-18T14:12:05+07:00"));
  EXPECT_EQ(s.step_due_at, At("2024-03-20T17:00:00+07:00"));
  EXPECT_EQ(s.note, ActionNote::kOther);
  EXPECT_NE(s.officer, 0u);
}

TEST(WireExample, ShapeTDossier) {
  MessageHints hints;
  hints.token_name = "token-t";
  const DecodedMessage message = DecodeGood(WireFile("t_dossier.json"), hints);
  EXPECT_EQ(message.service, "DongBoHoSoMC");
  EXPECT_EQ(message.sender, "sender-t");
  ASSERT_EQ(message.statements.size(), 1u);
  const Statement& s = message.statements[0];
  EXPECT_EQ(s.status, Status::kFinished);
  EXPECT_EQ(s.dated_by, DatedBy::kOwnField);
  EXPECT_EQ(s.event, At("2025-02-21T17:00:00+07:00"));
  EXPECT_EQ(s.finished_at, At("2025-02-21T17:00:00+07:00"));
  EXPECT_EQ(s.procedure, "2.002622");
  EXPECT_EQ(s.channel, 2);
  EXPECT_EQ(s.flags, kHasSubmittedFile | kHasDigitisedPart | kHasReusedPart | kHasElectronicResult |
                         kHasResultCode | kPaidOnNationalGateway | kHasFeeLine | kHasNonZeroFee |
                         kUsesPopulationData);
}

TEST(WireExample, GenerationTwoProgress) {
  const DecodedMessage message = DecodeGood(WireFile("gen2_progress.json"));
  ASSERT_EQ(message.statements.size(), 1u);
  EXPECT_EQ(message.statements[0].status, Status::kProcessing);
  EXPECT_EQ(message.statements[0].event, At("2026-06-10T08:20:11+07:00"));
  EXPECT_EQ(message.statements[0].step_due_at, At("2026-06-17T17:00:00+07:00"));
}

TEST(WireExample, GenerationTwoStatus) {
  const DecodedMessage message = DecodeGood(WireFile("gen2_status.json"));
  EXPECT_EQ(message.service, "CapNhatTrangThai");
  ASSERT_EQ(message.statements.size(), 1u);
  EXPECT_EQ(message.statements[0].kind, StatementKind::kSnapshot);
  EXPECT_EQ(message.statements[0].status, Status::kFinished);
  EXPECT_EQ(message.statements[0].dated_by, DatedBy::kArrival);
}

TEST(WireExample, GenerationTwoCreation) {
  const Statement s =
      OneStatement("CreateDossier",
                   R"({"MaHoSo":"G09.20-20260609-0092637","MaTTHC":"1.001234","LoaiDoiTuong":1,
          "MaDonViTiepNhan":"G09.20","NgayNop":"2026-06-09 07:50:00",
          "NgayTiepNhan":"2026-06-09 08:00:00",
          "ThanhPhanHoSo":[{"TenThanhPhanHoSo":"Tờ khai","LoaiBan":0,
            "GiayToDinhKem":[{"IdGiayTo":"1","TenGiayTo":"to_khai.pdf"}]}]})");
  EXPECT_EQ(s.status, Status::kReceived);
  EXPECT_EQ(s.event, At("2026-06-09T08:00:00+07:00"));
  EXPECT_EQ(s.unit, "G09.20");
  EXPECT_EQ(s.flags, kHasSubmittedFile);
}

TEST(WireExample, StatusOfADossierFromThePortal) {
  const DecodedMessage message = DecodeGood(
      R"({"session":"s","madonvi":"H56","service":"DongBoTrangThaiHoSo","type":"2",
          "data":{"MaHoSo":"G22.1-250101-0001","MaHoSoDonVi":"7","NoiDung":"…",
                  "NgayXuLy":"20250105100000","TrangThai":"11","TaiLieuXuLy":[]}})");
  ASSERT_EQ(message.statements.size(), 1u);
  EXPECT_EQ(message.statements[0].status, Status::kRefused);
  EXPECT_EQ(message.statements[0].status_sent, 11);
  EXPECT_EQ(message.statements[0].event, At("2025-01-05T10:00:00+07:00"));
}

// --- envelopes

TEST(WireEnvelope, ListObjectBareListAndBareObjectAreOneMessage) {
  const std::string record(kRecord);
  const std::string bodies[] = {
      R"({"service":"DongBoHoSoMC","data":[)" + record + "]}",
      R"({"service":"DongBoHoSoMC","data":)" + record + "}",
      "[" + record + "]",
      record,
  };
  for (const std::string& body : bodies) {
    const DecodedMessage message = DecodeGood(body);
    EXPECT_EQ(message.service, "DongBoHoSoMC") << body;
    ASSERT_EQ(message.statements.size(), 1u) << body;
    EXPECT_EQ(message.statements[0].status, Status::kReceived) << body;
  }
}

TEST(WireEnvelope, TheServiceOfTheBodyGoesBeforeThePath) {
  MessageHints hints;
  hints.service = "DongBoHoSoMC";
  const std::string body =
      R"({"service":"CapNhatTienDoHoSoMC","data":[)" + std::string(kRow) + "]}";
  EXPECT_EQ(DecodeGood(body, hints).service, "CapNhatTienDoHoSoMC");
}

TEST(WireEnvelope, AServiceIsNamedWithoutRegardToCase) {
  for (const char* name : {"dongbohosomc", "DONGBOHOSOMC", " DongBoHoSoMC "}) {
    MessageHints hints;
    hints.service = name;
    EXPECT_EQ(DecodeGood("[]", hints).service, "DongBoHoSoMC") << name;
  }
}

TEST(WireEnvelope, AdapterPathsAreMapped) {
  const std::pair<const char*, const char*> paths[] = {
      {"URLThemMoi", "DongBoHoSoMC"},
      {"URLCapNhat", "DongBoHoSoMC"},
      {"URLDongBoTienTrinh", "CapNhatTienDoHoSoMC"},
      {"NoiHoSo", "CreateDossier"},
      {"CapNhatTienTrinh", "CapNhatTienTrinh"},
  };
  for (const auto& [path, service] : paths) {
    MessageHints hints;
    hints.service = path;
    EXPECT_EQ(DecodeGood("[]", hints).service, service) << path;
  }
}

TEST(WireEnvelope, BareBodiesAreToldByTheirFields) {
  const std::pair<std::string, const char*> bodies[] = {
      {std::string(kRow), "CapNhatTienDoHoSoMC"},
      {std::string(kRecord), "DongBoHoSoMC"},
      {R"({"MaHoSo":"a","NgayTiepNhan":""})", "DongBoHoSoMC"},
      {R"({"MaHoSo":"a","NgayTiepNhan":"","MaDonViTiepNhan":"G09.20"})", "CreateDossier"},
      {R"({"IdHoSo":"1","MaHoSo":"a","TrangThai":4})", "CapNhatTrangThai"},
      {R"({"MaHoSo":"a","NgayXuLy":"20250105100000","TrangThai":"4"})", "DongBoTrangThaiHoSo"},
      {R"([5,{"IdHoSo":"1","MaHoSo":"a","TrangThai":4}])", "CapNhatTrangThai"},
  };
  for (const auto& [body, service] : bodies) EXPECT_EQ(DecodeGood(body).service, service) << body;
}

TEST(WireEnvelope, ServicesWithoutCasesAreIgnoredKindly) {
  for (const char* service :
       {"DongBoDanhGia", "TraCuuHoSo", "LayThuTuc", "login", "TraCuuTechID"}) {
    const DecodedMessage message =
        DecodeGood(R"({"session":"s","mahoso":"1","service":")" + std::string(service) + R"("})");
    EXPECT_EQ(message.outcome, MessageOutcome::kIgnoredService) << service;
    EXPECT_EQ(message.service, service);
    EXPECT_EQ(message.records, 0u);
  }
}

TEST(WireEnvelope, EnvelopesWithoutMeaningAreErrors) {
  const std::pair<const char*, const char*> bodies[] = {
      {R"({"service":"XoaHoSo","data":[]})", "unknown service \"XoaHoSo\""},
      {R"({"data":[{"a":1}]})", "no service"},
      {"[]", "no service"},
      {"{}", "no service"},
      {R"({"service":"DongBoHoSoMC"})", "has no data"},
      {R"({"service":"DongBoHoSoMC","data":"x"})", "data is neither"},
      {R"({"service":"DongBoHoSoMC","data":null})", "data is neither"},
      {"7", "neither a JSON object nor a list"},
      {R"({"service":"DongBoHoSoMC","arrived_at":"yesterday","data":[]})", "arrived_at"},
  };
  for (const auto& [body, message] : bodies) {
    EXPECT_NE(DecodeError(body).find(message), std::string::npos) << DecodeError(body);
  }
}

TEST(WireEnvelope, IsUpdatingIsReadInEveryForm) {
  const std::pair<const char*, bool> forms[] = {
      {R"("False")", true}, {R"("false")", true}, {R"("0")", true}, {"false", true},
      {"0", true},          {R"("True")", false}, {"true", false},  {"1", false},
      {R"("")", false},     {"null", false},
  };
  for (const auto& [form, insert] : forms) {
    const DecodedMessage message =
        DecodeGood(R"({"service":"DongBoHoSoMC","isUpdating":)" + std::string(form) +
                   R"(,"data":[)" + std::string(kRecord) + "]}");
    EXPECT_EQ((message.statements[0].flags & kInsert) != 0, insert) << form;
  }
  MessageHints query;
  query.is_updating = "False";
  EXPECT_TRUE(DecodeGood(kRecord, query).statements[0].flags & kInsert);
  MessageHints path;
  path.service = "URLThemMoi";
  EXPECT_TRUE(DecodeGood(kRecord, path).statements[0].flags & kInsert);
}

TEST(WireEnvelope, TheSenderIsTheBodysUnitElseTheQuerys) {
  MessageHints hints;
  hints.sender_unit = "000.00.01.H22";
  EXPECT_EQ(DecodeGood(kRecord, hints).sender, "sender-h");
  const std::string body =
      R"({"Madonvi":"H56","service":"DongBoHoSoMC","data":[)" + std::string(kRecord) + "]}";
  EXPECT_EQ(DecodeGood(body, hints).sender, "sender-t");
  EXPECT_EQ(DecodeGood(kRecord).sender, "unknown");
}

TEST(WireEnvelope, ARecordedLineSaysWhenItArrived) {
  const DecodedMessage message = DecodeGood(
      R"({"service":"DongBoHoSoMC","arrived_at":"2025-01-02T08:00:05+07:00","isUpdating":"False",)"
      R"("data":[)" +
      std::string(kRecord) + "]}");
  EXPECT_EQ(message.arrived_at, At("2025-01-02T08:00:05+07:00"));
  EXPECT_FALSE(DecodeGood(kRecord).arrived_at);
}

TEST(WireEnvelope, OneBadRecordDoesNotHarmItsBatch) {
  const DecodedMessage message = DecodeGood(
      "[" + std::string(kRecord) + R"(,{"TrangThaiHoSo":"2"},null,)" + std::string(kRecord) + "]");
  EXPECT_EQ(message.records, 4u);
  ASSERT_EQ(message.statements.size(), 2u);
  EXPECT_EQ(message.statements[0].position, 0u);
  EXPECT_EQ(message.statements[1].position, 3u);
  ASSERT_EQ(message.rejected.size(), 2u);
  EXPECT_EQ(message.rejected[0].position, 1u);
  EXPECT_EQ(message.rejected[0].code, "missing_case_id");
  EXPECT_NE(message.rejected[0].body_hash, 0u);
  EXPECT_EQ(message.rejected[1].position, 2u);
  EXPECT_EQ(message.rejected[1].code, "not_an_object");
}

TEST(WireEnvelope, ADecoderIsUsedForManyMessages) {
  Decoder decoder(TestProfiles(), kTestKey, DecodeLimits());
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(decoder.Decode("[", MessageHints()));
    const auto message = decoder.Decode(kRecord, MessageHints());
    ASSERT_TRUE(message);
    EXPECT_EQ(message->statements.size(), 1u);
  }
}

// --- bounds

TEST(WireBounds, TooManyRecordsAreRefusedAsAWhole) {
  DecodeLimits limits;
  limits.records = 2;
  const std::string row(kRow);
  EXPECT_EQ(DecodeGood("[" + row + "," + row + "]", {}, limits).statements.size(), 2u);
  EXPECT_EQ(DecodeError("[" + row + "," + row + "," + row + "]", {}, limits),
            "the message has 3 records, the limit is 2");
}

TEST(WireBounds, AMegabyteInAFieldThatIsReadCostsItsRecordOnly) {
  const std::string huge(1'000'000, 'x');
  for (const char* field : {"NgayTiepNhan", "MaTTHC", "MaLinhVuc", "KenhThucHien", "HinhThuc"}) {
    const Rejected why = OneRejected(
        "DongBoHoSoMC", R"({"MaHoSo":"a",")" + std::string(field) + R"(":")" + huge + R"("})");
    EXPECT_EQ(why.code, "too_long") << field;
    EXPECT_EQ(why.field, field);
    EXPECT_EQ(why.case_id, "a");
    EXPECT_LT(why.reason.size(), 200u);
  }
}

TEST(WireBounds, AMegabyteInAFieldThatIsNotReadIsSkipped) {
  const std::string huge(1'000'000, 'x');
  const Statement s = Dossier(R"("ChuHoSo":")" + huge + R"(","GhiChu":")" + huge + R"(")");
  EXPECT_EQ(s.case_id, "H56.14-250214-48213");
}

TEST(WireBounds, AListWhereAValueBelongsRejectsTheRecord) {
  EXPECT_EQ(OneRejected("DongBoHoSoMC", R"({"MaHoSo":["a"]})").code, "not_scalar");
  EXPECT_EQ(OneRejected("DongBoHoSoMC", R"({"MaHoSo":"a","NgayHenTra":{}})").code, "not_scalar");
}

TEST(WireBounds, OddListsAreNoEvidenceAndNoFault) {
  const Statement s = Dossier(
      R"("TaiLieuNop":null,"DanhSachLePhi":"","DanhSachGiayToKetQua":{},"DSKetNoiCSDL":[7,null,[]])");
  EXPECT_EQ(s.flags, 0u);
}

// --- single fields

TEST(WireField, CaseIdIsTrimmedAndBounded) {
  EXPECT_EQ(OneStatement("DongBoHoSoMC", R"({"MaHoSo":"  H34-1 \u00a0"})").case_id, "H34-1");
  EXPECT_EQ(OneStatement("DongBoHoSoMC", R"({"MaHoSo":2025000123})").case_id, "2025000123");
  const std::string fifty(50, '1');
  EXPECT_EQ(OneStatement("DongBoHoSoMC", R"({"MaHoSo":")" + fifty + R"("})").case_id, fifty);
  EXPECT_EQ(OneRejected("DongBoHoSoMC", R"({"MaHoSo":")" + fifty + R"(1"})").code, "bad_case_id");
  EXPECT_EQ(OneRejected("DongBoHoSoMC", R"({"MaHoSo":"a\u0000b"})").code, "bad_case_id");
  for (const char* blank : {R"({"MaHoSo":""})", R"({"MaHoSo":null})", R"({"MaHoSo":"  "})", "{}"}) {
    EXPECT_EQ(OneRejected("DongBoHoSoMC", blank).code, "missing_case_id") << blank;
  }
}

TEST(WireField, CaseIdIsComposedUnicode) {
  EXPECT_EQ(OneStatement("DongBoHoSoMC", "{\"MaHoSo\":\"HS-Ca\xCC\x81\"}").case_id, "HS-Cá");
}

TEST(WireField, StatusesOfTheList) {
  for (int code = 1; code <= 10; ++code) {
    const std::string digits = std::to_string(code);
    for (const std::string& form :
         {digits, "\"" + digits + "\"", "\"0" + digits + "\"", "\" " + digits + "\""}) {
      const Statement s = Dossier("\"TrangThaiHoSo\":" + form);
      EXPECT_EQ(static_cast<int>(s.status), code) << form;
      EXPECT_EQ(s.status_sent, code) << form;
    }
  }
  EXPECT_EQ(Dossier(R"("TrangThaiHoSo":4.0)").status, Status::kProcessing);
}

TEST(WireField, ABlankStatusKeepsTheRecord) {
  for (const char* blank :
       {R"("TrangThaiHoSo":"")", R"("TrangThaiHoSo":null)", R"("TrangThaiHoSo":"0")",
        R"("TrangThaiHoSo":0)", R"("NgayTiepNhan":"20250102080000")"}) {
    const Statement s = Dossier(blank);
    EXPECT_EQ(s.status, Status::kNone) << blank;
    EXPECT_EQ(s.status_sent, 0) << blank;
    EXPECT_EQ(s.dated_by, DatedBy::kArrival) << blank;
  }
}

TEST(WireField, StatusesOutsideTheListRejectTheRecord) {
  for (const char* bad : {"\"77\"", "\"abc\"", "11", "\"-1\"", "\"4x\"", "true", "4.5", "\"4.0\"",
                          "99999999999999999999"}) {
    const Rejected why =
        OneRejected("DongBoHoSoMC", R"({"MaHoSo":"a","TrangThaiHoSo":)" + std::string(bad) + "}");
    EXPECT_EQ(why.code, "unknown_status") << bad;
    EXPECT_EQ(why.field, "TrangThaiHoSo");
    EXPECT_EQ(why.case_id, "a");
  }
  EXPECT_EQ(OneRejected("DongBoHoSoMC", R"({"MaHoSo":"a","TrangThaiHoSo":"77"})").reason,
            "TrangThaiHoSo \"77\" is outside the list of statuses");
}

TEST(WireField, ARowNeedsStatusAndTime) {
  EXPECT_EQ(OneRejected("CapNhatTienDoHoSoMC",
                        R"({"MaHoSo":"a","ThoiDiemXuLy":"20250102080000","TrangThai":""})")
                .code,
            "missing_status");
  EXPECT_EQ(OneRejected("CapNhatTienDoHoSoMC",
                        R"({"MaHoSo":"a","ThoiDiemXuLy":"20250102080000","TrangThai":"0"})")
                .code,
            "missing_status");
  EXPECT_EQ(OneRejected("CapNhatTienDoHoSoMC",
                        R"({"MaHoSo":"a","ThoiDiemXuLy":"20250102080000","TrangThai":"11"})")
                .code,
            "unknown_status");
  for (const char* time : {R"("")", "null"}) {
    const Rejected why =
        OneRejected("CapNhatTienDoHoSoMC",
                    R"({"MaHoSo":"a","TrangThai":"4","ThoiDiemXuLy":)" + std::string(time) + "}");
    EXPECT_EQ(why.code, "missing_event_time");
    EXPECT_EQ(why.field, "ThoiDiemXuLy");
  }
}

TEST(WireField, AnUnreadableDateRejectsTheRecordAndIsNamed) {
  for (const char* field :
       {"NgayTiepNhan", "NgayHenTra", "NgayKetThucXuLy", "NgayTra", "NgayTuChoi"}) {
    const Rejected why = OneRejected(
        "DongBoHoSoMC", R"({"MaHoSo":"a",")" + std::string(field) + R"(":"20250231170000"})");
    EXPECT_EQ(why.code, "bad_date") << field;
    EXPECT_EQ(why.field, field);
    EXPECT_EQ(why.reason, std::string(field) + " \"20250231170000\" is no day of the calendar");
  }
  EXPECT_EQ(OneRejected("DongBoHoSoMC", R"({"mahoso":"a","ngayhentra":"hôm qua"})").field,
            "ngayhentra");
}

TEST(WireField, ADayAsDeadlineIsItsLastSecond) {
  EXPECT_EQ(Dossier(R"("NgayHenTra":"21/02/2025")").due_at, At("2025-02-21T23:59:59+07:00"));
  EXPECT_EQ(Dossier(R"("NgayHenTra":"20250221000000")").due_at, At("2025-02-21T00:00:00+07:00"));
  EXPECT_EQ(Dossier(R"("NgayTiepNhan":"21/02/2025")").received_at, At("2025-02-21T00:00:00+07:00"));
}

struct OwnDateCase {
  const char* status;
  const char* field;
};

TEST(WireField, ASnapshotIsDatedByTheFieldOfItsStatus) {
  for (const OwnDateCase& c : {OwnDateCase{"2", "NgayTiepNhan"}, OwnDateCase{"3", "NgayTuChoi"},
                               OwnDateCase{"9", "NgayKetThucXuLy"}, OwnDateCase{"10", "NgayTra"}}) {
    const std::string status = R"("TrangThaiHoSo":")" + std::string(c.status) + "\"";
    const Statement dated = Dossier(status + ",\"" + c.field + R"(":"20250221170000")", "token-o");
    EXPECT_EQ(dated.dated_by, DatedBy::kOwnField) << c.status;
    EXPECT_EQ(dated.event, At("2025-02-21T17:00:00+07:00")) << c.status;
    EXPECT_EQ(Dossier(status, "token-o").dated_by, DatedBy::kArrival) << c.status;
  }
  for (const char* status : {"1", "4", "5", "6", "7", "8"}) {
    const Statement s = Dossier(R"("NgayTiepNhan":"20250101080000","NgayTra":"20250221170000",)"
                                R"("NgayKetThucXuLy":"20250221170000","TrangThaiHoSo":")" +
                                std::string(status) + "\"");
    EXPECT_EQ(s.dated_by, DatedBy::kArrival) << status;
  }
}

TEST(WireField, ChannelOutsideItsListIsNotSaid) {
  const std::pair<const char*, int> channels[] = {{R"("1")", 1}, {"2", 2},    {R"("3")", 3},
                                                  {R"("")", 0},  {"null", 0}, {R"("4")", 0},
                                                  {R"("x")", 0}};
  for (const auto& [sent, expected] : channels) {
    EXPECT_EQ(Dossier("\"KenhThucHien\":" + std::string(sent)).channel, expected) << sent;
  }
}

TEST(WireField, TheUnitIsACodeOrNothing) {
  EXPECT_EQ(Dossier(R"("MaDonViXuLy":"000.09.23.H34")").unit, "H34.23.09");
  EXPECT_EQ(Dossier(R"("MaDonVi":"H34.14")").unit, "H34.14");
  EXPECT_EQ(Dossier(R"("MaDonViXuLy":"UBND xã Mẫu","MaDonViTiepNhan":"H34.14")").unit, "H34.14");
  EXPECT_EQ(Dossier(R"("MaDonVi":"UBND xã Mẫu")").unit, "");
  EXPECT_EQ(Dossier(R"("DonViXuLy":"H34.14")").unit, "") << "DonViXuLy is a name";
  const DecodedMessage envelope = DecodeGood(
      R"({"madonvi":"H56","service":"DongBoHoSoMC","data":[)" + std::string(kRecord) + "]}");
  EXPECT_EQ(envelope.statements[0].unit, "") << "the sender is not the unit of the case";
}

TEST(WireField, FlagsOfTheDossier) {
  const std::pair<const char*, uint32_t> cases[] = {
      {R"("TaiLieuNop":[])", 0},
      {R"("TaiLieuNop":[{}])", kHasSubmittedFile},
      {R"("TaiLieuNop":[{"IsDeleted":"True","DuocSoHoa":"1"}])", 0},
      {R"("TaiLieuNop":[{"IsDeleted":true}])", 0},
      {R"("TaiLieuNop":[{"DuocSoHoa":"1"}])", kHasSubmittedFile | kHasDigitisedPart},
      {R"("TaiLieuNop":[{"DuocSoHoa":1,"DuocTaiSuDung":"2"}])",
       kHasSubmittedFile | kHasDigitisedPart | kHasReusedPart},
      {R"("TaiLieuNop":[{"DuocTaiSuDung":"0","DuocLayTuKhoDMQG":true}])",
       kHasSubmittedFile | kFromPersonalStore},
      {R"("DanhSachGiayToKetQua":[{"MaGiayToKetQua":"KQ.G15.000031"}])", 0},
      {R"("DanhSachGiayToKetQua":[{"DuongDanTepTinKetQua":"u"}])", kHasElectronicResult},
      {R"("DanhSachGiayToKetQua":[{"DuongDanTepTinKetQua":"u","MaGiayToKetQua":"k"}])",
       kHasElectronicResult | kHasResultCode},
      {R"("HoSoCoThanhPhanSoHoa":"1")", kHasDigitisedPart},
      {R"("TaiKhoanDuocXacThucVoiVNeID":"1")", kVneidVerified},
      {R"("DuocThanhToanTrucTuyen":"1")", kPaidOnNationalGateway},
      {R"("DuocThanhToanTrucTuyen":2)", kPaidOnLocalGateway},
      {R"("DuocThanhToanTrucTuyen":"3")", 0},
      {R"("DanhSachLePhi":[{"Gia":"0"}])", kHasFeeLine},
      {R"("DanhSachLePhi":[{"Gia":20000}])", kHasFeeLine | kHasNonZeroFee},
      {R"("DSKetNoiCSDL":[{"MaCSDL":"7"}])", kUsesPopulationData},
      {R"("DSKetNoiCSDL":[{"MaCSDL":""}])", 0},
      {R"("HinhThuc":"1")", kReturnedByPost},
      {R"("DanhSachHoSoBoSung":[{"NgayBoSung":"20250101080000"}])", 0},
  };
  for (const auto& [fields, flags] : cases) EXPECT_EQ(Dossier(fields).flags, flags) << fields;
}

// --- identity

TEST(WireIdentity, EveryKeptFieldOfASnapshotIsPartOfIt) {
  const std::string base = R"("NgayTiepNhan":"20250101080000","TrangThaiHoSo":"4")";
  const uint64_t identity = Dossier(base).identity;
  EXPECT_EQ(Dossier(base).identity, identity);
  for (const char* more :
       {R"("NgayHenTra":"20250110170000")", R"("NgayKetThucXuLy":"20250110170000")",
        R"("NgayTra":"20250110170000")", R"("NgayTuChoi":"20250110170000")",
        R"("MaTTHC":"1.004222")", R"("MaLinhVuc":"G01-QL01")", R"("MaDonVi":"H34.14")",
        R"("KenhThucHien":"2")", R"("TaiLieuNop":[{}])", R"("TrangThaiHoSo":"5")"}) {
    EXPECT_NE(Dossier(base + "," + more).identity, identity) << more;
  }
}

TEST(WireIdentity, WhatIsDroppedAndWhoSendsItAreNoPartOfIt) {
  const std::string base = R"("NgayTiepNhan":"20250101080000","TrangThaiHoSo":"9")";
  const uint64_t identity = Dossier(base).identity;
  EXPECT_EQ(Dossier(base + R"(,"ChuHoSo":"NGUYEN VAN MAU","Email":"a@b")").identity, identity);
  EXPECT_EQ(Dossier(base, "token-t").identity, identity);
  const std::string record = R"({"MaHoSo":"H56.14-250214-48213",)" + base + "}";
  for (const char* updating : {"True", "False"}) {
    const DecodedMessage message =
        DecodeGood(R"({"service":"DongBoHoSoMC","isUpdating":")" + std::string(updating) +
                   R"(","data":[1,)" + record + "]}");
    EXPECT_EQ(message.statements[0].identity, identity) << updating;
  }
}

TEST(WireIdentity, ARowIsCaseTimeStatusActionAndOfficer) {
  const auto row = [](std::string_view time, std::string_view status, std::string_view action,
                      std::string_view officer, std::string_view rest) {
    return OneStatement("CapNhatTienDoHoSoMC",
                        R"({"MaHoSo":"a","ThoiDiemXuLy":")" + std::string(time) +
                            R"(","TrangThai":")" + std::string(status) + R"(","NoiDungXuLy":")" +
                            std::string(action) + R"(","NguoiXuLy":")" + std::string(officer) +
                            "\"" + std::string(rest) + "}")
        .identity;
  };
  const uint64_t identity = row("20250102080000", "4", "Thẩm định", "Mẫu", "");
  EXPECT_NE(row("20250102080001", "4", "Thẩm định", "Mẫu", ""), identity);
  EXPECT_NE(row("20250102080000", "5", "Thẩm định", "Mẫu", ""), identity);
  EXPECT_NE(row("20250102080000", "4", "Ký duyệt", "Mẫu", ""), identity);
  EXPECT_NE(row("20250102080000", "4", "Thẩm định", "Khác", ""), identity);
  EXPECT_NE(row("20250102080000", "4", "", "Thẩm địnhMẫu", ""), identity);
  EXPECT_EQ(row("2025-01-02 08:00:00", "04", " Thẩm định ", "Mẫu",
                R"(,"PhongBanXuLy":"x","NgayKetThucTheoQuyDinh":"20250103080000")"),
            identity);
  EXPECT_EQ(row("20250102080000", "4", "Tha\u0302\u0309m \u0111i\u0323nh", "Ma\u0302\u0303u", ""),
            identity)
      << "decomposed and composed Unicode are one text";
}

}  // namespace
}  // namespace tthc
