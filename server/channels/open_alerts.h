// How many alerts are open per unit and kind, followed message by message.
//
// Thread safety: none.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "server/monitor.h"

namespace tthc {

struct AlertGroup {
  std::string unit;
  std::string kind;
  friend auto operator<=>(const AlertGroup&, const AlertGroup&) = default;
};

class OpenAlerts {
 public:
  struct Open {
    uint64_t count = 0;
    Instant first_at;   // process clock: of the message with which the group began
  };

  // Said again, a message changes nothing. The group that changed; nullopt where none did.
  std::optional<AlertGroup> Apply(const AlertMessage& message);
  // Groups with an open alert.
  const std::map<AlertGroup, Open>& groups() const { return groups_; }

 private:
  std::map<AlertGroup, Open> groups_;
  // The group that an alert was counted in: its resolution may name another unit, where the case
  // has moved meanwhile.
  std::unordered_map<std::string, std::map<AlertGroup, Open>::iterator> group_of_;
};

}  // namespace tthc
