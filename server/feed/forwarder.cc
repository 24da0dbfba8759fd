#include "server/feed/forwarder.h"

#include <algorithm>
#include <mutex>

#include "ingest/store/casework.h"
#include "server/feed/feed_decoder.h"
#include "server/feed/feed_log.h"

namespace tthc {
namespace {

constexpr std::string_view kNoUnit = "unknown";   // key of a record that nobody's unit can be told of
constexpr std::string_view kBatchType = "application/cloudevents-batch+json";
constexpr int64_t kHeaderBytes = 64 << 10;        // of a message, beside its body

std::string OwnerOf(std::string_view case_id, std::string_view sender) {
  if (auto unit = UnitCodeOf(case_id)) return std::move(*unit);
  if (auto unit = CanonicalUnitCode(sender)) return std::move(*unit);
  return std::string(kNoUnit);
}

// By position.
std::vector<std::string> OwnersOf(const DecodedMessage& message) {
  std::vector<std::string> owners(message.records);
  for (const Statement& statement : message.statements) {
    owners[statement.position] = OwnerOf(statement.case_id, message.sender);
  }
  for (const Rejected& rejected : message.rejected) {
    owners[rejected.position] = OwnerOf(rejected.case_id, message.sender);
  }
  return owners;
}

bool IsOfOne(const std::vector<std::string>& owners) {
  return std::all_of(owners.begin(), owners.end(),
                     [&](const std::string& owner) { return owner == owners.front(); });
}

// What of a message is not acknowledged yet.
struct Pending {
  std::mutex mutex;
  size_t left;
  Result<void> outcome;
  Forwarder::Done done;
};

}  // namespace

Forwarder::Forwarder(std::string onestop_topic, std::string event_topic, size_t json_depth,
                     prometheus::Registry& registry)
    : onestop_topic_(std::move(onestop_topic)),
      event_topic_(std::move(event_topic)),
      json_depth_(json_depth) {
  auto& forwarded = prometheus::BuildCounter()
                        .Name("tthc_forwarded_messages_total")
                        .Help("Messages of HTTP that were written to topics, by outcome")
                        .Register(registry);
  acknowledged_ = &forwarded.Add({{"outcome", "acknowledged"}});
  failed_ = &forwarded.Add({{"outcome", "failed"}});
}

Result<std::unique_ptr<Forwarder>> Forwarder::Create(const FeedConfig& config, size_t body_bytes,
                                                     size_t json_depth,
                                                     prometheus::Registry& registry) {
  if (config.onestop_topics.empty()) {
    return Invalid("--forward kafka needs a topic in kafka.onestop_topics");
  }
  const std::string& onestop = config.onestop_topics.front();
  std::unique_ptr<Forwarder> forwarder(new Forwarder(
      onestop, config.event_topics.empty() ? onestop : config.event_topics.front(), json_depth,
      registry));
  KafkaWriting writing = config.writing;
  writing.message_bytes = static_cast<int64_t>(body_bytes) + kHeaderBytes;
  auto producer = KafkaProducer::Create(config.kafka, writing, TellKafkaLog);
  if (!producer) return producer.error();
  forwarder->producer_ = std::move(*producer);
  return forwarder;
}

void Forwarder::Onestop(std::string_view body, const MessageHints& hints,
                        const DecodedMessage& message, Done done) {
  const std::vector<std::string> owners = OwnersOf(message);
  SplitMessage split;
  if (IsOfOne(owners)) {
    split = {std::string(hints.service), std::string(hints.sender_unit),
             std::string(hints.is_updating),
             {{owners.empty() ? OwnerOf("", message.sender) : owners.front(), std::string(body)}}};
  } else {
    auto cut = SplitOnestop(body, hints, message.service, json_depth_,
                            [&](uint32_t position) { return owners.at(position); });
    if (!cut) return done(cut.error());
    split = std::move(*cut);
  }
  Send(onestop_topic_, split.parts,
       {{std::string(feed_header::kService), split.service},
        {std::string(feed_header::kSenderUnit), split.sender_unit},
        {std::string(feed_header::kIsUpdating), split.is_updating},
        {std::string(feed_header::kTokenName), std::string(hints.token_name)}},
       std::move(done));
}

void Forwarder::Events(std::string_view body, std::string_view content_type,
                       const MessageHints& hints, const DecodedMessage& message, Done done) {
  const std::vector<std::string> owners = OwnersOf(message);
  // Always a batch: what makes a CloudEvent of it in a topic of one-stop messages, too.
  auto split = SplitCloudEvents(body, content_type, json_depth_,
                                [&](uint32_t position) { return owners.at(position); });
  if (!split) return done(split.error());
  Send(event_topic_, split->parts,
       {{std::string(feed_header::kContentType), std::string(kBatchType)},
        {std::string(feed_header::kSenderUnit), std::string(hints.sender_unit)},
        {std::string(feed_header::kTokenName), std::string(hints.token_name)}},
       std::move(done));
}

void Forwarder::Send(const std::string& topic, const std::vector<MessagePart>& parts,
                     const Headers& headers, Done done) {
  if (parts.empty()) return done({});
  Headers said;
  std::copy_if(headers.begin(), headers.end(), std::back_inserter(said),
               [](const auto& header) { return !header.second.empty(); });
  auto pending = std::make_shared<Pending>();
  pending->left = parts.size();
  pending->done = std::move(done);
  for (const MessagePart& part : parts) {
    producer_->Send({topic, part.key, part.body, said}, [this, pending](Result<void> outcome) {
      {
        const std::lock_guard lock(pending->mutex);
        if (!outcome) pending->outcome = outcome;
        if (--pending->left > 0) return;
      }
      (pending->outcome ? acknowledged_ : failed_)->Increment();
      pending->done(pending->outcome);
    });
  }
}

}  // namespace tthc
