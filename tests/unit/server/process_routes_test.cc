// The process over a real socket: formats, the question, mistakes, access.
#include <boost/json/parse.hpp>

#include "app_fixture.h"
#include "config/json_text.h"

namespace tthc {
namespace {

const std::string kProcess = "/api/v1/units/H34/process?period=2025-Q1";

ProcessFigures SomeFigures() {
  ProcessFigures figures;
  figures.cases = 3;
  figures.open = 1;
  figures.events = 5;
  figures.total_us = {90 * kMicrosPerMinute, 2 * kMicrosPerHour, 0};
  StepFigures received;
  received.name = "Được tiếp nhận";
  received.key = {Status::kReceived, 0};
  received.entered = received.cases = 3;
  received.each = Spread{kMicrosPerHour, 2 * kMicrosPerHour};
  StepFigures asked = received;
  asked.name = "Yêu cầu bổ sung giấy tờ";
  asked.key = {Status::kSupplement, 0};
  asked.entered = 2;
  asked.cases = asked.again = asked.again_cases = asked.open = 1;
  asked.open_since = *ParseInstant("2025-03-03T08:00:00+07:00");
  asked.open_each = Spread{};
  figures.steps = {received, asked};
  figures.transitions = {{0, 1, 2, 3 * kMicrosPerHour}};
  figures.variants = {{{0}, 2, 2, Spread{}}, {{0, 1, 1}, 1, 0, std::nullopt}};
  return figures;
}

EventLog SomeLog() {
  EventLog log;
  log.name = "H34 2025-Q1";
  log.steps = {"Đang xử lý"};
  log.events = {{0, *ParseInstant("2025-03-03T08:00:00+07:00")}};
  log.traces = {{"H34.05-1", "H34.05", "", 0, 1}};
  return log;
}

TEST(Process, AsJson) {
  RunningApp run;
  run.monitor->process = SomeFigures();
  const json::value body = json::parse(run.Ask(Get(kProcess)).body);
  EXPECT_EQ(body.at_pointer("/cases/total").as_int64(), 3);
  EXPECT_EQ(body.at_pointer("/cases/ended").as_int64(), 2);
  EXPECT_EQ(body.at_pointer("/time/working_hours").to_number<double>(), 1.5);
  EXPECT_TRUE(body.at_pointer("/time/handling_median_hours").is_null());
  EXPECT_EQ(body.at_pointer("/steps/1/kind").as_string(), "waiting");
  EXPECT_EQ(body.at_pointer("/steps/0/p90_hours").to_number<double>(), 2);
  EXPECT_EQ(body.at_pointer("/transitions/0/to").as_string(), "Yêu cầu bổ sung giấy tờ");
  EXPECT_EQ(body.at("rework").as_array().size(), 1u) << "only what was entered again";
  EXPECT_EQ(body.at("open").as_array().size(), 1u);
  EXPECT_EQ(body.at_pointer("/open/0/longest_since").as_string(), "2025-03-03T08:00:00+07:00");
  EXPECT_EQ(body.at("variants").as_array().size(), 2u);
  EXPECT_EQ(body.at_pointer("/variants/1/steps").as_array().size(), 3u);
  const json::value one = json::parse(run.Ask(Get(kProcess + "&limit=1")).body);
  EXPECT_EQ(one.at("variants").as_array().size(), 1u);
  EXPECT_EQ(one.at("variants_total").as_int64(), 2);
  // The schema has every member of the answer.
  const json::value document = json::parse(run.Ask(Get("/openapi.json")).body);
  const auto& known = document.at_pointer("/components/schemas/Process/properties").as_object();
  for (const auto& [name, value] : body.as_object()) {
    EXPECT_TRUE(known.contains(name)) << name;
    if (!value.is_array() || value.as_array().empty()) continue;
    const auto& items = known.at(name).at_pointer("/items/properties").as_object();
    for (const auto& member : value.as_array()[0].as_object()) {
      EXPECT_TRUE(items.contains(member.key())) << name << " " << member.key();
    }
  }
}

TEST(Process, AsALogWithTheNameOfAFile) {
  RunningApp run;
  run.monitor->event_log = SomeLog();
  const std::tuple<std::string, std::string, std::string> rows[] = {
      {"csv", "text/csv; charset=utf-8", "\xEF\xBB\xBF" "case:concept:name,"},
      {"xes", "application/xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<log "}};
  for (const auto& [format, type, begins] : rows) {
    const auto answer = run.Ask(Get(kProcess + "&format=" + format));
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_NE(answer.head.find("Content-Type: " + type), std::string::npos) << answer.head;
    EXPECT_NE(answer.head.find("filename=\"process_H34_2025-Q1." + format + "\""),
              std::string::npos)
        << answer.head;
    EXPECT_TRUE(answer.body.starts_with(begins)) << answer.body;
    EXPECT_NE(answer.body.find("H34.05-1"), std::string::npos);
  }
}

TEST(Process, TheQuestionReachesTheMonitor) {
  RunningApp run;
  const auto answer = run.Ask(Get(
      "/api/v1/units/000.05.H34/process?from=2025-01-05&to=2025-01-06&procedure=1.000656&format=xes"
      "&known_at=2025-03-01T00:00:00Z&as_of=2025-02-01T00:00:00Z"));
  EXPECT_EQ(answer.status, 200) << answer.body;
  const ProcessQuery& asked = *run.monitor->asked_process;
  EXPECT_EQ(asked.unit, "H34.05");
  EXPECT_EQ(asked.period, (Period{*ParseDay("2025-01-05"), *ParseDay("2025-01-06")}));
  EXPECT_EQ(asked.procedure, "1.000656");
  EXPECT_EQ(asked.view.known_at, *ParseInstant("2025-03-01T00:00:00Z"));
  EXPECT_EQ(asked.view.as_of, *ParseInstant("2025-02-01T00:00:00Z"));
}

TEST(Process, EachMistakeIsNamed) {
  RunningApp run;
  const std::tuple<std::string, int, std::string_view> bad[] = {
      {"/api/v1/units/H99/process?period=2025-Q1", 404, "code"},
      {"/api/v1/units/H34/process", 400, "from"},
      {kProcess + "&format=xlsx", 400, "format"},
      {kProcess + "&limit=0", 400, "limit"},
      {kProcess + "&rule=form06", 400, "rule"}};
  for (const auto& [target, status, parameter] : bad) {
    const auto answer = run.Ask(Get(target));
    EXPECT_EQ(answer.status, status) << target << answer.body;
    EXPECT_EQ(json::parse(answer.body).at("parameter").as_string(), parameter) << target;
  }
  run.monitor->figure_error = Invalid("the event log has more than 5 events");
  const auto refused = run.Ask(Get(kProcess + "&format=xes"));
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("more than 5 events"), std::string::npos);
}

TEST(Process, FollowsUnits) {
  RunningApp run({}, *Access::Parse(R"(
[[token]]
name = "district"
token = "reader-token-0123456789"
roles = ["officer"]
units = ["H34.23"]
)",
                                    "t"));
  run.monitor->event_log = SomeLog();
  const auto ask = [&](const std::string& unit, const std::string& more) {
    return run.Ask(Get("/api/v1/units/" + unit + "/process?period=2025-Q1" + more,
                       "Authorization: Bearer reader-token-0123456789\r\n"));
  };
  for (const char* format : {"", "&format=csv", "&format=xes"}) {
    EXPECT_EQ(ask("H34.23", format).status, 200);
    EXPECT_EQ(ask("H34.23.09", format).status, 200);
    EXPECT_EQ(ask("H34", format).status, 404);
  }
  EXPECT_EQ(run.Ask(Get(kProcess)).status, 401);
  // As known earlier a case may have been of the unit that is not now.
  EXPECT_NE(ask("H34.23", "&format=xes").body.find("H34.05-1"), std::string::npos);
  EXPECT_EQ(ask("H34.23", "&format=xes&known_at=2025-03-01T00:00:00Z").body.find("H34.05-1"),
            std::string::npos);
}

}  // namespace
}  // namespace tthc
