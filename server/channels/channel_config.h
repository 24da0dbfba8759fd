// Who alerts are sent to: the file named by the setting channels.file.
//
//   [[webhook]]
//   name = "zalo-gateway"              # a-z 0-9 _ -; its place in the stream hangs on it
//   url = "https://gateway.example/tthc"
//   secret_file = "zalo.secret"        # or secret_env = "ZALO_SECRET": whsec_ and base64; two lines
//                                      # while a secret is being changed
//   units = ["H34.05"]                 # these units and all below them; absent: all
//   kinds = ["overdue"]                # absent: all
//   timeout_seconds = 10               # of one attempt
//   attempts = 12                      # answered without success; then it is a dead letter
//   retry_first_milliseconds = 1000    # doubled each time …
//   retry_longest_seconds = 300        # … up to this
//   ca_file = "ca.pem"                 # instead of the system's certificates
//   plain_http = false                 # true: http:// also beyond this machine
//
//   [[alertmanager]]
//   name = "main"
//   url = "http://127.0.0.1:9093"
//   resend_seconds = 60                # also units, kinds, timeout_seconds, ca_file, plain_http
//
// Relative paths start at the file. Thread safety: values.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "config/result.h"
#include "server/channels/alert_filter.h"
#include "server/channels/backoff.h"
#include "server/channels/http_target.h"

namespace tthc {

inline constexpr size_t kMaxEndpoints = 64;   // of each kind
inline constexpr size_t kMaxEndpointNameBytes = 64;
inline constexpr size_t kMaxSecretFileBytes = 1024;
inline constexpr size_t kMaxSecrets = 2;

struct EndpointConfig {
  std::string name;
  HttpTarget target;
  std::string ca_file;   // empty: the system's
  std::chrono::milliseconds timeout{10'000};
  AlertFilter filter;
};
struct WebhookConfig {
  EndpointConfig endpoint;
  std::vector<std::string> keys;   // raw bytes; each signs
  int attempts = 0;
  BackoffOptions backoff;
};
struct AlertmanagerConfig {
  EndpointConfig endpoint;         // its target is the whole address of POST /api/v2/alerts
  std::chrono::seconds resend{60};
};
struct ChannelConfig {
  std::vector<WebhookConfig> webhooks;
  std::vector<AlertmanagerConfig> alertmanagers;
};

// Everything that is wrong, each with file and line; never a secret, never a URL.
Result<ChannelConfig> LoadChannels(const std::string& file);
Result<ChannelConfig> ParseChannels(std::string_view toml, const std::string& file_name);

}  // namespace tthc
