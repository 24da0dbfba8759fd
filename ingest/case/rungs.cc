#include "ingest/case/rungs.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace tthc {
namespace {

// What a kind's rungs are counted from, while it is the case's.
struct Cause {
  Instant from;          // the first rung without delay is reached here
  Instant about;         // tells one cause from the next: Claim::due
  Instant known;         // when what made it known had come
  bool tells = true;     // false: stands, but nothing new is told of it now
};

bool IsOpen(const Clock& clock) { return clock.state != OpenState::kNotOpen; }

Instant DueKnown(const Case& c) {
  return c.dues.empty() ? Instant{INT64_MIN} : c.dues.back().recorded;
}

// Late by the clock: a second request makes a case overdue while its date is still ahead.
bool IsPast(const Clock& clock, Instant now) { return clock.deadline && now > *clock.deadline; }

std::optional<Cause> DueSoon(const CaseOnWatch& w, Instant now) {
  const Clock& clock = w.standing.clock;
  if (!IsOpen(clock) || !clock.deadline) return std::nullopt;
  const bool tells = !clock.stopped && clock.state == OpenState::kDueSoon && !IsPast(clock, now);
  return Cause{w.standing.due_soon_at.value_or(*clock.deadline), clock.deadline_due,
               DueKnown(w.folded), tells};
}

std::optional<Cause> Overdue(const CaseOnWatch& w, Instant now) {
  const Clock& clock = w.standing.clock;
  if (!IsOpen(clock) || !clock.deadline) return std::nullopt;
  return Cause{*clock.deadline, clock.deadline_due, DueKnown(w.folded),
               !clock.stopped && IsPast(clock, now)};
}

std::optional<Cause> Frozen(const CaseOnWatch& w, Instant now) {
  const Clock& clock = w.standing.clock;
  if (!IsOpen(clock) || clock.stopped || !IsPast(clock, now)) return std::nullopt;
  const Instant last = w.folded.last_recorded;
  return Cause{std::max(*clock.deadline, last), last, last};
}

std::optional<Cause> NoApology(const CaseOnWatch& w, Instant now) {
  const Clock& clock = w.standing.clock;
  if (!IsOpen(clock) || !IsPast(clock, now) || w.folded.apologised) return std::nullopt;
  return Cause{*clock.deadline, clock.deadline_due, DueKnown(w.folded), !clock.stopped};
}

// NgayTra or NgayKetThucXuLy stands in the latest snapshot, its status does not.
std::optional<Cause> ReturnedNotClosed(const CaseOnWatch& w, Instant now) {
  if (!IsOpen(w.standing.clock)) return std::nullopt;
  const Entry* latest = nullptr;
  for (const Entry& e : w.entries) {
    if (e.kind != StatementKind::kSnapshot) continue;
    if (latest == nullptr || std::tie(latest->recorded, latest->position) <
                                 std::tie(e.recorded, e.position)) {
      latest = &e;
    }
  }
  if (latest == nullptr) return std::nullopt;
  const auto given = latest->returned_at ? latest->returned_at : latest->finished_at;
  if (!given || *given > now) return std::nullopt;
  return Cause{*given, *given, latest->recorded};
}

std::optional<Cause> SecondSupplement(const CaseOnWatch& w, Instant now) {
  if (!IsOpen(w.standing.clock)) return std::nullopt;
  const std::vector<StatusRow>& rows = w.folded.rows;
  int requests = 0;
  for (size_t i = 0; i < rows.size() && rows[i].event <= now; ++i) {
    if (rows[i].status != Status::kSupplement) continue;
    if (i > 0 && rows[i - 1].status == Status::kSupplement) continue;
    if (++requests == 2) return Cause{rows[i].event, rows[i].event, rows[i].recorded};
  }
  return std::nullopt;
}

std::optional<Cause> AcceptanceOverdue(const CaseOnWatch& w, Instant now) {
  const std::vector<StatusRow>& rows = w.folded.rows;
  if (w.folded.accepted || rows.empty()) return std::nullopt;
  const bool waits = std::all_of(rows.begin(), rows.end(), [](const StatusRow& row) {
    return row.status == Status::kSubmitted;
  });
  if (!waits || rows.front().event > now) return std::nullopt;
  return Cause{rows.front().event, rows.front().event, rows.front().recorded};
}

// Of the step that the case stands at.
std::optional<Cause> StepOverdue(const CaseOnWatch& w, Instant now) {
  const Clock& clock = w.standing.clock;
  if (!IsOpen(clock) || clock.stopped) return std::nullopt;
  const StatusRow* last = nullptr;
  for (const StatusRow& row : w.folded.rows) {
    if (row.event <= now) last = &row;
  }
  if (last == nullptr) return std::nullopt;
  const auto due = w.entries[last->entry].step_due_at;
  if (!due) return std::nullopt;
  // A step that is known only when its time is over may be followed by the next one at once.
  return Cause{std::max(*due, last->recorded), *due, last->recorded};
}

using CauseOf = std::optional<Cause> (*)(const CaseOnWatch&, Instant now);
constexpr std::array<CauseOf, kCaseAlertKinds> kCauses = {
    DueSoon,          Overdue,   Frozen,            ReturnedNotClosed,
    SecondSupplement, NoApology, AcceptanceOverdue, StepOverdue};

// The highest rung claimed for this cause, as its claim.
const Claim* HighestClaim(std::span<const Claim> claims, AlertKind kind, uint32_t episode,
                          Instant about) {
  const Claim* highest = nullptr;
  for (const Claim& claim : claims) {
    if (claim.kind != kind || claim.episode != episode || claim.due != about) continue;
    if (highest == nullptr || claim.rung > highest->rung) highest = &claim;
  }
  return highest;
}

// A rung is reached after its cause, in working time; a time beyond the calendar is never.
std::optional<Instant> ReachedAt(const AlertRung& rung, const Cause& cause,
                                 const WorkCalendar& calendar) {
  if (rung.after_us == 0) return cause.from;
  const auto at = calendar.AddWorkingTime(cause.from, rung.after_us);
  return at ? std::optional(*at) : std::nullopt;
}

class Decider {
 public:
  Decider(const AlertRules& rules, const CaseOnWatch& on_watch, Instant now, Instant quiet_until,
          std::span<const Claim> claims, const std::function<Hold(const Claim&)>& hold_of)
      : rules_(rules), on_watch_(on_watch), now_(now), quiet_until_(quiet_until), claims_(claims),
        hold_of_(hold_of) {}

