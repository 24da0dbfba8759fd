// The texts of configuration files, shipped or the operator's own.
#pragma once

#include <string>
#include <vector>

#include "config/result.h"

namespace tthc {

// A configuration file beyond this is refused unread; the largest shipped one is below 100 KiB.
inline constexpr size_t kMaxConfigFileBytes = 16u << 20;

// The text of "builtin:NAME" or of the file at a path.
Result<std::string> ReadConfigText(const std::string& file);

// A file by its name with its text, or why there is none.
struct ConfigText {
  std::string file;
  Result<std::string> text;
};
std::vector<ConfigText> ReadConfigTexts(const std::vector<std::string>& files);

}  // namespace tthc
