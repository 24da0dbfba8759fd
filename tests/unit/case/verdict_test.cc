// One example per known trap of the peers (hours read by halves, pauses, reopenings, dates moved).
#include <gmock/gmock.h>

#include "case_testing.h"

namespace tthc {
namespace {

constexpr Rule k766 = Rule::kQd766;
constexpr Rule k06 = Rule::kForm06;

#define EXPECT_VERDICT(verdict, wanted_state, wanted_reason)    \
  do {                                                          \
    const Verdict v_ = (verdict);                               \
    EXPECT_EQ(NameOf(v_.state), NameOf(CaseState::wanted_state)); \
    EXPECT_EQ(CodeOf(v_.reason), CodeOf(Reason::wanted_reason)); \
  } while (false)

Story EndedAt(const std::string& end, const std::string& due) {
  Story story;
  story.Due(due, "2025-03-03 08:00").Then(Status::kFinished, end);
  return story;
}

TEST(Verdict, HalfPastTwelveIsNotHalfPastMidnight) {
  EXPECT_VERDICT(EndedAt("2025-03-10 12:30", "2025-03-10 12:00").Judged(k766), kResolvedLate,
                 kEndedAfterDue);
  EXPECT_VERDICT(EndedAt("2025-03-10 12:30", "2025-03-10 12:30").Judged(k766), kResolvedOnTime,
                 kEndedByDue);
}

TEST(Verdict, AnHourLateOnTheSameDayDependsOnTheRule) {
  const Story story = EndedAt("2025-03-10 16:00", "2025-03-10 15:00");
  EXPECT_VERDICT(story.Judged(k766), kResolvedLate, kEndedAfterDue);
  EXPECT_VERDICT(story.Judged(k06), kResolvedOnTime, kEndedByDue);
}

TEST(Verdict, OnlyForm06KnowsEarly) {
  const Story story = EndedAt("2025-03-09 16:00", "2025-03-10 15:00");
  EXPECT_VERDICT(story.Judged(k766), kResolvedOnTime, kEndedByDue);
  EXPECT_VERDICT(story.Judged(k06), kResolvedEarly, kEndedByDue);
}

TEST(Verdict, TheFirstSecondBelongsToThePeriod) {
  for (const Rule rule : kRules) {
    Story first("2025-02-10 08:00");
    first.Due("2025-03-03 17:00", "2025-02-10 08:00").Then(Status::kFinished, "2025-03-01 00:00");
    EXPECT_TRUE(IsResolved(first.Judged(rule).state));
    EXPECT_TRUE(first.Judged(rule).carried_over);
    Story before("2025-02-10 08:00");
    before.Due("2025-03-03 17:00", "2025-02-10 08:00")
        .Then(Status::kFinished, "2025-02-28 23:59:59");
    EXPECT_VERDICT(before.Judged(rule), kOutside, kEndedBefore);
    EXPECT_FALSE(Story("2025-03-01 00:00").Judged(rule).carried_over);
    EXPECT_TRUE(IsPending(Story("2025-03-31 23:59:59").Judged(rule).state));
    EXPECT_VERDICT(Story("2025-04-01 00:00").Judged(rule), kOutside, kReceivedAfter);
  }
}

TEST(Verdict, AnEndAfterTheCutOffIsStillPending) {
  const Story story = EndedAt("2025-04-01 00:00", "2025-03-20 17:00");
  EXPECT_VERDICT(story.Judged(k766), kPendingLate, kRunningAfterDue);
  EXPECT_VERDICT(story.Judged(k06), kPendingLate, kRunningAfterDue);
}

TEST(Verdict, OnePauseOverTetIsSubtractedByTheClockOnTheWall) {
  Story story("2025-01-13 08:00");
  story.Due("2025-01-31 17:00", "2025-01-13 08:00")
      .Then(Status::kSupplement, "2025-01-24 16:00")
      .Then(Status::kProcessing, "2025-02-03 08:00")
      .Then(Status::kFinished, "2025-02-07 09:00");
  const Case c = story.Folded();
  const Verdict v = Judge(c, k766, At("2025-01-01 00:00"), At("2025-03-31 23:59:59"), {}, {});
  EXPECT_VERDICT(v, kResolvedOnTime, kEndedByDue);
  EXPECT_EQ(v.waited_us, (9 * 24 + 16) * kMicrosPerHour);
  EXPECT_EQ(v.compared, At("2025-01-28 17:00"));
  EXPECT_EQ(v.ended_at, At("2025-02-07 09:00"));
  EXPECT_VERDICT(Judge(c, k06, At("2025-01-01 00:00"), At("2025-03-31 23:59:59"), {}, {}),
                 kResolvedLate, kEndedAfterDue);
}

TEST(Verdict, TwoPausesAreLateUnderQd766HoweverEarlyTheEnd) {
  Story story;
  story.Due("2025-03-28 17:00", "2025-03-03 08:00")
      .Then(Status::kSupplement, "2025-03-04 08:00")
      .Then(Status::kProcessing, "2025-03-05 08:00")
      .Then(Status::kSupplement, "2025-03-06 08:00");
  EXPECT_VERDICT(story.Judged(k766), kPendingLate, kSecondSupplement);
  EXPECT_VERDICT(story.Judged(k06), kPendingInTime, kPaused);
  story.Then(Status::kFinished, "2025-03-07 08:00");
  EXPECT_VERDICT(story.Judged(k766), kResolvedLate, kSecondSupplement);
  EXPECT_EQ(story.Judged(k766).requests, 2);
  EXPECT_VERDICT(story.Judged(k06), kResolvedEarly, kEndedByDue);
}

TEST(Verdict, RowsOfTheSamePauseAreOneRequest) {
  Story story;
  story.Due("2025-03-10 17:00", "2025-03-03 08:00")
      .Then(Status::kSupplement, "2025-03-10 08:00")
      .Then(Status::kSupplement, "2025-03-12 08:00")
      .Then(Status::kProcessing, "2025-03-14 08:00")
      .Then(Status::kFinished, "2025-03-14 16:00");
  const Verdict v = story.Judged(k766);
  EXPECT_EQ(v.requests, 1);
  EXPECT_EQ(v.waited_us, 4 * kMicrosPerDay);
  EXPECT_VERDICT(v, kResolvedOnTime, kEndedByDue);
}

TEST(Verdict, AnOpenPauseIsJudgedByWhenItWasAsked) {
  Story story;
  story.Due("2025-03-12 17:00", "2025-03-03 08:00").Then(Status::kSupplement, "2025-03-12 17:00");
  EXPECT_VERDICT(story.Judged(k766), kPendingInTime, kWaiting);
  EXPECT_VERDICT(story.Judged(k06), kPendingInTime, kPaused);
}

TEST(Verdict, APauseOpenedAfterTheDueDateDoesNotHelp) {
  Story story;
  story.Due("2025-03-12 17:00", "2025-03-03 08:00")
      .Then(Status::kSupplement, "2025-03-12 17:00:01");
  EXPECT_VERDICT(story.Judged(k766), kPendingLate, kWaitingAskedLate);
}

TEST(Verdict, APauseThatGoesStraightToTheEndIsNotLost) {
  Story story;
  story.Due("2025-03-12 17:00", "2025-03-03 08:00")
      .Then(Status::kSupplement, "2025-03-10 08:00")
      .Then(Status::kFinished, "2025-03-20 08:00");
  EXPECT_EQ(story.Judged(k766).waited_us, 10 * kMicrosPerDay);
  EXPECT_VERDICT(story.Judged(k766), kResolvedOnTime, kEndedByDue);
}

TEST(Verdict, FinancialDutyPausesForm06AndByASettingQd766) {
  Story story;
  story.Due("2025-03-12 17:00", "2025-03-03 08:00").Then(Status::kFinancial, "2025-03-10 08:00");
  EXPECT_VERDICT(story.Judged(k766), kPendingLate, kRunningAfterDue);
  EXPECT_VERDICT(story.Judged(k06), kPendingInTime, kPaused);
  RulePolicy policy;
  policy.pause_on_financial_duty = true;
  EXPECT_VERDICT(Judge(story.Folded(), k766, At("2025-03-01 00:00"), At("2025-03-31 23:59:59"),
                       std::nullopt, policy),
                 kPendingInTime, kWaiting);
}

TEST(Verdict, ReopeningIsPendingAgainAndTheOldEndStaysInItsPeriod) {
  Story story = EndedAt("2025-03-10 16:00", "2025-03-11 17:00");
  story.Then(Status::kProcessing, "2025-03-12 08:00");
  EXPECT_VERDICT(story.Judged(k766), kPendingLate, kRunningAfterDue);
  EXPECT_VERDICT(story.Judged(k766, "2025-03-11 00:00"), kResolvedOnTime, kEndedByDue);
  story.Then(Status::kFinished, "2025-03-20 08:00");
  EXPECT_EQ(story.Judged(k06).ended_at, At("2025-03-20 08:00"));
  EXPECT_VERDICT(story.Judged(k06), kResolvedLate, kEndedAfterDue);
}

TEST(Verdict, AStatedEndKnownBeforeTheReopeningIsNotThatOfTheNewEpisode) {
  Story story;
  story.Due("2025-03-11 17:00", "2025-03-03 08:00");
  story.Snapshot(Status::kFinished, "2025-03-10 16:00", "2025-03-10 16:00").finished_at =
      At("2025-03-10 16:00");
  story.Then(Status::kProcessing, "2025-03-12 08:00").Then(Status::kFinished, "2025-03-20 08:00");
  EXPECT_EQ(story.Judged(k766).ended_at, At("2025-03-20 08:00"));
  EXPECT_VERDICT(story.Judged(k766), kResolvedLate, kEndedAfterDue);
}

TEST(Verdict, WaitingAfterTheStatedEndIsNotSubtracted) {
  Story story;
  story.Due("2025-03-07 17:00", "2025-03-03 08:00").Then(Status::kSupplement, "2025-03-10 08:00");
  story.Snapshot(Status::kFinished, "2025-03-20 08:00", "2025-03-20 08:00").finished_at =
      At("2025-03-12 08:00");
  EXPECT_EQ(story.Judged(k766).waited_us, 2 * kMicrosPerDay);
  EXPECT_VERDICT(story.Judged(k766), kResolvedLate, kEndedAfterDue);
}

TEST(Verdict, ReturningTheResultDoesNotMoveTheEnd) {
  Story story = EndedAt("2025-03-10 16:00", "2025-03-11 17:00");
  story.Then(Status::kReturned, "2025-03-25 08:00");
  EXPECT_EQ(story.Judged(k766).ended_at, At("2025-03-10 16:00"));
  Story returned_only;
  returned_only.Due("2025-03-11 17:00", "2025-03-03 08:00")
      .Then(Status::kReturned, "2025-03-25 08:00");
  EXPECT_VERDICT(returned_only.Judged(k766), kResolvedLate, kEndedAfterDue);
}

TEST(Verdict, NineThenFiveWaits) {
  Story story = EndedAt("2025-03-10 16:00", "2025-03-11 17:00");
  story.Then(Status::kSupplement, "2025-03-11 08:00");
  EXPECT_VERDICT(story.Judged(k766), kPendingInTime, kWaiting);
  EXPECT_VERDICT(story.Judged(k06), kPendingInTime, kPaused);
}

TEST(Verdict, WithdrawnLateIsOnTimeWhateverElse) {
  Story story;
  story.Due("2025-03-05 17:00", "2025-03-03 08:00")
      .Then(Status::kSupplement, "2025-03-06 08:00")
      .Then(Status::kProcessing, "2025-03-07 08:00")
      .Then(Status::kSupplement, "2025-03-08 08:00")
      .Then(Status::kWithdrawn, "2025-03-20 08:00");
  EXPECT_VERDICT(story.Judged(k766), kResolvedOnTime, kWithdrawn);
  EXPECT_VERDICT(story.Judged(k06), kResolvedOnTime, kWithdrawn);
}

TEST(Verdict, RefusedBeforeReceiptStandsOutside) {
  Story story{Story::Empty()};
  story.Snapshot(Status::kSubmitted, "2025-03-03 08:00", "2025-03-03 08:00");
  for (const Rule rule : kRules) EXPECT_VERDICT(story.Judged(rule), kOutside, kNotReceived);
  story.Snapshot(Status::kRefused, "2025-03-04 08:00", "2025-03-04 08:00");
  for (const Rule rule : kRules) EXPECT_VERDICT(story.Judged(rule), kOutside, kNotReceived);
}

TEST(Verdict, RefusedAfterReceiptIsJudgedByItsTimeAndOutsideForm06) {
  const auto refused = [](const std::string& at) {
    Story story;
    story.Due("2025-03-05 17:00", "2025-03-03 08:00").Then(Status::kRefused, at);
    return story;
  };
  EXPECT_VERDICT(refused("2025-03-05 17:00").Judged(k766), kResolvedOnTime, kEndedByDue);
  EXPECT_VERDICT(refused("2025-03-05 17:01").Judged(k766), kResolvedLate, kEndedAfterDue);
  EXPECT_VERDICT(refused("2025-03-05 17:00").Judged(k06), kOutside, kRefused);
}

TEST(Verdict, StoppedEndsUnderQd766AndPausesForm06) {
  Story story;
  story.Due("2025-03-05 17:00", "2025-03-03 08:00").Then(Status::kStopped, "2025-03-05 16:00");
  EXPECT_VERDICT(story.Judged(k766), kResolvedOnTime, kEndedByDue);
  EXPECT_VERDICT(story.Judged(k06), kPendingInTime, kPaused);
}

TEST(Verdict, ACompletionMovedBackToTheDueMinuteIsSeenByWhatWasKnownBefore) {
  Story story;
  story.Due("2025-03-05 17:00", "2025-03-03 08:00");
  story.Snapshot(Status::kFinished, "2025-03-10 10:00", "2025-03-10 10:00").finished_at =
      At("2025-03-10 10:00");
  story.Snapshot(Status::kFinished, "2025-03-05 17:00", "2025-03-12 09:00").finished_at =
      At("2025-03-05 17:00");
  EXPECT_VERDICT(story.Judged(k766), kResolvedOnTime, kEndedByDue);
  EXPECT_VERDICT(story.Judged(k766, "2025-03-31 23:59:59", {}, At("2025-03-12 08:59")),
                 kResolvedLate, kEndedAfterDue);
}

TEST(Verdict, NoDueDateIsInTimeUnlessTheLawSetsOne) {
  Story story;
  EXPECT_VERDICT(story.Judged(k766), kPendingInTime, kNoDueDate);
  EXPECT_VERDICT(story.Judged(k06), kPendingInTime, kNoDueDate);
  const Verdict by_law = story.Judged(k766, "2025-03-31 23:59:59", At("2025-03-06 17:00"));
  EXPECT_VERDICT(by_law, kPendingLate, kRunningAfterDue);
  EXPECT_EQ(by_law.due_basis, DueBasis::kStatutory);
  EXPECT_VERDICT(story.Judged(k06, "2025-03-31 23:59:59", At("2025-03-06 17:00")), kPendingInTime,
                 kNoDueDate);
  story.Then(Status::kFinished, "2025-03-20 08:00");
  EXPECT_VERDICT(story.Judged(k766), kResolvedOnTime, kNoDueDate);
  EXPECT_VERDICT(story.Judged(k06), kResolvedOnTime, kNoDueDate);
}

TEST(Verdict, ANewDueDateAfterTheRequestTakesThePlaceOfTheWaiting) {
  const auto with_new_due = [](const std::string& recorded) {
    Story story;
    story.Due("2025-03-07 17:00", "2025-03-03 08:00")
        .Then(Status::kSupplement, "2025-03-05 08:00")
        .Then(Status::kProcessing, "2025-03-10 08:00")
        .Due("2025-03-12 17:00", recorded)
        .Then(Status::kFinished, "2025-03-14 08:00");
    return story.Judged(k766);
  };
  EXPECT_VERDICT(with_new_due("2025-03-10 09:00"), kResolvedLate, kEndedAfterDue);
  EXPECT_EQ(with_new_due("2025-03-05 08:00").waited_us, 0);   // at the request's own time
  EXPECT_VERDICT(with_new_due("2025-03-05 07:59"), kResolvedOnTime, kEndedByDue);
}

TEST(Verdict, TheFirstDueDateIsNoNewOne) {
  Story story;
  story.Then(Status::kSupplement, "2025-03-05 08:00")
      .Then(Status::kProcessing, "2025-03-10 08:00")
      .Due("2025-03-12 17:00", "2025-03-10 09:00")
      .Due("2025-03-12 17:00", "2025-03-11 09:00")
      .Then(Status::kFinished, "2025-03-14 08:00");
  EXPECT_VERDICT(story.Judged(k766), kResolvedOnTime, kEndedByDue);
}

TEST(Verdict, ADueDateMovedAfterItPassedLeavesBothVerdicts) {
  Story story;
  story.Due("2025-03-05 17:00", "2025-03-03 08:00").Due("2025-03-20 17:00", "2025-03-10 08:00");
  story.Then(Status::kFinished, "2025-03-18 08:00");
  EXPECT_VERDICT(story.Judged(k766), kResolvedOnTime, kEndedByDue);
  EXPECT_VERDICT(story.Judged(k766, "2025-03-31 23:59:59", {}, At("2025-03-09 00:00")),
                 kPendingLate, kRunningAfterDue);
  ASSERT_EQ(story.Folded().dues.size(), 2u);
  EXPECT_EQ(story.Folded().dues[0].due, At("2025-03-05 17:00"));
}

TEST(Verdict, TheDueInstantItselfIsInTimeWhileRunning) {
  Story story;
  story.Due("2025-03-20 17:00", "2025-03-03 08:00");
  EXPECT_VERDICT(story.Judged(k766, "2025-03-20 17:00"), kPendingInTime, kRunningByDue);
  EXPECT_VERDICT(story.Judged(k766, "2025-03-20 17:00:01"), kPendingLate, kRunningAfterDue);
  EXPECT_VERDICT(story.Judged(k06, "2025-03-20 23:59:59"), kPendingInTime, kRunningByDue);
  EXPECT_VERDICT(story.Judged(k06, "2025-03-21 00:00"), kPendingLate, kRunningAfterDue);
}

// --- the fold

TEST(Fold, AnyOrderAndRepetitionGivesTheSameRows) {
  Story story;
  story.Due("2025-03-12 17:00", "2025-03-03 08:00")
      .Then(Status::kProcessing, "2025-03-04 08:00")
      .Then(Status::kSupplement, "2025-03-04 08:00")
      .Then(Status::kFinished, "2025-03-20 08:00");
  std::vector<Entry> reversed(story.entries().rbegin(), story.entries().rend());
  Case forward, backward;
  Fold(story.entries(), kEndOfTime, forward);
  Fold(reversed, kEndOfTime, backward);
  const auto statuses = [](const Case& c) {
    std::vector<std::pair<int64_t, Status>> rows;
    for (const StatusRow& row : c.rows) rows.emplace_back(row.event.us, row.status);
    return rows;
  };
  ASSERT_EQ(statuses(forward).size(), 4u);
  EXPECT_EQ(statuses(forward), statuses(backward));

  std::vector<Entry> entries = story.entries();
  std::vector<uint64_t> replaced;
  Entry again = entries[2];
  again.recorded = again.recorded + kMicrosPerDay;
  EXPECT_FALSE(AddEntry(entries, again, replaced));
  EXPECT_EQ(entries, story.entries());
  again.recorded = entries[2].recorded - kMicrosPerDay;
  EXPECT_TRUE(AddEntry(entries, again, replaced)) << "an earlier arrival counts";
  EXPECT_EQ(entries.size(), story.entries().size());
  EXPECT_EQ(replaced, std::vector<uint64_t>{entries[2].seq});
}

TEST(Fold, TiesGoBySenderSequenceThenArrival) {
  Story story;
  story.Row(Status::kSupplement, "2025-03-05 08:00", "2025-03-05 09:00").sender_sequence = 2;
  story.Row(Status::kProcessing, "2025-03-05 08:00", "2025-03-06 09:00").sender_sequence = 1;
  EXPECT_EQ(story.Folded().rows.back().status, Status::kSupplement);
  story.Row(Status::kFinancial, "2025-03-05 08:00", "2025-03-05 08:30").sender_sequence = 2;
  EXPECT_EQ(story.Folded().rows.back().status, Status::kSupplement) << "it arrived later";
}

TEST(Fold, AnEmptyFieldErasesNothing) {
  Story story;
  story.Due("2025-03-12 17:00", "2025-03-03 08:00");
  story.Snapshot(Status::kProcessing, "2025-03-04 08:00", "2025-03-04 08:00");
  EXPECT_EQ(story.Folded().due(), At("2025-03-12 17:00"));
  EXPECT_EQ(story.Folded().received_at, At("2025-03-03 08:00"));
}

TEST(Fold, AReturnThatDatesTheEndMakesARowNine) {
  Story story;
  story.Snapshot(Status::kReturned, "2025-03-20 08:00", "2025-03-20 08:01").finished_at =
      At("2025-03-10 16:00");
  const Case c = story.Folded();
  ASSERT_EQ(c.rows.size(), 3u);
  EXPECT_EQ(c.rows[1].status, Status::kFinished);
  EXPECT_TRUE(c.rows[1].implied);
  EXPECT_EQ(story.Judged(k766).ended_at, At("2025-03-10 16:00"));
}

TEST(Fold, AStaleSnapshotDatedByItsArrivalDoesNotReopen) {
  Story story;
  story.Snapshot(Status::kProcessing, "2025-03-12 08:00", "2025-03-12 08:00").dated_by =
      DatedBy::kArrival;
  EXPECT_EQ(story.Folded().rows.back().status, Status::kProcessing);
  story.Snapshot(Status::kFinished, "2025-03-10 16:00", "2025-03-13 08:00").finished_at =
      At("2025-03-10 16:00");
  EXPECT_EQ(story.Folded().rows.back().status, Status::kFinished);
  EXPECT_TRUE(IsResolved(story.Judged(k06).state));
}

TEST(Fold, AStaleSnapshotIsAlsoShownByTheNineThatAReturnDates) {
  Story story;
  story.Snapshot(Status::kProcessing, "2025-03-12 08:00", "2025-03-12 08:00").dated_by =
      DatedBy::kArrival;
  story.Snapshot(Status::kReturned, "2025-03-20 08:00", "2025-03-13 08:00").finished_at =
      At("2025-03-10 16:00");
  EXPECT_TRUE(IsResolved(story.Judged(k06, "2025-03-15 00:00").state));
}

TEST(Fold, AFreshSnapshotDatedByItsArrivalReopens) {
  Story story;
  story.Snapshot(Status::kFinished, "2025-03-10 16:00", "2025-03-10 16:00").finished_at =
      At("2025-03-10 16:00");
  story.Snapshot(Status::kProcessing, "2025-03-12 08:00", "2025-03-12 08:00").dated_by =
      DatedBy::kArrival;
  EXPECT_TRUE(IsPending(story.Judged(k06).state));
}

// --- the sentence

TEST(Reason, SaysWhatWasHeldAgainstWhat) {
  EXPECT_EQ(VietnameseReason(EndedAt("2025-03-21 16:40", "2025-03-21 17:00").Judged(k766), k766),
            "Kết thúc 21/03/2025 16:40, hẹn trả 21/03/2025 17:00: đúng hạn.");
  EXPECT_EQ(VietnameseReason(EndedAt("2025-03-20 16:40", "2025-03-21 17:00").Judged(k06), k06),
            "Kết thúc 20/03/2025, hẹn trả 21/03/2025: trước hạn.");
  EXPECT_EQ(VietnameseReason(EndedAt("2025-03-22 08:00", "2025-03-21 17:00").Judged(k06), k06),
            "Kết thúc 22/03/2025, hẹn trả 21/03/2025: quá hạn.");
}

TEST(Reason, NamesTheWaitingThatWasSubtracted) {
  Story story;
  story.Due("2025-03-12 17:00", "2025-03-03 08:00")
      .Then(Status::kSupplement, "2025-03-10 08:00")
      .Then(Status::kProcessing, "2025-03-14 10:05")
      .Then(Status::kFinished, "2025-03-14 11:00");
  EXPECT_EQ(VietnameseReason(story.Judged(k766), k766),
            "Kết thúc 14/03/2025 11:00, trừ thời gian chờ bổ sung 4 ngày 2 giờ 5 phút, hẹn trả "
            "12/03/2025 17:00: đúng hạn.");
}

TEST(Reason, EveryReasonHasItsOwnSentence) {
  Verdict v;
  v.ended_at = v.compared = v.due = At("2025-03-21 17:00");
  v.requests = 2;
  v.current = Status::kStopped;
  std::vector<std::string> sentences;
  for (int r = 0; r <= static_cast<int>(Reason::kRunningAfterDue); ++r) {
    v.reason = static_cast<Reason>(r);
    sentences.push_back(VietnameseReason(v, k766));
    EXPECT_THAT(sentences.back(), testing::EndsWith("."));
    EXPECT_FALSE(CodeOf(v.reason).empty());
  }
  v.reason = Reason::kSecondSupplement;
  v.state = CaseState::kPendingLate;
  EXPECT_EQ(VietnameseReason(v, k766),
            "Yêu cầu bổ sung 2 lần (quá một lần): đang giải quyết, quá hạn.");
}

}  // namespace
}  // namespace tthc
