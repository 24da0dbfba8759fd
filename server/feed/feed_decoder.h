// A message of a topic as statements: whatever its bytes are, it becomes one that can be recorded, so that
// no message stops its partition.
//
// What an HTTP sender says in the path, the query and the headers stands in the message's headers:
//   service, MaDinhDanhDV, isUpdating   as in the path and the query of /api/v1/onestop
//   token-name                          whose token it came in with ([[sender]] token_name)
//   content-type                        application/cloudevents… makes it a CloudEvent in any topic
// Who may write to a topic is the brokers' to say: what its headers claim is believed.
//
// Thread safety: one thread.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "ingest/source/kafka/consumer.h"
#include "ingest/wire/decode.h"
#include "ingest/wire/keyed_hash.h"

namespace tthc {

namespace feed_header {
inline constexpr std::string_view kService = "service";
inline constexpr std::string_view kSenderUnit = "MaDinhDanhDV";
inline constexpr std::string_view kIsUpdating = "isUpdating";
inline constexpr std::string_view kTokenName = "token-name";
inline constexpr std::string_view kContentType = "content-type";
}  // namespace feed_header

class FeedDecoder {
 public:
  FeedDecoder(Decoder decoder, uint64_t hash_key, const std::vector<std::string>& event_topics,
              size_t body_bytes);
  DecodedMessage Decode(const KafkaMessage& message);
  static bool IsUnreadable(const DecodedMessage& decoded);   // as a whole

 private:
  DecodedMessage Unreadable(const KafkaMessage& message, std::string reason);

  Decoder decoder_;
  KeyedHash hash_;
  std::set<std::string> event_topics_;
  size_t body_bytes_;
};

// The dead letter of a message: where it stands, and what of it was put aside why. Nothing of its body.
std::string DeadLetterJson(const KafkaMessage& message, const DecodedMessage& decoded);
// The same for each sending, so that a compacted topic keeps one.
std::string DeadLetterKey(const KafkaMessage& message);

}  // namespace tthc
