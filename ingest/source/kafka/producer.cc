#include "ingest/source/kafka/producer.h"

#include "ingest/source/kafka/handle.h"

namespace tthc {
namespace {

constexpr int kFlushMilliseconds = 5'000;   // for what was given up to be answered

Error NotDelivered(rd_kafka_resp_err_t code) {
  if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
    return Invalid("the message is larger than the topic takes (its max.message.bytes)");
  }
  return {ErrorKind::kUnavailable,
          "Kafka did not acknowledge the message: " + std::string(rd_kafka_err2str(code))};
}

void Answer(void* opaque, rd_kafka_resp_err_t code) {
  const std::unique_ptr<KafkaProducer::Done> done(static_cast<KafkaProducer::Done*>(opaque));
  if (!done) return;
  (*done)(code == RD_KAFKA_RESP_ERR_NO_ERROR ? Result<void>() : Result<void>(NotDelivered(code)));
}

}  // namespace

struct KafkaProducer::Hooks {
  static void Happened(rd_kafka_t*, rd_kafka_event_t* event, void*) {
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR) {
      while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event)) {
        Answer(message->_private, message->err);
      }
    }
    rd_kafka_event_destroy(event);
  }
  static void Logged(const rd_kafka_t* handle, int level, const char*, const char* line) {
    const auto& producer = *static_cast<KafkaProducer*>(rd_kafka_opaque(handle));
    if (producer.log_) producer.log_(level, line);
  }
};

Result<std::unique_ptr<KafkaProducer>> KafkaProducer::Create(const KafkaConfig& config,
                                                             const KafkaWriting& writing,
                                                             KafkaLog log) {
  auto conf = MakeKafkaConf(WritingProperties(config, writing));
  if (!conf) return conf.error();
  std::unique_ptr<KafkaProducer> producer(new KafkaProducer(std::move(log)));
  rd_kafka_conf_set_opaque(conf->get(), producer.get());
  rd_kafka_conf_set_log_cb(conf->get(), Hooks::Logged);
  rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_DR);
  rd_kafka_conf_set_background_event_cb(conf->get(), Hooks::Happened);
  auto handle = MakeKafkaHandle(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!handle) return handle.error();
  producer->handle_ = *handle;
  rd_kafka_queue_t* main = rd_kafka_queue_get_main(*handle);
  rd_kafka_queue_t* background = rd_kafka_queue_get_background(*handle);
  rd_kafka_queue_forward(main, background);
  rd_kafka_queue_destroy(background);
  rd_kafka_queue_destroy(main);
  return producer;
}

KafkaProducer::~KafkaProducer() {
  if (handle_ == nullptr) return;
  rd_kafka_purge(handle_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(handle_, kFlushMilliseconds);
  rd_kafka_destroy(handle_);
}

void KafkaProducer::Send(const KafkaOutgoing& message, Done done) {
  rd_kafka_headers_t* headers = rd_kafka_headers_new(message.headers.size());
  for (const auto& [name, value] : message.headers) {
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  const std::string topic(message.topic);
  auto* opaque = new Done(std::move(done));
  const auto code = rd_kafka_producev(
      handle_, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_KEY(message.key.data(), message.key.size()),
      RD_KAFKA_V_VALUE(const_cast<char*>(message.body.data()), message.body.size()),
      RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  rd_kafka_headers_destroy(headers);   // taken over only where the message was
  Answer(opaque, code);
}

}  // namespace tthc
