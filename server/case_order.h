// In which order a list of cases stands, and what of a case it is ordered by. Pure.
#pragma once

#include <string>
#include <string_view>

#include "ingest/store/casework.h"
#include "server/monitor.h"

namespace tthc {

bool IsPending(const Verdict& verdict);
// The clock of a case that is pending by the verdict under `rule`; that of any other case is not open.
Clock ClockAt(Instant cut_off, Rule rule, const Verdict& verdict, const Casework& desk);
// Of the statements that were known then.
Instant LastRecorded(const Casework& desk, Instant known_at);
// Smaller comes first; ends with the number, so that no two cases share one.
std::string OrderKey(CaseOrder order, std::string_view id, const Clock& clock, Instant recorded);

}  // namespace tthc
