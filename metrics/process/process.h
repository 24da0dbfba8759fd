// The process of a unit: figures and the event log, by one walk over its cases.
//
// The population is that of the rule qd766 (docs/rules.md), so that refused cases are in it; each
// case with its whole path up to the cut-off. From a query thread.
#pragma once

#include <optional>

#include "metrics/process/event_log.h"
#include "metrics/process/tally.h"
#include "metrics/tallies/summary.h"

namespace tthc {

struct ProcessSources {
  const CaseBook& book;
  const CaseworkOptions& casework;
  const Directory& directory;
};
struct ProcessWalk {
  WalkQuery cases;               // rule qd766
  std::string procedure;         // key; empty: all
};

Result<ProcessFigures> GatherProcess(const ProcessSources& sources, const ProcessWalk& walk);
// kInvalidInput beyond `most_events`.
Result<EventLog> GatherEventLog(const ProcessSources& sources, const ProcessWalk& walk,
                                size_t most_events);

}  // namespace tthc
