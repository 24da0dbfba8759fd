// The process of any history equals a plain count over the reference's steps: cases, events, time by
// kind, variants, rework, open cases; and time adds up to that from the first step to the end.
//
// RC_PARAMS="max_success=2000 seed=…" runs more histories.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <set>
#include <sstream>

#include "history.h"
#include "reference.h"
#include "server/monitor.h"

namespace tthc {
namespace {

using history::History;
using history::Interruption;
using history::kAskedUnits;
using history::Rig;
using history::TheWorld;

// 1 … 10
bool Waits(Status s) { return s == Status::kSupplement || s == Status::kFinancial; }
bool Works(Status s) {
  return s == Status::kSubmitted || s == Status::kReceived || s == Status::kProcessing;
}

using Way = std::vector<Status>;
struct Plain {
  uint64_t cases = 0;
  uint64_t open = 0;
  uint64_t events = 0;
  uint64_t rework = 0;
  int64_t working = 0;
  int64_t waiting = 0;
  int64_t closed = 0;
  int64_t whole = 0;          // first step to end, of every case
  std::map<Way, uint64_t> ways;
  std::map<Status, uint64_t> entered;
  std::map<Status, uint64_t> standing;
};

struct Stay {
  Status status;
  Instant begin;
};
std::vector<Stay> StaysOf(const std::vector<Statement>& said, Instant cut_off) {
  std::vector<Stay> stays;
  for (const reference::Step& step : reference::StepsOf(said)) {
    if (step.event > cut_off) continue;
    if (stays.empty() || stays.back().status != step.status) {
      stays.push_back({step.status, step.event});
    }
  }
  if (!stays.empty()) return stays;
  Instant received = cut_off;
  for (const Statement& s : said) received = s.received_at.value_or(received);
  return {{Status::kReceived, received}};
}

void Count(Plain& plain, const std::vector<Stay>& stays, bool open, Instant cut_off,
           const WorkCalendar& calendar) {
  const Instant end = open ? cut_off : stays.back().begin;
  plain.whole += calendar.WorkingTime(stays.front().begin, end);
  std::set<Status> seen;
  bool again = false;
  Way way;
  for (size_t i = 0; i < stays.size(); ++i) {
    const Status status = stays[i].status;
    const Instant until = i + 1 < stays.size() ? stays[i + 1].begin : end;
    const int64_t time = calendar.WorkingTime(stays[i].begin, until);
    (Waits(status) ? plain.waiting : Works(status) ? plain.working : plain.closed) += time;
    ++plain.entered[status];
    again |= !seen.insert(status).second;
    way.push_back(status);
  }
  ++plain.cases;
  plain.events += stays.size();
  plain.rework += again;
  ++plain.ways[way];
  if (!open) return;
  ++plain.open;
  ++plain.standing[way.back()];
}

Plain PlainOf(const std::vector<Statement>& arrivals, const reference::Question& q) {
  Plain plain;
  const auto said = reference::CasesOf(arrivals, q.known_at);
  const auto units = reference::UnitsOf(arrivals, q.known_at);
  const Instant cut_off = reference::CutOffOf(q);
  for (const auto& [id, judged] : reference::Ask(arrivals, TheWorld(), q)) {
    Count(plain, StaysOf(said.at(id), cut_off), IsPending(judged.state), cut_off,
          TheWorld().calendars->For(units.at(id)));
  }
  return plain;
}

std::map<Way, uint64_t> WaysOf(const ProcessFigures& figures) {
  std::map<Way, uint64_t> ways;
  for (const VariantFigures& variant : figures.variants) {
    Way way;
    for (const uint32_t step : variant.steps) way.push_back(figures.steps[step].key.status);
    ways[way] += variant.cases;
  }
  return ways;
}

std::map<Status, uint64_t> ByStatus(const ProcessFigures& figures, uint64_t StepFigures::*count) {
  std::map<Status, uint64_t> by_status;
  for (const StepFigures& step : figures.steps) {
    if (step.*count != 0) by_status[step.key.status] = step.*count;
  }
  return by_status;
}

void Compare(const Rig& rig, const reference::Question& q) {
  const auto answer =
      rig.monitor().Process({q.unit, q.period, {q.as_of, q.known_at}, std::string()});
  const Plain plain = PlainOf(rig.arrivals(), q);
  if (answer.has_error()) {   // a unit that nobody has named
    RC_ASSERT(answer.error().kind == ErrorKind::kNotFound && plain.cases == 0);
    return;
  }
  const ProcessFigures& f = answer->figures;
  RC_ASSERT(f.cases == plain.cases);
  RC_ASSERT(f.open == plain.open);
  RC_ASSERT(f.events == plain.events);
  RC_ASSERT(f.rework_cases == plain.rework);
  RC_ASSERT(f.total_us[static_cast<size_t>(StepKind::kWorking)] == plain.working);
  RC_ASSERT(f.total_us[static_cast<size_t>(StepKind::kWaiting)] == plain.waiting);
  RC_ASSERT(f.total_us[static_cast<size_t>(StepKind::kClosed)] == plain.closed);
  RC_ASSERT(f.total_us[0] + f.total_us[1] + f.total_us[2] == plain.whole);
  RC_ASSERT(WaysOf(f) == plain.ways);
  RC_ASSERT(ByStatus(f, &StepFigures::entered) == plain.entered);
  RC_ASSERT(ByStatus(f, &StepFigures::open) == plain.standing);

  const auto log = rig.monitor().ProcessLog({q.unit, q.period, {q.as_of, q.known_at}, ""});
  RC_ASSERT(log.has_value());
  RC_ASSERT(log->traces.size() == plain.cases);
  RC_ASSERT(log->events.size() == plain.events);
}

TEST(Process, OfAnyHistoryEqualsThePlainCount) {
  EXPECT_TRUE(rc::check("steps, variants and time", [] {
    const History history = *history::GenHistory({});
    Rig rig(history, Interruption::kStop);
    history::Tell(history, rig);
    for (const View& view : history::ViewsOf(history)) {
      for (const char* period : {"2025-Q1", "2025-02", "2025"}) {
        for (const std::string& unit : kAskedUnits) {
          Compare(rig, {unit, ParsePeriod(period).value(), Rule::kQd766, rig.monitor().Now(),
                        view.as_of, view.known_at});
        }
      }
    }
  }));
}

}  // namespace
}  // namespace tthc
