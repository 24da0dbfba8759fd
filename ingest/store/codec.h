// Stored records and their bytes. Every format begins with its version byte; a golden-bytes test
// holds each one still (tests/unit/store/codec_test.cc).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/result.h"
#include "ingest/case/fold.h"
#include "ingest/case/rungs.h"
#include "ingest/wire/decode.h"

namespace tthc {

inline constexpr uint64_t kIdentityBits = 48;
inline constexpr uint64_t kIdentityMask = (uint64_t{1} << kIdentityBits) - 1;

// --- one case, whole: what the columns `active` and `resting` hold under its number.
//   version(1) | unit of MaHoSo varint | flags byte (1 = a statement names a unit) |
//   last end day signed (of either rule, not before its last row; kNoEndDay while it has none) |
//   count varint | base recorded time signed | entries by arrival | claim count varint | claims |
//   version 2 only: replaced count varint | sequence numbers varint
// Version 2 is written where a step has a name of its own or a statement was replaced, else 1.
inline constexpr int32_t kNoEndDay = INT32_MAX;
struct StoredCase {
  TextId unit_of_id = 0;
  bool names_unit = false;
  int32_t end_day = kNoEndDay;
  std::vector<Entry> entries;
  std::vector<Claim> claims;
  std::vector<uint64_t> replaced;   // statements of the log that AddEntry found said earlier

  // A case of which nothing was said; what was allocated is used again.
  void Clear() {
    unit_of_id = 0;
    names_unit = false;
    end_day = kNoEndDay;
    entries.clear();
    claims.clear();
    replaced.clear();
  }
};

void EncodeCase(const StoredCase& stored, std::string& out);
// `out` is overwritten; reusing it saves its allocations.
Result<void> DecodeCase(std::string_view bytes, StoredCase& out);
// Only what stands before the entries: enough to pass over a case.
struct StoredCaseHead {
  TextId unit_of_id = 0;
  bool names_unit = false;
  int32_t end_day = 0;
};
StoredCaseHead DecodeCaseHead(std::string_view bytes);

// --- a block of the log: what one batch recorded, in the order of arrival.
//   version(1)=2 | base recorded time signed | statement count varint | statements |
//   claim count varint | claims | note count varint | notes | hash chain(32)
// A statement: shared prefix length with the case number before it varint | rest of the number
// text | entry. A note: kind byte | at time | text. Sequence numbers are not stored: first_seq of the
// key, then one by one. The chain is that of ingest/proof/chain.h. Version 1 had neither notes nor chain.
struct LogStatement {
  std::string case_id;
  Entry entry;
};
struct LogClaim {
  std::string case_id;
  Claim claim;
};
// What else belongs on record: who read what, what was answered to an alert.
enum class NoteKind : uint8_t { kAccess = 1, kAnswer = 2 };
std::string_view NameOf(NoteKind kind);   // "access"
struct LogNote {
  NoteKind kind = NoteKind::kAccess;
  Instant at;
  std::string text;      // JSON (server/audit/notes.h)
  friend bool operator==(const LogNote&, const LogNote&) = default;
};
struct LogBlock {
  std::vector<LogStatement> statements;
  std::vector<LogClaim> claims;
  std::vector<LogNote> notes;
};
inline uint64_t RecordsIn(const LogBlock& block) {
  return block.statements.size() + block.claims.size() + block.notes.size();
}
// Without the chain.
void EncodeLogBlock(const LogBlock& block, std::string& out);
struct LogValue {
  std::string_view body;
  std::string_view chain;   // 32 bytes; empty where the block is of version 1
};
Result<LogValue> SplitLogBlock(std::string_view stored);
Result<void> DecodeLogBlock(std::string_view stored, uint64_t first_seq, LogBlock& out);

// --- a quarantined record: no byte of it but what Rejected says.
struct StoredRejected {
  Instant at;
  std::string sender;
  std::string service;
  Rejected what;
};
void EncodeRejected(const StoredRejected& rejected, std::string& out);
Result<StoredRejected> DecodeRejected(std::string_view bytes);

}  // namespace tthc
