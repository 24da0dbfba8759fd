#include "ingest/store/acknowledged.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

namespace tthc {
namespace {

constexpr size_t kDigits = 20;
constexpr size_t kLineBytes = 2 * kDigits + 2;   // a blank between, a line's end

std::string FileIn(const std::string& dir) { return dir + "/ACKNOWLEDGED"; }

std::optional<uint64_t> NumberIn(std::string_view line) {
  uint64_t number = 0;
  const bool shaped = line.size() == kLineBytes && line[kDigits] == ' ' && line.back() == '\n' &&
                      line.substr(0, kDigits) == line.substr(kDigits + 1, kDigits);
  if (!shaped) return std::nullopt;
  const auto read = std::from_chars(line.data(), line.data() + kDigits, number);
  if (read.ec != std::errc() || read.ptr != line.data() + kDigits) return std::nullopt;
  return number;
}

}  // namespace

Result<Acknowledged> Acknowledged::Open(const std::string& dir) {
  const int descriptor = ::open(FileIn(dir).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor < 0) return Error{ErrorKind::kIo, FileIn(dir) + " cannot be written"};
  return Acknowledged(descriptor);
}
Acknowledged::Acknowledged(Acknowledged&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}
Acknowledged::~Acknowledged() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Acknowledged::Write(uint64_t sequence) const {
  char line[kLineBytes + 1];
  std::snprintf(line, sizeof line, "%020llu %020llu\n", static_cast<unsigned long long>(sequence),
                static_cast<unsigned long long>(sequence));
  (void)!::pwrite(descriptor_, line, kLineBytes, 0);
}

Result<std::optional<uint64_t>> Acknowledged::Read(const std::string& dir) {
  if (!std::filesystem::exists(FileIn(dir))) return std::optional<uint64_t>();
  std::ifstream in(FileIn(dir), std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  const auto number = NumberIn(text.str());
  if (!number) return Error{ErrorKind::kCorrupt, "the file ACKNOWLEDGED does not read"};
  return number;
}

}  // namespace tthc
