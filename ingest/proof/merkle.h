// The Merkle tree of RFC 6962 (Certificate Transparency) over hashes of leaves.
//
// A complete part of the tree stands at every multiple of a power of two, so the same functions
// serve the hashes of leaves and those of complete chunks of leaves (kChunkLeaves each, the last
// one perhaps shorter): the root over chunks is the root over leaves. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ingest/proof/hash.h"

namespace tthc {

inline constexpr uint64_t kChunkLeaves = 256;

// Section 2.1: the root; of nothing it is the hash of the empty string.
Hash TreeHash(std::span<const Hash> leaves);
// Section 2.1.1: the siblings from the leaf upwards. `index` < leaves.size().
std::vector<Hash> AuditPath(std::span<const Hash> leaves, uint64_t index);
// The root that a leaf and its path give (RFC 9162 section 2.1.3.2); nullopt where the path has not
// the length that a tree of `size` leaves gives it.
std::optional<Hash> RootFromPath(const Hash& leaf, uint64_t index, uint64_t size,
                                 std::span<const Hash> path);

}  // namespace tthc
