// From the bytes a one-stop system sends to statements (WIRE.md): envelopes, aliases, dates,
// sender profiles. Pure: no clock, no store, no socket.
//
// A bad record never takes its message down: it becomes a Rejected with its reason. Only a body
// that is no JSON at all, or an envelope without meaning, fails as a whole.
// Thread safety: a Decoder may be used by one thread at a time; make one per thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/result.h"
#include "ingest/case/statement.h"

namespace tthc {

struct SenderProfile;  // ingest/wire/profiles.h: the data table

struct Rejected {
  uint32_t position = 0;     // index of the record in its message
  std::string case_id;       // where it could be read
  std::string field;         // the field at fault, as sent
  std::string code;          // stable: "missing_case_id", "bad_date", "unknown_status", …
  std::string reason;        // a sentence in English with the offending value (never of a personal
                             // field), shortened
  uint64_t body_hash = 0;    // keyed hash of the record's bytes
};

struct DecodedMessage {
  std::string service;       // canonical name of the operation
  std::string sender;        // label of the profile's sender: settings' sender id, else unit code, else "unknown"
  std::vector<Statement> statements;   // recorded and, for DatedBy::kArrival, event not set yet
  std::vector<Rejected> rejected;
};

struct MessageHints {
  std::string_view service;      // from the path, empty where the body must say it
  std::string_view sender_unit;  // MaDinhDanhDV of the query
  std::string_view is_updating;  // of the query
  std::string_view token_name;   // whose token it was, empty without
};

struct DecodeLimits {
  size_t depth = 32;
  size_t records = 10'000;       // of one message
  size_t scalar_bytes = 65'536;  // of one scalar that is read; a longer one rejects its record
};

class Decoder {
 public:
  // `profiles` outlives the decoder. `key` keys the hashes of officers and identities.
  Decoder(std::shared_ptr<const class ProfileTable> profiles, uint64_t hash_key, DecodeLimits limits);
  ~Decoder();
  Decoder(Decoder&&) noexcept;

  // Errors (kInvalidInput): not JSON (with byte position), wrong encoding, too deep, no service,
  // unknown service.
  Result<DecodedMessage> Decode(std::string_view body, const MessageHints& hints);
  // CloudEvents 1.0: structured, batch (array) or one per line. `item` positions are per event.
  Result<DecodedMessage> DecodeCloudEvents(std::string_view body, std::string_view content_type,
                                           const MessageHints& hints);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tthc
