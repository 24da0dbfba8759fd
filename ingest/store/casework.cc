#include "ingest/store/casework.h"

namespace tthc {

Casework::Casework(CaseworkOptions options, const Directory& directory)
    : options_(std::move(options)),
      directory_(&directory),
      view_(options_.directory ? *options_.directory : directory.View()),
      procedures_(options_.procedures) {}

void Casework::Refresh() { view_ = directory_->View(); }

void Casework::UseCatalogue(std::shared_ptr<const ProcedureCatalogue> procedures) {
  procedures_ = std::move(procedures);
  procedure_of_text_.clear();
}

void Casework::UseCalendars(std::shared_ptr<const CalendarBook> calendars) {
  options_.calendars = std::move(calendars);
  calendar_of_unit_.clear();
}

void Casework::Open(const StoredCase& stored, Instant known_at) {
  Fold(stored.entries, known_at, folded_);
  stored_ = &stored;
  unit_text_ = folded_.unit != 0 ? folded_.unit : stored.unit_of_id;
  unit_ = view_.UnitOf(unit_text_);
  calendar_ = &options_.calendars->Default();
  if (unit_ != DirectoryView::kNoUnit) {
    if (unit_ >= calendar_of_unit_.size()) calendar_of_unit_.resize(view_.units->size(), nullptr);
    const WorkCalendar*& known = calendar_of_unit_[unit_];
    if (known == nullptr) known = &options_.calendars->For(view_.units->at(unit_).code);
    calendar_ = known;
  }
  procedure_ = ProcedureOf(folded_.procedure);
  statutory_due_.reset();
  if (folded_.dues.empty()) statutory_due_ = StatutoryDueByLaw();
}

std::optional<Instant> Casework::StatutoryDueByLaw() const {
  if (!folded_.received_at || procedure_ == nullptr || !procedure_->limit) return std::nullopt;
  const auto due = StatutoryDue(*procedure_->limit, *folded_.received_at, *calendar_);
  return due ? std::optional(*due) : std::nullopt;
}

const Procedure* Casework::ProcedureOf(TextId text) {
  if (text == 0) return nullptr;
  if (text >= procedure_of_text_.size()) procedure_of_text_.resize(text + 1);
  std::optional<const Procedure*>& known = procedure_of_text_[text];
  if (!known) known = procedures_->Find(directory_->Text(text));
  return *known;
}

CaseOnTrial Casework::OnTrial(Instant now, const Verdict& portal, const Standing& standing) const {
  // Held against what was promised, so only where something was.
  std::optional<Instant> statutory_due;
  if (!folded_.dues.empty()) statutory_due = StatutoryDueByLaw();
  const bool unit_known = unit_ != DirectoryView::kNoUnit && !view_.units->at(unit_).provisional;
  return {folded_,        stored_->entries, now,        portal,     standing.clock,
          *calendar_,     statutory_due,    unit_text_, unit_known, procedure_ != nullptr,
          options_.findings};
}

Verdict Casework::Judge(Rule rule, Instant from, Instant cut_off) const {
  return JudgeAs(folded_, rule, from, cut_off);
}

Verdict Casework::JudgeAs(const Case& folded, Rule rule, Instant from, Instant cut_off) const {
  return tthc::Judge(folded, rule, from, cut_off, statutory_due_, options_.policy);
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
