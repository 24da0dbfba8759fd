// Who may do what: bearer tokens from a file.
//
//   [[token]]
//   name = "one-stop of Kon Tum"       # shown in logs and with acknowledgements
//   sha256 = "9f86d0…"                 # of the token, in hexadecimal; or token = "…" itself
//   roles = ["sender", "reader"]       # sender: may deliver; reader: may ask; admin: both, and may
//                                      # close periods
//   units = ["H34.12"]                 # readers: these units and what is below them; absent: all
//
// Tokens are compared by their SHA-256 in constant time, never logged, and never read from a
// query string. Thread safety: immutable after loading.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/instant.h"
#include "config/result.h"
#include "config/units.h"

namespace tthc {

enum class Role : uint8_t { kNobody = 0, kSender = 1, kReader = 2, kAdmin = 4 };
std::string_view NameOf(Role role);  // "sender"; empty for kNobody

struct Principal {
  std::string name;
  uint8_t roles = 0;               // bits of Role
  std::vector<std::string> units;  // canonical codes; empty: all

  bool Has(Role role) const;  // kNobody: always; an admin has every role
  bool SeesAllUnits() const { return units.empty(); }
};

// True where `unit` (canonical) is one of the principal's units or below one on `day`.
bool MaySee(const Principal& principal, const UnitTree& tree, Day day, std::string_view unit);

// The token of "Bearer TOKEN"; empty where the header has another form.
std::string_view BearerToken(std::string_view authorization);

inline constexpr size_t kMaxTokens = 4096;
inline constexpr size_t kMinTokenBytes = 16;

class Access {
 public:
  static Result<std::shared_ptr<const Access>> Load(const std::string& file);
  static Result<std::shared_ptr<const Access>> Parse(std::string_view toml,
                                                     const std::string& file_name);
  // Everybody may do everything: for a loopback address only (the App checks).
  static std::shared_ptr<const Access> Off();

  bool off() const { return off_; }
  // nullopt where the token is unknown. With access off every caller, even without a token, is
  // one admin.
  std::optional<Principal> Find(std::string_view token) const;

 private:
  using Digest = std::array<unsigned char, 32>;
  struct Entry {
    Digest digest{};
    Principal principal;
  };
  static Digest DigestOf(std::string_view token);
  static Result<Digest> ParseDigest(std::string_view hex);

  bool off_ = false;
  std::vector<Entry> entries_;
};

}  // namespace tthc
