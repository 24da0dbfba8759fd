#include "ingest/case/verdict.h"

#include <algorithm>

namespace tthc {
namespace {

using StatusSet = uint16_t;
constexpr StatusSet Of(std::initializer_list<Status> statuses) {
  StatusSet set = 0;
  for (const Status s : statuses) set = static_cast<StatusSet>(set | (1u << static_cast<int>(s)));
  return set;
}
constexpr bool Has(StatusSet set, Status status) {
  return (set >> static_cast<int>(status) & 1u) != 0;
}

// What differs between the rules, and nothing else does.
struct RuleRow {
  std::string_view name;
  StatusSet ends;
  StatusSet pauses;
  StatusSet outside;         // standing in one of these at the cut-off: not of the population
  bool by_day;               // compares days, else instants
  bool counts_requests;      // a second request for supplements is overdue; waiting is subtracted
  bool statutory_fallback;
};
constexpr std::array<RuleRow, 2> kRuleRows = {{
    {"qd766",
     Of({Status::kFinished, Status::kReturned, Status::kStopped, Status::kRefused,
         Status::kWithdrawn}),
     Of({Status::kSupplement}), 0, false, true, true},
    {"form06", Of({Status::kFinished, Status::kReturned, Status::kWithdrawn}),
     Of({Status::kSupplement, Status::kFinancial, Status::kStopped}), Of({Status::kRefused}), true,
     false, false},
}};
const RuleRow& RowOf(Rule rule) { return kRuleRows[static_cast<size_t>(rule)]; }

constexpr StatusSet kRequests = Of({Status::kSupplement});

StatusSet WaitsFor(const RulePolicy& policy) {
  return policy.pause_on_financial_duty ? Of({Status::kSupplement, Status::kFinancial}) : kRequests;
}

// Rows that have happened by the cut-off.
size_t RowsBy(const Case& c, Instant cut_off) {
  return static_cast<size_t>(
      std::upper_bound(c.rows.begin(), c.rows.end(), cut_off,
                       [](Instant at, const StatusRow& row) { return at < row.event; }) -
      c.rows.begin());
}

struct Ending {
  size_t first_row = 0;  // of the ended stretch
  Instant at;
  Status status = Status::kNone;
};

// The ended stretch that closes rows[0, count), if it does.
std::optional<Ending> LastEnding(const Case& c, size_t count, StatusSet ends) {
  size_t first = count;
  while (first > 0 && Has(ends, c.rows[first - 1].status)) --first;
  if (first == count) return std::nullopt;
  const auto first_of = [&](StatusSet wanted) -> const StatusRow* {
    for (size_t i = first; i < count; ++i) {
      if (Has(wanted, c.rows[i].status)) return &c.rows[i];
    }
    return nullptr;
  };
  const StatusRow* row = first_of(Of({Status::kFinished}));
  if (row == nullptr) row = first_of(Of({Status::kReturned}));
  if (row == nullptr) return Ending{first, c.rows[first].event, c.rows[first].status};
  Ending ending{first, row->event, row->status};
  if (c.stated_end) {
    // A snapshot that came before the case was known to have been reopened speaks of an earlier
    // ending, not of this one.
    const bool earlier_ending = first > 0 && c.rows[first - 1].recorded > c.stated_end_recorded &&
                                c.rows[first - 1].event > *c.stated_end;
    if (!earlier_ending) ending.at = *c.stated_end;
  }
  return ending;
}

struct Waiting {
  Instant asked;
  std::optional<Instant> over;
};

// The stretches of waiting for the applicant within rows[0, count).
template <typename Visit>
void EachWaiting(const Case& c, size_t count, StatusSet waits, Visit visit) {
  for (size_t i = 0; i < count;) {
    if (!Has(waits, c.rows[i].status)) {
      ++i;
      continue;
    }
    Waiting waiting{c.rows[i].event, std::nullopt};
    while (i < count && Has(waits, c.rows[i].status)) ++i;
    if (i < count) waiting.over = c.rows[i].event;
    visit(waiting);
  }
}

bool NewDueIssuedAfter(const Case& c, Instant asked) {
  for (size_t i = 1; i < c.dues.size(); ++i) {
    if (c.dues[i].recorded >= asked) return true;
  }
  return false;
}

struct Waits {
  int requests = 0;
  int64_t finished_us = 0;             // to be subtracted
  std::optional<Instant> open_since;   // waiting at the cut-off
};

// `end`: waiting after it does not move it.
Waits WaitsBy(const Case& c, size_t count, Instant end, const RulePolicy& policy) {
  Waits waits;
  EachWaiting(c, count, kRequests, [&](const Waiting&) { ++waits.requests; });
  EachWaiting(c, count, WaitsFor(policy), [&](const Waiting& waiting) {
    if (!waiting.over) {
      waits.open_since = waiting.asked;
    } else if (!NewDueIssuedAfter(c, waiting.asked)) {
      waits.finished_us += std::max<int64_t>(0, std::min(*waiting.over, end) - waiting.asked);
    }
  });
  return waits;
}

CaseState ResolvedState(bool by_day, Instant compared, Instant due) {
  if (!by_day) return compared <= due ? CaseState::kResolvedOnTime : CaseState::kResolvedLate;
  if (DayOf(compared) < DayOf(due)) return CaseState::kResolvedEarly;
  return DayOf(compared) == DayOf(due) ? CaseState::kResolvedOnTime : CaseState::kResolvedLate;
}

void JudgeResolved(const RuleRow& row, const Waits& waits, const Ending& ending, Verdict& v) {
  v.ended_at = ending.at;
  v.state = CaseState::kResolvedOnTime;
  if (ending.status == Status::kWithdrawn) {
    v.reason = Reason::kWithdrawn;
  } else if (row.counts_requests && waits.requests > 1) {
    v.state = CaseState::kResolvedLate;
    v.reason = Reason::kSecondSupplement;
  } else if (!v.due) {
    v.reason = Reason::kNoDueDate;
  } else {
    v.waited_us = row.counts_requests ? waits.finished_us : 0;
    v.compared = ending.at - v.waited_us;
    v.state = ResolvedState(row.by_day, *v.compared, *v.due);
    v.reason = IsLate(v.state) ? Reason::kEndedAfterDue : Reason::kEndedByDue;
  }
}

void JudgePending(const RuleRow& row, const Waits& waits, Instant cut_off, Verdict& v) {
  v.state = CaseState::kPendingInTime;
  if (row.counts_requests && waits.requests > 1) {
    v.state = CaseState::kPendingLate;
    v.reason = Reason::kSecondSupplement;
    return;
  }
  if (!row.counts_requests && Has(row.pauses, v.current)) {
    v.reason = Reason::kPaused;
    return;
  }
  const bool waiting = row.counts_requests && waits.open_since.has_value();
  if (!v.due) {
    v.reason = Reason::kNoDueDate;
    return;
  }
  v.waited_us = row.counts_requests ? waits.finished_us : 0;
  v.compared = (waiting ? *waits.open_since : cut_off) - v.waited_us;
  const bool late =
      row.by_day ? DayOf(*v.due) < DayOf(*v.compared) : *v.compared > *v.due;
  if (late) v.state = CaseState::kPendingLate;
  v.reason = waiting ? (late ? Reason::kWaitingAskedLate : Reason::kWaiting)
                     : (late ? Reason::kRunningAfterDue : Reason::kRunningByDue);
}

void SetDue(const Case& c, const RuleRow& row, std::optional<Instant> statutory_due, Verdict& v) {
  if (c.due()) {
    v.due = c.due();
    v.due_basis = DueBasis::kAppointment;
  } else if (row.statutory_fallback && statutory_due) {
    v.due = statutory_due;
    v.due_basis = DueBasis::kStatutory;
  }
}

Verdict Outside(Reason reason) {
  Verdict v;
  v.reason = reason;
  return v;
}

}  // namespace

std::string_view NameOf(Rule rule) { return RowOf(rule).name; }
std::optional<Rule> RuleNamed(std::string_view name) {
  for (const Rule rule : kRules) {
    if (NameOf(rule) == name) return rule;
  }
  return std::nullopt;
}

Verdict Judge(const Case& c, Rule rule, Instant from, Instant cut_off,
              std::optional<Instant> statutory_due, const RulePolicy& policy) {
  const RuleRow& row = RowOf(rule);
  if (!c.accepted || !c.received_at) return Outside(Reason::kNotReceived);
  if (*c.received_at > cut_off) return Outside(Reason::kReceivedAfter);

  size_t count = RowsBy(c, cut_off);
  std::optional<Ending> ending = LastEnding(c, count, row.ends);
  if (ending && ending->at > cut_off) {
    count = ending->first_row;
    ending.reset();
  }
  Verdict v;
  v.current = count > 0 ? c.rows[count - 1].status : Status::kReceived;
  if (Has(row.outside, v.current)) return Outside(Reason::kRefused);
  if (ending && ending->at < from) return Outside(Reason::kEndedBefore);

  v.carried_over = *c.received_at < from;
  v.online = c.channel == 2;
  SetDue(c, row, statutory_due, v);
  const Waits waits = WaitsBy(c, count, ending ? ending->at : cut_off, policy);
  v.requests = waits.requests;
  if (ending) {
    JudgeResolved(row, waits, *ending, v);
  } else {
    JudgePending(row, waits, cut_off, v);
  }
  return v;
}

Clock ClockOf(const Case& c, Instant now, const Verdict& v, const RulePolicy& policy) {
  Clock clock;
  clock.current = v.current;
  if (!IsPending(v.state)) return clock;
  const size_t count = RowsBy(c, now);
  const StatusSet ends = RowOf(Rule::kQd766).ends;
  for (size_t i = 1; i < count; ++i) {
    clock.episode += Has(ends, c.rows[i - 1].status) && !Has(ends, c.rows[i].status);
  }
  clock.stopped = Has(WaitsFor(policy), v.current);
  if (v.due) {
    clock.deadline = *v.due + WaitsBy(c, count, now, policy).finished_us;
    clock.deadline_due = *v.due;
  }
  if (IsLate(v.state)) {
    clock.state = OpenState::kOverdue;
  } else {
    clock.state = clock.stopped || v.current == Status::kFinancial ? OpenState::kPaused
                                                                  : OpenState::kInTime;
  }
  return clock;
}

std::optional<Instant> NextChange(const Case& c, Instant now, const Clock& clock) {
  std::optional<Instant> next;
  const auto consider = [&](Instant at) {
    if (at > now && (!next || at < *next)) next = at;
  };
  for (const StatusRow& row : c.rows) consider(row.event);
  if (c.received_at) consider(*c.received_at);
  if (c.stated_end) consider(*c.stated_end);
  if (clock.state == OpenState::kNotOpen || !clock.deadline) return next;
  if (!clock.stopped) consider(*clock.deadline + 1);
  consider(StartOf(DayOf(clock.deadline_due) + 1));
  return next;
}

}  // namespace tthc
