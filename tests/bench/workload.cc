#include "workload.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace tthc::bench {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kHour = 3600 * kSecond;
constexpr int64_t kDay = 24 * kHour;
constexpr int64_t kVietnamOffset = 7 * kHour;
constexpr int kDepartments = 14;
constexpr std::array<int, 10> kCommunesOfDistrict = {21, 12, 11, 9, 3, 9, 7, 8, 11, 11};
constexpr int kFirstDistrict = 21;
constexpr int kOfficers = 2'000;

struct ProcedureRow {
  std::string_view code, name, field, field_name;
};
constexpr std::array<ProcedureRow, 8> kProcedures = {{
    {"1.004222", "Đăng ký thường trú", "G01-QL01", "Đăng ký, quản lý cư trú"},
    {"1.000656", "Thủ tục đăng ký khai tử", "G15-HT01", "Hộ tịch"},
    {"1.001193", "Thủ tục đăng ký khai sinh", "G15-HT01", "Hộ tịch"},
    {"2.000815", "Chứng thực bản sao từ bản chính giấy tờ, văn bản", "G15-CT01", "Chứng thực"},
    {"2.000884", "Chứng thực chữ ký trong các giấy tờ, văn bản", "G15-CT01", "Chứng thực"},
    {"1.012781", "Đăng ký biến động quyền sử dụng đất, quyền sở hữu tài sản gắn liền với đất",
     "G13-DD01", "Đất đai"},
    {"1.001612", "Đăng ký thành lập hộ kinh doanh", "G05-DN01",
     "Thành lập và hoạt động của doanh nghiệp, hộ kinh doanh"},
    {"2.000286", "Tiếp nhận đối tượng bảo trợ xã hội có hoàn cảnh đặc biệt khó khăn", "G07-BT01",
     "Bảo trợ xã hội"},
}};
constexpr std::array<std::string_view, 8> kFamilyNames = {"NGUYỄN", "TRẦN", "LÊ",   "PHẠM",
                                                          "HOÀNG",  "VÕ",   "ĐẶNG", "Y"};
constexpr std::array<std::string_view, 8> kGivenNames = {"VĂN MẪU",  "THỊ MẪU",   "MINH MẪU",
                                                         "THU MẪU",  "QUỐC MẪU",  "NGỌC MẪU",
                                                         "THANH MẪU", "HOÀI MẪU"};
constexpr std::array<std::string_view, 5> kStepTexts = {
    "", "Chuyển hồ sơ đến bộ phận chuyên môn xử lý", "Cán bộ thụ lý thẩm định hồ sơ, trình ký",
    "Lãnh đạo phê duyệt, hoàn thành xử lý hồ sơ", ""};

// A number that looks random and is the same every time (splitmix64).
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

std::string Padded(uint64_t value, int digits) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%0*llu", digits, static_cast<unsigned long long>(value));
  return text.data();
}

std::vector<std::string> KonTumUnits() {
  std::vector<std::string> units;
  for (int i = 1; i <= kDepartments; ++i) units.push_back("H34." + Padded(i, 2));
  for (size_t d = 0; d < kCommunesOfDistrict.size(); ++d) {
    for (int c = 1; c <= kCommunesOfDistrict[d]; ++c) {
      units.push_back("H34." + Padded(kFirstDistrict + d, 2) + "." + Padded(c, 2));
    }
  }
  return units;
}

// "H34.21.07" as a case number carries it: "000.07.21.H34".
std::string OldScheme(const std::string& canonical) {
  std::vector<std::string> groups;
  for (size_t begin = 0; begin <= canonical.size();) {
    const size_t end = std::min(canonical.find('.', begin), canonical.size());
    groups.push_back(canonical.substr(begin, end - begin));
    begin = end + 1;
  }
  while (groups.size() < 4) groups.push_back(groups.size() == 3 ? "000" : "00");
  std::string code;
  for (size_t i = groups.size(); i-- > 0;) code += groups[i] + (i > 0 ? "." : "");
  return code;
}

void Field(std::string& out, std::string_view name, std::string_view value) {
  out.append("\"").append(name).append("\":\"").append(value).append("\",");
}

}  // namespace

std::string WireTime(int64_t us) {
  if (us == 0) return "";
  const std::time_t seconds = (us + kVietnamOffset) / kSecond;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y%m%d%H%M%S", &parts);
  return text.data();
}

