// A member of a Kafka consumer group, over librdkafka.
//
// It keeps no offsets of its own: its listener says where each partition begins. What is fetched ahead is
// bounded by the configuration. Fetching goes on, heartbeats are sent and the brokers are looked for again
// by librdkafka's own threads; everything that is told comes out of Poll, on the thread that calls it.
//
// Thread safety: one thread, but Wake and brokers_up from any.
#pragma once

#include <atomic>
#include <chrono>
#include <compare>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/result.h"
#include "ingest/source/kafka/config.h"

struct rd_kafka_s;
struct rd_kafka_queue_s;
struct rd_kafka_message_s;
struct rd_kafka_topic_partition_list_s;

namespace tthc {

struct TopicPartition {
  std::string topic;
  int32_t partition = 0;
  auto operator<=>(const TopicPartition&) const = default;
};
// "topic [3]"
std::string NameOf(const TopicPartition& at);

// A message as it came. It must not outlive its consumer.
class KafkaMessage {
 public:
  explicit KafkaMessage(rd_kafka_message_s* message) : message_(message) {}
  TopicPartition at() const;
  int64_t offset() const;
  std::optional<std::string_view> body() const;   // nullopt: a deletion mark of a compacted topic
  // The last one of that name; empty where there is none.
  std::string_view header(std::string_view name) const;

 private:
  struct Free {
    void operator()(rd_kafka_message_s* message) const;
  };
  std::unique_ptr<rd_kafka_message_s, Free> message_;
};

enum class KafkaFaultKind : uint8_t {
  kPassing,      // a broker is away, a topic not there yet: tried again by itself
  kGap,          // the place of a partition is not kept any more (or not there yet)
  kUnreadable,   // the bytes of a partition are damaged, or a message is larger than is read
  kFatal,        // this member reads no more
};
std::string_view NameOf(KafkaFaultKind kind);
struct KafkaFault {
  KafkaFaultKind kind = KafkaFaultKind::kPassing;
  std::optional<TopicPartition> at;
  std::string reason;
};

class KafkaListener {
 public:
  virtual ~KafkaListener() = default;
  // The offset to be read first; nullopt: the oldest that is kept.
  virtual std::optional<int64_t> OnAssigned(const TopicPartition& at) = 0;
  virtual void OnRevoked(const TopicPartition& at) = 0;
  virtual void OnMessage(KafkaMessage message) = 0;
  virtual void OnFault(const KafkaFault& fault) = 0;
};

// Lines of librdkafka's own log, syslog levels; called from its threads.
using KafkaLog = std::function<void(int level, std::string_view line)>;

class KafkaConsumer {
 public:
  // kInvalidInput where librdkafka takes the configuration for wrong. `listener` outlives it.
  static Result<std::unique_ptr<KafkaConsumer>> Create(const KafkaConfig& config,
                                                       const KafkaReading& reading,
                                                       KafkaListener& listener, KafkaLog log);
  ~KafkaConsumer();

  // Tells the listener one thing, waiting for it no longer than this or until Wake.
  void Poll(std::chrono::milliseconds longest);
  void Wake();

  // Of partitions that are assigned; kIo says why it failed. A paused partition is assigned still.
  Result<void> Pause(const TopicPartition& at);
  Result<void> Resume(const TopicPartition& at);
  // All assigned partitions begin anew at these places, whatever stopped one; none is paused. What was
  // fetched and not handed over is dropped. nullopt: the oldest that is kept.
  using Places = std::map<TopicPartition, std::optional<int64_t>>;
  Result<void> BeginAt(const Places& places);
  // The offset behind the newest message, as of the last fetch.
  std::optional<int64_t> End(const TopicPartition& at) const;
  // Told to the broker for its own tools; nothing is read by it.
  void Report(const std::map<TopicPartition, int64_t>& places);
  // As of a few seconds ago.
  int brokers_up() const { return brokers_up_; }

  // Leaves the assignment (the listener hears of it); nothing is told afterwards.
  void Close();

 private:
  KafkaConsumer(KafkaListener& listener, KafkaLog log);
  struct Hooks;   // librdkafka's callbacks
  void Assign(rd_kafka_topic_partition_list_s* partitions);
  void Revoke(rd_kafka_topic_partition_list_s* partitions);
  void Tell(int code, const char* reason, std::optional<TopicPartition> at);

  KafkaListener& listener_;
  const KafkaLog log_;
  std::atomic<int> brokers_up_ = 0;
  rd_kafka_s* handle_ = nullptr;
  rd_kafka_queue_s* queue_ = nullptr;
};

}  // namespace tthc
