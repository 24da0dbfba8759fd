// Keeps the keys of an identity provider: read at the start, again from time to time, and soon after
// a token named a key that is not there. What was read last and was good stays until better comes.
//
// Threads: "jwks" does all reading and fetching; Current and AskAgain may be called from any thread
// and never wait for it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "server/access/fetch.h"
#include "server/access/jwks.h"

namespace tthc {

struct KeySource {
  std::string file;  // or
  std::optional<FetchUrl> url;
  FetchLimits limits;                   // body_bytes bounds the file, too
  std::chrono::seconds refresh{900};    // from one reading to the next
  std::chrono::seconds least_wait{10};  // between two readings, whoever asks; also after a failure
};

// How a reading ended, for whoever counts.
struct KeyReading {
  bool good = false;
  size_t keys = 0;  // that are in use now
};

class KeyKeeper {
 public:
  explicit KeyKeeper(KeySource source);
  ~KeyKeeper();

  // Reads a file at once, so that a wrong one is told at the start; does nothing for an address.
  Result<void> ReadFileNow();
  // `told` is called on the thread after each reading. Once only.
  void Start(std::function<void(const KeyReading&)> told);
  void Stop();  // idempotent

  // nullptr as long as none could be read.
  std::shared_ptr<const KeySet> Current() const;
  // Reads again, unless that was done less than `least_wait` ago or is under way.
  void AskAgain();

 private:
  net::awaitable<void> Run();
  net::awaitable<bool> Read();
  net::awaitable<Result<std::string>> ReadText();
  bool Take(const Result<std::string>& text);

  const KeySource source_;
  std::function<void(const KeyReading&)> told_;
  mutable std::mutex mutex_;
  std::shared_ptr<const KeySet> keys_;
  net::io_context context_{1};
  net::steady_timer pause_{context_};
  int64_t read_at_us_ = 0;   // monotonic; of the thread only
  bool resting_ = false;     // between two readings; of the thread only
  std::thread thread_;
};

}  // namespace tthc
