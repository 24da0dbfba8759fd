#include "server/http/openapi.h"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "server/http/onestop.h"
#include "server/http/parameters.h"
#include "config/json_text.h"
#include "server/version.h"

namespace tthc {
namespace {

json::string Text(std::string_view text) { return json::string(text.data(), text.size()); }

json::value Parsed(std::string_view text) {
  return json::parse(json::string_view(text.data(), text.size()));
}

json::object Reference(std::string_view schema) {
  return {{"$ref", "#/components/schemas/" + std::string(schema)}};
}

// Media types, separated by blanks, of schemas that are not only JSON.
struct MediaRow {
  std::string_view schema;
  std::string_view types;
};
constexpr MediaRow kMedia[] = {
    {"RegisterRows", "application/json application/x-ndjson text/csv"},
    {"Process", "application/json text/csv application/xml"},
    {"Report",
     "application/json text/csv "
     "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}};

json::object Content(std::string_view types, std::string_view schema) {
  json::object content;
  while (!types.empty()) {
    const std::string_view type = TakeItem(types, ' ');
    const bool described = type.find("json") != type.npos;
    content[json::string_view(type.data(), type.size())] =
        described ? json::object{{"schema", Reference(schema)}} : json::object{};
  }
  return content;
}

json::object ContentOf(std::string_view schema) {
  const auto row = std::find_if(std::begin(kMedia), std::end(kMedia),
                                [&](const MediaRow& media) { return media.schema == schema; });
  return Content(row == std::end(kMedia) ? "application/json" : row->types, schema);
}

json::object ParameterObject(const Parameter& parameter, std::string_view in) {
  return {{"name", Text(parameter.name)},
          {"in", Text(in)},
          {"required", in == "path"},
          {"description", Text(parameter.help)},
          {"schema", Parsed(parameter.schema)}};
}

void AddNamed(json::array& out, std::span<const Parameter> table, std::string_view name,
              std::string_view in) {
  const auto row = std::find_if(table.begin(), table.end(),
                                [&](const Parameter& parameter) { return parameter.name == name; });
  if (row != table.end()) out.push_back(ParameterObject(*row, in));
}

// Senders' addresses may carry anything else in their query as well.
constexpr std::string_view kOnestopQuery = "MaDinhDanhDV isUpdating";

constexpr Parameter kReasonHeader = {
    "Access-Reason", R"({"type":"string","maxLength":500})",
    "Why it is read; goes on record. UTF-8, percent-encoded where the client must."};

json::array ParametersOf(const Route& route) {
  json::array out;
  std::string_view path = route.path;
  while (true) {
    const size_t open = path.find('{');
    if (open == path.npos) break;
    const size_t close = path.find('}', open);
    AddNamed(out, PathParameters(), path.substr(open + 1, close - open - 1), "path");
    path.remove_prefix(close);
  }
  if (route.noted != Noted::kNot) {
    out.push_back(ParameterObject(kReasonHeader, "header"));
  }
  std::string_view names = route.query == "*" ? kOnestopQuery : route.query;
  while (!names.empty()) {
    AddNamed(out, QueryParameters(), TakeItem(names, ' '), "query");
  }
  return out;
}

json::object Answered(const Route& route) {
  json::object answer{{"description", Text(route.summary)}};
  if (!route.gives.empty()) {
    answer["content"] = ContentOf(route.gives);
  } else if (route.runs == Runs::kEventStream) {
    answer["content"] = json::object{{"text/event-stream", json::object{}}};
  } else {
    answer["content"] = json::object{{"text/plain", json::object{}}};
  }
  return answer;
}

json::object Refused(const Route& route) {
  const bool onestop = IsOnestopPath(route.path);
  return {{"description", "The request was refused; the answer says why."},
          {"content", onestop ? Content("application/json", "OnestopAnswer")
                              : Content("application/problem+json", "Problem")}};
}

json::object ResponsesOf(const Route& route) {
  json::object responses;
  if (route.runs == Runs::kWebSocket) {
    responses["101"] = json::object{{"description", "WebSocket, subprotocol tthc.alerts.v1"}};
  } else if (route.gives == "EventsAnswer") {
    responses["202"] = Answered(route);
    responses["207"] = Answered(route);
  } else {
    responses["200"] = Answered(route);
  }
  responses["4XX"] = Refused(route);
  responses["5XX"] = Refused(route);
  return responses;
}

json::object Operation(const Route& route) {
  json::object operation{{"operationId", Text(route.name)},
                         {"summary", Text(route.summary)},
                         {"parameters", ParametersOf(route)},
                         {"responses", ResponsesOf(route)}};
  if (!route.body.empty()) {
    operation["requestBody"] =
        json::object{{"required", true}, {"content", ContentOf(route.body)}};
  }
  operation["security"] = route.needs == Right::kNone
                              ? json::array{}
                              : json::array{json::object{{"bearer", json::array{}}}};
  if (route.needs != Right::kNone) operation["x-needs-right"] = Text(NameOf(route.needs));
  return operation;
}

std::string Lower(http::verb method) {
  const auto name = http::to_string(method);
  std::string lower(name.data(), name.size());
  for (char& c : lower) c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

}  // namespace

std::string OpenApiDocument(const Router& router) {
  json::object paths;
  for (const Route& route : router.routes()) {
    json::value& path = paths[json::string_view(route.path.data(), route.path.size())];
    if (!path.is_object()) path.emplace_object();
    path.get_object()[Lower(route.method)] = Operation(route);
  }
  return JsonText(
      json::object{{"openapi", "3.0.3"},
                   {"info",
                    {{"title", "tthcmon"},
                     {"description", "Real-time monitor of administrative cases (hồ sơ TTHC)."},
                     {"version", kVersion}}},
                   {"paths", std::move(paths)},
                   {"components",
                    {{"securitySchemes", {{"bearer", {{"type", "http"}, {"scheme", "bearer"}}}}},
                     {"schemas", Parsed(OpenApiSchemas())}}}});
}

}  // namespace tthc
