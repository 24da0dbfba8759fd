// Which alert rungs of a case are due: a decision, nothing is sent here.
//
// A rung is told once per case, episode and cause. What was reached before the store's quiet time
// (the end of a replay or an import) is never told. Of several rungs reached at once only the
// highest is told: it speaks to everyone below it as well.
#pragma once

#include <boost/container/static_vector.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "config/alert_rules.h"
#include "config/calendar.h"
#include "ingest/case/verdict.h"

namespace tthc {

// That a rung was told: written in the same atomic batch as the state that caused it.
struct Claim {
  AlertKind kind = AlertKind::kDueSoon;
  uint8_t rung = 0;         // its place on the kind's ladder
  uint32_t episode = 0;
  Instant due;              // its cause: the due date of kinds that go by it, else when it happened
  Instant at;               // when it was claimed
  uint64_t alert_seq = 0;   // its message in the alert stream
  bool resolved = false;    // those who were told were told that it is over
  friend bool operator==(const Claim&, const Claim&) = default;
};

// True where the cause of the kind is a due date (Claim::due is one).
bool IsAboutDueDate(AlertKind kind);

// Where a case stands for its readers: its clock with due_soon decided.
struct Standing {
  Clock clock;
  std::optional<Instant> due_soon_at;   // working time before the deadline
};
// `portal` is its verdict under qd766 at `now`, from the beginning of time.
Standing StandingOf(const Case& the_case, Instant now, const Verdict& portal,
                    const RulePolicy& policy, const WorkCalendar& calendar,
                    int64_t due_soon_working_us);

// What was answered to an alert that stands.
struct Hold {
  bool acknowledged = false;               // nobody higher is told
  std::optional<Instant> snoozed_until;    // … nor before this
};

struct CaseOnWatch {
  const Case& folded;
  std::span<const Entry> entries;
  const Standing& standing;
  const WorkCalendar& calendar;
};
struct Tell {
  AlertKind kind = AlertKind::kDueSoon;
  uint8_t rung = 0;
  Instant cause;
  friend bool operator==(const Tell&, const Tell&) = default;
};
struct RungDecision {
  boost::container::static_vector<Tell, kCaseAlertKinds> tell;   // to be claimed and told now
  std::vector<size_t> resolve;             // indices of claims that are over
  std::optional<Instant> next;             // when time alone reaches the next rung
};
RungDecision DecideRungs(const AlertRules& rules, const CaseOnWatch& on_watch, Instant now,
                         Instant quiet_until, std::span<const Claim> claims,
                         const std::function<Hold(const Claim&)>& hold_of);

}  // namespace tthc
