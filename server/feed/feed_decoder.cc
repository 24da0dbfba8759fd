#include "server/feed/feed_decoder.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "config/json_text.h"
#include "ingest/wire/reject_codes.h"

namespace tthc {
namespace {

namespace json = boost::json;

constexpr std::string_view kCloudEventsType = "application/cloudevents";
constexpr size_t kListedInLetter = 100;   // rejections of one dead letter; the quarantine holds them all

}  // namespace

FeedDecoder::FeedDecoder(Decoder decoder, uint64_t hash_key,
                         const std::vector<std::string>& event_topics, size_t body_bytes)
    : decoder_(std::move(decoder)),
      hash_(hash_key),
      event_topics_(event_topics.begin(), event_topics.end()),
      body_bytes_(body_bytes) {}

DecodedMessage FeedDecoder::Decode(const KafkaMessage& message) {
  const auto body = message.body();
  if (!body) return Unreadable(message, "the message has no body");
  if (body->size() > body_bytes_) {
    return Unreadable(message, "the message has " + std::to_string(body->size()) +
                                   " bytes, limits.body_bytes is " + std::to_string(body_bytes_));
  }
  MessageHints hints;
  hints.service = message.header(feed_header::kService);
  hints.sender_unit = message.header(feed_header::kSenderUnit);
  hints.is_updating = message.header(feed_header::kIsUpdating);
  hints.token_name = message.header(feed_header::kTokenName);
  const std::string_view type = message.header(feed_header::kContentType);
  const bool is_event =
      type.starts_with(kCloudEventsType) || event_topics_.contains(message.at().topic);
  auto decoded = is_event ? decoder_.DecodeCloudEvents(*body, type, hints)
                          : decoder_.Decode(*body, hints);
  if (!decoded) return Unreadable(message, decoded.error().message);
  decoded->arrived_at.reset();
  return std::move(*decoded);
}

bool FeedDecoder::IsUnreadable(const DecodedMessage& decoded) {
  return decoded.rejected.size() == 1 && decoded.rejected[0].code == reject::kUnreadableMessage;
}

DecodedMessage FeedDecoder::Unreadable(const KafkaMessage& message, std::string reason) {
  DecodedMessage decoded;
  decoded.service = message.at().topic;
  decoded.sender = "unknown";
  decoded.records = 1;
  Rejected rejected;
  rejected.code = reject::kUnreadableMessage;
  rejected.reason = std::move(reason);
  rejected.body_hash = hash_(HashDomain::kBody, message.body().value_or(""));
  decoded.rejected.push_back(std::move(rejected));
  return decoded;
}

std::string DeadLetterJson(const KafkaMessage& message, const DecodedMessage& decoded) {
  const TopicPartition at = message.at();
  json::array rejections;
  for (const Rejected& rejected : decoded.rejected) {
    if (rejections.size() == kListedInLetter) break;
    rejections.push_back(json::object{
        {"position", rejected.position}, {"code", rejected.code}, {"field", rejected.field}});
  }
  return JsonText(json::object{{"topic", at.topic},
                               {"partition", at.partition},
                               {"offset", message.offset()},
                               {"service", decoded.service},
                               {"sender", decoded.sender},
                               {"rejected_total", decoded.rejected.size()},
                               {"rejected", std::move(rejections)}});
}

std::string DeadLetterKey(const KafkaMessage& message) {
  const TopicPartition at = message.at();
  return at.topic + "-" + std::to_string(at.partition) + "-" + std::to_string(message.offset());
}

}  // namespace tthc
