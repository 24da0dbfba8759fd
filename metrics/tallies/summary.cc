#include "metrics/tallies/summary.h"

#include <algorithm>

namespace tthc {
namespace {

bool IsOfOtherUnits(const StoredCaseHead& head, const DirectoryView& directory,
                    const std::vector<bool>& units) {
  if (head.names_unit) return false;
  const UnitId unit = directory.UnitOf(head.unit_of_id);
  return unit >= units.size() || !units[unit];
}

}  // namespace

Instant CutOff(const Period& period, std::optional<Instant> as_of, Instant now) {
  Instant cut_off = std::min(LastSecondOf(period.to), now);
  if (as_of) cut_off = std::min(cut_off, *as_of);
  return cut_off;
}

Result<void> WalkDesks(const CaseBook& book, const CaseworkOptions& options,
                       const Directory& directory, const std::vector<bool>& units,
                       Instant known_at, const DeskVisitor& visit, const PassOver& pass_over) {
  Casework desk(options, directory);
  StoredCase stored;
  Result<void> outcome;
  const auto scanned = book.Scan([&](std::string_view case_id, std::string_view bytes) {
    if (!outcome.has_value()) return;
    // What the head of a stored case says is enough to pass over most of other units and years.
    const StoredCaseHead head = DecodeCaseHead(bytes);
    if (IsOfOtherUnits(head, desk.directory(), units) || (pass_over && pass_over(head))) return;
    const auto decoded = DecodeCase(bytes, stored);
    if (!decoded) {
      outcome = Prefixed("case " + std::string(case_id), decoded.error());
      return;
    }
    desk.Open(stored, known_at);
    if (desk.unit() >= units.size() || !units[desk.unit()]) return;
    if (desk.folded().statements != 0) visit(case_id, desk);
  });
  if (!scanned) return scanned;
  return outcome;
}

Result<void> WalkCases(const CaseBook& book, const CaseworkOptions& options,
                       const Directory& directory, const WalkQuery& query,
                       const CaseVisitor& visit) {
  const Day first = DayOf(std::min(query.from, query.cut_off));
  const auto ended_before = [&](const StoredCaseHead& head) {
    return head.end_day != kNoEndDay && query.known_at == kEndOfTime && Day{head.end_day} < first;
  };
  return WalkDesks(
      book, options, directory, query.units, query.known_at,
      [&](std::string_view case_id, const Casework& desk) {
        const Verdict verdict = desk.Judge(query.rule, query.from, query.cut_off);
        if (verdict.state != CaseState::kOutside) visit(case_id, verdict, desk);
      },
      ended_before);
}

}  // namespace tthc
