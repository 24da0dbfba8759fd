// Counts from the registers and the catalogue. Days are counted by hand on the calendar of 2025:
// off are 1/1, 27-31/1 (Tết) and 7/4 within the first half-year used here.
#include "metrics/indicators/register_counts.h"

#include <gtest/gtest.h>

namespace tthc {
namespace {

Day On(int year, unsigned month, unsigned day) { return DayOf(CivilDate{year, month, day}); }
Day On(unsigned month, unsigned day) { return On(2025, month, day); }
Instant At(unsigned month, unsigned day, int hour) {
  return AtLocal(On(month, day), hour * kMicrosPerHour);
}
Period PeriodOf(std::string_view text) { return ParsePeriod(text).value(); }

const CalendarBook& Calendars() {
  static const auto kBook = CalendarBook::Load({"builtin:calendar_vn.toml"}).value();
  return *kBook;
}
const WorkCalendar& Calendar() { return Calendars().Default(); }

// --- publications

Publication Decided(Day on, std::optional<Day> effective, bool ministry = false) {
  Publication one;
  one.decision = "12/QĐ-UBND";
  one.procedure = "1.000001";
  one.unit = "H34";
  one.ministry = ministry;
  one.kind = "amended";
  one.decided_on = on;
  one.effective_on = effective;
  return one;
}

TEST(Publications, AreInTimeFiveWorkingDaysAheadOfTheLegalBasis) {
  // Monday 3/3: the 5th working day after it is Monday 10/3.
  EXPECT_TRUE(PublishedInTime(Decided(On(3, 3), On(3, 10)), Calendar()));
  EXPECT_FALSE(PublishedInTime(Decided(On(3, 3), On(3, 9)), Calendar()));
  EXPECT_FALSE(PublishedInTime(Decided(On(3, 3), std::nullopt), Calendar()));
  // A ministry's 20th is Monday 31/3.
  EXPECT_TRUE(PublishedInTime(Decided(On(3, 3), On(3, 31), true), Calendar()));
  EXPECT_FALSE(PublishedInTime(Decided(On(3, 3), On(3, 30), true), Calendar()));
}

TEST(Publications, AreToBeMadePublicWithinWorkingDaysOverTheNewYear) {
  // Friday 24/1; 27-31/1 are off: 3, 4, 5, 6, 7 February.
  EXPECT_EQ(FormatDay(MakePublicBy(Decided(On(1, 24), On(2, 1)), Calendar())), "2025-02-07");
  EXPECT_EQ(FormatDay(MakePublicBy(Decided(On(3, 3), On(4, 1), true), Calendar())), "2025-03-17");
}

// --- petitions

Petition Sent(Instant at) {
  Petition one;
  one.id = "PAKN-1";
  one.unit = "H34";
  one.sent_at = at;
  one.about = "other";
  return one;
}
PetitionState Judged(const Petition& petition, std::string_view period) {
  const Period of = PeriodOf(period);
  return JudgePetition(petition, StartOf(of.from), LastSecondOf(of.to), Calendar());
}

TEST(Petitions, AreAnsweredWithinFifteenWorkingDaysOfTheirFirstReceipt) {
  Petition one = Sent(At(2, 20, 9));
  one.first_received_at = At(3, 3, 9);   // the 15th working day after 3/3 is 24/3
  one.answered_at = At(3, 24, 22);
  EXPECT_EQ(Judged(one, "2025-03"), PetitionState::kHandledInTime);
  one.answered_at = At(3, 25, 7);
  EXPECT_EQ(Judged(one, "2025-03"), PetitionState::kHandledLate);
  EXPECT_EQ(Judged(one, "2025-02"), PetitionState::kOutside) << "received only in March";
  EXPECT_EQ(Judged(one, "2025-04"), PetitionState::kOutside) << "finished in March";
}

TEST(Petitions, InProcessAreInTimeWhileTheirDaysRun) {
  Petition one = Sent(At(3, 10, 8));   // 15th: 31/3
  EXPECT_EQ(Judged(one, "2025-03"), PetitionState::kInProcessInTime);
  one.sent_at = At(3, 7, 8);           // 15th: 28/3
  EXPECT_EQ(Judged(one, "2025-03"), PetitionState::kInProcessLate);
  one.answered_at = At(4, 1, 8);       // not yet, as of the end of March
  EXPECT_EQ(Judged(one, "2025-03"), PetitionState::kInProcessLate);
  EXPECT_EQ(Judged(one, "2025-04"), PetitionState::kHandledLate);
}

TEST(Petitions, AreRefusedWithinTwoWorkingDaysOfSendingOrTheLastHandOver) {
  Petition one = Sent(At(3, 3, 9));
  one.refused_at = At(3, 5, 16);
  EXPECT_EQ(Judged(one, "2025-03"), PetitionState::kHandledInTime);
  one.refused_at = At(3, 6, 8);
  EXPECT_EQ(Judged(one, "2025-03"), PetitionState::kHandledLate);
  one.handed_over_at = At(3, 4, 9);
  EXPECT_EQ(Judged(one, "2025-03"), PetitionState::kHandledInTime);
}

TEST(Petitions, AskForSupplementsWithinFiveWorkingDaysWhereNothingFollows) {
  Petition one = Sent(At(3, 3, 9));
  one.supplement_asked_at = At(3, 10, 16);
  EXPECT_EQ(Judged(one, "2025-03"), PetitionState::kInProcessInTime);
  one.supplement_asked_at = At(3, 11, 8);
  EXPECT_EQ(Judged(one, "2025-03"), PetitionState::kInProcessLate);
  one.answered_at = At(3, 24, 8);
  EXPECT_EQ(Judged(one, "2025-03"), PetitionState::kHandledInTime);
}

TEST(Petitions, PublishTheAnswerWithinTwoWorkingDays) {
  Petition one = Sent(At(3, 10, 9));
  one.answered_at = At(3, 20, 9);      // Thursday
  one.published_at = At(3, 24, 17);    // the second working day after it
  EXPECT_EQ(Judged(one, "2025-03"), PetitionState::kHandledInTime);
  one.published_at = At(3, 25, 8);
  EXPECT_EQ(Judged(one, "2025-03"), PetitionState::kHandledLate);
}

// --- counters over a province: H34 with a department, a district and communes

Unit UnitOf(std::string code, UnitLevel level, std::string parent) {
  Unit unit;
  unit.code = std::move(code);
  unit.name = unit.code;
  unit.level = level;
  unit.parent = std::move(parent);
  return unit;
}

class CountersTest : public testing::Test {
 protected:
  CountersTest() {
    Unit ended = UnitOf("H34.23.03", UnitLevel::kCommune, "H34.23");
    ended.valid_to = On(2, 28);
    ended.successor = "H34.23.02";
    tree_ = UnitTree::Build({UnitOf("H34", UnitLevel::kProvince, ""),
                             UnitOf("H34.01", UnitLevel::kDepartment, "H34"),
                             UnitOf("H34.02", UnitLevel::kDepartment, "H34"),
                             UnitOf("H34.23", UnitLevel::kDistrict, "H34"),
                             UnitOf("H34.23.01", UnitLevel::kCommune, "H34.23"),
                             UnitOf("H34.23.02", UnitLevel::kCommune, "H34.23"), ended})
                .value();
    facts_.publications_kept = facts_.petitions_kept = facts_.copies_kept = facts_.sync_kept = true;
  }

