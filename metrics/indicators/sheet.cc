#include "metrics/indicators/sheet.h"

#include <algorithm>
#include <array>
#include <boost/unordered/unordered_flat_set.hpp>
#include <unordered_set>

namespace tthc {
namespace {

// A flag that is never set over many cases that could have it is not told by its sender.
struct TellableRow {
  Fact fact;
  Fact base;   // the cases that could have it
};
constexpr TellableRow kTellable[] = {
    {Fact::kEResult, Fact::kDocumented}, {Fact::kDigitised, Fact::kAll},
    {Fact::kDigitisedPart, Fact::kAll},  {Fact::kReused, Fact::kAll},
    {Fact::kStored, Fact::kAll},         {Fact::kPopulation, Fact::kAll},
    {Fact::kFeeTold, Fact::kFee},        {Fact::kPaidOnline, Fact::kFee},
};

Fact BaseOf(Fact fact) {
  const auto row = std::find_if(std::begin(kTellable), std::end(kTellable),
                                [&](const TellableRow& one) { return one.fact == fact; });
  return row == std::end(kTellable) ? Fact::kAll : row->base;
}

// Registers that say nothing of one procedure alone.
constexpr std::string_view kNotByProcedure[] = {"publications.", "petitions.", "copies.", "sync.",
                                                "catalogue.citizen"};
bool IsByProcedure(std::string_view counter) {
  return std::none_of(std::begin(kNotByProcedure), std::end(kNotByProcedure),
                      [&](std::string_view prefix) { return counter.starts_with(prefix); });
}

constexpr int64_t kCentsPerPoint = 100;

constexpr std::string_view kReasonNoData = "no_data_for_it";
constexpr std::string_view kReasonSender = "sender_does_not_tell";
constexpr std::string_view kReasonAbove = "numerator_above_denominator";
constexpr std::string_view kReasonNotByProcedure = "not_by_procedure";
constexpr std::string_view kReasonBelowProvince = "no_points_below_province";
constexpr std::string_view kReasonMultiplier = "multiplier_not_measured";
constexpr std::string_view kReasonNotPublished = "not_published";

}  // namespace

std::string_view NameOf(ComponentState state) {
  constexpr std::array<std::string_view, 4> kNames = {"measured", "no_denominator", "not_measured",
                                                      "inherited"};
  return kNames[static_cast<size_t>(state)];
}

struct SheetMaker::Impl {
  struct BySender {
    TextId sender = 0;
    FactCounts counts;
  };
  struct Node {
    std::vector<BySender> senders;
    Handling handling;
    bool counted = false;
  };
  // The distinct procedures of one counter: (unit, procedure), every unit above included.
  struct ProcedureSets {
    CaseCounter counter;
    FactSet told = 0;
    boost::unordered_flat_set<uint64_t> members;
    std::vector<std::vector<TextId>> of_unit;
  };
  // One side of an indicator, counted.
  struct Count {
    std::optional<int64_t> value;
    std::string_view reason;
  };

  explicit Impl(const SheetInput& given)
      : input(given), tree(*given.directory.units), day(DayOf(given.question.cut_off)) {
    Climb();
    FindConstantFlags();
    for (const FactCell& cell : input.cells) {
      if (Counts(cell)) AddCell(cell);
    }
    CollectProcedures();
  }

  bool Counts(const FactCell& cell) const {
    return input.only_procedure == 0 || cell.key.procedure == input.only_procedure;
  }

  // Parents once for all: ParentOn follows dates and successors.
  void Climb() {
    parents.resize(tree.size(), kNone);
    for (UnitId id = 0; id < tree.size(); ++id) {
      parents[id] = tree.ParentOn(id, day).value_or(kNone);
    }
    nodes.resize(tree.size());
  }
  template <typename Visit>
  void EachAbove(UnitId unit, Visit visit) const {
    size_t steps = 0;
    for (UnitId at = unit; at != kNone && steps <= parents.size(); at = parents[at], ++steps) {
      visit(at);
    }
  }
  UnitId RootOf(UnitId unit) const {
    UnitId root = unit;
    EachAbove(unit, [&](UnitId at) { root = at; });
    return root;
  }

