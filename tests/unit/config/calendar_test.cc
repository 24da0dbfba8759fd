#include "config/calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/config/config_testing.h"

namespace tthc {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kHour = kMicrosPerHour;
constexpr int64_t kMinute = kMicrosPerMinute;

Session S(int64_t from_minutes, int64_t to_minutes) {
  return {from_minutes * kMinute, to_minutes * kMinute};
}

WorkCalendar::Definition Office() {
  WorkCalendar::Definition definition;
  definition.version = "test";
  for (int weekday = 0; weekday < 5; ++weekday) {
    definition.weekly[weekday] = {S(450, 690), S(780, 1020)};
  }
  definition.horizon = D("2026-12-31");
  return definition;
}

// DOMAIN: the published days of each year, counted here apart from the shipped file.
TEST(ShippedCalendar, WorkingDaysOfThreeYears) {
  const std::set<std::string> off = {
      "2024-01-01", "2024-02-08", "2024-02-09", "2024-02-12", "2024-02-13", "2024-02-14",
      "2024-04-18", "2024-04-29", "2024-04-30", "2024-05-01", "2024-09-02", "2024-09-03",
      "2025-01-01", "2025-01-27", "2025-01-28", "2025-01-29", "2025-01-30", "2025-01-31",
      "2025-04-07", "2025-04-30", "2025-05-01", "2025-05-02", "2025-09-01", "2025-09-02",
      "2026-01-01", "2026-01-02", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19",
      "2026-02-20", "2026-04-27", "2026-04-30", "2026-05-01", "2026-08-31", "2026-09-01",
      "2026-09-02", "2026-11-24"};
  const std::set<std::string> worked = {"2024-05-04", "2025-04-26", "2026-01-10", "2026-08-22"};
  for (Day day = D("2024-01-01"); day <= D("2026-12-31"); day = day + 1) {
    const std::string text = FormatDay(day);
    const bool expected = worked.count(text) > 0 || (WeekdayOf(day) < 5 && off.count(text) == 0);
    EXPECT_EQ(Shipped().IsWorkingDay(day), expected) << text;
    EXPECT_EQ(ShippedBook(false)->Default().IsWorkingDay(day), expected && worked.count(text) == 0)
        << text;
  }
}

TEST(ShippedCalendar, KnowsHowFarItKnows) {
  EXPECT_EQ(Shipped().horizon(), D("2026-12-31"));
  EXPECT_EQ(Shipped().version(), "vn-2026-10-10");
  EXPECT_EQ(Shipped().DayLength(), 8 * kHour);
  const CalendarBook& book = *ShippedBook();
  EXPECT_EQ(book.HorizonWarning(D("2026-10-01"), 90), std::nullopt);
  EXPECT_THAT(book.HorizonWarning(D("2026-11-22"), 90).value(),
              HasSubstr("end on 2026-12-31, in 39 days"));
  EXPECT_THAT(book.HorizonWarning(D("2027-01-02"), 90).value(),
              HasSubstr("ended on 2026-12-31, 2 days ago"));
  EXPECT_EQ(book.HorizonDays(D("2026-10-02")), 90);
  EXPECT_TRUE(book.HorizonWarning(D("2026-10-02"), 90).has_value()) << "the bound itself warns";
  EXPECT_EQ(book.HorizonDays(D("2027-01-01")), -1);
}

TEST(WorkingTime, StopsAtLunchAtNightAndAtTheWeekend) {
  const WorkCalendar& c = Shipped();
  EXPECT_EQ(c.WorkingTime(At("2025-03-03 07:30"), At("2025-03-03 17:00")), 8 * kHour);
  EXPECT_EQ(c.WorkingTime(At("2025-03-03 11:00"), At("2025-03-03 13:30")), kHour);
  EXPECT_EQ(c.WorkingTime(At("2025-03-03 11:30"), At("2025-03-03 13:00")), 0);
  EXPECT_EQ(c.WorkingTime(At("2025-03-07 16:00"), At("2025-03-10 08:30")), 2 * kHour);
  EXPECT_EQ(c.WorkingTime(At("2025-03-08 00:00"), At("2025-03-10 00:00")), 0);
  EXPECT_EQ(c.WorkingTime(At("2025-03-03 07:30:00"), At("2025-03-03 07:30:01")), kMicrosPerSecond);
}

TEST(WorkingTime, OutsideHoursIsNothing) {  // jbpm#1830, glpi#687
  const WorkCalendar& c = Shipped();
  EXPECT_EQ(c.WorkingTime(At("2025-03-03 05:00"), At("2025-03-03 07:30")), 0);
  EXPECT_EQ(c.WorkingTime(At("2025-03-03 17:00"), At("2025-03-03 23:59")), 0);
  EXPECT_EQ(c.WorkingTime(At("2025-03-03 12:30"), At("2025-03-03 12:30")), 0);
}

TEST(WorkingTime, BackwardsIsZero) {
  EXPECT_EQ(Shipped().WorkingTime(At("2025-03-04 08:00"), At("2025-03-03 08:00")), 0);
}

TEST(WorkingTime, HolidayOnTheStartDay) {  // OpenCPS selects holidays with date >= the timestamp
  EXPECT_EQ(Shipped().WorkingTime(At("2025-04-07 09:00"), At("2025-04-08 08:30")), kHour);
}

TEST(WorkingTime, MakeUpSaturdayCountsUnlessSwitchedOff) {
  const Instant from = At("2025-04-26 00:00"), to = At("2025-04-27 00:00");
  EXPECT_EQ(Shipped().WorkingTime(from, to), 8 * kHour);
  EXPECT_EQ(ShippedBook(false)->Default().WorkingTime(from, to), 0);
}

TEST(WorkingTime, OverTetAndOverYears) {
  const WorkCalendar& c = Shipped();
  EXPECT_EQ(c.WorkingTime(At("2025-01-24 16:00"), At("2025-02-03 08:30")), 2 * kHour);
  // 2025: 261 weekdays, 12 of them off, one Saturday worked.
  EXPECT_EQ(c.WorkingTime(At("2025-01-01 00:00"), At("2026-01-01 00:00")), 250 * 8 * kHour);
}

TEST(WorkingTime, DueSoonAcrossTwoSegmentsDoesNotFallOnMidnight) {  // glpi#22678
  EXPECT_EQ(Shipped().SubtractWorkingTime(At("2025-03-04 08:00"), kHour).value(),
            At("2025-03-03 16:30"));
}

TEST(AddWorkingTime, EndsAtTheCloseNotAtTheNextStart) {
  const WorkCalendar& c = Shipped();
  EXPECT_EQ(c.AddWorkingTime(At("2025-03-03 07:30"), 4 * kHour).value(), At("2025-03-03 11:30"));
  EXPECT_EQ(c.AddWorkingTime(At("2025-03-03 07:30"), 8 * kHour).value(), At("2025-03-03 17:00"));
  EXPECT_EQ(c.AddWorkingTime(At("2025-03-03 07:30"), 8 * kHour + 1).value(),
            At("2025-03-04 07:30") + 1);
  EXPECT_EQ(c.AddWorkingTime(At("2025-03-08 09:00"), kHour).value(), At("2025-03-10 08:30"));
  EXPECT_EQ(c.AddWorkingTime(At("2025-03-08 09:00"), 0).value(), At("2025-03-08 09:00"));
}

TEST(AddWorkingTime, LongerThanAYear) {  // OpenCPS: ends silently at a wrong date after 360 days
  const WorkCalendar& c = Shipped();
  const Instant from = At("2024-01-02 07:30");
  const auto end = c.AddWorkingTime(from, 400 * 8 * kHour);
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(c.WorkingTime(from, *end), 400 * 8 * kHour);
  EXPECT_EQ(FormatInstant(*end), "2025-08-08T17:00:00+07:00");
}

TEST(AddWorkingTime, BeyondTheSearchLimitIsAnError) {
  const WorkCalendar& c = Shipped();
  const auto far = c.AddWorkingTime(At("2025-01-01 00:00"), 21LL * 261 * 8 * kHour);
  ASSERT_FALSE(far.has_value());
  EXPECT_THAT(far.error().message, HasSubstr("more than 7305 days away"));
  EXPECT_FALSE(c.SubtractWorkingTime(At("2025-01-01 00:00"), 21LL * 261 * 8 * kHour).has_value());
  EXPECT_FALSE(c.AddWorkingTime(At("2025-01-01 00:00"), -1).has_value());
  EXPECT_FALSE(c.SubtractWorkingTime(At("2025-01-01 00:00"), -1).has_value());
  EXPECT_FALSE(c.AddWorkingTime(At("2025-01-01 00:00"), INT64_MAX).has_value());
}

TEST(SubtractWorkingTime, IsTheLatestSuchInstant) {
  const WorkCalendar& c = Shipped();
  EXPECT_EQ(c.SubtractWorkingTime(At("2025-03-04 07:30"), 4 * kHour).value(),
            At("2025-03-03 13:00"));
  EXPECT_EQ(c.SubtractWorkingTime(At("2025-03-04 07:30"), 8 * kHour).value(),
            At("2025-03-03 07:30"));
  EXPECT_EQ(c.SubtractWorkingTime(At("2025-03-10 07:30"), kHour).value(), At("2025-03-07 16:00"));
  EXPECT_EQ(c.SubtractWorkingTime(At("2025-03-03 12:00"), kHour).value(), At("2025-03-03 10:30"));
}

TEST(AddWorkingDays, TheFirstDayIsNotCounted) {
  const WorkCalendar& c = Shipped();
  EXPECT_EQ(c.AddWorkingDays(At("2025-03-03 09:00"), 1).value(), At("2025-03-04 17:00"));
  EXPECT_EQ(c.AddWorkingDays(At("2025-03-03 09:00"), 5).value(), At("2025-03-10 17:00"));
  EXPECT_EQ(c.AddWorkingDays(At("2025-03-08 09:00"), 1).value(), At("2025-03-10 17:00"))
      << "received on a Saturday";
  EXPECT_EQ(c.AddWorkingDays(At("2025-01-24 09:00"), 1).value(), At("2025-02-03 17:00")) << "Tết";
  EXPECT_EQ(c.AddWorkingDays(At("2025-04-25 09:00"), 1).value(), At("2025-04-26 17:00"))
      << "a make-up Saturday";
  EXPECT_EQ(c.AddWorkingDays(At("2025-03-08 09:00"), 0).value(), At("2025-03-10 17:00"));
  EXPECT_EQ(c.AddWorkingDays(At("2025-03-03 09:00"), 400).value(), At("2026-10-06 17:00"));
  EXPECT_FALSE(c.AddWorkingDays(At("2025-03-03 09:00"), -1).has_value());
  EXPECT_FALSE(c.AddWorkingDays(At("2025-03-03 09:00"), 6000).has_value());
}

TEST(RollForward, PastWeekendsAndTet) {
  EXPECT_EQ(Shipped().RollForward(D("2025-03-03")), D("2025-03-03"));
  EXPECT_EQ(Shipped().RollForward(D("2025-03-08")), D("2025-03-10"));
  EXPECT_EQ(Shipped().RollForward(D("2025-01-25")), D("2025-02-03"));
  EXPECT_EQ(Shipped().CloseOf(D("2025-03-03")), At("2025-03-03 17:00"));
}

TEST(WorkCalendar, RoundTheClockHasNoHoleAtMidnight) {  // zammad#3180
  WorkCalendar::Definition definition = Office();
  for (auto& sessions : definition.weekly) sessions = {S(0, 1440)};
  const auto calendar = WorkCalendar::Build(definition).value();
  EXPECT_EQ(calendar->WorkingTime(At("2025-03-03 00:00"), At("2025-03-10 00:00")), 7 * 24 * kHour);
  EXPECT_EQ(calendar->WorkingTime(At("2025-03-03 23:59"), At("2025-03-04 00:01")), 2 * kMinute);
  EXPECT_EQ(calendar->AddWorkingTime(At("2025-03-03 23:30"), kHour).value(),
            At("2025-03-04 00:30"));
}

TEST(WorkCalendar, ADayIsAsLongAsTheOfficeHasIt) {  // OpenCPS: constant 8 hours
  WorkCalendar::Definition definition = Office();
  for (int weekday = 0; weekday < 5; ++weekday) {
    definition.weekly[weekday] = {S(450, 690), S(780, 990)};
  }
  const auto calendar = WorkCalendar::Build(definition).value();
  EXPECT_EQ(calendar->DayLength(), 7 * kHour + 30 * kMinute);
  EXPECT_EQ(RemainingText(*calendar, At("2025-03-03 07:30"), At("2025-03-04 16:30")),
            "Còn 2 ngày");
  definition.weekly[0].clear();
  EXPECT_EQ(WorkCalendar::Build(definition).value()->DayLength(), 7 * kHour + 30 * kMinute);
}

TEST(WorkCalendar, TimeOutsideTheListedYearsFollowsThePlainWeek) {
  EXPECT_EQ(Shipped().WorkingTime(At("1990-01-01 00:00"), At("1990-01-08 00:00")), 40 * kHour);
  EXPECT_EQ(Shipped().WorkingTime(At("2100-01-04 00:00"), At("2100-01-11 00:00")), 40 * kHour);
  EXPECT_EQ(Shipped().WorkingTime(At("1960-01-04 00:00"), At("1960-01-11 00:00")), 40 * kHour);
}

TEST(WorkCalendar, RefusesWhatCannotBe) {
  const auto fault = [](auto change) {
    WorkCalendar::Definition definition = Office();
    change(definition);
    const auto built = WorkCalendar::Build(definition);
    return built ? std::string("accepted") : built.error().message;
  };
  using Definition = WorkCalendar::Definition;
  EXPECT_THAT(fault([](Definition& d) { d.weekly[0] = {S(690, 450)}; }),
              HasSubstr("monday: session 11:30-07:30 does not end after its start"));
  EXPECT_THAT(fault([](Definition& d) { d.weekly[2] = {S(450, 690), S(600, 1020)}; }),
              HasSubstr("wednesday: session 10:00-17:00 begins before the one listed before it"));
  EXPECT_THAT(fault([](Definition& d) { d.weekly[0] = {S(780, 1020), S(450, 690)}; }),
              HasSubstr("begins before the one listed before it"));
  EXPECT_THAT(fault([](Definition& d) { d.weekly[0] = {S(450, 1441)}; }),
              HasSubstr("outside 00:00-24:00"));
  EXPECT_THAT(fault([](Definition& d) {
                for (auto& sessions : d.weekly) sessions.clear();
              }),
              HasSubstr("the week has no sessions"));
  EXPECT_THAT(fault([](Definition& d) { d.days_off = {D("2025-04-07"), D("2025-04-07")}; }),
              HasSubstr("Monday 2025-04-07 is listed twice"));
  EXPECT_THAT(fault([](Definition& d) { d.days_off = {D("2027-01-01")}; }),
              HasSubstr("Friday 2027-01-01 lies beyond the horizon"));
  EXPECT_THAT(fault([](Definition& d) { d.make_up = {{D("2025-04-28"), {S(450, 690)}}}; }),
              HasSubstr("make-up day Monday 2025-04-28 is a working day already"));
  EXPECT_THAT(fault([](Definition& d) { d.make_up = {{D("2025-04-26"), {}}}; }),
              HasSubstr("has no sessions"));
  EXPECT_THAT(fault([](Definition& d) {
                d.days_off = {D("2025-04-26")};
                d.make_up = {{D("2025-04-26"), {S(450, 690)}}};
              }),
              HasSubstr("is both a day off and a make-up day"));
  EXPECT_EQ(fault([](Definition& d) { d.weekly[0] = {S(450, 690), S(690, 1440)}; }), "accepted");
}

TEST(RemainingText, InDaysAndHoursOfTheOffice) {
  const auto text = [](std::string_view now, std::string_view due) {
    return RemainingText(Shipped(), At(now), At(due));
  };
  EXPECT_EQ(text("2025-03-03 14:00", "2025-03-05 17:00"), "Còn 2 ngày 3 giờ");
  EXPECT_EQ(text("2025-03-05 09:30", "2025-03-03 17:00"), "Quá 1 ngày 2 giờ");
  EXPECT_EQ(text("2025-03-03 16:15", "2025-03-03 17:00"), "Còn 45 phút");
  EXPECT_EQ(text("2025-03-03 08:00", "2025-03-03 08:00"), "Đúng hạn");
  EXPECT_EQ(text("2025-03-03 07:30", "2025-03-03 17:00"), "Còn 1 ngày");
  EXPECT_EQ(text("2025-03-03 07:31", "2025-03-03 17:00"), "Còn 7 giờ") << "whole hours, down";
  EXPECT_EQ(text("2025-03-03 07:30", "2025-03-04 07:45"), "Còn 1 ngày") << "minutes dropped";
  EXPECT_EQ(text("2025-03-03 16:00", "2025-03-03 17:00"), "Còn 1 giờ");
  EXPECT_EQ(text("2025-03-03 16:00:01", "2025-03-03 17:00"), "Còn 59 phút");
  EXPECT_EQ(text("2025-03-03 16:59", "2025-03-03 17:00"), "Còn 1 phút");
  EXPECT_EQ(text("2025-03-03 16:59:01", "2025-03-03 17:00"), "Còn dưới 1 phút");
  EXPECT_EQ(text("2025-03-03 08:00:30", "2025-03-03 08:00:00"), "Quá dưới 1 phút");
  EXPECT_EQ(text("2025-03-03 22:00", "2025-03-03 17:00"), "Quá dưới 1 phút")
      << "late, though no working time has passed";
  EXPECT_EQ(text("2025-03-08 12:00", "2025-03-10 07:30"), "Còn dưới 1 phút");
}

constexpr std::string_view kPlain = R"(
[[calendar]]
version = "base"
in_force_from = 2024-01-01
horizon = 2026-12-31
[calendar.hours]
monday = ["07:30-11:30", "13:00-17:00"]
[[calendar.days_off]]
days = [2025-01-06]
reason = "r"
basis = "b"
)";

