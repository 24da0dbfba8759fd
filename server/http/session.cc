#include "server/http/session.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "server/clock.h"
#include "server/http/onestop.h"
#include "server/http/problem.h"
#include "server/live/event_session.h"
#include "server/live/websocket_session.h"
#include "server/log.h"
#include "server/log_pace.h"

namespace tthc {
namespace {

// What one read may bring in beyond a header: see http::basic_parser.
constexpr size_t kReadAheadBytes = 64u << 10;
// What a connection that waits for its next request holds.
constexpr size_t kFirstReadBytes = 4u << 10;

std::string Text(beast::string_view text) { return std::string(text.data(), text.size()); }

// "Application/JSON; charset=utf-8" -> "application/json"
std::string MediaType(beast::string_view field) {
  std::string type = Text(field.substr(0, field.find(';')));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  for (char& c : type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return type;
}

Request HeadOf(const http::request<http::string_body>& message, bool encrypted) {
  Request request;
  request.encrypted = encrypted;
  request.method = message.method();
  const std::string_view target(message.target().data(), message.target().size());
  const size_t question = std::min(target.find('?'), target.size());
  request.path = target.substr(0, question);
  request.query = QueryString::Parse(target.substr(std::min(question + 1, target.size())));
  request.authorization = Text(message[http::field::authorization]);
  request.content_type = MediaType(message[http::field::content_type]);
  request.content_encoding = Text(message[http::field::content_encoding]);
  request.accept_encoding = Text(message[http::field::accept_encoding]);
  request.if_none_match = Text(message[http::field::if_none_match]);
  request.last_event_id = Text(message["Last-Event-ID"]);
  request.access_reason = Text(message["Access-Reason"]);
  return request;
}

// What the operator of a sender that cannot connect wants to know; who only looked at the port is not told of.
void TellHandshakeFailure(ErrorCode ec) {
  static LogPace pace(kHandshakeWarning);  // of the process, as the log is
  if (IsClosedByClient(ec)) return;
  if (const auto times = pace.Happened(MonotonicMicros())) {
    Log(LogLevel::kInfo, "handshake_failed", {{"reason", boost::json::value(ec.message())},
                                              {"times", boost::json::value(*times)}});
  }
}

class HttpSession final : public Connection {
 public:
  HttpSession(ClientStream stream, const Dispatcher& dispatcher, AlertHub& hub, Worker& worker)
      : stream_(std::move(stream)),
        deadline_(worker.context()),
        dispatcher_(dispatcher),
        hub_(hub),
        worker_(worker),
        limits_(dispatcher.services().limits),
        buffer_(limits_.header_bytes + kReadAheadBytes) {}

  void Start() {
    ErrorCode ignored;
    stream_.socket().set_option(tcp::no_delay(true), ignored);
    dispatcher_.metrics().connections().Increment();
    worker_.Join(shared_from_this());
    if (ended_) return;
    if (stream_.encrypted()) return Handshake();
    // A new connection is expected to say something at once; an idle one may rest longer.
    AwaitRequest(limits_.read_time);
  }

  void Drain() override {
    draining_ = true;
    if (phase_ == Phase::kHandshake || phase_ == Phase::kIdle) End(CloseReason::kShutdown);
  }
  void Abort() override {
    stream_.Close();
    End(CloseReason::kShutdown);
  }

 private:
  enum class Phase { kHandshake, kIdle, kReading, kAnswering, kWriting, kLingering };

  std::shared_ptr<HttpSession> Self() {
    return std::static_pointer_cast<HttpSession>(shared_from_this());
  }

  // One deadline at a time; when it passes, what is pending on the socket ends with
  // operation_aborted and late_ tells why.
  void Arm(Millis time) {
    late_ = false;
    deadline_.expires_after(time);
    deadline_.async_wait([self = Self(), arming = ++arming_](ErrorCode ec) {
      if (ec || arming != self->arming_ || self->ended_) return;
      self->late_ = true;
      ErrorCode ignored;
      self->stream_.socket().cancel(ignored);
    });
  }
  void Disarm() {
    ++arming_;
    deadline_.cancel();
  }

  // --- reading

  void Handshake() {
    phase_ = Phase::kHandshake;
    prometheus::Gauge& under_way = dispatcher_.metrics().handshakes();
    if (under_way.Value() >= kHandshakesAtOnce) return End(CloseReason::kHandshakeLimit);
    under_way.Increment();
    Arm(kHandshakeTime);
    stream_.AsyncHandshake([self = Self(), &under_way](ErrorCode ec) {
      under_way.Decrement();
      if (self->ended_) return;
      if (ec && self->late_) return self->End(CloseReason::kHandshakeTimeout);
      if (ec) {
        TellHandshakeFailure(ec);
        return self->End(CloseReason::kHandshakeFailed);
      }
      self->AwaitRequest(self->limits_.read_time);
    });
  }

  void AwaitRequest(Millis time) {
    phase_ = Phase::kIdle;
    if (draining_) return End(CloseReason::kShutdown);
    if (buffer_.size() != 0) return ReadHeader();  // pipelined
    Arm(time);
    const auto begun = [self = Self()](ErrorCode ec, size_t bytes) {
      if (self->ended_) return;
      if (ec) return self->End(self->late_ ? CloseReason::kIdle : self->ReasonOf(ec));
      self->buffer_.commit(bytes);
      self->ReadHeader();
    };
    // A read, not a wait at the socket: what TLS has decrypted already is no longer there.
    stream_.async_read_some(buffer_.prepare(kFirstReadBytes), begun);
  }

  void ReadHeader() {
    phase_ = Phase::kReading;
    is_head_ = false;
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
    parser_->body_limit(limits_.body_bytes);
    Arm(limits_.read_time);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = Self()](ErrorCode ec, size_t bytes) {
                              // The parser's limit is one of what it has not parsed yet.
                              const bool too_large = bytes > self->limits_.header_bytes;
                              self->OnHeader(!ec && too_large ? http::error::header_limit : ec);
                            });
  }

