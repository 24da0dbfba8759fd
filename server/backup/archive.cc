#include "server/backup/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "ingest/proof/hash.h"
#include "server/durable_files.h"

namespace tthc {
namespace {

constexpr size_t kPieceBytes = 1u << 20;
constexpr size_t kReadBlockBytes = 64u << 10;
constexpr size_t kLongestName = 200;
constexpr std::array<std::string_view, 4> kFoldersOfAFolder = {"meta/", "private/", "shared_checksum/",
                                                               "facts/"};
constexpr std::array<std::string_view, 2> kFilesOfAFolder = {"README.txt", "audit-key.pem"};

struct CloseWriter {
  void operator()(archive* a) const { archive_write_free(a); }
};
struct CloseReader {
  void operator()(archive* a) const { archive_read_free(a); }
};
struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
using Writer = std::unique_ptr<archive, CloseWriter>;
using Reader = std::unique_ptr<archive, CloseReader>;

Error Failed(archive* a, const std::string& what) {
  const char* text = archive_error_string(a);
  return {ErrorKind::kIo, what + ": " + (text != nullptr ? text : "no reason given")};
}

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags, mode_t mode = 0)
      : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  int get() const { return descriptor_; }

 private:
  const int descriptor_;
};

// Of each entry, what went in.
using Hashes = std::map<std::string, Hash>;

class Archiver {
 public:
  Archiver(archive* out, const OnArchived& archived) : out_(out), archived_(archived) {}

  Result<void> Add(const std::string& folder, const std::string& name) {
    const std::string path = folder + "/" + name;
    const Descriptor in(path, O_RDONLY);
    struct stat status {};
    if (in.get() < 0 || ::fstat(in.get(), &status) != 0) {
      return Error{ErrorKind::kIo, path + " cannot be read: " + std::strerror(errno)};
    }
    const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0600);
    archive_entry_set_size(entry.get(), status.st_size);
    archive_entry_set_mtime(entry.get(), status.st_mtime, 0);
    if (archive_write_header(out_, entry.get()) != ARCHIVE_OK) return Failed(out_, name);
    Sha256 hash;
    for (off_t left = status.st_size; left > 0;) {
      const ssize_t got = ::read(in.get(), piece_.data(), piece_.size());
      if (got <= 0) return Error{ErrorKind::kIo, path + " became shorter while it was read"};
      hash.Add({piece_.data(), static_cast<size_t>(got)});
      if (archive_write_data(out_, piece_.data(), static_cast<size_t>(got)) != got) {
        return Failed(out_, name);
      }
      left -= got;
      bytes_ += static_cast<uint64_t>(got);
      if (archived_) archived_(bytes_);
    }
    hashes[name] = hash.Finish();
    return {};
  }

  Hashes hashes;

 private:
  archive* out_;
  const OnArchived& archived_;
  std::vector<char> piece_ = std::vector<char>(kPieceBytes);
  uint64_t bytes_ = 0;
};

Result<Reader> OpenArchive(const std::string& file) {
  Reader in(archive_read_new());
  archive_read_support_format_tar(in.get());
  if (archive_read_open_filename(in.get(), file.c_str(), kReadBlockBytes) != ARCHIVE_OK) {
    return Failed(in.get(), file + " is no archive that can be read");
  }
  return in;
}

// Each entry's pieces; `entry` is called with its name first, `piece` after it, `end` behind the last.
struct EntryVisitor {
  std::function<Result<void>(archive_entry*)> entry;
  std::function<Result<void>(std::string_view)> piece;
  std::function<Result<void>()> end;
};

Result<void> ReadPieces(archive* in, const std::string& file, const EntryVisitor& visit) {
  std::vector<char> piece(kPieceBytes);
  for (;;) {
    const la_ssize_t got = archive_read_data(in, piece.data(), piece.size());
    if (got < 0) return Failed(in, file + " cannot be read");
    if (got == 0) return visit.end();
    if (auto taken = visit.piece({piece.data(), static_cast<size_t>(got)}); !taken) return taken;
  }
}

Result<void> EachEntry(const std::string& file, const EntryVisitor& visit) {
  const auto in = OpenArchive(file);
  if (!in) return in.error();
  for (;;) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(in->get(), &entry);
    if (status == ARCHIVE_EOF) return {};
    if (status != ARCHIVE_OK) return Failed(in->get(), file + " cannot be read");
    if (auto taken = visit.entry(entry); !taken) return taken;
    if (auto read = ReadPieces(in->get(), file, visit); !read) return read;
  }
}

