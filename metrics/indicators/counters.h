// The names of counters, as definitions write them.
//
//   handled.FACT, received.FACT              cases of a population that a fact is true of
//   procedures.handled.FACT, …               distinct procedures with at least one such case
//   the names of register_counts.h           counts of registers and the catalogue
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "config/indicators.h"
#include "config/result.h"
#include "metrics/indicators/facts.h"

namespace tthc {

enum class Population : uint8_t { kHandled, kReceived };

// A counter of cases.
struct CaseCounter {
  Population population = Population::kHandled;
  Fact fact = Fact::kAll;
  bool procedures = false;   // distinct procedures with at least one such case
};
std::optional<CaseCounter> CaseCounterNamed(std::string_view name);
int64_t CountIn(const FactCounts& counts, Population population, Fact fact);

bool IsCounter(std::string_view name);
// A definition that names a counter nobody knows is refused.
Result<void> CheckCounters(const IndicatorTable& table);

}  // namespace tthc
