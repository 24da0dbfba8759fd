// Percent-encoding, and the parameters of a request's query.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tthc {

// nullopt where a '%' is not followed by two hexadecimal digits.
std::optional<std::string> PercentDecoded(std::string_view text);

// The segments between the slashes of a path, decoded one by one, so that "%2F" stays inside its
// segment. nullopt where the encoding is broken.
std::optional<std::vector<std::string>> PathSegments(std::string_view path);

inline constexpr size_t kMaxQueryParameters = 64;

// The parameters in their order. '+' is kept as it is: the '+' of an instant's offset is more
// common here than a blank.
struct QueryString {
  std::vector<std::pair<std::string, std::string>> items;
  bool broken = false;  // bad percent-encoding, or more than kMaxQueryParameters

  static QueryString Parse(std::string_view text);
  // The first value; nullptr where the parameter is absent.
  const std::string* Find(std::string_view name) const;
  // The same, whatever the case of ASCII letters (WIRE: MaDinhDanhDV, madinhdanhdv).
  const std::string* FindAnyCase(std::string_view name) const;
  size_t Count(std::string_view name) const;
};

bool EqualsAnyCase(std::string_view a, std::string_view b);

// Takes what stands before the first `separator` (or everything) off `rest`, the separator too.
std::string_view TakeItem(std::string_view& rest, char separator);
std::string_view WithoutBlanks(std::string_view text);  // at both ends

}  // namespace tthc
