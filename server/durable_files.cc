#include "server/durable_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace tthc {
namespace {

Error Failed(const std::string& path, const char* doing) {
  return {ErrorKind::kIo, path + " cannot be " + doing + ": " + std::strerror(errno)};
}

bool WriteAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(descriptor, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    text.remove_prefix(static_cast<size_t>(wrote));
  }
  return true;
}

}  // namespace

Result<void> WriteDurably(const std::string& path, std::string_view text, FileMode mode) {
  const std::string fresh = path + ".new";
  ::unlink(fresh.c_str());
  const int descriptor =
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, static_cast<unsigned>(mode));
  if (descriptor < 0) return Failed(fresh, "made");
  const bool written = WriteAll(descriptor, text) && ::fsync(descriptor) == 0;
  const Error error = Failed(fresh, "written");
  ::close(descriptor);
  if (!written) {
    ::unlink(fresh.c_str());
    return error;
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) return Failed(path, "put in place");
  return SyncDirectory(std::filesystem::path(path).parent_path());
}

Result<void> SyncDirectory(const std::string& dir) {
  const int descriptor = ::open(dir.empty() ? "." : dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return Failed(dir, "opened");
  const bool synced = ::fsync(descriptor) == 0;
  const Error error = Failed(dir, "synced");
  ::close(descriptor);
  if (!synced) return error;
  return {};
}

Result<std::string> ReadFile(const std::string& path, size_t longest) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(path, failed);
  std::ifstream in(path, std::ios::binary);
  if (failed || !in || size > longest) return Error{ErrorKind::kIo, path + " cannot be read"};
  std::string text(size, '\0');
  in.read(text.data(), static_cast<std::streamsize>(size));
  text.resize(static_cast<size_t>(in.gcount()));
  return text;
}

}  // namespace tthc
