#include "server/alerts/alert_index.h"

#include <algorithm>
#include <functional>

#include "ingest/store/bytes.h"

namespace tthc {
namespace {

constexpr char kResolvedPrefix = 'r';
constexpr char kDigestPrefix = 'd';
constexpr char kSnoozesPrefix = 's';
constexpr char kIndexedPrefix = 'x';
constexpr std::string_view kIndexVersion = "1";
constexpr size_t kNumberBytes = 8;

// Of all entries under a name; instants are after 1970, so that their order is that of their bytes.
std::string EntriesKey(char prefix, std::string_view name) {
  std::string key = NoteKey(prefix, name);
  key.push_back('\0');
  return key;
}
std::string EntryKey(char prefix, std::string_view name, uint64_t number) {
  std::string key = EntriesKey(prefix, name);
  ByteWriter(key).Fixed(number, kNumberBytes);
  return key;
}

using TakeEntry = std::function<bool(uint64_t number, std::string_view value)>;
Result<void> EachEntry(const Store& store, char prefix, std::string_view name, uint64_t from,
                       const TakeEntry& take) {
  const std::string all = EntriesKey(prefix, name);
  return store.Scan(Column::kAlerts, EntryKey(prefix, name, from), nullptr,
                    [&](std::string_view key, std::string_view value) {
                      if (!key.starts_with(all) || key.size() != all.size() + kNumberBytes) {
                        return false;
                      }
                      return take(ByteReader(key.substr(all.size())).Fixed(kNumberBytes), value);
                    });
}

Result<std::vector<AlertMessage>> ReadMessages(const Store& store,
                                               const std::vector<uint64_t>& seqs) {
  std::vector<std::string> keys;
  for (const uint64_t seq : seqs) keys.push_back(MessageKey(seq));
  const auto stored = store.GetMany(Column::kAlerts, keys);
  if (!stored) return stored.error();
  std::vector<AlertMessage> messages;
  for (const auto& bytes : *stored) {
    if (!bytes) continue;   // of a batch that is being written
    auto message = DecodeAlert(*bytes);
    if (!message) return message.error();
    messages.push_back(std::move(*message));
  }
  return messages;
}

// The history of one alert, of which only the messages of its rungs are known yet.
class History {
 public:
  History(const Store& store, CaseAlert& alert, Instant until)
      : store_(store), alert_(alert), until_(until) {}

  Result<void> Read() {
    for (const auto step : {&History::AddResolutions, &History::FindDigests, &History::AddAnswers}) {
      if (const auto done = (this->*step)(); !done) return done;
    }
    return {};
  }

 private:
  Result<void> AddResolutions() {
    std::vector<uint64_t> seqs;
    const auto found =
        EachEntry(store_, kResolvedPrefix, alert_.id, 0, [&](uint64_t seq, std::string_view) {
          seqs.push_back(seq);
          return true;
        });
    if (!found) return found;
    auto messages = ReadMessages(store_, seqs);
    if (!messages) return messages.error();
    for (AlertMessage& message : *messages) alert_.messages.push_back({std::move(message), {}});
    std::sort(alert_.messages.begin(), alert_.messages.end(),
              [](const CaseAlert::Told& a, const CaseAlert::Told& b) {
                return a.message.seq < b.message.seq;
              });
    return {};
  }

  // Before what comes after `until` is dropped: a digest tells no message that another one has
  // followed.
  Result<void> FindDigests() {
    auto& messages = alert_.messages;
    for (size_t i = 0; i < messages.size(); ++i) {
      const bool waited = messages[i].message.type == AlertType::kAlert &&
                          messages[i].message.held != AlertHeld::kNot;
      if (!waited) continue;
      const uint64_t end = i + 1 < messages.size() ? messages[i + 1].message.seq : UINT64_MAX;
      if (const auto found = FindDigest(messages[i], end); !found) return found;
    }
    std::erase_if(messages,
                  [&](const CaseAlert::Told& told) { return told.message.at > until_; });
    return {};
  }

