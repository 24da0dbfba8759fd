// Rows of a CSV file (RFC 4180): quoted fields, doubled quotes, CRLF or LF, UTF-8 with or without
// a byte order mark. Memory is bounded by the limits, whatever the file is.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/result.h"
#include "ingest/source/byte_source.h"

namespace tthc {

struct CsvLimits {
  size_t field_bytes = 65'536;
  size_t row_bytes = 1'048'576;
  size_t columns = 1'000;
};

struct CsvRow {
  uint64_t line = 0;  // where the row begins, counted from 1
  std::vector<std::string> fields;
  std::string fault;  // not empty: the row can not be used, and why
};

class CsvReader {
 public:
  CsvReader(ByteSource source, char delimiter, CsvLimits limits);

  // False at the end of the file; a blank line is no row. A row that breaks a rule or a limit
  // comes with its `fault` and the reader goes on behind it. Errors: those of ByteSource.
  Result<bool> Next(CsvRow& row);
  const ByteSource& source() const { return source_; }

 private:
  enum class State : uint8_t { kFieldStart, kPlain, kQuoted, kQuoteInQuoted };

  Result<bool> Fill();
  void Begin(CsvRow& row);
  bool Take(char c, CsvRow& row);  // true where the row is complete
  void Add(char c, CsvRow& row);
  void EndField(CsvRow& row);
  bool EndRow(CsvRow& row);  // false for a blank line
  void Fault(CsvRow& row, std::string reason);

  ByteSource source_;
  char delimiter_;
  CsvLimits limits_;
  std::vector<char> buffer_;
  size_t at_ = 0;
  size_t end_ = 0;
  bool at_start_ = true;
  uint64_t line_ = 1;
  State state_ = State::kFieldStart;
  std::string field_;
  size_t row_bytes_ = 0;
};

}  // namespace tthc
