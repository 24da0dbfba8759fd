// The check of a store: the log against its chain, its chunks and its checkpoints; checkpoints
// against the keys and those taken off the machine; the stored cases against the log.
//
// What it tells apart, and what cannot be told: docs/audit.md.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/proof/frontier.h"
#include "ingest/proof/signed_note.h"
#include "ingest/store/directory.h"
#include "ingest/store/store.h"
#include "server/audit/log_reader.h"

namespace tthc {

// Where a check of the log stands: it can be gone on with. Where a checkpoint comes to be known that
// the part behind should have been held against, the check begins anew.
struct VerifyState {
  Frontier chunks;                   // complete ones that were checked
  std::set<Hash> met;                // hashes of the checkpoints that hold for them
  uint64_t records() const;          // checked
};
std::string VerifyStateText(const VerifyState& state);
std::optional<VerifyState> ParseVerifyState(std::string_view text);

struct VerifyOptions {
  std::vector<NoteVerifier> keys;              // trusted; none: signatures are not looked at
  std::vector<std::string> checkpoints;        // notes that were taken off the machine
  OnProgress progress;
  // Called as the check moves on, so that it can be gone on with after a kill; may be empty.
  std::function<void(const VerifyState&)> keep;
};
struct VerifyReport {
  uint64_t records = 0;
  uint64_t checkpoints = 0;
  uint64_t cases = 0;
  uint64_t unsealed = 0;                       // records behind the newest checkpoint
  bool stopped = false;                        // by `progress`: the state says how far it came
};

// The log, its chunks and checkpoints. Errors: kCorrupt, naming the first thing that is wrong.
Result<VerifyReport> VerifyLog(const Store& store, const Directory& directory, VerifyState& state,
                               const VerifyOptions& options);
// The cases as they are stored against the log, and the newest checkpoint's case map, built anew. About
// 60 bytes of memory per case. Errors: kCorrupt, naming the first case that differs.
Result<uint64_t> VerifyCases(const Store& store, const Directory& directory,
                             const OnProgress& progress);

}  // namespace tthc
