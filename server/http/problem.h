// Errors of the HTTP side: application/problem+json (RFC 9457) with stable type URIs.
//
// One table gives every kind its URI, status and title; the detail is a sentence that never
// repeats a sender's text beyond a shortened, quoted value.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "config/result.h"
#include "server/http/message.h"

namespace tthc {

enum class ProblemKind {
  kBadRequest,
  kBadParameter,
  kUnauthorized,
  kForbidden,
  kTlsRequired,
  kNotFound,
  kUnknownUnit,
  kUnknownCase,
  kUnknownDefinition,
  kUnknownProcedure,
  kUnknownRegister,
  kUnknownReport,
  kMethodNotAllowed,
  kRequestTimeout,
  kConflict,
  kBodyTooLarge,
  kUnsupportedMediaType,
  kExpectationFailed,
  kNothingUsable,
  kUpgradeRequired,
  kTooManyRequests,
  kHeaderTooLarge,
  kInternal,
  kUnavailable,
};

struct ProblemRow {
  ProblemKind kind;
  std::string_view name;  // type URI: "/problems/" + name
  unsigned status;
  std::string_view title;
};
const ProblemRow& RowOf(ProblemKind kind);
inline constexpr size_t kProblemKinds = static_cast<size_t>(ProblemKind::kUnavailable) + 1;

// `more`: members beside those of RFC 9457.
Response ProblemResponse(ProblemKind kind, std::string_view detail,
                         std::string_view parameter = {}, const boost::json::object& more = {});

Response JsonResponse(const boost::json::value& value);

// How long a sender should wait after 503 or 429.
inline constexpr int kRetryAfterSeconds = 2;

// The one translation of a domain error. Damage and I/O errors are logged and told without detail.
ProblemKind KindOf(ErrorKind kind);
Response ProblemResponse(const Error& error);

}  // namespace tthc
