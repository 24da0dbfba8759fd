#include "metrics/indicators/score.h"

#include <algorithm>
#include <array>
#include <set>

namespace tthc {
namespace {

constexpr int64_t kCentsPerPoint = 100;
constexpr int64_t kPercent = 100;
constexpr int64_t kMostCents = 100 * kCentsPerPoint;

struct LevelRow {
  std::string_view name;
  ScoreLevel level;
};
constexpr std::array<LevelRow, 4> kLevels = {{{"province", ScoreLevel::kProvince},
                                              {"department", ScoreLevel::kDepartment},
                                              {"commune", ScoreLevel::kCommune},
                                              {"unit", ScoreLevel::kUnit}}};

using Wide = unsigned __int128;
// Twice the dividend of two ratios, the most that is computed.
static_assert(~Wide{0} / kMaxCount / kMaxCount / kMostCents / kPercent >= 2);
// In millionths of a point fewer counts stay exact; no province has so many cases.
constexpr int64_t kMostCentsInMicros = 100 * kMicrosPerPoint;
constexpr int64_t kMaxCountInMicros = int64_t{1} << 40;
static_assert(~Wide{0} / kMaxCountInMicros / kMaxCountInMicros / kMostCentsInMicros / kPercent >= 2);

bool IsInRange(const Ratio& ratio, int64_t most) {
  return ratio.numerator >= 0 && ratio.numerator <= most && ratio.denominator > 0 &&
         ratio.denominator <= most;
}

// min(maximum, maximum × ratio × multiplier ÷ target), half up; both ratios in range.
int64_t Share(int64_t maximum, const Ratio& ratio, const Ratio& by, int target_percent) {
  const Wide dividend = Wide(ratio.numerator) * Wide(by.numerator) * Wide(maximum * kPercent);
  const Wide divisor = Wide(ratio.denominator) * Wide(by.denominator) * Wide(target_percent);
  const Wide rounded = (2 * dividend + divisor) / (2 * divisor);
  return rounded < Wide(maximum) ? static_cast<int64_t>(rounded) : maximum;
}

int64_t MaxCents(const Indicator& indicator) { return indicator.max_points * kCentsPerPoint; }

// How one count comes to its points.
enum class Award {
  kNothing,  // not awarded, or not known
  kMaximum,  // without a ratio
  kEmpty,    // by the rule for an empty denominator
  kByRatio,
};

const ScoredCount* MultiplierOf(const ScoredCount& count, std::span<const ScoredCount> counts) {
  if (count.indicator->multiplier.empty()) return nullptr;
  const auto found = std::find_if(counts.begin(), counts.end(), [&](const ScoredCount& other) {
    return other.indicator->id == count.indicator->multiplier;
  });
  return found == counts.end() ? nullptr : &*found;
}

Award AwardOf(const ScoredCount& count, std::span<const ScoredCount> counts, bool below_province) {
  const Indicator& indicator = *count.indicator;
  if (indicator.max_points == 0) return Award::kNothing;
  if (indicator.constant) return Award::kMaximum;
  if (below_province && indicator.below_province == BelowProvince::kNoPoints) {
    return Award::kNothing;
  }
  if (below_province && indicator.below_province == BelowProvince::kFull) return Award::kMaximum;
  if (!count.measured) return Award::kNothing;
  if (count.denominator == 0) return Award::kEmpty;   // whatever would have multiplied it
  const ScoredCount* multiplier = MultiplierOf(count, counts);
  if (multiplier == nullptr) return Award::kByRatio;
  if (!multiplier->measured) return Award::kNothing;
  return multiplier->denominator == 0 ? Award::kEmpty : Award::kByRatio;
}

std::vector<Award> AwardsOf(std::span<const ScoredCount> counts, bool below_province) {
  std::vector<Award> awards;
  for (const ScoredCount& count : counts) awards.push_back(AwardOf(count, counts, below_province));
  return awards;
}

bool IsSplit(const ScoredCount& count, Award award) {
  return award == Award::kEmpty && count.indicator->zero_denominator == ZeroDenominator::kSplit;
}

// Hands the maxima of a group's split indicators to those with a ratio.
void SplitWithin(const IndicatorGroup& group, std::span<const ScoredCount> counts,
                 const std::vector<Award>& awards, std::vector<int64_t>& maxima) {
  int64_t free_cents = 0;
  std::vector<size_t> takers;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i].indicator->group != group.id) continue;
    if (IsSplit(counts[i], awards[i])) free_cents += MaxCents(*counts[i].indicator);
    if (awards[i] == Award::kByRatio) takers.push_back(i);
  }
  if (takers.empty()) return;
  const auto parts = static_cast<int64_t>(takers.size());
  for (size_t t = 0; t < takers.size(); ++t) {
    const bool takes_rest = static_cast<int64_t>(t) < free_cents % parts;
    maxima[takers[t]] += free_cents / parts + (takes_rest ? 1 : 0);
  }
}

