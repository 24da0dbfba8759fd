// A CSV export, read through a mapping, as statements: streaming, with line numbers.
//
// Statement::position and Rejected::position are the line at which the row begins. Recorded times
// are set; they follow the rows, so they need not rise from one statement to the next.
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/result.h"
#include "ingest/case/statement.h"
#include "ingest/source/csv_mapping.h"
#include "ingest/source/csv_reader.h"
#include "ingest/wire/decode.h"

namespace tthc {

struct ImportProgress {
  uint64_t bytes_read = 0;  // of the file itself, compressed where it is
  uint64_t bytes_total = 0;
  uint64_t rows = 0;
};

struct ImportBatch {
  std::vector<Statement> statements;
  std::vector<Rejected> rejected;
};

class CsvImport {
 public:
  // `limits.scalar_bytes`, `records` and `depth` have no meaning here; the years do.
  // Errors name the file: it can not be read, has no header, lacks a column of the mapping; or the
  // mapping names an unknown time zone.
  static Result<CsvImport> Open(const std::string& file, const CsvMapping& mapping,
                                uint64_t hash_key, const DecodeLimits& limits = {},
                                const CsvLimits& csv_limits = {});
  CsvImport(CsvImport&&) noexcept;
  CsvImport& operator=(CsvImport&&) noexcept;
  ~CsvImport();

  // Replaces `batch` by what the next `rows` rows say (in layout "event" a case is given when its
  // last row has been read). False at the end of the file, with an empty batch.
  // Errors: those of ByteSource.
  Result<bool> Next(ImportBatch& batch, size_t rows);
  ImportProgress progress() const;

 private:
  struct Impl;
  explicit CsvImport(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tthc
