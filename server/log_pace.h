// For lines that anybody outside can cause: told at most once in a while, with how often it happened.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

namespace tthc {

// Thread safety: any thread.
class LogPace {
 public:
  explicit LogPace(std::chrono::microseconds least) : least_(least) {}
  // It happened, at a monotonic time. How often since it was told last, this time counted; nothing
  // where that was less than `least` ago: then it is not told.
  std::optional<uint64_t> Happened(int64_t now_us) {
    const std::lock_guard lock(mutex_);
    ++times_;
    if (told_us_ && now_us - *told_us_ < least_.count()) return std::nullopt;
    told_us_ = now_us;
    return std::exchange(times_, 0);
  }

 private:
  const std::chrono::microseconds least_;
  std::mutex mutex_;
  std::optional<int64_t> told_us_;
  uint64_t times_ = 0;
};

}  // namespace tthc
