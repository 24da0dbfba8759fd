// What makes two statements of one case the same statement said again, and what stands for an
// officer: keyed hashes, stored, so the bytes that are hashed are a format.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ingest/case/statement.h"
#include "ingest/wire/keyed_hash.h"

namespace tthc {

class StatementHasher {
 public:
  explicit StatementHasher(uint64_t key) : hash_(key) {}

  // Over every kept field of a snapshot; not over arrival, position, sender, or the flag of insert
  // and update (senders repeat an insert as an update).
  uint64_t OfSnapshot(const Statement& snapshot);
  // Over case, event time, status as sent, action and officer; both texts NFC and trimmed.
  uint64_t OfRow(const Statement& row, std::string_view action, std::string_view officer);
  // 0 for nobody: an empty name, or a filler such as "Chuyên viên".
  uint32_t OfOfficer(std::string_view officer);

  KeyedHash& hash() { return hash_; }

 private:
  KeyedHash hash_;
  std::string bytes_;
};

}  // namespace tthc
