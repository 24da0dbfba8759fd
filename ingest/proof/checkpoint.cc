#include "ingest/proof/checkpoint.h"

#include "ingest/proof/case_map.h"

#include <charconv>
#include <vector>

namespace tthc {
namespace {

constexpr size_t kLines = 9;

bool ParseNumber(std::string_view text, uint64_t& value) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() &&
         (text == "0" || text.front() != '0');
}

bool ParseHash(std::string_view text, Hash& hash) {
  const auto parsed = HashFromBase64(text);
  if (parsed) hash = *parsed;
  return parsed.has_value();
}

// "WORD rest" -> rest; false where the line begins otherwise.
bool TakeWord(std::string_view line, std::string_view word, std::string_view& rest) {
  if (!line.starts_with(word) || line.size() <= word.size() || line[word.size()] != ' ') return false;
  rest = line.substr(word.size() + 1);
  return true;
}

bool ParseTime(std::string_view text, Instant& at) {
  const auto parsed = ParseInstant(text);
  if (parsed) at = *parsed;
  return parsed.has_value();
}

bool ParseMap(std::string_view text, Checkpoint& c) {
  const size_t first = text.find(' ');
  const size_t second = first == text.npos ? first : text.find(' ', first + 1);
  if (second == text.npos) return false;
  uint64_t bits = 0;
  if (!ParseNumber(text.substr(0, first), bits) || bits > kMostMapBits) return false;
  c.map_bits = static_cast<int>(bits);
  return ParseNumber(text.substr(first + 1, second - first - 1), c.map_cases) &&
         ParseHash(text.substr(second + 1), c.map_root);
}

}  // namespace

std::string TextOf(const Checkpoint& c) {
  return c.origin + "\n" + std::to_string(c.size) + "\n" + Base64(BytesOf(c.root)) +      //
         "\nchain " + Base64(BytesOf(c.chain)) +                                           //
         "\nmap " + std::to_string(c.map_bits) + " " + std::to_string(c.map_cases) + " " +  //
         Base64(BytesOf(c.map_root)) +                                                     //
         "\nrecorded " + FormatInstant(c.recorded) +                                       //
         "\nat " + FormatInstant(c.at) +                                                   //
         "\nnumber " + std::to_string(c.number) +                                          //
         "\nprevious " + Base64(BytesOf(c.previous)) + "\n";
}

Result<Checkpoint> ParseCheckpoint(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() <= kLines) {
    const size_t end = text.find('\n');
    if (end == text.npos) return Invalid("the checkpoint does not end with a line break");
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  if (lines.size() != kLines) {
    return Invalid("a checkpoint has " + std::to_string(kLines) + " lines");
  }
  Checkpoint c;
  c.origin = lines[0];
  std::string_view rest;
  const bool good[] = {
      !c.origin.empty(),
      ParseNumber(lines[1], c.size),
      ParseHash(lines[2], c.root),
      TakeWord(lines[3], "chain", rest) && ParseHash(rest, c.chain),
      TakeWord(lines[4], "map", rest) && ParseMap(rest, c),
      TakeWord(lines[5], "recorded", rest) && ParseTime(rest, c.recorded),
      TakeWord(lines[6], "at", rest) && ParseTime(rest, c.at),
      TakeWord(lines[7], "number", rest) && ParseNumber(rest, c.number),
      TakeWord(lines[8], "previous", rest) && ParseHash(rest, c.previous)};
  for (size_t i = 0; i < kLines; ++i) {
    if (!good[i]) return Invalid("line " + std::to_string(i + 1) + " of the checkpoint is wrong");
  }
  return c;
}

}  // namespace tthc
