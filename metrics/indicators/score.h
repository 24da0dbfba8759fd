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

// --- one indicator

// The largest count that is scored: two counts multiplied with points and percent stay exact in 128
// bits.
inline constexpr int64_t kMaxCount = int64_t{1} << 53;

struct Ratio {
  int64_t numerator = 0;
  int64_t denominator = 0;
};

// min(max, max × ratio × multiplier ÷ target), in cents. Absent where a denominator is 0 or a count
// lies outside 0 to kMaxCount.
std::optional<int64_t> PointsOf(int64_t max_cents, const Ratio& ratio, int target_percent,
                                const std::optional<Ratio>& multiplier = std::nullopt);
std::optional<int64_t> PointsOf(const Indicator& indicator, int64_t numerator, int64_t denominator,
                                int target_percent,
                                const std::optional<Ratio>& multiplier = std::nullopt);

// The same in millionths of a point, for what one case of many changes; 0 where there are no points.
inline constexpr int64_t kMicrosPerPoint = 1'000'000;
int64_t MicropointsOf(int64_t max_cents, const Ratio& ratio, int target_percent,
                      const std::optional<Ratio>& multiplier = std::nullopt);

// --- indicators beside each other

struct ScoredCount {
  const Indicator* indicator = nullptr;
  bool measured = true;      // false: nothing is known, the counts mean nothing
  int64_t numerator = 0;
  int64_t denominator = 0;
};

// What each count is scored out of, in cents: the indicator's maximum where it is awarded, 0 where
// it is not. Where an empty denominator is "split", its maximum goes in equal parts to the
// indicators of its group that are scored by a ratio: whole cents, the first ones taking what does
// not divide, so that the group keeps its maximum.
std::vector<int64_t> MaximaOf(const IndicatorTable& table, std::span<const ScoredCount> counts,
                              bool below_province);

// The points of each count, in cents; none where it is not awarded, not measured, or has nothing to
// divide by. A multiplier without a count among `counts` does not multiply; one that is not
// measured leaves its indicator without points, one without a denominator leaves it without a
// denominator. `year` chooses the targets; absent: those of no year.
std::vector<std::optional<int64_t>> PointsOfAll(const IndicatorTable& table,
                                                std::span<const ScoredCount> counts,
                                                bool below_province, std::optional<int> year);

// --- counts that somebody gives

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

// An indicator that a unit inherits is scored by the counts given for it. Errors: an unknown id,
// one given twice, a count below 0 or above kMaxCount, a numerator above its denominator. The
// result points into `table`.
Result<Score> ScoreOf(const IndicatorTable& table, ScoreLevel level,
                      std::span<const IndicatorCount> counts,
                      std::optional<int> year = std::nullopt);

}  // namespace tthc
