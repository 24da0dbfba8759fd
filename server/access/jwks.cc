#include "server/access/jwks.h"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>

#include "config/json_text.h"

namespace tthc {
namespace {

constexpr size_t kMaxDepth = 8;

// An algorithm with the one type of key it goes with, and what a public key of it consists of.
struct AlgorithmRow {
  JwtAlgorithm algorithm;
  std::string_view name;
  std::string_view key_type;
  std::string_view curve;  // empty where the type has none
  std::array<std::string_view, 3> members;
};
constexpr std::array<AlgorithmRow, 2> kAlgorithms = {{
    {JwtAlgorithm::kRs256, "RS256", "RSA", "", {"n", "e", ""}},
    {JwtAlgorithm::kEs256, "ES256", "EC", "P-256", {"crv", "x", "y"}},
}};

std::string_view TextIn(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  if (value == nullptr || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

bool SaysOrIsSilent(const json::object& key, std::string_view name, std::string_view wanted) {
  return !key.contains({name.data(), name.size()}) || TextIn(key, name) == wanted;
}

const AlgorithmRow* RowFor(const json::object& key) {
  const auto row = std::find_if(kAlgorithms.begin(), kAlgorithms.end(), [&](const auto& algorithm) {
    return TextIn(key, "kty") == algorithm.key_type &&
           (algorithm.curve.empty() || TextIn(key, "crv") == algorithm.curve);
  });
  const bool usable = row != kAlgorithms.end() && SaysOrIsSilent(key, "use", "sig") &&
                      SaysOrIsSilent(key, "alg", row->name);
  return usable ? row : nullptr;
}

// Only what makes the public key is handed on, so that a private one never gets into memory.
cjose_jwk_t* Import(const json::object& key, const AlgorithmRow& row) {
  json::object bare{{"kty", json::string(row.key_type.data(), row.key_type.size())}};
  for (const std::string_view member : row.members) {
    if (member.empty()) continue;
    const std::string_view value = TextIn(key, member);
    bare[json::string_view(member.data(), member.size())] =
        json::string(value.data(), value.size());
  }
  const std::string text = JsonText(bare);
  cjose_err ignored;
  return cjose_jwk_import(text.data(), text.size(), &ignored);
}

bool FitsInSize(const cjose_jwk_t* key, JwtAlgorithm algorithm) {
  if (algorithm != JwtAlgorithm::kRs256) return true;  // the curve says it
  cjose_err ignored;
  const size_t bits = cjose_jwk_get_keysize(key, &ignored);
  return bits >= kMinRsaBits && bits <= kMaxRsaBits;
}

}  // namespace

std::string_view NameOf(JwtAlgorithm algorithm) {
  return kAlgorithms[static_cast<size_t>(algorithm)].name;
}

std::optional<JwtAlgorithm> JwtAlgorithmNamed(std::string_view name) {
  for (const AlgorithmRow& row : kAlgorithms) {
    if (row.name == name) return row.algorithm;
  }
  return std::nullopt;
}

Result<std::shared_ptr<const KeySet>> KeySet::Parse(std::string_view text) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::system::error_code error;
  const json::value document =
      json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  const json::object* object = error ? nullptr : document.if_object();
  const json::value* list = object == nullptr ? nullptr : object->if_contains("keys");
  if (list == nullptr || !list->is_array()) return Invalid("the key set is no JSON with 'keys'");
  if (list->get_array().size() > kMaxKeys) return Invalid("the key set has over 100 keys");
  auto set = std::make_shared<KeySet>();
  for (const json::value& item : list->get_array()) {
    const json::object* key = item.if_object();
    const AlgorithmRow* row = key == nullptr ? nullptr : RowFor(*key);
    if (row == nullptr) continue;
    std::unique_ptr<cjose_jwk_t, Release> imported(Import(*key, *row));
    if (imported == nullptr || !FitsInSize(imported.get(), row->algorithm)) continue;
    set->keys_.push_back(
        {std::string(TextIn(*key, "kid")), row->algorithm, std::move(imported)});
  }
  if (set->keys_.empty()) return Invalid("the key set has no key that can be used here");
  return std::shared_ptr<const KeySet>(std::move(set));
}

const cjose_jwk_t* KeySet::Find(const std::optional<std::string>& id,
                                JwtAlgorithm algorithm) const {
  if (!id && keys_.size() != 1) return nullptr;
  const auto found = std::find_if(keys_.begin(), keys_.end(), [&](const Key& key) {
    return key.algorithm == algorithm && (!id || key.id == *id);
  });
  return found == keys_.end() ? nullptr : found->key.get();
}

}  // namespace tthc
