#include "server/alerts/subject_alerts.h"

#include <algorithm>

#include "metrics/reports/numbers.h"

namespace tthc {
namespace {

constexpr std::string_view kHandledInTime = "TDGQ.1";   // its denominator: all cases handled

AlertMessage AlertAbout(const AlertRules& rules, const Subject& subject) {
  const AlertRule& rule = rules.Of(subject.kind);
  AlertMessage m;
  m.id = subject.id;
  m.kind = NameOf(subject.kind);
  m.rung = rule.rungs.front().name;
  m.level = rule.rungs.front().level;
  m.severity = rule.rungs.front().severity;
  m.unit = subject.unit;
  m.text = Filled(rule.text, {{"title", rule.title},
                              {"unit", subject.unit_name},
                              {"subject", subject.subject}});
  return m;
}

AlertMessage Over(AlertMessage alert) {
  alert.type = AlertType::kResolved;
  alert.text = "Đã hết cảnh báo: " + alert.text;
  return alert;
}

}  // namespace

std::vector<AlertMessage> SubjectChanges(const AlertRules& rules,
                                         const std::vector<Subject>& standing,
                                         const std::vector<AlertMessage>& open) {
  std::vector<AlertMessage> changes;
  const auto stands = [&](const std::string& id) {
    return std::any_of(standing.begin(), standing.end(), [&](const Subject& s) {
      return s.id == id && !rules.Of(s.kind).rungs.empty();
    });
  };
  for (const Subject& subject : standing) {
    const bool told = std::any_of(open.begin(), open.end(), [&](const AlertMessage& alert) {
      return alert.id == subject.id;
    });
    if (!told && !rules.Of(subject.kind).rungs.empty()) {
      changes.push_back(AlertAbout(rules, subject));
    }
  }
  for (const AlertMessage& alert : open) {
    if (!stands(alert.id)) changes.push_back(Over(alert));
  }
  return changes;
}

std::vector<Subject> ScoresBelow(const LiveSheets& scores, const UnitTree& units,
                                 int64_t floor_points, int64_t least_cases) {
  std::vector<Subject> below;
  for (size_t p = 0; p < kLivePeriodCount; ++p) {
    if (kLivePeriods[p] != PeriodKind::kQuarter) continue;
    const LiveSheets::Of& of = scores.periods[p];
    for (const Sheet& sheet : of.sheets) {
      if (sheet.unit >= units.size()) continue;   // came to be known since that tree
      const auto handled = std::find_if(
          sheet.components.begin(), sheet.components.end(),
          [](const Component& c) { return c.indicator->id == kHandledInTime; });
      const bool enough = handled != sheet.components.end() &&
                          handled->denominator.value_or(0) >= least_cases;
      if (!enough || sheet.total_cents >= floor_points * sheet.measured_max) continue;
      const Unit& unit = units.at(sheet.unit);
      below.push_back({AlertKind::kScoreBelowBand,
                       std::string(NameOf(AlertKind::kScoreBelowBand)) + "~" + unit.code + "~" +
                           of.label,
                       unit.code, unit.name,
                       VietnameseDecimal(sheet.total_cents) + " trên " +
                           std::to_string(sheet.measured_max) + " điểm đo được, kỳ " + of.label});
    }
  }
  return below;
}

}  // namespace tthc
