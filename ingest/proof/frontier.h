// The root of a growing Merkle tree, kept in as many hashes as its size has binary digits.
//
// Pure. Thread safety: none.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ingest/proof/hash.h"

namespace tthc {

class Frontier {
 public:
  void Add(const Hash& leaf);
  uint64_t size() const { return size_; }
  // Of what was added, and of `last` behind it where there is one.
  Hash Root(const std::optional<Hash>& last = std::nullopt) const;

  // Roots of the complete parts, largest first: with the size all that has to be kept.
  const std::vector<Hash>& parts() const { return parts_; }
  // nullopt where there are not as many parts as the size has.
  static std::optional<Frontier> From(uint64_t size, std::vector<Hash> parts);

 private:
  uint64_t size_ = 0;
  std::vector<Hash> parts_;
};

}  // namespace tthc
