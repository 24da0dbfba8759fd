#include "server/http/accesses.h"

#include <simdjson.h>

#include <algorithm>

#include "config/json_text.h"
#include "server/http/problem.h"
#include "server/log.h"

namespace tthc {
namespace {

constexpr size_t kLongestQuery = 2000;

json::string Text(std::string_view text) { return json::string(text.data(), text.size()); }

// nullopt where it is no text.
std::optional<std::string> ReasonIn(const Request& head) {
  auto reason = PercentDecoded(head.access_reason);
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (!reason || reason->size() > kLongestReason ||
      !simdjson::validate_utf8(reason->data(), reason->size()) ||
      std::any_of(reason->begin(), reason->end(), is_control)) {
    return std::nullopt;
  }
  return std::string(WithoutBlanks(*reason));
}

// As it was sent, or nearly: bytes that are no plain letters are encoded.
std::string QueryText(const QueryString& query) {
  std::string text;
  const auto append = [&text](std::string_view part) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    for (const char c : part) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte > 0x20 && byte < 0x7f && c != '%' && c != '&') {
        text.push_back(c);
        continue;
      }
      text.push_back('%');
      text.push_back(kDigits[byte >> 4]);
      text.push_back(kDigits[byte & 0x0f]);
    }
  };
  for (const auto& [name, value] : query.items) {
    if (!text.empty()) text.push_back('&');
    append(name);
    text.push_back('=');
    append(value);
  }
  return text.substr(0, kLongestQuery);
}

}  // namespace

std::optional<Response> CheckReason(const Route& route, const Principal& principal,
                                    const Request& head, bool required) {
  if (route.noted == Noted::kNot) return std::nullopt;
  const auto reason = ReasonIn(head);
  if (!reason) {
    return ProblemResponse(ProblemKind::kBadRequest,
                           "The header Access-Reason is UTF-8 without control characters, at most "
                           "500 bytes, percent-encoded where need be.");
  }
  if (!required || !reason->empty() || route.noted != Noted::kCase ||
      !principal.May(Right::kAudit)) {
    return std::nullopt;
  }
  return ProblemResponse(ProblemKind::kBadRequest,
                         "Say why the case is read, in the header Access-Reason "
                         "(audit.reason_required).");
}

void NoteAccess(const Route& route, const Call& call) {
  json::object text{{"by", Text(call.principal.name)}, {"operation", Text(route.name)}};
  if (route.noted == Noted::kCase) {
    text["case"] = Text(call.path[0]);
  } else if (!call.path.empty()) {
    text["of"] = Text(call.path[0]);
  }
  if (const std::string query = QueryText(call.request.query); !query.empty()) {
    text["query"] = query;
  }
  const std::string reason = ReasonIn(call.request).value_or("");
  if (!reason.empty()) text["reason"] = reason;
  std::string record = JsonText(text);
  if (call.monitor().Note(NoteKind::kAccess, record)) return;
  Log(LogLevel::kWarning, "access", {{"record", json::value(std::move(record))}});
}

}  // namespace tthc
