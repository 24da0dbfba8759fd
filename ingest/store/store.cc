#include "ingest/store/store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <sys/statvfs.h>

#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>

namespace tthc {

struct StoreBatch::Impl {
  struct Item {
    Column column;
    bool is_delete;
    std::string key;
    std::string value;
  };
  std::vector<Item> items;
};

StoreBatch::StoreBatch() : impl_(std::make_unique<Impl>()) {}
StoreBatch::~StoreBatch() = default;
StoreBatch::StoreBatch(StoreBatch&&) noexcept = default;
void StoreBatch::Put(Column column, std::string_view key, std::string_view value) {
  impl_->items.push_back({column, false, std::string(key), std::string(value)});
}
void StoreBatch::Delete(Column column, std::string_view key) {
  impl_->items.push_back({column, true, std::string(key), {}});
}
void StoreBatch::Clear() { impl_->items.clear(); }
bool StoreBatch::empty() const { return impl_->items.empty(); }

StoreView::~StoreView() {
  if (store_ != nullptr) store_->Release(*this);
}
std::unique_ptr<StoreView> Store::MakeView(const void* snapshot) const {
  std::unique_ptr<StoreView> view(new StoreView());
  view->store_ = this;
  view->snapshot_ = snapshot;
  return view;
}

namespace {

constexpr uint64_t kWriteBufferBytes = 64u << 20;
constexpr uint64_t kLongestWalBytes = 512u << 20;
constexpr int kBloomBitsPerKey = 10;
constexpr uint64_t kLogBlockBytes = 32u << 10;
constexpr uint64_t kCaseBlockBytes = 8u << 10;

constexpr std::array<const char*, kColumnCount> kColumnNames = {
    "default", "log", "active", "resting", "quarantine", "alerts", "registers", "frozen",
    "audit"};

Error FromStatus(const rocksdb::Status& status, std::string_view doing) {
  ErrorKind kind = ErrorKind::kIo;
  if (status.IsCorruption()) kind = ErrorKind::kCorrupt;
  if (status.IsNotFound()) kind = ErrorKind::kNotFound;
  if (status.IsBusy() || status.IsTryAgain()) kind = ErrorKind::kUnavailable;
  return {kind, std::string(doing) + ": " + status.ToString()};
}

rocksdb::ColumnFamilyOptions ColumnOptions(Column column,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = kWriteBufferBytes;
  // More than two, with several flushes at once, loses the order after a failed flush (7.8.3).
  options.max_write_buffer_number = 2;
  options.compression = rocksdb::kZSTD;
  options.level_compaction_dynamic_level_bytes = true;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.format_version = 5;
  table.block_size = kCaseBlockBytes;
  switch (column) {
    case Column::kLog:
      // Keys rise for ever: files are compressed once, at their flush, and only moved later.
      table.block_size = kLogBlockBytes;
      break;
    case Column::kActive:
      // Written again with every run while a case is open: what is compressed here is soon replaced.
      options.compression = rocksdb::kLZ4Compression;
      break;
    case Column::kResting:
      // A new case asks here whether it is an old one: the filter says no without reading.
      table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
      table.optimize_filters_for_memory = true;
      break;
    case Column::kAlerts:
      // A Monday morning writes hundreds of megabytes: small buffers would stop the writer.
      options.write_buffer_size = kWriteBufferBytes / 2;
      break;
    case Column::kFacts:
    case Column::kQuarantine:
    case Column::kRegisters:
    case Column::kFrozen:
    case Column::kAudit:
      options.write_buffer_size = kWriteBufferBytes / 8;
      break;
  }
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

rocksdb::DBOptions DatabaseOptions(const StoreOptions& options) {
  rocksdb::DBOptions db;
  db.create_if_missing = options.create_if_missing;
  db.create_missing_column_families = true;
  db.max_background_jobs = 2;
  // Compactions wait for whoever records: with few cores they would hold up messages.
  rocksdb::Env::Default()->LowerThreadPoolCPUPriority(rocksdb::Env::LOW);
  db.max_total_wal_size = kLongestWalBytes;
  db.bytes_per_sync = 1 << 20;
  db.recycle_log_file_num = 0;
  db.track_and_verify_wals_in_manifest = false;  // falsely refuses to open in 7.8.3
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  db.max_open_files = 512;
  db.keep_log_file_num = 5;
  db.paranoid_checks = true;
  return db;
}

class RocksStore final : public Store {
 public:
  RocksStore(StoreOptions options, std::unique_ptr<rocksdb::DB> db,
             std::vector<rocksdb::ColumnFamilyHandle*> handles)
      : options_(std::move(options)), db_(std::move(db)), handles_(std::move(handles)) {}
  ~RocksStore() override { Close(); }

  Result<void> Commit(StoreBatch& batch, bool sync) override {
    if (failed_) return Refused();
    rocksdb::WriteBatch write;
    for (const auto& item : ImplOf(batch).items) {
      rocksdb::ColumnFamilyHandle* column = handles_[static_cast<size_t>(item.column)];
      const rocksdb::Status status =
          item.is_delete ? write.Delete(column, item.key) : write.Put(column, item.key, item.value);
      if (!status.ok()) return FromStatus(status, "building a batch");
    }
    rocksdb::WriteOptions how;
    how.sync = sync && options_.sync;
    const auto begin = std::chrono::steady_clock::now();
    const rocksdb::Status status = db_->Write(how, &write);
    if (!status.ok()) {
      failed_ = true;
      return FromStatus(status, "writing to the store");
    }
    if (how.sync) {
      last_sync_seconds_ =
          std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    }
    return {};
  }

  Result<void> Writable() const override {
    if (failed_) return Refused();
    struct statvfs fs {};
    if (options_.free_space_floor_bytes == 0 || statvfs(options_.dir.c_str(), &fs) != 0) return {};
    if (static_cast<uint64_t>(fs.f_bavail) * fs.f_frsize >= options_.free_space_floor_bytes) {
      return {};
    }
    return Error{ErrorKind::kUnavailable,
                 "the disk of the data directory has less than " +
                     std::to_string(options_.free_space_floor_bytes) +
                     " bytes free (store.free_space_floor_bytes); free room, then it goes on"};
  }
  bool Failed() const override { return failed_; }
  double LastSyncSeconds() const override { return last_sync_seconds_; }

  Result<std::optional<std::string>> Get(Column column, std::string_view key) const override {
    std::string value;
    const rocksdb::Status status =
        db_->Get({}, handles_[static_cast<size_t>(column)], Slice(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (!status.ok()) return FromStatus(status, "reading the store");
    return std::optional<std::string>(std::move(value));
  }

  Result<std::vector<std::optional<std::string>>> GetMany(
      Column column, const std::vector<std::string>& keys) const override {
    std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
    std::vector<rocksdb::PinnableSlice> values(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    db_->MultiGet({}, handles_[static_cast<size_t>(column)], keys.size(), slices.data(),
                  values.data(), statuses.data());
    std::vector<std::optional<std::string>> out(keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      if (statuses[i].ok()) {
        out[i] = values[i].ToString();
      } else if (!statuses[i].IsNotFound()) {
        return FromStatus(statuses[i], "reading the store");
      }
    }
    return out;
  }

  Result<void> Scan(Column column, std::string_view from, const StoreView* view,
                    const Visitor& visit) const override {
    const auto it = Iterator(column, view);
    for (it->Seek(Slice(from)); it->Valid(); it->Next()) {
      if (!visit(it->key().ToStringView(), it->value().ToStringView())) break;
    }
    return Ended(*it);
  }

  Result<void> ScanBackwards(Column column, std::string_view from_or_before,
                             const Visitor& visit) const override {
    const auto it = Iterator(column, nullptr);
    for (it->SeekForPrev(Slice(from_or_before)); it->Valid(); it->Prev()) {
      if (!visit(it->key().ToStringView(), it->value().ToStringView())) break;
    }
    return Ended(*it);
  }

  std::unique_ptr<StoreView> View() const override { return MakeView(db_->GetSnapshot()); }

  uint64_t DiskBytes() const override {
    uint64_t bytes = 0;
    std::error_code ec;
    for (std::filesystem::recursive_directory_iterator it(options_.dir, ec), end; !ec && it != end;
         it.increment(ec)) {
      std::error_code file_error;
      const auto size = it->file_size(file_error);
      if (!file_error) bytes += size;
    }
    return bytes;
  }

  uint64_t Property(std::string_view name) const override {
    uint64_t value = 0;
    if (!db_->GetAggregatedIntProperty(Slice(name), &value)) return 0;
    return value;
  }

  void Close() override {
    if (db_ == nullptr) return;
    // Sorted and compressed, all of it takes a third of the room that it has in the write-ahead
    // log, and the next start has nothing to play again.
    if (!failed_.exchange(true)) (void)db_->Flush({}, handles_);
    (void)db_->FlushWAL(true);
    for (rocksdb::ColumnFamilyHandle* handle : handles_) {
      (void)db_->DestroyColumnFamilyHandle(handle);
    }
    handles_.clear();
    (void)db_->Close();
    db_.reset();
  }

 protected:
  void Release(const StoreView& view) const override {
    db_->ReleaseSnapshot(static_cast<const rocksdb::Snapshot*>(SnapshotOf(view)));
  }

 private:
  static rocksdb::Slice Slice(std::string_view text) { return {text.data(), text.size()}; }
  static Error Refused() {
    return {ErrorKind::kUnavailable,
            "the store takes no writes since one failed; see the log, then restart"};
  }

  std::unique_ptr<rocksdb::Iterator> Iterator(Column column, const StoreView* view) const {
    rocksdb::ReadOptions how;
    how.fill_cache = false;
    how.readahead_size = 1 << 20;
    if (view != nullptr) how.snapshot = static_cast<const rocksdb::Snapshot*>(SnapshotOf(*view));
    return std::unique_ptr<rocksdb::Iterator>(
        db_->NewIterator(how, handles_[static_cast<size_t>(column)]));
  }
  static Result<void> Ended(const rocksdb::Iterator& it) {
    if (!it.status().ok()) return FromStatus(it.status(), "reading the store");
    return {};
  }
  const StoreOptions options_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  std::atomic<bool> failed_ = false;
  std::atomic<double> last_sync_seconds_ = 0;
};

Result<void> CheckFormat(Store& store) {
  const auto format = store.Get(Column::kFacts, "format");
  if (!format) return format.error();
  if (!format->has_value()) {
    StoreBatch batch;
    batch.Put(Column::kFacts, "format", std::to_string(kStoreFormat));
    return store.Commit(batch, true);
  }
  if (**format != std::to_string(kStoreFormat)) {
    return Error{ErrorKind::kConflict,
                 "the store has format " + **format + " and this program reads format " +
                     std::to_string(kStoreFormat) +
                     "; use the program version that wrote it, or restore a backup of this one"};
  }
  return {};
}

}  // namespace

std::string ShardKey(ShardId shard, std::string_view rest) {
  std::string key;
  key.reserve(2 + rest.size());
  key.push_back(static_cast<char>(shard >> 8));
  key.push_back(static_cast<char>(shard & 0xff));
  key.append(rest);
  return key;
}
std::string CaseKey(ShardId shard, std::string_view case_id) { return ShardKey(shard, case_id); }
std::string NumberKey(ShardId shard, uint64_t number) {
  char bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(number >> (56 - 8 * i));
  return ShardKey(shard, std::string_view(bytes, 8));
}
std::string_view AfterShard(std::string_view key) { return key.substr(std::min<size_t>(2, key.size())); }
uint64_t NumberOf(std::string_view number_key) {
  uint64_t number = 0;
  for (const char c : AfterShard(number_key)) number = number << 8 | static_cast<uint8_t>(c);
  return number;
}

Result<std::unique_ptr<Store>> Store::Open(const StoreOptions& options) {
  std::error_code ec;
  if (options.create_if_missing) std::filesystem::create_directories(options.dir, ec);
  if (!std::filesystem::is_directory(options.dir, ec)) {
    return Error{ErrorKind::kIo, "the data directory '" + options.dir + "' is not there" +
                                     (ec ? " (" + ec.message() + ")" : "")};
  }
  const auto cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> columns;
  for (int i = 0; i < kColumnCount; ++i) {
    columns.emplace_back(kColumnNames[static_cast<size_t>(i)],
                         ColumnOptions(static_cast<Column>(i), cache));
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(DatabaseOptions(options), options.dir, columns, &handles, &db);
  if (!status.ok()) {
    Error error = FromStatus(status, "opening the store in '" + options.dir + "'");
    if (status.IsIOError() && error.message.find("lock") != std::string::npos) {
      error.message += "; another tthcmon has it open: stop that one first";
    } else if (status.IsCorruption()) {
      error.message += "; keep the directory as it is and restore a backup into another one";
    }
    return error;
  }
  auto store = std::make_unique<RocksStore>(options, std::unique_ptr<rocksdb::DB>(db),
                                            std::move(handles));
  const auto checked = CheckFormat(*store);
  if (!checked) return checked.error();
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace tthc
