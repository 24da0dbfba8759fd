// The live figures of the month, quarter and year that "now" lies in, moved by the difference of
// each change: counts per unit under both rules, and facts per unit, procedure and sender.
//
// Any other period and cut-off is computed from the cases (metrics/tallies/summary.h); a test
// holds the two against each other. Thread safety: every method may be called from any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "ingest/case/findings.h"
#include "ingest/case/fold.h"
#include "metrics/indicators/facts.h"
#include "metrics/tallies/counts.h"
#include "metrics/tallies/standing_bits.h"

namespace tthc {

using PeriodCounts = std::array<std::array<Counts, 2>, kLivePeriodCount>;   // [period][rule]

using PeriodFacts = std::array<FactCounts, kLivePeriodCount>;

enum class Outcome : uint8_t { kEarly = 0, kOnTime, kLate };   // of a finished case, form06
inline constexpr size_t kOutcomeCount = 3;
std::string_view NameOf(Outcome outcome);

// A unit's own figures (not those of units below it).
struct UnitTally {
  std::array<int64_t, 5> open{};                     // by OpenState
  std::array<uint64_t, 2> received_total{};          // [online]; only ever rises
  std::array<uint64_t, 2> received_taken_back{};     // what later statements undid
  std::array<uint64_t, kOutcomeCount> finished_total{};
  std::array<uint64_t, kOutcomeCount> finished_taken_back{};
  std::array<uint64_t, kFindingCount> findings_total{};   // cases in which one came up
  std::array<int64_t, kFindingCount> findings_open{};     // cases in which one stands: open, or ended this year
  PeriodCounts periods;
};

// One case's change of standing.
struct TallyMove {
  uint32_t key_before = 0;      // 0: it was not counted
  StandingBits before;
  uint32_t key_after = 0;
  StandingBits after;
  FindingSet findings_before = 0;
  FindingSet findings_after = 0;
  FactSet facts_before = 0;     // stored facts
  FactSet facts_after = 0;
};

class Tallies {
 public:
  Tallies();
  // The number of a key (1, 2, …).
  uint32_t KeyNumber(const FactKey& key);
  enum class Totals { kCount, kLeave };   // the rising counters: a mere refill leaves them alone
  void Apply(const std::vector<TallyMove>& moves, Totals totals = Totals::kCount);
  // A new period has begun: the counts start from nothing and the caller moves every case in.
  void Clear();

  std::unordered_map<TextId, UnitTally> Units() const;
  // Of one live period, by key; what the indicators are made of.
  std::vector<FactCell> Cells(size_t period) const;
  // Rises with every change.
  uint64_t change_number() const { return changes_.load(); }

 private:
  void Add(uint32_t key, StandingBits standing, FactSet facts, FindingSet findings, int sign);
  void Count(const TallyMove& move);
  void CountTotals(const TallyMove& move);
  void CountFindings(const TallyMove& move);

  mutable std::mutex mutex_;
  std::unordered_map<FactKey, uint32_t, FactKeyHash> numbers_;
  std::vector<FactKey> keys_;           // by number
  std::vector<PeriodFacts> cells_;      // by number
  std::vector<UnitTally*> unit_of_key_;
  std::unordered_map<TextId, UnitTally> units_;
  std::atomic<uint64_t> changes_ = 0;
};

// What a case adds to a cell's facts of period `p`.
void AddTo(FactCounts& counts, StandingBits standing, FactSet stored, size_t period, int sign);

// What `standing` adds to period `p` under `rule`.
void AddTo(Counts& counts, StandingBits standing, Rule rule, size_t period, int sign);

}  // namespace tthc