  void FindConstantFlags() {
    if (input.constant_flags != nullptr) {
      constant_flags = *input.constant_flags;
      for (const ConstantFlag& flag : constant_flags) untold[flag.sender] |= BitOf(flag.fact);
      return;
    }
    std::unordered_map<TextId, FactCounts> of_sender;
    for (const FactCell& cell : input.cells) Add(of_sender[cell.key.sender], cell.counts);
    for (const auto& [sender, counts] : of_sender) {
      for (const TellableRow& row : kTellable) {
        const int64_t base = CountIn(counts, Population::kHandled, row.base);
        if (base < input.constant_flag_cases ||
            CountIn(counts, Population::kHandled, row.fact) != 0) {
          continue;
        }
        untold[sender] |= BitOf(row.fact);
        constant_flags.push_back({sender, row.fact, base});
      }
    }
    std::sort(constant_flags.begin(), constant_flags.end(),
              [](const ConstantFlag& a, const ConstantFlag& b) {
                return std::pair(a.sender, a.fact) < std::pair(b.sender, b.fact);
              });
  }
  bool Tells(TextId sender, FactSet told) const {
    const auto found = untold.find(sender);
    return found == untold.end() || (found->second & told) == 0;
  }

  void AddCell(const FactCell& cell) {
    const UnitId unit = input.directory.UnitOf(cell.key.unit);
    if (unit >= nodes.size()) return;
    EachAbove(unit, [&](UnitId at) {
      Node& node = nodes[at];
      node.counted = true;
      node.handling.ended += cell.ended;
      node.handling.handling_us += cell.handling_us;
      auto mine = std::find_if(node.senders.begin(), node.senders.end(), [&](const BySender& one) {
        return one.sender == cell.key.sender;
      });
      if (mine == node.senders.end()) {
        mine = node.senders.insert(mine, BySender{cell.key.sender, {}});
      }
      Add(mine->counts, cell.counts);
    });
  }

  void CollectProcedures() {
    for (const Indicator& indicator : input.table->indicators()) {
      const FactSet told = ToldOf(indicator);
      for (const std::string* name : {&indicator.numerator, &indicator.denominator}) {
        const auto counter = CaseCounterNamed(*name);
        if (!counter || !counter->procedures || SetsOf(*counter, told) != nullptr) continue;
        sets.push_back({*counter, told, {}, {}});
        Fill(sets.back());
      }
    }
  }
  void Fill(ProcedureSets& set) const {
    set.of_unit.resize(tree.size());
    for (const FactCell& cell : input.cells) {
      if (!Counts(cell) || cell.key.procedure == 0 || !Tells(cell.key.sender, set.told) ||
          CountIn(cell.counts, set.counter.population, set.counter.fact) == 0) {
        continue;
      }
      const UnitId unit = input.directory.UnitOf(cell.key.unit);
      if (unit >= nodes.size()) continue;
      EachAbove(unit, [&](UnitId at) {
        if (set.members.insert(uint64_t{at} << 32 | cell.key.procedure).second) {
          set.of_unit[at].push_back(cell.key.procedure);
        }
      });
    }
  }
  const ProcedureSets* SetsOf(const CaseCounter& counter, FactSet told) const {
    for (const ProcedureSets& set : sets) {
      if (set.told == told && set.counter.population == counter.population &&
          set.counter.fact == counter.fact) {
        return &set;
      }
    }
    return nullptr;
  }

  // What a sender must tell for the indicator to mean anything.
  static FactSet ToldOf(const Indicator& indicator) {
    FactSet told = 0;
    for (const std::string* name : {&indicator.numerator, &indicator.denominator}) {
      if (const auto counter = CaseCounterNamed(*name)) told |= ToldFacts(counter->fact);
    }
    return told;
  }

  struct LeftOut {
    int64_t cases = 0;   // of what the indicator is counted over
    int64_t all = 0;
  };
  LeftOut LeftOutOf(UnitId unit, const Indicator& indicator, FactSet told) const {
    LeftOut left;
    if (told == 0) return left;
    CaseCounter over = CaseCounterNamed(indicator.numerator).value_or(CaseCounter{});
    over.fact = Fact::kAll;
    if (const auto counter = CaseCounterNamed(indicator.denominator)) over = *counter;
    for (const BySender& one : nodes[unit].senders) {
      const int64_t cases = CountIn(one.counts, over.population, over.fact);
      left.all += cases;
      if (!Tells(one.sender, told)) left.cases += cases;
    }
    return left;
  }

