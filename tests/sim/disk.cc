#include "disk.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string_view>
#include <vector>

namespace tthc::sim {
namespace {

namespace fs = std::filesystem;

// What the name means where this program does not redefine it.
template <typename Function>
Function* Real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}
using Open = int(const char*, int, ...);
using OpenAt = int(int, const char*, int, ...);
using Fopen = FILE*(const char*, const char*);

// What can befall a call.
enum class Kind { kNeedsRoom, kSyncs, kOther };

struct File {
  // Bytes put at an offset; without bytes: the size becomes `offset`.
  struct Change {
    uint64_t offset = 0;
    std::string bytes;
    bool resizes = false;
  };
  std::string path;             // under which it is found now; empty: nowhere any more
  bool touched = false;         // otherwise what lies at `path` is synced
  std::string synced;
  std::vector<Change> since;
  bool by_stdio = false;        // written inside libc, unseen: read again where it matters
};
using FilePtr = std::shared_ptr<File>;

// A change of names that is not synced.
struct NameChange {
  std::string gone;   // empty: none
  std::string made;   // empty: none
  FilePtr file;
};

struct Disk {
  std::recursive_mutex mutex;
  std::string folder;                     // empty: not mounted
  DiskReport* report = nullptr;
  std::map<std::string, FilePtr> names;   // as the process sees them
  std::map<std::string, FilePtr> synced_names;
  std::vector<NameChange> since;
  std::map<int, FilePtr> files;           // by descriptor, open for writing
  std::map<int, std::string> folders;     // by descriptor
  Plan plan;
  bool lies = false;
};

// Never destroyed: threads may write until the process is gone.
Disk& TheDisk() {
  static Disk* disk = new Disk();
  return *disk;
}

// Set while the disk itself works on files.
thread_local bool inside = false;
class Inside {
 public:
  Inside() : before_(inside) { inside = true; }
  ~Inside() { inside = before_; }

