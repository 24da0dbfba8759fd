// The pace of a sender: what it learns, what it does not take for silence, its stored form.
#include "ingest/senders/rhythm.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <map>
#include <set>

namespace tthc {
namespace {

constexpr int kMondayEight = 8;
constexpr int kFridaySixteen = 4 * 24 + 16;

Instant At(const std::string& local) {
  return ParseInstant(local.substr(0, 10) + "T" + local.substr(11) + ":00+07:00").value();
}
Day DayAt(const std::string& day) { return ParseDay(day).value(); }

const WorkCalendar& Office() {
  static const auto kBook = CalendarBook::Load({"builtin:calendar_vn.toml"}).value();
  return kBook->Default();
}

// Heard every ten minutes of the hours [from, to) of each working day.
void SpeakInHours(Rhythm& rhythm, Day first, Day last, int from, int to) {
  for (Day day = first; day <= last; day = day + 1) {
    if (!Office().IsWorkingDay(day)) continue;
    for (int64_t at = from * kMicrosPerHour; at < to * kMicrosPerHour; at += 10 * kMicrosPerMinute) {
      rhythm.Hear(StartOf(day) + at, Office());
    }
  }
}
Rhythm OfficeSender(const std::string& first, const std::string& last) {
  Rhythm rhythm;
  SpeakInHours(rhythm, DayAt(first), DayAt(last), 8, 17);
  return rhythm;
}
Instant SilentFrom(const Rhythm& rhythm) { return rhythm.SilentFrom(Office(), {}); }

TEST(Rhythm, UnknownPaceWaitsADayAndAWorkingDay) {
  Rhythm rhythm;
  rhythm.Hear(At("2025-03-04 10:00"), Office());   // Tuesday
  EXPECT_FALSE(rhythm.learned());
  EXPECT_EQ(SilentFrom(rhythm), At("2025-03-05 10:00"));
  rhythm.Hear(At("2025-03-07 15:00"), Office());   // Friday: over the week-end it rests
  EXPECT_EQ(SilentFrom(rhythm),
            Office().AddWorkingTime(At("2025-03-07 15:00"), Office().DayLength()).value());
  EXPECT_GT(SilentFrom(rhythm), At("2025-03-10 14:00"));
}

TEST(Rhythm, AnOfficeThatSpeaksEveryHourIsMissedWithinTheMorning) {
  // Eight ordinary weeks before Monday, 31 March.
  const Rhythm rhythm = OfficeSender("2025-02-03", "2025-03-28");
  EXPECT_TRUE(rhythm.learned());
  EXPECT_EQ(rhythm.last(), At("2025-03-28 16:50"));
  EXPECT_GT(rhythm.ShareOf(kMondayEight), 0.8);
  EXPECT_GT(rhythm.ShareOf(kFridaySixteen), 0.8);
  EXPECT_EQ(rhythm.ShareOf(kMondayEight - 1), 0);
  // Silent on Friday night and over the week-end as always; four hours of Monday are too many.
  EXPECT_EQ(SilentFrom(rhythm), At("2025-03-31 12:00"));
}

TEST(Rhythm, ADayOffNeitherIsSilenceNorTeachesOne) {
  Rhythm rhythm = OfficeSender("2024-11-25", "2025-01-24");
  // Tết of 2025: days off from Saturday, 25 January, to Sunday, 2 February.
  EXPECT_FALSE(Office().IsWorkingDay(DayAt("2025-01-31")));
  EXPECT_GT(SilentFrom(rhythm), At("2025-02-03 08:00"));
  EXPECT_LE(SilentFrom(rhythm), At("2025-02-03 17:00"));
  const double before = rhythm.ShareOf(kFridaySixteen);
  rhythm.Hear(At("2025-02-03 08:00"), Office());
  // Friday 24 January was still learned as heard, Friday 31 January not as silent.
  EXPECT_GE(rhythm.ShareOf(kFridaySixteen), before);
}

TEST(Rhythm, AMakeUpSaturdayIsAMonday) {
  const WorkCalendar& calendar = Office();
  Day made_up{};
  for (Day day = DayAt("2025-01-01"); day < DayAt("2026-12-31"); day = day + 1) {
    if (WeekdayOf(day) == 5 && calendar.IsWorkingDay(day)) made_up = day;
  }
  ASSERT_NE(made_up, Day{}) << "the shipped calendar has no make-up Saturday";
  Rhythm rhythm = OfficeSender(FormatDay(made_up - 57), FormatDay(made_up - 1));
  EXPECT_LE(SilentFrom(rhythm), StartOf(made_up) + 17 * kMicrosPerHour);
}

TEST(Rhythm, ANightlyBatchIsMissedAfterSomeNightsNotInTheMorning) {
  Rhythm rhythm;
  for (Day day = DayAt("2025-01-06"); day < DayAt("2025-03-31"); day = day + 1) {
    rhythm.Hear(StartOf(day) + 23 * kMicrosPerHour, Office());
  }
  EXPECT_GT(SilentFrom(rhythm), At("2025-03-31 23:59"));
  EXPECT_LE(SilentFrom(rhythm), At("2025-04-04 00:00"));
}

TEST(Rhythm, ASenderThatHardlySpeaksIsMissedAfterAMonthAtLast) {
  Rhythm rhythm;
  rhythm.Hear(At("2025-01-06 09:00"), Office());
  rhythm.Hear(At("2025-02-19 15:00"), Office());
  rhythm.Hear(At("2025-03-11 11:00"), Office());
  EXPECT_EQ(SilentFrom(rhythm), rhythm.last() + Rhythm::kLongestSilenceMicros);
}

TEST(Rhythm, ANewPaceIsLearnedWithinWeeks) {
  Rhythm rhythm = OfficeSender("2025-01-06", "2025-03-24");   // a Monday, as 30 June is
  const int64_t at_first = SilentFrom(rhythm) - rhythm.last();
  // From April it speaks once a day only.
  for (Day day = DayAt("2025-04-01"); day < DayAt("2025-07-01"); day = day + 1) {
    if (Office().IsWorkingDay(day)) rhythm.Hear(StartOf(day) + 9 * kMicrosPerHour, Office());
  }
  EXPECT_GT(SilentFrom(rhythm) - rhythm.last(), at_first);
  EXPECT_GT(SilentFrom(rhythm), rhythm.last() + kMicrosPerDay);
}

TEST(Rhythm, StoredFormHoldsThePace) {
  const Rhythm rhythm = OfficeSender("2025-02-03", "2025-03-28");
  auto read = Rhythm::Decode(rhythm.Encode());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->last(), At("2025-03-28 16:00"));   // the hour of it
  read->Resume(rhythm.last());
  EXPECT_EQ(read->last(), rhythm.last());
  EXPECT_EQ(SilentFrom(*read), SilentFrom(rhythm));
  EXPECT_EQ(read->Encode(), rhythm.Encode());
}

TEST(Rhythm, StoredFormStaysTheSame) {
  Rhythm rhythm;
  rhythm.Hear(At("2025-03-03 08:10"), Office());   // Monday
  rhythm.Hear(At("2025-03-03 10:00"), Office());
  std::string expected("\x01", 1);
  // 483,608 and 483,610 hours since 1970 local, zigzag; then the hours of the week.
  expected += "\xb0\x84\x3b\xb4\x84\x3b";
  for (int hour = 0; hour < Rhythm::kHoursOfWeek; ++hour) {
    if (hour == 8) {
      expected += std::string("\x80\x02\x80\x02", 4);
    } else if (hour == 9) {
      expected += std::string("\x80\x02\x00", 3);
    } else {
      expected += std::string("\x00\x00", 2);
    }
  }
  EXPECT_EQ(rhythm.Encode(), expected);
}

RC_GTEST_PROP(Rhythm, DamagedBytesAreRefusedOrReadAsARhythm, ()) {
  Rhythm rhythm;
  rhythm.Hear(At("2025-03-03 08:10"), Office());
  rhythm.Hear(At("2025-03-04 10:00"), Office());
  std::string bytes = rhythm.Encode();
  const auto flips = *rc::gen::container<std::vector<std::pair<uint16_t, uint8_t>>>(
      rc::gen::arbitrary<std::pair<uint16_t, uint8_t>>());
  for (const auto& [at, to] : flips) bytes[at % bytes.size()] = static_cast<char>(to);
  bytes.resize(*rc::gen::inRange<size_t>(0, bytes.size() + 1));
  const auto read = Rhythm::Decode(bytes);
  if (!read) return;
  RC_ASSERT(read->SilentFrom(Office(), {}) > read->last());
  RC_ASSERT(Rhythm::Decode(read->Encode()).has_value());
}

// The same, kept as the plain list of hours and counted from its beginning each time.
class PlainRhythm {
 public:
  void Hear(Instant at) { heard_.insert(Hour(at)); }
  double ShareOf(int of_week) const {
    double watched = 0;
    double heard = 0;
    const int64_t end = *heard_.rbegin();   // its hour is not over
    for (int64_t hour = *heard_.begin(); hour < end; ++hour) {
      if (OfWeek(hour) != of_week) continue;
      watched = watched * 0.9 + 1;
      heard = heard * 0.9 + (heard_.contains(hour) ? 1 : 0);
    }
    return heard / (watched + 1);
  }

