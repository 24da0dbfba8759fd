#include "ingest/case/detectors.h"

#include <algorithm>
#include <boost/container/small_vector.hpp>

#include "ingest/case/first_said.h"

namespace tthc {
namespace {

constexpr bool IsFinish(Status status) {
  return status == Status::kFinished || status == Status::kReturned;
}
constexpr bool IsWait(Status status) {
  return status == Status::kSupplement || status == Status::kFinancial ||
         status == Status::kStopped;
}

// Gathers what proves a finding: its first statement is when it came up.
class Evidence {
 public:
  Evidence(const CaseOnTrial& on_trial, Proofs* proofs) : on_trial_(on_trial), proofs_(proofs) {}

  void Add(uint32_t entry, std::string_view fact, ProofValue before, ProofValue after) {
    AddSince(on_trial_.entries[entry].recorded, entry, fact, before, after);
  }
  void AddSince(Instant since, uint32_t entry, std::string_view fact, ProofValue before,
                ProofValue after) {
    if (!since_ || since < *since_) since_ = since;
    if (proofs_ != nullptr) proofs_->push_back({entry, fact, before, after});
  }
  Since since() const { return since_; }

 private:
  const CaseOnTrial& on_trial_;
  Proofs* proofs_;
  Since since_;
};

ProofValue ValueOf(const std::optional<Instant>& at) {
  return at ? ProofValue(*at) : ProofValue();
}

// The latest by arrival that `wanted` holds for.
template <typename Wanted>
std::optional<uint32_t> LatestWhere(const CaseOnTrial& t, Wanted wanted) {
  const auto& order = t.folded.by_arrival;
  const auto at = std::find_if(order.rbegin(), order.rend(),
                               [&](uint32_t i) { return wanted(t.entries[i]); });
  return at == order.rend() ? std::nullopt : std::optional(*at);
}
template <typename Wanted>
std::optional<uint32_t> FirstWhere(const CaseOnTrial& t, Wanted wanted) {
  const auto& order = t.folded.by_arrival;
  const auto at = std::find_if(order.begin(), order.end(),
                               [&](uint32_t i) { return wanted(t.entries[i]); });
  return at == order.end() ? std::nullopt : std::optional(*at);
}

// Working time after `from`; a time beyond the calendar is never.
Since After(const CaseOnTrial& t, Instant from, int64_t working_us) {
  const auto at = t.calendar.AddWorkingTime(from, working_us);
  return at ? Since(*at) : std::nullopt;
}

// When the case became late by its date, whatever else is said against it.
std::optional<Instant> LateSince(const CaseOnTrial& t) {
  const Verdict& v = t.portal;
  if (!v.due || v.reason == Reason::kWithdrawn) return std::nullopt;
  const Instant deadline = t.clock.deadline.value_or(*v.due + v.waited_us);
  if (v.compared) return *v.compared > *v.due ? Since(deadline) : std::nullopt;
  // After a second request nothing was compared.
  if (v.reason != Reason::kSecondSupplement || t.clock.stopped) return std::nullopt;
  return v.ended_at.value_or(t.now) > deadline ? Since(deadline) : std::nullopt;
}

// Time in which the case waited for its applicant, up to `until`.
int64_t WaitedBy(const Case& c, Instant until) {
  int64_t waited = 0;
  for (size_t i = 0; i < c.rows.size() && c.rows[i].event < until; ++i) {
    if (c.rows[i].status != Status::kSupplement) continue;
    const Instant next = i + 1 < c.rows.size() ? c.rows[i + 1].event : until;
    waited += std::min(next, until) - c.rows[i].event;
  }
  return waited;
}

}  // namespace

Since BackdatedCompletion(const CaseOnTrial& t, Proofs* proofs) {
  Evidence evidence(t, proofs);
  boost::container::small_vector<Instant, 4> said;
  std::optional<Instant> due;
  for (const uint32_t i : t.folded.by_arrival) {
    const Entry& e = t.entries[i];
    if (e.due_at) due = e.due_at;
    const auto end = EndSaidBy(e);
    // The whole record is sent again for any edit: only a new end can be dated back.
    if (!end || std::find(said.begin(), said.end(), *end) != said.end()) continue;
    if (e.kind == StatementKind::kSnapshot) {
      const bool moved = !said.empty() && said.back() - *end > t.thresholds.moved_back_us;
      const bool at_the_due_minute = end == due && e.recorded > *due;
      const bool late = e.recorded - *end > t.thresholds.backdated_after_us;
      if (moved) {
        evidence.Add(i, "finished_at", said.back(), *end);
      } else if (at_the_due_minute || late) {
        evidence.Add(i, "finished_at", e.recorded, *end);
      }
    }
    said.push_back(*end);
  }
  return evidence.since();
}

Since DueMovedAfterDeadline(const CaseOnTrial& t, Proofs* proofs) {
  Evidence evidence(t, proofs);
  const std::vector<DueDate>& dues = t.folded.dues;
  for (size_t i = 1; i < dues.size(); ++i) {
    const Instant before = dues[i - 1].due;
    if (dues[i].due <= before || dues[i].recorded <= before) continue;
    // A clock that stood still while the applicant was waited for had not run out.
    if (dues[i].recorded - WaitedBy(t.folded, dues[i].recorded) <= before) continue;
    evidence.Add(dues[i].entry, "due_at", before, dues[i].due);
  }
  return evidence.since();
}

Since PausedSentAsFinished(const CaseOnTrial& t, Proofs* proofs) {
  Evidence evidence(t, proofs);
  for (const uint32_t i : t.folded.by_arrival) {
    const Entry& e = t.entries[i];
    if (e.status_sent != static_cast<uint8_t>(Status::kFinished)) continue;
    const bool without_an_end = e.kind == StatementKind::kSnapshot && e.status == Status::kNone;
    if (IsWait(e.status) || without_an_end) {
      evidence.Add(i, "status", Status::kFinished, e.status);
    }
  }
  const std::vector<StatusRow>& rows = t.folded.rows;
  for (size_t i = 2; i < rows.size(); ++i) {
    if (IsWait(rows[i - 2].status) && rows[i - 1].status == Status::kFinished &&
        rows[i].status == Status::kProcessing) {
      evidence.AddSince(std::max(rows[i].event, rows[i].recorded), rows[i - 1].entry, "status",
                        rows[i - 2].status, Status::kFinished);
    }
  }
  return evidence.since();
}

Since Reopened(const CaseOnTrial& t, Proofs* proofs) {
  Evidence evidence(t, proofs);
  const std::vector<StatusRow>& rows = t.folded.rows;
  for (size_t i = 1; i < rows.size(); ++i) {
    if (!IsFinish(rows[i - 1].status) || IsFinish(rows[i].status)) continue;
    evidence.AddSince(std::max(rows[i].event, rows[i].recorded), rows[i].entry, "status",
                      rows[i - 1].status, rows[i].status);
  }
  return evidence.since();
}

Since SecondSupplement(const CaseOnTrial& t, Proofs* proofs) {
  Evidence evidence(t, proofs);
  const std::vector<StatusRow>& rows = t.folded.rows;
  std::optional<Instant> asked;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].status != Status::kSupplement) continue;
    if (i > 0 && rows[i - 1].status == Status::kSupplement) continue;
    if (asked) {
      evidence.AddSince(std::max(rows[i].event, rows[i].recorded), rows[i].entry, "event", *asked,
                        rows[i].event);
    }
    asked = rows[i].event;
  }
  return evidence.since();
}

