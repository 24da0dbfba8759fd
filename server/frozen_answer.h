// A closed period of one unit: its frozen figure, the same figure now, and what differs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/monitor.h"

namespace tthc {

inline constexpr std::string_view kReasonNotLoaded = "definition_not_loaded";

struct FrozenAnswer {
  FrozenFigure frozen;
  std::optional<FrozenFigure> now;   // the lines of `frozen`, by what is known now
  std::vector<size_t> adjusted;      // lines that differ, by their place
  std::string_view reason;           // why there is no `now`: the definition of the closing is gone
};

// nullopt where no closing covers the unit. Errors: of the questions it asks.
Result<std::optional<FrozenAnswer>> FrozenAnswerOf(const Monitor& monitor, const std::string& unit,
                                                   const Period& period);

}  // namespace tthc
