// The API over a real socket and a monitor in memory: shapes, parameters, access.
#include <boost/json/parse.hpp>

#include "app_fixture.h"
#include "config/json_text.h"

namespace tthc {
namespace {

constexpr std::string_view kDossier =
    R"([{"MaHoSo":"H34.05-250211-00042","TrangThaiHoSo":"2","NgayTiepNhan":"20250211083000"}])";
constexpr std::string_view kOneBad =
    R"([{"MaHoSo":"H34.05-250211-00042","TrangThaiHoSo":"2","NgayTiepNhan":"20250211083000"},
        {"MaHoSo":"H34.05-250211-00043","TrangThaiHoSo":"99"}])";

TEST(Summary, HasTheShapeOfTheContract) {
  RunningApp run;
  run.monitor->counts = {15686, 29007, 5840, 0, 43682, 952, 5000, 899, 12};
  run.monitor->open = {17, 4000, 60, 700, 300};   // those that are not open are told nowhere
  const auto answer =
      run.Ask(Get("/api/v1/units/000.05.H34/summary?period=2025-Q1&rule=form06&known_at="
                  "2025-03-31T23:59:59+07:00&as_of=2025-03-30T00:00:00%2B07:00"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(
      answer.body,
      R"({"unit":"H34.05","from":"2025-01-01","to":"2025-03-31","rule":"form06",)"
      R"("as_of":"2025-03-30T00:00:00+07:00","known_at":"2025-03-31T23:59:59+07:00",)"
      R"("cut_off":"2025-03-31T23:59:59+07:00",)"
      R"("received":{"total":50533,"online":15686,"direct_postal":29007,"carried_over":5840},)"
      R"("resolved":{"total":44634,"early":0,"on_time":43682,"late":952},)"
      R"("pending":{"total":5899,"in_time":5000,"late":899},)"
      R"("rates":{"tt01":0.978671,"qd766":0.96337,"online":0.310411},)"
      R"("no_due_date":12,"open":{"in_time":4000,"due_soon":60,"overdue":700,"paused":300,)"
      R"("total":5060},"provisional":false})");
  ASSERT_TRUE(run.monitor->asked_summary);
  EXPECT_EQ(run.monitor->asked_summary->rule, Rule::kForm06);
  EXPECT_EQ(run.monitor->asked_summary->group_by, GroupBy::kNone);
}

TEST(Summary, EmptyDenominatorsGiveNullAndGroupsAreListed) {
  RunningApp run;
  run.monitor->groups = {{"1.000656", "", {}}};
  const auto answer = run.Ask(
      Get("/api/v1/units/H34/summary?from=2025-01-01&to=2025-01-31&rule=qd766&group_by=procedure"));
  const json::value body = json::parse(answer.body);
  EXPECT_TRUE(body.at("rates").at("tt01").is_null());
  EXPECT_EQ(body.at("groups").at(0).at("key").as_string(), "1.000656");
  EXPECT_TRUE(body.at("groups").at(0).at("name").is_null());
  EXPECT_EQ(run.monitor->asked_summary->rule, Rule::kQd766);
  EXPECT_EQ(run.monitor->asked_summary->group_by, GroupBy::kProcedure);
}

TEST(Parameters, EachMistakeIsNamed) {
  RunningApp run;
  const std::string summary = "/api/v1/units/H34/summary?";
  const std::tuple<std::string, int, std::string_view> bad[] = {
      {summary, 400, "from"},
      {summary + "from=2025-01-01", 400, "to"},
      {summary + "from=2025-02-01&to=2025-01-01", 400, "to"},
      {summary + "from=2025-02-30&to=2025-03-01", 400, "from"},
      {summary + "period=2025-Q5", 400, "period"},
      {summary + "period=2025-Q1&from=2025-01-01", 400, "period"},
      {summary + "period=2025-Q1&rule=none", 400, "rule"},
      {summary + "period=2025-Q1&as_of=2025-03-01", 400, "as_of"},
      {summary + "period=2025-Q1&known_at=2025-03-01T00:00:00", 400, "known_at"},
      {summary + "period=2025-Q1&group_by=officer", 400, "group_by"},
      {summary + "period=2025-Q1&know_at=2025", 400, "know_at"},
      {summary + "period=2025-Q1&period=2025-Q2", 400, "period"},
      {"/api/v1/units/H99/summary?period=2025-Q1", 404, "code"},
      {"/api/v1/units/%3Cb%3E/summary?period=2025-Q1", 400, "code"},
      {"/api/v1/cases?period=2025-Q1", 400, "unit"},
      {"/api/v1/cases?unit=H34&period=2025-Q1&state=late", 400, "state"},
      {"/api/v1/cases?unit=H34&period=2025-Q1&clock=late", 400, "clock"},
      {"/api/v1/cases?unit=H34&period=2025-Q1&clock=not_open", 400, "clock"},
      {"/api/v1/cases?unit=H34&period=2025-Q1&order=newest", 400, "order"},
      {"/api/v1/cases?unit=H34&period=2025-Q1&recorded_since=today", 400, "recorded_since"},
      {"/api/v1/units/H34/trend?from=2023-01-01&to=2024-12-31", 400, "to"},
      {"/api/v1/cases?unit=H34&period=2025-Q1&limit=0", 400, "limit"},
      {"/api/v1/cases?unit=H34&period=2025-Q1&limit=1001", 400, "limit"},
      {"/api/v1/cases?unit=H34&period=2025-Q1&limit=ten", 400, "limit"},
      {"/api/v1/cases?unit=H34&period=2025-Q1&channel=fax", 400, "channel"},
      {"/api/v1/cases?unit=H34&period=2025-Q1&carried_over=1", 400, "carried_over"},
      {"/api/v1/cases/x?as_of=soon", 400, "as_of"},
      {"/api/v1/cases/x", 404, "id"},
      {"/api/v1/quarantine?before=-1", 400, "before"}};
  RawClient client(run.app->address());
  for (const auto& [target, status, parameter] : bad) {
    client.Send(Get(target));
    const auto answer = client.Read();
    EXPECT_EQ(answer.status, status) << target;
    EXPECT_NE(answer.head.find("Content-Type: application/problem+json"), std::string::npos);
    const json::value body = json::parse(answer.body);
    EXPECT_EQ(body.at("parameter").as_string(), parameter) << target << answer.body;
    EXPECT_TRUE(body.at("type").as_string().starts_with("/problems/"));
  }
  client.Send(Get(summary + "period=%zz"));
  EXPECT_EQ(client.Read().status, 400);
}

TEST(Parameters, ABlankStandsForThePlusOfAnOffset) {
  RunningApp run;
  const auto answer =
      run.Ask(Get("/api/v1/units/H34/summary?period=2025-Q1&as_of=2025-03-30T00:00:00%2007:00"));
  EXPECT_EQ(answer.status, 200) << answer.body;
}

TEST(Cases, TakesTheQueryOfTheCount) {
  RunningApp run;
  CaseLine line;
  line.case_id = "H34.05-1";
  line.verdict.state = CaseState::kResolvedLate;
  line.verdict.reason = Reason::kEndedAfterDue;
  line.clock = {OpenState::kOverdue, *ParseInstant("2025-01-31T17:00:00+07:00"), {}, false, 0,
                Status::kProcessing};
  line.remaining_text = "Quá 2 giờ";
  line.recorded = *ParseInstant("2025-01-20T08:00:00+07:00");
  run.monitor->page = {7, {line}, "H34.05-1"};
  const auto answer = run.Ask(Get(
      "/api/v1/cases?unit=H34&from=2025-01-01&to=2025-01-31&rule=qd766&state=resolved_late,pending"
      "&procedure=1.000656.000.00.00.H56&channel=online&carried_over=true&limit=1&cursor=a%2Fb"
      "&clock=overdue,paused&order=urgency&recorded_since=2025-01-20T00:00:00%2B07:00"));
  EXPECT_EQ(answer.body,
            R"({"total":7,"cases":[{"case_id":"H34.05-1","unit":"","procedure":null,"field":null,)"
            R"("channel":"direct","received_at":null,"due_at":null,"ended_at":null,)"
            R"("state":"resolved_late","reason":"ended_after_due","carried_over":false,)"
            R"("clock":{"state":"overdue","text":"Quá 2 giờ",)"
            R"("deadline":"2025-01-31T17:00:00+07:00","stopped":false},"status":"Đang xử lý",)"
            R"("recorded":"2025-01-20T08:00:00+07:00"}],)"
            R"("next_cursor":"H34.05-1"})");
  const CaseListQuery& asked = *run.monitor->asked_cases;
  EXPECT_EQ(asked.states, (1u << 3) | (1u << 4) | (1u << 5));
  EXPECT_EQ(asked.procedure, "1.000656");
  EXPECT_EQ(asked.online, true);
  EXPECT_EQ(asked.carried_over, true);
  EXPECT_EQ(asked.cursor, "a/b");
  EXPECT_EQ(asked.clocks, (1u << 3) | (1u << 4));
  EXPECT_EQ(asked.order, CaseOrder::kUrgency);
  EXPECT_EQ(asked.recorded_since, ParseInstant("2025-01-20T00:00:00+07:00").value());
  EXPECT_EQ(asked.limit, 1u);
}

TEST(OneCase, IsFoundByItsDecodedNumber) {
  RunningApp run;
  CaseAnswer& found = run.monitor->cases["LOCAL/7"];
  found.case_id = "LOCAL/7";
  found.unit = "H34.05";
  found.remaining_text = "Còn 2 ngày 3 giờ";
  const auto answer = run.Ask(Get("/api/v1/cases/LOCAL%2F7?known_at=2025-03-01T00:00:00Z"));
  EXPECT_EQ(answer.status, 200);
  const json::value body = json::parse(answer.body);
  EXPECT_EQ(body.at("case_id").as_string(), "LOCAL/7");
  EXPECT_EQ(body.at("clock").at("text").as_string(), "Còn 2 ngày 3 giờ");
  EXPECT_TRUE(body.at("verdicts").at("form06").is_object());
  EXPECT_TRUE(run.monitor->asked_view->known_at);
  EXPECT_EQ(run.Ask(Get("/api/v1/cases/LOCAL%2F7/timeline")).status, 200);
}

TEST(Onestop, AnswersAsSendersRead) {
  RunningApp run;
  const std::string accepted = R"({"error_code":"0","message":"Đồng bộ thành công"})";
  for (const std::string target :
       {"/api/v1/onestop/DongBoHoSoMC?MaDinhDanhDV=000.00.05.H34&isUpdating=True",
        "/api/SynsTTHCC/DongBoHoSoMC?madinhdanhdv=000.00.05.H34&x=1"}) {
    const auto answer = run.Ask(Post(target, kDossier));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, accepted);
  }
  ASSERT_EQ(run.monitor->submitted().size(), 2u);
  EXPECT_EQ(run.monitor->submitted()[0].sender, "H34.05");
  EXPECT_EQ(run.monitor->submitted()[1].sender, "H34.05");
  const auto second = run.Ask(Post("/api/v1/onestop/CapNhatTrangThai",
                                   R"([{"MaHoSo":"H34.05-250211-00042","TrangThai":9}])"));
  const json::value body = json::parse(second.body);
  EXPECT_EQ(body.at("code").as_int64(), 200);
  EXPECT_EQ(body.at("error_code").as_string(), "0");
  EXPECT_EQ(body.at("data").at("maHoSo").as_string(), "H34.05-250211-00042");
}

TEST(Onestop, ListsWhatWasQuarantined) {
  RunningApp run;
  const auto answer = run.Ask(Post("/api/v1/onestop/DongBoHoSoMC", kOneBad));
  EXPECT_EQ(answer.status, 200);
  const json::value body = json::parse(answer.body);
  EXPECT_EQ(body.at("error_code").as_string(), "0");
  EXPECT_EQ(body.at("accepted").as_int64(), 1);
  EXPECT_EQ(body.at("quarantined").as_int64(), 1);
  EXPECT_EQ(body.at("rejected").at(0).at("position").as_int64(), 1);
  EXPECT_EQ(body.at("rejected").at(0).at("field").as_string(), "TrangThaiHoSo");
}

TEST(Onestop, RefusesWholeBodiesInTheSendersWords) {
  RunningApp run;
  for (const auto& [target, body] :
       {std::pair("/api/v1/onestop", "not json"), std::pair("/api/v1/onestop", "[]"),
        std::pair("/api/v1/onestop/XoaHoSo", "[]")}) {
    const auto answer = run.Ask(Post(target, body));
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(json::parse(answer.body).at("error_code").as_string(), "-1");
  }
  const auto unknown = run.Ask(Post("/api/v1/onestop/XoaHoSo", "[]"));
  EXPECT_NE(unknown.body.find("XoaHoSo"), std::string::npos);
  EXPECT_NE(unknown.body.find("CapNhatTienDoHoSoMC"), std::string::npos);
  const auto xml = run.Ask(Post("/api/v1/onestop", "<a/>", "Content-Type: application/xml\r\n"));
  EXPECT_EQ(xml.status, 415);
  EXPECT_EQ(json::parse(xml.body).at("error_code").as_string(), "-1");
  const auto zipped = run.Ask(Post("/api/v1/onestop", "x", "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(zipped.status, 415);
  EXPECT_TRUE(run.monitor->submitted().empty());
}

TEST(Onestop, AFullQueueIsTriedAgainLater) {
  RunningApp run;
  run.monitor->submit_error = Error{ErrorKind::kUnavailable, "the queue is full; send again"};
  const auto answer = run.Ask(Post("/api/v1/onestop/DongBoHoSoMC", kDossier));
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.head.find("Retry-After: 2"), std::string::npos);
  EXPECT_EQ(json::parse(answer.body).at("error_code").as_string(), "-1");
  run.monitor->submit_error = Error{ErrorKind::kCorrupt, "block 7 of /var/lib/x is damaged"};
  const auto damaged = run.Ask(Post("/api/v1/onestop/DongBoHoSoMC", kDossier));
  EXPECT_EQ(damaged.status, 500);
  EXPECT_EQ(damaged.body.find("block 7"), std::string::npos);
}

TEST(Events, AnswerPerItem) {
  RunningApp run;
  const std::string good =
      R"({"specversion":"1.0","id":"1","source":"s","type":"vn.gov.tthc.case.dossier.v1",)"
      R"("data":{"MaHoSo":"H34.05-250211-00042","TrangThaiHoSo":"2","NgayTiepNhan":"20250211083000"}})";
  const auto answer = run.Ask(Post("/api/v1/events", "[" + good + R"(,{"id":"2"}])",
                                   "Content-Type: application/cloudevents-batch+json\r\n"));
  EXPECT_EQ(answer.status, 207) << answer.body;
  EXPECT_EQ(json::parse(answer.body).at("rejected").at(0).at("position").as_int64(), 1);
}

TEST(Alerts, AreListedAndAcknowledged) {
  RunningApp run;
  AlertState state;
  state.message.id = "a/1";
  state.message.unit = "H34.05";
  run.monitor->alerts = {state};
  EXPECT_EQ(
      json::parse(run.Ask(Get("/api/v1/alerts?unit=H34.05")).body).at("alerts").as_array().size(),
      1u);
  EXPECT_TRUE(
      json::parse(run.Ask(Get("/api/v1/alerts?unit=H34.23")).body).at("alerts").as_array().empty());
  const auto acked = run.Ask(Post("/api/v1/alerts/a%2F1/ack", R"({"comment":"đã rõ"})"));
  EXPECT_EQ(acked.status, 200);
  EXPECT_EQ(json::parse(acked.body).at("ack_comment").as_string(), "đã rõ");
  EXPECT_EQ(json::parse(acked.body).at("acked_by").as_string(), "operator");
  EXPECT_EQ(run.Ask(Post("/api/v1/alerts/none/ack", "")).status, 404);
  EXPECT_EQ(run.Ask(Post("/api/v1/alerts/a%2F1/ack", "[]")).status, 400);
}

TEST(Process, HealthMetricsAndDocument) {
  RunningApp run;
  EXPECT_EQ(run.Ask(Get("/-/ready")).status, 200);
  EXPECT_EQ(run.Ask(Get("/-/healthy")).status, 200);
  run.monitor->healthy = false;
  EXPECT_EQ(run.Ask(Get("/-/healthy")).status, 503);
  const auto metrics = run.Ask(Get("/metrics"));
  EXPECT_NE(metrics.head.find("text/plain; version=0.0.4"), std::string::npos);
  EXPECT_EQ(metrics.body, run.monitor->metrics_text);
  const auto zipped = run.Ask(Get("/metrics", "Accept-Encoding: deflate, gzip;q=0.5\r\n"));
  EXPECT_NE(zipped.head.find("Content-Encoding: gzip"), std::string::npos);
  EXPECT_EQ(zipped.body.substr(0, 2), "\x1f\x8b");
  EXPECT_EQ(run.Ask(Get("/metrics", "Accept-Encoding: gzip;q=0\r\n")).body,
            run.monitor->metrics_text);
  EXPECT_EQ(json::parse(run.Ask(Get("/openapi.json")).body).at("openapi").as_string(), "3.0.3");
  EXPECT_EQ(json::parse(run.Ask(Get("/api")).body).at("metrics").as_string(), "/metrics");
}

TEST(Problems, RepeatNoTextOfOthersBeyondAShortQuote) {
  RunningApp run;
  const std::string evil = "%3Cscript%3E" + std::string(500, 'x');
  const auto unknown = run.Ask(Get("/" + evil));
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.body.find("script"), std::string::npos);
  const auto parameter = run.Ask(Get("/api/v1/units/H34/summary?period=" + evil));
  EXPECT_EQ(parameter.body.find(std::string(60, 'x')), std::string::npos);
}

constexpr std::string_view kTokens = R"(
[[token]]
name = "one-stop"
token = "sender-token-0123456789"
roles = ["producer"]
[[token]]
name = "district"
token = "reader-token-0123456789"
roles = ["officer"]
units = ["H34.23"]
[[token]]
name = "centre"
token = "admin-token-0123456789"
roles = ["administrator"]
)";

