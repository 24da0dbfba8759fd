// The log read in order and checked on the way: numbers without a gap, every block readable, every
// chain the one that its block and all before it give (ingest/proof/chain.h).
#pragma once

#include <functional>

#include "ingest/proof/chain.h"
#include "ingest/store/codec.h"
#include "ingest/store/store.h"

namespace tthc {

// Progress of long work, in records; false stops it.
using OnProgress = std::function<bool(uint64_t done)>;

struct ReadBlock {
  uint64_t first = 0;
  const LogBlock& records;
  Hash chain{};           // behind it
  Instant recorded;       // of its last record
  uint64_t end() const { return first + RecordsIn(records); }
};

// From the block that holds record `from` on; `take` gets each, false stops. The block before is
// believed. Errors: kCorrupt, naming the first record that is wrong or missing.
Result<void> ReadLog(const Store& store, uint64_t from,
                     const std::function<bool(const ReadBlock&)>& take);
// The block that holds the record; kNotFound where the log ends before it.
Result<uint64_t> FirstOfBlock(const Store& store, uint64_t seq, LogBlock& block);

// How far the stored cases reach: the number of the first record that is behind them.
Result<uint64_t> FlushedSeq(const Store& store);

}  // namespace tthc
