// Where alerts are sent to, how far that has come, and what was never accepted.
#include <array>

#include "server/channels/channels.h"
#include "server/http/parameters.h"
#include "server/http/problem.h"
#include "server/http/router.h"

namespace tthc {
namespace {

json::string Text(std::string_view text) { return json::string(text.data(), text.size()); }

json::object WebhookJson(const WebhookStatus& status) {
  return {{"name", status.name},
          {"origin", status.origin},
          {"state", Text(status.state)},
          {"delivered_seq", status.delivered},
          {"last_seq", status.last_seq},
          {"lag", status.last_seq - status.delivered},
          {"attempts", status.attempts},
          {"last_error", TextOrNull(status.last_error)},
          {"last_error_at", InstantValue(status.last_error_at)},
          {"last_accepted_at", InstantValue(status.last_accepted_at)},
          {"next_attempt_at", InstantValue(status.next_attempt_at)},
          {"dead_letters", status.dead_letters}};
}

json::object AlertmanagerStatusJson(const AlertmanagerStatus& status) {
  return {{"name", status.name},
          {"origin", status.origin},
          {"state", Text(status.state)},
          {"active_alerts", status.active_alerts},
          {"last_error", TextOrNull(status.last_error)},
          {"last_error_at", InstantValue(status.last_error_at)},
          {"last_accepted_at", InstantValue(status.last_accepted_at)}};
}

json::object DeadLetterJson(const Channels::DeadLetterView& view) {
  return {{"id", view.id},
          {"seq", view.letter.seq},
          {"attempts", view.letter.attempts},
          {"last_at", FormatInstant(view.letter.last_at)},
          {"last_error", view.letter.last_error}};
}

Response Webhooks(const Call& call) {
  json::array webhooks;
  for (const WebhookStatus& status : call.services->channels->Webhooks()) {
    webhooks.push_back(WebhookJson(status));
  }
  json::array alertmanagers;
  for (const AlertmanagerStatus& status : call.services->channels->Alertmanagers()) {
    alertmanagers.push_back(AlertmanagerStatusJson(status));
  }
  return JsonResponse(json::object{{"webhooks", std::move(webhooks)},
                                   {"alertmanagers", std::move(alertmanagers)}});
}

Response DeadLetters(const Call& call) {
  ParameterReader reader(call);
  const size_t limit = reader.Limit();
  if (!reader.ok()) return reader.problem();
  const auto letters = call.services->channels->DeadLetters(call.path[0], limit);
  if (!letters) return ProblemResponse(letters.error());
  json::array out;
  for (const auto& letter : *letters) out.push_back(DeadLetterJson(letter));
  return JsonResponse(json::object{{"dead_letters", std::move(out)}});
}

Response Retry(const Call& call) {
  const auto letter = call.services->channels->Retry(call.path[0], call.path[1]);
  if (!letter) return ProblemResponse(letter.error());
  return JsonResponse(DeadLetterJson(*letter));
}

Response Enable(const Call& call) {
  const auto status = call.services->channels->Enable(call.path[0]);
  if (!status) return ProblemResponse(status.error());
  return JsonResponse(WebhookJson(*status));
}

constexpr std::array kRoutes = std::to_array<Route>({
    {http::verb::get, "/api/v1/webhooks", "listWebhooks", Right::kAdminister, Runs::kOnQueryPool,
     Webhooks, nullptr, "", "", "WebhookList",
     "Webhooks and Alertmanagers: how far each was told, and what went wrong."},
    {http::verb::get, "/api/v1/webhooks/{name}/dead-letters", "listDeadLetters", Right::kAdminister,
     Runs::kOnQueryPool, DeadLetters, nullptr, "limit", "", "DeadLetterList",
     "Messages that a webhook never accepted, oldest first."},
    {http::verb::post, "/api/v1/webhooks/{name}/dead-letters/{id}/retry", "retryDeadLetter",
     Right::kAdminister, Runs::kOnQueryPool, Retry, nullptr, "", "", "DeadLetter",
     "Sends a dead letter once more; accepted, it leaves the list."},
    {http::verb::post, "/api/v1/webhooks/{name}/enable", "enableWebhook", Right::kAdminister,
     Runs::kOnQueryPool, Enable, nullptr, "", "", "Webhook",
     "Sends again to a webhook that had answered 410, from where it stopped."},
});

}  // namespace

std::span<const Route> ChannelRoutes() { return kRoutes; }

}  // namespace tthc
