// Alert sessions over real sockets: WebSocket and server-sent events.
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/json/parse.hpp>

#include "app_fixture.h"
#include "config/json_text.h"

namespace tthc {
namespace {

namespace websocket = beast::websocket;

class Listener {
 public:
  explicit Listener(const std::string& address, const std::string& protocol = "tthc.alerts.v1",
                    int receive_buffer = 0)
      : socket_(context_) {
    auto& lowest = socket_.next_layer();
    const auto endpoint = EndpointOf(address);
    lowest.open(endpoint.protocol());
    if (receive_buffer != 0) {
      lowest.set_option(net::socket_base::receive_buffer_size(receive_buffer));
    }
    const timeval wait{30, 0};
    setsockopt(lowest.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    lowest.connect(endpoint);
    socket_.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
      if (!protocol.empty()) request.set(http::field::sec_websocket_protocol, protocol);
    }));
    socket_.handshake(response_, "t", "/ws/alerts", error_);
  }

  void Say(const std::string& text, bool binary = false) {
    socket_.binary(binary);
    ErrorCode ignored;
    socket_.write(net::buffer(text), ignored);
  }
  // The next message; null where the connection was closed (see code()).
  json::value Next() {
    beast::flat_buffer buffer;
    ErrorCode ec;
    socket_.read(buffer, ec);
    if (ec) return nullptr;
    const auto bytes = buffer.cdata();
    return json::parse(json::string_view(static_cast<const char*>(bytes.data()), bytes.size()));
  }
  json::value Hello(const std::string& rest = "") {
    Say(R"({"type":"hello")" + rest + "}");
    return Next();
  }
  int code() { return socket_.reason().code; }
  ErrorCode error() const { return error_; }
  std::string protocol() {
    const auto field = response_[http::field::sec_websocket_protocol];
    return std::string(field.data(), field.size());
  }
  int status() const { return static_cast<int>(response_.result_int()); }

 private:
  net::io_context context_;
  websocket::stream<tcp::socket> socket_;
  websocket::response_type response_;
  ErrorCode error_;
};

AlertMessage Alert(uint64_t seq, const std::string& case_id, AlertType type = AlertType::kAlert) {
  AlertMessage message;
  message.seq = seq;
  message.type = type;
  message.id = case_id + "/1/overdue";
  message.kind = "overdue";
  message.rung = "overdue";
  message.unit = "H34.05";
  message.case_id = case_id;
  message.at = *ParseInstant("2025-03-10T10:00:00+07:00");
  message.due_at = message.at;
  message.text = "Hồ sơ quá hạn";
  return message;
}

TEST(WebSocket, HelloWelcomeAlertResolved) {
  RunningApp run;
  Listener listener(run.app->address());
  ASSERT_FALSE(listener.error()) << listener.error().message();
  EXPECT_EQ(listener.protocol(), "tthc.alerts.v1");
  EXPECT_EQ(JsonText(listener.Hello(R"(,"units":["000.00.05.H34"])")),
            R"({"type":"welcome","epoch":"e1","seq":0,"resume":"fresh","omitted":0})");
  EXPECT_EQ(run.monitor->listened_units, std::vector<std::string>{"H34.05"});
  run.monitor->Publish(Alert(1, "c"));
  run.monitor->Publish(Alert(2, "c", AlertType::kResolved));
  EXPECT_EQ(JsonText(listener.Next()),
            R"({"type":"alert","seq":1,"alert":{"id":"c/1/overdue","kind":"overdue",)"
            R"("rung":"overdue","unit":"H34.05","case_id":"c","at":"2025-03-10T10:00:00+07:00",)"
            R"("due_at":"2025-03-10T10:00:00+07:00","text":"Hồ sơ quá hạn",)"
            R"("level":"officer","severity":"warning","recipient":""}})");
  EXPECT_EQ(listener.Next().at("type").as_string(), "resolved");
}

