// Opens many alert listeners, of which some never read, makes alerts by posting overdue cases, and
// prints how long each took from the post to each reading listener. One thread does all of it, so
// that one clock is used; its own reading is part of what is measured.
//
// Prints {"listening","seconds"} when all are welcomed, then obeys lines of standard input:
//   rounds COUNT ALERTS   that many posts of so many cases, each awaited by every reading listener:
//                         {"deliveries","seconds","p50_ms","p99_ms","max_ms","answer_p50_ms",
//                         "bytes"}; the answer is the one to the post, the bytes are of an alert
// and ends with the input. With --serve it is the yardstick instead (plain_broadcast.h).
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "plain_broadcast.h"
#include "server/net.h"

namespace tthc::bench {
namespace {

namespace websocket = beast::websocket;
using SteadyClock = std::chrono::steady_clock;
using Task = net::awaitable<void>;

// Hellos under way at once: the daemon lets 256 wait for their welcome.
constexpr size_t kOpeningAtOnce = 64;
// The least that Linux gives: what is sent to a listener that never reads stays with the sender.
constexpr int kStalledReceiveBytes = 2048;
// A listener that never reads answers no ping. It still says that it lives, so that nothing but its
// full queue can end it.
constexpr std::chrono::seconds kStalledPongEvery{10};
constexpr std::chrono::seconds kRoundLimit{60};
constexpr int kUnits = 16;

struct Options {
  int serve = 0;        // threads of the yardstick; 0: be the listeners
  std::string http;
  size_t listeners = 10'000;
  size_t stalled = 1'000;
  size_t plain_bytes = 0;   // the other side is the yardstick: send alerts of this size themselves
};

double Millis(SteadyClock::duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

double Percentile(const std::vector<float>& sorted, double p) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<size_t>(p * static_cast<double>(sorted.size() - 1))];
}

void AllowDescriptors(size_t wanted) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < wanted) {
    throw std::runtime_error("needs " + std::to_string(wanted) +
                             " descriptors, ulimit -Hn allows " + std::to_string(limit.rlim_max));
  }
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

class Listeners {
 public:
  explicit Listeners(Options options)
      : options_(std::move(options)), poster_(context_), round_over_(context_) {
    const size_t colon = options_.http.rfind(':');
    endpoint_ = {net::ip::make_address(options_.http.substr(0, colon)),
                 static_cast<uint16_t>(std::stoi(options_.http.substr(colon + 1)))};
  }

