#include "server/access/token_file.h"

#include <openssl/evp.h>

#include <algorithm>
#include <fstream>

#include "config/file_mode.h"
#include "config/toml_reader.h"
#include "server/http/query.h"

namespace tthc {
namespace {

constexpr size_t kMaxFileBytes = 4u << 20;
constexpr std::array<std::string_view, 6> kTokenKeys = {"name",  "sha256",  "token",
                                                        "roles", "expires", "units"};
constexpr std::array<std::string_view, 3> kUnitKeys = {"code", "from", "to"};

// Reads one [[token]]; every error has the line it is about.
class EntryReader {
 public:
  EntryReader(const toml::table& table, const std::string& file) : table_(table), file_(file) {}

  Result<TokenEntry> Read() const {
    TokenEntry entry;
    if (const auto known = CheckKeys(table_, kTokenKeys); !known) return known.error();
    entry.principal.name = CleanName(table_["name"].value_or(std::string()));
    if (entry.principal.name.empty()) return At(table_, "name is missing");
    auto digest = Digest();
    if (!digest) return digest.error();
    auto rights = RightsOf();
    if (!rights) return rights.error();
    auto expires = Expires();
    if (!expires) return expires.error();
    auto bindings = Bindings();
    if (!bindings) return bindings.error();
    entry.digest = *digest;
    entry.written_out = table_.contains("token");
    entry.principal.rights = *rights;
    entry.principal.expires = *expires;
    entry.principal.sees_all_units = !table_.contains("units");
    entry.principal.bindings = std::move(*bindings);
    return entry;
  }

 private:
  Error At(const toml::node& node, const std::string& reason) const {
    return Invalid(file_ + ":" + std::to_string(node.source().begin.line) + ": " + reason);
  }

  template <size_t N>
  Result<void> CheckKeys(const toml::table& table,
                         const std::array<std::string_view, N>& known) const {
    for (const auto& [key, node] : table) {
      if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
      std::string names;
      for (const std::string_view name : known) names += (names.empty() ? "" : ", ") + std::string(name);
      return At(node, "there is no key '" + std::string(key.str()) + "' here; known: " + names);
    }
    return {};
  }

  Result<TokenDigest> Digest() const {
    const auto hex = table_["sha256"].value<std::string>();
    const auto plain = table_["token"].value<std::string>();
    if (hex.has_value() == plain.has_value()) return At(table_, "give either sha256 or token");
    if (plain) {
      if (plain->size() < kMinTokenBytes) return At(table_, "a token has at least 16 characters");
      return DigestOf(*plain);
    }
    TokenDigest digest{};
    if (hex->size() != digest.size() * 2) {
      return At(table_, "sha256 must have 64 hexadecimal digits");
    }
    for (size_t i = 0; i < digest.size(); ++i) {
      const auto byte = PercentDecoded("%" + hex->substr(2 * i, 2));
      if (!byte) return At(table_, "sha256 must have 64 hexadecimal digits");
      digest[i] = static_cast<unsigned char>((*byte)[0]);
    }
    return digest;
  }

  Error NoRole(const toml::node& node, const std::optional<std::string>& name) const {
    std::string known;
    for (const Role& role : Roles()) {
      if (name && !role.former.empty() && role.former == *name) {
        return At(node, "the role \"" + *name + "\" is called \"" + std::string(role.name) +
                            "\" since 0.2.0");
      }
      known += (known.empty() ? "\"" : ", \"") + std::string(role.name) + "\"";
    }
    return At(node, "a role is one of " + known);
  }

  Result<Rights> RightsOf() const {
    const toml::array* roles = table_["roles"].as_array();
    if (roles == nullptr || roles->empty()) return At(table_, "roles must be a list of roles");
    Rights rights;
    for (const toml::node& node : *roles) {
      const auto name = node.value<std::string>();
      const Role* role = name ? RoleNamed(*name) : nullptr;
      if (role == nullptr) return NoRole(node, name);
      rights.Add(role->rights);
    }
    return rights;
  }

