// Fetching keys from a real socket, and keeping them.
#include "server/access/key_keeper.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>

#include "jwt_testing.h"

namespace tthc {
namespace {

// Answers every connection with `answer` as it is; an empty one is no answer at all.
class TinyServer {
 public:
  TinyServer() : acceptor_(context_, {net::ip::make_address("127.0.0.1"), 0}) {
    thread_ = std::thread([this] { Serve(); });
  }
  ~TinyServer() {
    stopping_ = true;
    ErrorCode ignored;
    tcp::socket knock(context_);
    knock.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }
  void Say(std::string answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  void SayBody(const std::string& body) {
    Say("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/keys";
  }
  int asked() const { return asked_; }

 private:
  void Serve() {
    std::vector<tcp::socket> silent;
    while (true) {
      tcp::socket socket(context_);
      ErrorCode ec;
      acceptor_.accept(socket, ec);
      if (stopping_ || ec) return;
      ++asked_;
      std::string answer;
      {
        const std::lock_guard lock(mutex_);
        answer = answer_;
      }
      if (answer.empty()) {
        silent.push_back(std::move(socket));
        continue;
      }
      std::string request;
      net::read_until(socket, net::dynamic_buffer(request), "\r\n\r\n", ec);
      net::write(socket, net::buffer(answer), ec);
    }
  }

  net::io_context context_;
  tcp::acceptor acceptor_;
  std::mutex mutex_;
  std::string answer_;
  std::atomic<int> asked_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

Result<std::string> FetchNow(const std::string& url, size_t most = 1000) {
  net::io_context context;
  FetchLimits limits;
  limits.time = std::chrono::seconds(1);
  limits.body_bytes = most;
  auto future = net::co_spawn(context, Fetch(*ParseFetchUrl(url), limits), net::use_future);
  context.run();
  return future.get();
}

TEST(FetchUrl, IsHttpsOrThisMachine) {
  const auto url = *ParseFetchUrl("https://id.example.vn/realms/kt/certs?x=1");
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.host, "id.example.vn");
  EXPECT_EQ(url.port, "443");
  EXPECT_EQ(url.target, "/realms/kt/certs?x=1");
  const auto six = *ParseFetchUrl("http://[::1]:8080");
  EXPECT_FALSE(six.tls);
  EXPECT_EQ(six.host, "::1");
  EXPECT_EQ(six.port, "8080");
  EXPECT_EQ(six.target, "/");
  for (const char* bad :
       {"", "id.example.vn", "ftp://a/", "http://id.example.vn/", "http://10.0.0.1/",
        "http://127.0.0.1.evil.vn/", "http://localhost@evil.vn/", "https://u:p@a/", "https://a/#f",
        "https://", "https:///x", "https://a:b/", "https://a:/", "https://a/ b", "https://a/\r\nX:"}) {
    EXPECT_FALSE(ParseFetchUrl(bad)) << bad;
  }
}

TEST(Fetch, TakesA200WithinItsLimitsOnly) {
  TinyServer server;
  server.SayBody("hello");
  EXPECT_EQ(*FetchNow(server.url()), "hello");
  EXPECT_FALSE(FetchNow(server.url(), 4));
  server.Say("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  EXPECT_NE(FetchNow(server.url()).error().message.find("404"), std::string::npos);
  server.Say("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n");
  EXPECT_FALSE(FetchNow(server.url()));
  server.Say("nonsense\r\n\r\n");
  EXPECT_FALSE(FetchNow(server.url()));
  server.Say("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf");
  EXPECT_FALSE(FetchNow(server.url()));
  server.Say("");  // never answers
  EXPECT_FALSE(FetchNow(server.url()));
}

// Counts the readings of a keeper.
class Readings {
 public:
  std::function<void(const KeyReading&)> Teller() {
    return [this](const KeyReading& reading) {
      const std::lock_guard lock(mutex_);
      all_.push_back(reading);
      changed_.notify_all();
    };
  }
  KeyReading WaitFor(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(30), [&] { return all_.size() >= count; });
    return all_.at(count - 1);
  }
  size_t size() {
    const std::lock_guard lock(mutex_);
    return all_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<KeyReading> all_;
};

KeySource SourceAt(const TinyServer& server) {
  KeySource source;
  source.url = *ParseFetchUrl(server.url());
  source.refresh = std::chrono::seconds(3600);
  source.least_wait = std::chrono::seconds(1);
  return source;
}

TEST(KeyKeeper, AsksAgainButNotAtOnceAndKeepsTheLastGoodSet) {
  TinyServer server;
  const TestKey first = TestKey::Ec();
  const TestKey second = TestKey::Ec();
  server.SayBody(KeySetText({first.Jwk("k1")}));
  Readings readings;
  KeyKeeper keeper(SourceAt(server));
  EXPECT_TRUE(keeper.ReadFileNow());
  EXPECT_EQ(keeper.Current(), nullptr);
  keeper.Start(readings.Teller());
  EXPECT_TRUE(readings.WaitFor(1).good);
  ASSERT_NE(keeper.Current(), nullptr);
  const auto knows = [&](const char* id) {
    return keeper.Current()->Find(std::string(id), JwtAlgorithm::kEs256) != nullptr;
  };
  EXPECT_TRUE(knows("k1"));

  // Many callers with an unknown key cause one fetching, and not before the least wait is over.
  server.SayBody(KeySetText({first.Jwk("k1"), second.Jwk("k2")}));
  const int before = server.asked();
  while (!knows("k2")) {
    for (int i = 0; i < 100; ++i) keeper.AskAgain();
    std::this_thread::yield();
  }
  EXPECT_LE(server.asked(), before + 2);

  server.Say("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
  const size_t seen = readings.size();
  while (readings.size() == seen) keeper.AskAgain();
  const KeyReading failed = readings.WaitFor(seen + 1);
  EXPECT_FALSE(failed.good);
  EXPECT_EQ(failed.keys, 2u);
  EXPECT_TRUE(knows("k2"));
  // After a failure it tries by itself.
  server.SayBody(KeySetText({second.Jwk("k3")}));
  while (!knows("k3")) std::this_thread::yield();
  EXPECT_FALSE(knows("k1"));
  keeper.Stop();
  keeper.Stop();
}

TEST(KeyKeeper, StopsWhileAServerDoesNotAnswer) {
  TinyServer server;
  Readings readings;
  KeySource source = SourceAt(server);
  source.limits.time = std::chrono::seconds(60);
  KeyKeeper keeper(std::move(source));
  keeper.Start(readings.Teller());
  while (server.asked() == 0) std::this_thread::yield();
  keeper.Stop();
  EXPECT_EQ(readings.size(), 0u);
}

TEST(KeyKeeper, ReadsAFileAtOnceAndTellsWhatIsWrong) {
  const std::string file =
      (std::filesystem::temp_directory_path() / ("jwks-" + std::to_string(getpid()))).string();
  const auto write = [&](const std::string& text) { std::ofstream(file) << text; };
  KeySource source;
  source.file = file;
  source.limits.body_bytes = 2000;
  KeyKeeper keeper(source);
  EXPECT_FALSE(keeper.ReadFileNow());
  write("{}");
  EXPECT_FALSE(keeper.ReadFileNow());
  write(std::string(3000, ' '));
  EXPECT_NE(keeper.ReadFileNow().error().message.find("too large"), std::string::npos);
  write(KeySetText({TestKey::Ec().Jwk("k1")}));
  EXPECT_TRUE(keeper.ReadFileNow());
  EXPECT_EQ(keeper.Current()->size(), 1u);
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace tthc
