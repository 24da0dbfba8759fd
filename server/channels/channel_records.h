// What channels keep in the store (column alerts, shard(2) 'c' and then):
//
//   'w' name                -> WebhookState    how far a webhook was delivered
//   'd' name '/' seq(8)     -> DeadLetter      a message that was given up
//   'p' name                -> ToldAlerts      what an Alertmanager was told and not yet told to end
//
// Every value begins with a version byte; golden bytes are in the tests. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/instant.h"
#include "config/result.h"

namespace tthc {

struct WebhookState {
  uint64_t delivered = 0;    // every message up to this one was accepted, given up or not wanted
  bool disabled = false;     // the receiver said 410
  friend bool operator==(const WebhookState&, const WebhookState&) = default;
};
struct DeadLetter {
  uint64_t seq = 0;
  int attempts = 0;
  Instant last_at;           // of the last attempt, wall clock
  std::string last_error;
  friend bool operator==(const DeadLetter&, const DeadLetter&) = default;
};
struct ToldAlert {
  std::string unit;
  std::string kind;
  Instant starts_at;         // wall clock
  friend bool operator==(const ToldAlert&, const ToldAlert&) = default;
};

inline constexpr size_t kMaxErrorBytes = 200;   // of DeadLetter::last_error

std::string WebhookStateKey(std::string_view name);
std::string DeadLetterKey(std::string_view name, uint64_t seq);
std::string DeadLetterPrefix(std::string_view name);
std::string ToldAlertsKey(std::string_view name);

std::string EncodeWebhookState(const WebhookState& state);
std::string EncodeDeadLetter(const DeadLetter& letter);
std::string EncodeToldAlerts(const std::vector<ToldAlert>& told);
// kCorrupt where the bytes are no such value.
Result<WebhookState> DecodeWebhookState(std::string_view bytes);
Result<DeadLetter> DecodeDeadLetter(std::string_view bytes);
Result<std::vector<ToldAlert>> DecodeToldAlerts(std::string_view bytes);

}  // namespace tthc