Workload::Workload(WorkloadOptions options) : options_(std::move(options)) {
  if (options_.units.empty()) options_.units = KonTumUnits();
  options_.cases_in_flight = std::min(options_.cases_in_flight, options_.cases);
  slots_ = options_.cases + (kStatementsPerCase - 1) * options_.cases_in_flight;
  dossiers_.dossiers = true;
}

std::string_view Workload::ProcedureCode(uint32_t index) { return kProcedures[index].code; }
std::string_view Workload::FieldCode(uint32_t index) { return kProcedures[index].field; }

bool Workload::IsOpen(uint64_t case_number) const {
  return Mix(case_number) % 100 < static_cast<uint64_t>(options_.open_percent);
}

uint64_t Workload::OpenCases() const {
  uint64_t open = 0;
  for (uint64_t i = 0; i < options_.cases; ++i) open += IsOpen(options_.first_case + i) ? 1 : 0;
  return open;
}

std::string Workload::CaseId(uint64_t case_number) const {
  const Row row = RowOf(case_number, 0);
  return OldScheme(options_.units[row.unit]) + "-" + WireTime(row.received_us).substr(2, 6) + "-" +
         Padded(case_number, 7);
}

Row Workload::RowOf(uint64_t n, int step) const {
  const uint64_t r = Mix(n * 2 + 1);
  const bool open = IsOpen(n);
  Row row;
  row.case_number = n;
  row.step = static_cast<uint8_t>(step);
  row.unit = static_cast<uint32_t>(r % options_.units.size());
  row.procedure = static_cast<uint32_t>((r >> 20) % kProcedures.size());
  row.channel = static_cast<uint8_t>(1 + (r >> 30) % 2);
  row.officer = static_cast<uint32_t>((r >> 32) % kOfficers);
  // Received in the thirty days before now, one step after the other every fifteen hours.
  const int64_t received =
      (options_.now_us - 30 * kDay + static_cast<int64_t>((r >> 8) % (26 * 86400)) * kSecond) /
      kSecond * kSecond;
  const bool overdue = open && (r >> 40) % 100 < static_cast<uint64_t>(options_.overdue_percent);
  const int64_t due = overdue ? received + 2 * kDay
                              : received + 31 * kDay + static_cast<int64_t>(r >> 50) % 20 * kDay;
  row.event_us = received + step * 15 * kHour;
  row.kind = step == 0 || step >= 4 ? 0 : 1;
  if (open && step == 4) row.kind = 1;
  constexpr std::array<uint8_t, 6> kClosed = {2, 4, 4, 9, 9, 9};
  constexpr std::array<uint8_t, 6> kOpen = {2, 4, 4, 4, 4, 9};
  row.status = (open ? kOpen : kClosed)[static_cast<size_t>(step)];
  if (row.kind == 1) return row;
  row.received_us = received;
  row.due_us = due;
  if (row.status == 9) {
    row.finished_us = received + (open ? 4 : 3) * 15 * kHour;
    row.returned_us = row.event_us;
  }
  return row;
}

void Workload::AppendDossier(const Row& row, std::string& out) const {
  const uint64_t r = Mix(row.case_number);
  const ProcedureRow& procedure = kProcedures[row.procedure];
  const std::string phone = "09" + Padded(r % 100'000'000, 8);
  const std::string file = Padded(r % 10'000'000, 7);
  out += "{";
  Field(out, "MaHoSo", CaseId(row.case_number));
  Field(out, "MaTTHC", procedure.code);
  Field(out, "TenTTHC", procedure.name);
  Field(out, "MaLinhVuc", procedure.field);
  Field(out, "TenLinhVuc", procedure.field_name);
  Field(out, "KenhThucHien", std::to_string(row.channel));
  Field(out, "ChuHoSo",
        std::string(kFamilyNames[r % 8]) + " " + std::string(kGivenNames[(r >> 3) % 8]));
  Field(out, "LoaiDoiTuong", "1");
  Field(out, "MaDoiTuong", "0620" + Padded((r >> 8) % 100'000'000, 8));
  Field(out, "ThongTinKhac", "Thôn " + std::to_string(r % 9 + 1) + ", xã Mẫu, tỉnh Kon Tum");
  Field(out, "Email", "mau." + file + "@example.invalid");
  Field(out, "Fax", phone);
  Field(out, "SoDienThoai", phone);
  Field(out, "TrichYeuHoSo", procedure.name);
  Field(out, "NgayTiepNhan", WireTime(row.received_us));
  Field(out, "NgayHenTra", WireTime(row.due_us));
  Field(out, "TrangThaiHoSo", std::to_string(row.status));
  Field(out, "NgayTra", WireTime(row.returned_us));
  Field(out, "ThongTinTra", "");
  Field(out, "HinhThuc", "0");
  Field(out, "NgayKetThucXuLy", WireTime(row.finished_us));
  Field(out, "DonViXuLy", "Bộ phận Tiếp nhận và Trả kết quả UBND xã Mẫu");
  out += R"("DanhSachLePhi":[],"DanhSachTepDinhKemKhac":[],"DanhSachHoSoBoSung":[],)"
         R"("DanhSachGiayToKetQua":[],"TaiLieuNop":[)";
  for (const std::string_view name : {"to_khai.pdf", "giay_to_kem_theo.pdf"}) {
    out += "{";
    Field(out, "TenTepDinhKem", name);
    Field(out, "MaThanhPhanHoSo", "");
    Field(out, "TepDinhKemId", file);
    Field(out, "DuongDanTaiTepTin", "https://example.invalid/documents/download/" + file);
    out += R"("IsDeleted":"False"},)";
  }
  out.back() = ']';
  out += "},";
}

