// The gateway: what comes over HTTP is written to topics, and its sender answered once the brokers have
// acknowledged it. It is recorded when it is read from there, by this daemon and by any other.
//
// A message whose cases belong to several units is cut, so that all that is ever said of a case has one key:
// the unit in its number, or the sender's own unit where the number names none. A one-stop message of one
// unit is written byte for byte as it came. See docs/decisions/0039-kafka-gateway.md.
//
// Thread safety: any thread.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "ingest/source/kafka/producer.h"
#include "ingest/wire/split.h"
#include "server/feed/feed_config.h"

namespace tthc {

class Forwarder {
 public:
  // kInvalidInput where no topic of one-stop messages is set. `body_bytes`: the largest body of HTTP.
  static Result<std::unique_ptr<Forwarder>> Create(const FeedConfig& config, size_t body_bytes,
                                                   size_t json_depth,
                                                   prometheus::Registry& registry);

  // `done` is called once, when all of it is acknowledged or some of it is not: then the sender sends all
  // of it again, which does no harm. `message` is what a decoder made of the body.
  using Done = std::function<void(Result<void>)>;
  void Onestop(std::string_view body, const MessageHints& hints, const DecodedMessage& message,
               Done done);
  void Events(std::string_view body, std::string_view content_type, const MessageHints& hints,
              const DecodedMessage& message, Done done);

 private:
  using Headers = std::vector<std::pair<std::string, std::string>>;
  Forwarder(std::string onestop_topic, std::string event_topic, size_t json_depth,
            prometheus::Registry& registry);
  void Send(const std::string& topic, const std::vector<MessagePart>& parts, const Headers& headers,
            Done done);

  const std::string onestop_topic_;
  const std::string event_topic_;
  const size_t json_depth_;
  prometheus::Counter* acknowledged_;
  prometheus::Counter* failed_;
  std::unique_ptr<KafkaProducer> producer_;   // last: it answers while it ends
};

}  // namespace tthc
