#include "ingest/demo/drawing.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include "ingest/demo/quotas.h"
#include "ingest/demo/random.h"
#include "ingest/demo/schedule.h"

namespace tthc::demo {
namespace {

constexpr int64_t kMostMinutesPaidBefore = 9;   // a case takes ten minutes at the least

Period QuarterPeriod() { return {DayOf(CivilDate{2025, 1, 1}), DayOf(CivilDate{2025, 3, 31})}; }

// How willingly a unit takes a case; 0 where it cannot.
uint64_t Suitability(const DemoUnit& unit, const Quota& quota) {
  const bool plain =
      quota.outcome == Outcome::kOnTime ||
      (quota.outcome == Outcome::kRunningInTime && quota.origin != Origin::kCarriedOver);
  // A satellite sends neither rows nor due dates: only plain cases can be told through it.
  if (unit.shape == Shape::kSatellite && !plain) return 0;
  // OpenCPS names no channel: all that it sends counts as direct.
  if (unit.shape == Shape::kOpenCps &&
      (quota.origin == Origin::kNewOnline || quota.origin == Origin::kNewPost)) {
    return 0;
  }
  if (quota.outcome == Outcome::kWaitingTax && !unit.has_land) return 0;
  const bool commune = unit.level == UnitLevel::kCommune;
  // Communes answer within days: few of their cases cross the turn of the year.
  if (quota.origin == Origin::kCarriedOver) return commune ? 1 : 6;
  if (quota.origin == Origin::kNewOnline) return commune ? 2 : 3;
  return 1;
}

// One unit for every case of every quota, so that each unit gets exactly its share.
class UnitDealer {
 public:
  UnitDealer(const std::vector<DemoUnit>& units, Random& random) : units_(units), random_(random) {
    for (const DemoUnit& unit : units) left_.push_back(static_cast<uint64_t>(unit.share));
  }

  Result<uint16_t> Deal(const Quota& quota) {
    const auto weight = [&](size_t i) { return left_[i] * Suitability(units_[i], quota); };
    uint64_t sum = 0;
    for (size_t i = 0; i < units_.size(); ++i) sum += weight(i);
    if (sum == 0) return Invalid("no unit is left that can take a case of the demonstration");
    uint64_t at = random_.Below(sum);
    size_t chosen = 0;
    while (at >= weight(chosen)) at -= weight(chosen++);
    --left_[chosen];
    return static_cast<uint16_t>(chosen);
  }

 private:
  const std::vector<DemoUnit>& units_;
  Random& random_;
  std::vector<uint64_t> left_;
};

// Units that can be given a case of the kind.
std::vector<uint16_t> UnitsFor(const World& world, OutsideKind kind) {
  std::vector<uint16_t> units;
  for (size_t i = 0; i < world.units.size(); ++i) {
    const bool fits = std::ranges::any_of(
        world.units[i].procedures,
        [&](const DemoProcedure& procedure) { return MayBe(kind, procedure); });
    if (fits) units.push_back(static_cast<uint16_t>(i));
  }
  return units;
}

Result<std::vector<DemoCase>> DrawAll(const World& world, Random& random) {
  auto cases = DrawCases(world, kQuotas, random);
  if (!cases) return cases;
  CaseDrawer drawer(world, random);
  for (const OutsideQuota& quota : kOutsideQuotas) {
    const std::vector<uint16_t> units = UnitsFor(world, quota.kind);
    if (units.empty()) return Invalid("no unit can be given a case outside the population");
    for (int i = 0; i < quota.count; ++i) {
      auto drawn = drawer.DrawOutside(units[random.Below(units.size())], quota.kind);
      if (!drawn) return drawn.error();
      cases->push_back(std::move(*drawn));
    }
  }
  return cases;
}

// What each case is known by at last: a flag of a case stands in its latest record. Two readings,
// since a line may come late: by time of arrival, and by the order of the lines.
class LastWords {
 public:
  LastWords(const std::vector<DemoCase>& cases, const std::vector<Message>& messages)
      : cases_(cases), latest_(cases.size()) {
    std::vector<uint32_t> order(messages.size());
    std::iota(order.begin(), order.end(), 0);
    Read(messages, order, 0);
    std::ranges::stable_sort(order, {}, [&](uint32_t i) { return messages[i].arrived; });
    Read(messages, order, 1);
  }

