// An identity provider for tests: real keys made by OpenSSL, tokens signed with them.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/json_text.h"

namespace tthc {

inline std::string Base64Url(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(size));
  while (!out.empty() && out.back() == '=') out.pop_back();
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

class TestKey {
 public:
  static TestKey Rsa(unsigned bits = 2048) { return TestKey(EVP_RSA_gen(bits), "RS256"); }
  static TestKey Ec(const char* curve = "P-256") { return TestKey(EVP_EC_gen(curve), "ES256"); }

  json::object Jwk(const std::string& id) const {
    json::object key{{"kid", id}, {"use", "sig"}};
    if (is_rsa()) {
      key["kty"] = "RSA";
      key["n"] = Number(OSSL_PKEY_PARAM_RSA_N, 0);
      key["e"] = Number(OSSL_PKEY_PARAM_RSA_E, 0);
    } else {
      const auto bytes = static_cast<int>((EVP_PKEY_get_bits(key_.get()) + 7) / 8);
      key["kty"] = "EC";
      key["crv"] = bytes == 32 ? "P-256" : "P-384";
      key["x"] = Number(OSSL_PKEY_PARAM_EC_PUB_X, bytes);
      key["y"] = Number(OSSL_PKEY_PARAM_EC_PUB_Y, bytes);
    }
    return key;
  }
  const std::string& algorithm() const { return algorithm_; }

  std::string Signature(std::string_view text) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
    const auto* data = reinterpret_cast<const unsigned char*>(text.data());
    size_t size = 0;
    EVP_DigestSign(context.get(), nullptr, &size, data, text.size());
    std::string signature(size, '\0');
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data,
                   text.size());
    signature.resize(size);
    return is_rsa() ? signature : TwoNumbers(signature);
  }

 private:
  TestKey(EVP_PKEY* key, std::string algorithm)
      : key_(key, EVP_PKEY_free), algorithm_(std::move(algorithm)) {}
  bool is_rsa() const { return EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_RSA; }

  static std::string BytesOf(const BIGNUM* number, int bytes) {
    std::string out(static_cast<size_t>(bytes == 0 ? BN_num_bytes(number) : bytes), '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(out.data()),
                 static_cast<int>(out.size()));
    return out;
  }
  std::string Number(const char* name, int bytes) const {
    BIGNUM* number = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &number);
    const std::string out = Base64Url(BytesOf(number, bytes));
    BN_free(number);
    return out;
  }
  // JWS has r and s side by side (RFC 7518, 3.4) where OpenSSL has DER.
  static std::string TwoNumbers(const std::string& der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* both = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    const std::string out =
        BytesOf(ECDSA_SIG_get0_r(both), 32) + BytesOf(ECDSA_SIG_get0_s(both), 32);
    ECDSA_SIG_free(both);
    return out;
  }

  std::shared_ptr<EVP_PKEY> key_;
  std::string algorithm_;
};

inline std::string KeySetText(std::vector<json::object> keys) {
  json::array list;
  for (auto& key : keys) list.push_back(std::move(key));
  return JsonText(json::object{{"keys", std::move(list)}});
}

inline std::string Signed(const TestKey& key, const json::object& header,
                          std::string_view payload) {
  const std::string text = Base64Url(JsonText(header)) + "." + Base64Url(payload);
  return text + "." + Base64Url(key.Signature(text));
}
inline std::string Signed(const TestKey& key, const std::string& id, const json::object& claims) {
  return Signed(key, json::object{{"alg", key.algorithm()}, {"typ", "JWT"}, {"kid", id}},
                JsonText(claims));
}

}  // namespace tthc
