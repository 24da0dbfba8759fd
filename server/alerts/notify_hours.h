// When people are told: the hours of the day and the days on which a single alert may ring. This is
// not the calendar of deadlines: a deadline that passes at night passes, its alert waits till morning.
//
// Pure. Times of day are local, Asia/Ho_Chi_Minh.
#pragma once

#include "config/calendar.h"

namespace tthc {

struct NotifyHours {
  int64_t from_us = 7 * kMicrosPerHour;   // since midnight
  int64_t to_us = 18 * kMicrosPerHour;    // half-open
  bool on_days_off = false;
};

// `now` where people may be told now, else the next moment at which they may. `calendar` says which
// days are days off; beyond its search the next day counts.
Instant NextNotifyTime(const NotifyHours& hours, const WorkCalendar& calendar, Instant now);

}  // namespace tthc
