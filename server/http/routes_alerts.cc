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

// The members of a body that is a JSON object of texts; an empty body has none.
Result<json::object> MembersOf(std::string_view body) {
  if (body.empty()) return json::object();
  boost::system::error_code error;
  json::value value = json::parse(json::string_view(body.data(), body.size()), error);
  if (error || !value.is_object()) return Invalid("The body must be a JSON object.");
  return std::move(value.get_object());
}

// Empty where the member is absent or null.
Result<std::string> TextMember(const json::object& members, std::string_view name) {
  const json::value* value = members.if_contains(name);
  if (value == nullptr || value->is_null()) return std::string();
  if (!value->is_string()) return Invalid(std::string(name) + ": a text is needed.");
  return std::string(value->get_string());
}

// "until" of the body, an instant after now.
Result<Instant> UntilOf(const json::object& members, Instant now) {
  const auto text = TextMember(members, "until");
  if (!text) return text.error();
  const auto until = ParseInstant(*text);
  if (!until) return Invalid("until: an instant like 2025-03-10T17:00:00+07:00 is needed.");
  if (*until <= now) return Invalid("until: is not after now, " + FormatInstant(now) + ".");
  return *until;
}

Response BadBody(const Error& error, std::string_view member) {
  return ProblemResponse(ProblemKind::kBadRequest, error.message, member);
}

Response Acknowledge(const Call& call) {
  const auto members = MembersOf(call.request.body);
  if (!members) return BadBody(members.error(), "comment");
  const auto comment = TextMember(*members, "comment");
  if (!comment) return BadBody(comment.error(), "comment");
  const auto state = AcknowledgeAs(call.monitor(), call.principal, call.path[0], *comment);
  if (!state) return ProblemResponse(state.error());
  return JsonResponse(AlertStateJson(*state));
}

Response Snooze(const Call& call) {
  const auto members = MembersOf(call.request.body);
  if (!members) return BadBody(members.error(), "until");
  const auto until = UntilOf(*members, call.monitor().Now());
  if (!until) return BadBody(until.error(), "until");
  const auto comment = TextMember(*members, "comment");
  if (!comment) return BadBody(comment.error(), "comment");
  const auto state = SnoozeAs(call.monitor(), call.principal, call.path[0], *until, *comment);
  if (!state) return ProblemResponse(state.error());
  return JsonResponse(AlertStateJson(*state));
}

Response MuteUntil(const Call& call, const std::string& unit, Instant until,
                   std::string_view reason) {
  const auto mute = call.monitor().Mute(unit, until, call.principal.name, reason);
  if (!mute) return ProblemResponse(mute.error());
  return JsonResponse(MuteJson(*mute));
}

Response Mute(const Call& call) {
  ParameterReader reader(call);
  const std::string unit = reader.Unit(call.path[0], "code");
  if (!reader.ok()) return reader.problem();
  const auto members = MembersOf(call.request.body);
  if (!members) return BadBody(members.error(), "until");
  const auto until = UntilOf(*members, call.monitor().Now());
  if (!until) return BadBody(until.error(), "until");
  const auto reason = TextMember(*members, "reason");
  if (!reason) return BadBody(reason.error(), "reason");
  if (reason->empty()) return BadBody(Invalid("reason: say why the unit is muted."), "reason");
  return MuteUntil(call, unit, *until, *reason);
}

Response Unmute(const Call& call) {
  ParameterReader reader(call);
  const std::string unit = reader.Unit(call.path[0], "code");
  if (!reader.ok()) return reader.problem();
  const auto mutes = call.monitor().Mutes();
  const auto mute = std::find_if(mutes.begin(), mutes.end(),
                                 [&](const UnitMute& each) { return each.unit == unit; });
  if (mute == mutes.end()) {
    return ProblemResponse(ProblemKind::kNotFound, "The unit " + unit + " is not muted.", "code");
  }
  return MuteUntil(call, unit, call.monitor().Now(), mute->reason);
}

Response Mutes(const Call& call) {
  const auto tree = call.monitor().units();
  const Day today = DayOf(call.monitor().Now());
  json::array mutes;
  for (const UnitMute& mute : call.monitor().Mutes()) {
    if (MaySee(call.principal, *tree, today, mute.unit)) mutes.push_back(MuteJson(mute));
  }
  return JsonResponse(json::object{{"mutes", std::move(mutes)}});
}

constexpr std::array kRoutes = std::to_array<Route>({
    {http::verb::get, "/api/v1/alerts", "listAlerts", Right::kRead, Runs::kOnQueryPool, Alerts,
     nullptr, "unit open limit", "", "AlertList", "Alerts as they stand, newest first."},
    {http::verb::post, "/api/v1/alerts/{id}/ack", "acknowledgeAlert", Right::kAcknowledge,
     Runs::kOnQueryPool, Acknowledge, nullptr, "", "Acknowledgement", "Alert",
     "Says that somebody has taken notice: nobody higher is told."},
    {http::verb::post, "/api/v1/alerts/{id}/snooze", "snoozeAlert", Right::kManageAlerts,
     Runs::kOnQueryPool, Snooze, nullptr, "", "Snoozing", "Alert",
     "Puts the next rung of an alert off."},
    {http::verb::put, "/api/v1/units/{code}/mute", "muteUnit", Right::kManageAlerts,
     Runs::kOnQueryPool, Mute, nullptr, "", "Muting", "Mute",
     "Until then alerts of the unit and those below it wait for a digest."},
    {http::verb::delete_, "/api/v1/units/{code}/mute", "unmuteUnit", Right::kManageAlerts,
     Runs::kOnQueryPool, Unmute, nullptr, "", "", "Mute", "Ends the mute now."},
    {http::verb::get, "/api/v1/mutes", "listMutes", Right::kRead, Runs::kOnQueryPool, Mutes,
     nullptr, "", "", "MuteList", "The units that are muted."},
    {http::verb::get, "/api/v1/alerts/stream", "streamAlerts", Right::kRead, Runs::kEventStream,
     nullptr, nullptr, "unit", "", "",
     "Alerts as server-sent events; Last-Event-ID 'epoch:seq' resumes."},
    {http::verb::get, "/ws/alerts", "watchAlerts", Right::kNone, Runs::kWebSocket, nullptr,
     nullptr, "", "", "", "Alerts over WebSocket, subprotocol tthc.alerts.v1."},
});

}  // namespace

std::span<const Route> AlertRoutes() { return kRoutes; }

}  // namespace tthc
