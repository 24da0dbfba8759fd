#include "server/channels/backoff.h"

#include <algorithm>

namespace tthc {

// splitmix64: short, and the same on every machine.
uint64_t Backoff::Random() {
  state_ += 0x9e3779b97f4a7c15;
  uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::chrono::milliseconds Backoff::After(int failures) {
  int64_t full = options_.first.count();
  for (int i = 1; i < failures && full < options_.longest.count(); ++i) full *= 2;
  full = std::max<int64_t>(1, std::min<int64_t>(full, options_.longest.count()));
  const int64_t half = full / 2;
  const auto spread = static_cast<uint64_t>(full - half) + 1;
  return std::chrono::milliseconds(half + static_cast<int64_t>(Random() % spread));
}

}  // namespace tthc
