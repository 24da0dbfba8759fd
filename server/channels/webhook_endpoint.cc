#include "server/channels/webhook_endpoint.h"

#include <algorithm>

#include "config/json_text.h"
#include "server/channels/webhook_signature.h"
#include "server/clock.h"
#include "server/http/render.h"
#include "server/log.h"

namespace tthc {

WebhookEndpoint::WebhookEndpoint(WebhookConfig config, const ChannelParts& parts,
                                 const EndpointMetrics& metrics,
                                 std::shared_ptr<boost::asio::ssl::context> tls, uint64_t seed)
    : config_(std::move(config)),
      parts_(parts),
      metrics_(metrics),
      client_(parts.context, config_.endpoint.target, std::move(tls), config_.endpoint.timeout),
      backoff_(config_.backoff, seed),
      retry_timer_(parts.context),
      store_timer_(parts.context) {}

Result<void> WebhookEndpoint::Restore(const std::vector<ChannelRecord>& records) {
  const std::string state_key = WebhookStateKey(name());
  const std::string dead_prefix = DeadLetterPrefix(name());
  for (const ChannelRecord& record : records) {
    if (record.key == state_key) {
      const auto state = DecodeWebhookState(*record.value);
      if (!state) return Prefixed("webhook " + name(), state.error());
      state_ = *state;
      known_ = true;
    } else if (record.key.starts_with(dead_prefix)) {
      auto letter = DecodeDeadLetter(*record.value);
      if (!letter) return Prefixed("webhook " + name(), letter.error());
      dead_[letter->seq] = std::move(*letter);
    }
  }
  return {};
}

void WebhookEndpoint::Begin(uint64_t present) {
  last_seq_ = present;
  // A place beyond the stream's end would pass over what is still to come.
  state_.delivered = known_ ? std::min(state_.delivered, present) : present;
  read_ = state_.delivered;
  // Written at once: what comes from now on is owed, whatever happens to the process.
  if (!known_) SaveState();
  saved_delivered_ = state_.delivered;
  ShowNumbers();
  Step();
}

void WebhookEndpoint::Wake(uint64_t last_seq) {
  last_seq_ = std::max(last_seq_, last_seq);
  ShowNumbers();
  Step();
}

void WebhookEndpoint::Stop() {
  stopping_ = true;
  retry_timer_.cancel();
  store_timer_.cancel();
  if (busy_) return;
  client_.CloseIdle();
  if (unsaved_.empty() && state_.delivered != saved_delivered_) SaveState();
}

void WebhookEndpoint::Step() {
  if (busy_ || stopping_ || !SaveWhatIsLeft()) return;
  if (!retries_.empty()) {
    const uint64_t seq = retries_.front();
    retries_.pop_front();
    return SendRetry(seq);
  }
  if (state_.disabled || waiting_) return;
  if (queue_.empty() && !ReadPages()) return;
  Send(*queue_.front(), [this](const SendResult& result) { OnSent(result); });
}

// True where there is something to send.
bool WebhookEndpoint::ReadPages() {
  for (int i = 0; i < kPagesPerTurn; ++i) {
    const uint64_t before = read_;
    if (!ReadPage()) return false;
    if (!queue_.empty()) return true;
    state_.delivered = read_;
    if (state_.delivered - saved_delivered_ >= kSkippedPerWrite) SaveState();
    ShowNumbers();
    if (read_ == before || !unsaved_.empty()) return false;
  }
  net::post(parts_.context, [this] { Step(); });
  return false;
}

bool WebhookEndpoint::ReadPage() {
  const auto page = parts_.monitor.AlertsAfter(read_, kPageMessages);
  if (!page) {
    Log(LogLevel::kError, "webhook_stream_unreadable",
        {{"webhook", json::value(name())}, {"reason", json::value(page.error().message)}});
    store_timer_.expires_after(kStoreRetryTime);
    store_timer_.async_wait([this](ErrorCode ec) {
      if (!ec) Step();
    });
    return false;
  }
  const auto tree = parts_.monitor.units();
  for (const MessagePtr& message : page->messages) {
    // What is held is told by its digest.
    const bool rings = message->held == AlertHeld::kNot;
    if (rings && config_.endpoint.filter.Wants(*message, *tree)) queue_.push_back(message);
    read_ = message->seq;
  }
  last_seq_ = std::max({last_seq_, page->last_seq, read_});
  return true;
}

std::string WebhookEndpoint::IdOf(uint64_t seq) const {
  return parts_.epoch + "-" + std::to_string(seq);
}

void WebhookEndpoint::Send(const AlertMessage& message, HttpClient::Done done) {
  busy_ = true;
  json::object document = AlertMessageJson(message);
  document["epoch"] = parts_.epoch;
  std::string body = JsonText(document);
  const std::string id = IdOf(message.seq);
  const int64_t timestamp = WallNow().us / kMicrosPerSecond;
  client_.Post(body,
               {{"webhook-id", id},
                {"webhook-timestamp", std::to_string(timestamp)},
                {"webhook-signature", WebhookSignature(config_.keys, id, timestamp, body)}},
               [this, done = std::move(done)](SendResult result) {
                 busy_ = false;
                 metrics_.Count(result.outcome);
                 done(std::move(result));
                 if (stopping_) return Stop();
                 Step();
               });
}

void WebhookEndpoint::NoteResult(const SendResult& result) {
  if (result.outcome == SendOutcome::kAccepted) {
    if (failures_ > 0) {
      Log(LogLevel::kInfo, "webhook_recovered", {{"webhook", json::value(name())}});
    }
    failures_ = 0;
    last_error_.clear();
    last_accepted_at_ = WallNow();
  } else {
    if (failures_ == 0) {
      Log(LogLevel::kWarning, "webhook_failing",
          {{"webhook", json::value(name())}, {"reason", json::value(result.detail)}});
    }
    ++failures_;
    last_error_ = CutUtf8(result.detail, kMaxErrorBytes);
    last_error_at_ = WallNow();
  }
  metrics_.failing->Set(failures_ > 0 ? 1 : 0);
}

void WebhookEndpoint::OnSent(const SendResult& result) {
  NoteResult(result);
  if (result.outcome == SendOutcome::kAccepted) {
    PassFirst();
    return SaveState();
  }
  if (result.outcome == SendOutcome::kGone) {
    state_.disabled = true;
    Log(LogLevel::kWarning, "webhook_disabled", {{"webhook", json::value(name())}});
    return SaveState();
  }
  // Without a connection the next message would fare no better: only an endpoint that was reached
  // can have trouble with this one.
  if (result.outcome != SendOutcome::kUnreachable) ++attempts_;
  if (attempts_ >= config_.attempts && dead_.size() < kMaxDeadLetters) return GiveUp();
  const std::chrono::milliseconds asked =
      std::min<std::chrono::milliseconds>(result.retry_after, config_.backoff.longest);
  TryAgainAfter(std::max(backoff_.After(failures_), asked));
}

// The first of the queue was accepted or is given up.
void WebhookEndpoint::PassFirst() {
  queue_.pop_front();
  state_.delivered = queue_.empty() ? read_ : queue_.front()->seq - 1;
  attempts_ = 0;
  ShowNumbers();
}

void WebhookEndpoint::GiveUp() {
  const uint64_t seq = queue_.front()->seq;
  DeadLetter letter{seq, attempts_, WallNow(), last_error_};
  Log(LogLevel::kError, "webhook_dead_letter",
      {{"webhook", json::value(name())}, {"id", json::value(IdOf(seq))}});
  const ChannelRecord record{DeadLetterKey(name(), seq), EncodeDeadLetter(letter)};
  dead_[seq] = std::move(letter);
  PassFirst();
  Save({StateRecord(), record});
}

ChannelRecord WebhookEndpoint::StateRecord() const {
  return {WebhookStateKey(name()), EncodeWebhookState(state_)};
}

void WebhookEndpoint::TryAgainAfter(std::chrono::milliseconds delay) {
  waiting_ = true;
  next_attempt_at_ =
      WallNow() + std::chrono::duration_cast<std::chrono::microseconds>(delay).count();
  retry_timer_.expires_after(delay);
  retry_timer_.async_wait([this](ErrorCode ec) {
    if (ec) return;
    waiting_ = false;
    next_attempt_at_.reset();
    Step();
  });
}

void WebhookEndpoint::SendRetry(uint64_t seq) {
  const auto page = parts_.monitor.AlertsAfter(seq - 1, 1);
  const bool there = page && !page->messages.empty() && page->messages.front()->seq == seq;
  if (!there) {
    Log(LogLevel::kError, "webhook_dead_letter_unreadable",
        {{"webhook", json::value(name())}, {"id", json::value(IdOf(seq))}});
    return;
  }
  Send(*page->messages.front(),
       [this, seq](const SendResult& result) { OnRetried(seq, result); });
}

void WebhookEndpoint::OnRetried(uint64_t seq, const SendResult& result) {
  const auto found = dead_.find(seq);
  if (result.outcome == SendOutcome::kAccepted) {
    dead_.erase(found);
    Save({{DeadLetterKey(name(), seq), std::nullopt}});
  } else {
    DeadLetter& letter = found->second;
    ++letter.attempts;
    letter.last_at = WallNow();
    letter.last_error = CutUtf8(result.detail, kMaxErrorBytes);
    Save({{DeadLetterKey(name(), seq), EncodeDeadLetter(letter)}});
  }
  ShowNumbers();
}

void WebhookEndpoint::Save(std::vector<ChannelRecord> records) {
  for (ChannelRecord& record : records) unsaved_.push_back(std::move(record));
  (void)SaveWhatIsLeft();
}

// False while the store does not take it: sending on would repeat more than one message after a
// restart.
bool WebhookEndpoint::SaveWhatIsLeft() {
  if (unsaved_.empty()) return true;
  const auto written = parts_.monitor.WriteChannelRecords(unsaved_);
  if (written) {
    unsaved_.clear();
    saved_delivered_ = state_.delivered;
    return true;
  }
  Log(LogLevel::kError, "webhook_state_not_written",
      {{"webhook", json::value(name())}, {"reason", json::value(written.error().message)}});
  if (stopping_) return false;
  store_timer_.expires_after(kStoreRetryTime);
  store_timer_.async_wait([this](ErrorCode ec) {
    if (!ec) Step();
  });
  return false;
}

void WebhookEndpoint::ShowNumbers() {
  metrics_.lag_messages->Set(static_cast<double>(last_seq_ - state_.delivered));
  metrics_.dead_letters->Set(static_cast<double>(dead_.size()));
}

WebhookStatus WebhookEndpoint::Status() const {
  WebhookStatus status;
  status.name = name();
  status.origin = config_.endpoint.target.Origin();
  status.state = state_.disabled                  ? "disabled"
                 : failures_ > 0                  ? "failing"
                 : state_.delivered < last_seq_ ? "sending"
                                                  : "current";
  status.delivered = state_.delivered;
  status.last_seq = last_seq_;
  status.attempts = attempts_;
  status.last_error = last_error_;
  status.last_error_at = last_error_at_;
  status.last_accepted_at = last_accepted_at_;
  status.next_attempt_at = next_attempt_at_;
  status.dead_letters = dead_.size();
  return status;
}

std::vector<DeadLetter> WebhookEndpoint::DeadLetters(size_t limit) const {
  std::vector<DeadLetter> letters;
  for (const auto& [seq, letter] : dead_) {
    if (letters.size() == limit) break;
    letters.push_back(letter);
  }
  return letters;
}

Result<DeadLetter> WebhookEndpoint::Retry(std::string_view id) {
  for (const auto& [seq, letter] : dead_) {
    if (IdOf(seq) != id) continue;
    if (std::find(retries_.begin(), retries_.end(), seq) == retries_.end()) retries_.push_back(seq);
    net::post(parts_.context, [this] { Step(); });
    return letter;
  }
  return Error{ErrorKind::kNotFound, "the webhook has no such dead letter"};
}

void WebhookEndpoint::Enable() {
  if (!state_.disabled) return;
  state_.disabled = false;
  SaveState();
  net::post(parts_.context, [this] { Step(); });
}

}  // namespace tthc
