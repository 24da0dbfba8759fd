#include "server/http/query.h"

#include <algorithm>

namespace tthc {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool EqualsAnyCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string_view TakeItem(std::string_view& rest, char separator) {
  const size_t end = rest.find(separator);
  const std::string_view item = rest.substr(0, end);
  if (end == rest.npos) {
    rest = {};
  } else {
    rest.remove_prefix(end + 1);
  }
  return item;
}

std::string_view WithoutBlanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<std::string> PercentDecoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = HexDigit(text[i + 1]);
    const int low = HexDigit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::optional<std::vector<std::string>> PathSegments(std::string_view path) {
  std::vector<std::string> segments;
  if (path.empty() || path.front() != '/') return std::nullopt;
  bool more = true;
  for (path.remove_prefix(1); more;) {
    more = path.find('/') != path.npos;
    auto segment = PercentDecoded(TakeItem(path, '/'));
    if (!segment) return std::nullopt;
    segments.push_back(std::move(*segment));
  }
  return segments;
}

QueryString QueryString::Parse(std::string_view text) {
  QueryString query;
  while (!text.empty()) {
    std::string_view item = TakeItem(text, '&');
    if (item.empty()) continue;
    auto name = PercentDecoded(TakeItem(item, '='));
    auto value = PercentDecoded(item);
    if (!name || !value || query.items.size() == kMaxQueryParameters) {
      query.broken = true;
      return query;
    }
    query.items.emplace_back(std::move(*name), std::move(*value));
  }
  return query;
}

const std::string* QueryString::Find(std::string_view name) const {
  for (const auto& [key, value] : items) {
    if (key == name) return &value;
  }
  return nullptr;
}

const std::string* QueryString::FindAnyCase(std::string_view name) const {
  for (const auto& [key, value] : items) {
    if (EqualsAnyCase(key, name)) return &value;
  }
  return nullptr;
}

size_t QueryString::Count(std::string_view name) const {
  return static_cast<size_t>(std::count_if(items.begin(), items.end(),
                                           [&](const auto& item) { return item.first == name; }));
}

}  // namespace tthc