Since NoApology(const CaseOnTrial& t, Proofs* proofs) {
  const auto late = LateSince(t);
  if (!late || t.folded.apologised) return std::nullopt;
  const Since since = After(t, *late, t.thresholds.no_apology_working_us);
  if (!since) return std::nullopt;
  Evidence evidence(t, proofs);
  const uint32_t entry =
      t.folded.dues.empty() ? t.folded.by_arrival.front() : t.folded.dues.back().entry;
  evidence.AddSince(*since, entry, "due_at", {}, ValueOf(t.portal.due));
  return evidence.since();
}

Since Frozen(const CaseOnTrial& t, Proofs* proofs) {
  const auto late = LateSince(t);
  if (!late || t.clock.state == OpenState::kNotOpen || t.clock.stopped) return std::nullopt;
  const Since since = After(t, std::max(*late, t.folded.last_recorded),
                            t.thresholds.frozen_working_us);
  if (!since) return std::nullopt;
  Evidence evidence(t, proofs);
  evidence.AddSince(*since, t.folded.by_arrival.back(), "recorded", ValueOf(t.portal.due),
                    t.folded.last_recorded);
  return evidence.since();
}

Since ReturnedNotClosed(const CaseOnTrial& t, Proofs* proofs) {
  if (t.clock.state == OpenState::kNotOpen) return std::nullopt;
  const auto latest =
      LatestWhere(t, [](const Entry& e) { return e.kind == StatementKind::kSnapshot; });
  if (!latest) return std::nullopt;
  const Entry& e = t.entries[*latest];
  const auto given = e.returned_at ? e.returned_at : e.finished_at;
  if (!given) return std::nullopt;
  const Since since = After(t, std::max(*given, e.recorded),
                            t.thresholds.returned_not_closed_working_us);
  if (!since) return std::nullopt;
  Evidence evidence(t, proofs);
  evidence.AddSince(*since, *latest, e.returned_at ? "returned_at" : "finished_at", e.status,
                    *given);
  return evidence.since();
}

