// The file of bearer tokens.
//
//   [[token]]
//   name = "one-stop of Kon Tum"       # shown in logs and with acknowledgements
//   sha256 = "9f86d0…"                 # of the token, in hexadecimal; or token = "…" itself
//   roles = ["producer"]               # names of roles.h
//   expires = "2026-12-31T17:00:00+07:00"     # absent: never
//   units = ["H34.12", { code = "H34.13", from = "2025-01-01", to = "2025-06-30" }]
//                                      # absent: all units, now and ever
//
// A key that is none of these is an error: a misspelt `units` would mean all of them.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "config/result.h"
#include "server/access/principal.h"

namespace tthc {

inline constexpr size_t kMaxTokens = 4096;
inline constexpr size_t kMinTokenBytes = 16;

using TokenDigest = std::array<unsigned char, 32>;  // SHA-256
TokenDigest DigestOf(std::string_view token);

struct TokenEntry {
  TokenDigest digest{};
  bool written_out = false;  // the file holds the token itself, not only its digest
  Principal principal;
};

// Errors name file and line and never repeat a token. A file that others than its owner and group may
// write is refused, and one that they may read where a token is written out in it.
Result<std::vector<TokenEntry>> LoadTokenFile(const std::string& file);
Result<std::vector<TokenEntry>> ParseTokenFile(std::string_view toml, const std::string& file_name);

}  // namespace tthc
