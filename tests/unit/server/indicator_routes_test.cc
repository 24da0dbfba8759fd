// Indicators, definitions and closed periods over a real socket and a monitor in memory.
#include <boost/json/parse.hpp>

#include "app_fixture.h"
#include "config/json_text.h"

namespace tthc {
namespace {

constexpr std::string_view kPortal = "qd766-portal-2026";
const std::string kIndicators = "/api/v1/units/H34.05/indicators";
const std::string kFrozenAt = "/api/v1/units/H34/frozen?period=2025-01";

json::value Body(const RawAnswer& answer) { return json::parse(answer.body); }

Component Counted(const IndicatorTable& table, std::string_view id, ComponentState state,
                  std::optional<int64_t> numerator, std::optional<int64_t> denominator,
                  std::optional<int64_t> cents) {
  Component component;
  component.indicator = table.Find(id);
  component.state = state;
  component.numerator = numerator;
  component.denominator = denominator;
  component.cents = cents;
  component.max_cents = int64_t{component.indicator->max_points} * 100;
  return component;
}

// TDGQ.1 measured, MDSH.1 not told, MDHL.1 without petitions: CKMB, CLGQ, TTTT have nothing.
SheetAnswer SomeSheet(const std::shared_ptr<const IndicatorTable>& table) {
  SheetAnswer answer;
  answer.table = table;
  answer.period = *ParsePeriod("2025-01");
  answer.cut_off = *ParseInstant("2025-01-31T23:59:59+07:00");
  answer.known_at = *ParseInstant("2025-03-10T09:00:00+07:00");
  answer.unit.unit = "H34.05";
  answer.unit.unit_name = "Sở";
  Sheet& sheet = answer.unit.sheet;
  sheet.components = {
      Counted(*table, "TDGQ.1", ComponentState::kMeasured, 144625, 184513, 1568),
      Counted(*table, "MDSH.1", ComponentState::kNotMeasured, {}, {}, {}),
      Counted(*table, "MDHL.1", ComponentState::kNoDenominator, 0, 0, 600),
      Counted(*table, "CKMB.3", ComponentState::kInherited, 87, 89, {})};
  sheet.components[1].reason = "sender_does_not_tell";
  sheet.components[1].left_out = 300;
  sheet.group_cents.resize(table->groups().size());
  for (size_t g = 0; g < table->groups().size(); ++g) {
    if (table->groups()[g].id == "TDGQ") sheet.group_cents[g] = 1568;
    if (table->groups()[g].id == "MDHL") sheet.group_cents[g] = 600;
  }
  sheet.total_cents = 2168;
  sheet.measured_max = 26;
  answer.unit.rank = 2;
  answer.unit.siblings = 5;
  answer.unit.previous_total_cents = 2001;
  answer.unit.previous_measured_max = 26;
  answer.unit.previous_cents = {1401, {}, 600, {}};
  answer.handling = {3, 10 * kMicrosPerHour};
  answer.constant_flags = {{7, Fact::kEResult, 300}};
  answer.constant_flag_senders = {"H34.05"};
  return answer;
}

TEST(Indicators, HaveTheShapeOfTheContract) {
  RunningApp run;
  run.monitor->sheet = SomeSheet(run.monitor->sheet.table);
  const auto answer = run.Ask(Get(kIndicators + "?period=2025-01"));
  ASSERT_EQ(answer.status, 200) << answer.body;
  const json::value body = Body(answer);
  EXPECT_EQ(body.at("unit").as_string(), "H34.05");
  EXPECT_EQ(body.at("period").as_string(), "2025-01");
  EXPECT_EQ(body.at("from").as_string(), "2025-01-01");
  EXPECT_EQ(body.at("to").as_string(), "2025-01-31");
  EXPECT_EQ(body.at("definition").at("id").as_string(), kPortal);
  EXPECT_NE(answer.body.find(
                R"({"id":"TDGQ.1","portal_code":null,)"
                R"("name":"Tỷ lệ hồ sơ xử lý trước hạn, đúng hạn","group":"TDGQ",)"
                R"("numerator":144625,"denominator":184513,"ratio":0.78382,"points":15.68,)"
                R"("max":20,"state":"measured","reason":null,"left_out":0,"target_percent":100,)"
                R"("previous_points":14.01,"change":1.67})"),
            std::string::npos)
      << answer.body;
  const json::value& untold = body.at("components").at(1);
  for (const char* name : {"numerator", "denominator", "ratio", "points", "change"}) {
    EXPECT_TRUE(untold.at(name).is_null()) << name;
  }
  EXPECT_EQ(untold.at("state").as_string(), "not_measured");
  EXPECT_EQ(untold.at("reason").as_string(), "sender_does_not_tell");
  EXPECT_EQ(untold.at("left_out").as_int64(), 300);
  EXPECT_EQ(untold.at("portal_code").as_string(), "ORIGINAL_RESULT_AVAILABLE");
  const json::value& empty = body.at("components").at(2);
  EXPECT_EQ(empty.at("state").as_string(), "no_denominator");
  EXPECT_TRUE(empty.at("ratio").is_null());
  EXPECT_EQ(empty.at("points").to_number<double>(), 6);
  EXPECT_EQ(body.at("components").at(3).at("state").as_string(), "inherited");
  // Null, never 0, where nothing has points.
  EXPECT_NE(answer.body.find(R"("groups":{"CKMB":null,"TDGQ":15.68,"MDSH":null,"CLGQ":null,)"
                             R"("TTTT":null,"MDHL":6},)"
                             R"("legal_groups":{"I":null,"II":15.68,"III":null,"IV":null,"V":6},)"
                             R"("total":21.68,"measured_max":26,"band":null,"rank":2,)"
                             R"("siblings":5,"previous":{"total":20.01,"measured_max":26},)"
                             R"("change":1.67)"),
            std::string::npos)
      << answer.body;
  EXPECT_EQ(body.at("constant_flags").at(0).at("fact").as_string(), "e_result");
  EXPECT_EQ(body.at("handling").at("ended").as_int64(), 3);
  EXPECT_EQ(body.at("handling").at("mean_working_hours").to_number<double>(), 3.33);
  EXPECT_TRUE(body.at("frozen").is_null());
  EXPECT_TRUE(body.at("compare").is_null());
  EXPECT_FALSE(body.as_object().contains("children"));
}

TEST(Indicators, AnIndicatorIsShownOutOfWhatItIsScoredOutOf) {
  RunningApp run;
  run.monitor->sheet = SomeSheet(run.monitor->sheet.table);
  Component& petitions = run.monitor->sheet.unit.sheet.components[2];
  petitions.max_cents = 1250;   // with parts of others
  petitions.cents = 1200;
  const json::value body = Body(run.Ask(Get(kIndicators + "?period=2025-01")));
  EXPECT_EQ(body.at("components").at(2).at("points").to_number<double>(), 12);
  EXPECT_EQ(body.at("components").at(2).at("max").to_number<double>(), 12.5);
}

TEST(Indicators, ASheetWithoutPointsHasNoTotal) {
  RunningApp run;
  SheetAnswer& sheet = run.monitor->sheet;
  sheet.unit.sheet.components = {Counted(*sheet.table, "TDGQ.1", ComponentState::kNotMeasured, {},
                                         {}, {})};
  sheet.unit.sheet.group_cents.resize(sheet.table->groups().size());
  const json::value body = Body(run.Ask(Get(kIndicators + "?period=2025-01")));
  EXPECT_TRUE(body.at("total").is_null());
  EXPECT_EQ(body.at("measured_max").as_int64(), 0);
  EXPECT_TRUE(body.at("groups").at("TDGQ").is_null());
  EXPECT_TRUE(body.at("change").is_null());
  EXPECT_TRUE(body.at("rank").is_null());
}

TEST(Indicators, TheQuestionReachesTheMonitor) {
  RunningApp run;
  const auto answer = run.Ask(Get(
      "/api/v1/units/000.05.H34/indicators?from=2025-01-05&to=2025-02-04&source=published"
      "&procedure=1.000656.000.00.00.H56&children=true&definition=qd766-spec-f&"
      "known_at=2025-03-01T00:00:00Z&as_of=2025-02-01T00:00:00Z&compare=qd766-portal-2026"));
  ASSERT_EQ(answer.status, 200) << answer.body;
  ASSERT_EQ(run.monitor->asked_sheets.size(), 2u);
  const SheetQuery& asked = run.monitor->asked_sheets[0];
  EXPECT_EQ(asked.unit, "H34.05");
  EXPECT_EQ(LabelOf(asked.period), "2025-01-05..2025-02-04");
  EXPECT_EQ(asked.source, FigureSource::kPublished);
  EXPECT_EQ(asked.procedure, "1.000656");
  EXPECT_EQ(asked.definition, "qd766-spec-f");
  EXPECT_TRUE(asked.with_children);
  EXPECT_TRUE(asked.view.known_at && asked.view.as_of);
  EXPECT_EQ(run.monitor->asked_sheets[1].definition, kPortal);
  EXPECT_TRUE(Body(answer).at("children").is_array());
  EXPECT_TRUE(Body(answer).at("compare").is_object());
}

TEST(Indicators, EachMistakeIsNamed) {
  RunningApp run;
  const auto check = [&](const std::string& target, int status, std::string_view type,
                         std::string_view parameter) {
    const auto answer = run.Ask(Get(target));
    EXPECT_EQ(answer.status, status) << target << answer.body;
    const json::value body = Body(answer);
    EXPECT_EQ(body.at("type").as_string(), "/problems/" + std::string(type)) << target;
    EXPECT_EQ(body.at("parameter").as_string(), parameter) << target;
  };
  const std::string good = kIndicators + "?period=2025-01";
  check(kIndicators, 400, "bad-parameter", "from");
  check(kIndicators + "?period=2025-04", 400, "bad-parameter", "period");   // now is 10/3
  check(kIndicators + "?from=2025-03-11&to=2025-03-12", 400, "bad-parameter", "from");
  check(good + "&definition=none", 404, "unknown-definition", "definition");
  check(good + "&compare=none", 404, "unknown-definition", "compare");
  check(good + "&source=portal", 400, "bad-parameter", "source");
  check(good + "&children=1", 400, "bad-parameter", "children");
  check(good + "&knownat=x", 400, "bad-parameter", "knownat");
  check(good + "&procedure=%20", 400, "bad-parameter", "procedure");
  check(good + "&procedure=", 400, "bad-parameter", "procedure");
  check("/api/v1/units/H99/indicators?period=2025-01", 404, "unknown-unit", "code");
  check("/api/v1/definitions/none", 404, "unknown-definition", "id");
  check("/api/v1/units/H34/frozen?period=2025-01", 404, "not-found", "period");
  check("/api/v1/units/H34/targets?period=2026", 400, "bad-parameter", "period");
  check("/api/v1/units/H34/improvements?period=2025&limit=0", 400, "bad-parameter", "limit");
  run.monitor->figure_error = Error{ErrorKind::kNotFound, "no case names the procedure '9'"};
  check(good + "&procedure=9", 404, "unknown-procedure", "procedure");
}

TEST(Improvements, AreWrittenInPoints) {
  RunningApp run;
  ImprovementAnswer& answer = run.monitor->improvements;
  answer.total_cents = 2168;
  answer.measured_max = 26;
  answer.components = {{"TDGQ.1", 1568, 2000, 1999}, {"MDSH.1", {}, 600, 0}};
  answer.cases_total = 9;
  answer.cases = {{"H34.05-1", "H34.05", "", *ParseInstant("2025-03-11T17:00:00+07:00"), 108,
                   {{"TDGQ.1", 108, "close_in_time"}}}};
  answer.nothing_done_cents = 2000;
  answer.all_in_time_cents = 2199;
  const auto said = run.Ask(Get("/api/v1/units/H34.05/improvements?period=2025-Q1&limit=7"));
  ASSERT_EQ(said.status, 200) << said.body;
  EXPECT_NE(
      said.body.find(
          R"("total":21.68,"measured_max":26,"components":[{"id":"TDGQ.1","points":15.68,"max":20,)"
          R"("reachable":19.99},{"id":"MDSH.1","points":null,"max":6,"reachable":0}],)"
          R"("projected":{"nothing_done":20,"all_in_time":21.99},"cases_total":9,)"
          R"("cases":[{"case_id":"H34.05-1","unit":"H34.05","procedure":null,)"
          R"("due_at":"2025-03-11T17:00:00+07:00","effect":0.000108,)"
          R"("parts":[{"indicator":"TDGQ.1","effect":0.000108,"what":"close_in_time"}]}])"),
      std::string::npos)
      << said.body;
  EXPECT_EQ(run.monitor->asked_improvements->limit, 7u);
}

TEST(Targets, AreWrittenInPercent) {
  RunningApp run;
  TargetLine line;
  line.unit = "H34.05";
  line.target = "online";
  line.name = "Hồ sơ trực tuyến";
  line.goal_hundredths = 6000;
  line.numerator = 1;
  line.denominator = 3;
  line.reached_hundredths = 3333;
  line.excluded_cases = 4;
  line.excluded = {"1.000656"};
  line.reason = "không nộp trực tuyến được";
  TargetLine unknown;
  unknown.not_measured = "no_data_for_it";
  run.monitor->targets.lines = {line, unknown};
  const auto said = run.Ask(Get("/api/v1/units/H34/targets?period=2025"));
  ASSERT_EQ(said.status, 200) << said.body;
  EXPECT_NE(said.body.find(R"("goal":60,"numerator":1,"denominator":3,"reached":33.33,)"
                           R"("excluded_cases":4,"excluded":["1.000656"],)"
                           R"("reason":"không nộp trực tuyến được","not_measured":null})"),
            std::string::npos)
      << said.body;
  EXPECT_TRUE(Body(said).at("targets").at(1).at("reached").is_null());
}

TEST(Definitions, AreData) {
  RunningApp run;
  const json::value list = Body(run.Ask(Get("/api/v1/definitions")));
  EXPECT_EQ(list.at("in_force_today").as_string(), kPortal);
  EXPECT_EQ(list.at("definitions").as_array().size(), 2u);
  const json::value one = Body(run.Ask(Get("/api/v1/definitions/qd766-portal-2026")));
  int64_t sum = 0;
  for (const json::value& indicator : one.at("indicators").as_array()) {
    sum += indicator.at("max").as_int64();
    if (indicator.at("id").as_string() != "MDHL.3") continue;
    EXPECT_EQ(indicator.at("numerator").as_string(), "handled.content");
    EXPECT_EQ(indicator.at("target_percent").as_int64(), 90);
    EXPECT_EQ(indicator.at("zero_denominator").as_string(), "zero");
    EXPECT_EQ(indicator.at("below_province").as_string(), "own");
  }
  EXPECT_EQ(sum, 100);
  EXPECT_EQ(one.at("groups").as_array().size(), 6u);
  EXPECT_EQ(one.at("bands").at(0).at("name").as_string(), "Xuất sắc");
}

FrozenFigure SomeFigure(std::optional<int64_t> on_time, int64_t cents) {
  FrozenFigure figure;
  figure.of = {"H34", *ParsePeriod("2025-01"), std::string(kPortal),
               *ParseInstant("2025-02-05T08:00:00+07:00"),
               *ParseInstant("2025-02-05T08:00:00+07:00"), "centre"};
  figure.unit = "H34";
  figure.lines = {{"TDGQ.1", on_time, 10, cents}, {"form06.received", 12, {}, {}}};
  figure.total_cents = cents;
  figure.measured_max = 20;
  return figure;
}

TEST(Frozen, ShowsAdjustmentsBesideTheFrozenFigure) {
  RunningApp run;
  run.monitor->frozen["H34"] = SomeFigure(8, 1600);
  run.monitor->figure_now = SomeFigure(9, 1800);
  const auto said = run.Ask(Get(kFrozenAt));
  ASSERT_EQ(said.status, 200) << said.body;
  const json::value body = Body(said);
  EXPECT_EQ(body.at("frozen").at("lines").at(0).at("numerator").as_int64(), 8);
  EXPECT_EQ(body.at("frozen").at("total").to_number<double>(), 16);
  EXPECT_EQ(body.at("frozen").at("closing").at("closed_by").as_string(), "centre");
  EXPECT_EQ(body.at("now").at("lines").at(0).at("numerator").as_int64(), 9);
  EXPECT_EQ(body.at("now").at("lines").at(1).at("id").as_string(), "form06.received");
  ASSERT_EQ(body.at("adjustments").as_array().size(), 1u);
  EXPECT_TRUE(body.at("reason").is_null());
  EXPECT_NE(said.body.find(
                R"({"id":"TDGQ.1","frozen":{"numerator":8,"denominator":10,"points":16},)"
                R"("now":{"numerator":9,"denominator":10,"points":18},)"
                R"("difference":{"numerator":1,"denominator":0,"points":2}})"),
            std::string::npos)
      << said.body;
  const json::value sheet = Body(run.Ask(Get("/api/v1/units/H34/indicators?period=2025-01")));
  EXPECT_EQ(sheet.at("frozen").at("adjustments").as_array().size(), 1u);
}

TEST(Frozen, ALineThatHasNoCountNowDiffersWithoutADifference) {
  RunningApp run;
  run.monitor->frozen["H34"] = SomeFigure(8, 1600);
  run.monitor->figure_now = SomeFigure({}, 1600);
  const json::value body = Body(run.Ask(Get(kFrozenAt)));
  ASSERT_EQ(body.at("adjustments").as_array().size(), 1u);
  EXPECT_TRUE(body.at("adjustments").at(0).at("difference").at("numerator").is_null());
}

TEST(Frozen, ADefinitionThatIsGoneLeavesTheFrozenFigureAlone) {
  RunningApp run;
  run.monitor->frozen["H34"] = SomeFigure(8, 1600);
  run.monitor->frozen["H34"].of.definition = "qd766-portal-2020";
  for (const std::string& path : {kFrozenAt, std::string("/api/v1/units/H34/indicators?period=2025-01")}) {
    const auto answer = run.Ask(Get(path));
    ASSERT_EQ(answer.status, 200) << answer.body;
    const json::value whole = Body(answer);
    const json::value& figures = path == kFrozenAt ? whole : whole.at("frozen");
    EXPECT_EQ(figures.at("frozen").at("lines").at(0).at("numerator").as_int64(), 8);
    EXPECT_EQ(figures.at("frozen").at("closing").at("definition").as_string(), "qd766-portal-2020");
    EXPECT_TRUE(figures.at("now").is_null());
    EXPECT_TRUE(figures.at("adjustments").as_array().empty());
    EXPECT_EQ(figures.at("reason").as_string(), "definition_not_loaded");
  }
}

constexpr std::string_view kTokens = R"(
[[token]]
name = "district"
token = "reader-token-0123456789"
roles = ["officer"]
units = ["H34.23"]
[[token]]
name = "centre"
token = "admin-token-0123456789"
roles = ["administrator"]
[[token]]
name = "district head"
token = "head-token-01234567890"
roles = ["administrator"]
units = ["H34.23"]
)";
std::string With(std::string request, const std::string& token) {
  return request.insert(request.find("\r\n") + 2, "Authorization: Bearer " + token + "\r\n");
}

TEST(Periods, AreClosedByAdminsOfTheUnit) {
  RunningApp run({}, *Access::Parse(kTokens, "t"));
  const std::string close = "/api/v1/periods/2025-01/close";
  const auto post = [&](const std::string& token, std::string_view body) {
    return run.Ask(With(Post(close, body), token));
  };
  const auto reader = post("reader-token-0123456789", R"({"unit":"H34.23"})");
  EXPECT_EQ(reader.status, 403);
  EXPECT_NE(reader.body.find("'administer'"), std::string::npos) << reader.body;
  EXPECT_EQ(post("head-token-01234567890", R"({"unit":"H34"})").status, 404);
  EXPECT_TRUE(run.monitor->closed.empty());
  const auto closed = post("admin-token-0123456789", R"({"unit":"000.00.H34"})");
  ASSERT_EQ(closed.status, 200) << closed.body;
  EXPECT_EQ(Body(closed).at("unit").as_string(), "H34");
  EXPECT_EQ(Body(closed).at("closed_by").as_string(), "centre");
  EXPECT_EQ(post("head-token-01234567890", R"({"unit":"H34.23"})").status, 200);

  const auto seen = [&](const std::string& token) {
    return Body(run.Ask(With(Get("/api/v1/periods"), token))).at("periods").as_array().size();
  };
  EXPECT_EQ(seen("admin-token-0123456789"), 2u);
  EXPECT_EQ(seen("reader-token-0123456789"), 1u);
}

TEST(Periods, MistakesAreNamed) {
  RunningApp run;
  const auto check = [&](const std::string& period, std::string_view body, int status,
                         std::string_view said) {
    const auto answer = run.Ask(Post("/api/v1/periods/" + period + "/close", body));
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_NE(answer.body.find(said), std::string::npos) << answer.body;
  };
  check("2025-Q5", R"({"unit":"H34"})", 400, "2025-Q5");
  check("2025-01", "no", 400, "JSON object");
  check("2025-01", R"({"units":"H34"})", 400, "'units'");
  check("2025-01", R"({"unit":7})", 400, "unit: a text");
  check("2025-01", "{}", 400, "unit");
  check("2025-01", R"({"unit":"H99"})", 404, "H99");
  check("2025-01", R"({"unit":"H34","definition":"none"})", 404, "unknown-definition");
  run.monitor->figure_error = Invalid("the period 2025-Q1 has not ended");
  check("2025-Q1", R"({"unit":"H34"})", 400, "has not ended");
  run.monitor->figure_error = Error{ErrorKind::kConflict, "it was closed already"};
  check("2025-01", R"({"unit":"H34"})", 409, "closed already");
  EXPECT_TRUE(run.monitor->closed.empty());
}

TEST(AccessToFigures, FollowsUnits) {
  RunningApp run({}, *Access::Parse(kTokens, "t"));
  for (const char* what : {"indicators", "improvements", "targets"}) {
    for (const auto& [unit, status] : {std::pair("H34.23", 200), std::pair("H34.23.09", 200),
                                       std::pair("H34", 404), std::pair("H34.05", 404)}) {
      const std::string path =
          "/api/v1/units/" + std::string(unit) + "/" + what + "?period=2025-01";
      EXPECT_EQ(run.Ask(With(Get(path), "reader-token-0123456789")).status, status) << path;
      EXPECT_EQ(run.Ask(Get(path)).status, 401) << path;
    }
  }
  EXPECT_EQ(run.Ask(With(Get(kFrozenAt), "reader-token-0123456789")).status, 404);
  EXPECT_EQ(run.Ask(With(Get("/api/v1/definitions"), "reader-token-0123456789")).status, 200);
}

}  // namespace
}  // namespace tthc
