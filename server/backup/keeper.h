// Makes backups while the monitor works: when one is due, and when asked.
//
// Threads: "backup" (this), at low priority; everything else may be called from any thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "metrics/exposition/process_metrics.h"
#include "server/backup/folder.h"
#include "server/monitor.h"

namespace tthc {

struct BackupOptions {
  BackupFolderOptions folder;            // an empty directory: no backups
  int64_t every_us = kMicrosPerHour;
  size_t newest = 48;                    // that are kept
  size_t days = 31;                      // on whose last one is kept besides
};

class BackupKeeper {
 public:
  BackupKeeper(const Store& store, ProcessMetrics& metrics, BackupOptions options);
  ~BackupKeeper();
  void Start();
  void Stop();   // idempotent; a backup under way is given up

  // One more, at once or after the one under way. kConflict where there is no directory for them.
  Result<void> Ask();
  BackupStatus Status() const;

 private:
  void Run();
  // When the newest one is so old.
  int64_t MicrosUntilDue() const;
  bool WaitForTurn();      // false once stopped
  void MakeOne();
  Result<void> Make();
  // With the mutex held.
  void Take(Result<std::vector<BackupFacts>> backups);
  void Show();

  const Store& store_;
  ProcessMetrics& metrics_;
  const BackupOptions options_;
  BackupFolder folder_;
  int64_t tried_us_ = INT64_MIN;         // monotonic; of the thread only

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool asked_ = false;
  BackupStatus status_;
  std::thread thread_;
};

}  // namespace tthc