  // True where the latest record is `wanted` in both readings.
  template <typename Wanted>
  bool Are(uint32_t index, Wanted wanted) const {
    return std::ranges::all_of(latest_[index], [&](const Latest& latest) {
      return latest.record != kNone && !latest.tied &&
             wanted(cases_[index].records[static_cast<size_t>(latest.record)]);
    });
  }

 private:
  static constexpr int16_t kNone = -1;
  struct Latest {
    uint32_t seen = 0;        // records, as bits: a record said again says nothing new
    int16_t record = kNone;
    Instant recorded;
    bool tied = false;        // with another record of the same instant
  };

  // Recorded time is that of arrival and never goes back.
  void Read(const std::vector<Message>& messages, const std::vector<uint32_t>& order,
            size_t reading) {
    Instant recorded;
    for (const uint32_t i : order) {
      const Message& message = messages[i];
      recorded = std::max(recorded, message.arrived);
      if (message.record == kNone) continue;
      Latest& latest = latest_[message.case_index][reading];
      const uint32_t bit = 1u << message.record;
      if ((latest.seen & bit) != 0) continue;
      const bool tied = latest.record != kNone && latest.recorded == recorded;
      latest = {latest.seen | bit, message.record, recorded, tied};
    }
  }

  const std::vector<DemoCase>& cases_;
  std::vector<std::array<Latest, 2>> latest_;
};

bool Counted(const DemoCase& made) { return made.outcome != Outcome::kOutside; }
bool Finished(const DemoCase& made) {
  return made.outcome == Outcome::kOnTime || made.outcome == Outcome::kLate;
}

// Which cases carry the flags of the report's shares, by what their senders can tell.
class FlagSpreader {
 public:
  FlagSpreader(Quarter& quarter, Random& random)
      : world_(quarter.world),
        cases_(quarter.cases),
        last_words_(quarter.cases, quarter.messages),
        random_(random) {}

