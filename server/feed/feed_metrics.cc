#include "server/feed/feed_metrics.h"

namespace tthc {
namespace {

prometheus::Family<prometheus::Gauge>& Gauges(prometheus::Registry& registry, const char* name,
                                              const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}
prometheus::Family<prometheus::Counter>& Counters(prometheus::Registry& registry, const char* name,
                                                  const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

struct TopicRow {
  prometheus::Counter* TopicMetrics::* metric;
  const char* name;
  const char* help;
};
constexpr TopicRow kTopicRows[] = {
    {&TopicMetrics::messages, "tthc_source_messages_total", "Messages of a topic that were recorded"},
    {&TopicMetrics::unreadable, "tthc_source_unreadable_total",
     "Messages of a topic that could not be read as a whole"},
    {&TopicMetrics::refusals, "tthc_source_refusals_total",
     "Times that messages of a partition were refused and had to be told again"},
    {&TopicMetrics::pauses, "tthc_source_pauses_total",
     "Times that a partition was paused since too much of it waited to be recorded"},
    {&TopicMetrics::dead_letters, "tthc_source_dead_letters_total",
     "Dead letters that the brokers acknowledged"},
    {&TopicMetrics::dead_letter_failures, "tthc_source_dead_letter_failures_total",
     "Dead letters that were not acknowledged in time and are sent again"},
    {&TopicMetrics::gaps, "tthc_source_gaps_total",
     "Times that the place of a partition was not kept any more"},
};

}  // namespace

FeedMetrics::FeedMetrics(prometheus::Registry& registry, const std::vector<std::string>& topics)
    : place_(Gauges(registry, "tthc_source_place", "Offset of a partition to be read next")),
      lag_(Gauges(registry, "tthc_source_lag_messages",
                  "Offsets between what was recorded of a partition and its end, as last fetched")),
      halted_(Gauges(registry, "tthc_source_halted",
                     "1 where nothing is read from a partition until somebody acts")) {
  for (const TopicRow& row : kTopicRows) {
    auto& family = Counters(registry, row.name, row.help);
    for (const std::string& topic : topics) topics_[topic].*row.metric = &family.Add({{"topic", topic}});
  }
  partitions_ =
      &Gauges(registry, "tthc_source_partitions", "Partitions that this daemon reads from").Add({});
  brokers_up_ = &Gauges(registry, "tthc_source_brokers_up", "Brokers that are connected").Add({});
  failed_ = &Gauges(registry, "tthc_source_failed", "1 once reading from topics has ended for good")
                 .Add({});
  rebalances_ = &Counters(registry, "tthc_source_rebalances_total",
                          "Times that partitions were given or taken away")
                     .Add({});
  faults_ = &Counters(registry, "tthc_source_faults_total",
                      "Faults of brokers and connections that are tried again")
                 .Add({});
}

PartitionMetrics FeedMetrics::For(const TopicPartition& at) {
  const prometheus::Labels labels{{"topic", at.topic}, {"partition", std::to_string(at.partition)}};
  return {&place_.Add(labels), &lag_.Add(labels), &halted_.Add(labels)};
}

void FeedMetrics::Drop(const PartitionMetrics& metrics) {
  place_.Remove(metrics.place);
  lag_.Remove(metrics.lag);
  halted_.Remove(metrics.halted);
}

}  // namespace tthc
