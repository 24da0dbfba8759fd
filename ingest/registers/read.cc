#include "ingest/registers/read.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <unordered_set>

#include "config/json_text.h"
#include "config/procedures.h"
#include "config/units.h"
#include "ingest/source/csv_reader.h"
#include "ingest/wire/dates.h"
#include "ingest/wire/json_document.h"
#include "ingest/wire/text.h"

namespace tthc {
namespace {

constexpr std::string_view kWithdrawn = "withdrawn";
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kListSeparators = " \t;";
constexpr size_t kJsonDepth = 16;   // a row has 2: object, list
constexpr size_t kShownNameBytes = 48;
constexpr YearWindow kYears = {1990, 2100};

namespace code {
constexpr std::string_view kMissing = "missing";
constexpr std::string_view kBadValue = "bad_value";
constexpr std::string_view kTooLong = "too_long";
constexpr std::string_view kInFuture = "in_future";
constexpr std::string_view kContradiction = "contradiction";
constexpr std::string_view kUnknownProcedure = "unknown_procedure";
constexpr std::string_view kUnknownIndicator = "unknown_indicator";
constexpr std::string_view kUnknownUnit = "unknown_unit";
constexpr std::string_view kUnknownField = "unknown_field";
constexpr std::string_view kRepeatedField = "repeated_field";
constexpr std::string_view kDuplicateKey = "duplicate_key";
constexpr std::string_view kNotObject = "not_an_object";
constexpr std::string_view kNotJson = "not_json";
constexpr std::string_view kBadLine = "bad_line";
}  // namespace code

// Why a row is not taken: `reason` goes on where the field's name stops.
struct Fault {
  std::string_view field;
  std::string_view code;
  std::string reason;
};
using MaybeFault = std::optional<Fault>;

// --- what a file says of one field --------------------------------------------------------------

struct Given {
  enum class Shape : uint8_t { kAbsent, kText, kList, kFraction, kNested };
  Shape shape = Shape::kAbsent;
  std::string text;
  std::vector<std::string> list;
};
// By field of the schema, and of `withdrawn` behind them.
using GivenRow = std::vector<Given>;

void SetText(Given& given, std::string_view text) {
  text = Trimmed(text);
  given.shape = text.empty() ? Given::Shape::kAbsent : Given::Shape::kText;
  given.text = text;
}

std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(kListSeparators), text.size());
    if (end > 0) items.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return items;
}

// --- values -------------------------------------------------------------------------------------

// What the values of a row are read with, and what is found on the way.
struct Context {
  const RegisterSchema& schema;
  const RegisterChecks& checks;
  const RegisterLimits& limits;
  Instant now;
  Day today;

  bool KnowsProcedure(std::string_view key) const {
    return !checks.knows_procedure || checks.knows_procedure(key);
  }
  bool KnowsUnit(std::string_view unit) const {
    return !checks.knows_unit || checks.knows_unit(unit);
  }
  bool KnowsIndicator(std::string_view id) const {
    return !checks.knows_indicator || checks.knows_indicator(id);
  }
};

MaybeFault Bad(const RegisterField& field, std::string_view text, std::string_view reason) {
  return Fault{field.name, code::kBadValue, Quoted(text) + ' ' + std::string(reason)};
}

MaybeFault ReadShortText(const RegisterField& field, std::string_view text, RegisterValue& out) {
  std::string buffer;
  text = NfcTrimmed(text, buffer);
  if (text.size() > static_cast<size_t>(field.max)) {
    return Fault{field.name, code::kTooLong,
                 "has " + std::to_string(text.size()) + " bytes, the limit is " +
                     std::to_string(field.max)};
  }
  if (HasControlCharacter(text)) return Bad(field, text, "has a control character");
  if (field.in_key && text.find('|') != text.npos) {
    return Bad(field, text, "has a '|', which separates the parts of a key");
  }
  out = std::string(text);
  return {};
}

// MaHoSo as the wire has it; written by hand, it is no place for a name (which is not told back).
MaybeFault ReadCaseId(const RegisterField& field, std::string_view text, RegisterValue& out) {
  if (auto fault = ReadShortText(field, text, out)) return fault;
  if (HasOnlyCaseIdCharacters(std::get<std::string>(out))) return {};
  return Fault{field.name, code::kBadValue,
               "is no number of a case: it has more than letters, digits and . - _ /"};
}

MaybeFault ReadUnit(const RegisterField& field, std::string_view text, RegisterValue& out) {
  auto code = CanonicalUnitCode(text);
  if (!code) return Bad(field, text, "is no unit code");
  out = std::move(*code);
  return {};
}

