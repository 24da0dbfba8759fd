#include "ingest/source/kafka/consumer.h"

#include <simdjson.h>

#include "ingest/source/kafka/handle.h"

namespace tthc {
namespace {

struct FreeList {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
using List = std::unique_ptr<rd_kafka_topic_partition_list_t, FreeList>;

List ListOf(const TopicPartition& at) {
  List list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition);
  return list;
}

Error Failure(std::string_view what, const TopicPartition& at, rd_kafka_resp_err_t code) {
  return {ErrorKind::kIo, "Kafka: " + NameOf(at) + " could not be " + std::string(what) + ": " +
                              rd_kafka_err2str(code)};
}

// Of an operation on one partition: of the call, or else of the partition.
Result<void> Outcome(std::string_view what, const TopicPartition& at, rd_kafka_resp_err_t called,
                     const List& list) {
  const auto code = called != RD_KAFKA_RESP_ERR_NO_ERROR ? called : list->elems[0].err;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return Failure(what, at, code);
  return {};
}

struct FaultRow {
  rd_kafka_resp_err_t code;
  KafkaFaultKind kind;
};
// All others pass.
constexpr FaultRow kFaults[] = {
    {RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, KafkaFaultKind::kGap},
    {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, KafkaFaultKind::kGap},
    // librdkafka would go on behind these.
    {RD_KAFKA_RESP_ERR__BAD_MSG, KafkaFaultKind::kUnreadable},
    {RD_KAFKA_RESP_ERR__BAD_COMPRESSION, KafkaFaultKind::kUnreadable},
    {RD_KAFKA_RESP_ERR_INVALID_MSG, KafkaFaultKind::kUnreadable},
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, KafkaFaultKind::kUnreadable},
    {RD_KAFKA_RESP_ERR__FATAL, KafkaFaultKind::kFatal},
    {RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, KafkaFaultKind::kFatal},
};
KafkaFaultKind KindOf(rd_kafka_resp_err_t code) {
  for (const FaultRow& row : kFaults) {
    if (row.code == code) return row.kind;
  }
  return KafkaFaultKind::kPassing;
}

// Of librdkafka's statistics; -1 where they do not read.
int BrokersUp(std::string_view statistics) {
  simdjson::dom::parser parser;
  simdjson::dom::object brokers;
  const simdjson::padded_string padded(statistics);
  if (parser.parse(padded)["brokers"].get(brokers) != simdjson::SUCCESS) return -1;
  int up = 0;
  for (const auto field : brokers) {
    std::string_view state;
    int64_t id = -1;
    // The group's coordinator is listed a second time, without a number of its own.
    if (field.value["nodeid"].get(id) != simdjson::SUCCESS || id < 0) continue;
    if (field.value["source"].get(state) == simdjson::SUCCESS && state == "logical") continue;
    if (field.value["state"].get(state) == simdjson::SUCCESS && state == "UP") ++up;
  }
  return up;
}

}  // namespace

std::string NameOf(const TopicPartition& at) {
  return at.topic + " [" + std::to_string(at.partition) + "]";
}

std::string_view NameOf(KafkaFaultKind kind) {
  constexpr std::string_view kNames[] = {"passing", "gap", "unreadable", "fatal"};
  return kNames[static_cast<size_t>(kind)];
}

