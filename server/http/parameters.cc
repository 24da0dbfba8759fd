#include "server/http/parameters.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "config/json_text.h"
#include "metrics/tallies/summary.h"

namespace tthc {
namespace {

constexpr std::string_view kInstantSchema = R"({"type":"string","format":"date-time"})";
constexpr std::string_view kDaySchema = R"({"type":"string","format":"date"})";
constexpr std::string_view kTextSchema = R"({"type":"string"})";
constexpr std::string_view kFlagSchema = R"({"type":"boolean"})";

constexpr std::array kQueryParameters = std::to_array<Parameter>({
    {"from", kDaySchema, "First day of the period (Asia/Ho_Chi_Minh); with 'to'."},
    {"to", kDaySchema, "Last day of the period, included."},
    {"period", kTextSchema, "Instead of from and to: 2025, 2025-H1, 2025-Q1 or 2025-03."},
    {"rule", R"({"type":"string","enum":["form06","qd766"],"default":"form06"})",
     "The rule that judges: Biểu 06/VPCP/KSTT or QĐ 766/QĐ-TTg."},
    {"as_of", kInstantSchema, "Only what had happened by then (event time)."},
    {"known_at", kInstantSchema, "Only what had been recorded by then."},
    {"group_by", R"({"type":"string","enum":["unit","field","procedure","channel"]})",
     "Also gives the figures of each group."},
    {"unit", kTextSchema, "A unit's code, of either scheme; all units below it are included."},
    {"state", kTextSchema,
     "One or more, separated by commas: resolved, resolved_early, resolved_on_time, "
     "resolved_late, pending, pending_in_time, pending_late."},
    {"clock", kTextSchema,
     "One or more, separated by commas: in_time, due_soon, overdue, paused."},
    {"recorded_since", kInstantSchema, "Only cases of which something was recorded then or later."},
    {"order", R"({"type":"string","enum":["number","urgency","recent"],"default":"number"})",
     "urgency: the longest overdue first; recent: what was said last first."},
    {"kind", kTextSchema,
     "One or more kinds of findings, separated by commas (docs/findings.md); all where absent."},
    {"procedure", kTextSchema, "Code of a procedure (mã TTHC)."},
    {"channel", R"({"type":"string","enum":["online","direct"]})",
     "online: KenhThucHien 2; direct: any other."},
    {"carried_over", kFlagSchema, "Received before the period, or within it."},
    {"no_due_date", kFlagSchema, "Judged without any due date."},
    {"limit", R"({"type":"integer","minimum":1,"default":100})",
     "At most so many items; the setting limits.query_results bounds it."},
    {"cursor", kTextSchema, "next_cursor of the page before."},
    {"before", R"({"type":"integer","minimum":0})",
     "Only older ones: the id of the last item of the page before."},
    {"date", kDaySchema, "The tree as of this day; today where absent."},
    {"definition", kTextSchema,
     "Id of the definition of the indicators; the one in force for the period where absent."},
    {"compare", kTextSchema, "Id of another definition: the same figures under it, beside."},
    {"source", R"({"type":"string","enum":["own","published"],"default":"own"})",
     "own: counted here; published: as the national portal published them (register sync-counts)."},
    {"children", kFlagSchema, "Also gives the units directly below."},
    {"format", R"({"type":"string","enum":["json","csv","xlsx","xes"],"default":"json"})",
     "The form of the answer; xlsx is one of reports, xes (IEEE 1849) one of the process."},
    {"after", kTextSchema, "Only keys after this one: next_after of the page before."},
    {"key", kTextSchema, "Key of a row: its key fields, joined by '|'."},
    {"dry_run", kFlagSchema, "true: the rows are checked and nothing is recorded."},
    {"case_id", kTextSchema, "Number of a case (MaHoSo): only what is about it."},
    {"open", kFlagSchema, "Only alerts that are not resolved."},
    {"MaDinhDanhDV", kTextSchema, "Code of the sending unit."},
    {"isUpdating", R"({"type":"string","enum":["True","False"]})",
     "Whether the dossiers are there already."},
});

constexpr std::array kPathParameters = std::to_array<Parameter>({
    {"service", kTextSchema, "Name of the operation: DongBoHoSoMC, CapNhatTienDoHoSoMC, …"},
    {"code", kTextSchema, "Code of a unit, of either scheme."},
    {"id", kTextSchema,
     "Number of a case (MaHoSo), id of an alert, of a definition or of a dead letter, "
     "percent-encoded."},
    {"file", kTextSchema, "Name of a file of the console."},
    {"name", kTextSchema, "Name of a register, of a report or of a webhook."},
    {"period", kTextSchema, "2025, 2025-H1, 2025-Q1 or 2025-03."},
});

bool Names(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    if (TakeItem(list, ' ') == name) return true;
  }
  return false;
}

}  // namespace

