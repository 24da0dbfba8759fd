#include "ingest/case/rungs.h"

#include <gmock/gmock.h>

#include "case_testing.h"

namespace tthc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kOneDay = 8 * kMicrosPerHour;   // working time
const Instant kNoQuiet{0};

const WorkCalendar& Office() {
  static const auto kBook = CalendarBook::Load({"builtin:calendar_vn.toml"}).value();
  return kBook->Default();
}

const AlertRules& Rules() {
  static const auto kRules = AlertRules::Load("builtin:alerts.toml").value();
  return *kRules;
}

RungDecision Decide(const Story& story, const std::string& now, const std::vector<Claim>& claims,
                    Instant quiet_until = kNoQuiet, Hold hold = {}) {
  const Case c = story.Folded();
  const Verdict portal = Judge(c, Rule::kQd766, Instant{INT64_MIN}, At(now), std::nullopt, {});
  const Standing standing = StandingOf(c, At(now), portal, {}, Office(), kOneDay);
  return DecideRungs(Rules(), {c, story.entries(), standing, Office()}, At(now), quiet_until,
                     claims, [&](const Claim&) { return hold; });
}

std::optional<AlertRung> RungAmong(const RungDecision& decision, AlertKind kind) {
  for (const Tell& tell : decision.tell) {
    if (tell.kind == kind) return Rules().Of(kind).rungs[tell.rung];
  }
  return std::nullopt;
}

// The rung of the kind that is told; "" for none.
std::string ToldOf(AlertKind kind, const Story& story, const std::string& now,
                   const std::vector<Claim>& claims = {}, Instant quiet_until = kNoQuiet,
                   Hold hold = {}) {
  const auto rung = RungAmong(Decide(story, now, claims, quiet_until, hold), kind);
  return rung ? rung->name : "";
}

// The one rung of the clock that is told; "" for none.
std::string ClockRung(const Story& story, const std::string& now,
                      const std::vector<Claim>& claims = {}, Instant quiet_until = kNoQuiet,
                      Hold hold = {}) {
  const auto soon = ToldOf(AlertKind::kDueSoon, story, now, claims, quiet_until, hold);
  const auto past = ToldOf(AlertKind::kOverdue, story, now, claims, quiet_until, hold);
  EXPECT_TRUE(soon.empty() || past.empty());
  return soon + past;
}

Claim Told(AlertKind kind, const std::string& due, uint32_t episode = 0, uint8_t rung = 0) {
  Claim claim;
  claim.kind = kind;
  claim.rung = rung;
  claim.due = At(due);
  claim.episode = episode;
  return claim;
}

// Wednesday; the working day before its due time begins that morning at 07:30.
constexpr char kDue[] = "2025-03-12 17:00";

Story DueOnWednesday() {
  Story story;
  story.Due(kDue, "2025-03-03 08:00");
  return story;
}

TEST(Rungs, DueSoonComesInWorkingTimeAndOnce) {
  const Story story = DueOnWednesday();
  EXPECT_EQ(ClockRung(story, "2025-03-12 07:29:59", {}), "");
  EXPECT_EQ(ClockRung(story, "2025-03-12 07:30", {}), "due_soon");
  EXPECT_EQ(ClockRung(story, "2025-03-12 17:00", {}), "due_soon");
  EXPECT_EQ(ClockRung(story, "2025-03-12 09:00", {Told(AlertKind::kDueSoon, kDue)}), "");
}

TEST(Rungs, OverdueComesAfterTheDueInstantAndOnce) {
  const Story story = DueOnWednesday();
  EXPECT_EQ(ClockRung(story, "2025-03-12 17:00:01", {}), "overdue");
  const std::vector<Claim> soon = {Told(AlertKind::kDueSoon, kDue)};
  EXPECT_EQ(ClockRung(story, "2025-03-13 08:00", soon), "overdue");
  EXPECT_THAT(Decide(story, "2025-03-13 08:00", soon).resolve, IsEmpty());
  EXPECT_EQ(ClockRung(story, "2025-03-13 08:00", {soon[0], Told(AlertKind::kOverdue, kDue)}), "");
}

TEST(Rungs, TheEndResolvesWhatWasToldOnce) {
  Story story = DueOnWednesday();
  story.Then(Status::kFinished, "2025-03-13 09:00");
  std::vector<Claim> claims = {Told(AlertKind::kDueSoon, kDue), Told(AlertKind::kOverdue, kDue)};
  EXPECT_THAT(Decide(story, "2025-03-13 09:00", claims).resolve, ElementsAre(0u, 1u));
  EXPECT_EQ(ClockRung(story, "2025-03-13 09:00", claims), "");
  claims[0].resolved = claims[1].resolved = true;
  EXPECT_THAT(Decide(story, "2025-03-13 09:00", claims).resolve, IsEmpty());
}