 private:
  const bool before_;
};

std::string Absolute(const char* path) {
  const Inside mark;
  std::string absolute = fs::absolute(path).lexically_normal().string();
  if (absolute.size() > 1 && absolute.ends_with('/')) absolute.pop_back();
  return absolute;
}

bool IsOnDisk(const std::string& path) {
  const Disk& disk = TheDisk();
  return path.size() > disk.folder.size() && path.starts_with(disk.folder) &&
         path[disk.folder.size()] == '/';
}

bool IsMounted() { return !inside && !TheDisk().folder.empty(); }

std::string ContentOf(const std::string& path) {
  const Inside mark;
  std::string content;
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return content;
  std::array<char, 1 << 16> part;
  for (ssize_t n; (n = ::read(descriptor, part.data(), part.size())) > 0;) {
    content.append(part.data(), static_cast<size_t>(n));
  }
  ::close(descriptor);
  return content;
}

void PutContent(const std::string& path, std::string_view content) {
  const Inside mark;
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  while (!content.empty()) {
    const ssize_t n = ::write(descriptor, content.data(), content.size());
    if (n <= 0) break;
    content.remove_prefix(static_cast<size_t>(n));
  }
  ::close(descriptor);
}

// Before the first change: what lies there is what was synced.
void Touch(File& file) {
  if (file.touched) return;
  file.synced = ContentOf(file.path);
  file.touched = true;
}

void Apply(const File::Change& change, std::string& content) {
  if (change.resizes) {
    content.resize(change.offset);
    return;
  }
  if (content.size() < change.offset + change.bytes.size()) {
    content.resize(change.offset + change.bytes.size());
  }
  content.replace(change.offset, change.bytes.size(), change.bytes);
}

void Apply(const NameChange& change, std::map<std::string, FilePtr>& names) {
  if (!change.gone.empty()) names.erase(change.gone);
  if (!change.made.empty()) names[change.made] = change.file;
}

void Rename(const NameChange& change) {
  Disk& disk = TheDisk();
  Apply(change, disk.names);
  disk.since.push_back(change);
}

FilePtr FileAt(const std::string& path) {
  const auto at = TheDisk().names.find(path);
  return at == TheDisk().names.end() ? nullptr : at->second;
}

// A file that is about to lose its name keeps what it held.
void LosesName(const std::string& path) {
  const FilePtr file = FileAt(path);
  if (file == nullptr || file->path != path) return;
  Touch(*file);
  if (file->by_stdio) {
    file->since.push_back({0, ContentOf(path), false});
    file->by_stdio = false;
  }
  file->path.clear();
}

// --- what a power cut leaves

// 0 and all are as likely as anything between: those are the usual ones.
size_t Some(size_t most, std::mt19937_64& random) {
  switch (random() % 3) {
    case 0: return 0;
    case 1: return most;
    default: return random() % (most + 1);
  }
}

std::string Survives(const File& file, std::mt19937_64& random) {
  if (!file.touched) return ContentOf(file.path);
  std::string content = file.synced;
  std::vector<File::Change> since = file.since;
  if (file.by_stdio && !file.path.empty()) since.push_back({0, ContentOf(file.path), false});
  const size_t kept = Some(since.size(), random);
  for (size_t i = 0; i < kept; ++i) Apply(since[i], content);
  if (kept < since.size() && !since[kept].resizes && random() % 2 == 0) {
    File::Change torn = since[kept];
    torn.bytes.resize(random() % (torn.bytes.size() + 1));
    Apply(torn, content);
  }
  return content;
}

// The mounted folder becomes what the power cut leaves.
void LeaveWhatSurvives(uint64_t seed) {
  const Inside mark;
  Disk& disk = TheDisk();
  std::mt19937_64 random(seed);
  std::map<std::string, FilePtr> names = disk.synced_names;
  const size_t kept = Some(disk.since.size(), random);
  for (size_t i = 0; i < kept; ++i) Apply(disk.since[i], names);
  std::map<std::string, std::string> left;
  for (const auto& [path, file] : names) left[path] = Survives(*file, random);
  for (const auto& [path, file] : disk.names) {
    if (!left.contains(path)) Real<int(const char*)>("unlink")(path.c_str());
  }
  for (const auto& [path, content] : left) PutContent(path, content);
}

[[noreturn]] void EndProcess(Ending ending, uint64_t seed) {
  if (ending == Ending::kPowerCut) LeaveWhatSurvives(seed);
  ::_exit(ending == Ending::kPowerCut ? kCut : kKilled);
}

// --- one call

bool Befalls(int error, Kind kind) {
  if (error == ENOSPC) return kind == Kind::kNeedsRoom;
  return kind != Kind::kOther;
}

void Note(std::string_view call, const std::string& path, Kind kind) {
  DiskReport& report = *TheDisk().report;
  if (report.failed.fetch_add(1) == 0) {
    std::snprintf(report.first_failed.data(), report.first_failed.size(), "%.*s %s",
                  static_cast<int>(call.size()), call.data(),
                  fs::path(path).filename().c_str());
  }
  if (kind == Kind::kSyncs && path.ends_with(".log")) report.log_sync_failed = true;
}

bool IsCompaction() {
  thread_local const bool compacts = [] {
    std::array<char, 16> name{};
    return ::pthread_getname_np(::pthread_self(), name.data(), name.size()) == 0 &&
           std::string_view(name.data()) == "rocksdb:low";
  }();
  return compacts;
}

// Counts the call. True where it is to fail: errno says why.
bool Fails(std::string_view call, const std::string& path, Kind kind) {
  Disk& disk = TheDisk();
  const Plan& plan = disk.plan;
  // What befalls the disk for good befalls every thread.
  const bool counts = IsCompaction() == plan.compactions;
  const uint64_t number = disk.report->calls += counts ? 1 : 0;
  if (!counts && (!plan.lasting || number < plan.call)) return false;
  if (plan.call == 0 || number < plan.call) return false;
  if (counts && number == plan.call) {
    disk.report->met = true;
    if (plan.ending != Ending::kError) EndProcess(plan.ending, plan.seed);
  } else if (!plan.lasting || !Befalls(plan.error, kind)) {
    return false;
  }
  Note(call, path, kind);
  errno = plan.error;
  return true;
}

// A write of `size` bytes on a full disk: the half of it that still fits, -1 where it fails.
ssize_t FailedWrite(int error, size_t size, const std::function<ssize_t(size_t)>& write) {
  if (error == ENOSPC && size > 1) {
    const ssize_t wrote = write(size / 2);
    if (wrote > 0) return wrote;
  }
  errno = error;
  return -1;
}

FilePtr FileOf(int descriptor) {
  if (!IsMounted()) return nullptr;
  const auto at = TheDisk().files.find(descriptor);
  return at == TheDisk().files.end() ? nullptr : at->second;
}

uint64_t PlaceIn(int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  const bool appends = flags >= 0 && (flags & O_APPEND) != 0;
  const off_t at = ::lseek(descriptor, 0, appends ? SEEK_END : SEEK_CUR);
  return at < 0 ? 0 : static_cast<uint64_t>(at);
}

// `write` puts so many of the bytes there.
ssize_t WriteTo(File& file, std::string_view call, uint64_t offset, std::string_view bytes,
                const std::function<ssize_t(size_t)>& write) {
  const bool fails = Fails(call, file.path, Kind::kNeedsRoom);
  Touch(file);
  const ssize_t wrote = fails ? FailedWrite(errno, bytes.size(), write) : write(bytes.size());
  if (wrote > 0) {
    file.since.push_back({offset, std::string(bytes.substr(0, static_cast<size_t>(wrote))), false});
  }
  return wrote;
}

// `opened` gives a descriptor or -1.
int OpenOn(const std::string& path, bool writes, bool creates, bool truncates,
           const std::function<int()>& open) {
  Disk& disk = TheDisk();
  FilePtr file = FileAt(path);
  if (writes || creates) {
    if (Fails("open", path, file == nullptr ? Kind::kNeedsRoom : Kind::kOther)) return -1;
    if (file != nullptr) Touch(*file);
  }
  const int descriptor = open();
  if (descriptor < 0) return descriptor;
  disk.files.erase(descriptor);
  disk.folders.erase(descriptor);
  struct stat status {};
  if (::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
    disk.folders[descriptor] = path;
    return descriptor;
  }
  if (!writes) return descriptor;
  if (file == nullptr) {
    file = std::make_shared<File>();
    file->path = path;
    file->touched = true;
    Rename({"", path, file});
  } else if (truncates) {
    file->since.push_back({0, "", true});
  }
  disk.files[descriptor] = file;
  return descriptor;
}

// Of a path relative to an open folder.
std::string PathAt(int at, const char* path) {
  if (path[0] == '/' || at == AT_FDCWD) return Absolute(path);
  const Inside mark;
  std::error_code failed;
  return Absolute((fs::read_symlink("/proc/self/fd/" + std::to_string(at), failed) / path).c_str());
}

int OpenFile(const char* name, int at, const char* path, int flags, mode_t mode) {
  const auto open = [&] {
    if (!std::string_view(name).starts_with("openat")) return Real<Open>(name)(path, flags, mode);
    return Real<OpenAt>(name)(at, path, flags, mode);
  };
  if (!IsMounted()) return open();
  const std::lock_guard lock(TheDisk().mutex);
  const std::string absolute = PathAt(at, path);
  if (!IsOnDisk(absolute) && absolute != TheDisk().folder) return open();
  return OpenOn(absolute, (flags & O_ACCMODE) != O_RDONLY, (flags & O_CREAT) != 0,
                (flags & O_TRUNC) != 0, open);
}

FILE* OpenStream(const char* name, const char* path, const char* mode) {
  Fopen* real = Real<Fopen>(name);
  if (!IsMounted()) return real(path, mode);
  const std::lock_guard lock(TheDisk().mutex);
  const std::string absolute = Absolute(path);
  if (!IsOnDisk(absolute)) return real(path, mode);
  const bool writes = std::strpbrk(mode, "wa+") != nullptr;
  FILE* stream = nullptr;
  OpenOn(absolute, writes, writes, mode[0] == 'w', [&] {
    stream = real(path, mode);
    return stream == nullptr ? -1 : ::fileno(stream);
  });
  return stream;
}

int Sync(const char* name, int descriptor) {
  const auto real = Real<int(int)>(name);
  if (!IsMounted()) return real(descriptor);
  Disk& disk = TheDisk();
  const std::lock_guard lock(disk.mutex);
  if (const auto folder = disk.folders.find(descriptor); folder != disk.folders.end()) {
    if (Fails("fsync folder", folder->second, Kind::kSyncs)) return -1;
    if (disk.lies) return 0;
    const auto lies_in = [&](const std::string& path) {
      return !path.empty() && fs::path(path).parent_path() == folder->second;
    };
    const auto synced = std::stable_partition(
        disk.since.begin(), disk.since.end(), [&](const NameChange& change) {
          return !lies_in(change.made) && !lies_in(change.gone);
        });
    for (auto it = synced; it != disk.since.end(); ++it) Apply(*it, disk.synced_names);
    disk.since.erase(synced, disk.since.end());
    return 0;
  }
  const FilePtr file = FileOf(descriptor);
  if (file == nullptr) return real(descriptor);
  if (Fails(name, file->path, Kind::kSyncs)) return -1;
  if (disk.lies) return 0;
  if (file->by_stdio && !file->path.empty()) {
    file->synced = ContentOf(file->path);
  } else {
    for (const File::Change& change : file->since) Apply(change, file->synced);
  }
  file->since.clear();
  return 0;
}

int Resize(File& file, uint64_t size, const std::function<int()>& resize) {
  if (Fails("truncate", file.path, Kind::kOther)) return -1;
  Touch(file);
  const int done = resize();
  if (done == 0) file.since.push_back({size, "", true});
  return done;
}

int Remove(int at, const char* path, const std::function<int()>& remove) {
  if (!IsMounted()) return remove();
  const std::lock_guard lock(TheDisk().mutex);
  const std::string absolute = PathAt(at, path);
  if (!IsOnDisk(absolute) || FileAt(absolute) == nullptr) return remove();
  if (Fails("unlink", absolute, Kind::kOther)) return -1;
  LosesName(absolute);
  const int done = remove();
  if (done == 0) Rename({absolute, "", nullptr});
  return done;
}

// The files that a rename of the path moves: it, or those in the folder that it is.
std::vector<std::string> NamesAt(const std::string& path) {
  std::vector<std::string> names;
  for (const auto& [name, file] : TheDisk().names) {
    if (name == path || name.starts_with(path + "/")) names.push_back(name);
  }
  return names;
}

int Move(const char* from, const char* to, const std::function<int()>& rename) {
  if (!IsMounted()) return rename();
  const std::lock_guard lock(TheDisk().mutex);
  const std::string before = Absolute(from), after = Absolute(to);
  if (!IsOnDisk(before) || !IsOnDisk(after)) return rename();
  if (Fails("rename", after, Kind::kOther)) return -1;
  if (FileAt(after) != nullptr) LosesName(after);
  const int done = rename();
  if (done != 0) return done;
  for (const std::string& name : NamesAt(before)) {
    const FilePtr file = FileAt(name);
    const std::string now = after + name.substr(before.size());
    if (file->path == name) file->path = now;
    Rename({name, now, file});
  }
  return done;
}

}  // namespace

