// The proof of one case: a file that shows, to someone who holds only a signed checkpoint (or the
// key that signs them), each statement of the case as it stands in the log, and that there is no
// other. Read and checked without a store.
//
// It holds the hashes of the numbers of the other cases of the bucket: that a case exists whose
// number somebody guesses can be seen from it, nothing else.
// Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/result.h"
#include "ingest/proof/case_map.h"
#include "ingest/proof/checkpoint.h"
#include "ingest/proof/signed_note.h"

namespace tthc {

struct ProvenRecord {
  uint64_t seq = 0;
  std::string leaf;            // its text (ingest/proof/leaf.h)
  std::vector<Hash> path;
};
struct CaseProof {
  std::string case_id;
  std::string checkpoint;      // signed note
  std::vector<ProvenRecord> records;   // by seq
  std::vector<MapEntry> bucket;
  std::vector<Hash> bucket_path;
};

std::string ProofText(const CaseProof& proof);               // JSON
Result<CaseProof> ParseProof(std::string_view text);         // errors name what is wrong

// What a proof shows.
struct Proven {
  Checkpoint checkpoint;
  std::string signed_by;       // verifier key
};
// Errors say which part does not hold. `keys`: those that are trusted, at least one.
Result<Proven> CheckProof(const CaseProof& proof, std::span<const NoteVerifier> keys);

}  // namespace tthc
