// What proves a finding, in words: a statement by its number, what was said before and what it says.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingest/store/casework.h"

namespace tthc {

struct ProofLine {
  uint64_t seq = 0;            // of the statement in the log
  Instant recorded;
  std::string sender;
  std::string fact;            // "due_at"
  std::string before;          // instants as RFC 3339, statuses by their code; empty: nothing
  std::string after;
};
// `proofs` are of the case on the desk.
std::vector<ProofLine> LinesOf(const Proofs& proofs, const Casework& desk,
                               const Directory& directory);

}  // namespace tthc
