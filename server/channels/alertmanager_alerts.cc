#include "server/channels/alertmanager_alerts.h"

#include <algorithm>

namespace tthc {
namespace {

constexpr std::string_view kAlertnamePrefix = "tthc_";
constexpr std::string_view kNoUnit = "unknown";

std::string VietnameseKind(std::string_view kind, const AlertRules& rules) {
  const auto known = AlertKindNamed(kind);
  return known ? rules.Of(*known).title : std::string(kind);
}

std::string_view ThingsOf(std::string_view kind) {
  const auto known = AlertKindNamed(kind);
  const bool of_cases = known && static_cast<size_t>(*known) < kCaseAlertKinds;
  return of_cases ? " hồ sơ của " : " cảnh báo của ";
}

std::string UnitName(const std::string& code, const UnitTree& tree) {
  const auto id = tree.Find(code);
  if (!id || tree.at(*id).name.empty()) return code.empty() ? "đơn vị chưa rõ" : code;
  return tree.at(*id).name;
}

}  // namespace

std::string_view SeverityOf(std::string_view kind, const AlertRules& rules) {
  AlertSeverity severity = AlertSeverity::kInfo;
  const auto known = AlertKindNamed(kind);
  if (!known) return NameOf(AlertSeverity::kWarning);
  for (const AlertRung& rung : rules.Of(*known).rungs) severity = std::max(severity, rung.severity);
  return NameOf(severity);
}

json::object AlertmanagerJson(const OutgoingAlert& alert, const UnitTree& tree,
                              const AlertRules& rules) {
  const auto& [unit, kind] = alert.group;
  const std::string count = std::to_string(alert.count);
  const std::string summary =
      VietnameseKind(kind, rules) + ": " + count + std::string(ThingsOf(kind)) + UnitName(unit, tree);
  const std::string list =
      unit.empty() ? "" : " Danh sách: GET /api/v1/alerts?unit=" + unit + "&open=true.";
  return {{"labels",
           {{"alertname", std::string(kAlertnamePrefix) + kind},
            {"unit", unit.empty() ? std::string(kNoUnit) : unit},
            {"severity", std::string(SeverityOf(kind, rules))}}},
          {"annotations",
           {{"summary", summary}, {"description", summary + "." + list}, {"count", count}}},
          {"startsAt", FormatInstant(alert.starts_at)},
          {"endsAt", FormatInstant(alert.ends_at)}};
}

}  // namespace tthc
