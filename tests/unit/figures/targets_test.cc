// Yearly targets: counted by hand over a few cases.
#include "figures_testing.h"

namespace tthc {
namespace {

using figures::At;
using figures::PeriodOf;
using figures::Record;
using figures::Rig;

const Instant kNow = At(6, 20);
constexpr const char* kCertification = "2.000815";   // of the shipped catalogue

void TellCases(Rig& rig) {
  const auto received = [&](int n, const char* unit, const char* procedure, uint8_t channel) {
    Record one;
    one.case_id = std::string(unit) + "-250303-" + std::to_string(1000 + n);
    one.received = At(3, 3, 8);
    one.due = At(3, 20, 16);
    one.status = Status::kFinished;
    one.finished = At(3, n % 4 == 0 ? 25 : 10, 15);   // every fourth late
    one.procedure = procedure;
    one.channel = channel;
    one.flags = kHasSubmittedFile;
    rig.Say(one);
  };
  for (int n = 1; n <= 8; ++n) received(n, "H34.01", "1.000656", n <= 6 ? 2 : 1);
  for (int n = 9; n <= 12; ++n) received(n, "H34.01", kCertification, 1);
}

std::map<std::string, TargetLine> Lines(Rig& rig, const std::string& unit) {
  const auto answer = rig.monitor().Targets(unit, PeriodOf("2025-H1"), {});
  EXPECT_TRUE(answer.has_value()) << answer.error().message;
  std::map<std::string, TargetLine> lines;
  for (const TargetLine& line : answer->lines) lines[line.unit + " " + line.target] = line;
  return lines;
}

TEST(Targets, AreCountedWithoutTheExcludedProcedures) {
  Rig rig(kNow);
  TellCases(rig);
  rig.Put("targets",
          R"({"unit":"H34","year":2025,"target":"online","percent_hundredths":6000,"excluded":["2.000815"],"reason":"Chứng thực phải nộp trực tiếp"}
{"unit":"H34.01","year":2025,"target":"online","percent_hundredths":6000}
{"unit":"H34.01","year":2025,"target":"on_time","percent_hundredths":9800}
{"unit":"H34.01","year":2024,"target":"on_time","percent_hundredths":9000}
{"unit":"H34.02","year":2025,"target":"on_time","percent_hundredths":9800}
{"unit":"H34.01","year":2025,"target":"score","percent_hundredths":8000}
)");
  const auto lines = Lines(rig, "H34");
  EXPECT_EQ(lines.size(), 5u) << "the year's only";
  const TargetLine& province = lines.at("H34 online");
  EXPECT_EQ(province.goal_hundredths, 6000);
  EXPECT_EQ(province.numerator, 6);
  EXPECT_EQ(province.denominator, 8);
  EXPECT_EQ(province.reached_hundredths, 7500);
  EXPECT_EQ(province.excluded_cases, 4);
  EXPECT_EQ(province.reason, "Chứng thực phải nộp trực tiếp");
  EXPECT_EQ(lines.at("H34.01 online").reached_hundredths, 5000) << "6 of 12";
  EXPECT_EQ(lines.at("H34.01 on_time").numerator, 9);
  EXPECT_EQ(lines.at("H34.01 on_time").denominator, 12);
  const TargetLine& nobody = lines.at("H34.02 on_time");
  EXPECT_EQ(nobody.not_measured, "no_denominator");
  EXPECT_FALSE(nobody.reached_hundredths);
  const TargetLine& score = lines.at("H34.01 score");
  EXPECT_EQ(score.not_measured, "components_not_measured");
  EXPECT_EQ(score.reached_hundredths, rig.SheetOf("H34.01", "2025-H1").total_cents);

  EXPECT_EQ(Lines(rig, "H34.02").size(), 1u);
  const auto before = rig.monitor().Targets("H34", PeriodOf("2025-H1"), {{}, At(6, 1)});
  EXPECT_TRUE(before.value().lines.empty()) << "not known then";
}

TEST(Targets, OfAFactThatNobodyTellsAreNotMeasured) {
  Rig rig(kNow);
  for (int n = 0; n < 200; ++n) {   // indicators.constant_flag_cases
    Record one;
    one.case_id = "H34.01-250303-" + std::to_string(1000 + n);
    one.received = At(3, 3, 8);
    one.due = At(12, 20, 16);
    rig.Say(one);
  }
  rig.Put("targets",
          R"({"unit":"H34.01","year":2025,"target":"reuse","percent_hundredths":2000}
{"unit":"H34.01","year":2025,"target":"on_time","percent_hundredths":9800}
)");
  const auto lines = Lines(rig, "H34.01");
  EXPECT_EQ(lines.at("H34.01 reuse").not_measured, "sender_does_not_tell");
  EXPECT_FALSE(lines.at("H34.01 reuse").numerator);
  EXPECT_EQ(lines.at("H34.01 on_time").reached_hundredths, 10000);
}

}  // namespace
}  // namespace tthc
