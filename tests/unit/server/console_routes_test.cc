// The console's files, who the caller is, and what its views ask beyond the contract's first form.
#include <boost/json/parse.hpp>

#include "app_fixture.h"
#include "config/json_text.h"
#include "server/console/files.h"

namespace tthc {
namespace {

bool Says(const RawAnswer& answer, std::string_view line) {
  return answer.head.find(line) != std::string::npos;
}

TEST(ConsoleFiles, AreServedToEverybodyUnderAStrictPolicy) {
  RunningApp run({}, *Access::Parse("[[token]]\nname = \"a\"\ntoken = \"token-0123456789abcdef\"\n"
                                    "roles = [\"leader\"]\nunits = [\"H34.05\"]\n",
                                    "tokens.toml"));
  for (const ConsoleFile& file : ConsoleFiles()) {
    const auto plain = run.Ask(Get("/console/" + std::string(file.name)));
    EXPECT_EQ(plain.status, 200) << file.name;
    EXPECT_EQ(plain.body, file.plain) << file.name;
    EXPECT_TRUE(Says(plain, "Content-Security-Policy: default-src 'none'; script-src 'self';"));
    EXPECT_TRUE(Says(plain, "Referrer-Policy: no-referrer"));
    EXPECT_EQ(Says(plain, "immutable"), file.hashed_name) << file.name;
    const auto zipped =
        run.Ask(Get("/console/" + std::string(file.name), "Accept-Encoding: gzip\r\n"));
    EXPECT_EQ(zipped.body, file.gzipped) << file.name;
    const auto known = run.Ask(Get("/console/" + std::string(file.name),
                                   "If-None-Match: " + std::string(file.etag) + "\r\n"));
    EXPECT_EQ(known.status, 304) << file.name;
    EXPECT_TRUE(known.body.empty());
  }
  EXPECT_EQ(run.Ask(Get("/")).status, 200);
  EXPECT_EQ(run.Ask(Get("/console/none")).status, 404);
  EXPECT_FALSE(Says(run.Ask(Get("/-/healthy")), "Content-Security-Policy"));
}

TEST(Me, SaysWhoseTokenItIs) {
  RunningApp run({}, *Access::Parse("[[token]]\nname = \"a\"\ntoken = \"token-0123456789abcdef\"\n"
                                    "roles = [\"leader\"]\nunits = [\"000.05.H34\"]\n",
                                    "tokens.toml"));
  EXPECT_EQ(run.Ask(Get("/api/v1/me")).status, 401);
  const auto me = json::parse(
      run.Ask(Get("/api/v1/me", "Authorization: Bearer token-0123456789abcdef\r\n")).body);
  EXPECT_EQ(JsonText(me.at("rights")), R"(["read","acknowledge","manage_alerts"])");
  EXPECT_EQ(JsonText(me.at("units")), R"(["H34.05"])");
  EXPECT_FALSE(me.at("sees_all_units").as_bool());
  EXPECT_FALSE(me.at("auth_off").as_bool());
  RunningApp open;
  const auto anybody = json::parse(open.Ask(Get("/api/v1/me")).body);
  EXPECT_TRUE(anybody.at("auth_off").as_bool());
  EXPECT_TRUE(anybody.at("sees_all_units").as_bool());
}

TEST(Trend, ListsDays) {
  RunningApp run;
  run.monitor->trend = {{*ParseDay("2025-03-01"), 5, 4, 1}, {*ParseDay("2025-03-02"), 0, 0, 0}};
  const auto body = json::parse(run.Ask(Get("/api/v1/units/H34/trend?period=2025-03")).body);
  EXPECT_EQ(JsonText(body.at("days")),
            R"([{"day":"2025-03-01","received":5,"resolved":4,"late":1},)"
            R"({"day":"2025-03-02","received":0,"resolved":0,"late":0}])");
  EXPECT_EQ(body.at("carried_over").as_int64(), 3);
}

TEST(Answers, AreCompressedWhereThatPays) {
  RunningApp run;
  const std::string accepts = "Accept-Encoding: gzip\r\n";
  EXPECT_TRUE(Says(run.Ask(Get("/openapi.json", accepts)), "Content-Encoding: gzip"));
  EXPECT_FALSE(Says(run.Ask(Get("/openapi.json")), "Content-Encoding"));
  EXPECT_FALSE(Says(run.Ask(Get("/api/v1/me", accepts)), "Content-Encoding"));
}

}  // namespace
}  // namespace tthc
