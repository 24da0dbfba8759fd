#include "server/case_answer.h"

#include <algorithm>

#include "metrics/findings/trial.h"

namespace tthc {
namespace {

std::string Shown(const std::optional<Instant>& at) { return at ? FormatInstant(*at) : ""; }

// Facts of a case whose change is a revision: name and text of the value.
struct FactRow {
  std::string_view name;
  std::string (*value)(const Entry& e, const Directory& directory);
};
constexpr FactRow kFacts[] = {
    {"received_at", [](const Entry& e, const Directory&) { return Shown(e.received_at); }},
    {"due_at", [](const Entry& e, const Directory&) { return Shown(e.due_at); }},
    {"finished_at", [](const Entry& e, const Directory&) { return Shown(e.finished_at); }},
    {"returned_at", [](const Entry& e, const Directory&) { return Shown(e.returned_at); }},
    {"refused_at", [](const Entry& e, const Directory&) { return Shown(e.refused_at); }},
    {"status",
     [](const Entry& e, const Directory&) {
       return e.status == Status::kNone ? std::string() : std::string(CodeOf(e.status));
     }},
    {"procedure", [](const Entry& e, const Directory& d) { return d.Text(e.procedure); }},
    {"field", [](const Entry& e, const Directory& d) { return d.Text(e.field); }},
    {"unit", [](const Entry& e, const Directory& d) { return d.Text(e.unit); }},
    {"channel",
     [](const Entry& e, const Directory&) {
       return e.channel == 0 ? std::string() : std::to_string(e.channel);
     }},
};

// What each snapshot, in the order of arrival, said otherwise than the one before it.
std::vector<Revision> RevisionsOf(std::vector<Entry> entries, const Directory& directory) {
  std::erase_if(entries, [](const Entry& e) { return e.kind != StatementKind::kSnapshot; });
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tuple(a.recorded, a.position, a.seq) < std::tuple(b.recorded, b.position, b.seq);
  });
  std::vector<Revision> revisions;
  for (size_t i = 1; i < entries.size(); ++i) {
    for (const FactRow& fact : kFacts) {
      std::string before = fact.value(entries[i - 1], directory);
      std::string after = fact.value(entries[i], directory);
      if (before == after) continue;
      revisions.push_back({std::string(fact.name), std::move(before), std::move(after),
                           entries[i].recorded, entries[i].seq,
                           directory.Text(entries[i].sender)});
    }
  }
  return revisions;
}

std::vector<CaseFinding> FindingsAt(Instant cut_off, const Verdict& portal, const Casework& desk,
                                    const Directory& directory) {
  const Standing standing = ClockAlone(desk, cut_off, portal);
  const CaseOnTrial on_trial = desk.OnTrial(cut_off, portal, standing);
  std::vector<CaseFinding> findings;
  for (const FindingRow& row : FindingTable()) {
    if (row.detect == nullptr) continue;
    Proofs proofs;
    const auto since = row.detect(on_trial, &proofs);
    if (!since || *since > cut_off) continue;
    findings.push_back({row.finding, *since, LinesOf(proofs, desk, directory)});
  }
  return findings;
}

constexpr int32_t kLongestShownDays = 400;

std::optional<std::vector<WorkStretch>> WorkingTimeOf(const std::vector<Entry>& entries,
                                                      Instant cut_off,
                                                      const WorkCalendar& calendar) {
  Instant first = cut_off, last = cut_off;
  const auto reach = [&](Instant at) {
    first = std::min(first, at);
    last = std::max(last, at);
  };
  for (const Entry& e : entries) {
    reach(e.event);
    for (const auto& date : {e.received_at, e.due_at, e.finished_at, e.returned_at}) {
      if (date) reach(*date);
    }
  }
  if (DayOf(last).number - DayOf(first).number > kLongestShownDays) return std::nullopt;
  return calendar.WorkStretches(first, last);
}

}  // namespace

Result<CaseAnswer> MakeCaseAnswer(std::string_view case_id, std::string_view stored_bytes,
                                  const View& view, Instant now, const CaseworkOptions& options,
                                  const Directory& directory) {
  StoredCase stored;
  const auto decoded = DecodeCase(stored_bytes, stored);
  if (!decoded) return Prefixed("case " + std::string(case_id), decoded.error());
  const Instant known_at = view.known_at.value_or(kEndOfTime);
  std::erase_if(stored.entries, [&](const Entry& e) { return e.recorded > known_at; });
  if (stored.entries.empty()) {
    return Error{ErrorKind::kNotFound, "nothing was known of case '" + std::string(case_id) +
                                           "' at " + FormatInstant(known_at)};
  }
  Casework desk(options, directory);
  desk.Open(stored);
  CaseAnswer answer;
  answer.case_id = case_id;
  answer.cut_off = view.as_of ? std::min(*view.as_of, now) : now;
  answer.folded = desk.folded();
  if (desk.unit() != DirectoryView::kNoUnit) {
    const Unit& unit = desk.directory().units->at(desk.unit());
    answer.unit = unit.code;
    answer.unit_name = unit.name;
  }
  answer.procedure = directory.Text(answer.folded.procedure);
  const Procedure* procedure = options.procedures->Find(answer.procedure);
  if (procedure != nullptr) answer.procedure_name = procedure->name;
  answer.field = directory.Text(answer.folded.field);
  answer.verdicts = desk.JudgeBoth(answer.cut_off);
  for (const Rule rule : kRules) {
    const auto r = static_cast<size_t>(rule);
    answer.reason_texts[r] = VietnameseReason(answer.verdicts[r], rule);
  }
  const Standing standing =
      desk.StandingAt(answer.cut_off, answer.verdicts[static_cast<size_t>(Rule::kQd766)]);
  answer.clock = standing.clock;
  if (answer.clock.deadline && !answer.clock.stopped) {
    answer.remaining_text =
        RemainingText(desk.calendar(), answer.cut_off, *answer.clock.deadline);
  }
  answer.calendar_version = desk.calendar().version();
  answer.working_time = WorkingTimeOf(stored.entries, answer.cut_off, desk.calendar());
  answer.revisions = RevisionsOf(stored.entries, directory);
  answer.findings = FindingsAt(answer.cut_off, answer.verdicts[static_cast<size_t>(Rule::kQd766)],
                               desk, directory);

  std::vector<Entry> ordered = stored.entries;
  std::sort(ordered.begin(), ordered.end(), Before);
  for (const Entry& e : ordered) {
    const bool has_row = std::any_of(
        answer.folded.rows.begin(), answer.folded.rows.end(),
        [&](const StatusRow& row) { return stored.entries[row.entry].identity == e.identity; });
    answer.statements.push_back({e, directory.Text(e.sender), directory.Text(e.procedure),
                                 directory.Text(e.field), directory.Text(e.unit),
                                 has_row && e.event <= answer.cut_off});
  }
  return answer;
}

}  // namespace tthc
