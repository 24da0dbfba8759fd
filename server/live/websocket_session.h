// One WebSocket client of tthc.alerts.v1: hello, welcome, alerts, acknowledgements.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "server/client_stream.h"
#include "server/live/alert_hub.h"
#include "server/worker.h"

namespace tthc {

using UpgradeRequest = http::request<http::string_body>;

// True where the request offers the subprotocol.
bool OffersAlertProtocol(const UpgradeRequest& request);

// Takes over the stream on the worker's thread. `identity`: by the request's header. The session
// ends when the token expires that it was opened with.
void StartWebSocketSession(ClientStream stream, UpgradeRequest request,
                           Identity identity, AlertHub& hub, Worker& worker);

}  // namespace tthc
