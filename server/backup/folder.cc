#include "server/backup/folder.h"

#include <algorithm>
#include <filesystem>

#include "server/durable_files.h"
#include "server/backup/retention.h"
#include "server/clock.h"
#include "server/version.h"

namespace tthc {
namespace {

constexpr size_t kLargestFacts = 1u << 20;
constexpr size_t kLargestKey = 64u << 10;

constexpr std::string_view kReadMe =
    "Backups of a tthc-monitor store. To put the newest one into an empty directory:\n"
    "\n"
    "  tthcmon restore --from THIS-DIRECTORY --data NEW-DIRECTORY\n"
    "\n"
    "--number takes an older one, --list shows all. Who can read this directory can read all that\n"
    "the store holds: keep it as closed as the store itself.\n";

std::string FactsFile(const std::string& folder, uint64_t number) {
  return folder + "/facts/" + std::to_string(number) + ".json";
}

}  // namespace

std::string KeyFileIn(const std::string& folder) { return folder + "/audit-key.pem"; }

Result<std::vector<BackupFacts>> ListBackups(const std::string& folder) {
  const auto reader = StoreCopiesReader::Open(folder);
  if (!reader) return reader.error();
  std::vector<BackupFacts> backups;
  for (const StoreCopy& copy : (*reader)->List()) {
    const auto text = ReadFile(FactsFile(folder, copy.number), kLargestFacts);
    if (!text) continue;
    auto facts = ParseFacts(*text);
    if (!facts || facts->number != copy.number) continue;
    backups.push_back(std::move(*facts));
  }
  return backups;
}

Result<std::shared_ptr<StoreCopies>> BackupFolder::OpenCopies() {
  auto opened = StoreCopies::Open(options_.dir, options_.bytes_per_second);
  if (!opened) return opened.error();
  const std::lock_guard lock(mutex_);
  if (stopped_) return Error{ErrorKind::kUnavailable, "backups were stopped"};
  copies_ = std::move(*opened);
  return copies_;
}

void BackupFolder::StopCopying() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  if (copies_ != nullptr) copies_->Stop();
}

Result<BackupFacts> BackupFolder::Add(const Store& store, const Watch& watch) {
  // What would fail at the end fails before the work.
  if (const auto key = Key(); !key) return key.error();
  const auto copies = OpenCopies();
  if (!copies) return copies.error();
  const auto copy = (*copies)->Make(store, watch.copied);
  if (!copy) return copy.error();
  auto facts = Check(*copy, watch);
  if (facts) {
    const auto written = WriteBeside(*facts);
    if (!written) return written.error();
    return facts;
  }
  state_ = VerifyState();
  (void)(*copies)->Delete(copy->number);
  return Prefixed("the backup was made and is not good, so it was deleted", facts.error());
}

Result<BackupFacts> BackupFolder::Check(const StoreCopy& copy, const Watch& watch) {
  const auto reader = StoreCopiesReader::Open(options_.dir);
  if (!reader) return reader.error();
  if (const auto checked = (*reader)->CheckFiles(copy.number); !checked) return checked.error();
  const auto store = (*reader)->OpenForReading(copy.number);
  if (!store) return store.error();
  // Where that is stopped, what follows is too.
  const auto goes_on = [&](uint64_t) { return !watch.checked || watch.checked(0); };
  if (const auto checked = (*store)->CheckFiles(goes_on); !checked) return checked.error();
  auto contents = Examine(**store, state_, options_.depth, watch.checked);
  if (!contents) return contents.error();
  return BackupFacts{copy.number, copy.made, WallNow(), copy.bytes,
                     copy.files,  kVersion,  std::move(*contents)};
}

Result<std::string> BackupFolder::Key() const {
  if (options_.key_file.empty()) return std::string();
  return ReadFile(options_.key_file, kLargestKey);
}

Result<void> BackupFolder::WriteBeside(const BackupFacts& facts) {
  std::error_code failed;
  std::filesystem::create_directories(options_.dir + "/facts", failed);
  const auto key = Key();
  if (!key) return key.error();
  if (!key->empty()) {
    const auto written = WriteDurably(KeyFileIn(options_.dir), *key, FileMode::kSecret);
    if (!written) return written;
  }
  if (const auto read_me = WriteDurably(options_.dir + "/README.txt", kReadMe); !read_me) {
    return read_me;
  }
  // Last: a backup without it is none.
  return WriteDurably(FactsFile(options_.dir, facts.number), FactsText(facts));
}

Result<void> BackupFolder::Keep(size_t newest, size_t days) {
  const auto backups = ListBackups(options_.dir);
  if (!backups) return backups.error();
  std::vector<MadeBackup> made;
  for (const BackupFacts& facts : *backups) made.push_back({facts.number, facts.made});
  std::vector<uint64_t> gone = NoLongerKept(made, newest, days);
  const auto unchecked = NeverChecked(made);
  if (!unchecked) return unchecked.error();
  gone.insert(gone.end(), unchecked->begin(), unchecked->end());
  if (gone.empty()) return {};
  const auto copies = OpenCopies();
  if (!copies) return copies.error();
  for (const uint64_t number : gone) {
    std::error_code failed;
    std::filesystem::remove(FactsFile(options_.dir, number), failed);
    if (const auto deleted = (*copies)->Delete(number); !deleted) return deleted;
  }
  return {};
}

// Whoever made them was stopped before they were checked.
Result<std::vector<uint64_t>> BackupFolder::NeverChecked(const std::vector<MadeBackup>& checked) const {
  const auto reader = StoreCopiesReader::Open(options_.dir);
  if (!reader) return reader.error();
  std::vector<uint64_t> numbers = (*reader)->NotWhole();
  for (const StoreCopy& copy : (*reader)->List()) {
    const bool known = std::any_of(checked.begin(), checked.end(), [&](const MadeBackup& backup) {
      return backup.number == copy.number;
    });
    if (!known) numbers.push_back(copy.number);
  }
  return numbers;
}

}  // namespace tthc
