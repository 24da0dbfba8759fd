// The same alerts as server-sent events, for offices whose proxy breaks WebSocket.
#pragma once

#include <string>
#include <vector>

#include "server/client_stream.h"
#include "server/live/alert_hub.h"
#include "server/worker.h"

namespace tthc {

// The units of a stream; `unit` as in the query, nullptr where absent. Errors as UnitsToWatch.
Result<std::vector<std::string>> UnitsOfStream(const std::string* unit, const Principal& principal,
                                               AlertHub& hub);

// Takes over the stream on the worker's thread. The stream ends with an event "expired" when the
// principal's token expires. `last_event_id`: "epoch:seq", or empty.
void StartEventSession(ClientStream stream, std::vector<std::string> units, Principal principal,
                       const std::string& last_event_id, AlertHub& hub, Worker& worker);

}  // namespace tthc
