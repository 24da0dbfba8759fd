// gzip (RFC 1952) of an answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tthc {

// True where Accept-Encoding names gzip without q=0.
bool AcceptsGzip(std::string_view accept_encoding);
// nullopt where zlib has no memory.
std::optional<std::string> Gzipped(std::string_view text);

}  // namespace tthc