 private:
  static int64_t Hour(Instant at) { return (at.us + kVietnamOffsetMicros) / kMicrosPerHour; }
  static int OfWeek(int64_t hour) {
    const Day day{static_cast<int32_t>(hour / 24)};
    int weekday = WeekdayOf(day);
    const bool works = Office().IsWorkingDay(day);
    if (works && weekday > 4) weekday = 0;
    if (!works && weekday < 5) weekday = 6;
    return weekday * 24 + static_cast<int>(hour % 24);
  }
  std::set<int64_t> heard_;
};

RC_GTEST_PROP(Rhythm, LearnsWhatAPlainCountOfHoursSays, ()) {
  Rhythm rhythm;
  PlainRhythm plain;
  Instant at = At("2025-01-20 07:00");
  const auto gaps = *rc::gen::container<std::vector<int64_t>>(rc::gen::inRange<int64_t>(1, 3000));
  RC_PRE(!gaps.empty());
  for (const int64_t minutes : gaps) {
    at = at + minutes * kMicrosPerMinute;
    rhythm.Hear(at, Office());
    plain.Hear(at);
  }
  for (int hour = 0; hour < Rhythm::kHoursOfWeek; ++hour) {
    RC_ASSERT(std::abs(rhythm.ShareOf(hour) - plain.ShareOf(hour)) < 0.02);
  }
}

}  // namespace
}  // namespace tthc
