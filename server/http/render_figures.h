// Registers, indicators, targets and closed periods as JSON, in the shapes of the contract.
//
// Points are decimal numbers with at most 2 decimals; what has none is null, never 0.
#pragma once

#include <span>
#include <string_view>

#include "config/json_text.h"
#include "server/frozen_answer.h"
#include "server/monitor.h"

namespace tthc {

// --- registers
json::object SchemaJson(const RegisterSchema& schema);
json::object RowJson(const RegisterSchema& schema, const RegisterListItem& item);
// The first kListedRegisterRows.
json::array RejectedRowsJson(std::span<const RejectedRow> rows);

// --- indicators
json::object DefinitionJson(const IndicatorTable& table);  // the whole of it
json::object SheetJson(const SheetQuery& query, const SheetAnswer& answer);
json::object ImprovementsJson(const ImprovementQuery& query, const ImprovementAnswer& answer);
json::object TargetsJson(const std::string& unit, const TargetsAnswer& answer);

// --- periods
json::object FrozenPeriodJson(const FrozenPeriod& period);
json::object FrozenJson(const FrozenAnswer& answer);  // "frozen", "now", "adjustments", "reason"

}  // namespace tthc
