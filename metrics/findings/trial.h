// A case on trial for a question.
#pragma once

#include "ingest/store/casework.h"

namespace tthc {

// Its clock at `at`; whether it is due soon costs a walk through the calendar, and no finding asks.
inline Standing ClockAlone(const Casework& desk, Instant at, const Verdict& portal) {
  return {ClockOf(desk.folded(), at, portal, desk.policy()), std::nullopt};
}

}  // namespace tthc
