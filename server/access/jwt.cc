#include "server/access/jwt.h"

#include <cjose/base64.h>
#include <cjose/header.h>
#include <cjose/jws.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <cstdlib>
#include <memory>
#include <variant>

#include "config/json_text.h"
#include "server/http/query.h"

namespace tthc {
namespace {

constexpr size_t kMaxDepth = 16;
constexpr size_t kMaxKeyIdBytes = 256;
constexpr std::ptrdiff_t kDotsOfJws = 2;
constexpr std::ptrdiff_t kDotsOfJwe = 4;
// 9999-12-31T23:59:59Z: beyond it no instant is meant.
constexpr double kLastSecond = 253402300799.0;

// A key that comes with the token is no key (RFC 8725, 3.5); extensions that must be understood
// are not; "b64" would change what is signed, "zip" and "cty" what is inside.
constexpr std::array kForbiddenHeaders = {"jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "cty"};
constexpr std::array<std::string_view, 3> kTokenTypes = {"JWT", "at+jwt", "application/at+jwt"};

struct ReleaseJws {
  void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
};
using Jws = std::unique_ptr<cjose_jws_t, ReleaseJws>;

struct FreeBytes {
  void operator()(void* bytes) const { std::free(bytes); }
};

std::optional<json::object> ParseObject(std::string_view text) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::system::error_code error;
  json::value value = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

std::optional<json::object> HeaderOf(std::string_view token) {
  const std::string_view part = token.substr(0, token.find('.'));
  uint8_t* bytes = nullptr;
  size_t size = 0;
  cjose_err ignored;
  if (!cjose_base64url_decode(part.data(), part.size(), &bytes, &size, &ignored)) {
    return std::nullopt;
  }
  const std::unique_ptr<uint8_t, FreeBytes> owned(bytes);
  return ParseObject({reinterpret_cast<const char*>(bytes), size});
}

std::optional<std::string> TextOf(const json::value* value) {
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

// What the header must be before any key is looked for.
struct Pinned {
  JwtAlgorithm algorithm;
  std::optional<std::string> key_id;
};
std::variant<Pinned, TokenFault> PinHeader(const json::object& header, const JwtPolicy& policy) {
  const auto name = TextOf(header.if_contains("alg"));
  const auto algorithm = name ? JwtAlgorithmNamed(*name) : std::nullopt;
  if (!algorithm || std::find(policy.algorithms.begin(), policy.algorithms.end(), *algorithm) ==
                        policy.algorithms.end()) {
    return TokenFault::kAlgorithm;
  }
  for (const char* forbidden : kForbiddenHeaders) {
    if (header.contains(forbidden)) return TokenFault::kHeader;
  }
  if (const json::value* type = header.if_contains("typ")) {
    const auto text = TextOf(type);
    const bool known =
        text && std::any_of(kTokenTypes.begin(), kTokenTypes.end(),
                            [&](std::string_view t) { return EqualsAnyCase(t, *text); });
    if (!known) return TokenFault::kHeader;
  }
  Pinned pinned{*algorithm, std::nullopt};
  if (const json::value* id = header.if_contains("kid")) {
    pinned.key_id = TextOf(id);
    if (!pinned.key_id || pinned.key_id->size() > kMaxKeyIdBytes) return TokenFault::kHeader;
  }
  return pinned;
}

// The library reads the header by itself: both must have read the same algorithm.
bool AgreesOn(cjose_jws_t* jws, JwtAlgorithm algorithm) {
  cjose_err ignored;
  const char* name = cjose_header_get(cjose_jws_get_protected(jws), CJOSE_HDR_ALG, &ignored);
  return name != nullptr && NameOf(algorithm) == name;
}

std::variant<json::object, TokenFault> VerifiedClaims(std::string_view token, const KeySet& keys,
                                                      const JwtPolicy& policy) {
  const auto header = HeaderOf(token);
  if (!header) return TokenFault::kMalformed;
  const auto checked = PinHeader(*header, policy);
  if (const auto* fault = std::get_if<TokenFault>(&checked)) return *fault;
  const Pinned& pinned = std::get<Pinned>(checked);
  const cjose_jwk_t* key = keys.Find(pinned.key_id, pinned.algorithm);
  if (key == nullptr) return TokenFault::kKey;
  cjose_err ignored;
  const Jws jws(cjose_jws_import(token.data(), token.size(), &ignored));
  if (jws == nullptr || !AgreesOn(jws.get(), pinned.algorithm)) return TokenFault::kMalformed;
  if (!cjose_jws_verify(jws.get(), key, &ignored)) return TokenFault::kSignature;
  uint8_t* payload = nullptr;  // of the jws
  size_t size = 0;
  if (!cjose_jws_get_plaintext(jws.get(), &payload, &size, &ignored)) return TokenFault::kMalformed;
  auto claims = ParseObject({reinterpret_cast<const char*>(payload), size});
  if (!claims) return TokenFault::kMalformed;
  return std::move(*claims);
}

// Seconds since 1970, with or without a fraction.
std::optional<Instant> NumericDate(const json::value& value) {
  if (!value.is_number()) return std::nullopt;
  const double seconds = value.to_number<double>();
  if (!(seconds >= 0 && seconds <= kLastSecond)) return std::nullopt;
  return Instant{static_cast<int64_t>(seconds * kMicrosPerSecond)};
}

bool IsFor(const json::value* audience, std::string_view wanted) {
  if (audience == nullptr) return false;
  if (!audience->is_array()) return TextOf(audience) == wanted;
  return std::any_of(audience->get_array().begin(), audience->get_array().end(),
                     [&](const json::value& item) { return TextOf(&item) == wanted; });
}

const json::value* FindClaim(const json::object& claims, std::string_view name) {
  if (const json::value* value = claims.if_contains({name.data(), name.size()})) return value;
  const size_t dot = name.find('.');
  if (dot == name.npos) return nullptr;
  const json::value* outer = claims.if_contains({name.data(), dot});
  if (outer == nullptr || !outer->is_object()) return nullptr;
  return FindClaim(outer->get_object(), name.substr(dot + 1));
}

// The items of a list, or the value itself.
std::vector<const json::value*> ItemsOf(const json::value* value) {
  std::vector<const json::value*> items;
  if (value == nullptr || value->is_null()) return items;
  if (!value->is_array()) return {value};
  for (const json::value& item : value->get_array()) items.push_back(&item);
  return items;
}

// nullopt: not a list of texts.
std::optional<Rights> RightsIn(const json::value* claim) {
  Rights rights;
  for (const json::value* item : ItemsOf(claim)) {
    const auto name = TextOf(item);
    if (!name) return std::nullopt;
    if (const Role* role = RoleNamed(*name)) rights.Add(role->rights);
  }
  return rights;
}

// Absent is no bound; false: there, and no day.
bool ReadDay(const json::object& object, const char* name, std::optional<Day>& day) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return true;
  const auto text = TextOf(value);
  const auto parsed = text ? ParseDay(*text) : Result<Day>(Invalid(""));
  if (!parsed) return false;
  day = *parsed;
  return true;
}

bool AddBinding(const json::value& item, Principal& principal) {
  UnitBinding binding;
  auto text = TextOf(&item);
  if (text == "*") {
    principal.sees_all_units = true;
    return true;
  }
  if (const json::object* object = item.if_object()) {
    text = TextOf(object->if_contains("code"));
    if (!ReadDay(*object, "from", binding.from) || !ReadDay(*object, "to", binding.to)) {
      return false;
    }
  }
  auto code = text ? CanonicalUnitCode(*text) : Result<std::string>(Invalid(""));
  if (!code) return false;
  binding.code = std::move(*code);
  principal.bindings.push_back(std::move(binding));
  return true;
}

bool ReadUnits(const json::value* claim, Principal& principal) {
  const auto items = ItemsOf(claim);
  return items.size() <= kMaxBindings &&
         std::all_of(items.begin(), items.end(),
                     [&](const json::value* item) { return AddBinding(*item, principal); });
}

Identity PrincipalOf(const json::object& claims, const JwtPolicy& policy, Instant wall_now) {
  if (TextOf(claims.if_contains("iss")) != policy.issuer) {
    return Identity::Refused(TokenFault::kIssuer);
  }
  if (!IsFor(claims.if_contains("aud"), policy.audience)) {
    return Identity::Refused(TokenFault::kAudience);
  }
  const json::value* exp = claims.if_contains("exp");
  const auto expires = exp == nullptr ? std::nullopt : NumericDate(*exp);
  if (!expires) return Identity::Refused(TokenFault::kNoExpiry);
  Principal principal;
  principal.expires = *expires + policy.leeway_us;
  if (principal.ExpiredAt(wall_now)) return Identity::Refused(TokenFault::kExpired);
  if (const json::value* nbf = claims.if_contains("nbf")) {
    const auto from = NumericDate(*nbf);
    if (!from || *from > wall_now + policy.leeway_us) {
      return Identity::Refused(TokenFault::kNotYetValid);
    }
  }
  principal.name = CleanName(TextOf(FindClaim(claims, policy.name_claim)).value_or(""));
  const auto rights = RightsIn(FindClaim(claims, policy.roles_claim));
  if (principal.name.empty() || !rights ||
      !ReadUnits(FindClaim(claims, policy.units_claim), principal)) {
    return Identity::Refused(TokenFault::kClaims);
  }
  principal.rights = *rights;
  return Identity::Of(std::move(principal));
}

std::ptrdiff_t DotsIn(std::string_view token) {
  return std::count(token.begin(), token.end(), '.');
}

}  // namespace

bool LooksLikeJwt(std::string_view token) {
  const std::ptrdiff_t dots = DotsIn(token);
  return dots == kDotsOfJws || dots == kDotsOfJwe;
}

Identity VerifyJwt(std::string_view token, const KeySet& keys, const JwtPolicy& policy,
                   Instant wall_now) {
  if (token.size() > kMaxTokenBytes) return Identity::Refused(TokenFault::kTooLong);
  if (DotsIn(token) == kDotsOfJwe) return Identity::Refused(TokenFault::kEncrypted);
  if (DotsIn(token) != kDotsOfJws) return Identity::Refused(TokenFault::kMalformed);
  const auto verified = VerifiedClaims(token, keys, policy);
  if (const auto* fault = std::get_if<TokenFault>(&verified)) return Identity::Refused(*fault);
  return PrincipalOf(std::get<json::object>(verified), policy, wall_now);
}

}  // namespace tthc
