#include "ingest/wire/split.h"

#include <simdjson.h>

#include <map>

#include "ingest/wire/cloud_events.h"
#include "ingest/wire/envelope.h"
#include "ingest/wire/json_document.h"

namespace tthc {
namespace {

using simdjson::dom::element;

// Collects records by key as JSON lists.
class PartsByKey {
 public:
  explicit PartsByKey(const KeyOf& key_of) : key_of_(key_of) {}
  void AddText(std::string_view record) {
    std::string& body = bodies_[key_of_(position_++)];
    body += body.empty() ? '[' : ',';
    body += record;
  }
  // A list or a single one.
  void AddEach(element data) {
    simdjson::dom::array list;
    if (data.get_array().get(list) != simdjson::SUCCESS) return AddText(simdjson::minify(data));
    for (const element record : list) AddText(simdjson::minify(record));
  }
  std::vector<MessagePart> Take() {
    std::vector<MessagePart> parts;
    for (auto& [key, body] : bodies_) parts.push_back({key, std::move(body) + "]"});
    return parts;
  }

 private:
  const KeyOf& key_of_;
  uint32_t position_ = 0;
  std::map<std::string, std::string> bodies_;
};

}  // namespace

Result<SplitMessage> SplitOnestop(std::string_view body, const MessageHints& hints,
                                  std::string_view service, size_t depth, const KeyOf& key_of) {
  JsonDocument document(depth);
  const Result<element> root = document.Parse(body);
  if (!root) return root.error();
  const Result<Envelope> envelope =
      ReadEnvelope(*root, hints.service, hints.sender_unit, hints.is_updating);
  if (!envelope) return envelope.error();
  SplitMessage split;
  split.service = service;
  split.sender_unit = envelope->sender_unit;
  if (envelope->is_updating) split.is_updating = *envelope->is_updating ? "True" : "False";
  PartsByKey parts(key_of);
  if (envelope->data) parts.AddEach(*envelope->data);
  split.parts = parts.Take();
  return split;
}

Result<SplitMessage> SplitCloudEvents(std::string_view body, std::string_view content_type,
                                      size_t depth, const KeyOf& key_of) {
  JsonDocument document(depth);
  PartsByKey parts(key_of);
  if (FormOf(content_type) == CloudEventForm::kLines) {
    for (LineSplitter lines(body); const std::optional<std::string_view> line = lines.Next();) {
      const Result<element> event = document.Parse(*line);
      // What is no JSON is put aside inside a list, too.
      parts.AddText(event ? simdjson::minify(*event) : "null");
    }
  } else {
    const Result<element> root = document.Parse(body);
    if (!root) return root.error();
    parts.AddEach(*root);
  }
  SplitMessage split;
  split.parts = parts.Take();
  return split;
}

}  // namespace tthc
