// Reports over a real socket: formats, names of files, mistakes, access.
#include <boost/json/parse.hpp>

#include "app_fixture.h"
#include "config/json_text.h"

namespace tthc {
namespace {

const std::string kForm06 = "/api/v1/reports/form06?unit=H34&period=2025-Q1";

Report SomeReport() {
  Report report;
  report.id = "form06";
  report.title = "Biểu số 06";
  report.unit = "H34";
  report.period = *ParsePeriod("2025-Q1");
  ReportTable table;
  table.id = "fields";
  table.title = "Theo lĩnh vực";
  table.columns = {{"field", "Lĩnh vực", CellKind::kText}, {"received", "Tổng", CellKind::kCount}};
  table.rows = {{std::string("Đất đai"), int64_t{12}}, {std::string("Y tế"), std::monostate()}};
  report.tables = {table};
  return report;
}

TEST(Reports, AreListed) {
  RunningApp run;
  const json::value body = json::parse(run.Ask(Get("/api/v1/reports")).body);
  std::vector<std::string> names;
  for (const json::value& item : body.at("reports").as_array()) {
    names.emplace_back(item.at("name").as_string());
    EXPECT_FALSE(item.at("title").as_string().empty());
  }
  for (const char* name : {"form06", "cchc", "qd766", "late-cases", "emulation", "honest", "open-data"}) {
    EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
  }
}

TEST(Reports, ComeInThreeFormsWithTheNameOfAFile) {
  RunningApp run;
  run.monitor->report = SomeReport();
  struct Row {
    std::string format;
    std::string type;
    std::string file;
    std::string begins;
  };
  const Row rows[] = {
      {"", "application/json", "form06_H34_2025-Q1.json", "{"},
      {"&format=json", "application/json", "form06_H34_2025-Q1.json", "{"},
      {"&format=csv", "text/csv", "form06_H34_2025-Q1.csv", "\xEF\xBB\xBF" "field,received"},
      {"&format=xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
       "form06_H34_2025-Q1.xlsx", "PK"}};
  for (const Row& row : rows) {
    const auto answer = run.Ask(Get(kForm06 + row.format));
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_NE(answer.head.find("Content-Type: " + row.type), std::string::npos) << answer.head;
    EXPECT_NE(answer.head.find("Content-Disposition: attachment; filename=\"" + row.file + "\""),
              std::string::npos)
        << answer.head;
    EXPECT_TRUE(answer.body.starts_with(row.begins)) << row.format;
  }
}

TEST(Reports, TheQuestionReachesTheMonitor) {
  RunningApp run;
  run.monitor->report = SomeReport();
  const auto answer = run.Ask(
      Get("/api/v1/reports/late-cases?unit=000.05.H34&from=2025-01-05&to=2025-01-06&format=csv&"
          "definition=qd766-spec-f&known_at=2025-03-01T00:00:00Z&as_of=2025-02-01T00:00:00Z"));
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_NE(answer.head.find("late-cases_H34.05_2025-01-05..2025-01-06.csv"), std::string::npos);
  EXPECT_EQ(run.monitor->made_report, "late-cases");
  const ReportQuery& asked = *run.monitor->asked_report;
  EXPECT_EQ(asked.unit, "H34.05");
  EXPECT_EQ(asked.period, (Period{*ParseDay("2025-01-05"), *ParseDay("2025-01-06")}));
  EXPECT_EQ(asked.definition, "qd766-spec-f");
  EXPECT_EQ(asked.view.known_at, *ParseInstant("2025-03-01T00:00:00Z"));
  EXPECT_EQ(asked.view.as_of, *ParseInstant("2025-02-01T00:00:00Z"));
}

TEST(Reports, EachMistakeIsNamed) {
  RunningApp run;
  const std::tuple<std::string, int, std::string_view, std::string_view> bad[] = {
      {"/api/v1/reports/form6?unit=H34&period=2025-Q1", 404, "unknown-report", "name"},
      {"/api/v1/reports/form06?period=2025-Q1", 400, "bad-parameter", "unit"},
      {"/api/v1/reports/form06?unit=H34", 400, "bad-parameter", "from"},
      {"/api/v1/reports/form06?unit=H99&period=2025-Q1", 404, "unknown-unit", "unit"},
      {kForm06 + "&format=pdf", 400, "bad-parameter", "format"},
      {kForm06 + "&definition=none", 404, "unknown-definition", "definition"},
      {kForm06 + "&knownat=x", 400, "bad-parameter", "knownat"},
      {"/api/v1/reports/form06?unit=H34&period=2025-Q2", 400, "bad-parameter", "period"}};
  for (const auto& [target, status, type, parameter] : bad) {
    const auto answer = run.Ask(Get(target));
    EXPECT_EQ(answer.status, status) << target << answer.body;
    const json::value body = json::parse(answer.body);
    EXPECT_EQ(body.at("type").as_string(), "/problems/" + std::string(type)) << target;
    EXPECT_EQ(body.at("parameter").as_string(), parameter) << target;
  }
  const auto unknown = run.Ask(Get("/api/v1/reports/form6?unit=H34&period=2025-Q1"));
  EXPECT_NE(unknown.body.find("form06"), std::string::npos);
}

TEST(Reports, FollowUnits) {
  RunningApp run({}, *Access::Parse(R"(
[[token]]
name = "district"
token = "reader-token-0123456789"
roles = ["officer"]
units = ["H34.23"]
)",
                                    "t"));
  run.monitor->report = SomeReport();
  const auto status = [&](const std::string& unit) {
    return run
        .Ask(Get("/api/v1/reports/form06?period=2025-Q1&unit=" + unit,
                 "Authorization: Bearer reader-token-0123456789\r\n"))
        .status;
  };
  EXPECT_EQ(status("H34.23"), 200);
  EXPECT_EQ(status("H34.23.09"), 200);
  EXPECT_EQ(status("H34"), 404);
  EXPECT_EQ(run.Ask(Get(kForm06)).status, 401);
}

TEST(Reports, AreDocumentedAsTheyAre) {
  RunningApp run;
  run.monitor->report = SomeReport();
  run.monitor->report.checks = {{"a = b", true, ""}};
  const json::value report = json::parse(run.Ask(Get(kForm06)).body);
  EXPECT_TRUE(report.at("checks").at(0).at("detail").is_null()) << "a check that holds has none";
  const json::value document = json::parse(run.Ask(Get("/openapi.json")).body);
  const json::value& detail = document.at_pointer(
      "/components/schemas/Report/properties/checks/items/properties/detail");
  EXPECT_TRUE(detail.at("nullable").as_bool());
}

}  // namespace
}  // namespace tthc