TEST(AccessToRoutes, FollowsRoleAndUnits) {
  RunningApp run({}, *Access::Parse(kTokens, "t"));
  for (const char* id : {"a", "b"}) run.monitor->cases[id].case_id = id;
  run.monitor->cases["a"].unit = "H34.23.09";
  run.monitor->cases["b"].unit = "H34.05";
  AlertState state;
  state.message.id = "al";
  state.message.unit = "H34.05";
  run.monitor->alerts = {state};
  struct Row {
    std::string request;
    int nobody, sender, reader, admin;
  };
  const auto with = [](std::string request, const char* token) {
    if (*token == 0) return request;
    return request.insert(request.find("\r\n") + 2,
                          "Authorization: Bearer " + std::string(token) + "\r\n");
  };
  const std::string q = "/summary?period=2025-Q1";
  const Row rows[] = {{Post("/api/v1/onestop/DongBoHoSoMC", kDossier), 401, 200, 403, 200},
                      {Get("/api/v1/units/H34.23" + q), 401, 403, 200, 200},
                      {Get("/api/v1/units/H34.23.09" + q), 401, 403, 200, 200},
                      {Get("/api/v1/units/H34" + q), 401, 403, 404, 200},
                      {Get("/api/v1/cases?unit=H34.05&period=2025"), 401, 403, 404, 200},
                      {Get("/api/v1/cases/a"), 401, 403, 200, 200},
                      {Get("/api/v1/cases/b"), 401, 403, 404, 200},
                      {Get("/api/v1/cases/b/timeline"), 401, 403, 404, 200},
                      {Get("/api/v1/quarantine"), 401, 403, 403, 200},
                      {Get("/metrics"), 401, 403, 403, 200},
                      {Get("/api/v1/alerts?unit=H34.05"), 401, 403, 404, 200},
                      {Post("/api/v1/alerts/al/ack", "{}"), 401, 403, 404, 200},
                      {Get("/-/ready"), 200, 200, 200, 200},
                      {Get("/openapi.json"), 200, 200, 200, 200}};
  for (const Row& row : rows) {
    EXPECT_EQ(run.Ask(row.request).status, row.nobody) << row.request;
    EXPECT_EQ(run.Ask(with(row.request, "sender-token-0123456789")).status, row.sender)
        << row.request;
    EXPECT_EQ(run.Ask(with(row.request, "reader-token-0123456789")).status, row.reader)
        << row.request;
    EXPECT_EQ(run.Ask(with(row.request, "admin-token-0123456789")).status, row.admin)
        << row.request;
  }
  const auto refused = run.Ask(Get("/api/v1/units?token=admin-token-0123456789"));
  EXPECT_EQ(refused.status, 401);
  EXPECT_NE(refused.head.find("WWW-Authenticate: Bearer"), std::string::npos);
  const auto units = run.Ask(with(Get("/api/v1/units"), "reader-token-0123456789"));
  EXPECT_EQ(json::parse(units.body).at("units").as_array().size(), 2u);
}

