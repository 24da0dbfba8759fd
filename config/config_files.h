// The texts of configuration files, shipped or the operator's own.
#pragma once

#include <string>

#include "config/result.h"

namespace tthc {

// A configuration file beyond this is refused unread; the largest shipped one is below 100 KiB.
inline constexpr size_t kMaxConfigFileBytes = 16u << 20;

// The text of "builtin:NAME" or of the file at a path.
Result<std::string> ReadConfigText(const std::string& file);

}  // namespace tthc
