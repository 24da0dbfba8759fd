// How long to wait before trying again: doubling, bounded, with jitter, so that many senders that
// failed together do not come back together.
//
// Pure but for its own random state; the same seed gives the same delays. Thread safety: none.
#pragma once

#include <chrono>
#include <cstdint>

namespace tthc {

struct BackoffOptions {
  std::chrono::milliseconds first{1'000};
  std::chrono::milliseconds longest{300'000};
};

class Backoff {
 public:
  Backoff(BackoffOptions options, uint64_t seed) : options_(options), state_(seed) {}
  // After `failures` failures in a row (from 1): at least half of min(first * 2^(failures - 1),
  // longest), at most all of it.
  std::chrono::milliseconds After(int failures);

 private:
  uint64_t Random();

  const BackoffOptions options_;
  uint64_t state_;
};

}  // namespace tthc
