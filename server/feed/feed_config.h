// What of the settings concerns reading from Kafka.
//
// Thread safety: values.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "ingest/source/kafka/config.h"

namespace tthc {

inline constexpr size_t kMaxPasswordFileBytes = 4096;

struct FeedConfig {
  KafkaConfig kafka;
  KafkaReading reading;            // its instance is not set: the store's
  KafkaWriting writing;
  std::vector<std::string> onestop_topics;
  std::vector<std::string> event_topics;   // reading.topics are both
  std::string dead_letter_topic;   // empty: none
  size_t waiting_messages = 0;     // of one partition
  size_t waiting_bytes = 0;
  size_t window_records = 0;       // told to the monitor and not answered yet, of all partitions
  bool go_on_after_gap = false;

  // nullopt where no brokers are set. kInvalidInput names the setting; never a secret.
  static Result<std::optional<FeedConfig>> From(const Settings& settings);
};

}  // namespace tthc