  void OnHeader(ErrorCode ec) {
    if (ended_) return;
    if (ec) return OnUnreadable(ec);
    const auto& message = parser_->get();
    keep_alive_ = parser_->keep_alive();
    version_ = message.version();
    is_head_ = message.method() == http::verb::head;
    request_ = HeadOf(message, stream_.encrypted());
    admission_ = dispatcher_.Admit(request_);
    if (!admission_.refused && admission_.route->runs == Runs::kWebSocket) return Upgrade();
    if (!admission_.refused && admission_.route->runs == Runs::kEventStream) return Stream();
    const auto expect = message[http::field::expect];
    if (!expect.empty()) {
      if (!EqualsAnyCase({expect.data(), expect.size()}, "100-continue")) {
        return RefuseAndClose(ProblemKind::kExpectationFailed, "Only 100-continue is known.");
      }
      // The body is asked for only where it will be used.
      if (admission_.refused) return AnswerRefused(true);
      return SayContinue();
    }
    ReadBody();
  }

  void SayContinue() {
    continue_.emplace(http::status::continue_, 11);
    Arm(kWriteTime);
    http::async_write(stream_, *continue_, [self = Self()](ErrorCode ec, size_t) {
      if (self->ended_) return;
      if (ec) return self->End(self->late_ ? CloseReason::kWriteTimeout : self->ReasonOf(ec));
      self->ReadBody();
    });
  }

  // A refused request's body is read too, so that the connection can be used again.
  void ReadBody() {
    Arm(limits_.read_time);
    http::async_read(stream_, buffer_, *parser_,
                     [self = Self()](ErrorCode ec, size_t) { self->OnBody(ec); });
  }

  void OnBody(ErrorCode ec) {
    if (ended_) return;
    if (ec) return OnUnreadable(ec);
    Disarm();
    if (admission_.refused) return AnswerRefused(false);
    request_.body = std::move(parser_->get().body());
    phase_ = Phase::kAnswering;
    dispatcher_.Run(std::move(admission_), std::move(request_), worker_.decoder(),
                    [self = Self(), &context = worker_.context()](Response response) {
                      // From a handler of another thread, or from this very call.
                      net::post(context, [self, response = std::move(response)]() mutable {
                        if (!self->ended_ && self->phase_ == Phase::kAnswering) {
                          self->Write(std::move(response));
                        }
                      });
                    });
  }

