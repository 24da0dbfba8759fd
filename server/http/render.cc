#include "server/http/render.h"

#include <array>
#include <boost/json/parse.hpp>

namespace tthc {
namespace {

constexpr int64_t kChannelOnline = 2;
constexpr int64_t kChannelPostal = 3;

json::string Text(std::string_view text) { return json::string(text.data(), text.size()); }

// KenhThucHien; a missing one counts as direct.
json::string ChannelText(uint8_t channel) {
  return Text(channel == kChannelOnline   ? "online"
              : channel == kChannelPostal ? "postal"
                                          : "direct");
}

std::string_view NameOf(DueBasis basis) {
  switch (basis) {
    case DueBasis::kNone: return "none";
    case DueBasis::kAppointment: return "appointment";
    case DueBasis::kStatutory: return "statutory";
  }
  return "none";
}

std::string_view NameOf(StatementKind kind) {
  return kind == StatementKind::kSnapshot ? "snapshot" : "progress";
}
std::string_view NameOf(DatedBy dated_by) {
  return dated_by == DatedBy::kOwnField ? "own_field" : "arrival";
}

json::object VerdictJson(const Verdict& verdict, const std::string& reason_text) {
  return {{"state", Text(tthc::NameOf(verdict.state))},
          {"reason", Text(CodeOf(verdict.reason))},
          {"reason_text", reason_text},
          {"due_at", InstantValue(verdict.due)},
          {"due_basis", Text(NameOf(verdict.due_basis))},
          {"ended_at", InstantValue(verdict.ended_at)},
          {"compared_at", InstantValue(verdict.compared)},
          {"waited_seconds", verdict.waited_us / kMicrosPerSecond},
          {"requests", verdict.requests},
          {"carried_over", verdict.carried_over},
          {"online", verdict.online}};
}

json::object ClockJson(const Clock& clock, const std::string& remaining_text) {
  return {{"state", Text(tthc::NameOf(clock.state))},
          {"text", TextOrNull(remaining_text)},
          {"deadline", InstantValue(clock.deadline)},
          {"stopped", clock.stopped}};
}

// What is not open is not counted.
json::object OpenJson(const OpenCounts& open) {
  json::object out;
  int64_t total = 0;
  for (size_t state = 1; state < open.size(); ++state) {
    out[Text(tthc::NameOf(static_cast<OpenState>(state)))] = open[state];
    total += open[state];
  }
  out["total"] = total;
  return out;
}

json::object CaseLineJson(const CaseLine& line) {
  return {{"case_id", line.case_id},
          {"unit", line.unit},
          {"procedure", TextOrNull(line.procedure)},
          {"field", TextOrNull(line.field)},
          {"channel", ChannelText(line.channel)},
          {"received_at", InstantValue(line.received_at)},
          {"due_at", InstantValue(line.verdict.due)},
          {"ended_at", InstantValue(line.verdict.ended_at)},
          {"state", Text(tthc::NameOf(line.verdict.state))},
          {"reason", Text(CodeOf(line.verdict.reason))},
          {"carried_over", line.verdict.carried_over},
          {"clock", ClockJson(line.clock, line.remaining_text)},
          {"status", line.clock.state == OpenState::kNotOpen
                         ? json::value()
                         : json::value(Text(VietnameseNameOf(line.clock.current)))},
          {"recorded", FormatInstant(line.recorded)}};
}

json::object StatementJson(const TimelineStatement& statement) {
  const Entry& entry = statement.entry;
  return {{"seq", entry.seq},
          {"kind", Text(NameOf(entry.kind))},
          {"status", Text(CodeOf(entry.status))},
          {"status_name", Text(VietnameseNameOf(entry.status))},
          {"status_sent", entry.status_sent},
          {"event", FormatInstant(entry.event)},
          {"recorded", FormatInstant(entry.recorded)},
          {"dated_by", Text(NameOf(entry.dated_by))},
          {"sender", statement.sender},
          {"received_at", InstantValue(entry.received_at)},
          {"due_at", InstantValue(entry.due_at)},
          {"finished_at", InstantValue(entry.finished_at)},
          {"returned_at", InstantValue(entry.returned_at)},
          {"refused_at", InstantValue(entry.refused_at)},
          {"step_due_at", InstantValue(entry.step_due_at)},
          {"unit", TextOrNull(statement.unit)},
          {"procedure", TextOrNull(statement.procedure)},
          {"field", TextOrNull(statement.field)},
          {"counted", statement.counted}};
}

json::object RevisionJson(const Revision& revision) {
  return {{"fact", revision.fact},
          {"before", TextOrNull(revision.before)},
          {"after", TextOrNull(revision.after)},
          {"recorded", FormatInstant(revision.recorded)},
          {"seq", revision.seq},
          {"sender", revision.sender}};
}

// No place to say until when: what stands is told, and an earlier view tells what stood.
json::array CaseFindingsJson(const std::vector<CaseFinding>& findings) {
  json::array out;
  for (const CaseFinding& finding : findings) {
    const FindingRow& row = RowOf(finding.kind);
    out.push_back(json::object{{"kind", Text(row.name)},
                               {"title", Text(row.title)},
                               {"text", Text(row.sentence)},
                               {"severity", Text(tthc::NameOf(row.severity))},
                               {"since", FormatInstant(finding.since)},
                               {"statements", ProofsJson(finding.proofs)}});
  }
  return out;
}

json::object AnswerJson(const CaseAlert::Answer& answer) {
  return {{"at", FormatInstant(answer.at)}, {"by", answer.by}, {"comment", answer.comment}};
}

json::object ToldJson(const CaseAlert::Told& told) {
  const AlertMessage& message = told.message;
  json::value digest;
  if (told.digest) {
    digest = json::object{{"id", told.digest->id}, {"at", FormatInstant(told.digest->at)}};
  }
  return {{"type", Text(tthc::NameOf(message.type))},
          {"seq", message.seq},
          {"rung", message.rung},
          {"level", Text(tthc::NameOf(message.level))},
          {"severity", Text(tthc::NameOf(message.severity))},
          {"unit", message.unit},
          {"recipient", message.recipient},
          {"at", FormatInstant(message.at)},
          {"due_at", InstantValue(message.due_at)},
          {"text", message.text},
          {"held", TextOrNull(tthc::NameOf(message.held))},
          {"digest", std::move(digest)}};
}

json::object CaseAlertJson(const CaseAlert& alert) {
  json::array messages;
  for (const CaseAlert::Told& told : alert.messages) messages.push_back(ToldJson(told));
  const AlertMessage& last = alert.messages.back().message;
  json::array snoozes;
  for (const CaseAlert::Answer& snooze : alert.snoozes) {
    json::object one = AnswerJson(snooze);
    one["until"] = FormatInstant(snooze.until);
    snoozes.push_back(std::move(one));
  }
  const bool resolved = last.type == AlertType::kResolved;
  return {{"id", alert.id},
          {"kind", alert.kind},
          {"messages", std::move(messages)},
          {"resolved_at", resolved ? json::value(FormatInstant(last.at)) : json::value()},
          {"acknowledged", alert.acknowledgement ? json::value(AnswerJson(*alert.acknowledgement))
                                                 : json::value()},
          {"snoozes", std::move(snoozes)}};
}

}  // namespace

json::array ProofsJson(const std::vector<ProofLine>& proofs) {
  json::array out;
  for (const ProofLine& proof : proofs) {
    out.push_back(json::object{{"seq", proof.seq != 0 ? json::value(proof.seq) : json::value()},
                               {"recorded", FormatInstant(proof.recorded)},
                               {"sender", TextOrNull(proof.sender)},
                               {"fact", proof.fact},
                               {"before", TextOrNull(proof.before)},
                               {"after", TextOrNull(proof.after)}});
  }
  return out;
}

json::object UnitJson(const UnitTree& tree, UnitId id, Day day) {
  const Unit& unit = tree.at(id);
  const auto parent = tree.ParentOn(id, day);
  return {{"code", unit.code},
          {"name", unit.name},
          {"level", Text(tthc::NameOf(unit.level))},
          {"parent", parent ? json::value(tree.at(*parent).code) : json::value()},
          {"valid_from", DayValue(unit.valid_from)},
          {"valid_to", DayValue(unit.valid_to)},
          {"successor", TextOrNull(unit.successor)},
          {"demonstration_code", unit.demonstration_code},
          {"provisional", unit.provisional}};
}

json::object CountsJson(const Counts& counts) {
  return {{"received",
           {{"total", counts.received()},
            {"online", counts.online},
            {"direct_postal", counts.direct_postal},
            {"carried_over", counts.carried_over}}},
          {"resolved",
           {{"total", counts.resolved()},
            {"early", counts.early},
            {"on_time", counts.on_time},
            {"late", counts.late}}},
          {"pending",
           {{"total", counts.pending()},
            {"in_time", counts.pending_in_time},
            {"late", counts.pending_late}}},
          {"rates",
           {{"tt01", RatioValue(counts.early + counts.on_time, counts.resolved())},
            {"qd766",
             RatioValue(counts.early + counts.on_time + counts.pending_in_time, counts.received())},
            {"online", RatioValue(counts.online, counts.received())}}},
          {"no_due_date", counts.no_due_date}};
}

json::object SummaryJson(const SummaryQuery& query, const SummaryAnswer& answer) {
  json::object out{{"unit", query.unit},
                   {"from", FormatDay(query.period.from)},
                   {"to", FormatDay(query.period.to)},
                   {"rule", Text(tthc::NameOf(query.rule))},
                   {"as_of", InstantValue(query.view.as_of)},
                   {"known_at", InstantValue(query.view.known_at)},
                   {"cut_off", FormatInstant(answer.cut_off)}};
  for (auto& member : CountsJson(answer.counts)) out.insert(member);
  out["open"] = OpenJson(answer.open);
  out["provisional"] = answer.provisional;
  if (query.group_by == GroupBy::kNone) return out;
  json::array groups;
  for (const SummaryGroup& group : answer.groups) {
    json::object item{{"key", group.key}, {"name", TextOrNull(group.name)}};
    for (auto& member : CountsJson(group.counts)) item.insert(member);
    item["open"] = OpenJson(group.open);
    groups.push_back(std::move(item));
  }
  out["groups"] = std::move(groups);
  return out;
}

json::object TrendJson(const SummaryQuery& query, const TrendAnswer& answer) {
  json::array days;
  for (const TrendDay& day : answer.days) {
    days.push_back(json::object{{"day", FormatDay(day.day)},
                                {"received", day.received},
                                {"resolved", day.resolved},
                                {"late", day.late}});
  }
  return {{"unit", query.unit},
          {"from", FormatDay(query.period.from)},
          {"to", FormatDay(query.period.to)},
          {"rule", Text(tthc::NameOf(query.rule))},
          {"as_of", InstantValue(query.view.as_of)},
          {"known_at", InstantValue(query.view.known_at)},
          {"cut_off", FormatInstant(answer.cut_off)},
          {"carried_over", answer.carried_over},
          {"days", std::move(days)}};
}

json::object CasesJson(const CasesPage& page) {
  json::array cases;
  for (const CaseLine& line : page.lines) cases.push_back(CaseLineJson(line));
  return {{"total", page.total},
          {"cases", std::move(cases)},
          {"next_cursor", page.next_cursor ? json::value(*page.next_cursor) : json::value()}};
}

json::object CaseJson(const CaseAnswer& answer) {
  json::object verdicts;
  for (const Rule rule : kRules) {
    const auto i = static_cast<size_t>(rule);
    const std::string_view name = tthc::NameOf(rule);
    verdicts[json::string_view(name.data(), name.size())] =
        VerdictJson(answer.verdicts[i], answer.reason_texts[i]);
  }
  return {{"case_id", answer.case_id},
          {"unit", answer.unit},
          {"unit_name", TextOrNull(answer.unit_name)},
          {"procedure", TextOrNull(answer.procedure)},
          {"procedure_name", TextOrNull(answer.procedure_name)},
          {"field", TextOrNull(answer.field)},
          {"channel", ChannelText(answer.folded.channel)},
          {"received_at", InstantValue(answer.folded.received_at)},
          {"due_at", InstantValue(answer.folded.due())},
          {"status",
           {{"code", Text(CodeOf(answer.clock.current))},
            {"name", Text(VietnameseNameOf(answer.clock.current))}}},
          {"clock", ClockJson(answer.clock, answer.remaining_text)},
          {"verdicts", std::move(verdicts)},
          {"cut_off", FormatInstant(answer.cut_off)},
          {"calendar_version", answer.calendar_version},
          {"findings", CaseFindingsJson(answer.findings)},
          {"statements", answer.statements.size()}};
}

json::object TimelineJson(const CaseAnswer& answer, const std::vector<CaseAlert>& alerts) {
  json::array statements;
  for (const TimelineStatement& statement : answer.statements) {
    statements.push_back(StatementJson(statement));
  }
  json::array revisions;
  for (const Revision& revision : answer.revisions) revisions.push_back(RevisionJson(revision));
  json::array told;
  for (const CaseAlert& alert : alerts) told.push_back(CaseAlertJson(alert));
  json::value working_time = nullptr;
  if (answer.working_time) {
    json::array& stretches = working_time.emplace_array();
    for (const WorkStretch& stretch : *answer.working_time) {
      stretches.push_back(json::object{{"from", FormatInstant(stretch.from)},
                                       {"to", FormatInstant(stretch.to)}});
    }
  }
  return {{"case_id", answer.case_id},
          {"unit", answer.unit},
          {"working_time", std::move(working_time)},
          {"statements", std::move(statements)},
          {"revisions", std::move(revisions)},
          {"findings", CaseFindingsJson(answer.findings)},
          {"alerts", std::move(told)}};
}

json::object RejectedJson(const Rejected& rejected) {
  return {{"position", rejected.position},
          {"case_id", TextOrNull(rejected.case_id)},
          {"field", rejected.field},
          {"code", rejected.code},
          {"reason", rejected.reason}};
}

json::object QuarantineJson(const QuarantineItem& item) {
  json::object out{{"id", item.id},
                   {"at", FormatInstant(item.at)},
                   {"sender", item.sender},
                   {"service", item.service}};
  for (auto& member : RejectedJson(item.what)) out.insert(member);
  return out;
}

json::object ReprojectionJson(const Reprojection& record) {
  return {{"number", record.number},       {"reason", record.reason},
          {"before", record.before},       {"after", record.after},
          {"begun", FormatInstant(record.begun)}, {"ended", InstantValue(record.ended)},
          {"cases", record.cases},         {"changed", record.changed}};
}

json::object SealedJson(const Sealed& sealed) {
  return {{"number", sealed.number},
          {"records", sealed.checkpoint.size},
          {"cases", sealed.checkpoint.map_cases},
          {"recorded", FormatInstant(sealed.checkpoint.recorded)},
          {"at", FormatInstant(sealed.checkpoint.at)},
          {"note", sealed.note}};
}

json::object NoteJson(const NoteRecord& record) {
  json::object out{{"seq", record.seq},
                   {"kind", Text(NameOf(record.kind))},
                   {"at", FormatInstant(record.at)}};
  boost::system::error_code ec;
  const json::value text = json::parse(record.text, ec);
  if (ec || !text.is_object()) return out;
  for (const auto& member : text.as_object()) out[member.key()] = member.value();
  return out;
}

json::object AlertJson(const AlertMessage& message) {
  json::object out{{"id", message.id},
          {"kind", message.kind},
          {"rung", message.rung},
          {"unit", message.unit},
          {"case_id", message.case_id},
          {"at", FormatInstant(message.at)},
          {"due_at", InstantValue(message.due_at)},
          {"text", message.text},
          {"level", Text(NameOf(message.level))},
          {"severity", Text(NameOf(message.severity))},
          {"recipient", message.recipient}};
  if (message.type == AlertType::kDigest) out["count"] = message.told.size();
  return out;
}

json::object AlertMessageJson(const AlertMessage& message) {
  return {{"type", Text(NameOf(message.type))},
          {"seq", message.seq},
          {"alert", AlertJson(message)}};
}

json::object AlertStateJson(const AlertState& state) {
  json::object out = AlertJson(state.message);
  out["seq"] = state.message.seq;
  out["resolved"] = state.resolved;
  out["told"] = state.told;
  out["held"] = TextOrNull(NameOf(state.message.held));
  out["acked_at"] = InstantValue(state.acked_at);
  out["acked_by"] = TextOrNull(state.acked_by);
  out["ack_comment"] = TextOrNull(state.ack_comment);
  out["snoozed_until"] = InstantValue(state.snoozed_until);
  out["snoozed_by"] = TextOrNull(state.snoozed_by);
  out["snooze_comment"] = TextOrNull(state.snooze_comment);
  return out;
}

json::object MuteJson(const UnitMute& mute) {
  return {{"unit", mute.unit},
          {"until", FormatInstant(mute.until)},
          {"at", FormatInstant(mute.at)},
          {"by", mute.by},
          {"reason", mute.reason}};
}

}  // namespace tthc