  int64_t CaseCount(UnitId unit, const CaseCounter& counter, FactSet told,
                    const RegisterUnit& asked, std::string_view denominator) const {
    if (!counter.procedures) {
      int64_t sum = 0;
      for (const BySender& one : nodes[unit].senders) {
        if (Tells(one.sender, told)) sum += CountIn(one.counts, counter.population, counter.fact);
      }
      return sum;
    }
    const auto& members = SetsOf(counter, told)->of_unit[unit];
    if (!IsRegisterCounter(denominator)) return static_cast<int64_t>(members.size());
    return std::count_if(members.begin(), members.end(), [&](TextId text) {
      const Procedure* procedure = input.catalogue->Find(input.texts->Text(text));
      return procedure != nullptr && CountsProcedure(denominator, *procedure, asked, tree);
    });
  }

  Count CountOf(UnitId unit, const std::string& name, const Indicator& indicator, FactSet told,
                const RegisterUnit& asked) const {
    if (const auto counter = CaseCounterNamed(name)) {
      return {CaseCount(unit, *counter, told, asked, indicator.denominator), ""};
    }
    if (input.only_procedure == 0) return Registered(name, *input.registers, asked);
    if (!IsByProcedure(name)) return {std::nullopt, kReasonNotByProcedure};
    // Over procedures with cases the catalogue is narrowed to the one that was asked for.
    const auto numerator = CaseCounterNamed(indicator.numerator);
    const bool narrow = numerator && numerator->procedures;
    return Registered(name, narrow ? Narrowed() : *input.registers, asked);
  }
  Count Registered(const std::string& name, const RegisterFacts& facts,
                   const RegisterUnit& asked) const {
    const RegisterCount count =
        CountRegister(name, facts, asked, input.question, tree, *input.calendars);
    return {count.value, count.reason};
  }
  const RegisterFacts& Narrowed() const {
    if (!narrowed) {
      narrowed = *input.registers;
      const std::string only = input.texts->Text(input.only_procedure);
      std::erase_if(narrowed->procedures, [&](const Procedure& p) { return p.code != only; });
    }
    return *narrowed;
  }

  static void NotMeasured(Component& component, std::string_view reason) {
    component.state = ComponentState::kNotMeasured;
    component.reason = reason;
    component.numerator.reset();
    component.denominator.reset();
  }

  static void Settle(Component& component, int64_t numerator, int64_t denominator) {
    component.numerator = numerator;
    component.denominator = denominator;
    component.state =
        denominator == 0 ? ComponentState::kNoDenominator : ComponentState::kMeasured;
    if (numerator > denominator) NotMeasured(component, kReasonAbove);
  }

  // What was counted, without points.
  Component Counted(const Indicator& indicator, UnitId unit, const RegisterUnit& asked) const {
    Component component;
    component.indicator = &indicator;
    if (input.published) return Published(indicator, unit);
    if (indicator.constant) {
      component.state = ComponentState::kMeasured;
      return component;
    }
    if (indicator.numerator.empty()) {
      NotMeasured(component, kReasonNoData);
      return component;
    }
    const FactSet told = ToldOf(indicator);
    const LeftOut left = LeftOutOf(unit, indicator, told);
    component.left_out = left.cases;
    if (left.cases > 0 && left.cases == left.all) {
      NotMeasured(component, kReasonSender);
      return component;
    }
    const Count numerator = CountOf(unit, indicator.numerator, indicator, told, asked);
    const Count denominator = CountOf(unit, indicator.denominator, indicator, told, asked);
    if (!numerator.value || !denominator.value) {
      NotMeasured(component, !denominator.value ? denominator.reason : numerator.reason);
      return component;
    }
    Settle(component, *numerator.value, *denominator.value);
    return component;
  }

