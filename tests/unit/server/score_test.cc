#include "metrics/indicators/score.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <cmath>
#include <fstream>

namespace tthc {
namespace {

namespace json = boost::json;

const IndicatorTable& Table() {
  static const auto table = *IndicatorTable::Load("builtin:indicators_766.toml");
  return *table;
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
  EXPECT_EQ(points("TDGQ.1", INT64_MAX, INT64_MAX), 2000);
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
      {{{"TDGQ.1", 1, 2}, {"TDGQ.1", 1, 2}}, "twice"}};
  for (const auto& [counts, said] : bad) {
    const auto score = ScoreOf(Table(), ScoreLevel::kProvince, counts);
    ASSERT_FALSE(score);
    EXPECT_NE(score.error().message.find(said), std::string::npos) << score.error().message;
  }
}

TEST(IndicatorTable, HasAHundredPoints) {
  int sum = 0;
  for (const IndicatorGroup& group : Table().groups()) sum += group.max_points;
  EXPECT_EQ(sum, 100);
}

}  // namespace
}  // namespace tthc
