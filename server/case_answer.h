// One case as an auditor sees it: folded at a cut-off and a state of knowledge, judged under each
// rule, with every statement and everything that was said anew.
#pragma once

#include "ingest/store/casework.h"
#include "server/monitor.h"

namespace tthc {

// Errors: kNotFound where nothing of the case was known at view.known_at; kCorrupt.
Result<CaseAnswer> MakeCaseAnswer(std::string_view case_id, std::string_view stored_bytes,
                                  const View& view, Instant now, const CaseworkOptions& options,
                                  const Directory& directory);

}  // namespace tthc
