#include "server/alerts/alert_stream.h"

#include <algorithm>

#include "server/alerts/alert_codec.h"
#include "server/alerts/alert_index.h"

namespace tthc {
namespace {

constexpr char kSnoozePrefix = 'z';
constexpr char kMutePrefix = 'u';
constexpr size_t kLongestText = 1000;   // bytes of a name, comment or reason

Result<void> CheckTexts(std::string_view by, std::string_view comment) {
  if (by.size() > kLongestText || comment.size() > kLongestText) {
    return Invalid("a name or comment is longer than " + std::to_string(kLongestText) + " bytes");
  }
  return {};
}

}  // namespace

AlertStream::AlertStream(Store& store, const Directory& directory, ProcessMetrics& metrics,
                         DigestPolicy digests, StreamLimits limits)
    : store_(store),
      directory_(directory),
      metrics_(metrics),
      limits_(limits),
      desk_(std::move(digests),
            [this](const std::string& unit, Instant now) { return MutedUntil(unit, now); }) {}

// --- what the store holds

Result<void> AlertStream::Load(std::string epoch) {
  epoch_ = std::move(epoch);
  const auto indexed = IsIndexed(store_);
  if (!indexed) return indexed.error();
  StoreBatch index;
  const auto messages = LoadMessages(*indexed ? nullptr : &index);
  if (!messages) return messages;
  prepared_seq_ = seq_;
  const auto notes = LoadNotes(*indexed ? nullptr : &index);
  if (!notes || *indexed) return notes;
  MarkIndexed(index);
  return store_.Commit(index, true);
}

Result<void> AlertStream::LoadMessages(StoreBatch* index) {
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
    if (index != nullptr) IndexMessage(*message, *index);
    if (const Stand* stood = OpenAt(message->id)) desk_.Drop(stood->message->seq);
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

Result<void> AlertStream::LoadNotes(StoreBatch* index) {
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
  auto read = each(kAckPrefix, DecodeAck, [&](std::string_view id, const AlertNote& note) {
    if (Stand* stand = StandAt(id)) NoteAck(*stand, note);
  });
  if (!read) return read;
  read = each(kSnoozePrefix, DecodePause, [&](std::string_view id, const AlertNote& note) {
    if (index != nullptr) IndexSnooze(id, note, *index);
    if (Stand* stand = StandAt(id)) NoteSnooze(*stand, note);
  });
  if (!read) return read;
  return each(kMutePrefix, DecodePause, [&](std::string_view unit, const AlertNote& note) {
    mutes_[std::string(unit)] = {std::string(unit), note.until, note.at, note.by, note.comment};
  });
}

AlertStream::Stand* AlertStream::StandAt(std::string_view alert_id) {
  return stands_.Find(alert_id);
}

const AlertStream::Stand* AlertStream::OpenAt(const std::string& alert_id) const {
  const Stand* stand = stands_.Find(alert_id);
  return stand == nullptr || stand->resolved ? nullptr : stand;
}

void AlertStream::NoteAck(Stand& stand, const AlertNote& note) {
  if (!stand.answers) stand.answers = std::make_unique<Answers>();
  stand.answers->acked_at = note.at;
  stand.answers->acked_by = note.by;
  stand.answers->ack_comment = note.comment;
}

void AlertStream::NoteSnooze(Stand& stand, const AlertNote& note) {
  if (!stand.answers) stand.answers = std::make_unique<Answers>();
  stand.answers->snoozed_until = note.until;
  stand.answers->snoozed_by = note.by;
  stand.answers->snooze_comment = note.comment;
}

AlertState AlertStream::StateOf(const Stand& stand) {
  AlertState state;
  state.message = *stand.message;
  state.resolved = stand.resolved;
  state.told = stand.told;
  if (!stand.answers) return state;
  const Answers& answers = *stand.answers;
  state.acked_at = answers.acked_at;
  state.acked_by = answers.acked_by;
  state.ack_comment = answers.ack_comment;
  state.snoozed_until = answers.snoozed_until;
  state.snoozed_by = answers.snoozed_by;
  state.snooze_comment = answers.snooze_comment;
  return state;
}

void AlertStream::Remember(const MessagePtr& message) {
  if (message->type == AlertType::kDigest) {
    MarkTold(*message);
  } else if (message->type == AlertType::kAlert) {
    Stand stand = stands_.Take(message->id);   // its key lay in the message before
    stand.message = message;
    stand.resolved = false;
    stand.told |= message->held == AlertHeld::kNot;
    stands_.Put(std::move(stand));
    if (message->case_id.empty()) subjects_[message->id] = message;
  } else if (Stand* stand = StandAt(message->id)) {
    stand->resolved = true;
    if (message->case_id.empty()) subjects_.erase(message->id);
  }
  recent_.push_back(message);
  if (recent_.size() <= limits_.history) return;
  const Stand* gone = stands_.Find(recent_.front()->id);
  if (gone != nullptr && gone->resolved) stands_.Take(recent_.front()->id);
  recent_.pop_front();
}

void AlertStream::MarkTold(const AlertMessage& digest) {
  for (const uint64_t seq : digest.told) {
    const auto message = desk_.Find(seq);
    if (message == nullptr) continue;
    if (Stand* stand = StandAt(message->id)) stand->told = true;
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
      const std::lock_guard lock(mutex_);
      const Stand* stood = OpenAt(message->id);
      // Its latest rung waits no longer: a higher one has come, or it is over.
      if (stood != nullptr) desk_.Drop(stood->message->seq);
      // Whom nobody told of it need not be told that it is over.
      if (message->type == AlertType::kResolved && stood != nullptr && !stood->told) {
        message->held = AlertHeld::kQuietHours;
      }
    }
    if (message->type == AlertType::kAlert && message->held != AlertHeld::kNot) {
      desk_.Keep(message, now);
    }
    bytes.clear();
    EncodeAlert(*message, bytes);
    batch.Put(Column::kAlerts, MessageKey(message->seq), bytes);
    IndexMessage(*message, batch);
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
  const Stand* stand = stands_.Find(alert_id);
  if (stand == nullptr || !stand->answers) return {};
  return {stand->answers->acked_at.has_value(), stand->answers->snoozed_until};
}

std::vector<AlertMessage> AlertStream::OpenOf(AlertKind kind) const {
  const std::lock_guard lock(mutex_);
  std::vector<AlertMessage> open;
  // Ids of what is about no case begin with the kind.
  const std::string prefix = std::string(NameOf(kind)) + "~";
  for (auto it = subjects_.lower_bound(prefix);
       it != subjects_.end() && it->first.starts_with(prefix); ++it) {
    open.push_back(*it->second);
  }
  return open;
}

const std::vector<std::string>& AlertStream::LineToday(const std::string& unit, Instant at) {
  auto tree = directory_.View().units;
  if (tree != lines_tree_ || DayOf(at) != lines_day_) {
    lines_.clear();
    lines_tree_ = std::move(tree);
    lines_day_ = DayOf(at);
  }
  const auto [line, is_new] = lines_.try_emplace(unit);
  if (is_new) line->second = LineOf(unit, at);
  return line->second;
}

std::string AlertStream::RecipientOf(const std::string& unit, AlertLevel level, Instant at) {
  const auto& line = LineToday(unit, at);
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

// Whether a message concerns the units; of each unit and day it is found out once.
std::function<bool(const AlertMessage&)> AlertStream::ConcernsOf(
    const std::vector<std::string>& units) const {
  if (units.empty()) return [](const AlertMessage&) { return true; };
  return [this, wanted = std::unordered_set<std::string>(units.begin(), units.end()),
          known = std::map<std::pair<std::string, Day>, bool>()](const AlertMessage& m) mutable {
    const auto [at, is_new] = known.try_emplace({m.unit, DayOf(m.at)});
    if (is_new) at->second = Concerns(wanted, LineOf(m.unit, m.at));
    return at->second;
  };
}

AlertResume AlertStream::Listen(const std::vector<std::string>& units, std::string_view epoch,
                                std::optional<uint64_t> seq, Monitor::AlertListener listener,
                                uint64_t& subscription) {
  const std::lock_guard lock(mutex_);
  AlertResume resume;
  resume.epoch = epoch_;
  resume.seq = seq_;
  const std::unordered_set<std::string> wanted(units.begin(), units.end());
  const auto concerns = ConcernsOf(units);
  if (seq) {
    const uint64_t oldest = recent_.empty() ? seq_ + 1 : recent_.front()->seq;
    resume.outcome = AlertResume::Outcome::kSnapshot;
    if (epoch == epoch_ && *seq <= seq_ && *seq + 1 >= oldest) Replay(*seq, concerns, resume);
  }
  if (resume.outcome != AlertResume::Outcome::kReplayed) ShowOpen(concerns, resume);
  subscription = ++last_subscription_;
  listeners_[subscription] = {wanted, std::move(listener)};
  metrics_.alert_listeners.Set(static_cast<double>(listeners_.size()));
  return resume;
}

// Where more was missed than a client is sent, nothing is added: it gets what is open.
void AlertStream::Replay(uint64_t after,
                         const std::function<bool(const AlertMessage&)>& concerns,
                         AlertResume& resume) const {
  const auto from = std::partition_point(recent_.begin(), recent_.end(),
                                         [after](const MessagePtr& m) { return m->seq <= after; });
  for (auto it = from; it != recent_.end(); ++it) {
    if ((*it)->held != AlertHeld::kNot || !concerns(**it)) continue;
    if (resume.messages.size() == limits_.resume) return resume.messages.clear();
    resume.messages.push_back(*it);
  }
  resume.outcome = AlertResume::Outcome::kReplayed;
}

void AlertStream::ShowOpen(const std::function<bool(const AlertMessage&)>& concerns,
                           AlertResume& resume) const {
  std::vector<MessagePtr>& open = resume.messages;
  const auto newer = [](const MessagePtr& a, const MessagePtr& b) { return a->seq > b->seq; };
  stands_.Each([&](const Stand& stand) {
    if (stand.resolved || !concerns(*stand.message)) return;
    if (open.size() < limits_.resume) {
      open.push_back(stand.message);
      std::push_heap(open.begin(), open.end(), newer);
      return;
    }
    ++resume.omitted;
    if (stand.message->seq < open.front()->seq) return;
    std::pop_heap(open.begin(), open.end(), newer);
    open.back() = stand.message;
    std::push_heap(open.begin(), open.end(), newer);
  });
  std::sort(open.begin(), open.end(),
            [](const MessagePtr& a, const MessagePtr& b) { return a->seq < b->seq; });
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
  const auto concerns = ConcernsOf(units);
  std::vector<const Stand*> found;
  stands_.Each([&](const Stand& stand) {
    if ((!open_only || !stand.resolved) && concerns(*stand.message)) found.push_back(&stand);
  });
  const size_t count = std::min(limit, found.size());
  std::partial_sort(found.begin(), found.begin() + static_cast<ptrdiff_t>(count), found.end(),
                    [](const Stand* a, const Stand* b) { return a->message->seq > b->message->seq; });
  std::vector<AlertState> out;
  for (size_t i = 0; i < count; ++i) out.push_back(StateOf(*found[i]));
  return out;
}

std::optional<AlertState> AlertStream::Find(std::string_view alert_id) const {
  const std::lock_guard lock(mutex_);
  const Stand* stand = stands_.Find(alert_id);
  if (stand == nullptr) return std::nullopt;
  return StateOf(*stand);
}

Result<AlertStream::Stand*> AlertStream::StandToAnswer(std::string_view alert_id,
                                                       std::string_view by,
                                                       std::string_view comment) {
  const auto checked = CheckTexts(by, comment);
  if (!checked) return checked.error();
  Stand* stand = StandAt(alert_id);
  if (stand == nullptr) return Error{ErrorKind::kNotFound, "there is no such alert"};
  return stand;
}

Result<AlertState> AlertStream::Acknowledge(std::string_view alert_id, std::string_view by,
                                            std::string_view comment, Instant now) {
  const std::lock_guard lock(mutex_);
  const auto stand = StandToAnswer(alert_id, by, comment);
  if (!stand) return stand.error();
  // The first acknowledgement stands; saying it again changes nothing.
  if ((*stand)->answers && (*stand)->answers->acked_at) return StateOf(**stand);
  const AlertNote note{now, {}, std::string(by), std::string(comment)};
  StoreBatch batch;
  batch.Put(Column::kAlerts, NoteKey(kAckPrefix, alert_id), EncodeAck(note));
  const auto written = store_.Commit(batch, true);
  if (!written) return written.error();
  NoteAck(**stand, note);
  return StateOf(**stand);
}

Result<AlertState> AlertStream::Snooze(std::string_view alert_id, Instant until,
                                       std::string_view by, std::string_view comment,
                                       Instant now) {
  const std::lock_guard lock(mutex_);
  const auto stand = StandToAnswer(alert_id, by, comment);
  if (!stand) return stand.error();
  const AlertNote note{now, until, std::string(by), std::string(comment)};
  StoreBatch batch;
  batch.Put(Column::kAlerts, NoteKey(kSnoozePrefix, alert_id), EncodePause(note));
  IndexSnooze(alert_id, note, batch);
  const auto written = store_.Commit(batch, true);
  if (!written) return written.error();
  NoteSnooze(**stand, note);
  return StateOf(**stand);
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
