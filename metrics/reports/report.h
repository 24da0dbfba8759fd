// A report as a value: tables of typed cells with Vietnamese labels, the definition and cut-off it
// was made by, paragraphs, and checks of its own identities. Rendered as JSON, CSV or XLSX.
//
// The same question gives the same bytes, but for the creation stamp (`made_at`).
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/instant.h"
#include "config/result.h"

namespace tthc {

enum class CellKind : uint8_t {
  kText,
  kCount,      // int64: whole number
  kHundredths, // int64: hundredths, shown with 2 decimals (points)
  kPercent,    // int64: hundredths of a percent; JSON and CSV 97.87, XLSX with format 0.00"%"
  kHours,      // int64: microseconds of working time; hours with 2 decimals
  kDay,        // XLSX: a real date
  kInstant,    // XLSX: a real date and time of Asia/Ho_Chi_Minh
};
// monostate: empty (JSON null, CSV and XLSX empty), never 0.
using ReportCell = std::variant<std::monostate, std::string, int64_t, Day, Instant>;

struct ReportColumn {
  std::string id;      // JSON member and CSV header: "received_online"
  std::string label;   // Vietnamese: "Trong kỳ – trực tuyến"
  CellKind kind = CellKind::kText;
};
struct ReportTable {
  std::string id;      // "fields"
  std::string title;   // Vietnamese; the sheet's name (at most 31 characters there)
  std::vector<ReportColumn> columns;
  std::vector<std::vector<ReportCell>> rows;   // as long as the columns
  bool last_row_is_total = false;
  std::vector<std::string> notes;              // Vietnamese, below the table
};
struct ReportCheck {
  std::string name;    // "received = resolved + pending"
  bool holds = true;
  std::string detail;  // where it does not: the figures
};
struct Report {
  std::string id;            // "form06"
  std::string title;         // Vietnamese
  std::string unit;          // code
  std::string unit_name;
  Period period;
  Instant cut_off;
  std::optional<Instant> known_at;   // as asked
  std::string definition;    // Vietnamese: by which text and rule the figures were counted
  std::string definition_id; // "form06", "qd766-portal-2026"
  bool provisional = false;
  Instant made_at;           // the creation stamp
  std::vector<std::string> paragraphs;   // Vietnamese, ready to be pasted
  std::vector<ReportTable> tables;       // the first is the report; CSV holds only this one
  std::vector<ReportCheck> checks;
};

enum class ReportFormat { kJson, kCsv, kXlsx };
std::optional<ReportFormat> ReportFormatNamed(std::string_view name);   // "json", "csv", "xlsx"
std::string_view ContentTypeOf(ReportFormat format);
std::string_view ExtensionOf(ReportFormat format);

// JSON: {"report","title","unit","unit_name","period","from","to","cut_off","known_at",
// "definition","definition_id","provisional","made_at","paragraphs","tables":[{"id","title",
// "columns":[{"id","label"}],"rows":[{column: value}],"total":{…}|null,"notes"}],
// "checks":[{"name","holds","detail"}]}.
// CSV: RFC 4180, UTF-8 with byte order mark (for Excel), header of column ids, texts that a
// spreadsheet would run as a formula behind an apostrophe; `made_at` is not in it.
// XLSX: one sheet per table, title, definition, cut-off and notes printed on it; texts are never
// formulas; `made_at` is in the document properties only.
Result<std::string> Render(const Report& report, ReportFormat format);
// Only one table as CSV.
std::string TableCsv(const ReportTable& table);

}  // namespace tthc
