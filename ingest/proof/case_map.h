// The case map: which statements a case has at one size of the log, so that none can be withheld.
//
// Each case stands under its key, SHA-256("tthc case\n" NUMBER), with the hash of the text
// {"case":NUMBER,"seqs":[…]}. The first `bits` bits of the key give its bucket; a bucket is the
// Merkle tree over its cases in ascending order of keys, the map the Merkle tree over all
// buckets. Whoever sees a whole bucket sees that a case stands in it once, or not at all.
// Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/proof/hash.h"

namespace tthc {

inline constexpr int kMostMapBits = 16;
// So many that a bucket holds about 16 cases, where the limit allows it.
int MapBitsFor(uint64_t cases);

struct MapEntry {
  Hash key{};
  Hash leaf{};
  friend bool operator==(const MapEntry&, const MapEntry&) = default;
};
Hash MapKeyOf(std::string_view case_id);
std::string MapLeafText(std::string_view case_id, std::span<const uint64_t> seqs);
MapEntry MapEntryOf(std::string_view case_id, std::span<const uint64_t> seqs);
size_t BucketOf(const Hash& key, int bits);
// `entries` in ascending order of keys.
Hash BucketHash(std::span<const MapEntry> entries);

}  // namespace tthc
