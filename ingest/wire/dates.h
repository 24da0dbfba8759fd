// The date forms of the wire, read strictly: a wrong date would give a wrong verdict.
//
//   yyyyMMddHHmmss   yyyyMMdd
//   dd/MM/yyyy       dd/MM/yyyy HH:mm      dd/MM/yyyy HH:mm:ss
//   yyyy-MM-dd       yyyy-MM-ddTHH:mm[:ss[.f…]][Z|+hhmm|+hh:mm]   (a space may stand for the T)
//
// A text without zone is local time of Asia/Ho_Chi_Minh.
#pragma once

#include <optional>
#include <string_view>

#include "config/instant.h"

namespace tthc {

enum class DateFault : uint8_t {
  kNone,
  kForm,    // none of the forms, or something behind it
  kDay,     // no such day in the calendar
  kTime,    // hour over 23, minute or second over 59
  kOffset,  // zone offset over 14 hours
  kYear,    // outside the window
};
// "is in none of the known date forms", …: completes the sentence that begins with the value.
std::string_view SentenceOf(DateFault fault);

struct YearWindow {
  int first = 1990;
  int last = 2100;
};

// The parts of a date text before any zone is applied.
struct CivilTime {
  CivilDate date;
  int64_t micros_of_day = 0;
  std::optional<int> offset_minutes;  // east of UTC, where the text has one
  bool has_time = false;
};

struct CivilReading {
  DateFault fault = DateFault::kNone;
  CivilTime time;
};
CivilReading ReadCivilTime(std::string_view text, const YearWindow& window);

struct DateReading {
  DateFault fault = DateFault::kNone;
  Instant at;
  bool has_time = false;
};
DateReading ReadWireDate(std::string_view text, const YearWindow& window);

}  // namespace tthc