TEST(WebSocket, WhoAsksIsToldThatFiguresMoved) {
  RunningApp run;
  run.monitor->figures_change = 7;
  Listener listener(run.app->address());
  EXPECT_EQ(listener.Hello(R"(,"figures":true)").at("type").as_string(), "welcome");
  run.monitor->figures_change = 8;
  EXPECT_EQ(JsonText(listener.Next()), R"({"type":"figures"})");
  // Who does not ask is told of alerts alone, and what is no boolean is refused.
  Listener plain(run.app->address());
  plain.Hello();
  run.monitor->figures_change = 9;
  EXPECT_EQ(listener.Next().at("type").as_string(), "figures");
  run.monitor->Publish(Alert(1, "c"));
  EXPECT_EQ(plain.Next().at("type").as_string(), "alert");
  Listener wrong(run.app->address());
  EXPECT_TRUE(wrong.Hello(R"(,"figures":1)").is_null());
  EXPECT_EQ(wrong.code(), 1008);
}

TEST(WebSocket, ResumeSendsWhatWasMissedBeforeWhatComes) {
  RunningApp run;
  for (uint64_t seq = 6; seq <= 8; ++seq) {
    run.monitor->backlog.push_back(std::make_shared<const AlertMessage>(Alert(seq, "c")));
  }
  Listener listener(run.app->address());
  const json::value welcome = listener.Hello(R"(,"resume":{"epoch":"e1","seq":5})");
  EXPECT_EQ(welcome.at("resume").as_string(), "replayed");
  EXPECT_EQ(run.monitor->resumed_from, 5u);
  run.monitor->Publish(Alert(9, "c"));
  for (int64_t seq = 6; seq <= 9; ++seq) EXPECT_EQ(listener.Next().at("seq").as_int64(), seq);
  Listener other(run.app->address());
  EXPECT_EQ(other.Hello(R"(,"resume":{"epoch":"old","seq":5})").at("resume").as_string(),
            "snapshot");
}

TEST(WebSocket, AcknowledgesWithCommentAndName) {
  RunningApp run;
  AlertState state;
  state.message.id = "a1";
  run.monitor->alerts = {state};
  Listener listener(run.app->address());
  listener.Hello();
  listener.Say(R"({"type":"ack","id":"a1","comment":"đang xử lý"})");
  const json::value acked = listener.Next();
  EXPECT_EQ(acked.at("type").as_string(), "acked");
  EXPECT_EQ(acked.at("acked_by").as_string(), "operator");
  EXPECT_EQ(run.monitor->alerts[0].ack_comment, "đang xử lý");
  listener.Say(R"({"type":"ack","id":"none"})");
  const json::value error = listener.Next();
  EXPECT_EQ(error.at("type").as_string(), "error");
  EXPECT_EQ(error.at("id").as_string(), "none");
  // The session goes on.
  run.monitor->Publish(Alert(1, "c"));
  EXPECT_EQ(listener.Next().at("type").as_string(), "alert");
}

TEST(WebSocket, BadClientsAreClosedWithACodeAndHarmNobody) {
  RunningApp run({{"limits.websocket_message_bytes", 4096}});
  Listener good(run.app->address());
  good.Hello();
  const std::tuple<std::string, bool, int> bad[] = {
      {"not json", false, 1008},
      {"[]", false, 1008},
      {R"({"type":"ack","id":"a"})", false, 1008},
      {R"({"type":"hello","units":[1]})", false, 1008},
      {R"({"type":"hello","units":["H99"]})", false, 1008},
      {"\x01\x02", true, 1003},
      {"\xff\xfe", false, 1007},
      {std::string(5000, ' '), false, 1009}};
  for (const auto& [text, binary, code] : bad) {
    Listener listener(run.app->address());
    listener.Say(text, binary);
    EXPECT_TRUE(listener.Next().is_null());
    EXPECT_EQ(listener.code(), code) << text.substr(0, 40);
  }
  Listener twice(run.app->address());
  twice.Hello();
  EXPECT_EQ(twice.Hello().at("type").as_string(), "error");
  EXPECT_TRUE(twice.Next().is_null());
  EXPECT_EQ(twice.code(), 1008);
  run.monitor->Publish(Alert(1, "c"));
  EXPECT_EQ(good.Next().at("seq").as_int64(), 1);
}

TEST(WebSocket, NeedsItsSubprotocolAndAnUpgrade) {
  RunningApp run;
  Listener none(run.app->address(), "");
  EXPECT_TRUE(none.error());
  EXPECT_EQ(none.status(), 400);
  Listener other(run.app->address(), "graphql-ws, tthc.alerts.v1");
  EXPECT_EQ(other.protocol(), "tthc.alerts.v1");
  EXPECT_EQ(run.Ask(Get("/ws/alerts")).status, 426);
}

