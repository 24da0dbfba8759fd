#include "config/instant.h"

#include <charconv>
#include <chrono>
#include <cstdio>

namespace tthc {
namespace {

int64_t FloorDiv(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

std::chrono::sys_days SysDays(Day day) {
  return std::chrono::sys_days(std::chrono::days(day.number));
}

// Reads exactly `width` digits at `pos`; -1 where there is no digit.
int Digits(std::string_view text, size_t pos, size_t width) {
  if (pos + width > text.size()) return -1;
  int value = 0;
  for (size_t i = pos; i < pos + width; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

Day DayOf(Instant at) {
  return {static_cast<int32_t>(FloorDiv(at.us + kVietnamOffsetMicros, kMicrosPerDay))};
}
Instant StartOf(Day day) { return {day.number * kMicrosPerDay - kVietnamOffsetMicros}; }
Instant LastSecondOf(Day day) { return StartOf(day + 1) - kMicrosPerSecond; }
Instant AtLocal(Day day, int64_t micros_of_day) { return StartOf(day) + micros_of_day; }

Day DayOf(const CivilDate& date) {
  const auto days = std::chrono::sys_days(std::chrono::year(date.year) /
                                          std::chrono::month(date.month) /
                                          std::chrono::day(date.day));
  return {static_cast<int32_t>(days.time_since_epoch().count())};
}
CivilDate CivilOf(Day day) {
  const std::chrono::year_month_day ymd(SysDays(day));
  return {static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
          static_cast<unsigned>(ymd.day())};
}
int WeekdayOf(Day day) {
  return static_cast<int>(std::chrono::weekday(SysDays(day)).iso_encoding()) - 1;
}
bool IsCivilDate(int year, int month, int day) {
  return (std::chrono::year(year) / month / day).ok();
}

std::string FormatDay(Day day) {
  const CivilDate c = CivilOf(day);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", c.year, c.month, c.day);
  return text;
}

std::string FormatInstant(Instant at) {
  const Day day = DayOf(at);
  const int64_t of_day = at - StartOf(day);
  const int64_t seconds = of_day / kMicrosPerSecond;
  const int64_t micros = of_day % kMicrosPerSecond;
  char text[64];
  std::snprintf(text, sizeof text, "%sT%02d:%02d:%02d", FormatDay(day).c_str(),
                static_cast<int>(seconds / 3600), static_cast<int>(seconds / 60 % 60),
                static_cast<int>(seconds % 60));
  std::string out = text;
  if (micros != 0) {
    std::snprintf(text, sizeof text, micros % 1000 == 0 ? ".%03d" : ".%06d",
                  static_cast<int>(micros % 1000 == 0 ? micros / 1000 : micros));
    out += text;
  }
  return out + "+07:00";
}

std::string FormatVietnamese(Instant at) {
  const Day day = DayOf(at);
  const CivilDate c = CivilOf(day);
  const auto minutes = static_cast<unsigned>((at - StartOf(day)) / kMicrosPerMinute);
  const auto two = [](unsigned value) {
    return std::string{static_cast<char>('0' + value / 10 % 10), static_cast<char>('0' + value % 10)};
  };
  std::string year = std::to_string(c.year);
  if (c.year >= 0 && year.size() < 4) year.insert(0, 4 - year.size(), '0');
  return two(c.day) + "/" + two(c.month) + "/" + year + " " + two(minutes / 60) + ":" +
         two(minutes % 60);
}

Result<Day> ParseDay(std::string_view text) {
  const int year = Digits(text, 0, 4), month = Digits(text, 5, 2), day = Digits(text, 8, 2);
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || year < 0 || month < 0 || day < 0 ||
      !IsCivilDate(year, month, day)) {
    return Invalid("'" + std::string(text.substr(0, 40)) +
                   "' is not a date of the form YYYY-MM-DD");
  }
  return DayOf(CivilDate{year, static_cast<unsigned>(month), static_cast<unsigned>(day)});
}

Result<Instant> ParseInstant(std::string_view text) {
  const Error bad = Invalid("'" + std::string(text.substr(0, 40)) +
                            "' is not an instant of the form YYYY-MM-DDThh:mm:ss+07:00 (RFC 3339)");
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't' && text[10] != ' ')) return bad;
  const auto day = ParseDay(text.substr(0, 10));
  const int h = Digits(text, 11, 2), m = Digits(text, 14, 2), s = Digits(text, 17, 2);
  if (!day || text[13] != ':' || text[16] != ':' || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 ||
      s > 59) {
    return bad;
  }
  int64_t us = day->number * kMicrosPerDay + (h * 3600LL + m * 60LL + s) * kMicrosPerSecond;
  size_t pos = 19;
  if (pos < text.size() && text[pos] == '.') {
    int64_t scale = kMicrosPerSecond / 10;
    const size_t first = ++pos;
    for (; pos < text.size() && text[pos] >= '0' && text[pos] <= '9'; ++pos, scale /= 10) {
      us += (text[pos] - '0') * scale;
    }
    if (pos == first) return bad;
  }
  if (pos + 1 == text.size() && (text[pos] == 'Z' || text[pos] == 'z')) return Instant{us};
  if (pos + 6 != text.size() || (text[pos] != '+' && text[pos] != '-') || text[pos + 3] != ':') {
    return bad;
  }
  const int oh = Digits(text, pos + 1, 2), om = Digits(text, pos + 4, 2);
  if (oh < 0 || oh > 23 || om < 0 || om > 59) return bad;
  const int64_t offset = (oh * 60LL + om) * kMicrosPerMinute;
  return Instant{text[pos] == '+' ? us - offset : us + offset};
}

namespace {

Day FirstOfMonth(int year, int month) {
  return DayOf(CivilDate{year, static_cast<unsigned>(month), 1});
}
// `months` whole months that begin at `month` (1-based).
Period Months(int year, int month, int months) {
  const int end = month - 1 + months;
  return {FirstOfMonth(year, month), FirstOfMonth(year + end / 12, end % 12 + 1) - 1};
}

}  // namespace

Result<Period> ParsePeriod(std::string_view text) {
  const int year = Digits(text, 0, 4);
  if (year >= 1990 && year <= 2100) {
    if (text.size() == 4) return Months(year, 1, 12);
    if (text.size() == 7 && text[4] == '-') {
      const int tail = Digits(text, 6, 1);
      if (text[5] == 'Q' && tail >= 1 && tail <= 4) return Months(year, tail * 3 - 2, 3);
      if (text[5] == 'H' && tail >= 1 && tail <= 2) return Months(year, tail * 6 - 5, 6);
      const int month = Digits(text, 5, 2);
      if (month >= 1 && month <= 12) return Months(year, month, 1);
    }
  }
  return Invalid("'" + std::string(text.substr(0, 40)) +
                 "' is not a period; write 2025, 2025-H1, 2025-Q1 or 2025-03");
}

Period PeriodContaining(PeriodKind kind, Day day) {
  const CivilDate c = CivilOf(day);
  const int month = static_cast<int>(c.month);
  switch (kind) {
    case PeriodKind::kMonth: return Months(c.year, month, 1);
    case PeriodKind::kQuarter: return Months(c.year, (month - 1) / 3 * 3 + 1, 3);
    case PeriodKind::kYear: break;
  }
  return Months(c.year, 1, 12);
}

std::string PeriodLabel(PeriodKind kind, Day day) {
  const CivilDate c = CivilOf(day);
  char text[32];
  switch (kind) {
    case PeriodKind::kMonth:
      std::snprintf(text, sizeof text, "%04d-%02u", c.year, c.month);
      return text;
    case PeriodKind::kQuarter:
      std::snprintf(text, sizeof text, "%04d-Q%u", c.year, (c.month - 1) / 3 + 1);
      return text;
    case PeriodKind::kYear: break;
  }
  return std::to_string(c.year);
}

std::string LabelOf(const Period& period) {
  const CivilDate c = CivilOf(period.from);
  const int month = static_cast<int>(c.month);
  for (const PeriodKind kind : {PeriodKind::kMonth, PeriodKind::kQuarter, PeriodKind::kYear}) {
    if (PeriodContaining(kind, period.from) == period) return PeriodLabel(kind, period.from);
  }
  for (const int first : {1, 7}) {
    if (month == first && Months(c.year, first, 6) == period) {
      return std::to_string(c.year) + (first == 1 ? "-H1" : "-H2");
    }
  }
  return FormatDay(period.from) + ".." + FormatDay(period.to);
}

Period PeriodBefore(const Period& period) {
  const CivilDate c = CivilOf(period.from);
  const int month = static_cast<int>(c.month);
  for (const int months : {1, 3, 6, 12}) {
    if ((month - 1) % months != 0 || Months(c.year, month, months) != period) continue;
    return month > months ? Months(c.year, month - months, months)
                          : Months(c.year - 1, month + 12 - months, months);
  }
  const int32_t days = period.to.number - period.from.number + 1;
  return {period.from - days, period.from - 1};
}

}  // namespace tthc