TEST(Rungs, ANewDueDateEndsTheOldAlertAndIsToldItself) {
  Story story = DueOnWednesday();
  story.Due("2025-03-18 17:00", "2025-03-13 09:00");
  const std::vector<Claim> claims = {Told(AlertKind::kOverdue, kDue)};
  EXPECT_THAT(Decide(story, "2025-03-13 09:00", claims).resolve, ElementsAre(0u));
  EXPECT_EQ(ClockRung(story, "2025-03-13 09:00", claims), "");
  EXPECT_EQ(ClockRung(story, "2025-03-18 17:01", claims), "overdue");
}

TEST(Rungs, AReopenedCaseIsToldAgain) {
  Story story = DueOnWednesday();
  story.Then(Status::kFinished, "2025-03-13 09:00").Then(Status::kProcessing, "2025-03-14 09:00");
  const std::vector<Claim> claims = {Told(AlertKind::kOverdue, kDue, 0)};
  EXPECT_EQ(ClockRung(story, "2025-03-14 09:00", claims), "overdue_agency");
  EXPECT_EQ(ClockRung(story, "2025-03-14 09:00", {Told(AlertKind::kOverdue, kDue, 1, 1)}), "");
}

TEST(Rungs, WhatWasReachedBeforeTheQuietTimeIsNeverTold) {
  const Story story = DueOnWednesday();
  EXPECT_EQ(ClockRung(story, "2025-03-19 08:00", {}, At("2025-03-15 00:00")), "");
  EXPECT_EQ(ClockRung(story, "2025-03-12 18:00", {}, At("2025-03-12 16:59")), "overdue");
  EXPECT_EQ(ClockRung(story, "2025-03-19 17:00", {}, At("2025-03-15 00:00")), "overdue_province")
      << "the ladder above goes on";
}

TEST(Rungs, ADueDateThatCameAfterTheQuietTimeIsTold) {
  Story story = DueOnWednesday();
  story.Due("2025-03-10 17:00", "2025-03-16 08:00");
  EXPECT_EQ(ClockRung(story, "2025-03-16 08:00", {}, At("2025-03-15 00:00")), "overdue_agency");
}

TEST(Rungs, NothingIsToldWhileTheCaseWaits) {
  Story story = DueOnWednesday();
  story.Then(Status::kSupplement, "2025-03-11 08:00");
  EXPECT_EQ(ClockRung(story, "2025-03-20 08:00", {}), "");
  story.Then(Status::kProcessing, "2025-03-20 08:00");   // nine days waited: due on the 21st
  EXPECT_EQ(ClockRung(story, "2025-03-21 08:00", {}), "due_soon");
  EXPECT_EQ(ClockRung(story, "2025-03-21 17:01", {}), "overdue");
}

// --- the ladder

TEST(Rungs, TheLadderClimbsInWorkingTime) {
  const Story story = DueOnWednesday();   // the 12th at 17:00
  const std::vector<Claim> told = {Told(AlertKind::kOverdue, kDue)};
  EXPECT_EQ(ClockRung(story, "2025-03-13 16:59:59", told), "");
  EXPECT_EQ(ClockRung(story, "2025-03-13 17:00", told), "overdue_agency");
  EXPECT_EQ(Decide(story, "2025-03-13 08:00", told).next, At("2025-03-13 17:00"));
  // Five working days: the weekend does not count.
  const std::vector<Claim> agency = {told[0], Told(AlertKind::kOverdue, kDue, 0, 1)};
  EXPECT_EQ(ClockRung(story, "2025-03-19 16:59:59", agency), "");
  EXPECT_EQ(ClockRung(story, "2025-03-19 17:00", agency), "overdue_province");
  EXPECT_EQ(ClockRung(story, "2025-05-19 17:00", {Told(AlertKind::kOverdue, kDue, 0, 2)}), "");
}

TEST(Rungs, OfSeveralReachedAtOnceTheHighestIsTold) {
  const Story story = DueOnWednesday();
  EXPECT_EQ(ClockRung(story, "2025-03-14 08:00"), "overdue_agency");
  EXPECT_EQ(ClockRung(story, "2025-03-14 08:00", {Told(AlertKind::kOverdue, kDue, 0, 1)}), "");
}

