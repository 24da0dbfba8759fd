// The tree against the vectors of Certificate Transparency and against RFC 6962 written down
// plainly; a path holds for its leaf, its place and its tree, and for nothing else.
#include "ingest/proof/merkle.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "ingest/proof/frontier.h"

namespace tthc {
namespace {

std::vector<Hash> Leaves(size_t count) {
  std::vector<Hash> leaves;
  for (size_t i = 0; i < count; ++i) leaves.push_back(LeafHash("leaf " + std::to_string(i)));
  return leaves;
}

// Section 2.1, word by word.
Hash Plain(std::span<const Hash> leaves) {
  if (leaves.empty()) return HashOf("");
  if (leaves.size() == 1) return leaves[0];
  size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  return NodeHash(Plain(leaves.first(split)), Plain(leaves.subspan(split)));
}

TEST(Merkle, CertificateTransparencyVectors) {
  using namespace std::string_view_literals;
  constexpr std::string_view kInputs[] = {
      ""sv, "\x00"sv, "\x10"sv, "\x20\x21"sv, "\x30\x31"sv, "\x40\x41\x42\x43"sv,
      "\x50\x51\x52\x53\x54\x55\x56\x57"sv,
      "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"sv};
  constexpr std::string_view kRoots[] = {
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  std::vector<Hash> leaves;
  EXPECT_EQ(TreeHash(leaves), EmptyTreeHash());
  for (size_t i = 0; i < std::size(kInputs); ++i) {
    leaves.push_back(LeafHash(kInputs[i]));
    EXPECT_EQ(Hex(BytesOf(TreeHash(leaves))), kRoots[i]);
  }
}

RC_GTEST_PROP(Merkle, IsThePlainTreeAlsoOverChunksAndAsItGrows, ()) {
  const auto size = *rc::gen::inRange<size_t>(0, 3 * kChunkLeaves);
  const auto leaves = Leaves(size);
  const Hash root = Plain(leaves);
  RC_ASSERT(TreeHash(leaves) == root);
  std::vector<Hash> chunks;
  for (size_t at = 0; at < size; at += kChunkLeaves) {
    chunks.push_back(TreeHash(std::span(leaves).subspan(at, std::min<size_t>(kChunkLeaves, size - at))));
  }
  RC_ASSERT(TreeHash(chunks) == root);

  Frontier grown;
  for (const Hash& leaf : leaves) grown.Add(leaf);
  RC_ASSERT(grown.Root() == root);
  const auto kept = Frontier::From(grown.size(), grown.parts());
  RC_ASSERT(kept.has_value());
  RC_ASSERT(kept->Root() == root);
  RC_ASSERT(!Frontier::From(grown.size() * 2 + 1, grown.parts()).has_value());
  if (size == 0) return;
  Frontier without_last;
  for (const Hash& leaf : std::span(leaves).first(size - 1)) without_last.Add(leaf);
  RC_ASSERT(without_last.Root(leaves.back()) == root);
}

RC_GTEST_PROP(Merkle, APathHoldsForItsLeafAndPlaceOnly, ()) {
  const auto size = *rc::gen::inRange<size_t>(1, 70);
  const auto index = *rc::gen::inRange<size_t>(0, size);
  const auto leaves = Leaves(size);
  const Hash root = TreeHash(leaves);
  const auto path = AuditPath(leaves, index);
  RC_ASSERT(RootFromPath(leaves[index], index, size, path) == root);

  RC_ASSERT(RootFromPath(LeafHash("other"), index, size, path) != root);
  for (size_t other = 0; other < size + 2; ++other) {
    if (other != index) RC_ASSERT(RootFromPath(leaves[index], other, size, path) != root);
  }
  auto longer = path;
  longer.push_back(Hash{});
  RC_ASSERT(RootFromPath(leaves[index], index, size, longer) == std::nullopt);
  if (path.empty()) return;
  auto shorter = path;
  shorter.pop_back();
  RC_ASSERT(RootFromPath(leaves[index], index, size, shorter) == std::nullopt);
  auto changed = path;
  changed[*rc::gen::inRange<size_t>(0, path.size())][*rc::gen::inRange(0, 32)] ^= 1;
  RC_ASSERT(RootFromPath(leaves[index], index, size, changed) != root);
}

RC_GTEST_PROP(Base64, IsReadAsWrittenAndNothingElse, (const std::string& bytes)) {
  const std::string text = Base64(bytes);
  RC_ASSERT(FromBase64(text) == bytes);
  RC_ASSERT(FromBase64(text + "\n") == std::nullopt);
  if (text.empty()) return;
  RC_ASSERT(FromBase64(text.substr(1)) == std::nullopt);
  std::string other = text;
  other[*rc::gen::inRange<size_t>(0, text.size())] = '!';
  RC_ASSERT(FromBase64(other) == std::nullopt);
}

}  // namespace
}  // namespace tthc
