#include "server/http/listener.h"

#include <boost/asio/socket_base.hpp>

#include "server/clock.h"
#include "server/log.h"

namespace tthc {
namespace {

// A whole answer, sent without waiting: it fits into any socket's buffer.
constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nConnection: close\r\n"
    "Content-Type: application/problem+json\r\nContent-Length: 109\r\n\r\n"
    R"({"type":"/problems/unavailable","title":"Try again later","status":503,)"
    R"("detail":"Too many connections."}     )";

constexpr size_t BodyBytes(std::string_view answer) {
  return answer.size() - answer.find("\r\n\r\n") - 4;
}
static_assert(BodyBytes(kFull) == 109);

}  // namespace

const std::string_view kFullAnswer = kFull;

Listener::Listener(std::vector<std::unique_ptr<Worker>>& workers, size_t max_connections,
                   std::string_view full, ServerMetrics& metrics, OnConnection on_connection)
    : workers_(workers),
      max_connections_(max_connections),
      full_(full),
      metrics_(metrics),
      on_connection_(std::move(on_connection)),
      acceptor_(workers.front()->context()),
      backoff_(workers.front()->context()),
      failures_(kAcceptWarning) {}

Result<void> Listener::Open(const std::string& host, uint16_t port) {
  ErrorCode ec;
  const auto fail = [&](std::string_view what) {
    return Error{ErrorKind::kIo, "cannot " + std::string(what) + " " + host + ":" +
                                     std::to_string(port) + ": " + ec.message()};
  };
  const auto address = net::ip::make_address(host, ec);
  if (ec) return fail("read the address");
  const tcp::endpoint endpoint(address, port);
  acceptor_.open(endpoint.protocol(), ec);
  if (ec) return fail("open a socket for");
  acceptor_.set_option(net::socket_base::reuse_address(true), ec);
  if (ec) return fail("set up");
  acceptor_.bind(endpoint, ec);
  if (ec) return fail("listen on");
  acceptor_.listen(net::socket_base::max_listen_connections, ec);
  if (ec) return fail("listen on");
  address_ = acceptor_.local_endpoint(ec);
  if (ec) return fail("listen on");
  return {};
}

void Listener::Start() {
  net::post(acceptor_.get_executor(), [self = shared_from_this()] { self->Accept(); });
}

void Listener::Close() {
  net::post(acceptor_.get_executor(), [self = shared_from_this()] {
    self->closed_ = true;
    ErrorCode ignored;
    self->acceptor_.close(ignored);
    self->backoff_.cancel();
  });
}

void Listener::Accept() {
  if (closed_) return;
  Worker& worker = *workers_[next_++ % workers_.size()];
  acceptor_.async_accept(worker.context(),
                         [self = shared_from_this(), &worker](ErrorCode ec, tcp::socket socket) {
                           self->OnAccepted(ec, std::move(socket), worker);
                         });
}

// Out of descriptors or memory: what is open goes on, and accepting is tried again.
void Listener::OnFailed(ErrorCode ec) {
  metrics_.accept_errors().Increment();
  if (const auto times = failures_.Happened(MonotonicMicros())) {
    failing_told_ = true;
    Log(LogLevel::kWarning, "accept_failed", {{"reason", boost::json::value(ec.message())},
                                              {"times", boost::json::value(*times)}});
  }
  backoff_.expires_after(kAcceptBackoff);
  backoff_.async_wait([self = shared_from_this()](ErrorCode) { self->Accept(); });
}

void Listener::TellThatItGoesOn() {
  if (!failing_told_) return;
  failing_told_ = false;
  Log(LogLevel::kInfo, "accept_goes_on");
}

void Listener::OnAccepted(ErrorCode ec, tcp::socket socket, Worker& worker) {
  if (closed_) return;
  if (ec == net::error::connection_aborted) return Accept();
  if (ec) return OnFailed(ec);
  TellThatItGoesOn();
  if (metrics_.connections().Value() >= static_cast<double>(max_connections_)) {
    metrics_.CountClose(CloseReason::kConnectionLimit);
    ErrorCode ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(net::buffer(full_.data(), full_.size()), ignored);
  } else {
    net::post(worker.context(),
              [self = shared_from_this(), &worker, socket = std::move(socket)]() mutable {
                self->on_connection_(std::move(socket), worker);
              });
  }
  Accept();
}

}  // namespace tthc
