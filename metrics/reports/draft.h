// What every report begins with: the question checked, the head filled, the walk over the cases
// ready; and words that several reports use.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metrics/reports/reports.h"

namespace tthc {

struct Draft {
  Report report;               // without tables
  UnitId unit = 0;
  Instant known_at;            // as asked, or kEndOfTime
  CaseworkOptions casework;
  WalkQuery walk;              // of the unit's subtree, by rule form06
};
// kNotFound where there is no such unit, kInvalidInput where the period begins in the future.
Result<Draft> BeginReport(const ReportSources& sources, const ReportQuery& query,
                          std::string_view report);

// By which text and rule the counts of Form 06 are made.
inline constexpr std::string_view kForm06Definition =
    "Biểu số 06/VPCP/KSTT ban hành kèm theo Thông tư số 01/2020/TT-VPCP ngày 21/10/2020; so sánh "
    "theo ngày (giờ Việt Nam): kết thúc sau ngày hẹn trả là quá hạn; hồ sơ không có ngày hẹn trả "
    "tính là đúng hạn (trong hạn)";

// --- cells
ReportCell CountCell(const std::optional<int64_t>& number);
ReportCell InstantCell(const std::optional<Instant>& at);
ReportCell PercentCell(int64_t numerator, int64_t denominator);   // empty where there is none
std::string_view VietnameseNameOf(UnitLevel level);

// Below a table that stands beside a closed period.
std::string ClosedNote(const FrozenPeriod& closed);
// Whether the figures of the question are those of now, which a closed period is held against.
bool IsOfNow(const View& view);
// … below the closed figures alone, where they are not.
inline constexpr std::string_view kNotOfNowNote =
    "Báo cáo này lấy số liệu tại một thời điểm đã chọn nên không đối chiếu với số đã chốt; muốn xem "
    "điều chỉnh thì lập báo cáo không chọn thời điểm.";

// --- cases
// A number that stands for a person without naming one: "CB-1A2B3C4D"; empty where nobody is named.
std::string OfficerCode(uint32_t officer);
// The officer of the latest step by `cut_off` that names one, 0 where none does.
uint32_t OfficerOf(const Casework& desk, Instant cut_off);
// The unit directly below the root in whose subtree `unit` is; the root for its own cases.
UnitId DirectlyBelow(const UnitTree& tree, UnitId root, UnitId unit, Day day);
struct UnitCounts {
  UnitId unit = 0;
  Counts counts;               // the unit and all below it
};
// Of `own` (by UnitId, each unit's own cases), added up along the tree of `day`; units without any
// case left out, by code.
std::vector<UnitCounts> RolledUp(const std::vector<Counts>& own, const std::vector<bool>& units,
                                 const UnitTree& tree, Day day);
// The same walk for all of them: each unit's own counts, by UnitId.
Result<std::vector<Counts>> OwnCounts(const ReportSources& sources, const Draft& draft);

}  // namespace tthc
