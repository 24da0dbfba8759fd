#include "server/feed/feed_log.h"

#include "server/log.h"

namespace tthc {
namespace {

constexpr int kSyslogWarning = 4;

}  // namespace

void TellKafkaLog(int level, std::string_view line) {
  if (level > kSyslogWarning) return;
  Log(LogLevel::kInfo, "kafka_client", {{"line", boost::json::value(line)}});
}

}  // namespace tthc
