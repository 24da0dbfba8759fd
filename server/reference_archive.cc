#include "server/reference_archive.h"

#include <algorithm>
#include <array>

#include "ingest/proof/hash.h"
#include "ingest/store/bytes.h"

namespace tthc {
namespace {

constexpr uint8_t kEncoding = 1;
constexpr size_t kHashBytes = 32;
constexpr size_t kNumberBytes = 8;
constexpr std::string_view kTextKey = "rt";
constexpr std::string_view kEntryKey = "re";
constexpr std::vector<ConfigText> ReferenceSources::*kParts[] = {
    &ReferenceSources::units, &ReferenceSources::calendars, &ReferenceSources::procedures,
    &ReferenceSources::indicators};

std::string TextKey(std::string_view hash) {
  return ShardKey(kOnlyShard, std::string(kTextKey).append(hash));
}

Error Corrupt() { return {ErrorKind::kCorrupt, "the archive of references cannot be read"}; }

// version | make-up days count | for each part: count varint, then name text and hash of each file
std::string Encode(const ReferenceSources& sources) {
  std::string bytes;
  ByteWriter out(bytes);
  out.Byte(kEncoding);
  out.Byte(sources.make_up_days_count ? 1 : 0);
  for (const auto part : kParts) {
    out.Varint((sources.*part).size());
    for (const ConfigText& file : sources.*part) {
      out.Text(file.file);
      bytes += BytesOf(HashOf(*file.text));
    }
  }
  return bytes;
}

Result<ReferenceSources> Decode(const Store& store, std::string_view bytes) {
  ByteReader in(bytes);
  ReferenceSources sources;
  if (in.Byte() != kEncoding) return Corrupt();
  sources.make_up_days_count = in.Byte() != 0;
  for (const auto part : kParts) {
    const uint64_t count = in.Varint();
    for (uint64_t i = 0; i < count && !in.failed(); ++i) {
      const std::string name(in.Text());
      auto text = store.Get(Column::kFrozen, TextKey(in.Raw(kHashBytes)));
      if (!text) return text.error();
      if (in.failed() || !*text) return Corrupt();
      (sources.*part).push_back({name, std::move(**text)});
    }
  }
  if (in.failed() || !in.AtEnd()) return Corrupt();
  return sources;
}

}  // namespace

Result<void> ReferenceArchive::Load(const Store& store, const Reference& loaded) {
  const std::string all = ShardKey(kOnlyShard, kEntryKey);
  const std::string now = Encode(*loaded.sources);
  Result<void> outcome;
  const auto scanned = store.Scan(
      Column::kFrozen, all, nullptr, [&](std::string_view key, std::string_view value) {
        if (!key.starts_with(all) || key.size() != all.size() + kNumberBytes) return false;
        const auto from =
            static_cast<int64_t>(ByteReader(key.substr(all.size())).Fixed(kNumberBytes));
        if (value == now) {
          entries_.push_back({{from}, loaded});
          return true;
        }
        const auto sources = Decode(store, value);
        auto reference = sources ? FromSources(*sources) : sources.error();
        if (!reference) {
          outcome = Prefixed("what was in force from " + FormatInstant({from}) + " on",
                             reference.error());
          return false;
        }
        entries_.push_back({{from}, std::move(*reference)});
        return true;
      });
  return scanned ? outcome : scanned;
}

std::optional<Reference> ReferenceArchive::At(Instant known_at) const {
  const std::lock_guard lock(mutex_);
  if (entries_.empty() || known_at >= entries_.back().from) return std::nullopt;
  const auto after = std::find_if(entries_.begin() + 1, entries_.end(),
                                  [&](const Entry& entry) { return entry.from > known_at; });
  if (after == entries_.end()) return std::nullopt;
  return std::prev(after)->reference;
}

bool ReferenceArchive::empty() const {
  const std::lock_guard lock(mutex_);
  return entries_.empty();
}

bool ReferenceArchive::IsNew(const Reference& reference) const {
  const std::lock_guard lock(mutex_);
  return entries_.empty() ||
         Encode(*entries_.back().reference.sources) != Encode(*reference.sources);
}

void ReferenceArchive::Record(const Reference& reference, Instant from, StoreBatch& batch) {
  for (const auto part : kParts) {
    for (const ConfigText& file : (*reference.sources).*part) {
      batch.Put(Column::kFrozen, TextKey(BytesOf(HashOf(*file.text))), *file.text);
    }
  }
  std::string key(kEntryKey);
  ByteWriter(key).Fixed(static_cast<uint64_t>(from.us), kNumberBytes);
  batch.Put(Column::kFrozen, ShardKey(kOnlyShard, key), Encode(*reference.sources));
  const std::lock_guard lock(mutex_);
  entries_.push_back({from, reference});
}

}  // namespace tthc
