#include "server/audit/verify.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <charconv>
#include <map>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "ingest/proof/case_map.h"
#include "ingest/proof/checkpoint.h"
#include "ingest/proof/leaf.h"
#include "ingest/proof/merkle.h"
#include "ingest/store/bytes.h"
#include "server/audit/ledger.h"
#include "server/audit/notes.h"

namespace tthc {
namespace {

Error Wrong(const std::string& what) { return {ErrorKind::kCorrupt, what}; }
std::string NameOf(const Sealed& sealed) { return "checkpoint " + std::to_string(sealed.number); }
std::string ChunkName(uint64_t chunk) {
  return "records " + std::to_string(chunk * kChunkLeaves) + " to " +
         std::to_string((chunk + 1) * kChunkLeaves - 1);
}

// A checkpoint that the log is held against when it has come to its size.
struct Awaited {
  std::string name;
  Checkpoint checkpoint;
  Hash hash{};   // of its note
};

class LogCheck {
 public:
  LogCheck(const Store& store, const Directory& directory, VerifyState& state,
           const VerifyOptions& options)
      : store_(store), directory_(directory), state_(state), options_(options) {}

  Result<VerifyReport> Run() {
    if (const auto gathered = Gather(); !gathered) return gathered.error();
    PassOverTheMet();
    if (const auto whole = ReachesTheState(); !whole) return whole.error();
    Result<void> outcome;
    const TextOfId text_of = [this](TextId id) { return directory_.Text(id); };
    next_ = state_.records();
    const auto read = ReadLog(store_, next_, [&](const ReadBlock& block) {
      uint64_t seq = block.first;
      if (outcome) outcome = CheckNotes(block);
      for (const std::string& text : LeavesOf(block.records, block.first, text_of)) {
        if (seq++ < next_) continue;
        ++next_;
        leaves_.push_back(LeafHash(text));
        if (outcome && leaves_.size() == kChunkLeaves) outcome = EndChunk();
      }
      if (outcome) outcome = Meet(block);
      if (outcome && options_.keep) options_.keep(state_);
      report_.stopped = outcome && options_.progress && !options_.progress(next_);
      return outcome.has_value() && !report_.stopped;
    });
    if (!read) return read.error();
    if (!outcome) return outcome.error();
    report_.records = next_;
    if (report_.stopped) return report_;
    if (const auto met = MeetAll(); !met) return met.error();
    report_.unsealed = next_ - sealed_size_;
    return report_;
  }

 private:
  // Checkpoints of the store, in order and signed, and those from elsewhere.
  Result<void> Gather() {
    Result<void> outcome;
    std::optional<Sealed> before;
    const auto each = EachCheckpoint(store_, 1, [&](const Sealed& sealed) {
      outcome = InOrder(sealed, before);
      if (outcome) outcome = IsSigned(NameOf(sealed), sealed.note);
      before = sealed;
      ++report_.checkpoints;
      sealed_size_ = sealed.checkpoint.size;
      Await(NameOf(sealed), sealed.checkpoint, sealed.note);
      return outcome.has_value();
    });
    if (!each) return each;
    if (!outcome) return outcome;
    for (size_t i = 0; i < options_.checkpoints.size(); ++i) {
      const std::string name = "the checkpoint given as number " + std::to_string(i + 1);
      const auto note = ParseNote(options_.checkpoints[i]);
      if (!note) return Prefixed(name, note.error());
      const auto checkpoint = ParseCheckpoint(note->text);
      if (!checkpoint) return Prefixed(name, checkpoint.error());
      if (const auto is_signed = IsSigned(name, options_.checkpoints[i]); !is_signed) {
        return is_signed;
      }
      if (before && before->checkpoint.origin != checkpoint->origin) {
        return Wrong(name + " is of another store: " + checkpoint->origin);
      }
      Await(name, *checkpoint, options_.checkpoints[i]);
    }
    return {};
  }

  void Await(const std::string& name, const Checkpoint& checkpoint, std::string_view note) {
    awaited_.emplace(checkpoint.size, Awaited{name, checkpoint, HashOf(note)});
  }

