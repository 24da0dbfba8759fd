// Ends a session at the moment its token expires, not at its next message.
//
// Thread safety: none; belongs to the session's thread.
#pragma once

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <optional>

#include "server/clock.h"
#include "server/net.h"

namespace tthc {

class Expiry {
 public:
  explicit Expiry(net::io_context& context) : timer_(context) {}

  // `then` is called once, when the wall clock shows `at`; never without one.
  void Watch(std::optional<Instant> at, std::function<void()> then) {
    if (!at) return;
    // The wall clock may be set meanwhile: it is looked at again at least this often.
    constexpr int64_t kLongestWaitMicros = kMicrosPerMinute;
    const int64_t left = std::clamp<int64_t>(*at - WallNow(), 0, kLongestWaitMicros);
    timer_.expires_after(std::chrono::microseconds(left));
    timer_.async_wait([this, at, then = std::move(then)](ErrorCode ec) mutable {
      if (ec) return;
      if (*at <= WallNow()) return then();
      Watch(at, std::move(then));
    });
  }
  void Cancel() { timer_.cancel(); }

 private:
  net::steady_timer timer_;
};

}  // namespace tthc
