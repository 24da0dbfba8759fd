#include "server/channels/alertmanager_endpoint.h"

#include <algorithm>

#include "server/clock.h"
#include "server/log.h"

namespace tthc {
namespace {

using std::chrono::microseconds;

// How often retries wait: an Alertmanager that is back is told within half a minute.
constexpr BackoffOptions kBackoff{std::chrono::milliseconds(500), std::chrono::seconds(30)};

}  // namespace

AlertmanagerEndpoint::AlertmanagerEndpoint(AlertmanagerConfig config, const ChannelParts& parts,
                                           const EndpointMetrics& metrics,
                                           std::shared_ptr<boost::asio::ssl::context> tls,
                                           uint64_t seed)
    : config_(std::move(config)),
      parts_(parts),
      metrics_(metrics),
      client_(parts.context, config_.endpoint.target, std::move(tls), config_.endpoint.timeout),
      backoff_(kBackoff, seed),
      timer_(parts.context),
      settle_timer_(parts.context) {}

Result<void> AlertmanagerEndpoint::Restore(const std::vector<ChannelRecord>& records) {
  const std::string key = ToldAlertsKey(name());
  for (const ChannelRecord& record : records) {
    if (record.key != key) continue;
    const auto told = DecodeToldAlerts(*record.value);
    if (!told) return Prefixed("alertmanager " + name(), told.error());
    for (const ToldAlert& alert : *told) {
      told_[{alert.unit, alert.kind}].starts_at = alert.starts_at;
    }
  }
  return {};
}

void AlertmanagerEndpoint::Begin(const std::vector<std::shared_ptr<const AlertMessage>>& open,
                                 uint64_t present) {
  read_ = last_seq_ = present;
  const auto tree = parts_.monitor.units();
  for (const auto& message : open) Take(*message, *tree);
  // What was told before the restart and is over now.
  std::vector<AlertGroup> told;
  for (const auto& [group, state] : told_) told.push_back(group);
  for (const AlertGroup& group : told) Reconcile(group);
  ShowNumbers();
  Step();
}

void AlertmanagerEndpoint::Wake(uint64_t last_seq) {
  last_seq_ = std::max(last_seq_, last_seq);
  ShowNumbers();
  if (settling_ || stopping_) return;
  settling_ = true;
  settle_timer_.expires_after(kSettleTime);
  settle_timer_.async_wait([this](ErrorCode ec) {
    if (ec) return;
    settling_ = false;
    Step();
  });
}

void AlertmanagerEndpoint::Stop() {
  stopping_ = true;
  timer_.cancel();
  settle_timer_.cancel();
  if (!busy_) client_.CloseIdle();
}

void AlertmanagerEndpoint::Step() {
  if (busy_ || waiting_ || stopping_) return;
  if (!ReadStream()) return;
  ShowNumbers();
  if (!SaveGroups()) return StepAfter(kStoreRetryTime);
  json::array alerts;
  auto sent = Due(alerts);
  if (!sent.empty()) return Post(std::move(alerts), std::move(sent));
  if (told_.empty()) return;
  const auto next = std::min_element(
      told_.begin(), told_.end(),
      [](const auto& a, const auto& b) { return a.second.next_us < b.second.next_us; });
  StepAfter(microseconds(std::max<int64_t>(1, next->second.next_us - MonotonicMicros())));
}

// False where the rest comes in a later turn.
bool AlertmanagerEndpoint::ReadStream() {
  const auto tree = parts_.monitor.units();
  for (int i = 0; i < kPagesPerTurn; ++i) {
    const auto page = parts_.monitor.AlertsAfter(read_, kPageMessages);
    if (!page) {
      Log(LogLevel::kError, "alertmanager_stream_unreadable",
          {{"alertmanager", json::value(name())}, {"reason", json::value(page.error().message)}});
      StepAfter(kStoreRetryTime);
      return false;
    }
    for (const auto& message : page->messages) {
      Take(*message, *tree);
      read_ = message->seq;
    }
    last_seq_ = std::max({last_seq_, page->last_seq, read_});
    if (page->messages.size() < kPageMessages) return true;
  }
  net::post(parts_.context, [this] { Step(); });
  return false;
}

void AlertmanagerEndpoint::Take(const AlertMessage& message, const UnitTree& tree) {
  // A resolution is counted by its id, whatever its unit is by now.
  if (message.type == AlertType::kAlert && !config_.endpoint.filter.Wants(message, tree)) return;
  if (const auto changed = open_.Apply(message)) Reconcile(*changed);
}

void AlertmanagerEndpoint::Reconcile(const AlertGroup& group) {
  const auto open = open_.groups().find(group);
  const auto known = told_.find(group);
  const int64_t now = MonotonicMicros();
  if (open == open_.groups().end()) {
    if (known == told_.end() || known->second.ended_at) return;
    known->second.ended_at = WallNow();
    known->second.ends_left = kEndsTold;
    known->second.count = 0;
    known->second.next_us = now;
    return;
  }
  if (known == told_.end() || known->second.ended_at) {
    told_[group] = {OnTheWall(open->second.first_at), open->second.count, std::nullopt, 0, now};
    groups_changed_ = true;
  } else if (known->second.count != open->second.count) {
    known->second.count = open->second.count;
    known->second.next_us = now;
  }
}

Instant AlertmanagerEndpoint::OnTheWall(Instant at) const {
  const Instant now = WallNow();
  return std::min(now, now - (parts_.monitor.Now() - at));
}

bool AlertmanagerEndpoint::SaveGroups() {
  if (!groups_changed_) return true;
  std::vector<ToldAlert> told;
  for (const auto& [group, state] : told_) {
    told.push_back({group.unit, group.kind, state.starts_at});
  }
  const auto written =
      parts_.monitor.WriteChannelRecords({{ToldAlertsKey(name()), EncodeToldAlerts(told)}});
  if (!written) {
    Log(LogLevel::kError, "alertmanager_state_not_written",
        {{"alertmanager", json::value(name())}, {"reason", json::value(written.error().message)}});
    return false;
  }
  groups_changed_ = false;
  return true;
}

std::vector<AlertmanagerEndpoint::Sent> AlertmanagerEndpoint::Due(json::array& out) {
  std::vector<Sent> sent;
  const auto tree = parts_.monitor.units();
  const Instant now = WallNow();
  const int64_t monotonic = MonotonicMicros();
  const int64_t resend = microseconds(config_.resend).count();
  for (auto& [group, told] : told_) {
    if (told.next_us > monotonic) continue;
    if (sent.size() == kAlertsPerPost) break;
    const Instant ends_at = told.ended_at.value_or(now + kEndsAfterResends * resend);
    out.push_back(AlertmanagerJson({group, told.count, told.starts_at, ends_at}, *tree,
                                   parts_.monitor.alert_rules()));
    sent.push_back({group, told.ended_at.has_value()});
    told.next_us = monotonic + resend;   // a change meanwhile sets it back
  }
  return sent;
}

void AlertmanagerEndpoint::Post(json::array alerts, std::vector<Sent> sent) {
  busy_ = true;
  client_.Post(JsonText(std::move(alerts)), {},
               [this, sent = std::move(sent)](const SendResult& result) {
                 busy_ = false;
                 metrics_.Count(result.outcome);
                 OnSent(sent, result);
                 if (stopping_) return Stop();
                 Step();
               });
}

void AlertmanagerEndpoint::OnSent(const std::vector<Sent>& sent, const SendResult& result) {
  metrics_.failing->Set(result.outcome == SendOutcome::kAccepted ? 0 : 1);
  if (result.outcome == SendOutcome::kAccepted) return OnAccepted(sent);
  if (failures_++ == 0) {
    Log(LogLevel::kWarning, "alertmanager_failing",
        {{"alertmanager", json::value(name())}, {"reason", json::value(result.detail)}});
  }
  last_error_ = CutUtf8(result.detail, kMaxErrorBytes);
  last_error_at_ = WallNow();
  const int64_t now = MonotonicMicros();
  for (const Sent& each : sent) told_.at(each.group).next_us = now;
  if (stopping_) return;
  waiting_ = true;
  StepAfter(backoff_.After(failures_));
}

void AlertmanagerEndpoint::OnAccepted(const std::vector<Sent>& sent) {
  if (failures_ > 0) {
    Log(LogLevel::kInfo, "alertmanager_recovered", {{"alertmanager", json::value(name())}});
  }
  failures_ = 0;
  last_error_.clear();
  last_accepted_at_ = WallNow();
  for (const Sent& each : sent) {
    const auto told = told_.find(each.group);
    // It may have begun again while its end was told.
    if (!each.ended || !told->second.ended_at || --told->second.ends_left > 0) continue;
    told_.erase(told);
    groups_changed_ = true;
  }
  ShowNumbers();
}

void AlertmanagerEndpoint::StepAfter(std::chrono::microseconds delay) {
  if (stopping_) return;
  timer_.expires_after(delay);
  timer_.async_wait([this](ErrorCode ec) {
    if (ec) return;
    waiting_ = false;
    Step();
  });
}

void AlertmanagerEndpoint::ShowNumbers() {
  metrics_.lag_messages->Set(static_cast<double>(last_seq_ - read_));
  metrics_.active_alerts->Set(static_cast<double>(open_.groups().size()));
}

AlertmanagerStatus AlertmanagerEndpoint::Status() const {
  AlertmanagerStatus status;
  status.name = name();
  status.origin = config_.endpoint.target.Origin();
  status.state = failures_ > 0 ? "failing" : "current";
  status.active_alerts = open_.groups().size();
  status.last_error = last_error_;
  status.last_error_at = last_error_at_;
  status.last_accepted_at = last_accepted_at_;
  return status;
}

}  // namespace tthc