// The route's answer with the address taken out: what would tell two answers apart.
std::string Without(std::string text, const std::string& what) {
  for (size_t at; (at = text.find(what)) != text.npos;) text.erase(at, what.size());
  return text;
}

TEST(AccessToRoutes, WhatIsNotYoursIsAnsweredLikeWhatIsNotThere) {
  RunningApp run({}, *Access::Parse(kTokens, "t"));
  for (const char* id : {"mine", "theirs"}) run.monitor->cases[id].case_id = id;
  run.monitor->cases["mine"].unit = "H34.23.09";
  run.monitor->cases["theirs"].unit = "H34.05";
  const auto ask = [&](const std::string& target) {
    return run.Ask(Get(target, "Authorization: Bearer reader-token-0123456789\r\n"));
  };
  const std::pair<std::string, std::string> pairs[] = {
      {"theirs", "nobody"}, {"H34.05", "H34.99"}};
  for (const auto& [path, foreign] : {std::pair<std::string, size_t>{"/api/v1/cases/@", 0},
                                      {"/api/v1/cases/@?known_at=2025-03-01T00:00:00Z", 0},
                                      {"/api/v1/cases/@/timeline", 0},
                                      {"/api/v1/units/@", 1},
                                      {"/api/v1/units/@/summary?period=2025-Q1", 1},
                                      {"/api/v1/units/@/frozen?period=2025-Q1", 1},
                                      {"/api/v1/cases?period=2025-Q1&unit=@", 1},
                                      {"/api/v1/reports/form06?period=2025-Q1&unit=@", 1},
                                      {"/api/v1/alerts?unit=@", 1},
                                      {"/api/v1/alerts/stream?unit=@", 1}}) {
    const auto with = [&, path = path](const std::string& value) {
      return std::string(path).replace(path.find('@'), 1, value);
    };
    const auto theirs = ask(with(pairs[foreign].first));
    const auto nobodys = ask(with(pairs[foreign].second));
    EXPECT_EQ(theirs.status, 404) << path;
    EXPECT_EQ(nobodys.status, 404) << path;
    EXPECT_EQ(Without(theirs.body, pairs[foreign].first),
              Without(nobodys.body, pairs[foreign].second));
  }
}

