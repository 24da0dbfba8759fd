#include "ingest/demo/sequel.h"

#include <algorithm>
#include <cstdio>
#include <span>

#include "ingest/demo/drawing.h"
#include "ingest/demo/quotas.h"
#include "ingest/demo/schedule.h"

namespace tthc::demo {
namespace {

constexpr uint64_t kOtherSeed = 0x5e9ce1;        // the weeks are drawn by numbers of their own

// Chances per ten thousand.
constexpr uint64_t kStaysOpen = 800;
constexpr uint64_t kEndsInTime = 9'200;          // of cases whose due date is still ahead
constexpr uint64_t kDatedBack = 1'000;           // of those that end late
constexpr uint64_t kDueMoved = 600;            // of those that are late already
constexpr int kMostDaysLate = 6;                 // working days
constexpr int kMostDaysToResume = 12;
constexpr int kMostDaysToEnd = 15;
constexpr int kDaysPutOff = 10;

// One sender says nothing for these days, and then all of it.
constexpr CivilDate kSilentFrom = {2025, 4, 1};
constexpr CivilDate kSilentUntil = {2025, 4, 8};
constexpr int64_t kSilentSince = 14 * kMicrosPerHour;
constexpr int64_t kSpeaksAgain = 9 * kMicrosPerHour;

Period NextQuarter() { return {DayOf(CivilDate{2025, 4, 1}), DayOf(CivilDate{2025, 6, 30})}; }

std::vector<Quota> QuotasOfNewCases() {
  std::vector<Quota> quotas;
  for (const Quota& quota : kQuotas) {
    if (quota.origin != Origin::kCarriedOver) quotas.push_back(quota);
  }
  return quotas;
}

std::string InWords(Instant at) {
  const Day day = DayOf(at);
  const CivilDate date = CivilOf(day);
  const auto minutes = static_cast<int>((at - StartOf(day)) / kMicrosPerMinute);
  char text[32];
  std::snprintf(text, sizeof text, "%02u/%02u/%04d %02d:%02d", date.day, date.month, date.year,
                minutes / 60, minutes % 60);
  return text;
}

bool IsOpen(const DemoCase& made) {
  return made.outcome != Outcome::kOutside && !IsResolved(made.outcome);
}

// Ends what was open at the end of the quarter.
class Ender {
 public:
  Ender(const World& world, Random& random, std::vector<SequelEvent>& events)
      : world_(world), random_(random), events_(events) {}

  void End(const DemoUnit& unit, DemoCase& made) {
    if (random_.Chance(kStaysOpen) || made.steps.size() + 2 > kMaxSteps) return;
    const bool waits = made.outcome == Outcome::kWaitingSupplement ||
                       made.outcome == Outcome::kWaitingTax || made.outcome == Outcome::kStopped;
    int day = world_.first_index;
    if (waits) day = Resume(unit, made);
    if (made.outcome == Outcome::kRunningLate && random_.Chance(kDueMoved)) day = PutOff(made, day);
    Finish(unit, made, WorkInstant(world_.days[EndDay(made, day)], random_));
  }

 private:
  int EndDay(const DemoCase& made, int from) {
    const int due = world_.days.AtOrBefore(DayOf(made.due));
    int end = from + static_cast<int>(random_.Between(0, kMostDaysToEnd));
    if (due >= from) {
      end = random_.Chance(kEndsInTime)
                ? static_cast<int>(random_.Between(from, due))
                : due + static_cast<int>(random_.Between(1, kMostDaysLate));
    }
    return std::min(end, world_.days.size() - 1);
  }

  int Resume(const DemoUnit& unit, DemoCase& made) {
    const int day = world_.first_index + static_cast<int>(random_.Between(0, kMostDaysToResume));
    if (unit.shape == Shape::kSatellite) return day;
    const Instant at = WorkInstant(world_.days[day], random_);
    const bool supplement = made.outcome == Outcome::kWaitingSupplement;
    const uint8_t status = supplement && unit.shape == Shape::kProvinceWide ? 5 : 4;
    made.steps.push_back({at, status, supplement ? Text::kSupplementDone
                                      : made.outcome == Outcome::kWaitingTax ? Text::kTaxDone
                                                                             : Text::kResumed});
    return day + 1;
  }

  // A due date that has passed is put off.
  int PutOff(DemoCase& made, int day) {
    day += static_cast<int>(random_.Between(0, kMostDaysLate));
    const Instant at = WorkInstant(world_.days[day], random_);
    Record record = made.records.back();
    record.trigger = at;
    record.status = 4;
    record.due = AtLocal(world_.days[day + kDaysPutOff], 17 * kMicrosPerHour);
    made.records.push_back(record);
    Tell(at, "hồ sơ " + made.number + " đã quá hạn, ngày hẹn trả bị lùi đến " + InWords(*record.due));
    return day + 1;
  }

  void Finish(const DemoUnit& unit, DemoCase& made, Instant end) {
    end = std::max(end, made.records.back().trigger + kMicrosPerHour);
    Record record = made.records.back();
    record.trigger = end;
    record.status = 9;
    record.finished = end;
    record.returned.reset();
    made.records.push_back(record);
    const bool province_wide = unit.shape == Shape::kProvinceWide;
    if (unit.shape != Shape::kSatellite) {
      made.steps.push_back({end, 9, province_wide ? Text::kClosing : Text::kFinished});
    }
    if (record.due && DayOf(end) > DayOf(*record.due) && random_.Chance(kDatedBack)) {
      DateBack(made, record);
    }
  }

