#include "metrics/indicators/score.h"

#include <algorithm>
#include <array>

namespace tthc {
namespace {

constexpr int64_t kCentsPerPoint = 100;
constexpr int64_t kPercent = 100;

struct LevelRow {
  std::string_view name;
  ScoreLevel level;
};
constexpr std::array<LevelRow, 4> kLevels = {{{"province", ScoreLevel::kProvince},
                                              {"department", ScoreLevel::kDepartment},
                                              {"commune", ScoreLevel::kCommune},
                                              {"unit", ScoreLevel::kUnit}}};

std::optional<int64_t> Empty(const Indicator& indicator) {
  switch (indicator.zero_denominator) {
    case ZeroDenominator::kNone: return std::nullopt;
    case ZeroDenominator::kZero: return 0;
    case ZeroDenominator::kFull: return indicator.max_points * kCentsPerPoint;
  }
  return std::nullopt;
}

// max × numerator ÷ denominator ÷ target in cents, half up; 128 bits hold any two counts.
int64_t Measured(const Indicator& indicator, const IndicatorCount& count) {
  const int64_t most = indicator.max_points * kCentsPerPoint;
  const __int128 dividend = static_cast<__int128>(count.numerator) * most * kPercent;
  const __int128 divisor = static_cast<__int128>(count.denominator) * indicator.target_percent;
  const __int128 rounded = (2 * dividend + divisor) / (2 * divisor);
  return rounded < most ? static_cast<int64_t>(rounded) : most;
}

std::optional<int64_t> PointsOf(const Indicator& indicator, ScoreLevel level,
                                const IndicatorCount* count) {
  if (indicator.constant) return indicator.max_points * kCentsPerPoint;
  if (indicator.province_only && level != ScoreLevel::kProvince) return std::nullopt;
  if (count->denominator == 0) return Empty(indicator);
  return Measured(indicator, *count);
}

Result<void> Check(const IndicatorTable& table, std::span<const IndicatorCount> counts) {
  for (size_t i = 0; i < counts.size(); ++i) {
    const IndicatorCount& count = counts[i];
    if (table.Find(count.id) == nullptr) return Invalid("there is no indicator '" + count.id + "'");
    if (count.numerator < 0 || count.denominator < 0) {
      return Invalid(count.id + ": a count is below 0");
    }
    if (count.numerator > count.denominator) {
      return Invalid(count.id + ": the numerator is above the denominator");
    }
    for (size_t j = 0; j < i; ++j) {
      if (counts[j].id == count.id) return Invalid(count.id + " is given twice");
    }
  }
  return {};
}

const IndicatorCount* CountOf(std::span<const IndicatorCount> counts, std::string_view id) {
  const auto found = std::find_if(counts.begin(), counts.end(),
                                  [&](const IndicatorCount& count) { return count.id == id; });
  return found == counts.end() ? nullptr : &*found;
}

}  // namespace

std::optional<ScoreLevel> ScoreLevelNamed(std::string_view name) {
  for (const LevelRow& row : kLevels) {
    if (row.name == name) return row.level;
  }
  return std::nullopt;
}

Result<Score> ScoreOf(const IndicatorTable& table, ScoreLevel level,
                      std::span<const IndicatorCount> counts) {
  if (const auto checked = Check(table, counts); !checked) return checked.error();
  Score score;
  for (const IndicatorGroup& group : table.groups()) {
    const bool asked = std::any_of(counts.begin(), counts.end(), [&](const IndicatorCount& count) {
      return table.Find(count.id)->group == group.id;
    });
    if (!asked) continue;
    GroupScore sum{&group, 0};
    for (const Indicator& indicator : table.indicators()) {
      if (indicator.group != group.id) continue;
      const IndicatorCount* count = CountOf(counts, indicator.id);
      if (count == nullptr && !indicator.constant) continue;
      const auto cents = PointsOf(indicator, level, count);
      score.components.push_back({&indicator, cents});
      sum.cents += cents.value_or(0);
    }
    score.groups.push_back(sum);
    score.total_cents += sum.cents;
  }
  return score;
}

}  // namespace tthc