MaybeFault ReadProcedure(const RegisterField& field, std::string_view text, RegisterValue& out) {
  RegisterValue read;
  if (const auto fault = ReadShortText(field, text, read)) return fault;
  std::string key = ProcedureKey(std::get<std::string>(read));
  if (key.empty()) return Bad(field, text, "is no code of a procedure");
  out = std::move(key);
  return {};
}

MaybeFault ReadDay(const RegisterField& field, std::string_view text, RegisterValue& out) {
  const DateReading date = ReadWireDate(text, kYears);
  if (date.fault != DateFault::kNone) return Bad(field, text, SentenceOf(date.fault));
  if (date.has_time) return Bad(field, text, "has a time of day where a day is expected");
  out = DayOf(date.at);
  return {};
}

MaybeFault ReadInstant(const RegisterField& field, std::string_view text, RegisterValue& out) {
  const DateReading date = ReadWireDate(text, kYears);
  if (date.fault != DateFault::kNone) return Bad(field, text, SentenceOf(date.fault));
  if (!date.has_time) return Bad(field, text, "has no time of day");
  out = date.at;
  return {};
}

MaybeFault ReadBool(const RegisterField& field, std::string_view text, RegisterValue& out) {
  if (!IsTrue(text) && !IsFalse(text)) return Bad(field, text, "is neither true nor false");
  out = IsTrue(text);
  return {};
}

MaybeFault ReadCount(const RegisterField& field, std::string_view text, RegisterValue& out) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = end == text.data() + text.size();
  if (error == std::errc::invalid_argument || !whole) {
    return Bad(field, text, "is no whole number");
  }
  if (error != std::errc() || value < 0 || value > field.max) {
    return Bad(field, text, "is outside 0 to " + std::to_string(field.max));
  }
  out = value;
  return {};
}

MaybeFault ReadChoice(const RegisterField& field, std::string_view text, RegisterValue& out) {
  const auto choices = Split(field.choices);
  if (std::find(choices.begin(), choices.end(), text) == choices.end()) {
    return Bad(field, text, "is none of " + std::string(field.choices));
  }
  out = std::string(text);
  return {};
}

MaybeFault ReadPeriod(const RegisterField& field, std::string_view text, RegisterValue& out) {
  const auto period = ParsePeriod(text);
  if (!period) {
    return Bad(field, text, "is no period: 2025-03, 2025-Q1, 2025-H1 and 2025 are");
  }
  out = *period;
  return {};
}

using ReadFn = MaybeFault (*)(const RegisterField&, std::string_view, RegisterValue&);

// One value; of a list, one item.
ReadFn ReaderOf(ValueKind kind) {
  switch (kind) {
    case ValueKind::kText: return ReadShortText;
    case ValueKind::kCaseId: return ReadCaseId;
    case ValueKind::kUnit:
    case ValueKind::kUnits: return ReadUnit;
    case ValueKind::kProcedure:
    case ValueKind::kProcedures: return ReadProcedure;
    case ValueKind::kDay: return ReadDay;
    case ValueKind::kInstant: return ReadInstant;
    case ValueKind::kBool: return ReadBool;
    case ValueKind::kCount: return ReadCount;
    case ValueKind::kChoice: return ReadChoice;
    case ValueKind::kPeriod: return ReadPeriod;
  }
  std::abort();
}

bool IsList(ValueKind kind) { return kind == ValueKind::kUnits || kind == ValueKind::kProcedures; }
bool IsUnit(ValueKind kind) { return kind == ValueKind::kUnit || kind == ValueKind::kUnits; }
bool IsProcedure(ValueKind kind) {
  return kind == ValueKind::kProcedure || kind == ValueKind::kProcedures;
}

// Items in their order, each once; an empty list is an absent one.
MaybeFault ReadList(const RegisterField& field, const std::vector<std::string>& items,
                    size_t most_items, RegisterValue& out) {
  if (items.size() > most_items) {
    return Fault{field.name, code::kTooLong,
                 "has " + std::to_string(items.size()) + " items, the limit is " +
                     std::to_string(most_items)};
  }
  std::vector<std::string> list;
  std::unordered_set<std::string> seen;
  for (const std::string& item : items) {
    RegisterValue read;
    if (const auto fault = ReaderOf(field.kind)(field, item, read)) return fault;
    std::string& text = std::get<std::string>(read);
    if (seen.insert(text).second) list.push_back(std::move(text));
  }
  if (!list.empty()) out = std::move(list);
  return {};
}

