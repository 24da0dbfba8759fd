// The messages of tthc.alerts.v1 as values. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/result.h"
#include "server/access/jwt.h"
#include "server/monitor.h"

namespace tthc {

inline constexpr size_t kMaxHelloUnits = 1000;

struct HelloMessage {
  std::string token;
  std::vector<std::string> units;  // as sent; empty: all that the token sees
  std::string epoch;
  std::optional<uint64_t> seq;  // both or neither
  bool figures = false;         // wants to be told that figures changed
};
struct AckMessage {
  std::string id;
  std::string comment;
};
using ClientMessage = std::variant<HelloMessage, AckMessage>;

// Errors: a sentence for the client that repeats nothing of a token.
Result<ClientMessage> ParseClientMessage(std::string_view text);

std::string WelcomeText(const AlertResume& resume);
// Says that live figures changed, of no unit in particular: ask anew.
std::string FiguresText();
std::string AckedText(const AlertState& state);
std::string ErrorText(std::string_view reason);
std::string ErrorText(std::string_view reason, std::string_view alert_id);

// Last-Event-ID of the SSE stream, "epoch:seq".
std::string EventId(std::string_view epoch, uint64_t seq);
bool ParseEventId(std::string_view text, std::string& epoch, std::optional<uint64_t>& seq);

}  // namespace tthc
