// Alerts about no case: told once, resolved when their condition is over.
#include "server/alerts/subject_alerts.h"

#include "alerts_testing.h"

namespace tthc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const AlertRules& Rules() {
  static const auto kRules = AlertRules::Load("builtin:alerts.toml").value();
  return *kRules;
}

Subject Silent(const std::string& sender) {
  return {AlertKind::kSenderSilent, "sender_silent~" + sender + "~1", "H34", "Tỉnh Kon Tum",
          "hệ thống " + sender};
}

std::vector<std::string> Shown(const std::vector<AlertMessage>& messages) {
  std::vector<std::string> shown;
  for (const AlertMessage& m : messages) {
    shown.push_back(std::string(NameOf(m.type)) + " " + m.id + " " + std::string(NameOf(m.level)));
  }
  return shown;
}

TEST(SubjectChanges, NewOnesAreToldOpenOnesAreNotAndGoneOnesAreResolved) {
  const auto first = SubjectChanges(Rules(), {Silent("a"), Silent("b")}, {});
  EXPECT_THAT(Shown(first), ElementsAre("alert sender_silent~a~1 province",
                                        "alert sender_silent~b~1 province"));
  EXPECT_EQ(first[0].text,
            "Hệ thống một cửa không gửi dữ liệu: hệ thống a. Số liệu của các đơn vị liên quan là "
            "tạm tính.");
  EXPECT_THAT(SubjectChanges(Rules(), {Silent("a"), Silent("b")}, first), IsEmpty());
  EXPECT_THAT(Shown(SubjectChanges(Rules(), {Silent("b"), Silent("c")}, first)),
              ElementsAre("alert sender_silent~c~1 province",
                          "resolved sender_silent~a~1 province"));
}

class ScoresBelowTest : public testing::Test {
 protected:
  // One sheet of the quarter with `cents` of `measured_max`, and so many cases handled.
  std::vector<Subject> Below(int64_t cents, int64_t measured_max, int64_t handled) {
    const auto book = IndicatorBook::Load({"builtin:indicators_766.toml"}).value();
    LiveSheets scores;
    for (size_t p = 0; p < kLivePeriodCount; ++p) {
      if (kLivePeriods[p] != PeriodKind::kQuarter) continue;
      Sheet sheet;
      sheet.unit = 1;   // not every unit has one
      sheet.total_cents = cents;
      sheet.measured_max = measured_max;
      for (const Indicator& indicator : book->tables()[0]->indicators()) {
        if (indicator.id != "TDGQ.1") continue;
        Component component;
        component.indicator = &indicator;
        component.denominator = handled;
        sheet.components.push_back(component);
      }
      scores.periods[p] = {"2025-Q1", book->tables()[0], {sheet}};
    }
    Unit unit;
    unit.code = "H34";
    unit.name = "Tỉnh Kon Tum";
    Unit other = unit;
    other.code = "H33";
    return ScoresBelow(scores, *UnitTree::Build({other, unit}).value(), 50, 30);
  }
};

TEST_F(ScoresBelowTest, BelowTheFloorOfWhatCouldBeMeasured) {
  EXPECT_THAT(Below(2'600, 52, 30), IsEmpty()) << "exactly half";
  const auto below = Below(2'599, 52, 30);
  ASSERT_EQ(below.size(), 1u);
  EXPECT_EQ(below[0].id, "score_below_band~H34~2025-Q1");
  EXPECT_EQ(below[0].subject, "25,99 trên 52 điểm đo được, kỳ 2025-Q1");
}

TEST_F(ScoresBelowTest, NotBeforeEnoughCasesAndNotWithoutMeasure) {
  EXPECT_THAT(Below(0, 52, 29), IsEmpty());
  EXPECT_THAT(Below(0, 0, 30), IsEmpty());
}

}  // namespace
}  // namespace tthc