void Mount(const std::string& folder, DiskReport& report) {
  Disk& disk = TheDisk();
  const Inside mark;
  fs::create_directories(folder);
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    auto file = std::make_shared<File>();
    file->path = entry.path().string();
    disk.names[file->path] = file;
  }
  disk.synced_names = disk.names;
  disk.report = &report;
  disk.folder = folder;
}

void Arm(const Plan& plan) {
  Disk& disk = TheDisk();
  const std::lock_guard lock(disk.mutex);
  disk.report->calls = 0;
  disk.plan = plan;
}
void Disarm() { Arm({}); }
void LieFromNow() { TheDisk().lies = true; }
void CutPower(uint64_t seed) {
  Disk& disk = TheDisk();
  const std::lock_guard lock(disk.mutex);
  EndProcess(Ending::kPowerCut, seed);
}

}  // namespace tthc::sim

// --- libc, once more

using tthc::sim::FileOf;
using tthc::sim::Real;
using tthc::sim::TheDisk;

namespace {
mode_t ModeOf(int flags, va_list rest) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
}
}  // namespace

#define TTHC_OPEN(name)                                        \
  extern "C" int name(const char* path, int flags, ...) {      \
    va_list rest;                                              \
    va_start(rest, flags);                                     \
    const mode_t mode = ModeOf(flags, rest);                   \
    va_end(rest);                                              \
    return tthc::sim::OpenFile(#name, AT_FDCWD, path, flags, mode); \
  }
TTHC_OPEN(open)
TTHC_OPEN(open64)
#define TTHC_OPENAT(name)                                      \
  extern "C" int name(int at, const char* path, int flags, ...) { \
    va_list rest;                                              \
    va_start(rest, flags);                                     \
    const mode_t mode = ModeOf(flags, rest);                   \
    va_end(rest);                                              \
    return tthc::sim::OpenFile(#name, at, path, flags, mode);  \
  }
TTHC_OPENAT(openat)
TTHC_OPENAT(openat64)

extern "C" FILE* fopen(const char* path, const char* mode) {
  return tthc::sim::OpenStream("fopen", path, mode);
}
extern "C" FILE* fopen64(const char* path, const char* mode) {
  return tthc::sim::OpenStream("fopen64", path, mode);
}
extern "C" FILE* fdopen(int descriptor, const char* mode) noexcept {
  {
    const std::lock_guard lock(TheDisk().mutex);
    if (const auto file = FileOf(descriptor)) file->by_stdio = true;
  }
  return Real<FILE*(int, const char*)>("fdopen")(descriptor, mode);
}
extern "C" int fclose(FILE* stream) {
  const std::lock_guard lock(TheDisk().mutex);
  TheDisk().files.erase(::fileno(stream));
  return Real<int(FILE*)>("fclose")(stream);
}
extern "C" int fflush(FILE* stream) {
  if (stream != nullptr && tthc::sim::IsMounted()) {
    const std::lock_guard lock(TheDisk().mutex);
    const auto file = FileOf(::fileno(stream));
    if (file != nullptr && Fails("fflush", file->path, tthc::sim::Kind::kNeedsRoom)) return EOF;
  }
  return Real<int(FILE*)>("fflush")(stream);
}
extern "C" int close(int descriptor) {
  if (tthc::sim::IsMounted()) {
    const std::lock_guard lock(TheDisk().mutex);
    TheDisk().files.erase(descriptor);
    TheDisk().folders.erase(descriptor);
    return Real<int(int)>("close")(descriptor);
  }
  return Real<int(int)>("close")(descriptor);
}

extern "C" ssize_t write(int descriptor, const void* bytes, size_t size) {
  const auto real = Real<ssize_t(int, const void*, size_t)>("write");
  if (!tthc::sim::IsMounted()) return real(descriptor, bytes, size);
  const std::lock_guard lock(TheDisk().mutex);
  const auto file = FileOf(descriptor);
  if (file == nullptr) return real(descriptor, bytes, size);
  return WriteTo(*file, "write", tthc::sim::PlaceIn(descriptor),
                 {static_cast<const char*>(bytes), size},
                 [&](size_t n) { return real(descriptor, bytes, n); });
}
#define TTHC_PWRITE(name)                                                                     \
  extern "C" ssize_t name(int descriptor, const void* bytes, size_t size, off_t offset) {     \
    const auto real = Real<ssize_t(int, const void*, size_t, off_t)>(#name);                  \
    if (!tthc::sim::IsMounted()) return real(descriptor, bytes, size, offset);                \
    const std::lock_guard lock(TheDisk().mutex);                                              \
    const auto file = FileOf(descriptor);                                                     \
    if (file == nullptr) return real(descriptor, bytes, size, offset);                        \
    return WriteTo(*file, "pwrite", static_cast<uint64_t>(offset),                            \
                   {static_cast<const char*>(bytes), size},                                   \
                   [&](size_t n) { return real(descriptor, bytes, n, offset); });             \
  }
TTHC_PWRITE(pwrite)
TTHC_PWRITE(pwrite64)
extern "C" ssize_t writev(int descriptor, const iovec* parts, int count) {
  const auto real = Real<ssize_t(int, const iovec*, int)>("writev");
  if (!tthc::sim::IsMounted()) return real(descriptor, parts, count);
  const std::lock_guard lock(TheDisk().mutex);
  const auto file = FileOf(descriptor);
  if (file == nullptr) return real(descriptor, parts, count);
  std::string bytes;
  for (int i = 0; i < count; ++i) {
    bytes.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  }
  return WriteTo(*file, "writev", tthc::sim::PlaceIn(descriptor), bytes, [&](size_t n) {
    return Real<ssize_t(int, const void*, size_t)>("write")(descriptor, bytes.data(), n);
  });
}
// Refused, so that the caller copies by reading and writing.
extern "C" ssize_t sendfile(int out, int in, off_t* offset, size_t size) noexcept {
  {
    const std::lock_guard lock(TheDisk().mutex);
    if (FileOf(out) != nullptr) {
      errno = EINVAL;
      return -1;
    }
  }
  return Real<ssize_t(int, int, off_t*, size_t)>("sendfile")(out, in, offset, size);
}

extern "C" int fsync(int descriptor) { return tthc::sim::Sync("fsync", descriptor); }
extern "C" int fdatasync(int descriptor) { return tthc::sim::Sync("fdatasync", descriptor); }
// It promises nothing; an error of it is told to the caller all the same. Without flags it does nothing,
// and RocksDB asks by it whether there is such a call.
extern "C" int sync_file_range(int descriptor, off64_t offset, off64_t size, unsigned flags) {
  if (flags != 0 && tthc::sim::IsMounted()) {
    const std::lock_guard lock(TheDisk().mutex);
    const auto file = FileOf(descriptor);
    if (file != nullptr && Fails("sync_file_range", file->path, tthc::sim::Kind::kSyncs)) return -1;
  }
  return Real<int(int, off64_t, off64_t, unsigned)>("sync_file_range")(descriptor, offset, size,
                                                                       flags);
}

extern "C" int ftruncate(int descriptor, off_t size) noexcept {
  const auto real = Real<int(int, off_t)>("ftruncate");
  if (!tthc::sim::IsMounted()) return real(descriptor, size);
  const std::lock_guard lock(TheDisk().mutex);
  const auto file = FileOf(descriptor);
  if (file == nullptr) return real(descriptor, size);
  return Resize(*file, static_cast<uint64_t>(size), [&] { return real(descriptor, size); });
}
extern "C" int truncate(const char* path, off_t size) noexcept {
  const auto real = Real<int(const char*, off_t)>("truncate");
  if (!tthc::sim::IsMounted()) return real(path, size);
  const std::lock_guard lock(TheDisk().mutex);
  const auto file = tthc::sim::FileAt(tthc::sim::Absolute(path));
  if (file == nullptr) return real(path, size);
  return Resize(*file, static_cast<uint64_t>(size), [&] { return real(path, size); });
}
extern "C" int fallocate(int descriptor, int mode, off_t offset, off_t size) {
  if (tthc::sim::IsMounted()) {
    const std::lock_guard lock(TheDisk().mutex);
    const auto file = FileOf(descriptor);
    if (file != nullptr && Fails("fallocate", file->path, tthc::sim::Kind::kNeedsRoom)) return -1;
    if (file != nullptr && (mode & FALLOC_FL_KEEP_SIZE) == 0) {
      errno = EOPNOTSUPP;
      return -1;
    }
  }
  return Real<int(int, int, off_t, off_t)>("fallocate")(descriptor, mode, offset, size);
}

extern "C" int unlink(const char* path) noexcept {
  return tthc::sim::Remove(AT_FDCWD, path, [&] { return Real<int(const char*)>("unlink")(path); });
}
extern "C" int unlinkat(int at, const char* path, int flags) noexcept {
  return tthc::sim::Remove(at, path, [&] {
    return Real<int(int, const char*, int)>("unlinkat")(at, path, flags);
  });
}
extern "C" int remove(const char* path) noexcept {
  return tthc::sim::Remove(AT_FDCWD, path, [&] { return Real<int(const char*)>("remove")(path); });
}
extern "C" int rename(const char* from, const char* to) noexcept {
  return tthc::sim::Move(from, to, [&] {
    return Real<int(const char*, const char*)>("rename")(from, to);
  });
}
extern "C" int mkdir(const char* path, mode_t mode) noexcept {
  if (tthc::sim::IsMounted()) {
    const std::lock_guard lock(TheDisk().mutex);
    const std::string absolute = tthc::sim::Absolute(path);
    if (tthc::sim::IsOnDisk(absolute) &&
        Fails("mkdir", absolute, tthc::sim::Kind::kNeedsRoom)) {
      return -1;
    }
  }
  return Real<int(const char*, mode_t)>("mkdir")(path, mode);
}
extern "C" int link(const char* from, const char* to) noexcept {
  const auto real = Real<int(const char*, const char*)>("link");
  if (!tthc::sim::IsMounted()) return real(from, to);
  const std::lock_guard lock(TheDisk().mutex);
  const std::string before = tthc::sim::Absolute(from), after = tthc::sim::Absolute(to);
  const auto file = tthc::sim::FileAt(before);
  if (file == nullptr) return real(from, to);
  if (Fails("link", after, tthc::sim::Kind::kNeedsRoom)) return -1;
  const int done = real(from, to);
  if (done == 0) tthc::sim::Rename({"", after, file});
  return done;
}
