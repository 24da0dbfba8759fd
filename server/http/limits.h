// The bounds of the server: those that an installation sets, and the constants between them.
#pragma once

#include <chrono>
#include <cstddef>

#include "config/settings.h"
#include "ingest/wire/decode.h"

namespace tthc {

using Millis = std::chrono::milliseconds;

struct ServerLimits {
  size_t socket_threads = 0;
  size_t body_bytes = 0;
  size_t header_bytes = 0;
  bool reason_required = false;   // audit.reason_required
  bool tls_for_producers = false;  // tls.required_for_producers
  size_t connections = 0;    // sessions of alerts not counted
  Millis read_time{0};       // of a header, and again of a body
  Millis idle_time{0};       // between two requests
  Millis drain_time{0};      // of a shutdown
  size_t query_results = 0;  // of one page
  size_t feed_sessions = 0;
  size_t feed_queue = 0;          // messages waiting for one alert session
  size_t feed_message_bytes = 0;  // from a client
  DecodeLimits decode;

  static ServerLimits From(const Settings& settings);
};

// Queries run beside the sockets; two keep a slow one from holding up the quick ones.
inline constexpr size_t kQueryThreads = 2;
// Each waiting query holds one connection; beyond this a caller is told to try again.
inline constexpr size_t kWaitingQueries = 256;
// A client that does not take its answer.
inline constexpr Millis kWriteTime{30'000};
// A client that is being refused is read from this long and this much, so that it sees the answer
// before the connection closes.
inline constexpr Millis kLingerTime{2'000};
inline constexpr size_t kLingerBytes = 4u << 20;
// From a TLS connection to the end of its handshake.
inline constexpr Millis kHandshakeTime{10'000};
// Handshakes under way; one more is closed at once. They are the dearest thing that a stranger can ask
// for: a signature each, some milliseconds of a socket thread.
inline constexpr size_t kHandshakesAtOnce = 256;
// Handshakes that failed are told of no more often than this.
inline constexpr Millis kHandshakeWarning{10'000};
// For a client to answer the end of a TLS stream with its own before the socket is closed.
inline constexpr Millis kTlsEndTime{1'000};
// After an accept error (too many open files) new connections are tried for again after this.
inline constexpr Millis kAcceptBackoff{100};
// … and is warned of no more often than this.
inline constexpr Millis kAcceptWarning{10'000};
// From the handshake to the client's hello.
inline constexpr Millis kHelloTime{10'000};
// A session that is being closed is cut when the client has not answered by then.
inline constexpr Millis kCloseTime{5'000};
// Without traffic for half of this a ping is sent, for all of it the session ends.
inline constexpr std::chrono::seconds kFeedIdleTime{60};
// What the kernel may hold for one alert session: with feed_queue it bounds a slow client's memory.
inline constexpr int kFeedSendBufferBytes = 64 << 10;
// Listed refusals of one message; the quarantine holds them all.
inline constexpr size_t kListedRejections = 100;
// Listed rows of one register body that were refused or flagged; no list holds the others.
inline constexpr size_t kListedRegisterRows = 1000;

}  // namespace tthc
