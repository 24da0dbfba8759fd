// The bytes of one connection that a client opened: plain, or through TLS. What sessions write and
// read is the same.
//
// An AsyncReadStream and AsyncWriteStream of Asio, a next layer of Beast's WebSocket. Thread safety:
// that of a socket; a connection belongs to one worker (server/worker.h).
#pragma once

#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <functional>
#include <memory>

#include "server/net.h"

namespace tthc {

class ClientStream {
 public:
  using TlsStream = net::ssl::stream<tcp::socket>;
  using executor_type = tcp::socket::executor_type;
  using Done = std::function<void(ErrorCode)>;

  explicit ClientStream(tcp::socket socket)
      : plain_(std::make_unique<tcp::socket>(std::move(socket))) {}
  ClientStream(tcp::socket socket, net::ssl::context& context)
      : tls_(std::make_unique<TlsStream>(std::move(socket), context)) {}

  // False after Close and of a stream that was moved from.
  bool open() { return (plain_ || tls_) && socket().is_open(); }
  bool encrypted() const { return tls_ != nullptr; }
  tcp::socket& socket() { return tls_ ? tls_->next_layer() : *plain_; }
  executor_type get_executor() { return socket().get_executor(); }

  template <typename Buffers, typename Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) return tls_->async_read_some(buffers, std::forward<Handler>(handler));
    plain_->async_read_some(buffers, std::forward<Handler>(handler));
  }
  template <typename Buffers, typename Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) return tls_->async_write_some(buffers, std::forward<Handler>(handler));
    plain_->async_write_some(buffers, std::forward<Handler>(handler));
  }
  template <typename Handler>
  void AsyncTearDown(beast::role_type role, Handler&& handler) {
    if (tls_) return beast::async_teardown(role, *tls_, std::forward<Handler>(handler));
    beast::websocket::async_teardown(role, *plain_, std::forward<Handler>(handler));
  }

  // Of an encrypted stream, once, before anything else.
  void AsyncHandshake(Done done);
  // Says that nothing more will be written: close_notify, then the end of the TCP stream. With TLS it
  // waits, for `time` at most, for the client to say the same; after that time the socket is closed.
  // `done` is called in any case. Not after a write that failed: what it wrote may be half a record.
  void AsyncSayEnd(std::chrono::milliseconds time, Done done);
  // At once. Also of a stream that was moved from.
  void Close();

 private:
  std::unique_ptr<tcp::socket> plain_;  // one of both, none after a move
  std::unique_ptr<TlsStream> tls_;
};

// What Beast's WebSocket calls where a connection took too long, and where it closes one in order.
inline void beast_close_socket(ClientStream& stream) { stream.Close(); }
template <typename Handler>
void async_teardown(beast::role_type role, ClientStream& stream, Handler&& handler) {
  stream.AsyncTearDown(role, std::forward<Handler>(handler));
}

// Whether the client closed. Over TLS many leave out the close_notify; messages have their lengths, so
// nothing is taken for whole that was cut.
inline bool IsClosedByClient(ErrorCode ec) {
  return ec == net::error::eof || ec == net::ssl::error::stream_truncated;
}

}  // namespace tthc
