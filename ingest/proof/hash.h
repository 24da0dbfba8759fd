// SHA-256 and the texts that hashes are written in.
//
// Leaves and nodes of a Merkle tree are told apart by a first byte, as RFC 6962 section 2.1 has it.
// Thread safety: values; a Sha256 belongs to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tthc {

using Hash = std::array<uint8_t, 32>;

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& Add(std::string_view bytes);
  Sha256& Add(const Hash& hash);
  // The digest of what was added; then it begins anew.
  Hash Finish();

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

Hash HashOf(std::string_view bytes);
Hash LeafHash(std::string_view leaf);                       // SHA-256(0x00 | leaf)
Hash NodeHash(const Hash& left, const Hash& right);         // SHA-256(0x01 | left | right)
Hash EmptyTreeHash();                                       // SHA-256 of nothing

std::string_view BytesOf(const Hash& hash);
std::optional<Hash> HashFromBytes(std::string_view bytes);  // 32 bytes
std::string Base64(std::string_view bytes);
std::optional<std::string> FromBase64(std::string_view text);   // with padding, nothing else
std::optional<Hash> HashFromBase64(std::string_view text);
std::string Hex(std::string_view bytes);

}  // namespace tthc
