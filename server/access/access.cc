#include "server/access/access.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "server/http/query.h"

namespace tthc {
namespace {

struct RoleRow {
  std::string_view name;
  Role role;
};
constexpr std::array<RoleRow, 3> kRoles = {
    {{"sender", Role::kSender}, {"reader", Role::kReader}, {"admin", Role::kAdmin}}};

constexpr std::string_view kBearer = "bearer ";
constexpr size_t kMaxFileBytes = 4u << 20;
constexpr int kMaxDepthOfUnits = 64;

Error At(const std::string& file, const toml::node& node, const std::string& reason) {
  return Invalid(file + ":" + std::to_string(node.source().begin.line) + ": " + reason);
}

Result<uint8_t> ParseRoles(const toml::table& table, const std::string& file) {
  const toml::array* roles = table["roles"].as_array();
  if (roles == nullptr || roles->empty()) {
    return At(file, table, "roles must be a list of \"sender\", \"reader\" or \"admin\"");
  }
  uint8_t bits = 0;
  for (const toml::node& node : *roles) {
    const auto name = node.value<std::string>();
    const auto row = std::find_if(kRoles.begin(), kRoles.end(),
                                  [&](const RoleRow& r) { return name && r.name == *name; });
    if (row == kRoles.end()) return At(file, node, "a role is \"sender\", \"reader\" or \"admin\"");
    bits |= static_cast<uint8_t>(row->role);
  }
  return bits;
}

Result<std::vector<std::string>> ParseUnits(const toml::table& table, const std::string& file) {
  std::vector<std::string> units;
  const toml::node* node = table.get("units");
  if (node == nullptr) return units;
  const toml::array* list = node->as_array();
  // An empty list would read as "no unit" and mean "all": it must be left out instead.
  if (list == nullptr || list->empty()) {
    return At(file, *node, "units must be a list of unit codes; leave it out for all units");
  }
  for (const toml::node& item : *list) {
    const auto text = item.value<std::string>();
    if (!text) return At(file, item, "units must be a list of unit codes");
    auto code = CanonicalUnitCode(*text);
    if (!code) return At(file, item, code.error().message);
    units.push_back(std::move(*code));
  }
  return units;
}

}  // namespace

std::string_view NameOf(Role role) {
  const auto row = std::find_if(kRoles.begin(), kRoles.end(),
                                [&](const RoleRow& r) { return r.role == role; });
  return row == kRoles.end() ? std::string_view() : row->name;
}

bool Principal::Has(Role role) const {
  return role == Role::kNobody || (roles & static_cast<uint8_t>(Role::kAdmin)) != 0 ||
         (roles & static_cast<uint8_t>(role)) != 0;
}

bool MaySee(const Principal& principal, const UnitTree& tree, Day day, std::string_view unit) {
  if (principal.SeesAllUnits()) return true;
  std::optional<UnitId> id = tree.Find(unit);
  for (int steps = 0; id && steps < kMaxDepthOfUnits; ++steps) {
    const std::string& code = tree.at(*id).code;
    if (std::find(principal.units.begin(), principal.units.end(), code) != principal.units.end()) {
      return true;
    }
    id = tree.ParentOn(*id, day);
  }
  return false;
}

std::string_view BearerToken(std::string_view authorization) {
  if (authorization.size() < kBearer.size() ||
      !EqualsAnyCase(authorization.substr(0, kBearer.size()), kBearer)) {
    return {};
  }
  authorization.remove_prefix(kBearer.size());
  while (!authorization.empty() && authorization.front() == ' ') authorization.remove_prefix(1);
  return authorization;
}

Access::Digest Access::DigestOf(std::string_view token) {
  Digest digest{};
  unsigned int size = 0;
  EVP_Digest(token.data(), token.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return digest;
}

Result<Access::Digest> Access::ParseDigest(std::string_view hex) {
  Digest digest{};
  if (hex.size() != digest.size() * 2) return Invalid("sha256 must have 64 hexadecimal digits");
  for (size_t i = 0; i < digest.size(); ++i) {
    const auto byte = PercentDecoded("%" + std::string(hex.substr(2 * i, 2)));
    if (!byte) return Invalid("sha256 must have 64 hexadecimal digits");
    digest[i] = static_cast<unsigned char>((*byte)[0]);
  }
  return digest;
}

std::shared_ptr<const Access> Access::Off() {
  auto access = std::make_shared<Access>();
  access->off_ = true;
  return access;
}

Result<std::shared_ptr<const Access>> Access::Load(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Error{ErrorKind::kIo, "token file '" + file + "' cannot be opened"};
  std::string text(kMaxFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.size() > kMaxFileBytes) return Invalid("token file '" + file + "' is too large");
  return Parse(text, file);
}

Result<std::shared_ptr<const Access>> Access::Parse(std::string_view text,
                                                    const std::string& file_name) {
  toml::table document;
  try {
    document = toml::parse(text, file_name);
  } catch (const toml::parse_error& error) {
    // The description of toml++ does not repeat values, so no token gets into a message.
    return Invalid(file_name + ":" + std::to_string(error.source().begin.line) + ": " +
                   std::string(error.description()));
  }
  const toml::array* tokens = document["token"].as_array();
  if (tokens == nullptr || tokens->empty()) {
    return Invalid(file_name + ": there is no [[token]] in the file");
  }
  if (tokens->size() > kMaxTokens) return Invalid(file_name + ": there are over 4096 tokens");
  auto access = std::make_shared<Access>();
  for (const toml::node& node : *tokens) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return At(file_name, node, "token must be written as [[token]]");
    Entry entry;
    entry.principal.name = (*table)["name"].value_or(std::string());
    if (entry.principal.name.empty()) return At(file_name, node, "name is missing");
    const auto hex = (*table)["sha256"].value<std::string>();
    const auto plain = (*table)["token"].value<std::string>();
    if (hex.has_value() == plain.has_value()) {
      return At(file_name, node, "give either sha256 or token");
    }
    if (plain && plain->size() < kMinTokenBytes) {
      return At(file_name, node, "a token has at least 16 characters");
    }
    auto digest = hex ? ParseDigest(*hex) : Result<Digest>(DigestOf(*plain));
    if (!digest) return At(file_name, node, digest.error().message);
    auto roles = ParseRoles(*table, file_name);
    if (!roles) return roles.error();
    auto units = ParseUnits(*table, file_name);
    if (!units) return units.error();
    entry.digest = *digest;
    entry.principal.roles = *roles;
    entry.principal.units = std::move(*units);
    access->entries_.push_back(std::move(entry));
  }
  return std::shared_ptr<const Access>(std::move(access));
}

std::optional<Principal> Access::Find(std::string_view token) const {
  if (off_) {
    return Principal{"operator", static_cast<uint8_t>(Role::kAdmin), {}};
  }
  if (token.empty()) return std::nullopt;
  const Digest digest = DigestOf(token);
  const Entry* found = nullptr;
  // Every entry is compared, so that the time taken says nothing about which one matched.
  for (const Entry& entry : entries_) {
    if (CRYPTO_memcmp(entry.digest.data(), digest.data(), digest.size()) == 0) found = &entry;
  }
  if (found == nullptr) return std::nullopt;
  return found->principal;
}

}  // namespace tthc
