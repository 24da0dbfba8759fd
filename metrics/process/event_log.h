// The paths as an event log for process-mining tools: XES (IEEE 1849-2016) and CSV with the names
// of its attributes. A case is a trace under its number; an event has its step, its time and the
// unit. Nothing else of a case is in it, and nothing of a person.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/instant.h"

namespace tthc {

struct LogEvent {
  uint32_t step = 0;             // index of EventLog::steps
  Instant at;
};
struct LogTrace {
  std::string case_id;
  std::string unit;              // code
  std::string procedure;         // empty where not said
  size_t first = 0;              // of its events
  size_t count = 0;
};
struct EventLog {
  std::string name;              // "H34 2025-Q1"
  std::vector<std::string> steps;
  std::vector<LogEvent> events;
  std::vector<LogTrace> traces;  // by case_id
};

std::string EventLogXes(const EventLog& log);
// UTF-8 with byte order mark, like the reports: case:concept:name, concept:name, time:timestamp,
// lifecycle:transition, org:group, case:procedure.
std::string EventLogCsv(const EventLog& log);

// Text as the value of an XML attribute; what XML 1.0 has no character for is left out.
void AppendXmlText(std::string_view text, std::string& out);

}  // namespace tthc