TEST(AccessToRoutes, ACaseIsOfTheUnitOfNowAlsoAsKnownThen) {
  RunningApp run({}, *Access::Parse(kTokens, "t"));
  CaseLine line;
  line.case_id = "moved";
  line.unit = "H34.23.09";  // as known then
  run.monitor->page.lines = {line};
  run.monitor->cases["moved"].unit = "H34.05";
  ReportTable table;
  table.columns = {{"case_id", "Mã hồ sơ", CellKind::kText}};
  table.rows = {{std::string("moved")}};
  run.monitor->report.tables = {table};
  run.monitor->improvements.cases = {{"moved", "H34.23.09", "", {}, 1, {}}};
  const std::string then = "&period=2025-Q1&known_at=2025-03-01T00:00:00Z";
  for (const std::string& target :
       {"/api/v1/cases?unit=H34.23" + then, "/api/v1/units/H34.23/improvements?" + then.substr(1),
        "/api/v1/reports/late-cases?unit=H34.23" + then}) {
    const auto answer = run.Ask(Get(target, "Authorization: Bearer reader-token-0123456789\r\n"));
    EXPECT_EQ(answer.status, 200) << target << answer.body;
    EXPECT_EQ(answer.body.find("moved"), std::string::npos) << target;
    const auto all = run.Ask(Get(target, "Authorization: Bearer admin-token-0123456789\r\n"));
    EXPECT_NE(all.body.find("moved"), std::string::npos) << target;
  }
}

