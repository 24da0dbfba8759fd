// One Alertmanager: told of every unit and kind with open alerts, again and again while they are
// open, and of their end.
//
// What it is to be told is a state, not a queue: after a failure the present state is sent, and
// nothing piles up. That a group was told is written to the store before it is told, so that its
// end is told too, also where the process ended in between.
//
// Thread safety: none; everything on the thread "channels".
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/channels/alertmanager_alerts.h"
#include "server/channels/channel_config.h"
#include "server/channels/channel_metrics.h"
#include "server/channels/channel_parts.h"
#include "server/channels/channel_records.h"
#include "server/channels/http_client.h"
#include "server/channels/open_alerts.h"

namespace tthc {

// Changes are gathered for this long: a storm of alerts is one post, not thousands.
inline constexpr std::chrono::milliseconds kSettleTime{500};
// Alerts of one post.
inline constexpr size_t kAlertsPerPost = 500;
// An active alert is told to end after so many resends without word from here.
inline constexpr int kEndsAfterResends = 4;
// An end is told so often: an Alertmanager that restarts may lose it.
inline constexpr int kEndsTold = 3;

struct AlertmanagerStatus {
  std::string name;
  std::string origin;
  std::string_view state;   // "current", "failing"
  size_t active_alerts = 0;
  std::string last_error;
  // Wall clock.
  std::optional<Instant> last_error_at;
  std::optional<Instant> last_accepted_at;
};

class AlertmanagerEndpoint {
 public:
  AlertmanagerEndpoint(AlertmanagerConfig config, const ChannelParts& parts,
                       const EndpointMetrics& metrics,
                       std::shared_ptr<boost::asio::ssl::context> tls, uint64_t seed);

  Result<void> Restore(const std::vector<ChannelRecord>& records);
  // `open`: the alerts that are open at message `present` of the stream.
  void Begin(const std::vector<std::shared_ptr<const AlertMessage>>& open, uint64_t present);
  void Wake(uint64_t last_seq);
  void Stop();

  const std::string& name() const { return config_.endpoint.name; }
  AlertmanagerStatus Status() const;

 private:
  struct Told {
    Instant starts_at;                  // wall clock
    uint64_t count = 0;
    std::optional<Instant> ended_at;    // wall clock
    int ends_left = 0;                  // times that the end is still to be told
    int64_t next_us = 0;                // monotonic; when it is to be told next
  };
  struct Sent {
    AlertGroup group;
    bool ended = false;
  };

  void Step();
  bool ReadStream();
  void Take(const AlertMessage& message, const UnitTree& tree);
  void Reconcile(const AlertGroup& group);
  bool SaveGroups();
  std::vector<Sent> Due(json::array& out);
  void Post(json::array alerts, std::vector<Sent> sent);
  void OnSent(const std::vector<Sent>& sent, const SendResult& result);
  void OnAccepted(const std::vector<Sent>& sent);
  void StepAfter(std::chrono::microseconds delay);
  void ShowNumbers();
  // An instant of the process clock as the wall clock had it.
  Instant OnTheWall(Instant at) const;

  const AlertmanagerConfig config_;
  const ChannelParts& parts_;
  const EndpointMetrics& metrics_;
  HttpClient client_;
  Backoff backoff_;
  net::steady_timer timer_;
  net::steady_timer settle_timer_;

  OpenAlerts open_;
  std::map<AlertGroup, Told> told_;
  bool groups_changed_ = false;   // told_ names other groups than the store
  uint64_t read_ = 0;
  uint64_t last_seq_ = 0;

  bool busy_ = false;
  bool settling_ = false;
  bool waiting_ = false;          // after a failure
  bool stopping_ = false;
  int failures_ = 0;
  std::string last_error_;
  std::optional<Instant> last_error_at_;
  std::optional<Instant> last_accepted_at_;
};

}  // namespace tthc
