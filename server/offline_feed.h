// Feeds messages to a monitor one after the other and counts what became of them.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

#include "server/monitor.h"

namespace tthc {

struct FeedTotals {
  uint64_t accepted = 0;  // statements recorded now
  uint64_t repeated = 0;  // said before
  uint64_t quarantined = 0;
};

// Thread safety: Send and Finish from one thread.
class OfflineFeed {
 public:
  explicit OfflineFeed(Monitor& monitor) : monitor_(monitor) {}
  ~OfflineFeed() { Wait(); }

  // Blocks while the monitor's queue is full. The first error of an earlier message comes back.
  Result<void> Send(DecodedMessage message);
  // Waits for everything sent.
  Result<FeedTotals> Finish();

 private:
  void Wait();

  Monitor& monitor_;
  std::mutex mutex_;
  std::condition_variable answered_;
  uint64_t waiting_ = 0;
  FeedTotals totals_;
  std::optional<Error> error_;
};

}  // namespace tthc