  void Run() {
    Spawn(Play());
    context_.run();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  struct Listener {
    explicit Listener(net::io_context& context) : stream(context) {}
    websocket::stream<tcp::socket> stream;
    uint64_t received = 0;
  };

  void Spawn(Task task) {
    net::co_spawn(context_, std::move(task), [this](std::exception_ptr failure) {
      if (!failure || failure_) return;
      failure_ = failure;
      context_.stop();
    });
  }

  Task Play() {
    const auto begin = SteadyClock::now();
    for (size_t i = 0; i < kOpeningAtOnce; ++i) Spawn(OpenSome());
    while (opened_ < options_.listeners) co_await Pause(std::chrono::milliseconds(5));
    std::printf("{\"listening\":%zu,\"seconds\":%.3f}\n", opened_,
                Millis(SteadyClock::now() - begin) / 1000);
    std::fflush(stdout);
    Spawn(SayThatTheyLive());
    co_await poster_.async_connect(endpoint_, net::use_awaitable);
    poster_.set_option(tcp::no_delay(true));
    co_await Obey();
    context_.stop();
  }

  Task Obey() {
    net::posix::stream_descriptor input(context_, ::dup(STDIN_FILENO));
    for (std::string read;;) {
      ErrorCode ec;
      const size_t length = co_await net::async_read_until(
          input, net::dynamic_buffer(read), '\n', net::redirect_error(net::use_awaitable, ec));
      if (ec) co_return;
      std::istringstream line(read.substr(0, length));
      read.erase(0, length);
      std::string what;
      size_t count = 0, alerts = 0;
      if (!(line >> what >> count >> alerts) || what != "rounds") {
        throw std::runtime_error("not understood: " + line.str());
      }
      co_await Rounds(count, alerts);
    }
  }

  // --- the listeners

  size_t readers() const { return options_.listeners - options_.stalled; }
  // Spread evenly, as the daemon gives connections to its threads in turn.
  bool IsStalled(size_t n) const {
    const auto before = [&](size_t m) { return m * options_.stalled / options_.listeners; };
    return before(n) != before(n + 1);
  }

  Task OpenSome() {
    while (listeners_.size() < options_.listeners) {
      const bool stalled = IsStalled(listeners_.size());
      listeners_.push_back(std::make_unique<Listener>(context_));
      Listener& listener = *listeners_.back();
      co_await Open(listener, stalled);
      ++opened_;
      if (stalled) stalled_.push_back(&listener);
      if (!stalled) Spawn(Read(listener));
    }
  }

  Task Open(Listener& listener, bool stalled) {
    tcp::socket& socket = listener.stream.next_layer();
    socket.open(tcp::v4());
    // Before connecting: the window is agreed on then.
    if (stalled) socket.set_option(net::socket_base::receive_buffer_size(kStalledReceiveBytes));
    // No port is left waiting when this process ends.
    socket.set_option(net::socket_base::linger(true, 0));
    co_await socket.async_connect(endpoint_, net::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    listener.stream.set_option(
        websocket::stream_base::decorator([](websocket::request_type& request) {
          request.set(http::field::sec_websocket_protocol, "tthc.alerts.v1");
        }));
    co_await listener.stream.async_handshake(options_.http, "/ws/alerts", net::use_awaitable);
    co_await listener.stream.async_write(net::buffer(kHello), net::use_awaitable);
    beast::flat_buffer welcome;
    co_await listener.stream.async_read(welcome, net::use_awaitable);
    if (!TextOf(welcome).starts_with(R"({"type":"welcome")")) {
      throw std::runtime_error("no welcome: " + std::string(TextOf(welcome)));
    }
  }

  Task Read(Listener& listener) {
    for (beast::flat_buffer buffer;; buffer.clear()) {
      ErrorCode ec;
      co_await listener.stream.async_read(buffer, net::redirect_error(net::use_awaitable, ec));
      const auto now = SteadyClock::now();
      if (ec) {
        throw std::runtime_error("a listener that reads was closed: " + ec.message() + ", " +
                                 listener.stream.reason().reason.c_str());
      }
      OnMessage(listener, TextOf(buffer), now);
    }
  }

  void OnMessage(Listener& listener, std::string_view text, SteadyClock::time_point now) {
    // The daemon may have more to tell than what was posted.
    if (text.find(R"("kind":"overdue")") == text.npos) return;
    constexpr std::string_view kCase = R"("case_id":")";
    const size_t at = text.find(kCase);
    const size_t end = text.find('"', at + kCase.size());
    uint64_t number = 0;
    if (at != text.npos && end != text.npos) {
      std::from_chars(text.data() + text.rfind('-', end) + 1, text.data() + end, number);
    }
    if (!text.starts_with(R"({"type":"alert")") || number < first_of_round_ || waiting_ == 0) {
      throw std::runtime_error("not an alert of this round: " + std::string(text));
    }
    bytes_ = text.size();
    ++listener.received;
    ms_.push_back(static_cast<float>(Millis(now - round_begin_)));
    if (--waiting_ == 0) round_over_.cancel();
  }

  Task SayThatTheyLive() {
    for (;;) {
      co_await Pause(kStalledPongEvery);
      for (Listener* listener : stalled_) {
        // Those that were dropped meanwhile fail, as they should.
        listener->stream.async_pong({}, [](ErrorCode) {});
      }
    }
  }

  Task Pause(SteadyClock::duration time) {
    net::steady_timer timer(context_, time);
    co_await timer.async_wait(net::use_awaitable);
  }

  static std::string_view TextOf(const beast::flat_buffer& buffer) {
    return {static_cast<const char*>(buffer.cdata().data()), buffer.size()};
  }

  // --- the alerts

  Task Rounds(size_t count, size_t alerts) {
    ms_.clear();
    ms_.reserve(count * alerts * readers());
    std::vector<float> answers;
    const auto begin = SteadyClock::now();
    for (size_t i = 0; i < count; ++i) {
      answers.push_back(static_cast<float>(co_await Round(alerts)));
    }
    const double seconds = Millis(SteadyClock::now() - begin) / 1000;
    std::sort(ms_.begin(), ms_.end());
    std::sort(answers.begin(), answers.end());
    std::printf("{\"deliveries\":%zu,\"seconds\":%.3f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
                "\"max_ms\":%.3f,\"answer_p50_ms\":%.3f,\"bytes\":%zu}\n",
                ms_.size(), seconds, Percentile(ms_, 0.5), Percentile(ms_, 0.99),
                Percentile(ms_, 1), Percentile(answers, 0.5), bytes_);
    std::fflush(stdout);
  }

  // Until every reading listener has all of them; the milliseconds to the answer to the post.
  net::awaitable<double> Round(size_t alerts) {
    first_of_round_ = next_case_;
    waiting_ = alerts * readers();
    http::request<http::string_body> request(http::verb::post, "/api/v1/onestop", 11);
    request.set(http::field::host, options_.http);
    request.set(http::field::content_type, "application/json");
    request.body() = Body(alerts);
    request.prepare_payload();
    round_begin_ = SteadyClock::now();
    co_await http::async_write(poster_, request, net::use_awaitable);
    http::response<http::string_body> answer;
    co_await http::async_read(poster_, answers_, answer, net::use_awaitable);
    const double answered = Millis(SteadyClock::now() - round_begin_);
    if (answer.result() != http::status::ok ||
        answer.body().find(R"("error_code":"0")") == std::string::npos) {
      throw std::runtime_error("refused: " + answer.body());
    }
    if (waiting_ > 0) {
      round_over_.expires_after(kRoundLimit);
      ErrorCode cancelled;
      co_await round_over_.async_wait(net::redirect_error(net::use_awaitable, cancelled));
    }
    if (waiting_ > 0) {
      throw std::runtime_error(std::to_string(waiting_) + " deliveries are missing after a minute");
    }
    for (const auto& listener : listeners_) {
      if (listener->received != 0 && listener->received != next_case_ - 1) {
        throw std::runtime_error("a listener got some alerts twice and others not");
      }
    }
    co_return answered;
  }

  std::string Body(size_t alerts) {
    std::string body = options_.plain_bytes ? "" : kEnvelope;
    for (size_t i = 0; i < alerts; ++i) {
      const uint64_t n = next_case_++;
      char id[40];
      std::snprintf(id, sizeof id, "H34.%02d-%s-%07llu", static_cast<int>(1 + n % kUnits),
                    kDay, static_cast<unsigned long long>(n));
      if (options_.plain_bytes) {
        std::string text =
            std::string(R"({"type":"alert","kind":"overdue","case_id":")") + id + R"(","text":")";
        text.resize(std::max(text.size(), options_.plain_bytes - 2), '.');
        body += text + "\"}\n";
      } else {
        body += std::string(i ? "," : "") + R"({"MaHoSo":")" + id + kRecord;
      }
    }
    return options_.plain_bytes ? body : body + "]}";
  }

