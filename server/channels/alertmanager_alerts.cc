#include "server/channels/alertmanager_alerts.h"

#include <array>

#include "ingest/case/rungs.h"

namespace tthc {
namespace {

constexpr std::string_view kAlertnamePrefix = "tthc_";
constexpr std::string_view kNoUnit = "unknown";
constexpr std::string_view kCritical = "critical";
constexpr std::string_view kWarning = "warning";

// Kinds that are not here are warnings.
constexpr std::array<std::string_view, 1> kCriticalKinds = {"overdue"};

std::string VietnameseKind(std::string_view kind) {
  for (int i = 0; i < kRungCount; ++i) {
    const auto rung = static_cast<Rung>(i);
    if (NameOf(rung) == kind) return std::string(VietnameseNameOf(rung));
  }
  return std::string(kind);
}

std::string UnitName(const std::string& code, const UnitTree& tree) {
  const auto id = tree.Find(code);
  if (!id || tree.at(*id).name.empty()) return code.empty() ? "đơn vị chưa rõ" : code;
  return tree.at(*id).name;
}

}  // namespace

std::string_view SeverityOf(std::string_view kind) {
  for (const std::string_view critical : kCriticalKinds) {
    if (kind == critical) return kCritical;
  }
  return kWarning;
}

json::object AlertmanagerJson(const OutgoingAlert& alert, const UnitTree& tree) {
  const auto& [unit, kind] = alert.group;
  const std::string count = std::to_string(alert.count);
  const std::string summary =
      VietnameseKind(kind) + ": " + count + " hồ sơ của " + UnitName(unit, tree);
  const std::string list =
      unit.empty() ? "" : " Danh sách: GET /api/v1/alerts?unit=" + unit + "&open=true.";
  return {{"labels",
           {{"alertname", std::string(kAlertnamePrefix) + kind},
            {"unit", unit.empty() ? std::string(kNoUnit) : unit},
            {"severity", std::string(SeverityOf(kind))}}},
          {"annotations",
           {{"summary", summary}, {"description", summary + "." + list}, {"count", count}}},
          {"startsAt", FormatInstant(alert.starts_at)},
          {"endsAt", FormatInstant(alert.ends_at)}};
}

}  // namespace tthc