TEST(Rungs, AnAcknowledgementStopsTheClimb) {
  const Story story = DueOnWednesday();
  const std::vector<Claim> told = {Told(AlertKind::kOverdue, kDue)};
  EXPECT_EQ(ClockRung(story, "2025-03-20 08:00", told, kNoQuiet, {true, std::nullopt}), "");
  EXPECT_EQ(Decide(story, "2025-03-13 08:00", told, kNoQuiet, {true, std::nullopt}).next,
            At("2025-03-13 17:00"))
      << "the time of no_apology, which nobody has answered";
}

TEST(Rungs, PuttingOffDelaysTheClimb) {
  const Story story = DueOnWednesday();
  const std::vector<Claim> told = {Told(AlertKind::kOverdue, kDue),
                                   Told(AlertKind::kNoApology, kDue)};
  const Hold hold{false, At("2025-03-17 09:00")};
  EXPECT_EQ(ClockRung(story, "2025-03-17 08:59:59", told, kNoQuiet, hold), "");
  EXPECT_EQ(Decide(story, "2025-03-14 08:00", told, kNoQuiet, hold).next, At("2025-03-17 09:00"));
  EXPECT_EQ(ClockRung(story, "2025-03-17 09:00", told, kNoQuiet, hold), "overdue_agency");
}

TEST(Rungs, AClockThatSteppedBackEndsNothingUntilItIsThereAgain) {
  const Story story = DueOnWednesday();
  std::vector<Claim> claims = {Told(AlertKind::kNoApology, kDue)};
  claims[0].at = At("2025-03-13 17:00:01");
  // Before the due time there is no lateness to apologise for; but that was known already.
  const RungDecision behind = Decide(story, "2025-03-12 16:00", claims);
  EXPECT_THAT(behind.resolve, IsEmpty());
  ASSERT_TRUE(behind.next.has_value());
  EXPECT_LE(*behind.next, claims[0].at);
  Story ended = DueOnWednesday();
  ended.Then(Status::kFinished, "2025-03-12 15:00");
  EXPECT_THAT(Decide(ended, "2025-03-12 16:00", claims).resolve, IsEmpty());
  EXPECT_EQ(Decide(ended, "2025-03-12 16:00", claims).next, claims[0].at);
  EXPECT_THAT(Decide(ended, "2025-03-13 17:00:01", claims).resolve, ElementsAre(0u));
}

TEST(Rungs, OverTetTheLadderWaits) {
  Story story("2025-01-10 08:00");
  story.Due("2025-01-24 16:59", "2025-01-10 08:00");   // Friday; the days off begin
  const std::vector<Claim> told = {Told(AlertKind::kOverdue, "2025-01-24 16:59")};
  EXPECT_EQ(ClockRung(story, "2025-01-24 16:59:01"), "overdue");
  EXPECT_EQ(ClockRung(story, "2025-02-03 16:58:59", told), "");
  EXPECT_EQ(ClockRung(story, "2025-02-03 16:59", told), "overdue_agency");
}

// --- the other kinds

TEST(Rungs, FrozenIsOverdueWithoutAWord) {
  Story story = DueOnWednesday();
  story.Then(Status::kProcessing, "2025-03-14 09:00");
  // Ten working days after the last word, Friday the 14th at 09:00.
  EXPECT_EQ(ToldOf(AlertKind::kFrozen, story, "2025-03-28 08:59:59"), "");
  EXPECT_EQ(ToldOf(AlertKind::kFrozen, story, "2025-03-28 09:00"), "frozen");
  const std::vector<Claim> told = {Told(AlertKind::kFrozen, "2025-03-14 09:00")};
  EXPECT_EQ(ToldOf(AlertKind::kFrozen, story, "2025-03-31 09:00", told), "");
  story.Then(Status::kProcessing, "2025-03-31 10:00");
  EXPECT_THAT(Decide(story, "2025-03-31 10:00", told).resolve, ElementsAre(0u));
}

TEST(Rungs, AResultGivenWhileTheCaseIsOpenIsToldADayLater) {
  Story story = DueOnWednesday();
  story.Snapshot(Status::kProcessing, "2025-03-05 10:00", "2025-03-05 10:00").returned_at =
      At("2025-03-05 09:00");
  EXPECT_EQ(ToldOf(AlertKind::kReturnedNotClosed, story, "2025-03-06 08:59:59"), "");
  EXPECT_EQ(ToldOf(AlertKind::kReturnedNotClosed, story, "2025-03-06 09:00"),
            "returned_not_closed");
  story.Then(Status::kReturned, "2025-03-06 10:00");
  EXPECT_THAT(Decide(story, "2025-03-06 10:00",
                     {Told(AlertKind::kReturnedNotClosed, "2025-03-05 09:00")})
                  .resolve,
              ElementsAre(0u));
}

