// Metric families of the channels: every endpoint's series are there from the start.
//
// Thread safety: the metrics themselves may be touched from any thread.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <array>
#include <map>
#include <string>

#include "server/channels/channel_config.h"
#include "server/channels/http_client.h"

namespace tthc {

struct EndpointMetrics {
  std::array<prometheus::Counter*, kSendOutcomes> attempts{};   // by SendOutcome
  prometheus::Gauge* lag_messages = nullptr;     // messages of the stream not dealt with yet
  prometheus::Gauge* failing = nullptr;          // 1 from a failure to the next success
  prometheus::Gauge* dead_letters = nullptr;     // of a webhook
  prometheus::Gauge* active_alerts = nullptr;    // of an Alertmanager

  void Count(SendOutcome outcome) const { attempts[static_cast<size_t>(outcome)]->Increment(); }
};

class ChannelMetrics {
 public:
  ChannelMetrics(prometheus::Registry& registry, const ChannelConfig& config);
  const EndpointMetrics& webhook(const std::string& name) const { return webhooks_.at(name); }
  const EndpointMetrics& alertmanager(const std::string& name) const {
    return alertmanagers_.at(name);
  }

 private:
  std::map<std::string, EndpointMetrics> webhooks_;
  std::map<std::string, EndpointMetrics> alertmanagers_;
};

}  // namespace tthc
