#include "server/channels/alert_filter.h"

#include <algorithm>

#include "ingest/case/rungs.h"

namespace tthc {
namespace {

bool Holds(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

bool AlertFilter::Wants(const AlertMessage& message, const UnitTree& tree) const {
  if (!kinds.empty() && !Holds(kinds, message.kind)) return false;
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
  for (int i = 0; i < kRungCount; ++i) kinds.emplace_back(NameOf(static_cast<Rung>(i)));
  return kinds;
}

}  // namespace tthc
