// The demonstration quarter: Kon Tum, 2025-01-01 to 2025-03-31, as the messages its one-stop
// systems might have sent, invented case by case so that the published figures come out exactly.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <string_view>

#include "config/result.h"

namespace tthc::demo {

inline constexpr std::string_view kQuarterName = "kontum-2025q1";
inline constexpr uint64_t kDefaultSeed = 20250331;

struct DemoOptions {
  uint64_t seed = kDefaultSeed;
};

// Lines written so far and in all.
using DemoProgress = std::function<void(uint64_t written, uint64_t total)>;

// Writes one JSON object per line, {"service","arrived_at","isUpdating","data"}: "arrived_at" in
// RFC 3339 with +07:00, no later than 2025-03-31T22:59:00+07:00, the lines in its order but for a
// few that come late. The same seed writes the same bytes on every machine; under every seed the
// rule form06 gives, for H34 and the quarter, the figures of ingest/demo/quotas.h, whatever the
// order and time of arrival (see ingest/demo/timeline.h).
// `progress` may be empty. Errors: kIo where `out` does not take the bytes, kInvalidInput where the
// shipped units, calendar and procedures cannot give the figures. Thread safety: reentrant.
Result<void> WriteDemoQuarter(const DemoOptions& options, std::ostream& out,
                              const DemoProgress& progress);

}  // namespace tthc::demo
