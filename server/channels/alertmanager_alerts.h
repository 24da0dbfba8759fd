// Alerts as Alertmanager's API v2 takes them: one per unit and kind, never a case. Pure.
#pragma once

#include <string>
#include <string_view>

#include "config/alert_rules.h"
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

// The highest of the kind's ladder: a label, so the same for every alert of a kind. An unknown kind
// is a warning.
std::string_view SeverityOf(std::string_view kind, const AlertRules& rules);
json::object AlertmanagerJson(const OutgoingAlert& alert, const UnitTree& tree,
                              const AlertRules& rules);

}  // namespace tthc
