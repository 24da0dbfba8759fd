// A message cut into messages of one owner each, for logs that are divided by owner.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/result.h"
#include "ingest/wire/decode.h"

namespace tthc {

struct MessagePart {
  std::string key;
  std::string body;
};
struct SplitMessage {
  // The hints that stand for the envelope, which no part has any more.
  std::string service;
  std::string sender_unit;
  std::string is_updating;
  std::vector<MessagePart> parts;   // by key; each holds its records in their order
};

// The key of a record by its position in the message.
using KeyOf = std::function<std::string(uint32_t position)>;

// Of a body that Decoder::Decode took, which said `service`: together the parts decode to what it does,
// positions apart.
Result<SplitMessage> SplitOnestop(std::string_view body, const MessageHints& hints,
                                  std::string_view service, size_t depth, const KeyOf& key_of);
// Of a body that Decoder::DecodeCloudEvents took; each part is a batch (application/cloudevents-batch+json).
Result<SplitMessage> SplitCloudEvents(std::string_view body, std::string_view content_type,
                                      size_t depth, const KeyOf& key_of);

}  // namespace tthc
