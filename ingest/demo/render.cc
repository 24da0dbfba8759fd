#include "ingest/demo/render.h"

#include <bit>
#include <cstdio>
#include <optional>
#include <string_view>

namespace tthc::demo {
namespace {

void AppendEscaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
}

// One JSON object, members in the order they are written.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_.push_back('{'); }
  ~Object() { out_.push_back('}'); }
  Object(const Object&) = delete;

  void Text(std::string_view name, std::string_view value) {
    Name(name);
    out_.push_back('"');
    AppendEscaped(out_, value);
    out_.push_back('"');
  }
  void Raw(std::string_view name, std::string_view json) {
    Name(name);
    out_.append(json);
  }
  void Empty(std::string_view name, Shape shape) {
    Raw(name, shape == Shape::kOpenCps ? "\"\"" : "null");
  }

 private:
  void Name(std::string_view name) {
    if (!first_) out_.push_back(',');
    first_ = false;
    out_.push_back('"');
    out_.append(name);
    out_.append("\":");
  }
  std::string& out_;
  bool first_ = true;
};

// yyyyMMddHHmmss, wall clock of Asia/Ho_Chi_Minh.
std::string WireTime(Instant at) {
  const Day day = DayOf(at);
  const CivilDate date = CivilOf(day);
  const auto second = static_cast<int>((at - StartOf(day)) / kMicrosPerSecond);
  char text[32];
  std::snprintf(text, sizeof text, "%04d%02u%02u%02d%02d%02d", date.year, date.month, date.day,
                second / 3600, second / 60 % 60, second % 60);
  return text;
}

void Time(Object& object, std::string_view name, const std::optional<Instant>& at, Shape shape) {
  at ? object.Text(name, WireTime(*at)) : object.Empty(name, shape);
}

std::string_view Bit(bool value) { return value ? "1" : "0"; }

std::string_view ChannelOf(Origin origin, const DemoCase& made) {
  switch (origin) {
    case Origin::kNewOnline: return "2";
    case Origin::kNewPost: return "3";
    case Origin::kNewDirect: return "1";
    case Origin::kCarriedOver: break;
  }
  // The channel of a carried-over case counts nowhere; a third came online.
  return made.received.us / kMicrosPerSecond % 3 == 0 ? "2" : "1";
}

// A satellite writes the code short when it inserts and long afterwards.
std::string ProcedureCode(const DemoUnit& unit, const DemoCase& made, bool first) {
  const std::string& code = made.procedure->procedure->code;
  return unit.shape == Shape::kSatellite && !first ? code + ".000.00.00.H34" : code;
}

std::string Officer(const DemoUnit& unit, const DemoCase& made) {
  const auto number = static_cast<unsigned>(made.received.us / kMicrosPerSecond % 7 + 1);
  if (number > 5) return unit.shape == Shape::kProvinceWide ? "Chuyên viên" : "Cán bộ một cửa";
  return "NGUYEN VAN MAU 0" + std::to_string(number);
}

// OpenCPS sends the file and nothing of what was done with it (WIRE.md 3.2).
std::string SubmittedPapers(Shape shape, const DemoCase& made) {
  std::string list = "[";
  const bool scanned = shape == Shape::kOpenCps && made.received.us / kMicrosPerSecond % 5 < 3;
  if (made.digitised || scanned) {
    Object paper(list);
    paper.Text("TepDinhKemId", "");
    paper.Text("TenTepDinhKem", "to_khai.pdf");
    paper.Text("IsDeleted", "False");
    paper.Text("MaThanhPhanHoSo", "");
    paper.Text("DuongDanTaiTepTin", "https://example.invalid/f/" + made.number);
    if (shape != Shape::kOpenCps) {
      paper.Text("DuocSoHoa", "1");
      paper.Text("DuocTaiSuDung", Bit(made.reused));
      paper.Text("DuocLayTuKhoDMQG", "0");
    }
  }
  return list + "]";
}

std::string ResultPapers(const DemoCase& made, const Record& record) {
  std::string list = "[";
  if (record.finished && made.electronic_result) {
    Object paper(list);
    paper.Text("TenGiayTo", "ket_qua.pdf");
    paper.Text("MaThanhPhanHoSo", "");
    paper.Text("GiayToId", "");
    paper.Text("DuongDanTepTinKetQua", "https://example.invalid/kq/" + made.number);
    paper.Text("MaGiayToKetQua", "KQ.H34.000001");
  }
  return list + "]";
}

bool SaysPaid(const DemoCase& made, const Record& record) {
  return made.paid_online && record.trigger >= made.paid_since;
}

// One line per paid request, by the province-wide product only (WIRE.md 3.3).
std::string FeesPaid(const DemoCase& made, const Record& record) {
  std::string list = "[";
  for (size_t i = 0; SaysPaid(made, record) && i < made.fees.size(); ++i) {
    if (i > 0) list.push_back(',');
    Object fee(list);
    fee.Text("TenPhiLePhi", "Lệ phí");
    fee.Text("MaPhiLePhi", "1");
    fee.Text("HinhThucThu", "1");
    fee.Text("Gia", std::to_string(made.fees[i]));
    fee.Text("LoaiPhiLePhi", "1");
  }
  return list + "]";
}

