#include "ingest/wire/records.h"

#include <charconv>
#include <cmath>

#include "config/procedures.h"
#include "config/units.h"
#include "ingest/wire/dates.h"
#include "ingest/wire/reject_codes.h"
#include "ingest/wire/text.h"

namespace tthc {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr size_t kCodeBytes = 100;                     // MaTTHC, MaLinhVuc: they become labels
constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

struct DateRow {
  FieldId field;
  std::optional<Instant> Statement::*target;
};
constexpr DateRow kSnapshotDates[] = {
    {FieldId::kReceivedAt, &Statement::received_at},
    {FieldId::kDueAt, &Statement::due_at},
    {FieldId::kFinishedAt, &Statement::finished_at},
    {FieldId::kReturnedAt, &Statement::returned_at},
    {FieldId::kRefusedAt, &Statement::refused_at},
};

// A day without a time of day is the end of that day where it is a deadline (Bộ luật Dân sự 2015
// Điều 148 khoản 6), else its beginning.
bool IsDeadline(FieldId field) { return field == FieldId::kDueAt || field == FieldId::kStepDueAt; }

// A snapshot's status is dated by the field of its own; every other status by arrival.
struct OwnDate {
  Status status;
  std::optional<Instant> Statement::*field;
};
constexpr OwnDate kOwnDates[] = {
    {Status::kReceived, &Statement::received_at},
    {Status::kRefused, &Statement::refused_at},
    {Status::kFinished, &Statement::finished_at},
    {Status::kReturned, &Statement::returned_at},
};

// Values of one scalar field that set one flag.
struct FlagRow {
  FieldId field;
  std::string_view value;
  uint32_t flag;
};
constexpr FlagRow kScalarFlags[] = {
    {FieldId::kReturnWay, "1", kReturnedByPost},
    {FieldId::kHasDigitisedPart, "1", kHasDigitisedPart},
    {FieldId::kHasDigitisedPart, "true", kHasDigitisedPart},
    {FieldId::kVneidVerified, "1", kVneidVerified},
    {FieldId::kVneidVerified, "true", kVneidVerified},
    {FieldId::kPaidOnline, "1", kPaidOnNationalGateway},
    {FieldId::kPaidOnline, "2", kPaidOnLocalGateway},
};

constexpr int kRefusedNotice = 11;  // promotion notices of [T]

// A scalar as trimmed text: numbers in decimal, booleans as "true" and "false", null as "".
// nullopt for an array or object. `buffer` holds the digits of a number.
std::optional<std::string_view> ScalarText(element value, std::array<char, 32>& buffer) {
  const auto digits = [&](auto number) {
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
    return std::string_view(buffer.data(), static_cast<size_t>(end - buffer.data()));
  };
  switch (value.type()) {
    case element_type::STRING: return Trimmed(value.get_string().value_unsafe());
    case element_type::INT64: return digits(value.get_int64().value_unsafe());
    case element_type::UINT64: return digits(value.get_uint64().value_unsafe());
    case element_type::DOUBLE: {
      const double number = value.get_double().value_unsafe();
      const bool whole = std::abs(number) < kExactIntegers && number == std::floor(number);
      return whole ? digits(static_cast<int64_t>(number)) : digits(number);
    }
    case element_type::BOOL: return value.get_bool().value_unsafe() ? "true" : "false";
    case element_type::NULL_VALUE: return "";
    case element_type::ARRAY:
    case element_type::OBJECT: return std::nullopt;
  }
  return std::nullopt;
}

// Calls visit(view) for every object of the list in `value`; anything else is passed over.
template <typename Visit>
void ForEachItem(element value, RecordView& item, Visit visit) {
  simdjson::dom::array list;
  if (value.get_array().get(list) != simdjson::SUCCESS) return;
  for (const element entry : list) {
    simdjson::dom::object object;
    if (entry.get_object().get(object) != simdjson::SUCCESS) continue;
    item.Read(object);
    visit();
  }
}

std::string_view ItemText(const RecordView& item, FieldId id, std::array<char, 32>& buffer) {
  if (!item.Has(id)) return {};
  return ScalarText(item.At(id), buffer).value_or(std::string_view());
}

bool HasItems(const RecordView& record, FieldId id) {
  simdjson::dom::array list;
  return record.Has(id) && record.At(id).get_array().get(list) == simdjson::SUCCESS &&
         list.size() > 0;
}

uint32_t SubmittedFileFlags(const RecordView& item, std::array<char, 32>& buffer) {
  if (IsTrue(ItemText(item, FieldId::kIsDeleted, buffer))) return 0;
  uint32_t flags = kHasSubmittedFile;
  if (IsTrue(ItemText(item, FieldId::kDigitised, buffer))) flags |= kHasDigitisedPart;
  const std::string_view reused = ItemText(item, FieldId::kReused, buffer);
  if (reused == "2" || IsTrue(reused)) flags |= kHasReusedPart;
  if (IsTrue(ItemText(item, FieldId::kFromStore, buffer))) flags |= kFromPersonalStore;
  return flags;
}

uint32_t ResultFileFlags(const RecordView& item, std::array<char, 32>& buffer) {
  if (ItemText(item, FieldId::kResultLink, buffer).empty()) return 0;
  const bool coded = !ItemText(item, FieldId::kResultCode, buffer).empty();
  return kHasElectronicResult | (coded ? kHasResultCode : 0u);
}

uint32_t FeeFlags(const RecordView& item, std::array<char, 32>& buffer) {
  const std::string_view amount = ItemText(item, FieldId::kFeeAmount, buffer);
  const bool nonzero = amount.find_first_of("123456789") != amount.npos;
  return kHasFeeLine | (nonzero ? kHasNonZeroFee : 0u);
}

// 0..99 from one or more digits; nullopt for any other text.
std::optional<int> SmallNumber(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > 99) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

void RecordView::Read(simdjson::dom::object object) {
  present_.reset();
  const AliasIndex& fields = RecordFields();
  for (const simdjson::dom::key_value_pair field : object) {
    const uint8_t id = fields.Find(field.key);
    if (id == AliasIndex::kUnknown) continue;
    present_.set(id);
    values_[id] = field.value;
    names_[id] = field.key;
  }
}

std::string_view RecordView::NameOf(FieldId id) const {
  return Has(id) ? names_[static_cast<size_t>(id)]
                 : RecordFields().NameOf(static_cast<uint8_t>(id));
}

std::optional<RecordKind> InferKind(const RecordView& record) {
  if (record.Has(FieldId::kProcessedAt)) return RecordKind::kProgress;
  if (record.Has(FieldId::kDossierStatus)) return RecordKind::kDossier;
  if (record.Has(FieldId::kNoticeAt) && record.Has(FieldId::kRowStatus)) return RecordKind::kNotice;
  if (record.Has(FieldId::kReceivedAt)) {
    return record.Has(FieldId::kReceivingUnit) ? RecordKind::kCreation : RecordKind::kDossier;
  }
  if (record.Has(FieldId::kSystemCaseId) && record.Has(FieldId::kRowStatus)) {
    return RecordKind::kStatus;
  }
  return std::nullopt;
}

RecordReader::RecordReader(uint64_t hash_key, const DecodeLimits& limits)
    : hasher_(hash_key), limits_(limits) {}

uint64_t RecordReader::HashOfBody(element record) {
  return hasher_.hash()(HashDomain::kBody, simdjson::minify(record));
}

bool RecordReader::Read(element record, const RecordContext& context, Statement& out,
                        Rejected& why) {
  simdjson::dom::object object;
  bool read = false;
  if (record.get_object().get(object) == simdjson::SUCCESS) {
    view_.Read(object);
    read = ReadView(context, out, why);
  } else {
    why.code = reject::kNotObject;
    why.reason = "the record is no JSON object";
  }
  if (!read) why.body_hash = HashOfBody(record);
  return read;
}

bool RecordReader::ReadView(const RecordContext& context, Statement& out, Rejected& why) {
  why_ = &why;
  if (!ReadCaseId(context, out)) return false;
  const bool is_row = context.kind == RecordKind::kProgress || context.kind == RecordKind::kNotice;
  out.kind = is_row ? StatementKind::kProgress : StatementKind::kSnapshot;
  const bool read = is_row ? ReadRow(context, out) : ReadSnapshot(context, out);
  if (!read) why.case_id = out.case_id;
  return read;
}

bool RecordReader::Reject(FieldId field, std::string_view code, std::string reason) {
  why_->field = view_.NameOf(field);
  why_->code = code;
  why_->reason = why_->field + ' ' + std::move(reason);
  return false;
}

RecordReader::ScalarState RecordReader::Scalar(FieldId id, std::string_view& text) {
  if (!view_.Has(id)) return ScalarState::kBlank;
  const std::optional<std::string_view> scalar = ScalarText(view_.At(id), number_);
  if (!scalar) {
    Reject(id, reject::kNotScalar, "is a list or an object where a value is expected");
    return ScalarState::kRefused;
  }
  if (scalar->size() > limits_.scalar_bytes) {
    Reject(id, reject::kTooLong,
           "has " + std::to_string(scalar->size()) + " bytes, the limit is " +
               std::to_string(limits_.scalar_bytes));
    return ScalarState::kRefused;
  }
  text = *scalar;
  return text.empty() ? ScalarState::kBlank : ScalarState::kText;
}

bool RecordReader::ReadCaseId(const RecordContext& context, Statement& out) {
  std::string_view text;
  if (Scalar(FieldId::kCaseId, text) == ScalarState::kRefused) return false;
  if (text.empty()) text = context.subject;
  if (text.empty()) return Reject(FieldId::kCaseId, reject::kMissingCaseId, "is missing or empty");
  text = NfcTrimmed(text, case_buffer_);
  if (text.size() > kCaseIdBytes) {
    return Reject(FieldId::kCaseId, reject::kBadCaseId,
                  "has " + std::to_string(text.size()) + " bytes, the limit is " +
                      std::to_string(kCaseIdBytes));
  }
  if (HasControlCharacter(text)) {
    return Reject(FieldId::kCaseId, reject::kBadCaseId, "has a control character");
  }
  // What people write there instead of a number is a name or a sentence.
  if (text.find(' ') != text.npos && text.find_first_of("0123456789") == text.npos) {
    return Reject(FieldId::kCaseId, reject::kBadCaseId,
                  "has blanks and no digit: it is no case number");
  }
  if (!context.subject.empty() && text != context.subject) {
    return Reject(FieldId::kCaseId, reject::kSubjectMismatch,
                  "differs from the subject of the event");
  }
  out.case_id = text;
  return true;
}

bool RecordReader::ReadStatus(const RecordContext& context, Statement& out) {
  const bool row_first = context.kind != RecordKind::kDossier;
  FieldId field = row_first ? FieldId::kRowStatus : FieldId::kDossierStatus;
  if (!view_.Has(field)) field = row_first ? FieldId::kDossierStatus : FieldId::kRowStatus;

  std::string_view text;
  const ScalarState state = Scalar(field, text);
  if (state == ScalarState::kRefused) return false;
  const std::optional<int> code = state == ScalarState::kBlank ? 0 : SmallNumber(text);
  const bool notice = context.kind == RecordKind::kNotice;
  const int greatest = notice ? kRefusedNotice : static_cast<int>(Status::kReturned);
  if (!code || *code > greatest) {
    return Reject(field, reject::kUnknownStatus, QuotedShape(text) + " is outside the list of statuses");
  }
  if (*code == 0 && (out.kind == StatementKind::kProgress || context.kind == RecordKind::kStatus)) {
    const FieldId usual = view_.Has(field) ? field : FieldId::kRowStatus;
    return Reject(usual, reject::kMissingStatus, "is missing, blank or 0: the row says nothing");
  }
  out.status_sent = static_cast<uint8_t>(*code);
  out.status = *code == kRefusedNotice ? Status::kRefused : static_cast<Status>(*code);
  const bool ambiguous = out.status == Status::kReceived || out.status == Status::kSupplement;
  if (notice && ambiguous && context.profile->collapses_notice_status) out.status = Status::kNone;
  return true;
}

bool RecordReader::ReadDate(FieldId id, std::optional<Instant>& out) {
  std::string_view text;
  const ScalarState state = Scalar(id, text);
  if (state == ScalarState::kRefused) return false;
  if (state == ScalarState::kBlank) return true;
  const DateReading date = ReadWireDate(text, {limits_.first_year, limits_.last_year});
  if (date.fault != DateFault::kNone) {
    return Reject(id, reject::kBadDate, QuotedShape(text) + ' ' + std::string(SentenceOf(date.fault)));
  }
  out = !date.has_time && IsDeadline(id) ? LastSecondOf(DayOf(date.at)) : date.at;
  return true;
}

// Codes become keys and labels, so they are short and printable.
bool RecordReader::ReadCode(FieldId id, std::string& out) {
  std::string_view text;
  const ScalarState state = Scalar(id, text);
  if (state == ScalarState::kRefused) return false;
  if (text.size() > kCodeBytes) {
    return Reject(id, reject::kTooLong,
                  "has " + std::to_string(text.size()) + " bytes, the limit is " +
                      std::to_string(kCodeBytes));
  }
  if (HasControlCharacter(text)) return Reject(id, reject::kBadCode, "has a control character");
  out = text;
  return true;
}

bool RecordReader::ReadSnapshot(const RecordContext& context, Statement& out) {
  if (!ReadStatus(context, out)) return false;
  for (const DateRow& row : kSnapshotDates) {
    if (!ReadDate(row.field, out.*row.target)) return false;
  }
  if (!ReadCode(FieldId::kProcedure, out.procedure)) return false;
  if (!out.procedure.empty()) out.procedure = ProcedureKey(out.procedure);
  if (!ReadCode(FieldId::kSector, out.field) || !ReadUnit(out) || !ReadFlags(context, out)) {
    return false;
  }
  if (context.kind == RecordKind::kCreation && out.status_sent == 0) {
    out.status = out.received_at ? Status::kReceived : Status::kSubmitted;
    out.status_sent = static_cast<uint8_t>(out.status);
  }
  if (out.status == Status::kFinished && !out.finished_at && context.kind == RecordKind::kDossier &&
      !context.profile->trusts_undated_finish) {
    out.status = Status::kNone;
  }
  DateSnapshot(context, out);
  out.identity = hasher_.OfSnapshot(out);
  return true;
}

void RecordReader::DateSnapshot(const RecordContext& context, Statement& out) {
  for (const OwnDate& own : kOwnDates) {
    if (own.status == out.status && out.*own.field) {
      out.event = *(out.*own.field);
      out.dated_by = DatedBy::kOwnField;
      return;
    }
  }
  out.dated_by = context.event_time ? DatedBy::kOwnField : DatedBy::kArrival;
  if (context.event_time) out.event = *context.event_time;
}

bool RecordReader::ReadUnit(Statement& out) {
  for (const FieldId id : {FieldId::kProcessingUnit, FieldId::kReceivingUnit, FieldId::kUnit}) {
    std::string_view text;
    const ScalarState state = Scalar(id, text);
    if (state == ScalarState::kRefused) return false;
    if (state == ScalarState::kBlank) continue;
    // A name where a code should stand is no fault of the case: the number says its unit too.
    if (Result<std::string> code = CanonicalUnitCode(text)) {
      out.unit = std::move(*code);
      return true;
    }
  }
  return true;
}

bool RecordReader::ReadFlags(const RecordContext& context, Statement& out) {
  std::string_view text;
  if (Scalar(FieldId::kChannel, text) == ScalarState::kRefused) return false;
  const std::optional<int> channel = SmallNumber(text);
  if (channel && *channel <= 3) out.channel = static_cast<uint8_t>(*channel);
  for (const FlagRow& row : kScalarFlags) {
    text = {};
    if (Scalar(row.field, text) == ScalarState::kRefused) return false;
    if (EqualIgnoringCase(text, row.value)) out.flags |= row.flag;
  }
  if (context.is_insert) out.flags |= kInsert;
  out.flags |= ListFlags();
  return true;
}

// The lists matter only as evidence for flags: an odd item says nothing and harms nothing.
uint32_t RecordReader::ListFlags() {
  RecordView& item = item_view_;
  uint32_t flags = 0;
  const auto each = [&](FieldId list, auto flags_of) {
    if (!view_.Has(list)) return;
    ForEachItem(view_.At(list), item, [&] { flags |= flags_of(item); });
  };
  each(FieldId::kSubmittedFiles,
       [&](const RecordView& view) { return SubmittedFileFlags(view, number_); });
  each(FieldId::kParts, [](const RecordView& view) {
    return HasItems(view, FieldId::kAttachedPapers) ? uint32_t{kHasSubmittedFile} : 0u;
  });
  each(FieldId::kResultFiles,
       [&](const RecordView& view) { return ResultFileFlags(view, number_); });
  each(FieldId::kFees, [&](const RecordView& view) { return FeeFlags(view, number_); });
  each(FieldId::kDatabases, [&](const RecordView& view) {
    return ItemText(view, FieldId::kDatabaseCode, number_).empty() ? 0u
                                                                   : uint32_t{kUsesPopulationData};
  });
  return flags;
}

bool RecordReader::ReadRow(const RecordContext& context, Statement& out) {
  if (!ReadStatus(context, out)) return false;
  const FieldId time_field =
      context.kind == RecordKind::kNotice && !view_.Has(FieldId::kProcessedAt)
          ? FieldId::kNoticeAt
          : FieldId::kProcessedAt;
  std::optional<Instant> at;
  if (!ReadDate(time_field, at)) return false;
  if (!at) at = context.event_time;
  if (!at) {
    return Reject(time_field, reject::kMissingEventTime,
                  "is missing or empty: a row must say when");
  }
  out.event = *at;
  out.dated_by = DatedBy::kOwnField;
  if (!ReadDate(FieldId::kStepDueAt, out.step_due_at)) return false;

  std::string_view action;
  if (Scalar(FieldId::kAction, action) == ScalarState::kRefused) return false;
  action_ = NfcTrimmed(action, action_buffer_);  // a copy: the text of a number is overwritten
  if (context.kind == RecordKind::kProgress) {
    const NoteReading reading = ReadNote(*context.profile, action_, out.status);
    out.note = reading.note;
    out.status = reading.status;
  }
  std::string_view officer;
  if (!ReadOfficer(out, officer)) return false;
  out.identity = hasher_.OfRow(out, action_, officer);
  return true;
}

bool RecordReader::ReadOfficer(Statement& out, std::string_view& officer) {
  if (Scalar(FieldId::kOfficer, officer) == ScalarState::kRefused) return false;
  officer = NfcTrimmed(officer, officer_buffer_);
  out.officer = hasher_.OfOfficer(officer);
  return true;
}

}  // namespace tthc
