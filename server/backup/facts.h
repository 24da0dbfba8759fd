// What is told of a backup: what it is and what it holds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/instant.h"

namespace tthc {

struct BackupContents {
  uint64_t records = 0;                  // of the log: statements, claims, notes
  std::optional<Instant> last_recorded;  // recorded time of the last one; absent: it is empty
  uint64_t cases = 0;
  uint64_t checkpoints = 0;
  uint64_t sealed_records = 0;           // that the newest checkpoint holds
  std::vector<std::string> keys;         // verifier keys of who signed there
};

struct BackupFacts {                     // of one that was checked
  uint64_t number = 0;                   // from 1, never used again in its directory
  Instant made;                          // by the machine's clock, whole seconds
  Instant checked;
  uint64_t bytes = 0;                    // of all its files, those shared with others included
  uint64_t files = 0;
  std::string version;                   // of the program that made it
  BackupContents contents;
};

// As JSON, format "tthc-backup-1".
std::string FactsText(const BackupFacts& facts);
std::optional<BackupFacts> ParseFacts(std::string_view text);

}  // namespace tthc
