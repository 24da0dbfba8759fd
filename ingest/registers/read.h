// A register file or body to checked rows: JSON lines (or a JSON array) or CSV with a header line.
// Each row stands for itself: a bad one is told with its line, field and reason, the others are kept.
//
// Bounded: body by its caller, rows and text lengths here. Thread safety: any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/registers/schema.h"

namespace tthc {

struct RegisterLimits {
  size_t rows = 1'000'000;       // of one file or body
  size_t row_bytes = 64u << 10;
  size_t list_items = 10'000;
};

struct RejectedRow {
  uint64_t line = 0;             // 1-based, of the file
  std::string field;             // empty where the row as a whole is wrong
  std::string code;              // "missing", "bad_value", "unknown_procedure", "contradiction",
                                 // "unknown_field", "not_an_object", "too_long", "duplicate_key", …
  std::string reason;            // English sentence
};

struct RegisterFile {
  std::vector<RegisterRow> rows;           // by line; of two rows with one key the later is refused
  std::vector<RejectedRow> rejected;       // by line
  std::vector<RejectedRow> flagged;        // by line: kept, but names a unit or procedure that is
                                           // not known ("unknown_unit", "unknown_procedure")
  uint64_t lines = 0;                      // rows seen
};

// What a row may be held against.
struct RegisterChecks {
  // Nothing may lie ahead of it: now, or when the rows became known where that is earlier.
  Instant now;
  std::function<bool(std::string_view)> knows_procedure;  // by key; also true for rows of this file
  std::function<bool(std::string_view)> knows_indicator;  // by id
  std::function<bool(std::string_view)> knows_unit;       // by canonical code
};

enum class RegisterFormat { kJson, kCsv };
// By media type or file name; nullopt where neither tells.
std::optional<RegisterFormat> FormatOfContentType(std::string_view content_type);
std::optional<RegisterFormat> FormatOfFileName(std::string_view file_name);

// Errors only for what makes the whole unreadable: a CSV header with an unknown, repeated or missing
// column, a JSON array that does not parse, too many rows.
Result<RegisterFile> ReadRegister(const RegisterSchema& schema, std::string_view text,
                                  RegisterFormat format, const RegisterChecks& checks,
                                  const RegisterLimits& limits);

}  // namespace tthc
