#include "ingest/proof/case_map.h"

#include <algorithm>
#include <bit>

#include "config/json_text.h"
#include "ingest/proof/merkle.h"

namespace tthc {
namespace {

constexpr uint64_t kCasesOfBucket = 16;
constexpr std::string_view kKeyPrefix = "tthc case\n";

}  // namespace

int MapBitsFor(uint64_t cases) {
  return std::min(kMostMapBits, static_cast<int>(std::bit_width(cases / kCasesOfBucket)));
}

Hash MapKeyOf(std::string_view case_id) {
  return HashOf(std::string(kKeyPrefix) + std::string(case_id));
}

std::string MapLeafText(std::string_view case_id, std::span<const uint64_t> seqs) {
  json::array numbers;
  for (const uint64_t seq : seqs) numbers.push_back(seq);
  return JsonText(json::object{{"case", case_id}, {"seqs", std::move(numbers)}});
}

MapEntry MapEntryOf(std::string_view case_id, std::span<const uint64_t> seqs) {
  return {MapKeyOf(case_id), LeafHash(MapLeafText(case_id, seqs))};
}

size_t BucketOf(const Hash& key, int bits) {
  const uint32_t begin = uint32_t{key[0]} << 16 | uint32_t{key[1]} << 8 | key[2];
  return begin >> (24 - bits);
}

Hash BucketHash(std::span<const MapEntry> entries) {
  std::vector<Hash> leaves;
  leaves.reserve(entries.size());
  for (const MapEntry& entry : entries) {
    leaves.push_back(LeafHash(std::string(BytesOf(entry.key)) + std::string(BytesOf(entry.leaf))));
  }
  return TreeHash(leaves);
}

}  // namespace tthc
