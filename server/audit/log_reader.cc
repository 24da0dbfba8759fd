#include "server/audit/log_reader.h"

#include <algorithm>
#include <charconv>

namespace tthc {
namespace {

Error WrongAt(uint64_t first, uint64_t last, const std::string& what) {
  std::string records = "record " + std::to_string(first);
  if (last > first) records = "records " + std::to_string(first) + " to " + std::to_string(last);
  return {ErrorKind::kCorrupt, records + ": " + what};
}

Instant LastRecorded(const LogBlock& block) {
  Instant last{INT64_MIN};
  for (const LogStatement& s : block.statements) last = std::max(last, s.entry.recorded);
  for (const LogClaim& c : block.claims) last = std::max(last, c.claim.at);
  for (const LogNote& n : block.notes) last = std::max(last, n.at);
  return last;
}

struct Before {
  uint64_t end = 0;       // number of the next record
  Hash chain{};
  bool chained = false;   // a block with a chain has been
};

// What stands before the block that begins at `first`.
Result<Before> BeforeBlock(const Store& store, uint64_t first) {
  Before before;
  if (first == 0) return before;
  Result<void> outcome;
  LogBlock block;
  const auto scanned = store.ScanBackwards(
      Column::kLog, NumberKey(kOnlyShard, first - 1),
      [&](std::string_view key, std::string_view value) {
        outcome = DecodeLogBlock(value, NumberOf(key), block);
        if (!outcome) return false;
        before.end = NumberOf(key) + RecordsIn(block);
        const auto chain = HashFromBytes(SplitLogBlock(value)->chain);
        before.chained = chain.has_value();
        before.chain = chain.value_or(Hash{});
        return false;
      });
  if (!scanned) return scanned.error();
  if (!outcome) return WrongAt(first - 1, first - 1, "its block cannot be read");
  return before;
}

}  // namespace

Result<uint64_t> FlushedSeq(const Store& store) {
  const auto text = store.Get(Column::kFacts, "flushed_seq");
  if (!text) return text.error();
  uint64_t seq = 0;
  if (*text) std::from_chars((*text)->data(), (*text)->data() + (*text)->size(), seq);
  return seq;
}

Result<uint64_t> FirstOfBlock(const Store& store, uint64_t seq, LogBlock& block) {
  std::optional<uint64_t> first;
  Result<void> outcome;
  const auto scanned = store.ScanBackwards(
      Column::kLog, NumberKey(kOnlyShard, seq), [&](std::string_view key, std::string_view value) {
        first = NumberOf(key);
        outcome = DecodeLogBlock(value, *first, block);
        return false;
      });
  if (!scanned) return scanned.error();
  if (!outcome) return WrongAt(*first, *first, "its block cannot be read");
  if (!first || seq >= *first + RecordsIn(block)) {
    return Error{ErrorKind::kNotFound, "the log has no record " + std::to_string(seq)};
  }
  return *first;
}

Result<void> ReadLog(const Store& store, uint64_t from,
                     const std::function<bool(const ReadBlock&)>& take) {
  LogBlock block;
  uint64_t begin = from;
  if (const auto first = FirstOfBlock(store, from, block)) {
    begin = *first;
  } else if (first.error().kind != ErrorKind::kNotFound) {
    return first.error();
  }
  auto before = BeforeBlock(store, begin);
  if (!before) return before.error();
  Result<void> outcome;
  const auto scanned = store.Scan(
      Column::kLog, NumberKey(kOnlyShard, begin), nullptr,
      [&](std::string_view key, std::string_view value) {
        const uint64_t first = NumberOf(key);
        if (first > before->end) {
          outcome = WrongAt(before->end, first - 1, "missing from the log");
        } else if (first < before->end) {
          outcome = WrongAt(first, before->end - 1, "there twice");
        } else if (!DecodeLogBlock(value, first, block)) {
          outcome = WrongAt(first, first, "its block cannot be read");
        }
        if (!outcome) return false;
        const auto split = SplitLogBlock(value);
        const uint64_t end = first + RecordsIn(block);
        const Hash chain = ChainOf(before->chain, first, split->body);
        if (split->chain.empty() ? before->chained : BytesOf(chain) != split->chain) {
          outcome = WrongAt(first, end - 1, "not what was recorded: the hash chain is broken here");
          return false;
        }
        before->end = end;
        if (!split->chain.empty()) {
          before->chain = chain;
          before->chained = true;
        }
        return take({first, block, before->chain, LastRecorded(block)});
      });
  return scanned ? outcome : scanned;
}

}  // namespace tthc
