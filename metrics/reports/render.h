// The three renderings of a report, by format; callers use Render (report.h).
#pragma once

#include <string>
#include <string_view>

#include "metrics/reports/report.h"

namespace tthc {

std::string RenderJson(const Report& report);
std::string RenderCsv(const Report& report);
// One text of another CSV, by the same rules.
void AppendCsvText(std::string_view text, std::string& out);
// kIo where the machine gives no memory file or no temporary files; kInvalidInput where a table
// does not fit on a sheet.
Result<std::string> RenderXlsx(const Report& report);

}  // namespace tthc
