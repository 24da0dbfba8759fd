// The facts of a case, each by the smallest case that has it and its nearest that has it not.
#include "metrics/indicators/facts.h"

#include <gtest/gtest.h>

#include <vector>

namespace tthc {
namespace {

const Instant kBegin = ParseInstant("2025-03-03T08:00:00+07:00").value();

Procedure ProcedureWith(bool returns_document, bool has_fee) {
  Procedure procedure;
  procedure.code = "1.000001";
  procedure.returns_document = returns_document;
  procedure.has_fee = has_fee;
  return procedure;
}
const Procedure kPlain = ProcedureWith(true, false);
const Procedure kNoDocument = ProcedureWith(false, false);
const Procedure kFee = ProcedureWith(true, true);

FactSet FactsWith(uint32_t flags, uint8_t channel, const Procedure* procedure, CaseLinks links) {
  Case c;
  c.flags = flags;
  c.channel = channel;
  return FactsOf(c, procedure, links, {});
}

struct Row {
  const char* name;
  Fact fact;
  bool holds;
  uint32_t flags;
  uint8_t channel;
  const Procedure* procedure;
  CaseLinks links;
};
const Row kRows[] = {
    {"channel 2", Fact::kOnline, true, 0, 2, &kPlain, 0},
    {"channel 1", Fact::kOnline, false, 0, 1, &kPlain, 0},
    {"no channel", Fact::kOnline, false, 0, 0, &kPlain, 0},
    {"documented", Fact::kDocumented, true, 0, 0, &kPlain, 0},
    {"not documented", Fact::kDocumented, false, 0, 0, &kNoDocument, 0},
    {"unknown procedure", Fact::kDocumented, true, 0, 0, nullptr, 0},
    {"link and code", Fact::kEResult, true, kHasElectronicResult | kHasResultCode, 0, &kPlain, 0},
    {"link alone", Fact::kEResult, false, kHasElectronicResult, 0, &kPlain, 0},
    {"code alone", Fact::kEResult, false, kHasResultCode, 0, &kPlain, 0},
    {"not due", Fact::kEResult, false, kHasElectronicResult | kHasResultCode, 0, &kNoDocument, 0},
    {"file and result", Fact::kDigitised, true, kHasSubmittedFile | kHasElectronicResult, 0,
     &kPlain, 0},
    {"file alone", Fact::kDigitised, false, kHasSubmittedFile, 0, &kPlain, 0},
    {"file, no document due", Fact::kDigitised, true, kHasSubmittedFile, 0, &kNoDocument, 0},
    {"result alone", Fact::kDigitised, false, kHasElectronicResult, 0, &kPlain, 0},
    {"part", Fact::kDigitisedPart, true, kHasDigitisedPart, 0, &kPlain, 0},
    {"file is no part", Fact::kDigitisedPart, false, kHasSubmittedFile, 0, &kPlain, 0},
    {"reused", Fact::kReused, true, kHasReusedPart, 0, &kPlain, 0},
    {"stored is not reused", Fact::kReused, false, kFromPersonalStore, 0, &kPlain, 0},
    {"stored", Fact::kStored, true, kFromPersonalStore, 0, &kPlain, 0},
    {"VNeID", Fact::kPopulation, true, kVneidVerified, 0, &kPlain, 0},
    {"from the store", Fact::kPopulation, true, kFromPersonalStore, 0, &kPlain, 0},
    {"a database", Fact::kPopulation, true, kUsesPopulationData, 0, &kPlain, 0},
    {"none of the three", Fact::kPopulation, false, kHasReusedPart, 0, &kPlain, 0},
    {"online with result", Fact::kOnlineComplete, true, kHasElectronicResult | kHasResultCode, 2,
     &kPlain, 0},
    {"online without", Fact::kOnlineComplete, false, 0, 2, &kPlain, 0},
    {"online, none due", Fact::kOnlineComplete, true, 0, 2, &kNoDocument, 0},
    {"at the counter", Fact::kOnlineComplete, false, kHasElectronicResult | kHasResultCode, 1,
     &kPlain, 0},
    {"fee", Fact::kFee, true, 0, 0, &kFee, 0},
    {"fee of nought", Fact::kFee, false, kHasFeeLine, 0, &kFee, 0},
    {"one line not nought", Fact::kFee, true, kHasFeeLine | kHasNonZeroFee, 0, &kFee, 0},
    {"no fee in law", Fact::kFee, false, kHasFeeLine | kHasNonZeroFee, 0, &kPlain, 0},
    {"fee of an unknown procedure", Fact::kFee, false, kHasFeeLine | kHasNonZeroFee, 0, nullptr, 0},
    {"fee told", Fact::kFeeTold, true, kHasFeeLine | kHasNonZeroFee, 0, &kFee, 0},
    {"fee not told", Fact::kFeeTold, false, 0, 0, &kFee, 0},
    {"national gateway", Fact::kPaidOnline, true, kPaidOnNationalGateway, 0, &kFee, 0},
    {"local gateway", Fact::kPaidOnline, true, kPaidOnLocalGateway, 0, &kFee, 0},
    {"by the register", Fact::kPaidOnline, true, 0, 0, &kFee, kLinkPaidOnline},
    {"not paid", Fact::kPaidOnline, false, 0, 0, &kFee, kLinkComplained},
    {"paid without a fee", Fact::kPaidOnline, false, kPaidOnNationalGateway, 0, &kPlain, 0},
    {"complained", Fact::kTroubled, true, 0, 0, &kPlain, kLinkComplained},
    {"disliked", Fact::kTroubled, true, 0, 0, &kPlain, kLinkDisliked},
    {"paid only", Fact::kTroubled, false, 0, 0, &kPlain, kLinkPaidOnline},
};

TEST(Facts, EachByItsSmallestCase) {
  for (const Row& row : kRows) {
    const FactSet facts = FactsWith(row.flags, row.channel, row.procedure, row.links);
    EXPECT_EQ((facts & BitOf(row.fact)) != 0, row.holds) << NameOf(row.fact) << ": " << row.name;
  }
}

TEST(Facts, EveryOneHasAName) {
  for (size_t i = 0; i < kFactCount; ++i) {
    const auto fact = static_cast<Fact>(i);
    EXPECT_EQ(FactNamed(NameOf(fact)), fact);
  }
  EXPECT_FALSE(FactNamed("nothing of the kind").has_value());
}

// --- synchronised in time: one day after it happened, unless another policy is given

StatusRow Step(Status status, int64_t happened_hours, int64_t told_hours, bool implied = false) {
  return {kBegin + happened_hours * kMicrosPerHour, kBegin + told_hours * kMicrosPerHour, status, 0,
          implied};
}

bool InTime(std::vector<StatusRow> rows, FactPolicy policy = {}, bool synchronised = true) {
  Case c;
  c.synchronised = synchronised;
  c.rows = std::move(rows);
  return (FactsOf(c, &kPlain, 0, policy) & BitOf(Fact::kSyncedInTime)) != 0;
}

TEST(SyncedInTime, AStepToldADayLaterIsInTimeAndAMicrosecondMoreIsNot) {
  EXPECT_TRUE(InTime({Step(Status::kProcessing, 0, 24)}));
  StatusRow late = Step(Status::kProcessing, 0, 24);
  late.recorded = late.recorded + 1;
  EXPECT_FALSE(InTime({late}));
  EXPECT_TRUE(InTime({late}, {.sync_in_time_us = 25 * kMicrosPerHour}));
}

TEST(SyncedInTime, OneLateStepAmongTimelyOnesIsLate) {
  EXPECT_FALSE(InTime({Step(Status::kReceived, 0, 1), Step(Status::kProcessing, 2, 50),
                       Step(Status::kFinished, 60, 61)}));
}

TEST(SyncedInTime, AStepToldAgainLaterWasToldInTime) {
  EXPECT_TRUE(InTime({Step(Status::kFinished, 0, 1), Step(Status::kFinished, 0, 500)}));
  EXPECT_TRUE(InTime({Step(Status::kFinished, 0, 500), Step(Status::kFinished, 0, 1)}));
  EXPECT_FALSE(InTime({Step(Status::kFinished, 0, 500), Step(Status::kProcessing, 0, 1)}));
}

TEST(SyncedInTime, AnEndToldOnlyByTheReturnDaysLaterIsLate) {
  EXPECT_FALSE(InTime({Step(Status::kFinished, 0, 100, true), Step(Status::kReturned, 100, 100)}));
  EXPECT_TRUE(InTime({Step(Status::kFinished, 0, 1), Step(Status::kFinished, 0, 100, true),
                      Step(Status::kReturned, 100, 100)}));
}

TEST(SyncedInTime, ProgressRowsAloneAreNotSynchronised) {
  EXPECT_FALSE(InTime({Step(Status::kProcessing, 0, 0)}, {}, false));
}

// --- with the verdict

TEST(WithVerdict, AddsWhatTheVerdictDecides) {
  const FactSet troubled = BitOf(Fact::kTroubled);
  const FactSet all = BitOf(Fact::kAll);
  const FactSet timely = all | BitOf(Fact::kOnTime);
  EXPECT_EQ(WithVerdict(0, CaseState::kResolvedOnTime), timely | BitOf(Fact::kContent));
  EXPECT_EQ(WithVerdict(0, CaseState::kPendingInTime), timely | BitOf(Fact::kContent));
  EXPECT_EQ(WithVerdict(troubled, CaseState::kResolvedEarly), timely | troubled);
  EXPECT_EQ(WithVerdict(0, CaseState::kResolvedLate), all);
  EXPECT_EQ(WithVerdict(0, CaseState::kPendingLate), all);
  EXPECT_EQ(WithVerdict(troubled, CaseState::kOutside), 0u);
}

}  // namespace
}  // namespace tthc
