#include "ingest/wire/dates.h"

namespace tthc {
namespace {

constexpr int kGreatestOffsetMinutes = 14 * 60;
constexpr size_t kFractionDigits = 9;

// Reads fixed-width fields from the left; the first thing that does not fit ends it.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool Digits(size_t count, int& value) {
    if (rest_.size() < count) return false;
    int read = 0;
    for (size_t i = 0; i < count; ++i) {
      const unsigned digit = static_cast<unsigned char>(rest_[i]) - unsigned{'0'};
      if (digit > 9) return false;
      read = read * 10 + static_cast<int>(digit);
    }
    value = read;
    rest_.remove_prefix(count);
    return true;
  }
  bool Char(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool AnyOf(std::string_view set) {
    if (rest_.empty() || set.find(rest_.front()) == set.npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool AtEnd() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

struct Parts {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  int64_t fraction_micros = 0;
  std::optional<int> offset_minutes;
  bool has_time = false;
};

bool ReadCompact(Cursor in, Parts& p) {
  if (!in.Digits(4, p.year) || !in.Digits(2, p.month) || !in.Digits(2, p.day)) return false;
  if (in.AtEnd()) return true;
  p.has_time = true;
  return in.Digits(2, p.hour) && in.Digits(2, p.minute) && in.Digits(2, p.second) && in.AtEnd();
}

bool ReadSlashed(Cursor in, Parts& p) {
  if (!in.Digits(2, p.day) || !in.Char('/') || !in.Digits(2, p.month) || !in.Char('/') ||
      !in.Digits(4, p.year)) {
    return false;
  }
  if (in.AtEnd()) return true;
  p.has_time = true;
  if (!in.Char(' ') || !in.Digits(2, p.hour) || !in.Char(':') || !in.Digits(2, p.minute)) {
    return false;
  }
  return in.AtEnd() || (in.Char(':') && in.Digits(2, p.second) && in.AtEnd());
}

bool ReadFraction(Cursor& in, int64_t& micros) {
  size_t digits = 0;
  int64_t unit = kMicrosPerSecond / 10;
  for (int digit = 0; in.Digits(1, digit); ++digits) {
    micros += digit * unit;
    unit /= 10;
  }
  return digits >= 1 && digits <= kFractionDigits;
}

bool ReadOffset(Cursor& in, std::optional<int>& offset_minutes) {
  if (in.AnyOf("Zz")) {
    offset_minutes = 0;
    return true;
  }
  const bool east = in.Char('+');
  if (!east && !in.Char('-')) return false;
  int hours = 0;
  int minutes = 0;
  if (!in.Digits(2, hours)) return false;
  in.Char(':');
  if (!in.Digits(2, minutes)) return false;
  const int offset = hours * 60 + (minutes > 59 ? kGreatestOffsetMinutes + 1 : minutes);
  offset_minutes = east ? offset : -offset;
  return true;
}

bool ReadIso(Cursor in, Parts& p) {
  if (!in.Digits(4, p.year) || !in.Char('-') || !in.Digits(2, p.month) || !in.Char('-') ||
      !in.Digits(2, p.day)) {
    return false;
  }
  if (in.AtEnd()) return true;
  p.has_time = true;
  if (!in.AnyOf("Tt ") || !in.Digits(2, p.hour) || !in.Char(':') || !in.Digits(2, p.minute)) {
    return false;
  }
  if (in.Char(':')) {
    if (!in.Digits(2, p.second)) return false;
    if (in.Char('.') && !ReadFraction(in, p.fraction_micros)) return false;
  }
  return in.AtEnd() || (ReadOffset(in, p.offset_minutes) && in.AtEnd());
}

bool ReadParts(std::string_view text, Parts& p) {
  if (text.size() < 8) return false;
  if (text[2] == '/') return ReadSlashed(Cursor(text), p);
  if (text[4] == '-') return ReadIso(Cursor(text), p);
  return ReadCompact(Cursor(text), p);
}

DateFault Check(const Parts& p, const YearWindow& window) {
  if (p.year < window.first || p.year > window.last) return DateFault::kYear;
  if (!IsCivilDate(p.year, p.month, p.day)) return DateFault::kDay;
  if (p.hour > 23 || p.minute > 59 || p.second > 59) return DateFault::kTime;
  if (p.offset_minutes &&
      (*p.offset_minutes > kGreatestOffsetMinutes || *p.offset_minutes < -kGreatestOffsetMinutes)) {
    return DateFault::kOffset;
  }
  return DateFault::kNone;
}

}  // namespace

std::string_view SentenceOf(DateFault fault) {
  switch (fault) {
    case DateFault::kNone: return "is a date";
    case DateFault::kForm: return "is in none of the known date forms";
    case DateFault::kDay: return "is no day of the calendar";
    case DateFault::kTime: return "has no such time of day";
    case DateFault::kOffset: return "has a zone offset over 14 hours";
    case DateFault::kYear: return "is outside the accepted years";
  }
  return "is no date";
}

CivilReading ReadCivilTime(std::string_view text, const YearWindow& window) {
  Parts p;
  if (!ReadParts(text, p)) return {DateFault::kForm, {}};
  const DateFault fault = Check(p, window);
  if (fault != DateFault::kNone) return {fault, {}};
  const int64_t seconds = (p.hour * 60 + p.minute) * 60 + p.second;
  CivilTime time;
  time.date = {p.year, static_cast<unsigned>(p.month), static_cast<unsigned>(p.day)};
  time.micros_of_day = seconds * kMicrosPerSecond + p.fraction_micros;
  time.offset_minutes = p.offset_minutes;
  time.has_time = p.has_time;
  return {DateFault::kNone, time};
}

DateReading ReadWireDate(std::string_view text, const YearWindow& window) {
  const CivilReading read = ReadCivilTime(text, window);
  if (read.fault != DateFault::kNone) return {read.fault, {}, false};
  Instant at = AtLocal(DayOf(read.time.date), read.time.micros_of_day);
  if (read.time.offset_minutes) {
    at = at + (kVietnamOffsetMicros - *read.time.offset_minutes * kMicrosPerMinute);
  }
  return {DateFault::kNone, at, read.time.has_time};
}

}  // namespace tthc
