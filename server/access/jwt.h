// Access tokens of an identity provider: signed JWTs (RFC 7519, RFC 8725). Pure.
//
// The signature is checked by cjose; here stands what must be true before and after that. Nothing
// of a token's payload is looked at before its signature holds. Thread safety: any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/access/identity.h"
#include "server/access/jwks.h"

namespace tthc {

inline constexpr size_t kMaxTokenBytes = 8192;

struct JwtPolicy {
  std::string issuer;    // `iss`, byte for byte
  std::string audience;  // `aud`, or one of its items
  std::vector<JwtAlgorithm> algorithms;
  // Names of claims; "realm_access.roles" is a member of a member where no claim has that name.
  std::string name_claim;
  std::string roles_claim;  // a text or a list; texts that are no role here are passed over
  // A code, or a list of codes and of {"code","from","to"}; "*" is all units. Absent: no unit.
  std::string units_claim;
  int64_t leeway_us = 0;  // that `exp` may lie back and `nbf` ahead
};

// Whether the token has the form of a JWT, signed or encrypted; its parts may still be nonsense.
bool LooksLikeJwt(std::string_view token);

// `wall_now`: of the machine. The principal expires at `exp` + leeway.
Identity VerifyJwt(std::string_view token, const KeySet& keys, const JwtPolicy& policy,
                   Instant wall_now);

}  // namespace tthc
