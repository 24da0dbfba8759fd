// The process clock: the one place that reads the machine's time.
//
// `--clock INSTANT` starts the process at that instant, `--clock-speed N` lets it run N times as
// fast (0: it stands still), so that a quarter can be replayed in a minute.
#pragma once

#include <memory>

#include "config/instant.h"

namespace tthc {

class ProcessClock {
 public:
  static std::shared_ptr<ProcessClock> System();
  static std::shared_ptr<ProcessClock> From(Instant start, double speed);
  virtual ~ProcessClock() = default;
  virtual Instant Now() const = 0;
  // Real microseconds until the clock shows `at` (0 when it does already; a large bound when it
  // stands still).
  virtual int64_t MicrosUntil(Instant at) const = 0;
};

// The machine's wall clock, whatever the process clock shows: when a token expires, and times told to
// other machines (signatures, Alertmanager); never for a decision about a case.
Instant WallNow();

// Monotonic microseconds for durations (latencies, timeouts): never for dates.
int64_t MonotonicMicros();

}  // namespace tthc
