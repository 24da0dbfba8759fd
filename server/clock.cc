#include "server/clock.h"

#include <algorithm>
#include <chrono>

namespace tthc {
namespace {

constexpr int64_t kLongestWaitMicros = kMicrosPerHour;

int64_t SystemMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class SystemClock final : public ProcessClock {
 public:
  Instant Now() const override { return {SystemMicros()}; }
  int64_t MicrosUntil(Instant at) const override {
    return std::clamp<int64_t>(at - Now(), 0, kLongestWaitMicros);
  }
};

class ShiftedClock final : public ProcessClock {
 public:
  ShiftedClock(Instant start, double speed)
      : start_(start), speed_(speed), origin_(MonotonicMicros()) {}
  Instant Now() const override {
    return start_ + static_cast<int64_t>(static_cast<double>(MonotonicMicros() - origin_) * speed_);
  }
  int64_t MicrosUntil(Instant at) const override {
    const int64_t left = at - Now();
    if (left <= 0) return 0;
    if (speed_ <= 0) return kLongestWaitMicros;
    return static_cast<int64_t>(
        std::min<double>(static_cast<double>(left) / speed_ + 1, kLongestWaitMicros));
  }

 private:
  const Instant start_;
  const double speed_;
  const int64_t origin_;
};

}  // namespace

Instant WallNow() { return {SystemMicros()}; }

int64_t MonotonicMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::shared_ptr<ProcessClock> ProcessClock::System() { return std::make_shared<SystemClock>(); }
std::shared_ptr<ProcessClock> ProcessClock::From(Instant start, double speed) {
  return std::make_shared<ShiftedClock>(start, speed);
}

}  // namespace tthc