  void DateBack(DemoCase& made, Record record) {
    const int next = world_.days.After(DayOf(record.trigger));
    if (next >= world_.days.size()) return;
    const Instant at = WorkInstant(world_.days[next], random_);
    Tell(at, "hồ sơ " + made.number + " kết thúc trễ hạn, ngày kết thúc bị ghi lùi về " +
                 InWords(*record.due));
    record.trigger = at;
    record.finished = record.due;
    made.records.push_back(record);
  }

  void Tell(Instant at, std::string text) { events_.push_back({at, std::move(text)}); }

  const World& world_;
  Random& random_;
  std::vector<SequelEvent>& events_;
};

// What the report of the quarter told in shares, told here by chance.
void Flag(const DemoUnit& unit, DemoCase& made, Random& random) {
  if (unit.shape == Shape::kOpenCps) return;
  made.digitised = random.Chance(kDigitisedShare);
  made.reused = made.digitised && random.Chance(kReusedShare);
  made.electronic_result = random.Chance(kElectronicResultShare);
  made.paid_since = made.received;
  made.paid_online = unit.shape == Shape::kProvinceWide && made.procedure->procedure->has_fee &&
                     random.Chance(kOnlinePaymentShare);
}

// The province-wide product sends for all its units and does not name itself, as in the quarter; the
// others send for themselves.
std::string WithSender(const DemoUnit& unit, const std::string& line) {
  if (unit.shape == Shape::kProvinceWide) return line;
  return "{\"madonvi\":\"" + unit.wire_code + "\"," + line.substr(1);
}

const DemoUnit* BusiestOfItsOwn(const World& world) {
  const DemoUnit* busiest = nullptr;
  for (const DemoUnit& unit : world.units) {
    if (unit.shape == Shape::kProvinceWide) continue;
    if (busiest == nullptr || unit.share > busiest->share) busiest = &unit;
  }
  return busiest;
}

class Telling {
 public:
  Telling(Sequel& sequel, Instant from, Instant until)
      : sequel_(sequel), from_(from), until_(until) {}

  void Silence(const DemoUnit* unit) {
    if (unit == nullptr) return;
    silent_ = unit->code;
    sequel_.events.push_back({silent_since_, "hệ thống của " + unit->name + " ngừng gửi dữ liệu"});
    sequel_.events.push_back({silent_until_, "hệ thống của " + unit->name + " gửi lại dữ liệu dồn"});
  }

  void Add(const World& world, const std::vector<DemoCase>& cases,
           const std::vector<Message>& messages) {
    for (const Message& message : messages) {
      const DemoCase& made = cases[message.case_index];
      const DemoUnit& unit = world.units[made.unit];
      const bool held = unit.code == silent_ && message.arrived >= silent_since_ &&
                        message.arrived < silent_until_;
      const Instant arrives = held ? silent_until_ : message.arrived;
      if (arrives < from_ || arrives >= until_) continue;
      line_.clear();
      AppendLine(unit, made, message, line_);
      line_.pop_back();
      sequel_.lines.push_back({arrives, WithSender(unit, line_)});
    }
  }

 private:
  Sequel& sequel_;
  const Instant from_;
  const Instant until_;
  const Instant silent_since_ = AtLocal(DayOf(kSilentFrom), kSilentSince);
  const Instant silent_until_ = AtLocal(DayOf(kSilentUntil), kSpeaksAgain);
  std::string silent_;   // code of its unit
  std::string line_;
};

bool SameUnits(const World& a, const World& b) {
  return std::ranges::equal(a.units, b.units, {}, &DemoUnit::code, &DemoUnit::code);
}

}  // namespace

Result<Sequel> DrawSequel(const DemoOptions& options, int weeks) {
  if (weeks < 1 || weeks > kMostWeeks) {
    return Invalid("the weeks after the quarter are 1 to " + std::to_string(kMostWeeks));
  }
  auto quarter = DrawQuarter(options.seed);
  if (!quarter) return quarter.error();
  const std::vector<Quota> quotas = QuotasOfNewCases();
  int total = 0;
  for (const Quota& quota : quotas) total += quota.count;
  const auto next = LoadWorld(NextQuarter(), total);
  if (!next) return Prefixed("the weeks after the quarter", next.error());
  if (!SameUnits(quarter->world, *next)) return Invalid("the units change with the next quarter");

  Sequel sequel;
  const Instant from = StartOf(next->period.from);
  Telling telling(sequel, from, from + weeks * 7 * kMicrosPerDay);
  telling.Silence(BusiestOfItsOwn(*next));

  Random random(options.seed ^ kOtherSeed);
  Ender ender(*next, random, sequel.events);
  std::vector<DemoCase> open;
  for (DemoCase& made : quarter->cases) {
    if (!IsOpen(made)) continue;
    ender.End(next->units[made.unit], made);
    open.push_back(std::move(made));
  }
  const std::vector<Message> ends = ScheduleMessages(*next, open, random);
  telling.Add(*next, open, ends);

  auto fresh = DrawCases(*next, quotas, random);
  if (!fresh) return Prefixed("the weeks after the quarter", fresh.error());
  NumberCases(*next, *fresh);
  for (DemoCase& made : *fresh) Flag(next->units[made.unit], made, random);
  const std::vector<Message> messages = ScheduleMessages(*next, *fresh, random);
  telling.Add(*next, *fresh, messages);

  std::ranges::stable_sort(sequel.lines, {}, &SequelLine::arrives);
  std::ranges::stable_sort(sequel.events, {}, &SequelEvent::at);
  std::erase_if(sequel.events, [&](const SequelEvent& event) {
    return event.at < from || event.at >= from + weeks * 7 * kMicrosPerDay;
  });
  return sequel;
}

}  // namespace tthc::demo
