// A directory of backups: RocksDB's copies (ingest/store/backups.h) and, beside them, `facts/NUMBER.json` of
// each that was checked, the signing key where the operator wants it there, and how to restore.
//
// Thread safety: Add and Keep by one thread; the rest from any.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ingest/store/backups.h"
#include "server/backup/contents.h"
#include "server/backup/retention.h"

namespace tthc {

struct BackupFolderOptions {
  std::string dir;
  uint64_t bytes_per_second = 0;   // 0: as fast as it goes
  std::string key_file;            // of the signing key, to go along; empty: it stays where it is
  Depth depth = Depth::kLog;
};

// The file of the signing key in a folder.
std::string KeyFileIn(const std::string& folder);

// Every backup that was checked and is whole, oldest first. kNotFound where there is no folder.
Result<std::vector<BackupFacts>> ListBackups(const std::string& folder);

class BackupFolder {
 public:
  explicit BackupFolder(BackupFolderOptions options) : options_(std::move(options)) {}

  struct Watch {
    std::function<void(uint64_t bytes)> copied;
    OnProgress checked;            // records
  };
  // Copies, checks the copy as it lies there, and writes down what it holds. A copy that is not what it
  // should be is deleted again: kCorrupt says what was wrong.
  Result<BackupFacts> Add(const Store& store, const Watch& watch);
  // From any thread: a copy under way ends as a failure, soon; none begins any more.
  void StopCopying();
  // Deletes what retention no longer keeps, and what was never finished.
  Result<void> Keep(size_t newest, size_t days);

 private:
  Result<std::shared_ptr<StoreCopies>> OpenCopies();
  Result<BackupFacts> Check(const StoreCopy& copy, const Watch& watch);
  Result<std::string> Key() const;   // empty: it does not go along
  Result<void> WriteBeside(const BackupFacts& facts);
  Result<std::vector<uint64_t>> NeverChecked(const std::vector<MadeBackup>& checked) const;

  const BackupFolderOptions options_;
  std::mutex mutex_;
  std::shared_ptr<StoreCopies> copies_;   // the last that was opened
  bool stopped_ = false;
  VerifyState state_;              // of the log that the last backup was checked up to
};

}  // namespace tthc
