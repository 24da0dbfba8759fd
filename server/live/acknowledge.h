// Answers to an alert, for both HTTP and WebSocket: taken notice of, put off.
#pragma once

#include <string_view>

#include "server/access/principal.h"
#include "server/monitor.h"

namespace tthc {

inline constexpr size_t kMaxCommentBytes = 2000;
inline constexpr size_t kMaxAlertIdBytes = 256;

// Errors: kNotFound also for an alert of a unit that the principal does not see (it is not told
// apart), kInvalidInput for a comment that is too long. Takes a store's write: not for a socket's
// thread.
Result<AlertState> AcknowledgeAs(Monitor& monitor, const Principal& principal,
                                 std::string_view alert_id, std::string_view comment);
// The same errors; kInvalidInput too where `until` is too far ahead.
Result<AlertState> SnoozeAs(Monitor& monitor, const Principal& principal,
                            std::string_view alert_id, Instant until, std::string_view comment);

}  // namespace tthc
