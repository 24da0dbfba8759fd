// The path of a case: the steps it went through and the time between them. Pure functions.
//
// A step begins with the row that first says it and lasts until the next one begins. Rows of one
// status one after the other are one step. Where a log names its own steps (Statement::step), each
// of its rows is a step and what only dates the case is none.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "config/calendar.h"
#include "ingest/case/verdict.h"

namespace tthc {

// What the time of a step is: the agency's, the applicant's, or nobody's.
enum class StepKind : uint8_t { kWorking, kWaiting, kClosed };
inline constexpr size_t kStepKinds = 3;
StepKind KindOf(Status status);
std::string_view NameOf(StepKind kind);  // "working", "waiting", "closed"

struct StepKey {
  Status status = Status::kNone;
  TextId name = 0;   // the log's own; 0: the status is the step

  // A step of the log's own is the same one whatever status a mapping gives to a row of it.
  uint64_t number() const {
    return name != 0 ? uint64_t{name} << 8 : static_cast<uint64_t>(status);
  }
  friend bool operator==(const StepKey& a, const StepKey& b) { return a.number() == b.number(); }
};

struct PathStep {
  StepKey key;
  Instant event;
  Instant until;     // not before `event`; of the last one: the end of the case, or the cut-off
};

struct Path {
  std::vector<PathStep> steps;   // at least one
  bool open = false;
};

// `verdict`: of the case under qd766 at `cut_off`, not outside. `entries`: those that were folded.
// `out` is overwritten; reusing one value saves its allocations.
void PathOf(const Case& the_case, std::span<const Entry> entries, const Verdict& verdict,
            Instant cut_off, Path& out);

// Working time of each step by the calendar, in microseconds. They add up to the working time from
// the first step to the end.
void TimesOf(const Path& path, const WorkCalendar& calendar, std::vector<int64_t>& times);

}  // namespace tthc
