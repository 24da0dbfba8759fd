// The bounded queue of one alert session.
//
// When it is full, only the newest message of each case and kind is kept; when that makes no room
// the client is too slow, unless it has just taken some: a Monday morning tells more at once than any
// client can take, and then the queue grows to kBurst times its limit.
// Thread safety: none; see AlertFeed.
#pragma once

#include <deque>
#include <memory>

#include "server/monitor.h"

namespace tthc {

class Outbox {
 public:
  explicit Outbox(size_t limit) : limit_(limit) {}

  static constexpr size_t kBurst = 16;

  // `moving`: the client takes what it is sent. False where the message found no room.
  bool Push(std::shared_ptr<const AlertMessage> message, bool moving);
  // nullptr where the queue is empty.
  std::shared_ptr<const AlertMessage> Pop();
  size_t size() const { return queue_.size(); }
  uint64_t collapsed() const { return collapsed_; }  // messages given up for a newer one

 private:
  void Collapse(const AlertMessage& newest);

  const size_t limit_;
  size_t collapse_at_ = limit_;   // doubles while collapsing makes no room
  std::deque<std::shared_ptr<const AlertMessage>> queue_;
  uint64_t collapsed_ = 0;
};

}  // namespace tthc
