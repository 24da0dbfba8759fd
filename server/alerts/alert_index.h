// What finds, in the column of alerts, the history of one alert without reading all messages. A
// message of a rung is named by the claim of its case; beside it stand, all behind the shard:
//
//   'r' alert id 0 seq(8)      ->            the alert's resolution is this message
//   'd' recipient 0 seq(8)     ->            this message is a digest for the recipient
//   's' alert id 0 at(8)       -> AlertNote  every snooze ('z' holds the last one alone)
//   'x'                        -> version    all of it is there: a store from before it is indexed
//                                            at its next start, which reads every message anyway
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingest/case/rungs.h"
#include "ingest/store/store.h"
#include "server/alerts/alert_codec.h"
#include "server/monitor.h"

namespace tthc {

inline constexpr char kMessagePrefix = 'm';
inline constexpr char kAckPrefix = 'a';
std::string MessageKey(uint64_t seq);
std::string NoteKey(char prefix, std::string_view id);

Result<bool> IsIndexed(const Store& store);
void MarkIndexed(StoreBatch& batch);
void IndexMessage(const AlertMessage& message, StoreBatch& batch);
void IndexSnooze(std::string_view alert_id, const AlertNote& snooze, StoreBatch& batch);

// The alerts that these claims of a case made, as they stood at `until`, by their first message.
Result<std::vector<CaseAlert>> ReadCaseAlerts(const Store& store, const std::vector<Claim>& claims,
                                              Instant until);

}  // namespace tthc