  // What was met before a check was stopped is met.
  void PassOverTheMet() {
    const auto end = awaited_.upper_bound(state_.records());
    const bool all = std::all_of(awaited_.begin(), end, [this](const auto& awaited) {
      return state_.met.contains(awaited.second.hash);
    });
    if (all) {
      awaited_.erase(awaited_.begin(), end);
    } else {
      state_ = VerifyState();
    }
  }

  // A log that has become shorter than what was checked of it would look as if all were done.
  Result<void> ReachesTheState() const {
    if (state_.records() == 0) return {};
    LogBlock block;
    const auto last = FirstOfBlock(store_, state_.records() - 1, block);
    if (last) return {};
    if (last.error().kind != ErrorKind::kNotFound) return last.error();
    return Wrong("the log ends before record " + std::to_string(state_.records() - 1) +
                 ", up to which it was checked before: the newest records were removed, or an "
                 "older copy stands here");
  }

  Result<void> InOrder(const Sealed& sealed, const std::optional<Sealed>& before) const {
    const uint64_t expected = before ? before->number + 1 : 1;
    if (sealed.number != expected) {
      return Wrong("checkpoint " + std::to_string(expected) + " is missing");
    }
    const Hash previous = before ? HashOf(TextOf(before->checkpoint)) : Hash{};
    if (sealed.checkpoint.previous != previous) {
      return Wrong(NameOf(sealed) + " does not follow the one before it: one of them was replaced");
    }
    if (before && sealed.checkpoint.size <= before->checkpoint.size) {
      return Wrong(NameOf(sealed) + " is not larger than the one before it");
    }
    return {};
  }

  Result<void> IsSigned(const std::string& name, std::string_view note) const {
    if (options_.keys.empty()) return {};
    const auto parsed = ParseNote(note);
    if (!parsed) return Wrong(name + " is no signed note");
    if (SignerOf(*parsed, options_.keys) != nullptr) return {};
    const NoteSignature& signature = parsed->signatures.front();
    return Wrong(name + " is not signed by a key that was given; it names " + signature.name + "+" +
                 Hex(signature.key_id));
  }

  Result<void> CheckNotes(const ReadBlock& block) const {
    uint64_t seq = block.end() - block.records.notes.size();
    for (const LogNote& note : block.records.notes) {
      const auto wrong = CheckNote(store_, seq++, note);
      if (!wrong) return wrong.error();
      if (!wrong->empty()) return Wrong(*wrong);
    }
    return {};
  }

  Result<void> EndChunk() {
    const uint64_t chunk = state_.chunks.size();
    const Hash hash = TreeHash(leaves_);
    leaves_.clear();
    const auto stored = store_.Get(Column::kAudit, ChunkKey(chunk));
    if (!stored) return stored.error();
    const bool is_sealed = (chunk + 1) * kChunkLeaves <= sealed_size_;
    if (is_sealed && !*stored) return Wrong(ChunkName(chunk) + ": their hash is missing");
    if (*stored && **stored != BytesOf(hash)) {
      return Wrong(ChunkName(chunk) + ": not what was sealed");
    }
    state_.chunks.Add(hash);
    return {};
  }

  // Checkpoints whose size the log has with this block.
  Result<void> Meet(const ReadBlock& block) {
    while (!awaited_.empty() && awaited_.begin()->first <= block.end()) {
      const Awaited& awaited = awaited_.begin()->second;
      const Checkpoint& c = awaited.checkpoint;
      if (c.size != block.end()) {
        return Wrong(awaited.name + " has " + std::to_string(c.size) +
                     " records, where no batch of the log ends");
      }
      std::optional<Hash> rest;
      if (!leaves_.empty()) rest = TreeHash(leaves_);
      if (state_.chunks.Root(rest) != c.root) {
        return Wrong("records 0 to " + std::to_string(c.size - 1) + " are not those that " +
                     awaited.name + " has sealed");
      }
      if (c.chain != block.chain) return Wrong(awaited.name + " names another hash chain");
      state_.met.insert(awaited.hash);
      awaited_.erase(awaited_.begin());
    }
    return {};
  }