MaybeFault ReadValue(const Context& context, const RegisterField& field, const Given& given,
                     RegisterValue& out) {
  switch (given.shape) {
    case Given::Shape::kAbsent: return {};
    case Given::Shape::kFraction:
      return Bad(field, given.text, "is a number with a fraction or over 64 bits: write a whole "
                                    "number, or a code in quotes");
    case Given::Shape::kNested:
      return Fault{field.name, code::kBadValue, "is a list or object where a value is expected"};
    case Given::Shape::kList:
      if (!IsList(field.kind)) {
        return Fault{field.name, code::kBadValue, "is a list where one value is expected"};
      }
      return ReadList(field, given.list, context.limits.list_items, out);
    case Given::Shape::kText: break;
  }
  if (!IsList(field.kind)) return ReaderOf(field.kind)(field, given.text, out);
  return ReadList(field, Split(given.text), context.limits.list_items, out);
}

// --- rules between the fields of a row ----------------------------------------------------------

// A row with its values read, by field name.
class Row {
 public:
  Row(const Context& context, const RegisterRow& row) : context_(context), row_(row) {}

  const Context& context() const { return context_; }
  const RegisterValue& At(std::string_view name) const {
    const auto& fields = context_.schema.fields;
    for (size_t i = 0; i < fields.size(); ++i) {
      if (fields[i].name == name) return row_.values[i];
    }
    std::abort();
  }
  bool Has(std::string_view name) const {
    return !std::holds_alternative<std::monostate>(At(name));
  }
  template <typename T>
  const T* Get(std::string_view name) const {
    return std::get_if<T>(&At(name));
  }
  // The day of a day or instant; absent where the field is.
  std::optional<Day> DayAt(std::string_view name) const {
    if (const auto* const at = Get<Instant>(name)) return DayOf(*at);
    if (const auto* const day = Get<Day>(name)) return *day;
    return std::nullopt;
  }
  std::string Shown(std::string_view name) const {
    if (const auto* const at = Get<Instant>(name)) return FormatInstant(*at);
    if (const auto* const day = Get<Day>(name)) return FormatDay(*day);
    if (const auto* const count = Get<int64_t>(name)) return std::to_string(*count);
    if (const auto* const text = Get<std::string>(name)) return Quoted(*text);
    return "";
  }

 private:
  const Context& context_;
  const RegisterRow& row_;
};

struct Rule;
using CheckFn = MaybeFault (*)(const Row& row, const Rule& rule);
struct Rule {
  CheckFn check;
  std::string_view field;
  std::string_view other = {};
};

MaybeFault Contradicts(const Rule& rule, std::string reason) {
  return Fault{rule.field, code::kContradiction, std::move(reason)};
}

// It states something that has happened.
MaybeFault HasHappened(const Row& row, const Rule& rule) {
  const auto* const at = row.Get<Instant>(rule.field);
  const auto* const day = row.Get<Day>(rule.field);
  const bool ahead = (at != nullptr && *at > row.context().now) ||
                     (day != nullptr && *day > row.context().today);
  if (!ahead) return {};
  return Fault{rule.field, code::kInFuture, row.Shown(rule.field) + " is in the future"};
}

MaybeFault NotBefore(const Row& row, const Rule& rule) {
  if (!row.Has(rule.field) || !row.Has(rule.other)) return {};
  const auto* const at = row.Get<Instant>(rule.field);
  const auto* const other = row.Get<Instant>(rule.other);
  const bool before = at != nullptr && other != nullptr
                          ? *at < *other
                          : row.DayAt(rule.field) < row.DayAt(rule.other);
  if (!before) return {};
  return Contradicts(rule, row.Shown(rule.field) + " is before " + std::string(rule.other) + ' ' +
                               row.Shown(rule.other));
}

MaybeFault NeedsOther(const Row& row, const Rule& rule) {
  if (!row.Has(rule.field) || row.Has(rule.other)) return {};
  return Contradicts(rule, "stands without " + std::string(rule.other));
}

MaybeFault NotWithOther(const Row& row, const Rule& rule) {
  if (!row.Has(rule.field) || !row.Has(rule.other)) return {};
  return Contradicts(rule, "stands beside " + std::string(rule.other) +
                               ": a row has counts of cases or the counts of one indicator");
}

MaybeFault NotAboveOther(const Row& row, const Rule& rule) {
  const auto* const count = row.Get<int64_t>(rule.field);
  const auto* const other = row.Get<int64_t>(rule.other);
  if (count == nullptr || other == nullptr || *count <= *other) return {};
  return Contradicts(rule, std::to_string(*count) + " is above " + std::string(rule.other) + ' ' +
                               std::to_string(*other));
}

MaybeFault WaitsUnpublished(const Row& row, const Rule& rule) {
  const auto* const state = row.Get<std::string>(rule.field);
  if (state == nullptr || *state != "waiting" || !row.Has(rule.other)) return {};
  return Contradicts(rule, "\"waiting\" stands beside " + std::string(rule.other) + ' ' +
                               row.Shown(rule.other));
}

