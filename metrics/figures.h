// Every question about indicators, reports and targets, answered from the cases, the registers and
// the definitions: what the front ends ask and the reports are made from.
//
// A question that walks the cases takes up to a second per million: call from a query thread.
// Thread safety: any thread.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/indicators.h"
#include "config/units.h"
#include "ingest/registers/book.h"
#include "ingest/store/case_book.h"
#include "ingest/store/casework.h"
#include "metrics/counting_rules.h"
#include "metrics/indicators/sheet.h"
#include "metrics/tallies/counts.h"
#include "metrics/tallies/tallies.h"

namespace tthc {

// Which versions of the truth a question is about. Absent: all events, everything known.
struct View {
  std::optional<Instant> as_of;      // event time
  std::optional<Instant> known_at;   // recorded time
};

enum class FigureSource { kOwn, kPublished /* what the portal published: register sync-counts */ };

struct SheetQuery {
  std::string unit;                  // canonical code
  Period period;
  View view;
  std::string definition;            // id; empty: the one in force
  std::string procedure;             // only this one; empty: all
  FigureSource source = FigureSource::kOwn;
  bool with_children = false;        // the sheets of the units directly below, too
  bool with_change = true;           // and the total of the period before (same walk)
};
struct RankedSheet {
  Sheet sheet;
  std::string unit;                  // code
  std::string unit_name;
  UnitLevel level = UnitLevel::kUnknown;
  std::optional<int> rank;           // among its siblings on the cut-off day
  int siblings = 0;                  // itself included; 0 where it has no parent
  std::optional<int64_t> previous_total_cents;
  std::optional<int64_t> previous_measured_max;
  std::vector<std::optional<int64_t>> previous_cents;   // by component
  // Against the period before; absent where one total measures more than the other: unlike totals
  // cannot be held against each other.
  std::optional<int64_t> change_cents() const;
};
struct SheetAnswer {
  std::shared_ptr<const IndicatorTable> table;   // keeps the sheets' pointers alive
  Period period;
  Instant cut_off;
  Instant known_at;                  // what was asked, or now
  RankedSheet unit;
  std::vector<RankedSheet> children;
  std::vector<ConstantFlag> constant_flags;         // that concern the unit, by its own cases
  std::vector<std::string> constant_flag_senders;   // names, by constant_flags
  SheetMaker::Handling handling;     // TDGQ.2
  bool provisional = false;          // a sender of this unit has been silent beyond its rhythm
};

// What would raise the score (issue: effect on the unit's own sheet, other things equal).
struct CaseEffect {
  std::string case_id;
  std::string unit;
  std::string procedure;
  std::optional<Instant> due;
  int64_t effect_micropoints = 0;    // millionths of a point, of all components together
  struct Part {
    std::string indicator;
    int64_t micropoints = 0;
    std::string what;                // "close_in_time", "issue_e_result", "digitise", "pay_online", …
  };
  std::vector<Part> parts;
};
struct ReachablePoints {
  std::string indicator;
  std::optional<int64_t> cents;      // at the cut-off
  int64_t max_cents = 0;
  // If every case that is open at the cut-off and can still do so does; never below `cents`.
  int64_t reachable_cents = 0;
};
struct ImprovementQuery {
  std::string unit;
  Period period;
  View view;                         // as_of alone: as it was known then, too
  std::string definition;
  size_t limit = 100;
};
struct ImprovementAnswer {
  std::shared_ptr<const IndicatorTable> table;
  Instant cut_off;
  Instant known_at;                  // what was asked, else as_of, else now
  int64_t total_cents = 0;
  int64_t measured_max = 0;
  std::vector<ReachablePoints> components;
  uint64_t cases_total = 0;
  std::vector<CaseEffect> cases;     // by effect, largest first, then by due date
  int64_t nothing_done_cents = 0;    // projected total at the end of the period: no further statement
  int64_t all_in_time_cents = 0;     // … every case now in time ends in time
};

struct TargetLine {
  std::string unit;
  std::string unit_name;
  std::string target;                // "online", …
  std::string name;                  // Vietnamese
  int64_t goal_hundredths = 0;       // of a percent (of a point for score)
  std::optional<int64_t> numerator;
  std::optional<int64_t> denominator;
  std::optional<int64_t> reached_hundredths;
  int64_t excluded_cases = 0;        // of the denominator, left out by the target's exclusions
  std::vector<std::string> excluded;
  std::string reason;
  std::string not_measured;          // reason code; empty where measured
};
struct TargetsAnswer {
  Period period;
  Instant cut_off;
  std::vector<TargetLine> lines;     // of the unit and every unit below that has targets
};

// A closed period: what was known when it was closed.
struct FrozenPeriod {
  std::string unit;                  // of the closing: this unit and all below it
  Period period;
  std::string definition;
  Instant known_at;
  Instant closed_at;
  std::string closed_by;
};
struct FrozenFigure {                // of one unit
  FrozenPeriod of;
  std::string unit;
  struct Line {
    std::string id;                  // "TDGQ.1", or "form06.received" …
    std::optional<int64_t> numerator;
    std::optional<int64_t> denominator;
    std::optional<int64_t> cents;
  };
  // Components by id, then the counts "form06.received" … "qd766.pending_late" (CountLines).
  std::vector<Line> lines;
  int64_t total_cents = 0;
  int64_t measured_max = 0;
};

// The counts of a frozen figure: "received", "online", … of Counts, in their order.
struct CountLine {
  std::string_view name;
  int64_t (*of)(const Counts&);
};
std::span<const CountLine> CountLines();

// Live scores as they are shown to Prometheus.
struct LiveSheets {
  struct Of {
    std::string label;                              // "2025-Q1"
    std::shared_ptr<const IndicatorTable> table;
    std::vector<Sheet> sheets;                      // each of its unit and all below it; not of every unit
  };
  std::array<Of, kLivePeriodCount> periods;
  // Of the year: senders that do not tell a fact, and by how many cases that shows.
  struct Untold {
    std::string sender;
    Fact fact = Fact::kAll;
    int64_t cases = 0;
  };
  std::vector<Untold> untold;
};

// What figures rested on at a recorded time.
struct PastRules {
  std::shared_ptr<const UnitTree> units;
  std::shared_ptr<const CalendarBook> calendars;
  std::shared_ptr<const ProcedureCatalogue> procedures;
  std::shared_ptr<const IndicatorBook> definitions;
  CountingRules counting;
};

class Figures {
 public:
  struct Parts {
    const CaseBook& book;
    const Directory& directory;
    const RegisterBook& registers;
    Store& store;
    const CaseworkInForce& casework;                 // with the shipped catalogue
    std::shared_ptr<const IndicatorBook> definitions;
    CountingRules counting;                          // what `casework` was made with, and more
    std::function<Instant()> now;
    // A sender of these units has been silent for so long before the cut-off that its cases may
    // have moved on without a word.
    std::function<bool(const std::vector<bool>& units, Instant cut_off)> is_provisional;
    // nullopt: what is in force now. Without it nothing ever was otherwise.
    std::function<std::optional<PastRules>(Instant known_at)> past = {};
  };
  explicit Figures(Parts parts);

