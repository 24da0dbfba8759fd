// The alerts that a principal may know of. An alert is its unit's; who answers for the unit today
// sees it, whoever that was when the alert was told.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/result.h"
#include "server/access/principal.h"
#include "server/monitor.h"

namespace tthc {

// The codes to ask the alert stream for, empty for all: `asked` as canonical codes, or what the
// principal sees where it asks for none. Errors: kInvalidInput for what is no code, kNotFound for a
// unit that does not exist or that the principal does not see (it is not told apart), kConflict
// where no unit is bound to the principal today.
Result<std::vector<std::string>> UnitsToWatch(const std::vector<std::string>& asked,
                                              const Principal& principal, const UnitTree& tree,
                                              Day today);

bool MaySeeAlert(const Monitor& monitor, const Principal& principal, const AlertMessage& alert);

// Newest first. `asked`: as in UnitsToWatch; its errors.
Result<std::vector<AlertState>> VisibleAlerts(const Monitor& monitor, const Principal& principal,
                                              const std::vector<std::string>& asked,
                                              bool open_only, size_t limit);

}  // namespace tthc
