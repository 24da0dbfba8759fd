// CloudEvents 1.0 around one case record each.
#pragma once

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>

#include "ingest/wire/decode.h"
#include "ingest/wire/records.h"

namespace tthc {

enum class CloudEventForm { kDocument, kLines };  // a document is one event or a batch
CloudEventForm FormOf(std::string_view content_type);

// The lines of a body that are not blank.
class LineSplitter {
 public:
  explicit LineSplitter(std::string_view body) : rest_(body) {}
  std::optional<std::string_view> Next();

 private:
  std::string_view rest_;
};

// Adds each event to the message, as a statement or as rejected.
class CloudEventReader {
 public:
  CloudEventReader(RecordReader& reader, const SenderProfile& profile, DecodedMessage& message)
      : reader_(reader), profile_(profile), message_(message) {}
  void Read(simdjson::dom::element event);
  void Refuse(std::string reason);  // an event that is no JSON

 private:
  bool ReadInto(simdjson::dom::object event, Statement& out, Rejected& why);

  RecordReader& reader_;
  const SenderProfile& profile_;
  DecodedMessage& message_;
};

}  // namespace tthc
