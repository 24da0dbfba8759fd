// What all alert sessions share, and the feed that each of them has.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/access/access.h"
#include "server/http/limits.h"
#include "server/live/outbox.h"
#include "server/monitor.h"
#include "server/query_pool.h"
#include "server/server_metrics.h"

namespace tthc {

inline constexpr std::string_view kAlertProtocol = "tthc.alerts.v1";

using SharedText = std::shared_ptr<const std::string>;

// Each message is serialised once and its text shared by all sessions that send it.
// Thread safety: TextOf may be called from any thread.
class AlertTexts {
 public:
  SharedText TextOf(const std::shared_ptr<const AlertMessage>& message);

 private:
  struct Slot {
    std::shared_ptr<const AlertMessage> message;
    SharedText text;
  };
  std::mutex mutex_;
  std::array<Slot, 512> slots_;  // by sequence: about what the sessions are sending just now
};

class AlertHub {
 public:
  AlertHub(Monitor& monitor, const Access& access, QueryPool& queries, ServerMetrics& metrics,
           const ServerLimits& limits)
      : monitor(monitor), access(access), queries(queries), metrics(metrics), limits(limits) {}

  Monitor& monitor;
  const Access& access;
  QueryPool& queries;
  ServerMetrics& metrics;
  const ServerLimits& limits;
  AlertTexts texts;

  // False where limits.feed_sessions are open.
  bool TakePlace(Transport transport);
  void GivePlace(Transport transport, FeedEnd end);

 private:
  std::atomic<size_t> sessions_{0};
};

// The messages for one session: what it missed, then what comes.
//
// Thread safety: any thread.
class AlertFeed : public std::enable_shared_from_this<AlertFeed> {
 public:
  // `wake` is called, without a lock held, when there is something to take after Take gave nothing
  // (or the client became too slow); it must only post to the session's thread.
  AlertFeed(AlertHub& hub, Principal principal, std::function<void()> wake)
      : hub_(hub),
        principal_(std::move(principal)),
        wake_(std::move(wake)),
        outbox_(hub.limits.feed_queue) {}

  // Resumes and listens. May read the store: not for a socket's thread. The answer's messages stay
  // in the feed.
  AlertResume Listen(const std::vector<std::string>& units, std::string_view epoch,
                     std::optional<uint64_t> seq);
  // The next message that the principal may see just now: units move, and bindings end, while a
  // session is open. nullptr where there is none.
  std::shared_ptr<const AlertMessage> Take();
  // True once a message found no room: the session must end.
  bool overflowed() const;
  void Stop();

 private:
  void Offer(std::shared_ptr<const AlertMessage> message);
  std::shared_ptr<const AlertMessage> TakeAny();

  AlertHub& hub_;
  const Principal principal_;
  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const AlertMessage>> backlog_;  // of the resume
  size_t backlog_taken_ = 0;
  Outbox outbox_;
  std::chrono::steady_clock::time_point taken_at_ = std::chrono::steady_clock::now();
  bool hungry_ = false;  // Take gave nothing: the next message wakes the session
  bool overflowed_ = false;
  bool stopped_ = false;
  std::optional<uint64_t> subscription_;
};

}  // namespace tthc
