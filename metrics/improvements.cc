// What would raise a unit's score: the points that open cases can still bring, case by case, and
// what the period's end would show.
#include <algorithm>
#include <memory>

#include "metrics/figures.h"
#include "metrics/tallies/summary.h"

namespace tthc {
namespace {

// What whoever handles an open case can still bring about, and what it takes.
struct GainRow {
  Fact fact;
  std::string_view what;
};
constexpr GainRow kGains[] = {
    {Fact::kOnTime, "close_in_time"},     {Fact::kContent, "close_in_time"},
    {Fact::kEResult, "issue_e_result"},   {Fact::kOnlineComplete, "issue_e_result"},
    {Fact::kDigitised, "digitise"},       {Fact::kPaidOnline, "pay_online"},
};
std::string_view WhatGains(Fact fact) {
  for (const GainRow& row : kGains) {
    if (row.fact == fact) return row.what;
  }
  return {};
}

// One case at the cut-off, and at the end of the period if nothing more is said of it.
struct Prospect {
  bool counts_now = false;      // of the population at the cut-off
  bool counts_at_end = false;
  bool received = false;        // within the period
  bool open = false;            // at the cut-off, before the period's end
  std::optional<Instant> due;
  FactSet now = 0;              // facts at the cut-off
  FactSet nothing = 0;          // … at the end
  FactSet in_time = 0;          // … if it ends in time where it is in time at the cut-off
  FactSet best = 0;             // at the cut-off, and everything that can still be done is done
};

FactSet ClosedInTime(FactSet facts) {
  const bool troubled = (facts & BitOf(Fact::kTroubled)) != 0;
  return facts | BitOf(Fact::kOnTime) | (troubled ? 0 : BitOf(Fact::kContent));
}

FactSet WellHandled(FactSet facts) {
  const auto has = [&](Fact fact) { return (facts & BitOf(fact)) != 0; };
  facts |= BitOf(Fact::kDigitised);
  if (has(Fact::kDocumented)) facts |= BitOf(Fact::kEResult);
  if (has(Fact::kOnline)) facts |= BitOf(Fact::kOnlineComplete);
  if (has(Fact::kFee)) facts |= BitOf(Fact::kPaidOnline);
  return facts;
}

class Outlook {
 public:
  Outlook(Instant from, Instant cut_off, Instant end) : from_(from), cut_off_(cut_off), end_(end) {}

  // What the registers will say of it after the cut-off is not known yet.
  Prospect Of(const FactWalk& walk, std::string_view case_id, const Casework& desk) const {
    Prospect prospect;
    const Verdict now = desk.Judge(Rule::kQd766, from_, cut_off_);
    const Verdict at_end = desk.Judge(Rule::kQd766, from_, end_);
    prospect.counts_now = now.state != CaseState::kOutside;
    prospect.counts_at_end = at_end.state != CaseState::kOutside;
    if (!prospect.counts_now && !prospect.counts_at_end) return prospect;
    const FactSet stored = StoredFactsOf(walk, case_id, desk, cut_off_);
    prospect.received = !(prospect.counts_now ? now : at_end).carried_over;
    prospect.due = at_end.due;
    prospect.now = prospect.best = WithVerdict(stored, now.state);
    prospect.nothing = prospect.in_time = WithVerdict(stored, at_end.state);
    prospect.open = cut_off_ < end_ && IsPending(now.state);   // an ended period is over
    if (!prospect.open) return prospect;
    if (now.state == CaseState::kPendingInTime) prospect.in_time = ClosedInTime(prospect.in_time);
    prospect.best = WellHandled(prospect.now);
    return prospect;
  }

 private:
  Instant from_, cut_off_, end_;
};

// What one more case would add to one indicator of the sheet.
class EffectOf {
 public:
  EffectOf(const Sheet& sheet, int year) : sheet_(sheet), year_(year) {}

  void Add(const Prospect& prospect, CaseEffect& effect) const {
    for (const Component& component : sheet_.components) {
      const Indicator& indicator = *component.indicator;
      const auto counter = CaseCounterNamed(indicator.numerator);
      if (!counter || counter->procedures || !component.cents || indicator.max_points == 0) continue;
      if (counter->population == Population::kReceived && !prospect.received) continue;
      const FactSet fact = BitOf(counter->fact);
      if ((prospect.nothing & fact) != 0 || (prospect.best & fact) == 0) continue;
      const int64_t gain = OneMore(component);
      if (gain <= 0) continue;
      effect.effect_micropoints += gain;
      effect.parts.push_back({indicator.id, gain, std::string(WhatGains(counter->fact))});
    }
  }

 private:
  int64_t OneMore(const Component& component) const {
    const Indicator& indicator = *component.indicator;
    if (!component.denominator || *component.denominator == 0) return 0;
    const auto points = [&](int64_t numerator) {
      return MicropointsOf(component.max_cents, {numerator, *component.denominator},
                           indicator.TargetIn(year_), MultiplierOf(indicator));
    };
    return points(*component.numerator + 1) - points(*component.numerator);
  }
  std::optional<Ratio> MultiplierOf(const Indicator& indicator) const {
    for (const Component& other : sheet_.components) {
      if (other.indicator->id != indicator.multiplier) continue;
      return Ratio{other.numerator.value_or(0), other.denominator.value_or(0)};
    }
    return std::nullopt;
  }

