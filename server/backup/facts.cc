#include "server/backup/facts.h"

#include <boost/json/parse.hpp>

#include "config/json_text.h"

namespace tthc {
namespace {

constexpr std::string_view kFormat = "tthc-backup-1";

std::optional<Instant> InstantAt(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  const auto at = ParseInstant(value->get_string());
  return at ? std::optional<Instant>(*at) : std::nullopt;
}
uint64_t NumberAt(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? static_cast<uint64_t>(value->get_int64()) : 0;
}

}  // namespace

std::string FactsText(const BackupFacts& facts) {
  json::array keys;
  for (const std::string& key : facts.contents.keys) keys.push_back(json::string(key));
  return JsonText(json::object{{"format", kFormat},
                               {"number", facts.number},
                               {"made_at", FormatInstant(facts.made)},
                               {"checked_at", FormatInstant(facts.checked)},
                               {"version", facts.version},
                               {"bytes", facts.bytes},
                               {"files", facts.files},
                               {"records", facts.contents.records},
                               {"last_recorded", InstantValue(facts.contents.last_recorded)},
                               {"cases", facts.contents.cases},
                               {"checkpoints", facts.contents.checkpoints},
                               {"sealed_records", facts.contents.sealed_records},
                               {"keys", std::move(keys)}});
}

std::optional<BackupFacts> ParseFacts(std::string_view text) {
  boost::system::error_code failed;
  const json::value value = json::parse(text, failed);
  if (failed || !value.is_object()) return std::nullopt;
  const json::object& object = value.get_object();
  const json::value* format = object.if_contains("format");
  if (format == nullptr || *format != json::value(kFormat)) return std::nullopt;
  BackupFacts facts;
  facts.number = NumberAt(object, "number");
  facts.made = InstantAt(object, "made_at").value_or(Instant{});
  facts.bytes = NumberAt(object, "bytes");
  facts.files = NumberAt(object, "files");
  facts.checked = InstantAt(object, "checked_at").value_or(Instant{});
  const json::value* version = object.if_contains("version");
  if (version != nullptr && version->is_string()) facts.version = version->get_string();
  facts.contents.records = NumberAt(object, "records");
  facts.contents.last_recorded = InstantAt(object, "last_recorded");
  facts.contents.cases = NumberAt(object, "cases");
  facts.contents.checkpoints = NumberAt(object, "checkpoints");
  facts.contents.sealed_records = NumberAt(object, "sealed_records");
  const json::value* keys = object.if_contains("keys");
  if (keys != nullptr && keys->is_array()) {
    for (const json::value& key : keys->get_array()) {
      if (key.is_string()) facts.contents.keys.emplace_back(key.get_string());
    }
  }
  return facts;
}

}  // namespace tthc
