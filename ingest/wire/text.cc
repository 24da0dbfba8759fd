#include "ingest/wire/text.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

namespace tthc {
namespace {

constexpr size_t kQuotedBytes = 48;
constexpr std::string_view kNoBreakSpace = "\xC2\xA0";

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

const icu::Normalizer2* Nfc() {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const nfc = icu::Normalizer2::getNFCInstance(error);
  return U_SUCCESS(error) ? nfc : nullptr;
}

}  // namespace

std::string_view Trimmed(std::string_view text) {
  for (;;) {
    if (!text.empty() && IsSpace(text.front())) {
      text.remove_prefix(1);
    } else if (text.starts_with(kNoBreakSpace)) {
      text.remove_prefix(kNoBreakSpace.size());
    } else {
      break;
    }
  }
  for (;;) {
    if (!text.empty() && IsSpace(text.back())) {
      text.remove_suffix(1);
    } else if (text.ends_with(kNoBreakSpace)) {
      text.remove_suffix(kNoBreakSpace.size());
    } else {
      return text;
    }
  }
}

std::string_view NfcTrimmed(std::string_view text, std::string& buffer) {
  text = Trimmed(text);
  static const icu::Normalizer2* const nfc = Nfc();
  if (IsAscii(text) || nfc == nullptr) return text;
  UErrorCode error = U_ZERO_ERROR;
  const icu::StringPiece piece(text.data(), static_cast<int32_t>(text.size()));
  if (nfc->isNormalizedUTF8(piece, error) && U_SUCCESS(error)) return text;
  error = U_ZERO_ERROR;
  buffer.clear();
  icu::StringByteSink<std::string> sink(&buffer);
  nfc->normalizeUTF8(0, piece, sink, nullptr, error);
  return U_SUCCESS(error) ? std::string_view(buffer) : text;
}

bool HasControlCharacter(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool HasOnlyCaseIdCharacters(std::string_view text) {
  constexpr std::string_view kMarks = ".-_/";
  const auto size = static_cast<int32_t>(text.size());
  for (int32_t at = 0; at < size;) {
    UChar32 c = 0;
    U8_NEXT(text.data(), at, size, c);
    const bool is_mark = c >= 0 && c < 0x80 && kMarks.find(static_cast<char>(c)) != kMarks.npos;
    if (!is_mark && (c < 0 || u_isalnum(c) == 0)) return false;
  }
  return true;
}

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return Lower(x) == Lower(y); });
}

bool IsTrue(std::string_view text) { return text == "1" || EqualIgnoringCase(text, "true"); }
bool IsFalse(std::string_view text) { return text == "0" || EqualIgnoringCase(text, "false"); }

namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Groups of digits as dates have them (2025, 01, 20250131, 20250131083000, fractions of a second),
// and nothing else but what stands between: no identity card, no telephone, no account is one.
bool LooksLikeDate(std::string_view text) {
  constexpr std::string_view kBetween = "-/:.TZ+ ";
  constexpr size_t kMostGroups = 9;
  size_t groups = 0;
  for (size_t at = 0; at < text.size();) {
    if (!IsDigit(text[at])) {
      if (kBetween.find(text[at]) == kBetween.npos) return false;
      ++at;
      continue;
    }
    const bool fraction = at > 0 && text[at - 1] == '.' && groups >= 3;
    size_t end = at;
    while (end < text.size() && IsDigit(text[end])) ++end;
    const size_t digits = end - at;
    const bool usual = digits <= 2 || digits == 4 || digits == 8 || digits == 14;
    if (!usual && !(fraction && digits <= 9)) return false;
    if (++groups > kMostGroups) return false;
    at = end;
  }
  return true;
}

// "xong", "hôm qua": a word or two as no name is written.
bool IsShortWord(std::string_view text) {
  constexpr size_t kMostBytes = 10;
  if (text.size() > kMostBytes) return false;
  bool begins = true;
  for (const char c : text) {
    const bool is_small = c >= 'a' && c <= 'z';
    const bool inside = static_cast<unsigned char>(c) >= 0x80 || c == '.' || c == '-';
    if (c != ' ' && !is_small && (begins || !inside)) return false;
    begins = c == ' ';
  }
  return true;
}

}  // namespace

std::string QuotedShape(std::string_view text) {
  if (LooksLikeDate(text) || IsShortWord(text)) return Quoted(text);
  std::string shape;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) continue;   // inside a letter
    if (byte >= 0x80) {
      shape += 'x';
    } else if (IsDigit(c)) {
      shape += '9';
    } else if (Lower(c) >= 'a' && Lower(c) <= 'z') {
      shape += c == Lower(c) ? 'a' : 'A';
    } else {
      shape += c;
    }
  }
  return Quoted(shape);
}

std::string Quoted(std::string_view text) {
  const bool cut = text.size() > kQuotedBytes;
  if (cut) {
    size_t end = kQuotedBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text = text.substr(0, end);
  }
  std::string out = "\"";
  for (const char c : text) {
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '"' ? '?' : c;
  }
  out += cut ? "…\"" : "\"";
  return out;
}

}  // namespace tthc
