#include "server/alerts/alert_stream.h"

#include <algorithm>

#include "server/alerts/alert_codec.h"

namespace tthc {
namespace {

constexpr char kMessagePrefix = 'm';
constexpr char kAckPrefix = 'a';
constexpr char kSnoozePrefix = 'z';
constexpr char kMutePrefix = 'u';
constexpr size_t kLongestText = 1000;   // bytes of a name, comment or reason

std::string MessageKey(uint64_t seq) {
  return ShardKey(kOnlyShard, kMessagePrefix + std::string(AfterShard(NumberKey(kOnlyShard, seq))));
}
std::string NoteKey(char prefix, std::string_view id) {
  return ShardKey(kOnlyShard, prefix + std::string(id));
}

Result<void> CheckTexts(std::string_view by, std::string_view comment) {
  if (by.size() > kLongestText || comment.size() > kLongestText) {
    return Invalid("a name or comment is longer than " + std::to_string(kLongestText) + " bytes");
  }
  return {};
}

}  // namespace

AlertStream::AlertStream(Store& store, const Directory& directory, ProcessMetrics& metrics,
                         DigestPolicy digests, size_t history)
    : store_(store),
      directory_(directory),
      metrics_(metrics),
      history_(history),
      desk_(std::move(digests),
            [this](const std::string& unit, Instant now) { return MutedUntil(unit, now); }) {}

// --- what the store holds

Result<void> AlertStream::Load(std::string epoch) {
  epoch_ = std::move(epoch);
  const auto messages = LoadMessages();
  if (!messages) return messages;
  prepared_seq_ = seq_;
  return LoadNotes();
}

Result<void> AlertStream::LoadMessages() {
  Result<void> outcome;
  const auto read = [&](std::string_view key, std::string_view value) {
    const std::string_view rest = AfterShard(key);
    if (rest.empty() || rest[0] != kMessagePrefix) return false;
    auto decoded = DecodeAlert(value);
    if (!decoded) {
      outcome = decoded.error();
      return false;
    }
    const auto message = std::make_shared<AlertMessage>(std::move(*decoded));
    const auto stood = StandOf(message->id);
    if (stood) desk_.Drop(stood->seq);
    if (message->type == AlertType::kAlert && message->held != AlertHeld::kNot) {
      desk_.Keep(message, message->at);
    }
    seq_ = message->seq;
    Remember(message);
    return true;
  };
  const auto scanned =
      store_.Scan(Column::kAlerts, ShardKey(kOnlyShard, std::string(1, kMessagePrefix)), nullptr, read);
  return scanned ? outcome : scanned;
}

Result<void> AlertStream::LoadNotes() {
  using Take = std::function<void(std::string_view id, const AlertNote& note)>;
  const auto each = [&](char prefix, Result<AlertNote> (*decode)(std::string_view),
                        const Take& take) -> Result<void> {
    Result<void> outcome;
    const auto scanned = store_.Scan(
        Column::kAlerts, NoteKey(prefix, ""), nullptr,
        [&](std::string_view key, std::string_view value) {
          const std::string_view rest = AfterShard(key);
          if (rest.empty() || rest[0] != prefix) return false;
          const auto note = decode(value);
          if (note) take(rest.substr(1), *note);
          if (!note) outcome = note.error();
          return note.has_value();
        });
    return scanned ? outcome : scanned;
  };
  const auto of_state = [&](std::string_view id) {
    const auto it = states_.find(std::string(id));
    return it == states_.end() ? nullptr : &it->second;
  };
  auto read = each(kAckPrefix, DecodeAck, [&](std::string_view id, const AlertNote& note) {
    AlertState* state = of_state(id);
    if (state == nullptr) return;
    state->acked_at = note.at;
    state->acked_by = note.by;
    state->ack_comment = note.comment;
  });
  if (!read) return read;
  read = each(kSnoozePrefix, DecodePause, [&](std::string_view id, const AlertNote& note) {
    AlertState* state = of_state(id);
    if (state == nullptr) return;
    state->snoozed_until = note.until;
    state->snoozed_by = note.by;
    state->snooze_comment = note.comment;
  });
  if (!read) return read;
  return each(kMutePrefix, DecodePause, [&](std::string_view unit, const AlertNote& note) {
    mutes_[std::string(unit)] = {std::string(unit), note.until, note.at, note.by, note.comment};
  });
}

void AlertStream::Remember(const MessagePtr& message) {
  if (message->type == AlertType::kDigest) {
    MarkTold(*message);
  } else {
    AlertState& state = states_[message->id];
    if (message->type == AlertType::kAlert) {
      state.message = *message;
      state.resolved = false;
      state.told |= message->held == AlertHeld::kNot;
    } else {
      state.resolved = true;
    }
  }
  recent_.push_back(message);
  if (recent_.size() <= history_) return;
  const auto gone = states_.find(recent_.front()->id);
  if (gone != states_.end() && gone->second.resolved) states_.erase(gone);
  recent_.pop_front();
}

void AlertStream::MarkTold(const AlertMessage& digest) {
  for (const uint64_t seq : digest.told) {
    const auto message = desk_.Find(seq);
    if (message == nullptr) continue;
    const auto state = states_.find(message->id);
    if (state != states_.end()) state->second.told = true;
    desk_.Drop(seq);
  }
}

// --- the pipeline's

uint64_t AlertStream::Prepare(AlertMessage message, Instant now) {
  message.seq = ++prepared_seq_;
  message.at = now;
  if (message.type == AlertType::kDigest) {
    message.id = "digest~" + message.recipient + "~" + std::to_string(message.seq);
  } else {
    message.recipient = RecipientOf(message.unit, message.level, now);
  }
  prepared_.push_back(std::make_shared<AlertMessage>(std::move(message)));
  return prepared_seq_;
}

std::optional<AlertStream::Stand> AlertStream::StandOf(const std::string& alert_id) const {
  const std::lock_guard lock(mutex_);
  const auto it = states_.find(alert_id);
  if (it == states_.end() || it->second.resolved) return std::nullopt;
  return Stand{it->second.message.seq, it->second.told};
}

void AlertStream::Seal(Instant now, StoreBatch& batch) {
  if (prepared_.empty()) return;
  std::vector<AlertMessage*> alerts;
  for (const auto& message : prepared_) {
    if (message->type == AlertType::kAlert) alerts.push_back(message.get());
  }
  desk_.Judge(alerts, now);
  std::string bytes;
  for (const auto& message : prepared_) {
    if (message->type != AlertType::kDigest) {
      const auto stood = StandOf(message->id);
      // Its latest rung waits no longer: a higher one has come, or it is over.
      if (stood) desk_.Drop(stood->seq);
      // Whom nobody told of it need not be told that it is over.
      if (message->type == AlertType::kResolved && stood && !stood->told) {
        message->held = AlertHeld::kQuietHours;
      }
    }
    if (message->type == AlertType::kAlert && message->held != AlertHeld::kNot) {
      desk_.Keep(message, now);
    }
    bytes.clear();
    EncodeAlert(*message, bytes);
    batch.Put(Column::kAlerts, MessageKey(message->seq), bytes);
  }
}

void AlertStream::Publish() {
  if (prepared_.empty()) return;
  const std::lock_guard lock(mutex_);
  for (const MessagePtr message : prepared_) {
    seq_ = message->seq;
    Remember(message);
    Count(*message);
    if (message->held != AlertHeld::kNot || listeners_.empty()) continue;
    const auto line = LineOf(message->unit, message->at);
    for (const auto& [id, listener] : listeners_) {
      if (Concerns(listener.units, line)) listener.tell(message);
    }
  }
  prepared_.clear();
}

void AlertStream::Count(const AlertMessage& message) {
  switch (message.type) {
    case AlertType::kAlert:
      (message.held == AlertHeld::kNot ? metrics_.alerts_told : metrics_.alerts_held).Increment();
      return;
    case AlertType::kResolved: metrics_.alerts_resolved.Increment(); return;
    case AlertType::kDigest: metrics_.alert_digests.Increment(); return;
  }
}

bool AlertStream::DigestIsDue(Instant now) const {
  return mutes_changed_ || desk_.IsDue(now);
}

void AlertStream::PrepareDigests(Instant now) {
  if (mutes_changed_.exchange(false)) desk_.Recheck();
  for (AlertMessage& digest : desk_.Digests(now)) Prepare(std::move(digest), now);
}

Hold AlertStream::HoldOf(const std::string& alert_id) const {
  const std::lock_guard lock(mutex_);
  const auto it = states_.find(alert_id);
  if (it == states_.end()) return {};
  return {it->second.acked_at.has_value(), it->second.snoozed_until};
}

std::vector<AlertMessage> AlertStream::OpenOf(AlertKind kind) const {
  const std::lock_guard lock(mutex_);
  std::vector<AlertMessage> open;
  // Ids of what is about no case begin with the kind.
  const std::string prefix = std::string(NameOf(kind)) + "~";
  for (auto it = states_.lower_bound(prefix);
       it != states_.end() && it->first.starts_with(prefix); ++it) {
    if (!it->second.resolved) open.push_back(it->second.message);
  }
  return open;
}

std::string AlertStream::RecipientOf(const std::string& unit, AlertLevel level, Instant at) const {
  const auto line = LineOf(unit, at);
  switch (level) {
    case AlertLevel::kOfficer:
    case AlertLevel::kHead: return unit;
    case AlertLevel::kAgency: return line[line.size() > 1 ? line.size() - 2 : 0];
    case AlertLevel::kProvince: break;
  }
  return line.back();
}

std::optional<Instant> AlertStream::MutedUntil(const std::string& unit, Instant now) const {
  const std::lock_guard lock(mutex_);
  std::optional<Instant> until;
  if (mutes_.empty()) return until;
  for (const std::string& code : LineOf(unit, now)) {
    const auto mute = mutes_.find(code);
    if (mute == mutes_.end() || mute->second.until <= now) continue;
    until = std::max(until.value_or(mute->second.until), mute->second.until);
  }
  return until;
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
        const bool rings = m->held == AlertHeld::kNot;
        if (m->seq > *seq && rings && concerns(*m)) resume.messages.push_back(m);
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

Result<AlertState*> AlertStream::StateToAnswer(std::string_view alert_id, std::string_view by,
                                               std::string_view comment) {
  const auto checked = CheckTexts(by, comment);
  if (!checked) return checked.error();
  const auto it = states_.find(std::string(alert_id));
  if (it == states_.end()) return Error{ErrorKind::kNotFound, "there is no such alert"};
  return &it->second;
}

Result<AlertState> AlertStream::Acknowledge(std::string_view alert_id, std::string_view by,
                                            std::string_view comment, Instant now) {
  const std::lock_guard lock(mutex_);
  const auto found = StateToAnswer(alert_id, by, comment);
  if (!found) return found.error();
  AlertState& state = **found;
  // The first acknowledgement stands; saying it again changes nothing.
  if (state.acked_at) return state;
  StoreBatch batch;
  batch.Put(Column::kAlerts, NoteKey(kAckPrefix, alert_id),
            EncodeAck({now, {}, std::string(by), std::string(comment)}));
  const auto written = store_.Commit(batch, true);
  if (!written) return written.error();
  state.acked_at = now;
  state.acked_by = by;
  state.ack_comment = comment;
  return state;
}

Result<AlertState> AlertStream::Snooze(std::string_view alert_id, Instant until,
                                       std::string_view by, std::string_view comment,
                                       Instant now) {
  const std::lock_guard lock(mutex_);
  const auto found = StateToAnswer(alert_id, by, comment);
  if (!found) return found.error();
  AlertState& state = **found;
  StoreBatch batch;
  batch.Put(Column::kAlerts, NoteKey(kSnoozePrefix, alert_id),
            EncodePause({now, until, std::string(by), std::string(comment)}));
  const auto written = store_.Commit(batch, true);
  if (!written) return written.error();
  state.snoozed_until = until;
  state.snoozed_by = by;
  state.snooze_comment = comment;
  return state;
}

Result<UnitMute> AlertStream::Mute(const std::string& unit, Instant until, std::string_view by,
                                   std::string_view reason, Instant now) {
  const auto checked = CheckTexts(by, reason);
  if (!checked) return checked.error();
  UnitMute mute{unit, until, now, std::string(by), std::string(reason)};
  const std::lock_guard lock(mutex_);
  StoreBatch batch;
  batch.Put(Column::kAlerts, NoteKey(kMutePrefix, unit),
            EncodePause({now, until, mute.by, mute.reason}));
  const auto written = store_.Commit(batch, true);
  if (!written) return written.error();
  mutes_[unit] = mute;
  mutes_changed_ = true;
  return mute;
}

std::vector<UnitMute> AlertStream::Mutes(Instant now) const {
  const std::lock_guard lock(mutex_);
  std::vector<UnitMute> mutes;
  for (const auto& [unit, mute] : mutes_) {
    if (mute.until > now) mutes.push_back(mute);
  }
  return mutes;
}

}  // namespace tthc
