#include "server/reference_archive.h"

#include <algorithm>
#include <array>

#include "ingest/proof/hash.h"
#include "ingest/store/bytes.h"

namespace tthc {
namespace {

constexpr uint8_t kEncoding = 2;
constexpr uint8_t kWithoutSettings = 1;   // from before settings were kept
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
// | hash of the settings, from version 2 on
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
  bytes += BytesOf(HashOf(*sources.settings.text));
  return bytes;
}

Result<std::string> TextOf(const Store& store, ByteReader& in) {
  const std::string_view hash = in.Raw(kHashBytes);
  if (in.failed()) return Corrupt();
  auto text = store.Get(Column::kFrozen, TextKey(hash));
  if (!text) return text.error();
  if (!*text) return Corrupt();
  return std::move(**text);
}

// `later`: the settings of what has none.
Result<ReferenceSources> Decode(const Store& store, std::string_view bytes,
                                const ConfigText& later) {
  ByteReader in(bytes);
  ReferenceSources sources;
  const uint8_t encoding = in.Byte();
  if (encoding != kEncoding && encoding != kWithoutSettings) return Corrupt();
  sources.make_up_days_count = in.Byte() != 0;
  for (const auto part : kParts) {
    const uint64_t count = in.Varint();
    for (uint64_t i = 0; i < count && !in.failed(); ++i) {
      const std::string name(in.Text());
      auto text = TextOf(store, in);
      if (!text) return text.error();
      (sources.*part).push_back({name, std::move(*text)});
    }
  }
  sources.settings = later;
  if (encoding != kWithoutSettings) {
    auto text = TextOf(store, in);
    if (!text) return text.error();
    sources.settings.text = std::move(*text);
  }
  if (in.failed() || !in.AtEnd()) return Corrupt();
  return sources;
}

}  // namespace

Result<void> ReferenceArchive::Load(const Store& store, const Reference& loaded) {
  const std::string all = ShardKey(kOnlyShard, kEntryKey);
  const auto scanned = store.Scan(
      Column::kFrozen, all, nullptr, [&](std::string_view key, std::string_view value) {
        if (!key.starts_with(all) || key.size() != all.size() + kNumberBytes) return false;
        const auto from =
            static_cast<int64_t>(ByteReader(key.substr(all.size())).Fixed(kNumberBytes));
        entries_.push_back({{from}, loaded, std::string(value)});
        return true;
      });
  if (!scanned) return scanned;
  const std::string now = Encode(*loaded.sources);
  ConfigText settings = loaded.sources->settings;
  // From the newest to the oldest: an entry without settings is answered with those of the next.
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (entry->bytes != now) {
      const auto sources = Decode(store, entry->bytes, settings);
      auto reference = sources ? FromSources(*sources) : sources.error();
      if (!reference) {
        return Prefixed("what was in force from " + FormatInstant(entry->from) + " on",
                        reference.error());
      }
      entry->reference = std::move(*reference);
    }
    settings = entry->reference.sources->settings;
  }
  return {};
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
  return entries_.empty() || entries_.back().bytes != Encode(*reference.sources);
}

void ReferenceArchive::Record(const Reference& reference, Instant from, StoreBatch& batch) {
  const ReferenceSources& sources = *reference.sources;
  const auto keep = [&batch](const ConfigText& text) {
    batch.Put(Column::kFrozen, TextKey(BytesOf(HashOf(*text.text))), *text.text);
  };
  for (const auto part : kParts) {
    for (const ConfigText& file : sources.*part) keep(file);
  }
  keep(sources.settings);
  std::string key(kEntryKey);
  ByteWriter(key).Fixed(static_cast<uint64_t>(from.us), kNumberBytes);
  std::string bytes = Encode(sources);
  batch.Put(Column::kFrozen, ShardKey(kOnlyShard, key), bytes);
  const std::lock_guard lock(mutex_);
  entries_.push_back({from, reference, std::move(bytes)});
}

}  // namespace tthc
