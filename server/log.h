// The process log: one JSON object per line on standard error, with fixed keys.
//
// No personal data, no tokens, no bodies. A log that cannot be written never blocks a caller: the
// oldest lines are dropped. Thread safety: every function may be called from any thread.
#pragma once

#include <boost/json/value.hpp>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace tthc {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

using LogFields = std::initializer_list<std::pair<std::string_view, boost::json::value>>;

// {"at":"…","level":"info","event":"listening","address":"127.0.0.1:8080"}. Before StartLogging
// and after StopLogging lines go nowhere.
void Log(LogLevel level, std::string_view event, LogFields fields = {});

void StartLogging(LogLevel least);
// Writes what is queued.
void StopLogging();

}  // namespace tthc
