// A case as its dates were first said: what a due date or an end was before anybody moved it.
// How "first" is read: docs/decisions/0021-honest-ratio.md. Pure.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "ingest/case/findings.h"
#include "ingest/case/fold.h"

namespace tthc {

// The end that a statement gives a date of its own: NgayKetThucXuLy of a snapshot of status 9 or 10,
// the time of a row of status 9.
std::optional<Instant> EndSaidBy(const Entry& entry);

// `out` is made `entries` (those that were folded) with every due date as the first one said and every
// end as it was first said since the case was last reopened; empty where that changes nothing. The
// answer is what was undone so: each statement with the first date and its own, by arrival.
Proofs WithFirstSaidDates(const Case& folded, std::span<const Entry> entries,
                          std::vector<Entry>& out);

}  // namespace tthc
