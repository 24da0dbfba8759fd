// The paths of cases, what they add up to, and the event log as text.
#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "metrics/process/event_log.h"
#include "metrics/process/path.h"
#include "metrics/process/tally.h"
#include "tests/unit/case/case_testing.h"

namespace tthc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kCutOff = "2025-03-31 23:59:59";
constexpr TextId kCheck = 7;
constexpr TextId kPrint = 8;

// Monday to Friday, 08:00 to 12:00 and 13:00 to 17:00.
std::shared_ptr<const WorkCalendar> PlainCalendar() {
  WorkCalendar::Definition definition;
  definition.version = "plain";
  const Session morning{8 * kMicrosPerHour, 12 * kMicrosPerHour};
  const Session afternoon{13 * kMicrosPerHour, 17 * kMicrosPerHour};
  for (int day = 0; day < 5; ++day) definition.weekly[day] = {morning, afternoon};
  definition.horizon = DayOf(CivilDate{2030, 12, 31});
  return WorkCalendar::Build(std::move(definition)).value();
}
const WorkCalendar& Plain() {
  static const auto calendar = PlainCalendar();
  return *calendar;
}

Path PathBy(const Story& story, const std::string& cut_off = kCutOff) {
  Path path;
  PathOf(story.Folded(), story.entries(), story.Judged(Rule::kQd766, cut_off), At(cut_off), path);
  return path;
}

// "received 03-03 08:00 - 03-04 08:00" of each step; a name as "#7".
std::vector<std::string> Shown(const Path& path) {
  const auto at = [](Instant t) { return FormatInstant(t).substr(5, 11); };
  std::vector<std::string> shown;
  for (const PathStep& step : path.steps) {
    const std::string name = step.key.name != 0 ? "#" + std::to_string(step.key.name)
                                                : std::string(CodeOf(step.key.status));
    shown.push_back(name + " " + at(step.event) + " - " + at(step.until));
  }
  return shown;
}

// --- paths

TEST(Path, RowsOfOneStatusAreOneStep) {
  Story story;
  story.Then(Status::kReceived, "2025-03-03 09:00")
      .Then(Status::kProcessing, "2025-03-04 08:00")
      .Then(Status::kProcessing, "2025-03-05 08:00")
      .Then(Status::kFinished, "2025-03-06 10:00")
      .Then(Status::kReturned, "2025-03-07 15:00");
  const Path path = PathBy(story);
  EXPECT_THAT(Shown(path), ElementsAre("received 03-03T08:00 - 03-04T08:00",
                                       "processing 03-04T08:00 - 03-06T10:00",
                                       "finished 03-06T10:00 - 03-07T15:00",
                                       "returned 03-07T15:00 - 03-07T15:00"));
  EXPECT_FALSE(path.open);
}

TEST(Path, TheLastStepOfAnOpenCaseLastsUntilTheCutOff) {
  Story story;
  story.Then(Status::kProcessing, "2025-03-04 08:00").Then(Status::kFinished, "2025-03-20 08:00");
  const Path path = PathBy(story, "2025-03-10 12:00");
  EXPECT_THAT(Shown(path), ElementsAre("received 03-03T08:00 - 03-04T08:00",
                                       "processing 03-04T08:00 - 03-10T12:00"));
  EXPECT_TRUE(path.open);
}

TEST(Path, AStepEnteredAgainStandsTwice) {
  Story story;
  story.Then(Status::kProcessing, "2025-03-04 08:00")
      .Then(Status::kSupplement, "2025-03-05 08:00")
      .Then(Status::kProcessing, "2025-03-06 08:00")
      .Then(Status::kFinished, "2025-03-07 08:00");
  EXPECT_EQ(PathBy(story).steps.size(), 5u);
}

TEST(Path, BeginsWithTheReceiptWhereEveryRowLiesAhead) {
  Story story{Story::Empty()};
  story.Row(Status::kProcessing, "2025-03-20 08:00", "2025-03-03 08:00");
  story.Snapshot(Status::kNone, "2025-03-03 08:00", "2025-03-03 08:00").received_at =
      At("2025-03-03 08:00");
  const Path path = PathBy(story, "2025-03-10 12:00");
  EXPECT_THAT(Shown(path), ElementsAre("received 03-03T08:00 - 03-10T12:00"));
}

