#include "metrics/indicators/counters.h"

#include "metrics/indicators/register_counts.h"

namespace tthc {
namespace {

constexpr std::string_view kProcedures = "procedures.";
struct PopulationRow {
  std::string_view prefix;
  Population population;
};
constexpr PopulationRow kPopulations[] = {{"handled.", Population::kHandled},
                                          {"received.", Population::kReceived}};

}  // namespace

std::optional<CaseCounter> CaseCounterNamed(std::string_view name) {
  CaseCounter counter;
  counter.procedures = name.starts_with(kProcedures);
  if (counter.procedures) name.remove_prefix(kProcedures.size());
  for (const PopulationRow& row : kPopulations) {
    if (!name.starts_with(row.prefix)) continue;
    const auto fact = FactNamed(name.substr(row.prefix.size()));
    if (!fact) return std::nullopt;
    counter.population = row.population;
    counter.fact = *fact;
    return counter;
  }
  return std::nullopt;
}

int64_t CountIn(const FactCounts& counts, Population population, Fact fact) {
  const auto& of = population == Population::kHandled ? counts.handled : counts.received;
  return of[static_cast<size_t>(fact)];
}

bool IsCounter(std::string_view name) {
  return CaseCounterNamed(name).has_value() || IsRegisterCounter(name);
}

Result<void> CheckCounters(const IndicatorTable& table) {
  for (const Indicator& indicator : table.indicators()) {
    for (const std::string* counter : {&indicator.numerator, &indicator.denominator}) {
      if (!counter->empty() && !IsCounter(*counter)) {
        return Invalid("definition " + table.id() + ", indicator " + indicator.id +
                       ": there is no counter '" + *counter + "'");
      }
    }
  }
  return {};
}

}  // namespace tthc
