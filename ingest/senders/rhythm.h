// The usual pace of one sender, learned by hour of the working week: in how many of the past weeks
// it was heard in that hour. From it follows how long its silence is nothing unusual.
//
// A day off of the calendar counts as a Sunday and a make-up day as a Monday, so that a holiday
// neither is taken for silence nor teaches one. Weeks long past weigh less: a sender that changes
// its pace is known by the new one after some weeks.
// Pure. Thread safety: none.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "config/calendar.h"
#include "config/instant.h"

namespace tthc {

struct RhythmPolicy {
  // Until the pace is known: so long, and a whole working day within it (offices rest at night and
  // at weekends, and so do their systems).
  int64_t unlearned_us = kMicrosPerDay;
  // A silence is unusual when its chance, by the learned pace, is below one in so many.
  int64_t odds = 1000;
};

class Rhythm {
 public:
  static constexpr int kHoursOfWeek = 7 * 24;
  // The pace is known after this long.
  static constexpr int64_t kLearnMicros = 14 * kMicrosPerDay;
  // Longer than this no sender is silent unnoticed, however seldom it speaks.
  static constexpr int64_t kLongestSilenceMicros = 30 * kMicrosPerDay;

  // A time before the last one teaches nothing.
  void Hear(Instant at, const WorkCalendar& calendar);
  // True where the last Hear began another hour: only then has the pace changed.
  bool hour_changed() const { return hour_changed_; }
  Instant last() const { return last_; }
  bool learned() const { return last_ - first_ >= kLearnMicros; }
  // From when on, if it is not heard again, its silence is unusual. Always after last().
  Instant SilentFrom(const WorkCalendar& calendar, const RhythmPolicy& policy) const;
  // The share of past weeks in which it was heard in that hour, drawn towards none while few are
  // known: 0 … 1. `hour`: of the week, Monday 00:00 local is 0.
  double ShareOf(int hour) const;

  // The stored form of the pace; of last() only the hour is in it.
  std::string Encode() const;
  static std::optional<Rhythm> Decode(std::string_view bytes);
  // What is known beside the stored pace: when it was heard last, where that is later.
  void Resume(Instant last);

 private:
  struct Hour {            // weights of past weeks, in 1/256 of a week
    uint16_t watched = 0;
    uint16_t heard = 0;
  };
  void Learn(int hour_of_week, bool heard);
  std::optional<Instant> UnusualFrom(const WorkCalendar& calendar, int64_t odds) const;

  Instant first_{INT64_MIN};
  Instant last_{INT64_MIN};
  bool hour_changed_ = false;
  std::array<Hour, kHoursOfWeek> hours_{};
};

}  // namespace tthc