TEST(Path, ALogOfItsOwnStepsKeepsEachRowAndNoOther) {
  Story story;
  story.Row(Status::kReceived, "2025-03-03 09:00", "2025-03-03 09:00").step = kCheck;
  story.Row(Status::kProcessing, "2025-03-04 09:00", "2025-03-04 09:00").step = kCheck;
  story.Row(Status::kProcessing, "2025-03-05 09:00", "2025-03-05 09:00").step = kPrint;
  Entry& end = story.Snapshot(Status::kFinished, "2025-03-06 10:00", "2025-03-06 10:00");
  end.finished_at = At("2025-03-06 10:00");
  const Path path = PathBy(story);
  EXPECT_THAT(Shown(path), ElementsAre("#7 03-03T09:00 - 03-04T09:00", "#7 03-04T09:00 - 03-05T09:00",
                                       "#8 03-05T09:00 - 03-06T10:00"));
  EXPECT_EQ(path.steps[0].key, path.steps[1].key) << "whatever statuses the mapping gave them";
  EXPECT_FALSE(path.open);
}

TEST(Path, KindsOfSteps) {
  const auto of_kind = [](StepKind kind) {
    std::string codes;
    for (int s = 1; s < kStatusCount; ++s) {
      if (KindOf(static_cast<Status>(s)) == kind) codes += std::to_string(s) + " ";
    }
    return codes;
  };
  EXPECT_EQ(of_kind(StepKind::kWorking), "1 2 4 ");
  EXPECT_EQ(of_kind(StepKind::kWaiting), "5 6 ");
  EXPECT_EQ(of_kind(StepKind::kClosed), "3 7 8 9 10 ");
}

RC_GTEST_PROP(Path, TimesAddUpFromTheFirstStepToTheEnd, ()) {
  Story story;
  const int rows = *rc::gen::inRange(0, 12);
  for (int i = 0; i < rows; ++i) {
    const auto status = static_cast<Status>(*rc::gen::inRange(1, kStatusCount));
    Entry& row = story.Row(status, "2025-03-03 08:00", "2025-03-03 08:00");
    row.event = At("2025-03-03 08:00") + *rc::gen::inRange(0, 40 * 24) * kMicrosPerHour;
    row.recorded = row.event + 1 + i;
  }
  const Instant cut_off = At(kCutOff);
  const Verdict verdict = story.Judged(Rule::kQd766, kCutOff);
  RC_PRE(verdict.state != CaseState::kOutside);
  const Path path = PathBy(story);
  std::vector<int64_t> times;
  TimesOf(path, Plain(), times);
  int64_t sum = 0;
  for (const int64_t time : times) {
    RC_ASSERT(time >= 0);
    sum += time;
  }
  // An ended case takes no more time once it is at its last step; an open one until the cut-off.
  const Instant end = path.open ? cut_off : path.steps.back().event;
  RC_ASSERT(sum == Plain().WorkingTime(path.steps.front().event, end));
  RC_ASSERT(path.open == IsPending(verdict.state));
}

// --- sums

ProcessFigures Tallied(const std::vector<Story>& stories, const std::string& cut_off = kCutOff) {
  ProcessTally tally;
  for (const Story& story : stories) {
    EXPECT_TRUE(tally.Add(PathBy(story, cut_off), Plain()).has_value());
  }
  return std::move(tally).Finish([](TextId name) { return "step " + std::to_string(name); });
}

// Received on Monday at 8; worked on from Tuesday, finished on Wednesday at 10.
Story Straight() {
  Story story;
  story.Then(Status::kProcessing, "2025-03-04 08:00").Then(Status::kFinished, "2025-03-05 10:00");
  return story;
}
// … asked on Wednesday, answered on Friday, finished on Friday at 17.
Story Asked() {
  Story story;
  story.Then(Status::kProcessing, "2025-03-04 08:00")
      .Then(Status::kSupplement, "2025-03-05 08:00")
      .Then(Status::kProcessing, "2025-03-07 08:00")
      .Then(Status::kFinished, "2025-03-07 17:00");
  return story;
}
// … finished on Wednesday, reopened on Thursday, asked on Friday at 8: open.
Story Reopened() {
  Story story = Straight();
  story.Then(Status::kProcessing, "2025-03-06 10:00").Then(Status::kSupplement, "2025-03-07 08:00");
  return story;
}

const StepFigures& StepNamed(const ProcessFigures& figures, std::string_view name) {
  for (const StepFigures& step : figures.steps) {
    if (step.name == name) return step;
  }
  ADD_FAILURE() << "no step " << name;
  return figures.steps.front();
}

