#include "metrics/reports/report.h"

#include <array>

#include "metrics/reports/render.h"

namespace tthc {
namespace {

struct FormatRow {
  ReportFormat format;
  std::string_view name;   // and the extension of its files
  std::string_view content_type;
};
constexpr std::array<FormatRow, 3> kFormats = {{
    {ReportFormat::kJson, "json", "application/json"},
    {ReportFormat::kCsv, "csv", "text/csv; charset=utf-8"},
    {ReportFormat::kXlsx, "xlsx",
     "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
}};
const FormatRow& RowOf(ReportFormat format) { return kFormats[static_cast<size_t>(format)]; }

}  // namespace

std::optional<ReportFormat> ReportFormatNamed(std::string_view name) {
  for (const FormatRow& row : kFormats) {
    if (row.name == name) return row.format;
  }
  return std::nullopt;
}

std::string_view ContentTypeOf(ReportFormat format) { return RowOf(format).content_type; }
std::string_view ExtensionOf(ReportFormat format) { return RowOf(format).name; }

Result<std::string> Render(const Report& report, ReportFormat format) {
  switch (format) {
    case ReportFormat::kJson: return RenderJson(report);
    case ReportFormat::kCsv: return RenderCsv(report);
    case ReportFormat::kXlsx: break;
  }
  return RenderXlsx(report);
}

}  // namespace tthc
