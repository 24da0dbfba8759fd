// From the bytes a one-stop system sends to statements: envelopes, aliases, dates, sender
// profiles. Pure: no clock, no store, no socket.
//
// A bad record never takes its message down: it becomes a Rejected with its reason. Only a body
// that is no JSON at all, or an envelope without meaning, fails as a whole.
// Personal data is dropped here: no name, number, address, link or free text of the message is in
// any Statement or Rejected; an officer and an unknown note survive as keyed hashes only.
// Thread safety: a Decoder may be used by one thread at a time; make one per thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/instant.h"
#include "config/result.h"
#include "ingest/case/statement.h"

namespace tthc {

class ProfileTable;  // ingest/wire/profiles.h

struct Rejected {
  uint32_t position = 0;   // index of the record in its message
  std::string case_id;     // where it could be read
  std::string field;       // the field at fault, as sent; its usual name where it is missing
  std::string code;        // stable: one of ingest/wire/reject_codes.h
  std::string reason;      // a sentence in English with the offending value (never of a personal
                           // field), shortened
  uint64_t body_hash = 0;  // keyed hash of the record's JSON without its white space
};

enum class MessageOutcome : uint8_t {
  kStatements,      // a service that carries cases
  kIgnoredService,  // a service of the interface that says nothing about a case: answer it kindly
};

struct DecodedMessage {
  MessageOutcome outcome = MessageOutcome::kStatements;
  std::string service;  // canonical name of the operation; "CloudEvents" for those
  std::string sender;   // settings' sender id, else the canonical unit code, else "unknown"
  // "arrived_at" of a recorded message (tthcmon demo, tthcmon replay); live messages have none.
  std::optional<Instant> arrived_at;
  uint32_t records = 0;               // statements + rejected
  std::vector<Statement> statements;  // recorded and, for DatedBy::kArrival, event not set yet
  std::vector<Rejected> rejected;
};

struct MessageHints {
  std::string_view service;      // from the path; what the body says goes before it
  std::string_view sender_unit;  // MaDinhDanhDV of the query
  std::string_view is_updating;  // of the query
  std::string_view token_name;   // whose token it was, empty without
};

struct DecodeLimits {
  size_t depth = 32;             // nested lists and objects that are not empty, the outermost is 1
  size_t records = 10'000;       // of one message
  size_t scalar_bytes = 65'536;  // of one scalar that is read; a longer one rejects its record
  int first_year = 1990;         // a date outside [first_year, last_year] rejects its record
  int last_year = 2100;
};

class Decoder {
 public:
  // `hash_key` keys the hashes of officers, notes and identities: two stores with different keys
  // can not be matched.
  Decoder(std::shared_ptr<const ProfileTable> profiles, uint64_t hash_key, DecodeLimits limits);
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  // Errors (kInvalidInput): not JSON (with byte position), wrong encoding, too deep, too many
  // records, no service, unknown service.
  Result<DecodedMessage> Decode(std::string_view body, const MessageHints& hints);

  // CloudEvents 1.0, types "vn.gov.tthc.case.…" with a dossier or a progress record as data. The
  // content type decides the form: application/cloudevents-batch+json an array, a type with
  // "ndjson", "jsonl" or "json-seq" one event per line, all else one event. Positions count events.
  // `source` + `id` are the identity of what an event says; `subject` is the case id; `time` dates
  // a snapshot that its own fields do not date; `sequence` orders one source's events.
  Result<DecodedMessage> DecodeCloudEvents(std::string_view body, std::string_view content_type,
                                           const MessageHints& hints);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tthc
