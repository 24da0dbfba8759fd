#include "server/backup/restore.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "server/backup/archive.h"
#include "server/durable_files.h"
#include "server/clock.h"
#include "server/monitor_facts.h"

namespace tthc {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLargestKey = 64u << 10;

// Gone with what is in it, unless it was put in place.
class Workplace {
 public:
  explicit Workplace(std::string dir) : dir_(std::move(dir)) { Clear(); }
  ~Workplace() { Clear(); }
  Workplace(const Workplace&) = delete;
  const std::string& dir() const { return dir_; }

 private:
  void Clear() const {
    std::error_code failed;
    fs::remove_all(dir_, failed);
  }
  const std::string dir_;
};

Result<void> CheckIsFree(const std::string& dir) {
  std::error_code failed;
  if (!fs::exists(dir, failed)) return {};
  // What is restored is put in its place by a rename, which no mount point takes.
  struct stat own {};
  struct stat above {};
  if (::stat(dir.c_str(), &own) == 0 &&
      ::stat(fs::path(dir).parent_path().c_str(), &above) == 0 && own.st_dev != above.st_dev) {
    return Error{ErrorKind::kConflict, "'" + dir + "' is a mount point: name a directory in it"};
  }
  if (fs::is_directory(dir, failed) && fs::is_empty(dir, failed)) return {};
  return Error{ErrorKind::kConflict, "'" + dir + "' is not empty: a backup is only put into an empty "
                                         "directory, or one that is not there yet"};
}

// Of any backup that has left a trace, whole or not.
uint64_t NewestTrace(const std::string& folder) {
  uint64_t newest = 0;
  std::error_code failed;
  for (const char* part : {"/meta", "/facts"}) {
    for (const auto& file : fs::directory_iterator(folder + part, failed)) {
      const std::string name = file.path().stem().string();
      uint64_t number = 0;
      const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
      if (read.ptr == name.data() + name.size()) newest = std::max(newest, number);
    }
  }
  return newest;
}

Result<BackupFacts> Chosen(const std::string& folder, std::optional<uint64_t> number) {
  const auto backups = ListBackups(folder);
  if (!backups) return backups.error();
  // To fall back to an older one is for a person to decide.
  if (const uint64_t newest = NewestTrace(folder);
      !number && !backups->empty() && backups->back().number < newest) {
    return Error{ErrorKind::kCorrupt,
                 "backup " + std::to_string(newest) + " is the newest in '" + folder +
                     "' and not whole, or was never checked; --number " +
                     std::to_string(backups->back().number) + " takes the newest one that is whole"};
  }
  for (size_t i = backups->size(); i-- > 0;) {
    if (!number || (*backups)[i].number == *number) return (*backups)[i];
  }
  return Error{ErrorKind::kNotFound,
               number ? "there is no backup " + std::to_string(*number) + " in '" + folder +
                            "' that is whole; --list shows those that are"
                      : "there is no backup in '" + folder + "' that is whole"};
}

Result<std::unique_ptr<Store>> OpenStore(const std::string& dir, bool read_only) {
  StoreOptions options;
  options.dir = dir;
  options.create_if_missing = false;
  options.read_only = read_only;
  return Store::Open(options);
}

Result<BackupContents> Examined(const std::string& dir, const OnProgress& checked) {
  const auto store = OpenStore(dir, true);
  if (!store) return store.error();
  if (const auto files = (*store)->CheckFiles(nullptr); !files) return files.error();
  VerifyState state;
  return Examine(**store, state, Depth::kCases, checked);
}

// What is told from here on is not what was told after the backup: clients that come back begin anew.
Result<void> BeginNewStream(const std::string& dir) {
  const auto store = OpenStore(dir, false);
  if (!store) return store.error();
  StoreBatch batch;
  batch.Put(Column::kFacts, kAlertEpochFact, RandomHex(kEpochBytes));
  return (*store)->Commit(batch, true);
}

Result<bool> TakeKey(const std::string& folder, const std::string& dir) {
  if (!fs::exists(KeyFileIn(folder))) return false;
  const auto key = ReadFile(KeyFileIn(folder), kLargestKey);
  if (!key) return key.error();
  const auto written = WriteDurably(KeyFileIn(dir), *key, FileMode::kSecret);
  if (!written) return written.error();
  return true;
}

Result<void> PutInPlace(const std::string& from, const std::string& to) {
  std::error_code failed;
  fs::remove(to, failed);   // an empty directory
  fs::rename(from, to, failed);
  if (failed) return Error{ErrorKind::kIo, to + " cannot be put in place: " + failed.message()};
  return SyncDirectory(fs::path(to).parent_path());
}

}  // namespace

Result<RestoreReport> Restore(const RestoreOptions& options, const RestoreWatch& watch) {
  // With a '/' at its end, its neighbours would lie in it.
  std::string data_dir = fs::absolute(options.data_dir).lexically_normal().string();
  while (data_dir.size() > 1 && data_dir.back() == '/') data_dir.pop_back();
  if (const auto is_free = CheckIsFree(data_dir); !is_free) return is_free.error();
  const Workplace fresh(data_dir + ".restoring");
  const Workplace unpacked(data_dir + ".unpacking");
  std::string folder = options.from;
  if (fs::is_regular_file(folder)) {
    folder = unpacked.dir();
    fs::create_directories(folder);
    const auto read = ReadArchive(options.from, folder, watch.copied);
    if (!read) return read.error();
  }
  auto backup = Chosen(folder, options.number);
  if (!backup) return backup.error();
  const auto copies = StoreCopiesReader::Open(folder);
  if (!copies) return copies.error();
  const auto copied = (*copies)->CopyTo(fresh.dir(), backup->number);
  if (!copied) return copied.error();
  auto contents = Examined(fresh.dir(), watch.checked);
  if (!contents) return contents.error();
  if (contents->records != backup->contents.records) {
    return Error{ErrorKind::kCorrupt, "the backup was said to hold " +
                                          std::to_string(backup->contents.records) +
                                          " records and holds " + std::to_string(contents->records)};
  }
  RestoreReport report;
  backup->contents = std::move(*contents);
  backup->checked = WallNow();
  report.backup = std::move(*backup);
  if (const auto begun = BeginNewStream(fresh.dir()); !begun) return begun.error();
  const auto key = TakeKey(folder, fresh.dir());
  if (!key) return key.error();
  report.with_key = *key;
  const auto placed = PutInPlace(fresh.dir(), data_dir);
  if (!placed) return placed.error();
  return report;
}

}  // namespace tthc
