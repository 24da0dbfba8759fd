// The kinds of alerts as data: what is shipped, and what is refused, with file and line.
#include "config/alert_rules.h"

#include <gmock/gmock.h>

#include "config/embedded.h"
#include "config/toml_reader.h"

namespace tthc {
namespace {

using testing::HasSubstr;

std::string Shipped() { return ReadConfigText("builtin:alerts.toml").value(); }

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(AlertRules, TheShippedOnesHaveALadderForEveryKind) {
  const auto rules = AlertRules::Load("builtin:alerts.toml");
  ASSERT_TRUE(rules.has_value()) << rules.error().message;
  for (size_t i = 0; i < kAlertKindCount; ++i) {
    const AlertRule& rule = (*rules)->Of(static_cast<AlertKind>(i));
    EXPECT_EQ(rule.kind, static_cast<AlertKind>(i));
    EXPECT_FALSE(rule.title.empty());
    EXPECT_FALSE(rule.rungs.empty()) << rule.title;
  }
  const auto& overdue = (*rules)->Of(AlertKind::kOverdue).rungs;
  ASSERT_EQ(overdue.size(), 3u);
  EXPECT_EQ(overdue[0].after_us, 0);
  EXPECT_EQ(overdue[1].after_us, 8 * kMicrosPerHour);
  EXPECT_EQ(overdue[2].level, AlertLevel::kProvince);
}

TEST(AlertRules, NamesAreStableAndFoundAgain) {
  for (size_t i = 0; i < kAlertKindCount; ++i) {
    EXPECT_EQ(AlertKindNamed(NameOf(static_cast<AlertKind>(i))), static_cast<AlertKind>(i));
  }
  EXPECT_EQ(NameOf(AlertKind::kDueSoon), "due_soon");
  EXPECT_EQ(NameOf(AlertKind::kOverdue), "overdue");
  EXPECT_EQ(AlertLevelNamed("agency"), AlertLevel::kAgency);
  EXPECT_EQ(AlertLevelNamed("king"), std::nullopt);
}

struct Mistake {
  const char* from;
  const char* to;
  const char* reason;
};
const Mistake kMistakes[] = {
    {"kind = \"due_soon\"", "kind = \"due_sometime\"", "'due_sometime' is none of due_soon"},
    {"kind = \"due_soon\"", "kind = \"overdue\"", "overdue stands twice"},
    {"level = \"officer\"", "level = \"king\"", "'king' is none of officer"},
    {"severity = \"info\"", "severity = \"bad\"", "'bad' is none of info"},
    {"working_minutes = 480", "working_minutes = -1", "-1 is outside 0 to"},
    {"working_minutes = 2400", "working_minutes = 480", "does not come later"},
    {"name = \"overdue_agency\"", "name = \"overdue\"", "'overdue' is there already"},
    {"trả {due}. {remaining}", "trả {citizen}", "nothing is known by the name {citizen}"},
    {"title = \"Quá hạn\"", "titel = \"Quá hạn\"", "title"},
};

TEST(AlertRules, EachMistakeIsToldWithItsLine) {
  for (const Mistake& mistake : kMistakes) {
    const auto rules =
        AlertRules::Parse(Replaced(Shipped(), mistake.from, mistake.to), "alerts.toml");
    ASSERT_FALSE(rules.has_value()) << mistake.to;
    EXPECT_THAT(rules.error().message, HasSubstr(mistake.reason)) << mistake.to;
    EXPECT_THAT(rules.error().message, testing::ContainsRegex("alerts.toml:[0-9]+: "));
  }
}

TEST(AlertRules, AKindThatIsLeftOutIsTold) {
  const std::string text = Shipped();
  const auto rules = AlertRules::Parse(text.substr(0, text.rfind("[[alert]]")), "alerts.toml");
  ASSERT_FALSE(rules.has_value());
  EXPECT_THAT(rules.error().message, HasSubstr("there is no [[alert]] of kind calendar_ending"));
}

TEST(Filled, ReplacesWhatIsGivenAndLeavesTheRest) {
  EXPECT_EQ(Filled("{a}: {b} {c}{", {{"a", "x"}, {"c", "{a}"}}), "x: {b} {a}{");
}

}  // namespace
}  // namespace tthc
