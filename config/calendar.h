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

#include "config/config_files.h"
#include "config/instant.h"
#include "config/result.h"

namespace tthc {

struct Session {           // of one day, e.g. 07:30-11:30
  int64_t start_us = 0;    // since 00:00 local
  int64_t end_us = 0;
};

// Without a break: one session, or what of it lies in the time asked for.
struct WorkStretch {
  Instant from;
  Instant to;
};

class WorkCalendar {
 public:
  bool IsWorkingDay(Day day) const;
  // A day off on a weekday that has sessions, or a make-up day.
  bool IsException(Day day) const;
  // Working microseconds in [from, to); 0 where to <= from.
  int64_t WorkingTime(Instant from, Instant to) const;
  // The working time in [from, to), in order.
  std::vector<WorkStretch> WorkStretches(Instant from, Instant to) const;
  // The instant at which `micros` of working time have passed since `from` (>= 0).
  // The earliest such instant: the close of a session, not the start of the next. Error where
  // micros is negative or the result lies beyond kSearchDays.
  Result<Instant> AddWorkingTime(Instant from, int64_t micros) const;
  // The latest instant from which `micros` of working time remain until `to`; same errors.
  Result<Instant> SubtractWorkingTime(Instant to, int64_t micros) const;
  // End of the n-th working day after the day of `from` (the first day is not counted, Bộ luật
  // Dân sự 2015 Điều 147): the close of its last session. 0 gives the close of the day of `from`
  // itself, rolled forward where it is a day off. Same errors.
  Result<Instant> AddWorkingDays(Instant from, int days) const;
  // If `day` is a day off, the next working day (Điều 148), else itself. Where there is none within
  // kSearchDays, itself.
  Day RollForward(Day day) const;
  Instant CloseOf(Day day) const;  // end of its last session; its midnight where it is a day off
  // Working microseconds of an ordinary Monday (of the first weekday with sessions, where Monday
  // has none): what "1 ngày" means.
  int64_t DayLength() const { return day_length_; }
  // Last day for which days off have been announced.
  Day horizon() const { return definition_.horizon; }
  // E.g. "vn-2026-10-10", shown with every verdict.
  const std::string& version() const { return definition_.version; }

  struct Definition {
    std::string version;
    std::vector<Session> weekly[7];      // Monday first
    std::vector<Day> days_off;           // sorted
    std::vector<std::pair<Day, std::vector<Session>>> make_up;  // sorted by day
    Day horizon;
  };
  // Refuses sessions that are reversed, empty, overlapping, out of order or outside 00:00-24:00, a
  // week without sessions, a day listed twice, a make-up day that is a working day already, and
  // days beyond the horizon. The lists of days need not be sorted.
  static Result<std::shared_ptr<const WorkCalendar>> Build(Definition definition);

  // How far ahead or back a working time is looked for: 20 years.
  static constexpr int32_t kSearchDays = 7305;

 private:
  // Working microseconds and working days.
  struct Sum {
    int64_t micros = 0;
    int64_t days = 0;
  };
  // A day that differs from its weekday; `before` is what all earlier exceptions add to the plain
  // weeks (negative for days off).
  struct Exception {
    Day day;
    std::vector<Session> sessions;
    Sum before;
  };

  explicit WorkCalendar(Definition definition);
  size_t ExceptionAt(Day day) const;  // index of the first exception at or after `day`
  const std::vector<Session>& SessionsOf(Day day) const;
  Sum PlainBefore(Day day) const;     // of the plain weeks, since a fixed Monday
  Sum Before(Day day) const;          // all days before `day`
  int64_t Before(Instant at) const;

  Definition definition_;
  std::vector<Exception> exceptions_;  // sorted by day, and one after the last
  Sum weekday_before_[8];              // of the weekdays before the n-th; [7] is the whole week
  int64_t day_length_ = 0;
};

// The calendars of an installation: one default, others by unit (a unit without its own uses its
// nearest ancestor's by code prefix), each in versions with the day they came into force.
class CalendarBook {
 public:
  // Format: config/data/calendar_vn.toml; each file a path or "builtin:NAME". All problems are
  // told, each with file and line. Whether make-up days count as working days for time limits is
  // not settled by the sources (setting calendar.make_up_days_count).
  static Result<std::shared_ptr<const CalendarBook>> Load(const std::vector<std::string>& files,
                                                          bool make_up_days_count = true);
  static Result<std::shared_ptr<const CalendarBook>> FromTexts(
      const std::vector<ConfigText>& texts, bool make_up_days_count);
  static std::shared_ptr<const CalendarBook> Of(std::shared_ptr<const WorkCalendar> only);
  // The newest version.
  const WorkCalendar& For(std::string_view canonical_unit_code) const;
  // The version in force on `known_on`; the oldest where none was yet.
  const WorkCalendar& For(std::string_view canonical_unit_code, Day known_on) const;
  const WorkCalendar& Default() const { return *units_.front().versions.back().calendar; }
  // Warning sentence (English) where the default calendar's horizon is nearer than `lead_days`
  // to `today`; nullopt where it is far enough.
  std::optional<std::string> HorizonWarning(Day today, int lead_days) const;
  int HorizonDays(Day today) const;   // days until the horizon, negative when past

 private:
  struct Version {
    Day in_force_from;
    std::shared_ptr<const WorkCalendar> calendar;
  };
  struct UnitCalendar {
    std::string unit;               // canonical code; empty for the default
    std::vector<Version> versions;  // by in_force_from, never empty
  };
  const UnitCalendar& Nearest(std::string_view canonical_unit_code) const;

  std::vector<UnitCalendar> units_;  // by unit code: the default first
};

// "Còn 2 ngày 3 giờ", "Quá 1 ngày 2 giờ", "Còn 45 phút", "Còn dưới 1 phút", "Đúng hạn" (now is
// due): working time between `now` and `due` in days of the calendar's own length and whole hours,
// rounded down; minutes below one hour.
std::string RemainingText(const WorkCalendar& calendar, Instant now, Instant due);

}  // namespace tthc
