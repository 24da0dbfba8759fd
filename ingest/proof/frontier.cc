#include "ingest/proof/frontier.h"

#include <bit>

namespace tthc {

void Frontier::Add(const Hash& leaf) {
  Hash part = leaf;
  for (uint64_t full = size_; (full & 1) != 0; full >>= 1) {
    part = NodeHash(parts_.back(), part);
    parts_.pop_back();
  }
  parts_.push_back(part);
  ++size_;
}

Hash Frontier::Root(const std::optional<Hash>& last) const {
  std::optional<Hash> root = last;
  for (auto part = parts_.rbegin(); part != parts_.rend(); ++part) {
    root = root ? NodeHash(*part, *root) : *part;
  }
  return root.value_or(EmptyTreeHash());
}

std::optional<Frontier> Frontier::From(uint64_t size, std::vector<Hash> parts) {
  if (static_cast<size_t>(std::popcount(size)) != parts.size()) return std::nullopt;
  Frontier frontier;
  frontier.size_ = size;
  frontier.parts_ = std::move(parts);
  return frontier;
}

}  // namespace tthc
