// The ways out beside the API: webhooks and Alertmanagers, on a thread of their own.
//
//   pipeline --(listener: the stream has grown)--> thread "channels" --> one endpoint after another
//
// Thread safety: every method may be called from any thread but "channels" itself; Start once.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "server/channels/alertmanager_endpoint.h"
#include "server/channels/channel_config.h"
#include "server/channels/channel_metrics.h"
#include "server/channels/webhook_endpoint.h"

namespace tthc {

class Channels {
 public:
  // Reads what the store remembers. Errors: certificates or stored bytes that do not read.
  // `monitor` outlives it.
  static Result<std::unique_ptr<Channels>> Create(ChannelConfig config, Monitor& monitor);
  ~Channels();

  void Start();
  // Begins nothing more; returns at once. Questions are answered as if there were no endpoints,
  // from here on.
  void BeginStop();
  // Waits for what is under way, at most `limit`, then cuts it. Idempotent.
  void Stop(std::chrono::milliseconds limit);

  std::vector<WebhookStatus> Webhooks();
  std::vector<AlertmanagerStatus> Alertmanagers();
  struct DeadLetterView {
    std::string id;   // the header webhook-id
    DeadLetter letter;
  };
  // Oldest first. kNotFound where there is no webhook of that name; here and below kUnavailable
  // once the server stops.
  Result<std::vector<DeadLetterView>> DeadLetters(std::string_view webhook, size_t limit);
  // One more attempt, begun at once; the letter as it stood before. kNotFound.
  Result<DeadLetterView> Retry(std::string_view webhook, std::string_view id);
  // Sends again to a webhook that had said 410. kNotFound.
  Result<WebhookStatus> Enable(std::string_view webhook);

 private:
  Channels(ChannelConfig config, Monitor& monitor);
  Result<void> MakeEndpoints();
  void Listen();
  void OnGrown(uint64_t seq);
  void WakeAll();
  WebhookEndpoint* Find(std::string_view name);
  // Runs `work` on the thread and waits for it; false where there is no thread (any more).
  bool OnThread(const std::function<void()>& work);

  const ChannelConfig config_;
  net::io_context context_{1};
  ChannelParts parts_;
  ChannelMetrics metrics_;
  std::vector<std::unique_ptr<WebhookEndpoint>> webhooks_;
  std::vector<std::unique_ptr<AlertmanagerEndpoint>> alertmanagers_;
  std::optional<net::executor_work_guard<net::io_context::executor_type>> guard_;
  uint64_t subscription_ = 0;
  std::atomic<uint64_t> grown_to_{0};
  std::atomic<bool> waking_{false};   // a wake-up is on its way: no second one is posted

  std::mutex mutex_;                  // of what follows
  std::condition_variable ended_changed_;
  bool ended_ = false;
  bool listening_ = false;
  std::thread thread_;
};

}  // namespace tthc
