#include "metrics/reports/reports.h"

#include <algorithm>
#include <array>

#include "metrics/reports/makers.h"

namespace tthc {
namespace {

constexpr std::array<ReportRow, 7> kReports = {{
    {"form06",
     "Biểu số 06/VPCP/KSTT: Tình hình, kết quả giải quyết TTHC tại cơ quan, đơn vị trực tiếp giải "
     "quyết TTHC",
     "Form 06 of Thông tư 01/2020/TT-VPCP: received, resolved and pending by sector", MakeForm06},
    {"cchc", "Báo cáo cải cách hành chính: Tình hình tiếp nhận, giải quyết thủ tục hành chính",
     "the section on case handling of the quarterly administrative-reform report", MakeCchc},
    {"qd766",
     "Bảng điểm Bộ chỉ số phục vụ người dân, doanh nghiệp (Quyết định số 766/QĐ-TTg)",
     "the score sheet of Quyết định 766/QĐ-TTg: the unit and the units directly below it",
     MakeQd766},
    {"late-cases", "Danh sách hồ sơ giải quyết quá hạn và đang giải quyết quá hạn",
     "late cases: how late in working time, where they wait, whose step", MakeLateCases},
    {"emulation", "Thi đua: đơn vị, cá nhân không có hồ sơ quá hạn, tồn đọng",
     "units and officers with no late and no backlogged case in the period", MakeEmulation},
    {"honest", "Đối chiếu tỷ lệ giải quyết đúng hạn theo ngày đang ghi nhận và ngày gửi lần đầu",
     "the ratio on time by dates as they stand, as first said, and without back-dating", MakeHonest},
    {"open-data", "Dữ liệu mở: Kết quả giải quyết thủ tục hành chính theo đơn vị",
     "results per unit, ready to publish, with a data dictionary", MakeOpenData},
}};

}  // namespace

std::span<const ReportRow> ReportTableOf() { return kReports; }

const ReportRow* ReportNamed(std::string_view name) {
  const auto found = std::find_if(kReports.begin(), kReports.end(),
                                  [&](const ReportRow& row) { return row.name == name; });
  return found == kReports.end() ? nullptr : &*found;
}

}  // namespace tthc
