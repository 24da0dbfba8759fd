#include "ingest/case/rungs.h"

#include <algorithm>
#include <array>

namespace tthc {
namespace {

struct RungNames {
  std::string_view code;
  std::string_view vietnamese;
};
constexpr std::array<RungNames, kRungCount> kRungNames = {{
    {"due_soon", "Sắp đến hạn"},
    {"overdue", "Quá hạn"},
}};

bool IsClaimed(std::span<const Claim> claims, Rung rung, const Clock& clock) {
  return std::any_of(claims.begin(), claims.end(), [&](const Claim& claim) {
    return claim.rung == rung && claim.episode == clock.episode && claim.due == clock.deadline_due;
  });
}

// A rung belongs to the past when it was reached, and what made it known had come, before the
// quiet time ended.
Instant ReachedAt(const Case& c, Instant rung_at) {
  return c.dues.empty() ? rung_at : std::max(rung_at, c.dues.back().recorded);
}

}  // namespace

std::string_view NameOf(Rung rung) { return kRungNames[static_cast<size_t>(rung)].code; }
std::string_view VietnameseNameOf(Rung rung) {
  return kRungNames[static_cast<size_t>(rung)].vietnamese;
}

Standing StandingOf(const Case& c, Instant now, const Verdict& portal, const RulePolicy& policy,
                    const WorkCalendar& calendar,
                    int64_t due_soon_working_us) {
  Standing standing{ClockOf(c, now, portal, policy), std::nullopt};
  Clock& clock = standing.clock;
  if (clock.state == OpenState::kNotOpen || clock.stopped || !clock.deadline) return standing;
  const auto at = calendar.SubtractWorkingTime(*clock.deadline, due_soon_working_us);
  standing.due_soon_at = at ? *at : *clock.deadline;
  if (clock.state == OpenState::kInTime && now >= *standing.due_soon_at) {
    clock.state = OpenState::kDueSoon;
  }
  return standing;
}

RungDecision DecideRungs(const Case& c, const Standing& standing, Instant now, Instant quiet_until,
                         std::span<const Claim> claims) {
  const Clock& clock = standing.clock;
  RungDecision decision;
  for (size_t i = 0; i < claims.size(); ++i) {
    const Claim& claim = claims[i];
    const bool over = clock.state == OpenState::kNotOpen || claim.episode != clock.episode ||
                      claim.due != clock.deadline_due;
    if (!claim.resolved && over) decision.resolve.push_back(i);
  }
  if (!clock.deadline || clock.stopped) return decision;
  const bool past = now > *clock.deadline;
  if (clock.state != OpenState::kDueSoon && clock.state != OpenState::kOverdue) return decision;
  const Rung rung = past ? Rung::kOverdue : Rung::kDueSoon;
  // Overdue by a second request while the date is still ahead is no rung of the clock.
  if (!past && clock.state == OpenState::kOverdue) return decision;
  const Instant rung_at = past ? *clock.deadline : *standing.due_soon_at;
  if (ReachedAt(c, rung_at) <= quiet_until || IsClaimed(claims, rung, clock)) return decision;
  decision.tell = rung;
  return decision;
}

}  // namespace tthc
