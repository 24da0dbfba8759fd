#include "config/file_mode.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace tthc {
namespace {

std::string Octal(mode_t mode) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777));
  return text.data();
}

}  // namespace

Result<void> CheckMode(const std::string& file, OthersMay may) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    return Error{ErrorKind::kIo, file + " cannot be opened: " + std::strerror(errno)};
  }
  const mode_t forbidden = may == OthersMay::kNothing ? S_IRWXO : S_IWOTH;
  if ((status.st_mode & forbidden) == 0) return {};
  const bool written = (status.st_mode & S_IWOTH) != 0;
  return Invalid(file + " can be " + (written ? "changed" : "read") +
                 " by everybody on this machine (mode " + Octal(status.st_mode) + "): chmod " +
                 (may == OthersMay::kNothing ? "o= " : "o-w ") + file);
}

}  // namespace tthc