// What was written is read back: a disk that lies, lies here and not on the day of need.
Result<void> CompareBack(const std::string& file, Hashes expected) {
  std::string name;
  Sha256 hash;
  const auto read = EachEntry(
      file, {[&](archive_entry* entry) -> Result<void> {
               name = archive_entry_pathname(entry);
               return {};
             },
             [&](std::string_view piece) -> Result<void> {
               hash.Add(piece);
               return {};
             },
             [&]() -> Result<void> {
               const auto at = expected.find(name);
               if (at == expected.end() || at->second != hash.Finish()) {
                 return Error{ErrorKind::kCorrupt, name + " reads back as something else"};
               }
               expected.erase(at);
               return {};
             }});
  if (!read) return read;
  if (expected.empty()) return {};
  return Error{ErrorKind::kCorrupt, expected.begin()->first + " does not read back"};
}

Result<std::vector<std::string>> NamesOf(const std::string& folder, uint64_t number) {
  const auto reader = StoreCopiesReader::Open(folder);
  if (!reader) return reader.error();
  std::vector<std::string> names;
  for (const StoreCopy& copy : (*reader)->List()) {
    if (copy.number == number) names = copy.paths;
  }
  names.push_back("facts/" + std::to_string(number) + ".json");
  for (const std::string_view name : kFilesOfAFolder) {
    if (std::filesystem::exists(folder + "/" + std::string(name))) names.emplace_back(name);
  }
  return names;
}

bool IsNameOfAFolder(std::string_view name) {
  if (name.size() > kLongestName || name.find("..") != name.npos || name.ends_with('/')) return false;
  if (std::find(kFilesOfAFolder.begin(), kFilesOfAFolder.end(), name) != kFilesOfAFolder.end()) {
    return true;
  }
  return std::any_of(kFoldersOfAFolder.begin(), kFoldersOfAFolder.end(),
                     [&](std::string_view folder) { return name.starts_with(folder); });
}

}  // namespace

Result<void> WriteArchive(const std::string& folder, uint64_t number,
                          const std::string& file, const OnArchived& archived) {
  const std::string fresh = file + ".new";
  std::error_code failed;
  std::filesystem::remove(fresh, failed);
  const auto write = [&]() -> Result<Hashes> {
    const Descriptor out(fresh, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (out.get() < 0) {
      return Error{ErrorKind::kIo, fresh + " cannot be made: " + std::strerror(errno)};
    }
    const Writer writer(archive_write_new());
    archive_write_set_format_pax_restricted(writer.get());
    if (archive_write_open_fd(writer.get(), out.get()) != ARCHIVE_OK) {
      return Failed(writer.get(), fresh);
    }
    Archiver archiver(writer.get(), archived);
    const auto names = NamesOf(folder, number);
    if (!names) return names.error();
    for (const std::string& name : *names) {
      if (const auto added = archiver.Add(folder, name); !added) return added.error();
    }
    if (archive_write_close(writer.get()) != ARCHIVE_OK) return Failed(writer.get(), fresh);
    if (::fsync(out.get()) != 0) {
      return Error{ErrorKind::kIo, fresh + " cannot be synced: " + std::strerror(errno)};
    }
    return std::move(archiver.hashes);
  };
  auto hashes = write();
  Result<void> outcome = hashes ? CompareBack(fresh, std::move(*hashes)) : hashes.error();
  if (!outcome) {
    std::filesystem::remove(fresh, failed);
    return outcome;
  }
  std::filesystem::rename(fresh, file, failed);
  if (failed) return Error{ErrorKind::kIo, file + " cannot be put in place: " + failed.message()};
  return SyncDirectory(std::filesystem::path(file).parent_path());
}

Result<void> ReadArchive(const std::string& file, const std::string& folder,
                         const OnArchived& extracted) {
  std::unique_ptr<Descriptor> out;
  std::string path;
  uint64_t bytes = 0;
  return EachEntry(
      file, {[&](archive_entry* entry) -> Result<void> {
               const char* name = archive_entry_pathname(entry);
               if (name == nullptr || archive_entry_filetype(entry) != AE_IFREG ||
                   !IsNameOfAFolder(name)) {
                 return Error{ErrorKind::kInvalidInput,
                              file + " is no archive of a backup: it holds '" +
                                  std::string(name != nullptr ? name : "") + "'"};
               }
               path = folder + "/" + name;
               std::error_code failed;
               std::filesystem::create_directories(std::filesystem::path(path).parent_path(), failed);
               out = std::make_unique<Descriptor>(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
               if (out->get() >= 0) return {};
               return Error{ErrorKind::kIo, path + " cannot be made: " + std::strerror(errno)};
             },
             [&](std::string_view piece) -> Result<void> {
               if (::write(out->get(), piece.data(), piece.size()) !=
                   static_cast<ssize_t>(piece.size())) {
                 return Error{ErrorKind::kIo, path + " cannot be written: " + std::strerror(errno)};
               }
               bytes += piece.size();
               if (extracted) extracted(bytes);
               return {};
             },
             [&]() -> Result<void> {
               out.reset();
               return {};
             }});
}

}  // namespace tthc