constexpr std::string_view kBoundTokens = R"(
[[token]]
name = "one-stop of the district"
token = "bound-sender-0123456789"
roles = ["producer"]
units = ["H34.23"]
[[token]]
name = "former officer"
token = "former-reader-0123456789"
roles = ["officer"]
units = [{ code = "H34.23", to = "2025-03-09" }]
[[token]]
name = "auditor"
token = "auditor-token-0123456789"
roles = ["auditor"]
[[token]]
name = "officer"
token = "officer-token-0123456789"
roles = ["officer"]
[[token]]
name = "old"
token = "expired-token-0123456789"
roles = ["administrator"]
expires = "2020-01-01T00:00:00Z"
)";

std::string As(const char* token) {
  return "Authorization: Bearer " + std::string(token) + "\r\n";
}

TEST(AccessToRoutes, AProducerDeliversForItsOwnUnits) {
  RunningApp run({}, *Access::Parse(kBoundTokens, "t"));
  const auto deliver = [&](const std::string& case_id) {
    const std::string body =
        R"({"madonvi":"000.00.00.H34","service":"DongBoHoSoMC","data":[{"MaHoSo":")" + case_id +
        R"(","MaTTHC":"1.000656","TrangThaiHoSo":"2","NgayTiepNhan":"20250210083000"}]})";
    return run.Ask(Post("/api/v1/onestop", body,
                        "Content-Type: application/json\r\n" + As("bound-sender-0123456789")));
  };
  EXPECT_EQ(deliver("H34.23.09-250210-00001").status, 200);
  EXPECT_EQ(deliver("H34.23.77-250210-00001").status, 200);  // new, but below its unit
  const auto foreign = deliver("H34.05-250210-00001");
  EXPECT_EQ(foreign.status, 403);
  EXPECT_NE(foreign.body.find("\"error_code\":\"-1\""), std::string::npos) << foreign.body;
  EXPECT_EQ(deliver("000123").status, 403);  // of the sender's unit, H34
  EXPECT_EQ(run.monitor->submitted().size(), 2u);
}

