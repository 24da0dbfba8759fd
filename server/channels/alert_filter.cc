#include "server/channels/alert_filter.h"

#include <algorithm>

#include "config/alert_rules.h"

namespace tthc {
namespace {

bool Holds(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

bool AlertFilter::Wants(const AlertMessage& message, const UnitTree& tree) const {
  // A digest may hold a kind that is wanted.
  const bool of_kind = kinds.empty() || message.type == AlertType::kDigest ||
                       Holds(kinds, message.kind);
  if (!of_kind) return false;
  if (units.empty() || Holds(units, message.unit)) return true;
  const Day day = DayOf(message.at);
  std::optional<UnitId> id = tree.Find(message.unit);
  for (size_t steps = 0; id && steps < tree.size(); ++steps) {
    if (Holds(units, tree.at(*id).code)) return true;
    id = tree.ParentOn(*id, day);
  }
  return false;
}

std::vector<std::string> AlertKinds() {
  std::vector<std::string> kinds;
  for (size_t i = 0; i < kAlertKindCount; ++i) {
    kinds.emplace_back(NameOf(static_cast<AlertKind>(i)));
  }
  return kinds;
}

}  // namespace tthc
