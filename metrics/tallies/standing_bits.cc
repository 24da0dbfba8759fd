#include "metrics/tallies/standing_bits.h"

namespace tthc {

std::string_view NameOf(PeriodKind kind) {
  switch (kind) {
    case PeriodKind::kMonth: return "month";
    case PeriodKind::kQuarter: return "quarter";
    case PeriodKind::kYear: break;
  }
  return "year";
}

LivePeriods LivePeriods::At(Instant now) {
  LivePeriods live;
  live.day = DayOf(now);
  for (size_t p = 0; p < kLivePeriodCount; ++p) {
    live.periods[p] = PeriodContaining(kLivePeriods[p], live.day);
  }
  return live;
}

StandingBits StandingBits::Of(const std::array<Verdict, 2>& verdicts, const Standing& standing,
                              std::optional<Instant> received_at, const LivePeriods& live) {
  uint32_t bits = static_cast<uint32_t>(standing.clock.state);
  const auto set = [&](uint32_t position, bool on) { bits |= (on ? 1u : 0u) << position; };
  const Verdict& portal = verdicts[Index(Rule::kQd766)];
  set(3, portal.online);
  set(4, portal.state != CaseState::kOutside);
  for (const Rule rule : kRules) {
    const Verdict& v = verdicts[Index(rule)];
    bits |= static_cast<uint32_t>(v.state) << (5 + 3 * Index(rule));
    set(11 + Index(rule), v.reason == Reason::kNoDueDate);
    for (uint32_t p = 0; p < kLivePeriodCount; ++p) {
      const Instant start = StartOf(live.periods[p].from);
      set(16 + 3 * Index(rule) + p, v.ended_at && *v.ended_at < start);
      if (rule == Rule::kQd766) set(13 + p, received_at && *received_at < start);
    }
  }
  return StandingBits(bits);
}

}  // namespace tthc
