// Who is asking: bearer tokens of a file, and those of an identity provider (OIDC).
//
// Tokens of the file are compared by their SHA-256 in constant time; tokens are never logged and
// never read from a query string. Thread safety: immutable; the provider's keys, which change, take
// care of themselves.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "server/access/identity.h"
#include "server/access/jwt.h"
#include "server/access/key_keeper.h"
#include "server/access/token_file.h"

namespace tthc {

// The token of "Bearer TOKEN"; empty where the header has another form.
std::string_view BearerToken(std::string_view authorization);

struct Provider {
  JwtPolicy policy;
  std::shared_ptr<KeyKeeper> keys;
};
// The section [oidc]; nullopt where oidc.issuer is empty. A key set in a file is read.
Result<std::optional<Provider>> ProviderFrom(const Settings& settings);

class Access {
 public:
  // The settings [access] and [oidc]; nullptr where neither names any caller.
  static Result<std::shared_ptr<const Access>> From(const Settings& settings);
  static Result<std::shared_ptr<const Access>> Parse(std::string_view toml,
                                                     const std::string& file_name);
  static std::shared_ptr<const Access> Of(std::vector<TokenEntry> tokens,
                                          std::optional<Provider> provider);
  // Everybody may do everything: for a loopback address only (the App checks).
  static std::shared_ptr<const Access> Off();

  bool off() const { return off_; }
  // Whose token it is at `wall_now`. With access off every caller, even without a token, is one
  // administrator.
  Identity Identify(std::string_view token, Instant wall_now) const;
  // nullptr without a provider.
  KeyKeeper* keys() const { return provider_ ? provider_->keys.get() : nullptr; }

 private:
  const TokenEntry* FindInFile(std::string_view token) const;
  Identity IdentifyJwt(std::string_view token, Instant wall_now) const;

  bool off_ = false;
  std::vector<TokenEntry> tokens_;
  std::optional<Provider> provider_;
};

}  // namespace tthc
