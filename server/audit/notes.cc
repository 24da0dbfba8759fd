#include "server/audit/notes.h"

#include <boost/json/parse.hpp>

#include "config/json_text.h"
#include "ingest/proof/hash.h"
#include "ingest/store/bytes.h"

namespace tthc {
namespace {

constexpr char kPrefix = 'r';
// Of one page: whoever asks for one case among millions of readings asks again for the rest.
constexpr size_t kMostLookedAt = 100'000;

std::string NoteKey(uint64_t seq) {
  std::string rest(1, kPrefix);
  ByteWriter(rest).Fixed(seq, 8);
  return ShardKey(kOnlyShard, rest);
}

// The records' keys only.
std::optional<uint64_t> SeqOf(std::string_view key) {
  const std::string_view rest = AfterShard(key);
  if (rest.empty() || rest[0] != kPrefix) return std::nullopt;
  return ByteReader(rest.substr(1)).Fixed(8);
}

std::optional<NoteRecord> Decoded(uint64_t seq, std::string_view value) {
  ByteReader in(value);
  NoteRecord record;
  record.seq = seq;
  record.kind = static_cast<NoteKind>(in.Byte());
  record.at = {static_cast<int64_t>(in.Fixed(8))};
  if (in.failed()) return std::nullopt;
  record.text = value.substr(value.size() - in.remaining());
  return record;
}

bool IsOf(const NoteRecord& record, const std::string& case_id) {
  if (case_id.empty()) return true;
  boost::system::error_code ec;
  const json::value text = json::parse(record.text, ec);
  const json::value* of = ec || !text.is_object() ? nullptr : text.as_object().if_contains("case");
  return of != nullptr && of->is_string() && of->as_string() == json::string_view(case_id);
}

}  // namespace

std::string AnswerText(std::string_view by, std::string_view operation, std::string_view about,
                       std::string_view comment) {
  const auto text = [](std::string_view of) { return json::string(of.data(), of.size()); };
  return JsonText(json::object{{"by", text(by)},
                               {"operation", text(operation)},
                               {"about", text(about)},
                               {"comment", text(comment)}});
}

LogNote LogNoteOf(const NoteRecord& record) {
  return {record.kind, record.at,
          JsonText(json::object{{"sha256", Base64(BytesOf(HashOf(record.text)))}})};
}

void PutNote(const NoteRecord& record, StoreBatch& batch) {
  std::string value;
  ByteWriter out(value);
  out.Byte(static_cast<uint8_t>(record.kind));
  out.Fixed(static_cast<uint64_t>(record.at.us), 8);
  value += record.text;
  batch.Put(Column::kAudit, NoteKey(record.seq), value);
}

Result<NotePage> ReadNotes(const Store& store, const NoteQuery& query) {
  NotePage page;
  if (query.limit == 0) return page;
  size_t looked_at = 0;
  const uint64_t from = query.before == 0 ? UINT64_MAX : query.before - 1;
  const auto scanned = store.ScanBackwards(
      Column::kAudit, NoteKey(from), [&](std::string_view key, std::string_view value) {
        const auto seq = SeqOf(key);
        if (!seq) return false;
        auto record = Decoded(*seq, value);
        if (record && IsOf(*record, query.case_id)) page.records.push_back(std::move(*record));
        if (page.records.size() < query.limit && ++looked_at < kMostLookedAt) return true;
        page.next_before = *seq;
        return false;
      });
  if (!scanned) return scanned.error();
  return page;
}

Result<size_t> ForgetNotes(Store& store, Instant before, size_t most) {
  StoreBatch batch;
  size_t gone = 0;
  const auto scanned = store.Scan(
      Column::kAudit, NoteKey(0), nullptr, [&](std::string_view key, std::string_view value) {
        const auto seq = SeqOf(key);
        const auto record = seq ? Decoded(*seq, value) : std::nullopt;
        // They stand in the order of their times.
        if (!record || record->at >= before || gone == most) return false;
        batch.Delete(Column::kAudit, key);
        ++gone;
        return true;
      });
  if (!scanned) return scanned.error();
  if (batch.empty()) return gone;
  if (const auto written = store.Commit(batch, false); !written) return written.error();
  return gone;
}

Result<std::string> CheckNote(const Store& store, uint64_t seq, const LogNote& note) {
  const auto value = store.Get(Column::kAudit, NoteKey(seq));
  if (!value) return value.error();
  if (!*value) return std::string();
  const auto record = Decoded(seq, **value);
  if (record && LogNoteOf(*record) == note) return std::string();
  return "record " + std::to_string(seq) + ": its text (who read or answered what) is not that of the log";
}

}  // namespace tthc
