#include "ingest/wire/json_document.h"

#include <unicode/utf8.h>

#include <boost/json/basic_parser_impl.hpp>

namespace tthc {
namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr std::string_view kUtf16Marks[] = {"\xFF\xFE", "\xFE\xFF"};
constexpr size_t kFirstCapacity = 64 * 1024;
// A parser that once held a larger body gives its memory back (about ten times the body).
constexpr size_t kKeptCapacity = 4 * 1024 * 1024;

// Accepts everything: only the position of the first error is wanted.
struct PositionHandler {
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  using Code = boost::json::error_code;
  using View = boost::json::string_view;
  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_array_begin(Code&) { return true; }
  bool on_array_end(std::size_t, Code&) { return true; }
  bool on_object_begin(Code&) { return true; }
  bool on_object_end(std::size_t, Code&) { return true; }
  bool on_string_part(View, std::size_t, Code&) { return true; }
  bool on_string(View, std::size_t, Code&) { return true; }
  bool on_key_part(View, std::size_t, Code&) { return true; }
  bool on_key(View, std::size_t, Code&) { return true; }
  bool on_number_part(View, Code&) { return true; }
  bool on_int64(std::int64_t, View, Code&) { return true; }
  bool on_uint64(std::uint64_t, View, Code&) { return true; }
  bool on_double(double, View, Code&) { return true; }
  bool on_bool(bool, Code&) { return true; }
  bool on_null(Code&) { return true; }
  bool on_comment_part(View, Code&) { return true; }
  bool on_comment(View, Code&) { return true; }
};

// Byte of the first ill-formed UTF-8 sequence; npos where there is none.
size_t FirstBadUtf8(std::string_view body) {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(body.data());
  size_t at = 0;
  while (at < body.size()) {
    const size_t start = at;
    UChar32 c = 0;
    U8_NEXT(bytes, at, body.size(), c);
    if (c < 0) return start;
  }
  return std::string_view::npos;
}

bool IsNumberByte(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

// RFC 8259 section 6.
bool IsJsonNumber(std::string_view text) {
  size_t at = 0;
  const auto digits = [&] {
    const size_t start = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - start;
  };
  if (at < text.size() && text[at] == '-') ++at;
  const bool leading_zero = at < text.size() && text[at] == '0';
  const size_t whole = digits();
  if (whole == 0 || (leading_zero && whole > 1)) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

// `body` with every number between quotes: a number too large for 64 bits in a field that nobody
// reads must not cost the whole message. Text inside strings stays as it is.
void QuoteNumbers(std::string_view body, std::string& out) {
  out.clear();
  out.reserve(body.size() + body.size() / 8);
  bool in_string = false;
  for (size_t at = 0; at < body.size();) {
    const char c = body[at];
    if (in_string) {
      const size_t length = c == '\\' && at + 1 < body.size() ? 2 : 1;
      out.append(body, at, length);
      at += length;
      in_string = length == 2 || c != '"';
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      size_t end = at;
      while (end < body.size() && IsNumberByte(body[end])) ++end;
      const std::string_view token = body.substr(at, end - at);
      const std::string_view quote = IsJsonNumber(token) ? "\"" : "";
      out.append(quote).append(token).append(quote);
      at = end;
    } else {
      in_string = c == '"';
      out += c;
      ++at;
    }
  }
}

std::string AtByte(size_t position) { return " at byte " + std::to_string(position); }

}  // namespace

JsonDocument::JsonDocument(size_t depth) : depth_(depth) { ReleaseAfterLargeBody(); }

void JsonDocument::ReleaseAfterLargeBody() {
  parser_ = simdjson::dom::parser();
  rewritten_ = {};
  // One level more than asked for: simdjson counts the document itself.
  if (parser_.allocate(kFirstCapacity, depth_ + 1) != simdjson::SUCCESS) throw std::bad_alloc();
}

Result<simdjson::dom::element> JsonDocument::Parse(std::string_view body) {
  if (parser_.capacity() > kKeptCapacity && body.size() <= kKeptCapacity) ReleaseAfterLargeBody();
  for (const std::string_view mark : kUtf16Marks) {
    if (body.starts_with(mark)) return Invalid("wrong encoding: UTF-16, UTF-8 is expected");
  }
  const size_t skipped = body.starts_with(kUtf8Mark) ? kUtf8Mark.size() : 0;
  const std::string_view text = body.substr(skipped);

  simdjson::dom::element root;
  simdjson::error_code error = parser_.parse(text.data(), text.size(), true).get(root);
  if (error == simdjson::NUMBER_ERROR) {
    QuoteNumbers(text, rewritten_);
    error = parser_.parse(rewritten_.data(), rewritten_.size(), true).get(root);
  }
  if (error == simdjson::SUCCESS) return root;
  return Explain(text, skipped);
}

// A second, slower reading that knows where it stopped. It runs for broken bodies only.
Error JsonDocument::Explain(std::string_view body, size_t skipped) const {
  if (body.find_first_not_of(" \t\r\n") == body.npos) return Invalid("the body is empty");
  if (const size_t bad = FirstBadUtf8(body); bad != body.npos) {
    return Invalid("wrong encoding: not UTF-8" + AtByte(bad + skipped));
  }
  boost::json::parse_options options;
  options.max_depth = depth_;
  boost::json::basic_parser<PositionHandler> reader(options);
  boost::json::error_code error;
  const size_t read = reader.write_some(false, body.data(), body.size(), error);
  const size_t position = skipped + read;
  if (error == boost::json::error::too_deep) {
    return Invalid("nested deeper than " + std::to_string(depth_) + " levels" + AtByte(position));
  }
  if (error == boost::json::error::incomplete) {
    return Invalid("not JSON: it ends too early" + AtByte(position));
  }
  if (!error && read < body.size())
    return Invalid("not JSON: text behind its end" + AtByte(position));
  return Invalid("not JSON: " + (error ? error.message() : "it can not be read") +
                 AtByte(position));
}

}  // namespace tthc