TEST(CalendarBook, UnitsInheritByCodePrefix) {
  const TemporaryFile file("c.toml", std::string(kPlain) + R"(
[[calendar]]
version = "h34-23"
unit = "000.00.23.H34"
extends = "base"
in_force_from = 2024-01-01
[calendar.hours]
monday = ["00:00-24:00"]
)");
  const auto book = CalendarBook::Load({file.path()}).value();
  EXPECT_EQ(book->For("H34").version(), "base");
  EXPECT_EQ(book->For("H34.23").version(), "h34-23");
  EXPECT_EQ(book->For("H34.23.09").version(), "h34-23");
  EXPECT_EQ(book->For("H34.2").version(), "base") << "a prefix of groups, not of letters";
  EXPECT_EQ(book->For("").version(), "base");
  EXPECT_EQ(&book->Default(), &book->For("H99"));
  EXPECT_EQ(book->For("H34.23").DayLength(), 24 * kHour);
  EXPECT_FALSE(book->For("H34.23").IsWorkingDay(D("2025-01-06"))) << "days off are taken over";
  EXPECT_EQ(book->For("H34.23").horizon(), D("2026-12-31"));
}

TEST(CalendarBook, ADayOffAnnouncedLaterIsKnownFromThatDayOn) {
  const TemporaryFile file("c.toml", std::string(kPlain) + R"(
[[calendar]]
version = "newer"
extends = "base"
in_force_from = 2025-06-01
[[calendar.days_off]]
days = [2025-09-01]
reason = "r"
basis = "b"
)");
  const auto book = CalendarBook::Load({file.path()}).value();
  EXPECT_EQ(book->Default().version(), "newer");
  EXPECT_EQ(book->For("H34", D("2025-05-31")).version(), "base");
  EXPECT_EQ(book->For("H34", D("2025-06-01")).version(), "newer");
  EXPECT_EQ(book->For("H34", D("2020-01-01")).version(), "base") << "the oldest there is";
  EXPECT_TRUE(book->For("H34", D("2025-05-31")).IsWorkingDay(D("2025-09-01")));
  EXPECT_FALSE(book->For("H34").IsWorkingDay(D("2025-09-01")));
}

