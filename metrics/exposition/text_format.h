// Pieces of the Prometheus text format 0.0.4.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tthc {

void AppendNumber(std::string& out, int64_t value);
void AppendNumber(std::string& out, double value);
// Hundredths as a decimal fraction: 1568 -> "15.68".
void AppendHundredths(std::string& out, int64_t value);
// Label values: backslash, quote and line feed are escaped.
void AppendEscaped(std::string& out, std::string_view value);
// The HELP and TYPE lines of a family.
void AppendFamily(std::string& out, std::string_view name, std::string_view type,
                  std::string_view help);

}  // namespace tthc