TEST(Tally, CountsByHand) {
  const ProcessFigures f =
      Tallied({Straight(), Asked(), Straight(), Reopened()}, "2025-03-07 12:00");
  EXPECT_EQ(f.cases, 4u);
  EXPECT_EQ(f.open, 2u) << "the one that was asked is at work again at noon";
  EXPECT_EQ(f.events, 3u + 4u + 3u + 5u);
  EXPECT_EQ(f.rework_cases, 2u);
  // 4 × 8 h of receipt; work 10 + 8 + 4 + 10 + 10 + 6 h; waiting 16 + 4 h; closed 8 h.
  EXPECT_EQ(f.total_us[static_cast<size_t>(StepKind::kWorking)], 80 * kMicrosPerHour);
  EXPECT_EQ(f.total_us[static_cast<size_t>(StepKind::kWaiting)], 20 * kMicrosPerHour);
  EXPECT_EQ(f.total_us[static_cast<size_t>(StepKind::kClosed)], 8 * kMicrosPerHour);
  EXPECT_EQ(f.handling->median_us, 18 * kMicrosPerHour);

  ASSERT_EQ(f.steps.size(), 4u);
  const StepFigures& work = StepNamed(f, "Đang xử lý");
  EXPECT_EQ(work.entered, 6u);
  EXPECT_EQ(work.cases, 4u);
  EXPECT_EQ(work.again, 2u);
  EXPECT_EQ(work.again_cases, 2u);
  EXPECT_EQ(work.total_us, 48 * kMicrosPerHour);
  EXPECT_EQ(work.again_us, (4 + 6) * kMicrosPerHour);
  EXPECT_EQ(work.each->median_us, 8 * kMicrosPerHour);
  EXPECT_EQ(work.each->p90_us, 10 * kMicrosPerHour);
  EXPECT_EQ(work.open, 1u);
  EXPECT_EQ(work.open_us, 4 * kMicrosPerHour);
  EXPECT_EQ(work.open_since, At("2025-03-07 08:00"));
  const StepFigures& asked = StepNamed(f, "Yêu cầu bổ sung giấy tờ");
  EXPECT_EQ(asked.open, 1u);
  EXPECT_EQ(asked.open_since, At("2025-03-07 08:00"));
  EXPECT_EQ(StepNamed(f, "Được tiếp nhận").again, 0u);
}

TEST(Tally, VariantsAndTransitionsComeMostFrequentFirst) {
  const ProcessFigures f = Tallied({Asked(), Straight(), Reopened(), Straight()});
  ASSERT_EQ(f.variants.size(), 3u);
  const auto names = [&](const VariantFigures& variant) {
    std::string text;
    for (const uint32_t step : variant.steps) text += f.steps[step].name + "; ";
    return text;
  };
  EXPECT_EQ(names(f.variants[0]), "Được tiếp nhận; Đang xử lý; Đã xử lý xong; ");
  EXPECT_EQ(f.variants[0].cases, 2u);
  EXPECT_EQ(f.variants[0].ended, 2u);
  EXPECT_EQ(f.variants[0].handling->p90_us, 18 * kMicrosPerHour);
  // One each: by the places of their steps, work before a request before the end.
  EXPECT_EQ(f.variants[1].steps[2], 2u);
  EXPECT_EQ(f.variants[2].steps[2], 3u);
  EXPECT_EQ(f.variants[1].ended, 1u);
  EXPECT_EQ(f.variants[2].ended, 0u);
  EXPECT_FALSE(f.variants[2].handling.has_value());

  const TransitionFigures& first = f.transitions.front();
  EXPECT_EQ(f.steps[first.from].name, "Được tiếp nhận");
  EXPECT_EQ(f.steps[first.to].name, "Đang xử lý");
  EXPECT_EQ(first.count, 4u);
  EXPECT_EQ(first.total_us, 32 * kMicrosPerHour);
}

TEST(Tally, TheOrderOfCasesDoesNotShow) {
  const ProcessFigures a = Tallied({Straight(), Asked(), Reopened()});
  const ProcessFigures b = Tallied({Reopened(), Asked(), Straight()});
  ASSERT_EQ(a.variants.size(), b.variants.size());
  for (size_t i = 0; i < a.variants.size(); ++i) EXPECT_EQ(a.variants[i].steps, b.variants[i].steps);
  for (size_t i = 0; i < a.steps.size(); ++i) EXPECT_EQ(a.steps[i].name, b.steps[i].name);
  for (size_t i = 0; i < a.transitions.size(); ++i) {
    EXPECT_EQ(a.transitions[i].from, b.transitions[i].from);
    EXPECT_EQ(a.transitions[i].to, b.transitions[i].to);
  }
}

TEST(Tally, ANamedStepIsOneWhateverItsStatus) {
  Story story;
  story.Row(Status::kProcessing, "2025-03-04 08:00", "2025-03-04 08:00").step = kCheck;
  Story other;
  other.Row(Status::kReceived, "2025-03-04 08:00", "2025-03-04 08:00").step = kCheck;
  const ProcessFigures f = Tallied({story, other});
  ASSERT_EQ(f.steps.size(), 1u);
  EXPECT_EQ(f.steps[0].name, "step 7");
  EXPECT_EQ(f.steps[0].key.status, Status::kReceived);
  EXPECT_EQ(f.variants.size(), 1u);
}

