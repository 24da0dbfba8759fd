#include "metrics/tallies/summary.h"

#include <algorithm>

namespace tthc {
namespace {

// What the head of a stored case says is enough to pass over most cases of other units and years.
bool CanPassOver(const StoredCaseHead& head, const DirectoryView& directory,
                 const WalkQuery& query) {
  if (!head.names_unit) {
    const UnitId unit = directory.UnitOf(head.unit_of_id);
    if (unit >= query.units.size() || !query.units[unit]) return true;
  }
  return head.end_day != kNoEndDay && query.known_at == kEndOfTime &&
         Day{head.end_day} < DayOf(std::min(query.from, query.cut_off));
}

}  // namespace

Instant CutOff(const Period& period, std::optional<Instant> as_of, Instant now) {
  Instant cut_off = std::min(LastSecondOf(period.to), now);
  if (as_of) cut_off = std::min(cut_off, *as_of);
  return cut_off;
}

Result<void> WalkCases(const CaseBook& book, const CaseworkOptions& options,
                       const Directory& directory, const WalkQuery& query,
                       const CaseVisitor& visit) {
  Casework desk(options, directory);
  StoredCase stored;
  Result<void> outcome;
  const auto scanned = book.Scan([&](std::string_view case_id, std::string_view bytes) {
    if (!outcome.has_value() || CanPassOver(DecodeCaseHead(bytes), desk.directory(), query)) return;
    const auto decoded = DecodeCase(bytes, stored);
    if (!decoded) {
      outcome = Prefixed("case " + std::string(case_id), decoded.error());
      return;
    }
    desk.Open(stored, query.known_at);
    if (desk.unit() >= query.units.size() || !query.units[desk.unit()]) return;
    const Verdict verdict = desk.Judge(query.rule, query.from, query.cut_off);
    if (verdict.state != CaseState::kOutside) visit(case_id, verdict, desk);
  });
  if (!scanned) return scanned;
  return outcome;
}

}  // namespace tthc
