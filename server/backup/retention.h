// Which backups are kept: the newest ones, and of each day before them the last.
//
// Pure. A day is one of the machine's UTC+7 calendar, as everywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "config/instant.h"

namespace tthc {

struct MadeBackup {
  uint64_t number = 0;
  Instant made;
};

// Of `backups`, ascending by number, those that go: neither among the `newest` last ones nor the last
// of one of the last `days` days on which any was made. The newest one stays in any case.
std::vector<uint64_t> NoLongerKept(std::span<const MadeBackup> backups, size_t newest, size_t days);

}  // namespace tthc