MaybeFault ReasonOfExclusion(const Row& row, const Rule& rule) {
  if (row.Has(rule.field) || !row.Has(rule.other)) return {};
  return Fault{rule.field, code::kMissing,
               "is missing: say why the procedures of " + std::string(rule.other) +
                   " do not count"};
}

MaybeFault AmountOfSuccess(const Row& row, const Rule& rule) {
  const auto* const succeeded = row.Get<bool>(rule.other);
  if (succeeded != nullptr && !*succeeded) return {};
  const auto* const amount = row.Get<int64_t>(rule.field);
  if (amount != nullptr && *amount > 0) return {};
  if (amount == nullptr) {
    return Fault{rule.field, code::kMissing, "is missing: a payment that succeeded has one"};
  }
  return Contradicts(rule, "0 stands beside " + std::string(rule.other) +
                               " true: a payment that succeeded has an amount");
}

MaybeFault KnownIndicator(const Row& row, const Rule& rule) {
  const auto* const id = row.Get<std::string>(rule.field);
  if (id == nullptr || row.context().KnowsIndicator(*id)) return {};
  return Fault{rule.field, code::kUnknownIndicator, Quoted(*id) + " is in no definition"};
}

MaybeFault HasBegun(const Row& row, const Rule& rule) {
  const auto* const period = row.Get<Period>(rule.field);
  if (period == nullptr || period->from <= row.context().today) return {};
  return Fault{rule.field, code::kInFuture,
               LabelOf(*period) + " begins after today: nothing can be counted yet"};
}

MaybeFault SaysSomething(const Row& row, const Rule& rule) {
  if (row.Has(rule.field) || row.Has("bcqg") || row.Has("portal")) return {};
  return Fault{"bcqg", code::kMissing, "is missing, and so is portal: the row has no count"};
}

MaybeFault AtMostNextYear(const Row& row, const Rule& rule) {
  const auto* const year = row.Get<int64_t>(rule.field);
  if (year == nullptr) return {};
  if (*year < kYears.first) {
    return Fault{rule.field, code::kBadValue,
                 std::to_string(*year) + " is before " + std::to_string(kYears.first)};
  }
  if (*year <= CivilOf(row.context().today).year + 1) return {};
  return Fault{rule.field, code::kInFuture, std::to_string(*year) + " is after the next year"};
}

constexpr Rule kProcedureRules[] = {
    {NeedsOther, "limit_amount", "limit_unit"},
    {NeedsOther, "limit_unit", "limit_amount"},
};
// A decision after the legal basis took effect is only late.
constexpr Rule kPublicationRules[] = {
    {HasHappened, "decided_on"},
    {HasHappened, "published_at"},
    {NotBefore, "published_at", "decided_on"},
    {WaitsUnpublished, "state", "published_at"},
};
constexpr Rule kPetitionRules[] = {
    {HasHappened, "sent_at"},
    {HasHappened, "first_received_at"},
    {HasHappened, "handed_over_at"},
    {HasHappened, "refused_at"},
    {HasHappened, "supplement_asked_at"},
    {HasHappened, "answered_at"},
    {HasHappened, "published_at"},
    {NotBefore, "first_received_at", "sent_at"},
    {NotBefore, "handed_over_at", "sent_at"},
    {NotBefore, "refused_at", "sent_at"},
    {NotBefore, "supplement_asked_at", "sent_at"},
    {NotBefore, "answered_at", "sent_at"},
    {NotBefore, "answered_at", "first_received_at"},
    {NeedsOther, "published_at", "answered_at"},
    {NotBefore, "published_at", "answered_at"},
};
constexpr Rule kRatingRules[] = {
    {HasHappened, "rated_at"},
};
constexpr Rule kPaymentRules[] = {
    {HasHappened, "paid_at"},
    {AmountOfSuccess, "amount_dong", "succeeded"},
};
constexpr Rule kEformCopyRules[] = {
    {HasHappened, "since"},
    {NotBefore, "until", "since"},
};
constexpr Rule kSyncCountRules[] = {
    {HasBegun, "period"},
    {KnownIndicator, "indicator"},
    {NeedsOther, "numerator", "denominator"},
    {NeedsOther, "denominator", "numerator"},
    {NotAboveOther, "numerator", "denominator"},
    {NeedsOther, "indicator", "numerator"},
    {NeedsOther, "numerator", "indicator"},
    {NotWithOther, "indicator", "bcqg"},
    {NotWithOther, "indicator", "portal"},
    {NotWithOther, "indicator", "synchronised"},
    {SaysSomething, "indicator"},
};
constexpr Rule kTargetRules[] = {
    {AtMostNextYear, "year"},
    {ReasonOfExclusion, "reason", "excluded"},
};

