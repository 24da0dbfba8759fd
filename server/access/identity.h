// Whose token it is, or why it counts for nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/access/principal.h"

namespace tthc {

// One value for the answer's text, the metric's label and the tests.
enum class TokenFault : uint8_t {
  kMissing,
  kUnknown,      // no token of the file, and none that an identity provider could have made
  kExpired,
  kNotYetValid,
  kTooLong,
  kMalformed,
  kEncrypted,    // a JWE
  kHeader,       // carries or names its own key, has critical extensions, or is no access token
  kAlgorithm,    // not one that is switched on, "none" included
  kKey,          // none of the provider's keys fits
  kSignature,
  kIssuer,
  kAudience,
  kNoExpiry,
  kClaims,       // name, roles or units do not read as such
};
inline constexpr size_t kTokenFaults = static_cast<size_t>(TokenFault::kClaims) + 1;
std::string_view NameOf(TokenFault fault);  // "expired"
// A sentence for the caller; repeats nothing of the token.
std::string_view TextOf(TokenFault fault);

struct Identity {
  std::optional<Principal> principal;
  TokenFault fault = TokenFault::kMissing;  // of account only without a principal

  static Identity Of(Principal who) { return {std::move(who), {}}; }
  static Identity Refused(TokenFault why) { return {std::nullopt, why}; }
};

}  // namespace tthc
