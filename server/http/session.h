// One HTTP/1.1 connection: reads a request, has it answered, writes the answer, again.
#pragma once

#include "server/client_stream.h"
#include "server/http/dispatcher.h"
#include "server/live/alert_hub.h"
#include "server/worker.h"

namespace tthc {

// On the worker's thread. An encrypted stream begins with its handshake.
void StartHttpSession(ClientStream stream, const Dispatcher& dispatcher, AlertHub& hub,
                      Worker& worker);

}  // namespace tthc