  void AnswerRefused(bool close) {
    dispatcher_.CountRefused(admission_);
    if (close) keep_alive_ = false;
    unread_ = close;
    Write(std::move(*admission_.refused));
  }

  // The one place that knows how a request may fail to arrive, and which ends are expected.
  void OnUnreadable(ErrorCode ec) {
    const bool begun = buffer_.size() != 0 || parser_->got_some();
    if (late_) {
      if (!begun) return End(CloseReason::kIdle);
      reason_ = CloseReason::kReadTimeout;
      return RefuseAndClose(ProblemKind::kRequestTimeout, "The request did not arrive in time.");
    }
    if (ec == http::error::end_of_stream) return End(CloseReason::kDone);
    if (ec == http::error::partial_message) return End(CloseReason::kHalfSent);
    if (IsClosedByClient(ec)) return End(begun ? CloseReason::kHalfSent : CloseReason::kDone);
    if (ec == http::error::body_limit) {
      reason_ = CloseReason::kBodyTooLarge;
      return RefuseAndClose(ProblemKind::kBodyTooLarge,
                            "A body may have " + std::to_string(limits_.body_bytes) + " bytes.");
    }
    if (ec == http::error::header_limit || ec == http::error::buffer_overflow) {
      reason_ = CloseReason::kHeaderTooLarge;
      return RefuseAndClose(
          ProblemKind::kHeaderTooLarge,
          "A header may have " + std::to_string(limits_.header_bytes) + " bytes.");
    }
    if (ec.category() == http::make_error_code(http::error::bad_method).category()) {
      reason_ = CloseReason::kBadRequest;
      return RefuseAndClose(ProblemKind::kBadRequest,
                            "This is not HTTP/1.1: " + ec.message() + ".");
    }
    End(ReasonOf(ec));
  }

  CloseReason ReasonOf(ErrorCode ec) const {
    if (ec == net::error::operation_aborted || IsClosedByClient(ec)) return CloseReason::kDone;
    return CloseReason::kReset;
  }

  void RefuseAndClose(ProblemKind kind, std::string_view detail) {
    const auto target = parser_->get().target();
    const std::string_view path(target.data(), target.size());
    Admission unmatched;
    unmatched.index = SIZE_MAX;
    unmatched.refused = Refusal(path.substr(0, path.find('?')), kind, detail);
    admission_ = std::move(unmatched);
    AnswerRefused(true);
  }

  // --- writing

  void Write(Response answer) {
    phase_ = Phase::kWriting;
    if (draining_) keep_alive_ = false;
    response_ = {};
    response_.version(version_);
    response_.result(answer.status);
    response_.set(http::field::server, "tthcmon");
    response_.set(http::field::content_type, answer.content_type);
    response_.set(http::field::cache_control, "no-store");
    response_.set("X-Content-Type-Options", "nosniff");
    for (const auto& [field, value] : answer.headers) response_.set(field, value);
    if (const std::string_view policy = answer.content_security_policy; !policy.empty()) {
      response_.set("Content-Security-Policy", beast::string_view(policy.data(), policy.size()));
      response_.set("Referrer-Policy", "no-referrer");
    }
    response_.keep_alive(keep_alive_);
    response_.content_length(answer.body.size());
    response_.body() = std::move(answer.body);
    serializer_.emplace(response_);
    Arm(kWriteTime);
    const auto done = [self = Self()](ErrorCode ec, size_t) { self->OnWritten(ec); };
    if (is_head_) {
      http::async_write_header(stream_, *serializer_, done);
    } else {
      http::async_write(stream_, *serializer_, done);
    }
  }

  void OnWritten(ErrorCode ec) {
    if (ended_) return;
    if (ec) return End(late_ ? CloseReason::kWriteTimeout : ReasonOf(ec));
    serializer_.reset();
    response_.body() = {};
    if (keep_alive_) return AwaitRequest(limits_.idle_time);
    if (!unread_) return End(draining_ ? CloseReason::kShutdown : reason_);
    Linger();
  }

  // Closing while the client still sends would reset the connection and lose the answer.
  void Linger() {
    phase_ = Phase::kLingering;
    end_said_ = true;
    Arm(kLingerTime);
    stream_.AsyncSayEnd(kTlsEndTime, [self = Self()](ErrorCode) {
      if (!self->ended_) self->Discard();
    });
  }

