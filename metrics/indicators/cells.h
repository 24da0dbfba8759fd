// Counts of facts by unit, procedure and sender: what every indicator of cases is made of, from the
// live tallies or from a walk over the cases, in one form.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <functional>
#include <span>
#include <vector>

#include "ingest/registers/book.h"
#include "ingest/store/case_book.h"
#include "ingest/store/casework.h"
#include "metrics/indicators/facts.h"
#include "metrics/tallies/counts.h"

namespace tthc {

// Cells while they are counted.
class FactCells {
 public:
  FactCell& At(const FactKey& key);
  // A case of the population: `facts` with what its verdict adds.
  void Add(const FactKey& key, FactSet facts, bool received_in_period);
  std::vector<FactCell> Sorted() const;   // by key

 private:
  boost::unordered_flat_map<FactKey, FactCell, FactKeyHash> cells_;
};

// One period asked of a walk.
struct FactQuestion {
  Instant from;
  Instant cut_off;
};
struct FactWalk {
  const CaseBook& book;
  const CaseworkOptions& casework;
  const Directory& directory;
  const RegisterBook& registers;
  FactPolicy policy;
  Instant known_at = kEndOfTime;
};
// One walk for all questions; the cells of each, by key. From a query thread.
Result<std::vector<std::vector<FactCell>>> GatherFacts(const FactWalk& walk,
                                                       std::span<const FactQuestion> questions);

// Every case that may be of a population from `earliest` on, on the desk.
using DeskVisitor = std::function<void(std::string_view case_id, const Casework& desk)>;
Result<void> WalkDesks(const FactWalk& walk, Instant earliest, const DeskVisitor& visit);
// Only those of `units` (by UnitId).
Result<void> WalkDesksOf(const FactWalk& walk, const std::vector<bool>& units, Instant earliest,
                         const DeskVisitor& visit);
// How one is counted: `verdict` under qd766 and not outside, `stored` as StoredFactsOf gives them
// for the same cut-off: what the registers date after it had not happened.
FactSet StoredFactsOf(const FactWalk& walk, std::string_view case_id, const Casework& desk,
                      Instant cut_off);
void AddToCells(const Casework& desk, const Verdict& verdict, FactSet stored, FactCells& cells);

}  // namespace tthc