std::span<const Rule> RulesOf(RegisterId id) {
  switch (id) {
    case RegisterId::kProcedures: return kProcedureRules;
    case RegisterId::kPublications: return kPublicationRules;
    case RegisterId::kPetitions: return kPetitionRules;
    case RegisterId::kRatings: return kRatingRules;
    case RegisterId::kPayments: return kPaymentRules;
    case RegisterId::kEformCopies: return kEformCopyRules;
    case RegisterId::kSyncCounts: return kSyncCountRules;
    case RegisterId::kTargets: return kTargetRules;
  }
  std::abort();
}

// --- rows ---------------------------------------------------------------------------------------

std::string KeyPart(const RegisterValue& value) {
  if (const auto* const text = std::get_if<std::string>(&value)) return *text;
  if (const auto* const count = std::get_if<int64_t>(&value)) return std::to_string(*count);
  if (const auto* const period = std::get_if<Period>(&value)) return LabelOf(*period);
  return "";
}

std::string KeyOf(const RegisterSchema& schema, const RegisterRow& row) {
  std::string key;
  bool first = true;
  for (size_t i = 0; i < schema.fields.size(); ++i) {
    if (!schema.fields[i].in_key) continue;
    if (!first) key += '|';
    first = false;
    key += KeyPart(row.values[i]);
  }
  return key;
}

// What stands in the rows of one file, as it is read.
class FileReader {
 public:
  FileReader(const RegisterSchema& schema, const RegisterChecks& checks,
             const RegisterLimits& limits)
      : context_{schema, checks, limits, std::min(checks.now, StartOf(LastDay())), {}} {
    context_.today = DayOf(context_.now);
  }

  const RegisterSchema& schema() const { return context_.schema; }
  const RegisterLimits& limits() const { return context_.limits; }
  RegisterFile Done() && { return std::move(file_); }

  // Counts a row; error where there are too many.
  Result<void> Begin(uint64_t line) {
    line_ = line;
    if (++file_.lines <= context_.limits.rows) return {};
    return Invalid("line " + std::to_string(line) + ": the file has more than " +
                   std::to_string(context_.limits.rows) + " rows; send it in parts");
  }
  void Refuse(std::string_view field, std::string_view code, std::string reason) {
    file_.rejected.push_back({line_, std::string(field), std::string(code), std::move(reason)});
  }
  void Take(const GivenRow& given) {
    flags_.clear();
    RegisterRow row;
    if (const auto fault = Read(given, row)) {
      Refuse(fault->field, fault->code, std::string(fault->field) + ' ' + fault->reason);
      return;
    }
    row.key = KeyOf(schema(), row);
    if (!keys_.insert(row.key).second) {
      Refuse("", code::kDuplicateKey, "the key " + Quoted(row.key) + " stands on an earlier line");
      return;
    }
    file_.rows.push_back(std::move(row));
    for (RejectedRow& flag : flags_) file_.flagged.push_back(std::move(flag));
  }

 private:
  static Day LastDay() { return DayOf(CivilDate{kYears.last, 12, 31}); }

  MaybeFault Read(const GivenRow& given, RegisterRow& row) {
    const auto fields = schema().fields;
    row.values.resize(fields.size());
    if (const auto fault = ReadWithdrawn(given.back(), row.withdrawn)) return fault;
    for (size_t i = 0; i < fields.size(); ++i) {
      if (const auto fault = ReadField(fields[i], given[i], row, i)) return fault;
    }
    if (row.withdrawn) return {};
    const Row view(context_, row);
    for (const Rule& rule : RulesOf(schema().id)) {
      if (auto fault = rule.check(view, rule)) return fault;
    }
    return {};
  }

  MaybeFault ReadWithdrawn(const Given& given, bool& withdrawn) const {
    static constexpr RegisterField kField = {
        kWithdrawn, ValueKind::kBool, false, false, false, 0, "", "", ""};
    RegisterValue value;
    if (const auto fault = ReadValue(context_, kField, given, value)) return fault;
    withdrawn = std::holds_alternative<bool>(value) && std::get<bool>(value);
    return {};
  }

  // A withdrawn row keeps its key only: it says nothing but that it no longer holds.
  MaybeFault ReadField(const RegisterField& field, const Given& given, RegisterRow& row, size_t i) {
    RegisterValue& value = row.values[i];
    if (auto fault = ReadValue(context_, field, given, value)) return fault;
    const bool absent = std::holds_alternative<std::monostate>(value);
    if (absent && field.required && (field.in_key || !row.withdrawn)) {
      return Fault{field.name, code::kMissing, "is missing or empty"};
    }
    if (absent) return {};
    if (row.withdrawn) {
      if (!field.in_key) value = std::monostate();
      return {};
    }
    return CheckKnown(field, value);
  }

