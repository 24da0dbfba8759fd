#include "server/channels/open_alerts.h"

namespace tthc {

std::optional<AlertGroup> OpenAlerts::Apply(const AlertMessage& message) {
  const auto known = group_of_.find(message.id);
  if (message.type == AlertType::kAlert) {
    if (known != group_of_.end()) return std::nullopt;
    const auto group =
        groups_.try_emplace({message.unit, message.kind}, Open{0, message.at}).first;
    ++group->second.count;
    group_of_[message.id] = group;
    return group->first;
  }
  if (known == group_of_.end()) return std::nullopt;
  const auto group = known->second;
  AlertGroup changed = group->first;
  group_of_.erase(known);
  if (--group->second.count == 0) groups_.erase(group);
  return changed;
}

}  // namespace tthc
