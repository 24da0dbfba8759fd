// Where the sources that can be read again stand (Kafka partitions): stored in the batch that holds what
// was read, so that nothing is lost and nothing read twice, wherever the process ends.
//
// A message goes on from the place its reader believes in. Where the store stands elsewhere - the message
// before it was refused, or somebody else has read on - it is not recorded: the reader asks and begins
// there again. Offsets have gaps (compaction, transactions), so no place can be reckoned from another.
//
// Stored form: column facts, "source_place/TOPIC/PARTITION" -> the offset to be read next, in digits.
//
// Thread safety: Load, Take, Seal, Keep and Discard on the pipeline's thread (Load before it runs); Of
// from any.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ingest/store/store.h"
#include "server/monitor.h"

namespace tthc {

class SourcePlaces {
 public:
  // kCorrupt where a stored place is none.
  Result<void> Load(const Store& store);
  // The place moves on with the batch being made; false where it does not go on from what is stored.
  bool Take(const SourcePlace& place);
  // Puts what moved into the batch.
  void Seal(StoreBatch& batch) const;
  void Keep();      // the batch is on disk
  void Discard();   // it is not
  // The offset to be read next, as it is on disk; nullopt where nothing was read yet.
  std::optional<int64_t> Of(std::string_view topic, int32_t partition) const;

 private:
  using Key = std::pair<std::string, int32_t>;
  std::map<Key, int64_t> moved_;    // by the batch being made
  mutable std::mutex mutex_;        // of what follows
  std::map<Key, int64_t> durable_;
};

}  // namespace tthc
