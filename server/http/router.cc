#include "server/http/router.h"

#include <algorithm>

namespace tthc {
namespace {

bool IsVariable(std::string_view segment) { return segment.starts_with('{'); }

std::vector<Route> AllRoutes() {
  std::vector<Route> all;
  for (const auto routes :
       {IngestRoutes(), RegisterRoutes(), UnitRoutes(), IndicatorRoutes(), PeriodRoutes(),
        ReportRoutes(), CaseRoutes(), FindingRoutes(), AlertRoutes(), ChannelRoutes(), AuditRoutes(),
        BackupRoutes(), ProcessRoutes(), ConsoleRoutes()}) {
    all.insert(all.end(), routes.begin(), routes.end());
  }
  return all;
}

// The values of the variables, or nothing where the path is another one.
std::optional<std::vector<std::string>> Matched(const std::vector<std::string>& pattern,
                                                const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return std::nullopt;
  std::vector<std::string> values;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (IsVariable(pattern[i])) {
      if (segments[i].empty()) return std::nullopt;
      values.push_back(segments[i]);
    } else if (pattern[i] != segments[i]) {
      return std::nullopt;
    }
  }
  return values;
}

void AddMethod(std::string& allow, http::verb method) {
  const auto add = [&allow](std::string_view name) {
    if (allow.find(name) != std::string::npos) return;
    if (!allow.empty()) allow += ", ";
    allow += name;
  };
  const auto name = http::to_string(method);
  add({name.data(), name.size()});
  if (method == http::verb::get) add("HEAD");
}

}  // namespace

Router::Router() : Router(AllRoutes()) {}

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
  for (const Route& route : routes_) patterns_.push_back(*PathSegments(route.path));
}

std::vector<std::string_view> Router::names() const {
  std::vector<std::string_view> names;
  for (const Route& route : routes_) names.push_back(route.name);
  return names;
}

std::variant<RouteMatch, NoRoute, WrongMethod, BadPath> Router::Match(http::verb method,
                                                                      std::string_view path) const {
  const auto segments = PathSegments(path);
  if (!segments) return BadPath{};
  const http::verb wanted = method == http::verb::head ? http::verb::get : method;
  std::string allow;
  for (size_t i = 0; i < routes_.size(); ++i) {
    auto values = Matched(patterns_[i], *segments);
    if (!values) continue;
    if (routes_[i].method == wanted) return RouteMatch{&routes_[i], i, std::move(*values)};
    AddMethod(allow, routes_[i].method);
  }
  if (allow.empty()) return NoRoute{};
  return WrongMethod{std::move(allow)};
}

}  // namespace tthc
