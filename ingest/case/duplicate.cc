#include "ingest/case/duplicate.h"

#include <algorithm>

namespace tthc {
namespace {

constexpr size_t kTellingInstants = 3;   // different ones

void Mix(uint64_t& hash, uint64_t value) {
  hash ^= value + 0x9e3779b97f4a7c15u + (hash << 6) + (hash >> 2);
  hash *= 0xff51afd7ed558ccdu;
  hash ^= hash >> 33;
}

}  // namespace

std::optional<uint64_t> StoryKey(const Case& folded, std::span<const Entry> entries,
                                 TextId unit_text) {
  if (!folded.received_at || folded.procedure == 0) return std::nullopt;
  uint64_t key = 0;
  Mix(key, unit_text);
  Mix(key, folded.procedure);
  Mix(key, static_cast<uint64_t>(folded.received_at->us));
  for (const DueDate& due : folded.dues) Mix(key, static_cast<uint64_t>(due.due.us));
  size_t instants = 0;
  std::optional<Instant> last;
  for (const StatusRow& row : folded.rows) {
    const Entry& e = entries[row.entry];
    if (e.dated_by == DatedBy::kArrival) continue;
    Mix(key, static_cast<uint64_t>(row.event.us));
    Mix(key, static_cast<uint64_t>(row.status));
    Mix(key, e.officer);
    instants += row.event != last;
    last = row.event;
  }
  return instants >= kTellingInstants ? std::optional(key) : std::nullopt;
}

}  // namespace tthc