  Result<std::optional<Instant>> Expires() const {
    const toml::node* node = table_.get("expires");
    if (node == nullptr) return std::optional<Instant>();
    const auto text = node->value<std::string>();
    const auto at = text ? ParseInstant(*text) : Result<Instant>(Invalid(""));
    if (!at) return At(*node, "expires must be a text like \"2026-12-31T17:00:00+07:00\"");
    return std::optional(*at);
  }

  Result<std::vector<UnitBinding>> Bindings() const {
    std::vector<UnitBinding> bindings;
    const toml::node* node = table_.get("units");
    if (node == nullptr) return bindings;
    const toml::array* list = node->as_array();
    // An empty list would read as "no unit" and mean "all": it must be left out instead.
    if (list == nullptr || list->empty() || list->size() > kMaxBindings) {
      return At(*node, "units must be a list of 1 to 1000 units; leave it out for all units");
    }
    for (const toml::node& item : *list) {
      auto binding = BindingOf(item);
      if (!binding) return binding.error();
      bindings.push_back(std::move(*binding));
    }
    return bindings;
  }

  Result<UnitBinding> BindingOf(const toml::node& item) const {
    UnitBinding binding;
    auto code = item.value<std::string>();
    if (const toml::table* table = item.as_table()) {
      if (const auto known = CheckKeys(*table, kUnitKeys); !known) return known.error();
      code = (*table)["code"].value<std::string>();
      const auto from = DayIn(*table, "from");
      if (!from) return from.error();
      const auto to = DayIn(*table, "to");
      if (!to) return to.error();
      if (*from && *to && **to < **from) return At(item, "the unit's last day is before its first");
      binding.from = *from;
      binding.to = *to;
    }
    if (!code) return At(item, "a unit is a code, or { code = \"…\", from = \"…\", to = \"…\" }");
    auto canonical = CanonicalUnitCode(*code);
    if (!canonical) return At(item, canonical.error().message);
    binding.code = std::move(*canonical);
    return binding;
  }

  Result<std::optional<Day>> DayIn(const toml::table& table, std::string_view key) const {
    const toml::node* node = table.get(key);
    if (node == nullptr) return std::optional<Day>();
    const auto text = node->value<std::string>();
    const auto day = text ? ParseDay(*text) : Result<Day>(Invalid(""));
    if (!day) return At(*node, std::string(key) + " must be a day like \"2025-06-30\"");
    return std::optional(*day);
  }

  const toml::table& table_;
  const std::string& file_;
};

}  // namespace

TokenDigest DigestOf(std::string_view token) {
  TokenDigest digest{};
  unsigned int size = 0;
  EVP_Digest(token.data(), token.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return digest;
}

Result<std::vector<TokenEntry>> LoadTokenFile(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Error{ErrorKind::kIo, "token file '" + file + "' cannot be opened"};
  std::string text(kMaxFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.size() > kMaxFileBytes) return Invalid("token file '" + file + "' is too large");
  auto entries = ParseTokenFile(text, file);
  if (!entries) return entries.error();
  // A digest says nothing of its token; whoever may write the file gives out any rights.
  const bool secret = std::any_of(entries->begin(), entries->end(),
                                  [](const TokenEntry& entry) { return entry.written_out; });
  if (const auto kept = CheckMode(file, secret ? OthersMay::kNothing : OthersMay::kRead); !kept) {
    return Prefixed("token file", kept.error());
  }
  return entries;
}

Result<std::vector<TokenEntry>> ParseTokenFile(std::string_view text,
                                               const std::string& file_name) {
  // The description of toml++ does not repeat values, so no token gets into a message.
  std::vector<Problem> problems;
  const auto document = ParseToml(text, file_name, problems);
  if (!document) return ToError(problems);
  const toml::array* tokens = (*document)["token"].as_array();
  if (tokens == nullptr || tokens->empty()) {
    return Invalid(file_name + ": there is no [[token]] in the file");
  }
  if (tokens->size() > kMaxTokens) return Invalid(file_name + ": there are over 4096 tokens");
  std::vector<TokenEntry> entries;
  for (const toml::node& node : *tokens) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return Invalid(file_name + ": token must be written as [[token]]");
    auto entry = EntryReader(*table, file_name).Read();
    if (!entry) return entry.error();
    entries.push_back(std::move(*entry));
  }
  return entries;
}

}  // namespace tthc
