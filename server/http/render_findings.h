// Findings and the honest ratio as JSON, in the shapes of the contract.
#pragma once

#include "config/json_text.h"
#include "server/monitor.h"

namespace tthc {

json::object FindingsJson(const FindingsQuery& query, const FindingsPage& page);
json::object HonestJson(const HonestQuery& query, const HonestAnswer& answer);

// A place in the list of findings, as `next_cursor` tells it: "frozen~H34.05-250101-00001".
std::string CursorOf(const FindingKey& key);
std::optional<FindingKey> FindingKeyFrom(std::string_view cursor);

}  // namespace tthc
