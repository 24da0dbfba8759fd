// JSON out: Boost.JSON values as text with plain numbers (Boost 1.81 writes 1.0 as "1E0").
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/instant.h"

namespace tthc {

namespace json = boost::json;

// Members in the order in which they were added; numbers without exponent.
std::string JsonText(const json::value& value);

// numerator / denominator rounded half up to 6 decimals; null where the denominator is 0.
// Both >= 0.
json::value RatioValue(int64_t numerator, int64_t denominator);

// RFC 3339, null where absent.
json::value InstantValue(const std::optional<Instant>& at);
json::value DayValue(const std::optional<Day>& day);
// null where empty.
json::value TextOrNull(std::string_view text);

// Text of others, for a message: in quotes, control characters and broken UTF-8 as '?', cut.
std::string Shown(std::string_view text);
// The longest prefix of at most `bytes` bytes that ends on a whole UTF-8 character.
std::string_view CutUtf8(std::string_view text, size_t bytes);

}  // namespace tthc
