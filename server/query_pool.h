// Threads for queries, so that a summary over a million cases never holds up a socket.
//
// Thread safety: Post may be called from any thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "server/net.h"

namespace tthc {

class QueryPool {
 public:
  QueryPool(size_t threads, size_t max_waiting);
  ~QueryPool();

  // False where max_waiting queries wait or run already, or the pool is stopped.
  bool Post(std::function<void()> query);
  size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }
  // Runs what is queued, then ends the threads. Idempotent.
  void Stop();

 private:
  const size_t max_waiting_;
  std::atomic<size_t> waiting_{0};
  std::atomic<bool> stopped_{false};
  net::io_context context_;
  std::optional<net::executor_work_guard<net::io_context::executor_type>> guard_;
  std::vector<std::thread> threads_;
};

}  // namespace tthc
