#include "server/query_pool.h"

#include <string>

#include "server/threads.h"

namespace tthc {

QueryPool::QueryPool(size_t threads, size_t max_waiting)
    : max_waiting_(max_waiting),
      context_(static_cast<int>(threads)),
      guard_(net::make_work_guard(context_)) {
  for (size_t i = 0; i < threads; ++i) {
    threads_.push_back(StartThread("query-" + std::to_string(i), [this] { context_.run(); }));
  }
}

QueryPool::~QueryPool() { Stop(); }

bool QueryPool::Post(std::function<void()> query) {
  if (stopped_.load()) return false;
  if (waiting_.fetch_add(1) >= max_waiting_) {
    waiting_.fetch_sub(1);
    return false;
  }
  net::post(context_, [this, query = std::move(query)] {
    query();
    waiting_.fetch_sub(1);
  });
  return true;
}

void QueryPool::Stop() {
  if (stopped_.exchange(true)) return;
  guard_.reset();
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace tthc
