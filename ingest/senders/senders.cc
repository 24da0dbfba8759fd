#include "ingest/senders/senders.h"

#include "ingest/store/bytes.h"

namespace tthc {
namespace {

constexpr char kPrefix = 's';
constexpr char kLast = 'l';
constexpr char kRhythm = 'r';
constexpr size_t kKeyBytes = 6;
constexpr int kIdBytes = 4;

std::string KeyOf(TextId sender, char what) {
  std::string key;
  ByteWriter out(key);
  out.Byte(kPrefix);
  out.Fixed(sender, kIdBytes);
  out.Byte(static_cast<uint8_t>(what));
  return key;
}

Error Unreadable(TextId sender) {
  return {ErrorKind::kCorrupt,
          "what the store keeps of sender " + std::to_string(sender) + " cannot be read"};
}

}  // namespace

Result<void> Senders::Load(const Store& store) {
  Result<void> outcome;
  const auto read = [&](std::string_view key, std::string_view value) {
    if (key.empty() || key[0] != kPrefix) return false;
    if (key.size() != kKeyBytes) return true;   // another fact
    ByteReader id(key.substr(1, kIdBytes));
    const auto sender = static_cast<TextId>(id.Fixed(kIdBytes));
    Sender& of = senders_[sender];
    of.kept = true;
    if (key.back() == kLast) {
      ByteReader in(value);
      const Instant last{in.Signed()};
      if (in.failed()) outcome = Unreadable(sender);
      of.rhythm.Resume(last);
      return outcome.has_value();
    }
    const auto rhythm = Rhythm::Decode(value);
    if (!rhythm) {
      outcome = Unreadable(sender);
      return false;
    }
    const Instant last = of.rhythm.last();   // 'l' stands before 'r'
    of.rhythm = *rhythm;
    of.rhythm.Resume(last);
    return true;
  };
  const auto scanned = store.Scan(Column::kFacts, std::string(1, kPrefix), nullptr, read);
  return scanned ? outcome : scanned;
}

// --- the pipeline's

void Senders::Hear(TextId sender, Instant at) {
  const std::lock_guard lock(mutex_);
  Sender& of = senders_[sender];
  if (at <= of.rhythm.last()) return;
  of.rhythm.Hear(at, calendars_->Default());
  of.silent_from.reset();
  of.kept = true;
  heard_.insert(sender);
  if (of.rhythm.hour_changed()) paced_.insert(sender);
}

void Senders::SendsFor(TextId sender, TextId unit) {
  const std::lock_guard lock(mutex_);
  sender_of_unit_[unit] = sender;
  Sender& of = senders_[sender];
  if (!of.unit) of.unit = unit;
}

void Senders::Recall(TextId sender, Instant at) {
  const std::lock_guard lock(mutex_);
  Sender& of = senders_[sender];
  if (of.kept || at <= of.rhythm.last()) return;
  of.rhythm.Resume(at);
  of.silent_from.reset();
}

void Senders::Seal(StoreBatch& batch) {
  if (heard_.empty()) return;
  const std::lock_guard lock(mutex_);
  std::string bytes;
  for (const TextId sender : heard_) {
    bytes.clear();
    ByteWriter(bytes).Signed(senders_.at(sender).rhythm.last().us);
    batch.Put(Column::kFacts, KeyOf(sender, kLast), bytes);
  }
  for (const TextId sender : paced_) {
    batch.Put(Column::kFacts, KeyOf(sender, kRhythm), senders_.at(sender).rhythm.Encode());
  }
  heard_.clear();
  paced_.clear();
}

void Senders::UseCalendars(std::shared_ptr<const CalendarBook> calendars) {
  const std::lock_guard lock(mutex_);
  calendars_ = std::move(calendars);
  for (auto& [id, sender] : senders_) sender.silent_from.reset();
}

// --- anybody's

Instant Senders::SilentFrom(const Sender& sender) const {
  if (!sender.silent_from) {
    sender.silent_from = sender.rhythm.SilentFrom(calendars_->Default(), policy_);
  }
  return *sender.silent_from;
}

std::vector<Senders::Heard> Senders::All() const {
  const std::lock_guard lock(mutex_);
  std::vector<Heard> all;
  all.reserve(senders_.size());
  for (const auto& [id, sender] : senders_) {
    all.push_back({id, sender.rhythm.last(), SilentFrom(sender), sender.rhythm.learned(),
                   sender.unit});
  }
  return all;
}

std::vector<Senders::Source> Senders::Sources() const {
  const std::lock_guard lock(mutex_);
  std::vector<Source> sources;
  sources.reserve(sender_of_unit_.size());
  for (const auto& [unit, sender] : sender_of_unit_) {
    const Sender& of = senders_.at(sender);
    sources.push_back({unit, sender, of.rhythm.last(), SilentFrom(of)});
  }
  return sources;
}

}  // namespace tthc
