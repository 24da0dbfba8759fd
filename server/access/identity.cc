#include "server/access/identity.h"

#include <array>

namespace tthc {
namespace {

struct FaultRow {
  TokenFault fault;
  std::string_view name;
  std::string_view text;
};
constexpr std::array<FaultRow, kTokenFaults> kFaults = {{
    {TokenFault::kMissing, "missing", "Send the header 'Authorization: Bearer TOKEN'."},
    {TokenFault::kUnknown, "unknown", "The token is not known here."},
    {TokenFault::kExpired, "expired", "The token has expired."},
    {TokenFault::kNotYetValid, "not_yet_valid", "The token is not valid yet."},
    {TokenFault::kTooLong, "too_long", "The token is too long."},
    {TokenFault::kMalformed, "malformed", "The token does not read as a signed JWT."},
    {TokenFault::kEncrypted, "encrypted", "Encrypted tokens are not taken here."},
    {TokenFault::kHeader, "header", "The token's header says what is not taken here."},
    {TokenFault::kAlgorithm, "algorithm", "The token is signed by an algorithm that is not taken."},
    {TokenFault::kKey, "key", "The token's key is not known here; it may be soon."},
    {TokenFault::kSignature, "signature", "The token's signature does not hold."},
    {TokenFault::kIssuer, "issuer", "The token is of another issuer."},
    {TokenFault::kAudience, "audience", "The token is for another audience."},
    {TokenFault::kNoExpiry, "no_expiry", "The token does not say when it expires."},
    {TokenFault::kClaims, "claims", "The token's name, roles or units do not read as such."},
}};

constexpr bool InOrder() {
  for (size_t i = 0; i < kFaults.size(); ++i) {
    if (static_cast<size_t>(kFaults[i].fault) != i) return false;
  }
  return true;
}
static_assert(InOrder());

}  // namespace

std::string_view NameOf(TokenFault fault) { return kFaults[static_cast<size_t>(fault)].name; }
std::string_view TextOf(TokenFault fault) { return kFaults[static_cast<size_t>(fault)].text; }

}  // namespace tthc
