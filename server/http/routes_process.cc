// The process itself: health, metrics, documentation.
#include <array>

#include "server/http/gzip.h"
#include "server/http/problem.h"
#include "server/http/router.h"
#include "config/json_text.h"

namespace tthc {
namespace {

// Prometheus text format.
constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

Response PlainText(std::string text) {
  Response response;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(text);
  return response;
}

Response Healthy(const Call& call) {
  if (call.monitor().Healthy()) return PlainText("healthy\n");
  const std::string why = call.monitor().StoreState().only_read;
  return ProblemResponse(ProblemKind::kUnavailable,
                         "The store takes no writes" + (why.empty() ? "." : ": " + why + "."));
}

// The server listens only once the monitor has recovered.
Response Ready(const Call&) { return PlainText("ready\n"); }

Response Metrics(const Call& call) {
  // Most families are sums over all units (bodies, statements, queues, silence of senders): what
  // could be shown of one unit stands in its summary and its score sheet.
  if (!call.principal.sees_all_units) {
    return ProblemResponse(ProblemKind::kForbidden,
                           "Metrics are shown to tokens that see all units.");
  }
  Response response;
  response.content_type = kMetricsType;
  response.body = call.monitor().RenderMetrics();
  response.headers.emplace_back(http::field::vary, "Accept-Encoding");
  if (!AcceptsGzip(call.request.accept_encoding)) return response;
  if (auto gzipped = Gzipped(response.body)) {
    response.body = std::move(*gzipped);
    response.headers.emplace_back(http::field::content_encoding, "gzip");
  }
  return response;
}

Response OpenApi(const Call& call) {
  Response response;
  response.body = call.services->openapi;
  return response;
}

Response Index(const Call& call) {
  return JsonResponse(json::object{{"name", "tthcmon"},
                                   {"version", call.services->version},
                                   {"now", FormatInstant(call.monitor().Now())},
                                   {"documentation", "/openapi.json"},
                                   {"units", "/api/v1/units"},
                                   {"registers", "/api/v1/registers"},
                                   {"definitions", "/api/v1/definitions"},
                                   {"reports", "/api/v1/reports"},
                                   {"periods", "/api/v1/periods"},
                                   {"findings", "/api/v1/findings"},
                                   {"alerts", "/api/v1/alerts"},
                                   {"alerts_websocket", "/ws/alerts"},
                                   {"webhooks", "/api/v1/webhooks"},
                                   {"quarantine", "/api/v1/quarantine"},
                                   {"reprojections", "/api/v1/reprojections"},
                                   {"checkpoints", "/api/v1/checkpoints"},
                                   {"backups", "/api/v1/backups"},
                                   {"metrics", "/metrics"},
                                   {"healthy", "/-/healthy"},
                                   {"ready", "/-/ready"}});
}

constexpr std::array kRoutes = std::to_array<Route>({
    {http::verb::get, "/metrics", "getMetrics", Right::kRead, Runs::kOnQueryPool, Metrics, nullptr,
     "", "", "", "Metrics for Prometheus, text format 0.0.4."},
    {http::verb::get, "/-/healthy", "getHealthy", Right::kNone, Runs::kOnSocketThread, Healthy,
     nullptr, "", "", "", "200 while the store takes writes."},
    {http::verb::get, "/-/ready", "getReady", Right::kNone, Runs::kOnSocketThread, Ready, nullptr,
     "", "", "", "200 once the store is recovered and the server serves."},
    {http::verb::get, "/openapi.json", "getOpenApi", Right::kNone, Runs::kOnSocketThread, OpenApi,
     nullptr, "", "", "OpenApi", "This document."},
    {http::verb::get, "/api", "getIndex", Right::kNone, Runs::kOnSocketThread, Index, nullptr, "", "",
     "Index", "The addresses."},
});

}  // namespace

std::span<const Route> ProcessRoutes() { return kRoutes; }

}  // namespace tthc
