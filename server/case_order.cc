#include "server/case_order.h"

#include <algorithm>
#include <array>

namespace tthc {
namespace {

struct OrderRow {
  std::string_view name;
  CaseOrder order;
};
constexpr std::array<OrderRow, 3> kOrders = {{
    {"number", CaseOrder::kNumber},
    {"urgency", CaseOrder::kUrgency},
    {"recent", CaseOrder::kRecent},
}};

// Sixteen digits: microseconds until the year 2286, in the order of time.
std::string Digits(int64_t us) {
  std::string digits = std::to_string(std::max<int64_t>(us, 0));
  return std::string(16 - std::min<size_t>(digits.size(), 16), '0') + digits;
}

}  // namespace

bool IsPending(const Verdict& verdict) {
  return verdict.state == CaseState::kPendingInTime || verdict.state == CaseState::kPendingLate;
}

Clock ClockAt(Instant cut_off, Rule rule, const Verdict& verdict, const Casework& desk) {
  if (!IsPending(verdict)) return {};
  // The begin of a period moves no pending case but from received to carried over.
  if (rule == Rule::kQd766) return desk.StandingAt(cut_off, verdict).clock;
  const Instant beginning{INT64_MIN};
  return desk.StandingAt(cut_off, desk.Judge(Rule::kQd766, beginning, cut_off)).clock;
}

Instant LastRecorded(const Casework& desk, Instant known_at) {
  Instant last;
  for (const Entry& entry : desk.stored().entries) {
    if (entry.recorded <= known_at) last = std::max(last, entry.recorded);
  }
  return last;
}

std::string OrderKey(CaseOrder order, std::string_view id, const Clock& clock, Instant recorded) {
  constexpr int64_t kLatest = 9'999'999'999'999'999;
  switch (order) {
    case CaseOrder::kNumber: return std::string(id);
    case CaseOrder::kUrgency: {
      const bool open = clock.state != OpenState::kNotOpen;
      const bool runs = open && clock.deadline && !clock.stopped;
      const std::string_view rank = runs ? "a" : open ? "b" : "c";
      return std::string(rank) + (runs ? Digits(clock.deadline->us) : "") + "~" + std::string(id);
    }
    case CaseOrder::kRecent: return Digits(kLatest - recorded.us) + "~" + std::string(id);
  }
  return std::string(id);
}

std::optional<CaseOrder> CaseOrderNamed(std::string_view name) {
  for (const OrderRow& row : kOrders) {
    if (row.name == name) return row.order;
  }
  return std::nullopt;
}

}  // namespace tthc
