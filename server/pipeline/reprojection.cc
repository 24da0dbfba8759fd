#include "server/pipeline/reprojection.h"

#include <algorithm>

#include "ingest/store/bytes.h"

namespace tthc {
namespace {

constexpr char kPrefix = 'p';
constexpr size_t kKeyBytes = 9;
constexpr uint8_t kEncoding = 1;
constexpr std::string_view kCalendars = "calendars";
constexpr std::string_view kProcedures = "procedures";
constexpr std::string_view kSettings = "settings";

void Join(std::string& list, std::string_view item) {
  if (!list.empty()) list += ", ";
  list += item;
}

// Those of `text` that `other` does not have.
std::string LinesNotIn(std::string_view other, std::string_view text) {
  std::string found;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (("\n" + std::string(other)).find("\n" + std::string(line) + "\n") == std::string::npos) {
      Join(found, line);
    }
  }
  return found;
}

}  // namespace

std::string ReprojectionKey(uint64_t number) {
  std::string key;
  ByteWriter out(key);
  out.Byte(kPrefix);
  out.Fixed(number, 8);
  return key;
}

// version, number, begun, 0 or 1 + ended, cases, changed, reason, before, after.
std::string EncodeReprojection(const Reprojection& record) {
  std::string bytes;
  ByteWriter out(bytes);
  out.Byte(kEncoding);
  out.Varint(record.number);
  out.Signed(record.begun.us);
  out.Byte(record.ended ? 1 : 0);
  if (record.ended) out.Signed(record.ended->us);
  out.Varint(record.cases);
  out.Varint(record.changed);
  out.Text(record.reason);
  out.Text(record.before);
  out.Text(record.after);
  return bytes;
}

Result<Reprojection> DecodeReprojection(std::string_view bytes) {
  ByteReader in(bytes);
  Reprojection record;
  const bool known = in.Byte() == kEncoding;
  record.number = in.Varint();
  record.begun.us = in.Signed();
  const uint8_t has_ended = in.Byte();
  if (has_ended == 1) record.ended = Instant{in.Signed()};
  record.cases = in.Varint();
  record.changed = in.Varint();
  record.reason = in.Text();
  record.before = in.Text();
  record.after = in.Text();
  if (!known || has_ended > 1 || in.failed() || !in.AtEnd()) {
    return Error{ErrorKind::kCorrupt, "a record of a re-projection cannot be read"};
  }
  return record;
}

std::string EncodeVersions(const ReferenceVersions& versions) {
  return versions.calendars + "\n" + versions.procedures + "\n" + versions.settings;
}

ReferenceVersions DecodeVersions(std::string_view text) {
  const auto line = [&text] {
    const std::string_view taken = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(taken.size() + 1, text.size()));
    return std::string(taken);
  };
  ReferenceVersions versions;
  versions.calendars = line();
  versions.procedures = line();
  versions.settings = text;
  return versions;
}

Reprojection ChangeBetween(const ReferenceVersions& before, const ReferenceVersions& after) {
  Reprojection change;
  const auto compare = [&](std::string_view what, const std::string& old_one,
                           const std::string& new_one) {
    if (old_one == new_one) return;
    Join(change.reason, what);
    Join(change.before, old_one);
    Join(change.after, new_one);
  };
  compare(kCalendars, before.calendars, after.calendars);
  compare(kProcedures, before.procedures, after.procedures);
  // Records from before settings were kept have none.
  if (!before.settings.empty()) {
    compare(kSettings, LinesNotIn(after.settings, before.settings),
            LinesNotIn(before.settings, after.settings));
  }
  return change;
}

std::string VietnameseReason(const Reprojection& record) {
  std::string text;
  if (record.reason.find(kCalendars) != std::string::npos) Join(text, "lịch làm việc");
  if (record.reason.find(kProcedures) != std::string::npos) Join(text, "danh mục thủ tục");
  if (record.reason.find(kSettings) != std::string::npos) Join(text, "tham số tính toán");
  return text;
}

std::vector<Reprojection> ReadReprojections(const Store& store, size_t limit) {
  std::vector<Reprojection> records;
  if (limit == 0) return records;
  (void)store.ScanBackwards(Column::kFacts, ReprojectionKey(UINT64_MAX),
                            [&](std::string_view key, std::string_view value) {
                              if (key.empty() || key[0] != kPrefix) return false;
                              if (key.size() != kKeyBytes) return true;   // another fact
                              auto record = DecodeReprojection(value);
                              if (record) records.push_back(std::move(*record));
                              return records.size() < limit;
                            });
  return records;
}

}  // namespace tthc
