#include "ingest/store/casework.h"

namespace tthc {

Casework::Casework(const CaseworkOptions& options, const Directory& directory)
    : options_(options), directory_(directory), view_(directory.View()) {}

void Casework::Refresh() { view_ = directory_.View(); }

void Casework::Open(const StoredCase& stored, Instant known_at) {
  Fold(stored.entries, known_at, folded_);
  unit_text_ = folded_.unit != 0 ? folded_.unit : stored.unit_of_id;
  unit_ = view_.UnitOf(unit_text_);
  calendar_ = &options_.calendars->Default();
  if (unit_ != DirectoryView::kNoUnit) {
    if (unit_ >= calendar_of_unit_.size()) calendar_of_unit_.resize(view_.units->size(), nullptr);
    const WorkCalendar*& known = calendar_of_unit_[unit_];
    if (known == nullptr) known = &options_.calendars->For(view_.units->at(unit_).code);
    calendar_ = known;
  }
  statutory_due_.reset();
  if (folded_.dues.empty() && folded_.received_at && folded_.procedure != 0) {
    const Procedure* procedure = options_.procedures->Find(directory_.Text(folded_.procedure));
    if (procedure != nullptr && procedure->limit) {
      const auto due = StatutoryDue(*procedure->limit, *folded_.received_at, *calendar_);
      if (due) statutory_due_ = *due;
    }
  }
}

Verdict Casework::Judge(Rule rule, Instant from, Instant cut_off) const {
  return tthc::Judge(folded_, rule, from, cut_off, statutory_due_, options_.policy);
}

std::array<Verdict, 2> Casework::JudgeBoth(Instant cut_off) const {
  const Instant beginning{INT64_MIN};
  return {Judge(Rule::kQd766, beginning, cut_off), Judge(Rule::kForm06, beginning, cut_off)};
}

Standing Casework::StandingAt(Instant now, const Verdict& portal) const {
  return StandingOf(folded_, now, portal, options_.policy, *calendar_,
                    options_.due_soon_working_us);
}

std::optional<Instant> Casework::NextChange(Instant now, const Standing& standing) const {
  auto next = tthc::NextChange(folded_, now, standing.clock);
  if (standing.due_soon_at && *standing.due_soon_at > now &&
      (!next || *standing.due_soon_at < *next)) {
    next = standing.due_soon_at;
  }
  return next;
}

Result<std::string> UnitCodeOf(std::string_view case_id) {
  size_t end = case_id.rfind('-');
  if (end != std::string_view::npos && end > 0) end = case_id.rfind('-', end - 1);
  if (end == std::string_view::npos || end == 0) {
    return Invalid("'" + std::string(case_id) + "' does not begin with a unit code");
  }
  return CanonicalUnitCode(case_id.substr(0, end));
}

}  // namespace tthc
