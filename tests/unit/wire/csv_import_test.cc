#include "ingest/source/csv_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/unit/wire/temporary_file.h"

namespace tthc {
namespace {

using testing::HasSubstr;

constexpr uint64_t kKey = 42;
constexpr std::string_view kForm = R"(
name = "test"
date_format = "wire"
time_zone = "Europe/Amsterdam"
)";

CsvMapping Mapping(const std::string& rest) {
  const Result<CsvMapping> mapping = ParseCsvMapping(std::string(kForm) + rest, "m.toml");
  EXPECT_TRUE(mapping) << mapping.error().message;
  return mapping ? *mapping : CsvMapping();
}

ImportBatch Import(const CsvMapping& mapping, const std::string& csv) {
  const TemporaryFile file(csv);
  Result<CsvImport> import = CsvImport::Open(file.path(), mapping, kKey);
  EXPECT_TRUE(import) << import.error().message;
  ImportBatch all;
  if (!import) return all;
  for (ImportBatch batch;;) {
    const Result<bool> more = import->Next(batch, 2);  // small: batches must not matter
    EXPECT_TRUE(more);
    if (!more || !*more) return all;
    for (Statement& s : batch.statements) all.statements.push_back(std::move(s));
    for (Rejected& r : batch.rejected) all.rejected.push_back(std::move(r));
  }
}

const char* const kCase = R"(
layout = "case"
recorded = "latest"
[columns]
case_id = "id"
received = "opened"
due = "target"
finished = "closed"
[status]
column = "state"
values = { Closed = 9, Waiting = 5 }
dated_by = { "5" = "received" }
[channel]
column = "source"
values = { App = 2 }
default = 1
[procedure]
column = "type"
slug = true
[unit]
column = "dept"
prefix = "B01."
values = { "No Q" = "NOQ" }
)";
const std::string kHeader = "id,opened,target,closed,state,source,type,dept\n";

TEST(CsvImport, ARowIsACase) {
  const ImportBatch all =
      Import(Mapping(kCase), kHeader +
                                 "c1,2015-01-01 08:00:00,2015-01-05,2015-01-04 "
                                 "09:00:00,Closed,App,\"Lights, Street\",No Q\n");
  ASSERT_EQ(all.statements.size(), 1u) << all.rejected.at(0).reason;
  const Statement& s = all.statements[0];
  EXPECT_EQ(s.case_id, "c1");
  EXPECT_EQ(s.kind, StatementKind::kSnapshot);
  EXPECT_EQ(s.status, Status::kFinished);
  EXPECT_EQ(s.status_sent, 9);
  EXPECT_EQ(s.dated_by, DatedBy::kOwnField);
  EXPECT_EQ(s.event, *ParseInstant("2015-01-04T09:00:00+01:00"));
  EXPECT_EQ(s.recorded, s.event) << "the due date says nothing about when the row was known";
  EXPECT_EQ(s.received_at, *ParseInstant("2015-01-01T08:00:00+01:00"));
  EXPECT_EQ(s.due_at, *ParseInstant("2015-01-05T23:59:59+01:00"));
  EXPECT_EQ(s.channel, 2);
  EXPECT_EQ(s.procedure, "lights-street");
  EXPECT_EQ(s.unit, "B01.NOQ");
  EXPECT_EQ(s.position, 2u);
  EXPECT_NE(s.identity, 0u);
}

TEST(CsvImport, AConstantCanSayWhenTheFileWasKnown) {
  std::string text = kCase;
  text.replace(text.find("\"latest\""), 8, "\"2016-01-12T23:00:00-05:00\"");
  const ImportBatch all = Import(Mapping(text), kHeader + "c1,2015-01-01 08:00:00,,,Waiting,,,\n");
  ASSERT_EQ(all.statements.size(), 1u);
  EXPECT_EQ(all.statements[0].recorded, *ParseInstant("2016-01-12T23:00:00-05:00"));
  EXPECT_EQ(all.statements[0].event, *ParseInstant("2015-01-01T08:00:00+01:00"));
  EXPECT_EQ(all.statements[0].channel, 1);
}

