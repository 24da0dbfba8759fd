#include "metrics/exposition/text_format.h"

#include <charconv>

namespace tthc {
namespace {

template <typename Number>
void AppendPlain(std::string& out, Number value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out.append(text, end);
}

}  // namespace

void AppendNumber(std::string& out, int64_t value) { AppendPlain(out, value); }

void AppendNumber(std::string& out, double value) {
  // Counts are most of the values, and integers are written much faster.
  const auto whole = static_cast<int64_t>(value);
  if (static_cast<double>(whole) == value) return AppendPlain(out, whole);
  AppendPlain(out, value);
}

void AppendHundredths(std::string& out, int64_t value) {
  AppendPlain(out, value / 100);
  const int64_t rest = value % 100;
  if (rest == 0) return;
  out.push_back('.');
  out.push_back(static_cast<char>('0' + rest / 10));
  if (rest % 10 != 0) out.push_back(static_cast<char>('0' + rest % 10));
}

void AppendEscaped(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '\\' || c == '"') out.push_back('\\');
    if (c == '\n') {
      out.append("\\n");
    } else {
      out.push_back(c);
    }
  }
}

void AppendFamily(std::string& out, std::string_view name, std::string_view type,
                  std::string_view help) {
  out.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name);
  out.append(" ").append(type).append("\n");
}

}  // namespace tthc
