// The public keys of an identity provider (JWK set, RFC 7517), as far as they can be used here.
//
// Thread safety: immutable once made; verifying with a key changes nothing in it.
#pragma once

#include <cjose/jwk.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/result.h"

namespace tthc {

// The only signatures that can be switched on; a symmetric one cannot.
enum class JwtAlgorithm : uint8_t { kRs256, kEs256 };
std::string_view NameOf(JwtAlgorithm algorithm);  // "RS256"
std::optional<JwtAlgorithm> JwtAlgorithmNamed(std::string_view name);

inline constexpr size_t kMaxKeys = 100;  // of one set
// Weaker RSA keys are not used (NIST SP 800-131A); stronger ones cost too much to verify with.
inline constexpr size_t kMinRsaBits = 2048;
inline constexpr size_t kMaxRsaBits = 8192;

class KeySet {
 public:
  // Keys of another type, use or size are passed over: providers publish theirs for encryption in
  // the same set. kInvalidInput where none is left.
  static Result<std::shared_ptr<const KeySet>> Parse(std::string_view json);

  // The key of that id for that algorithm; without an id the only key of the set. nullptr where
  // there is none. The set keeps it alive.
  const cjose_jwk_t* Find(const std::optional<std::string>& id, JwtAlgorithm algorithm) const;
  size_t size() const { return keys_.size(); }

 private:
  struct Release {
    void operator()(cjose_jwk_t* key) const { cjose_jwk_release(key); }
  };
  struct Key {
    std::string id;  // empty where the set gives none
    JwtAlgorithm algorithm;
    std::unique_ptr<cjose_jwk_t, Release> key;
  };
  std::vector<Key> keys_;
};

}  // namespace tthc