TEST(Rungs, TheSecondRequestForSupplementsIsTold) {
  Story story = DueOnWednesday();
  story.Then(Status::kSupplement, "2025-03-04 09:00").Then(Status::kProcessing, "2025-03-05 09:00");
  EXPECT_EQ(ToldOf(AlertKind::kSecondSupplement, story, "2025-03-05 10:00"), "");
  story.Then(Status::kSupplement, "2025-03-06 09:00");
  EXPECT_EQ(ToldOf(AlertKind::kSecondSupplement, story, "2025-03-06 09:00"), "second_supplement");
  EXPECT_EQ(ToldOf(AlertKind::kSecondSupplement, story, "2025-03-07 09:00",
                   {Told(AlertKind::kSecondSupplement, "2025-03-06 09:00")}),
            "");
}

TEST(Rungs, LatenessWithoutApologyIsToldADayLaterUnlessOneCame) {
  Story story = DueOnWednesday();
  EXPECT_EQ(ToldOf(AlertKind::kNoApology, story, "2025-03-13 16:59:59"), "");
  EXPECT_EQ(ToldOf(AlertKind::kNoApology, story, "2025-03-13 17:00"), "no_apology");
  story.Row(Status::kProcessing, "2025-03-13 10:00", "2025-03-13 10:00").note =
      ActionNote::kApology;
  EXPECT_EQ(ToldOf(AlertKind::kNoApology, story, "2025-03-13 17:00"), "");
}

TEST(Rungs, WhatIsSubmittedAndNotTakenInWithinEightWorkingHoursIsTold) {
  Story story(Story::Empty{});
  story.Then(Status::kSubmitted, "2025-03-03 15:00");   // Monday
  EXPECT_EQ(ToldOf(AlertKind::kAcceptanceOverdue, story, "2025-03-04 14:59:59"), "");
  EXPECT_EQ(ToldOf(AlertKind::kAcceptanceOverdue, story, "2025-03-04 15:00"),
            "acceptance_overdue");
  EXPECT_EQ(Decide(story, "2025-03-03 16:00", {}).next, At("2025-03-04 15:00"));
  for (const Status taken : {Status::kReceived, Status::kRefused}) {
    Story answered = story;
    answered.Then(taken, "2025-03-04 09:00");
    EXPECT_EQ(ToldOf(AlertKind::kAcceptanceOverdue, answered, "2025-03-05 15:00"), "");
  }
}

TEST(Rungs, AStepPastItsTimeIsToldAWorkingHourLaterWhileTheCaseStandsAtIt) {
  Story story = DueOnWednesday();
  story.Row(Status::kProcessing, "2025-03-04 09:00", "2025-03-04 09:00").step_due_at =
      At("2025-03-05 11:00");
  EXPECT_EQ(Decide(story, "2025-03-05 10:00", {}).next, At("2025-03-05 13:30"));
  EXPECT_EQ(ToldOf(AlertKind::kStepOverdue, story, "2025-03-05 13:29"), "");
  EXPECT_EQ(ToldOf(AlertKind::kStepOverdue, story, "2025-03-05 13:30"), "step_overdue");
  story.Then(Status::kProcessing, "2025-03-05 14:00");
  EXPECT_EQ(ToldOf(AlertKind::kStepOverdue, story, "2025-03-05 14:00"), "");
  EXPECT_THAT(Decide(story, "2025-03-05 14:00", {Told(AlertKind::kStepOverdue, "2025-03-05 11:00")})
                  .resolve,
              ElementsAre(0u));
}

TEST(Rungs, AStepThatIsKnownTooLateIsToldAnHourAfterItIsKnown) {
  Story story = DueOnWednesday();
  story.Row(Status::kProcessing, "2025-03-04 09:00", "2025-03-06 09:00").step_due_at =
      At("2025-03-05 11:00");
  EXPECT_EQ(ToldOf(AlertKind::kStepOverdue, story, "2025-03-06 09:59"), "");
  EXPECT_EQ(ToldOf(AlertKind::kStepOverdue, story, "2025-03-06 10:00"), "step_overdue");
}

}  // namespace
}  // namespace tthc