void AppendApplicant(Object& object, Shape shape) {
  object.Text("ChuHoSo", "NGUYEN VAN MAU");
  object.Text("LoaiDoiTuong", "1");
  object.Empty("MaDoiTuong", shape);
  object.Text("Email", "");
  object.Text("SoDienThoai", "0900000000");
  if (shape == Shape::kOpenCps) object.Text("Fax", "0900000000");
  if (shape == Shape::kProvinceWide) {
    object.Text("SoGiayToChuHoSo", "000000001");
    object.Raw("DinhDanhCHS", R"([{"LoaiDinhDanh":"2","SoDinhDanh":"000000001"}])");
  }
}

void AppendRecord(const DemoUnit& unit, const DemoCase& made, int index, std::string& out) {
  const Record& record = made.records[static_cast<size_t>(index)];
  const Procedure& procedure = *made.procedure->procedure;
  const Shape shape = unit.shape;
  const std::string_view channel = ChannelOf(made.origin, made);
  Object object(out);
  object.Text("MaHoSo", made.number);
  object.Text("MaTTHC", ProcedureCode(unit, made, index == 0));
  object.Text("TenTTHC", procedure.name);
  object.Text("MaLinhVuc", procedure.field);
  object.Text("TenLinhVuc", procedure.field_name);
  if (shape != Shape::kOpenCps) object.Text("KenhThucHien", channel);
  AppendApplicant(object, shape);
  object.Text("TrichYeuHoSo", shape == Shape::kProvinceWide ? "Dinhkem" : "");
  Time(object, "NgayTiepNhan", record.received, shape);
  Time(object, "NgayHenTra", record.due, shape);
  object.Text("TrangThaiHoSo", std::to_string(record.status));
  Time(object, "NgayKetThucXuLy", record.finished, shape);
  Time(object, "NgayTra", record.returned, shape);
  if (record.refused) Time(object, "NgayTuChoi", record.refused, shape);
  object.Text("HinhThuc", Bit(made.by_post != record.mistaken));
  object.Text("DonViXuLy", unit.name);
  object.Raw("TaiLieuNop", SubmittedPapers(shape, made));
  object.Raw("DanhSachGiayToKetQua", ResultPapers(made, record));
  if (shape != Shape::kSatellite) {
    object.Raw("DanhSachLePhi", FeesPaid(made, record));
    object.Raw("DanhSachTepDinhKemKhac", "[]");
    object.Raw("DanhSachHoSoBoSung", "[]");
  }
  if (shape == Shape::kProvinceWide) {
    object.Text("HoSoCoThanhPhanSoHoa", Bit(made.digitised));
    object.Text("DuocThanhToanTrucTuyen", SaysPaid(made, record) ? "1" : "3");
    object.Text("NoiNopHoSo", "2");
    object.Text("TaiKhoanDuocXacThucVoiVNeID", "0");
    Time(object, "NgayNopHoSo", record.received, shape);
    object.Raw("DSKetNoiCSDL", R"([{"MaCSDL":"7"}])");
  }
}

void AppendStep(const DemoUnit& unit, const DemoCase& made, const Step& step, std::string& out) {
  Object object(out);
  object.Text("MaHoSo", made.number);
  object.Text("NguoiXuLy", Officer(unit, made));
  object.Text("ChucDanh", "");
  object.Text("ThoiDiemXuLy", WireTime(step.at));
  object.Text("PhongBanXuLy", unit.shape == Shape::kOpenCps ? "Cán bộ thụ lý" : "");
  object.Text("NoiDungXuLy", WordsOf(step.text));
  object.Text("TrangThai", std::to_string(step.status));
  object.Text("NgayBatDau", "");
  object.Text("NgayKetThucTheoQuyDinh", "");
}

std::string Data(const DemoUnit& unit, const DemoCase& made, const Message& message) {
  std::string text = "[";
  if (message.record >= 0) AppendRecord(unit, made, message.record, text);
  for (uint32_t mask = message.step_mask; mask != 0; mask &= mask - 1) {
    if (text.size() > 1) text.push_back(',');
    AppendStep(unit, made, made.steps[static_cast<size_t>(std::countr_zero(mask))], text);
  }
  text.push_back(']');
  return text;
}

}  // namespace

void AppendLine(const DemoUnit& unit, const DemoCase& made, const Message& message,
                std::string& out) {
  {
    Object line(out);
    const bool is_record = message.record >= 0;
    line.Text("service", is_record ? "DongBoHoSoMC" : "CapNhatTienDoHoSoMC");
    line.Text("arrived_at", FormatInstant(message.arrived));
    if (is_record) line.Text("isUpdating", message.record == 0 ? "False" : "True");
    line.Raw("data", Data(unit, made, message));
  }
  out.push_back('\n');
}

}  // namespace tthc::demo