  Component Published(const Indicator& indicator, UnitId unit) const {
    Component component;
    component.indicator = &indicator;
    if (indicator.constant) {
      component.state = ComponentState::kMeasured;
      return component;
    }
    for (const SyncCount& row : input.registers->sync_counts) {
      if (row.indicator == indicator.id && row.unit == tree.at(unit).code &&
          row.period == input.question.period && row.numerator && row.denominator) {
        Settle(component, *row.numerator, *row.denominator);
        return component;
      }
    }
    NotMeasured(component, kReasonNotPublished);
    return component;
  }

  RegisterUnit Asked(UnitId unit) const {
    return RegisterUnit::Of(unit, tree.SubtreeOn(unit, day), tree);
  }

  std::vector<Component> AllCounted(UnitId unit) const {
    const RegisterUnit asked = Asked(unit);
    std::vector<Component> all;
    for (const Indicator& indicator : input.table->indicators()) {
      all.push_back(Counted(indicator, unit, asked));
    }
    return all;
  }
  // The province's components, counted once for all units that inherit them.
  const std::vector<Component>& CountedOfRoot(UnitId root) const {
    auto& known = of_root[root];
    if (known.empty()) known = AllCounted(root);
    return known;
  }

  // What a unit below the province has otherwise than from its own figures.
  void Inherit(UnitId unit, std::vector<Component>& components) const {
    const UnitId root = RootOf(unit);
    if (root == unit) return;
    for (size_t i = 0; i < components.size(); ++i) {
      const Indicator& indicator = *components[i].indicator;
      if (indicator.below_province == BelowProvince::kFull) {
        components[i] = {};
        components[i].indicator = &indicator;
        components[i].state = ComponentState::kMeasured;
      }
      if (indicator.below_province != BelowProvince::kInherits) continue;
      if (input.published && components[i].state != ComponentState::kNotMeasured) continue;
      components[i] = CountedOfRoot(root)[i];
      if (components[i].state == ComponentState::kMeasured) {
        components[i].state = ComponentState::kInherited;
      }
    }
  }

  void Score(UnitId unit, std::vector<Component>& components) const {
    const bool below = RootOf(unit) != unit;
    const int year = CivilOf(input.question.period.to).year;
    std::vector<ScoredCount> counts;
    for (const Component& c : components) {
      ScoredCount count;
      count.indicator = c.indicator;
      count.measured = c.state != ComponentState::kNotMeasured;
      count.numerator = c.numerator.value_or(0);
      count.denominator = c.denominator.value_or(0);
      counts.push_back(count);
    }
    const std::vector<std::optional<int64_t>> cents = PointsOfAll(*input.table, counts, below, year);
    const std::vector<int64_t> maxima = MaximaOf(*input.table, counts, below);
    for (size_t i = 0; i < components.size(); ++i) {
      const Indicator& indicator = *components[i].indicator;
      const bool is_split = components[i].state == ComponentState::kNoDenominator &&
                            indicator.zero_denominator == ZeroDenominator::kSplit;
      components[i].max_cents =
          cents[i] || is_split ? maxima[i] : int64_t{indicator.max_points} * kCentsPerPoint;
      components[i].cents = cents[i];
      if (cents[i] || !components[i].reason.empty() || indicator.max_points == 0) continue;
      if (below && indicator.below_province == BelowProvince::kNoPoints) {
        components[i].reason = kReasonBelowProvince;
      } else if (components[i].state == ComponentState::kMeasured) {
        components[i].reason = kReasonMultiplier;
      }
    }
  }

