// Working time (giờ hành chính): sessions per weekday, days off, make-up days, versions, per unit.
//
// All arithmetic is in local civil time of Asia/Ho_Chi_Minh. Sessions are half-open [start, end).
// Sources: Bộ luật Lao động 2019 Điều 111-112 and the yearly notices named in the data file.
// Thread safety: immutable after loading.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/instant.h"
#include "config/result.h"

namespace tthc {

struct Session {           // of one day, e.g. 07:30-11:30
  int64_t start_us = 0;    // since 00:00 local
  int64_t end_us = 0;
};

class WorkCalendar {
 public:
  bool IsWorkingDay(Day day) const;
  // Working microseconds in [from, to); 0 where to <= from.
  int64_t WorkingTime(Instant from, Instant to) const;
  // The instant at which `micros` of working time have passed since `from` (>= 0).
  // Error where that lies beyond the calendar's horizon search limit (20 years).
  Result<Instant> AddWorkingTime(Instant from, int64_t micros) const;
  // The instant from which `micros` of working time remain until `to`.
  Result<Instant> SubtractWorkingTime(Instant to, int64_t micros) const;
  // End of the n-th working day after the day of `from` (the first day is not counted, Bộ luật
  // Dân sự 2015 Điều 147): the close of its last session.
  Result<Instant> AddWorkingDays(Instant from, int days) const;
  // If `day` is a day off, the next working day (Điều 148), else itself.
  Day RollForward(Day day) const;
  int64_t DayLength() const;       // working microseconds of an ordinary Monday: what "1 ngày" means
  // Last day for which days off have been announced.
  Day horizon() const;
  const std::string& version() const;  // e.g. "vn-2026-10-10", shown with every verdict

  struct Definition {
    std::string version;
    std::vector<Session> weekly[7];      // Monday first
    std::vector<Day> days_off;           // sorted
    std::vector<std::pair<Day, std::vector<Session>>> make_up;  // sorted by day
    Day horizon;
  };
  static Result<std::shared_ptr<const WorkCalendar>> Build(Definition definition);

 private:
  std::vector<Session> SessionsOf(Day day) const;
  Definition definition_;
};

// The calendars of an installation: one default, others by unit (a unit without its own uses its
// nearest ancestor's by code prefix), each in versions with the day they came into force.
class CalendarBook {
 public:
  // Format: config/data/calendar_vn.toml. Errors name the file and line.
  static Result<std::shared_ptr<const CalendarBook>> Load(const std::vector<std::string>& files);
  static std::shared_ptr<const CalendarBook> Of(std::shared_ptr<const WorkCalendar> only);
  const WorkCalendar& For(std::string_view canonical_unit_code) const;
  const WorkCalendar& Default() const;
  // Warning sentence (English) where the default calendar's horizon is nearer than `lead_days`
  // to `today`; nullopt where it is far enough.
  std::optional<std::string> HorizonWarning(Day today, int lead_days) const;
  int HorizonDays(Day today) const;   // days until the horizon, negative when past

 private:
  std::shared_ptr<const WorkCalendar> default_;
  std::vector<std::pair<std::string, std::shared_ptr<const WorkCalendar>>> by_unit_;
};

// "Còn 2 ngày 3 giờ", "Quá 1 ngày 2 giờ", "Còn 45 phút", "Đúng hạn" (zero): working time between
// `now` and `due` in days of the calendar's own length and hours (minutes below one hour).
std::string RemainingText(const WorkCalendar& calendar, Instant now, Instant due);

}  // namespace tthc
