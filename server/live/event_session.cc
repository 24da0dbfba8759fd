#include "server/live/event_session.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "server/live/expiry.h"
#include "server/live/visible_alerts.h"
#include "server/live/protocol.h"

namespace tthc {
namespace {

// The stream ends with its connection, so it needs neither length nor chunks.
constexpr std::string_view kHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
    "X-Accel-Buffering: no\r\nConnection: close\r\nServer: tthcmon\r\n\r\n";
// A comment keeps proxies from closing a quiet stream and finds dead clients.
constexpr std::string_view kHeartbeat = ":\n\n";
constexpr std::chrono::seconds kHeartbeatTime{15};
constexpr std::string_view kExpired =
    "event: expired\ndata: {\"type\":\"expired\",\"reason\":\"the token has expired\"}\n\n";

FeedEnd EndOf(ErrorCode ec) {
  return IsClosedByClient(ec) || ec == net::error::operation_aborted ? FeedEnd::kDone
                                                                     : FeedEnd::kReset;
}

class EventSession final : public Connection {
 public:
  EventSession(ClientStream stream, Principal principal, AlertHub& hub, Worker& worker)
      : stream_(std::move(stream)),
        principal_(std::move(principal)),
        expiry_(worker.context()),
        heartbeat_(worker.context()),
        deadline_(worker.context()),
        hub_(hub),
        worker_(worker) {}

  void Start(std::vector<std::string> units, const std::string& last_event_id) {
    ErrorCode ignored;
    stream_.socket().set_option(net::socket_base::send_buffer_size(kFeedSendBufferBytes), ignored);
    std::optional<uint64_t> seq;
    std::string epoch;
    ParseEventId(last_event_id, epoch, seq);
    feed_ = std::make_shared<AlertFeed>(
        hub_, principal_, [weak = std::weak_ptr(Self()), &worker = worker_] {
          worker.Wake([weak] {
            if (const auto self = weak.lock()) self->Pump();
          });
        });
    worker_.Join(shared_from_this());
    if (ended_) return;
    text_ = kHead;
    Listen(std::move(units), std::move(epoch), seq);
    Write();
    WatchClient();
    Beat();
    expiry_.Watch(principal_.expires, [self = Self()] { self->Expire(); });
  }

  void Drain() override { End(FeedEnd::kShutdown); }
  void Abort() override {
    stream_.Close();
    End(FeedEnd::kShutdown);
  }

 private:
  std::shared_ptr<EventSession> Self() {
    return std::static_pointer_cast<EventSession>(shared_from_this());
  }

  void Listen(std::vector<std::string> units, std::string epoch, std::optional<uint64_t> seq) {
    const bool taken = hub_.queries.Post(
        [self = Self(), feed = feed_, units = std::move(units), epoch = std::move(epoch), seq] {
          AlertResume resume = feed->Listen(units, epoch, seq);
          net::post(self->worker_.context(), [self, resume = std::move(resume)] {
            if (self->expired_) return;
            self->epoch_ = resume.epoch;
            self->waiting_ += "event: welcome\ndata: " + WelcomeText(resume) + "\n\n";
            self->listening_ = true;
            self->Pump();
          });
        });
    if (!taken) End(FeedEnd::kSessionLimit);
  }

  // What the client says is of no interest, only that it is there.
  void WatchClient() {
    stream_.async_read_some(net::buffer(ignored_), [self = Self()](ErrorCode ec, size_t) {
      if (self->ended_) return;
      if (ec) return self->End(EndOf(ec));
      self->WatchClient();
    });
  }

  // Says why, then ends; what else was waiting is dropped.
  void Expire() {
    feed_->Stop();
    expired_ = true;
    waiting_ = kExpired;
    Pump();
  }

  void Beat() {
    heartbeat_.expires_after(kHeartbeatTime);
    heartbeat_.async_wait([self = Self()](ErrorCode ec) {
      if (ec || self->ended_) return;
      if (self->waiting_.empty() && !self->expired_) self->waiting_ = kHeartbeat;
      self->Pump();
      self->Beat();
    });
  }

  void Pump() {
    if (ended_) return;
    if (feed_->overflowed()) return End(FeedEnd::kSlow);
    if (writing_) return;
    if (!waiting_.empty()) {
      text_ = std::move(waiting_);
      waiting_.clear();
      return Write();
    }
    if (expired_) return End(FeedEnd::kTokenExpired);
    if (!listening_) return;
    const auto message = feed_->Take();
    if (!message) return;
    text_ = "id: " + EventId(epoch_, message->seq) +
            "\nevent: " + std::string(NameOf(message->type)) +
            "\ndata: " + *hub_.texts.TextOf(message) + "\n\n";
    hub_.metrics.alerts_sent().Increment();
    Write();
  }

  void Write() {
    writing_ = true;
    deadline_.expires_after(kWriteTime);
    deadline_.async_wait([self = Self(), write = ++writes_](ErrorCode ec) {
      if (!ec && self->writing_ && write == self->writes_) self->End(FeedEnd::kSlow);
    });
    net::async_write(stream_, net::buffer(text_), [self = Self()](ErrorCode ec, size_t) {
      self->writing_ = false;
      self->deadline_.cancel();
      if (self->ended_) return;
      if (ec) return self->End(EndOf(ec));
      self->Pump();
    });
  }

  void End(FeedEnd end) {
    if (ended_) return;
    ended_ = true;
    feed_->Stop();
    heartbeat_.cancel();
    deadline_.cancel();
    expiry_.Cancel();
    // Over TLS the end is said, or the client takes the stream for cut; not within a record.
    if (!stream_.encrypted() || !stream_.open() || writing_) return Leave(end);
    stream_.AsyncSayEnd(kTlsEndTime, [self = Self(), end](ErrorCode) { self->Leave(end); });
  }

  void Leave(FeedEnd end) {
    stream_.Close();
    hub_.GivePlace(Transport::kEvents, end);
    worker_.Leave(this);
  }

  ClientStream stream_;
  const Principal principal_;
  Expiry expiry_;
  net::steady_timer heartbeat_;
  net::steady_timer deadline_;
  AlertHub& hub_;
  Worker& worker_;
  std::shared_ptr<AlertFeed> feed_;
  std::array<char, 512> ignored_;
  std::string epoch_;
  std::string text_;     // being written
  std::string waiting_;  // welcome or heartbeat
  uint64_t writes_ = 0;
  bool listening_ = false;
  bool writing_ = false;
  bool expired_ = false;
  bool ended_ = false;
};

}  // namespace

Result<std::vector<std::string>> UnitsOfStream(const std::string* unit, const Principal& principal,
                                               AlertHub& hub) {
  std::vector<std::string> asked;
  if (unit != nullptr) asked.push_back(*unit);
  return UnitsToWatch(asked, principal, *hub.monitor.units(), DayOf(hub.monitor.Now()));
}

void StartEventSession(ClientStream stream, std::vector<std::string> units, Principal principal,
                       const std::string& last_event_id, AlertHub& hub, Worker& worker) {
  std::make_shared<EventSession>(std::move(stream), std::move(principal), hub, worker)
      ->Start(std::move(units), last_event_id);
}

}  // namespace tthc
