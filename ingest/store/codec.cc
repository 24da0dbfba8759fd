#include "ingest/store/codec.h"

#include <algorithm>
#include <array>

#include "ingest/store/bytes.h"

namespace tthc {
namespace {

constexpr uint8_t kCaseVersion = 1;
// Of a case: a progress row has a step (kStepBit), or a statement was replaced. All others are
// written as before.
constexpr uint8_t kCaseVersionWithMore = 2;
constexpr uint8_t kLogVersion = 2;
constexpr uint8_t kLogVersionWithoutChain = 1;
constexpr size_t kChainBytes = 32;
constexpr uint8_t kRejectedVersion = 1;
constexpr size_t kLongestCaseId = 255;

// First byte of an entry.
enum EntryBit : uint8_t {
  kProgressBit = 1u << 0,
  kArrivalBit = 1u << 1,      // event is the recorded time
  kStatusSentBit = 1u << 2,   // status_sent differs from status
  kSequenceBit = 1u << 3,
  kPositionBit = 1u << 4,
  kNoteBit = 1u << 5,         // progress: note; officer follows
  kStepDueBit = 1u << 6,
  kSenderBit = 1u << 7,       // sender differs from the entry before
};
// In the byte of the note, where an entry has one: the number of its step follows the officer.
constexpr uint8_t kStepBit = 0x80;
// Snapshot's date bits.
enum DateBit : uint8_t {
  kReceivedBit = 1u << 0,
  kDueBit = 1u << 1,
  kFinishedBit = 1u << 2,
  kReturnedBit = 1u << 3,
  kRefusedBit = 1u << 4,
  kUnitBit = 1u << 5,
};
// Snapshot's facts that are as in the snapshot before it.
enum SameBit : uint8_t {
  kSameReceived = 1u << 0,
  kSameDue = 1u << 1,
  kSameProcedure = 1u << 2,   // procedure and field
  kSameFlags = 1u << 3,
};

// What the next entry is held against: of the last snapshot, and the last sender.
struct SaidBefore {
  std::optional<Instant> received_at;
  std::optional<Instant> due_at;
  TextId procedure = 0;
  TextId field = 0;
  uint32_t flags = 0;
  TextId sender = 0;
};

struct Codec {
  SaidBefore last;
  Instant base;
};

void TakeIn(const Entry& e, SaidBefore& last) {
  if (e.kind == StatementKind::kSnapshot) {
    last = {e.received_at, e.due_at, e.procedure, e.field, e.flags, e.sender};
  } else {
    last.sender = e.sender;
  }
}

uint8_t DateBits(const Entry& e) {
  return static_cast<uint8_t>((e.received_at ? kReceivedBit : 0) | (e.due_at ? kDueBit : 0) |
                              (e.finished_at ? kFinishedBit : 0) |
                              (e.returned_at ? kReturnedBit : 0) |
                              (e.refused_at ? kRefusedBit : 0) | (e.unit != 0 ? kUnitBit : 0));
}

void EncodeSnapshot(const Entry& e, const Codec& codec, ByteWriter& w) {
  const SaidBefore& last = codec.last;
  const uint8_t dates = DateBits(e);
  const auto same = static_cast<uint8_t>(
      (e.received_at && e.received_at == last.received_at ? kSameReceived : 0) |
      (e.due_at && e.due_at == last.due_at ? kSameDue : 0) |
      (e.procedure == last.procedure && e.field == last.field ? kSameProcedure : 0) |
      (e.flags == last.flags ? kSameFlags : 0));
  w.Byte(dates);
  w.Byte(same);
  if (e.received_at && (same & kSameReceived) == 0) w.Time(*e.received_at, codec.base);
  if (e.due_at && (same & kSameDue) == 0) w.Time(*e.due_at, codec.base);
  if (e.finished_at) w.Time(*e.finished_at, codec.base);
  if (e.returned_at) w.Time(*e.returned_at, codec.base);
  if (e.refused_at) w.Time(*e.refused_at, codec.base);
  if (e.unit != 0) w.Varint(e.unit);
  if ((same & kSameProcedure) == 0) {
    w.Varint(e.procedure);
    w.Varint(e.field);
  }
  if ((same & kSameFlags) == 0) w.Varint(e.flags);
}

void DecodeSnapshot(Entry& e, const Codec& codec, ByteReader& r) {
  const SaidBefore& last = codec.last;
  const uint8_t dates = r.Byte();
  const uint8_t same = r.Byte();
  if ((dates & kReceivedBit) != 0) {
    e.received_at = (same & kSameReceived) != 0 ? last.received_at : r.Time(codec.base);
  }
  if ((dates & kDueBit) != 0) {
    e.due_at = (same & kSameDue) != 0 ? last.due_at : r.Time(codec.base);
  }
  if ((dates & kFinishedBit) != 0) e.finished_at = r.Time(codec.base);
  if ((dates & kReturnedBit) != 0) e.returned_at = r.Time(codec.base);
  if ((dates & kRefusedBit) != 0) e.refused_at = r.Time(codec.base);
  if ((dates & kUnitBit) != 0) e.unit = static_cast<TextId>(r.Varint());
  if ((same & kSameProcedure) != 0) {
    e.procedure = last.procedure;
    e.field = last.field;
  } else {
    e.procedure = static_cast<TextId>(r.Varint());
    e.field = static_cast<TextId>(r.Varint());
  }
  e.flags = (same & kSameFlags) != 0 ? last.flags : static_cast<uint32_t>(r.Varint());
}

bool HasNote(const Entry& e) {
  return e.note != ActionNote::kNone || e.officer != 0 || e.step != 0;
}

void EncodeNote(const Entry& e, ByteWriter& w) {
  w.Byte(static_cast<uint8_t>(static_cast<uint8_t>(e.note) | (e.step != 0 ? kStepBit : 0)));
  w.Fixed(e.officer, 4);
  if (e.step != 0) w.Varint(e.step);
}

void DecodeNote(Entry& e, ByteReader& r) {
  const uint8_t note = r.Byte();
  e.note = static_cast<ActionNote>(note & ~kStepBit);
  e.officer = static_cast<uint32_t>(r.Fixed(4));
  if ((note & kStepBit) != 0) e.step = static_cast<TextId>(r.Varint());
}

void EncodeEntry(const Entry& e, Codec& codec, ByteWriter& w) {
  const bool progress = e.kind == StatementKind::kProgress;
  const bool arrival = e.dated_by == DatedBy::kArrival;
  w.Byte(static_cast<uint8_t>(
      (progress ? kProgressBit : 0) | (arrival ? kArrivalBit : 0) |
      (e.status_sent != static_cast<uint8_t>(e.status) ? kStatusSentBit : 0) |
      (e.sender_sequence != 0 ? kSequenceBit : 0) | (e.position != 0 ? kPositionBit : 0) |
      (HasNote(e) ? kNoteBit : 0) |
      (e.step_due_at ? kStepDueBit : 0) | (e.sender != codec.last.sender ? kSenderBit : 0)));
  w.Byte(static_cast<uint8_t>(static_cast<uint8_t>(e.status) << 4 | (e.channel & 0x0f)));
  w.Fixed(e.identity, kIdentityBits / 8);
  w.Time(e.recorded, codec.base);
  if (!arrival) w.Time(e.event, codec.base);
  if (e.status_sent != static_cast<uint8_t>(e.status)) w.Byte(e.status_sent);
  if (e.sender_sequence != 0) w.Varint(e.sender_sequence);
  if (e.position != 0) w.Varint(e.position);
  if (HasNote(e)) EncodeNote(e, w);
  if (e.step_due_at) w.Time(*e.step_due_at, codec.base);
  if (e.sender != codec.last.sender) w.Varint(e.sender);
  if (!progress) EncodeSnapshot(e, codec, w);
  TakeIn(e, codec.last);
}

void DecodeEntry(Codec& codec, ByteReader& r, Entry& e) {
  const uint8_t bits = r.Byte();
  const uint8_t status_channel = r.Byte();
  const bool progress = (bits & kProgressBit) != 0;
  e.kind = progress ? StatementKind::kProgress : StatementKind::kSnapshot;
  e.dated_by = (bits & kArrivalBit) != 0 ? DatedBy::kArrival : DatedBy::kOwnField;
  e.status = static_cast<Status>(std::min(status_channel >> 4, kStatusCount - 1));
  e.channel = status_channel & 0x0f;
  e.identity = r.Fixed(kIdentityBits / 8);
  e.recorded = r.Time(codec.base);
  e.event = e.dated_by == DatedBy::kArrival ? e.recorded : r.Time(codec.base);
  e.status_sent = (bits & kStatusSentBit) != 0 ? r.Byte() : static_cast<uint8_t>(e.status);
  if ((bits & kSequenceBit) != 0) e.sender_sequence = r.Varint();
  if ((bits & kPositionBit) != 0) e.position = static_cast<uint32_t>(r.Varint());
  if ((bits & kNoteBit) != 0) DecodeNote(e, r);
  if ((bits & kStepDueBit) != 0) e.step_due_at = r.Time(codec.base);
  e.sender = (bits & kSenderBit) != 0 ? static_cast<TextId>(r.Varint()) : codec.last.sender;
  if (!progress) DecodeSnapshot(e, codec, r);
  TakeIn(e, codec.last);
}

// head byte | rung byte where the head says so | episode | cause | at | message. The head:
// bit 0 resolved, bits 1-6 kind, bit 7 a rung other than the first.
constexpr uint8_t kClaimResolved = 1;
constexpr uint8_t kClaimHasRung = 0x80;

void EncodeClaim(const Claim& claim, Instant base, ByteWriter& w) {
  const auto kind = static_cast<uint8_t>(claim.kind);
  w.Byte(static_cast<uint8_t>(kind << 1 | (claim.resolved ? kClaimResolved : 0) |
                              (claim.rung != 0 ? kClaimHasRung : 0)));
  if (claim.rung != 0) w.Byte(claim.rung);
  w.Varint(claim.episode);
  w.Time(claim.due, base);
  w.Time(claim.at, base);
  w.Varint(claim.alert_seq);
}

Claim DecodeClaim(Instant base, ByteReader& r) {
  Claim claim;
  const uint8_t head = r.Byte();
  const uint8_t kind = head >> 1 & 0x3f;
  if (kind >= kCaseAlertKinds) r.Refuse();
  claim.kind = static_cast<AlertKind>(kind);
  claim.resolved = (head & kClaimResolved) != 0;
  if ((head & kClaimHasRung) != 0) claim.rung = r.Byte();
  claim.episode = static_cast<uint32_t>(r.Varint());
  claim.due = r.Time(base);
  claim.at = r.Time(base);
  claim.alert_seq = r.Varint();
  return claim;
}

bool HasMore(const StoredCase& stored) {
  return !stored.replaced.empty() ||
         std::any_of(stored.entries.begin(), stored.entries.end(),
                     [](const Entry& e) { return e.step != 0; });
}

Error Corrupt(std::string_view what) {
  return {ErrorKind::kCorrupt, "a stored " + std::string(what) + " does not read as one"};
}

// Writes case numbers each against the one before it.
class CaseIdCodec {
 public:
  void Encode(std::string_view id, ByteWriter& w) {
    size_t shared = 0;
    while (shared < id.size() && shared < last_.size() && id[shared] == last_[shared]) ++shared;
    w.Varint(shared);
    w.Text(id.substr(shared));
    last_ = id;
  }
  bool Decode(ByteReader& r, std::string& id) {
    const uint64_t shared = r.Varint();
    const std::string_view rest = r.Text();
    if (r.failed() || shared > last_.size() || shared + rest.size() > kLongestCaseId) return false;
    last_.resize(shared);
    last_.append(rest);
    id = last_;
    return true;
  }

