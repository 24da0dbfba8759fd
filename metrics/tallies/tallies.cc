#include "metrics/tallies/tallies.h"

#include <algorithm>

namespace tthc {
namespace {

std::optional<Outcome> OutcomeOf(StandingBits standing) {
  switch (standing.state(Rule::kForm06)) {
    case CaseState::kResolvedEarly: return Outcome::kEarly;
    case CaseState::kResolvedOnTime: return Outcome::kOnTime;
    case CaseState::kResolvedLate: return Outcome::kLate;
    case CaseState::kOutside:
    case CaseState::kPendingInTime:
    case CaseState::kPendingLate: break;
  }
  return std::nullopt;
}

}  // namespace

std::string_view NameOf(Outcome outcome) {
  static constexpr std::array<std::string_view, kOutcomeCount> kNames = {"early", "on_time", "late"};
  return kNames[static_cast<size_t>(outcome)];
}

Tallies::Tallies() : keys_(1), cells_(1), unit_of_key_(1, nullptr) {}

uint32_t Tallies::KeyNumber(const FactKey& key) {
  const std::lock_guard lock(mutex_);
  const auto [it, is_new] = numbers_.try_emplace(key, static_cast<uint32_t>(keys_.size()));
  if (is_new) {
    keys_.push_back(key);
    cells_.emplace_back();
    unit_of_key_.push_back(&units_[key.unit]);
  }
  return it->second;
}

void AddTo(Counts& counts, StandingBits standing, Rule rule, size_t period, int sign) {
  const CaseState state = standing.state(rule);
  if (state == CaseState::kOutside || standing.ended_before(rule, period)) return;
  Verdict v;
  v.state = state;
  v.carried_over = standing.received_before(period);
  v.online = standing.online();
  v.reason = standing.no_due_date(rule) ? Reason::kNoDueDate : Reason::kEndedByDue;
  tthc::Add(counts, v, sign);
}

void AddTo(FactCounts& counts, StandingBits standing, FactSet stored, size_t period, int sign) {
  const CaseState state = standing.state(Rule::kQd766);
  if (state == CaseState::kOutside || standing.ended_before(Rule::kQd766, period)) return;
  const FactSet facts = WithVerdict(stored, state);
  tthc::Add(counts.handled, facts, sign);
  if (!standing.received_before(period)) tthc::Add(counts.received, facts, sign);
}

void Tallies::Add(uint32_t key, StandingBits standing, FactSet facts, FindingSet findings,
                  int sign) {
  UnitTally& unit = *unit_of_key_[key];
  if (standing.open() != OpenState::kNotOpen) {
    unit.open[static_cast<size_t>(standing.open())] += sign;
  }
  // Cases that ended before this year are not all counted: none of them is.
  constexpr size_t kYear = kLivePeriodCount - 1;
  const bool of_this_year = !standing.ended_before(Rule::kQd766, kYear) ||
                            !standing.ended_before(Rule::kForm06, kYear);
  if (of_this_year) {
    for (size_t i = 0; findings >> i != 0; ++i) {
      unit.findings_open[i] += (findings >> i & 1u) != 0 ? sign : 0;
    }
  }
  for (size_t p = 0; p < kLivePeriodCount; ++p) {
    AddTo(cells_[key][p], standing, facts, p, sign);
    for (const Rule rule : kRules) {
      AddTo(unit.periods[p][static_cast<size_t>(rule)], standing, rule, p, sign);
    }
  }
}

// The counters of Prometheus only rise: what is undone is counted beside them.
void Tallies::CountTotals(const TallyMove& move) {
  UnitTally* before = unit_of_key_[move.key_before];
  UnitTally* after = unit_of_key_[move.key_after];
  const bool was = before != nullptr && move.before.received();
  const bool is = after != nullptr && move.after.received();
  if (was != is || (was && (before != after || move.before.online() != move.after.online()))) {
    if (was) ++before->received_taken_back[move.before.online()];
    if (is) ++after->received_total[move.after.online()];
  }
  const auto had = was ? OutcomeOf(move.before) : std::nullopt;
  const auto has = is ? OutcomeOf(move.after) : std::nullopt;
  if (had != has || (had && before != after)) {
    if (had) ++before->finished_taken_back[static_cast<size_t>(*had)];
    if (has) ++after->finished_total[static_cast<size_t>(*has)];
  }
}

void Tallies::Count(const TallyMove& move) {
  CountTotals(move);
  if (move.key_after != 0) CountFindings(move);
}

void Tallies::CountFindings(const TallyMove& move) {
  const FindingSet before = move.key_before != 0 ? move.findings_before : FindingSet{0};
  const FindingSet came_up = move.findings_after & ~before;
  for (size_t i = 0; came_up >> i != 0; ++i) {
    unit_of_key_[move.key_after]->findings_total[i] += came_up >> i & 1u;
  }
}

void Tallies::Apply(const std::vector<TallyMove>& moves, Totals totals) {
  const std::lock_guard lock(mutex_);
  if (!moves.empty()) ++changes_;
  for (const TallyMove& move : moves) {
    if (move.key_before == move.key_after && move.before.bits() == move.after.bits() &&
        move.findings_before == move.findings_after && move.facts_before == move.facts_after) {
      continue;
    }
    if (move.key_before != 0) {
      Add(move.key_before, move.before, move.facts_before, move.findings_before, -1);
    }
    if (move.key_after != 0) {
      Add(move.key_after, move.after, move.facts_after, move.findings_after, +1);
    }
    if (totals == Totals::kCount) Count(move);
  }
}

void Tallies::Clear() {
  const std::lock_guard lock(mutex_);
  ++changes_;
  for (PeriodFacts& cell : cells_) cell = {};
  for (auto& [text, unit] : units_) {
    unit.open = {};
    unit.findings_open = {};
    unit.periods = {};
  }
}

std::unordered_map<TextId, UnitTally> Tallies::Units() const {
  const std::lock_guard lock(mutex_);
  return units_;
}

std::vector<FactCell> Tallies::Cells(size_t period) const {
  std::vector<FactCell> out;
  {
    const std::lock_guard lock(mutex_);
    constexpr auto kAll = static_cast<size_t>(Fact::kAll);
    for (size_t i = 1; i < keys_.size(); ++i) {
      const FactCounts& counts = cells_[i][period];
      if (counts.handled[kAll] != 0) out.push_back({keys_[i], counts, 0, 0});
    }
  }
  std::sort(out.begin(), out.end(),
            [](const FactCell& a, const FactCell& b) { return a.key < b.key; });
  return out;
}

}  // namespace tthc
