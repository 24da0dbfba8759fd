#include "ingest/demo/schedule.h"

#include <algorithm>
#include <utility>

namespace tthc::demo {
namespace {

constexpr int kRowsPerChunk = 10;  // of the province-wide product
// The last arrival of the period is at 22:59:00, so that a monitor whose clock starts at 23:00 shows
// the whole period live for an hour.
constexpr int64_t kMinutesBeforeMidnight = 61;

// Chances per ten thousand.
constexpr uint64_t kHoursLate = 300;
constexpr uint64_t kDaysLate = 150;
constexpr uint64_t kSentTwice = 200;
constexpr uint64_t kOutOfOrder = 300;
constexpr int64_t kLeastShift = 50;  // lines
constexpr int64_t kMostShift = 3'000;

class Scheduler {
 public:
  Scheduler(const World& world, Random& random)
      : random_(random),
        last_arrival_(StartOf(world.period.to + 1) - kMinutesBeforeMidnight * kMicrosPerMinute) {}

  void Add(const DemoUnit& unit, uint32_t index, DemoCase& made) {
    if (unit.shape == Shape::kProvinceWide) {
      AddPushes(unit, index, made);
    } else {
      AddSingly(unit, index, made);
    }
  }

  std::vector<Message> InLineOrder() && {
    std::ranges::stable_sort(messages_, {}, [](const Planned& p) { return p.message.arrived; });
    // A line may come late, never early: the arrival of the lines around it stays what it is.
    std::vector<std::pair<int64_t, size_t>> order;
    for (size_t i = 0; i < messages_.size(); ++i) {
      int64_t place = static_cast<int64_t>(i);
      if (!messages_[i].punctual && random_.Chance(kOutOfOrder)) {
        place += random_.Between(kLeastShift, kMostShift);
      }
      order.emplace_back(place, i);
    }
    std::ranges::sort(order);
    std::vector<Message> lines;
    lines.reserve(order.size());
    for (const auto& [place, i] : order) lines.push_back(messages_[i].message);
    return lines;
  }

 private:
  struct Planned {
    Message message;
    bool punctual;
  };

  // OpenCPS and satellites: a queue emptied every 20 seconds, one message per happening.
  void AddSingly(const DemoUnit& unit, uint32_t index, const DemoCase& made) {
    for (size_t i = 0; i < made.records.size(); ++i) {
      const Record& record = made.records[i];
      Send({QueueArrival(record.trigger, record.punctual), index, static_cast<int16_t>(i), 0},
           record.punctual);
    }
    if (unit.shape == Shape::kSatellite) return;
    for (size_t i = 0; i < made.steps.size(); ++i) {
      Send({QueueArrival(made.steps[i].at, false), index, -1, 1u << i}, false);
    }
  }

  // The province-wide product: the record as it stands, then all rows so far in chunks of ten;
  // where only the course of the case changed, the new rows alone.
  void AddPushes(const DemoUnit& unit, uint32_t index, DemoCase& made) {
    DropOvertaken(unit, made);
    std::vector<std::pair<Instant, int>> triggers;
    for (size_t i = 0; i < made.records.size(); ++i) {
      triggers.emplace_back(made.records[i].trigger, static_cast<int>(i));
    }
    for (const Step& step : made.steps) {
      if (step.text == Text::kAssigned || step.text == Text::kReviewed) continue;
      const bool with_record = std::ranges::any_of(
          made.records, [&](const Record& record) { return record.trigger == step.at; });
      if (!with_record) triggers.emplace_back(step.at, -1);
    }
    std::ranges::stable_sort(triggers, {}, &std::pair<Instant, int>::first);

    uint32_t sent = 0;
    for (const auto& [trigger, record] : triggers) {
      const bool punctual = record >= 0 && made.records[static_cast<size_t>(record)].punctual;
      const Instant arrived = BatchArrival(unit, trigger, punctual);
      if (record >= 0) {
        Send({arrived, index, static_cast<int16_t>(record), 0}, punctual);
      }
      const uint32_t so_far = StepsUntil(made, trigger);
      // Of the first push the receipt alone is left out: the next one tells it again.
      const bool only_receipt = so_far == 1 && triggers.size() > 1;
      if (so_far != sent && !only_receipt) {
        SendChunks(arrived, index, record >= 0 ? so_far : so_far & ~sent);
      }
      sent |= so_far;
    }
  }

  // A nightly batch sends what stands at night: a case begun and ended on one day appears once.
  static void DropOvertaken(const DemoUnit& unit, DemoCase& made) {
    if (unit.nightly && made.records.size() > 1 && made.records[1].finished &&
        DayOf(made.records[0].trigger) == DayOf(made.records[1].trigger)) {
      made.records.erase(made.records.begin());
    }
  }

  static uint32_t StepsUntil(const DemoCase& made, Instant until) {
    uint32_t mask = 0;
    for (size_t i = 0; i < made.steps.size() && made.steps[i].at <= until; ++i) mask |= 1u << i;
    return mask;
  }

  void SendChunks(Instant arrived, uint32_t index, uint32_t mask) {
    while (mask != 0) {
      uint32_t chunk = 0;
      for (int row = 0; row < kRowsPerChunk && mask != 0; ++row) {
        chunk |= mask & (~mask + 1);
        mask &= mask - 1;
      }
      arrived = arrived + kMicrosPerSecond;
      Send({arrived, index, -1, chunk}, false);
    }
  }

  void Send(const Message& message, bool punctual) {
    messages_.push_back({message, punctual});
    if (punctual || !random_.Chance(kSentTwice)) return;
    Message again = message;
    again.arrived = again.arrived + random_.Between(1, 2 * 24 * 60) * kMicrosPerMinute;
    if (again.arrived <= last_arrival_) messages_.push_back({again, punctual});
  }

  Instant QueueArrival(Instant at, bool punctual) {
    if (punctual) return at + 5 * kMicrosPerSecond;
    return Delayed(at + random_.Between(20, 360) * kMicrosPerSecond, kHoursLate);
  }

  Instant BatchArrival(const DemoUnit& unit, Instant at, bool punctual) {
    const Instant midnight = StartOf(DayOf(at));
    const Instant night = midnight + 21 * kMicrosPerHour + unit.salt % 90 * kMicrosPerMinute;
    const Instant hour = midnight + ((at - midnight) / kMicrosPerHour + 1) * kMicrosPerHour;
    const Instant batch = unit.nightly && night > at ? night : hour;
    const Instant arrived = batch + random_.Between(1, 300) * kMicrosPerSecond;
    return punctual ? arrived : Delayed(arrived, 0);
  }

  Instant Delayed(Instant arrived, uint64_t hours_late) {
    Instant late = arrived;
    if (random_.Chance(kDaysLate)) {
      late = arrived + random_.Between(24 * 60, 5 * 24 * 60) * kMicrosPerMinute;
    } else if (random_.Chance(hours_late)) {
      late = arrived + random_.Between(60, 8 * 60) * kMicrosPerMinute;
    }
    return late <= last_arrival_ ? late : arrived;
  }

  Random& random_;
  Instant last_arrival_;
  std::vector<Planned> messages_;
};

}  // namespace

std::vector<Message> ScheduleMessages(const World& world, std::vector<DemoCase>& cases,
                                      Random& random) {
  Scheduler scheduler(world, random);
  for (size_t i = 0; i < cases.size(); ++i) {
    scheduler.Add(world.units[cases[i].unit], static_cast<uint32_t>(i), cases[i]);
  }
  return std::move(scheduler).InLineOrder();
}

}  // namespace tthc::demo
