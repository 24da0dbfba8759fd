#include "server/worker.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "server/threads.h"

namespace tthc {
namespace {

// A wake is mostly one write to a socket, some ten microseconds.
constexpr size_t kWakesAtOnce = 64;

}  // namespace

void ConnectionCount::Add() { value_.fetch_add(1); }

void ConnectionCount::Remove() {
  const std::lock_guard lock(mutex_);
  if (value_.fetch_sub(1) == 1) none_.notify_all();
}

bool ConnectionCount::WaitForNone(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return none_.wait_for(lock, time, [this] { return value_.load() == 0; });
}

Worker::Worker(size_t number, Decoder decoder, ConnectionCount& count)
    : number_(number), decoder_(std::move(decoder)), count_(count) {}

Worker::~Worker() { Stop(); }

void Worker::Start() {
  guard_.emplace(net::make_work_guard(context_));
  thread_ = StartThread("socket-" + std::to_string(number_), [this] { context_.run(); });
}

void Worker::Stop() {
  guard_.reset();
  context_.stop();
  if (thread_.joinable()) thread_.join();
  connections_.clear();
}

void Worker::Wake(std::function<void()> wake) {
  {
    const std::lock_guard lock(wakes_mutex_);
    wakes_.push_back(std::move(wake));
    if (wakes_posted_) return;
    wakes_posted_ = true;
  }
  net::post(context_, [this] { RunWakes(); });
}

void Worker::RunWakes() {
  std::vector<std::function<void()>> some;
  bool more = false;
  {
    const std::lock_guard lock(wakes_mutex_);
    const auto end = wakes_.begin() + static_cast<ptrdiff_t>(std::min(wakes_.size(), kWakesAtOnce));
    some.assign(std::make_move_iterator(wakes_.begin()), std::make_move_iterator(end));
    wakes_.erase(wakes_.begin(), end);
    more = wakes_posted_ = !wakes_.empty();
  }
  for (const auto& wake : some) wake();
  if (more) net::post(context_, [this] { RunWakes(); });
}

void Worker::DrainAll() {
  net::post(context_, [this] {
    draining_ = true;
    std::vector<std::shared_ptr<Connection>> all;
    for (const auto& [key, connection] : connections_) all.push_back(connection);
    for (const auto& connection : all) connection->Drain();
  });
}

void Worker::AbortAll() {
  net::post(context_, [this] {
    std::vector<std::shared_ptr<Connection>> all;
    for (const auto& [key, connection] : connections_) all.push_back(connection);
    for (const auto& connection : all) connection->Abort();
  });
}

void Worker::Join(std::shared_ptr<Connection> connection) {
  Connection* key = connection.get();
  connections_.emplace(key, std::move(connection));
  count_.Add();
  if (draining_) key->Drain();
}

void Worker::Leave(Connection* connection) {
  if (connections_.erase(connection) != 0) count_.Remove();
}

}  // namespace tthc