  Result<void> MeetAll() const {
    if (awaited_.empty()) return {};
    const Awaited& awaited = awaited_.rbegin()->second;
    return Wrong("the log ends with record " + std::to_string(next_ == 0 ? 0 : next_ - 1) +
                 ", but " + awaited.name + " has sealed " +
                 std::to_string(awaited.checkpoint.size) +
                 ": the newest records were removed, or an older copy stands here");
  }

  const Store& store_;
  const Directory& directory_;
  VerifyState& state_;
  const VerifyOptions& options_;
  VerifyReport report_;
  std::multimap<uint64_t, Awaited> awaited_;   // by size
  std::vector<Hash> leaves_;                   // of the chunk that is not complete
  uint64_t next_ = 0;
  uint64_t sealed_size_ = 0;
};

// What a case holds, added up: the same for the same statements in any order.
struct Sum {
  uint64_t low = 0;
  uint64_t high = 0;
  void Add(const Hash& hash) {
    ByteReader in(BytesOf(hash));
    low += in.Fixed(8);
    high += in.Fixed(8);
  }
  friend bool operator==(const Sum&, const Sum&) = default;
};

uint64_t KeyOf(std::string_view case_id) {
  return ByteReader(BytesOf(HashOf(case_id))).Fixed(8);
}

// A statement that was said before but had arrived first takes the place of the other in its case
// (AddEntry): the log keeps both, the case one and the number of the other.
struct Replaced {
  std::string case_id;
  Entry entry;
};

bool HasEarlier(const std::vector<Entry>& entries, const Entry& replaced) {
  return std::any_of(entries.begin(), entries.end(), [&](const Entry& e) {
    return e.identity == replaced.identity &&
           std::tuple(e.recorded, e.position) <= std::tuple(replaced.recorded, replaced.position);
  });
}

// The cases of the sorted runs, which reach up to record `flushed_`, against the log.
class CaseCheck {
 public:
  CaseCheck(const Store& store, const Directory& directory, const OnProgress& progress)
      : store_(store), text_of_([&directory](TextId id) { return directory.Text(id); }),
        progress_(progress) {}

  Result<uint64_t> Run() {
    const auto flushed = FlushedSeq(store_);
    if (!flushed) return flushed.error();
    flushed_ = *flushed;
    Result<void> held = MarkStored();
    if (held) held = AddUpLog();
    if (held) held = CompareCases();
    if (held) held = NameTheMissing();
    if (held) held = CompareMap();
    if (!held) return held.error();
    return cases_;
  }

 private:
  // False ends it. A stored case may reach further than the sorted runs say: what is behind them is
  // told apart by its number.
  using Take = std::function<bool(std::string_view id, const StoredCase& stored)>;
  Result<void> EachStored(const Take& take) {
    Result<void> outcome;
    StoredCase stored;
    bool goes_on = true;
    for (const Column column : {Column::kActive, Column::kResting}) {
      const auto scanned = store_.Scan(
          column, ShardKey(kOnlyShard, ""), nullptr,
          [&](std::string_view key, std::string_view value) {
            const std::string_view id = AfterShard(key);
            if (!DecodeCase(value, stored)) {
              outcome = Wrong("case " + std::string(id) + ": its stored bytes cannot be read");
              return false;
            }
            goes_on = take(id, stored);
            return goes_on;
          });
      if (!scanned) return scanned;
      if (!outcome || !goes_on) return outcome;
    }
    return {};
  }
  bool InRuns(uint64_t seq) const { return seq < flushed_; }

  Result<void> MarkStored() {
    in_a_case_.assign(flushed_, false);
    return EachStored([&](std::string_view, const StoredCase& stored) {
      for (const Entry& e : stored.entries) {
        if (InRuns(e.seq)) in_a_case_[e.seq] = true;
      }
      return true;
    });
  }