  Result<void> Spread() {
    const auto fee = [](const DemoCase& made) {
      return Counted(made) && made.procedure->procedure->has_fee;
    };
    const int64_t of_fee = std::ranges::count_if(cases_, fee);
    const auto spread = [&](int64_t base, int share, bool DemoCase::*flag, auto eligible) {
      return SpreadFlag((base * share + 5'000) / 10'000, flag, eligible);
    };
    auto done = spread(kReceived, kDigitisedShare, &DemoCase::digitised, [&](uint32_t i) {
      return Counted(cases_[i]) && ShapeOf(i) != Shape::kOpenCps;
    });
    if (!done) return done;
    done = spread(kReceived, kReusedShare, &DemoCase::reused,
                  [&](uint32_t i) { return cases_[i].digitised; });
    if (!done) return done;
    done = spread(kResolved, kElectronicResultShare, &DemoCase::electronic_result,
                  [&](uint32_t i) { return CanTellResult(i); });
    if (!done) return done;
    done = spread(of_fee, kOnlinePaymentShare, &DemoCase::paid_online,
                  [&](uint32_t i) { return fee(cases_[i]) && CanTellPayment(i); });
    return done;
  }

 private:
  Shape ShapeOf(uint32_t i) const { return world_.units[cases_[i].unit].shape; }

  bool CanTellResult(uint32_t i) const {
    const DemoCase& made = cases_[i];
    return Finished(made) && ShapeOf(i) != Shape::kOpenCps &&
           made.procedure->procedure->returns_document &&
           last_words_.Are(i, [](const Record& record) { return record.finished.has_value(); });
  }

  // A new case is paid when it is received. A carried-over one is paid in the quarter too, when its
  // result is ready.
  bool CanTellPayment(uint32_t i) {
    DemoCase& made = cases_[i];
    if (ShapeOf(i) != Shape::kProvinceWide) return false;
    made.paid_since = made.received;
    if (made.origin != Origin::kCarriedOver) return true;
    if (!Finished(made)) return false;
    made.paid_since = std::ranges::find_if(made.records, [](const Record& record) {
                        return record.finished.has_value();
                      })->trigger;
    return last_words_.Are(
        i, [&](const Record& record) { return record.trigger >= made.paid_since; });
  }

  template <typename Eligible>
  Result<void> SpreadFlag(int64_t count, bool DemoCase::*flag, Eligible eligible) {
    std::vector<uint32_t> chosen;
    for (uint32_t i = 0; i < cases_.size(); ++i) {
      if (eligible(i)) chosen.push_back(i);
    }
    if (std::ssize(chosen) < count) {
      return Invalid("only " + std::to_string(chosen.size()) + " cases can carry a flag that " +
                     std::to_string(count) + " must have");
    }
    random_.Shuffle(chosen);
    chosen.resize(static_cast<size_t>(count));
    for (const uint32_t i : chosen) cases_[i].*flag = true;
    return {};
  }

  const World& world_;
  std::vector<DemoCase>& cases_;
  LastWords last_words_;
  Random& random_;
};

// Amounts that add up exactly.
std::vector<int64_t> DrawAmounts(const PaymentQuota& quota, Random& random) {
  std::vector<int64_t> amounts;
  int64_t missing = quota.dong;
  for (int i = 0; i < quota.transactions; ++i) {
    amounts.push_back(quota.step * random.Between(quota.least, quota.most));
    missing -= amounts.back();
  }
  for (size_t i = 0; missing != 0; i = (i + 1) % amounts.size()) {
    const int64_t by = missing > 0 ? quota.mend : -quota.mend;
    if (amounts[i] + by <= 0) continue;
    amounts[i] += by;
    missing -= by;
  }
  return amounts;
}

class Cashier {
 public:
  Cashier(Quarter& quarter, Random& random) : quarter_(quarter), random_(random) {}

  Result<void> TakeAll() {
    TakeFees();
    const auto duties = TakeLandDuties();
    std::ranges::stable_sort(quarter_.payments, {}, &DemoPayment::paid_at);
    return duties;
  }

 private:
  Instant Before(Instant at) {
    return at - random_.Between(1, kMostMinutesPaidBefore) * kMicrosPerMinute;
  }
  Gateway AnyGateway() {
    return random_.Below(kLocalGatewayOneIn) == 0 ? Gateway::kLocal : Gateway::kNational;
  }

  // A transaction for every case that is flagged as paid; what is left over are further ones.
  void TakeFees() {
    std::vector<uint32_t> payers;
    for (uint32_t i = 0; i < quarter_.cases.size(); ++i) {
      if (quarter_.cases[i].paid_online) payers.push_back(i);
    }
    random_.Shuffle(payers);
    const std::vector<int64_t> amounts = DrawAmounts(kFeePayments, random_);
    for (size_t i = 0; i < amounts.size(); ++i) {
      const uint32_t index = payers[i % payers.size()];
      DemoCase& made = quarter_.cases[index];
      made.fees.push_back(amounts[i]);
      quarter_.payments.push_back(
          {index, Before(made.paid_since), amounts[i], AnyGateway(), false});
    }
  }

  // When the duty was done; where that was before the quarter or is not told, when the case ended.
  Instant DutyTime(const DemoCase& made) {
    const Instant from = StartOf(quarter_.world.period.from);
    for (const Step& step : made.steps) {
      if (step.text == Text::kTaxDone && step.at >= from) return step.at;
    }
    return *made.records.back().finished;
  }

