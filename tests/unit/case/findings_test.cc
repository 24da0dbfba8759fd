// Each detector on the artefact it is for (WIRE section 10) and on what only looks like it.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "case_testing.h"
#include "config/settings.h"
#include "ingest/case/duplicate.h"
#include "ingest/case/findings.h"
#include "ingest/case/first_said.h"

namespace tthc {
namespace {

const WorkCalendar& Calendar() {
  static const auto book = CalendarBook::Load({"builtin:calendar_vn.toml"}).value();
  return book->Default();
}

struct Asked {
  std::string now = "2025-03-31 12:00";
  std::optional<Instant> statutory_due;
  bool unit_known = true;
  bool procedure_known = true;
  FindingThresholds thresholds;
  Instant known_at = kEndOfTime;
};

// What one detector says of a story.
struct Said {
  std::optional<Instant> since;
  Proofs proofs;
};
template <typename Use>
auto OnTrial(const Story& story, const Asked& asked, Use use) {
  const Case folded = story.Folded(asked.known_at);
  const Instant now = At(asked.now);
  const Verdict portal =
      Judge(folded, Rule::kQd766, Instant{INT64_MIN}, now, std::nullopt, RulePolicy());
  const Clock clock = ClockOf(folded, now, portal, RulePolicy());
  return use(CaseOnTrial{folded, story.entries(), now, portal, clock, Calendar(),
                         asked.statutory_due, folded.unit, asked.unit_known,
                         asked.procedure_known, asked.thresholds});
}
Said Ask(Finding finding, const Story& story, const Asked& asked = {}) {
  return OnTrial(story, asked, [&](const CaseOnTrial& on_trial) {
    Said said;
    said.since = RowOf(finding).detect(on_trial, &said.proofs);
    return said;
  });
}
Found All(const Story& story, const Asked& asked = {}) {
  return OnTrial(story, asked, FindingsOf);
}
bool Finds(Finding finding, const Story& story, const Asked& asked = {}) {
  return Has(All(story, asked).set, finding);
}

// A snapshot as T sends it: the whole record, dates and all.
Entry& Record(Story& story, Status status, const std::string& due, const std::string& end,
              const std::string& recorded) {
  Entry& e = story.Snapshot(status, end.empty() ? recorded : end, recorded);
  e.status_sent = static_cast<uint8_t>(status);
  if (!due.empty()) e.due_at = At(due);
  if (!end.empty()) e.finished_at = At(end);
  if (end.empty()) e.dated_by = DatedBy::kArrival;
  return e;
}

// --- backdated_completion (quirk 19: "Đặt lại hồ sơ quá hạn")

TEST(Backdated, EndAtTheDueMinuteOnceThatHadPassed) {
  Story story;
  story.Due("2025-03-10 17:00", "2025-03-03 08:00");
  Record(story, Status::kFinished, "2025-03-10 17:00", "2025-03-10 17:00", "2025-03-12 09:00");
  const Said said = Ask(Finding::kBackdatedCompletion, story);
  EXPECT_EQ(said.since, At("2025-03-12 09:00"));
  ASSERT_EQ(said.proofs.size(), 1u);
  EXPECT_EQ(said.proofs[0].fact, "finished_at");
  EXPECT_EQ(story.entries()[said.proofs[0].entry].seq, 3u);
  EXPECT_EQ(said.proofs[0].before, ProofValue(At("2025-03-12 09:00"))) << "when it came";
  EXPECT_EQ(said.proofs[0].after, ProofValue(At("2025-03-10 17:00")));
}

TEST(Backdated, NotWhenItCameInTimeOrEndedAMinuteBefore) {
  Story in_time;
  Record(in_time, Status::kFinished, "2025-03-10 17:00", "2025-03-10 17:00", "2025-03-10 17:00");
  EXPECT_FALSE(Finds(Finding::kBackdatedCompletion, in_time));
  Story before;
  Record(before, Status::kFinished, "2025-03-10 17:00", "2025-03-10 16:59", "2025-03-11 02:00");
  EXPECT_FALSE(Finds(Finding::kBackdatedCompletion, before)) << "a nightly push";
}

TEST(Backdated, EndMovedBack) {
  Story story;
  Record(story, Status::kFinished, "2025-03-10 17:00", "2025-03-12 09:30", "2025-03-12 09:31");
  Record(story, Status::kFinished, "2025-03-10 17:00", "2025-03-10 10:00", "2025-03-13 09:00");
  const Said said = Ask(Finding::kBackdatedCompletion, story);
  ASSERT_EQ(said.proofs.size(), 1u);
  EXPECT_EQ(said.proofs[0].before, ProofValue(At("2025-03-12 09:30")));
  EXPECT_EQ(said.proofs[0].after, ProofValue(At("2025-03-10 10:00")));
  EXPECT_EQ(said.since, At("2025-03-13 09:00"));
}

TEST(Backdated, EndMovedBackBehindWhatARowHadSaid) {
  Story story;
  story.Then(Status::kFinished, "2025-03-12 09:30");
  Record(story, Status::kFinished, "2025-03-10 17:00", "2025-03-10 10:00", "2025-03-12 20:00");
  EXPECT_TRUE(Finds(Finding::kBackdatedCompletion, story));
  Story seconds;
  seconds.Then(Status::kFinished, "2025-03-10 09:30");
  Record(seconds, Status::kFinished, "2025-03-10 17:00", "2025-03-10 09:29", "2025-03-10 20:00");
  EXPECT_FALSE(Finds(Finding::kBackdatedCompletion, seconds)) << "two clocks of one sender";
}

TEST(Backdated, EndThatCameLongAfterItOnlyByItsThreshold) {
  Story story;
  Record(story, Status::kFinished, "2025-03-20 17:00", "2025-03-10 10:00", "2025-03-18 10:01");
  EXPECT_TRUE(Finds(Finding::kBackdatedCompletion, story));
  Asked patient;
  patient.thresholds.backdated_after_us = 9 * kMicrosPerDay;
  EXPECT_FALSE(Finds(Finding::kBackdatedCompletion, story, patient));
}

// Quirk 4: almost any edit sends the whole record again, months later.
TEST(Backdated, NotARecordThatIsSentAgain) {
  Story story;
  Record(story, Status::kFinished, "2025-03-10 17:00", "2025-03-05 10:00", "2025-03-05 23:00");
  Record(story, Status::kFinished, "2025-03-10 17:00", "2025-03-05 10:00", "2025-03-28 23:00")
      .flags = 1;
  EXPECT_FALSE(Finds(Finding::kBackdatedCompletion, story));
}

TEST(Backdated, NotTheLaterEndOfAReopenedCase) {
  Story story;
  Record(story, Status::kFinished, "2025-03-20 17:00", "2025-03-05 10:00", "2025-03-05 10:01");
  story.Then(Status::kProcessing, "2025-03-06 08:00");
  Record(story, Status::kFinished, "2025-03-20 17:00", "2025-03-10 10:00", "2025-03-10 10:01");
  EXPECT_FALSE(Finds(Finding::kBackdatedCompletion, story));
}

TEST(Backdated, NotBeforeItWasKnown) {
  Story story;
  Record(story, Status::kFinished, "2025-03-10 17:00", "2025-03-10 17:00", "2025-03-12 09:00");
  Asked earlier;
  earlier.known_at = At("2025-03-12 08:00");
  EXPECT_FALSE(Ask(Finding::kBackdatedCompletion, story, earlier).since);
}

// --- due_moved_after_deadline (quirk 19: "Đặt lại ngày hẹn trả")

TEST(DueMoved, AfterTheOldOneHadPassed) {
  Story story;
  story.Due("2025-03-10 17:00", "2025-03-03 08:00").Due("2025-03-20 17:00", "2025-03-11 08:00");
  const Said said = Ask(Finding::kDueMovedAfterDeadline, story);
  ASSERT_EQ(said.proofs.size(), 1u);
  EXPECT_EQ(said.proofs[0].before, ProofValue(At("2025-03-10 17:00")));
  EXPECT_EQ(said.proofs[0].after, ProofValue(At("2025-03-20 17:00")));
  EXPECT_EQ(story.entries()[said.proofs[0].entry].seq, 3u);
  EXPECT_EQ(said.since, At("2025-03-11 08:00"));
}

TEST(DueMoved, NotInTimeNorBackwardsNorSaidAgain) {
  Story in_time;
  in_time.Due("2025-03-10 17:00", "2025-03-03 08:00").Due("2025-03-20 17:00", "2025-03-10 16:59");
  EXPECT_FALSE(Finds(Finding::kDueMovedAfterDeadline, in_time));
  Story backwards;
  backwards.Due("2025-03-10 17:00", "2025-03-03 08:00").Due("2025-03-07 17:00", "2025-03-11 08:00");
  EXPECT_FALSE(Finds(Finding::kDueMovedAfterDeadline, backwards));
  Story again;
  again.Due("2025-03-10 17:00", "2025-03-03 08:00").Due("2025-03-10 17:00", "2025-03-11 08:00");
  EXPECT_FALSE(Finds(Finding::kDueMovedAfterDeadline, again));
}

TEST(DueMoved, NotWhereTheClockStoodStillForTheApplicant) {
  Story story;
  story.Due("2025-03-10 17:00", "2025-03-03 08:00")
      .Then(Status::kSupplement, "2025-03-07 08:00")
      .Then(Status::kProcessing, "2025-03-14 08:00")
      .Due("2025-03-18 17:00", "2025-03-14 08:00");
  EXPECT_FALSE(Finds(Finding::kDueMovedAfterDeadline, story));
  story.Due("2025-03-30 17:00", "2025-03-26 08:00");
  EXPECT_TRUE(Finds(Finding::kDueMovedAfterDeadline, story)) << "eight days after the new one";
}

TEST(DueMoved, WhereTheApplicantWasAskedOnlyThen) {
  Story story;
  story.Due("2025-03-10 17:00", "2025-03-03 08:00")
      .Then(Status::kSupplement, "2025-03-11 08:00")
      .Due("2025-03-25 17:00", "2025-03-12 08:00")
      .Then(Status::kProcessing, "2025-03-20 08:00");
  EXPECT_TRUE(Finds(Finding::kDueMovedAfterDeadline, story)) << "what comes later stops no clock";
}

// --- paused_sent_as_finished (quirk 14)

TEST(PausedSentAsFinished, ByItsNoteWithoutAnEndOrTakenBack) {
  Story note;
  note.Row(Status::kSupplement, "2025-03-05 08:00", "2025-03-05 08:00").status_sent = 9;
  EXPECT_TRUE(Finds(Finding::kPausedSentAsFinished, note));
  Story without_end;
  Entry& e = without_end.Snapshot(Status::kNone, "2025-03-05 08:00", "2025-03-05 08:00");
  e.status_sent = 9;
  const Said said = Ask(Finding::kPausedSentAsFinished, without_end);
  ASSERT_EQ(said.proofs.size(), 1u);
  EXPECT_EQ(said.proofs[0].before, ProofValue(Status::kFinished));
  Story taken_back;
  taken_back.Then(Status::kSupplement, "2025-03-05 08:00")
      .Then(Status::kFinished, "2025-03-05 08:01")
      .Then(Status::kProcessing, "2025-03-09 08:00");
  EXPECT_TRUE(Finds(Finding::kPausedSentAsFinished, taken_back));
}

TEST(PausedSentAsFinished, NotAWaitThatIsFollowedByTheEnd) {
  Story story;
  story.Then(Status::kSupplement, "2025-03-05 08:00").Then(Status::kFinished, "2025-03-09 08:00");
  Record(story, Status::kFinished, "", "2025-03-09 08:00", "2025-03-09 08:01");
  EXPECT_FALSE(Finds(Finding::kPausedSentAsFinished, story));
}

// --- reopened (quirks 14, 18)

TEST(ReopenedFinding, WhenItGoesOnAfterNineOrTen) {
  for (const Status end : {Status::kFinished, Status::kReturned}) {
    Story story;
    story.Then(end, "2025-03-05 08:00").Then(Status::kSubmitted, "2025-03-06 08:00");
    const Said said = Ask(Finding::kReopened, story);
    ASSERT_EQ(said.proofs.size(), 1u);
    EXPECT_EQ(said.proofs[0].before, ProofValue(end));
    EXPECT_EQ(said.proofs[0].after, ProofValue(Status::kSubmitted));
  }
}

TEST(ReopenedFinding, NotWhenTheResultIsHandedOver) {
  Story story;
  story.Then(Status::kFinished, "2025-03-05 08:00").Then(Status::kReturned, "2025-03-06 08:00");
  EXPECT_FALSE(Finds(Finding::kReopened, story));
}

// --- second_supplement (quirk 17: request and completion both carry 5)

TEST(SecondSupplementFinding, TheSecondRequestProvesIt) {
  Story story;
  story.Then(Status::kSupplement, "2025-03-05 08:00")
      .Then(Status::kProcessing, "2025-03-06 08:00")
      .Then(Status::kSupplement, "2025-03-07 08:00");
  const Said said = Ask(Finding::kSecondSupplement, story);
  EXPECT_EQ(said.since, At("2025-03-07 08:00"));
  ASSERT_EQ(said.proofs.size(), 1u);
  EXPECT_EQ(said.proofs[0].before, ProofValue(At("2025-03-05 08:00")));
}

TEST(SecondSupplementFinding, NotOneRequestSaidTwice) {
  Story story;
  story.Then(Status::kSupplement, "2025-03-05 08:00").Then(Status::kSupplement, "2025-03-06 08:00");
  EXPECT_FALSE(Finds(Finding::kSecondSupplement, story));
}

// --- no_apology

TEST(NoApologyFinding, AWorkingDayAfterTheDeadline) {
  Story story;
  story.Due("2025-03-10 17:00", "2025-03-03 08:00");
  Asked asked;
  asked.now = "2025-03-11 16:59";
  const Found before = All(story, asked);
  EXPECT_FALSE(Has(before.set, Finding::kNoApology));
  EXPECT_EQ(before.next, At("2025-03-11 17:00")) << "time alone brings it about";
  asked.now = "2025-03-11 17:00";
  EXPECT_TRUE(Finds(Finding::kNoApology, story, asked));
}

TEST(NoApologyFinding, OfACaseThatEndedLateToo) {
  Story story;
  story.Due("2025-03-10 17:00", "2025-03-03 08:00").Then(Status::kFinished, "2025-03-12 08:00");
  EXPECT_TRUE(Finds(Finding::kNoApology, story));
}

TEST(NoApologyFinding, NotInTimeNorWaitingNorWithdrawnNorApologised) {
  Story in_time;
  in_time.Due("2025-03-10 17:00", "2025-03-03 08:00").Then(Status::kFinished, "2025-03-10 08:00");
  EXPECT_FALSE(Ask(Finding::kNoApology, in_time).since);
  Story waiting;
  waiting.Due("2025-03-10 17:00", "2025-03-03 08:00").Then(Status::kSupplement, "2025-03-09 08:00");
  EXPECT_FALSE(Ask(Finding::kNoApology, waiting).since);
  Story withdrawn;
  withdrawn.Due("2025-03-10 17:00", "2025-03-03 08:00").Then(Status::kWithdrawn, "2025-03-12 08:00");
  EXPECT_FALSE(Ask(Finding::kNoApology, withdrawn).since);
  Story apologised;
  apologised.Due("2025-03-10 17:00", "2025-03-03 08:00");
  apologised.Row(Status::kNone, "2025-03-11 08:00", "2025-03-11 08:00").note = ActionNote::kApology;
  EXPECT_FALSE(Ask(Finding::kNoApology, apologised).since);
}

// --- frozen (quirk 2: an error row marks every later one)

TEST(FrozenFinding, TenWorkingDaysWithoutAWordAfterTheDeadline) {
  Story story;
  story.Due("2025-03-10 17:00", "2025-03-03 08:00");
  Asked asked;
  asked.now = "2025-03-24 16:59";
  EXPECT_FALSE(Finds(Finding::kFrozen, story, asked));
  asked.now = "2025-03-24 17:00";
  EXPECT_TRUE(Finds(Finding::kFrozen, story, asked));
  story.Row(Status::kProcessing, "2025-03-20 08:00", "2025-03-20 08:00");
  EXPECT_FALSE(Finds(Finding::kFrozen, story, asked)) << "it moves";
}

TEST(FrozenFinding, NotWhileItWaitsNorOnceItEnded) {
  Story waiting;
  waiting.Due("2025-03-05 17:00", "2025-03-03 08:00").Then(Status::kSupplement, "2025-03-06 08:00");
  EXPECT_FALSE(Finds(Finding::kFrozen, waiting));
  Story ended;
  ended.Due("2025-03-05 17:00", "2025-03-03 08:00").Then(Status::kFinished, "2025-03-06 08:00");
  EXPECT_FALSE(Finds(Finding::kFrozen, ended));
}

// --- returned_not_closed

TEST(ReturnedNotClosedFinding, TheLatestRecordHasAnEndAndStillRuns) {
  Story story;
  Entry& e = story.Snapshot(Status::kProcessing, "2025-03-10 08:00", "2025-03-10 08:00");
  e.returned_at = At("2025-03-07 10:00");
  const Said said = Ask(Finding::kReturnedNotClosed, story);
  ASSERT_EQ(said.proofs.size(), 1u);
  EXPECT_EQ(said.proofs[0].fact, "returned_at");
  EXPECT_EQ(said.proofs[0].before, ProofValue(Status::kProcessing));
  EXPECT_TRUE(Finds(Finding::kReturnedNotClosed, story));
  Asked soon;
  soon.now = "2025-03-10 12:00";
  EXPECT_FALSE(Finds(Finding::kReturnedNotClosed, story, soon)) << "closed in a moment";
}

TEST(ReturnedNotClosedFinding, NotOnceClosedOrTakenBack) {
  Story closed;
  closed.Snapshot(Status::kReturned, "2025-03-07 10:00", "2025-03-07 10:00").returned_at =
      At("2025-03-07 10:00");
  EXPECT_FALSE(Finds(Finding::kReturnedNotClosed, closed));
  Story taken_back;
  taken_back.Snapshot(Status::kProcessing, "2025-03-10 08:00", "2025-03-10 08:00").returned_at =
      At("2025-03-07 10:00");
  taken_back.Snapshot(Status::kProcessing, "2025-03-10 09:00", "2025-03-10 09:00");
  EXPECT_FALSE(Finds(Finding::kReturnedNotClosed, taken_back));
}

// --- duplicate_number (quirk 7)

std::optional<uint64_t> KeyOf(const Story& story, TextId procedure = 7, TextId unit = 3) {
  std::vector<Entry> entries = story.entries();
  for (Entry& e : entries) e.procedure = procedure;
  Case folded;
  Fold(entries, kEndOfTime, folded);
  return StoryKey(folded, entries, unit);
}

Story Twin(const std::string& second_step, const std::string& arrived) {
  Story story;
  story.Due("2025-03-10 17:00", arrived);
  story.Row(Status::kProcessing, second_step, arrived);
  story.Row(Status::kFinished, "2025-03-07 15:02", arrived);
  return story;
}

TEST(DuplicateNumber, TheSameStoryWheneverItIsTold) {
  const Story one = Twin("2025-03-04 09:11", "2025-03-07 15:03");
  EXPECT_EQ(KeyOf(one), KeyOf(Twin("2025-03-04 09:11", "2025-03-20 02:00")));
  EXPECT_TRUE(KeyOf(one));
}

TEST(DuplicateNumber, NotAnotherStepProcedureOrUnit) {
  const Story one = Twin("2025-03-04 09:11", "2025-03-07 15:03");
  EXPECT_NE(KeyOf(one), KeyOf(Twin("2025-03-04 09:12", "2025-03-07 15:03")));
  EXPECT_NE(KeyOf(one), KeyOf(one, 8));
  EXPECT_NE(KeyOf(one), KeyOf(one, 7, 4));
}

TEST(DuplicateNumber, NotWhatTooLittleIsToldOf) {
  Story received;
  EXPECT_FALSE(KeyOf(received)) << "a batch is received in one second";
  received.Then(Status::kProcessing, "2025-03-03 09:00");
  EXPECT_FALSE(KeyOf(received)) << "and passed on in another";
}

// --- no_due_date (quirks 12, 16)

TEST(NoDueDateFinding, OnceReceived) {
  EXPECT_TRUE(Finds(Finding::kNoDueDate, Story()));
  Story dated;
  dated.Due("2025-03-10 17:00", "2025-03-03 08:00");
  EXPECT_FALSE(Finds(Finding::kNoDueDate, dated));
  Story submitted{Story::Empty()};
  submitted.Then(Status::kSubmitted, "2025-03-03 08:00");
  EXPECT_FALSE(Finds(Finding::kNoDueDate, submitted));
}

// --- due_longer_than_statutory

TEST(DueLonger, OfTheFirstPromiseByDays) {
  Story story;
  story.Due("2025-03-11 17:00", "2025-03-03 08:00");
  Asked asked;
  asked.statutory_due = At("2025-03-10 17:00");
  const Said said = Ask(Finding::kDueLongerThanStatutory, story, asked);
  ASSERT_EQ(said.proofs.size(), 1u);
  EXPECT_EQ(said.proofs[0].before, ProofValue(At("2025-03-10 17:00")));
  asked.thresholds.statutory_tolerance_days = 1;
  EXPECT_FALSE(Finds(Finding::kDueLongerThanStatutory, story, asked));
}

TEST(DueLonger, NotTheSameDayNorALaterPromiseNorAnUnknownTime) {
  Asked asked;
  asked.statutory_due = At("2025-03-10 11:30");
  Story same_day;
  same_day.Due("2025-03-10 17:00", "2025-03-03 08:00").Due("2025-03-20 17:00", "2025-03-09 08:00");
  EXPECT_FALSE(Finds(Finding::kDueLongerThanStatutory, same_day, asked));
  Story long_one;
  long_one.Due("2025-12-10 17:00", "2025-03-03 08:00");
  EXPECT_FALSE(Finds(Finding::kDueLongerThanStatutory, long_one)) << "no time is known";
}

// --- future_time (quirk 20: TiepNhanSauNgayHienTai, KetThucSauNgayHienTai)

TEST(FutureTimeFinding, OfAnyDateThatHadNotCome) {
  Story row;
  row.Row(Status::kProcessing, "2025-03-05 08:06", "2025-03-05 08:00");
  EXPECT_TRUE(Finds(Finding::kFutureTime, row));
  Story received{Story::Empty()};
  received.Snapshot(Status::kProcessing, "2025-03-05 08:00", "2025-03-05 08:00").received_at =
      At("2025-03-06 08:00");
  EXPECT_EQ(Ask(Finding::kFutureTime, received).proofs.at(0).fact, "received_at");
  Story end;
  end.Snapshot(Status::kProcessing, "2025-03-05 08:00", "2025-03-05 08:00").finished_at =
      At("2025-03-06 08:00");
  EXPECT_EQ(Ask(Finding::kFutureTime, end).proofs.at(0).fact, "finished_at");
}

TEST(FutureTimeFinding, NotAClockThatIsMinutesAheadNorADueDate) {
  Story story;
  story.Row(Status::kProcessing, "2025-03-05 08:05", "2025-03-05 08:00");
  story.Due("2025-03-20 17:00", "2025-03-05 08:00");
  EXPECT_FALSE(Finds(Finding::kFutureTime, story));
}

// --- end_before_receipt (quirk 20: KetThucHoSoTruocNgayNhan)

TEST(EndBeforeReceiptFinding, OnlyBefore) {
  Story story;
  Record(story, Status::kFinished, "", "2025-03-02 08:00", "2025-03-04 08:00");
  const Said said = Ask(Finding::kEndBeforeReceipt, story);
  ASSERT_EQ(said.proofs.size(), 1u);
  EXPECT_EQ(said.proofs[0].before, ProofValue(At("2025-03-03 08:00")));
  Story at_once;
  Record(at_once, Status::kFinished, "", "2025-03-03 08:00", "2025-03-03 08:00");
  EXPECT_FALSE(Finds(Finding::kEndBeforeReceipt, at_once));
}

// --- unknown_unit, unknown_procedure (quirk 8), blank_status (quirk 13)

TEST(UnknownFinding, WhatNoFileNames) {
  Story story;
  Entry& e = story.Snapshot(Status::kProcessing, "2025-03-04 08:00", "2025-03-04 08:00");
  e.unit = 5;
  e.procedure = 6;
  Asked asked;
  EXPECT_FALSE(Finds(Finding::kUnknownUnit, story, asked));
  EXPECT_FALSE(Finds(Finding::kUnknownProcedure, story, asked));
  asked.unit_known = asked.procedure_known = false;
  const Said unit = Ask(Finding::kUnknownUnit, story, asked);
  ASSERT_EQ(unit.proofs.size(), 1u);
  EXPECT_EQ(unit.proofs[0].entry, 1u) << "the statement that names it";
  EXPECT_EQ(unit.proofs[0].after, ProofValue(TextId{5}));
  EXPECT_EQ(Ask(Finding::kUnknownProcedure, story, asked).proofs.at(0).after, ProofValue(TextId{6}));
  EXPECT_FALSE(Finds(Finding::kUnknownProcedure, Story(), asked)) << "none is named";
}

TEST(BlankStatusFinding, OfARecordWithoutOne) {
  Story story;
  story.Snapshot(Status::kNone, "2025-03-04 08:00", "2025-03-04 08:00");
  EXPECT_TRUE(Finds(Finding::kBlankStatus, story));
  Story row;
  row.Row(Status::kNone, "2025-03-04 08:00", "2025-03-04 08:00");
  row.Snapshot(Status::kNone, "2025-03-05 08:00", "2025-03-05 08:00").status_sent = 9;
  EXPECT_FALSE(Finds(Finding::kBlankStatus, row));
}

// --- as they were first said

Instant FirstEnd(const Story& story) {
  const Case folded = story.Folded();
  std::vector<Entry> entries;
  WithFirstSaidDates(folded, story.entries(), entries);
  Case first;
  Fold(entries.empty() ? story.entries() : entries, kEndOfTime, first);
  return Judge(first, Rule::kForm06, At("2025-03-01 00:00"), At("2025-03-31 23:59"), std::nullopt, {})
      .ended_at.value();
}

TEST(FirstSaid, NothingIsUndoneWhereNothingMoved) {
  Story story;
  story.Due("2025-03-10 17:00", "2025-03-03 08:00");
  Record(story, Status::kFinished, "2025-03-10 17:00", "2025-03-07 08:00", "2025-03-07 08:01");
  std::vector<Entry> entries = {Entry()};
  EXPECT_TRUE(WithFirstSaidDates(story.Folded(), story.entries(), entries).empty());
  EXPECT_TRUE(entries.empty());
}

TEST(FirstSaid, TheFirstDueDateAndTheFirstEnd) {
  Story story;
  story.Due("2025-03-10 17:00", "2025-03-03 08:00").Due("2025-03-20 17:00", "2025-03-11 08:00");
  Record(story, Status::kFinished, "2025-03-20 17:00", "2025-03-12 08:00", "2025-03-12 08:01");
  Record(story, Status::kFinished, "2025-03-20 17:00", "2025-03-10 08:00", "2025-03-13 08:01");
  std::vector<Entry> entries;
  const Proofs undone = WithFirstSaidDates(story.Folded(), story.entries(), entries);
  Case first;
  Fold(entries, kEndOfTime, first);
  EXPECT_EQ(first.dues.size(), 1u);
  EXPECT_EQ(first.due(), At("2025-03-10 17:00"));
  EXPECT_EQ(FirstEnd(story), At("2025-03-12 08:00"));
  EXPECT_EQ(undone.size(), 4u) << "three due dates, one end";
}

TEST(FirstSaid, ARowSaysAnEndToo) {
  Story story;
  story.Then(Status::kFinished, "2025-03-12 08:00");
  Record(story, Status::kReturned, "", "2025-03-10 08:00", "2025-03-13 08:01").returned_at =
      At("2025-03-13 08:00");
  EXPECT_EQ(FirstEnd(story), At("2025-03-12 08:00"));
}

TEST(FirstSaid, AReopenedCaseEndsAnew) {
  Story story;
  story.Then(Status::kFinished, "2025-03-05 08:00")
      .Then(Status::kProcessing, "2025-03-06 08:00")
      .Then(Status::kFinished, "2025-03-12 08:00");
  EXPECT_EQ(FirstEnd(story), At("2025-03-12 08:00"));
  // A late row of before the end reopens nothing.
  Story late;
  late.Then(Status::kFinished, "2025-03-12 08:00");
  late.Row(Status::kProcessing, "2025-03-06 08:00", "2025-03-13 08:00");
  Record(late, Status::kFinished, "", "2025-03-10 08:00", "2025-03-14 08:00");
  EXPECT_EQ(FirstEnd(late), At("2025-03-12 08:00"));
}

// --- the table

TEST(FindingTable, NamesAreUniqueAndThresholdsAreSettings) {
  std::set<std::string_view> names;
  std::set<std::string_view> settings;
  for (const SettingRow& row : SettingTable()) settings.insert(row.name);
  for (const FindingRow& row : FindingTable()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_EQ(FindingNamed(row.name), row.finding);
    EXPECT_FALSE(row.title.empty() || row.sentence.empty()) << row.name;
    std::string_view rest = row.settings;
    while (!rest.empty()) {
      const std::string_view name = rest.substr(0, rest.find(' '));
      EXPECT_TRUE(settings.contains(name)) << name;
      rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    }
  }
  EXPECT_FALSE(FindingNamed("nothing"));
}

// Every row of the page is the one of the program.
TEST(FindingTable, StandsInTheDocumentation) {
  std::ifstream in(std::string(TTHC_SOURCE_DIR) + "/docs/findings.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  for (const FindingRow& row : FindingTable()) {
    std::string thresholds;
    for (const char c : row.settings) thresholds += c == ' ' ? std::string("`, `") : std::string(1, c);
    const std::string line = "| `" + std::string(row.name) + "` | " + std::string(row.title) + " | " +
                             std::string(NameOf(row.severity)) + " | " +
                             (thresholds.empty() ? "" : "`" + thresholds + "`") + " | " +
                             std::string(row.sentence) + " |\n";
    EXPECT_NE(page.find(line), std::string::npos) << "docs/findings.md lacks:\n" << line;
  }
}

}  // namespace
}  // namespace tthc
