#include "ingest/store/store.h"

#include <rocksdb/db.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/write_batch.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <mutex>

#include "ingest/store/rocks.h"

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

class RocksStore final : public Store {
 public:
  RocksStore(StoreOptions options, Rocks rocks, std::optional<Acknowledged> acknowledged,
             std::string only_read, std::string remark)
      : options_(std::move(options)), db_(std::move(rocks.db)), columns_(std::move(rocks.columns)),
        lock_(std::move(rocks.lock)),
        acknowledged_(std::move(acknowledged)), remark_(std::move(remark)),
        failed_(options_.read_only || !only_read.empty()), why_(std::move(only_read)) {}
  ~RocksStore() override { Close(); }

  rocksdb::DB& db() const { return *db_; }

  Result<void> Commit(StoreBatch& batch, bool sync) override {
    if (failed_) return Refused();
    rocksdb::WriteBatch write;
    for (const auto& item : ImplOf(batch).items) {
      rocksdb::ColumnFamilyHandle* column = columns_[static_cast<size_t>(item.column)];
      const rocksdb::Status status =
          item.is_delete ? write.Delete(column, item.key) : write.Put(column, item.key, item.value);
      if (!status.ok()) return FromStatus(status, "building a batch");
    }
    rocksdb::WriteOptions how;
    how.sync = sync && options_.sync;
    // What others write meanwhile may not be synced yet: only what stood before and this is.
    const uint64_t synced = db_->GetLatestSequenceNumber() + static_cast<uint64_t>(write.Count());
    const auto begin = std::chrono::steady_clock::now();
    const rocksdb::Status status = db_->Write(how, &write);
    if (!status.ok()) {
      const Error error = Noticed(status, "writing to the store");
      TakeNoWrites("a write failed (" + status.ToString() + "); restart when its cause is gone");
      return error;
    }
    if (how.sync) {
      acknowledged_->Write(synced);
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
  std::string OnlyRead() const override {
    const std::lock_guard lock(why_mutex_);
    return why_;
  }
  std::string Remark() const override { return remark_; }
  double LastSyncSeconds() const override { return last_sync_seconds_; }

  Result<std::optional<std::string>> Get(Column column, std::string_view key) const override {
    std::string value;
    rocksdb::ColumnFamilyHandle* from = columns_[static_cast<size_t>(column)];
    if (from == nullptr) return std::optional<std::string>();
    const rocksdb::Status status = db_->Get({}, from, Slice(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (!status.ok()) return Noticed(status, "reading the store");
    return std::optional<std::string>(std::move(value));
  }

  Result<std::vector<std::optional<std::string>>> GetMany(
      Column column, const std::vector<std::string>& keys) const override {
    std::vector<std::optional<std::string>> out(keys.size());
    rocksdb::ColumnFamilyHandle* from = columns_[static_cast<size_t>(column)];
    if (from == nullptr) return out;
    std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
    std::vector<rocksdb::PinnableSlice> values(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    db_->MultiGet({}, from, keys.size(), slices.data(), values.data(), statuses.data());
    for (size_t i = 0; i < keys.size(); ++i) {
      if (statuses[i].ok()) {
        out[i] = values[i].ToString();
      } else if (!statuses[i].IsNotFound()) {
        return Noticed(statuses[i], "reading the store");
      }
    }
    return out;
  }

  Result<void> Scan(Column column, std::string_view from, const StoreView* view,
                    const Visitor& visit) const override {
    const auto it = Iterator(column, view);
    if (it == nullptr) return {};
    for (it->Seek(Slice(from)); it->Valid(); it->Next()) {
      if (!visit(it->key().ToStringView(), it->value().ToStringView())) break;
    }
    return Ended(*it);
  }

  Result<void> ScanBackwards(Column column, std::string_view from_or_before,
                             const Visitor& visit) const override {
    const auto it = Iterator(column, nullptr);
    if (it == nullptr) return {};
    for (it->SeekForPrev(Slice(from_or_before)); it->Valid(); it->Prev()) {
      if (!visit(it->key().ToStringView(), it->value().ToStringView())) break;
    }
    return Ended(*it);
  }

  std::unique_ptr<StoreView> View() const override { return MakeView(db_->GetSnapshot()); }

  Result<void> CheckFiles(const OnBytes& go_on) const override {
    rocksdb::Options how(db_->GetDBOptions(), rocksdb::ColumnFamilyOptions());
    uint64_t bytes = 0;
    for (const rocksdb::LiveFileMetaData& file : LiveFiles()) {
      rocksdb::SstFileReader reader(how);
      rocksdb::Status status = reader.Open(PathOf(file));
      if (status.ok()) status = reader.VerifyChecksum();
      // A file that was merged into another one meanwhile is gone, and nobody's loss.
      if (!status.ok() && IsLive(file)) {
        return Noticed(status, "file " + file.relative_filename + " (column " +
                                   file.column_family_name + ")");
      }
      bytes += file.size;
      if (go_on && !go_on(bytes)) break;
    }
    return {};
  }

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
    if (!failed_) {
      TakeNoWrites("it is closed");
      // After an error RocksDB ends the process where its log is touched once more (7.8.3).
      const bool flushed = db_->Flush({}, columns_).ok();
      if (flushed && db_->FlushWAL(true).ok()) acknowledged_->Write(db_->GetLatestSequenceNumber());
    }
    for (rocksdb::ColumnFamilyHandle* column : columns_) {
      if (column != nullptr) (void)db_->DestroyColumnFamilyHandle(column);
    }
    columns_.clear();
    (void)db_->Close();
    db_.reset();
    lock_.reset();
  }

 protected:
  void Release(const StoreView& view) const override {
    db_->ReleaseSnapshot(static_cast<const rocksdb::Snapshot*>(SnapshotOf(view)));
  }

 private:
  static rocksdb::Slice Slice(std::string_view text) { return {text.data(), text.size()}; }
  Error Refused() const {
    const std::string why = OnlyRead();
    return {ErrorKind::kUnavailable,
            "the store takes no writes: " + (why.empty() ? "it was opened for reading" : why)};
  }

  // The first reason is the one to act on.
  void TakeNoWrites(const std::string& why) const {
    const std::lock_guard lock(why_mutex_);
    if (!failed_.exchange(true)) why_ = why;
  }

  // What was read is not what was written: from here on nothing is added to it.
  Error Noticed(const rocksdb::Status& status, std::string_view doing) const {
    Error error = FromStatus(status, doing);
    if (error.kind != ErrorKind::kCorrupt) return error;
    const bool first = !failed_;
    TakeNoWrites("it is damaged: " + error.message + std::string(kWayOut));
    if (first && acknowledged_) MarkDamaged(options_.dir, OnlyRead());
    return error;
  }

  std::vector<rocksdb::LiveFileMetaData> LiveFiles() const {
    std::vector<rocksdb::LiveFileMetaData> files;
    db_->GetLiveFilesMetaData(&files);
    return files;
  }
  bool IsLive(const rocksdb::LiveFileMetaData& file) const {
    const auto files = LiveFiles();
    return std::any_of(files.begin(), files.end(), [&](const rocksdb::LiveFileMetaData& f) {
      return f.file_number == file.file_number;
    });
  }
  static std::string PathOf(const rocksdb::LiveFileMetaData& file) {
    return file.directory + "/" + file.relative_filename;
  }

  std::unique_ptr<rocksdb::Iterator> Iterator(Column column, const StoreView* view) const {
    rocksdb::ColumnFamilyHandle* from = columns_[static_cast<size_t>(column)];
    if (from == nullptr) return nullptr;
    rocksdb::ReadOptions how;
    how.fill_cache = false;
    how.readahead_size = 1 << 20;
    if (view != nullptr) how.snapshot = static_cast<const rocksdb::Snapshot*>(SnapshotOf(*view));
    return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(how, from));
  }
  Result<void> Ended(const rocksdb::Iterator& it) const {
    if (!it.status().ok()) return Noticed(it.status(), "reading the store");
    return {};
  }

  const StoreOptions options_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> columns_;
  std::shared_ptr<const void> lock_;
  const std::optional<Acknowledged> acknowledged_;   // absent where it was opened for reading only
  const std::string remark_;
  mutable std::atomic<bool> failed_;
  mutable std::mutex why_mutex_;
  mutable std::string why_;
  std::atomic<double> last_sync_seconds_ = 0;
};

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

std::unique_ptr<Store> MakeStore(const StoreOptions& options, Rocks rocks,
                                 std::optional<Acknowledged> acknowledged, std::string only_read,
                                 std::string remark) {
  return std::make_unique<RocksStore>(options, std::move(rocks), std::move(acknowledged),
                                      std::move(only_read), std::move(remark));
}

rocksdb::DB& DatabaseOf(const Store& store) { return static_cast<const RocksStore&>(store).db(); }

}  // namespace tthc
