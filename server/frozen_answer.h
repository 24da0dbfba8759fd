// A closed period of one unit: its frozen figure, the same figure now, and what differs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/monitor.h"

namespace tthc {

struct FrozenAnswer {
  FrozenFigure frozen;
  FrozenFigure now;                  // the lines of `frozen`, by what is known now
  std::vector<size_t> adjusted;      // lines that differ, by their place
};

// nullopt where no closing covers the unit. Errors: of the questions it asks; kConflict where the
// definition of the closing is not loaded any more.
Result<std::optional<FrozenAnswer>> FrozenAnswerOf(const Monitor& monitor, const std::string& unit,
                                                   const Period& period);

}  // namespace tthc