Since NoDueDate(const CaseOnTrial& t, Proofs* proofs) {
  if (!t.folded.accepted || !t.folded.dues.empty()) return std::nullopt;
  const auto accepting = FirstWhere(t, [](const Entry& e) {
    return e.status == Status::kReceived || e.status >= Status::kProcessing;
  });
  Evidence evidence(t, proofs);
  evidence.Add(*accepting, "due_at", {}, {});
  return evidence.since();
}

Since DueLongerThanStatutory(const CaseOnTrial& t, Proofs* proofs) {
  if (!t.statutory_due || t.folded.dues.empty()) return std::nullopt;
  const DueDate& first = t.folded.dues.front();
  const int64_t longer = DayOf(first.due).number - DayOf(*t.statutory_due).number;
  if (longer <= t.thresholds.statutory_tolerance_days) return std::nullopt;
  Evidence evidence(t, proofs);
  evidence.Add(first.entry, "due_at", *t.statutory_due, first.due);
  return evidence.since();
}

Since FutureTime(const CaseOnTrial& t, Proofs* proofs) {
  Evidence evidence(t, proofs);
  for (const uint32_t i : t.folded.by_arrival) {
    const Entry& e = t.entries[i];
    const auto ahead = [&](const std::optional<Instant>& at) {
      return at && *at - e.recorded > t.thresholds.future_us;
    };
    if (ahead(e.event)) evidence.Add(i, "event", e.recorded, e.event);
    if (ahead(e.received_at) && e.received_at != e.event) {
      evidence.Add(i, "received_at", e.recorded, *e.received_at);
    }
    if (ahead(e.finished_at) && e.finished_at != e.event) {
      evidence.Add(i, "finished_at", e.recorded, *e.finished_at);
    }
  }
  return evidence.since();
}

Since EndBeforeReceipt(const CaseOnTrial& t, Proofs* proofs) {
  const Case& c = t.folded;
  if (!c.stated_end || !c.received_at || *c.stated_end >= *c.received_at) return std::nullopt;
  const auto latest =
      LatestWhere(t, [](const Entry& e) { return e.kind == StatementKind::kSnapshot; });
  Evidence evidence(t, proofs);
  evidence.Add(*latest, "finished_at", *c.received_at, *c.stated_end);
  return evidence.since();
}

Since UnknownUnit(const CaseOnTrial& t, Proofs* proofs) {
  if (t.unit_known) return std::nullopt;
  // The one that names it, else the number of the case does.
  const auto naming = FirstWhere(t, [&](const Entry& e) { return e.unit == t.unit_text; });
  Evidence evidence(t, proofs);
  evidence.Add(naming.value_or(t.folded.by_arrival.front()), "unit", {}, t.unit_text);
  return evidence.since();
}

Since UnknownProcedure(const CaseOnTrial& t, Proofs* proofs) {
  if (t.procedure_known || t.folded.procedure == 0) return std::nullopt;
  const auto naming =
      FirstWhere(t, [&](const Entry& e) { return e.procedure == t.folded.procedure; });
  Evidence evidence(t, proofs);
  evidence.Add(*naming, "procedure", {}, t.folded.procedure);
  return evidence.since();
}

Since BlankStatus(const CaseOnTrial& t, Proofs* proofs) {
  Evidence evidence(t, proofs);
  for (const uint32_t i : t.folded.by_arrival) {
    const Entry& e = t.entries[i];
    if (e.kind == StatementKind::kSnapshot && e.status_sent == 0 && e.status == Status::kNone) {
      evidence.Add(i, "status", {}, {});
    }
  }
  return evidence.since();
}

}  // namespace tthc
