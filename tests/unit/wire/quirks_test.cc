// What senders are known to do, quirk by quirk: order and time, identity, values, meaning of
// statuses. The numbers are those of the list the project works from.
#include <gtest/gtest.h>

#include "tests/unit/wire/wire_testing.h"

namespace tthc {
namespace {

// --- time and order

TEST(Quirk, Q01_IdenticalSnapshotsOfTheLastStatusAreOneStatement) {
  const std::string body = WireFile("opencps_dossier.json");
  EXPECT_EQ(DecodeGood(body).statements[0].identity, DecodeGood(body).statements[0].identity);
}

TEST(Quirk, Q04_ARowSentAgainMonthsLaterKeepsItsOwnTimeAndIdentity) {
  const std::string rows =
      R"("data":[{"MaHoSo":"a","ThoiDiemXuLy":"20250102080000","TrangThai":"4"}]})";
  const std::string service = R"({"service":"CapNhatTienDoHoSoMC","arrived_at":)";
  const Statement first =
      DecodeGood(service + R"("2025-01-02T23:00:00+07:00",)" + rows).statements[0];
  const Statement again =
      DecodeGood(service + R"("2025-06-30T23:00:00+07:00",)" + rows).statements[0];
  EXPECT_EQ(first.event, At("2025-01-02T08:00:00+07:00"));
  EXPECT_EQ(again.event, first.event);
  EXPECT_EQ(again.identity, first.identity);
}

TEST(Quirk, Q05_RowsSentTwiceInOneChunkAreOneStatement) {
  const std::string row = R"({"MaHoSo":"a","ThoiDiemXuLy":"20250102080000","TrangThai":"4"})";
  const DecodedMessage message = DecodeGood("[" + row + "," + row + "]");
  ASSERT_EQ(message.statements.size(), 2u);
  EXPECT_EQ(message.statements[0].identity, message.statements[1].identity);
}

TEST(Quirk, Q06_ProgressIsReadWithoutItsDossier) {
  EXPECT_EQ(DecodeGood(WireFile("opencps_progress.json")).statements.size(), 1u);
}

// --- identity

TEST(Quirk, Q07_AReplacementNumberIsJustAnotherCase) {
  EXPECT_NE(Dossier(R"("TrangThaiHoSo":"4")").case_id,
            OneStatement("DongBoHoSoMC", R"({"MaHoSo":"H56.14-250214-99999","TrangThaiHoSo":"4"})")
                .case_id);
}

TEST(Quirk, Q08_ShortAndLongProcedureCodesAreOneProcedure) {
  for (const char* code : {"1.000656", "1.000656.000.00.00.H56", "1.000656.H56", " 1.000656 "}) {
    EXPECT_EQ(Dossier(R"("MaTTHC":")" + std::string(code) + "\"").procedure, "1.000656") << code;
  }
  EXPECT_EQ(Dossier(R"("MaTTHC":"TS_lop1.000.00.00.H22")").procedure, "TS_lop1");
}

TEST(Quirk, Q08_OldAndNewUnitCodesAreOneUnit) {
  EXPECT_EQ(Dossier(R"("MaDonVi":"000.09.23.H34")").unit, Dossier(R"("MaDonVi":"H34.23.09")").unit);
}

// --- values

TEST(Quirk, Q09_NumbersAndBooleansAreStringsOrNot) {
  const Statement strings = Dossier(
      R"("TrangThaiHoSo":"4","KenhThucHien":"2","HoSoCoThanhPhanSoHoa":"1","HinhThuc":"1")");
  const Statement typed =
      Dossier(R"("TrangThaiHoSo":4,"KenhThucHien":2,"HoSoCoThanhPhanSoHoa":true,"HinhThuc":1)");
  EXPECT_EQ(typed.identity, strings.identity);
  EXPECT_EQ(typed.channel, 2);
  EXPECT_EQ(Dossier(R"("HoSoCoThanhPhanSoHoa":"True")").flags, kHasDigitisedPart);
}

TEST(Quirk, Q09_EmptyNullAndMissingAreAlike) {
  const uint64_t missing = Dossier(R"("TrangThaiHoSo":"4")").identity;
  for (const char* none : {R"("")", "null", R"("   ")"}) {
    EXPECT_EQ(Dossier(R"("TrangThaiHoSo":"4","NgayHenTra":)" + std::string(none) +
                      R"(,"NgayTra":)" + none + R"(,"MaTTHC":)" + none)
                  .identity,
              missing)
        << none;
  }
}

TEST(Quirk, Q10_FieldNamesInAnyCase) {
  for (const char* name : {"MaHoSo", "maHoSo", "mahoso", "MAHOSO"}) {
    EXPECT_EQ(OneStatement("DongBoHoSoMC", "{\"" + std::string(name) + R"(":"a"})").case_id, "a")
        << name;
  }
  for (const char* name : {"IDHoSo", "IdHoSo", "idHoSo"}) {
    EXPECT_EQ(
        DecodeGood("{\"" + std::string(name) + R"(":"1","MaHoSo":"a","TrangThai":4})").service,
        "CapNhatTrangThai")
        << name;
  }
  for (const char* name : {"Madonvi", "madonvi", "MADONVI", "MaDinhDanhDV"}) {
    EXPECT_EQ(
        DecodeGood("{\"" + std::string(name) + R"(":"H56","service":"DongBoHoSoMC","data":[]})")
            .sender,
        "sender-t")
        << name;
  }
  EXPECT_EQ(Dossier(R"("HoSoCoThanhPhanSoHo":"1")").flags, kHasDigitisedPart);
}

