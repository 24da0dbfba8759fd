// A socket thread and the connections that live on it.
//
// A connection belongs to one worker for its whole life and is touched by that thread only, so
// sessions need no locks. Other threads reach it by posting to the worker's context.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

#include "ingest/wire/decode.h"
#include "server/net.h"

namespace tthc {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  virtual ~Connection() = default;
  // Finish what is under way, say goodbye, close.
  virtual void Drain() = 0;
  // Close at once.
  virtual void Abort() = 0;
};

// How many connections there are on all workers, and waiting for them to end.
class ConnectionCount {
 public:
  void Add();
  void Remove();
  size_t value() const { return value_.load(std::memory_order_relaxed); }
  // True where all have ended within `time`.
  bool WaitForNone(std::chrono::milliseconds time);

 private:
  std::atomic<size_t> value_{0};
  std::mutex mutex_;
  std::condition_variable none_;
};

class Worker {
 public:
  Worker(size_t number, Decoder decoder, ConnectionCount& count);
  ~Worker();

  net::io_context& context() { return context_; }
  Decoder* decoder() { return &decoder_; }
  void Start();
  // Ends the thread; connections that are left are destroyed with it. Idempotent.
  void Stop();

  // From any thread.
  void DrainAll();
  void AbortAll();

  // From any thread: runs `wake` on the worker's thread, in order. Many are run a few at a time, so
  // that an alert for thousands of sessions does not hold up the requests of all others.
  void Wake(std::function<void()> wake);

  // On the worker's thread: the worker keeps the connection alive until it leaves.
  void Join(std::shared_ptr<Connection> connection);
  void Leave(Connection* connection);

 private:
  void RunWakes();

  const size_t number_;
  Decoder decoder_;
  ConnectionCount& count_;
  net::io_context context_{1};
  std::optional<net::executor_work_guard<net::io_context::executor_type>> guard_;
  std::thread thread_;
  std::mutex wakes_mutex_;
  std::deque<std::function<void()>> wakes_;
  bool wakes_posted_ = false;
  bool draining_ = false;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
};

}  // namespace tthc
