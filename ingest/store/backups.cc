#include "ingest/store/backups.h"

#include <rocksdb/utilities/backup_engine.h>

#include <algorithm>
#include <filesystem>

#include "ingest/store/rocks.h"

namespace tthc {
namespace {

constexpr uint64_t kReadCacheBytes = 16u << 20;
constexpr uint64_t kBytesPerNotice = 8u << 20;

StoreCopy CopyFrom(const rocksdb::BackupInfo& info) {
  StoreCopy copy;
  copy.number = info.backup_id;
  copy.made = {info.timestamp * kMicrosPerSecond};
  copy.bytes = info.size;
  copy.files = info.number_files;
  return copy;
}

Result<std::unique_ptr<Store>> OpenCopy(const rocksdb::BackupInfo& info) {
  StoreOptions options;
  options.dir = info.name_for_open;
  options.read_only = true;
  options.block_cache_bytes = kReadCacheBytes;
  auto rocks = OpenRocksForReading(options, info.env_for_open.get(),
                                   rocksdb::WALRecoveryMode::kPointInTimeRecovery);
  if (!rocks) return rocks.error();
  rocks->lock = info.env_for_open;   // lives as long as what reads through it
  return MakeStore(options, std::move(*rocks), std::nullopt, "", "");
}

}  // namespace

StoreCopies::StoreCopies(std::unique_ptr<rocksdb::BackupEngine> engine)
    : engine_(std::move(engine)) {}
StoreCopies::~StoreCopies() = default;

Result<std::unique_ptr<StoreCopies>> StoreCopies::Open(const std::string& dir,
                                                       uint64_t bytes_per_second) {
  std::error_code failed;
  const bool made = std::filesystem::create_directories(dir, failed);
  if (failed) {
    return Error{ErrorKind::kIo, "the directory of backups '" + dir + "' cannot be made: " +
                                     failed.message()};
  }
  // What it holds is what the store holds, the key of hashes included.
  if (made) std::filesystem::permissions(dir, std::filesystem::perms::owner_all, failed);
  rocksdb::BackupEngineOptions options(dir);
  options.sync = true;
  options.backup_rate_limit = bytes_per_second;
  options.callback_trigger_interval_size = kBytesPerNotice;
  rocksdb::BackupEngine* engine = nullptr;
  const auto status =
      rocksdb::BackupEngine::Open(rocksdb::Env::Default(), options, &engine);
  if (!status.ok()) return FromStatus(status, "opening the backups in '" + dir + "'");
  return std::unique_ptr<StoreCopies>(
      new StoreCopies(std::unique_ptr<rocksdb::BackupEngine>(engine)));
}

Result<StoreCopy> StoreCopies::Make(const Store& store, const OnCopied& copied) {
  rocksdb::CreateBackupOptions how;
  // Sorted and compressed, it is copied once and shared by all later copies; from the write-ahead log it
  // would be copied anew each time.
  how.flush_before_backup = true;
  how.decrease_background_thread_cpu_priority = true;
  how.background_thread_cpu_priority = rocksdb::CpuPriority::kLow;
  uint64_t bytes = 0;
  how.progress_callback = [&] {
    bytes += kBytesPerNotice;
    if (copied) copied(bytes);
  };
  rocksdb::BackupID number = 0;
  const auto status =
      engine_->CreateNewBackupWithMetadata(how, &DatabaseOf(store), "", &number);
  if (!status.ok()) return FromStatus(status, "making a backup");
  rocksdb::BackupInfo info;
  const auto told = engine_->GetBackupInfo(number, &info);
  if (!told.ok()) return FromStatus(told, "reading backup " + std::to_string(number));
  return CopyFrom(info);
}

void StoreCopies::Stop() { engine_->StopBackup(); }

Result<void> StoreCopies::Delete(uint64_t number) {
  const auto status = engine_->DeleteBackup(static_cast<rocksdb::BackupID>(number));
  if (!status.ok()) return FromStatus(status, "deleting backup " + std::to_string(number));
  return {};
}

StoreCopiesReader::StoreCopiesReader(std::string dir,
                                     std::unique_ptr<rocksdb::BackupEngineReadOnly> engine)
    : dir_(std::move(dir)), engine_(std::move(engine)) {}
StoreCopiesReader::~StoreCopiesReader() = default;

Result<std::unique_ptr<StoreCopiesReader>> StoreCopiesReader::Open(const std::string& named) {
  if (!std::filesystem::is_directory(named + "/meta")) {
    return Error{ErrorKind::kNotFound, "there are no backups in '" + named + "'"};
  }
  // The engine opens a copy in place only by its whole path.
  const std::string dir = std::filesystem::absolute(named).lexically_normal();
  rocksdb::BackupEngineReadOnly* engine = nullptr;
  const auto status = rocksdb::BackupEngineReadOnly::Open(
      rocksdb::Env::Default(), rocksdb::BackupEngineOptions(dir), &engine);
  if (!status.ok()) return FromStatus(status, "opening the backups in '" + dir + "'");
  return std::unique_ptr<StoreCopiesReader>(
      new StoreCopiesReader(dir, std::unique_ptr<rocksdb::BackupEngineReadOnly>(engine)));
}

std::vector<StoreCopy> StoreCopiesReader::List() const {
  std::vector<rocksdb::BackupInfo> infos;
  engine_->GetBackupInfo(&infos, true);
  std::vector<StoreCopy> copies;
  for (const rocksdb::BackupInfo& info : infos) {
    StoreCopy copy = CopyFrom(info);
    copy.paths.push_back("meta/" + std::to_string(info.backup_id));
    for (const auto& file : info.file_details) copy.paths.push_back(file.relative_filename);
    copies.push_back(std::move(copy));
  }
  std::sort(copies.begin(), copies.end(),
            [](const StoreCopy& a, const StoreCopy& b) { return a.number < b.number; });
  return copies;
}

std::vector<uint64_t> StoreCopiesReader::NotWhole() const {
  std::vector<rocksdb::BackupID> numbers;
  engine_->GetCorruptedBackups(&numbers);
  return {numbers.begin(), numbers.end()};
}

Result<void> StoreCopiesReader::CheckFiles(uint64_t number) const {
  const auto status = engine_->VerifyBackup(static_cast<rocksdb::BackupID>(number), true);
  if (!status.ok()) {
    Error error = FromStatus(status, "backup " + std::to_string(number) + " in '" + dir_ + "'");
    if (error.kind == ErrorKind::kNotFound) error.message += " (not whole, or not there)";
    return error;
  }
  return {};
}

Result<std::unique_ptr<Store>> StoreCopiesReader::OpenForReading(uint64_t number) const {
  rocksdb::BackupInfo info;
  const auto status = engine_->GetBackupInfo(static_cast<rocksdb::BackupID>(number), &info, true);
  if (!status.ok()) return FromStatus(status, "backup " + std::to_string(number));
  return OpenCopy(info);
}

Result<void> StoreCopiesReader::CopyTo(const std::string& store_dir, uint64_t number) const {
  const auto status = engine_->RestoreDBFromBackup(static_cast<rocksdb::BackupID>(number), store_dir,
                                                   store_dir);
  if (!status.ok()) return FromStatus(status, "restoring backup " + std::to_string(number));
  return {};
}

}  // namespace tthc
