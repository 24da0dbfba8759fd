// Which alert rungs of a case are due: a decision, nothing is sent here.
//
// A rung is told once per case, episode and due date. What was reached before the store's quiet
// time (the end of a replay or an import) is never told.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "config/calendar.h"
#include "ingest/case/verdict.h"

namespace tthc {

enum class Rung : uint8_t { kDueSoon = 0, kOverdue = 1 };
inline constexpr int kRungCount = 2;
std::string_view NameOf(Rung rung);            // "due_soon", "overdue"
std::string_view VietnameseNameOf(Rung rung);  // "Sắp đến hạn", "Quá hạn"

// That a rung was told: written in the same atomic batch as the state that caused it.
struct Claim {
  Rung rung = Rung::kDueSoon;
  uint32_t episode = 0;
  Instant due;              // the due date it spoke of
  Instant at;               // when it was claimed
  uint64_t alert_seq = 0;   // its message in the alert stream
  bool resolved = false;    // those who were told were told that it is over
  friend bool operator==(const Claim&, const Claim&) = default;
};

// Where a case stands for its readers: its clock with due_soon decided.
struct Standing {
  Clock clock;
  std::optional<Instant> due_soon_at;   // working time before the deadline
};
// `portal` is its verdict under qd766 at `now`, from the beginning of time.
Standing StandingOf(const Case& the_case, Instant now, const Verdict& portal,
                    const RulePolicy& policy, const WorkCalendar& calendar,
                    int64_t due_soon_working_us);

struct RungDecision {
  std::optional<Rung> tell;               // to be claimed and told now
  std::vector<size_t> resolve;            // indices of claims that are over
};
RungDecision DecideRungs(const Case& the_case, const Standing& standing, Instant now,
                         Instant quiet_until, std::span<const Claim> claims);

}  // namespace tthc
