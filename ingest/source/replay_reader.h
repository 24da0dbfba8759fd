// Lines of a file of recorded messages (JSON lines, plain or gzip), with their numbers.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/result.h"
#include "ingest/source/byte_source.h"

namespace tthc {

struct ReplayLine {
  uint64_t number = 0;    // counted from 1, blank lines included
  std::string_view text;  // without its line end; valid until the next call
  bool too_long = false;  // longer than the limit: `text` is empty
};

class ReplayReader {
 public:
  static constexpr size_t kLineBytes = 16u << 20;

  static Result<ReplayReader> Open(const std::string& file, size_t line_bytes = kLineBytes);

  // The next line that is not blank; false at the end. Errors: those of ByteSource.
  Result<bool> Next(ReplayLine& line);
  const ByteSource& source() const { return source_; }

 private:
  ReplayReader(ByteSource source, size_t line_bytes);
  Result<bool> ReadLine(ReplayLine& line);

  ByteSource source_;
  size_t line_bytes_;
  std::vector<char> buffer_;
  size_t at_ = 0;
  size_t end_ = 0;
  uint64_t number_ = 0;
  std::string line_;
};

}  // namespace tthc
