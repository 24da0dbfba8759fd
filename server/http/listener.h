// Takes connections and hands them to the workers in turn.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "server/http/limits.h"
#include "server/log_pace.h"
#include "server/server_metrics.h"
#include "server/worker.h"

namespace tthc {

// For max_connections of a plain listener: a whole answer. Over TLS nothing can be said without a
// handshake, so there it is nothing.
extern const std::string_view kFullAnswer;

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  // Called on the worker's own thread.
  using OnConnection = std::function<void(tcp::socket socket, Worker& worker)>;

  // Beyond `max_connections` HTTP connections (alert sessions not counted, those of other listeners are)
  // a new one is told `full`, as it stands, and closed.
  Listener(std::vector<std::unique_ptr<Worker>>& workers, size_t max_connections,
           std::string_view full, ServerMetrics& metrics, OnConnection on_connection);

  // Binds and listens; kIo with the address where that fails.
  Result<void> Open(const std::string& host, uint16_t port);
  void Start();
  tcp::endpoint address() const { return address_; }
  // From any thread. Connections that are not yet accepted are refused by the system.
  void Close();

 private:
  void Accept();
  void OnAccepted(ErrorCode ec, tcp::socket socket, Worker& worker);
  void OnFailed(ErrorCode ec);
  void TellThatItGoesOn();

  std::vector<std::unique_ptr<Worker>>& workers_;
  const size_t max_connections_;
  const std::string_view full_;
  ServerMetrics& metrics_;
  const OnConnection on_connection_;
  tcp::acceptor acceptor_;  // on the first worker
  net::steady_timer backoff_;
  tcp::endpoint address_;
  LogPace failures_;
  bool failing_told_ = false;  // and not yet that it goes on
  size_t next_ = 0;
  bool closed_ = false;
};

}  // namespace tthc
