#include "server/live/websocket_session.h"

#include <boost/beast/websocket.hpp>
#include <deque>

#include "server/http/query.h"
#include "config/json_text.h"
#include "server/live/acknowledge.h"
#include "server/live/expiry.h"
#include "server/live/protocol.h"
#include "server/live/visible_alerts.h"
#include "server/log.h"

namespace tthc {
namespace {

namespace websocket = beast::websocket;

// Close codes of RFC 6455, section 7.4.1, and IANA's registry.
constexpr uint16_t kClosePolicy = 1008;
constexpr uint16_t kCloseUnsupported = 1003;
constexpr uint16_t kCloseRestart = 1012;
constexpr uint16_t kCloseTryLater = 1013;
// Of this protocol: take a new token and come back.
constexpr uint16_t kCloseTokenExpired = 4401;

constexpr size_t kAcksAtOnce = 16;
constexpr auto kFiguresTime = std::chrono::seconds(1);

// The one place that knows which ends are expected.
FeedEnd EndOf(ErrorCode ec) {
  if (ec == websocket::error::closed || ec == net::error::operation_aborted ||
      IsClosedByClient(ec)) {
    return FeedEnd::kDone;
  }
  if (ec == beast::error::timeout) return FeedEnd::kTimeout;
  if (ec == websocket::condition::protocol_violation || ec == websocket::error::message_too_big ||
      ec == websocket::error::bad_frame_payload) {
    return FeedEnd::kProtocol;
  }
  return FeedEnd::kReset;
}

class WebSocketSession final : public Connection {
 public:
  WebSocketSession(ClientStream stream, Identity identity, AlertHub& hub, Worker& worker)
      : socket_(std::move(stream)),
        figures_timer_(worker.context()),
        timer_(worker.context()),
        expiry_(worker.context()),
        identity_(std::move(identity)),
        hub_(hub),
        worker_(worker) {}

