// What the one-stop systems send in the weeks after the demonstration quarter: its open cases come to
// their ends, new ones arrive, a few senders do what a monitor is there to find.
//
// Pure: determined by the seed. Thread safety: reentrant.
#pragma once

#include <string>
#include <vector>

#include "config/instant.h"
#include "ingest/demo/quarter.h"

namespace tthc::demo {

inline constexpr int kMostWeeks = 12;

struct SequelLine {
  Instant arrives;
  std::string text;       // a one-stop message, without a line break
};
struct SequelEvent {      // for whoever watches
  Instant at;
  std::string text;       // Vietnamese
};
struct Sequel {
  std::vector<SequelLine> lines;    // by time, from the morning after the quarter on
  std::vector<SequelEvent> events;  // by time
};

// `weeks`: 1 to kMostWeeks. The same seed must have made the quarter. Errors as WriteDemoQuarter.
Result<Sequel> DrawSequel(const DemoOptions& options, int weeks);

}  // namespace tthc::demo
