// Writes messages to Kafka, each acknowledged by all replicas in sync before its `done` is called.
//
// Thread safety: any thread. `done` is called once, on a thread of librdkafka's (or on the caller's,
// where nothing could be taken), and must not block.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/result.h"
#include "ingest/source/kafka/config.h"
#include "ingest/source/kafka/consumer.h"

struct rd_kafka_event_s;

namespace tthc {

struct KafkaOutgoing {
  std::string_view topic;
  std::string_view key;
  std::string_view body;
  std::vector<std::pair<std::string, std::string>> headers;
};

class KafkaProducer {
 public:
  static Result<std::unique_ptr<KafkaProducer>> Create(const KafkaConfig& config,
                                                       const KafkaWriting& writing, KafkaLog log);
  // What is under way is answered as failed; it may be there all the same.
  ~KafkaProducer();

  // kUnavailable where it was not acknowledged (in time): it may be there all the same. kInvalidInput where
  // it is larger than the topic takes.
  using Done = std::function<void(Result<void>)>;
  void Send(const KafkaOutgoing& message, Done done);

 private:
  explicit KafkaProducer(KafkaLog log) : log_(std::move(log)) {}
  struct Hooks;

  const KafkaLog log_;
  rd_kafka_s* handle_ = nullptr;
};

}  // namespace tthc
