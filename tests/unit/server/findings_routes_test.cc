// Findings and the honest ratio over a real socket: the question, the answer, mistakes, access.
#include <boost/json/parse.hpp>

#include "app_fixture.h"
#include "config/json_text.h"

namespace tthc {
namespace {

const std::string kFindings = "/api/v1/findings?unit=H34";
const std::string kHonest = "/api/v1/units/H34/honest-ratio?period=2025-Q1";

Instant At(const char* text) { return *ParseInstant(text); }

FindingLine SomeLine(const std::string& id, Finding kind) {
  FindingLine line;
  line.key = {id, kind};
  line.case_id = id;
  line.unit = "H34.05";
  line.since = At("2025-03-11T08:00:00+07:00");
  line.proofs = {{7, line.since, "H34", "due_at", "2025-03-10T17:00:00+07:00",
                  "2025-03-20T17:00:00+07:00"}};
  return line;
}

HonestAnswer SomeAnswer() {
  HonestAnswer answer;
  answer.cut_off = At("2025-03-31T23:59:59+07:00");
  answer.counts.shares = {Share{3, 4}, Share{2, 4}, Share{2, 3}};
  answer.counts.differing = answer.counts.left_out = answer.counts.left_out_on_time = 1;
  HonestLine line;
  line.case_id = "H34.05-250303-00001";
  line.unit = "H34.05";
  line.reasons = {{"due_moved", "Ngày hẹn trả đã thay đổi"}};
  line.proofs = SomeLine("x", Finding::kDueMovedAfterDeadline).proofs;
  answer.lines = {line};
  return answer;
}

// Every member of `value` stands in the schema of the document, in lists and objects too.
void ExpectDescribed(const json::value& document, const json::value& schema,
                     const json::value& value, const std::string& where) {
  const auto* ref = schema.is_object() ? schema.as_object().if_contains("$ref") : nullptr;
  if (ref != nullptr) {
    const std::string pointer(ref->as_string().c_str() + 1);
    return ExpectDescribed(document, document.at_pointer(pointer), value, where);
  }
  if (value.is_array()) {
    for (const json::value& item : value.as_array()) {
      ExpectDescribed(document, schema.at("items"), item, where + "[]");
    }
    return;
  }
  if (!value.is_object()) return;
  for (const auto& [name, member] : value.as_object()) {
    const auto* known = schema.at("properties").as_object().if_contains(name);
    ASSERT_NE(known, nullptr) << where << "." << name;
    ExpectDescribed(document, *known, member, where + "." + std::string(name));
  }
}

TEST(FindingRoutes, EachWithItsWordsAndProofs) {
  RunningApp run;
  run.monitor->findings.lines = {SomeLine("H34.05-1", Finding::kDueMovedAfterDeadline)};
  run.monitor->findings.counts[static_cast<size_t>(Finding::kDueMovedAfterDeadline)] = 3;
  run.monitor->findings.more = true;
  const json::value body = json::parse(run.Ask(Get(kFindings + "&limit=1")).body);
  EXPECT_EQ(body.at("total").as_int64(), 3);
  EXPECT_EQ(body.at_pointer("/counts/0/kind").as_string(), "due_moved_after_deadline");
  EXPECT_EQ(body.at_pointer("/findings/0/severity").as_string(), "critical");
  EXPECT_EQ(body.at_pointer("/findings/0/statements/0/seq").as_int64(), 7);
  EXPECT_EQ(body.at_pointer("/findings/0/statements/0/before").as_string(),
            "2025-03-10T17:00:00+07:00");
  EXPECT_TRUE(body.at_pointer("/findings/0/sender").is_null());
  EXPECT_EQ(body.at("next_cursor").as_string(), "due_moved_after_deadline~H34.05-1");
  const json::value document = json::parse(run.Ask(Get("/openapi.json")).body);
  ExpectDescribed(document, document.at_pointer("/components/schemas/FindingList"), body, "");
}

TEST(FindingRoutes, TheQuestionArrives) {
  RunningApp run;
  run.Ask(Get("/api/v1/findings?unit=000.05.H34&kind=frozen,reopened&from=2025-03-01&to=2025-03-31&"
              "known_at=2025-04-01T00:00:00%2B07:00&limit=7&cursor=frozen~A~B"));
  const FindingsQuery asked = run.monitor->asked_findings.value();
  EXPECT_EQ(asked.unit, "H34.05");
  EXPECT_EQ(asked.kinds, BitOf(Finding::kFrozen) | BitOf(Finding::kReopened));
  EXPECT_EQ(asked.from, ParseDay("2025-03-01").value());
  EXPECT_EQ(asked.to, ParseDay("2025-03-31").value());
  EXPECT_EQ(asked.view.known_at, At("2025-04-01T00:00:00+07:00"));
  EXPECT_EQ(asked.limit, 7u);
  EXPECT_EQ(asked.after, (FindingKey{"A~B", Finding::kFrozen}));
  EXPECT_TRUE(asked.silent_senders);
  run.Ask(Get(kFindings));
  EXPECT_EQ(run.monitor->asked_findings->kinds, kAllFindings);
  EXPECT_FALSE(run.monitor->asked_findings->after);
}

TEST(FindingRoutes, HonestRatioSideBySide) {
  RunningApp run;
  run.monitor->honest = SomeAnswer();
  const json::value body = json::parse(run.Ask(Get(kHonest + "&rule=qd766&cursor=A&limit=5")).body);
  EXPECT_EQ(run.monitor->asked_honest->rule, Rule::kQd766);
  EXPECT_EQ(run.monitor->asked_honest->cursor, "A");
  EXPECT_EQ(run.monitor->asked_honest->limit, 5u);
  EXPECT_EQ(body.at_pointer("/ratios/1/by").as_string(), "first_known");
  EXPECT_EQ(body.at_pointer("/ratios/1/ratio").to_number<double>(), 0.5);
  EXPECT_EQ(body.at_pointer("/ratios/2/ratio").to_number<double>(), 0.666667);
  EXPECT_EQ(body.at_pointer("/differing/left_out_on_time").as_int64(), 1);
  EXPECT_EQ(body.at_pointer("/cases/0/why/0/code").as_string(), "due_moved");
  EXPECT_TRUE(body.at("next_cursor").is_null());
  const json::value document = json::parse(run.Ask(Get("/openapi.json")).body);
  ExpectDescribed(document, document.at_pointer("/components/schemas/HonestRatio"), body, "");
}

TEST(FindingRoutes, MistakesAreNamed) {
  RunningApp run;
  const std::tuple<std::string, int, std::string> rows[] = {
      {"/api/v1/findings", 400, "unit"},
      {"/api/v1/findings?unit=H99", 404, "unit"},
      {kFindings + "&kind=nothing", 400, "kind"},
      {kFindings + "&cursor=nothing~H34.05-1", 400, "cursor"},
      {kFindings + "&cursor=frozen", 400, "cursor"},
      {kFindings + "&from=2025-03-02&to=2025-03-01", 400, "to"},
      {kFindings + "&limit=0", 400, "limit"},
      {"/api/v1/units/H34/honest-ratio", 400, "from"},
      {"/api/v1/units/H99/honest-ratio?period=2025-Q1", 404, "code"},
      {kHonest + "&rule=opencps", 400, "rule"}};
  for (const auto& [path, status, parameter] : rows) {
    const auto answer = run.Ask(Get(path));
    EXPECT_EQ(answer.status, status) << path;
    EXPECT_EQ(json::parse(answer.body).at("parameter").as_string(), parameter) << path;
  }
}

TEST(FindingRoutes, FollowUnitsAndTellABoundCallerNothingOfSenders) {
  RunningApp run({}, *Access::Parse(R"(
[[token]]
name = "district"
token = "reader-token-0123456789"
roles = ["officer"]
units = ["H34.23"]
)",
                                    "t"));
  const auto ask = [&](const std::string& path) {
    return run.Ask(Get(path, "Authorization: Bearer reader-token-0123456789\r\n")).status;
  };
  EXPECT_EQ(ask("/api/v1/findings?unit=H34.23.09"), 200);
  EXPECT_FALSE(run.monitor->asked_findings->silent_senders);
  EXPECT_EQ(ask(kFindings), 404);
  EXPECT_EQ(ask("/api/v1/units/H34.23/honest-ratio?period=2025-Q1"), 200);
  EXPECT_EQ(ask(kHonest), 404);
  EXPECT_EQ(run.Ask(Get(kHonest)).status, 401);
}

// Asked as known earlier, cases that have moved to another unit since are left out.
TEST(FindingRoutes, CasesThatMovedAwayAreHidden) {
  RunningApp run({}, *Access::Parse(R"(
[[token]]
name = "district"
token = "reader-token-0123456789"
roles = ["officer"]
units = ["H34.23"]
)",
                                    "t"));
  run.monitor->findings.lines = {SomeLine("H34.23-1", Finding::kReopened),
                                 SomeLine("H34.05-1", Finding::kReopened)};
  run.monitor->honest = SomeAnswer();
  run.monitor->cases["H34.23-1"].unit = "H34.23";
  run.monitor->cases["H34.05-1"].unit = "H34.05";
  run.monitor->cases["H34.05-250303-00001"].unit = "H34.05";
  const auto ask = [&](const std::string& path) {
    return json::parse(
        run.Ask(Get(path + "&known_at=2025-02-01T00:00:00%2B07:00",
                    "Authorization: Bearer reader-token-0123456789\r\n")).body);
  };
  const json::value findings = ask("/api/v1/findings?unit=H34.23");
  ASSERT_EQ(findings.at("findings").as_array().size(), 1u);
  EXPECT_EQ(findings.at_pointer("/findings/0/case_id").as_string(), "H34.23-1");
  const json::value honest = ask("/api/v1/units/H34.23/honest-ratio?period=2025-Q1");
  EXPECT_TRUE(honest.at("cases").as_array().empty());
}

}  // namespace
}  // namespace tthc