  // Errors of all: kNotFound where there is no such unit, definition or procedure; kInvalidInput
  // where the period begins in the future.
  Result<SheetAnswer> Sheet(const SheetQuery& query) const;
  Result<ImprovementAnswer> Improvements(const ImprovementQuery& query) const;
  Result<TargetsAnswer> Targets(const std::string& unit, const Period& period,
                                const View& view) const;

  // The sheets of every unit with cases for the periods that "now" lies in, from the live tallies.
  std::shared_ptr<const LiveSheets> LiveScores(const Tallies& tallies,
                                               const LivePeriods& live) const;

  // Closes a period that has ended, for the unit and all below it; kConflict where it is closed
  // already. On disk when it returns.
  Result<FrozenPeriod> Close(const std::string& unit, const Period& period,
                             const std::string& definition, std::string_view by);
  Result<std::vector<FrozenPeriod>> ClosedPeriods() const;
  // nullopt where no closing covers the unit.
  Result<std::optional<FrozenFigure>> FrozenOf(const std::string& unit, const Period& period) const;
  // The same lines of one unit as they stand now; `of` tells the question and is no closing.
  Result<FrozenFigure> FigureNow(const std::string& unit, const Period& period,
                                 const std::string& definition) const;

  // --- for reports and the answers above
  const Parts& parts() const { return parts_; }
  // The casework of a question: with what was in force at `known_at`, and the catalogue as the
  // registers have it then.
  CaseworkOptions CaseworkAt(std::optional<Instant> known_at) const;
  CountingRules CountingAt(std::optional<Instant> known_at) const;
  RegisterFacts RegisterFactsAt(std::optional<Instant> known_at, const CaseworkOptions& casework) const;
  // Units as they were known; take it behind a walk, so that it has every unit that the walk names.
  DirectoryView DirectoryAt(std::optional<Instant> known_at) const;
  // They keep all others of their book alive.
  Result<std::shared_ptr<const IndicatorTable>> Definition(const std::string& id,
                                                           const Period& period,
                                                           std::optional<Instant> known_at) const;
  std::shared_ptr<const IndicatorTable> DefinitionFor(const Period& period,
                                                      std::optional<Instant> known_at) const;
  Result<UnitId> UnitOf(const std::string& code, std::optional<Instant> known_at) const;
  FactWalk WalkOf(const CaseworkOptions& casework, std::optional<Instant> known_at) const;
  // The sheets of all units for one question, from cells of the walk; `facts` and `casework` must
  // outlive it. Call it behind the walk, so that the directory has every unit that a cell names.
  SheetInput InputOf(const IndicatorTable& table, const RegisterFacts& facts,
                     const CaseworkOptions& casework, std::span<const FactCell> cells,
                     const RegisterQuestion& question, std::optional<Instant> known_at) const;
  // kInvalidInput where the period begins after now.
  Result<void> CheckPeriod(const Period& period) const;

 private:
  std::optional<PastRules> PastAt(std::optional<Instant> known_at) const {
    return known_at && parts_.past ? parts_.past(*known_at) : std::nullopt;
  }
  std::shared_ptr<const IndicatorBook> DefinitionsAt(std::optional<Instant> known_at) const;
  // What is to be frozen of one unit or of all below it.
  Result<std::vector<FrozenFigure>> CountFigures(const FrozenPeriod& of,
                                                 std::span<const UnitId> units) const;

  Parts parts_;
  std::mutex closing_;   // one closing at a time
};

}  // namespace tthc
