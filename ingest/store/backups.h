// Copies of a store in one directory, each whole, sharing the files that did not change: RocksDB's
// backup engine behind an interface.
//
// In the directory: meta/NUMBER, private/NUMBER/…, shared_checksum/… are RocksDB's; what is kept beside
// them (facts of each copy) is server/backup's. The names hold sizes and sessions, so copies of several
// stores do not mix. Every file of a copy has its checksum in meta/NUMBER.
// Thread safety: one thread at a time; List and OpenForReading also while another one makes a copy.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/instant.h"
#include "ingest/store/store.h"

namespace rocksdb {
class BackupEngine;
class BackupEngineReadOnly;
}  // namespace rocksdb

namespace tthc {

struct StoreCopy {
  uint64_t number = 0;          // from 1, never used again
  Instant made;                 // by the machine's clock, whole seconds
  uint64_t bytes = 0;           // of all its files, shared ones included
  uint64_t files = 0;
  std::vector<std::string> paths;   // of them, relative to the directory, with meta/NUMBER
};

// Of a copy under way.
using OnCopied = std::function<void(uint64_t bytes)>;

// A directory of copies that is added to. Copies that were left half made are cleared away with the next.
class StoreCopies {
 public:
  // Makes the directory where it is missing. `bytes_per_second`: 0 for as fast as it goes.
  static Result<std::unique_ptr<StoreCopies>> Open(const std::string& dir,
                                                   uint64_t bytes_per_second);
  ~StoreCopies();
  // Everything that was written before the call, perhaps more; writing goes on meanwhile.
  Result<StoreCopy> Make(const Store& store, const OnCopied& copied);
  // From any thread: a copy under way ends as a failure, soon.
  void Stop();
  Result<void> Delete(uint64_t number);

 private:
  explicit StoreCopies(std::unique_ptr<rocksdb::BackupEngine> engine);
  std::unique_ptr<rocksdb::BackupEngine> engine_;
};

// A directory of copies that is only read.
class StoreCopiesReader {
 public:
  // kNotFound where there is no such directory.
  static Result<std::unique_ptr<StoreCopiesReader>> Open(const std::string& dir);
  ~StoreCopiesReader();
  std::vector<StoreCopy> List() const;   // oldest first; those that are not whole are left out
  std::vector<uint64_t> NotWhole() const;   // their numbers: files are missing or cut
  // Every file of it against its checksum. kCorrupt, naming the file.
  Result<void> CheckFiles(uint64_t number) const;
  // A store to read from, in place. Not longer than this.
  Result<std::unique_ptr<Store>> OpenForReading(uint64_t number) const;
  // Into a directory that is empty or not there, synced.
  Result<void> CopyTo(const std::string& store_dir, uint64_t number) const;

 private:
  StoreCopiesReader(std::string dir, std::unique_ptr<rocksdb::BackupEngineReadOnly> engine);
  const std::string dir_;
  std::unique_ptr<rocksdb::BackupEngineReadOnly> engine_;
};

}  // namespace tthc