  const SheetInput input;
  const UnitTree& tree;
  const Day day;
  static constexpr UnitId kNone = UINT32_MAX;
  std::vector<UnitId> parents;
  std::vector<Node> nodes;
  std::unordered_map<TextId, FactSet> untold;
  std::vector<ConstantFlag> constant_flags;
  std::vector<ProcedureSets> sets;
  mutable std::optional<RegisterFacts> narrowed;
  mutable std::unordered_map<UnitId, std::vector<Component>> of_root;
};

SheetMaker::SheetMaker(const SheetInput& input) : impl_(std::make_unique<Impl>(input)) {}
SheetMaker::~SheetMaker() = default;

Sheet SheetMaker::For(UnitId unit) const {
  const Impl& impl = *impl_;
  Sheet sheet;
  sheet.unit = unit;
  sheet.components = impl.AllCounted(unit);
  impl.Inherit(unit, sheet.components);
  impl.Score(unit, sheet.components);
  const IndicatorTable& table = *impl.input.table;
  sheet.group_cents.resize(table.groups().size());
  sheet.complete = true;
  int64_t measured_cents = 0;
  for (const Component& component : sheet.components) {
    const Indicator& indicator = *component.indicator;
    if (indicator.max_points == 0) continue;
    sheet.complete &= component.state != ComponentState::kNotMeasured;
    if (!component.cents) continue;
    measured_cents += component.max_cents;
    for (size_t g = 0; g < table.groups().size(); ++g) {
      if (table.groups()[g].id == indicator.group) sheet.group_cents[g] += *component.cents;
    }
  }
  sheet.measured_max = measured_cents / kCentsPerPoint;   // split parts add up to whole points
  for (const int64_t cents : sheet.group_cents) sheet.total_cents += cents;
  if (sheet.complete) sheet.band = table.BandOf(sheet.total_cents);
  return sheet;
}

const std::vector<ConstantFlag>& SheetMaker::constant_flags() const {
  return impl_->constant_flags;
}

std::vector<ConstantFlag> SheetMaker::ConstantFlagsOf(UnitId unit) const {
  std::vector<ConstantFlag> flags;
  for (const ConstantFlag& flag : impl_->constant_flags) {
    for (const Impl::BySender& one : impl_->nodes[unit].senders) {
      if (one.sender != flag.sender) continue;
      const int64_t cases = CountIn(one.counts, Population::kHandled, BaseOf(flag.fact));
      if (cases > 0) flags.push_back({flag.sender, flag.fact, cases});
    }
  }
  return flags;
}

std::vector<UnitId> SheetMaker::Units() const {
  std::vector<UnitId> units;
  for (UnitId id = 0; id < impl_->nodes.size(); ++id) {
    if (impl_->nodes[id].counted) units.push_back(id);
  }
  return units;
}

SheetMaker::Handling SheetMaker::HandlingOf(UnitId unit) const {
  return impl_->nodes[unit].handling;
}

SheetMaker::Told SheetMaker::CountsOf(UnitId unit, FactSet facts,
                                      std::span<const TextId> excluded_procedures) const {
  const Impl& impl = *impl_;
  FactSet needed = 0;
  for (size_t i = 0; i < kFactCount; ++i) {
    const auto fact = static_cast<Fact>(i);
    if ((facts & BitOf(fact)) != 0) needed |= ToldFacts(fact);
  }
  Told told;
  for (const FactCell& cell : impl.input.cells) {
    const UnitId own = impl.input.directory.UnitOf(cell.key.unit);
    if (!impl.Counts(cell) || own >= impl.nodes.size()) continue;
    const bool excluded = std::find(excluded_procedures.begin(), excluded_procedures.end(),
                                    cell.key.procedure) != excluded_procedures.end();
    FactCounts& counts = !impl.Tells(cell.key.sender, needed) ? told.left_out
                         : excluded                           ? told.excluded
                                                              : told.counts;
    impl.EachAbove(own, [&](UnitId at) {
      if (at == unit) Add(counts, cell.counts);
    });
  }
  return told;
}

std::optional<int64_t> GroupCents(const Sheet& sheet, const IndicatorTable& table, size_t group) {
  const bool any = std::any_of(
      sheet.components.begin(), sheet.components.end(), [&](const Component& component) {
        return component.cents && component.indicator->group == table.groups()[group].id;
      });
  return any ? std::optional(sheet.group_cents[group]) : std::nullopt;
}

std::vector<int> RanksOf(std::span<const Sheet> sheets) {
  std::vector<int> ranks;
  for (const Sheet& sheet : sheets) {
    ranks.push_back(1 + static_cast<int>(std::count_if(
                            sheets.begin(), sheets.end(), [&](const Sheet& other) {
                              return other.total_cents > sheet.total_cents;
                            })));
  }
  return ranks;
}

}  // namespace tthc
