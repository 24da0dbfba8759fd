#include "metrics/process/event_log.h"

#include <array>
#include <span>

#include "metrics/reports/render.h"

namespace tthc {
namespace {

// Every event is the moment at which a step was entered, which the standard's model calls complete:
// tools count an activity by it.
constexpr std::string_view kTransition = "complete";

constexpr std::string_view kXesHead =
    R"(<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
  <extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
  <extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
  <global scope="trace">
    <string key="concept:name" value=""/>
  </global>
  <global scope="event">
    <string key="concept:name" value=""/>
    <date key="time:timestamp" value="1970-01-01T00:00:00Z"/>
    <string key="lifecycle:transition" value="complete"/>
    <string key="org:group" value=""/>
  </global>
  <classifier name="Activity" keys="concept:name"/>
  <string key="lifecycle:model" value="standard"/>
)";
constexpr std::string_view kXesTail = "</log>\n";

constexpr std::string_view kCsvHead =
    "\xEF\xBB\xBF" "case:concept:name,concept:name,time:timestamp,lifecycle:transition,org:group,"
    "case:procedure\r\n";

// Bytes of one event as XES or CSV, names apart: so that the text is not copied as it grows.
constexpr size_t kBytesPerEvent = 256;
constexpr size_t kBytesPerTrace = 128;

void AppendAttribute(std::string_view type, std::string_view key, std::string_view value,
                     std::string& out) {
  out.append("<").append(type).append(" key=\"").append(key).append("\" value=\"");
  AppendXmlText(value, out);
  out.append("\"/>");
}

std::span<const LogEvent> EventsOf(const EventLog& log, const LogTrace& trace) {
  return std::span(log.events).subspan(trace.first, trace.count);
}

void AppendTrace(const EventLog& log, const LogTrace& trace, std::string& out) {
  out += "  <trace>\n    ";
  AppendAttribute("string", "concept:name", trace.case_id, out);
  if (!trace.procedure.empty()) AppendAttribute("string", "procedure", trace.procedure, out);
  out += '\n';
  for (const LogEvent& event : EventsOf(log, trace)) {
    out += "    <event>";
    AppendAttribute("string", "concept:name", log.steps[event.step], out);
    AppendAttribute("date", "time:timestamp", FormatInstant(event.at), out);
    AppendAttribute("string", "lifecycle:transition", kTransition, out);
    AppendAttribute("string", "org:group", trace.unit, out);
    out += "</event>\n";
  }
  out += "  </trace>\n";
}

// What stands for a byte of an attribute's value; nullptr: itself.
const char* XmlEscapeOf(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&apos;";
    // An attribute's white space would come back as blanks.
    case '\t': return "&#9;";
    case '\n': return "&#10;";
    case '\r': return "&#13;";
    default: break;
  }
  return static_cast<unsigned char>(c) < 0x20 ? "" : nullptr;
}

}  // namespace

void AppendXmlText(std::string_view text, std::string& out) {
  for (size_t i = 0; i < text.size(); ++i) {
    // U+FFFE and U+FFFF are no characters of XML either.
    const std::string_view rest = text.substr(i, 3);
    if (rest == "\xEF\xBF\xBE" || rest == "\xEF\xBF\xBF") {
      i += 2;
    } else if (const char* escape = XmlEscapeOf(text[i])) {
      out += escape;
    } else {
      out += text[i];
    }
  }
}

std::string EventLogXes(const EventLog& log) {
  std::string out;
  out.reserve(kXesHead.size() + log.events.size() * kBytesPerEvent +
              log.traces.size() * kBytesPerTrace);
  out += kXesHead;
  out += "  ";
  AppendAttribute("string", "concept:name", log.name, out);
  out += '\n';
  for (const LogTrace& trace : log.traces) AppendTrace(log, trace, out);
  out += kXesTail;
  return out;
}

std::string EventLogCsv(const EventLog& log) {
  std::string out(kCsvHead);
  for (const LogTrace& trace : log.traces) {
    for (const LogEvent& event : EventsOf(log, trace)) {
      const std::string at = FormatInstant(event.at);
      std::string_view separator;
      for (const std::string_view field :
           {std::string_view(trace.case_id), std::string_view(log.steps[event.step]),
            std::string_view(at), kTransition, std::string_view(trace.unit),
            std::string_view(trace.procedure)}) {
        out += separator;
        AppendCsvText(field, out);
        separator = ",";
      }
      out += "\r\n";
    }
  }
  return out;
}

}  // namespace tthc
