// One GET of a small document from a server that is named in the settings: HTTPS with the
// certificate checked against the host's name, or plain HTTP to this very machine.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>
#include <string_view>

#include "config/result.h"
#include "server/net.h"

namespace tthc {

struct FetchUrl {
  bool tls = true;
  std::string host;  // a name or a numeric address, without brackets
  std::string port;
  std::string target;  // "/realms/kontum/protocol/openid-connect/certs"
};
// Errors: another scheme than https; http to anything but 127.0.0.1, [::1] or localhost; a user, a
// password or a fragment in it.
Result<FetchUrl> ParseFetchUrl(std::string_view url);

struct FetchLimits {
  std::chrono::seconds time{5};  // of everything: connecting, the handshake, the answer
  size_t body_bytes = 1u << 18;
  std::string ca_file;           // PEM; empty: the certificates of the system
};

// The body of a 200; redirects are not followed. Errors (kUnavailable) say at which step it failed.
// Runs on the executor of the coroutine; the resolver of names may need longer than `time`.
net::awaitable<Result<std::string>> Fetch(FetchUrl url, FetchLimits limits);

}  // namespace tthc
