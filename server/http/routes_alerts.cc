// Alerts as they stand, their acknowledgement, and the two streams (see server/live).
#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>

#include "server/http/parameters.h"
#include "server/http/problem.h"
#include "server/http/render.h"
#include "server/http/router.h"
#include "server/live/acknowledge.h"
#include "server/live/visible_alerts.h"

namespace tthc {
namespace {

Response Alerts(const Call& call) {
  ParameterReader reader(call);
  std::vector<std::string> asked;
  if (const std::string unit = reader.Text("unit"); !unit.empty()) {
    asked = {reader.Unit(unit, "unit")};
  }
  const bool open_only = reader.Flag("open").value_or(false);
  const size_t limit = reader.Limit();
  if (!reader.ok()) return reader.problem();
  const auto visible = VisibleAlerts(call.monitor(), call.principal, asked, open_only, limit);
  if (!visible) return ProblemResponse(ProblemKind::kForbidden, visible.error().message);
  json::array alerts;
  for (const AlertState& state : *visible) alerts.push_back(AlertStateJson(state));
  return JsonResponse(json::object{{"alerts", std::move(alerts)}});
}

// {"comment": "…"}; an empty body is an acknowledgement without one.
Result<std::string> CommentOf(std::string_view body) {
  if (body.empty()) return std::string();
  boost::system::error_code error;
  json::value value = json::parse(json::string_view(body.data(), body.size()), error);
  if (error || !value.is_object()) return Invalid("The body must be a JSON object with 'comment'.");
  const json::value* comment = value.get_object().if_contains("comment");
  if (comment == nullptr || comment->is_null()) return std::string();
  if (!comment->is_string()) return Invalid("comment: a text is needed.");
  return std::string(comment->get_string());
}

Response Acknowledge(const Call& call) {
  const auto comment = CommentOf(call.request.body);
  if (!comment)
    return ProblemResponse(ProblemKind::kBadRequest, comment.error().message, "comment");
  const auto state = AcknowledgeAs(call.monitor(), call.principal, call.path[0], *comment);
  if (!state) return ProblemResponse(state.error());
  return JsonResponse(AlertStateJson(*state));
}

constexpr std::array kRoutes = std::to_array<Route>({
    {http::verb::get, "/api/v1/alerts", "listAlerts", Right::kRead, Runs::kOnQueryPool, Alerts,
     nullptr, "unit open limit", "", "AlertList", "Alerts as they stand, newest first."},
    {http::verb::post, "/api/v1/alerts/{id}/ack", "acknowledgeAlert", Right::kAcknowledge,
     Runs::kOnQueryPool, Acknowledge, nullptr, "", "Acknowledgement", "Alert",
     "Says that somebody has taken notice."},
    {http::verb::get, "/api/v1/alerts/stream", "streamAlerts", Right::kRead, Runs::kEventStream,
     nullptr, nullptr, "unit", "", "",
     "Alerts as server-sent events; Last-Event-ID 'epoch:seq' resumes."},
    {http::verb::get, "/ws/alerts", "watchAlerts", Right::kNone, Runs::kWebSocket, nullptr,
     nullptr, "", "", "", "Alerts over WebSocket, subprotocol tthc.alerts.v1."},
});

}  // namespace

std::span<const Route> AlertRoutes() { return kRoutes; }

}  // namespace tthc
