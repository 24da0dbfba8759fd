// Which cases are late, how late in working time, where they wait and whose step it is.
#include <algorithm>
#include <tuple>

#include "metrics/reports/draft.h"
#include "metrics/reports/makers.h"
#include "metrics/reports/numbers.h"

namespace tthc {
namespace {

bool ComesFirst(const LateCase& a, const LateCase& b) {
  return std::tie(b.late_us, a.case_id) < std::tie(a.late_us, b.case_id);
}

std::optional<Instant> LastStepBy(const Case& c, Instant cut_off) {
  std::optional<Instant> last;
  for (const StatusRow& row : c.rows) {
    if (row.event <= cut_off) last = row.event;
  }
  return last;
}

LateCase LateCaseOf(std::string_view id, const Verdict& verdict, const Casework& desk,
                    const ReportSources& sources, Instant cut_off) {
  const Case& c = desk.folded();
  const Unit& unit = desk.directory().units->at(desk.unit());
  LateCase late;
  late.case_id = id;
  late.unit = unit.code;
  late.unit_name = unit.name;
  late.procedure = sources.directory.Text(c.procedure);
  if (desk.procedure() != nullptr) late.procedure_name = desk.procedure()->name;
  late.received_at = c.received_at;
  late.verdict = verdict;
  late.late_us = desk.calendar().WorkingTime(*verdict.due, verdict.ended_at.value_or(cut_off));
  late.officer = OfficerCode(OfficerOf(desk, cut_off));
  late.last_step = LastStepBy(c, cut_off);
  return late;
}

const std::vector<ReportColumn> kColumns = {
    {"no", "STT", CellKind::kCount},
    {"case_id", "Mã hồ sơ", CellKind::kText},
    {"unit", "Mã đơn vị", CellKind::kText},
    {"unit_name", "Đơn vị", CellKind::kText},
    {"procedure", "Mã thủ tục", CellKind::kText},
    {"procedure_name", "Thủ tục hành chính", CellKind::kText},
    {"received_at", "Ngày tiếp nhận", CellKind::kInstant},
    {"due_at", "Ngày hẹn trả", CellKind::kInstant},
    {"ended_at", "Ngày kết thúc", CellKind::kInstant},
    {"late_hours", "Quá hạn (giờ làm việc)", CellKind::kHours},
    {"state", "Tình trạng", CellKind::kText},
    {"status", "Đang ở bước (trạng thái)", CellKind::kText},
    {"officer", "Mã người xử lý bước gần nhất", CellKind::kText},
    {"last_step_at", "Thời điểm bước gần nhất", CellKind::kInstant},
};

std::vector<ReportCell> RowOf(int64_t number, const LateCase& late) {
  const bool resolved = IsResolved(late.verdict.state);
  return {number,
          late.case_id,
          late.unit,
          late.unit_name,
          late.procedure,
          late.procedure_name,
          InstantCell(late.received_at),
          InstantCell(late.verdict.due),
          InstantCell(late.verdict.ended_at),
          late.late_us,
          std::string(resolved ? "Đã giải quyết quá hạn" : "Đang giải quyết quá hạn"),
          std::string(VietnameseNameOf(late.verdict.current)),
          late.officer,
          InstantCell(late.last_step)};
}

}  // namespace

void LateCaseList::Add(LateCase late) {
  ++total_;
  kept_.push_back(std::move(late));
  if (kept_.size() < 2 * most_) return;
  std::nth_element(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(most_), kept_.end(),
                   ComesFirst);
  kept_.resize(most_);
}

std::vector<LateCase> LateCaseList::Sorted() && {
  std::sort(kept_.begin(), kept_.end(), ComesFirst);
  if (kept_.size() > most_) kept_.resize(most_);
  return std::move(kept_);
}

Result<Report> MakeLateCases(const ReportSources& sources, const ReportQuery& query) {
  auto draft = BeginReport(sources, query, "late-cases");
  if (!draft) return draft.error();
  LateCaseList list(kMostLateCases);
  Counts counts;
  const auto walked = WalkCases(
      sources.book, draft->casework, sources.directory, draft->walk,
      [&](std::string_view id, const Verdict& verdict, const Casework& desk) {
        if (!IsLate(verdict.state)) return;
        Add(counts, verdict);
        list.Add(LateCaseOf(id, verdict, desk, sources, draft->walk.cut_off));
      });
  if (!walked) return walked.error();

  ReportTable table;
  table.id = "cases";
  table.title = "Hồ sơ quá hạn";
  table.columns = kColumns;
  const uint64_t total = list.total();
  for (const LateCase& late : std::move(list).Sorted()) {
    table.rows.push_back(RowOf(static_cast<int64_t>(table.rows.size() + 1), late));
  }
  table.notes = {
      "Thời gian quá hạn là giờ làm việc theo lịch của đơn vị, từ ngày hẹn trả đến khi kết thúc "
      "hoặc đến thời điểm chốt số liệu.",
      "Mã người xử lý thay cho họ tên; để trống nếu hệ thống không gửi."};
  if (total > table.rows.size()) {
    table.notes.push_back("Còn " +
                          VietnameseCount(static_cast<int64_t>(total - table.rows.size())) +
                          " hồ sơ quá hạn ít hơn không liệt kê ở đây (tối đa " +
                          VietnameseCount(static_cast<int64_t>(kMostLateCases)) + " hồ sơ).");
  }
  draft->report.tables.push_back(std::move(table));
  draft->report.paragraphs = {
      "Trong " + VietnamesePeriod(query.period) + ", " + draft->report.unit_name + " có " +
      VietnameseCount(static_cast<int64_t>(total)) + " hồ sơ quá hạn: " +
      VietnameseCount(counts.late) + " hồ sơ đã giải quyết quá hạn, " +
      VietnameseCount(counts.pending_late) + " hồ sơ đang giải quyết quá hạn."};
  return std::move(draft->report);
}

}  // namespace tthc
