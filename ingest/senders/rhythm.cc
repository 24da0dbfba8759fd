#include "ingest/senders/rhythm.h"

#include <algorithm>

#include "ingest/store/bytes.h"

namespace tthc {
namespace {

constexpr uint8_t kEncoding = 1;
constexpr uint32_t kWeek = 256;
// Each week leaves nine tenths of the weight of those before it: half is forgotten in six weeks.
constexpr uint32_t kKeptTenths = 9;
// A longer absence teaches no more than this much of it.
constexpr int64_t kLongestLesson = 10 * Rhythm::kHoursOfWeek;
constexpr int kMonday = 0;
constexpr int kSunday = 6;

// Hours since 1970-01-01T00:00 local.
int64_t HourOf(Instant at) {
  const int64_t local = at.us + kVietnamOffsetMicros;
  return local / kMicrosPerHour - (local % kMicrosPerHour < 0 ? 1 : 0);
}
Instant StartOfHour(int64_t hour) { return {hour * kMicrosPerHour - kVietnamOffsetMicros}; }

int HourOfWeek(int64_t hour, const WorkCalendar& calendar) {
  const Day day = DayOf(StartOfHour(hour));
  int weekday = WeekdayOf(day);
  if (calendar.IsException(day)) weekday = calendar.IsWorkingDay(day) ? kMonday : kSunday;
  return weekday * 24 + static_cast<int>(((hour % 24) + 24) % 24);
}

}  // namespace

void Rhythm::Hear(Instant at, const WorkCalendar& calendar) {
  hour_changed_ = false;
  if (last_.us == INT64_MIN) {
    first_ = last_ = at;
    hour_changed_ = true;
    return;
  }
  if (at <= last_) return;
  const int64_t hour = HourOf(at);
  const int64_t heard = HourOf(last_);
  last_ = at;
  if (hour == heard) return;
  hour_changed_ = true;
  Learn(HourOfWeek(heard, calendar), true);
  const int64_t end = std::min(hour, heard + kLongestLesson);
  for (int64_t silent = heard + 1; silent < end; ++silent) {
    Learn(HourOfWeek(silent, calendar), false);
  }
}

void Rhythm::Learn(int hour_of_week, bool heard) {
  Hour& hour = hours_[static_cast<size_t>(hour_of_week)];
  const auto kept = [](uint16_t weight) { return weight * kKeptTenths / 10; };
  hour.watched = static_cast<uint16_t>(kept(hour.watched) + kWeek);
  hour.heard = static_cast<uint16_t>(kept(hour.heard) + (heard ? kWeek : 0));
}

double Rhythm::ShareOf(int hour) const {
  const Hour& of = hours_[static_cast<size_t>(hour)];
  return static_cast<double>(of.heard) / (of.watched + kWeek);
}

Instant Rhythm::SilentFrom(const WorkCalendar& calendar, const RhythmPolicy& policy) const {
  if (learned()) {
    if (const auto at = UnusualFrom(calendar, policy.odds)) return *at;
    return last_ + kLongestSilenceMicros;
  }
  const auto working_day = calendar.AddWorkingTime(last_, calendar.DayLength());
  const Instant soonest = last_ + policy.unlearned_us;
  return working_day ? std::max(soonest, *working_day) : soonest;
}

std::optional<Instant> Rhythm::UnusualFrom(const WorkCalendar& calendar, int64_t odds) const {
  const int64_t heard = HourOf(last_);
  const int64_t end = HourOf(last_ + kLongestSilenceMicros);
  double chance = 1;
  for (int64_t hour = heard + 1; hour < end; ++hour) {
    chance *= 1 - ShareOf(HourOfWeek(hour, calendar));
    if (chance * static_cast<double>(odds) < 1) return StartOfHour(hour + 1);
  }
  return std::nullopt;
}

void Rhythm::Resume(Instant last) {
  if (first_.us == INT64_MIN) first_ = last;
  last_ = std::max(last_, last);
}

// version, first (varint, hours), last (varint, hours), then per hour of the week watched and heard.
std::string Rhythm::Encode() const {
  std::string bytes;
  ByteWriter out(bytes);
  out.Byte(kEncoding);
  out.Signed(HourOf(first_));
  out.Signed(HourOf(last_));
  for (const Hour& hour : hours_) {
    out.Varint(hour.watched);
    out.Varint(hour.heard);
  }
  return bytes;
}

std::optional<Rhythm> Rhythm::Decode(std::string_view bytes) {
  constexpr int64_t kFarthestHour = 100'000'000;   // no time beyond the year 13000
  ByteReader in(bytes);
  if (in.Byte() != kEncoding) return std::nullopt;
  Rhythm rhythm;
  const int64_t first = in.Signed();
  const int64_t last = in.Signed();
  if (first > last || first < -kFarthestHour || last > kFarthestHour) return std::nullopt;
  rhythm.first_ = StartOfHour(first);
  rhythm.last_ = StartOfHour(last);
  for (Hour& hour : rhythm.hours_) {
    const uint64_t watched = in.Varint();
    const uint64_t heard = in.Varint();
    if (watched > UINT16_MAX || heard > watched) return std::nullopt;
    hour = {static_cast<uint16_t>(watched), static_cast<uint16_t>(heard)};
  }
  if (in.failed() || !in.AtEnd()) return std::nullopt;
  return rhythm;
}

}  // namespace tthc
