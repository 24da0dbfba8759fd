#include "ingest/demo/quarter.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ingest/demo/quotas.h"
#include "ingest/demo/random.h"
#include "ingest/demo/render.h"
#include "ingest/demo/schedule.h"
#include "ingest/demo/timeline.h"
#include "ingest/demo/world.h"

namespace tthc::demo {
namespace {

constexpr uint64_t kLinesPerReport = 10'000;

Period QuarterPeriod() { return {DayOf(CivilDate{2025, 1, 1}), DayOf(CivilDate{2025, 3, 31})}; }

// How willingly a unit takes a case; 0 where it cannot.
uint64_t Suitability(const DemoUnit& unit, const Quota& quota) {
  const bool plain =
      quota.outcome == Outcome::kOnTime ||
      (quota.outcome == Outcome::kRunningInTime && quota.origin != Origin::kCarriedOver);
  // A satellite sends neither rows nor due dates: only plain cases can be told through it.
  if (unit.shape == Shape::kSatellite && !plain) return 0;
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

Result<std::vector<DemoCase>> DrawCases(const World& world, Random& random) {
  CaseDrawer drawer(world, random);
  UnitDealer dealer(world.units, random);
  std::vector<DemoCase> cases;
  cases.reserve(kReceived);
  for (const Quota& quota : kQuotas) {
    for (int i = 0; i < quota.count; ++i) {
      const auto unit = dealer.Deal(quota);
      if (!unit) return unit.error();
      auto drawn = drawer.Draw(*unit, quota.origin, quota.outcome);
      if (!drawn) return drawn.error();
      cases.push_back(std::move(*drawn));
    }
  }
  for (const OutsideQuota& quota : kOutsideQuotas) {
    for (int i = 0; i < quota.count; ++i) {
      auto drawn = drawer.DrawOutside(static_cast<uint16_t>(random.Below(world.units.size())),
                                      quota.kind);
      if (!drawn) return drawn.error();
      cases.push_back(std::move(*drawn));
    }
  }
  return cases;
}

// unit - yyMMdd of receipt - number: four digits in sequence, five without visible order from the
// province-wide product.
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

// Sets `flag` on exactly `share` per ten thousand of the cases that `eligible` accepts, or of
// `base` cases where more than those count in the denominator.
template <typename Eligible>
void SpreadFlag(std::vector<DemoCase>& cases, Random& random, Eligible eligible, int64_t base,
                int share, bool DemoCase::*flag) {
  std::vector<uint32_t> chosen;
  for (uint32_t i = 0; i < cases.size(); ++i) {
    if (eligible(cases[i])) chosen.push_back(i);
  }
  random.Shuffle(chosen);
  const int64_t of = base > 0 ? base : static_cast<int64_t>(chosen.size());
  const auto count = static_cast<size_t>((of * share + 5'000) / 10'000);
  for (size_t i = 0; i < std::min(count, chosen.size()); ++i) cases[chosen[i]].*flag = true;
}

void SpreadFlags(const World& world, std::vector<DemoCase>& cases, Random& random) {
  const auto counted = [](const DemoCase& made) { return made.outcome != Outcome::kOutside; };
  SpreadFlag(cases, random, counted, kReceived, kDigitisedShare, &DemoCase::digitised);
  SpreadFlag(
      cases, random, [&](const DemoCase& made) { return counted(made) && made.digitised; },
      kReceived, kReusedShare, &DemoCase::reused);
  SpreadFlag(
      cases, random,
      [](const DemoCase& made) {
        return made.outcome == Outcome::kOnTime || made.outcome == Outcome::kLate;
      },
      kResolved, kElectronicResultShare, &DemoCase::electronic_result);
  SpreadFlag(
      cases, random,
      [&](const DemoCase& made) {
        return counted(made) && made.procedure->procedure->has_fee &&
               world.units[made.unit].shape != Shape::kSatellite;
      },
      0, kOnlinePaymentShare, &DemoCase::paid_online);
}

Result<void> WriteLines(const World& world, const std::vector<DemoCase>& cases,
                        const std::vector<Message>& messages, std::ostream& out,
                        const DemoProgress& progress) {
  std::string text;
  uint64_t safe = 0;
  for (size_t i = 0; i < messages.size(); ++i) {
    const DemoCase& made = cases[messages[i].case_index];
    AppendLine(world.units[made.unit], made, messages[i], text);
    const uint64_t written = i + 1;
    if (written % kLinesPerReport != 0 && written != messages.size()) continue;
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    if (!out) {
      return Error{ErrorKind::kIo, "the demonstration quarter could not be written after line " +
                                       std::to_string(safe)};
    }
    text.clear();
    safe = written;
    if (progress) progress(written, messages.size());
  }
  return {};
}

}  // namespace

Result<void> WriteDemoQuarter(const DemoOptions& options, std::ostream& out,
                              const DemoProgress& progress) {
  const auto world = LoadWorld(QuarterPeriod(), kReceived);
  if (!world) return Prefixed("demonstration quarter", world.error());
  Random random(options.seed);
  auto cases = DrawCases(*world, random);
  if (!cases) return Prefixed("demonstration quarter", cases.error());
  NumberCases(*world, *cases);
  SpreadFlags(*world, *cases, random);
  const std::vector<Message> messages = ScheduleMessages(*world, *cases, random);
  return WriteLines(*world, *cases, messages, out, progress);
}

}  // namespace tthc::demo
