// A checkpoint: what the log was at one size, in few lines that are signed and taken off the
// machine. The text is that of C2SP tlog-checkpoint (origin, size, root), with these lines behind:
//
//   chain BASE64        the hash chain behind the last record
//   map BITS CASES BASE64   the case map (ingest/proof/case_map.h)
//   recorded INSTANT    when the last record was recorded
//   at INSTANT          when the checkpoint was made
//   number N            from 1, without gaps
//   previous BASE64     SHA-256 of the text of the checkpoint before; zeros before the first
//
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "config/instant.h"
#include "config/result.h"
#include "ingest/proof/hash.h"

namespace tthc {

struct Checkpoint {
  std::string origin;        // "tthc-monitor/EPOCH": of one store
  uint64_t size = 0;         // records: statements, claims, notes
  Hash root{};
  Hash chain{};
  int map_bits = 0;
  uint64_t map_cases = 0;
  Hash map_root{};
  Instant recorded;
  Instant at;
  uint64_t number = 0;
  Hash previous{};
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

struct Sealed {              // a checkpoint with its signature
  uint64_t number = 0;
  std::string note;
  Checkpoint checkpoint;
};

std::string TextOf(const Checkpoint& checkpoint);
// Errors name the line.
Result<Checkpoint> ParseCheckpoint(std::string_view text);

}  // namespace tthc