TEST(AccessToRoutes, WhoseBindingsHaveEndedSeesNothing) {
  RunningApp run({}, *Access::Parse(kBoundTokens, "t"));
  AlertState state;
  state.message.id = "al";
  state.message.unit = "H34.23";
  run.monitor->alerts = {state};
  run.monitor->closed.push_back({"H34.23", {}, "", {}, {}, "x"});
  const auto ask = [&](const char* target) {
    return run.Ask(Get(target, As("former-reader-0123456789")));
  };
  EXPECT_EQ(json::parse(ask("/api/v1/units").body).at("units").as_array().size(), 0u);
  EXPECT_EQ(json::parse(ask("/api/v1/periods").body).at("periods").as_array().size(), 0u);
  EXPECT_EQ(ask("/api/v1/units/H34.23/summary?period=2025-Q1").status, 404);
  EXPECT_EQ(ask("/api/v1/alerts").status, 403);
  EXPECT_EQ(ask("/api/v1/alerts/stream").status, 403);
  EXPECT_EQ(ask("/metrics").status, 403);
  EXPECT_EQ(ask("/api/v1/registers").status, 403);
  EXPECT_EQ(run.Ask(Post("/api/v1/alerts/al/ack", "{}",
                         "Content-Type: application/json\r\n" + As("former-reader-0123456789")))
                .status,
            404);
}

