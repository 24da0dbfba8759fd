#include "server/log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <memory>

#include "server/clock.h"
#include "config/json_text.h"

namespace tthc {
namespace {

constexpr size_t kQueuedLines = 8192;
constexpr size_t kWriterThreads = 1;  // named "spdlog" by nobody: it only writes lines

struct LevelRow {
  std::string_view name;
  spdlog::level::level_enum level;
};
constexpr std::array<LevelRow, 4> kLevels = {{{"debug", spdlog::level::debug},
                                              {"info", spdlog::level::info},
                                              {"warning", spdlog::level::warn},
                                              {"error", spdlog::level::err}}};

const LevelRow& RowOf(LogLevel level) { return kLevels[static_cast<size_t>(level)]; }

std::shared_ptr<spdlog::logger>& Logger() {
  static std::shared_ptr<spdlog::logger> logger;
  return logger;
}
std::atomic<bool> started{false};

}  // namespace

void Log(LogLevel level, std::string_view event, LogFields fields) {
  if (!started.load(std::memory_order_acquire)) return;
  const LevelRow& row = RowOf(level);
  spdlog::logger& logger = *Logger();
  if (!logger.should_log(row.level)) return;
  // Lines carry the machine's own time, also where the process runs on a shifted clock: they are
  // read next to the lines of other programs.
  static const std::shared_ptr<ProcessClock> clock = ProcessClock::System();
  boost::json::object line{{"at", FormatInstant(clock->Now())},
                           {"level", std::string(row.name)},
                           {"event", std::string(event)}};
  for (const auto& [key, value] : fields) line[std::string(key)] = value;
  logger.log(row.level, JsonText(line));
}

void StartLogging(LogLevel least) {
  if (started.load()) return;
  spdlog::init_thread_pool(kQueuedLines, kWriterThreads);
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  Logger() =
      std::make_shared<spdlog::async_logger>("tthcmon", std::move(sink), spdlog::thread_pool(),
                                             spdlog::async_overflow_policy::overrun_oldest);
  Logger()->set_pattern("%v");
  Logger()->set_level(RowOf(least).level);
  Logger()->flush_on(spdlog::level::info);
  started.store(true, std::memory_order_release);
}

void StopLogging() {
  if (!started.exchange(false)) return;
  Logger()->flush();
  Logger().reset();
  spdlog::shutdown();
}

}  // namespace tthc
