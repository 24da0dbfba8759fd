// The registers with every version of every row, in the store and in memory.
//
// Rows are versioned like statements: a put whose row equals the one that stands changes nothing;
// any other is a new version with its recorded time, and a question with `known_at` sees the
// latest one recorded by then. Nothing is removed: a withdrawn row is a version too.
// Threads: one writer (the pipeline) calls Prepare and Apply; all else may be called from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/instant.h"
#include "config/procedures.h"
#include "config/result.h"
#include "ingest/registers/rows.h"
#include "ingest/registers/schema.h"
#include "ingest/store/store.h"

namespace tthc {

// What the registers say about one case.
enum CaseLink : uint8_t {
  kLinkPaidOnline = 1u << 0,    // payments: a payment over a gateway succeeded
  kLinkComplained = 1u << 1,    // petitions: one is about this case
  kLinkDisliked = 1u << 2,      // ratings: its latest rating is a dislike
};
using CaseLinks = uint8_t;

struct RegisterPutAnswer {
  uint64_t recorded = 0;        // new versions
  uint64_t unchanged = 0;       // said before
  Instant at;
};

struct RegisterListItem {
  RegisterRow row;
  Instant recorded;             // of this version
  uint32_t version = 1;         // 1, 2, … of its key
};

class RegisterBook {
 public:
  explicit RegisterBook(ShardId shard, uint64_t most_versions);
  ~RegisterBook();
  Result<void> Load(const Store& store);

  // --- writer
  // Puts the new versions into `batch`. Error, and nothing is put, where a limit is reached.
  // An empty put is remembered too: the register is kept, and has no rows.
  Result<RegisterPutAnswer> Prepare(RegisterId id, std::vector<RegisterRow> rows, Instant recorded,
                                    StoreBatch& batch);
  // After the batch is on disk. Gives the cases whose links (as known now) changed, with what they
  // were before, and whether the catalogue of procedures did.
  struct LinkChange {
    std::string case_id;
    CaseLinks before = 0;
  };
  struct Effect {
    std::vector<LinkChange> cases;   // no case twice
    bool catalogue = false;
  };
  Effect Apply();
  void Forget();                // instead of Apply: the batch was not written

  // --- any thread; `known_at`: recorded time
  // True where the register has ever been put by then: it is kept, so that "no row" means none.
  bool Kept(RegisterId id, Instant known_at) const;
  using Visitor = std::function<void(const RegisterRow& row)>;
  // Rows that stand at `known_at`, by key; withdrawn ones left out.
  void Visit(RegisterId id, Instant known_at, const Visitor& visit) const;
  // A page by key, withdrawn rows included.
  std::vector<RegisterListItem> List(RegisterId id, Instant known_at, std::string_view after_key,
                                     size_t limit) const;
  std::vector<RegisterListItem> Versions(RegisterId id, std::string_view key) const;
  // What had happened to the case by `by` (paid_at, sent_at, rated_at; event time), as known at
  // `known_at`. One lookup; call it per case.
  CaseLinks LinksOf(std::string_view case_id, Instant known_at, Instant by) const;
  // The shipped catalogue with the register's rows in front of it.
  std::shared_ptr<const ProcedureCatalogue> CatalogueAt(
      Instant known_at, const std::shared_ptr<const ProcedureCatalogue>& shipped) const;
  uint64_t change_number() const;   // rises with every Apply that changed something

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tthc
