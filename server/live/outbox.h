// The bounded queue of one alert session.
//
// When it is full, only the newest message of each case and kind is kept; when that makes no room
// the client is too slow. Thread safety: none; see AlertFeed.
#pragma once

#include <deque>
#include <memory>

#include "server/monitor.h"

namespace tthc {

class Outbox {
 public:
  explicit Outbox(size_t limit) : limit_(limit) {}

  // False where the message found no room: the queue is then as it was.
  bool Push(std::shared_ptr<const AlertMessage> message);
  // nullptr where the queue is empty.
  std::shared_ptr<const AlertMessage> Pop();
  size_t size() const { return queue_.size(); }
  uint64_t collapsed() const { return collapsed_; }  // messages given up for a newer one

 private:
  void Collapse(const AlertMessage& newest);

  const size_t limit_;
  std::deque<std::shared_ptr<const AlertMessage>> queue_;
  uint64_t collapsed_ = 0;
};

}  // namespace tthc