  MaybeFault CheckKnown(const RegisterField& field, const RegisterValue& value) {
    if (const auto* const list = std::get_if<std::vector<std::string>>(&value)) {
      for (const std::string& item : *list) {
        if (auto fault = CheckKnown(field, item)) return fault;
      }
      return {};
    }
    const auto* const text = std::get_if<std::string>(&value);
    return text == nullptr ? MaybeFault() : CheckKnown(field, *text);
  }

  MaybeFault CheckKnown(const RegisterField& field, const std::string& text) {
    if (IsUnit(field.kind) && !context_.KnowsUnit(text)) {
      Flag(field, code::kUnknownUnit, Quoted(text) + " is not in the tree of units");
    }
    // The catalogue's own rows say what is known.
    if (!IsProcedure(field.kind) || schema().id == RegisterId::kProcedures ||
        context_.KnowsProcedure(text)) {
      return {};
    }
    std::string reason = Quoted(text) + " is not in the catalogue of procedures";
    if (field.must_exist) return Fault{field.name, code::kUnknownProcedure, std::move(reason)};
    Flag(field, code::kUnknownProcedure, std::move(reason));
    return {};
  }

  void Flag(const RegisterField& field, std::string_view code, std::string reason) {
    flags_.push_back({line_, std::string(field.name), std::string(code),
                      std::string(field.name) + ' ' + std::move(reason)});
  }

  Context context_;
  RegisterFile file_;
  uint64_t line_ = 0;
  std::unordered_set<std::string> keys_;
  std::vector<RejectedRow> flags_;   // of the row in hand
};

constexpr size_t kNoField = static_cast<size_t>(-1);
// Place in a GivenRow.
size_t PlaceOf(const RegisterSchema& schema, std::string_view name) {
  for (size_t i = 0; i < schema.fields.size(); ++i) {
    if (schema.fields[i].name == name) return i;
  }
  return name == kWithdrawn ? schema.fields.size() : kNoField;
}

// --- JSON ---------------------------------------------------------------------------------------

using simdjson::dom::element;
using simdjson::dom::element_type;

void SetScalar(element value, Given& given) {
  switch (value.type()) {
    case element_type::STRING: SetText(given, value.get_string().value_unsafe()); return;
    case element_type::INT64:
      SetText(given, std::to_string(value.get_int64().value_unsafe()));
      return;
    case element_type::UINT64:
      SetText(given, std::to_string(value.get_uint64().value_unsafe()));
      return;
    case element_type::DOUBLE:
      given.shape = Given::Shape::kFraction;
      given.text = simdjson::minify(value);
      return;
    case element_type::BOOL:
      SetText(given, value.get_bool().value_unsafe() ? "true" : "false");
      return;
    case element_type::NULL_VALUE: given.shape = Given::Shape::kAbsent; return;
    case element_type::ARRAY:
    case element_type::OBJECT: given.shape = Given::Shape::kNested; return;
  }
}

void SetMember(element value, Given& given) {
  simdjson::dom::array list;
  if (value.get_array().get(list) != simdjson::SUCCESS) {
    SetScalar(value, given);
    return;
  }
  given.shape = Given::Shape::kList;
  for (const element each : list) {
    Given item;
    SetScalar(each, item);
    if (item.shape == Given::Shape::kAbsent) continue;
    if (item.shape != Given::Shape::kText) {
      given.shape = Given::Shape::kNested;
      return;
    }
    given.list.push_back(std::move(item.text));
  }
}

void TakeObject(FileReader& file, simdjson::dom::object object) {
  GivenRow row(file.schema().fields.size() + 1);
  std::vector<bool> seen(row.size());
  for (const simdjson::dom::key_value_pair member : object) {
    const size_t place = PlaceOf(file.schema(), member.key);
    if (place == kNoField) {
      file.Refuse(CutUtf8(member.key, kShownNameBytes), code::kUnknownField,
                  "there is no field " + Quoted(member.key) + " in the register " +
                      std::string(file.schema().name));
      return;
    }
    if (seen[place]) {
      file.Refuse(member.key, code::kRepeatedField, std::string(member.key) + " stands twice");
      return;
    }
    seen[place] = true;
    SetMember(member.value, row[place]);
  }
  file.Take(row);
}

// The rows of a text one after the other: its lines, or the items of its array.
class JsonRows {
 public:
  explicit JsonRows(std::string_view text) : text_(text) {
    if (text_.starts_with(kUtf8Mark)) at_ = kUtf8Mark.size();
    SkipBlanks();
    is_array_ = at_ < text_.size() && text_[at_] == '[';
    if (is_array_) ++at_;
  }

