// How a store is opened: what RocksDB is told, and what is looked at before it may touch anything.
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ingest/store/rocks.h"

namespace tthc {
namespace {

constexpr uint64_t kWriteBufferBytes = 64u << 20;
constexpr uint64_t kLongestWalBytes = 512u << 20;
constexpr int kBloomBitsPerKey = 10;
constexpr uint64_t kLogBlockBytes = 32u << 10;
constexpr uint64_t kCaseBlockBytes = 8u << 10;

constexpr std::array<const char*, kColumnCount> kColumnNames = {
    "default", "log", "active", "resting", "quarantine", "alerts", "registers", "frozen",
    "audit"};

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

// RocksDB keeps a log of its own (LOG) in the directory of the database, also of one that it only
// reads, and does not outlive a second write of it that fails: with a full disk the process ended. What
// concerns the program comes back as the status of a call.
class NoLog final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

std::vector<rocksdb::ColumnFamilyDescriptor> ColumnDescriptors(uint64_t cache_bytes) {
  const auto cache = rocksdb::NewLRUCache(cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> columns;
  for (int i = 0; i < kColumnCount; ++i) {
    columns.emplace_back(kColumnNames[static_cast<size_t>(i)],
                         ColumnOptions(static_cast<Column>(i), cache));
  }
  return columns;
}

// The database's own lock, taken before RocksDB takes it: reading takes none.
class DirectoryLock {
 public:
  static Result<DirectoryLock> Take(const std::string& dir) {
    rocksdb::FileLock* lock = nullptr;
    const rocksdb::Status status = rocksdb::Env::Default()->LockFile(dir + "/LOCK", &lock);
    if (status.ok()) return DirectoryLock(lock);
    Error error = FromStatus(status, "opening the store in '" + dir + "'");
    const auto says = [&](std::string_view what) {
      return error.message.find(what) != error.message.npos;
    };
    if (says("Permission denied")) {
      error.message += "; reading it too takes its file LOCK: run this as the owner of the store";
    } else if (says("lock file") || says("lock hold")) {   // by another process, by this one
      error.message += "; another tthcmon has it open: stop that one first";
    }
    return error;
  }
  DirectoryLock(DirectoryLock&& other) noexcept : lock_(std::exchange(other.lock_, nullptr)) {}
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock() {
    if (lock_ != nullptr) (void)rocksdb::Env::Default()->UnlockFile(lock_);
  }

 private:
  explicit DirectoryLock(rocksdb::FileLock* lock) : lock_(lock) {}
  rocksdb::FileLock* lock_;
};

Result<void> CheckFormat(Store& store) {
  const auto format = store.Get(Column::kFacts, "format");
  if (!format) return format.error();
  if (!format->has_value()) {
    if (store.Failed()) return Error{ErrorKind::kCorrupt, "the store names no format"};
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


// Files that hold what was written, or tell of it. The list of files (MANIFEST) is none of them: a new
// database gets one before it gets CURRENT, and all others after that. Where it stands alone, the making
// of a store was cut short; nothing was acknowledged yet, and it is made anew.
bool HoldsWhatWasWritten(const std::filesystem::path& path) {
  return path.filename() == "ACKNOWLEDGED" || path.extension() == ".sst" ||
         path.extension() == ".log";
}

Error WithWayOut(Error error) {
  error.message += kWayOut;
  return error;
}

// RocksDB makes a new database where CURRENT is missing, and deletes the files that were there.
Result<bool> HoldsADatabase(const std::string& dir) {
  if (std::filesystem::exists(dir + "/CURRENT")) return true;
  std::error_code failed;
  for (const auto& file : std::filesystem::directory_iterator(dir, failed)) {
    if (!HoldsWhatWasWritten(file.path())) continue;
    return WithWayOut({ErrorKind::kCorrupt,
                       "the store in '" + dir + "' is damaged: its file CURRENT is missing"});
  }
  return false;
}

// What of the directory's files is known before RocksDB may write.
struct Looked {
  std::string only_read;   // why nothing may be written; empty: it may
  rocksdb::WALRecoveryMode mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  std::string remark;
};

std::string Damaged(const std::string& what) { return "it is damaged: " + what + std::string(kWayOut); }

Result<Looked> LookAt(const StoreOptions& options) {
  Looked looked;
  if (const auto mark = DamageMark(options.dir)) looked.only_read = *mark;
  const auto acknowledged = Acknowledged::Read(options.dir);
  if (!acknowledged) {
    looked.remark = acknowledged.error().message +
                    ": whether all that was acknowledged is there cannot be told; a new one is made";
  } else if (!*acknowledged) {
    looked.remark = "the file ACKNOWLEDGED is missing: whether all that was acknowledged is there "
                    "cannot be told; a new one is made";
  }
  auto rocks = OpenRocksForReading(options, nullptr, looked.mode);
  if (!rocks && rocks.error().kind == ErrorKind::kCorrupt) {
    // Records of the write-ahead log between others that are newer: the rest can be read.
    const Error first = rocks.error();
    looked.mode = rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
    rocks = OpenRocksForReading(options, nullptr, looked.mode);
    if (!rocks) return first;
    if (looked.only_read.empty()) looked.only_read = Damaged(first.message);
  }
  if (!rocks) return rocks.error();
  const uint64_t found = rocks->db->GetLatestSequenceNumber();
  if (acknowledged && *acknowledged && found < **acknowledged && looked.only_read.empty()) {
    looked.only_read =
        Damaged("its files end before write " + std::to_string(**acknowledged) +
                ", which was acknowledged; the last one that can be read is " + std::to_string(found));
  }
  return looked;
}

// Opening writes: a new list of files, and what stands in the write-ahead log as sorted runs. RocksDB
// as Debian builds it ends the process where the disk is full in the middle of that.
constexpr uint64_t kRoomToOpen = 16u << 20;

bool HasRoomToOpen(const std::string& dir) {
  struct statvfs fs {};
  if (::statvfs(dir.c_str(), &fs) != 0) return true;
  uint64_t needed = kRoomToOpen;
  std::error_code failed;
  for (const auto& file : std::filesystem::directory_iterator(dir, failed)) {
    if (file.path().extension() == ".log") needed += file.file_size(failed);
  }
  return static_cast<uint64_t>(fs.f_bavail) * fs.f_frsize >= needed;
}

Result<std::unique_ptr<Store>> Checked(std::unique_ptr<Store> store) {
  const auto checked = CheckFormat(*store);
  if (!checked) return checked.error();
  return store;
}

// Who reads a directory keeps writers out of it.
Result<std::unique_ptr<Store>> OpenForReading(const StoreOptions& options, const Looked& looked,
                                              DirectoryLock lock) {
  auto rocks = OpenRocksForReading(options, nullptr, looked.mode);
  if (!rocks) return rocks.error();
  rocks->lock = std::make_shared<DirectoryLock>(std::move(lock));
  return Checked(MakeStore(options, std::move(*rocks), std::nullopt, looked.only_read, looked.remark));
}

}  // namespace

Error FromStatus(const rocksdb::Status& status, std::string_view doing) {
  ErrorKind kind = ErrorKind::kIo;
  // A file that must be there and is not is damage too.
  if (status.IsCorruption() || status.IsPathNotFound()) kind = ErrorKind::kCorrupt;
  if (status.IsNotFound()) kind = ErrorKind::kNotFound;
  if (status.IsBusy() || status.IsTryAgain()) kind = ErrorKind::kUnavailable;
  return {kind, std::string(doing) + ": " + status.ToString()};
}

Rocks& Rocks::operator=(Rocks&& other) noexcept {
  std::swap(db, other.db);
  std::swap(columns, other.columns);
  std::swap(lock, other.lock);
  return *this;
}
Rocks::~Rocks() {
  if (db == nullptr) return;
  for (rocksdb::ColumnFamilyHandle* column : columns) {
    if (column != nullptr) (void)db->DestroyColumnFamilyHandle(column);
  }
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
  db.info_log = std::make_shared<NoLog>();
  db.paranoid_checks = true;
  return db;
}

std::optional<std::string> DamageMark(const std::string& dir) {
  std::ifstream in(dir + "/DAMAGED", std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str().empty() ? Damaged("the file DAMAGED says so") : text.str();
}
void MarkDamaged(const std::string& dir, const std::string& reason) {
  std::ofstream(dir + "/DAMAGED", std::ios::binary) << reason;
}

Result<Rocks> OpenRocksForReading(const StoreOptions& options, rocksdb::Env* env,
                                  rocksdb::WALRecoveryMode mode) {
  rocksdb::DBOptions how = DatabaseOptions(options);
  how.create_if_missing = false;
  how.create_missing_column_families = false;
  how.wal_recovery_mode = mode;
  if (env != nullptr) how.env = env;
  const std::string doing = "reading the store in '" + options.dir + "'";
  std::vector<std::string> names;
  rocksdb::Status status = rocksdb::DB::ListColumnFamilies(how, options.dir, &names);
  if (!status.ok()) return FromStatus(status, doing);
  std::vector<rocksdb::ColumnFamilyDescriptor> columns;
  std::vector<size_t> numbers;
  const auto all = ColumnDescriptors(options.block_cache_bytes);
  for (size_t i = 0; i < all.size(); ++i) {
    if (std::find(names.begin(), names.end(), all[i].name) == names.end()) continue;
    columns.push_back(all[i]);
    numbers.push_back(i);
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  status = rocksdb::DB::OpenForReadOnly(how, options.dir, columns, &handles, &db);
  if (!status.ok()) return FromStatus(status, doing);
  Rocks rocks;
  rocks.db.reset(db);
  rocks.columns.resize(all.size(), nullptr);
  for (size_t i = 0; i < numbers.size(); ++i) rocks.columns[numbers[i]] = handles[i];
  return rocks;
}

Result<Rocks> OpenRocks(const StoreOptions& options) {
  Rocks rocks;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(DatabaseOptions(options), options.dir,
                        ColumnDescriptors(options.block_cache_bytes), &rocks.columns, &db);
  if (!status.ok()) return FromStatus(status, "opening the store in '" + options.dir + "'");
  rocks.db.reset(db);
  return rocks;
}

Result<std::unique_ptr<Store>> Store::Open(const StoreOptions& options) {
  std::error_code ec;
  if (options.create_if_missing && !options.read_only) {
    std::filesystem::create_directories(options.dir, ec);
  }
  if (!std::filesystem::is_directory(options.dir, ec)) {
    return Error{ErrorKind::kIo, "the data directory '" + options.dir + "' is not there" +
                                     (ec ? " (" + ec.message() + ")" : "")};
  }
  const auto exists = HoldsADatabase(options.dir);
  if (!exists) return exists.error();
  if (!*exists && options.read_only) {
    return Error{ErrorKind::kNotFound, "there is no store in '" + options.dir + "'"};
  }
  Looked looked;
  if (*exists) {
    auto lock = DirectoryLock::Take(options.dir);
    if (!lock) return lock.error();
    auto found = LookAt(options);
    if (!found) {
      return found.error().kind == ErrorKind::kCorrupt ? WithWayOut(found.error()) : found.error();
    }
    looked = std::move(*found);
    if (!options.read_only && !looked.only_read.empty()) MarkDamaged(options.dir, looked.only_read);
    if (looked.only_read.empty() && !HasRoomToOpen(options.dir)) {
      looked.only_read = "its disk is full; free room, then restart";
    }
    if (options.read_only || !looked.only_read.empty()) {
      return OpenForReading(options, looked, std::move(*lock));
    }
  }
  auto rocks = OpenRocks(options);
  if (!rocks) return rocks.error();
  auto acknowledged = Acknowledged::Open(options.dir);
  if (!acknowledged) return acknowledged.error();
  acknowledged->Write(rocks->db->GetLatestSequenceNumber());
  return Checked(MakeStore(options, std::move(*rocks), std::move(*acknowledged), "", looked.remark));
}

}  // namespace tthc
