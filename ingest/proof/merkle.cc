#include "ingest/proof/merkle.h"

#include <bit>

namespace tthc {
namespace {

// The largest power of two below `size` (>= 2).
size_t SplitOf(size_t size) { return std::bit_floor(size - 1); }

}  // namespace

Hash TreeHash(std::span<const Hash> leaves) {
  if (leaves.empty()) return EmptyTreeHash();
  if (leaves.size() == 1) return leaves[0];
  const size_t split = SplitOf(leaves.size());
  return NodeHash(TreeHash(leaves.first(split)), TreeHash(leaves.subspan(split)));
}

std::vector<Hash> AuditPath(std::span<const Hash> leaves, uint64_t index) {
  if (leaves.size() <= 1) return {};
  const size_t split = SplitOf(leaves.size());
  const bool is_left = index < split;
  const auto own = is_left ? leaves.first(split) : leaves.subspan(split);
  const auto other = is_left ? leaves.subspan(split) : leaves.first(split);
  auto path = AuditPath(own, is_left ? index : index - split);
  path.push_back(TreeHash(other));
  return path;
}

std::optional<Hash> RootFromPath(const Hash& leaf, uint64_t index, uint64_t size,
                                 std::span<const Hash> path) {
  if (index >= size) return std::nullopt;
  uint64_t at = index;
  uint64_t last = size - 1;
  Hash hash = leaf;
  for (const Hash& sibling : path) {
    if (last == 0) return std::nullopt;
    if ((at & 1) != 0 || at == last) {
      hash = NodeHash(sibling, hash);
      while ((at & 1) == 0 && at != 0) {
        at >>= 1;
        last >>= 1;
      }
    } else {
      hash = NodeHash(hash, sibling);
    }
    at >>= 1;
    last >>= 1;
  }
  return last == 0 ? std::optional(hash) : std::nullopt;
}

}  // namespace tthc
