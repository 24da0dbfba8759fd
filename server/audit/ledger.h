// The log as what can be proved: hashes of its chunks, checkpoints over them, proofs of cases.
//
// Nothing of this is in the way of a statement: a block carries only its chain
// (ingest/proof/chain.h); what is here reads the log behind it.
//
// Column `audit`, behind the shard:  'h' chunk(8)   -> root of 256 records, a complete chunk
//                                    'c' number(8)  -> checkpoint, a signed note
//                                    'b' number(8)  -> bucket hashes of its case map
//                                    'k' verifier key  -> since when it signs, decimal microseconds
// Threads: Seal is one thread's; all else may be called from any thread.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/proof/case_proof.h"
#include "ingest/store/case_book.h"
#include "ingest/store/directory.h"
#include "ingest/store/store.h"
#include "server/audit/log_reader.h"

namespace tthc {

std::string ChunkKey(uint64_t chunk);
std::string CheckpointKey(uint64_t number);
// Oldest first, from `number` on; false of `take` stops. kCorrupt, naming it, where one does not read.
Result<void> EachCheckpoint(const Store& store, uint64_t number,
                            const std::function<bool(const Sealed&)>& take);
// Verifier keys of everybody who has signed there.
Result<std::vector<NoteVerifier>> KeysOf(const Store& store);
// Every case that has one of the first `size` records, with their numbers in ascending order.
using SeqsVisitor = std::function<void(std::string_view case_id, std::span<const uint64_t> seqs)>;
using VisitCases = std::function<Result<void>(const SeqsVisitor&)>;
// The bucket hashes; `cases` becomes the number of cases. Visits all cases several times where they
// are many: memory stays bounded.
Result<std::vector<Hash>> BuildCaseMap(const VisitCases& visit, int bits, uint64_t& cases);

class Ledger {
 public:
  Ledger(Store& store, const CaseBook& book, const Directory& directory, std::string origin)
      : store_(store), book_(book), directory_(directory), origin_(std::move(origin)) {}

  // A checkpoint over the first `size` records, all of them on disk; the newest one where it has that
  // size already. Errors: kCorrupt where the log is not what was recorded.
  Result<Sealed> Seal(uint64_t size, Instant now, const NoteSigner& signer,
                      const OnProgress& progress = nullptr);
  Result<std::optional<Sealed>> Newest() const;
  std::vector<Sealed> Checkpoints(size_t limit) const;   // newest first
  Result<std::vector<NoteVerifier>> Keys() const;
  Result<void> RememberKey(const NoteVerifier& key, Instant since);
  // As of the newest checkpoint; kConflict before the first one.
  Result<CaseProof> Prove(std::string_view case_id) const;

 private:
  struct End {
    Hash chain{};
    Instant recorded;
  };
  Result<End> HashChunks(uint64_t size, const OnProgress& progress);
  // Of all chunks of the first `size` records, the last one perhaps not complete.
  Result<std::vector<Hash>> ChunkRoots(uint64_t size) const;
  Result<std::vector<Hash>> LeavesOfChunk(uint64_t chunk, uint64_t size) const;
  VisitCases CasesAt(uint64_t size) const;
  Result<std::vector<uint64_t>> SeqsOf(std::string_view case_id, uint64_t size) const;
  Result<ProvenRecord> ProveRecord(uint64_t seq, uint64_t size,
                                   std::span<const Hash> chunks) const;
  Result<std::vector<Hash>> Buckets(uint64_t number, int bits) const;

  Store& store_;
  const CaseBook& book_;
  const Directory& directory_;
  const std::string origin_;
};

}  // namespace tthc
