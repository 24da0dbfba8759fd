#include "server/channels/webhook_signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace tthc {
namespace {

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr size_t kSha256Bytes = 32;

std::string Base64(const unsigned char* bytes, size_t size) {
  std::string out(4 * ((size + 2) / 3) + 1, '\0');   // EVP_EncodeBlock ends with a NUL
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes,
                                     static_cast<int>(size));
  out.resize(static_cast<size_t>(length));
  return out;
}

size_t PaddingOf(std::string_view text) {
  return text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
}

// Empty where the text is no base64.
std::string FromBase64(std::string_view text) {
  std::string out(text.size() / 4 * 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  const size_t padding = PaddingOf(text);   // counts as zero bytes
  out.resize(length < static_cast<int>(padding) ? 0 : static_cast<size_t>(length) - padding);
  return out;
}

}  // namespace

Result<std::string> WebhookKeyOf(std::string_view secret) {
  const Error wrong = Invalid("a secret is whsec_ and the base64 of 24 to 64 random bytes");
  if (!secret.starts_with(kSecretPrefix)) return wrong;
  secret.remove_prefix(kSecretPrefix.size());
  if (secret.empty() || secret.size() % 4 != 0) return wrong;
  const size_t bytes = secret.size() / 4 * 3 - PaddingOf(secret);
  if (bytes < kLeastKeyBytes || bytes > kMostKeyBytes) return wrong;
  std::string key = FromBase64(secret);
  if (key.empty()) return wrong;
  return key;
}

std::string WebhookSignature(const std::vector<std::string>& keys, std::string_view id,
                             int64_t timestamp, std::string_view body) {
  std::string content(id);
  content += "." + std::to_string(timestamp) + ".";
  content += body;
  std::string out;
  for (const std::string& key : keys) {
    std::array<unsigned char, kSha256Bytes> digest{};
    unsigned int size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest.data(),
         &size);
    out += (out.empty() ? "v1," : " v1,") + Base64(digest.data(), size);
  }
  return out;
}

}  // namespace tthc
