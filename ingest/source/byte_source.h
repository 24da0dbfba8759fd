// The bytes of a file, decompressed where it is gzip (RFC 1952), or of a text in memory, read as a
// stream.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "config/result.h"

namespace tthc {

class ByteSource {
 public:
  // Errors (kNotFound, kIo) name the file.
  static Result<ByteSource> Open(const std::string& file);
  // `text` must outlive it; it is read as it stands.
  static ByteSource OfText(std::string_view text);

  // Fills `buffer` from its beginning; 0 at the end of the file. A truncated or damaged gzip file
  // is an error (kCorrupt) once its good bytes have been given out.
  Result<size_t> Read(std::span<char> buffer);

  // For progress: bytes of the file itself, compressed where it is.
  uint64_t bytes_read() const;
  uint64_t bytes_total() const { return bytes_total_; }
  const std::string& file() const { return file_; }

 private:
  struct Closed {
    void operator()(void* gz) const;
  };
  ByteSource() = default;

  std::unique_ptr<void, Closed> gz_;   // null: `rest_` is read
  std::string_view rest_;
  std::string file_;
  uint64_t bytes_total_ = 0;
};

}  // namespace tthc