TEST(CsvImport, EveryBadRowIsNamedByLineAndColumn) {
  const ImportBatch all = Import(Mapping(kCase), kHeader +
                                                     ",2015-01-01,,,Waiting,,,\n"
                                                     "c2,2015-02-30,,,Waiting,,,\n"
                                                     "c3,2015-01-01,,,Lost,,,\n"
                                                     "c4,2015-01-01,,,Closed,,,\n"
                                                     "c5,2015-01-01,,,Waiting,,,Parks & Co\n"
                                                     "c6,2015-01-01\n"
                                                     "\"c7\"x,2015-01-01,,,Waiting,,,\n"
                                                     "c8,2015-01-01,,,Waiting,,,PWDx\n");
  ASSERT_EQ(all.statements.size(), 1u);
  EXPECT_EQ(all.statements[0].case_id, "c8");
  struct Expected {
    uint32_t line;
    const char* code;
    const char* field;
  };
  const Expected expected[] = {{2, "missing_case_id", "id"},
                               {3, "bad_date", "opened"},
                               {4, "unknown_value", "state"},
                               {5, "missing_event_time", "closed"},
                               {6, "bad_code", "dept"},
                               {7, "bad_line", ""},
                               {8, "bad_line", ""}};
  ASSERT_EQ(all.rejected.size(), std::size(expected));
  for (size_t i = 0; i < std::size(expected); ++i) {
    EXPECT_EQ(all.rejected[i].position, expected[i].line);
    EXPECT_EQ(all.rejected[i].code, expected[i].code) << all.rejected[i].reason;
    EXPECT_EQ(all.rejected[i].field, expected[i].field) << all.rejected[i].reason;
  }
  EXPECT_EQ(all.rejected[1].reason, "opened \"2015-02-30\" is no day of the calendar");
}

const char* const kEvent = R"(
layout = "event"
recorded = "latest"
[columns]
case_id = "id"
received = "start"
finished = "end"
[status]
with_finished = 9
default = 4
dated_by = { "4" = "received" }
[event]
time = "at"
step = "step"
officer = "who"
values = { ask = 5 }
default = 4
first = 2
last = 10
)";
const std::string kEventHeader = "id,start,end,at,step,who\n";

TEST(CsvImport, RowsAreTheStepsOfACase) {
  const ImportBatch all =
      Import(Mapping(kEvent), kEventHeader +
                                  "a,2015-01-01,,2015-01-01 10:00:00,in,R1\n"
                                  "a,2015-01-01,,2015-01-02 10:00:00,ask,R2\n"
                                  "a,2015-01-01,,2015-01-03 10:00:00,ask,R1\n"
                                  "b,2015-01-05,2015-01-09,2015-01-05 10:00:00,in,R1\n");
  std::vector<std::string> said;
  for (const Statement& s : all.statements) {
    said.push_back(s.case_id + (s.kind == StatementKind::kSnapshot ? " case " : " step ") +
                   std::to_string(static_cast<int>(s.status)));
  }
  // One row only: it is first and last, and what the first means counts.
  EXPECT_THAT(said, testing::ElementsAre("a case 4", "a step 2", "a step 5", "a step 10",
                                         "b case 9", "b step 2"));
  EXPECT_EQ(all.statements[1].event, *ParseInstant("2015-01-01T10:00:00+01:00"));
  EXPECT_EQ(all.statements[1].status_sent, 2);
  EXPECT_EQ(all.statements[1].officer, all.statements[3].officer);
  EXPECT_NE(all.statements[1].officer, all.statements[2].officer);
  EXPECT_EQ(all.statements[4].event, *ParseInstant("2015-01-09T00:00:00+01:00"));
}

TEST(CsvImport, OnlyListedStepsKeepTheirNames) {
  const ImportBatch all =
      Import(Mapping(std::string(kEvent) + "named = [\"in\", \"t\u1ea1m d\u1eebng\"]\n"),
             kEventHeader +
                 "a,2015-01-01,,2015-01-01 10:00:00, in ,R1\n"
                 "a,2015-01-01,,2015-01-02 10:00:00,ta\u0323m du\u031b\u0300ng,R2\n"
                 "a,2015-01-01,,2015-01-03 10:00:00,called Mrs. Jansen,R1\n");
  ASSERT_EQ(all.statements.size(), 4u);
  std::vector<std::string> steps;
  for (const Statement& s : all.statements) steps.push_back(s.step);
  EXPECT_THAT(steps, testing::ElementsAre("", "in", "t\u1ea1m d\u1eebng", ""));
}

TEST(CsvImport, ACaseWhoseDatesChangeIsSaidAgain) {
  const ImportBatch all =
      Import(Mapping(kEvent), kEventHeader +
                                  "a,2015-01-01,,2015-01-01 10:00:00,in,R1\n"
                                  "a,2015-01-01,2015-01-02,2015-01-02 10:00:00,x,R1\n");
  ASSERT_EQ(all.statements.size(), 4u);
  EXPECT_EQ(all.statements[0].status, Status::kProcessing);
  EXPECT_EQ(all.statements[1].status, Status::kFinished);
}

TEST(CsvImport, RowsThatDoNotStandTogetherAreRejected) {
  const ImportBatch all = Import(Mapping(kEvent), kEventHeader +
                                                      "a,2015-01-01,,2015-01-01 10:00:00,in,R1\n"
                                                      "b,2015-01-01,,2015-01-01 10:00:00,in,R1\n"
                                                      "a,2015-01-01,,2015-01-02 10:00:00,x,R1\n");
  ASSERT_EQ(all.rejected.size(), 1u);
  EXPECT_EQ(all.rejected[0].position, 4u);
  EXPECT_THAT(all.rejected[0].reason, HasSubstr("do not stand together"));
  EXPECT_EQ(all.rejected[0].case_id, "a");
}

