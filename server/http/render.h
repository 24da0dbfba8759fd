// The monitor's answers as JSON, in the shapes of the contract (docs and /openapi.json).
#pragma once

#include "config/json_text.h"
#include "server/monitor.h"

namespace tthc {

json::object UnitJson(const UnitTree& tree, UnitId id, Day day);
json::object CountsJson(const Counts& counts);  // received, resolved, pending, rates, no_due_date
json::object SummaryJson(const SummaryQuery& query, const SummaryAnswer& answer);
json::object TrendJson(const SummaryQuery& query, const TrendAnswer& answer);
json::object CasesJson(const CasesPage& page);
json::object CaseJson(const CaseAnswer& answer);
// `alerts`: those of the case that the caller may see.
json::object TimelineJson(const CaseAnswer& answer, const std::vector<CaseAlert>& alerts);
// What proves findings, statement by statement.
json::array ProofsJson(const std::vector<ProofLine>& proofs);
json::object RejectedJson(const Rejected& rejected);
json::object QuarantineJson(const QuarantineItem& item);
json::object ReprojectionJson(const Reprojection& record);
json::object SealedJson(const Sealed& sealed);
json::object NoteJson(const NoteRecord& record);
json::object AlertJson(const AlertMessage& message);
// A message of the stream as every way out tells it: type, seq, alert.
json::object AlertMessageJson(const AlertMessage& message);
json::object AlertStateJson(const AlertState& state);
json::object MuteJson(const UnitMute& mute);

}  // namespace tthc
