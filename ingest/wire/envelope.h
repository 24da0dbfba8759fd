// The envelopes of the wire: object with `data` (list or object), bare list, bare object.
#pragma once

#include <simdjson.h>

#include <optional>
#include <string_view>

#include "config/instant.h"
#include "config/result.h"
#include "ingest/wire/services.h"

namespace tthc {

struct Envelope {
  const Service* service = nullptr;  // nullptr: neither the body nor the path names one
  std::string_view sender_unit;      // empty where nobody says it
  std::optional<bool> is_updating;
  std::optional<Instant> arrived_at;
  // The records: a list of them or a single one. None: an envelope without `data`.
  std::optional<simdjson::dom::element> data;
};

// `path_*` stand in where the body is silent. Errors: unknown service, unreadable arrived_at, an
// envelope whose data is neither list nor object.
Result<Envelope> ReadEnvelope(simdjson::dom::element root, std::string_view path_service,
                              std::string_view path_sender_unit, std::string_view path_is_updating);

}  // namespace tthc