TEST(AccessToRoutes, RightsAreOfRoles) {
  RunningApp run({}, *Access::Parse(kBoundTokens, "t"));
  EXPECT_EQ(run.Ask(Get("/api/v1/quarantine", As("auditor-token-0123456789"))).status, 200);
  EXPECT_EQ(run.Ask(Get("/api/v1/quarantine", As("officer-token-0123456789"))).status, 403);
  EXPECT_EQ(run.Ask(Get("/api/v1/alerts", As("auditor-token-0123456789"))).status, 200);
  const auto acknowledge = [&](const char* token) {
    return run
        .Ask(Post("/api/v1/alerts/al/ack", "{}", "Content-Type: application/json\r\n" + As(token)))
        .status;
  };
  EXPECT_EQ(acknowledge("auditor-token-0123456789"), 403);
  EXPECT_EQ(acknowledge("officer-token-0123456789"), 404);  // may, but there is none
  const auto expired = run.Ask(Get("/api/v1/units", As("expired-token-0123456789")));
  EXPECT_EQ(expired.status, 401);
  EXPECT_NE(expired.body.find("The token has expired."), std::string::npos);
  EXPECT_EQ(run.Metric("tthc_tokens_refused_total", {{"reason", "expired"}}), 1);
}

}  // namespace
}  // namespace tthc
