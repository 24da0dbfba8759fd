#include "server/feed/feed_config.h"

#include <algorithm>
#include <fstream>
#include <set>

#include "config/file_mode.h"

namespace tthc {
namespace {

// Half of what may wait: who delivers over HTTP finds room whatever the topics hold.
constexpr int64_t kQueueShare = 2;

Result<std::string> Password(const std::string& file) {
  if (file.empty()) return std::string();
  if (const auto kept = CheckMode(file, OthersMay::kNothing); !kept) {
    return Prefixed("kafka.sasl_password_file", kept.error());
  }
  std::ifstream in(file);
  if (!in) return Invalid("kafka.sasl_password_file: " + file + " cannot be read");
  std::string line;
  std::getline(in, line);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.empty() || line.size() > kMaxPasswordFileBytes) {
    return Invalid("kafka.sasl_password_file: the first line of " + file + " is no password");
  }
  return line;
}

Result<void> CheckTopics(const FeedConfig& config) {
  if (config.reading.topics.empty()) {
    return Invalid("kafka.brokers are set, but neither kafka.onestop_topics nor kafka.event_topics");
  }
  std::set<std::string> seen;
  for (const std::string& topic : config.reading.topics) {
    const bool named = std::all_of(topic.begin(), topic.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
    });
    if (!named) return Invalid("kafka: '" + topic + "' is no name of a topic");
    if (!seen.insert(topic).second) return Invalid("kafka: the topic " + topic + " is named twice");
  }
  if (seen.contains(config.dead_letter_topic)) {
    return Invalid("kafka.dead_letter_topic is a topic that is read from");
  }
  return {};
}

}  // namespace

Result<std::optional<FeedConfig>> FeedConfig::From(const Settings& settings) {
  FeedConfig config;
  config.kafka.brokers = settings.List("kafka.brokers");
  if (config.kafka.brokers.empty()) return std::optional<FeedConfig>();
  config.kafka.security = settings.Text("kafka.security");
  config.kafka.ca_file = settings.Text("kafka.ca_file");
  config.kafka.certificate_file = settings.Text("kafka.certificate_file");
  config.kafka.key_file = settings.Text("kafka.key_file");
  config.kafka.sasl_mechanism = settings.Text("kafka.sasl_mechanism");
  config.kafka.sasl_user = settings.Text("kafka.sasl_user");
  auto password = Password(settings.Text("kafka.sasl_password_file"));
  if (!password) return password.error();
  config.kafka.sasl_password = std::move(*password);
  if (const auto checked = CheckKafka(config.kafka); !checked) return checked.error();
  if (!config.kafka.key_file.empty()) {
    const auto kept = CheckMode(config.kafka.key_file, OthersMay::kNothing);
    if (!kept) return Prefixed("kafka.key_file", kept.error());
  }

  const auto size = [&](std::string_view name) { return static_cast<size_t>(settings.Integer(name)); };
  const auto seconds = [&](std::string_view name) {
    return std::chrono::seconds(settings.Integer(name));
  };
  config.reading.group = settings.Text("kafka.group");
  config.reading.session_timeout = seconds("kafka.session_timeout_seconds");
  config.reading.fetch_bytes = settings.Integer("kafka.fetch_bytes");
  config.reading.prefetch_bytes = settings.Integer("kafka.prefetch_bytes");
  config.onestop_topics = settings.List("kafka.onestop_topics");
  config.reading.topics = config.onestop_topics;
  config.event_topics = settings.List("kafka.event_topics");
  config.reading.topics.insert(config.reading.topics.end(), config.event_topics.begin(),
                               config.event_topics.end());
  config.dead_letter_topic = settings.Text("kafka.dead_letter_topic");
  if (const auto checked = CheckTopics(config); !checked) return checked.error();
  config.writing.delivery_timeout = seconds("kafka.delivery_timeout_seconds");
  config.waiting_messages = size("kafka.waiting_messages");
  config.waiting_bytes = size("kafka.waiting_bytes");
  config.window_records =
      static_cast<size_t>(settings.Integer("limits.ingest_queue_records") / kQueueShare);
  config.go_on_after_gap = settings.Bool("kafka.go_on_after_gap");
  return std::optional(std::move(config));
}

}  // namespace tthc