TEST(Quirk, Q11_FillersAreNobody) {
  const auto officer = [](std::string_view name) {
    return OneStatement("CapNhatTienDoHoSoMC",
                        R"({"MaHoSo":"a","ThoiDiemXuLy":"20250102080000","TrangThai":"4",)"
                        R"("NguoiXuLy":")" +
                            std::string(name) + "\"}")
        .officer;
  };
  for (const char* filler : {"Chuyên viên", "Cán bộ một cửa", "", " Chuyên viên "}) {
    EXPECT_EQ(officer(filler), 0u) << filler;
  }
  EXPECT_NE(officer("Tran Thi Mau"), 0u);
  EXPECT_EQ(officer("Tran Thi Mau"), officer(" Tran Thi Mau"));
  EXPECT_NE(officer("Tran Thi Mau"), officer("Tran Thi Khac"));
}

TEST(Quirk, Q12_NoDueDateIsLegal) {
  EXPECT_FALSE(Dossier(R"("TrangThaiHoSo":"4","NgayHenTra":"")").due_at);
}

TEST(Quirk, Q13_ABlankOrZeroStatusIsKept) {
  EXPECT_EQ(Dossier(R"("TrangThaiHoSo":"")").status, Status::kNone);
  EXPECT_EQ(Dossier(R"("TrangThaiHoSo":"0")").status, Status::kNone);
}

// --- meaning of statuses

TEST(Quirk, Q14_TheWaitingCaseThatTSendsAsFinishedIsNotFinished) {
  const Statement snapshot = Dossier(R"("TrangThaiHoSo":"9","NgayKetThucXuLy":null)", "token-t");
  EXPECT_EQ(snapshot.status, Status::kNone);
  EXPECT_EQ(snapshot.status_sent, 9);
  EXPECT_EQ(snapshot.dated_by, DatedBy::kArrival);
  EXPECT_EQ(Dossier(R"("TrangThaiHoSo":"9","NgayKetThucXuLy":"20250221170000")", "token-t").status,
            Status::kFinished);
  EXPECT_EQ(Dossier(R"("TrangThaiHoSo":"9")", "token-o").status, Status::kFinished);
  EXPECT_EQ(Dossier(R"("TrangThaiHoSo":"9")").status, Status::kFinished) << "generic";

  const std::pair<const char*, Status> rows[] = {
      {"Cán bộ trả hồ sơ bổ sung", Status::kSupplement},
      {"Công dân thực hiện NVTC", Status::kFinancial},
      {"Cán bộ trả bổ sung hồ sơ", Status::kStopped},
  };
  for (const auto& [action, status] : rows) {
    for (const char* token : {"token-t", ""}) {
      const Statement s = Row("9", action, token);
      EXPECT_EQ(s.status, status) << action;
      EXPECT_EQ(s.status_sent, 9) << action;
    }
  }
}

TEST(Quirk, Q15_SyntheticFirstAndLastRows) {
  EXPECT_EQ(Row("2", "", "token-t").status, Status::kReceived);
  const Statement closing = Row("9", "Kết thúc xử lý hồ sơ", "token-t");
  EXPECT_EQ(closing.status, Status::kFinished);
  EXPECT_EQ(closing.note, ActionNote::kClosing);
}

TEST(Quirk, Q16_TheFillerForNoDueDateDoesNotFinishTheCase) {
  const Statement s = Row("9", "Hồ sơ không có ngày hẹn trả", "token-t");
  EXPECT_EQ(s.status, Status::kNone);
  EXPECT_EQ(s.note, ActionNote::kNoDueDateFiller);
}

