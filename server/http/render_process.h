// The process of a unit as the API and the command line give it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/json_text.h"
#include "server/monitor.h"

namespace tthc {

// Hours are working time with 2 decimals; of `variants`, the first `most` are listed.
json::object ProcessJson(const ProcessQuery& query, const ProcessAnswer& answer, size_t most);

enum class ProcessFormat { kJson, kCsv, kXes };
std::optional<ProcessFormat> ProcessFormatNamed(std::string_view name);
inline constexpr std::string_view kProcessFormats = "json csv xes";
std::string_view ContentTypeOf(ProcessFormat format);
std::string_view NameOf(ProcessFormat format);   // also the ending of a file
// Of kCsv and kXes.
std::string RenderLog(const EventLog& log, ProcessFormat format);

}  // namespace tthc
