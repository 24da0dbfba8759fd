// What a copy of a store holds, found out by reading it: told with each backup and after a restore.
#pragma once

#include "server/audit/verify.h"
#include "server/backup/facts.h"

namespace tthc {

enum class Depth {
  kLog,     // every record against chain, sealed chunks, checkpoints
  kCases,   // and every stored case against the log: minutes where there are millions
};

// kCorrupt, naming what is wrong first. `state`: where an earlier check of the same log came to; it is
// moved on.
Result<BackupContents> Examine(const Store& store, VerifyState& state, Depth depth,
                               const OnProgress& progress);

}  // namespace tthc
