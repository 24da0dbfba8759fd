#include "server/access/key_keeper.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>

#include "server/clock.h"
#include "config/json_text.h"
#include "server/log.h"
#include "server/threads.h"

namespace tthc {
namespace {

Result<std::string> TextOfFile(const std::string& file, size_t most) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Error{ErrorKind::kIo, "the key set '" + file + "' cannot be opened"};
  std::string text(most + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.size() > most) return Invalid("the key set '" + file + "' is too large");
  return text;
}

}  // namespace

KeyKeeper::KeyKeeper(KeySource source) : source_(std::move(source)) {}
KeyKeeper::~KeyKeeper() { Stop(); }

Result<void> KeyKeeper::ReadFileNow() {
  if (source_.url) return {};
  const auto text = TextOfFile(source_.file, source_.limits.body_bytes);
  if (!text) return text.error();
  auto keys = KeySet::Parse(*text);
  if (!keys) return Prefixed(source_.file, keys.error());
  const std::lock_guard lock(mutex_);
  keys_ = std::move(*keys);
  return {};
}

void KeyKeeper::Start(std::function<void(const KeyReading&)> told) {
  told_ = std::move(told);
  net::co_spawn(context_, Run(), net::detached);
  thread_ = StartThread("jwks", [this] { context_.run(); });
}

void KeyKeeper::Stop() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<const KeySet> KeyKeeper::Current() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

void KeyKeeper::AskAgain() {
  net::post(context_, [this] {
    const int64_t least_us =
        std::chrono::duration_cast<std::chrono::microseconds>(source_.least_wait).count();
    if (!resting_ || MonotonicMicros() - read_at_us_ < least_us) return;
    pause_.cancel();
  });
}

net::awaitable<void> KeyKeeper::Run() {
  while (true) {
    const bool good = co_await Read();
    read_at_us_ = MonotonicMicros();
    pause_.expires_after(good ? source_.refresh : source_.least_wait);
    resting_ = true;
    co_await pause_.async_wait(net::as_tuple(net::use_awaitable));
    resting_ = false;
  }
}

net::awaitable<bool> KeyKeeper::Read() {
  const auto text = co_await ReadText();
  co_return Take(text);
}

net::awaitable<Result<std::string>> KeyKeeper::ReadText() {
  if (source_.url) co_return co_await Fetch(*source_.url, source_.limits);
  co_return TextOfFile(source_.file, source_.limits.body_bytes);
}

bool KeyKeeper::Take(const Result<std::string>& text) {
  auto keys = text ? KeySet::Parse(*text)
                   : Result<std::shared_ptr<const KeySet>>(text.error());
  if (!keys) {
    Log(LogLevel::kWarning, "keys_not_read", {{"reason", json::value(keys.error().message)}});
  }
  size_t in_use = 0;
  {
    const std::lock_guard lock(mutex_);
    if (keys) keys_ = *keys;
    in_use = keys_ == nullptr ? 0 : keys_->size();
  }
  told_({keys.has_value(), in_use});
  return keys.has_value();
}

}  // namespace tthc