 private:
  std::string last_;
};

}  // namespace

void EncodeCase(const StoredCase& stored, std::string& out) {
  ByteWriter w(out);
  const bool more = HasMore(stored);
  w.Byte(more ? kCaseVersionWithMore : kCaseVersion);
  w.Varint(stored.unit_of_id);
  w.Byte(stored.names_unit ? 1 : 0);
  w.Signed(stored.end_day);
  w.Varint(stored.entries.size());
  Codec codec;
  codec.base = stored.entries.empty() ? Instant{} : stored.entries.front().recorded;
  w.Signed(codec.base.us);
  uint64_t seq = 0;
  for (const Entry& e : stored.entries) {
    w.Signed(static_cast<int64_t>(e.seq - seq));
    seq = e.seq;
    EncodeEntry(e, codec, w);
  }
  w.Varint(stored.claims.size());
  for (const Claim& claim : stored.claims) EncodeClaim(claim, codec.base, w);
  if (!more) return;
  w.Varint(stored.replaced.size());
  for (const uint64_t replaced : stored.replaced) w.Varint(replaced);
}

Result<void> DecodeCase(std::string_view bytes, StoredCase& out) {
  ByteReader r(bytes);
  const uint8_t version = r.Byte();
  if (version != kCaseVersion && version != kCaseVersionWithMore) return Corrupt("case");
  out.unit_of_id = static_cast<TextId>(r.Varint());
  out.names_unit = r.Byte() != 0;
  out.end_day = static_cast<int32_t>(r.Signed());
  const uint64_t count = r.Varint();
  Codec codec;
  codec.base = {r.Signed()};
  if (count > r.remaining()) return Corrupt("case");
  out.entries.assign(count, Entry{});
  uint64_t seq = 0;
  for (Entry& e : out.entries) {
    seq += static_cast<uint64_t>(r.Signed());
    e.seq = seq;
    DecodeEntry(codec, r, e);
  }
  const uint64_t claims = r.Varint();
  if (claims > r.remaining()) return Corrupt("case");
  out.claims.clear();
  for (uint64_t i = 0; i < claims; ++i) out.claims.push_back(DecodeClaim(codec.base, r));
  out.replaced.clear();
  const uint64_t replaced = version == kCaseVersionWithMore ? r.Varint() : 0;
  if (replaced > r.remaining()) return Corrupt("case");
  for (uint64_t i = 0; i < replaced; ++i) out.replaced.push_back(r.Varint());
  if (r.failed() || !r.AtEnd()) return Corrupt("case");
  return {};
}

StoredCaseHead DecodeCaseHead(std::string_view bytes) {
  ByteReader r(bytes);
  r.Byte();
  StoredCaseHead head;
  head.unit_of_id = static_cast<TextId>(r.Varint());
  head.names_unit = r.Byte() != 0;
  head.end_day = static_cast<int32_t>(r.Signed());
  return head;
}

void EncodeLogBlock(const LogBlock& block, std::string& out) {
  ByteWriter w(out);
  w.Byte(kLogVersion);
  Codec codec;
  if (!block.statements.empty()) {
    codec.base = block.statements.front().entry.recorded;
  } else if (!block.claims.empty()) {
    codec.base = block.claims.front().claim.at;
  } else if (!block.notes.empty()) {
    codec.base = block.notes.front().at;
  }
  w.Signed(codec.base.us);
  CaseIdCodec ids;
  w.Varint(block.statements.size());
  for (const LogStatement& s : block.statements) {
    ids.Encode(s.case_id, w);
    EncodeEntry(s.entry, codec, w);
  }
  w.Varint(block.claims.size());
  for (const LogClaim& c : block.claims) {
    ids.Encode(c.case_id, w);
    EncodeClaim(c.claim, codec.base, w);
  }
  w.Varint(block.notes.size());
  for (const LogNote& note : block.notes) {
    w.Byte(static_cast<uint8_t>(note.kind));
    w.Time(note.at, codec.base);
    w.Text(note.text);
  }
}

std::string_view NameOf(NoteKind kind) {
  constexpr std::array<std::string_view, 3> kNames = {"", "access", "answer"};
  return kNames[static_cast<size_t>(kind)];
}

Result<LogValue> SplitLogBlock(std::string_view stored) {
  if (!stored.empty() && stored[0] == kLogVersionWithoutChain) return LogValue{stored, {}};
  if (stored.size() <= kChainBytes || stored[0] != kLogVersion) return Corrupt("log block");
  const size_t body = stored.size() - kChainBytes;
  return LogValue{stored.substr(0, body), stored.substr(body)};
}

Result<void> DecodeLogBlock(std::string_view stored, uint64_t first_seq, LogBlock& out) {
  const auto split = SplitLogBlock(stored);
  if (!split) return split.error();
  ByteReader r(split->body);
  const bool has_notes = r.Byte() == kLogVersion;
  Codec codec;
  codec.base = {r.Signed()};
  CaseIdCodec ids;
  const uint64_t statements = r.Varint();
  if (statements > r.remaining()) return Corrupt("log block");
  out.statements.assign(statements, LogStatement{});
  for (LogStatement& s : out.statements) {
    if (!ids.Decode(r, s.case_id)) return Corrupt("log block");
    DecodeEntry(codec, r, s.entry);
    s.entry.seq = first_seq++;
  }
  const uint64_t claims = r.Varint();
  if (claims > r.remaining()) return Corrupt("log block");
  out.claims.assign(claims, LogClaim{});
  for (LogClaim& c : out.claims) {
    if (!ids.Decode(r, c.case_id)) return Corrupt("log block");
    c.claim = DecodeClaim(codec.base, r);
  }
  const uint64_t notes = has_notes ? r.Varint() : 0;
  if (notes > r.remaining()) return Corrupt("log block");
  out.notes.assign(notes, LogNote{});
  for (LogNote& note : out.notes) {
    const uint8_t kind = r.Byte();
    if (kind < 1 || kind > static_cast<uint8_t>(NoteKind::kAnswer)) r.Refuse();
    note.kind = static_cast<NoteKind>(kind);
    note.at = r.Time(codec.base);
    note.text = r.Text();
  }
  if (r.failed() || !r.AtEnd()) return Corrupt("log block");
  return {};
}

void EncodeRejected(const StoredRejected& rejected, std::string& out) {
  ByteWriter w(out);
  w.Byte(kRejectedVersion);
  w.Signed(rejected.at.us);
  w.Text(rejected.sender);
  w.Text(rejected.service);
  w.Varint(rejected.what.position);
  w.Text(rejected.what.case_id);
  w.Text(rejected.what.field);
  w.Text(rejected.what.code);
  w.Text(rejected.what.reason);
  w.Fixed(rejected.what.body_hash, 8);
}

Result<StoredRejected> DecodeRejected(std::string_view bytes) {
  ByteReader r(bytes);
  if (r.Byte() != kRejectedVersion) return Corrupt("quarantined record");
  StoredRejected out;
  out.at = {r.Signed()};
  out.sender = r.Text();
  out.service = r.Text();
  out.what.position = static_cast<uint32_t>(r.Varint());
  out.what.case_id = r.Text();
  out.what.field = r.Text();
  out.what.code = r.Text();
  out.what.reason = r.Text();
  out.what.body_hash = r.Fixed(8);
  if (r.failed() || !r.AtEnd()) return Corrupt("quarantined record");
  return out;
}

}  // namespace tthc
