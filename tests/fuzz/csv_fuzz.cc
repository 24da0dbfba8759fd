// CSV rows: within their limits whatever the text is, and what was read is read again as the same once
// it is written with quotes.
#include <string>
#include <vector>

#include "ingest/source/csv_reader.h"
#include "require.h"

namespace tthc {
namespace {

constexpr CsvLimits kLimits = {.field_bytes = 200, .row_bytes = 1000, .columns = 20};

std::vector<CsvRow> RowsOf(std::string_view text, char delimiter, const CsvLimits& limits) {
  CsvReader reader(ByteSource::OfText(text), delimiter, limits);
  std::vector<CsvRow> rows;
  CsvRow row;
  for (;;) {
    const auto more = reader.Next(row);
    Require(more.has_value());
    if (!*more) return rows;
    Require(rows.empty() || row.line > rows.back().line);
    rows.push_back(row);
  }
}

std::string Written(const std::vector<CsvRow>& rows, char delimiter) {
  std::string text;
  for (const CsvRow& row : rows) {
    if (!row.fault.empty()) continue;
    for (size_t i = 0; i < row.fields.size(); ++i) {
      if (i > 0) text += delimiter;
      text += '"';
      for (const char c : row.fields[i]) text += c == '"' ? "\"\"" : std::string(1, c);
      text += '"';
    }
    text += "\r\n";
  }
  return text;
}

}  // namespace
}  // namespace tthc

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tthc;
  const FuzzInput input = InputOf(data, size);
  const char delimiter = ",;\t|"[input.way % 4];
  const auto rows = RowsOf(input.text, delimiter, kLimits);
  for (const CsvRow& row : rows) {
    Require(row.fields.size() <= kLimits.columns);
    for (const std::string& field : row.fields) Require(field.size() <= kLimits.field_bytes);
  }
  const auto again = RowsOf(Written(rows, delimiter), delimiter, CsvLimits());
  size_t at = 0;
  for (const CsvRow& row : rows) {
    if (!row.fault.empty()) continue;
    Require(at < again.size() && again[at].fault.empty() && again[at].fields == row.fields);
    ++at;
  }
  Require(at == again.size());
  return 0;
}
