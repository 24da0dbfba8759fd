#include "server/alerts/notify_hours.h"

namespace tthc {

Instant NextNotifyTime(const NotifyHours& hours, const WorkCalendar& calendar, Instant now) {
  const auto rings_on = [&](Day day) { return hours.on_days_off || calendar.IsWorkingDay(day); };
  const Day today = DayOf(now);
  const int64_t time_of_day = now - StartOf(today);
  if (rings_on(today) && time_of_day < hours.to_us) {
    return time_of_day >= hours.from_us ? now : AtLocal(today, hours.from_us);
  }
  const Day tomorrow = today + 1;
  return AtLocal(hours.on_days_off ? tomorrow : calendar.RollForward(tomorrow), hours.from_us);
}

}  // namespace tthc