TEST(Quirk, Q17_TheTextTellsCompletionFromRequest) {
  EXPECT_EQ(Row("5", "Yêu cầu bổ sung", "token-t").status, Status::kSupplement);
  const Statement done = Row("5", "Hoàn thành bổ sung hồ sơ", "token-t");
  EXPECT_EQ(done.status, Status::kProcessing);
  EXPECT_EQ(done.status_sent, 5);
  EXPECT_EQ(done.note, ActionNote::kSupplementDone);
}

TEST(Quirk, Q17_DecomposedTextIsTheSameText) {
  const Statement done =
      Row("5", R"(Hoa\u0300n tha\u0300nh b\u00f4\u0309 sung h\u00f4\u0300 s\u01a1)");
  EXPECT_EQ(done.note, ActionNote::kSupplementDone);
}

TEST(Quirk, Q18_InsertWithOneAndUpdateWithTwoAreTwoStatements) {
  MessageHints hints;
  hints.service = "DongBoHoSoMC";
  hints.sender_unit = "000.00.01.H22";
  const auto send = [&](const char* updating, const char* status) {
    hints.is_updating = updating;
    return DecodeGood(R"([{"MaHoSo":"HG-1","NgayTiepNhan":"20250102080000","NgayHenTra":"",)"
                      R"("KenhThucHien":null,"MaDoiTuong":"000000001","TrangThaiHoSo":")" +
                          std::string(status) + "\"}]",
                      hints);
  };
  const DecodedMessage insert = send("False", "1");
  const DecodedMessage update = send("True", "2");
  EXPECT_EQ(insert.sender, "sender-h");
  EXPECT_EQ(insert.statements[0].status, Status::kSubmitted);
  EXPECT_TRUE(insert.statements[0].flags & kInsert);
  EXPECT_EQ(update.statements[0].event, At("2025-01-02T08:00:00+07:00"));
  EXPECT_FALSE(update.statements[0].flags & kInsert);
  EXPECT_NE(insert.statements[0].identity, update.statements[0].identity);
}

TEST(Quirk, Q19_ABackDatedCompletionIsANewStatement) {
  const std::string base =
      R"("NgayHenTra":"20250221170000","TrangThaiHoSo":"9","NgayKetThucXuLy":)";
  EXPECT_NE(Dossier(base + R"("20250225093000")").identity,
            Dossier(base + R"("20250221170000")").identity);
}

TEST(Quirk, Q20_DataErrorsOfTheSenderAreKeptForTheFindings) {
  EXPECT_FALSE(Dossier(R"("TrangThaiHoSo":"4","NgayTiepNhan":"")").received_at);
  EXPECT_FALSE(Dossier(R"("TrangThaiHoSo":"10","NgayKetThucXuLy":"")").finished_at);
  const Statement before = Dossier(
      R"("TrangThaiHoSo":"9","NgayTiepNhan":"20250214091500","NgayKetThucXuLy":"20250101000000")");
  EXPECT_LT(*before.finished_at, *before.received_at);
  EXPECT_TRUE(Dossier(R"("TrangThaiHoSo":"2","NgayTiepNhan":"20990101080000")").received_at);
}

// --- other families

TEST(Quirk, CollapsedStatusesOfNoticesAreNotTakenAtTheirWord) {
  const auto notice = [](const char* status, const char* token) {
    return OneStatement(
        "DongBoTrangThaiHoSo",
        R"({"MaHoSo":"a","NgayXuLy":"20250102080000","TrangThai":")" + std::string(status) + "\"}",
        token);
  };
  EXPECT_EQ(notice("2", "token-o").status, Status::kNone);
  EXPECT_EQ(notice("5", "token-o").status, Status::kNone);
  EXPECT_EQ(notice("5", "token-o").status_sent, 5);
  EXPECT_EQ(notice("5", "token-t").status, Status::kSupplement);
  EXPECT_EQ(notice("11", "token-o").status, Status::kRefused);
}

TEST(Quirk, TheLinkedProcedureListOfStatusesIsNotMistakenForThisOne) {
  const Rejected why = OneRejected(
      "CapNhatTienDoHoSoMC",
      R"({"maHoSo":"a","trangThai":5,"thoiGianThucHien":"02/01/2025 08:00:00","coQuanXuLy":3})");
  EXPECT_EQ(why.code, "missing_event_time");
}

TEST(Quirk, OfARepeatedKeyTheLastOneCounts) {
  EXPECT_EQ(Dossier(R"("TrangThaiHoSo":"4","TRANGTHAIHOSO":"5")").status, Status::kSupplement);
}

}  // namespace
}  // namespace tthc
