#include "metrics/indicators/score.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json/parse.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <unistd.h>

namespace tthc {
namespace {

namespace json = boost::json;

const IndicatorTable& Table() {
  static const auto table = *IndicatorTable::Load("builtin:indicators_766.toml");
  return *table;
}
const IndicatorTable& SpecF() {
  static const auto table = *IndicatorTable::Load("builtin:indicators_766_spec_f.toml");
  return *table;
}
const IndicatorTable& SheetM() {
  static const auto table = *IndicatorTable::Load("builtin:indicators_766_m2026.toml");
  return *table;
}

// One group S of 6 indicators, so that parts do not divide: S.1 (2 points) is split, S.2 to S.4 (3
// points each) are scored by a ratio, S.5 (1) is constant, S.6 (88) is zero below the province.
std::shared_ptr<const IndicatorTable> SplitTable() {
  std::string text =
      "id = \"split\"\ntitle = \"t\"\nsource = \"s\"\n"
      "[[group]]\nid = \"S\"\nname = \"s\"\nmax = 100\nlegal_group = \"I\"\n";
  const std::pair<int, std::string_view> kRows[] = {
      {2, "zero_denominator = \"split\"\nnumerator = \"n\"\ndenominator = \"d\"\n"},
      {3, "zero_denominator = \"split\"\nnumerator = \"n\"\ndenominator = \"d\"\n"},
      {3, "zero_denominator = \"zero\"\nnumerator = \"n\"\ndenominator = \"d\"\n"
          "target_percent = 80\ntarget_of_year = [{ year = 2026, percent = 40 }]\n"},
      {3, "zero_denominator = \"none\"\nnumerator = \"n\"\ndenominator = \"d\"\n"},
      {1, "zero_denominator = \"none\"\nconstant = true\n"},
      {88, "zero_denominator = \"none\"\nnumerator = \"n\"\ndenominator = \"d\"\n"
           "below_province = \"no_points\"\n"}};
  for (size_t i = 0; i < std::size(kRows); ++i) {
    text += "[[indicator]]\nid = \"S." + std::to_string(i + 1) +
            "\"\ngroup = \"S\"\nname = \"n\"\nmax = " + std::to_string(kRows[i].first) + "\n" + std::string(kRows[i].second);
  }
  const auto path = std::filesystem::temp_directory_path() /
                    ("tthc_score_" + std::to_string(getpid()) + ".toml");
  std::ofstream(path) << text;
  const auto table = IndicatorTable::Load(path.string());
  std::filesystem::remove(path);
  return table.value();
}

int64_t Cents(const json::value& points) { return std::llround(points.to_number<double>() * 100); }

std::optional<int64_t> ComponentOf(const Score& score, std::string_view id) {
  for (const ComponentScore& component : score.components) {
    if (component.indicator->id == id) return component.cents;
  }
  ADD_FAILURE() << "no component " << id;
  return std::nullopt;
}

TEST(Score, EqualsThePublishedResultsToTheCent) {
  std::ifstream in(TTHC_TESTDATA "/qd766_vectors.jsonl");
  std::string line;
  int records = 0;
  int compared = 0;
  while (std::getline(in, line)) {
    ++records;
    const json::value record = json::parse(line);
    const auto level = ScoreLevelNamed(std::string_view(record.at("level").as_string().c_str()));
    ASSERT_TRUE(level) << line;
    std::vector<IndicatorCount> counts;
    for (const auto& count : record.at("counts").as_object()) {
      counts.push_back({std::string(count.key()), count.value().at(0).as_int64(),
                        count.value().at(1).as_int64()});
    }
    const auto score = ScoreOf(Table(), *level, counts);
    ASSERT_TRUE(score) << line;
    for (const auto& expected : record.at("expected").at("components").as_object()) {
      const auto cents =
          ComponentOf(*score, std::string_view(expected.key().data(), expected.key().size()));
      ++compared;
      ASSERT_EQ(cents.has_value(), !expected.value().is_null()) << line;
      if (!cents) continue;
      EXPECT_EQ(*cents, Cents(expected.value())) << line << expected.key();
    }
    const auto& group = *record.at("expected").at("group").as_object().begin();
    ASSERT_EQ(score->groups.size(), 1u);
    EXPECT_EQ(score->groups[0].group->id, std::string(group.key()));
    EXPECT_EQ(score->groups[0].cents, Cents(group.value())) << line;
    EXPECT_EQ(score->total_cents, score->groups[0].cents);
  }
  EXPECT_EQ(records, 40);
  EXPECT_GT(compared, 60);
}

TEST(Score, RoundsHalfUpAndStopsAtTheMaximum) {
  const auto points = [](std::string id, int64_t n, int64_t d) {
    return ComponentOf(
        *ScoreOf(Table(), ScoreLevel::kProvince, std::vector<IndicatorCount>{{id, n, d}}), id);
  };
  EXPECT_EQ(points("TDGQ.1", 1, 4000), 1);  // 0.005 -> 0.01
  EXPECT_EQ(points("TDGQ.1", 1, 4001), 0);
  EXPECT_EQ(points("CLGQ.3", 1, 2), 600);
  EXPECT_EQ(points("CLGQ.3", 2, 2), 600);
  EXPECT_EQ(points("TDGQ.1", kMaxCount, kMaxCount), 2000);
  EXPECT_EQ(points("TDGQ.1", kMaxCount / 2, kMaxCount), 1000);
}

TEST(Score, EmptyDenominatorsFollowTheirRule) {
  const std::vector<IndicatorCount> counts = {
      {"CKMB.1", 0, 0}, {"MDSH.1", 0, 0}, {"TTTT.1", 0, 0}, {"MDHL.1", 0, 0}, {"MDHL.3", 0, 0}};
  const auto score = *ScoreOf(Table(), ScoreLevel::kUnit, counts);
  EXPECT_EQ(ComponentOf(score, "CKMB.1"), std::nullopt);
  EXPECT_EQ(ComponentOf(score, "MDSH.1"), std::nullopt);
  EXPECT_EQ(ComponentOf(score, "MDSH.3"), 200);  // constant once its group is asked
  EXPECT_EQ(ComponentOf(score, "TTTT.1"), 0);
  EXPECT_EQ(ComponentOf(score, "MDHL.1"), 600);
  EXPECT_EQ(ComponentOf(score, "MDHL.3"), 0);
  EXPECT_EQ(score.total_cents, 800);
}

TEST(Score, OnlineShareOfProceduresIsForProvincesOnly) {
  const std::vector<IndicatorCount> counts = {{"CLGQ.1", 52, 56}};
  EXPECT_EQ(ComponentOf(*ScoreOf(Table(), ScoreLevel::kProvince, counts), "CLGQ.1"), 200);
  EXPECT_EQ(ComponentOf(*ScoreOf(Table(), ScoreLevel::kCommune, counts), "CLGQ.1"), std::nullopt);
}

TEST(Score, RefusesCountsThatCannotBe) {
  const std::pair<std::vector<IndicatorCount>, std::string_view> bad[] = {
      {{{"XXXX.1", 1, 2}}, "XXXX.1"},
      {{{"TDGQ.1", -1, 2}}, "below 0"},
      {{{"TDGQ.1", 3, 2}}, "above the denominator"},
      {{{"TDGQ.1", 1, kMaxCount + 1}}, "above 9007199254740992"},
      {{{"TDGQ.1", INT64_MAX, INT64_MAX}}, "above 9007199254740992"},
      {{{"TDGQ.1", 1, 2}, {"TDGQ.1", 1, 2}}, "twice"}};
  for (const auto& [counts, said] : bad) {
    const auto score = ScoreOf(Table(), ScoreLevel::kProvince, counts);
    ASSERT_FALSE(score);
    EXPECT_NE(score.error().message.find(said), std::string::npos) << score.error().message;
  }
}

// --- multiplier, years, empty denominators that are split, units below the province

TEST(Score, AMultiplierMultipliesWhereItsCountIsGiven) {
  const auto points = [](const std::vector<IndicatorCount>& counts) {
    return ComponentOf(*ScoreOf(SpecF(), ScoreLevel::kProvince, counts), "CLGQ.3");
  };
  EXPECT_EQ(points({{"CLGQ.3", 1, 4}}), 300);
  EXPECT_EQ(points({{"CLGQ.3", 1, 4}, {"CKMB.4", 1, 2}}), 150);
  EXPECT_EQ(points({{"CLGQ.3", 1, 1}, {"CKMB.4", 1, 2}}), 600) << "the cap is of the product";
  EXPECT_EQ(points({{"CLGQ.3", 1, 4}, {"CKMB.4", 0, 0}}), 0) << "as without a denominator";
  EXPECT_EQ(points({{"CLGQ.3", kMaxCount / 4, kMaxCount}, {"CKMB.4", kMaxCount / 2, kMaxCount}}),
            150);
}

TEST(Score, AMultiplierThatIsNotMeasuredLeavesNoPoints) {
  const std::vector<ScoredCount> counts = {{SpecF().Find("CKMB.4"), false, 0, 0},
                                           {SpecF().Find("CLGQ.3"), true, 1, 4}};
  const auto points = PointsOfAll(SpecF(), counts, false, std::nullopt);
  EXPECT_EQ(points[0], std::nullopt);
  EXPECT_EQ(points[1], std::nullopt);
}

TEST(Score, TheTargetIsThatOfTheYear) {
  const auto table = SplitTable();
  const auto points = [&](std::optional<int> year) {
    const std::vector<IndicatorCount> counts = {{"S.3", 1, 10}};
    return ComponentOf(*ScoreOf(*table, ScoreLevel::kProvince, counts, year), "S.3");
  };
  EXPECT_EQ(points(std::nullopt), 38);  // 3 × 0.1 ÷ 0.8 = 0.375
  EXPECT_EQ(points(2025), 38);
  EXPECT_EQ(points(2026), 75);
}

TEST(Score, WithoutAPetitionItsPointsGoToTheOthersOfTheGroup) {
  const auto score = [](const std::vector<IndicatorCount>& counts) {
    return *ScoreOf(SheetM(), ScoreLevel::kProvince, counts);
  };
  const auto one = score({{"MDHL.1", 0, 0}, {"MDHL.2", 1, 2}, {"MDHL.3", 1, 2}});
  EXPECT_EQ(ComponentOf(one, "MDHL.1"), std::nullopt);
  EXPECT_EQ(ComponentOf(one, "MDHL.2"), 450);  // 9 × 1/2
  EXPECT_EQ(ComponentOf(one, "MDHL.3"), 500);  // 9 × 1/2 ÷ 0.9
  EXPECT_EQ(one.total_cents, 950);
  const auto both = score({{"MDHL.1", 0, 0}, {"MDHL.2", 0, 0}, {"MDHL.3", 1, 3}});
  EXPECT_EQ(ComponentOf(both, "MDHL.3"), 667);  // 18 × 1/3 ÷ 0.9 = 6.666…
  const auto none = score({{"MDHL.1", 0, 0}, {"MDHL.2", 0, 0}, {"MDHL.3", 0, 0}});
  EXPECT_EQ(ComponentOf(none, "MDHL.1"), std::nullopt);
  EXPECT_EQ(ComponentOf(none, "MDHL.3"), 0);
  EXPECT_EQ(none.total_cents, 0);
}

TEST(Score, PartsThatDoNotDivideKeepTheMaximumOfTheGroup) {
  const auto table = SplitTable();
  std::vector<ScoredCount> counts;
  for (const Indicator& indicator : table->indicators()) counts.push_back({&indicator, true, 5, 5});
  counts[0].numerator = counts[0].denominator = 0;
  // Below the province S.6 takes no part: 2 points in three parts of whole cents.
  EXPECT_EQ(MaximaOf(*table, counts, true), (std::vector<int64_t>{0, 367, 367, 366, 100, 0}));
  const auto below = PointsOfAll(*table, counts, true, std::nullopt);
  EXPECT_EQ(below, (std::vector<std::optional<int64_t>>{std::nullopt, 367, 367, 366, 100,
                                                        std::nullopt}));
  const std::vector<int64_t> province = MaximaOf(*table, counts, false);
  EXPECT_EQ(province, (std::vector<int64_t>{0, 350, 350, 350, 100, 8850}));
  EXPECT_EQ(std::accumulate(province.begin(), province.end(), int64_t{0}), 10000);
  // What is not measured neither gives nor takes.
  counts[0].measured = false;
  counts[1].measured = false;
  EXPECT_EQ(MaximaOf(*table, counts, true), (std::vector<int64_t>{0, 0, 300, 300, 100, 0}));
}

TEST(Score, WhatDoesNotApplyBelowTheProvinceIsAwardedInFull) {
  const std::vector<IndicatorCount> counts = {{"MDSH.2", 1, 2}};
  const auto commune = *ScoreOf(SheetM(), ScoreLevel::kCommune, counts);
  EXPECT_EQ(ComponentOf(commune, "MDSH.2"), 200);
  EXPECT_EQ(ComponentOf(commune, "MDSH.6"), 200);
  EXPECT_EQ(commune.total_cents, 600);
  EXPECT_EQ(ScoreOf(SheetM(), ScoreLevel::kProvince, counts)->total_cents, 200);
}

TEST(Score, WhatIsInheritedIsScoredByTheGivenCounts) {
  const std::vector<IndicatorCount> counts = {{"CKMB.1", 1, 2}};
  EXPECT_EQ(ComponentOf(*ScoreOf(Table(), ScoreLevel::kCommune, counts), "CKMB.1"), 300);
}

TEST(Score, InformationHasNoPoints) {
  const std::vector<IndicatorCount> counts = {{"PAKN.1", 1, 2}, {"MDHL.1", 1, 2}};
  const auto score = *ScoreOf(Table(), ScoreLevel::kProvince, counts);
  EXPECT_EQ(ComponentOf(score, "PAKN.1"), std::nullopt);
  EXPECT_EQ(score.total_cents, 300);
}

// --- one indicator

TEST(PointsOf, IsAbsentOutsideItsBounds) {
  const int64_t most = kMaxCount;
  EXPECT_EQ(PointsOf(600, {most, most}, 100, Ratio{most, most}), 600);
  EXPECT_EQ(PointsOf(10000, {most, most}, 100, Ratio{most - 1, most}), 10000);  // half up
  EXPECT_EQ(PointsOf(10000, {most, most}, 100, Ratio{most / 2, most}), 5000);
  EXPECT_EQ(PointsOf(10000, {1, most}, 1, Ratio{1, most}), 0);
  const Ratio bad[] = {{1, 0}, {0, 0}, {-1, 2}, {1, -2}, {1, most + 1}, {most + 1, most},
                       {INT64_MAX, INT64_MAX}, {INT64_MIN, INT64_MIN}};
  for (const Ratio& ratio : bad) {
    EXPECT_EQ(PointsOf(600, ratio, 100), std::nullopt) << ratio.numerator << "/"
                                                       << ratio.denominator;
    EXPECT_EQ(PointsOf(600, {1, 2}, 100, ratio), std::nullopt) << ratio.numerator;
  }
  for (const int target : {0, -1, 101}) EXPECT_EQ(PointsOf(600, {1, 2}, target), std::nullopt);
  EXPECT_EQ(PointsOf(-1, {1, 2}, 100), std::nullopt);
  EXPECT_EQ(PointsOf(10001, {1, 2}, 100), std::nullopt);
  EXPECT_EQ(PointsOf(*Table().Find("CLGQ.3"), 1, 4, 50), 300);
}

// Long division in decimals, beside the 128-bit quotient: is points the nearest, half up?
bool IsRoundedHalfUp(int64_t points, int64_t max_cents, const Ratio& ratio, int target) {
  // points − 1/2 <= max × n × 100 ÷ (d × target) < points + 1/2, doubled and multiplied out.
  const __int128 exact = static_cast<__int128>(max_cents) * ratio.numerator * 200;
  const __int128 unit = static_cast<__int128>(ratio.denominator) * target;
  return (2 * points - 1) * unit <= exact && exact < (2 * points + 1) * unit;
}

RC_GTEST_PROP(PointsProperty, NearestCentNeverAboveTheMaximumAndMonotone, ()) {
  const auto digits = *rc::gen::inRange(1, 53);
  const int64_t denominator = *rc::gen::inRange<int64_t>(1, int64_t{1} << digits);
  const int64_t numerator = *rc::gen::inRange<int64_t>(0, denominator + 1);
  const int target = *rc::gen::inRange(1, 101);
  const int64_t max_cents = *rc::gen::inRange<int64_t>(0, 10001);
  const int64_t points = PointsOf(max_cents, {numerator, denominator}, target).value();
  RC_ASSERT(points >= 0 && points <= max_cents);
  RC_ASSERT(points == max_cents ||
            IsRoundedHalfUp(points, max_cents, {numerator, denominator}, target));
  RC_ASSERT(points <= PointsOf(max_cents, {denominator, denominator}, target).value());
  if (numerator < denominator) {
    RC_ASSERT(points <= PointsOf(max_cents, {numerator + 1, denominator}, target).value());
  }
  const int64_t times = *rc::gen::inRange<int64_t>(0, denominator + 1);
  RC_ASSERT(PointsOf(max_cents, {numerator, denominator}, target, Ratio{times, denominator})
                .value() <= points);
}

RC_GTEST_PROP(SplitProperty, MaximaAddUpAndPointsStayBelowThem, ()) {
  static const auto table = SplitTable();
  const bool below = *rc::gen::arbitrary<bool>();
  std::vector<ScoredCount> counts;
  for (const Indicator& indicator : table->indicators()) {
    const int64_t denominator = *rc::gen::inRange<int64_t>(0, 4);
    counts.push_back({&indicator, *rc::gen::inRange(0, 4) > 0,
                      *rc::gen::inRange<int64_t>(0, denominator + 1), denominator});
  }
  const std::vector<int64_t> maxima = MaximaOf(*table, counts, below);
  const auto points = PointsOfAll(*table, counts, below, std::nullopt);
  int64_t all = 0, plain = 0, free = 0;
  bool taken = false;
  for (size_t i = 0; i < counts.size(); ++i) {
    RC_ASSERT(points[i].value_or(0) >= 0 && points[i].value_or(0) <= maxima[i]);
    const Indicator& indicator = *counts[i].indicator;
    const bool awarded = indicator.constant ||
                         (counts[i].measured &&
                          !(below && indicator.below_province == BelowProvince::kNoPoints));
    const bool ratio = awarded && !indicator.constant && counts[i].denominator > 0;
    const bool split = awarded && !indicator.constant && counts[i].denominator == 0 &&
                       indicator.zero_denominator == ZeroDenominator::kSplit;
    taken |= ratio;
    plain += awarded && !split ? indicator.max_points * 100 : 0;
    free += split ? indicator.max_points * 100 : 0;
    all += maxima[i];
  }
  RC_ASSERT(all == plain + (taken ? free : 0));
}

TEST(IndicatorTable, HasAHundredPoints) {
  int sum = 0;
  for (const IndicatorGroup& group : Table().groups()) sum += group.max_points;
  EXPECT_EQ(sum, 100);
}

}  // namespace
}  // namespace tthc
