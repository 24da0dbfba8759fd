#include "config/alert_rules.h"

#include <algorithm>
#include <set>

#include "config/toml_reader.h"

namespace tthc {
namespace {

constexpr std::array<std::string_view, kAlertKindCount> kKindNames = {
    "due_soon",         "overdue",            "frozen",       "returned_not_closed",
    "second_supplement", "no_apology",        "acceptance_overdue", "step_overdue",
    "score_below_band", "sender_silent",      "calendar_ending"};
constexpr std::array<std::string_view, 4> kLevelNames = {"officer", "head", "agency", "province"};
constexpr std::array<std::string_view, 3> kSeverityNames = {"info", "warning", "critical"};

constexpr int64_t kMaxWorkingMinutes = 480 * 250;   // a working year
constexpr size_t kMaxTextBytes = 500;
constexpr std::string_view kKnownPlaceholders[] = {"{title}", "{case}",      "{unit}",
                                                   "{due}",   "{remaining}", "{subject}"};

template <size_t N>
std::optional<size_t> IndexOf(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) return std::nullopt;
  return static_cast<size_t>(at - names.begin());
}

template <size_t N>
std::string Listed(const std::array<std::string_view, N>& names) {
  std::string out;
  for (const std::string_view name : names) out += (out.empty() ? "" : ", ") + std::string(name);
  return out;
}

// The name at `key` as its place in `names`; a problem and 0 where it is none of them.
template <size_t N>
size_t ReadName(TableReader& reader, std::string_view key,
                const std::array<std::string_view, N>& names) {
  const std::string name = reader.RequiredText(key);
  const auto at = IndexOf(names, name);
  if (!at && !name.empty()) {
    reader.Add(reader.LineOfKey(key),
               std::string(key) + ": '" + name + "' is none of " + Listed(names));
  }
  return at.value_or(0);
}

AlertRung ReadRung(const toml::table& table, const std::string& file,
                   std::vector<Problem>& problems) {
  TableReader reader(table, file, problems);
  AlertRung rung;
  rung.name = reader.RequiredText("name");
  const int64_t minutes = reader.Integer("working_minutes").value_or(0);
  if (minutes < 0 || minutes > kMaxWorkingMinutes) {
    reader.Add(reader.LineOfKey("working_minutes"),
               "working_minutes: " + std::to_string(minutes) + " is outside 0 to " +
                   std::to_string(kMaxWorkingMinutes));
  }
  rung.after_us = minutes * kMicrosPerMinute;
  rung.level = static_cast<AlertLevel>(ReadName(reader, "level", kLevelNames));
  rung.severity = static_cast<AlertSeverity>(ReadName(reader, "severity", kSeverityNames));
  reader.Finish();
  return rung;
}

void CheckText(TableReader& reader, const std::string& text) {
  if (text.size() > kMaxTextBytes) {
    reader.Add(reader.LineOfKey("text"),
               "text: longer than " + std::to_string(kMaxTextBytes) + " bytes");
  }
  for (size_t open = text.find('{'); open != text.npos; open = text.find('{', open + 1)) {
    const std::string_view name =
        std::string_view(text).substr(open, text.find('}', open) - open + 1);
    if (std::find(std::begin(kKnownPlaceholders), std::end(kKnownPlaceholders), name) ==
        std::end(kKnownPlaceholders)) {
      reader.Add(reader.LineOfKey("text"), "text: nothing is known by the name " + std::string(name));
      return;
    }
  }
}

AlertRule ReadRule(const toml::table& table, const std::string& file,
                   std::set<std::string>& rung_names, std::vector<Problem>& problems) {
  TableReader reader(table, file, problems);
  AlertRule rule;
  rule.kind = static_cast<AlertKind>(ReadName(reader, "kind", kKindNames));
  rule.title = reader.RequiredText("title");
  rule.text = reader.RequiredText("text");
  CheckText(reader, rule.text);
  for (const toml::table* rung : reader.Tables("rung")) {
    rule.rungs.push_back(ReadRung(*rung, file, problems));
    const AlertRung& read = rule.rungs.back();
    if (!rung_names.insert(read.name).second) {
      reader.Add(LineOf(*rung), "a rung '" + read.name + "' is there already");
    }
    const bool rises = rule.rungs.size() < 2 ||
                       (rule.rungs[rule.rungs.size() - 2].after_us < read.after_us &&
                        rule.rungs[rule.rungs.size() - 2].level <= read.level);
    if (!rises) {
      reader.Add(LineOf(*rung), "rung '" + read.name + "' does not come later and as high as the "
                                "one before it");
    }
  }
  if (rule.rungs.size() > kMaxRungs) {
    reader.Add("more than " + std::to_string(kMaxRungs) + " rungs");
  }
  reader.Finish();
  return rule;
}

}  // namespace

