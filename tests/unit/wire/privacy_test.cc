// Nothing personal leaves the decoder: names, numbers, addresses, links and free text are planted
// in every field that carries them, in good and in bad records, and searched for in what comes out.
#include <gtest/gtest.h>

#include "tests/unit/wire/wire_testing.h"

namespace tthc {
namespace {

constexpr std::string_view kPlanted = "NGUYEN-VAN-MAU-079000000001";

constexpr std::string_view kPersonalScalars[] = {
    "ChuHoSo",     "SoGiayToChuHoSo", "MaDoiTuong", "ThongTinKhac", "Email",       "Fax",
    "SoDienThoai", "TrichYeuHoSo",    "DonViXuLy",  "ThongTinTra",  "GhiChu",      "SoBienNhan",
    "TenTTHC",     "NguoiXuLy",       "ChucDanh",   "PhongBanXuLy", "NoiDungXuLy", "NoiDungYKien",
    "NoiDung",     "MaHoSoDonVi",     "IDHoSo",     "MaDonVi",      "session",
};

std::string RecordWith(const std::string& own) {
  const std::string value = '"' + std::string(kPlanted) + '"';
  std::string record = "{" + own;
  for (const std::string_view field : kPersonalScalars) {
    record += ",\"" + std::string(field) + "\":" + value;
  }
  record += R"(,"DinhDanhCHS":[{"LoaiDinhDanh":"1","SoDinhDanh":)" + value + "}]";
  record +=
      R"(,"TaiLieuNop":[{"TenTepDinhKem":)" + value + R"(,"DuongDanTaiTepTin":)" + value + "}]";
  record += R"(,"DanhSachGiayToKetQua":[{"TenGiayTo":)" + value + R"(,"MaGiayToKetQua":)" + value +
            R"(,"DuongDanTepTinKetQua":)" + value + "}]";
  record += R"(,"DanhSachLePhi":[{"TenPhiLePhi":)" + value + R"(,"Gia":)" + value + "}]";
  record += R"(,"ThongTinNguoiNop":{"ThongTinChiTiet":{"TenNguoiNop":)" + value + "}}";
  return record + "}";
}

std::string TextsOf(const Statement& s) {
  return s.case_id + '|' + s.procedure + '|' + s.field + '|' + s.unit;
}
std::string TextsOf(const Rejected& r) {
  return r.case_id + '|' + r.field + '|' + r.code + '|' + r.reason;
}

void ExpectNothingPlanted(const DecodedMessage& message) {
  EXPECT_EQ(message.sender.find(kPlanted), std::string::npos);
  EXPECT_EQ(message.service.find(kPlanted), std::string::npos);
  for (const Statement& s : message.statements) {
    EXPECT_EQ(TextsOf(s).find("MAU"), std::string::npos) << TextsOf(s);
    EXPECT_EQ(TextsOf(s).find("0790"), std::string::npos) << TextsOf(s);
  }
  for (const Rejected& r : message.rejected) {
    EXPECT_EQ(TextsOf(r).find("MAU"), std::string::npos) << TextsOf(r);
    EXPECT_EQ(TextsOf(r).find("0790"), std::string::npos) << TextsOf(r);
  }
}

TEST(Privacy, NothingPlantedComesOutOfAnyService) {
  const std::string good = R"("MaHoSo":"a","TrangThaiHoSo":"4","TrangThai":"4",)"
                           R"("ThoiDiemXuLy":"20250102080000","NgayXuLy":"20250102080000")";
  const std::string bad[] = {
      R"("TrangThai":"4")",
      R"("MaHoSo":"a","TrangThaiHoSo":"77","TrangThai":"77")",
      R"("MaHoSo":"a","TrangThai":"4","TrangThaiHoSo":"4","ThoiDiemXuLy":"x","NgayXuLy":"x","NgayTra":"x")",
      R"("MaHoSo":")" + std::string(kPlanted) + std::string(kPlanted) + "\"",
  };
  for (const char* service : {"DongBoHoSoMC", "CapNhatTienDoHoSoMC", "CreateDossier",
                              "CapNhatTienTrinh", "CapNhatTrangThai", "DongBoTrangThaiHoSo"}) {
    std::string body = R"({"service":")" + std::string(service) + R"(","session":")" +
                       std::string(kPlanted) + R"(","madonvi":")" + std::string(kPlanted) +
                       R"(","data":[)" + RecordWith(good);
    for (const std::string& fields : bad) body += "," + RecordWith(fields);
    const DecodedMessage message = DecodeGood(body + "]}");
    EXPECT_GE(message.statements.size(), 1u) << service;
    EXPECT_GE(message.rejected.size(), 3u) << service;
    ExpectNothingPlanted(message);
  }
}

TEST(Privacy, NothingPlantedComesOutOfAnError) {
  const std::string body = R"({"service":"DongBoHoSoMC","data":[)" + RecordWith(R"("MaHoSo":"a")");
  EXPECT_EQ(DecodeError(body).find("MAU"), std::string::npos);
  EXPECT_EQ(DecodeError(R"({"x":)" + RecordWith(R"("a":1)") + "}").find("MAU"), std::string::npos);
}

TEST(Privacy, AnOfficerIsAHashThatDependsOnTheKey) {
  const std::string body = WireFile("opencps_progress.json");
  Decoder one(ProfileTable::Default(), 1, DecodeLimits());
  Decoder two(ProfileTable::Default(), 2, DecodeLimits());
  EXPECT_NE(one.Decode(body, {})->statements[0].officer,
            two.Decode(body, {})->statements[0].officer);
}

TEST(Privacy, AReasonShowsAShortPieceOfTheValueOnly) {
  const Rejected why = OneRejected(
      "DongBoHoSoMC", R"({"MaHoSo":"a","NgayHenTra":")" + std::string(5000, 'x') + "\"}");
  EXPECT_LT(why.reason.size(), 150u);
}

}  // namespace
}  // namespace tthc