  RungDecision Decide() {
    std::array<std::optional<Cause>, kCaseAlertKinds> causes;
    for (size_t i = 0; i < kCaseAlertKinds; ++i) {
      causes[i] = kCauses[i](on_watch_, now_);
      if (causes[i] && causes[i]->tells) Climb(static_cast<AlertKind>(i), *causes[i]);
    }
    const uint32_t episode = on_watch_.standing.clock.episode;
    for (size_t i = 0; i < claims_.size(); ++i) {
      const Claim& claim = claims_[i];
      const auto& cause = causes[static_cast<size_t>(claim.kind)];
      const bool stands = cause && claim.episode == episode && claim.due == cause->about;
      if (claim.resolved || stands) continue;
      // The clock stepped back behind what it told: whether it is over shows when that time comes
      // again.
      if (claim.at > now_) {
        WakeAt(claim.at);
      } else {
        decision_.resolve.push_back(i);
      }
    }
    return std::move(decision_);
  }

 private:
  void Climb(AlertKind kind, const Cause& cause) {
    const AlertRule& rule = rules_.Of(kind);
    const Claim* told =
        HighestClaim(claims_, kind, on_watch_.standing.clock.episode, cause.about);
    const Hold hold = told != nullptr ? hold_of_(*told) : Hold();
    if (hold.acknowledged) return;
    const auto at = [&](size_t rung) -> std::optional<Instant> {
      auto reached = ReachedAt(rule.rungs[rung], cause, on_watch_.calendar);
      if (reached && hold.snoozed_until) reached = std::max(*reached, *hold.snoozed_until);
      return reached;
    };
    std::optional<size_t> highest;
    std::optional<Instant> reached_at;
    for (size_t rung = told != nullptr ? told->rung + 1u : 0; rung < rule.rungs.size(); ++rung) {
      const auto reached = at(rung);
      if (!reached) break;
      if (*reached > now_) {
        WakeAt(*reached);
        break;
      }
      highest = rung;
      reached_at = reached;
    }
    if (!highest || std::max(*reached_at, cause.known) <= quiet_until_) return;
    decision_.tell.push_back({kind, static_cast<uint8_t>(*highest), cause.about});
  }

  void WakeAt(Instant at) {
    if (!decision_.next || at < *decision_.next) decision_.next = at;
  }

  const AlertRules& rules_;
  const CaseOnWatch& on_watch_;
  const Instant now_;
  const Instant quiet_until_;
  const std::span<const Claim> claims_;
  const std::function<Hold(const Claim&)>& hold_of_;
  RungDecision decision_;
};

}  // namespace

bool IsAboutDueDate(AlertKind kind) {
  return kind == AlertKind::kDueSoon || kind == AlertKind::kOverdue ||
         kind == AlertKind::kNoApology;
}

Standing StandingOf(const Case& c, Instant now, const Verdict& portal, const RulePolicy& policy,
                    const WorkCalendar& calendar,
                    int64_t due_soon_working_us) {
  Standing standing{ClockOf(c, now, portal, policy), std::nullopt};
  Clock& clock = standing.clock;
  if (clock.state == OpenState::kNotOpen || clock.stopped || !clock.deadline) return standing;
  if (IsPast(clock, now)) return standing;   // soon is over
  const auto at = calendar.SubtractWorkingTime(*clock.deadline, due_soon_working_us);
  standing.due_soon_at = at ? *at : *clock.deadline;
  if (clock.state == OpenState::kInTime && now >= *standing.due_soon_at) {
    clock.state = OpenState::kDueSoon;
  }
  return standing;
}

RungDecision DecideRungs(const AlertRules& rules, const CaseOnWatch& on_watch, Instant now,
                         Instant quiet_until, std::span<const Claim> claims,
                         const std::function<Hold(const Claim&)>& hold_of) {
  return Decider(rules, on_watch, now, quiet_until, claims, hold_of).Decide();
}

}  // namespace tthc
