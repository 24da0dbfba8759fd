#include "server/http/router.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <set>

#include "server/http/onestop.h"
#include "server/http/openapi.h"
#include "server/http/parameters.h"
#include "config/json_text.h"

namespace tthc {
namespace {

TEST(Router, FindsTheRouteAndItsValues) {
  const Router router;
  const auto match = router.Match(http::verb::get, "/api/v1/cases/H34%2F1/timeline");
  const auto* found = std::get_if<RouteMatch>(&match);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->route->name, "getTimeline");
  EXPECT_EQ(found->path, std::vector<std::string>{"H34/1"});
}

TEST(Router, TellsWrongMethodFromNoRoute) {
  const Router router;
  EXPECT_TRUE(std::holds_alternative<NoRoute>(router.Match(http::verb::get, "/nowhere")));
  EXPECT_TRUE(std::holds_alternative<NoRoute>(router.Match(http::verb::get, "/api/v1/cases/")));
  EXPECT_TRUE(std::holds_alternative<BadPath>(router.Match(http::verb::get, "/%")));
  const auto wrong = router.Match(http::verb::post, "/api/v1/units");
  EXPECT_EQ(std::get<WrongMethod>(wrong).allow, "GET, HEAD");
  const auto head = router.Match(http::verb::head, "/api/v1/units");
  EXPECT_EQ(std::get<RouteMatch>(head).route->name, "listUnits");
  EXPECT_EQ(std::get<WrongMethod>(router.Match(http::verb::head, "/api/v1/onestop")).allow, "POST");
}

TEST(Router, EveryRouteIsWhole) {
  const Router router;
  std::set<std::string_view> names;
  for (const Route& route : router.routes()) {
    EXPECT_TRUE(names.insert(route.name).second) << route.name;
    const bool answers = route.runs == Runs::kOnSocketThread || route.runs == Runs::kOnQueryPool;
    EXPECT_EQ(route.answer != nullptr, answers) << route.name;
    EXPECT_EQ(route.async != nullptr,
              route.runs == Runs::kAsync || route.runs == Runs::kAsyncOnQueryPool)
        << route.name;
    if (route.path.starts_with("/api/")) {
      EXPECT_NE(route.needs, Right::kNone) << route.name;
    }
    EXPECT_EQ(IsOnestopPath(route.path),
              route.needs == Right::kDeliver && route.gives == "OnestopAnswer")
        << route.name;
  }
}

const json::value* Referenced(const json::object& document, std::string_view reference) {
  return document.at("components")
      .at("schemas")
      .as_object()
      .if_contains(json::string_view(reference.data(), reference.size()).substr(21));
}

void CheckReferences(const json::value& value, const json::object& document) {
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      if (member.key() == "$ref") {
        const auto& text = member.value().as_string();
        EXPECT_NE(Referenced(document, {text.data(), text.size()}), nullptr) << text;
      }
      CheckReferences(member.value(), document);
    }
  }
  if (const auto* array = value.if_array()) {
    for (const json::value& item : *array) CheckReferences(item, document);
  }
}

TEST(OpenApi, DescribesEveryRouteWithItsParameters) {
  const Router router;
  const json::value document = json::parse(OpenApiDocument(router));
  CheckReferences(document, document.as_object());
  for (const Route& route : router.routes()) {
    const auto& path =
        document.at("paths").at(json::string_view(route.path.data(), route.path.size()));
    std::string method = http::to_string(route.method);
    std::transform(method.begin(), method.end(), method.begin(), ::tolower);
    const auto& operation = path.at(method);
    EXPECT_EQ(operation.at("operationId").as_string(), route.name);
    size_t expected = static_cast<size_t>(std::count(route.path.begin(), route.path.end(), '{'));
    if (route.query == "*")
      expected += 2;
    else if (!route.query.empty())
      expected += 1 + static_cast<size_t>(std::count(route.query.begin(), route.query.end(), ' '));
    if (route.noted != Noted::kNot) expected += 1;   // the header Access-Reason
    EXPECT_EQ(operation.at("parameters").as_array().size(), expected) << route.name;
    EXPECT_EQ(operation.as_object().contains("requestBody"), !route.body.empty());
  }
}

}  // namespace
}  // namespace tthc
