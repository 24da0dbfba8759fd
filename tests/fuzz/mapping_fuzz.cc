// Mappings of foreign exports (TOML): one that is read names what an import needs.
#include "ingest/source/csv_mapping.h"
#include "require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tthc;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto mapping = ParseCsvMapping(text, "m.toml");
  if (!mapping) {
    Require(mapping.error().message.starts_with("m.toml"));
    return 0;
  }
  Require(!mapping->case_id.empty() && !mapping->date_format.empty());
  if (mapping->event) Require(!mapping->event->time.empty() && !mapping->event->step.empty());
  return 0;
}