std::vector<int64_t> MaximaBy(const std::vector<Award>& awards, const IndicatorTable& table,
                              std::span<const ScoredCount> counts) {
  std::vector<int64_t> maxima;
  for (size_t i = 0; i < counts.size(); ++i) {
    const bool is_scored = awards[i] != Award::kNothing && !IsSplit(counts[i], awards[i]);
    maxima.push_back(is_scored ? MaxCents(*counts[i].indicator) : 0);
  }
  for (const IndicatorGroup& group : table.groups()) SplitWithin(group, counts, awards, maxima);
  return maxima;
}

std::optional<int64_t> Empty(const Indicator& indicator) {
  switch (indicator.zero_denominator) {
    case ZeroDenominator::kNone:
    case ZeroDenominator::kSplit: return std::nullopt;
    case ZeroDenominator::kZero: return 0;
    case ZeroDenominator::kFull: return MaxCents(indicator);
  }
  return std::nullopt;
}

int TargetOf(const Indicator& indicator, std::optional<int> year) {
  return year ? indicator.TargetIn(*year) : indicator.target_percent;
}

std::optional<int64_t> Cents(const ScoredCount& count, std::span<const ScoredCount> counts,
                             Award award, int64_t max_cents, std::optional<int> year) {
  switch (award) {
    case Award::kNothing: return std::nullopt;
    case Award::kMaximum: return max_cents;
    case Award::kEmpty: return Empty(*count.indicator);
    case Award::kByRatio: break;
  }
  std::optional<Ratio> multiplier;
  if (const ScoredCount* by = MultiplierOf(count, counts)) {
    multiplier = Ratio{by->numerator, by->denominator};
  }
  return PointsOf(max_cents, {count.numerator, count.denominator}, TargetOf(*count.indicator, year),
                  multiplier);
}

Result<void> Check(const IndicatorTable& table, std::span<const IndicatorCount> counts) {
  std::set<std::string_view> ids;
  for (const IndicatorCount& count : counts) {
    if (table.Find(count.id) == nullptr) return Invalid("there is no indicator '" + count.id + "'");
    if (count.numerator < 0 || count.denominator < 0) {
      return Invalid(count.id + ": a count is below 0");
    }
    if (count.numerator > count.denominator) {
      return Invalid(count.id + ": the numerator is above the denominator");
    }
    if (count.denominator > kMaxCount) {
      return Invalid(count.id + ": a count is above " + std::to_string(kMaxCount));
    }
    if (!ids.insert(count.id).second) return Invalid(count.id + " is given twice");
  }
  return {};
}

const IndicatorCount* CountOf(std::span<const IndicatorCount> counts, std::string_view id) {
  const auto found = std::find_if(counts.begin(), counts.end(),
                                  [&](const IndicatorCount& count) { return count.id == id; });
  return found == counts.end() ? nullptr : &*found;
}

bool NeedsNoCount(const Indicator& indicator, bool below_province) {
  return indicator.constant ||
         (below_province && indicator.below_province == BelowProvince::kFull);
}