std::span<const Parameter> QueryParameters() { return kQueryParameters; }
std::span<const Parameter> PathParameters() { return kPathParameters; }

std::optional<Response> CheckQueryNames(std::string_view allowed, const QueryString& query) {
  if (query.broken) {
    return ProblemResponse(ProblemKind::kBadParameter, "The query is not encoded well.");
  }
  if (Names(allowed, "*")) return std::nullopt;
  for (const auto& [name, value] : query.items) {
    if (!Names(allowed, name)) {
      return ProblemResponse(ProblemKind::kBadParameter,
                             "There is no parameter " + Shown(name) + " here; known: " +
                                 (allowed.empty() ? "none" : std::string(allowed)) + ".",
                             CutUtf8(name, 32));
    }
    if (query.Count(name) > 1) {
      return ProblemResponse(ProblemKind::kBadParameter, name + " is given more than once.", name);
    }
  }
  return std::nullopt;
}

void ParameterReader::Fail(std::string_view name, std::string_view reason) {
  Fail(ProblemKind::kBadParameter, std::string(name) + ": " + std::string(reason), name);
}

void ParameterReader::Fail(ProblemKind kind, std::string_view detail, std::string_view name) {
  if (!problem_) problem_ = ProblemResponse(kind, detail, name);
}

std::string ParameterReader::Unit(std::string_view raw, std::string_view name) {
  if (raw.empty()) {
    Fail(name, "a unit code is needed");
    return {};
  }
  const auto code = CanonicalUnitCode(raw);
  if (!code) {
    Fail(name, Shown(raw) + " is no unit code");
    return {};
  }
  const auto tree = call_.monitor().units();
  // Whether it is there or only not the caller's is not told apart.
  if (!tree->Find(*code) ||
      !MaySee(call_.principal, *tree, tthc::DayOf(call_.monitor().Now()), *code)) {
    Fail(ProblemKind::kUnknownUnit, "There is no unit " + Shown(*code) + ".", name);
    return {};
  }
  return *code;
}

void ParameterReader::MustSeeAllBelow(const std::string& unit, const Period& period,
                                      const View& view) {
  if (!ok()) return;
  const Instant now = call_.monitor().Now();
  const Day day = tthc::DayOf(CutOff(period, view.as_of, now));
  const auto asked = call_.monitor().UnitsAt(view.known_at);
  if (MaySeeAllBelow(call_.principal, *call_.monitor().units(), tthc::DayOf(now), unit, *asked,
                     day)) {
    return;
  }
  Fail(ProblemKind::kForbidden,
       "On " + FormatDay(day) + " the unit had units below it that the token does not see today.",
       Given("unit") ? "unit" : "code");
}

Period ParameterReader::RequiredPeriod() {
  const std::string* label = Value("period");
  const std::optional<Day> from = DayOf("from");
  const std::optional<Day> to = DayOf("to");
  if (!ok()) return {};
  if (label != nullptr) {
    if (from || to) Fail("period", "give either period or from and to");
    auto period = ParsePeriod(*label);
    if (period) return *period;
    Fail("period", Shown(*label) + " is none of 2025, 2025-H1, 2025-Q1, 2025-03");
    return {};
  }
  if (!from) Fail("from", "a period is needed: from and to (YYYY-MM-DD), or period");
  if (!to) Fail("to", "a period is needed: from and to (YYYY-MM-DD), or period");
  if (!ok()) return {};
  if (*to < *from) Fail("to", "the period ends before it begins");
  return {*from, *to};
}

