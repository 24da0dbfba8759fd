#include "server/access/jwt.h"

#include <gtest/gtest.h>

#include "jwt_testing.h"

namespace tthc {
namespace {

constexpr int64_t kNowSeconds = 1'750'000'000;
constexpr Instant kNow{kNowSeconds * kMicrosPerSecond};

// Making an RSA key takes a while: one provider for all tests.
struct TestProvider {
  TestKey rsa = TestKey::Rsa();
  TestKey ec = TestKey::Ec();
  TestKey stranger = TestKey::Rsa();
  std::shared_ptr<const KeySet> keys =
      *KeySet::Parse(KeySetText({rsa.Jwk("rsa-1"), ec.Jwk("ec-1")}));
};
const TestProvider& Provider() {
  static const TestProvider provider;
  return provider;
}

JwtPolicy Policy() {
  JwtPolicy policy;
  policy.issuer = "https://id.example.vn/realms/kt";
  policy.audience = "tthc-monitor";
  policy.algorithms = {JwtAlgorithm::kRs256, JwtAlgorithm::kEs256};
  policy.name_claim = "sub";
  policy.roles_claim = "roles";
  policy.units_claim = "units";
  return policy;
}

json::object Claims() {
  return {{"iss", "https://id.example.vn/realms/kt"},
          {"aud", "tthc-monitor"},
          {"sub", "u-17"},
          {"exp", kNowSeconds + 300},
          {"roles", {"leader", "offline_access"}},
          {"units", {"000.09.23.H34"}}};
}
json::object With(const char* name, json::value value) {
  json::object claims = Claims();
  claims[name] = std::move(value);
  return claims;
}
json::object Without(const char* name) {
  json::object claims = Claims();
  claims.erase(name);
  return claims;
}

Identity Verify(const std::string& token, const JwtPolicy& policy = Policy()) {
  return VerifyJwt(token, *Provider().keys, policy, kNow);
}
// "" where the token is taken.
std::string FaultOf(const std::string& token, const JwtPolicy& policy = Policy()) {
  const Identity identity = Verify(token, policy);
  return identity.principal ? "" : std::string(NameOf(identity.fault));
}
std::string FaultOfClaims(const json::object& claims) {
  return FaultOf(Signed(Provider().rsa, "rsa-1", claims));
}

TEST(Jwt, RealSignaturesOfBothKindsAreTaken) {
  for (const auto& [key, id] : {std::pair(Provider().rsa, "rsa-1"), std::pair(Provider().ec, "ec-1")}) {
    const Identity identity = Verify(Signed(key, id, Claims()));
    ASSERT_TRUE(identity.principal) << NameOf(identity.fault);
    EXPECT_EQ(identity.principal->name, "u-17");
    EXPECT_EQ(identity.principal->rights, RoleNamed("leader")->rights);
    EXPECT_FALSE(identity.principal->sees_all_units);
    EXPECT_EQ(identity.principal->bindings, (std::vector<UnitBinding>{{"H34.23.09", {}, {}}}));
    EXPECT_EQ(identity.principal->expires, kNow + 300 * kMicrosPerSecond);
  }
}

TEST(Jwt, SignatureMustHold) {
  const std::string good = Signed(Provider().rsa, "rsa-1", Claims());
  EXPECT_EQ(FaultOf(Signed(Provider().stranger, "rsa-1", Claims())), "signature");
  const std::string other = Signed(Provider().rsa, "rsa-1", With("sub", "u-1"));
  const size_t dot = good.rfind('.');
  EXPECT_EQ(FaultOf(other.substr(0, other.rfind('.')) + good.substr(dot)), "signature");
  std::string shorter = Signed(Provider().ec, "ec-1", Claims());
  shorter.resize(shorter.size() - 4);
  EXPECT_EQ(FaultOf(shorter), "signature");
  EXPECT_NE(FaultOf(good.substr(0, dot + 1)), "");
}

TEST(Jwt, AlgorithmIsPinnedBeforeAnyKeyIsUsed) {
  const TestKey& rsa = Provider().rsa;
  const std::string claims = JsonText(Claims());
  for (const char* name : {"none", "None", "HS256", "RS384", "PS256", "ES384", "rs256", ""}) {
    EXPECT_EQ(FaultOf(Signed(rsa, {{"alg", name}, {"kid", "rsa-1"}}, claims)), "algorithm") << name;
  }
  EXPECT_EQ(FaultOf(Signed(rsa, {{"kid", "rsa-1"}}, claims)), "algorithm");
  EXPECT_EQ(FaultOf(Signed(rsa, {{"alg", 5}, {"kid", "rsa-1"}}, claims)), "algorithm");
  const std::string unsigned_text = Base64Url(R"({"alg":"none"})") + "." + Base64Url(claims) + ".";
  EXPECT_EQ(FaultOf(unsigned_text), "algorithm");
  JwtPolicy only_ec = Policy();
  only_ec.algorithms = {JwtAlgorithm::kEs256};
  EXPECT_EQ(FaultOf(Signed(rsa, "rsa-1", Claims()), only_ec), "algorithm");
  EXPECT_EQ(FaultOf(Signed(Provider().ec, "ec-1", Claims()), only_ec), "");
}

// The classic: the public RSA key as the secret of an HMAC.
TEST(Jwt, APublicKeyIsNoSecret) {
  const std::string text =
      Base64Url(R"({"alg":"HS256","kid":"rsa-1"})") + "." + Base64Url(JsonText(Claims()));
  const std::string secret = JsonText(Provider().rsa.Jwk("rsa-1"));
  unsigned char mac[32];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
  EXPECT_EQ(FaultOf(text + "." + Base64Url({reinterpret_cast<char*>(mac), size})), "algorithm");
}

TEST(Jwt, AlgorithmGoesWithTheTypeOfTheKey) {
  const std::string claims = JsonText(Claims());
  EXPECT_EQ(FaultOf(Signed(Provider().ec, {{"alg", "RS256"}, {"kid", "ec-1"}}, claims)), "key");
  EXPECT_EQ(FaultOf(Signed(Provider().rsa, {{"alg", "ES256"}, {"kid", "rsa-1"}}, claims)), "key");
}

TEST(Jwt, KeyIsFoundByItsId) {
  const TestKey& rsa = Provider().rsa;
  EXPECT_EQ(FaultOf(Signed(rsa, "rsa-2", Claims())), "key");
  // Without an id there must be no choice.
  const std::string no_id = Signed(rsa, {{"alg", "RS256"}}, JsonText(Claims()));
  EXPECT_EQ(FaultOf(no_id), "key");
  const auto one = *KeySet::Parse(KeySetText({rsa.Jwk("rsa-1")}));
  EXPECT_TRUE(VerifyJwt(no_id, *one, Policy(), kNow).principal);
  EXPECT_FALSE(VerifyJwt(Signed(rsa, "other", Claims()), *one, Policy(), kNow).principal);
}

TEST(Jwt, HeadersThatBringKeysOrExtensionsAreRefused) {
  const TestKey& rsa = Provider().rsa;
  const json::object good{{"alg", "RS256"}, {"kid", "rsa-1"}, {"x5t", "abc"}};
  EXPECT_EQ(FaultOf(Signed(rsa, good, JsonText(Claims()))), "");  // a thumbprint brings nothing
  const std::pair<const char*, json::value> bad[] = {
      {"jwk", Provider().stranger.Jwk("x")}, {"jku", "https://evil.example/keys"},
      {"x5u", "https://evil.example/c"},     {"x5c", json::array{"MII"}},
      {"crit", json::array{"exp"}},          {"b64", false},
      {"zip", "DEF"},                        {"cty", "JWT"},
      {"typ", "logout+jwt"},                 {"typ", 5},
      {"kid", 5},                            {"kid", json::string(300, 'k')}};
  for (const auto& [name, value] : bad) {
    json::object header = good;
    header[name] = value;
    EXPECT_EQ(FaultOf(Signed(rsa, header, JsonText(Claims()))), "header") << name;
  }
  // A key that the token brings, used to sign it.
  json::object own{{"alg", "RS256"}, {"jwk", Provider().stranger.Jwk("x")}};
  EXPECT_EQ(FaultOf(Signed(Provider().stranger, own, JsonText(Claims()))), "header");
}

TEST(Jwt, ClaimsMustFit) {
  const std::pair<json::object, std::string_view> rows[] = {
      {Without("iss"), "issuer"},
      {With("iss", "https://id.example.vn/realms/kt/"), "issuer"},
      {With("iss", json::array{"https://id.example.vn/realms/kt"}), "issuer"},
      {Without("aud"), "audience"},
      {With("aud", "other"), "audience"},
      {With("aud", json::array{"other", 5}), "audience"},
      {With("aud", json::array{"other", "tthc-monitor"}), ""},
      {Without("exp"), "no_expiry"},
      {With("exp", "1750000300"), "no_expiry"},
      {With("exp", 1e300), "no_expiry"},
      {With("exp", -1), "no_expiry"},
      {With("exp", kNowSeconds), "expired"},
      {With("exp", kNowSeconds - 1), "expired"},
      {With("exp", static_cast<double>(kNowSeconds) + 0.5), ""},
      {With("nbf", kNowSeconds + 1), "not_yet_valid"},
      {With("nbf", "now"), "not_yet_valid"},
      {With("nbf", kNowSeconds), ""},
      {Without("sub"), "claims"},
      {With("sub", 5), "claims"},
      {With("sub", "\u200b\n"), "claims"},
      {With("roles", 5), "claims"},
      {With("roles", json::array{5}), "claims"},
      {With("units", json::array{"not a code"}), "claims"},
      {With("units", json::array{5}), "claims"},
      {With("units", json::array{json::object{{"code", "H34"}, {"from", "yesterday"}}}), "claims"},
  };
  for (const auto& [claims, fault] : rows) EXPECT_EQ(FaultOfClaims(claims), fault) << JsonText(claims);
}

TEST(Jwt, LeewayIsOnBothSides) {
  JwtPolicy policy = Policy();
  policy.leeway_us = 30 * kMicrosPerSecond;
  const auto fault = [&](const char* name, int64_t seconds) {
    return FaultOf(Signed(Provider().rsa, "rsa-1", With(name, seconds)), policy);
  };
  EXPECT_EQ(fault("exp", kNowSeconds - 29), "");
  EXPECT_EQ(fault("exp", kNowSeconds - 30), "expired");
  EXPECT_EQ(fault("nbf", kNowSeconds + 30), "");
  EXPECT_EQ(fault("nbf", kNowSeconds + 31), "not_yet_valid");
}

TEST(Jwt, FormsThatAreNone) {
  const std::string good = Signed(Provider().rsa, "rsa-1", Claims());
  EXPECT_EQ(FaultOf(std::string(kMaxTokenBytes + 1, 'a')), "too_long");
  EXPECT_EQ(FaultOf(good + ".." + "x"), "encrypted");
  EXPECT_EQ(FaultOf(good + ".x"), "malformed");
  EXPECT_EQ(FaultOf("a.b"), "malformed");
  EXPECT_EQ(FaultOf(".."), "malformed");
  EXPECT_EQ(FaultOf("!!!." + good.substr(good.find('.') + 1)), "malformed");
  EXPECT_EQ(FaultOf(Base64Url("[]") + "." + Base64Url("{}") + ".AAAA"), "malformed");
  const json::object header{{"alg", "RS256"}, {"kid", "rsa-1"}};
  EXPECT_EQ(FaultOf(Signed(Provider().rsa, header, "not json")), "malformed");
  EXPECT_EQ(FaultOf(Signed(Provider().rsa, header, "[]")), "malformed");
  EXPECT_EQ(FaultOf(Signed(Provider().rsa, header, std::string(200, '[') + std::string(200, ']'))),
            "malformed");
  EXPECT_TRUE(LooksLikeJwt(good));
  EXPECT_FALSE(LooksLikeJwt("reader-token-0123456789"));
}

TEST(Jwt, RolesAndUnitsAsProvidersWriteThem) {
  const auto principal = [](const json::object& claims, const JwtPolicy& policy = Policy()) {
    return *Verify(Signed(Provider().rsa, "rsa-1", claims), policy).principal;
  };
  EXPECT_EQ(principal(With("roles", "auditor")).rights, RoleNamed("auditor")->rights);
  EXPECT_EQ(principal(With("roles", json::array{"sender", "uma"})).rights, Rights());
  EXPECT_EQ(principal(Without("roles")).rights, Rights());
  // No unit is none, never all.
  const Principal none = principal(Without("units"));
  EXPECT_FALSE(none.sees_all_units);
  EXPECT_TRUE(none.bindings.empty());
  EXPECT_TRUE(principal(With("units", "*")).sees_all_units);
  const Principal dated = principal(
      With("units", json::array{json::object{{"code", "H34.23"}, {"from", "2025-01-01"},
                                             {"to", "2025-06-30"}}}));
  EXPECT_EQ(dated.bindings,
            (std::vector<UnitBinding>{{"H34.23", *ParseDay("2025-01-01"), *ParseDay("2025-06-30")}}));
  JwtPolicy inside = Policy();
  inside.roles_claim = "realm_access.roles";
  EXPECT_EQ(principal(With("realm_access", json::object{{"roles", json::array{"officer"}}}), inside)
                .rights,
            RoleNamed("officer")->rights);
  inside.roles_claim = "https://a.b/roles";
  EXPECT_EQ(principal(With("https://a.b/roles", "officer"), inside).rights,
            RoleNamed("officer")->rights);
}

TEST(Jwt, NamesAreCleanedAndCut) {
  EXPECT_EQ(CleanName("Nguyễn Văn A"), "Nguyễn Văn A");
  EXPECT_EQ(CleanName("a\nb\x7f\u202e\u2028c "), "abc");
  const std::string almost_full(kMaxNameBytes - 1, 'x');
  std::string too_long = almost_full;
  too_long.append("ễ");
  EXPECT_EQ(CleanName(too_long), almost_full);
}

TEST(KeySet, UsesOnlyWhatCanBeUsed) {
  const auto size = [](std::vector<json::object> keys) -> size_t {
    const auto set = KeySet::Parse(KeySetText(std::move(keys)));
    return set ? (*set)->size() : 0;
  };
  json::object good = Provider().rsa.Jwk("a");
  EXPECT_EQ(size({good}), 1u);
  const auto with = [&](const char* name, json::value value) {
    json::object key = good;
    key[name] = std::move(value);
    return key;
  };
  EXPECT_EQ(size({with("use", "enc")}), 0u);
  EXPECT_EQ(size({with("alg", "RS512")}), 0u);
  EXPECT_EQ(size({with("alg", "RS256")}), 1u);
  EXPECT_EQ(size({with("kty", "oct")}), 0u);
  EXPECT_EQ(size({with("n", 5)}), 0u);
  EXPECT_EQ(size({TestKey::Rsa(1024).Jwk("weak")}), 0u);
  EXPECT_EQ(size({TestKey::Ec("P-384").Jwk("p384")}), 0u);
  EXPECT_EQ(size({good, with("use", "enc"), Provider().ec.Jwk("b")}), 2u);
  json::object secret{{"kty", "oct"}, {"k", "c2VjcmV0"}, {"kid", "s"}};
  EXPECT_EQ(size({secret}), 0u);
  json::object off_curve = Provider().ec.Jwk("b");
  off_curve["x"] = off_curve.at("y");
  EXPECT_EQ(size({off_curve}), 0u);
  for (const char* text : {"", "[]", "{}", R"({"keys":5})", R"({"keys":[]})", R"({"keys":[5]})"}) {
    EXPECT_FALSE(KeySet::Parse(text)) << text;
  }
}

}  // namespace
}  // namespace tthc
