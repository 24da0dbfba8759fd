#include "server/access/access.h"

#include <openssl/crypto.h>

#include "server/http/query.h"

namespace tthc {
namespace {

constexpr std::string_view kBearer = "bearer ";

Result<std::vector<JwtAlgorithm>> AlgorithmsFrom(const Settings& settings) {
  std::vector<JwtAlgorithm> algorithms;
  for (const std::string& name : settings.List("oidc.algorithms")) {
    const auto algorithm = JwtAlgorithmNamed(name);
    if (!algorithm) return Invalid("oidc.algorithms: only \"RS256\" and \"ES256\" can be named");
    algorithms.push_back(*algorithm);
  }
  return algorithms;
}

Result<KeySource> KeySourceFrom(const Settings& settings) {
  KeySource source;
  source.file = settings.Text("oidc.jwks_file");
  const std::string& address = settings.Text("oidc.jwks_url");
  if (source.file.empty() == address.empty()) {
    return Invalid("oidc: give either jwks_file or jwks_url");
  }
  if (!address.empty()) {
    auto url = ParseFetchUrl(address);
    if (!url) return Prefixed("oidc.jwks_url", url.error());
    source.url = std::move(*url);
  }
  source.limits.time = std::chrono::seconds(settings.Integer("oidc.fetch_timeout_seconds"));
  source.limits.body_bytes = static_cast<size_t>(settings.Integer("oidc.jwks_bytes"));
  source.limits.ca_file = settings.Text("oidc.ca_file");
  source.refresh = std::chrono::seconds(settings.Integer("oidc.refresh_seconds"));
  source.least_wait = std::chrono::seconds(settings.Integer("oidc.refresh_least_seconds"));
  return source;
}

}  // namespace

std::string_view BearerToken(std::string_view authorization) {
  if (authorization.size() < kBearer.size() ||
      !EqualsAnyCase(authorization.substr(0, kBearer.size()), kBearer)) {
    return {};
  }
  authorization.remove_prefix(kBearer.size());
  while (!authorization.empty() && authorization.front() == ' ') authorization.remove_prefix(1);
  return authorization;
}

Result<std::optional<Provider>> ProviderFrom(const Settings& settings) {
  Provider provider;
  JwtPolicy& policy = provider.policy;
  policy.issuer = settings.Text("oidc.issuer");
  if (policy.issuer.empty()) return std::optional<Provider>();
  policy.audience = settings.Text("oidc.audience");
  if (policy.audience.empty()) return Invalid("oidc.audience is needed beside oidc.issuer");
  auto algorithms = AlgorithmsFrom(settings);
  if (!algorithms) return algorithms.error();
  policy.algorithms = std::move(*algorithms);
  policy.name_claim = settings.Text("oidc.name_claim");
  policy.roles_claim = settings.Text("oidc.roles_claim");
  policy.units_claim = settings.Text("oidc.units_claim");
  policy.leeway_us = settings.Integer("oidc.leeway_seconds") * kMicrosPerSecond;
  auto source = KeySourceFrom(settings);
  if (!source) return source.error();
  provider.keys = std::make_shared<KeyKeeper>(std::move(*source));
  if (const auto read = provider.keys->ReadFileNow(); !read) return read.error();
  return std::optional(std::move(provider));
}

std::shared_ptr<const Access> Access::Off() {
  auto access = std::make_shared<Access>();
  access->off_ = true;
  return access;
}

std::shared_ptr<const Access> Access::Of(std::vector<TokenEntry> tokens,
                                         std::optional<Provider> provider) {
  auto access = std::make_shared<Access>();
  access->tokens_ = std::move(tokens);
  access->provider_ = std::move(provider);
  return access;
}

Result<std::shared_ptr<const Access>> Access::Parse(std::string_view toml,
                                                    const std::string& file_name) {
  auto tokens = ParseTokenFile(toml, file_name);
  if (!tokens) return tokens.error();
  return Of(std::move(*tokens), std::nullopt);
}

Result<std::shared_ptr<const Access>> Access::From(const Settings& settings) {
  auto provider = ProviderFrom(settings);
  if (!provider) return provider.error();
  std::vector<TokenEntry> tokens;
  if (const std::string& file = settings.Text("access.token_file"); !file.empty()) {
    auto read = LoadTokenFile(file);
    if (!read) return read.error();
    tokens = std::move(*read);
  }
  if (tokens.empty() && !*provider) return std::shared_ptr<const Access>();
  return Of(std::move(tokens), std::move(*provider));
}

Identity Access::Identify(std::string_view token, Instant wall_now) const {
  if (off_) {
    Principal anybody;
    anybody.name = "operator";
    anybody.rights = RoleOfAdministrator()->rights;
    anybody.sees_all_units = true;
    return Identity::Of(std::move(anybody));
  }
  if (token.empty()) return Identity::Refused(TokenFault::kMissing);
  if (token.size() > kMaxTokenBytes) return Identity::Refused(TokenFault::kTooLong);
  if (const TokenEntry* entry = FindInFile(token)) {
    if (entry->principal.ExpiredAt(wall_now)) return Identity::Refused(TokenFault::kExpired);
    return Identity::Of(entry->principal);
  }
  return IdentifyJwt(token, wall_now);
}

const TokenEntry* Access::FindInFile(std::string_view token) const {
  const TokenDigest digest = DigestOf(token);
  const TokenEntry* found = nullptr;
  // Every entry is compared, so that the time taken says nothing about which one matched.
  for (const TokenEntry& entry : tokens_) {
    if (CRYPTO_memcmp(entry.digest.data(), digest.data(), digest.size()) == 0) found = &entry;
  }
  return found;
}

Identity Access::IdentifyJwt(std::string_view token, Instant wall_now) const {
  if (!provider_ || !LooksLikeJwt(token)) return Identity::Refused(TokenFault::kUnknown);
  const auto keys = provider_->keys->Current();
  Identity identity = keys == nullptr ? Identity::Refused(TokenFault::kKey)
                                      : VerifyJwt(token, *keys, provider_->policy, wall_now);
  if (!identity.principal && identity.fault == TokenFault::kKey) provider_->keys->AskAgain();
  return identity;
}

}  // namespace tthc
