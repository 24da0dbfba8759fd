#include "metrics/tallies/counts.h"

namespace tthc {

void Add(Counts& counts, const Verdict& v, int sign) {
  if (v.state == CaseState::kOutside) return;
  (v.carried_over ? counts.carried_over : v.online ? counts.online : counts.direct_postal) += sign;
  if (v.reason == Reason::kNoDueDate) counts.no_due_date += sign;
  switch (v.state) {
    case CaseState::kResolvedEarly: counts.early += sign; break;
    case CaseState::kResolvedOnTime: counts.on_time += sign; break;
    case CaseState::kResolvedLate: counts.late += sign; break;
    case CaseState::kPendingInTime: counts.pending_in_time += sign; break;
    case CaseState::kPendingLate: counts.pending_late += sign; break;
    case CaseState::kOutside: break;
  }
}

void Add(Counts& counts, const Counts& other, int sign) {
  counts.online += sign * other.online;
  counts.direct_postal += sign * other.direct_postal;
  counts.carried_over += sign * other.carried_over;
  counts.early += sign * other.early;
  counts.on_time += sign * other.on_time;
  counts.late += sign * other.late;
  counts.pending_in_time += sign * other.pending_in_time;
  counts.pending_late += sign * other.pending_late;
  counts.no_due_date += sign * other.no_due_date;
}

bool IdentitiesHold(const Counts& counts) {
  return counts.received() == counts.resolved() + counts.pending();
}

}  // namespace tthc