  Result<void> AddUpLog() {
    bool stopped = false;
    const auto read = ReadLog(store_, 0, [&](const ReadBlock& block) {
      for (const LogStatement& s : block.records.statements) {
        if (!InRuns(s.entry.seq)) {
          tail_[s.case_id].push_back(s.entry);
        } else if (in_a_case_[s.entry.seq]) {
          sums_[KeyOf(s.case_id)].Add(LeafHash(StatementLeaf(s, text_of_)));
        } else {
          replaced_.emplace(KeyOf(s.case_id), Replaced{s.case_id, s.entry});
        }
      }
      stopped = progress_ && !progress_(block.end());
      return !stopped;
    });
    if (stopped) return Error{ErrorKind::kUnavailable, "stopped"};
    return read;
  }

  Result<void> CompareCases() {
    Result<void> outcome;
    cases_ = tail_.size();
    const auto each = EachStored([&](std::string_view id, const StoredCase& stored) {
      if (!tail_.contains(std::string(id))) ++cases_;
      outcome = CompareCase(id, stored);
      return outcome.has_value();
    });
    return each ? outcome : each;
  }

  Result<void> CompareCase(std::string_view id, const StoredCase& stored) {
    Sum sum;
    LogStatement statement;
    statement.case_id = id;
    for (const Entry& entry : stored.entries) {
      if (!InRuns(entry.seq)) continue;
      statement.entry = entry;
      sum.Add(LeafHash(StatementLeaf(statement, text_of_)));
    }
    const uint64_t key = KeyOf(id);
    const auto logged = sums_.find(key);
    if (sum != (logged == sums_.end() ? Sum() : logged->second)) {
      return Wrong("case " + std::string(id) +
                   ": its stored statements are not those of the log (figures may be wrong, the log "
                   "is whole)");
    }
    if (logged != sums_.end()) sums_.erase(logged);
    const auto [begin, end] = replaced_.equal_range(key);
    std::vector<uint64_t> replaced;
    for (auto it = begin; it != end; ++it) {
      if (!HasEarlier(stored.entries, it->second.entry)) return Missing(it->second);
      replaced.push_back(it->second.entry.seq);
    }
    replaced_.erase(begin, end);
    std::vector<uint64_t> said = stored.replaced;
    std::erase_if(said, [this](uint64_t seq) { return !InRuns(seq); });
    if (!std::is_permutation(replaced.begin(), replaced.end(), said.begin(), said.end())) {
      return Wrong("case " + std::string(id) + ": the statements it has put behind others are not "
                   "those of the log");
    }
    return {};
  }

  static Error Missing(const Replaced& of) {
    return Wrong("case " + of.case_id + ": its statement " + std::to_string(of.entry.seq) +
                 " is in the log and not among the stored ones");
  }

  Result<void> NameTheMissing() {
    if (!replaced_.empty()) return Missing(replaced_.begin()->second);
    if (sums_.empty()) return {};
    // A sum without a case: only where a stored case was counted under another number.
    return Wrong("a stored case holds statements of another");
  }

  Result<void> CompareMap() {
    std::optional<Sealed> newest;
    const auto each = EachCheckpoint(store_, 1, [&](const Sealed& sealed) {
      newest = sealed;
      return true;
    });
    if (!each) return each;
    if (!newest) return {};
    const Checkpoint& c = newest->checkpoint;
    uint64_t cases = 0;
    const auto buckets = BuildCaseMap([&](const SeqsVisitor& take) { return VisitAt(c.size, take); },
                                      c.map_bits, cases);
    if (!buckets) return buckets.error();
    if (cases == c.map_cases && TreeHash(*buckets) == c.map_root) return {};
    return Wrong("the case map of " + NameOf(*newest) + " is not that of the log: it leaves out or "
                 "adds statements of a case");
  }

