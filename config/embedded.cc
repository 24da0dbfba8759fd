#include "config/embedded.h"

namespace tthc {
namespace {

struct Entry {
  std::string_view name;
  std::string_view text;
};
constexpr Entry kEntries[] = {
#include "embedded_data.inc"
};

}  // namespace

std::optional<std::string_view> EmbeddedFile(std::string_view name) {
  for (const Entry& entry : kEntries) {
    if (entry.name == name) return entry.text;
  }
  return std::nullopt;
}

std::vector<std::string_view> EmbeddedFileNames() {
  std::vector<std::string_view> names;
  for (const Entry& entry : kEntries) names.push_back(entry.name);
  return names;
}

}  // namespace tthc
