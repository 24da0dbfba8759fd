#include "server/live/alert_hub.h"

#include "server/http/render.h"
#include "server/live/visible_alerts.h"

namespace tthc {
namespace {

// A client that has taken nothing for so long does not move.
constexpr std::chrono::seconds kPatience(2);

}  // namespace

SharedText AlertTexts::TextOf(const std::shared_ptr<const AlertMessage>& message) {
  Slot& slot = slots_[message->seq % slots_.size()];
  {
    const std::lock_guard lock(mutex_);
    if (slot.message == message) return slot.text;
  }
  auto text = std::make_shared<const std::string>(JsonText(AlertMessageJson(*message)));
  const std::lock_guard lock(mutex_);
  slot = {message, text};
  return text;
}

bool AlertHub::TakePlace(Transport transport) {
  if (sessions_.fetch_add(1) >= limits.feed_sessions) {
    sessions_.fetch_sub(1);
    metrics.CountFeedEnd(transport, FeedEnd::kSessionLimit);
    return false;
  }
  metrics.feeds(transport).Increment();
  return true;
}

void AlertHub::GivePlace(Transport transport, FeedEnd end) {
  sessions_.fetch_sub(1);
  metrics.feeds(transport).Decrement();
  metrics.CountFeedEnd(transport, end);
}

AlertResume AlertFeed::Listen(const std::vector<std::string>& units, std::string_view epoch,
                              std::optional<uint64_t> seq) {
  uint64_t subscription = 0;
  AlertResume resume = hub_.monitor.Listen(
      units, epoch, seq,
      [weak = weak_from_this()](std::shared_ptr<const AlertMessage> message) {
        if (const auto feed = weak.lock()) feed->Offer(std::move(message));
      },
      subscription);
  bool stop_again = false;
  {
    const std::lock_guard lock(mutex_);
    backlog_ = std::move(resume.messages);
    resume.messages.clear();
    subscription_ = subscription;
    stop_again = stopped_;  // the session ended meanwhile
  }
  if (stop_again) hub_.monitor.StopListening(subscription);
  return resume;
}

std::shared_ptr<const AlertMessage> AlertFeed::Take() {
  auto message = TakeAny();
  while (message != nullptr && !MaySeeAlert(hub_.monitor, principal_, *message)) {
    message = TakeAny();
  }
  return message;
}

std::shared_ptr<const AlertMessage> AlertFeed::TakeAny() {
  const std::lock_guard lock(mutex_);
  taken_at_ = std::chrono::steady_clock::now();
  if (backlog_taken_ < backlog_.size()) {
    auto message = std::move(backlog_[backlog_taken_++]);
    if (backlog_taken_ == backlog_.size()) {
      backlog_ = {};
      backlog_taken_ = 0;
    }
    return message;
  }
  auto message = outbox_.Pop();
  hungry_ = message == nullptr;
  return message;
}

bool AlertFeed::overflowed() const {
  const std::lock_guard lock(mutex_);
  return overflowed_;
}

void AlertFeed::Offer(std::shared_ptr<const AlertMessage> message) {
  bool wake = false;
  uint64_t collapsed = 0;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_ || overflowed_) return;
    const uint64_t before = outbox_.collapsed();
    const bool moving = hungry_ || std::chrono::steady_clock::now() - taken_at_ < kPatience;
    overflowed_ = !outbox_.Push(std::move(message), moving);
    collapsed = outbox_.collapsed() - before;
    wake = hungry_ || overflowed_;
    hungry_ = false;
  }
  if (collapsed != 0) hub_.metrics.alerts_collapsed().Increment(static_cast<double>(collapsed));
  if (wake) wake_();
}

void AlertFeed::Stop() {
  std::optional<uint64_t> subscription;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
    subscription = subscription_;
  }
  if (subscription) hub_.monitor.StopListening(*subscription);
}

}  // namespace tthc
