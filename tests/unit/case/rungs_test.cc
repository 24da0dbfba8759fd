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

RungDecision Decide(const Story& story, const std::string& now, const std::vector<Claim>& claims,
                    Instant quiet_until = kNoQuiet) {
  const Case c = story.Folded();
  const Verdict portal = Judge(c, Rule::kQd766, Instant{INT64_MIN}, At(now), std::nullopt, {});
  const Standing standing = StandingOf(c, At(now), portal, {}, Office(), kOneDay);
  return DecideRungs(c, standing, At(now), quiet_until, claims);
}

Claim Told(Rung rung, const std::string& due, uint32_t episode = 0) {
  Claim claim;
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
  EXPECT_EQ(Decide(story, "2025-03-12 07:29:59", {}).tell, std::nullopt);
  EXPECT_EQ(Decide(story, "2025-03-12 07:30", {}).tell, Rung::kDueSoon);
  EXPECT_EQ(Decide(story, "2025-03-12 17:00", {}).tell, Rung::kDueSoon);
  EXPECT_EQ(Decide(story, "2025-03-12 09:00", {Told(Rung::kDueSoon, kDue)}).tell, std::nullopt);
}

TEST(Rungs, OverdueComesAfterTheDueInstantAndOnce) {
  const Story story = DueOnWednesday();
  EXPECT_EQ(Decide(story, "2025-03-12 17:00:01", {}).tell, Rung::kOverdue);
  const std::vector<Claim> soon = {Told(Rung::kDueSoon, kDue)};
  EXPECT_EQ(Decide(story, "2025-03-13 08:00", soon).tell, Rung::kOverdue);
  EXPECT_THAT(Decide(story, "2025-03-13 08:00", soon).resolve, IsEmpty());
  EXPECT_EQ(Decide(story, "2025-03-20 08:00", {soon[0], Told(Rung::kOverdue, kDue)}).tell,
            std::nullopt);
}

TEST(Rungs, TheEndResolvesWhatWasToldOnce) {
  Story story = DueOnWednesday();
  story.Then(Status::kFinished, "2025-03-13 09:00");
  std::vector<Claim> claims = {Told(Rung::kDueSoon, kDue), Told(Rung::kOverdue, kDue)};
  EXPECT_THAT(Decide(story, "2025-03-13 09:00", claims).resolve, ElementsAre(0u, 1u));
  EXPECT_EQ(Decide(story, "2025-03-13 09:00", claims).tell, std::nullopt);
  claims[0].resolved = claims[1].resolved = true;
  EXPECT_THAT(Decide(story, "2025-03-13 09:00", claims).resolve, IsEmpty());
}

TEST(Rungs, ANewDueDateEndsTheOldAlertAndIsToldItself) {
  Story story = DueOnWednesday();
  story.Due("2025-03-18 17:00", "2025-03-13 09:00");
  const std::vector<Claim> claims = {Told(Rung::kOverdue, kDue)};
  EXPECT_THAT(Decide(story, "2025-03-13 09:00", claims).resolve, ElementsAre(0u));
  EXPECT_EQ(Decide(story, "2025-03-13 09:00", claims).tell, std::nullopt);
  EXPECT_EQ(Decide(story, "2025-03-18 17:01", claims).tell, Rung::kOverdue);
}

TEST(Rungs, AReopenedCaseIsToldAgain) {
  Story story = DueOnWednesday();
  story.Then(Status::kFinished, "2025-03-13 09:00").Then(Status::kProcessing, "2025-03-14 09:00");
  const std::vector<Claim> claims = {Told(Rung::kOverdue, kDue, 0)};
  EXPECT_EQ(Decide(story, "2025-03-14 09:00", claims).tell, Rung::kOverdue);
  EXPECT_EQ(Decide(story, "2025-03-14 09:00", {Told(Rung::kOverdue, kDue, 1)}).tell, std::nullopt);
}

TEST(Rungs, WhatWasReachedBeforeTheQuietTimeIsNeverTold) {
  const Story story = DueOnWednesday();
  EXPECT_EQ(Decide(story, "2025-03-20 08:00", {}, At("2025-03-15 00:00")).tell, std::nullopt);
  EXPECT_EQ(Decide(story, "2025-03-20 08:00", {}, At("2025-03-12 16:59")).tell, Rung::kOverdue);
}

TEST(Rungs, ADueDateThatCameAfterTheQuietTimeIsTold) {
  Story story = DueOnWednesday();
  story.Due("2025-03-10 17:00", "2025-03-16 08:00");
  EXPECT_EQ(Decide(story, "2025-03-16 08:00", {}, At("2025-03-15 00:00")).tell, Rung::kOverdue);
}

TEST(Rungs, NothingIsToldWhileTheCaseWaits) {
  Story story = DueOnWednesday();
  story.Then(Status::kSupplement, "2025-03-11 08:00");
  EXPECT_EQ(Decide(story, "2025-03-20 08:00", {}).tell, std::nullopt);
  story.Then(Status::kProcessing, "2025-03-20 08:00");   // nine days waited: due on the 21st
  EXPECT_EQ(Decide(story, "2025-03-21 08:00", {}).tell, Rung::kDueSoon);
  EXPECT_EQ(Decide(story, "2025-03-21 17:01", {}).tell, Rung::kOverdue);
}

TEST(Rungs, NamesAreStable) {
  EXPECT_EQ(NameOf(Rung::kDueSoon), "due_soon");
  EXPECT_EQ(NameOf(Rung::kOverdue), "overdue");
  EXPECT_EQ(VietnameseNameOf(Rung::kOverdue), "Quá hạn");
}

}  // namespace
}  // namespace tthc
