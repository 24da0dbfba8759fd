// When people may be told: hours, days off, the make-up Saturday.
#include "server/alerts/notify_hours.h"

#include "alerts_testing.h"

namespace tthc {
namespace {

Instant Next(const std::string& now, NotifyHours hours = {}) {
  return NextNotifyTime(hours, OfficeBook().Default(), At(now));
}

TEST(NotifyHours, NowWithinTheHoursOfAWorkingDay) {
  EXPECT_EQ(Next("2025-03-10 07:00"), At("2025-03-10 07:00"));
  EXPECT_EQ(Next("2025-03-10 12:15"), At("2025-03-10 12:15")) << "not the hours of deadlines";
  EXPECT_EQ(Next("2025-03-10 17:59:59"), At("2025-03-10 17:59:59"));
}

TEST(NotifyHours, NextMorningAtNight) {
  EXPECT_EQ(Next("2025-03-10 18:00"), At("2025-03-11 07:00"));
  EXPECT_EQ(Next("2025-03-11 06:59:59"), At("2025-03-11 07:00"));
}

TEST(NotifyHours, MondayAfterAFriday) {
  EXPECT_EQ(Next("2025-03-14 18:00"), At("2025-03-17 07:00"));
  EXPECT_EQ(Next("2025-03-15 10:00"), At("2025-03-17 07:00"));
}

TEST(NotifyHours, AfterTetAndOnAMakeUpSaturday) {
  EXPECT_EQ(Next("2025-01-24 20:00"), At("2025-02-03 07:00"));
  // 26 April 2025, a Saturday, is worked in place of 2 May.
  EXPECT_EQ(Next("2025-04-26 09:00"), At("2025-04-26 09:00"));
  EXPECT_EQ(Next("2025-05-02 09:00"), At("2025-05-05 07:00"));
}

TEST(NotifyHours, OnDaysOffTooWhereSaid) {
  NotifyHours hours;
  hours.on_days_off = true;
  EXPECT_EQ(Next("2025-03-15 10:00", hours), At("2025-03-15 10:00"));
  EXPECT_EQ(Next("2025-03-15 23:00", hours), At("2025-03-16 07:00"));
}

}  // namespace
}  // namespace tthc
