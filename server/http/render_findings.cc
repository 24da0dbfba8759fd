#include "server/http/render_findings.h"

#include "server/http/render.h"

namespace tthc {
namespace {

json::string Text(std::string_view text) { return json::string(text.data(), text.size()); }

json::object FindingJson(const FindingLine& line) {
  const FindingRow& row = RowOf(line.key.kind);
  return {{"kind", Text(row.name)},
          {"title", Text(row.title)},
          {"text", Text(row.sentence)},
          {"severity", Text(NameOf(row.severity))},
          {"unit", line.unit},
          {"case_id", TextOrNull(line.case_id)},
          {"other_case_id", TextOrNull(line.other_case_id)},
          {"sender", TextOrNull(line.sender)},
          {"since", FormatInstant(line.since)},
          {"statements", ProofsJson(line.proofs)}};
}

json::array CountsByKind(const FindingsPage& page) {
  json::array out;
  for (const FindingRow& row : FindingTable()) {
    const uint64_t count = page.counts[static_cast<size_t>(row.finding)];
    if (count == 0) continue;
    out.push_back(json::object{{"kind", Text(row.name)}, {"title", Text(row.title)},
                               {"count", count}});
  }
  return out;
}

json::object ShareJson(const HonestCounts& counts, HonestBy by) {
  const Share& share = counts.shares[static_cast<size_t>(by)];
  return {{"by", Text(NameOf(by))},
          {"name", Text(VietnameseNameOf(by))},
          {"numerator", share.numerator},
          {"denominator", share.denominator},
          {"ratio", RatioValue(share.numerator, share.denominator)}};
}

json::object SideJson(const Verdict& verdict) {
  return {{"state", Text(NameOf(verdict.state))},
          {"due_at", InstantValue(verdict.due)},
          {"ended_at", InstantValue(verdict.ended_at)}};
}

json::object HonestLineJson(const HonestLine& line) {
  json::array why;
  for (const HonestReason& reason : line.reasons) {
    why.push_back(json::object{{"code", Text(reason.code)}, {"text", Text(reason.text)}});
  }
  return {{"case_id", line.case_id},
          {"unit", line.unit},
          {"procedure", TextOrNull(line.procedure)},
          {"latest", SideJson(line.latest)},
          {"first_known", SideJson(line.first)},
          {"why", std::move(why)},
          {"statements", ProofsJson(line.proofs)}};
}

}  // namespace

json::object FindingsJson(const FindingsQuery& query, const FindingsPage& page) {
  json::array findings;
  for (const FindingLine& line : page.lines) findings.push_back(FindingJson(line));
  const bool has_next = page.more && !page.lines.empty();
  return {{"unit", query.unit},
          {"from", DayValue(query.from)},
          {"to", DayValue(query.to)},
          {"as_of", InstantValue(query.view.as_of)},
          {"known_at", InstantValue(query.view.known_at)},
          {"cut_off", FormatInstant(page.cut_off)},
          {"total", page.total()},
          {"counts", CountsByKind(page)},
          {"findings", std::move(findings)},
          {"next_cursor", has_next ? json::value(CursorOf(page.lines.back().key)) : json::value()}};
}

json::object HonestJson(const HonestQuery& query, const HonestAnswer& answer) {
  json::array ratios;
  for (size_t i = 0; i < kHonestCount; ++i) {
    ratios.push_back(ShareJson(answer.counts, static_cast<HonestBy>(i)));
  }
  json::array cases;
  for (const HonestLine& line : answer.lines) cases.push_back(HonestLineJson(line));
  return {{"unit", query.unit},
          {"from", FormatDay(query.period.from)},
          {"to", FormatDay(query.period.to)},
          {"rule", Text(NameOf(query.rule))},
          {"as_of", InstantValue(query.view.as_of)},
          {"known_at", InstantValue(query.view.known_at)},
          {"cut_off", FormatInstant(answer.cut_off)},
          {"provisional", answer.provisional},
          {"ratios", std::move(ratios)},
          {"differing",
           {{"total", answer.counts.differing},
            {"judged_otherwise", answer.counts.judged_otherwise},
            {"left_out", answer.counts.left_out},
            {"left_out_on_time", answer.counts.left_out_on_time}}},
          {"cases", std::move(cases)},
          {"next_cursor",
           answer.next_cursor ? json::value(*answer.next_cursor) : json::value()}};
}

std::string CursorOf(const FindingKey& key) {
  return std::string(NameOf(key.kind)) + "~" + key.subject;
}

std::optional<FindingKey> FindingKeyFrom(std::string_view cursor) {
  const size_t at = cursor.find('~');
  const auto kind = FindingNamed(cursor.substr(0, at));
  if (at == std::string_view::npos || !kind) return std::nullopt;
  return FindingKey{std::string(cursor.substr(at + 1)), *kind};
}

}  // namespace tthc