std::string_view NameOf(AlertKind kind) { return kKindNames[static_cast<size_t>(kind)]; }
std::string_view NameOf(AlertLevel level) { return kLevelNames[static_cast<size_t>(level)]; }
std::string_view NameOf(AlertSeverity severity) {
  return kSeverityNames[static_cast<size_t>(severity)];
}
std::optional<AlertKind> AlertKindNamed(std::string_view name) {
  const auto at = IndexOf(kKindNames, name);
  return at ? std::optional(static_cast<AlertKind>(*at)) : std::nullopt;
}
std::optional<AlertLevel> AlertLevelNamed(std::string_view name) {
  const auto at = IndexOf(kLevelNames, name);
  return at ? std::optional(static_cast<AlertLevel>(*at)) : std::nullopt;
}

Result<std::shared_ptr<const AlertRules>> AlertRules::Load(const std::string& file) {
  const auto text = ReadConfigText(file);
  if (!text) return text.error();
  return Parse(*text, file);
}

Result<std::shared_ptr<const AlertRules>> AlertRules::Parse(std::string_view toml,
                                                            const std::string& file_name) {
  std::vector<Problem> problems;
  auto rules = std::make_shared<AlertRules>();
  const auto document = ParseToml(toml, file_name, problems);
  if (!document) return ToError(problems);
  TableReader reader(*document, file_name, problems);
  std::array<bool, kAlertKindCount> seen{};
  std::set<std::string> rung_names;
  for (const toml::table* table : reader.Tables("alert")) {
    const size_t before = problems.size();
    AlertRule rule = ReadRule(*table, file_name, rung_names, problems);
    if (problems.size() != before) continue;
    const auto at = static_cast<size_t>(rule.kind);
    if (seen[at]) reader.Add(LineOf(*table), std::string(NameOf(rule.kind)) + " stands twice");
    seen[at] = true;
    rules->rules_[at] = std::move(rule);
  }
  reader.Finish();
  if (problems.empty()) {
    for (size_t i = 0; i < kAlertKindCount; ++i) {
      if (!seen[i]) reader.Add("there is no [[alert]] of kind " + std::string(kKindNames[i]));
    }
  }
  if (!problems.empty()) return ToError(problems);
  return std::shared_ptr<const AlertRules>(std::move(rules));
}

std::string Filled(std::string_view text, std::initializer_list<Placeholder> placeholders) {
  std::string out;
  out.reserve(2 * text.size());
  for (size_t open = text.find('{'); open != text.npos; open = text.find('{')) {
    out += text.substr(0, open);
    text.remove_prefix(open);
    const std::string_view name = text.substr(1, std::min(text.find('}'), text.size()) - 1);
    const auto* found =
        std::find_if(placeholders.begin(), placeholders.end(),
                     [&](const Placeholder& placeholder) { return placeholder.name == name; });
    if (found == placeholders.end()) {
      out += '{';
      text.remove_prefix(1);
    } else {
      out += found->value;
      text.remove_prefix(name.size() + 2);
    }
  }
  out += text;
  return out;
}

}  // namespace tthc
