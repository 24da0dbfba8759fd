// The only RocksDB code of the program, behind one interface.
//
// Columns and keys (every key of a case's data begins with its shard, two bytes big-endian; one
// machine is the case of one shard, number 0):
//
//   default     "format" | "epoch" | "hash_key" | "flushed_seq" | "quiet_until"   facts of the store
//               "t" id(4)                      -> text of the dictionary
//               "source_place/" …              -> server/pipeline/source_places.h
//   log         shard(2) first_seq(8)          -> LogBlock: what one batch recorded
//   active      shard(2) case number           -> StoredCase, still changing with time or open
//   resting     shard(2) case number           -> StoredCase, ended or outside: not held in memory
//   quarantine  shard(2) id(8)                 -> StoredRejected
//   alerts      shard(2) 'm' alert_seq(8)      -> message of the alert stream
//               shard(2) 'a' alert id | 'c' … | rest -> acknowledgement | channel_records.h | alert_index.h
//   registers   shard(2) …                     -> versions of register rows (ingest/registers/book.cc)
//   frozen      shard(2) …                     -> closed periods (metrics/frozen.cc) | server/reference_archive.h
//   audit       shard(2) …                     -> checkpoints and what proofs rest on (server/audit/ledger.h)
//
// The log is written with the batch that is answered, synced; `active` and `resting` follow in
// sorted runs and say by "flushed_seq" how far they reach: the log after it rebuilds the rest.
//
// Beside RocksDB's own files: ACKNOWLEDGED (ingest/store/acknowledged.h), and DAMAGED with the reason
// once damage was met.
// Thread safety: every method may be called from any thread, Close only when none other runs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/result.h"

namespace tthc {

using ShardId = uint16_t;
inline constexpr ShardId kOnlyShard = 0;
inline constexpr uint32_t kStoreFormat = 1;

// The end of a sentence that says what of a store is damaged.
inline constexpr std::string_view kWayOut =
    "; keep the directory as it is, restore a backup into another one (tthcmon restore --help), and "
    "have senders send again what came after it";

enum class Column : uint8_t { kFacts = 0, kLog, kActive, kResting, kQuarantine, kAlerts,
                              kRegisters, kFrozen, kAudit };
inline constexpr int kColumnCount = 9;

std::string NumberKey(ShardId shard, uint64_t number);
std::string CaseKey(ShardId shard, std::string_view case_id);
std::string ShardKey(ShardId shard, std::string_view rest);
// What follows the shard of a key.
std::string_view AfterShard(std::string_view key);
uint64_t NumberOf(std::string_view number_key);

struct StoreOptions {
  std::string dir;
  bool create_if_missing = true;
  bool read_only = false;                  // nothing in the directory is touched
  bool sync = true;                        // acknowledged means synced
  uint64_t block_cache_bytes = 64u << 20;
  uint64_t free_space_floor_bytes = 0;     // below this the store takes no more writes
};

// What is written together or not at all.
class StoreBatch {
 public:
  StoreBatch();
  ~StoreBatch();
  StoreBatch(StoreBatch&&) noexcept;
  void Put(Column column, std::string_view key, std::string_view value);
  void Delete(Column column, std::string_view key);
  void Clear();
  bool empty() const;

 private:
  friend class Store;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A consistent view of the whole store for reading.
class StoreView {
 public:
  ~StoreView();
  StoreView(const StoreView&) = delete;

 private:
  friend class Store;
  StoreView() = default;
  const class Store* store_ = nullptr;
  const void* snapshot_ = nullptr;
};

class Store {
 public:
  // Errors say what is wrong and the way out. A store of a newer format is refused. One that is damaged,
  // or whose disk is full, is opened for reading where it can be read: OnlyRead() says why. kCorrupt
  // where it cannot; nothing in its directory was touched then.
  static Result<std::unique_ptr<Store>> Open(const StoreOptions& options);
  virtual ~Store() = default;

  // Asked before a batch is made: whoever built one that is then refused is ahead of the store.
  // Error while the disk has less room than the floor, or after a failed write.
  virtual Result<void> Writable() const = 0;
  // After an error the store takes no more writes (Failed()); reading goes on.
  virtual Result<void> Commit(StoreBatch& batch, bool sync) = 0;
  virtual bool Failed() const = 0;
  // Why it takes no writes until somebody acts, with the way out; empty: nothing is wrong with it.
  virtual std::string OnlyRead() const = 0;
  // What is worth a warning when it was opened; empty: nothing.
  virtual std::string Remark() const = 0;
  // Seconds of the last synced write.
  virtual double LastSyncSeconds() const = 0;

  virtual Result<std::optional<std::string>> Get(Column column, std::string_view key) const = 0;
  // One answer per key, nullopt where there is none.
  virtual Result<std::vector<std::optional<std::string>>> GetMany(
      Column column, const std::vector<std::string>& keys) const = 0;

  using Visitor = std::function<bool(std::string_view key, std::string_view value)>;
  // Visits keys >= `from` of the column in order until the visitor returns false.
  virtual Result<void> Scan(Column column, std::string_view from, const StoreView* view,
                            const Visitor& visit) const = 0;
  virtual Result<void> ScanBackwards(Column column, std::string_view from_or_before,
                                     const Visitor& visit) const = 0;
  virtual std::unique_ptr<StoreView> View() const = 0;

  // Reads every file of sorted runs against its checksums. `go_on` is told the bytes so far after each
  // file, false stops. kCorrupt names the file.
  using OnBytes = std::function<bool(uint64_t bytes)>;
  virtual Result<void> CheckFiles(const OnBytes& go_on) const = 0;

  virtual uint64_t DiskBytes() const = 0;
  virtual uint64_t Property(std::string_view rocksdb_name) const = 0;
  // Syncs and closes; further writes fail.
  virtual void Close() = 0;

 protected:
  virtual void Release(const StoreView& view) const = 0;
  friend class StoreView;
  static const void* SnapshotOf(const StoreView& view) { return view.snapshot_; }
  std::unique_ptr<StoreView> MakeView(const void* snapshot) const;
  static struct StoreBatch::Impl& ImplOf(StoreBatch& batch) { return *batch.impl_; }
};

}  // namespace tthc
