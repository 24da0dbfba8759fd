#include "server/alerts/alert_stream.h"

#include <algorithm>

#include "ingest/store/bytes.h"

namespace tthc {
namespace {

constexpr uint8_t kAlertVersion = 1;
constexpr char kMessagePrefix = 'm';
constexpr char kAckPrefix = 'a';
constexpr size_t kLongestAckText = 1000;   // bytes of a name or comment

std::string MessageKey(uint64_t seq) {
  return ShardKey(kOnlyShard, kMessagePrefix + std::string(AfterShard(NumberKey(kOnlyShard, seq))));
}
std::string AckKey(std::string_view id) {
  return ShardKey(kOnlyShard, kAckPrefix + std::string(id));
}

struct Ack {
  Instant at;
  std::string by;
  std::string comment;
};
std::string EncodeAck(const Ack& ack) {
  std::string out;
  ByteWriter w(out);
  w.Byte(kAlertVersion);
  w.Signed(ack.at.us);
  w.Text(ack.by);
  w.Text(ack.comment);
  return out;
}
Result<Ack> DecodeAck(std::string_view bytes) {
  ByteReader r(bytes);
  if (r.Byte() != kAlertVersion) {
    return Error{ErrorKind::kCorrupt, "a stored acknowledgement does not read as one"};
  }
  Ack ack;
  ack.at = {r.Signed()};
  ack.by = r.Text();
  ack.comment = r.Text();
  if (r.failed()) {
    return Error{ErrorKind::kCorrupt, "a stored acknowledgement does not read as one"};
  }
  return ack;
}

}  // namespace

void EncodeAlert(const AlertMessage& m, std::string& out) {
  ByteWriter w(out);
  w.Byte(kAlertVersion);
  w.Varint(m.seq);
  w.Byte(static_cast<uint8_t>(m.type));
  for (const std::string* text : {&m.id, &m.kind, &m.rung, &m.unit, &m.case_id, &m.text}) {
    w.Text(*text);
  }
  w.Signed(m.at.us);
  w.Byte(m.due_at ? 1 : 0);
  if (m.due_at) w.Signed(m.due_at->us);
}

Result<AlertMessage> DecodeAlert(std::string_view bytes) {
  ByteReader r(bytes);
  AlertMessage m;
  const bool known = r.Byte() == kAlertVersion;
  m.seq = r.Varint();
  m.type = r.Byte() == 0 ? AlertType::kAlert : AlertType::kResolved;
  for (std::string* text : {&m.id, &m.kind, &m.rung, &m.unit, &m.case_id, &m.text}) {
    *text = r.Text();
  }
  m.at = {r.Signed()};
  if (r.Byte() != 0) m.due_at = Instant{r.Signed()};
  if (!known || r.failed()) {
    return Error{ErrorKind::kCorrupt, "a stored alert does not read as one"};
  }
  return m;
}

AlertStream::AlertStream(Store& store, const Directory& directory, ProcessMetrics& metrics,
                         size_t history)
    : store_(store), directory_(directory), metrics_(metrics), history_(history) {}

Result<void> AlertStream::Load(std::string epoch) {
  epoch_ = std::move(epoch);
  Result<void> outcome;
  const auto read = [&](std::string_view key, std::string_view value) {
    const std::string_view rest = AfterShard(key);
    if (rest.empty() || rest[0] != kMessagePrefix) return false;
    auto message = DecodeAlert(value);
    if (!message) {
      outcome = message.error();
      return false;
    }
    seq_ = message->seq;
    Remember(std::make_shared<AlertMessage>(std::move(*message)));
    return true;
  };
  const auto messages =
      store_.Scan(Column::kAlerts, ShardKey(kOnlyShard, std::string(1, kMessagePrefix)), nullptr, read);
  if (!messages || !outcome) return messages ? outcome : messages;
  prepared_seq_ = seq_;
  return store_.Scan(Column::kAlerts, AckKey(""), nullptr,
                     [&](std::string_view key, std::string_view value) {
                       const std::string_view rest = AfterShard(key);
                       if (rest.empty() || rest[0] != kAckPrefix) return false;
                       const auto it = states_.find(std::string(rest.substr(1)));
                       const auto ack = DecodeAck(value);
                       if (it == states_.end() || !ack) return true;
                       it->second.acked_at = ack->at;
                       it->second.acked_by = ack->by;
                       it->second.ack_comment = ack->comment;
                       return true;
                     });
}

void AlertStream::Remember(const MessagePtr& message) {
  AlertState& state = states_[message->id];
  if (message->type == AlertType::kAlert) {
    state.message = *message;
    state.resolved = false;
  } else {
    state.resolved = true;
  }
  recent_.push_back(message);
  if (recent_.size() <= history_) return;
  const auto gone = states_.find(recent_.front()->id);
  if (gone != states_.end() && gone->second.resolved) states_.erase(gone);
  recent_.pop_front();
}

uint64_t AlertStream::Prepare(AlertMessage message, Instant now, StoreBatch& batch) {
  message.seq = ++prepared_seq_;
  message.at = now;
  std::string bytes;
  EncodeAlert(message, bytes);
  batch.Put(Column::kAlerts, MessageKey(message.seq), bytes);
  prepared_.push_back(std::make_shared<AlertMessage>(std::move(message)));
  return prepared_seq_;
}

void AlertStream::Publish() {
  if (prepared_.empty()) return;
  const std::lock_guard lock(mutex_);
  for (const MessagePtr& message : prepared_) {
    seq_ = message->seq;
    Remember(message);
    (message->type == AlertType::kAlert ? metrics_.alerts_told : metrics_.alerts_resolved)
        .Increment();
    if (listeners_.empty()) continue;
    const auto line = LineOf(message->unit, message->at);
    for (const auto& [id, listener] : listeners_) {
      if (Concerns(listener.units, line)) listener.tell(message);
    }
  }
  prepared_.clear();
}

std::vector<std::string> AlertStream::LineOf(const std::string& unit, Instant at) const {
  const auto tree = directory_.View().units;
  std::vector<std::string> line = {unit};
  std::optional<UnitId> id = tree->Find(unit);
  for (size_t steps = 0; id && steps < tree->size(); ++steps) {
    id = tree->ParentOn(*id, DayOf(at));
    if (id) line.push_back(tree->at(*id).code);
  }
  return line;
}

bool AlertStream::Concerns(const std::unordered_set<std::string>& units,
                           const std::vector<std::string>& line) {
  return units.empty() || std::any_of(line.begin(), line.end(), [&](const std::string& code) {
           return units.contains(code);
         });
}

AlertResume AlertStream::Listen(const std::vector<std::string>& units, std::string_view epoch,
                                std::optional<uint64_t> seq, Monitor::AlertListener listener,
                                uint64_t& subscription) {
  const std::lock_guard lock(mutex_);
  AlertResume resume;
  resume.epoch = epoch_;
  resume.seq = seq_;
  const std::unordered_set<std::string> wanted(units.begin(), units.end());
  const auto concerns = [&](const AlertMessage& m) {
    return Concerns(wanted, LineOf(m.unit, m.at));
  };
  if (seq) {
    const uint64_t oldest = recent_.empty() ? seq_ + 1 : recent_.front()->seq;
    const bool can_replay = epoch == epoch_ && *seq <= seq_ && *seq + 1 >= oldest;
    resume.outcome =
        can_replay ? AlertResume::Outcome::kReplayed : AlertResume::Outcome::kSnapshot;
    if (can_replay) {
      for (const MessagePtr& m : recent_) {
        if (m->seq > *seq && concerns(*m)) resume.messages.push_back(m);
      }
    }
  }
  if (resume.outcome != AlertResume::Outcome::kReplayed) {
    for (const auto& [id, state] : states_) {
      if (!state.resolved && concerns(state.message)) {
        resume.messages.push_back(std::make_shared<AlertMessage>(state.message));
      }
    }
    std::sort(resume.messages.begin(), resume.messages.end(),
              [](const MessagePtr& a, const MessagePtr& b) { return a->seq < b->seq; });
  }
  subscription = ++last_subscription_;
  listeners_[subscription] = {wanted, std::move(listener)};
  metrics_.alert_listeners.Set(static_cast<double>(listeners_.size()));
  return resume;
}

void AlertStream::StopListening(uint64_t subscription) {
  const std::lock_guard lock(mutex_);
  listeners_.erase(subscription);
  metrics_.alert_listeners.Set(static_cast<double>(listeners_.size()));
}

Result<AlertPage> AlertStream::ReadAfter(uint64_t seq, size_t limit) const {
  AlertPage page;
  {
    const std::lock_guard lock(mutex_);
    page.epoch = epoch_;
    page.last_seq = seq_;
  }
  if (limit == 0 || seq == UINT64_MAX) return page;
  Result<void> outcome;
  const auto scanned = store_.Scan(
      Column::kAlerts, MessageKey(seq + 1), nullptr,
      [&](std::string_view key, std::string_view value) {
        const std::string_view rest = AfterShard(key);
        if (rest.empty() || rest[0] != kMessagePrefix) return false;
        auto message = DecodeAlert(value);
        if (!message) {
          outcome = message.error();
          return false;
        }
        page.messages.push_back(std::make_shared<AlertMessage>(std::move(*message)));
        return page.messages.size() < limit;
      });
  if (!scanned) return scanned.error();
  if (!outcome) return outcome.error();
  return page;
}

std::vector<AlertState> AlertStream::Alerts(const std::vector<std::string>& units, bool open_only,
                                            size_t limit) const {
  const std::lock_guard lock(mutex_);
  const std::unordered_set<std::string> wanted(units.begin(), units.end());
  std::vector<AlertState> out;
  for (const auto& [id, state] : states_) {
    if (open_only && state.resolved) continue;
    if (Concerns(wanted, LineOf(state.message.unit, state.message.at))) out.push_back(state);
  }
  std::sort(out.begin(), out.end(), [](const AlertState& a, const AlertState& b) {
    return a.message.seq > b.message.seq;
  });
  if (out.size() > limit) out.resize(limit);
  return out;
}

Result<AlertState> AlertStream::Acknowledge(std::string_view alert_id, std::string_view by,
                                            std::string_view comment, Instant now) {
  if (by.size() > kLongestAckText || comment.size() > kLongestAckText) {
    return Invalid("a name or comment is longer than " + std::to_string(kLongestAckText) + " bytes");
  }
  const std::lock_guard lock(mutex_);
  const auto it = states_.find(std::string(alert_id));
  if (it == states_.end()) return Error{ErrorKind::kNotFound, "there is no such alert"};
  // The first acknowledgement stands; saying it again changes nothing.
  if (it->second.acked_at) return it->second;
  StoreBatch batch;
  batch.Put(Column::kAlerts, AckKey(alert_id),
            EncodeAck({now, std::string(by), std::string(comment)}));
  const auto written = store_.Commit(batch, true);
  if (!written) return written.error();
  it->second.acked_at = now;
  it->second.acked_by = by;
  it->second.ack_comment = comment;
  return it->second;
}

}  // namespace tthc
