// What the cases still under way wait for: shown apart by status, because waiting for the applicant
// or for a financial duty (nghĩa vụ tài chính) is not the unit's own delay.
#include <algorithm>

#include "metrics/reports/draft.h"
#include "metrics/reports/makers.h"

namespace tthc {
namespace {

PendingCounts& operator+=(PendingCounts& sum, const PendingCounts& other) {
  sum.running += other.running;
  sum.supplement += other.supplement;
  sum.financial_duty += other.financial_duty;
  sum.financial_duty_past_due += other.financial_duty_past_due;
  sum.stopped += other.stopped;
  sum.longest_duty_us = std::max(sum.longest_duty_us, other.longest_duty_us);
  return sum;
}

// Since when the case stands where it stands at `cut_off`.
Instant StandsSince(const Case& c, Status current, Instant cut_off) {
  std::optional<Instant> since;
  for (auto row = c.rows.rbegin(); row != c.rows.rend(); ++row) {
    if (row->event > cut_off) continue;
    if (row->status != current) break;
    since = row->event;
  }
  return since.value_or(cut_off);
}

std::vector<ReportCell> RowOf(std::string code, std::string name, const PendingCounts& c) {
  return {std::move(code),
          std::move(name),
          c.total(),
          c.running,
          c.supplement,
          c.financial_duty,
          c.financial_duty_past_due,
          c.financial_duty > 0 ? ReportCell(c.longest_duty_us) : ReportCell{},
          c.stopped};
}

}  // namespace

void PendingTable::Add(const Verdict& verdict, const Casework& desk, Instant cut_off) {
  if (verdict.state != CaseState::kPendingInTime && verdict.state != CaseState::kPendingLate) {
    return;
  }
  PendingCounts one;
  one.supplement = verdict.current == Status::kSupplement;
  one.financial_duty = verdict.current == Status::kFinancial;
  one.stopped = verdict.current == Status::kStopped;
  one.running = one.total() == 0;
  if (one.financial_duty != 0) {
    one.financial_duty_past_due = verdict.due && DayOf(*verdict.due) < DayOf(cut_off);
    const Instant since = StandsSince(desk.folded(), verdict.current, cut_off);
    one.longest_duty_us = desk.calendar().WorkingTime(since, cut_off);
  }
  below_[DirectlyBelow(tree_, root_, desk.unit(), day_)] += one;
}

PendingCounts PendingTable::Total() const {
  PendingCounts total;
  for (const auto& [unit, counts] : below_) total += counts;
  return total;
}

ReportTable PendingTable::Table() const {
  ReportTable table;
  table.id = "pending";
  table.title = "Hồ sơ đang giải quyết";
  table.columns = {{"unit", "Mã đơn vị", CellKind::kText},
                   {"unit_name", "Đơn vị", CellKind::kText},
                   {"pending", "Đang giải quyết", CellKind::kCount},
                   {"running", "Đang xử lý", CellKind::kCount},
                   {"supplement", "Chờ bổ sung hồ sơ", CellKind::kCount},
                   {"financial_duty", "Chờ thực hiện nghĩa vụ tài chính", CellKind::kCount},
                   {"financial_duty_past_due", "– trong đó đã qua ngày hẹn trả", CellKind::kCount},
                   {"financial_duty_longest", "– chờ lâu nhất (giờ làm việc)", CellKind::kHours},
                   {"stopped", "Dừng xử lý", CellKind::kCount}};
  std::vector<UnitId> units;
  for (const auto& [unit, counts] : below_) units.push_back(unit);
  std::sort(units.begin(), units.end(),
            [&](UnitId a, UnitId b) { return tree_.at(a).code < tree_.at(b).code; });
  for (const UnitId unit : units) {
    table.rows.push_back(RowOf(tree_.at(unit).code, tree_.at(unit).name, below_.at(unit)));
  }
  table.rows.push_back(RowOf(tree_.at(root_).code, "Tổng cộng", Total()));
  table.last_row_is_total = true;
  table.notes = {"Mỗi dòng gồm đơn vị và mọi đơn vị trực thuộc, theo trạng thái của hồ sơ tại thời "
                 "điểm chốt số liệu.",
                 "Thời gian chờ nghĩa vụ tài chính tính theo giờ làm việc từ khi hồ sơ chuyển sang "
                 "trạng thái 6."};
  return table;
}

}  // namespace tthc