  // From the socket itself: what still comes is of no interest, also where it is encrypted.
  void Discard() {
    buffer_.clear();
    stream_.socket().async_read_some(buffer_.prepare(kReadAheadBytes),
                                     [self = Self()](ErrorCode ec, size_t bytes) {
                                       if (self->ended_) return;
                                       self->discarded_ += bytes;
                                       if (ec || self->discarded_ > kLingerBytes)
                                         return self->End(self->reason_);
                                       self->Discard();
                                     });
  }

  // --- streams

  void Upgrade() {
    if (!beast::websocket::is_upgrade(parser_->get())) {
      return RefuseAndClose(ProblemKind::kUpgradeRequired, "Open a WebSocket at this address.");
    }
    auto request = parser_->release();
    if (!OffersAlertProtocol(request)) {
      parser_.emplace();
      return RefuseAndClose(ProblemKind::kBadRequest,
                            "Offer the subprotocol tthc.alerts.v1 (Sec-WebSocket-Protocol).");
    }
    if (!hub_.TakePlace(Transport::kWebSocket)) {
      return RefuseAndClose(ProblemKind::kUnavailable, "Too many alert sessions are open.");
    }
    auto identity = hub_.access.Identify(BearerToken(request_.authorization), WallNow());
    Disarm();
    StartWebSocketSession(std::move(stream_), std::move(request), std::move(identity), hub_,
                          worker_);
    End(CloseReason::kDone);  // of HTTP; the socket lives on
  }

  void Stream() {
    const std::string* unit = request_.query.Find("unit");
    auto units = UnitsOfStream(unit, admission_.principal, hub_);
    if (!units) {
      return RefuseAndClose(units.error().kind == ErrorKind::kConflict ? ProblemKind::kForbidden
                            : units.error().kind == ErrorKind::kNotFound
                                ? ProblemKind::kUnknownUnit
                                : ProblemKind::kBadParameter,
                            units.error().message);
    }
    if (!hub_.TakePlace(Transport::kEvents)) {
      return RefuseAndClose(ProblemKind::kUnavailable, "Too many alert sessions are open.");
    }
    Disarm();
    StartEventSession(std::move(stream_), std::move(*units), std::move(admission_.principal),
                      request_.last_event_id, hub_, worker_);
    End(CloseReason::kDone);
  }

  void End(CloseReason reason) {
    if (ended_) return;
    ended_ = true;
    Disarm();
    reason_ = reason;
    if (!MaySayEnd()) return Leave();
    stream_.AsyncSayEnd(kTlsEndTime, [self = Self()](ErrorCode) { self->Leave(); });
  }

  // Only to a client that speaks TLS with us still, and whose stream does not stop within a record.
  bool MaySayEnd() {
    return stream_.encrypted() && stream_.open() && !end_said_ && phase_ != Phase::kHandshake &&
           reason_ != CloseReason::kWriteTimeout && reason_ != CloseReason::kReset;
  }

  void Leave() {
    stream_.Close();
    dispatcher_.metrics().CountClose(reason_);
    dispatcher_.metrics().connections().Decrement();
    worker_.Leave(this);
  }

  ClientStream stream_;
  net::steady_timer deadline_;
  const Dispatcher& dispatcher_;
  AlertHub& hub_;
  Worker& worker_;
  const ServerLimits& limits_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::empty_body>> continue_;
  http::response<http::string_body> response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
  Request request_;
  Admission admission_;
  Phase phase_ = Phase::kIdle;
  CloseReason reason_ = CloseReason::kDone;
  unsigned version_ = 11;
  uint64_t arming_ = 0;
  size_t discarded_ = 0;
  bool late_ = false;
  bool keep_alive_ = true;
  bool is_head_ = false;
  bool unread_ = false;  // the client may still be sending
  bool draining_ = false;
  bool end_said_ = false;  // nothing more is written
  bool ended_ = false;
};

}  // namespace

void StartHttpSession(ClientStream stream, const Dispatcher& dispatcher, AlertHub& hub,
                      Worker& worker) {
  std::make_shared<HttpSession>(std::move(stream), dispatcher, hub, worker)->Start();
}

}  // namespace tthc
