// The registers over a real socket: bodies of every kind, refusals row by row, versions, access.
#include <boost/json/parse.hpp>

#include "app_fixture.h"
#include "config/json_text.h"
#include "server/http/limits.h"

namespace tthc {
namespace {

constexpr std::string_view kPetition =
    R"({"id":"P1","unit":"H34.05","sent_at":"2025-03-01T08:00:00+07:00"})";
constexpr std::string_view kAnsweredFirst =
    R"({"id":"P2","unit":"H34.05","sent_at":"2025-03-02T08:00:00+07:00",)"
    R"("answered_at":"2025-03-01T08:00:00+07:00"})";

json::value Body(const RawAnswer& answer) { return json::parse(answer.body); }

std::string Lines(std::initializer_list<std::string_view> rows) {
  std::string text;
  for (const std::string_view row : rows) text += std::string(row) + "\n";
  return text;
}

TEST(PutRegister, KeepsTheGoodRowsAndTellsTheOthers) {
  RunningApp run;
  const auto answer =
      run.Ask(Put("/api/v1/registers/petitions", Lines({kPetition, "[]", kAnsweredFirst})));
  ASSERT_EQ(answer.status, 200) << answer.body;
  const json::value body = Body(answer);
  EXPECT_EQ(body.at("register").as_string(), "petitions");
  EXPECT_EQ(body.at("rows").as_int64(), 3);
  EXPECT_EQ(body.at("recorded").as_int64(), 1);
  EXPECT_EQ(body.at("unchanged").as_int64(), 0);
  EXPECT_EQ(body.at("rejected_total").as_int64(), 2);
  EXPECT_EQ(body.at("rejected").at(0).at("line").as_int64(), 2);
  EXPECT_TRUE(body.at("rejected").at(0).at("field").is_null());
  EXPECT_EQ(body.at("rejected").at(1).at("line").as_int64(), 3);
  EXPECT_EQ(body.at("rejected").at(1).at("field").as_string(), "answered_at");
  EXPECT_EQ(body.at("rejected").at(1).at("code").as_string(), "contradiction");
  EXPECT_FALSE(body.at("rejected").at(1).at("reason").as_string().empty());
  EXPECT_EQ(body.at("recorded_at").as_string(), "2025-03-10T09:00:01+07:00");

  const json::value again =
      Body(run.Ask(Put("/api/v1/registers/petitions", "[" + std::string(kPetition) + "]",
                       "application/json")));
  EXPECT_EQ(again.at("recorded").as_int64(), 0);
  EXPECT_EQ(again.at("unchanged").as_int64(), 1);
}

TEST(PutRegister, TakesCsvAndFlagsWhatIsNotKnown) {
  RunningApp run;
  const auto answer = run.Ask(Put("/api/v1/registers/petitions",
                                  "id,unit,sent_at\nP1,H34.05,01/03/2025 08:00\n"
                                  "P2,H99.01,01/03/2025 08:00\n",
                                  "text/csv; charset=utf-8"));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(Body(answer).at("recorded").as_int64(), 2);
  EXPECT_EQ(Body(answer).at("flagged_total").as_int64(), 1);
  EXPECT_EQ(Body(answer).at("flagged").at(0).at("line").as_int64(), 3);
  EXPECT_EQ(Body(answer).at("flagged").at(0).at("code").as_string(), "unknown_unit");
}

TEST(PutRegister, ADryRunRecordsNothing) {
  RunningApp run;
  const auto answer =
      run.Ask(Put("/api/v1/registers/petitions?dry_run=true", Lines({kPetition, "{}"})));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_TRUE(Body(answer).at("recorded").is_null());
  EXPECT_EQ(Body(answer).at("rejected_total").as_int64(), 1);
  EXPECT_FALSE(run.monitor->registers().Kept(RegisterId::kPetitions, kEndOfTime));
}

TEST(PutRegister, AnEmptyBodySaysThatTheRegisterIsKept) {
  RunningApp run;
  EXPECT_EQ(run.Ask(Put("/api/v1/registers/petitions", "")).status, 200);
  EXPECT_TRUE(run.monitor->registers().Kept(RegisterId::kPetitions, kEndOfTime));
  EXPECT_FALSE(run.monitor->registers().Kept(RegisterId::kPayments, kEndOfTime));
}

TEST(PutRegister, WholeBodiesAreRefusedWithTheReason) {
  RunningApp run;
  const auto none = run.Ask(Put("/api/v1/registers/petitions", Lines({"{}", kAnsweredFirst})));
  EXPECT_EQ(none.status, 422);
  EXPECT_EQ(Body(none).at("type").as_string(), "/problems/nothing-usable");
  EXPECT_EQ(Body(none).at("rejected_total").as_int64(), 2);
  EXPECT_EQ(Body(none).at("rejected").at(0).at("line").as_int64(), 1);
  EXPECT_FALSE(run.monitor->registers().Kept(RegisterId::kPetitions, kEndOfTime));

  const auto unknown = run.Ask(Put("/api/v1/registers/petition", Lines({kPetition})));
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(Body(unknown).at("type").as_string(), "/problems/unknown-register");
  EXPECT_NE(unknown.body.find("petitions, ratings"), std::string::npos) << unknown.body;

  for (const std::string_view type : {"application/xml", ""}) {
    EXPECT_EQ(run.Ask(Put("/api/v1/registers/petitions", "<a/>", type)).status, 415) << type;
  }
  EXPECT_EQ(run.Ask(Put("/api/v1/registers/petitions", "[{", "application/json")).status, 400);
  const auto header = run.Ask(Put("/api/v1/registers/petitions", "id,who\n", "text/csv"));
  EXPECT_EQ(header.status, 400);
  EXPECT_NE(header.body.find("who"), std::string::npos) << header.body;
  EXPECT_EQ(run.Ask(Put("/api/v1/registers/petitions?dryrun=true", "{}")).status, 400);
  EXPECT_EQ(run.Ask(Put("/api/v1/registers/petitions?dry_run=yes", "{}")).status, 400);
}

TEST(PutRegister, AFullQueueIsTriedAgainLater) {
  RunningApp run;
  run.monitor->submit_error = Error{ErrorKind::kUnavailable, "the queue is full; send again"};
  const auto answer = run.Ask(Put("/api/v1/registers/petitions", Lines({kPetition})));
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.head.find("Retry-After: 2"), std::string::npos);
}

TEST(PutRegister, ListsAtMostItsLimit) {
  RunningApp run;
  std::string rows(kPetition);
  for (size_t i = 0; i < kListedRegisterRows + 5; ++i) rows += "\n{}";
  const json::value body = Body(run.Ask(Put("/api/v1/registers/petitions", rows)));
  EXPECT_EQ(body.at("rejected_total").to_number<uint64_t>(), kListedRegisterRows + 5);
  EXPECT_EQ(body.at("rejected").as_array().size(), kListedRegisterRows);
}

TEST(Registers, AreADataDictionary) {
  RunningApp run;
  run.Ask(Put("/api/v1/registers/petitions", Lines({kPetition})));
  const json::value body = Body(run.Ask(Get("/api/v1/registers")));
  const json::array& registers = body.at("registers").as_array();
  ASSERT_EQ(registers.size(), kRegisterCount);
  for (const json::value& item : registers) {
    const bool petitions = item.at("name").as_string() == "petitions";
    EXPECT_EQ(item.at("kept").as_bool(), petitions);
    EXPECT_EQ(item.at("rows").to_number<uint64_t>(), petitions ? 1u : 0u);
    EXPECT_FALSE(item.at("title").as_string().empty());
    for (const json::value& field : item.at("fields").as_array()) {
      EXPECT_FALSE(field.at("kind").as_string().empty()) << field.at("name");
      EXPECT_FALSE(field.at("label").as_string().empty()) << field.at("name");
    }
  }
}

TEST(Registers, PagesAndVersionsOfRows) {
  RunningApp run;
  const std::string path = "/api/v1/registers/sync-counts";
  const auto put = [&](std::string_view rows) { EXPECT_EQ(run.Ask(Put(path, rows)).status, 200); };
  put(R"({"unit":"H34.05","period":"2025-01","bcqg":100}
{"unit":"H34.05","period":"2025-01","indicator":"TDGQ.1","numerator":1,"denominator":2})");
  put(R"({"unit":"H34.05","period":"2025-01","bcqg":101})");
  put(R"({"unit":"H34.05","period":"2025-01","withdrawn":true})");

  const json::value first = Body(run.Ask(Get(path + "?limit=1")));
  ASSERT_EQ(first.at("rows").as_array().size(), 1u);
  const std::string key(first.at("rows").at(0).at("key").as_string());
  EXPECT_EQ(first.at("next_after").as_string(), key);
  EXPECT_EQ(first.at("rows").at(0).at("withdrawn").as_bool(), true);
  const json::value second = Body(run.Ask(Get(path + "?after=" + key)));
  ASSERT_EQ(second.at("rows").as_array().size(), 1u);
  EXPECT_TRUE(second.at("next_after").is_null());
  const json::value& values = second.at("rows").at(0).at("values");
  EXPECT_EQ(values.at("period").as_string(), "2025-01");
  EXPECT_EQ(values.at("numerator").as_int64(), 1);
  EXPECT_TRUE(values.at("bcqg").is_null());

  // What stood after the first put, and before it.
  const json::value before =
      Body(run.Ask(Get(path + "?limit=1&known_at=2025-03-10T09:00:01%2B07:00")));
  EXPECT_EQ(before.at("rows").at(0).at("values").at("bcqg").as_int64(), 100);
  const json::value never = Body(run.Ask(Get(path + "?known_at=2025-03-10T09:00:00%2B07:00")));
  EXPECT_FALSE(never.at("kept").as_bool());
  EXPECT_TRUE(never.at("rows").as_array().empty());

  const json::value versions = Body(run.Ask(Get(path + "/versions?key=" + key)));
  ASSERT_EQ(versions.at("versions").as_array().size(), 3u);
  EXPECT_EQ(versions.at("versions").at(1).at("version").as_int64(), 2);
  EXPECT_EQ(versions.at("versions").at(1).at("recorded_at").as_string(),
            "2025-03-10T09:00:02+07:00");
  EXPECT_EQ(run.Ask(Get(path + "/versions")).status, 400);
  EXPECT_EQ(run.Ask(Get(path + "/versions?key=none")).status, 404);
  EXPECT_EQ(run.Ask(Get("/api/v1/registers/none")).status, 404);
  EXPECT_EQ(run.Ask(Get("/api/v1/registers/none/versions?key=a")).status, 404);
}

constexpr std::string_view kTokens = R"(
[[token]]
name = "one-stop"
token = "sender-token-0123456789"
roles = ["producer"]
[[token]]
name = "district"
token = "reader-token-0123456789"
roles = ["producer", "officer"]
units = ["H34.23"]
[[token]]
name = "centre"
token = "admin-token-0123456789"
roles = ["administrator"]
)";

TEST(Registers, AreForTokensThatSeeAllUnits) {
  RunningApp run({}, *Access::Parse(kTokens, "t"));
  const auto with = [](std::string request, const std::string& token) {
    return request.insert(request.find("\r\n") + 2, "Authorization: Bearer " + token + "\r\n");
  };
  struct Row {
    std::string request;
    int sender, district, admin;
  };
  const Row rows[] = {
      {Put("/api/v1/registers/petitions", kPetition), 200, 403, 200},
      {Get("/api/v1/registers"), 403, 403, 200},
      {Get("/api/v1/registers/petitions"), 403, 403, 200},
      {Get("/api/v1/registers/petitions/versions?key=P1"), 403, 403, 200}};
  for (const Row& row : rows) {
    EXPECT_EQ(run.Ask(row.request).status, 401);
    EXPECT_EQ(run.Ask(with(row.request, "sender-token-0123456789")).status, row.sender);
    EXPECT_EQ(run.Ask(with(row.request, "reader-token-0123456789")).status, row.district);
    EXPECT_EQ(run.Ask(with(row.request, "admin-token-0123456789")).status, row.admin);
  }
}

}  // namespace
}  // namespace tthc
