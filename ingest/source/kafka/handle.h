// What the consumer and the producer make of librdkafka alike. Only for files of this folder.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>

#include "config/result.h"
#include "ingest/source/kafka/config.h"

namespace tthc {

struct FreeKafkaConf {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using KafkaConfPointer = std::unique_ptr<rd_kafka_conf_t, FreeKafkaConf>;

// kInvalidInput names the property, never its value.
inline Result<KafkaConfPointer> MakeKafkaConf(const KafkaProperties& properties) {
  KafkaConfPointer conf(rd_kafka_conf_new());
  char reason[512];
  for (const auto& [name, value] : properties) {
    const auto set = rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), reason, sizeof reason);
    if (set == RD_KAFKA_CONF_OK) continue;
    return Invalid("Kafka: the property " + name + " is not taken" +
                   (name == "sasl.password" ? "" : std::string(": ") + reason));
  }
  return conf;
}

inline Result<rd_kafka_t*> MakeKafkaHandle(rd_kafka_type_t type, KafkaConfPointer conf) {
  char reason[512];
  rd_kafka_t* handle = rd_kafka_new(type, conf.get(), reason, sizeof reason);
  if (handle == nullptr) return Invalid("Kafka: " + std::string(reason));
  conf.release();   // it is the handle's now
  return handle;
}

}  // namespace tthc
