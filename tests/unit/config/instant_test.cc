#include "config/instant.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/unit/config/config_testing.h"

namespace tthc {
namespace {

TEST(Instant, ReadsAnyOffsetAndWritesPlusSeven) {
  EXPECT_EQ(FormatInstant(ParseInstant("2025-03-03T00:30:00Z").value()),
            "2025-03-03T07:30:00+07:00");
  EXPECT_EQ(ParseInstant("2025-03-02T19:30:00-05:00").value(),
            ParseInstant("2025-03-03T07:30:00+07:00").value());
  EXPECT_EQ(FormatInstant(ParseInstant("2025-03-03T07:30:00.25+07:00").value()),
            "2025-03-03T07:30:00.250+07:00");
  EXPECT_EQ(FormatInstant(ParseInstant("2025-03-03T07:30:00.000001+07:00").value()),
            "2025-03-03T07:30:00.000001+07:00");
}

TEST(Instant, FractionBeyondMicrosecondsIsCutNotRounded) {
  EXPECT_EQ(ParseInstant("2025-03-03T07:30:00.1234567899+07:00").value().us % kMicrosPerSecond,
            123456);
}

TEST(Instant, RefusesWhatIsNoInstant) {
  for (const char* text :
       {"", "2025-03-03", "2025-03-03T07:30:00", "2025-02-30T07:30:00Z", "2025-03-03T24:00:00Z",
        "2025-03-03T07:60:00Z", "2025-03-03T07:30:60Z", "2025-03-03T07:30:00.Z",
        "2025-03-03T07:30:00+7:00", "2025-03-03T07:30:00+07:00 ", "2025-03-03T07:30:00+24:00",
        "0000-00-00T00:00:00Z"}) {
    EXPECT_FALSE(ParseInstant(text).has_value()) << text;
  }
}

TEST(Instant, MidnightBelongsToTheNewDay) {
  const Instant midnight = At("2025-03-03 00:00");
  EXPECT_EQ(DayOf(midnight), D("2025-03-03"));
  EXPECT_EQ(DayOf(midnight - 1), D("2025-03-02"));
  EXPECT_EQ(StartOf(D("2025-03-03")), midnight);
  EXPECT_EQ(LastSecondOf(D("2025-03-02")), midnight - kMicrosPerSecond);
}

TEST(Instant, BeforeTheEpochToo) {
  EXPECT_EQ(FormatInstant(Instant{-1}), "1970-01-01T06:59:59.999999+07:00");
  EXPECT_EQ(FormatDay(Day{-1}), "1969-12-31");
  EXPECT_EQ(FormatDay(DayOf(Instant{-kVietnamOffsetMicros - 1})), "1969-12-31");
}

TEST(Instant, VietnameseTextUsesTheTwentyFourHourClock) {
  EXPECT_EQ(FormatVietnamese(At("2025-03-03 12:30")), "03/03/2025 12:30");
  EXPECT_EQ(FormatVietnamese(At("2025-03-03 00:05")), "03/03/2025 00:05");
}

TEST(Instant, WeekdaysCountFromMonday) {
  EXPECT_EQ(WeekdayOf(D("2025-03-03")), 0);
  EXPECT_EQ(WeekdayOf(D("2025-03-09")), 6);
  EXPECT_EQ(WeekdayOf(D("1970-01-01")), 3);
}

TEST(Instant, DaysAreCheckedAgainstTheCalendar) {
  EXPECT_TRUE(IsCivilDate(2024, 2, 29));
  EXPECT_FALSE(IsCivilDate(2025, 2, 29));
  EXPECT_FALSE(IsCivilDate(2025, 13, 1));
  EXPECT_FALSE(ParseDay("2025-2-03").has_value());
  EXPECT_FALSE(ParseDay("2025-02-29").has_value());
}

TEST(Period, ReadsYearHalfQuarterAndMonth) {
  const auto expect = [](std::string_view text, std::string_view from, std::string_view to) {
    const auto period = ParsePeriod(text);
    ASSERT_TRUE(period.has_value()) << text;
    EXPECT_EQ(FormatDay(period->from), from) << text;
    EXPECT_EQ(FormatDay(period->to), to) << text;
  };
  expect("2025", "2025-01-01", "2025-12-31");
  expect("2025-H2", "2025-07-01", "2025-12-31");
  expect("2025-Q1", "2025-01-01", "2025-03-31");
  expect("2025-Q4", "2025-10-01", "2025-12-31");
  expect("2024-02", "2024-02-01", "2024-02-29");
  expect("2025-12", "2025-12-01", "2025-12-31");
  for (const char* text : {"", "25", "2025-", "2025-Q5", "2025-Q0", "2025-H3", "2025-13", "2025-00",
                           "2025-1", "2025-Q11", "1989", "2101"}) {
    EXPECT_FALSE(ParsePeriod(text).has_value()) << text;
  }
}

TEST(Period, ContainingAndLabelAgree) {
  const Day day = D("2025-05-17");
  for (const PeriodKind kind : {PeriodKind::kMonth, PeriodKind::kQuarter, PeriodKind::kYear}) {
    EXPECT_EQ(ParsePeriod(PeriodLabel(kind, day)).value(), PeriodContaining(kind, day));
  }
  EXPECT_EQ(PeriodLabel(PeriodKind::kQuarter, day), "2025-Q2");
}

Period Days(std::string_view from, std::string_view to) { return {D(from), D(to)}; }

TEST(Period, TheLabelIsTheNameOrTheDays) {
  for (const char* text : {"2025", "2025-H1", "2025-H2", "2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4",
                           "2025-01", "2024-02", "2025-12"}) {
    EXPECT_EQ(LabelOf(ParsePeriod(text).value()), text);
  }
  for (const auto& [from, to] : std::initializer_list<std::pair<const char*, const char*>>{
           {"2025-01-05", "2025-02-04"},    // a month long
           {"2025-02-01", "2025-04-30"},    // three months, no quarter
           {"2025-04-01", "2025-09-30"},    // six months, no half
           {"2025-07-01", "2026-06-30"},    // twelve months, no year
           {"2024-02-01", "2024-02-28"},    // a day short
           {"2025-03-03", "2025-03-03"}}) {
    EXPECT_EQ(LabelOf(Days(from, to)), std::string(from) + ".." + to);
  }
}

TEST(Period, BeforeIsTheSameKindOrAsManyDays) {
  for (const auto& [of, before] : std::initializer_list<std::pair<const char*, const char*>>{
           {"2025", "2024"},       {"2025-H1", "2024-H2"}, {"2025-H2", "2025-H1"},
           {"2025-Q1", "2024-Q4"}, {"2025-Q3", "2025-Q2"}, {"2025-01", "2024-12"},
           {"2024-03", "2024-02"}}) {
    EXPECT_EQ(LabelOf(PeriodBefore(ParsePeriod(of).value())), before) << of;
  }
  EXPECT_EQ(PeriodBefore(Days("2025-03-03", "2025-03-03")), Days("2025-03-02", "2025-03-02"));
  EXPECT_EQ(PeriodBefore(Days("2025-01-05", "2025-02-04")), Days("2024-12-05", "2025-01-04"));
  EXPECT_EQ(PeriodBefore(Days("2025-02-01", "2025-04-30")), Days("2024-11-04", "2025-01-31"));
}

RC_GTEST_PROP(PeriodProperty, ThePeriodBeforeEndsTheDayBefore, ()) {
  const Day from{*rc::gen::inRange<int32_t>(7305, 47482)};   // of 1990 to 2099
  const Period any{from, from + *rc::gen::inRange<int32_t>(0, 400)};
  const PeriodKind kind =
      *rc::gen::element(PeriodKind::kMonth, PeriodKind::kQuarter, PeriodKind::kYear);
  for (const Period& period : {any, PeriodContaining(kind, from)}) {
    const Period before = PeriodBefore(period);
    RC_ASSERT(before.to + 1 == period.from);
    RC_ASSERT(before.from <= before.to);
  }
  const Period named = PeriodContaining(kind, from);
  RC_ASSERT(LabelOf(named) == PeriodLabel(kind, from));
  RC_ASSERT(PeriodBefore(named) == PeriodContaining(kind, named.from - 1));
}

RC_GTEST_PROP(InstantProperty, TextAndBack, ()) {
  const Instant at{*rc::gen::inRange<int64_t>(-2'000'000'000'000'000, 4'000'000'000'000'000)};
  RC_ASSERT(ParseInstant(FormatInstant(at)).value() == at);
}

RC_GTEST_PROP(InstantProperty, CivilDatesAndBack, ()) {
  const Day day{*rc::gen::inRange<int32_t>(-20000, 60000)};
  RC_ASSERT(DayOf(CivilOf(day)) == day);
  RC_ASSERT(ParseDay(FormatDay(day)).value() == day);
  RC_ASSERT(WeekdayOf(day + 1) == (WeekdayOf(day) + 1) % 7);
  const int64_t moment = *rc::gen::inRange<int64_t>(0, kMicrosPerDay);
  RC_ASSERT(DayOf(AtLocal(day, moment)) == day);
}

}  // namespace
}  // namespace tthc
