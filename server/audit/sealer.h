// Seals the log from time to time, takes the checkpoints off the machine, and checks the log again
// and again in the background.
//
// Threads: "audit" (this); everything else may be called from any thread.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "metrics/exposition/process_metrics.h"
#include "server/audit/ledger.h"
#include "server/audit/verify.h"
#include "server/monitor.h"

namespace tthc {

struct SealerOptions {
  std::string key_file;             // of the signing key; made where it is missing
  std::string origin;               // also the name that signs
  std::string checkpoint_dir;       // where checkpoints go as files; empty: nowhere
  int64_t every_us = kMicrosPerHour;
  uint64_t verify_records_per_second = 20'000;   // 0: no check in the background
  int64_t access_days = 730;        // that texts of who read what are kept
};

class Sealer {
 public:
  struct Parts {
    Store& store;
    const Directory& directory;
    Ledger& ledger;
    ProcessMetrics& metrics;
    std::function<uint64_t()> log_size;   // records on disk
    std::function<Instant()> now;
    SealerOptions options;
  };
  // Reads or makes the key.
  static Result<std::unique_ptr<Sealer>> Create(Parts parts);
  ~Sealer();
  void Start();
  void Stop();   // idempotent

  Result<Sealed> SealNow();
  AuditStatus Status() const;

 private:
  Sealer(Parts parts, NoteSigner signer);
  void Run();
  void Export();
  // Where the file of a checkpoint holds another one, the store was set back and went on from there.
  bool ExportOne(const Sealed& sealed);
  // A stretch of the check of the log, until the next checkpoint is due or it is over: then true.
  bool VerifyOn();
  // Every file against its checksums: what is damaged and seldom read is found here. False once stopped.
  bool CheckFiles();
  void ForgetOldNotes();
  void ShowCheckpoint(const Checkpoint& checkpoint);
  // An empty `what`: nothing is wrong by that check.
  enum class Check { kSeal, kExport, kFiles, kLog };
  void Found(Check check, const std::string& what);
  bool SealIsDue() const;
  // True where there is time left to wait, false once stopped.
  bool Rest(int64_t micros);
  std::optional<std::string> NewestExported() const;

  Parts parts_;
  const NoteSigner signer_;
  std::mutex sealing_;
  std::atomic<int64_t> sealed_at_us_ = 0;   // monotonic
  bool files_checked_ = false;              // in the pass under way
  VerifyState state_;                       // of the thread only
  uint64_t exported_ = 0;                   // checkpoints, up to that number; under sealing_
  uint64_t paced_records_ = 0;
  int64_t paced_from_us_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  AuditStatus status_;
  std::array<std::string, 4> wrong_;        // by Check
  std::thread thread_;
};

}  // namespace tthc
