// Where one-stop systems and event producers deliver.
#include <array>

#include "server/feed/forwarder.h"
#include "server/http/onestop.h"
#include "server/http/render.h"
#include "server/http/router.h"
#include "server/http/visibility.h"

namespace tthc {
namespace {

constexpr unsigned kAccepted = 202;
constexpr unsigned kMultiStatus = 207;

constexpr std::string_view kNotYours =
    "The token delivers for other units than that of record ";

std::string NotYours(uint32_t position) {
  return std::string(kNotYours) + std::to_string(position) + "; nothing was recorded.";
}

std::string_view QueryText(const Request& request, std::string_view name) {
  const std::string* value = request.query.FindAnyCase(name);
  return value == nullptr ? std::string_view() : std::string_view(*value);
}

MessageHints HintsOf(const Call& call) {
  MessageHints hints;
  if (!call.path.empty()) hints.service = call.path[0];
  hints.sender_unit = QueryText(call.request, "MaDinhDanhDV");
  hints.is_updating = QueryText(call.request, "isUpdating");
  if (!call.services->access->off()) hints.token_name = call.principal.name;
  return hints;
}

// What the answer is made of after the message itself has gone to the pipeline.
DecodedMessage Outline(const DecodedMessage& message) {
  DecodedMessage outline;
  outline.service = message.service;
  outline.records = message.records;
  if (!message.statements.empty()) {
    outline.statements.resize(1);
    outline.statements[0].case_id = message.statements[0].case_id;
  }
  outline.rejected = message.rejected;
  return outline;
}

// What is taken from a message that will be recorded when it is read from its topic.
SubmitAnswer Taken(const DecodedMessage& message) {
  return {message.statements.size(), 0, message.rejected.size(), {}};
}

void Onestop(std::shared_ptr<const Call> call, Reply reply) {
  auto message = call->decoder->Decode(call->request.body, HintsOf(*call));
  if (!message) return reply(OnestopRefused(message.error()));
  if (const auto foreign = FirstForeignRecord(*call, *message)) {
    return reply(Refusal(call->request.path, ProblemKind::kForbidden, NotYours(*foreign)));
  }
  DecodedMessage outline = Outline(*message);
  if (message->outcome == MessageOutcome::kIgnoredService) {
    return reply(OnestopAccepted(outline, {}));
  }
  if (Forwarder* forwarder = call->services->forwarder) {
    return forwarder->Onestop(
        call->request.body, HintsOf(*call), *message,
        [outline = std::move(outline), taken = Taken(*message), reply](const Result<void>& written) {
          reply(written ? OnestopAccepted(outline, taken) : OnestopRefused(written.error()));
        });
  }
  // Only a replay says when a message arrived; a live one arrives now.
  message->arrived_at.reset();
  call->monitor().Submit(
      std::move(*message),
      [outline = std::move(outline), reply = std::move(reply)](Result<SubmitAnswer> answer) {
        reply(answer ? OnestopAccepted(outline, *answer) : OnestopRefused(answer.error()));
      });
}

Response EventsAnswer(const DecodedMessage& outline, const SubmitAnswer& answer) {
  json::array rejected;
  for (const Rejected& item : outline.rejected) {
    if (rejected.size() == kListedRejections) break;
    rejected.push_back(RejectedJson(item));
  }
  Response response = JsonResponse(json::object{{"accepted", answer.accepted},
                                                {"repeated", answer.repeated},
                                                {"quarantined", answer.quarantined},
                                                {"rejected", std::move(rejected)}});
  response.status = outline.rejected.empty() ? kAccepted : kMultiStatus;
  return response;
}

void Events(std::shared_ptr<const Call> call, Reply reply) {
  auto message = call->decoder->DecodeCloudEvents(call->request.body, call->request.content_type,
                                                  HintsOf(*call));
  if (!message) return reply(ProblemResponse(message.error()));
  if (const auto foreign = FirstForeignRecord(*call, *message)) {
    return reply(ProblemResponse(ProblemKind::kForbidden, NotYours(*foreign)));
  }
  DecodedMessage outline = Outline(*message);
  if (Forwarder* forwarder = call->services->forwarder) {
    return forwarder->Events(
        call->request.body, call->request.content_type, HintsOf(*call), *message,
        [outline = std::move(outline), taken = Taken(*message), reply](const Result<void>& written) {
          reply(written ? EventsAnswer(outline, taken) : ProblemResponse(written.error()));
        });
  }
  message->arrived_at.reset();
  call->monitor().Submit(
      std::move(*message),
      [outline = std::move(outline), reply = std::move(reply)](Result<SubmitAnswer> answer) {
        reply(answer ? EventsAnswer(outline, *answer) : ProblemResponse(answer.error()));
      });
}

constexpr std::array kRoutes = std::to_array<Route>({
    {http::verb::post, "/api/v1/onestop/{service}", "deliver", Right::kDeliver, Runs::kAsync, nullptr,
     Onestop, "*", "OnestopMessage", "OnestopAnswer",
     "Takes what a one-stop system sends to the national portal; answered once it is durable."},
    {http::verb::post, "/api/v1/onestop", "deliverEnvelope", Right::kDeliver, Runs::kAsync, nullptr,
     Onestop, "*", "OnestopMessage", "OnestopAnswer",
     "The same, the operation named by 'service' in the body."},
    {http::verb::post, "/api/SynsTTHCC/{service}", "deliverAsAdapter", Right::kDeliver, Runs::kAsync,
     nullptr, Onestop, "*", "OnestopMessage", "OnestopAnswer",
     "The same, at a path of provincial adapters."},
    {http::verb::post, "/KetNoiMotCuaQuocGia/{service}", "deliverAsOnestop", Right::kDeliver,
     Runs::kAsync, nullptr, Onestop, "*", "OnestopMessage", "OnestopAnswer",
     "The same, at a path of provincial adapters."},
    {http::verb::post, "/api/v1/events", "deliverEvents", Right::kDeliver, Runs::kAsync, nullptr,
     Events, "", "CloudEvents", "EventsAnswer",
     "Takes CloudEvents 1.0: one, a batch, or one per line."},
});

}  // namespace

std::span<const Route> IngestRoutes() { return kRoutes; }

}  // namespace tthc
