// One record of a message to one statement, or to the reason why not.
//
// Thread safety: one thread at a time.
#pragma once

#include <simdjson.h>

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ingest/case/statement.h"
#include "ingest/wire/decode.h"
#include "ingest/wire/fields.h"
#include "ingest/wire/identity.h"
#include "ingest/wire/profiles.h"
#include "ingest/wire/services.h"

namespace tthc {

// What is known about a record from around it.
struct RecordContext {
  RecordKind kind = RecordKind::kDossier;
  const SenderProfile* profile = nullptr;
  bool is_insert = false;
  // CloudEvents only: `subject` and `time` of the event.
  std::string_view subject;
  std::optional<Instant> event_time;
};

// The fields of one JSON object, by id; of a repeated key the last one counts.
class RecordView {
 public:
  void Read(simdjson::dom::object object);
  bool Has(FieldId id) const { return present_[static_cast<size_t>(id)]; }
  simdjson::dom::element At(FieldId id) const { return values_[static_cast<size_t>(id)]; }
  // The key as sent, the usual name where the field is missing.
  std::string_view NameOf(FieldId id) const;

 private:
  std::bitset<kFieldCount> present_;
  std::array<simdjson::dom::element, kFieldCount> values_;
  std::array<std::string_view, kFieldCount> names_;
};

// Which kind of record has these fields; none where they do not tell.
std::optional<RecordKind> InferKind(const RecordView& record);

class RecordReader {
 public:
  RecordReader(uint64_t hash_key, const DecodeLimits& limits);

  // Fills `out` and returns true, or fills field, code, reason, case_id and body_hash of `why`.
  // `out` and `why` are fresh values.
  bool Read(simdjson::dom::element record, const RecordContext& context, Statement& out,
            Rejected& why);
  // As Read, for a record whose fields have been read into view() already.
  bool ReadView(const RecordContext& context, Statement& out, Rejected& why);
  RecordView& view() { return view_; }

  uint64_t HashOfBody(simdjson::dom::element record);
  StatementHasher& hasher() { return hasher_; }

 private:
  enum class ScalarState : uint8_t { kBlank, kText, kRefused };

  bool Reject(FieldId field, std::string_view code, std::string reason);
  ScalarState Scalar(FieldId id, std::string_view& text);
  bool ReadCaseId(const RecordContext& context, Statement& out);
  bool ReadStatus(const RecordContext& context, Statement& out);
  bool ReadDate(FieldId id, std::optional<Instant>& out);
  bool ReadCode(FieldId id, std::string& out);
  bool ReadSnapshot(const RecordContext& context, Statement& out);
  bool ReadRow(const RecordContext& context, Statement& out);
  bool ReadUnit(Statement& out);
  bool ReadFlags(const RecordContext& context, Statement& out);
  uint32_t ListFlags();
  bool ReadOfficer(Statement& out, std::string_view& officer);
  void DateSnapshot(const RecordContext& context, Statement& out);

  StatementHasher hasher_;
  DecodeLimits limits_;
  RecordView view_;
  RecordView item_view_;  // of one item of a list
  Rejected* why_ = nullptr;
  // Reused between records: no allocation in the steady state.
  std::array<char, 32> number_;
  std::string case_buffer_;
  std::string action_;
  std::string action_buffer_;
  std::string officer_buffer_;
};

}  // namespace tthc