TEST(CsvImport, FilesThatDoNotFitTheMappingAreRefusedAtOnce) {
  const TemporaryFile other("id,opened,closed\n");
  const auto import = CsvImport::Open(other.path(), Mapping(kCase), kKey);
  ASSERT_FALSE(import);
  EXPECT_EQ(import.error().message, other.path() +
                                        ":1: the header lacks the columns \"target\", \"state\", "
                                        "\"source\", \"type\", \"dept\"");
  const TemporaryFile empty("");
  EXPECT_THAT(CsvImport::Open(empty.path(), Mapping(kCase), kKey).error().message,
              HasSubstr("the file is empty"));
  CsvMapping zone = Mapping(kCase);
  zone.time_zone = "Nowhere";
  EXPECT_THAT(CsvImport::Open(other.path(), zone, kKey).error().message,
              HasSubstr("unknown time zone"));
}

TEST(CsvMapping, EveryProblemIsToldWithItsLine) {
  const Result<CsvMapping> mapping = ParseCsvMapping(R"(name = "x"
layout = "rows"
date_format = "wire"
time_zone = "Asia/Ho_Chi_Minh"
recorded = "sometime"
delimiter = ",,"
[columns]
case_id = "id"
[status]
default = 11
dated_by = { "4" = "opened", "x" = "due" }
values = { Closed = 0 }
colour = "red"
[channel]
values = { App = 4 }
)",
                                                     "m.toml");
  ASSERT_FALSE(mapping);
  for (const char* part :
       {"m.toml:2:", "layout is \"rows\"", "m.toml:5:", "m.toml:6:", "received",
        "m.toml:10:", "default is 11, outside 1 to 10", "\"opened\" is no date",
        "\"x\" is no status", "Closed is 0", "colour", "App is 4, outside 1 to 3", "column"}) {
    EXPECT_THAT(mapping.error().message, HasSubstr(part));
  }
  const Result<CsvMapping> named = ParseCsvMapping(
      std::string(kForm) + kEvent + "named = [\"Check\", \"" + std::string(101, 'x') + "\"]\n",
      "m.toml");
  ASSERT_FALSE(named);
  EXPECT_THAT(named.error().message, HasSubstr("in named is over 100 bytes"));
  std::string many = "named = [";
  for (int i = 0; i <= 1000; ++i) many += "\"" + std::to_string(i) + "\",";
  const Result<CsvMapping> free = ParseCsvMapping(std::string(kForm) + kEvent + many + "]\n", "m.toml");
  ASSERT_FALSE(free);
  EXPECT_THAT(free.error().message, HasSubstr("named has more than 1000 steps"));
  EXPECT_FALSE(LoadCsvMapping("/nonexistent/m.toml"));
}

TEST(ShippedMapping, BostonAgreesWithTheCitysOwnFlags) {
  const Result<CsvMapping> mapping =
      LoadCsvMapping(TTHC_SOURCE_DIR "/ingest/source/mappings/boston311.toml");
  ASSERT_TRUE(mapping) << mapping.error().message;
  const std::string file = TTHC_TESTDATA "/boston311_2015_h1.csv.gz";

  std::map<std::string, std::string> flags;
  CsvReader plain(*ByteSource::Open(file), ',', {});
  constexpr size_t kFlagColumn = 4;
  for (CsvRow row; *plain.Next(row);) flags[row.fields[0]] = row.fields[kFlagColumn];

  Result<CsvImport> import = CsvImport::Open(file, *mapping, kKey);
  ASSERT_TRUE(import) << import.error().message;
  const Instant cut_off = *ParseInstant("2016-01-12T23:00:00-05:00");
  size_t cases = 0;
  size_t compared = 0;
  size_t equal = 0;
  for (ImportBatch batch; *import->Next(batch, 1000);) {
    EXPECT_TRUE(batch.rejected.empty()) << batch.rejected[0].reason;
    for (const Statement& s : batch.statements) {
      ++cases;
      const std::string& flag = flags.at(s.case_id);
      if (!s.due_at || flag.empty()) continue;
      ++compared;
      const bool in_time = s.finished_at.value_or(cut_off) <= *s.due_at;
      equal += in_time == (flag == "ONTIME");
    }
  }
  EXPECT_EQ(cases, 58'119u);
  EXPECT_EQ(compared, 43'490u) << "43,592 have a target, 102 of them no flag";
  EXPECT_EQ(equal, compared);
  EXPECT_EQ(import->progress().bytes_read, import->progress().bytes_total);
  EXPECT_EQ(import->progress().rows, 58'119u);
}

TEST(ShippedMapping, ReceiptLoads) {
  const Result<CsvMapping> mapping =
      LoadCsvMapping(TTHC_SOURCE_DIR "/ingest/source/mappings/receipt.toml");
  ASSERT_TRUE(mapping) << mapping.error().message;
  ASSERT_TRUE(mapping->event);
  EXPECT_EQ(mapping->event->first, Status::kReceived);
}

}  // namespace
}  // namespace tthc