  static constexpr std::string_view kHello = R"({"type":"hello","units":["H34"]})";
  static constexpr const char* kEnvelope =
      R"({"session":"t","madonvi":"000.00.00.H34","service":"DongBoHoSoMC","data":[)";
  // Due half an hour before the clock that daemon.py starts the daemon with.
  static constexpr const char* kDay = "250328";
  static constexpr const char* kRecord =
      R"(","MaTTHC":"1.001193","MaLinhVuc":"ZZ-01","TrangThaiHoSo":"4","KenhThucHien":"1",)"
      R"("NgayTiepNhan":"20250320080000","NgayHenTra":"20250328093000"})";

  const Options options_;
  tcp::endpoint endpoint_;
  net::io_context context_{1};
  std::exception_ptr failure_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<Listener*> stalled_;
  size_t opened_ = 0;

  tcp::socket poster_;
  beast::flat_buffer answers_;
  uint64_t next_case_ = 1;
  uint64_t first_of_round_ = 1;
  SteadyClock::time_point round_begin_;
  net::steady_timer round_over_;
  size_t waiting_ = 0;        // deliveries of this round
  size_t bytes_ = 0;          // of the last alert
  std::vector<float> ms_;     // of each delivery
};

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("Alert listeners for tthcmon and for its yardstick");
  app.add_option("--serve", options.serve, "be the yardstick, with this many threads");
  app.add_option("--http", options.http, "HOST:PORT of the daemon or the yardstick");
  app.add_option("--listeners", options.listeners, "WebSockets to open");
  app.add_option("--stalled", options.stalled, "how many of them never read");
  app.add_option("--plain-bytes", options.plain_bytes, "the yardstick's alerts have this size");
  CLI11_PARSE(app, argc, argv);
  try {
    AllowDescriptors(options.listeners + 100);
    if (options.serve > 0) ServePlainBroadcast(options.serve);
    if (options.serve == 0) Listeners(options).Run();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "listeners_bench: %s\n", e.what());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace tthc::bench

int main(int argc, char** argv) { return tthc::bench::Main(argc, argv); }
