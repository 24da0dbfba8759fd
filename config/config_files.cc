#include "config/config_files.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "config/embedded.h"

namespace tthc {
namespace {

Result<std::string> ReadFile(const std::string& path) {
  std::error_code status;
  if (!std::filesystem::is_regular_file(path, status)) {
    return Error{ErrorKind::kIo, "there is no such file"};
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{ErrorKind::kIo, "cannot be opened: " + std::string(std::strerror(errno))};
  std::string text(kMaxConfigFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) {
    return Error{ErrorKind::kIo, "cannot be read: " + std::string(std::strerror(errno))};
  }
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.size() > kMaxConfigFileBytes) {
    return Invalid("is over the limit of " + std::to_string(kMaxConfigFileBytes) + " bytes");
  }
  return text;
}

Result<std::string> ReadBuiltin(std::string_view name) {
  if (const auto text = EmbeddedFile(name)) return std::string(*text);
  std::string known;
  for (std::string_view each : EmbeddedFileNames()) {
    known += (known.empty() ? "" : ", ") + std::string(each);
  }
  return Error{ErrorKind::kNotFound, "there is no such built-in file; there are " + known};
}

}  // namespace

Result<std::string> ReadConfigText(const std::string& file) {
  return file.starts_with(kBuiltinPrefix)
             ? ReadBuiltin(std::string_view(file).substr(kBuiltinPrefix.size()))
             : ReadFile(file);
}

std::vector<ConfigText> ReadConfigTexts(const std::vector<std::string>& files) {
  std::vector<ConfigText> texts;
  for (const std::string& file : files) texts.push_back({file, ReadConfigText(file)});
  return texts;
}

}  // namespace tthc
