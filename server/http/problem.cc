#include "server/http/problem.h"

#include <array>

#include "config/json_text.h"
#include "server/log.h"

namespace tthc {
namespace {

constexpr std::array<ProblemRow, kProblemKinds> kProblems = {{
    {ProblemKind::kBadRequest, "bad-request", 400, "The request cannot be read"},
    {ProblemKind::kBadParameter, "bad-parameter", 400, "A parameter is wrong"},
    {ProblemKind::kUnauthorized, "unauthorized", 401, "A valid bearer token is needed"},
    {ProblemKind::kForbidden, "forbidden", 403, "This token may not do that"},
    {ProblemKind::kTlsRequired, "tls-required", 403, "This is taken over TLS only"},
    {ProblemKind::kNotFound, "not-found", 404, "There is nothing at this address"},
    {ProblemKind::kUnknownUnit, "unknown-unit", 404, "There is no such unit"},
    {ProblemKind::kUnknownCase, "unknown-case", 404, "There is no such case"},
    {ProblemKind::kUnknownDefinition, "unknown-definition", 404, "There is no such definition"},
    {ProblemKind::kUnknownProcedure, "unknown-procedure", 404, "There is no such procedure"},
    {ProblemKind::kUnknownRegister, "unknown-register", 404, "There is no such register"},
    {ProblemKind::kUnknownReport, "unknown-report", 404, "There is no such report"},
    {ProblemKind::kMethodNotAllowed, "method-not-allowed", 405, "The method is not allowed here"},
    {ProblemKind::kRequestTimeout, "request-timeout", 408, "The request did not arrive in time"},
    {ProblemKind::kConflict, "conflict", 409, "The request does not fit the present state"},
    {ProblemKind::kBodyTooLarge, "body-too-large", 413, "The body is too large"},
    {ProblemKind::kUnsupportedMediaType, "unsupported-media-type", 415,
     "The body's type is not understood here"},
    {ProblemKind::kExpectationFailed, "expectation-failed", 417, "The expectation cannot be met"},
    {ProblemKind::kNothingUsable, "nothing-usable", 422, "Nothing of the body can be used"},
    {ProblemKind::kUpgradeRequired, "upgrade-required", 426, "This address speaks WebSocket"},
    {ProblemKind::kTooManyRequests, "too-many-requests", 429, "Too many requests at once"},
    {ProblemKind::kHeaderTooLarge, "header-too-large", 431, "The header is too large"},
    {ProblemKind::kInternal, "internal", 500, "The monitor failed"},
    {ProblemKind::kUnavailable, "unavailable", 503, "Try again later"},
}};

constexpr bool InOrder() {
  for (size_t i = 0; i < kProblems.size(); ++i) {
    if (static_cast<size_t>(kProblems[i].kind) != i) return false;
  }
  return true;
}
static_assert(InOrder());

}  // namespace

const ProblemRow& RowOf(ProblemKind kind) { return kProblems[static_cast<size_t>(kind)]; }

Response ProblemResponse(ProblemKind kind, std::string_view detail, std::string_view parameter,
                         const json::object& more) {
  const ProblemRow& row = RowOf(kind);
  json::object body{{"type", "/problems/" + std::string(row.name)},
                    {"title", std::string(row.title)},
                    {"status", row.status},
                    {"detail", std::string(detail)}};
  if (!parameter.empty()) body["parameter"] = std::string(parameter);
  for (const auto& member : more) body.insert(member);
  Response response;
  response.status = row.status;
  response.content_type = "application/problem+json";
  response.body = JsonText(body);
  if (kind == ProblemKind::kUnavailable || kind == ProblemKind::kTooManyRequests) {
    response.headers.emplace_back(http::field::retry_after, std::to_string(kRetryAfterSeconds));
  }
  if (kind == ProblemKind::kUpgradeRequired) {
    response.headers.emplace_back(http::field::upgrade, "websocket");
  }
  if (kind == ProblemKind::kUnauthorized) {
    response.headers.emplace_back(http::field::www_authenticate, "Bearer realm=\"tthcmon\"");
  }
  return response;
}

Response JsonResponse(const json::value& value) {
  Response response;
  response.body = JsonText(value);
  return response;
}

ProblemKind KindOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalidInput: return ProblemKind::kBadRequest;
    case ErrorKind::kNotFound: return ProblemKind::kNotFound;
    case ErrorKind::kConflict: return ProblemKind::kConflict;
    case ErrorKind::kUnavailable: return ProblemKind::kUnavailable;
    case ErrorKind::kCorrupt:
    case ErrorKind::kIo: return ProblemKind::kInternal;
  }
  return ProblemKind::kInternal;
}

Response ProblemResponse(const Error& error) {
  const ProblemKind kind = KindOf(error.kind);
  if (kind != ProblemKind::kInternal) return ProblemResponse(kind, error.message);
  Log(LogLevel::kError, "request_failed", {{"reason", json::value(error.message)}});
  return ProblemResponse(kind, "The reason stands in the monitor's log.");
}

}  // namespace tthc