constexpr std::string_view kTokens = R"(
[[token]]
name = "district"
token = "reader-token-0123456789"
roles = ["officer"]
units = ["H34.23"]
[[token]]
name = "one-stop"
token = "sender-token-0123456789"
roles = ["producer"]
)";

TEST(WebSocket, TokensComeWithTheHello) {
  RunningApp run({}, *Access::Parse(kTokens, "t"));
  const auto token = [](const char* text) { return R"(,"token":")" + std::string(text) + "\""; };
  Listener good(run.app->address());
  EXPECT_EQ(good.Hello(token("reader-token-0123456789")).at("type").as_string(), "welcome");
  EXPECT_EQ(run.monitor->listened_units, std::vector<std::string>{"H34.23"});
  for (const std::string& rest :
       {std::string(), token("unknown-token-012345678"), token("sender-token-0123456789"),
        token("reader-token-0123456789") + R"(,"units":["H34"])"}) {
    Listener listener(run.app->address());
    EXPECT_TRUE(listener.Hello(rest).is_null()) << rest;
    EXPECT_EQ(listener.code(), 1008);
  }
  EXPECT_EQ(run.monitor->listeners(), 1u);
}

AlertMessage AlertOf(uint64_t seq, const std::string& unit) {
  AlertMessage message = Alert(seq, "c" + std::to_string(seq));
  message.unit = unit;
  return message;
}

TEST(WebSocket, OnlyWhatTheTokenSeesIsSentWhateverTheStreamHolds) {
  RunningApp run({}, *Access::Parse(kTokens, "t"));
  // Of a unit that was below H34.23 when the alert was told and is not today.
  run.monitor->backlog = {std::make_shared<const AlertMessage>(AlertOf(6, "H34.05")),
                          std::make_shared<const AlertMessage>(AlertOf(7, "H34.23.09"))};
  Listener listener(run.app->address());
  listener.Hello(R"(,"token":"reader-token-0123456789","resume":{"epoch":"e1","seq":5})");
  run.monitor->Publish(AlertOf(8, "H34.05"));
  run.monitor->Publish(AlertOf(9, "H34.23"));
  EXPECT_EQ(listener.Next().at("seq").as_int64(), 7);
  EXPECT_EQ(listener.Next().at("seq").as_int64(), 9);
  RawClient client(run.app->address());
  client.Send(Get("/api/v1/alerts/stream",
                  "Authorization: Bearer reader-token-0123456789\r\nLast-Event-ID: e1:5\r\n"));
  EXPECT_EQ(client.ReadUntil("id: e1:7\n").find("H34.05"), std::string::npos);
}

// A token file whose token expires that many seconds from now.
std::shared_ptr<const Access> Expiring(int64_t seconds, const char* role = "officer") {
  return *Access::Parse("[[token]]\nname = \"d\"\ntoken = \"reader-token-0123456789\"\nroles = [\"" +
                            std::string(role) + "\"]\nexpires = \"" +
                            FormatInstant(WallNow() + seconds * kMicrosPerSecond) + "\"\n",
                        "t");
}
constexpr const char* kReader = R"(,"token":"reader-token-0123456789")";

TEST(WebSocket, ATokenThatExpiresClosesItsSessionWith4401) {
  RunningApp run({}, Expiring(2));
  Listener listener(run.app->address());
  ASSERT_EQ(listener.Hello(kReader).at("type").as_string(), "welcome");
  EXPECT_TRUE(listener.Next().is_null());  // without a word from either side
  EXPECT_EQ(listener.code(), 4401);
  Listener late(run.app->address());
  EXPECT_TRUE(late.Hello(kReader).is_null());
  EXPECT_EQ(late.code(), 4401);
  run.app->Stop();
  EXPECT_EQ(run.Metric("tthc_alert_sessions_closed_total",
                       {{"transport", "websocket"}, {"reason", "token_expired"}}),
            2);
}

