// What of an answer the caller may know of, where the unit asked for does not settle it.
//
// A case belongs to the unit that it has by all that is known now. Asked as known at an earlier
// time, a case may still have been of another unit: the caller sees it if it sees the unit of now.
#pragma once

#include <string_view>

#include "ingest/wire/decode.h"
#include "server/http/router.h"

namespace tthc {

bool SeesCase(const Call& call, std::string_view case_id);

// Takes the lines of cases that the caller does not see out of an answer as known at an earlier
// time; without effect where `view` asks for what is known now.
void HideForeignCases(const Call& call, const View& view, CasesPage& page);
void HideForeignCases(const Call& call, const View& view, FindingsPage& page);
void HideForeignCases(const Call& call, const View& view, HonestAnswer& answer);
void HideForeignCases(const Call& call, const View& view, ImprovementAnswer& answer);
void HideForeignCases(const Call& call, const View& view, Report& report);
void HideForeignCases(const Call& call, const View& view, EventLog& log);

// Takes out what was told of the case while it was of a unit that the caller does not see.
void HideForeignAlerts(const Call& call, std::vector<CaseAlert>& alerts);

// Whether a case that the answer would count names the procedure asked for: that one somewhere else
// does must not show. True where all units are seen or no procedure is asked for.
bool SeesProcedure(const Call& call, const SheetQuery& query);

// The position of the first record about a case of a unit that the caller does not see; nullopt
// where it may deliver them all.
std::optional<uint32_t> FirstForeignRecord(const Call& call, const DecodedMessage& message);

}  // namespace tthc
