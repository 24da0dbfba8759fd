#include "server/score_keeper.h"

#include <algorithm>
#include <chrono>

#include "server/clock.h"
#include "server/threads.h"

namespace tthc {
namespace {

// A score is current within a second of the statement that changes it; under steady load the
// computation takes at most a fifth of one core.
constexpr int64_t kLookEveryMicros = 200'000;
constexpr int64_t kRestPerWork = 4;

}  // namespace

ScoreKeeper::ScoreKeeper(Outdated outdated, Compute compute)
    : outdated_(std::move(outdated)), compute_(std::move(compute)) {}

ScoreKeeper::~ScoreKeeper() { Stop(); }

void ScoreKeeper::Start() {
  thread_ = StartThread("scores", [this] { Run(); });
}

void ScoreKeeper::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stopped_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<const LiveSheets> ScoreKeeper::Current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void ScoreKeeper::Run() {
  for (;;) {
    const int64_t begun = MonotonicMicros();
    if (outdated_()) {
      auto scores = compute_();
      const std::lock_guard lock(mutex_);
      current_ = std::move(scores);
    }
    const int64_t worked = MonotonicMicros() - begun;
    std::unique_lock lock(mutex_);
    const auto rest = std::chrono::microseconds(std::max(kLookEveryMicros, kRestPerWork * worked));
    if (stopped_.wait_for(lock, rest, [this] { return stopping_; })) return;
  }
}

}  // namespace tthc
