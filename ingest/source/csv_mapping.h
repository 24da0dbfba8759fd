// A mapping: how the columns of a foreign CSV export become statements. Read from TOML.
//
//   name = "…"                       shown to people
//   layout = "case" | "event"        a row is a whole case, or one step of a case (rows of one case
//                                    stand together)
//   delimiter = ","                  optional
//   date_format = "wire" | strftime  see zoned_time.h
//   time_zone = "America/New_York"   of date texts without offset
//   recorded = "latest" | RFC 3339   when a row counts as known: the latest of its own dates (the
//                                    due date apart), or this instant for all rows
//   [columns]   case_id and received (required), due, finished, returned, refused: header names
//   [status]    of a row of layout "case", of the case in layout "event":
//               column + values = {"Closed" = 9}   a text and its status
//               with_finished = 9                  where the finished date is filled (no column)
//               default = 4                        where neither says it; none: the row is rejected
//               dated_by = {"4" = "received"}      the date that dates a status; 2, 3, 9 and 10 are
//                                                  dated by received, refused, finished, returned
//   [channel]   column, values = {"Self Service" = 2}, default (optional)
//   [procedure] [field] [unit]       column, values = {"text" = "code"}, prefix, slug = true|false
//   [event]     layout "event" only: time and step (columns, required), officer (a column, hashed),
//               values = {"step" = 5}, default = 4, first = 2, last = 9 (what the first and the
//               last row of a case mean, whatever their step), named = ["step"] (the steps whose own
//               names are kept; any other text is dropped, since it might name a person)
//
// Thread safety: a CsvMapping is a value.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "config/instant.h"
#include "config/result.h"
#include "ingest/case/statement.h"

namespace tthc {

inline constexpr size_t kCodeBytes = 100;  // of a procedure, field, unit or step

// The dates of a case that a mapping can name, in the order of kCaseDateNames.
enum class CaseDate : uint8_t { kReceived, kDue, kFinished, kReturned, kRefused, kCount };
inline constexpr size_t kCaseDateCount = static_cast<size_t>(CaseDate::kCount);

struct StatusMapping {
  std::string column;  // empty: no column
  std::unordered_map<std::string, Status> values;
  std::optional<Status> with_finished;
  std::optional<Status> otherwise;
  std::array<std::optional<CaseDate>, kStatusCount> dated_by;
};

struct ChannelMapping {
  std::string column;
  std::unordered_map<std::string, uint8_t> values;
  uint8_t otherwise = 0;
};

// A text that becomes a code.
struct CodeMapping {
  std::string column;  // empty: not said
  std::unordered_map<std::string, std::string> values;
  std::string prefix;
  bool slug = false;  // "Street Light Outages" -> "street-light-outages"
};

struct EventMapping {
  std::string time;
  std::string step;
  std::string officer;
  std::unordered_map<std::string, Status> values;
  std::optional<Status> otherwise;
  std::optional<Status> first;
  std::optional<Status> last;
  std::unordered_set<std::string> named;
};

struct CsvMapping {
  std::string name;
  char delimiter = ',';
  std::string date_format;
  std::string time_zone;
  std::optional<Instant> recorded;  // nullopt: the latest date of the row
  std::string case_id;
  std::array<std::string, kCaseDateCount> dates;  // columns; empty: not said
  StatusMapping status;
  ChannelMapping channel;
  CodeMapping procedure;
  CodeMapping field;
  CodeMapping unit;
  std::optional<EventMapping> event;  // layout "event"
};

// Errors (kInvalidInput) name file and line, one per problem.
Result<CsvMapping> LoadCsvMapping(const std::string& file);
Result<CsvMapping> ParseCsvMapping(std::string_view toml, const std::string& file_name);

}  // namespace tthc
