// librdkafka's own lines in the log of the process.
#pragma once

#include <string_view>

namespace tthc {

// Those that are a warning or worse there. Thread safety: any thread.
void TellKafkaLog(int level, std::string_view line);

}  // namespace tthc
