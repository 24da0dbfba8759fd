// One backup as one file: a tar archive (pax) of what a folder holds of it, so that `tar x` makes a folder
// of one backup again.
//
// Sorted runs are compressed already; nothing is compressed here.
#pragma once

#include <functional>
#include <string>

#include "server/backup/folder.h"

namespace tthc {

using OnArchived = std::function<void(uint64_t bytes)>;

// Written beside `file`, read back against what went in, then put in place; an older file is replaced.
Result<void> WriteArchive(const std::string& folder, uint64_t number,
                          const std::string& file, const OnArchived& archived);
// Into a directory that is empty. Refused, naming the entry: anything but the regular files of a folder.
Result<void> ReadArchive(const std::string& file, const std::string& folder,
                         const OnArchived& extracted);

}  // namespace tthc
