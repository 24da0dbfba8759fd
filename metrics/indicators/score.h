// The scoring rule of Quyết định 766/QĐ-TTg on given counts. Pure, in whole hundredths of a point.
//
//   points = min(max, max × numerator ÷ denominator ÷ target), rounded half up to 2 decimals from
//   the exact quotient; a group is the sum of its rounded components, the total the sum of groups.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/indicators.h"
#include "config/result.h"

namespace tthc {

enum class ScoreLevel { kProvince, kDepartment, kCommune, kUnit };
std::optional<ScoreLevel> ScoreLevelNamed(std::string_view name);

struct IndicatorCount {
  std::string id;
  int64_t numerator = 0;
  int64_t denominator = 0;
};

struct ComponentScore {
  const Indicator* indicator = nullptr;
  std::optional<int64_t> cents;  // none: not awarded, or nothing to divide by
};
struct GroupScore {
  const IndicatorGroup* group = nullptr;
  int64_t cents = 0;
};
struct Score {
  std::vector<ComponentScore> components;  // in the table's order
  std::vector<GroupScore> groups;          // those with a count
  int64_t total_cents = 0;                 // of the groups above
};

// Errors: an unknown id, one given twice, a negative count, a numerator above its denominator.
// The result points into `table`.
Result<Score> ScoreOf(const IndicatorTable& table, ScoreLevel level,
                      std::span<const IndicatorCount> counts);

}  // namespace tthc