  RegisterCount Count(std::string_view name, std::string_view unit, std::string_view period) const {
    const Period of = PeriodOf(period);
    const UnitId id = tree_->Find(unit).value();
    return CountRegister(name, facts_, RegisterUnit::Of(id, tree_->SubtreeOn(id, of.to), *tree_),
                         {of, LastSecondOf(of.to)}, *tree_, Calendars());
  }
  int64_t Value(std::string_view name, std::string_view unit = "H34",
                std::string_view period = "2025-Q1") const {
    const RegisterCount count = Count(name, unit, period);
    EXPECT_TRUE(count.value) << name << ": " << count.reason;
    return count.value.value_or(-1);
  }
  std::string_view WhyNot(std::string_view name, std::string_view unit = "H34",
                          std::string_view period = "2025-Q1") const {
    const RegisterCount count = Count(name, unit, period);
    EXPECT_FALSE(count.value) << name;
    return count.reason;
  }

  std::shared_ptr<const UnitTree> tree_;
  RegisterFacts facts_;
};

TEST_F(CountersTest, ARegisterThatWasNeverPutCountsNothing) {
  facts_ = {};
  for (const char* name : {"publications.due", "petitions.handled", "copies.offering",
                           "sync.expected"}) {
    EXPECT_EQ(WhyNot(name), "register_not_kept");
  }
  EXPECT_EQ(Value("copies.managed"), 2) << "of the unit tree alone";
}

TEST_F(CountersTest, AProcedureOfSeveralDecisionsCountsOnceAndIsLateWhereAnyIs) {
  Publication in_time = Decided(On(3, 3), On(3, 10));
  in_time.published_at = At(3, 10, 9);
  Publication late = Decided(On(2, 3), On(2, 4));
  late.published_at = At(2, 20, 9);
  late.decision = "11/QĐ-UBND";
  facts_.publications = {in_time, late};
  EXPECT_EQ(Value("publications.due"), 1);
  EXPECT_EQ(Value("publications.on_time"), 0);
  EXPECT_EQ(Value("publications.on_time", "H34", "2025-03"), 1);
  EXPECT_EQ(Value("publications.due", "H34", "2025-04"), 0);
  EXPECT_EQ(Value("publications.due", "H34.01"), 0) << "the province published";
}

TEST_F(CountersTest, WhatIsNotPublicYetIsDecidedButNotDue) {
  facts_.publications = {Decided(On(3, 3), On(3, 10))};
  EXPECT_EQ(Value("publications.due"), 0);
  EXPECT_EQ(Value("publications.decided"), 1);
  EXPECT_EQ(Value("publications.decided_on_time"), 1);
  facts_.publications[0].published_at = At(4, 1, 9);   // after the cut-off
  EXPECT_EQ(Value("publications.due"), 0);
}

TEST_F(CountersTest, AnUpdateIsDueWhenItsTimeHasComeAndOnceMoreWhenItIsMade) {
  facts_.publications = {Decided(On(3, 3), On(3, 10))};   // public by 10/3
  EXPECT_EQ(Value("publications.update_due", "H34", "2025-02"), 0);
  EXPECT_EQ(Value("publications.update_due"), 1);
  EXPECT_EQ(Value("publications.updated_on_time"), 0);
  facts_.publications[0].published_at = At(3, 10, 17);
  EXPECT_EQ(Value("publications.updated_on_time"), 1);
  facts_.publications[0].published_at = At(4, 2, 9);
  EXPECT_EQ(Value("publications.update_due"), 1);
  EXPECT_EQ(Value("publications.update_due", "H34", "2025-04"), 1);
  EXPECT_EQ(Value("publications.updated_on_time", "H34", "2025-04"), 0);
  EXPECT_EQ(Value("publications.update_due", "H34", "2025-05"), 0);
}

Procedure ProcedureOf(std::string code, std::string level, std::vector<std::string> units = {}) {
  Procedure p;
  p.code = std::move(code);
  p.level = std::move(level);
  p.units = std::move(units);
  return p;
}

TEST_F(CountersTest, CompetenceGoesByNamedUnitsElseByLevel) {
  facts_.procedures = {ProcedureOf("1", "province", {"H34.01"}), ProcedureOf("2", "commune"),
                       ProcedureOf("3", "district")};
  EXPECT_EQ(Value("catalogue.authority", "H34"), 3);
  EXPECT_EQ(Value("catalogue.authority", "H34.01"), 1);
  EXPECT_EQ(Value("catalogue.authority", "H34.02"), 0) << "every one names who is competent or a level";
  EXPECT_EQ(Value("catalogue.authority", "H34.23"), 2);
  EXPECT_EQ(Value("catalogue.authority", "H34.23.01"), 1);
  facts_.procedures.push_back(ProcedureOf("4", "province"));
  EXPECT_EQ(WhyNot("catalogue.authority", "H34.02"), "competence_not_told");
  EXPECT_EQ(Value("catalogue.authority", "H34.01"), 1);
}

TEST_F(CountersTest, TheCatalogueCountsWhatItTells) {
  Procedure full = ProcedureOf("1", "province");
  full.online = OnlineService::kFull;
  full.complete = true;
  full.citizens = true;
  full.has_fee = true;
  Procedure closed = ProcedureOf("2", "province");
  closed.online = OnlineService::kPartial;
  closed.service_open = false;
  closed.is_public = false;
  closed.complete = true;
  Procedure plain = ProcedureOf("3", "province");
  plain.online = OnlineService::kNone;
  facts_.procedures = {full, closed, plain};
  EXPECT_EQ(Value("catalogue.online"), 2);
  EXPECT_EQ(Value("catalogue.services"), 1);
  EXPECT_EQ(Value("catalogue.public"), 2);
  EXPECT_EQ(Value("catalogue.complete"), 1) << "of the public ones";
  EXPECT_EQ(Value("catalogue.citizen"), 1);
  EXPECT_EQ(Value("catalogue.fee"), 1);
  facts_.procedures = {ProcedureOf("1", "province")};
  for (const char* name : {"catalogue.online", "catalogue.services", "catalogue.complete",
                           "catalogue.citizen"}) {
    EXPECT_EQ(WhyNot(name), "catalogue_does_not_tell");
  }
}

TEST_F(CountersTest, PetitionsAreSatisfiedWhereInTimeAndNotComplainedOf) {
  Petition good = Sent(At(3, 10, 8));
  good.about = "staff";
  Petition disliked = good;
  disliked.dislikes = 1;
  Petition again = good;
  again.complained_again = true;
  Petition late = Sent(At(3, 3, 8));
  late.about = "rules";
  Petition carried = Sent(StartOf(On(2024, 12, 20)));
  carried.answered_at = At(1, 6, 9);
  Petition elsewhere = good;
  elsewhere.unit = "H35";
  facts_.petitions = {good, disliked, again, late, carried, elsewhere};
  EXPECT_EQ(Value("petitions.handled"), 5);
  EXPECT_EQ(Value("petitions.on_time"), 4);
  EXPECT_EQ(Value("petitions.first_received"), 4);
  EXPECT_EQ(Value("petitions.satisfied"), 1);
  EXPECT_EQ(Value("petitions.about_staff"), 3);
  EXPECT_EQ(Value("petitions.about_rules"), 1);
}

TEST_F(CountersTest, APetitionOfAnEarlierPeriodCountsWhenItIsHandled) {
  Petition waiting = Sent(At(3, 20, 8));   // its 15 working days end on 11/4
  waiting.about = "rules";
  facts_.petitions = {waiting};
  EXPECT_EQ(Value("petitions.handled", "H34", "2025-03"), 1) << "received";
  EXPECT_EQ(Value("petitions.on_time", "H34", "2025-03"), 1) << "in process in time";
  for (const char* name : {"petitions.handled", "petitions.on_time", "petitions.first_received",
                           "petitions.satisfied", "petitions.about_rules"}) {
    EXPECT_EQ(Value(name, "H34", "2025-04"), 0) << name << ": neither received nor handled";
  }
  facts_.petitions[0].answered_at = At(4, 10, 8);
  EXPECT_EQ(Value("petitions.handled", "H34", "2025-04"), 1);
  EXPECT_EQ(Value("petitions.on_time", "H34", "2025-04"), 1);
  EXPECT_EQ(Value("petitions.about_rules", "H34", "2025-04"), 1);
  EXPECT_EQ(Value("petitions.first_received", "H34", "2025-04"), 0);
}

TEST_F(CountersTest, CopiesAreOfferedByCommunesThatExist) {
  facts_.copies = {{"H34.23.01", true, On(3, 1), std::nullopt},
                   {"H34.23.02", true, std::nullopt, On(2, 1)},
                   {"H34.23.03", true, std::nullopt, std::nullopt},
                   {"H34.01", true, std::nullopt, std::nullopt}};
  EXPECT_EQ(Value("copies.managed"), 2);
  EXPECT_EQ(Value("copies.offering"), 1) << "one no more, one merged away, one is no commune";
  EXPECT_EQ(Value("copies.managed", "H34", "2025-01"), 3);
  EXPECT_EQ(Value("copies.offering", "H34", "2025-01"), 2);
}

SyncCount Counted(std::string unit, std::string_view period, std::optional<int64_t> bcqg,
                  std::optional<int64_t> portal) {
  SyncCount row;
  row.unit = std::move(unit);
  row.period = PeriodOf(period);
  row.bcqg = bcqg;
  row.portal = portal;
  return row;
}

TEST_F(CountersTest, ExpectedIsTheLargerOfBcqgAndPortal) {
  facts_.sync_counts = {Counted("H34", "2025-Q1", 120, 100), Counted("H34.01", "2025-Q1", {}, 7)};
  EXPECT_EQ(Value("sync.expected"), 120);
  EXPECT_EQ(Value("sync.expected", "H34.01"), 7);
  EXPECT_EQ(WhyNot("sync.expected", "H34.02"), "no_row_for_period");
}

TEST_F(CountersTest, ExpectedOfAPeriodIsTheSumOfItsPartsWhereAllAreThere) {
  facts_.sync_counts = {Counted("H34", "2025-01", 10, {}), Counted("H34", "2025-02", {}, 20),
                        Counted("H34", "2025-Q2", 50, {})};
  EXPECT_EQ(WhyNot("sync.expected"), "no_row_for_period");
  facts_.sync_counts.push_back(Counted("H34", "2025-03", 30, 5));
  EXPECT_EQ(Value("sync.expected"), 60);
  EXPECT_EQ(Value("sync.expected", "H34", "2025-H1"), 110);
  EXPECT_EQ(WhyNot("sync.expected", "H34", "2025"), "no_row_for_period");
  facts_.sync_counts.push_back(Counted("H34", "2025-H2", 90, {}));
  EXPECT_EQ(Value("sync.expected", "H34", "2025"), 200);
}

TEST_F(CountersTest, WhereNobodyCountedTheYearBeforeStandsInEqualParts) {
  facts_.sync_counts = {Counted("H34", "2024", 1001, 5000)};
  EXPECT_EQ(Value("sync.expected", "H34", "2025-03"), 83);    // 1001 / 12 = 83.4
  EXPECT_EQ(Value("sync.expected", "H34", "2025-Q1"), 250);   // 250.25
  EXPECT_EQ(Value("sync.expected", "H34", "2025-H1"), 501);   // 500.5, half up
  EXPECT_EQ(Value("sync.expected", "H34", "2025"), 1001);
  EXPECT_EQ(WhyNot("sync.expected", "H34", "2026"), "no_row_for_period");
}

TEST_F(CountersTest, EveryNameIsKnownAndNoOther) {
  for (const char* name : {"publications.decided_on_time", "petitions.about_rules", "copies.managed",
                           "catalogue.citizen", "sync.expected"}) {
    EXPECT_TRUE(IsRegisterCounter(name)) << name;
  }
  EXPECT_FALSE(IsRegisterCounter("handled.all"));
  EXPECT_FALSE(IsRegisterCounter("petitions."));
  EXPECT_FALSE(IsRegisterCounter(""));
}

TEST_F(CountersTest, ANumeratorOfProceduresCountsThoseThatTheDenominatorCounts) {
  const Procedure offered = [] {
    Procedure p = ProcedureOf("1", "commune");
    p.online = OnlineService::kFull;
    return p;
  }();
  const UnitId commune = tree_->Find("H34.23.01").value();
  const RegisterUnit unit = RegisterUnit::Of(commune, tree_->SubtreeOn(commune, On(3, 31)), *tree_);
  EXPECT_TRUE(CountsProcedure("catalogue.services", offered, unit, *tree_));
  EXPECT_FALSE(CountsProcedure("catalogue.fee", offered, unit, *tree_));
  EXPECT_FALSE(CountsProcedure("catalogue.services", ProcedureOf("1", "commune"), unit, *tree_));
  EXPECT_FALSE(CountsProcedure("petitions.handled", offered, unit, *tree_));
}

}  // namespace
}  // namespace tthc