void KafkaMessage::Free::operator()(rd_kafka_message_s* message) const {
  rd_kafka_message_destroy(message);
}
TopicPartition KafkaMessage::at() const {
  return {rd_kafka_topic_name(message_->rkt), message_->partition};
}
int64_t KafkaMessage::offset() const { return message_->offset; }
std::optional<std::string_view> KafkaMessage::body() const {
  if (message_->payload == nullptr) return std::nullopt;
  return std::string_view(static_cast<const char*>(message_->payload), message_->len);
}
std::string_view KafkaMessage::header(std::string_view name) const {
  rd_kafka_headers_t* headers = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  if (rd_kafka_message_headers(message_.get(), &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  const std::string terminated(name);
  const auto found = rd_kafka_header_get_last(headers, terminated.c_str(), &value, &size);
  if (found != RD_KAFKA_RESP_ERR_NO_ERROR || value == nullptr) return {};
  return {static_cast<const char*>(value), size};
}

struct KafkaConsumer::Hooks {
  static KafkaConsumer& Of(void* opaque) { return *static_cast<KafkaConsumer*>(opaque); }

  static void Rebalanced(rd_kafka_t*, rd_kafka_resp_err_t code,
                         rd_kafka_topic_partition_list_t* partitions, void* opaque) {
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) return Of(opaque).Assign(partitions);
    Of(opaque).Revoke(partitions);
  }
  static void Failed(rd_kafka_t*, int code, const char* reason, void* opaque) {
    Of(opaque).Tell(code, reason, std::nullopt);
  }
  static void Logged(const rd_kafka_t* handle, int level, const char*, const char* line) {
    const KafkaConsumer& consumer = Of(rd_kafka_opaque(handle));
    if (consumer.log_) consumer.log_(level, line);
  }
  static int Counted(rd_kafka_t*, char* statistics, size_t size, void* opaque) {
    if (const int up = BrokersUp({statistics, size}); up >= 0) Of(opaque).brokers_up_ = up;
    return 0;   // librdkafka frees them
  }
};

KafkaConsumer::KafkaConsumer(KafkaListener& listener, KafkaLog log)
    : listener_(listener), log_(std::move(log)) {}

Result<std::unique_ptr<KafkaConsumer>> KafkaConsumer::Create(const KafkaConfig& config,
                                                             const KafkaReading& reading,
                                                             KafkaListener& listener, KafkaLog log) {
  auto conf = MakeKafkaConf(ReadingProperties(config, reading));
  if (!conf) return conf.error();
  std::unique_ptr<KafkaConsumer> consumer(new KafkaConsumer(listener, std::move(log)));
  rd_kafka_conf_set_opaque(conf->get(), consumer.get());
  rd_kafka_conf_set_rebalance_cb(conf->get(), Hooks::Rebalanced);
  rd_kafka_conf_set_error_cb(conf->get(), Hooks::Failed);
  rd_kafka_conf_set_log_cb(conf->get(), Hooks::Logged);
  rd_kafka_conf_set_stats_cb(conf->get(), Hooks::Counted);
  auto handle = MakeKafkaHandle(RD_KAFKA_CONSUMER, std::move(*conf));
  if (!handle) return handle.error();
  consumer->handle_ = *handle;
  rd_kafka_poll_set_consumer(consumer->handle_);
  consumer->queue_ = rd_kafka_queue_get_consumer(consumer->handle_);
  const List topics(rd_kafka_topic_partition_list_new(static_cast<int>(reading.topics.size())));
  for (const std::string& topic : reading.topics) {
    rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  const auto code = rd_kafka_subscribe(consumer->handle_, topics.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Invalid("Kafka: the topics are not taken: " + std::string(rd_kafka_err2str(code)));
  }
  return consumer;
}

KafkaConsumer::~KafkaConsumer() {
  if (queue_ != nullptr) rd_kafka_queue_destroy(queue_);
  if (handle_ == nullptr) return;
  // Closed already, or never read from: without it destroying would serve callbacks once more.
  rd_kafka_destroy_flags(handle_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void KafkaConsumer::Poll(std::chrono::milliseconds longest) {
  rd_kafka_message_t* message =
      rd_kafka_consumer_poll(handle_, static_cast<int>(longest.count()));
  if (message == nullptr) return;
  KafkaMessage owned(message);
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return listener_.OnMessage(std::move(owned));
  if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return;
  std::optional<TopicPartition> at;
  if (message->rkt != nullptr) at = owned.at();
  Tell(message->err, rd_kafka_message_errstr(message), std::move(at));
}

void KafkaConsumer::Tell(int code, const char* reason, std::optional<TopicPartition> at) {
  auto kind = KindOf(static_cast<rd_kafka_resp_err_t>(code));
  std::string text = reason == nullptr ? "" : reason;
  if (kind == KafkaFaultKind::kFatal) {
    char fatal[512];
    if (rd_kafka_fatal_error(handle_, fatal, sizeof fatal) != RD_KAFKA_RESP_ERR_NO_ERROR) text = fatal;
  }
  // What ends one partition says which one.
  if (!at && (kind == KafkaFaultKind::kGap || kind == KafkaFaultKind::kUnreadable)) {
    kind = KafkaFaultKind::kPassing;
  }
  listener_.OnFault({kind, std::move(at), std::move(text)});
}

void KafkaConsumer::Wake() { rd_kafka_queue_yield(queue_); }

void KafkaConsumer::Assign(rd_kafka_topic_partition_list_t* partitions) {
  for (int i = 0; i < partitions->cnt; ++i) {
    auto& one = partitions->elems[i];
    one.offset =
        listener_.OnAssigned({one.topic, one.partition}).value_or(RD_KAFKA_OFFSET_BEGINNING);
  }
  const auto code = rd_kafka_assign(handle_, partitions);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) Tell(code, rd_kafka_err2str(code), std::nullopt);
  // One that was paused when it was taken away is paused still.
  rd_kafka_resume_partitions(handle_, partitions);
}

void KafkaConsumer::Revoke(rd_kafka_topic_partition_list_t* partitions) {
  for (int i = 0; i < partitions->cnt; ++i) {
    listener_.OnRevoked({partitions->elems[i].topic, partitions->elems[i].partition});
  }
  rd_kafka_assign(handle_, nullptr);
}

Result<void> KafkaConsumer::Pause(const TopicPartition& at) {
  const List list = ListOf(at);
  return Outcome("paused", at, rd_kafka_pause_partitions(handle_, list.get()), list);
}

Result<void> KafkaConsumer::Resume(const TopicPartition& at) {
  const List list = ListOf(at);
  return Outcome("resumed", at, rd_kafka_resume_partitions(handle_, list.get()), list);
}

// A seek is refused for a partition that stopped at a gap.
Result<void> KafkaConsumer::BeginAt(const Places& places) {
  const List list(rd_kafka_topic_partition_list_new(static_cast<int>(places.size())));
  for (const auto& [at, place] : places) {
    rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition)->offset =
        place.value_or(RD_KAFKA_OFFSET_BEGINNING);
  }
  const auto code = rd_kafka_assign(handle_, list.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Error{ErrorKind::kIo, "Kafka: partitions could not be read from other places: " +
                                     std::string(rd_kafka_err2str(code))};
  }
  rd_kafka_resume_partitions(handle_, list.get());
  return {};
}

std::optional<int64_t> KafkaConsumer::End(const TopicPartition& at) const {
  int64_t low = 0;
  int64_t high = 0;
  const auto code = rd_kafka_get_watermark_offsets(handle_, at.topic.c_str(), at.partition, &low, &high);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0) return std::nullopt;
  return high;
}

void KafkaConsumer::Report(const std::map<TopicPartition, int64_t>& places) {
  if (places.empty()) return;
  const List list(rd_kafka_topic_partition_list_new(static_cast<int>(places.size())));
  for (const auto& [at, place] : places) {
    rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition)->offset = place;
  }
  // Refused after a partition was taken away, which does no harm.
  (void)rd_kafka_commit(handle_, list.get(), 1);
}

void KafkaConsumer::Close() { rd_kafka_consumer_close(handle_); }

}  // namespace tthc
