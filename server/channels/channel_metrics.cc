#include "server/channels/channel_metrics.h"

namespace tthc {

ChannelMetrics::ChannelMetrics(prometheus::Registry& registry, const ChannelConfig& config) {
  auto& attempts = prometheus::BuildCounter()
                       .Name("tthc_channel_attempts_total")
                       .Help("Attempts to send to a webhook or Alertmanager, by outcome")
                       .Register(registry);
  auto& lag = prometheus::BuildGauge()
                  .Name("tthc_channel_lag_messages")
                  .Help("Messages of the alert stream that the endpoint has not dealt with yet")
                  .Register(registry);
  auto& failing = prometheus::BuildGauge()
                      .Name("tthc_channel_failing")
                      .Help("1 from an attempt that failed to one that was accepted")
                      .Register(registry);
  auto& dead = prometheus::BuildGauge()
                   .Name("tthc_webhook_dead_letters")
                   .Help("Messages that a webhook never accepted")
                   .Register(registry);
  auto& active = prometheus::BuildGauge()
                     .Name("tthc_alertmanager_active_alerts")
                     .Help("Alerts (unit and kind) that an Alertmanager is told are active")
                     .Register(registry);
  const auto add = [&](const std::string& channel, const std::string& endpoint) {
    const prometheus::Labels labels{{"channel", channel}, {"endpoint", endpoint}};
    EndpointMetrics metrics;
    for (size_t i = 0; i < kSendOutcomes; ++i) {
      prometheus::Labels with = labels;
      with["outcome"] = std::string(NameOf(static_cast<SendOutcome>(i)));
      metrics.attempts[i] = &attempts.Add(with);
    }
    metrics.lag_messages = &lag.Add(labels);
    metrics.failing = &failing.Add(labels);
    return metrics;
  };
  for (const WebhookConfig& webhook : config.webhooks) {
    const std::string& name = webhook.endpoint.name;
    EndpointMetrics metrics = add("webhook", name);
    metrics.dead_letters = &dead.Add({{"endpoint", name}});
    webhooks_[name] = metrics;
  }
  for (const AlertmanagerConfig& alertmanager : config.alertmanagers) {
    const std::string& name = alertmanager.endpoint.name;
    EndpointMetrics metrics = add("alertmanager", name);
    metrics.active_alerts = &active.Add({{"endpoint", name}});
    alertmanagers_[name] = metrics;
  }
}

}  // namespace tthc
