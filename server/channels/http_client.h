// One HTTP/1.1 POST at a time to one target, on the thread of an io_context.
//
// The connection is kept between posts where the server allows it. TLS: 1.2 or newer, the
// certificate and its name are checked against the system's authorities or one file. Redirects are
// not followed: what was signed for one address is not for another.
//
// Thread safety: none; everything on the thread that runs `context`.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/result.h"
#include "server/channels/http_target.h"
#include "server/net.h"

namespace tthc {

// How a post ended. One value for retries, metric label and log.
enum class SendOutcome : uint8_t {
  kAccepted,      // 2xx
  kRefused,       // any other status
  kGone,          // 410: the receiver does not want any more
  kTimeout,       // connected, but no whole answer in time
  kBroken,        // connected, but the answer was cut off or no HTTP
  kUnreachable,   // no connection: name, network, TLS
};
inline constexpr size_t kSendOutcomes = static_cast<size_t>(SendOutcome::kUnreachable) + 1;
std::string_view NameOf(SendOutcome outcome);

struct SendResult {
  SendOutcome outcome = SendOutcome::kUnreachable;
  std::string detail;                        // "HTTP 500", "Connection refused"; no URL
  std::chrono::seconds retry_after{0};       // as the receiver asked for; 0: it did not
};

// Of an answer: its head, and its body, which is read only to keep the connection.
inline constexpr size_t kMaxAnswerHeadBytes = 16u << 10;
inline constexpr size_t kMaxAnswerBodyBytes = 64u << 10;
// A connection that was idle for longer is not used again: many servers and proxies close it
// without a word.
inline constexpr std::chrono::seconds kReuseTime{4};

// The certificates that are trusted: of `ca_file` (PEM) alone, or the system's where it is empty.
Result<std::shared_ptr<boost::asio::ssl::context>> TlsContext(const std::string& ca_file);

class HttpClient {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;
  using Done = std::function<void(SendResult)>;

  // `tls` may be null where the target has no TLS. `timeout` bounds a whole exchange, connecting
  // included; looking up a name is bounded by the system's resolver.
  HttpClient(net::io_context& context, HttpTarget target,
             std::shared_ptr<boost::asio::ssl::context> tls, std::chrono::milliseconds timeout);
  ~HttpClient();

  // `done` is called once, never from within Post. Not while another post is under way.
  void Post(std::string body, const Headers& headers, Done done);
  // Closes a connection that is kept and unused.
  void CloseIdle();

 private:
  class Exchange;
  struct Connection;

  net::io_context& context_;
  const HttpTarget target_;
  const std::shared_ptr<boost::asio::ssl::context> tls_;
  const std::chrono::milliseconds timeout_;
  std::shared_ptr<Connection> kept_;
  int64_t kept_since_us_ = 0;   // monotonic
};

}  // namespace tthc