  Result<void> VisitAt(uint64_t size, const SeqsVisitor& take) {
    std::vector<uint64_t> seqs;
    const auto give = [&](std::string_view id, std::vector<Entry> entries,
                          const std::vector<uint64_t>& replaced) {
      seqs = replaced;
      std::erase_if(seqs, [size](uint64_t seq) { return seq >= size; });
      if (const auto more = tail_.find(std::string(id)); more != tail_.end()) {
        for (const Entry& e : more->second) {
          if (e.seq < size) AddEntry(entries, e, seqs);
        }
      }
      for (const Entry& e : entries) {
        if (e.seq < size) seqs.push_back(e.seq);
      }
      std::sort(seqs.begin(), seqs.end());
      if (!seqs.empty()) take(id, seqs);
    };
    std::unordered_set<std::string> given;
    const auto each = EachStored([&](std::string_view id, const StoredCase& stored) {
      std::vector<Entry> entries = stored.entries;
      std::vector<uint64_t> replaced = stored.replaced;
      std::erase_if(entries, [this](const Entry& e) { return !InRuns(e.seq); });
      std::erase_if(replaced, [this](uint64_t seq) { return !InRuns(seq); });
      give(id, std::move(entries), replaced);
      if (tail_.contains(std::string(id))) given.emplace(id);
      return true;
    });
    if (!each) return each;
    for (const auto& [id, entries] : tail_) {
      if (!given.contains(id)) give(id, {}, {});
    }
    return {};
  }

  const Store& store_;
  const TextOfId text_of_;
  const OnProgress& progress_;
  uint64_t flushed_ = 0;
  uint64_t cases_ = 0;
  std::vector<bool> in_a_case_;                                  // by number of the record
  boost::unordered_flat_map<uint64_t, Sum> sums_;                // of the log, by case
  std::unordered_multimap<uint64_t, Replaced> replaced_;         // by case
  std::unordered_map<std::string, std::vector<Entry>> tail_;     // behind the sorted runs
};

constexpr std::string_view kMetMark = " met";

// " BASE64 BASE64…"
std::optional<std::vector<Hash>> HashesIn(std::string_view text) {
  std::vector<Hash> hashes;
  while (!text.empty()) {
    if (text.front() != ' ') return std::nullopt;
    text.remove_prefix(1);
    const std::string_view word = text.substr(0, text.find(' '));
    const auto hash = HashFromBase64(word);
    if (!hash) return std::nullopt;
    hashes.push_back(*hash);
    text.remove_prefix(word.size());
  }
  return hashes;
}

}  // namespace

uint64_t VerifyState::records() const { return chunks.size() * kChunkLeaves; }

std::string VerifyStateText(const VerifyState& state) {
  std::string text = "tthc-verify-1 " + std::to_string(state.chunks.size());
  for (const Hash& part : state.chunks.parts()) text += " " + Base64(BytesOf(part));
  text += kMetMark;
  for (const Hash& met : state.met) text += " " + Base64(BytesOf(met));
  return text + "\n";
}

std::optional<VerifyState> ParseVerifyState(std::string_view text) {
  constexpr std::string_view kMark = "tthc-verify-1 ";
  if (!text.starts_with(kMark) || !text.ends_with('\n')) return std::nullopt;
  text.remove_prefix(kMark.size());
  text.remove_suffix(1);
  uint64_t size = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), size);
  if (parsed.ec != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(parsed.ptr - text.data()));
  const size_t end = text.find(kMetMark);
  if (end == text.npos) return std::nullopt;
  auto parts = HashesIn(text.substr(0, end));
  const auto met = HashesIn(text.substr(end + kMetMark.size()));
  if (!parts || !met) return std::nullopt;
  auto chunks = Frontier::From(size, std::move(*parts));
  if (!chunks) return std::nullopt;
  VerifyState state;
  state.chunks = std::move(*chunks);
  state.met.insert(met->begin(), met->end());
  return state;
}

Result<VerifyReport> VerifyLog(const Store& store, const Directory& directory, VerifyState& state,
                               const VerifyOptions& options) {
  return LogCheck(store, directory, state, options).Run();
}

Result<uint64_t> VerifyCases(const Store& store, const Directory& directory,
                             const OnProgress& progress) {
  return CaseCheck(store, directory, progress).Run();
}

}  // namespace tthc
