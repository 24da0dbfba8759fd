// What the commands backup and restore share.
#pragma once

#include <string>

#include "server/backup/folder.h"

namespace tthc {

inline constexpr uint64_t kMegabyte = 1'000'000;

// A few lines for people.
std::string TextOf(const BackupFacts& backup);

}  // namespace tthc
