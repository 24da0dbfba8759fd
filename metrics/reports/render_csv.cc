#include <string_view>

#include "metrics/reports/numbers.h"
#include "metrics/reports/render.h"

namespace tthc {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kLineEnd = "\r\n";

// A spreadsheet runs a text that begins so as a formula; the apostrophe makes it a text.
bool LooksLikeFormula(std::string_view text) {
  return !text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos;
}

void AppendField(std::string_view text, std::string& out) {
  if (text.find_first_of("\",\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

std::string NumberText(int64_t number, CellKind kind) {
  switch (kind) {
    case CellKind::kHours: return DecimalText(HoursInHundredths(number));
    case CellKind::kHundredths:
    case CellKind::kPercent: return DecimalText(number);
    case CellKind::kText:
    case CellKind::kCount:
    case CellKind::kDay:
    case CellKind::kInstant: break;
  }
  return std::to_string(number);
}

std::string CellText(const ReportCell& cell, CellKind kind) {
  if (const auto* text = std::get_if<std::string>(&cell)) {
    return LooksLikeFormula(*text) ? "'" + *text : *text;
  }
  if (const auto* number = std::get_if<int64_t>(&cell)) return NumberText(*number, kind);
  if (const auto* day = std::get_if<Day>(&cell)) return FormatDay(*day);
  if (const auto* at = std::get_if<Instant>(&cell)) return FormatInstant(*at);
  return "";
}

}  // namespace

void AppendCsvText(std::string_view text, std::string& out) {
  AppendField(LooksLikeFormula(text) ? "'" + std::string(text) : std::string(text), out);
}

std::string TableCsv(const ReportTable& table) {
  std::string out(kByteOrderMark);
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (i > 0) out += ',';
    AppendField(table.columns[i].id, out);
  }
  out += kLineEnd;
  for (const auto& row : table.rows) {
    for (size_t i = 0; i < table.columns.size(); ++i) {
      if (i > 0) out += ',';
      AppendField(CellText(row[i], table.columns[i].kind), out);
    }
    out += kLineEnd;
  }
  return out;
}

std::string RenderCsv(const Report& report) {
  return report.tables.empty() ? std::string(kByteOrderMark) : TableCsv(report.tables.front());
}

}  // namespace tthc
