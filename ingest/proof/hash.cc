#include "ingest/proof/hash.h"

#include <openssl/evp.h>

#include <algorithm>

namespace tthc {
namespace {

constexpr char kLeafByte = 0;
constexpr char kNodeByte = 1;

EVP_MD_CTX* Context(void* context) { return static_cast<EVP_MD_CTX*>(context); }

// One per thread: making a context costs more than a short digest.
Sha256& Scratch() {
  thread_local Sha256 scratch;
  return scratch;
}

}  // namespace

void Sha256::Free::operator()(void* context) const { EVP_MD_CTX_free(Context(context)); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  EVP_DigestInit_ex(Context(context_.get()), EVP_sha256(), nullptr);
}
Sha256::~Sha256() = default;

Sha256& Sha256::Add(std::string_view bytes) {
  EVP_DigestUpdate(Context(context_.get()), bytes.data(), bytes.size());
  return *this;
}
Sha256& Sha256::Add(const Hash& hash) { return Add(BytesOf(hash)); }

Hash Sha256::Finish() {
  Hash hash{};
  EVP_DigestFinal_ex(Context(context_.get()), hash.data(), nullptr);
  EVP_DigestInit_ex(Context(context_.get()), nullptr, nullptr);
  return hash;
}

Hash HashOf(std::string_view bytes) { return Scratch().Add(bytes).Finish(); }
Hash LeafHash(std::string_view leaf) {
  return Scratch().Add(std::string_view(&kLeafByte, 1)).Add(leaf).Finish();
}
Hash NodeHash(const Hash& left, const Hash& right) {
  return Scratch().Add(std::string_view(&kNodeByte, 1)).Add(left).Add(right).Finish();
}
Hash EmptyTreeHash() { return HashOf(""); }

std::string_view BytesOf(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}
std::optional<Hash> HashFromBytes(std::string_view bytes) {
  Hash hash{};
  if (bytes.size() != hash.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

std::string Base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');   // EVP_EncodeBlock ends with a NUL
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(length));
  return out;
}

std::optional<std::string> FromBase64(std::string_view text) {
  constexpr size_t kMostBytes = 1u << 20;
  if (text.size() % 4 != 0 || text.size() > kMostBytes) return std::nullopt;
  std::string out(text.size() / 4 * 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  if (length < static_cast<int>(padding)) return std::nullopt;
  out.resize(static_cast<size_t>(length) - padding);
  // EVP_DecodeBlock passes over blanks at the ends: only the one way of writing it is taken.
  if (Base64(out) != text) return std::nullopt;
  return out;
}

std::optional<Hash> HashFromBase64(std::string_view text) {
  const auto bytes = FromBase64(text);
  return bytes ? HashFromBytes(*bytes) : std::nullopt;
}

std::string Hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kDigits[static_cast<uint8_t>(c) >> 4];
    out += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return out;
}

}  // namespace tthc
