#include "server/pipeline/source_places.h"

#include <charconv>

namespace tthc {
namespace {

constexpr std::string_view kPrefix = "source_place/";

template <typename Number>
bool ReadNumber(std::string_view digits, Number& value) {
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return read.ec == std::errc() && read.ptr == digits.data() + digits.size() && value >= 0;
}

std::string FactOf(const std::pair<std::string, int32_t>& key) {
  return std::string(kPrefix) + key.first + "/" + std::to_string(key.second);
}

}  // namespace

Result<void> SourcePlaces::Load(const Store& store) {
  Result<void> outcome;
  const std::lock_guard lock(mutex_);
  durable_.clear();
  const auto scanned = store.Scan(
      Column::kFacts, kPrefix, nullptr, [&](std::string_view fact, std::string_view value) {
        if (!fact.starts_with(kPrefix)) return false;
        const size_t slash = fact.rfind('/');
        int32_t partition = 0;
        int64_t next = 0;
        if (slash < kPrefix.size() || !ReadNumber(fact.substr(slash + 1), partition) ||
            !ReadNumber(value, next)) {
          outcome = Error{ErrorKind::kCorrupt,
                          "the store's fact '" + std::string(fact) + "' is no place in a topic"};
          return false;
        }
        durable_[{std::string(fact.substr(kPrefix.size(), slash - kPrefix.size())), partition}] = next;
        return true;
      });
  return scanned ? outcome : scanned;
}

bool SourcePlaces::Take(const SourcePlace& place) {
  Key key{place.topic, place.partition};
  const auto moved = moved_.find(key);
  const auto stands = moved != moved_.end() ? std::optional(moved->second)
                                            : Of(place.topic, place.partition);
  if (stands != place.after) return false;
  moved_[std::move(key)] = place.next;
  return true;
}

void SourcePlaces::Seal(StoreBatch& batch) const {
  for (const auto& [key, next] : moved_) batch.Put(Column::kFacts, FactOf(key), std::to_string(next));
}

void SourcePlaces::Keep() {
  if (moved_.empty()) return;
  const std::lock_guard lock(mutex_);
  for (const auto& [key, next] : moved_) durable_[key] = next;
  moved_.clear();
}

void SourcePlaces::Discard() { moved_.clear(); }

std::optional<int64_t> SourcePlaces::Of(std::string_view topic, int32_t partition) const {
  const std::lock_guard lock(mutex_);
  const auto found = durable_.find({std::string(topic), partition});
  if (found == durable_.end()) return std::nullopt;
  return found->second;
}

}  // namespace tthc
