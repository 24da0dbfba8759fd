// What one case adds to the live figures, in 32 bits kept beside it: taken out again, bit for bit,
// when the case changes.
#pragma once

#include <array>
#include <cstdint>

#include "config/instant.h"
#include "ingest/case/rungs.h"
#include "ingest/case/verdict.h"

namespace tthc {

inline constexpr std::array<PeriodKind, 3> kLivePeriods = {PeriodKind::kMonth, PeriodKind::kQuarter,
                                                           PeriodKind::kYear};
inline constexpr size_t kLivePeriodCount = kLivePeriods.size();
std::string_view NameOf(PeriodKind kind);   // "month", "quarter", "year"

// The periods that "now" lies in.
struct LivePeriods {
  Day day;                                       // of the `now` they were made for
  std::array<Period, kLivePeriodCount> periods;
  static LivePeriods At(Instant now);
};

class StandingBits {
 public:
  StandingBits() = default;
  explicit StandingBits(uint32_t bits) : bits_(bits) {}
  // `verdicts` by Rule, judged from the beginning of time at now.
  static StandingBits Of(const std::array<Verdict, 2>& verdicts, const Standing& standing,
                         std::optional<Instant> received_at, const LivePeriods& live);

  uint32_t bits() const { return bits_; }
  OpenState open() const { return static_cast<OpenState>(bits_ & 7u); }
  bool online() const { return (bits_ >> 3 & 1u) != 0; }
  bool received() const { return (bits_ >> 4 & 1u) != 0; }
  CaseState state(Rule rule) const {
    return static_cast<CaseState>(bits_ >> (5 + 3 * Index(rule)) & 7u);
  }
  bool no_due_date(Rule rule) const { return (bits_ >> (11 + Index(rule)) & 1u) != 0; }
  bool received_before(size_t period) const { return (bits_ >> (13 + period) & 1u) != 0; }
  bool ended_before(Rule rule, size_t period) const {
    return (bits_ >> (16 + 3 * Index(rule) + period) & 1u) != 0;
  }

 private:
  static constexpr uint32_t Index(Rule rule) { return static_cast<uint32_t>(rule); }
  uint32_t bits_ = 0;
};

}  // namespace tthc
