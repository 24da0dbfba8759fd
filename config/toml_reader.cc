#include <stdexcept>

namespace {
[[noreturn]] void RefuseText() { throw std::runtime_error("unexpected character"); }
}  // namespace
// toml++ 3.3 asserts on some malformed texts ("[,"): a fault of the text, told like any other.
#define TOML_ASSERT(expression) ((expression) ? static_cast<void>(0) : RefuseText())
#define TOML_IMPLEMENTATION
#include "config/toml_reader.h"

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

namespace tthc {
namespace {

std::optional<Day> ToDay(const toml::date& date) {
  if (!IsCivilDate(date.year, date.month, date.day)) return std::nullopt;
  return DayOf(CivilDate{date.year, date.month, date.day});
}

}  // namespace

std::optional<toml::table> ParseToml(std::string_view text, const std::string& file,
                                     std::vector<Problem>& problems) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    problems.push_back({file, static_cast<int>(error.source().begin.line),
                        "not TOML: " + std::string(error.description())});
  } catch (const std::exception& error) {
    problems.push_back({file, 0, "cannot be read as TOML: " + std::string(error.what())});
  }
  return std::nullopt;
}

std::optional<toml::table> LoadToml(const ConfigText& from, std::vector<Problem>& problems) {
  if (from.text) return ParseToml(*from.text, from.file, problems);
  problems.push_back({from.file, 0, from.text.error().message});
  return std::nullopt;
}

int LineOf(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

std::string_view KindOf(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::none: return "nothing";
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "a list";
    case toml::node_type::string: return "a text";
    case toml::node_type::integer: return "an integer";
    case toml::node_type::floating_point: return "a number";
    case toml::node_type::boolean: return "true or false";
    case toml::node_type::date: return "a date";
    case toml::node_type::time: return "a time";
    case toml::node_type::date_time: return "a date with time";
  }
  return "unknown";
}

std::string ToNfc(std::string_view utf8) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status)) return std::string(utf8);
  const icu::UnicodeString normalized = nfc->normalize(
      icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<int>(utf8.size()))),
      status);
  if (U_FAILURE(status)) return std::string(utf8);
  std::string out;
  normalized.toUTF8String(out);
  return out;
}

const toml::node* TableReader::Ask(std::string_view key) {
  asked_.emplace(key);
  return table_.get(key);
}

void TableReader::Mistyped(std::string_view key, std::string_view expected,
                           const toml::node& got) {
  Add(LineOf(got), std::string(key) + ": expected " + std::string(expected) + ", got " +
                       std::string(KindOf(got)));
}

int TableReader::LineOfKey(std::string_view key) const {
  const toml::node* node = table_.get(key);
  return node == nullptr ? line() : LineOf(*node);
}

std::string TableReader::RequiredText(std::string_view key) {
  const toml::node* node = Ask(key);
  if (node == nullptr) {
    Add(std::string(key) + ": is missing");
    return {};
  }
  std::string text = Text(key);
  if (node->is_string() && text.empty()) Add(LineOf(*node), std::string(key) + ": is empty");
  return text;
}

std::string TableReader::Text(std::string_view key) {
  const toml::node* node = Ask(key);
  if (node == nullptr) return {};
  if (const auto* text = node->as_string()) return ToNfc(text->get());
  Mistyped(key, "a text", *node);
  return {};
}

std::optional<bool> TableReader::Bool(std::string_view key) {
  const toml::node* node = Ask(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* value = node->as_boolean()) return value->get();
  Mistyped(key, "true or false", *node);
  return std::nullopt;
}

std::optional<int64_t> TableReader::Integer(std::string_view key) {
  const toml::node* node = Ask(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* value = node->as_integer()) return value->get();
  Mistyped(key, "an integer", *node);
  return std::nullopt;
}

std::optional<Day> TableReader::Date(std::string_view key) {
  const toml::node* node = Ask(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* date = node->as_date()) {
    if (const auto day = ToDay(date->get())) return day;
  }
  Mistyped(key, "a date YYYY-MM-DD without quotes", *node);
  return std::nullopt;
}

std::optional<std::vector<std::string>> TableReader::TextList(std::string_view key) {
  const toml::node* node = Ask(key);
  if (node == nullptr) return std::nullopt;
  const toml::array* list = node->as_array();
  if (list == nullptr) {
    Mistyped(key, "a list of texts", *node);
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (const toml::node& item : *list) {
    if (const auto* text = item.as_string()) {
      texts.push_back(ToNfc(text->get()));
    } else {
      Mistyped(key, "a list of texts", item);
    }
  }
  return texts;
}

std::vector<Day> TableReader::RequiredDates(std::string_view key) {
  const toml::node* node = Ask(key);
  if (node == nullptr) {
    Add(std::string(key) + ": is missing");
    return {};
  }
  const toml::array* list = node->as_array();
  if (list == nullptr || list->empty()) {
    Add(LineOf(*node), std::string(key) + ": expected a list of dates with at least one date");
    return {};
  }
  std::vector<Day> days;
  for (const toml::node& item : *list) {
    const auto* date = item.as_date();
    const auto day = date == nullptr ? std::nullopt : ToDay(date->get());
    if (day) {
      days.push_back(*day);
    } else {
      Mistyped(key, "dates YYYY-MM-DD without quotes", item);
    }
  }
  return days;
}

const toml::table* TableReader::Table(std::string_view key) {
  const toml::node* node = Ask(key);
  if (node == nullptr) return nullptr;
  if (const toml::table* table = node->as_table()) return table;
  Mistyped(key, "a table", *node);
  return nullptr;
}

std::vector<const toml::table*> TableReader::Tables(std::string_view key) {
  const toml::node* node = Ask(key);
  if (node == nullptr) return {};
  std::vector<const toml::table*> tables;
  const toml::array* list = node->as_array();
  if (list == nullptr) {
    Mistyped(key, "tables [[" + std::string(key) + "]]", *node);
    return {};
  }
  for (const toml::node& item : *list) {
    if (const toml::table* table = item.as_table()) {
      tables.push_back(table);
    } else {
      Mistyped(key, "tables [[" + std::string(key) + "]]", item);
    }
  }
  return tables;
}

void TableReader::Finish() {
  for (const auto& [key, node] : table_) {
    if (!asked_.contains(key.str())) {
      Add(static_cast<int>(key.source().begin.line), "unknown key " + std::string(key.str()));
    }
  }
}

}  // namespace tthc
