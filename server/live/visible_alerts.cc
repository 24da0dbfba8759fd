#include "server/live/visible_alerts.h"

#include <algorithm>

#include "config/json_text.h"

namespace tthc {

Result<std::vector<std::string>> UnitsToWatch(const std::vector<std::string>& asked,
                                              const Principal& principal, const UnitTree& tree,
                                              Day today) {
  if (asked.empty() && principal.sees_all_units) return std::vector<std::string>();
  std::vector<std::string> units = asked.empty() ? BoundUnits(principal, today)
                                                 : std::vector<std::string>();
  // An empty list would mean all.
  if (asked.empty() && units.empty()) {
    return Error{ErrorKind::kConflict, "the token sees no unit today"};
  }
  for (const std::string& raw : asked) {
    auto code = CanonicalUnitCode(raw);
    if (!code) return Invalid(Shown(raw) + " is no unit code");
    if (!tree.Find(*code) || !MaySee(principal, tree, today, *code)) {
      return Error{ErrorKind::kNotFound, "there is no unit " + Shown(*code)};
    }
    units.push_back(std::move(*code));
  }
  return WithPredecessors(std::move(units), tree, today);
}

bool MaySeeAlert(const Monitor& monitor, const Principal& principal, const AlertMessage& alert) {
  return principal.sees_all_units ||
         MaySee(principal, *monitor.units(), DayOf(monitor.Now()), alert.unit);
}

Result<std::vector<AlertState>> VisibleAlerts(const Monitor& monitor, const Principal& principal,
                                              const std::vector<std::string>& asked,
                                              bool open_only, size_t limit) {
  const auto units =
      UnitsToWatch(asked, principal, *monitor.units(), DayOf(monitor.Now()));
  if (!units) return units.error();
  auto alerts = monitor.Alerts(*units, open_only, limit);
  std::erase_if(alerts, [&](const AlertState& state) {
    return !MaySeeAlert(monitor, principal, state.message);
  });
  return alerts;
}

}  // namespace tthc
