// Metric families of what is read from topics. Those of a partition are there while it is assigned.
//
// Thread safety: For and Drop on the feed's thread; the metrics themselves from any.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <map>
#include <string>
#include <vector>

#include "ingest/source/kafka/consumer.h"

namespace tthc {

struct TopicMetrics {
  prometheus::Counter* messages = nullptr;       // recorded
  prometheus::Counter* unreadable = nullptr;     // as a whole
  prometheus::Counter* refusals = nullptr;       // times a partition was told again
  prometheus::Counter* pauses = nullptr;         // for back-pressure
  prometheus::Counter* dead_letters = nullptr;   // acknowledged
  prometheus::Counter* dead_letter_failures = nullptr;
  prometheus::Counter* gaps = nullptr;
};
struct PartitionMetrics {
  prometheus::Gauge* place = nullptr;
  prometheus::Gauge* lag = nullptr;
  prometheus::Gauge* halted = nullptr;
};

class FeedMetrics {
 public:
  FeedMetrics(prometheus::Registry& registry, const std::vector<std::string>& topics);
  const TopicMetrics& topic(const std::string& name) const { return topics_.at(name); }
  PartitionMetrics For(const TopicPartition& at);
  void Drop(const PartitionMetrics& metrics);

  prometheus::Gauge& partitions() { return *partitions_; }
  prometheus::Gauge& brokers_up() { return *brokers_up_; }
  prometheus::Gauge& failed() { return *failed_; }
  prometheus::Counter& rebalances() { return *rebalances_; }
  prometheus::Counter& faults() { return *faults_; }

 private:
  std::map<std::string, TopicMetrics> topics_;
  prometheus::Family<prometheus::Gauge>& place_;
  prometheus::Family<prometheus::Gauge>& lag_;
  prometheus::Family<prometheus::Gauge>& halted_;
  prometheus::Gauge* partitions_ = nullptr;
  prometheus::Gauge* brokers_up_ = nullptr;
  prometheus::Gauge* failed_ = nullptr;
  prometheus::Counter* rebalances_ = nullptr;
  prometheus::Counter* faults_ = nullptr;
};

}  // namespace tthc
