// The server's own metric families, declared once in the registry with every label value there
// from the start (never a case id, never a sender's text).
//
// Thread safety: the metrics themselves may be touched from any thread.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "server/access/identity.h"

namespace tthc {

// Why a connection ended. One value for code, log and metric label.
enum class CloseReason : uint8_t {
  kDone,          // the client closed, or a side asked for it
  kIdle,          // no request for too long
  kReadTimeout,   // a request that did not arrive in time
  kWriteTimeout,  // a client that does not read its answer
  kHalfSent,      // the client closed in the middle of a request
  kBadRequest,
  kHeaderTooLarge,
  kBodyTooLarge,
  kReset,  // the network said so
  kConnectionLimit,
  kHandshakeFailed,   // of TLS: another protocol, no version or cipher in common, a mistrustful client
  kHandshakeTimeout,
  kHandshakeLimit,    // too many under way
  kShutdown,
};
inline constexpr size_t kCloseReasons = static_cast<size_t>(CloseReason::kShutdown) + 1;
std::string_view NameOf(CloseReason reason);

// Why an alert session (WebSocket, SSE) ended.
enum class FeedEnd : uint8_t {
  kDone,
  kNoHello,  // no valid hello in time
  kUnauthorized,
  kTokenExpired,
  kForbidden,  // asked for a unit that its token does not see
  kProtocol,   // what it said is not of tthc.alerts.v1
  kSlow,       // its queue was full
  kTimeout,    // no pong
  kReset,
  kSessionLimit,
  kShutdown,
};
inline constexpr size_t kFeedEnds = static_cast<size_t>(FeedEnd::kShutdown) + 1;
std::string_view NameOf(FeedEnd end);

enum class Transport : uint8_t { kWebSocket, kEvents };
inline constexpr size_t kTransports = 2;
std::string_view NameOf(Transport transport);

class ServerMetrics {
 public:
  // `routes`: the operation names; requests that match none are counted as "unmatched".
  ServerMetrics(prometheus::Registry& registry, const std::vector<std::string_view>& routes);

  // `route`: index into `routes`, or routes.size() for "unmatched".
  void CountRequest(size_t route, unsigned status, double seconds);
  void CountClose(CloseReason reason) { closes_[static_cast<size_t>(reason)]->Increment(); }
  // Of the TLS listener; the series is there from the first call on. Seconds since 1970.
  void TellCertificate(double not_after_seconds);
  void CountCertificateReload(bool good) { certificate_reloads_[good ? 1 : 0]->Increment(); }
  void CountFeedEnd(Transport transport, FeedEnd end);
  void CountRefusedToken(TokenFault fault) {
    refused_tokens_[static_cast<size_t>(fault)]->Increment();
  }
  // A reading of the identity provider's keys, at `at_seconds` since 1970 by the wall clock.
  void CountKeyReading(bool good, size_t keys_in_use, double at_seconds);
  prometheus::Gauge& feeds(Transport transport) { return *feeds_[static_cast<size_t>(transport)]; }

  prometheus::Gauge& connections() { return *connections_; }
  prometheus::Gauge& handshakes() { return *handshakes_; }
  prometheus::Gauge& waiting_queries() { return *waiting_queries_; }
  prometheus::Counter& accept_errors() { return *accept_errors_; }
  prometheus::Counter& alerts_sent() { return *alerts_sent_; }
  prometheus::Counter& alerts_collapsed() { return *alerts_collapsed_; }

 private:
  prometheus::Registry& registry_;
  static constexpr size_t kStatusClasses = 5;
  struct RouteMetrics {
    std::array<prometheus::Counter*, kStatusClasses> by_class{};
    prometheus::Histogram* seconds = nullptr;
  };
  std::vector<RouteMetrics> routes_;
  std::array<prometheus::Counter*, kCloseReasons> closes_{};
  std::array<std::array<prometheus::Counter*, kFeedEnds>, kTransports> feed_ends_{};
  std::array<prometheus::Gauge*, kTransports> feeds_{};
  std::array<prometheus::Counter*, kTokenFaults> refused_tokens_{};
  std::array<prometheus::Counter*, 2> key_readings_{};  // failed, good
  std::array<prometheus::Counter*, 2> certificate_reloads_{};  // failed, good
  prometheus::Gauge* handshakes_ = nullptr;
  prometheus::Gauge* keys_ = nullptr;
  prometheus::Gauge* keys_read_at_ = nullptr;
  prometheus::Gauge* connections_ = nullptr;
  prometheus::Gauge* waiting_queries_ = nullptr;
  prometheus::Counter* accept_errors_ = nullptr;
  prometheus::Counter* alerts_sent_ = nullptr;
  prometheus::Counter* alerts_collapsed_ = nullptr;
};

}  // namespace tthc
