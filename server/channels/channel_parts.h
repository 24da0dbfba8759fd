// What every endpoint works with, and the bounds they share.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "server/monitor.h"
#include "server/net.h"

namespace tthc {

// Messages read from the store at a time.
inline constexpr size_t kPageMessages = 200;
// Pages taken in before other endpoints get their turn.
inline constexpr int kPagesPerTurn = 20;
// After the store took no write or gave no page.
inline constexpr std::chrono::seconds kStoreRetryTime{5};

// Outlives the endpoints; `epoch` is there before one of them begins.
struct ChannelParts {
  net::io_context& context;
  Monitor& monitor;
  std::string epoch;
};

}  // namespace tthc
