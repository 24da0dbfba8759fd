// Keeps the live scores current: computed anew, apart from the pipeline and from scrapes, whenever
// what they are made of has changed.
//
// Thread "scores" computes; Current may be called from any thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "metrics/figures.h"

namespace tthc {

class ScoreKeeper {
 public:
  using Outdated = std::function<bool()>;
  using Compute = std::function<std::shared_ptr<const LiveSheets>()>;
  // Both are called on the thread "scores" only.
  ScoreKeeper(Outdated outdated, Compute compute);
  ~ScoreKeeper();

  void Start();
  void Stop();   // idempotent
  // nullptr before the first computation has ended.
  std::shared_ptr<const LiveSheets> Current() const;

 private:
  void Run();

  const Outdated outdated_;
  const Compute compute_;
  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::shared_ptr<const LiveSheets> current_;
  std::thread thread_;
};

}  // namespace tthc
