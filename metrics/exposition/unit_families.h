// The per-unit Prometheus families, rendered straight from the tallies (text format 0.0.4).
//
// Why not through prometheus-cpp: it copies every label of every series at each scrape; at a
// hundred thousand series that takes a quarter of a second (docs/decisions/0003). Names and labels
// are a table here, as they would be there.
#pragma once

#include <span>
#include <string>

#include "ingest/store/directory.h"
#include "metrics/tallies/tallies.h"

namespace tthc {

// Appends the families to `out`. Unit codes are labels; names stand in tthc_unit_info only; a case
// number never. tthc_rollup_… stands for units with others below them; for the rest the family
// itself is the sum. `silent`: the unit of each sender that is silent now. `today` decides the tree by which tthc_rollup_… adds up.
void RenderUnitFamilies(const Tallies& tallies, const DirectoryView& directory,
                        const LivePeriods& live, std::span<const TextId> silent, std::string& out);

}  // namespace tthc