  bool is_array() const { return is_array_; }
  uint64_t line() const { return line_; }   // where the row begins
  const std::string_view& row() const { return row_; }

  // False behind the last row. Errors: the array is none.
  Result<bool> Next() { return is_array_ ? NextItem() : NextLine(); }

 private:
  bool AtEnd() const { return at_ == text_.size(); }
  void Step() { here_ += text_[at_++] == '\n'; }
  void SkipBlanks() {
    while (!AtEnd() && kBlanks.find(text_[at_]) != kBlanks.npos) Step();
  }
  Error Broken(std::string_view what) const {
    return Invalid("line " + std::to_string(here_) + ": not a JSON array: " + std::string(what));
  }
  void SetRow(size_t begin) {
    row_ = text_.substr(begin, at_ - begin);
    row_ = row_.substr(0, row_.find_last_not_of(kBlanks) + 1);
  }

  bool NextLine() {
    SkipBlanks();
    if (AtEnd()) return false;
    line_ = here_;
    const size_t begin = at_;
    at_ = std::min(text_.find('\n', at_), text_.size());
    SetRow(begin);
    return true;
  }

  Result<bool> NextItem() {
    SkipBlanks();
    if (AtEnd()) return Broken("it is never closed");
    if (text_[at_] == ']' && (first_ || closing_)) return Close();
    if (!first_) ++at_;   // the comma that ended the item before
    first_ = false;
    SkipBlanks();
    line_ = here_;
    const size_t begin = at_;
    if (!SkipItem()) return Broken("it is never closed");
    SetRow(begin);
    if (row_.empty()) return Broken("a row is missing between two commas");
    closing_ = text_[at_] == ']';
    return true;
  }

  // To the comma or bracket that ends the item; what stands before is for the parser to judge.
  bool SkipItem() {
    int64_t depth = 0;
    bool in_string = false;
    for (; !AtEnd(); Step()) {
      const char c = text_[at_];
      if (in_string) {
        if (c == '\\' && at_ + 1 < text_.size()) Step();
        in_string = c != '"';
      } else if (c == '"') {
        in_string = true;
      } else if (depth <= 0 && (c == ',' || c == ']')) {
        return true;
      } else {
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
      }
    }
    return false;
  }

  Result<bool> Close() {
    ++at_;
    SkipBlanks();
    if (!AtEnd()) return Broken("text behind its end");
    return false;
  }

  std::string_view text_;
  size_t at_ = 0;
  uint64_t here_ = 1;
  uint64_t line_ = 1;
  std::string_view row_;
  bool is_array_ = false;
  bool first_ = true;
  bool closing_ = false;
};

Result<void> ReadJson(std::string_view text, FileReader& file) {
  for (const std::string_view mark : {"\xFF\xFE", "\xFE\xFF"}) {
    if (text.starts_with(mark)) return Invalid("wrong encoding: UTF-16, UTF-8 is expected");
  }
  JsonDocument document(kJsonDepth);
  JsonRows rows(text);
  for (;;) {
    const auto next = rows.Next();
    if (!next) return next.error();
    if (!*next) return {};
    if (const auto begun = file.Begin(rows.line()); !begun) return begun;
    if (rows.row().size() > file.limits().row_bytes) {
      file.Refuse("", code::kTooLong,
                  "the row has " + std::to_string(rows.row().size()) + " bytes, the limit is " +
                      std::to_string(file.limits().row_bytes));
      continue;
    }
    const auto parsed = document.Parse(rows.row());
    if (!parsed && rows.is_array()) {
      return Prefixed("line " + std::to_string(rows.line()), parsed.error());
    }
    simdjson::dom::object object;
    if (!parsed) {
      file.Refuse("", code::kNotJson, parsed.error().message);
    } else if (parsed->get_object().get(object) != simdjson::SUCCESS) {
      file.Refuse("", code::kNotObject, "the row is no JSON object");
    } else {
      TakeObject(file, object);
    }
  }
}

// --- CSV ----------------------------------------------------------------------------------------

// No name of a column has either.
char DelimiterOf(std::string_view text) {
  if (text.starts_with(kUtf8Mark)) text.remove_prefix(kUtf8Mark.size());
  const size_t begin = std::min(text.find_first_not_of("\r\n"), text.size());
  const std::string_view header = text.substr(begin, text.find('\n', begin) - begin);
  return header.find(';') == header.npos ? ',' : ';';
}

std::string NamesOf(const RegisterSchema& schema) {
  std::string names;
  for (const RegisterField& field : schema.fields) names += std::string(field.name) + ", ";
  return names + std::string(kWithdrawn);
}

