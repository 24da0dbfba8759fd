// How Kafka is reached, and what of it is librdkafka's: its properties, made in one place.
//
// Thread safety: values.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/result.h"

namespace tthc {

struct KafkaConfig {
  std::vector<std::string> brokers;        // HOST:PORT, to begin with
  // How the connection is guarded: "plaintext", "ssl", "sasl_plaintext" or "sasl_ssl".
  std::string security = "plaintext";
  std::string ca_file;                     // empty: the system's certificates
  std::string certificate_file;            // of this client, with key_file; empty: it shows none
  std::string key_file;
  std::string sasl_mechanism;              // "PLAIN", "SCRAM-SHA-256" or "SCRAM-SHA-512"
  std::string sasl_user;
  std::string sasl_password;               // a secret: never told in an error or a log
};

struct KafkaReading {
  std::vector<std::string> topics;
  std::string group;
  std::string instance;                    // the member's lasting name: a restart moves no partition
  std::chrono::milliseconds session_timeout{45'000};
  int64_t fetch_bytes = 1 << 20;           // of one partition at a time
  int64_t prefetch_bytes = 16 << 20;       // fetched and not yet handed over, of one partition
};

struct KafkaWriting {
  std::chrono::milliseconds delivery_timeout{30'000};
  int64_t message_bytes = 1 << 20;         // the largest one
  int64_t waiting_bytes = 64 << 20;        // taken and not acknowledged; beyond it none is taken
};

using KafkaProperties = std::vector<std::pair<std::string, std::string>>;

// kInvalidInput names what does not go together, by the names of the settings.
Result<void> CheckKafka(const KafkaConfig& config);

// Offsets are ours (the store's): nothing is stored or committed by itself, and one that is no longer
// kept is an error, not a jump. Eager `range` assignment: the cooperative assignors of librdkafka 2.0
// lose assignments.
KafkaProperties ReadingProperties(const KafkaConfig& config, const KafkaReading& reading);
// Acknowledged by all replicas in sync, without duplicates by retries.
KafkaProperties WritingProperties(const KafkaConfig& config, const KafkaWriting& writing);

}  // namespace tthc