void Workload::AppendProgress(const Row& row, std::string& out) const {
  out += "{";
  Field(out, "MaHoSo", CaseId(row.case_number));
  Field(out, "NguoiXuLy",
        std::string(kFamilyNames[row.officer % 8]) + " " +
            std::string(kGivenNames[row.officer / 8 % 8]) + " " + std::to_string(row.officer));
  Field(out, "ChucDanh", "Chuyên viên");
  Field(out, "ThoiDiemXuLy", WireTime(row.event_us));
  Field(out, "PhongBanXuLy", "Phòng Tài nguyên và Môi trường");
  Field(out, "NoiDungXuLy", kStepTexts[row.step % kStepTexts.size()]);
  Field(out, "TrangThai", std::to_string(row.status));
  Field(out, "NgayBatDau", WireTime(row.event_us));
  Field(out, "NgayKetThucTheoQuyDinh", WireTime(row.event_us + 2 * kDay));
  out.back() = '}';
  out += ",";
}

void Workload::Put(const Row& row, Message& message) const {
  if (message.rows.empty()) {
    message.body = std::string(R"({"session":"5f2c9c1e-0000-4000-8000-000000000000",)") +
                   R"("madonvi":"000.00.00.H34","service":")" +
                   (message.dossiers ? "DongBoHoSoMC" : "CapNhatTienDoHoSoMC") +
                   (message.dossiers ? R"(","isUpdating":"True","data":[)" : R"(","data":[)");
  }
  if (message.dossiers) {
    AppendDossier(row, message.body);
  } else {
    AppendProgress(row, message.body);
  }
  message.rows.push_back(row);
}

void Workload::Finish(Message& message) {
  message.body.back() = ']';
  message.body += "}";
}

void Workload::Append(const Row& row, std::vector<Message>& out) {
  Message& message = row.kind == 0 ? dossiers_ : progress_;
  Put(row, message);
  if (message.rows.size() < kRecordsPerMessage) return;
  Finish(message);
  const bool dossiers = message.dossiers;
  out.push_back(std::move(message));
  message = Message();
  message.dossiers = dossiers;
}

std::vector<Message> Workload::Next(uint64_t statements) {
  std::vector<Message> out;
  uint64_t made = 0;
  for (; at_ < slots_ && made < statements; ++at_) {
    for (uint64_t step = 0; step < kStatementsPerCase; ++step) {
      const uint64_t lag = step * options_.cases_in_flight;
      if (at_ < lag || at_ - lag >= options_.cases) continue;
      Append(RowOf(options_.first_case + at_ - lag, static_cast<int>(step)), out);
      ++made;
    }
  }
  if (at_ == slots_) {
    for (Message* rest : {&dossiers_, &progress_}) {
      if (rest->rows.empty()) continue;
      Finish(*rest);
      out.push_back(std::move(*rest));
      rest->rows.clear();
    }
  }
  return out;
}

std::vector<Message> Workload::Closings() const {
  std::vector<Message> out;
  for (uint64_t i = 0; i < options_.cases; ++i) {
    const uint64_t n = options_.first_case + i;
    if (!IsOpen(n)) continue;
    if (out.empty() || out.back().rows.size() == kRecordsPerMessage) {
      if (!out.empty()) Finish(out.back());
      out.emplace_back().dossiers = true;
    }
    Put(RowOf(n, kStatementsPerCase), out.back());
  }
  if (!out.empty()) Finish(out.back());
  return out;
}

}  // namespace tthc::bench