TEST(Tally, NothingIsNothing) {
  const ProcessFigures f = Tallied({});
  EXPECT_EQ(f.cases, 0u);
  EXPECT_TRUE(f.steps.empty());
  EXPECT_FALSE(f.handling.has_value());
}

TEST(Tally, TheStepsOfDifferentPathsAreBounded) {
  ProcessTally tally(7);
  Path path;
  path.open = true;
  path.steps = {{{Status::kReceived, 0}, Instant{}, Instant{}},
                {{Status::kProcessing, 0}, Instant{}, Instant{}},
                {{Status::kSupplement, 0}, Instant{}, Instant{}}};
  ASSERT_TRUE(tally.Add(path, Plain()).has_value());
  ASSERT_TRUE(tally.Add(path, Plain()).has_value()) << "the same path again";
  path.steps.back().key.status = Status::kFinancial;
  ASSERT_TRUE(tally.Add(path, Plain()).has_value());
  path.steps.pop_back();
  const auto refused = tally.Add(path, Plain());
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, HasSubstr("more than 7 steps: ask for one procedure"));
}

TEST(Spread, IsByNearestRank) {
  std::vector<int64_t> none;
  EXPECT_FALSE(SpreadOf(none).has_value());
  std::vector<int64_t> one = {5};
  EXPECT_EQ(SpreadOf(one)->median_us, 5);
  EXPECT_EQ(SpreadOf(one)->p90_us, 5);
  std::vector<int64_t> ten = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
  EXPECT_EQ(SpreadOf(ten)->median_us, 5);
  EXPECT_EQ(SpreadOf(ten)->p90_us, 9);
  std::vector<int64_t> eleven = {11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
  EXPECT_EQ(SpreadOf(eleven)->median_us, 6);
  EXPECT_EQ(SpreadOf(eleven)->p90_us, 10);
}

// --- the log

EventLog SomeLog() {
  EventLog log;
  log.name = "H34 2025-Q1";
  log.steps = {"Đang xử lý", "check \"<&>'\" twice,\nthen"};
  log.events = {{0, At("2025-03-03 08:00")},
                {1, At("2025-03-04 08:00") + 250'000},
                {0, At("2025-03-05 08:00")}};
  log.traces = {{"=cmd-1", "H34.05", "1.000656", 2, 1}, {"H34.05-2", "H34.05", "", 0, 2}};
  return log;
}

TEST(EventLog, XesEscapesAndGivesEachEventFourAttributes) {
  const std::string xes = EventLogXes(SomeLog());
  EXPECT_THAT(xes, HasSubstr(R"(<string key="concept:name" value="H34 2025-Q1"/>)"));
  EXPECT_THAT(
      xes, HasSubstr(
               "  <trace>\n    <string key=\"concept:name\" value=\"H34.05-2\"/>\n"
               "    <event><string key=\"concept:name\" value=\"Đang xử lý\"/>"
               "<date key=\"time:timestamp\" value=\"2025-03-03T08:00:00+07:00\"/>"
               "<string key=\"lifecycle:transition\" value=\"complete\"/>"
               "<string key=\"org:group\" value=\"H34.05\"/></event>\n"
               "    <event><string key=\"concept:name\" "
               "value=\"check &quot;&lt;&amp;&gt;&apos;&quot; twice,&#10;then\"/>"
               "<date key=\"time:timestamp\" value=\"2025-03-04T08:00:00.250+07:00\"/>"));
  EXPECT_THAT(xes, HasSubstr(R"(<string key="procedure" value="1.000656"/>)"));
  EXPECT_TRUE(xes.ends_with("  </trace>\n</log>\n"));
}

TEST(EventLog, WhatXmlHasNoCharacterForIsLeftOut) {
  std::string out;
  AppendXmlText(std::string_view("a\0b\x01\x1f\x7f\t\r\n\xEF\xBF\xBE\xEF\xBF\xBFz\xEF\xBF\xBD", 21),
                out);
  EXPECT_EQ(out, "ab\x7f&#9;&#13;&#10;z\xEF\xBF\xBD");
}

TEST(EventLog, CsvQuotesAndDefusesFormulas) {
  const std::string csv = EventLogCsv(SomeLog());
  EXPECT_EQ(csv,
            "\xEF\xBB\xBF"
            "case:concept:name,concept:name,time:timestamp,lifecycle:transition,org:group,"
            "case:procedure\r\n"
            "'=cmd-1,Đang xử lý,2025-03-05T08:00:00+07:00,complete,H34.05,1.000656\r\n"
            "H34.05-2,Đang xử lý,2025-03-03T08:00:00+07:00,complete,H34.05,\r\n"
            "H34.05-2,\"check \"\"<&>'\"\" twice,\nthen\",2025-03-04T08:00:00.250+07:00,complete,"
            "H34.05,\r\n");
}

}  // namespace
}  // namespace tthc
