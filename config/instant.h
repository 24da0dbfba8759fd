// Time as values: instants, and the civil days of Asia/Ho_Chi_Minh.
//
// Viet Nam has kept UTC+7 without daylight saving since 1975 and the sources of this program are
// younger, so the zone is a constant here; other zones exist only where a mapping imports foreign
// data (ingest/source).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/result.h"

namespace tthc {

inline constexpr int64_t kMicrosPerSecond = 1'000'000;
inline constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
inline constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
inline constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;
inline constexpr int64_t kVietnamOffsetMicros = 7 * kMicrosPerHour;

// Microseconds since 1970-01-01T00:00:00Z.
struct Instant {
  int64_t us = 0;
  friend constexpr auto operator<=>(Instant, Instant) = default;
};
constexpr Instant operator+(Instant at, int64_t micros) { return {at.us + micros}; }
constexpr Instant operator-(Instant at, int64_t micros) { return {at.us - micros}; }
constexpr int64_t operator-(Instant a, Instant b) { return a.us - b.us; }

// A calendar day of Asia/Ho_Chi_Minh: days since 1970-01-01.
struct Day {
  int32_t number = 0;
  friend constexpr auto operator<=>(Day, Day) = default;
};
constexpr Day operator+(Day day, int32_t days) { return {day.number + days}; }
constexpr Day operator-(Day day, int32_t days) { return {day.number - days}; }

struct CivilDate {
  int year = 1970;
  unsigned month = 1;
  unsigned day = 1;
};

Day DayOf(Instant at);
Instant StartOf(Day day);                       // 00:00:00 local
Instant LastSecondOf(Day day);                  // 23:59:59 local
Instant AtLocal(Day day, int64_t micros_of_day);
Day DayOf(const CivilDate& date);
CivilDate CivilOf(Day day);
// 0 = Monday … 6 = Sunday.
int WeekdayOf(Day day);
bool IsCivilDate(int year, int month, int day);

// RFC 3339, always with "+07:00"; fraction only where there is one.
std::string FormatInstant(Instant at);
std::string FormatDay(Day day);                 // YYYY-MM-DD
std::string FormatVietnamese(Instant at);       // dd/MM/yyyy HH:mm
// RFC 3339 with a mandatory offset ("Z", "+07:00").
Result<Instant> ParseInstant(std::string_view text);
Result<Day> ParseDay(std::string_view text);    // YYYY-MM-DD

// A period of whole days, both ends included.
struct Period {
  Day from;
  Day to;
  friend constexpr auto operator<=>(const Period&, const Period&) = default;
};
// "2025", "2025-Q1", "2025-H1", "2025-03".
Result<Period> ParsePeriod(std::string_view text);
enum class PeriodKind { kMonth, kQuarter, kYear };
Period PeriodContaining(PeriodKind kind, Day day);
std::string PeriodLabel(PeriodKind kind, Day day);  // "2025-03", "2025-Q1", "2025"
// "2025", "2025-H1", "2025-Q1", "2025-03" where the period is one, else "2025-01-05..2025-02-04".
std::string LabelOf(const Period& period);
// The month, quarter, half-year or year before where the period is one, else as many days before.
Period PeriodBefore(const Period& period);

}  // namespace tthc