TEST(CalendarBook, RefusesBadFilesWithFileAndLine) {
  const std::string head =
      "[[calendar]]\nversion = \"v\"\nin_force_from = 2024-01-01\nhorizon = 2026-12-31\n";
  const std::string hours = "[calendar.hours]\nmonday = [\"07:30-11:30\"]\n";
  const std::pair<std::string, std::string> kCases[] = {
      {head + "[calendar.hours]\nmonday = [\"7:30-11:30\"]\n",
       ":6: monday: '7:30-11:30' is not a session of the form 07:30-11:30"},
      {head + "[calendar.hours]\nmonday = [\"07:30-24:01\"]\n", ":6: monday: '07:30-24:01'"},
      {head + "[calendar.hours]\nmonday = [\"24:00-24:00\"]\n", ":6: monday: '24:00-24:00'"},
      {head + "[calendar.hours]\nmonday = [\"11:30-07:30\"]\n",
       ":6: monday: session 11:30-07:30 does not end after its start"},
      {head + "[calendar.hours]\nmonday = [\"07:30-11:30\", \"11:00-12:00\"]\n",
       ":6: monday: session 11:00-12:00 begins before"},
      {head + "[calendar.hours]\nmonday = []\n", ":1: calendar v: the week has no sessions"},
      {head + "[calendar.hours]\nmunday = []\n", ":6: unknown key munday"},
      {head, ":1: hours: the sessions of the week are needed"},
      {"[[calendar]]\nversion = \"v\"\nin_force_from = 2024-01-01\n" + hours,
       ":1: horizon: the last day for which days off are announced is needed"},
      {"[[calendar]]\nversion = \"v\"\nhorizon = 2026-12-31\n" + hours, ":1: in_force_from: "},
      {head + hours + "[[calendar.days_off]]\ndays = [2025-01-01]\nreason = \"r\"\n",
       ":7: basis: is missing"},
      {head + hours + "[[calendar.days_off]]\ndays = []\nreason = \"r\"\nbasis = \"b\"\n",
       ":8: days: expected a list of dates with at least one date"},
      {head + hours + "[[calendar.days_off]]\ndays = [\"2025-01-01\"]\nreason = \"r\"\n"
                      "basis = \"b\"\n",
       ":8: days: expected dates YYYY-MM-DD without quotes"},
      {head + hours + "[[calendar.make_up]]\ndays = [2025-04-28]\nreason = \"r\"\n"
                      "basis = \"b\"\n",
       "make-up day Monday 2025-04-28 is a working day already"},
      {head + "extends = \"nowhere\"\n" + hours,
       ":1: extends: no calendar before this one has version nowhere"},
      {head + "unit = \"xyz\"\n" + hours, ":5: unit: 'xyz' is no unit code"},
      {head + "unit = \"H34\"\n" + hours, "there is no default"},
      {head + hours + head + hours, ":7: version v is taken by another calendar"},
      {"", "there is no default"},
  };
  for (const auto& [text, message] : kCases) {
    const TemporaryFile file("c.toml", text);
    const auto book = CalendarBook::Load({file.path()});
    ASSERT_FALSE(book.has_value()) << text;
    EXPECT_THAT(book.error().message, HasSubstr(message)) << text;
  }
  EXPECT_THAT(CalendarBook::Load({"/nonexistent.toml"}).error().message,
              HasSubstr("/nonexistent.toml: there is no such file"));
}

TEST(CalendarBook, OfOneCalendar) {
  const auto book = CalendarBook::Of(WorkCalendar::Build(Office()).value());
  EXPECT_EQ(book->For("H34.01").version(), "test");
  EXPECT_EQ(book->For("H34.01", D("1999-01-01")).version(), "test");
}

}  // namespace
}  // namespace tthc
