#include "server/offline_feed.h"

#include <utility>

namespace tthc {

Result<void> OfflineFeed::Send(DecodedMessage message) {
  {
    const std::lock_guard lock(mutex_);
    if (error_) return *error_;
    ++waiting_;
  }
  monitor_.SubmitReplay(std::move(message), [this](Result<SubmitAnswer> answer) {
    const std::lock_guard lock(mutex_);
    if (answer) {
      totals_.accepted += answer->accepted;
      totals_.repeated += answer->repeated;
      totals_.quarantined += answer->quarantined;
    } else if (!error_) {
      error_ = answer.error();
    }
    --waiting_;
    answered_.notify_one();
  });
  return {};
}

Result<FeedTotals> OfflineFeed::Finish() {
  Wait();
  const std::lock_guard lock(mutex_);
  if (error_) return *error_;
  return totals_;
}

void OfflineFeed::Wait() {
  std::unique_lock lock(mutex_);
  answered_.wait(lock, [this] { return waiting_ == 0; });
}

}  // namespace tthc
