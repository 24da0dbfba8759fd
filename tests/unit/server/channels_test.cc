// Channels over a monitor in memory: what only a test can make happen.
#include "server/channels/channels.h"

#include <gtest/gtest.h>

#include <boost/asio/write.hpp>

#include "app_fixture.h"
#include "server/channels/channel_records.h"

namespace tthc {
namespace {

constexpr std::chrono::seconds kPatience{30};
constexpr std::string_view kAnswer = "HTTP/1.1 204 x\r\nConnection: close\r\n\r\n";

// Takes posts and counts them; answers 204.
class Sink {
 public:
  Sink() : acceptor_(context_, {net::ip::make_address("127.0.0.1"), 0}) {
    Accept();
    thread_ = std::thread([this] { context_.run(); });
  }
  ~Sink() {
    context_.stop();
    thread_.join();
  }
  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/";
  }
  int posts() const { return posts_; }

 private:
  struct Session : std::enable_shared_from_this<Session> {
    Session(tcp::socket s, std::atomic<int>& posts) : socket(std::move(s)), posts(posts) {}
    // One request per connection; its body is a JSON object.
    void Read() {
      socket.async_read_some(net::buffer(bytes),
                             [self = shared_from_this()](ErrorCode ec, size_t n) {
                               if (!ec) self->Take(n);
                             });
    }
    void Take(size_t n) {
      text.append(bytes.data(), n);
      if (text.find("\r\n\r\n") == text.npos || text.back() != '}') return Read();
      ++posts;
      ErrorCode ignored;
      net::write(socket, net::buffer(kAnswer), ignored);
    }
    tcp::socket socket;
    std::atomic<int>& posts;
    std::array<char, 4096> bytes;
    std::string text;
  };

  void Accept() {
    acceptor_.async_accept([this](ErrorCode ec, tcp::socket socket) {
      if (ec) return;
      std::make_shared<Session>(std::move(socket), posts_)->Read();
      Accept();
    });
  }

  net::io_context context_;
  tcp::acceptor acceptor_;
  std::atomic<int> posts_{0};
  std::thread thread_;
};

ChannelConfig ConfigFor(const Sink& sink) {
  WebhookConfig webhook;
  webhook.endpoint.name = "hook";
  webhook.endpoint.target = *ParseHttpTarget(sink.url());
  webhook.keys = {std::string(24, 'k')};
  webhook.attempts = 3;
  webhook.backoff = {std::chrono::milliseconds(1), std::chrono::milliseconds(10)};
  ChannelConfig config;
  config.webhooks.push_back(webhook);
  return config;
}

AlertMessage AnAlert(int number) {
  AlertMessage message;
  message.id = "case-" + std::to_string(number);
  message.kind = message.rung = "overdue";
  message.unit = "H34.05";
  return message;
}

// True once `condition` holds.
template <typename Condition>
bool Eventually(const Condition& condition) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

uint64_t DeliveredIn(FakeMonitor& monitor) {
  const auto records = monitor.Records();
  const auto found = records.find(WebhookStateKey("hook"));
  return found == records.end() ? UINT64_MAX : DecodeWebhookState(found->second)->delivered;
}

TEST(Channels, ANewEndpointIsOwedWhatComesFromTheFirstStartOn) {
  Sink sink;
  FakeMonitor monitor;
  monitor.Tell(AnAlert(1));
  {
    auto channels = *Channels::Create(ConfigFor(sink), monitor);
    channels->Start();
    EXPECT_EQ(DeliveredIn(monitor), 1u);
  }
  monitor.Tell(AnAlert(2));
  auto channels = *Channels::Create(ConfigFor(sink), monitor);
  channels->Start();
  EXPECT_TRUE(Eventually([&] { return DeliveredIn(monitor) == 2; }));
  EXPECT_EQ(sink.posts(), 1);
}

// Sending on without knowing how far it came would send all of it again after a restart.
TEST(Channels, NothingMoreIsSentWhileTheStoreTakesNoWrites) {
  Sink sink;
  FakeMonitor monitor;
  auto channels = *Channels::Create(ConfigFor(sink), monitor);
  channels->Start();
  monitor.SetRecordsError(Error{ErrorKind::kIo, "disk full"});
  for (int i = 1; i <= 5; ++i) monitor.Tell(AnAlert(i));
  EXPECT_TRUE(Eventually([&] { return sink.posts() == 1; }));
  // The endpoint was asked after its failed write: it stands still.
  EXPECT_TRUE(Eventually([&] { return channels->Webhooks()[0].delivered == 1; }));
  EXPECT_EQ(sink.posts(), 1);
  EXPECT_EQ(DeliveredIn(monitor), 0u);
  monitor.SetRecordsError(std::nullopt);
  EXPECT_TRUE(Eventually([&] { return DeliveredIn(monitor) == 5; }));
  EXPECT_EQ(sink.posts(), 5);
}

TEST(Channels, DamagedRecordsAreRefused) {
  Sink sink;
  FakeMonitor monitor;
  monitor.records[WebhookStateKey("hook")] = "?";
  const auto channels = Channels::Create(ConfigFor(sink), monitor);
  ASSERT_FALSE(channels);
  EXPECT_EQ(channels.error().kind, ErrorKind::kCorrupt);
}

TEST(Channels, StopIsIdempotentAndAsksAreAnsweredAfterIt) {
  Sink sink;
  FakeMonitor monitor;
  auto channels = *Channels::Create(ConfigFor(sink), monitor);
  channels->Start();
  EXPECT_EQ(channels->Webhooks().size(), 1u);
  channels->BeginStop();
  channels->Stop(kPatience);
  channels->Stop(kPatience);
  EXPECT_TRUE(channels->Webhooks().empty());
  EXPECT_EQ(channels->Enable("hook").error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(channels->Enable("other").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(monitor.listeners(), 0u);
}

TEST(ChannelRoutes, AnswerWithoutAnyEndpoint) {
  RunningApp run;
  EXPECT_EQ(run.Ask(Get("/api/v1/webhooks")).body, R"({"webhooks":[],"alertmanagers":[]})");
  EXPECT_EQ(run.Ask(Get("/api/v1/webhooks/none/dead-letters")).status, 404);
}

}  // namespace
}  // namespace tthc
