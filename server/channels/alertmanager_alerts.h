// Alerts as Alertmanager's API v2 takes them: one per unit and kind, never a case. Pure.
#pragma once

#include <string>
#include <string_view>

#include "config/json_text.h"
#include "config/units.h"
#include "server/channels/open_alerts.h"

namespace tthc {

struct OutgoingAlert {
  AlertGroup group;
  uint64_t count = 0;   // of open alerts; 0: it has ended
  // Wall clock.
  Instant starts_at;
  Instant ends_at;
};

// "critical" or "warning": a label, so the same for every alert of a kind.
std::string_view SeverityOf(std::string_view kind);
json::object AlertmanagerJson(const OutgoingAlert& alert, const UnitTree& tree);

}  // namespace tthc