  Result<void> FindDigest(CaseAlert::Told& told, uint64_t end) {
    Result<void> outcome;
    const uint64_t seq = told.message.seq;
    const auto found = EachEntry(
        store_, kDigestPrefix, told.message.recipient, seq, [&](uint64_t digest_seq, std::string_view) {
          if (digest_seq >= end) return false;
          const auto digests = ReadMessages(store_, {digest_seq});
          if (!digests) outcome = digests.error();
          if (!outcome || digests->empty() || digests->front().at > until_) return false;
          const AlertMessage& digest = digests->front();
          if (!std::binary_search(digest.told.begin(), digest.told.end(), seq)) return true;
          told.digest = CaseAlert::Digest{digest.id, digest.at};
          return false;
        });
    return found ? outcome : found;
  }

  Result<void> AddAnswers() {
    const auto acknowledged = store_.Get(Column::kAlerts, NoteKey(kAckPrefix, alert_.id));
    if (!acknowledged) return acknowledged.error();
    if (*acknowledged) {
      auto ack = DecodeAck(**acknowledged);
      if (!ack) return ack.error();
      if (ack->at <= until_) {
        alert_.acknowledgement = {ack->at, {}, std::move(ack->by), std::move(ack->comment)};
      }
    }
    Result<void> outcome;
    const auto found =
        EachEntry(store_, kSnoozesPrefix, alert_.id, 0, [&](uint64_t, std::string_view value) {
          auto snooze = DecodePause(value);
          if (!snooze) outcome = snooze.error();
          if (!outcome || snooze->at > until_) return false;
          alert_.snoozes.push_back(
              {snooze->at, snooze->until, std::move(snooze->by), std::move(snooze->comment)});
          return true;
        });
    return found ? outcome : found;
  }

  const Store& store_;
  CaseAlert& alert_;
  const Instant until_;
};

}  // namespace

std::string MessageKey(uint64_t seq) {
  return ShardKey(kOnlyShard, kMessagePrefix + std::string(AfterShard(NumberKey(kOnlyShard, seq))));
}
std::string NoteKey(char prefix, std::string_view id) {
  return ShardKey(kOnlyShard, prefix + std::string(id));
}

Result<bool> IsIndexed(const Store& store) {
  const auto version = store.Get(Column::kAlerts, NoteKey(kIndexedPrefix, ""));
  if (!version) return version.error();
  return *version == kIndexVersion;
}

void MarkIndexed(StoreBatch& batch) {
  batch.Put(Column::kAlerts, NoteKey(kIndexedPrefix, ""), kIndexVersion);
}

void IndexMessage(const AlertMessage& message, StoreBatch& batch) {
  switch (message.type) {
    case AlertType::kAlert: return;
    case AlertType::kResolved:
      batch.Put(Column::kAlerts, EntryKey(kResolvedPrefix, message.id, message.seq), "");
      return;
    case AlertType::kDigest:
      batch.Put(Column::kAlerts, EntryKey(kDigestPrefix, message.recipient, message.seq), "");
      return;
  }
}

void IndexSnooze(std::string_view alert_id, const AlertNote& snooze, StoreBatch& batch) {
  batch.Put(Column::kAlerts,
            EntryKey(kSnoozesPrefix, alert_id, static_cast<uint64_t>(snooze.at.us)),
            EncodePause(snooze));
}

Result<std::vector<CaseAlert>> ReadCaseAlerts(const Store& store, const std::vector<Claim>& claims,
                                              Instant until) {
  std::vector<uint64_t> seqs;
  for (const Claim& claim : claims) seqs.push_back(claim.alert_seq);
  std::sort(seqs.begin(), seqs.end());
  auto messages = ReadMessages(store, seqs);
  if (!messages) return messages.error();
  std::vector<CaseAlert> alerts;
  for (AlertMessage& message : *messages) {
    auto alert = std::find_if(alerts.begin(), alerts.end(),
                              [&](const CaseAlert& one) { return one.id == message.id; });
    if (alert == alerts.end()) {
      if (message.at > until) continue;
      alerts.push_back({message.id, message.kind, {}, {}, {}});
      alert = std::prev(alerts.end());
    }
    alert->messages.push_back({std::move(message), {}});
  }
  for (CaseAlert& alert : alerts) {
    if (const auto read = History(store, alert, until).Read(); !read) return read.error();
  }
  return alerts;
}

}  // namespace tthc
