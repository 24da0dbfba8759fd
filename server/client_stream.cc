#include "server/client_stream.h"

namespace tthc {

void ClientStream::AsyncHandshake(Done done) {
  tls_->async_handshake(TlsStream::server, std::move(done));
}

void ClientStream::AsyncSayEnd(std::chrono::milliseconds time, Done done) {
  ErrorCode ignored;
  if (!tls_) {
    plain_->shutdown(tcp::socket::shutdown_send, ignored);
    net::post(get_executor(), [done = std::move(done)] { done({}); });
    return;
  }
  struct Waiting {
    net::steady_timer timer;
    bool over = false;  // after it the stream may be gone
  };
  auto waiting = std::make_shared<Waiting>(Waiting{net::steady_timer(get_executor(), time)});
  waiting->timer.async_wait([waiting, this](ErrorCode) {
    if (!waiting->over) Close();
  });
  tls_->async_shutdown([waiting, this, done = std::move(done)](ErrorCode ec) {
    waiting->over = true;
    waiting->timer.cancel();
    ErrorCode none;
    socket().shutdown(tcp::socket::shutdown_send, none);
    done(ec);
  });
}

void ClientStream::Close() {
  if (!plain_ && !tls_) return;
  ErrorCode ignored;
  socket().shutdown(tcp::socket::shutdown_both, ignored);
  socket().close(ignored);
}

}  // namespace tthc
