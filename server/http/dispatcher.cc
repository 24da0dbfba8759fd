#include "server/http/dispatcher.h"

#include <algorithm>
#include <array>
#include <exception>

#include "server/http/accesses.h"
#include "server/http/gzip.h"
#include "server/http/onestop.h"
#include "server/http/parameters.h"
#include "server/http/problem.h"
#include "config/json_text.h"
#include "server/log.h"

namespace tthc {
namespace {

// What senders write over JSON bodies; old ones write nothing or their HTTP library's default.
constexpr std::array<std::string_view, 8> kJsonTypes = {"",
                                                        "application/json",
                                                        "text/json",
                                                        "text/plain",
                                                        "application/x-ndjson",
                                                        "application/jsonl",
                                                        "application/octet-stream",
                                                        "application/x-www-form-urlencoded"};

bool IsJsonType(std::string_view type) {
  return std::find(kJsonTypes.begin(), kJsonTypes.end(), type) != kJsonTypes.end() ||
         (type.starts_with("application/") && type.ends_with("+json")) ||
         type == "application/json-seq";
}

// The one schema whose bodies are told apart by their type.
bool IsRegisterBody(const Route& route) { return route.body == "RegisterRows"; }

std::optional<Response> CheckBodyType(const Route& route, const Request& head) {
  if (route.body.empty()) return std::nullopt;
  if (!head.content_encoding.empty() && !EqualsAnyCase(head.content_encoding, "identity")) {
    return Refusal(head.path, ProblemKind::kUnsupportedMediaType,
                   "Content-Encoding is not understood here: send the body as it is.");
  }
  if (IsRegisterBody(route)) {
    if (FormatOfContentType(head.content_type)) return std::nullopt;
    return Refusal(head.path, ProblemKind::kUnsupportedMediaType,
                   "Say what the rows are: Content-Type application/json, application/x-ndjson or "
                   "text/csv.");
  }
  if (!IsJsonType(head.content_type)) {
    return Refusal(head.path, ProblemKind::kUnsupportedMediaType,
                   "The body must be JSON (Content-Type: application/json).");
  }
  return std::nullopt;
}

// Before the token is looked at: what was sent in plain may have been read on its way.
std::optional<Response> CheckTransport(const Route& route, const ServerLimits& limits,
                                       const Request& head) {
  if (route.needs != Right::kDeliver || !limits.tls_for_producers || head.encrypted) {
    return std::nullopt;
  }
  return Refusal(head.path, ProblemKind::kTlsRequired,
                 "Deliver over TLS, at the monitor's https address. If a token was sent with this, have "
                 "it replaced: it went over the network in plain.");
}

std::optional<Response> CheckAccess(const Route& route, const Access& access, const Request& head,
                                    ServerMetrics& metrics, Principal& principal) {
  if (route.needs == Right::kNone) return std::nullopt;
  auto identity = access.Identify(BearerToken(head.authorization), WallNow());
  if (!identity.principal) {
    metrics.CountRefusedToken(identity.fault);
    return Refusal(head.path, ProblemKind::kUnauthorized, TextOf(identity.fault));
  }
  principal = std::move(*identity.principal);
  if (principal.May(route.needs)) return std::nullopt;
  return Refusal(head.path, ProblemKind::kForbidden,
                 "The token has not the right '" + std::string(NameOf(route.needs)) + "'.");
}

// Handlers give errors as values; what is thrown is a library's (no memory, for one).
Response Unexpected(const std::exception& error) {
  Log(LogLevel::kError, "handler_failed", {{"reason", json::value(error.what())}});
  return ProblemResponse(ProblemKind::kInternal, "The reason stands in the monitor's log.");
}

Response Guarded(const Call& call, Answer answer) {
  try {
    return answer(call);
  } catch (const std::exception& error) {
    return Unexpected(error);
  }
}

// Smaller answers fit a packet or two as they are.
constexpr size_t kWorthCompressing = 4096;

void CompressWhereWanted(const Request& request, Response& response) {
  if (response.content_type != "application/json" || response.body.size() < kWorthCompressing ||
      !AcceptsGzip(request.accept_encoding)) {
    return;
  }
  auto zipped = Gzipped(response.body);
  if (!zipped) return;
  response.body = std::move(*zipped);
  response.headers.emplace_back(http::field::content_encoding, "gzip");
}

void Begin(std::shared_ptr<const Call> call, AsyncAnswer async, const Reply& reply) {
  try {
    async(std::move(call), reply);
  } catch (const std::exception& error) {
    reply(Unexpected(error));
  }
}

}  // namespace

Admission Dispatcher::Admit(const Request& head) const {
  Admission admission;
  admission.index = router_.routes().size();
  auto match = router_.Match(head.method, head.path);
  if (std::holds_alternative<BadPath>(match)) {
    admission.refused = ProblemResponse(ProblemKind::kBadRequest, "The path is not encoded well.");
  } else if (std::holds_alternative<NoRoute>(match)) {
    admission.refused =
        ProblemResponse(ProblemKind::kNotFound, "The addresses stand in /openapi.json.");
  } else if (const auto* wrong = std::get_if<WrongMethod>(&match)) {
    admission.refused =
        ProblemResponse(ProblemKind::kMethodNotAllowed, "Allowed here: " + wrong->allow + ".");
    admission.refused->headers.emplace_back(http::field::allow, wrong->allow);
  } else {
    auto& found = std::get<RouteMatch>(match);
    admission.route = found.route;
    admission.index = found.index;
    admission.path = std::move(found.path);
    admission.refused = CheckTransport(*found.route, services_.limits, head);
    if (!admission.refused) {
      admission.refused = CheckAccess(*found.route, *services_.access, head, metrics_,
                                      admission.principal);
    }
    if (!admission.refused) admission.refused = CheckBodyType(*found.route, head);
    if (!admission.refused) admission.refused = CheckQueryNames(found.route->query, head.query);
    if (!admission.refused) {
      admission.refused = CheckReason(*found.route, admission.principal, head,
                                      services_.limits.reason_required);
    }
  }
  return admission;
}

void Dispatcher::CountRefused(const Admission& admission) const {
  metrics_.CountRequest(admission.index, admission.refused->status, 0);
}

void Dispatcher::OnQueryPool(std::function<void()> work, const Reply& reply) const {
  if (queries_.Post(std::move(work))) return;
  reply(ProblemResponse(ProblemKind::kUnavailable, "Too many queries are waiting."));
}

void Dispatcher::Run(Admission admission, Request request, Decoder* decoder, Reply reply) const {
  const Route& route = *admission.route;
  auto call = std::make_shared<Call>();
  call->services = &services_;
  call->decoder = decoder;
  call->request = std::move(request);
  call->path = std::move(admission.path);
  call->principal = std::move(admission.principal);
  Reply counted = [&metrics = metrics_, &route, call, index = admission.index,
                   started = MonotonicMicros(), reply = std::move(reply)](Response response) {
    if (route.noted != Noted::kNot && response.status == 200) NoteAccess(route, *call);
    CompressWhereWanted(call->request, response);
    metrics.CountRequest(index, response.status,
                         static_cast<double>(MonotonicMicros() - started) / kMicrosPerSecond);
    reply(std::move(response));
  };
  switch (route.runs) {
    case Runs::kOnSocketThread: counted(Guarded(*call, route.answer)); return;
    case Runs::kAsync: Begin(std::move(call), route.async, counted); return;
    case Runs::kAsyncOnQueryPool:
      call->decoder = nullptr;
      return OnQueryPool([call, counted, async = route.async] { Begin(call, async, counted); },
                         counted);
    case Runs::kOnQueryPool:
      return OnQueryPool(
          [call, counted, answer = route.answer] { counted(Guarded(*call, answer)); }, counted);
    case Runs::kWebSocket:
    case Runs::kEventStream: break;  // the session handles streams before it comes here
  }
  counted(ProblemResponse(ProblemKind::kInternal, "The route has no handler."));
}

}  // namespace tthc