  const Sheet& sheet_;
  const int year_;
};

bool ComesBefore(const CaseEffect& a, const CaseEffect& b) {
  if (a.effect_micropoints != b.effect_micropoints) {
    return a.effect_micropoints > b.effect_micropoints;
  }
  const Instant due_a = a.due.value_or(kEndOfTime), due_b = b.due.value_or(kEndOfTime);
  return due_a != due_b ? due_a < due_b : a.case_id < b.case_id;
}

// The largest `limit` of all that are offered.
class Largest {
 public:
  explicit Largest(size_t limit) : limit_(limit) {}
  void Offer(CaseEffect effect) {
    ++total_;
    if (kept_.size() == limit_) {
      if (limit_ == 0 || !ComesBefore(effect, kept_.front())) return;
      std::pop_heap(kept_.begin(), kept_.end(), ComesBefore);
      kept_.pop_back();
    }
    kept_.push_back(std::move(effect));
    std::push_heap(kept_.begin(), kept_.end(), ComesBefore);
  }
  uint64_t total() const { return total_; }
  std::vector<CaseEffect> Sorted() && {
    std::sort(kept_.begin(), kept_.end(), ComesBefore);
    return std::move(kept_);
  }

 private:
  const size_t limit_;
  uint64_t total_ = 0;
  std::vector<CaseEffect> kept_;   // a heap: the one to go first
};

}  // namespace

Result<ImprovementAnswer> Figures::Improvements(const ImprovementQuery& query) const {
  // Of a moment gone by it is asked what could be done then: nobody knew what came later.
  const auto known_at = query.view.known_at ? query.view.known_at : query.view.as_of;
  const auto unit = UnitOf(query.unit, known_at);
  if (!unit) return unit.error();
  const auto table = Definition(query.definition, query.period, known_at);
  if (!table) return table.error();
  if (const auto checked = CheckPeriod(query.period); !checked) return checked.error();

  const Instant present = parts_.now();
  ImprovementAnswer answer;
  answer.table = *table;
  answer.cut_off = CutOff(query.period, query.view.as_of, present);
  answer.known_at = known_at.value_or(present);
  const Instant from = StartOf(query.period.from);
  const Instant end = LastSecondOf(query.period.to);
  const Outlook outlook(from, answer.cut_off, end);

  const CaseworkOptions casework = CaseworkAt(known_at);
  const RegisterFacts facts = RegisterFactsAt(known_at, casework);
  const FactWalk walk = WalkOf(casework, known_at);
  FactCells now, nothing, in_time, best;
  const auto gathered =
      WalkDesks(walk, from, [&](std::string_view case_id, const Casework& desk) {
        const Prospect prospect = outlook.Of(walk, case_id, desk);
        const FactKey key{desk.unit_text(), desk.folded().procedure, desk.folded().sender};
        if (prospect.counts_now) {
          now.Add(key, prospect.now, prospect.received);
          best.Add(key, prospect.best, prospect.received);
        }
        if (!prospect.counts_at_end) return;
        nothing.Add(key, prospect.nothing, prospect.received);
        in_time.Add(key, prospect.in_time, prospect.received);
      });
  if (!gathered) return gathered.error();

  const DirectoryView directory = DirectoryAt(known_at);
  const std::vector<FactCell> now_cells = now.Sorted();
  const SheetMaker now_maker(InputOf(**table, facts, casework, now_cells,
                                     {query.period, answer.cut_off}, known_at));
  const auto sheet_of = [&](const FactCells& cells, Instant cut_off) {
    const std::vector<FactCell> sorted = cells.Sorted();
    SheetInput input =
        InputOf(**table, facts, casework, sorted, {query.period, cut_off}, known_at);
    // A sender does not begin to tell because its cases might end well.
    input.constant_flags = &now_maker.constant_flags();
    return SheetMaker(input).For(*unit);
  };
  const tthc::Sheet now_sheet = now_maker.For(*unit);
  const tthc::Sheet nothing_sheet = sheet_of(nothing, end);
  // What is not of cases stays as it stands: petitions, too, can be answered in time.
  const tthc::Sheet best_sheet = sheet_of(best, answer.cut_off);
  answer.total_cents = now_sheet.total_cents;
  answer.measured_max = now_sheet.measured_max;
  answer.nothing_done_cents = nothing_sheet.total_cents;
  answer.all_in_time_cents = sheet_of(in_time, end).total_cents;
  for (size_t i = 0; i < now_sheet.components.size(); ++i) {
    const Component& component = now_sheet.components[i];
    if (component.indicator->max_points == 0) continue;
    answer.components.push_back({component.indicator->id, component.cents, component.max_cents,
                                 best_sheet.components[i].cents.value_or(0)});
  }

  Largest largest(query.limit);
  const EffectOf effect_of(nothing_sheet, CivilOf(query.period.to).year);
  const auto& tree = directory.units;
  const auto listed = WalkDesksOf(
      walk, tree->SubtreeOn(*unit, DayOf(answer.cut_off)), from,
      [&](std::string_view case_id, const Casework& desk) {
        const Prospect prospect = outlook.Of(walk, case_id, desk);
        if (!prospect.open || prospect.best == prospect.nothing) return;
        CaseEffect effect;
        effect_of.Add(prospect, effect);
        if (effect.parts.empty()) return;
        effect.case_id = case_id;
        effect.unit = tree->at(desk.unit()).code;
        effect.procedure = parts_.directory.Text(desk.folded().procedure);
        effect.due = prospect.due;
        largest.Offer(std::move(effect));
      });
  if (!listed) return listed.error();
  answer.cases_total = largest.total();
  answer.cases = std::move(largest).Sorted();
  return answer;
}

}  // namespace tthc