// The place of each column.
Result<std::vector<size_t>> ReadHeader(const RegisterSchema& schema, const CsvRow& header) {
  const std::string where = "line " + std::to_string(header.line) + ": ";
  if (!header.fault.empty()) return Invalid(where + header.fault);
  std::vector<size_t> places;
  std::vector<bool> seen(schema.fields.size() + 1);
  for (const std::string& name : header.fields) {
    const size_t place = PlaceOf(schema, Trimmed(name));
    if (place == kNoField) {
      return Invalid(where + "there is no column " + Quoted(Trimmed(name)) + " in the register " +
                     std::string(schema.name) + "; it has " + NamesOf(schema));
    }
    if (seen[place]) {
      return Invalid(where + "the column " + Quoted(Trimmed(name)) + " stands twice");
    }
    seen[place] = true;
    places.push_back(place);
  }
  // A file that withdraws rows needs their keys only.
  const bool withdraws = seen.back();
  for (size_t i = 0; i < schema.fields.size(); ++i) {
    const RegisterField& field = schema.fields[i];
    if (field.required && !seen[i] && (field.in_key || !withdraws)) {
      return Invalid(where + "the column " + Quoted(field.name) + " is missing");
    }
  }
  return places;
}

void TakeCells(FileReader& file, const std::vector<size_t>& places, const CsvRow& cells) {
  if (!cells.fault.empty()) {
    file.Refuse("", code::kBadLine, cells.fault);
    return;
  }
  if (cells.fields.size() != places.size()) {
    file.Refuse("", code::kBadLine,
                "the row has " + std::to_string(cells.fields.size()) + " fields, the header " +
                    std::to_string(places.size()));
    return;
  }
  GivenRow row(file.schema().fields.size() + 1);
  for (size_t i = 0; i < places.size(); ++i) {
    const std::string& cell = cells.fields[i];
    if (!simdjson::validate_utf8(cell.data(), cell.size())) {
      file.Refuse("", code::kBadLine, "wrong encoding: not UTF-8");
      return;
    }
    SetText(row[places[i]], cell);
  }
  file.Take(row);
}

Result<void> ReadCsv(std::string_view text, FileReader& file) {
  CsvLimits limits;
  limits.field_bytes = file.limits().row_bytes;
  limits.row_bytes = file.limits().row_bytes;
  CsvReader csv(ByteSource::OfText(text), DelimiterOf(text), limits);
  CsvRow row;
  const auto header = csv.Next(row);
  if (!header) return header.error();
  if (!*header) return Invalid("the file is empty: its first line names the columns");
  const auto places = ReadHeader(file.schema(), row);
  if (!places) return places.error();
  for (;;) {
    const auto next = csv.Next(row);
    if (!next) return next.error();
    if (!*next) return {};
    if (const auto begun = file.Begin(row.line); !begun) return begun;
    TakeCells(file, *places, row);
  }
}

struct FormatName {
  std::string_view name;
  RegisterFormat format;
};
constexpr FormatName kContentTypes[] = {
    {"application/json", RegisterFormat::kJson},
    {"application/x-ndjson", RegisterFormat::kJson},
    {"application/ndjson", RegisterFormat::kJson},
    {"application/jsonl", RegisterFormat::kJson},
    {"text/csv", RegisterFormat::kCsv},
};
constexpr FormatName kExtensions[] = {
    {".json", RegisterFormat::kJson},
    {".jsonl", RegisterFormat::kJson},
    {".ndjson", RegisterFormat::kJson},
    {".csv", RegisterFormat::kCsv},
};

std::optional<RegisterFormat> FormatNamed(std::span<const FormatName> names,
                                          std::string_view name) {
  for (const FormatName& each : names) {
    if (EqualIgnoringCase(each.name, name)) return each.format;
  }
  return std::nullopt;
}

}  // namespace

std::optional<RegisterFormat> FormatOfContentType(std::string_view content_type) {
  return FormatNamed(kContentTypes, Trimmed(content_type.substr(0, content_type.find(';'))));
}

std::optional<RegisterFormat> FormatOfFileName(std::string_view file_name) {
  const size_t dot = file_name.rfind('.');
  if (dot == file_name.npos) return std::nullopt;
  return FormatNamed(kExtensions, file_name.substr(dot));
}

Result<RegisterFile> ReadRegister(const RegisterSchema& schema, std::string_view text,
                                  RegisterFormat format, const RegisterChecks& checks,
                                  const RegisterLimits& limits) {
  FileReader file(schema, checks, limits);
  const auto read =
      format == RegisterFormat::kCsv ? ReadCsv(text, file) : ReadJson(text, file);
  if (!read) return read.error();
  return std::move(file).Done();
}

}  // namespace tthc
