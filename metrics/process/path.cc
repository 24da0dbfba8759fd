#include "metrics/process/path.h"

#include <algorithm>

namespace tthc {
namespace {

constexpr std::array<StepKind, kStatusCount> kKindOfStatus = {
    StepKind::kWorking,  // none
    StepKind::kWorking,  // submitted: waits for the agency to receive it
    StepKind::kWorking,  // received
    StepKind::kClosed,   // refused
    StepKind::kWorking,  // processing
    StepKind::kWaiting,  // supplement
    StepKind::kWaiting,  // financial
    StepKind::kClosed,   // withdrawn
    StepKind::kClosed,   // stopped
    StepKind::kClosed,   // finished
    StepKind::kClosed,   // returned
};

TextId NameIn(const StatusRow& row, std::span<const Entry> entries) {
  return row.implied ? 0 : entries[row.entry].step;
}

bool NamesSteps(const Case& c, std::span<const Entry> entries) {
  return std::any_of(c.rows.begin(), c.rows.end(),
                     [&](const StatusRow& row) { return NameIn(row, entries) != 0; });
}

// The last step of a case that ended takes no more time where it is the ending itself.
Instant EndOfLast(const PathStep& last, const Verdict& verdict, Instant cut_off) {
  if (!verdict.ended_at) return cut_off;
  if (KindOf(last.key.status) == StepKind::kClosed) return last.event;
  return std::max(last.event, *verdict.ended_at);
}

}  // namespace

StepKind KindOf(Status status) { return kKindOfStatus[static_cast<size_t>(status)]; }

std::string_view NameOf(StepKind kind) {
  constexpr std::string_view kNames[kStepKinds] = {"working", "waiting", "closed"};
  return kNames[static_cast<size_t>(kind)];
}

void PathOf(const Case& c, std::span<const Entry> entries, const Verdict& verdict, Instant cut_off,
            Path& out) {
  out.steps.clear();
  const bool named = NamesSteps(c, entries);
  for (const StatusRow& row : c.rows) {
    if (row.event > cut_off) break;
    const StepKey key{row.status, NameIn(row, entries)};
    const bool goes_on = !out.steps.empty() && out.steps.back().key == key;
    if (named ? key.name == 0 : goes_on) continue;
    out.steps.push_back({key, row.event, row.event});
  }
  // Received by now, though every row lies ahead: the verdict reads it so as well.
  if (out.steps.empty()) {
    const Instant received = c.received_at.value_or(cut_off);
    out.steps.push_back({{Status::kReceived, 0}, received, received});
  }
  for (size_t i = 1; i < out.steps.size(); ++i) out.steps[i - 1].until = out.steps[i].event;
  out.steps.back().until = EndOfLast(out.steps.back(), verdict, cut_off);
  out.open = !verdict.ended_at.has_value();
}

void TimesOf(const Path& path, const WorkCalendar& calendar, std::vector<int64_t>& times) {
  times.clear();
  for (const PathStep& step : path.steps) {
    times.push_back(calendar.WorkingTime(step.event, step.until));
  }
}

}  // namespace tthc
