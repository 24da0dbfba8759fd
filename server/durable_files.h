// Small files, whole or not at all and on disk when it returns.
#pragma once

#include <string>
#include <string_view>

#include "config/result.h"

namespace tthc {

enum class FileMode : unsigned { kShared = 0644, kSecret = 0600 };
Result<void> WriteDurably(const std::string& path, std::string_view text,
                          FileMode mode = FileMode::kShared);
// Of a directory: its entries are on disk.
Result<void> SyncDirectory(const std::string& dir);
Result<std::string> ReadFile(const std::string& path, size_t longest);

}  // namespace tthc
