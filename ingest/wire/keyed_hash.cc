#include "ingest/wire/keyed_hash.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace tthc {
namespace {

constexpr size_t kKeyBytes = 16;
constexpr size_t kHashBytes = 8;

EVP_MAC_CTX* Context(void* context) { return static_cast<EVP_MAC_CTX*>(context); }

// OpenSSL fails here only where its default provider is missing or memory is: neither can be
// answered by the caller.
void Require(bool ok) {
  if (!ok) throw std::runtime_error("OpenSSL can not compute SipHash");
}

}  // namespace

void KeyedHash::Freed::operator()(void* context) const { EVP_MAC_CTX_free(Context(context)); }

KeyedHash::KeyedHash(uint64_t key) {
  EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "SIPHASH", nullptr);
  Require(algorithm != nullptr);
  context_.reset(EVP_MAC_CTX_new(algorithm));
  EVP_MAC_free(algorithm);
  Require(context_ != nullptr);

  std::array<unsigned char, kKeyBytes> bytes = {0,   0,   0,   0,   0,   0,   0,   0,
                                                't', 't', 'h', 'c', 'h', 'a', 's', 'h'};
  for (size_t i = 0; i < sizeof key; ++i) bytes[i] = static_cast<unsigned char>(key >> (8 * i));
  size_t size = kHashBytes;
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
                               OSSL_PARAM_construct_end()};
  Require(EVP_MAC_init(Context(context_.get()), bytes.data(), bytes.size(), params) == 1);
}

uint64_t KeyedHash::operator()(HashDomain domain, std::string_view bytes) {
  EVP_MAC_CTX* const context = Context(context_.get());
  const auto prefix = static_cast<unsigned char>(domain);
  std::array<unsigned char, kHashBytes> out;
  size_t length = 0;
  Require(EVP_MAC_init(context, nullptr, 0, nullptr) == 1 &&
          EVP_MAC_update(context, &prefix, 1) == 1 &&
          EVP_MAC_update(context, reinterpret_cast<const unsigned char*>(bytes.data()),
                         bytes.size()) == 1 &&
          EVP_MAC_final(context, out.data(), &length, out.size()) == 1 && length == kHashBytes);
  uint64_t hash = 0;
  for (size_t i = 0; i < kHashBytes; ++i) hash |= uint64_t{out[i]} << (8 * i);
  return hash;
}

}  // namespace tthc
