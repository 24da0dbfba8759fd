// What goes on record of a reading: who, which case or list, and why.
#pragma once

#include <optional>

#include "server/http/router.h"

namespace tthc {

inline constexpr size_t kLongestReason = 500;   // bytes

// Refuses a reason (header Access-Reason, UTF-8, percent-encoded where the client must) that cannot
// be read, and a reading without one where the settings ask for it.
std::optional<Response> CheckReason(const Route& route, const Principal& principal,
                                    const Request& head, bool required);
// Puts the reading on record; in the process log where the store takes none.
void NoteAccess(const Route& route, const Call& call);

}  // namespace tthc
