// The score sheet (bảng điểm) of QĐ 766 for units: every indicator of a definition with what was
// counted, why not where it was not, its points, groups, total, band and rank.
//
// Pure: made from cells, register facts and a definition.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/indicators.h"
#include "ingest/store/directory.h"
#include "metrics/indicators/cells.h"
#include "metrics/indicators/counters.h"
#include "metrics/indicators/register_counts.h"
#include "metrics/indicators/score.h"

namespace tthc {

enum class ComponentState : uint8_t { kMeasured, kNoDenominator, kNotMeasured, kInherited };
std::string_view NameOf(ComponentState state);   // "measured", "no_denominator", …

struct Component {
  const Indicator* indicator = nullptr;
  ComponentState state = ComponentState::kNotMeasured;
  std::string reason;                  // code, where it is not measured or gives no points
  std::optional<int64_t> numerator;
  std::optional<int64_t> denominator;
  std::optional<int64_t> cents;        // hundredths of a point
  // What it is scored out of, parts of split ones included: 0 of one whose maximum went to others;
  // of one that is not scored, what it would be scored out of.
  int64_t max_cents = 0;
  int64_t left_out = 0;                // cases of senders that do not tell the fact
};
struct Sheet {
  UnitId unit = 0;
  std::vector<Component> components;   // in the definition's order, information rows last
  std::vector<int64_t> group_cents;    // by the definition's groups
  int64_t total_cents = 0;
  int64_t measured_max = 0;            // points: the maxima of components that have points
  bool complete = false;               // no component is not_measured
  const Band* band = nullptr;          // of the total, only where complete
};

// Absent where no component of the group (by its place in the definition) has points.
std::optional<int64_t> GroupCents(const Sheet& sheet, const IndicatorTable& table, size_t group);

// A fact that a sender never told over many cases.
struct ConstantFlag {
  TextId sender = 0;
  Fact fact = Fact::kAll;
  int64_t cases = 0;
};

struct SheetInput {
  const IndicatorTable* table = nullptr;
  std::span<const FactCell> cells;
  const RegisterFacts* registers = nullptr;
  RegisterQuestion question;
  DirectoryView directory;
  const Directory* texts = nullptr;             // names of procedures by TextId
  const ProcedureCatalogue* catalogue = nullptr;
  const CalendarBook* calendars = nullptr;
  int64_t constant_flag_cases = 200;            // setting indicators.constant_flag_cases
  TextId only_procedure = 0;                    // 0: all
  // Known already, not to be looked for in these cells; nullptr: looked for.
  const std::vector<ConstantFlag>* constant_flags = nullptr;
  bool published = false;    // numerators and denominators as the portal published them
};

class SheetMaker {
 public:
  explicit SheetMaker(const SheetInput& input);
  ~SheetMaker();
  Sheet For(UnitId unit) const;
  // Of all senders, by all their cases.
  const std::vector<ConstantFlag>& constant_flags() const;
  // Of these, those that concern the unit's subtree, by its own cases.
  std::vector<ConstantFlag> ConstantFlagsOf(UnitId unit) const;
  // Units that have a case, or one below them that has.
  std::vector<UnitId> Units() const;
  // TDGQ.2 of the subtree: mean working time in microseconds, by procedure where one is asked.
  struct Handling {
    int64_t ended = 0;
    int64_t handling_us = 0;
  };
  Handling HandlingOf(UnitId unit) const;
  // Counts over the subtree: of senders that do not tell one of `facts`, of excluded procedures,
  // and of all others.
  struct Told {
    FactCounts counts;
    FactCounts excluded;
    FactCounts left_out;
  };
  Told CountsOf(UnitId unit, FactSet facts, std::span<const TextId> excluded_procedures) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Competition rank 1-2-2-4 by `total_cents` descending: one per sheet, same order.
std::vector<int> RanksOf(std::span<const Sheet> sheets);

}  // namespace tthc
