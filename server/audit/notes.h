// What is on record beside the statements: who read which case or list and why, and what was answered
// to alerts.
//
// The log holds the hash of each text and is never changed. The text stands beside it and goes when its
// time is over (audit.access_days): the chain stays whole, and what is left can still be proved.
// Column `audit`:  'r' seq(8) -> kind byte | at, microseconds(8) | text, a JSON object
// Thread safety: as of the store.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/store/codec.h"
#include "ingest/store/store.h"

namespace tthc {

inline constexpr size_t kLongestNote = 8192;

struct NoteRecord {
  uint64_t seq = 0;      // of the log
  NoteKind kind = NoteKind::kAccess;
  Instant at;
  std::string text;
};
// Of an answer to the alert, or about the unit, `about`.
std::string AnswerText(std::string_view by, std::string_view operation, std::string_view about,
                       std::string_view comment);
// Its place in the log: {"sha256":"BASE64"}.
LogNote LogNoteOf(const NoteRecord& record);
void PutNote(const NoteRecord& record, StoreBatch& batch);

struct NoteQuery {
  uint64_t before = 0;   // 0: from the newest on
  size_t limit = 0;
  std::string case_id;   // empty: any
};
struct NotePage {
  std::vector<NoteRecord> records;     // newest first
  std::optional<uint64_t> next_before; // where there may be more
};
Result<NotePage> ReadNotes(const Store& store, const NoteQuery& query);
// Texts of before that time, at most `most`; how many went.
Result<size_t> ForgetNotes(Store& store, Instant before, size_t most);
// Empty: the text is that of the log, or its time is over. Else what is wrong.
Result<std::string> CheckNote(const Store& store, uint64_t seq, const LogNote& note);

}  // namespace tthc
