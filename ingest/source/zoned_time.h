// Date texts of foreign files: a format and a time zone of the IANA database, named in a mapping.
//
// Where clocks go back, a local time that comes twice is its first occurrence; where they go
// forward, a local time that never came is the instant at which they moved.
// Thread safety: one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "config/instant.h"
#include "config/result.h"
#include "ingest/wire/dates.h"

namespace tthc {

class ZonedTimeReader {
 public:
  // `format`: "wire" for the forms of ingest/wire/dates.h (ISO among them), else one of strftime's
  // kind, "%m/%d/%Y %I:%M:%S %p". An offset in the text goes before `zone`.
  // Errors: an unknown zone, an empty format.
  static Result<ZonedTimeReader> Create(std::string format, const std::string& zone,
                                        YearWindow window);
  ZonedTimeReader(ZonedTimeReader&&) noexcept;
  ZonedTimeReader& operator=(ZonedTimeReader&&) noexcept;
  ~ZonedTimeReader();

  DateReading Read(std::string_view text);

 private:
  struct Impl;
  explicit ZonedTimeReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tthc
