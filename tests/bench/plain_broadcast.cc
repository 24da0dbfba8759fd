#include "plain_broadcast.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <cstdio>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "server/net.h"

namespace tthc::bench {
namespace {

namespace websocket = beast::websocket;
using SharedText = std::shared_ptr<const std::string>;

class Session : public std::enable_shared_from_this<Session> {
 public:
  explicit Session(tcp::socket socket) : stream_(std::move(socket)) {}

  websocket::stream<tcp::socket>& stream() { return stream_; }
  void Tell(SharedText text) {
    queue_.push_back(std::move(text));
    if (queue_.size() == 1) Write();
  }

 private:
  void Write() {
    stream_.async_write(net::buffer(*queue_.front()),
                        [self = shared_from_this()](ErrorCode ec, size_t) {
                          if (ec) return;
                          self->queue_.pop_front();
                          if (!self->queue_.empty()) self->Write();
                        });
  }

  websocket::stream<tcp::socket> stream_;
  std::deque<SharedText> queue_;
};

struct Worker {
  net::io_context context{1};
  std::unordered_set<std::shared_ptr<Session>> sessions;
};
using Workers = std::vector<std::unique_ptr<Worker>>;

net::awaitable<void> Listen(tcp::socket socket, http::request<http::string_body> request,
                            Worker& worker) {
  const auto session = std::make_shared<Session>(std::move(socket));
  auto& stream = session->stream();
  stream.set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
    response.set(http::field::sec_websocket_protocol, "tthc.alerts.v1");
  }));
  stream.auto_fragment(false);
  co_await stream.async_accept(request, net::use_awaitable);
  beast::flat_buffer hello;
  co_await stream.async_read(hello, net::use_awaitable);
  session->Tell(std::make_shared<const std::string>(R"({"type":"welcome"})"));
  worker.sessions.insert(session);
  try {
    for (beast::flat_buffer ignored;; ignored.clear()) {
      co_await stream.async_read(ignored, net::use_awaitable);
    }
  } catch (const boost::system::system_error&) {
    worker.sessions.erase(session);
  }
}

void TellAll(const Workers& workers, std::string_view lines) {
  for (size_t end = 0; !lines.empty(); lines.remove_prefix(std::min(end + 1, lines.size()))) {
    end = std::min(lines.find('\n'), lines.size());
    const auto text = std::make_shared<const std::string>(lines.substr(0, end));
    for (const auto& worker : workers) {
      net::post(worker->context, [&worker = *worker, text] {
        for (const auto& session : worker.sessions) session->Tell(text);
      });
    }
  }
}

net::awaitable<void> Serve(tcp::socket socket, Worker& worker, const Workers& workers) {
  socket.set_option(tcp::no_delay(true));
  beast::flat_buffer buffer;
  for (;;) {
    http::request<http::string_body> request;
    co_await http::async_read(socket, buffer, request, net::use_awaitable);
    if (websocket::is_upgrade(request)) {
      co_return co_await Listen(std::move(socket), std::move(request), worker);
    }
    TellAll(workers, request.body());
    http::response<http::string_body> answer(http::status::ok, 11);
    answer.body() = R"({"error_code":"0"})";
    answer.prepare_payload();
    co_await http::async_write(socket, answer, net::use_awaitable);
  }
}

net::awaitable<void> Accept(tcp::acceptor& acceptor, const Workers& workers) {
  for (size_t next = 0;; ++next) {
    Worker& worker = *workers[next % workers.size()];
    tcp::socket socket = co_await acceptor.async_accept(worker.context, net::use_awaitable);
    net::co_spawn(worker.context, Serve(std::move(socket), worker, workers), net::detached);
  }
}

}  // namespace

void ServePlainBroadcast(int threads) {
  Workers workers;
  for (int i = 0; i < threads; ++i) workers.push_back(std::make_unique<Worker>());
  tcp::acceptor acceptor(workers[0]->context, {net::ip::address_v4::loopback(), 0});
  net::co_spawn(workers[0]->context, Accept(acceptor, workers), net::detached);
  std::printf("{\"listen\":\"127.0.0.1:%d\"}\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  std::vector<std::jthread> running;
  for (const auto& worker : workers) {
    running.emplace_back([&worker = *worker] {
      const auto guard = net::make_work_guard(worker.context);
      worker.context.run();
    });
  }
}

}  // namespace tthc::bench
