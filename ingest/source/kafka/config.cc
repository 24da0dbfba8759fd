#include "ingest/source/kafka/config.h"

#include <algorithm>
#include <array>

namespace tthc {
namespace {

constexpr std::array<std::string_view, 4> kSecurities = {"plaintext", "ssl", "sasl_plaintext",
                                                         "sasl_ssl"};
constexpr std::array<std::string_view, 3> kMechanisms = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"};
constexpr int64_t kStatisticsMilliseconds = 5'000;
constexpr int64_t kKiB = 1024;
constexpr int64_t kLargestMessageBytes = 1'000'000'000;   // that librdkafka can be set to

template <size_t kCount>
bool IsOneOf(const std::array<std::string_view, kCount>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

template <size_t kCount>
std::string Listed(const std::array<std::string_view, kCount>& names) {
  std::string list;
  for (const std::string_view name : names) list += (list.empty() ? "" : ", ") + std::string(name);
  return list;
}

bool UsesSasl(const KafkaConfig& config) { return config.security.starts_with("sasl_"); }
bool UsesTls(const KafkaConfig& config) { return config.security.ends_with("ssl"); }

std::string Joined(const std::vector<std::string>& brokers) {
  std::string list;
  for (const std::string& broker : brokers) list += (list.empty() ? "" : ",") + broker;
  return list;
}

KafkaProperties ConnectionProperties(const KafkaConfig& config) {
  KafkaProperties properties = {
      {"bootstrap.servers", Joined(config.brokers)},
      {"client.id", "tthcmon"},
      {"security.protocol", config.security},
      {"statistics.interval.ms", std::to_string(kStatisticsMilliseconds)},
      {"socket.keepalive.enable", "true"},
  };
  if (UsesTls(config)) {
    if (!config.ca_file.empty()) properties.emplace_back("ssl.ca.location", config.ca_file);
    if (!config.certificate_file.empty()) {
      properties.emplace_back("ssl.certificate.location", config.certificate_file);
      properties.emplace_back("ssl.key.location", config.key_file);
    }
    properties.emplace_back("ssl.endpoint.identification.algorithm", "https");
  }
  if (UsesSasl(config)) {
    properties.emplace_back("sasl.mechanism", config.sasl_mechanism);
    properties.emplace_back("sasl.username", config.sasl_user);
    properties.emplace_back("sasl.password", config.sasl_password);
  }
  return properties;
}

}  // namespace

Result<void> CheckKafka(const KafkaConfig& config) {
  if (!IsOneOf(kSecurities, config.security)) {
    return Invalid("kafka.security is one of " + Listed(kSecurities));
  }
  if (config.certificate_file.empty() != config.key_file.empty()) {
    return Invalid("kafka.certificate_file and kafka.key_file go together");
  }
  const bool has_files = !config.ca_file.empty() || !config.certificate_file.empty();
  if (has_files && !UsesTls(config)) {
    return Invalid("kafka.ca_file and kafka.certificate_file need kafka.security ssl or sasl_ssl");
  }
  if (!UsesSasl(config)) {
    if (config.sasl_user.empty()) return {};
    return Invalid("kafka.sasl_user needs kafka.security sasl_ssl or sasl_plaintext");
  }
  if (!IsOneOf(kMechanisms, config.sasl_mechanism)) {
    return Invalid("kafka.sasl_mechanism is one of " + Listed(kMechanisms));
  }
  if (config.sasl_user.empty() || config.sasl_password.empty()) {
    return Invalid("kafka.security " + config.security +
                   " needs kafka.sasl_user and kafka.sasl_password_file");
  }
  return {};
}

KafkaProperties ReadingProperties(const KafkaConfig& config, const KafkaReading& reading) {
  KafkaProperties properties = ConnectionProperties(config);
  properties.insert(
      properties.end(),
      {{"group.id", reading.group},
       {"group.instance.id", reading.instance},
       {"session.timeout.ms", std::to_string(reading.session_timeout.count())},
       {"heartbeat.interval.ms", std::to_string(reading.session_timeout.count() / 10)},
       {"partition.assignment.strategy", "range"},
       {"enable.auto.commit", "false"},
       {"enable.auto.offset.store", "false"},
       {"auto.offset.reset", "error"},
       {"isolation.level", "read_committed"},
       {"check.crcs", "true"},
       {"max.partition.fetch.bytes", std::to_string(reading.fetch_bytes)},
       {"queued.max.messages.kbytes",
        std::to_string(std::max<int64_t>(reading.prefetch_bytes / kKiB, 1))}});
  return properties;
}

KafkaProperties WritingProperties(const KafkaConfig& config, const KafkaWriting& writing) {
  KafkaProperties properties = ConnectionProperties(config);
  properties.insert(properties.end(),
                    {{"acks", "all"},
                     {"enable.idempotence", "true"},
                     {"message.max.bytes",
                      std::to_string(std::min(writing.message_bytes, kLargestMessageBytes))},
                     {"queue.buffering.max.kbytes",
                      std::to_string(std::max(writing.waiting_bytes, writing.message_bytes) / kKiB)},
                     {"delivery.timeout.ms", std::to_string(writing.delivery_timeout.count())}});
  return properties;
}

}  // namespace tthc
