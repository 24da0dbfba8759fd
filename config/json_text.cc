#include "config/json_text.h"

#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>

namespace tthc {
namespace {

constexpr size_t kMaxQuotedBytes = 48;
constexpr int64_t kRatioScale = 1'000'000;

void Append(std::string& out, const json::value& value);

void AppendNumber(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  char text[512];  // the longest fixed notation of a double has 309 digits before the point
  const auto end = std::to_chars(text, text + sizeof text, number, std::chars_format::fixed);
  out.append(text, end.ptr);
}

void AppendObject(std::string& out, const json::object& object) {
  out += '{';
  bool first = true;
  for (const auto& member : object) {
    if (!first) out += ',';
    first = false;
    out += json::serialize(json::string_view(member.key()));
    out += ':';
    Append(out, member.value());
  }
  out += '}';
}

void AppendArray(std::string& out, const json::array& array) {
  out += '[';
  bool first = true;
  for (const json::value& item : array) {
    if (!first) out += ',';
    first = false;
    Append(out, item);
  }
  out += ']';
}

void Append(std::string& out, const json::value& value) {
  switch (value.kind()) {
    case json::kind::object: AppendObject(out, value.get_object()); return;
    case json::kind::array: AppendArray(out, value.get_array()); return;
    case json::kind::double_: AppendNumber(out, value.get_double()); return;
    case json::kind::string: out += json::serialize(json::string_view(value.get_string())); return;
    case json::kind::int64: out += std::to_string(value.get_int64()); return;
    case json::kind::uint64: out += std::to_string(value.get_uint64()); return;
    case json::kind::bool_: out += value.get_bool() ? "true" : "false"; return;
    case json::kind::null: out += "null"; return;
  }
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Bytes of the UTF-8 character at the start of `text`, 0 where it is broken.
size_t CharacterLength(std::string_view text) {
  const unsigned char lead = static_cast<unsigned char>(text[0]);
  const size_t length = lead < 0x80   ? 1
                        : lead < 0xC2 ? 0
                        : lead < 0xE0 ? 2
                        : lead < 0xF0 ? 3
                        : lead < 0xF5 ? 4
                                      : 0;
  if (length == 0 || length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[i])) return 0;
  }
  return length;
}

}  // namespace

std::string JsonText(const json::value& value) {
  std::string out;
  Append(out, value);
  return out;
}

json::value RatioValue(int64_t numerator, int64_t denominator) {
  if (denominator == 0) return nullptr;
  const __int128 doubled = static_cast<__int128>(numerator) * kRatioScale * 2 + denominator;
  const auto millionths = static_cast<int64_t>(doubled / (static_cast<__int128>(denominator) * 2));
  return static_cast<double>(millionths) / static_cast<double>(kRatioScale);
}

json::value InstantValue(const std::optional<Instant>& at) {
  if (!at) return nullptr;
  return json::value(FormatInstant(*at));
}

json::value DayValue(const std::optional<Day>& day) {
  if (!day) return nullptr;
  return json::value(FormatDay(*day));
}

json::value TextOrNull(std::string_view text) {
  if (text.empty()) return nullptr;
  return json::value(json::string_view(text.data(), text.size()));
}

std::string_view CutUtf8(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && IsContinuation(text[bytes])) --bytes;
  return text.substr(0, bytes);
}

std::string Shown(std::string_view text) {
  const std::string_view cut = CutUtf8(text, kMaxQuotedBytes);
  std::string out = "'";
  for (size_t i = 0; i < cut.size();) {
    const size_t length = CharacterLength(cut.substr(i));
    const unsigned char c = static_cast<unsigned char>(cut[i]);
    if (length == 0 || c < 0x20 || c == 0x7F) {
      out += '?';
    } else {
      out.append(cut, i, length);
    }
    i += length == 0 ? 1 : length;
  }
  if (cut.size() < text.size()) out += "…";
  return out += "'";
}

}  // namespace tthc
