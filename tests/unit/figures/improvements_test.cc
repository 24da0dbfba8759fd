// What would raise the score, held against what then really happens: the same cases are told in
// other stores, ended there as the answer supposes, and asked for the score at the period's end.
#include <cmath>
#include <cstdlib>
#include <random>

#include "figures_testing.h"

namespace tthc {
namespace {

using figures::At;
using figures::PeriodOf;
using figures::Record;
using figures::Rig;

const Instant kNow = At(2, 14, 10);
const Instant kAfter = At(4, 2, 8);
constexpr std::string_view kPeriod = "2025-Q1";
constexpr std::string_view kUnit = "H34.01";
constexpr int kCases = 90;

// Open and ended cases of two units, due before and after now and the end of the quarter.
std::vector<Record> Cases(unsigned seed) {
  std::mt19937 random(seed);
  const auto chance = [&](unsigned percent) { return random() % 100 < percent; };
  const std::vector<std::string> procedures = {"1.000656", "2.000815", "1.004269", "9.999999"};
  std::vector<Record> cases;
  for (int i = 0; i < kCases; ++i) {
    Record one;
    one.case_id = std::string(chance(80) ? "H34.01" : "H34.02") + "-250110-" + std::to_string(1000 + i);
    one.received = At(1 + random() % 2, 1 + random() % 12, 8);
    one.due = At(1, 15, 16) + static_cast<int64_t>(random() % 90) * kMicrosPerDay;
    one.procedure = procedures[random() % procedures.size()];
    one.channel = static_cast<uint8_t>(1 + random() % 3);
    one.flags = static_cast<uint32_t>(random()) & 0x7fff;
    if (chance(40)) {
      one.status = Status::kFinished;
      one.finished = At(2, 1 + random() % 13, 15);
    } else if (chance(20)) {
      one.status = Status::kSupplement;
    }
    cases.push_back(std::move(one));
  }
  return cases;
}

void Tell(Rig& rig, const std::vector<Record>& cases) {
  for (const Record& one : cases) rig.Say(one);
}

ImprovementAnswer Asked(Rig& rig, View view = {}, std::string definition = "") {
  ImprovementQuery query;
  query.unit = kUnit;
  query.period = PeriodOf(kPeriod);
  query.view = view;
  query.definition = std::move(definition);
  query.limit = 1000;
  auto answer = rig.monitor().Improvements(query);
  EXPECT_TRUE(answer.has_value()) << answer.error().message;
  return *answer;
}

int64_t ScoreAtEnd(Rig& rig) {
  rig.OpenAt(kAfter);
  return rig.SheetOf(std::string(kUnit), kPeriod).total_cents;
}

class Improvements : public testing::TestWithParam<unsigned> {};

TEST_P(Improvements, NothingDoneIsWhatTheEndShows) {
  Rig rig(kNow);
  Tell(rig, Cases(GetParam()));
  const ImprovementAnswer answer = Asked(rig);
  EXPECT_EQ(answer.total_cents, rig.SheetOf(std::string(kUnit), kPeriod).total_cents);
  EXPECT_EQ(answer.nothing_done_cents, ScoreAtEnd(rig));
}

TEST_P(Improvements, AllInTimeIsWhatTheEndShowsWhereAllEndInTime) {
  Rig rig(kNow);
  Tell(rig, Cases(GetParam()));
  const ImprovementAnswer answer = Asked(rig);
  const auto open = rig.Listed("H34", kPeriod, CaseState::kPendingInTime);
  ASSERT_FALSE(open.empty());
  rig.OpenAt(kNow + kMicrosPerMinute);
  for (const std::string& id : open) rig.Step(id, Status::kFinished, kNow + kMicrosPerMinute);
  EXPECT_EQ(answer.all_in_time_cents, ScoreAtEnd(rig));
  EXPECT_GT(answer.all_in_time_cents, answer.nothing_done_cents);
}

TEST_P(Improvements, EachListedCaseBringsWhatIsSaidOfIt) {
  const std::vector<Record> cases = Cases(GetParam());
  ImprovementAnswer answer;
  Sheet nothing;
  {
    Rig rig(kNow);
    Tell(rig, cases);
    answer = Asked(rig);
    rig.OpenAt(kAfter);
    nothing = rig.SheetOf(std::string(kUnit), kPeriod);
  }
  ASSERT_GT(answer.cases.size(), 5u);
  EXPECT_EQ(answer.cases_total, answer.cases.size());
  for (size_t i = 1; i < answer.cases.size(); ++i) {
    EXPECT_GE(answer.cases[i - 1].effect_micropoints, answer.cases[i].effect_micropoints);
  }
  for (const size_t at : {size_t{0}, answer.cases.size() / 2, answer.cases.size() - 1}) {
    const CaseEffect& effect = answer.cases[at];
    Rig rig(kNow);
    Tell(rig, cases);
    rig.OpenAt(kNow + kMicrosPerMinute);
    for (Record one : cases) {
      if (one.case_id != effect.case_id) continue;
      one.status = Status::kFinished;
      one.finished = kNow + kMicrosPerMinute;
      one.flags |= kHasSubmittedFile | kHasElectronicResult | kHasResultCode | kHasFeeLine |
                   kHasNonZeroFee | kPaidOnNationalGateway;
      rig.Say(one);
    }
    rig.OpenAt(kAfter);
    const Sheet then = rig.SheetOf(std::string(kUnit), kPeriod);
    std::map<std::string, int64_t> said;
    for (const CaseEffect::Part& part : effect.parts) said[part.indicator] += part.micropoints;
    for (size_t i = 0; i < then.components.size(); ++i) {
      const auto counter = CaseCounterNamed(then.components[i].indicator->numerator);
      // Without a fee line that is not 0 a case was no fee case before: its denominator moves too.
      const bool fee = counter && (counter->fact == Fact::kPaidOnline || counter->fact == Fact::kFeeTold);
      if (!counter || counter->procedures || fee || !then.components[i].cents) continue;
      const std::string& id = then.components[i].indicator->id;
      const double gained = static_cast<double>(*then.components[i].cents - *nothing.components[i].cents);
      EXPECT_NEAR(gained, static_cast<double>(said[id]) / 1e4, 1.0)
          << id << " of " << effect.case_id << ", hundredths of a point";
    }
  }
}

TEST_P(Improvements, ReachableIsNeverLessThanNowWouldGiveAndNeverMoreThanTheMaximum) {
  Rig rig(kNow);
  Tell(rig, Cases(GetParam()));
  const ImprovementAnswer answer = Asked(rig);
  rig.OpenAt(kAfter);
  const Sheet nothing = rig.SheetOf(std::string(kUnit), kPeriod);
  bool more = false;
  for (const ReachablePoints& reachable : answer.components) {
    const auto cents = figures::ComponentOf(nothing, reachable.indicator)->cents;
    EXPECT_LE(reachable.reachable_cents, reachable.max_cents) << reachable.indicator;
    EXPECT_GE(reachable.reachable_cents, cents.value_or(0)) << reachable.indicator;
    more |= reachable.reachable_cents > cents.value_or(0);
  }
  EXPECT_TRUE(more);
}

// Of an earlier moment it is what could be known and done then.
TEST_P(Improvements, OfAnEarlierMomentKnowNothingOfWhatCameLater) {
  Rig rig(kNow);
  Tell(rig, Cases(GetParam()));
  const ImprovementAnswer then = Asked(rig);
  const auto open = rig.Listed("H34", kPeriod, CaseState::kPendingInTime);
  ASSERT_FALSE(open.empty());
  rig.OpenAt(kAfter);
  for (const std::string& id : open) rig.Step(id, Status::kFinished, kNow + kMicrosPerDay);
  const Instant told = kNow + kMicrosPerSecond;   // each message was recorded an instant later
  const ImprovementAnswer looked_back = Asked(rig, {told, {}});
  EXPECT_EQ(looked_back.known_at, told);
  EXPECT_EQ(looked_back.total_cents, then.total_cents);
  EXPECT_EQ(looked_back.nothing_done_cents, then.nothing_done_cents);
  EXPECT_EQ(looked_back.all_in_time_cents, then.all_in_time_cents);
  ASSERT_EQ(looked_back.cases_total, then.cases_total);
  for (size_t i = 0; i < then.cases.size(); ++i) {
    EXPECT_EQ(looked_back.cases[i].case_id, then.cases[i].case_id);
    EXPECT_EQ(looked_back.cases[i].effect_micropoints, then.cases[i].effect_micropoints);
  }
  const ImprovementAnswer hindsight = Asked(rig, {told, kAfter + kMicrosPerSecond});
  EXPECT_GT(hindsight.nothing_done_cents, then.nothing_done_cents);
}

// Whatever may still come, what stands is never out of reach: not for cases that are received later,
// nor where what is told already lies ahead, nor for petitions whose time runs out.
TEST_P(Improvements, ReachableIsNeverBelowWhatStands) {
  Rig rig(kNow);
  std::vector<Record> cases = Cases(GetParam());
  for (size_t i = 0; i < cases.size(); i += 7) {
    cases[i].received = At(3, 1 + static_cast<unsigned>(i) % 20, 8);   // ahead
    cases[i].due = At(3, 25, 16);
  }
  Tell(rig, cases);
  for (size_t i = 1; i < cases.size(); i += 9) {
    rig.Step(cases[i].case_id, Status::kProcessing, At(3, 10, 8));   // taken up again, ahead
  }
  rig.Put("petitions",
          R"({"id":"1","unit":"H34.01","sent_at":"2025-02-10T08:00:00+07:00"}
{"id":"2","unit":"H34.01","sent_at":"2025-02-11T08:00:00+07:00","answered_at":"2025-02-12T08:00:00+07:00"})");
  for (const char* definition : {"", "qd766-spec-f", "qd766-sheet-m-2026"}) {
    const std::vector<View> views = {{}, {At(2, 5), {}}, {At(2, 5), kNow}};
    for (const View& view : views) {
      for (const ReachablePoints& one : Asked(rig, view, definition).components) {
        EXPECT_GE(one.reachable_cents, one.cents.value_or(0)) << one.indicator << definition;
        EXPECT_LE(one.reachable_cents, one.max_cents) << one.indicator << definition;
      }
    }
  }
}

// Sheet M gives the points of empty indicators to the others of their group.
TEST_P(Improvements, CountWithThePointsThatEmptyIndicatorsGiveAway) {
  Rig rig(kNow);
  Tell(rig, Cases(GetParam()));
  rig.Put("petitions", "");
  const ImprovementAnswer answer = Asked(rig, {}, "qd766-sheet-m-2026");
  std::map<std::string, ReachablePoints> components;
  for (const ReachablePoints& one : answer.components) components[one.indicator] = one;
  EXPECT_EQ(components.at("MDHL.1").max_cents, 0);
  EXPECT_EQ(components.at("MDHL.3").max_cents, 1800);
  EXPECT_GT(components.at("MDHL.3").reachable_cents, 600);
  std::map<std::string, int64_t> effects, plain;
  const auto gather = [](const ImprovementAnswer& from, std::map<std::string, int64_t>& into) {
    for (const CaseEffect& effect : from.cases) {
      for (const CaseEffect::Part& part : effect.parts) into[part.indicator] = part.micropoints;
    }
  };
  gather(answer, effects);
  gather(Asked(rig, {}, "qd766-portal-2026"), plain);
  ASSERT_GT(plain["MDHL.3"], 0);
  EXPECT_NEAR(static_cast<double>(effects["MDHL.3"]), 3.0 * static_cast<double>(plain["MDHL.3"]),
              3.0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Improvements, testing::Values(1u, 2u, 3u));

TEST(ImprovementsOfAPastPeriod, LeaveNothingToBeDone) {
  Rig rig(kNow);
  Tell(rig, Cases(5));
  rig.OpenAt(kAfter);
  const ImprovementAnswer answer = Asked(rig);
  EXPECT_TRUE(answer.cases.empty());
  EXPECT_EQ(answer.nothing_done_cents, answer.total_cents);
  EXPECT_EQ(answer.all_in_time_cents, answer.total_cents);
}

TEST(ImprovementsList, KeepsTheLargestAndCountsAll) {
  Rig rig(kNow);
  Tell(rig, Cases(6));
  const ImprovementAnswer all = Asked(rig);
  ImprovementQuery query;
  query.unit = kUnit;
  query.period = PeriodOf(kPeriod);
  query.limit = 3;
  const auto some = rig.monitor().Improvements(query).value();
  ASSERT_EQ(some.cases.size(), 3u);
  EXPECT_EQ(some.cases_total, all.cases.size());
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(some.cases[i].case_id, all.cases[i].case_id);
}

TEST(ImprovementsErrors, AreToldApart) {
  Rig rig(kNow);
  ImprovementQuery query;
  query.unit = "H77";
  query.period = PeriodOf(kPeriod);
  EXPECT_EQ(rig.monitor().Improvements(query).error().kind, ErrorKind::kNotFound);
  query.unit = "H34";
  query.definition = "no-such";
  EXPECT_EQ(rig.monitor().Improvements(query).error().kind, ErrorKind::kNotFound);
  query.definition.clear();
  query.period = PeriodOf("2025-Q2");
  EXPECT_EQ(rig.monitor().Improvements(query).error().kind, ErrorKind::kInvalidInput);
}

}  // namespace
}  // namespace tthc