  // Land cases that had to wait for the duty come first, then others that are paid online anyway.
  Result<void> TakeLandDuties() {
    std::vector<std::pair<int, uint32_t>> payers;
    for (uint32_t i = 0; i < quarter_.cases.size(); ++i) {
      const DemoCase& made = quarter_.cases[i];
      if (!made.procedure->land || !Finished(made) || !made.records.back().finished) continue;
      const bool waited = std::ranges::any_of(
          made.steps, [](const Step& step) { return step.text == Text::kTaxDone; });
      payers.emplace_back((made.paid_online ? 0 : 2) + (waited ? 0 : 1), i);
    }
    if (std::ssize(payers) < kLandDutyPayments.transactions) {
      return Invalid("only " + std::to_string(payers.size()) + " cases can pay a land duty");
    }
    random_.Shuffle(payers);
    std::ranges::stable_sort(payers, {}, &std::pair<int, uint32_t>::first);
    const std::vector<int64_t> amounts = DrawAmounts(kLandDutyPayments, random_);
    for (size_t i = 0; i < amounts.size(); ++i) {
      const uint32_t index = payers[i].second;
      const DemoCase& made = quarter_.cases[index];
      quarter_.payments.push_back({index, Before(DutyTime(made)), amounts[i],
                                   made.paid_online ? AnyGateway() : Gateway::kCounter, true});
    }
    return {};
  }

  Quarter& quarter_;
  Random& random_;
};

}  // namespace

Result<std::vector<DemoCase>> DrawCases(const World& world, std::span<const Quota> quotas,
                                        Random& random) {
  CaseDrawer drawer(world, random);
  UnitDealer dealer(world.units, random);
  std::vector<DemoCase> cases;
  for (const Quota& quota : quotas) {
    for (int i = 0; i < quota.count; ++i) {
      const auto unit = dealer.Deal(quota);
      if (!unit) return unit.error();
      auto drawn = drawer.Draw(*unit, quota.origin, quota.outcome);
      if (!drawn) return drawn.error();
      cases.push_back(std::move(*drawn));
    }
  }
  return cases;
}

void NumberCases(const World& world, std::vector<DemoCase>& cases) {
  std::ranges::stable_sort(cases, {}, &DemoCase::received);
  std::map<std::pair<uint16_t, Day>, unsigned> given;
  for (DemoCase& made : cases) {
    const DemoUnit& unit = world.units[made.unit];
    const Day day = DayOf(made.received);
    const CivilDate date = CivilOf(day);
    const unsigned sequence = ++given[{made.unit, day}];
    // 7919 is prime to 100000: no number is given twice on one day.
    const unsigned scattered = (sequence * 7919u + unit.salt % 100'000u) % 100'000u;
    const bool province_wide = unit.shape == Shape::kProvinceWide;
    char text[48];
    std::snprintf(text, sizeof text, "-%02d%02u%02u-%0*u", date.year % 100, date.month, date.day,
                  province_wide ? 5 : 4, province_wide ? scattered : sequence);
    made.number = unit.wire_code + text;
  }
}

Result<Quarter> DrawQuarter(uint64_t seed) {
  auto world = LoadWorld(QuarterPeriod(), kReceived);
  if (!world) return Prefixed("demonstration quarter", world.error());
  Random random(seed);
  auto cases = DrawAll(*world, random);
  if (!cases) return Prefixed("demonstration quarter", cases.error());
  NumberCases(*world, *cases);
  Quarter quarter;
  quarter.messages = ScheduleMessages(*world, *cases, random);
  quarter.world = std::move(*world);
  quarter.cases = std::move(*cases);
  const auto spread = FlagSpreader(quarter, random).Spread();
  if (!spread) return Prefixed("demonstration quarter", spread.error());
  const auto taken = Cashier(quarter, random).TakeAll();
  if (!taken) return Prefixed("demonstration quarter", taken.error());
  return quarter;
}

}  // namespace tthc::demo
