#include "server/server_metrics.h"

#include <algorithm>

namespace tthc {
namespace {

constexpr std::array<std::string_view, kCloseReasons> kCloseNames = {"done",
                                                                     "idle",
                                                                     "read_timeout",
                                                                     "write_timeout",
                                                                     "half_sent",
                                                                     "bad_request",
                                                                     "header_too_large",
                                                                     "body_too_large",
                                                                     "reset",
                                                                     "connection_limit",
                                                                     "handshake_failed",
                                                                     "handshake_timeout",
                                                                     "handshake_limit",
                                                                     "shutdown"};
constexpr std::array<std::string_view, kFeedEnds> kFeedEndNames = {
    "done",     "no_hello", "unauthorized", "token_expired", "forbidden", "protocol",
    "slow",     "timeout",  "reset",        "session_limit", "shutdown"};
constexpr std::array<std::string_view, kTransports> kTransportNames = {"websocket", "events"};

// From a cached scrape to a summary over a million cases.
const prometheus::Histogram::BucketBoundaries kSecondsBuckets = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

prometheus::Gauge& OneGauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}
prometheus::Counter& OneCounter(prometheus::Registry& registry, const char* name,
                                const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

std::string_view NameOf(CloseReason reason) { return kCloseNames[static_cast<size_t>(reason)]; }
std::string_view NameOf(FeedEnd end) { return kFeedEndNames[static_cast<size_t>(end)]; }
std::string_view NameOf(Transport transport) {
  return kTransportNames[static_cast<size_t>(transport)];
}

ServerMetrics::ServerMetrics(prometheus::Registry& registry,
                             const std::vector<std::string_view>& routes)
    : registry_(registry) {
  auto& requests = prometheus::BuildCounter()
                       .Name("tthc_http_requests_total")
                       .Help("Requests answered, by operation and class of status")
                       .Register(registry);
  auto& seconds = prometheus::BuildHistogram()
                      .Name("tthc_http_request_duration_seconds")
                      .Help("From the end of a request's body to its answer")
                      .Register(registry);
  static constexpr std::array<const char*, kStatusClasses> kClasses = {"1xx", "2xx", "3xx", "4xx",
                                                                       "5xx"};
  for (size_t i = 0; i <= routes.size(); ++i) {
    const std::string name(i < routes.size() ? routes[i] : std::string_view("unmatched"));
    RouteMetrics row;
    for (size_t c = 0; c < kStatusClasses; ++c) {
      row.by_class[c] = &requests.Add({{"operation", name}, {"code", kClasses[c]}});
    }
    row.seconds = &seconds.Add({{"operation", name}}, kSecondsBuckets);
    routes_.push_back(row);
  }
  auto& closes = prometheus::BuildCounter()
                     .Name("tthc_http_connections_closed_total")
                     .Help("Connections ended, by reason")
                     .Register(registry);
  for (size_t i = 0; i < kCloseReasons; ++i) {
    closes_[i] = &closes.Add({{"reason", std::string(kCloseNames[i])}});
  }
  auto& ends = prometheus::BuildCounter()
                   .Name("tthc_alert_sessions_closed_total")
                   .Help("Alert sessions ended, by transport and reason")
                   .Register(registry);
  auto& feeds = prometheus::BuildGauge()
                    .Name("tthc_alert_sessions")
                    .Help("Alert sessions open, by transport")
                    .Register(registry);
  for (size_t t = 0; t < kTransports; ++t) {
    const std::string transport(kTransportNames[t]);
    for (size_t i = 0; i < kFeedEnds; ++i) {
      feed_ends_[t][i] =
          &ends.Add({{"transport", transport}, {"reason", std::string(kFeedEndNames[i])}});
    }
    feeds_[t] = &feeds.Add({{"transport", transport}});
  }
  auto& refused = prometheus::BuildCounter()
                      .Name("tthc_tokens_refused_total")
                      .Help("Tokens that counted for nothing, by reason")
                      .Register(registry);
  for (size_t i = 0; i < kTokenFaults; ++i) {
    const std::string reason(NameOf(static_cast<TokenFault>(i)));
    refused_tokens_[i] = &refused.Add({{"reason", reason}});
  }
  auto& readings = prometheus::BuildCounter()
                       .Name("tthc_oidc_key_readings_total")
                       .Help("Readings of the identity provider's keys, by outcome")
                       .Register(registry);
  key_readings_ = {&readings.Add({{"outcome", "failed"}}), &readings.Add({{"outcome", "good"}})};
  keys_ = &OneGauge(registry, "tthc_oidc_keys", "Keys of the identity provider in use");
  keys_read_at_ = &OneGauge(registry, "tthc_oidc_keys_read_timestamp_seconds",
                            "When the provider's keys were read last and were good; 0: never");
  auto& reloads = prometheus::BuildCounter()
                      .Name("tthc_tls_certificate_reloads_total")
                      .Help("Readings of the certificate's files on SIGHUP, by outcome")
                      .Register(registry);
  certificate_reloads_ = {&reloads.Add({{"outcome", "failed"}}), &reloads.Add({{"outcome", "good"}})};
  handshakes_ = &OneGauge(registry, "tthc_tls_handshakes", "TLS handshakes under way");
  connections_ = &OneGauge(registry, "tthc_http_connections", "Connections open");
  waiting_queries_ = &OneGauge(registry, "tthc_query_queue_length", "Queries waiting or running");
  accept_errors_ =
      &OneCounter(registry, "tthc_http_accept_errors_total", "Connections that could not be taken");
  alerts_sent_ =
      &OneCounter(registry, "tthc_alert_messages_sent_total", "Messages written to alert sessions");
  alerts_collapsed_ = &OneCounter(registry, "tthc_alert_messages_collapsed_total",
                                  "Messages replaced by a newer one of the same case and kind");
}

void ServerMetrics::CountRequest(size_t route, unsigned status, double seconds) {
  RouteMetrics& row = routes_[std::min(route, routes_.size() - 1)];
  const size_t status_class = std::clamp<size_t>(status / 100, 1, kStatusClasses) - 1;
  row.by_class[status_class]->Increment();
  row.seconds->Observe(seconds);
}

void ServerMetrics::TellCertificate(double not_after_seconds) {
  OneGauge(registry_, "tthc_tls_certificate_not_after_timestamp_seconds",
           "When the certificate that TLS connections are shown expires, or the first of its chain")
      .Set(not_after_seconds);
}

void ServerMetrics::CountFeedEnd(Transport transport, FeedEnd end) {
  feed_ends_[static_cast<size_t>(transport)][static_cast<size_t>(end)]->Increment();
}

void ServerMetrics::CountKeyReading(bool good, size_t keys_in_use, double at_seconds) {
  key_readings_[good ? 1 : 0]->Increment();
  keys_->Set(static_cast<double>(keys_in_use));
  if (good) keys_read_at_->Set(at_seconds);
}

}  // namespace tthc
