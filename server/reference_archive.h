// What verdicts rested on, kept in the store: the texts of units, calendars, procedures and
// indicators, and the settings, that were in force from a recorded time on. A question as known at an earlier time is
// answered with them, whatever is loaded today. See docs/decisions/0022-pinned-reference.md.
//
//   frozen   shard(2) 'r' 't' sha256(32)  -> a text, as it was read
//            shard(2) 'r' 'e' from(8)     -> which texts were in force from that recorded time on
//
// Thread safety: any thread; one of them records.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "ingest/store/store.h"
#include "server/reference.h"

namespace tthc {

class ReferenceArchive {
 public:
  // Reads what was in force earlier; `loaded` stands for what is equal to it. Errors name the file
  // that cannot be read any more.
  Result<void> Load(const Store& store, const Reference& loaded);
  // nullopt: what is in force now holds. Before the first entry the first one does.
  std::optional<Reference> At(Instant known_at) const;
  bool empty() const;
  // Whether it differs from the last that was recorded.
  bool IsNew(const Reference& reference) const;
  // Those in force from `from` on, once the batch is on disk.
  void Record(const Reference& reference, Instant from, StoreBatch& batch);

 private:
  struct Entry {
    Instant from;
    Reference reference;
    std::string bytes;   // as it is stored
  };
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;   // rising
};

}  // namespace tthc