  void Start(UpgradeRequest request) {
    worker_.Join(shared_from_this());
    upgrade_ = std::move(request);
    ErrorCode ignored;
    tcp::socket& tcp_socket = socket_.next_layer().socket();
    tcp_socket.set_option(tcp::no_delay(true), ignored);
    tcp_socket.set_option(net::socket_base::send_buffer_size(kFeedSendBufferBytes), ignored);
    websocket::stream_base::timeout timeout{kHelloTime, kFeedIdleTime, true};
    socket_.set_option(timeout);
    socket_.set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
      response.set(http::field::sec_websocket_protocol,
                   beast::string_view(kAlertProtocol.data(), kAlertProtocol.size()));
      response.set(http::field::server, "tthcmon");
    }));
    socket_.read_message_max(hub_.limits.feed_message_bytes);
    socket_.auto_fragment(false);
    socket_.text(true);
    socket_.async_accept(upgrade_, [self = Self()](ErrorCode ec) { self->OnAccepted(ec); });
  }

  void Drain() override { Close(kCloseRestart, "the monitor is stopping", FeedEnd::kShutdown); }
  void Abort() override { End(FeedEnd::kShutdown); }

 private:
  std::shared_ptr<WebSocketSession> Self() {
    return std::static_pointer_cast<WebSocketSession>(shared_from_this());
  }

  void OnAccepted(ErrorCode ec) {
    if (ended_) return;
    if (ec) return End(EndOf(ec));
    accepted_ = true;
    upgrade_ = {};
    if (close_code_ != 0) return Pump();
    timer_.expires_after(kHelloTime);
    timer_.async_wait([self = Self()](ErrorCode error) {
      if (!error && !self->greeted_) {
        self->Close(kClosePolicy, "no hello came in time", FeedEnd::kNoHello);
      }
    });
    Read();
  }

  // A read is always pending, or pings would go unanswered.
  void Read() {
    socket_.async_read(buffer_, [self = Self()](ErrorCode ec, size_t) { self->OnRead(ec); });
  }

  void OnRead(ErrorCode ec) {
    if (ended_) return;
    if (ec) return End(close_code_ != 0 ? close_end_ : EndOf(ec));
    if (!socket_.got_text()) {
      Close(kCloseUnsupported, "messages are text", FeedEnd::kProtocol);
    } else if (close_code_ == 0) {
      const auto bytes = buffer_.cdata();
      Handle({static_cast<const char*>(bytes.data()), bytes.size()});
    }
    buffer_.consume(buffer_.size());
    if (!ended_) Read();
  }

  void Handle(std::string_view text) {
    auto message = ParseClientMessage(text);
    if (!message) return Refuse(message.error().message, FeedEnd::kProtocol);
    if (auto* hello = std::get_if<HelloMessage>(&*message)) return Hello(std::move(*hello));
    Ack(std::move(std::get<AckMessage>(*message)));
  }

  void Hello(HelloMessage hello) {
    if (greeted_) return Refuse("hello was said already", FeedEnd::kProtocol);
    if (!hello.token.empty() || hub_.access.off()) {
      identity_ = hub_.access.Identify(hello.token, WallNow());
    }
    if (!identity_.principal) return RefuseToken();
    if (identity_.principal->ExpiredAt(WallNow())) return Expire();
    if (!principal().May(Right::kRead)) {
      return Refuse("the token has not the right 'read'", FeedEnd::kForbidden);
    }
    auto units =
        UnitsToWatch(hello.units, principal(), *hub_.monitor.units(), DayOf(hub_.monitor.Now()));
    if (!units) {
      const bool forbidden = units.error().kind == ErrorKind::kConflict;
      return Refuse(units.error().message, forbidden ? FeedEnd::kForbidden : FeedEnd::kProtocol);
    }
    greeted_ = true;
    timer_.cancel();
    expiry_.Watch(principal().expires, [self = Self()] { self->Expire(); });
    Listen(std::move(*units), std::move(hello));
  }

  // However many changes there are, one message a second tells of them.
  void WatchFigures() {
    figures_timer_.expires_after(kFiguresTime);
    figures_timer_.async_wait([self = Self()](ErrorCode error) {
      if (error || self->ended_ || self->close_code_ != 0) return;
      const uint64_t change = self->hub_.monitor.FiguresChange();
      // A client that has not taken the last one is told later.
      if (change != self->figures_said_ && self->answers_.empty()) {
        self->figures_said_ = change;
        self->Say(std::make_shared<const std::string>(FiguresText()));
      }
      self->WatchFigures();
    });
  }

  void Listen(std::vector<std::string> units, HelloMessage hello) {
    if (hello.figures) {
      figures_said_ = hub_.monitor.FiguresChange();
      WatchFigures();
    }
    feed_ = std::make_shared<AlertFeed>(
        hub_, principal(), [weak = std::weak_ptr(Self()), &worker = worker_] {
          worker.Wake([weak] {
            if (const auto self = weak.lock()) self->Pump();
          });
        });
    const bool taken = hub_.queries.Post(
        [self = Self(), feed = feed_, units = std::move(units), hello = std::move(hello)] {
          AlertResume resume = feed->Listen(units, hello.epoch, hello.seq);
          net::post(self->worker_.context(), [self, resume = std::move(resume)] {
            self->Say(std::make_shared<const std::string>(WelcomeText(resume)));
            self->listening_ = true;
            self->Pump();
          });
        });
    if (!taken) Close(kCloseTryLater, "too many queries are waiting", FeedEnd::kProtocol);
  }

  void Ack(AckMessage ack) {
    if (!greeted_) return Refuse("say hello first", FeedEnd::kProtocol);
    if (acks_ == kAcksAtOnce) {
      return Refuse("too many acknowledgements at once", FeedEnd::kProtocol);
    }
    if (!principal().May(Right::kAcknowledge)) {
      return Say(std::make_shared<const std::string>(
          ErrorText("the token has not the right 'acknowledge'", ack.id)));
    }
    ++acks_;
    const bool taken =
        hub_.queries.Post([self = Self(), principal = principal(), ack = std::move(ack)] {
          const auto state = AcknowledgeAs(self->hub_.monitor, principal, ack.id, ack.comment);
          auto text = std::make_shared<const std::string>(
              state ? AckedText(*state) : ErrorText(state.error().message, ack.id));
          net::post(self->worker_.context(), [self, text = std::move(text)] {
            --self->acks_;
            self->Say(text);
          });
        });
    if (!taken) {
      --acks_;
      Say(std::make_shared<const std::string>(ErrorText("too many queries are waiting")));
    }
  }

  const Principal& principal() const { return *identity_.principal; }

  void RefuseToken() {
    hub_.metrics.CountRefusedToken(identity_.fault);
    if (identity_.fault == TokenFault::kExpired) return Expire();
    Refuse("a valid token is needed", FeedEnd::kUnauthorized);
  }

  void Expire() { Close(kCloseTokenExpired, "the token has expired", FeedEnd::kTokenExpired); }

  // Before the welcome the close frame alone tells the reason.
  void Refuse(const std::string& reason, FeedEnd end) {
    if (close_code_ != 0) return;
    if (greeted_) Say(std::make_shared<const std::string>(ErrorText(reason)));
    Close(kClosePolicy, reason, end);
  }

  // The answers of this session go before alerts; there are at most kAcksAtOnce + 2 of them.
  void Say(SharedText text) {
    if (ended_) return;
    answers_.push_back(std::move(text));
    Pump();
  }

  void Pump() {
    // Told while a write is stuck, which is how a slow client shows.
    if (!ended_ && feed_ && close_code_ == 0 && feed_->overflowed()) {
      return Close(kCloseTryLater, "the client is too slow", FeedEnd::kSlow);
    }
    if (ended_ || !accepted_ || writing_ || closing_) return;
    if (!answers_.empty()) {
      outgoing_ = std::move(answers_.front());
      answers_.pop_front();
    } else if (close_code_ != 0) {
      return SendClose();
    } else if (listening_) {
      const auto message = feed_->Take();
      if (!message) return;
      outgoing_ = hub_.texts.TextOf(message);
      hub_.metrics.alerts_sent().Increment();
    } else {
      return;
    }
    writing_ = true;
    socket_.async_write(net::buffer(*outgoing_),
                        [self = Self()](ErrorCode ec, size_t) { self->OnWritten(ec); });
  }

  void OnWritten(ErrorCode ec) {
    writing_ = false;
    if (ended_) return;
    if (ec) return End(close_code_ != 0 ? close_end_ : EndOf(ec));
    outgoing_.reset();
    Pump();
  }

  // Closes once the write under way is done; a client that hinders that is cut.
  void Close(uint16_t code, std::string_view reason, FeedEnd end) {
    if (ended_ || close_code_ != 0) return;
    close_code_ = code;
    close_reason_ = CutUtf8(reason, 100);  // a close frame holds at most 123 bytes
    close_end_ = end;
    if (feed_) feed_->Stop();
    timer_.expires_after(kCloseTime);
    timer_.async_wait([self = Self()](ErrorCode error) {
      if (!error) self->End(self->close_end_);
    });
    Pump();
  }

  void SendClose() {
    closing_ = true;
    websocket::close_reason reason(close_code_);
    reason.reason.assign(close_reason_.data(), close_reason_.size());
    socket_.async_close(reason, [self = Self()](ErrorCode) { self->End(self->close_end_); });
  }

  void End(FeedEnd end) {
    if (ended_) return;
    ended_ = true;
    if (feed_) feed_->Stop();
    timer_.cancel();
    figures_timer_.cancel();
    expiry_.Cancel();
    ErrorCode ignored;
    tcp::socket& tcp_socket = socket_.next_layer().socket();
    // What the kernel still holds for a client that does not read goes with the session.
    if (writing_) tcp_socket.set_option(net::socket_base::linger(true, 0), ignored);
    tcp_socket.close(ignored);
    hub_.GivePlace(Transport::kWebSocket, end);
    worker_.Leave(this);
  }

  websocket::stream<ClientStream> socket_;
  net::steady_timer figures_timer_;
  uint64_t figures_said_ = 0;
  net::steady_timer timer_;  // for the hello, then for the close
  Expiry expiry_;
  Identity identity_;
  AlertHub& hub_;
  Worker& worker_;
  UpgradeRequest upgrade_;
  beast::flat_buffer buffer_;
  std::shared_ptr<AlertFeed> feed_;
  std::deque<SharedText> answers_;
  SharedText outgoing_;
  size_t acks_ = 0;  // being recorded
  bool accepted_ = false;
  bool greeted_ = false;
  bool listening_ = false;
  bool writing_ = false;
  bool closing_ = false;  // the close frame is on its way
  bool ended_ = false;
  uint16_t close_code_ = 0;  // 0: not closing
  std::string close_reason_;
  FeedEnd close_end_ = FeedEnd::kDone;
};

}  // namespace

bool OffersAlertProtocol(const UpgradeRequest& request) {
  const auto field = request[http::field::sec_websocket_protocol];
  std::string_view offered(field.data(), field.size());
  while (!offered.empty()) {
    if (WithoutBlanks(TakeItem(offered, ',')) == kAlertProtocol) return true;
  }
  return false;
}

void StartWebSocketSession(ClientStream stream, UpgradeRequest request,
                           Identity identity, AlertHub& hub, Worker& worker) {
  std::make_shared<WebSocketSession>(std::move(stream), std::move(identity), hub, worker)
      ->Start(std::move(request));
}

}  // namespace tthc
