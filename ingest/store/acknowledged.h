// How far the store was written and synced, kept beside RocksDB: what its own recovery cannot tell.
//
// A write-ahead log whose end is damaged looks to RocksDB like one that a power failure cut: it goes on
// with what stands before, in silence. A list of files (MANIFEST) that was cut looks like an older one.
// Against this number both show as what they are: something acknowledged is gone.
//
// File ACKNOWLEDGED, one line: the sequence number twice, 20 digits each. Written after each synced
// batch and not synced itself: after a power failure it may be behind, never ahead.
// Thread safety: Write from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/result.h"

namespace tthc {

class Acknowledged {
 public:
  // Makes the file where it is missing.
  static Result<Acknowledged> Open(const std::string& dir);
  Acknowledged(Acknowledged&& other) noexcept;
  Acknowledged& operator=(Acknowledged&&) = delete;
  ~Acknowledged();
  // What cannot be written leaves the number behind: less is noticed, nothing is told falsely.
  void Write(uint64_t sequence) const;

  // Absent where there is no file; kCorrupt where it does not read.
  static Result<std::optional<uint64_t>> Read(const std::string& dir);

 private:
  explicit Acknowledged(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace tthc