Period ParameterReader::StartedPeriod() {
  const Period period = RequiredPeriod();
  if (ok() && period.from > tthc::DayOf(call_.monitor().Now())) {
    Fail(Given("period") ? "period" : "from",
         "the period begins on " + FormatDay(period.from) +
             ", after today: nothing can be counted yet");
  }
  return period;
}

std::string ParameterReader::Definition(std::string_view name) {
  return KnownDefinition(Text(name), name);
}

std::string ParameterReader::KnownDefinition(const std::string& id, std::string_view name) {
  const IndicatorBook& book = call_.monitor().definitions();
  if (id.empty() || book.Find(id) != nullptr) return id;
  std::string known;
  for (const auto& table : book.tables()) known += (known.empty() ? "" : ", ") + table->id();
  Fail(ProblemKind::kUnknownDefinition,
       "There is no definition " + Shown(id) + "; known: " + known + ".", name);
  return {};
}

std::string ParameterReader::OneOf(std::string_view name, std::string_view known) {
  std::string_view rest = known;
  const std::string first(TakeItem(rest, ' '));
  const std::string* value = Value(name);
  if (value == nullptr) return first;
  if (Names(known, *value)) return *value;
  Fail(name, Shown(*value) + " is none of: " + std::string(known));
  return first;
}

Rule ParameterReader::RuleOr(Rule otherwise) {
  const std::string* name = Value("rule");
  if (name == nullptr) return otherwise;
  const auto rule = RuleNamed(*name);
  if (!rule) Fail("rule", Shown(*name) + " is no rule; known: form06, qd766");
  return rule.value_or(otherwise);
}

View ParameterReader::TimeView() { return {InstantOf("as_of"), InstantOf("known_at")}; }

std::optional<Instant> ParameterReader::InstantOf(std::string_view name) {
  const std::string* value = Value(name);
  if (value == nullptr) return std::nullopt;
  // A '+' that a client did not encode may have become a blank on the way.
  std::string text = *value;
  for (char& c : text) {
    if (c == ' ' && text.size() > 10 && &c != &text[10]) c = '+';
  }
  auto at = ParseInstant(text);
  if (at) return *at;
  Fail(name, Shown(*value) + " is no instant like 2025-03-31T23:59:59+07:00");
  return std::nullopt;
}

std::optional<Day> ParameterReader::DayOf(std::string_view name) {
  const std::string* value = Value(name);
  if (value == nullptr) return std::nullopt;
  auto day = ParseDay(*value);
  if (day) return *day;
  Fail(name, Shown(*value) + " is no day like 2025-03-31");
  return std::nullopt;
}

std::optional<bool> ParameterReader::Flag(std::string_view name) {
  const std::string* value = Value(name);
  if (value == nullptr) return std::nullopt;
  if (*value == "true") return true;
  if (*value == "false") return false;
  Fail(name, Shown(*value) + " is neither true nor false");
  return std::nullopt;
}

uint64_t ParameterReader::Number(std::string_view name, uint64_t otherwise) {
  const std::string* value = Value(name);
  if (value == nullptr) return otherwise;
  uint64_t number = 0;
  const auto end = value->data() + value->size();
  const auto parsed = std::from_chars(value->data(), end, number);
  if (parsed.ec == std::errc() && parsed.ptr == end && !value->empty()) return number;
  Fail(name, Shown(*value) + " is no whole number");
  return otherwise;
}

size_t ParameterReader::Limit() {
  const uint64_t most = call_.services->limits.query_results;
  const uint64_t limit = Number("limit", std::min<uint64_t>(kDefaultLimit, most));
  if (limit < 1 || limit > most) Fail("limit", "from 1 to " + std::to_string(most));
  return static_cast<size_t>(limit);
}

std::string ParameterReader::Text(std::string_view name) {
  const std::string* value = Value(name);
  return value == nullptr ? std::string() : *value;
}

}  // namespace tthc
