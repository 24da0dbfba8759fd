// Where an HTTP client sends to. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/result.h"

namespace tthc {

inline constexpr size_t kMaxUrlBytes = 2048;

struct HttpTarget {
  bool tls = false;
  std::string host;   // name or numeric address, without brackets
  uint16_t port = 0;
  std::string path;   // with its query; begins with '/'

  // "https://host:8443": what may be logged and shown, as paths and queries of webhooks are often
  // secrets themselves.
  std::string Origin() const;
  // The header Host.
  std::string HostField() const;
  bool IsLoopback() const;   // a loopback address or the name localhost
  bool IsNumeric() const;
};

// "https://host[:port][/path][?query]" or http. The error repeats nothing of the text.
Result<HttpTarget> ParseHttpTarget(std::string_view url);

}  // namespace tthc
