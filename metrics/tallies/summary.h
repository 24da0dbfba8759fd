// Summaries for any period, cut-off and state of knowledge, computed from the cases themselves;
// and the list behind every number, by the same walk.
//
// A walk takes the time of reading every case (about a second for a million): call it from a
// query thread. Thread safety: any thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "ingest/store/case_book.h"
#include "ingest/store/casework.h"
#include "metrics/tallies/counts.h"

namespace tthc {

struct WalkQuery {
  std::vector<bool> units;        // by UnitId: whose cases are meant
  Instant from;                   // first instant of the period
  Instant cut_off;
  Rule rule = Rule::kForm06;
  Instant known_at = kEndOfTime;
};

// Cut-off C of DESIGN section 4: the end of the period, or `as_of`, or now, whichever is first.
Instant CutOff(const Period& period, std::optional<Instant> as_of, Instant now);

// Visits every case of `units` of which anything was known at `known_at`, of whatever state; the
// desk holds it during the call. `pass_over`: heads of stored cases that need not be read.
using DeskVisitor = std::function<void(std::string_view case_id, const Casework& desk)>;
using PassOver = std::function<bool(const StoredCaseHead& head)>;
Result<void> WalkDesks(const CaseBook& book, const CaseworkOptions& options,
                       const Directory& directory, const std::vector<bool>& units,
                       Instant known_at, const DeskVisitor& visit,
                       const PassOver& pass_over = nullptr);

// Visits every case of the query's population with its verdict. The desk holds the folded case
// during the call.
using CaseVisitor =
    std::function<void(std::string_view case_id, const Verdict& verdict, const Casework& desk)>;
Result<void> WalkCases(const CaseBook& book, const CaseworkOptions& options,
                       const Directory& directory, const WalkQuery& query,
                       const CaseVisitor& visit);

}  // namespace tthc
