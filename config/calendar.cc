#include "config/calendar.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "config/toml_reader.h"
#include "config/units.h"

namespace tthc {
namespace {

constexpr std::string_view kWeekdayNames[7] = {"monday", "tuesday",  "wednesday", "thursday",
                                               "friday", "saturday", "sunday"};

// A Monday; day numbers count from Thursday 1970-01-01.
constexpr int32_t kSomeMonday = 4;

int32_t FloorDiv(int32_t a, int32_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

int64_t LengthOf(const std::vector<Session>& sessions) {
  int64_t length = 0;
  for (const Session& session : sessions) length += session.end_us - session.start_us;
  return length;
}

// Working time of `sessions` before `micros_of_day`.
int64_t PassedOf(const std::vector<Session>& sessions, int64_t micros_of_day) {
  int64_t passed = 0;
  for (const Session& session : sessions) {
    if (micros_of_day <= session.start_us) break;
    passed += std::min(micros_of_day, session.end_us) - session.start_us;
  }
  return passed;
}

// The earliest moment of the day at which `passed` (> 0) has passed.
int64_t MomentAfter(const std::vector<Session>& sessions, int64_t passed) {
  for (const Session& session : sessions) {
    const int64_t length = session.end_us - session.start_us;
    if (passed <= length) return session.start_us + passed;
    passed -= length;
  }
  return sessions.back().end_us;
}

// The latest moment of the day at which only `passed` (less than the day's length) has passed.
int64_t MomentBefore(const std::vector<Session>& sessions, int64_t passed) {
  for (const Session& session : sessions) {
    const int64_t length = session.end_us - session.start_us;
    if (passed < length) return session.start_us + passed;
    passed -= length;
  }
  return sessions.back().end_us;
}

std::string ClockText(int64_t micros_of_day) {
  const int64_t minutes = micros_of_day / kMicrosPerMinute;
  std::string text = "00:00";
  text[0] = static_cast<char>('0' + minutes / 600);
  text[1] = static_cast<char>('0' + minutes / 60 % 10);
  text[3] = static_cast<char>('0' + minutes % 60 / 10);
  text[4] = static_cast<char>('0' + minutes % 10);
  return text;
}

std::string SessionText(const Session& session) {
  return ClockText(session.start_us) + "-" + ClockText(session.end_us);
}

// What is wrong with the sessions of one day; empty where nothing is.
std::string SessionsFault(const std::vector<Session>& sessions) {
  int64_t previous_end = 0;
  for (const Session& session : sessions) {
    if (session.start_us < 0 || session.end_us > kMicrosPerDay) {
      return "a session lies outside 00:00-24:00";
    }
    if (session.start_us >= session.end_us) {
      return "session " + SessionText(session) + " does not end after its start";
    }
    if (session.start_us < previous_end) {
      return "session " + SessionText(session) + " begins before the one listed before it ends";
    }
    previous_end = session.end_us;
  }
  return {};
}

// "Saturday 2025-04-26"
std::string DayText(Day day) {
  std::string name(kWeekdayNames[WeekdayOf(day)]);
  name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name + " " + FormatDay(day);
}

std::string HoursFault(const WorkCalendar::Definition& definition) {
  bool any = false;
  for (int weekday = 0; weekday < 7; ++weekday) {
    if (auto fault = SessionsFault(definition.weekly[weekday]); !fault.empty()) {
      return std::string(kWeekdayNames[weekday]) + ": " + fault;
    }
    any = any || !definition.weekly[weekday].empty();
  }
  return any ? "" : "the week has no sessions: no time limit would ever end";
}

// Expects sorted lists.
std::string DaysFault(const WorkCalendar::Definition& definition) {
  std::optional<Day> previous;
  for (const Day day : definition.days_off) {
    if (previous == day) return DayText(day) + " is listed twice as a day off";
    if (day > definition.horizon) return DayText(day) + " lies beyond the horizon";
    previous = day;
  }
  previous.reset();
  for (const auto& [day, sessions] : definition.make_up) {
    if (previous == day) return DayText(day) + " is listed twice as a make-up day";
    if (day > definition.horizon) return DayText(day) + " lies beyond the horizon";
    if (sessions.empty()) return "make-up day " + DayText(day) + " has no sessions";
    if (auto fault = SessionsFault(sessions); !fault.empty()) return DayText(day) + ": " + fault;
    if (!definition.weekly[WeekdayOf(day)].empty()) {
      return "make-up day " + DayText(day) + " is a working day already";
    }
    if (std::binary_search(definition.days_off.begin(), definition.days_off.end(), day)) {
      return DayText(day) + " is both a day off and a make-up day";
    }
    previous = day;
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<const WorkCalendar>> WorkCalendar::Build(Definition definition) {
  std::sort(definition.days_off.begin(), definition.days_off.end());
  std::sort(definition.make_up.begin(), definition.make_up.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string fault = HoursFault(definition);
  if (fault.empty()) fault = DaysFault(definition);
  if (!fault.empty()) return Invalid("calendar " + definition.version + ": " + fault);
  return std::shared_ptr<const WorkCalendar>(new WorkCalendar(std::move(definition)));
}

WorkCalendar::WorkCalendar(Definition definition) : definition_(std::move(definition)) {
  for (int weekday = 0; weekday < 7; ++weekday) {
    const int64_t length = LengthOf(definition_.weekly[weekday]);
    if (day_length_ == 0) day_length_ = length;
    const Sum& before = weekday_before_[weekday];
    weekday_before_[weekday + 1] = {before.micros + length, before.days + (length > 0)};
  }
  for (const Day day : definition_.days_off) exceptions_.push_back({day, {}, {}});
  for (const auto& [day, sessions] : definition_.make_up) {
    exceptions_.push_back({day, sessions, {}});
  }
  std::sort(exceptions_.begin(), exceptions_.end(),
            [](const Exception& a, const Exception& b) { return a.day < b.day; });
  Sum added;
  for (Exception& exception : exceptions_) {
    exception.before = added;
    const auto& plain = definition_.weekly[WeekdayOf(exception.day)];
    added.micros += LengthOf(exception.sessions) - LengthOf(plain);
    added.days += static_cast<int>(!exception.sessions.empty()) - static_cast<int>(!plain.empty());
  }
  exceptions_.push_back({Day{INT32_MAX}, {}, added});
}

size_t WorkCalendar::ExceptionAt(Day day) const {
  const auto at = std::lower_bound(exceptions_.begin(), exceptions_.end(), day,
                                   [](const Exception& a, Day b) { return a.day < b; });
  return static_cast<size_t>(at - exceptions_.begin());
}

bool WorkCalendar::IsException(Day day) const { return exceptions_[ExceptionAt(day)].day == day; }

const std::vector<Session>& WorkCalendar::SessionsOf(Day day) const {
  const Exception& exception = exceptions_[ExceptionAt(day)];
  return exception.day == day ? exception.sessions : definition_.weekly[WeekdayOf(day)];
}

WorkCalendar::Sum WorkCalendar::PlainBefore(Day day) const {
  const int32_t week = FloorDiv(day.number - kSomeMonday, 7);
  const Sum& part = weekday_before_[day.number - kSomeMonday - week * 7];
  return {week * weekday_before_[7].micros + part.micros,
          week * weekday_before_[7].days + part.days};
}

WorkCalendar::Sum WorkCalendar::Before(Day day) const {
  const Sum plain = PlainBefore(day);
  const Sum& added = exceptions_[ExceptionAt(day)].before;
  return {plain.micros + added.micros, plain.days + added.days};
}

int64_t WorkCalendar::Before(Instant at) const {
  const Day day = DayOf(at);
  return Before(day).micros + PassedOf(SessionsOf(day), at - StartOf(day));
}

bool WorkCalendar::IsWorkingDay(Day day) const { return !SessionsOf(day).empty(); }

int64_t WorkCalendar::WorkingTime(Instant from, Instant to) const {
  return to <= from ? 0 : Before(to) - Before(from);
}

std::vector<WorkStretch> WorkCalendar::WorkStretches(Instant from, Instant to) const {
  std::vector<WorkStretch> stretches;
  for (Day day = DayOf(from); StartOf(day) < to; day = day + 1) {
    for (const Session& session : SessionsOf(day)) {
      const Instant begin = std::max(from, StartOf(day) + session.start_us);
      const Instant end = std::min(to, StartOf(day) + session.end_us);
      if (begin < end) stretches.push_back({begin, end});
    }
  }
  return stretches;
}

namespace {

// The first day of [low, high) for which `is_far_enough` holds (it is monotonic); high if none.
template <typename Predicate>
Day FirstDayWithin(Day low, Day high, Predicate is_far_enough) {
  while (low < high) {
    const Day middle{low.number + (high.number - low.number) / 2};
    if (is_far_enough(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return high;
}

// The same, looked for in growing steps from the near end: most times are a few days.
template <typename Predicate>
Day FirstDay(Day low, Day high, Predicate is_far_enough) {
  for (int32_t step = 1; low < high; step *= 2) {
    const Day at = std::min(low + (step - 1), high - 1);
    if (is_far_enough(at)) return FirstDayWithin(low, at, is_far_enough);
    low = at + 1;
  }
  return high;
}
template <typename Predicate>
Day FirstDayFromEnd(Day low, Day high, Predicate is_far_enough) {
  for (int32_t step = 1; low < high; step *= 2) {
    const Day at = std::max(high - step, low);
    if (!is_far_enough(at)) return FirstDayWithin(at + 1, high, is_far_enough);
    high = at;
  }
  return high;
}

Error BeyondSearch(const std::string& version) {
  return Invalid("calendar " + version + ": the result lies more than " +
                 std::to_string(WorkCalendar::kSearchDays) + " days away");
}
Error Negative(const std::string& version) {
  return Invalid("calendar " + version + ": a length of time must not be negative");
}

}  // namespace

Result<Instant> WorkCalendar::AddWorkingTime(Instant from, int64_t micros) const {
  if (micros < 0) return Negative(version());
  if (micros == 0) return from;
  const Day first = DayOf(from);
  const Day limit = first + kSearchDays;
  if (micros > Before(limit).micros - Before(from)) return BeyondSearch(version());
  const int64_t target = Before(from) + micros;
  const Day day = FirstDay(first, limit, [&](Day d) { return Before(d + 1).micros >= target; });
  return AtLocal(day, MomentAfter(SessionsOf(day), target - Before(day).micros));
}

Result<Instant> WorkCalendar::SubtractWorkingTime(Instant to, int64_t micros) const {
  if (micros < 0) return Negative(version());
  if (micros == 0) return to;
  const Day last = DayOf(to);
  const Day limit = last - kSearchDays;
  if (micros > Before(to) - Before(limit).micros) return BeyondSearch(version());
  const int64_t target = Before(to) - micros;
  const Day day =
      FirstDayFromEnd(limit, last, [&](Day d) { return Before(d + 1).micros > target; });
  return AtLocal(day, MomentBefore(SessionsOf(day), target - Before(day).micros));
}

Result<Instant> WorkCalendar::AddWorkingDays(Instant from, int days) const {
  if (days < 0) return Negative(version());
  const Day first = DayOf(from);
  const Day limit = first + kSearchDays;
  if (days == 0) return CloseOf(RollForward(first));
  const int64_t target = Before(first + 1).days + days;
  const Day day = FirstDay(first, limit, [&](Day d) { return Before(d + 1).days >= target; });
  if (day == limit) return BeyondSearch(version());
  return CloseOf(day);
}

Day WorkCalendar::RollForward(Day day) const {
  const int64_t passed = Before(day).days;
  const Day limit = day + kSearchDays;
  const Day next = FirstDay(day, limit, [&](Day d) { return Before(d + 1).days > passed; });
  return next == limit ? day : next;
}

Instant WorkCalendar::CloseOf(Day day) const {
  const std::vector<Session>& sessions = SessionsOf(day);
  return AtLocal(day, sessions.empty() ? 0 : sessions.back().end_us);
}

namespace {

// One [[calendar]] table as read, before the calendar it extends is known.
struct ReadCalendar {
  std::string file;
  int line = 0;
  std::string unit;
  std::string extends;
  Day in_force_from;
  bool has_hours = false;
  WorkCalendar::Definition definition;
};

// "07:30" -> micros since midnight; "24:00" only where an end is wanted.
std::optional<int64_t> ParseClock(std::string_view text, bool is_end) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const size_t i : {0, 1, 3, 4}) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
  }
  const int64_t hours = (text[0] - '0') * 10 + (text[1] - '0');
  const int64_t minutes = (text[3] - '0') * 10 + (text[4] - '0');
  const bool is_midnight_end = is_end && hours == 24 && minutes == 0;
  if ((hours > 23 && !is_midnight_end) || minutes > 59) return std::nullopt;
  return hours * kMicrosPerHour + minutes * kMicrosPerMinute;
}

std::optional<Session> ParseSession(std::string_view text) {
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto start = ParseClock(text.substr(0, dash), false);
  const auto end = ParseClock(text.substr(dash + 1), true);
  if (!start || !end) return std::nullopt;
  return Session{*start, *end};
}

std::vector<Session> ReadSessions(TableReader& reader, std::string_view key) {
  std::vector<Session> sessions;
  for (const std::string& text : reader.TextList(key).value_or(std::vector<std::string>())) {
    if (const auto session = ParseSession(text)) {
      sessions.push_back(*session);
    } else {
      reader.Add(reader.LineOfKey(key),
                 std::string(key) + ": '" + text + "' is not a session of the form 07:30-11:30");
    }
  }
  if (auto fault = SessionsFault(sessions); !fault.empty()) {
    reader.Add(reader.LineOfKey(key), std::string(key) + ": " + fault);
  }
  return sessions;
}

void ReadDaysOff(const toml::table& table, const std::string& file, ReadCalendar& calendar,
                 std::vector<Problem>& problems) {
  TableReader reader(table, file, problems);
  const std::vector<Day> days = reader.RequiredDates("days");
  reader.RequiredText("reason");
  reader.RequiredText("basis");  // a day off without a decision behind it is refused
  reader.Finish();
  auto& all = calendar.definition.days_off;
  all.insert(all.end(), days.begin(), days.end());
}

void ReadMakeUp(const toml::table& table, const std::string& file, ReadCalendar& calendar,
                std::vector<Problem>& problems) {
  TableReader reader(table, file, problems);
  const std::vector<Day> days = reader.RequiredDates("days");
  reader.RequiredText("reason");
  reader.RequiredText("basis");
  std::vector<Session> sessions = ReadSessions(reader, "sessions");
  reader.Finish();
  for (const Day day : days) calendar.definition.make_up.emplace_back(day, sessions);
}

ReadCalendar ReadOne(const toml::table& table, const std::string& file,
                     std::vector<Problem>& problems) {
  TableReader reader(table, file, problems);
  ReadCalendar calendar;
  calendar.file = file;
  calendar.line = reader.line();
  calendar.definition.version = reader.RequiredText("version");
  calendar.unit = reader.Text("unit");
  calendar.extends = reader.Text("extends");
  if (!calendar.unit.empty()) {
    const auto canonical = CanonicalUnitCode(calendar.unit);
    if (!canonical) {
      reader.Add(reader.LineOfKey("unit"), "unit: " + canonical.error().message);
    } else {
      calendar.unit = *canonical;
    }
  }
  if (const auto day = reader.Date("in_force_from")) {
    calendar.in_force_from = *day;
  } else {
    reader.Add("in_force_from: the day the version came into force is needed");
  }
  if (const auto day = reader.Date("horizon")) {
    calendar.definition.horizon = *day;
  } else if (calendar.extends.empty()) {
    reader.Add("horizon: the last day for which days off are announced is needed");
  }
  if (const toml::table* hours = reader.Table("hours")) {
    TableReader hours_reader(*hours, file, problems);
    for (int weekday = 0; weekday < 7; ++weekday) {
      calendar.definition.weekly[weekday] = ReadSessions(hours_reader, kWeekdayNames[weekday]);
    }
    hours_reader.Finish();
    calendar.has_hours = true;
  } else if (calendar.extends.empty()) {
    reader.Add("hours: the sessions of the week are needed");
  }
  for (const toml::table* each : reader.Tables("days_off")) {
    ReadDaysOff(*each, file, calendar, problems);
  }
  for (const toml::table* each : reader.Tables("make_up")) {
    ReadMakeUp(*each, file, calendar, problems);
  }
  reader.Finish();
  return calendar;
}

// Takes over what `base` has and `calendar` does not say.
void Extend(ReadCalendar& calendar, const ReadCalendar& base) {
  WorkCalendar::Definition& to = calendar.definition;
  const WorkCalendar::Definition& from = base.definition;
  to.horizon = std::max(to.horizon, from.horizon);
  to.days_off.insert(to.days_off.end(), from.days_off.begin(), from.days_off.end());
  to.make_up.insert(to.make_up.end(), from.make_up.begin(), from.make_up.end());
  if (!calendar.has_hours) std::copy(from.weekly, from.weekly + 7, to.weekly);
}

// A calendar extends only one that stands before it, so chains end.
void ExtendAll(std::vector<ReadCalendar>& calendars, std::vector<Problem>& problems) {
  for (size_t i = 0; i < calendars.size(); ++i) {
    if (calendars[i].extends.empty()) continue;
    const auto base = std::find_if(
        calendars.begin(), calendars.begin() + static_cast<ptrdiff_t>(i),
        [&](const auto& each) { return each.definition.version == calendars[i].extends; });
    if (base == calendars.begin() + static_cast<ptrdiff_t>(i)) {
      problems.push_back({calendars[i].file, calendars[i].line,
                          "extends: no calendar before this one has version " +
                              calendars[i].extends});
    } else {
      Extend(calendars[i], *base);
    }
  }
}

// A make-up day without sessions of its own has those of an ordinary Monday.
void CompleteMakeUp(WorkCalendar::Definition& definition, bool make_up_days_count) {
  if (!make_up_days_count) definition.make_up.clear();
  for (auto& [day, sessions] : definition.make_up) {
    if (sessions.empty()) sessions = definition.weekly[0];
  }
}

std::vector<ReadCalendar> ReadCalendars(const std::vector<ConfigText>& texts,
                                        std::vector<Problem>& problems) {
  std::vector<ReadCalendar> calendars;
  for (const ConfigText& from : texts) {
    const auto root = LoadToml(from, problems);
    if (!root) continue;
    const std::string& file = from.file;
    TableReader reader(*root, file, problems);
    for (const toml::table* table : reader.Tables("calendar")) {
      calendars.push_back(ReadOne(*table, file, problems));
    }
    reader.Finish();
  }
  ExtendAll(calendars, problems);
  return calendars;
}

void CheckVersions(const std::vector<ReadCalendar>& calendars, std::vector<Problem>& problems) {
  std::map<std::string, int> versions;
  std::map<std::pair<std::string, Day>, int> starts;
  bool has_default = false;
  for (const ReadCalendar& each : calendars) {
    has_default = has_default || each.unit.empty();
    if (versions[each.definition.version]++ > 0) {
      problems.push_back({each.file, each.line,
                          "version " + each.definition.version + " is taken by another calendar"});
    }
    if (starts[{each.unit, each.in_force_from}]++ > 0) {
      problems.push_back({each.file, each.line,
                          "another calendar of the same unit is in force from " +
                              FormatDay(each.in_force_from)});
    }
  }
  if (!has_default) problems.push_back({"", 0, "no calendar without a unit: there is no default"});
}

}  // namespace

Result<std::shared_ptr<const CalendarBook>> CalendarBook::Load(
    const std::vector<std::string>& files, bool make_up_days_count) {
  return FromTexts(ReadConfigTexts(files), make_up_days_count);
}

Result<std::shared_ptr<const CalendarBook>> CalendarBook::FromTexts(
    const std::vector<ConfigText>& texts, bool make_up_days_count) {
  std::vector<Problem> problems;
  std::vector<ReadCalendar> calendars = ReadCalendars(texts, problems);
  if (problems.empty()) CheckVersions(calendars, problems);
  auto book = std::make_shared<CalendarBook>();
  if (problems.empty()) {
    std::map<std::string, std::vector<Version>> by_unit;
    for (ReadCalendar& each : calendars) {
      CompleteMakeUp(each.definition, make_up_days_count);
      auto built = WorkCalendar::Build(std::move(each.definition));
      if (built) {
        by_unit[each.unit].push_back({each.in_force_from, *built});
      } else {
        problems.push_back({each.file, each.line, built.error().message});
      }
    }
    for (auto& [unit, versions] : by_unit) {
      std::sort(versions.begin(), versions.end(), [](const Version& a, const Version& b) {
        return a.in_force_from < b.in_force_from;
      });
      book->units_.push_back({unit, std::move(versions)});
    }
  }
  if (!problems.empty()) return ToError(problems);
  return std::shared_ptr<const CalendarBook>(std::move(book));
}

std::shared_ptr<const CalendarBook> CalendarBook::Of(std::shared_ptr<const WorkCalendar> only) {
  auto book = std::make_shared<CalendarBook>();
  book->units_.push_back({"", {{Day{}, std::move(only)}}});
  return book;
}

const CalendarBook::UnitCalendar& CalendarBook::Nearest(std::string_view code) const {
  while (!code.empty() && units_.size() > 1) {
    const auto at = std::lower_bound(units_.begin(), units_.end(), code,
                                     [](const UnitCalendar& a, auto b) { return a.unit < b; });
    if (at != units_.end() && at->unit == code) return *at;
    const size_t dot = code.rfind('.');
    code = code.substr(0, dot == std::string_view::npos ? 0 : dot);
  }
  return units_.front();
}

const WorkCalendar& CalendarBook::For(std::string_view canonical_unit_code) const {
  return *Nearest(canonical_unit_code).versions.back().calendar;
}

const WorkCalendar& CalendarBook::For(std::string_view canonical_unit_code, Day known_on) const {
  const std::vector<Version>& versions = Nearest(canonical_unit_code).versions;
  auto after = std::upper_bound(versions.begin(), versions.end(), known_on,
                                [](Day a, const Version& b) { return a < b.in_force_from; });
  if (after != versions.begin()) --after;
  return *after->calendar;
}

int CalendarBook::HorizonDays(Day today) const {
  return Default().horizon().number - today.number;
}

std::optional<std::string> CalendarBook::HorizonWarning(Day today, int lead_days) const {
  const int days = HorizonDays(today);
  if (days > lead_days) return std::nullopt;
  const std::string horizon = FormatDay(Default().horizon());
  const std::string when = days < 0
                               ? "ended on " + horizon + ", " + std::to_string(-days) + " days ago"
                               : "end on " + horizon + ", in " + std::to_string(days) + " days";
  return "calendar " + Default().version() + ": the announced days off " + when +
         "; time limits beyond that day are counted without holidays until the next notice is "
         "added to the calendar file";
}

std::string RemainingText(const WorkCalendar& calendar, Instant now, Instant due) {
  if (now == due) return "Đúng hạn";
  const int64_t left = calendar.WorkingTime(std::min(now, due), std::max(now, due));
  const int64_t days = left / calendar.DayLength();
  const int64_t hours = left % calendar.DayLength() / kMicrosPerHour;
  const int64_t minutes = left / kMicrosPerMinute;
  std::string text = now < due ? "Còn" : "Quá";
  if (days == 0 && hours == 0) {
    return text + (minutes == 0 ? " dưới 1 phút" : " " + std::to_string(minutes) + " phút");
  }
  if (days > 0) text += " " + std::to_string(days) + " ngày";
  if (hours > 0) text += " " + std::to_string(hours) + " giờ";
  return text;
}

}  // namespace tthc
