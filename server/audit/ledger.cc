#include "server/audit/ledger.h"

#include <algorithm>
#include <map>

#include "ingest/proof/case_map.h"
#include "ingest/proof/leaf.h"
#include "ingest/proof/merkle.h"
#include "ingest/store/bytes.h"

namespace tthc {
namespace {

constexpr char kChunkPrefix = 'h';
constexpr char kCheckpointPrefix = 'c';
constexpr char kBucketsPrefix = 'b';
constexpr char kKeyPrefix = 'k';
// Of the case map at once in memory.
constexpr uint64_t kMostEntriesHeld = 2'000'000;
constexpr uint64_t kMapsKept = 2;

std::string NumberedKey(char prefix, uint64_t number) {
  std::string rest(1, prefix);
  ByteWriter(rest).Fixed(number, 8);
  return ShardKey(kOnlyShard, rest);
}

Result<Sealed> ReadSealed(std::string_view key, std::string_view note) {
  std::string_view number = AfterShard(key).substr(1);
  Sealed sealed;
  sealed.number = ByteReader(number).Fixed(8);
  sealed.note = note;
  const auto parsed = ParseNote(note);
  auto checkpoint = parsed ? ParseCheckpoint(parsed->text) : parsed.error();
  if (!checkpoint || checkpoint->number != sealed.number) {
    return Error{ErrorKind::kCorrupt,
                 "checkpoint " + std::to_string(sealed.number) + " cannot be read"};
  }
  sealed.checkpoint = std::move(*checkpoint);
  return sealed;
}

std::vector<uint64_t> SeqsBelow(const StoredCase& stored, uint64_t size) {
  std::vector<uint64_t> seqs;
  for (const Entry& entry : stored.entries) {
    if (entry.seq < size) seqs.push_back(entry.seq);
  }
  for (const uint64_t seq : stored.replaced) {
    if (seq < size) seqs.push_back(seq);
  }
  std::sort(seqs.begin(), seqs.end());
  return seqs;
}

}  // namespace

std::string ChunkKey(uint64_t chunk) { return NumberedKey(kChunkPrefix, chunk); }
std::string CheckpointKey(uint64_t number) { return NumberedKey(kCheckpointPrefix, number); }

Result<std::vector<NoteVerifier>> KeysOf(const Store& store) {
  std::vector<NoteVerifier> keys;
  const auto scanned = store.Scan(
      Column::kAudit, ShardKey(kOnlyShard, std::string(1, kKeyPrefix)), nullptr,
      [&](std::string_view key, std::string_view) {
        const std::string_view rest = AfterShard(key);
        if (rest.empty() || rest[0] != kKeyPrefix) return false;
        if (auto verifier = NoteVerifier::From(rest.substr(1))) keys.push_back(std::move(*verifier));
        return true;
      });
  if (!scanned) return scanned.error();
  return keys;
}

Result<void> EachCheckpoint(const Store& store, uint64_t number,
                            const std::function<bool(const Sealed&)>& take) {
  Result<void> outcome;
  const auto scanned = store.Scan(
      Column::kAudit, CheckpointKey(number), nullptr,
      [&](std::string_view key, std::string_view value) {
        const std::string_view rest = AfterShard(key);
        if (rest.empty() || rest[0] != kCheckpointPrefix) return false;
        const auto sealed = ReadSealed(key, value);
        if (!sealed) outcome = sealed.error();
        return sealed && take(*sealed);
      });
  return scanned ? outcome : scanned;
}

Result<std::vector<Hash>> BuildCaseMap(const VisitCases& visit, int bits, uint64_t& cases) {
  cases = 0;
  auto counted = visit([&](std::string_view, std::span<const uint64_t>) { ++cases; });
  if (!counted) return counted.error();
  const size_t buckets = size_t{1} << bits;
  const uint64_t passes =
      std::min<uint64_t>(buckets, (cases + kMostEntriesHeld - 1) / kMostEntriesHeld);
  std::vector<Hash> hashes(buckets, EmptyTreeHash());
  for (uint64_t pass = 0; pass < passes; ++pass) {
    const size_t begin = buckets * pass / passes;
    const size_t end = buckets * (pass + 1) / passes;
    std::vector<MapEntry> entries;
    const auto gathered = visit([&](std::string_view id, std::span<const uint64_t> seqs) {
      const size_t bucket = BucketOf(MapKeyOf(id), bits);
      if (bucket >= begin && bucket < end) entries.push_back(MapEntryOf(id, seqs));
    });
    if (!gathered) return gathered.error();
    std::sort(entries.begin(), entries.end(),
              [](const MapEntry& a, const MapEntry& b) { return a.key < b.key; });
    for (size_t at = 0; at < entries.size();) {
      const size_t bucket = BucketOf(entries[at].key, bits);
      size_t after = at;
      while (after < entries.size() && BucketOf(entries[after].key, bits) == bucket) ++after;
      hashes[bucket] = BucketHash(std::span(entries).subspan(at, after - at));
      at = after;
    }
  }
  return hashes;
}

// --- sealing

Result<Sealed> Ledger::Seal(uint64_t size, Instant now, const NoteSigner& signer,
                            const OnProgress& progress) {
  const auto newest = Newest();
  if (!newest) return newest.error();
  if (*newest && (*newest)->checkpoint.size >= size) return **newest;
  if (size == 0) return Error{ErrorKind::kConflict, "nothing is recorded yet"};
  const auto end = HashChunks(size, progress);
  if (!end) return end.error();
  const auto chunks = ChunkRoots(size);
  if (!chunks) return chunks.error();
  Checkpoint c;
  c.origin = origin_;
  c.size = size;
  c.root = TreeHash(*chunks);
  c.chain = end->chain;
  c.recorded = end->recorded;
  c.at = now;
  c.number = *newest ? (*newest)->number + 1 : 1;
  if (*newest) c.previous = HashOf(TextOf((*newest)->checkpoint));
  uint64_t about = 0;
  const auto counted = book_.Scan([&](std::string_view, std::string_view) { ++about; });
  if (!counted) return counted.error();
  c.map_bits = MapBitsFor(about);
  const auto buckets = BuildCaseMap(CasesAt(size), c.map_bits, c.map_cases);
  if (!buckets) return buckets.error();
  c.map_root = TreeHash(*buckets);
  auto note = signer.Signed(TextOf(c));
  if (!note) return note.error();
  std::string map;
  for (const Hash& hash : *buckets) map += BytesOf(hash);
  StoreBatch batch;
  batch.Put(Column::kAudit, CheckpointKey(c.number), *note);
  batch.Put(Column::kAudit, NumberedKey(kBucketsPrefix, c.number), map);
  if (c.number > kMapsKept) {
    batch.Delete(Column::kAudit, NumberedKey(kBucketsPrefix, c.number - kMapsKept));
  }
  if (const auto written = store_.Commit(batch, true); !written) return written.error();
  return Sealed{c.number, std::move(*note), std::move(c)};
}

Result<Ledger::End> Ledger::HashChunks(uint64_t size, const OnProgress& progress) {
  uint64_t done = 0;   // chunks that are hashed
  const auto last = store_.ScanBackwards(
      Column::kAudit, ChunkKey(UINT64_MAX), [&](std::string_view key, std::string_view) {
        std::string_view rest = AfterShard(key);
        if (!rest.empty() && rest[0] == kChunkPrefix) {
          done = ByteReader(rest.substr(1)).Fixed(8) + 1;
        }
        return false;
      });
  if (!last) return last.error();
  const TextOfId text_of = [this](TextId id) { return directory_.Text(id); };
  End end;
  std::vector<Hash> leaves;
  uint64_t next = done * kChunkLeaves;
  Result<void> outcome;
  bool stopped = false;
  const auto read = ReadLog(store_, std::min(next, size - 1), [&](const ReadBlock& block) {
    StoreBatch batch;
    uint64_t seq = block.first;
    for (const std::string& text : LeavesOf(block.records, block.first, text_of)) {
      if (seq++ < next) continue;   // of a chunk that is hashed
      leaves.push_back(LeafHash(text));
      if (leaves.size() < kChunkLeaves) continue;
      batch.Put(Column::kAudit, ChunkKey(done++), BytesOf(TreeHash(leaves)));
      leaves.clear();
    }
    next = std::max(next, seq);
    end = {block.chain, block.recorded};
    // Nobody waits for it: the next checkpoint's sync takes it along.
    if (!batch.empty()) outcome = store_.Commit(batch, false);
    stopped = progress && !progress(block.end());
    return outcome.has_value() && !stopped && block.end() < size;
  });
  if (!read) return read.error();
  if (!outcome) return outcome.error();
  if (stopped) return Error{ErrorKind::kUnavailable, "stopped"};
  if (next < size) {
    return Error{ErrorKind::kCorrupt, "record " + std::to_string(next) + ": missing, the log ends"};
  }
  return end;
}

Result<std::vector<Hash>> Ledger::ChunkRoots(uint64_t size) const {
  std::vector<Hash> roots;
  const uint64_t complete = size / kChunkLeaves;
  if (complete > 0) {
    const auto scanned = store_.Scan(Column::kAudit, ChunkKey(0), nullptr,
                                     [&](std::string_view, std::string_view value) {
                                       const auto hash = HashFromBytes(value);
                                       if (hash) roots.push_back(*hash);
                                       return hash && roots.size() < complete;
                                     });
    if (!scanned) return scanned.error();
  }
  if (roots.size() != complete) {
    return Error{ErrorKind::kCorrupt,
                 "the hash of chunk " + std::to_string(roots.size()) + " is missing"};
  }
  if (size % kChunkLeaves == 0) return roots;
  const auto leaves = LeavesOfChunk(complete, size);
  if (!leaves) return leaves.error();
  roots.push_back(TreeHash(*leaves));
  return roots;
}

Result<std::vector<Hash>> Ledger::LeavesOfChunk(uint64_t chunk, uint64_t size) const {
  const uint64_t begin = chunk * kChunkLeaves;
  const uint64_t end = std::min(size, begin + kChunkLeaves);
  const TextOfId text_of = [this](TextId id) { return directory_.Text(id); };
  std::vector<Hash> leaves;
  const auto read = ReadLog(store_, begin, [&](const ReadBlock& block) {
    uint64_t seq = block.first;
    for (const std::string& text : LeavesOf(block.records, block.first, text_of)) {
      if (seq >= begin && seq < end) leaves.push_back(LeafHash(text));
      ++seq;
    }
    return seq < end;
  });
  if (!read) return read.error();
  return leaves;
}

VisitCases Ledger::CasesAt(uint64_t size) const {
  return [this, size](const SeqsVisitor& take) -> Result<void> {
    StoredCase stored;
    Result<void> outcome;
    const auto scanned = book_.Scan([&](std::string_view id, std::string_view bytes) {
      if (!outcome) return;
      if (!DecodeCase(bytes, stored)) {
        outcome = Error{ErrorKind::kCorrupt, "case " + std::string(id) + " cannot be read"};
        return;
      }
      const auto seqs = SeqsBelow(stored, size);
      if (!seqs.empty()) take(id, seqs);
    });
    return scanned ? outcome : scanned;
  };
}

// --- what was sealed

Result<std::optional<Sealed>> Ledger::Newest() const {
  std::optional<Sealed> newest;
  Result<void> outcome;
  const auto scanned = store_.ScanBackwards(
      Column::kAudit, CheckpointKey(UINT64_MAX), [&](std::string_view key, std::string_view value) {
        const std::string_view rest = AfterShard(key);
        if (rest.empty() || rest[0] != kCheckpointPrefix) return false;
        auto sealed = ReadSealed(key, value);
        if (sealed) newest = std::move(*sealed);
        if (!sealed) outcome = sealed.error();
        return false;
      });
  if (!scanned) return scanned.error();
  if (!outcome) return outcome.error();
  return newest;
}

std::vector<Sealed> Ledger::Checkpoints(size_t limit) const {
  std::vector<Sealed> checkpoints;
  if (limit == 0) return checkpoints;
  (void)store_.ScanBackwards(Column::kAudit, CheckpointKey(UINT64_MAX),
                             [&](std::string_view key, std::string_view value) {
                               const std::string_view rest = AfterShard(key);
                               if (rest.empty() || rest[0] != kCheckpointPrefix) return false;
                               auto sealed = ReadSealed(key, value);
                               if (sealed) checkpoints.push_back(std::move(*sealed));
                               return checkpoints.size() < limit;
                             });
  return checkpoints;
}

Result<std::vector<NoteVerifier>> Ledger::Keys() const { return KeysOf(store_); }

Result<void> Ledger::RememberKey(const NoteVerifier& key, Instant since) {
  const std::string at = ShardKey(kOnlyShard, kKeyPrefix + key.text());
  const auto known = store_.Get(Column::kAudit, at);
  if (!known || known->has_value()) return known ? Result<void>() : known.error();
  StoreBatch batch;
  batch.Put(Column::kAudit, at, std::to_string(since.us));
  return store_.Commit(batch, true);
}

// --- proving

Result<CaseProof> Ledger::Prove(std::string_view case_id) const {
  const auto newest = Newest();
  if (!newest) return newest.error();
  if (!*newest) return Error{ErrorKind::kConflict, "there is no checkpoint yet to prove it by"};
  const Checkpoint& checkpoint = (*newest)->checkpoint;
  CaseProof proof;
  proof.case_id = case_id;
  proof.checkpoint = (*newest)->note;
  const auto seqs = SeqsOf(case_id, checkpoint.size);
  if (!seqs) return seqs.error();
  const auto chunks = ChunkRoots(checkpoint.size);
  if (!chunks) return chunks.error();
  for (const uint64_t seq : *seqs) {
    auto record = ProveRecord(seq, checkpoint.size, *chunks);
    if (!record) return record.error();
    proof.records.push_back(std::move(*record));
  }
  const auto buckets = Buckets((*newest)->number, checkpoint.map_bits);
  if (!buckets) return buckets.error();
  const size_t bucket = BucketOf(MapKeyOf(case_id), checkpoint.map_bits);
  const auto visited =
      CasesAt(checkpoint.size)([&](std::string_view id, std::span<const uint64_t> of) {
        if (BucketOf(MapKeyOf(id), checkpoint.map_bits) == bucket) {
          proof.bucket.push_back(MapEntryOf(id, of));
        }
      });
  if (!visited) return visited.error();
  std::sort(proof.bucket.begin(), proof.bucket.end(),
            [](const MapEntry& a, const MapEntry& b) { return a.key < b.key; });
  proof.bucket_path = AuditPath(*buckets, bucket);
  return proof;
}

Result<std::vector<uint64_t>> Ledger::SeqsOf(std::string_view case_id, uint64_t size) const {
  const auto bytes = book_.Read(case_id);
  if (!bytes) return bytes.error();
  if (!bytes->has_value()) return std::vector<uint64_t>();
  StoredCase stored;
  if (const auto decoded = DecodeCase(**bytes, stored); !decoded) return decoded.error();
  return SeqsBelow(stored, size);
}

Result<ProvenRecord> Ledger::ProveRecord(uint64_t seq, uint64_t size,
                                         std::span<const Hash> chunks) const {
  LogBlock block;
  const auto first = FirstOfBlock(store_, seq, block);
  if (!first) return first.error();
  const auto leaves = LeavesOfChunk(seq / kChunkLeaves, size);
  if (!leaves) return leaves.error();
  ProvenRecord record;
  record.seq = seq;
  const auto texts =
      LeavesOf(block, *first, [this](TextId id) { return directory_.Text(id); });
  record.leaf = texts[seq - *first];
  record.path = AuditPath(*leaves, seq % kChunkLeaves);
  for (const Hash& hash : AuditPath(chunks, seq / kChunkLeaves)) record.path.push_back(hash);
  return record;
}

Result<std::vector<Hash>> Ledger::Buckets(uint64_t number, int bits) const {
  const auto stored = store_.Get(Column::kAudit, NumberedKey(kBucketsPrefix, number));
  if (!stored) return stored.error();
  const std::string_view bytes = *stored ? std::string_view(**stored) : std::string_view();
  constexpr size_t kHashBytes = sizeof(Hash);
  if (bytes.size() != kHashBytes << bits) {
    return Error{ErrorKind::kCorrupt,
                 "the case map of checkpoint " + std::to_string(number) + " is not whole"};
  }
  std::vector<Hash> buckets;
  for (size_t at = 0; at < bytes.size(); at += kHashBytes) {
    buckets.push_back(*HashFromBytes(bytes.substr(at, kHashBytes)));
  }
  return buckets;
}

}  // namespace tthc
