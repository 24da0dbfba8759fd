// The calendar against a reference that walks minute by minute.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "config/calendar.h"
#include "tests/unit/config/config_testing.h"

namespace tthc {
namespace {

constexpr int kSpanDays = 60;

// The 60 days from here hold a plain day off, a make-up Saturday and the plain rest.
const Day kFirst = D("2025-03-31");

struct Case {
  WorkCalendar::Definition definition;
  std::shared_ptr<const WorkCalendar> calendar;
};

// Up to three sessions with gaps, at whole minutes.
std::vector<Session> AnySessions() {
  const size_t count = *rc::gen::inRange<size_t>(0, 4) * 2;
  auto edges = *rc::gen::unique<std::vector<int>>(count, rc::gen::inRange(0, 1441));
  std::sort(edges.begin(), edges.end());
  std::vector<Session> sessions;
  for (size_t i = 0; i + 1 < edges.size(); i += 2) {
    sessions.push_back({edges[i] * kMicrosPerMinute, edges[i + 1] * kMicrosPerMinute});
  }
  return sessions;
}

Case AnyCalendar() {
  Case any;
  any.definition.version = "any";
  any.definition.horizon = kFirst + 400;
  for (auto& sessions : any.definition.weekly) sessions = AnySessions();
  if (any.definition.weekly[0].empty()) any.definition.weekly[0] = {{0, kMicrosPerHour}};
  const auto days = *rc::gen::unique<std::vector<int>>(rc::gen::inRange(0, kSpanDays));
  for (const int offset : days) {
    const Day day = kFirst + offset;
    auto sessions = AnySessions();
    if (any.definition.weekly[WeekdayOf(day)].empty() && !sessions.empty()) {
      any.definition.make_up.emplace_back(day, sessions);
    } else {
      any.definition.days_off.push_back(day);
    }
  }
  any.calendar = WorkCalendar::Build(any.definition).value();
  return any;
}

Instant AnyInstant(int days = kSpanDays) {
  const int64_t minute = *rc::gen::inRange<int64_t>(0, days * 1440LL);
  const int64_t within = *rc::gen::element<int64_t>(0, 1, kMicrosPerMinute - 1);
  return StartOf(kFirst) + minute * kMicrosPerMinute + within;
}

// Working time up to 40 hours; half of the time it ends exactly where a session or a day does.
int64_t AnyLength(const WorkCalendar& calendar, Instant from, Instant to) {
  const int64_t between = calendar.WorkingTime(from, to);
  return between > 0 && *rc::gen::arbitrary<bool>()
             ? between
             : *rc::gen::inRange<int64_t>(0, 40 * kMicrosPerHour);
}

Instant AnyMidnight() { return StartOf(kFirst + *rc::gen::inRange(0, kSpanDays)); }

// Is the whole minute from `at` on (a whole minute) working time?
bool IsWorking(const WorkCalendar::Definition& definition, Instant at) {
  const Day day = DayOf(at);
  const std::vector<Session>* sessions = &definition.weekly[WeekdayOf(day)];
  static const std::vector<Session> kNone;
  if (std::count(definition.days_off.begin(), definition.days_off.end(), day) > 0) {
    sessions = &kNone;
  }
  for (const auto& [make_up, own] : definition.make_up) {
    if (make_up == day) sessions = &own;
  }
  const int64_t moment = at - StartOf(day);
  return std::any_of(sessions->begin(), sessions->end(), [moment](const Session& s) {
    return s.start_us <= moment && moment < s.end_us;
  });
}

int64_t ReferenceWorkingTime(const WorkCalendar::Definition& definition, Instant from, Instant to) {
  int64_t total = 0;
  while (from < to) {
    const int64_t of_minute = (from - StartOf(kFirst)) % kMicrosPerMinute;
    const Instant minute = from - of_minute;
    const Instant next = std::min(minute + kMicrosPerMinute, to);
    if (IsWorking(definition, minute)) total += next - from;
    from = next;
  }
  return total;
}

RC_GTEST_PROP(CalendarProperty, WorkingTimeEqualsTheMinuteByMinuteReference, ()) {
  const Case any = AnyCalendar();
  const Instant a = AnyInstant(), b = AnyInstant();
  RC_ASSERT(any.calendar->WorkingTime(a, b) == ReferenceWorkingTime(any.definition, a, b));
}

RC_GTEST_PROP(CalendarProperty, StretchesAreTheWorkingTime, ()) {
  const Case any = AnyCalendar();
  const Instant a = AnyInstant(), b = AnyInstant();
  int64_t sum = 0;
  Instant last = a;
  for (const WorkStretch& stretch : any.calendar->WorkStretches(a, b)) {
    RC_ASSERT(last <= stretch.from && stretch.from < stretch.to && stretch.to <= b);
    RC_ASSERT(any.calendar->WorkingTime(stretch.from, stretch.to) ==
              stretch.to.us - stretch.from.us);
    sum += stretch.to.us - stretch.from.us;
    last = stretch.to;
  }
  RC_ASSERT(sum == any.calendar->WorkingTime(a, b));
}

RC_GTEST_PROP(CalendarProperty, WorkingTimeIsAdditive, ()) {
  const Case any = AnyCalendar();
  std::vector<Instant> at = {AnyInstant(), AnyInstant(), AnyInstant()};
  std::sort(at.begin(), at.end());
  RC_ASSERT(any.calendar->WorkingTime(at[0], at[1]) + any.calendar->WorkingTime(at[1], at[2]) ==
            any.calendar->WorkingTime(at[0], at[2]));
  RC_ASSERT(any.calendar->WorkingTime(at[0], at[1]) >= 0);
}

RC_GTEST_PROP(CalendarProperty, AddingGoesExactlySoFarAndNoFurther, ()) {
  const Case any = AnyCalendar();
  const Instant from = AnyInstant();
  const int64_t micros = AnyLength(*any.calendar, from, AnyMidnight());
  const Instant to = any.calendar->AddWorkingTime(from, micros).value();
  RC_ASSERT(to >= from);
  RC_ASSERT(any.calendar->WorkingTime(from, to) == micros);
  if (micros > 0) RC_ASSERT(any.calendar->WorkingTime(from, to - 1) == micros - 1);
  RC_ASSERT(any.calendar->AddWorkingTime(from, micros + 1).value() > to);
}

RC_GTEST_PROP(CalendarProperty, SubtractingIsTheInverse, ()) {
  const Case any = AnyCalendar();
  const Instant to = AnyInstant();
  const int64_t micros = AnyLength(*any.calendar, AnyMidnight(), to);
  const Instant from = any.calendar->SubtractWorkingTime(to, micros).value();
  RC_ASSERT(from <= to);
  RC_ASSERT(any.calendar->WorkingTime(from, to) == micros);
  if (micros > 0) RC_ASSERT(any.calendar->WorkingTime(from + 1, to) == micros - 1);
  const Instant forth = any.calendar->AddWorkingTime(from, micros).value();
  RC_ASSERT(forth <= to);
  RC_ASSERT(any.calendar->WorkingTime(forth, to) == 0);
}

RC_GTEST_PROP(CalendarProperty, WorkingDaysAreCountedOneByOne, ()) {
  const Case any = AnyCalendar();
  const Instant from = AnyInstant(20);
  const int days = *rc::gen::inRange(1, 15);
  Day day = DayOf(from);
  for (int left = days; left > 0;) {
    day = day + 1;
    if (any.calendar->IsWorkingDay(day)) --left;
  }
  RC_ASSERT(any.calendar->AddWorkingDays(from, days).value() == any.calendar->CloseOf(day));
  RC_ASSERT(any.calendar->IsWorkingDay(any.calendar->RollForward(DayOf(from))));
}

}  // namespace
}  // namespace tthc