TEST(WebSocket, WhoMayNotAcknowledgeIsToldAndStays) {
  RunningApp run({}, Expiring(3600, "auditor"));
  AlertState state;
  state.message.id = "a1";
  run.monitor->alerts = {state};
  Listener listener(run.app->address());
  listener.Hello(kReader);
  listener.Say(R"({"type":"ack","id":"a1"})");
  EXPECT_EQ(listener.Next().at("type").as_string(), "error");
  EXPECT_FALSE(run.monitor->alerts[0].acked_at);
  run.monitor->Publish(Alert(1, "c"));
  EXPECT_EQ(listener.Next().at("type").as_string(), "alert");
}

TEST(Events, ATokenThatExpiresEndsTheStreamWithAnEvent) {
  RunningApp run({}, Expiring(2));
  RawClient client(run.app->address());
  client.Send(Get("/api/v1/alerts/stream", "Authorization: Bearer reader-token-0123456789\r\n"));
  EXPECT_NE(client.ReadUntil("event: welcome").find("event: welcome"), std::string::npos);
  EXPECT_NE(client.ReadUntil("event: expired").find("event: expired"), std::string::npos);
  EXPECT_TRUE(client.WaitForClose());
  EXPECT_EQ(run.monitor->listeners(), 0u);
}

TEST(WebSocket, AClientThatNeverReadsIsDroppedAndTheOthersAreServed) {
  RunningApp run({{"limits.websocket_queue_messages", 8}});
  Listener slow(run.app->address(), "tthc.alerts.v1", 4096);
  slow.Hello();
  Listener reading(run.app->address());
  reading.Hello();
  run.monitor->WaitForListeners(2);
  // Different cases: nothing to collapse. Large texts: the kernel's buffers fill soon.
  uint64_t seq = 0;
  while (run.monitor->listeners() == 2 && seq < 1000) {
    ++seq;
    AlertMessage message = Alert(seq, "c" + std::to_string(seq));
    message.text = std::string(50'000, 'x');
    run.monitor->Publish(message);
    EXPECT_EQ(reading.Next().at("seq").to_number<uint64_t>(), seq);
  }
  EXPECT_EQ(run.monitor->listeners(), 1u);
  EXPECT_LT(seq, 1000u);
  run.app->Stop();
  EXPECT_EQ(run.Metric("tthc_alert_sessions_closed_total",
                       {{"transport", "websocket"}, {"reason", "slow"}}),
            1);
}

TEST(WebSocket, SessionsAreLimited) {
  RunningApp run({{"limits.websocket_sessions", 1}});
  Listener first(run.app->address());
  first.Hello();
  Listener second(run.app->address());
  EXPECT_EQ(second.status(), 503);
}

TEST(WebSocket, StopClosesWith1012) {
  RunningApp run;
  Listener greeted(run.app->address());
  greeted.Hello();
  Listener silent(run.app->address());
  std::thread stopping([&] { run.app->Stop(); });
  EXPECT_TRUE(greeted.Next().is_null());
  EXPECT_EQ(greeted.code(), 1012);
  EXPECT_TRUE(silent.Next().is_null());
  EXPECT_EQ(silent.code(), 1012);
  stopping.join();
  EXPECT_TRUE(run.monitor->stopped());
  EXPECT_EQ(run.monitor->listeners(), 0u);
}

TEST(Events, StreamWithIdsAndResume) {
  RunningApp run;
  run.monitor->backlog = {std::make_shared<const AlertMessage>(Alert(6, "c"))};
  RawClient client(run.app->address());
  client.Send(Get("/api/v1/alerts/stream?unit=H34.05", "Last-Event-ID: e1:5\r\n"));
  const std::string first = client.ReadUntil("id: e1:6\n");
  EXPECT_NE(first.find("Content-Type: text/event-stream"), std::string::npos);
  EXPECT_NE(first.find("event: welcome\ndata: {\"type\":\"welcome\""), std::string::npos);
  EXPECT_EQ(run.monitor->resumed_from, 5u);
  run.monitor->Publish(Alert(7, "c", AlertType::kResolved));
  const std::string all = client.ReadUntil("id: e1:7\nevent: resolved\ndata: {");
  EXPECT_NE(all.find("id: e1:7\nevent: resolved\ndata: {"), std::string::npos);
  EXPECT_EQ(run.Ask(Get("/api/v1/alerts/stream?unit=H99")).status, 404);
  std::thread stopping([&] { run.app->Stop(); });
  EXPECT_TRUE(client.WaitForClose());
  stopping.join();
}

}  // namespace
}  // namespace tthc
