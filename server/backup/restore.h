// A backup put into an empty directory: whole or not at all.
//
// It is copied beside the directory, checked to the last case, and only then put in place.
#pragma once

#include <optional>
#include <string>

#include "server/backup/folder.h"

namespace tthc {

struct RestoreOptions {
  std::string from;                      // a folder of backups, or an archive of one
  std::string data_dir;                  // not there, or empty
  std::optional<uint64_t> number;        // absent: the newest
};
struct RestoreReport {
  BackupFacts backup;                    // what was found in it now
  bool with_key = false;                 // the signing key came along
};
struct RestoreWatch {
  std::function<void(uint64_t bytes)> copied;   // of an archive
  OnProgress checked;                    // records
};

// kConflict where the directory holds anything; kNotFound where there is no such backup.
Result<RestoreReport> Restore(const RestoreOptions& options, const RestoreWatch& watch);

}  // namespace tthc