// The given counts and what its groups have without one, in the table's order.
std::vector<ScoredCount> InTableOrder(const IndicatorTable& table,
                                      std::span<const IndicatorCount> counts,
                                      bool below_province) {
  std::set<std::string_view> groups;
  for (const IndicatorCount& count : counts) groups.insert(table.Find(count.id)->group);
  std::vector<ScoredCount> scored;
  for (const Indicator& indicator : table.indicators()) {
    if (const IndicatorCount* count = CountOf(counts, indicator.id)) {
      scored.push_back({&indicator, true, count->numerator, count->denominator});
    } else if (groups.contains(indicator.group) && NeedsNoCount(indicator, below_province)) {
      scored.push_back({&indicator, true, 0, 0});
    }
  }
  return scored;
}

}  // namespace

std::optional<int64_t> PointsOf(int64_t max_cents, const Ratio& ratio, int target_percent,
                                const std::optional<Ratio>& multiplier) {
  const Ratio by = multiplier.value_or(Ratio{1, 1});
  if (!IsInRange(ratio, kMaxCount) || !IsInRange(by, kMaxCount)) return std::nullopt;
  if (max_cents < 0 || max_cents > kMostCents) return std::nullopt;
  if (target_percent < 1 || target_percent > kPercent) return std::nullopt;
  return Share(max_cents, ratio, by, target_percent);
}

int64_t MicropointsOf(int64_t max_cents, const Ratio& ratio, int target_percent,
                      const std::optional<Ratio>& multiplier) {
  const Ratio by = multiplier.value_or(Ratio{1, 1});
  if (!IsInRange(ratio, kMaxCountInMicros) || !IsInRange(by, kMaxCountInMicros)) return 0;
  if (max_cents < 0 || max_cents > kMostCents) return 0;
  if (target_percent < 1 || target_percent > kPercent) return 0;
  return Share(max_cents * (kMicrosPerPoint / kCentsPerPoint), ratio, by, target_percent);
}

std::optional<int64_t> PointsOf(const Indicator& indicator, int64_t numerator, int64_t denominator,
                                int target_percent, const std::optional<Ratio>& multiplier) {
  return PointsOf(MaxCents(indicator), {numerator, denominator}, target_percent, multiplier);
}

std::vector<int64_t> MaximaOf(const IndicatorTable& table, std::span<const ScoredCount> counts,
                              bool below_province) {
  return MaximaBy(AwardsOf(counts, below_province), table, counts);
}

std::vector<std::optional<int64_t>> PointsOfAll(const IndicatorTable& table,
                                                std::span<const ScoredCount> counts,
                                                bool below_province, std::optional<int> year) {
  const std::vector<Award> awards = AwardsOf(counts, below_province);
  const std::vector<int64_t> maxima = MaximaBy(awards, table, counts);
  std::vector<std::optional<int64_t>> points;
  for (size_t i = 0; i < counts.size(); ++i) {
    points.push_back(Cents(counts[i], counts, awards[i], maxima[i], year));
  }
  return points;
}

std::optional<ScoreLevel> ScoreLevelNamed(std::string_view name) {
  for (const LevelRow& row : kLevels) {
    if (row.name == name) return row.level;
  }
  return std::nullopt;
}

Result<Score> ScoreOf(const IndicatorTable& table, ScoreLevel level,
                      std::span<const IndicatorCount> counts, std::optional<int> year) {
  if (const auto checked = Check(table, counts); !checked) return checked.error();
  const bool below_province = level != ScoreLevel::kProvince;
  const std::vector<ScoredCount> scored = InTableOrder(table, counts, below_province);
  const std::vector<std::optional<int64_t>> points =
      PointsOfAll(table, scored, below_province, year);
  Score score;
  for (const IndicatorGroup& group : table.groups()) {
    GroupScore sum{&group, 0};
    const size_t before = score.components.size();
    for (size_t i = 0; i < scored.size(); ++i) {
      if (scored[i].indicator->group != group.id) continue;
      score.components.push_back({scored[i].indicator, points[i]});
      sum.cents += points[i].value_or(0);
    }
    if (score.components.size() == before) continue;
    score.groups.push_back(sum);
    score.total_cents += sum.cents;
  }
  return score;
}

}  // namespace tthc
