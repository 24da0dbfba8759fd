// The column `registers`. Every key begins with shard(2) register(1), the number of RegisterId;
// numbers in keys are big-endian, `recorded` with its sign bit flipped, so that keys order by time.
//
//   'k'                     -> version(1)=1 | recorded time of the earliest put signed
//   'r' row(4) recorded(8)  -> version(1)=1 | key text | row
//   's' number(8)           -> version(1)=1 | recorded signed | ranges to the end
//
// Rows are numbered from 0 in the order of their first coming. A row:
//   flags byte (1 = withdrawn) | present varint, bit i is field i of the schema | values of the
//   present fields in its order: texts, choices, units, procedures, case numbers as text; counts,
//   days and the first day of a period signed, its length in days varint after it; instants as
//   ByteWriter::Time from 0; truth byte 0 or 1; lists count varint | texts
// Fields are only ever appended to a schema: an old row lacks the new ones.
//
// 's' is a put that said again what stood at its time; its ranges (gap from the end of the one
// before varint, length varint) are the rows. A put that is recorded between two others needs it:
// from the later one on stands what that one said, though it was no version when it came.
#include "ingest/registers/book.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <set>
#include <unordered_set>

#include "ingest/case/fold.h"
#include "ingest/store/bytes.h"

namespace tthc {
namespace {

constexpr uint8_t kVersion = 1;
constexpr uint8_t kWithdrawnFlag = 1;
constexpr char kKeptLetter = 'k';
constexpr char kRowLetter = 'r';
constexpr char kSaidLetter = 's';
constexpr uint64_t kSignBit = uint64_t{1} << 63;

// What is remembered of one register's repetitions; the oldest are forgotten beyond it. Only an
// offline feed that goes back behind them would notice. A file of a million rows that is put daily
// takes some bytes a day.
constexpr size_t kMostSaidBytes = 16u << 20;

// Of a time that came from the store: any 64 bits.
std::string ShownTime(Instant at) {
  constexpr Instant kYear2100{4'102'444'800 * kMicrosPerSecond};
  if (at >= Instant{} && at < kYear2100) return FormatInstant(at);
  return std::to_string(at.us) + " us";
}

Error Corrupt(std::string what) { return {ErrorKind::kCorrupt, std::move(what)}; }

// --- a row as bytes -----------------------------------------------------------------------------

template <typename T>
const T& Held(const RegisterValue& value) {
  const T* const held = std::get_if<T>(&value);
  if (held == nullptr) std::abort();   // the reader makes values of the field's kind only
  return *held;
}

void WriteList(const std::vector<std::string>& list, ByteWriter& out) {
  out.Varint(list.size());
  for (const std::string& text : list) out.Text(text);
}

void WritePeriod(const Period& period, ByteWriter& out) {
  out.Signed(period.from.number);
  out.Varint(static_cast<uint64_t>(period.to.number - period.from.number));
}

void WriteValue(ValueKind kind, const RegisterValue& value, ByteWriter& out) {
  switch (kind) {
    case ValueKind::kText:
    case ValueKind::kUnit:
    case ValueKind::kProcedure:
    case ValueKind::kCaseId:
    case ValueKind::kChoice: out.Text(Held<std::string>(value)); return;
    case ValueKind::kDay: out.Signed(Held<Day>(value).number); return;
    case ValueKind::kInstant: out.Time(Held<Instant>(value), Instant{}); return;
    case ValueKind::kBool: out.Byte(Held<bool>(value) ? 1 : 0); return;
    case ValueKind::kCount: out.Signed(Held<int64_t>(value)); return;
    case ValueKind::kPeriod: WritePeriod(Held<Period>(value), out); return;
    case ValueKind::kUnits:
    case ValueKind::kProcedures: WriteList(Held<std::vector<std::string>>(value), out); return;
  }
}

std::string EncodeRow(const RegisterSchema& schema, const RegisterRow& row) {
  if (row.values.size() != schema.fields.size()) std::abort();
  std::string bytes;
  ByteWriter out(bytes);
  uint64_t present = 0;
  for (size_t i = 0; i < row.values.size(); ++i) {
    present |= uint64_t{!std::holds_alternative<std::monostate>(row.values[i])} << i;
  }
  out.Byte(row.withdrawn ? kWithdrawnFlag : 0);
  out.Varint(present);
  for (size_t i = 0; i < row.values.size(); ++i) {
    if ((present >> i & 1) != 0) WriteValue(schema.fields[i].kind, row.values[i], out);
  }
  return bytes;
}

// A value where it stands in the bytes of its row.
struct ValueView {
  std::string_view text;   // of a list: its items
  int64_t number = 0;      // count, day, microseconds, truth, first day, items of a list
  int64_t last_day = 0;    // of a period
};

bool IsDayNumber(int64_t number) { return number >= INT32_MIN && number <= INT32_MAX; }

// False where the value is none of its kind.
bool ReadPeriod(ByteReader& in, ValueView& out) {
  out.number = in.Signed();
  const uint64_t days = in.Varint();
  if (!IsDayNumber(out.number) || days > INT32_MAX) return false;
  out.last_day = out.number + static_cast<int64_t>(days);
  return IsDayNumber(out.last_day);
}

bool ReadListView(ByteReader& in, ValueView& out) {
  const uint64_t count = in.Varint();
  if (count > in.remaining()) return false;   // an item has at least the byte of its length
  out.number = static_cast<int64_t>(count);
  ByteReader items = in;
  for (uint64_t i = 0; i < count; ++i) items.Text();
  if (items.failed()) return false;
  out.text = in.Raw(in.remaining() - items.remaining());
  return true;
}

bool ReadValueView(ValueKind kind, ByteReader& in, ValueView& out) {
  switch (kind) {
    case ValueKind::kText:
    case ValueKind::kUnit:
    case ValueKind::kProcedure:
    case ValueKind::kCaseId:
    case ValueKind::kChoice: out.text = in.Text(); return true;
    case ValueKind::kDay: out.number = in.Signed(); return IsDayNumber(out.number);
    case ValueKind::kInstant: out.number = in.Time(Instant{}).us; return true;
    case ValueKind::kBool: out.number = in.Byte(); return out.number <= 1;
    case ValueKind::kCount: out.number = in.Signed(); return true;
    case ValueKind::kPeriod: return ReadPeriod(in, out);
    case ValueKind::kUnits:
    case ValueKind::kProcedures: return ReadListView(in, out);
  }
  return false;
}

// Calls visit(field index, view) for every value that is present. False where the bytes are no row
// of the register.
template <typename Visit>
bool ForEachValue(const RegisterSchema& schema, std::string_view row, Visit visit) {
  ByteReader in(row);
  const uint8_t flags = in.Byte();
  const uint64_t present = in.Varint();
  if (flags > kWithdrawnFlag || present >> schema.fields.size() != 0) return false;
  for (size_t i = 0; i < schema.fields.size(); ++i) {
    if ((present >> i & 1) == 0) continue;
    ValueView value;
    if (!ReadValueView(schema.fields[i].kind, in, value) || in.failed()) return false;
    visit(i, value);
  }
  return !in.failed() && in.AtEnd();
}

bool IsWithdrawn(std::string_view row) { return row[0] == kWithdrawnFlag; }

std::vector<std::string> ListFrom(const ValueView& view) {
  std::vector<std::string> list;
  ByteReader in(view.text);
  for (int64_t i = 0; i < view.number; ++i) list.emplace_back(in.Text());
  return list;
}

RegisterValue ValueFrom(ValueKind kind, const ValueView& view) {
  const auto day = [](int64_t number) { return Day{static_cast<int32_t>(number)}; };
  switch (kind) {
    case ValueKind::kText:
    case ValueKind::kUnit:
    case ValueKind::kProcedure:
    case ValueKind::kCaseId:
    case ValueKind::kChoice: return std::string(view.text);
    case ValueKind::kDay: return day(view.number);
    case ValueKind::kInstant: return Instant{view.number};
    case ValueKind::kBool: return view.number != 0;
    case ValueKind::kCount: return view.number;
    case ValueKind::kPeriod: return Period{day(view.number), day(view.last_day)};
    case ValueKind::kUnits:
    case ValueKind::kProcedures: return ListFrom(view);
  }
  std::abort();
}

// `bytes` was made here, or checked when it was loaded.
RegisterRow DecodeRow(const RegisterSchema& schema, std::string_view key, std::string_view bytes) {
  RegisterRow row;
  row.key = key;
  row.values.resize(schema.fields.size());
  const bool read = ForEachValue(schema, bytes, [&](size_t i, const ValueView& value) {
    row.values[i] = ValueFrom(schema.fields[i].kind, value);
  });
  if (!read) std::abort();
  row.withdrawn = IsWithdrawn(bytes);
  return row;
}

// --- the versions of a row ----------------------------------------------------------------------

struct Version {
  Instant recorded;
  std::string_view row;
  uint32_t number = 1;
};

// By recorded time, one behind the other in one text: most rows have one version.
//   recorded(8) | length varint | row
class Versions {
 public:
  // visit(version); false ends it.
  template <typename Visit>
  void ForEach(Visit visit) const {
    ByteReader in(packed_);
    for (uint32_t number = 1; !in.AtEnd(); ++number) {
      if (!visit(Next(in, number))) return;
    }
  }
  std::optional<Version> Last() const {
    if (count_ == 0) return std::nullopt;
    ByteReader in(std::string_view(packed_).substr(last_));
    return Next(in, count_);
  }
  // The one that stands at `known_at`.
  std::optional<Version> At(Instant known_at) const {
    std::optional<Version> standing = Last();
    if (!standing || standing->recorded <= known_at) return standing;
    standing.reset();
    ForEach([&](const Version& version) {
      if (version.recorded > known_at) return false;
      standing = version;
      return true;
    });
    return standing;
  }
  std::optional<Instant> NextAfter(Instant at) const {
    std::optional<Instant> next;
    if (const auto last = Last(); !last || last->recorded <= at) return next;
    ForEach([&](const Version& version) {
      if (version.recorded > at) next = version.recorded;
      return !next;
    });
    return next;
  }
  // In the place of the one that was recorded at the same time, if there is one. True: a new one.
  bool Put(Instant recorded, std::string_view row) {
    const auto last = Last();
    if (last && recorded <= last->recorded) return PutBefore(recorded, row);
    Append(recorded, row);
    return true;
  }

 private:
  static Version Next(ByteReader& in, uint32_t number) {
    const Instant recorded{static_cast<int64_t>(in.Fixed(8))};
    return {recorded, in.Text(), number};
  }
  void Append(Instant recorded, std::string_view row) {
    last_ = packed_.size();
    ++count_;
    ByteWriter out(packed_);
    out.Fixed(static_cast<uint64_t>(recorded.us), 8);
    out.Text(row);
  }
  bool PutBefore(Instant recorded, std::string_view row) {
    Versions all;
    bool is_put = false;
    ForEach([&](const Version& version) {
      if (!is_put && recorded <= version.recorded) {
        all.Append(recorded, row);
        is_put = true;
      }
      if (recorded != version.recorded) all.Append(version.recorded, version.row);
      return true;
    });
    const bool is_new = all.count_ > count_;
    *this = std::move(all);
    return is_new;
  }

  std::string packed_;
  size_t last_ = 0;   // where the last one begins
  uint32_t count_ = 0;
};

struct Row {
  RegisterId id = RegisterId::kProcedures;
  uint32_t number = 0;
  Versions versions;
};
using Rows = std::map<std::string, Row, std::less<>>;
using KeyedRow = Rows::value_type;   // key, row: stays where it is

// --- rows that were said again ------------------------------------------------------------------

std::string PackRanges(std::vector<uint32_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  std::string packed;
  ByteWriter out(packed);
  uint64_t end = 0;
  for (size_t i = 0; i < numbers.size();) {
    size_t j = i + 1;
    while (j < numbers.size() && numbers[j] == numbers[i] + (j - i)) ++j;
    out.Varint(numbers[i] - end);
    out.Varint(j - i);
    end = uint64_t{numbers[i]} + (j - i);
    i = j;
  }
  return packed;
}

// visit(first, end). False where the bytes are no ranges of numbers below `count`.
template <typename Visit>
bool ForEachRange(std::string_view packed, uint64_t count, Visit visit) {
  ByteReader in(packed);
  uint64_t end = 0;
  while (!in.AtEnd()) {
    const uint64_t gap = in.Varint();
    const uint64_t length = in.Varint();
    if (in.failed() || gap > count - end || length > count - end - gap) return false;
    visit(end + gap, end + gap + length);
    end += gap + length;
  }
  return !in.failed();
}

struct SaidKey {
  Instant recorded;
  uint64_t number = 0;
  friend auto operator<=>(const SaidKey&, const SaidKey&) = default;
};

// --- keys of the column -------------------------------------------------------------------------

std::string RegisterKey(ShardId shard, RegisterId id, char letter) {
  return ShardKey(shard, std::string{static_cast<char>(id), letter});
}
std::string RowKey(ShardId shard, RegisterId id, uint32_t number, Instant recorded) {
  std::string key = RegisterKey(shard, id, kRowLetter);
  ByteWriter out(key);
  out.Fixed(number, 4);
  out.Fixed(static_cast<uint64_t>(recorded.us) ^ kSignBit, 8);
  return key;
}
std::string SaidStoreKey(ShardId shard, RegisterId id, uint64_t number) {
  std::string key = RegisterKey(shard, id, kSaidLetter);
  ByteWriter(key).Fixed(number, 8);
  return key;
}

std::string KeptValue(Instant first_put) {
  std::string value;
  ByteWriter out(value);
  out.Byte(kVersion);
  out.Signed(first_put.us);
  return value;
}
std::string RowValue(std::string_view key, std::string_view row) {
  std::string value;
  ByteWriter out(value);
  out.Byte(kVersion);
  out.Text(key);
  return value.append(row);
}
std::string SaidValue(Instant recorded, std::string_view ranges) {
  std::string value;
  ByteWriter out(value);
  out.Byte(kVersion);
  out.Signed(recorded.us);
  return value.append(ranges);
}

// --- links of cases -----------------------------------------------------------------------------

size_t FieldAt(RegisterId id, std::string_view name) {
  const auto fields = SchemaOf(id).fields;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == name) return i;
  }
  std::abort();
}

struct LinkFields {
  size_t case_id = 0;
  size_t at = 0;                                     // when it happened
  size_t gateway = SIZE_MAX, succeeded = SIZE_MAX;   // payments
  size_t rating = SIZE_MAX;                          // ratings
};

// nullptr: rows of the register say nothing of a case.
const LinkFields* LinkFieldsOf(RegisterId id) {
  static const LinkFields kPetition = {
      .case_id = FieldAt(RegisterId::kPetitions, "case_id"),
      .at = FieldAt(RegisterId::kPetitions, "sent_at")};
  static const LinkFields kRating = {
      .case_id = FieldAt(RegisterId::kRatings, "case_id"),
      .at = FieldAt(RegisterId::kRatings, "rated_at"),
      .rating = FieldAt(RegisterId::kRatings, "rating")};
  static const LinkFields kPayment = {
      .case_id = FieldAt(RegisterId::kPayments, "case_id"),
      .at = FieldAt(RegisterId::kPayments, "paid_at"),
      .gateway = FieldAt(RegisterId::kPayments, "gateway"),
      .succeeded = FieldAt(RegisterId::kPayments, "succeeded")};
  if (id == RegisterId::kPetitions) return &kPetition;
  if (id == RegisterId::kRatings) return &kRating;
  return id == RegisterId::kPayments ? &kPayment : nullptr;
}

// What one row says of its case.
struct LinkSaid {
  std::string_view case_id;
  bool paid_online = false;
  bool disliked = false;
  Instant at;
};

LinkSaid ReadLink(const LinkFields& fields, RegisterId id, std::string_view row) {
  LinkSaid said;
  bool online = false;
  bool succeeded = true;
  ForEachValue(SchemaOf(id), row, [&](size_t i, const ValueView& value) {
    if (i == fields.case_id) said.case_id = value.text;
    if (i == fields.gateway) online = value.text == "national" || value.text == "local";
    if (i == fields.succeeded) succeeded = value.number != 0;
    if (i == fields.at) said.at = Instant{value.number};
    if (i == fields.rating) said.disliked = value.text == "dislike";
  });
  said.paid_online = online && succeeded;
  return said;
}

// Adds up the rows that name one case, in any order; one row may come twice.
class LinkSum {
 public:
  void Add(const KeyedRow& entry, const LinkSaid& said) {
    if (said.paid_online) links_ |= kLinkPaidOnline;
    if (entry.second.id == RegisterId::kPetitions) links_ |= kLinkComplained;
    if (entry.second.id != RegisterId::kRatings) return;
    const bool later = latest_ == nullptr || said.at > rated_at_ ||
                       (said.at == rated_at_ && entry.first > latest_->first);
    if (!later) return;
    latest_ = &entry;
    rated_at_ = said.at;
    disliked_ = said.disliked;
  }
  CaseLinks links() const {
    return static_cast<CaseLinks>(links_ | (disliked_ ? kLinkDisliked : 0));
  }

 private:
  unsigned links_ = 0;
  const KeyedRow* latest_ = nullptr;
  Instant rated_at_;
  bool disliked_ = false;
};

size_t HashOf(std::string_view case_id) { return std::hash<std::string_view>()(case_id); }

struct Register {
  RegisterId id = RegisterId::kProcedures;
  Rows rows;
  std::optional<Instant> first_put;
  std::optional<Instant> last_version;        // recorded
  // The writer's own.
  std::map<SaidKey, std::string> said;        // -> ranges
  size_t said_bytes = 0;
  uint64_t next_said = 0;
};

struct NewVersion {
  KeyedRow* entry = nullptr;   // nullptr: a new row, with `key` and `number`
  std::string key;
  uint32_t number = 0;
  Instant recorded;
  std::string row;
};
struct Pending {
  RegisterId id = RegisterId::kProcedures;
  std::vector<NewVersion> versions;
  uint64_t added = 0;                         // of these, not in another's place
  std::optional<Instant> first_put;
  Instant recorded;
  std::vector<uint32_t> said;                 // rows said again
  std::string said_ranges;
  uint64_t said_number = 0;
  std::vector<SaidKey> forgotten;             // older repetitions that this one makes too many
};
// What stood before a version that goes in between, until the next version.
struct Split {
  KeyedRow* entry = nullptr;
  std::string_view row;
  Instant until;
};

}  // namespace

struct RegisterBook::State {
  State(ShardId shard_id, uint64_t most) : shard(shard_id), most_versions(most) {
    for (const RegisterSchema& schema : RegisterSchemas()) Of(schema.id).id = schema.id;
  }
  Register& Of(RegisterId id) { return registers[static_cast<size_t>(id) - 1]; }
  const Register& Of(RegisterId id) const { return registers[static_cast<size_t>(id) - 1]; }

  // --- loading
  Result<void> TakeStored(std::string_view key, std::string_view value);
  Result<void> TakeRow(Register& of, ByteReader key, std::string_view value);
  Result<void> TakeSaid(Register& of, ByteReader key, ByteReader value);

  // --- writing
  void PrepareRow(Register& of, const RegisterRow& row, std::map<uint32_t, Split>& splits);
  void SettleSplits(Register& of, std::map<uint32_t, Split>& splits);
  void WriteVersions(StoreBatch& batch) const;
  void WriteSaid(StoreBatch& batch);
  std::vector<SaidKey> ForgottenFor(const Register& of, size_t more_bytes) const;
  void Insert(Register& of, const NewVersion& version);
  void Index(const KeyedRow& entry, std::string_view row);

  // --- reading, under `mutex`
  CaseLinks LinksOf(std::string_view case_id, Instant known_at, Instant by) const;
  std::set<std::string> CasesOfPending() const;
  std::vector<Procedure> ProceduresAt(Instant known_at) const;

  const ShardId shard;
  const uint64_t most_versions;

  // Rows, versions and index are changed by the writer under it, and read by the writer without.
  mutable std::shared_mutex mutex;
  std::array<Register, kRegisterCount> registers;
  uint64_t versions = 0;
  // Hash of a case's number -> every row that ever named the case: rows of two cases may meet.
  std::unordered_multimap<size_t, const KeyedRow*> by_case;
  std::atomic<bool> names_cases = false;
  std::atomic<uint64_t> changes = 0;
  uint64_t catalogue_changes = 0;

  std::optional<Pending> pending;               // the writer's own

  mutable std::mutex cache_mutex;
  mutable std::shared_ptr<const ProcedureCatalogue> cached_shipped;
  mutable std::shared_ptr<const ProcedureCatalogue> cached;
  mutable uint64_t cached_changes = 0;
};

RegisterBook::RegisterBook(ShardId shard, uint64_t most_versions)
    : state_(std::make_unique<State>(shard, most_versions)) {}
RegisterBook::~RegisterBook() = default;

// --- loading ------------------------------------------------------------------------------------

Result<void> RegisterBook::Load(const Store& store) {
  const std::unique_lock lock(state_->mutex);
  const std::string prefix = ShardKey(state_->shard, "");
  Result<void> taken;
  const auto scanned = store.Scan(Column::kRegisters, prefix, nullptr,
                                  [&](std::string_view key, std::string_view value) {
                                    if (!key.starts_with(prefix)) return false;
                                    taken = state_->TakeStored(key, value);
                                    return taken.has_value();
                                  });
  if (!scanned) return scanned.error();
  return taken;
}

Result<void> RegisterBook::State::TakeStored(std::string_view key, std::string_view value) {
  ByteReader rest(AfterShard(key));
  const uint8_t id = rest.Byte();
  const char letter = static_cast<char>(rest.Byte());
  if (rest.failed() || id < 1 || id > kRegisterCount) {
    return Corrupt("a stored register row is of register " + std::to_string(id) +
                   ", which this version does not have");
  }
  Register& of = registers[id - 1u];
  const std::string_view name = SchemaOf(of.id).name;
  ByteReader in(value);
  if (const uint8_t version = in.Byte(); version != kVersion) {
    return Corrupt("register " + std::string(name) + ": a stored value is of format " +
                   std::to_string(version) + ", this version reads " + std::to_string(kVersion));
  }
  Result<void> taken;
  if (letter == kRowLetter) {
    taken = TakeRow(of, rest, value.substr(1));
  } else if (letter == kSaidLetter) {
    taken = TakeSaid(of, rest, in);
  } else {
    of.first_put = Instant{in.Signed()};
    if (letter != kKeptLetter || !rest.AtEnd() || in.failed() || !in.AtEnd()) {
      taken = Corrupt("the stored time of its first put does not read as one");
    }
  }
  if (!taken) return Prefixed("register " + std::string(name), taken.error());
  return {};
}

Result<void> RegisterBook::State::TakeRow(Register& of, ByteReader key, std::string_view value) {
  const auto number = static_cast<uint32_t>(key.Fixed(4));
  const Instant recorded{static_cast<int64_t>(key.Fixed(8) ^ kSignBit)};
  if (key.failed() || !key.AtEnd()) return Corrupt("the key of a stored row does not read as one");
  ByteReader in(value);
  NewVersion version;
  version.key = in.Text();
  version.number = number;
  version.recorded = recorded;
  version.row = value.substr(value.size() - in.remaining());
  const std::string where = "row " + std::to_string(number) + ", recorded " +
                            ShownTime(recorded) + ": the stored version ";
  if (in.failed() || !ForEachValue(SchemaOf(of.id), version.row, [](size_t, const ValueView&) {})) {
    return Corrupt(where + "does not read as one");
  }
  const auto known = of.rows.find(version.key);
  const bool is_next = known == of.rows.end() && number == of.rows.size();
  const bool is_same = known != of.rows.end() && known->second.number == number;
  if (!is_next && !is_same) {
    return Corrupt(where + "has the key of another row, or a row before it is missing");
  }
  if (is_same) version.entry = &*known;
  Insert(of, version);
  return {};
}

Result<void> RegisterBook::State::TakeSaid(Register& of, ByteReader key, ByteReader value) {
  const uint64_t number = key.Fixed(8);
  const Instant recorded{value.Signed()};
  if (key.failed() || !key.AtEnd() || value.failed()) {
    return Corrupt("the key or time of a stored repetition does not read as one");
  }
  const std::string_view ranges = value.Raw(value.remaining());
  if (!ForEachRange(ranges, of.rows.size(), [](uint64_t, uint64_t) {})) {
    return Corrupt("the repetition recorded " + ShownTime(recorded) +
                   " does not read as ranges of rows");
  }
  of.said.emplace(SaidKey{recorded, number}, ranges);
  of.said_bytes += ranges.size();
  of.next_said = std::max(of.next_said, number + 1);
  return {};
}

// --- writing ------------------------------------------------------------------------------------

Result<RegisterPutAnswer> RegisterBook::Prepare(RegisterId id, std::vector<RegisterRow> rows,
                                                Instant recorded, StoreBatch& batch) {
  State& state = *state_;
  Forget();
  Register& of = state.Of(id);
  Pending& pending = state.pending.emplace();
  pending.id = id;
  pending.recorded = recorded;
  if (!of.first_put || recorded < *of.first_put) pending.first_put = recorded;

  // Of two rows with one key the later counts.
  std::unordered_set<std::string_view> keys;
  keys.reserve(rows.size());
  std::map<uint32_t, Split> splits;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    if (keys.insert(row->key).second) state.PrepareRow(of, *row, splits);
  }
  std::reverse(pending.versions.begin(), pending.versions.end());
  uint32_t next = static_cast<uint32_t>(of.rows.size());
  for (NewVersion& version : pending.versions) {
    if (version.entry == nullptr) version.number = next++;
  }
  RegisterPutAnswer answer{pending.versions.size(), pending.said.size(), recorded};
  state.SettleSplits(of, splits);
  if (state.versions + pending.added > state.most_versions) {
    const std::string added = std::to_string(pending.added);
    Forget();
    return Error{ErrorKind::kConflict,
                 "the registers keep " + std::to_string(state.versions) + " versions of rows; " +
                     added + " more would exceed the setting limits.register_rows (" +
                     std::to_string(state.most_versions) + ")"};
  }
  state.WriteVersions(batch);
  state.WriteSaid(batch);
  return answer;
}

void RegisterBook::State::PrepareRow(Register& of, const RegisterRow& row,
                                     std::map<uint32_t, Split>& splits) {
  NewVersion version;
  version.recorded = pending->recorded;
  version.row = EncodeRow(SchemaOf(of.id), row);
  const auto known = of.rows.find(row.key);
  std::optional<Version> standing;
  if (known == of.rows.end()) {
    version.key = row.key;
  } else {
    version.entry = &*known;
    version.number = known->second.number;
    standing = known->second.versions.At(pending->recorded);
  }
  if (standing && standing->row == version.row) {
    pending->said.push_back(version.number);
    return;
  }
  if (standing) {
    const auto next = known->second.versions.NextAfter(pending->recorded);
    splits[version.number] = {version.entry, standing->row, next.value_or(kEndOfTime)};
  }
  pending->added += !standing || standing->recorded != pending->recorded;
  pending->versions.push_back(std::move(version));
}

// Whatever was said again later, but before the next version, stands again from then on.
void RegisterBook::State::SettleSplits(Register& of, std::map<uint32_t, Split>& splits) {
  auto said = of.said.upper_bound({pending->recorded, std::numeric_limits<uint64_t>::max()});
  for (; said != of.said.end() && !splits.empty(); ++said) {
    const Instant at = said->first.recorded;
    ForEachRange(said->second, of.rows.size(), [&](uint64_t first, uint64_t end) {
      auto split = splits.lower_bound(static_cast<uint32_t>(first));
      while (split != splits.end() && split->first < end) {
        const Split& cut = split->second;
        if (at < cut.until) {
          pending->versions.push_back({cut.entry, "", split->first, at, std::string(cut.row)});
          ++pending->added;
        }
        split = splits.erase(split);
      }
    });
  }
}

void RegisterBook::State::WriteVersions(StoreBatch& batch) const {
  for (const NewVersion& version : pending->versions) {
    const std::string& key = version.entry == nullptr ? version.key : version.entry->first;
    batch.Put(Column::kRegisters, RowKey(shard, pending->id, version.number, version.recorded),
              RowValue(key, version.row));
  }
  if (pending->first_put) {
    batch.Put(Column::kRegisters, RegisterKey(shard, pending->id, kKeptLetter),
              KeptValue(*pending->first_put));
  }
}

void RegisterBook::State::WriteSaid(StoreBatch& batch) {
  if (pending->said.empty()) return;
  Register& of = Of(pending->id);
  std::string ranges = PackRanges(std::move(pending->said));
  const uint64_t number = of.next_said++;
  batch.Put(Column::kRegisters, SaidStoreKey(shard, of.id, number),
            SaidValue(pending->recorded, ranges));
  for (const SaidKey& old : ForgottenFor(of, ranges.size())) {
    batch.Delete(Column::kRegisters, SaidStoreKey(shard, of.id, old.number));
    pending->forgotten.push_back(old);
  }
  pending->said_ranges = std::move(ranges);
  pending->said_number = number;
}

std::vector<SaidKey> RegisterBook::State::ForgottenFor(const Register& of,
                                                       size_t more_bytes) const {
  std::vector<SaidKey> old;
  size_t bytes = of.said_bytes + more_bytes;
  for (auto said = of.said.begin(); said != of.said.end() && bytes > kMostSaidBytes; ++said) {
    bytes -= said->second.size();
    old.push_back(said->first);
  }
  return old;
}

void RegisterBook::Forget() { state_->pending.reset(); }

// Before the version is put. A row is found twice where it came back to a case.
void RegisterBook::State::Index(const KeyedRow& entry, std::string_view row) {
  const LinkFields* const fields = LinkFieldsOf(entry.second.id);
  if (fields == nullptr) return;
  const std::string_view case_id = ReadLink(*fields, entry.second.id, row).case_id;
  const auto last = entry.second.versions.Last();
  const bool is_known =
      last && ReadLink(*fields, entry.second.id, last->row).case_id == case_id;
  if (case_id.empty() || is_known) return;
  by_case.emplace(HashOf(case_id), &entry);
  names_cases = true;
}

void RegisterBook::State::Insert(Register& of, const NewVersion& version) {
  KeyedRow* entry = version.entry;
  if (entry == nullptr) {
    const auto [place, is_new] = of.rows.try_emplace(version.key);
    if (!is_new) std::abort();
    entry = &*place;
    entry->second.id = of.id;
    entry->second.number = version.number;
  }
  Index(*entry, version.row);
  versions += entry->second.versions.Put(version.recorded, version.row);
  of.last_version = std::max(of.last_version.value_or(version.recorded), version.recorded);
}

// The cases that the rows named until now, and those that they name from now on.
std::set<std::string> RegisterBook::State::CasesOfPending() const {
  std::set<std::string> cases;
  const LinkFields* const fields = LinkFieldsOf(pending->id);
  if (fields == nullptr) return cases;
  const auto add = [&](std::string_view row) {
    const std::string_view case_id = ReadLink(*fields, pending->id, row).case_id;
    if (!case_id.empty()) cases.emplace(case_id);
  };
  for (const NewVersion& version : pending->versions) {
    add(version.row);
    if (version.entry == nullptr) continue;
    if (const auto last = version.entry->second.versions.Last()) add(last->row);
  }
  return cases;
}

RegisterBook::Effect RegisterBook::Apply() {
  State& state = *state_;
  Effect effect;
  if (!state.pending) return effect;
  const std::unique_lock lock(state.mutex);
  Pending& pending = *state.pending;
  Register& of = state.Of(pending.id);

  for (const std::string& case_id : state.CasesOfPending()) {
    effect.cases.push_back({case_id, state.LinksOf(case_id, kEndOfTime, kEndOfTime)});
  }
  const bool is_catalogue = pending.id == RegisterId::kProcedures;
  for (const NewVersion& version : pending.versions) {
    const auto last =
        version.entry == nullptr ? std::nullopt : version.entry->second.versions.Last();
    effect.catalogue |= is_catalogue && (!last || last->recorded <= version.recorded);
    state.Insert(of, version);
  }
  std::erase_if(effect.cases, [&](const LinkChange& change) {
    return state.LinksOf(change.case_id, kEndOfTime, kEndOfTime) == change.before;
  });
  if (pending.first_put) of.first_put = pending.first_put;
  for (const SaidKey& old : pending.forgotten) {
    const auto said = of.said.find(old);
    of.said_bytes -= said->second.size();
    of.said.erase(said);
  }
  if (!pending.said_ranges.empty()) {
    of.said_bytes += pending.said_ranges.size();
    of.said.emplace(SaidKey{pending.recorded, pending.said_number},
                    std::move(pending.said_ranges));
  }
  if (is_catalogue && !pending.versions.empty()) ++state.catalogue_changes;
  if (!pending.versions.empty() || pending.first_put) ++state.changes;
  Forget();
  return effect;
}

// --- reading ------------------------------------------------------------------------------------

bool RegisterBook::Kept(RegisterId id, Instant known_at) const {
  const std::shared_lock lock(state_->mutex);
  const auto& first = state_->Of(id).first_put;
  return first && *first <= known_at;
}

void RegisterBook::Visit(RegisterId id, Instant known_at, const Visitor& visit) const {
  const RegisterSchema& schema = SchemaOf(id);
  const std::shared_lock lock(state_->mutex);
  for (const auto& [key, row] : state_->Of(id).rows) {
    const auto standing = row.versions.At(known_at);
    if (standing && !IsWithdrawn(standing->row)) visit(DecodeRow(schema, key, standing->row));
  }
}

std::vector<RegisterListItem> RegisterBook::List(RegisterId id, Instant known_at,
                                                 std::string_view after_key, size_t limit) const {
  const RegisterSchema& schema = SchemaOf(id);
  std::vector<RegisterListItem> items;
  const std::shared_lock lock(state_->mutex);
  const Rows& rows = state_->Of(id).rows;
  auto row = after_key.empty() ? rows.begin() : rows.upper_bound(after_key);
  for (; row != rows.end() && items.size() < limit; ++row) {
    const auto standing = row->second.versions.At(known_at);
    if (!standing) continue;
    items.push_back({DecodeRow(schema, row->first, standing->row), standing->recorded,
                     standing->number});
  }
  return items;
}

std::vector<RegisterListItem> RegisterBook::Versions(RegisterId id, std::string_view key) const {
  const RegisterSchema& schema = SchemaOf(id);
  std::vector<RegisterListItem> items;
  const std::shared_lock lock(state_->mutex);
  const Rows& rows = state_->Of(id).rows;
  const auto row = rows.find(key);
  if (row == rows.end()) return items;
  row->second.versions.ForEach([&](const Version& version) {
    items.push_back({DecodeRow(schema, key, version.row), version.recorded, version.number});
    return true;
  });
  return items;
}

CaseLinks RegisterBook::LinksOf(std::string_view case_id, Instant known_at, Instant by) const {
  if (!state_->names_cases.load(std::memory_order_relaxed)) return 0;
  const std::shared_lock lock(state_->mutex);
  return state_->LinksOf(case_id, known_at, by);
}

CaseLinks RegisterBook::State::LinksOf(std::string_view case_id, Instant known_at,
                                       Instant by) const {
  LinkSum sum;
  const auto [begin, end] = by_case.equal_range(HashOf(case_id));
  for (auto named = begin; named != end; ++named) {
    const KeyedRow& entry = *named->second;
    const auto standing = entry.second.versions.At(known_at);
    if (!standing || IsWithdrawn(standing->row)) continue;
    const LinkSaid said = ReadLink(*LinkFieldsOf(entry.second.id), entry.second.id, standing->row);
    if (said.case_id == case_id && said.at <= by) sum.Add(entry, said);
  }
  return sum.links();
}

std::vector<Procedure> RegisterBook::State::ProceduresAt(Instant known_at) const {
  const RegisterSchema& schema = SchemaOf(RegisterId::kProcedures);
  std::vector<Procedure> procedures;
  for (const auto& [key, row] : Of(RegisterId::kProcedures).rows) {
    const auto standing = row.versions.At(known_at);
    if (!standing || IsWithdrawn(standing->row)) continue;
    procedures.push_back(ProcedureFrom(DecodeRow(schema, key, standing->row)));
  }
  return procedures;
}

namespace {

std::shared_ptr<const ProcedureCatalogue> Merged(std::vector<Procedure> procedures,
                                                 const ProcedureCatalogue& shipped) {
  std::unordered_set<std::string> own;
  for (const Procedure& procedure : procedures) own.insert(procedure.code);
  for (const Procedure& procedure : shipped.all()) {
    if (!own.contains(procedure.code)) procedures.push_back(procedure);
  }
  return ProcedureCatalogue::Of(std::move(procedures));
}

}  // namespace

std::shared_ptr<const ProcedureCatalogue> RegisterBook::CatalogueAt(
    Instant known_at, const std::shared_ptr<const ProcedureCatalogue>& shipped) const {
  std::vector<Procedure> procedures;
  bool is_latest = false;
  uint64_t changes = 0;
  {
    const std::shared_lock lock(state_->mutex);
    const auto& last = state_->Of(RegisterId::kProcedures).last_version;
    if (!last) return shipped;
    is_latest = *last <= known_at;
    changes = state_->catalogue_changes;
    if (is_latest) {
      const std::lock_guard cache_lock(state_->cache_mutex);
      const bool fits = state_->cached_shipped == shipped && state_->cached_changes == changes;
      if (state_->cached && fits) return state_->cached;
    }
    procedures = state_->ProceduresAt(known_at);
  }
  if (procedures.empty()) return shipped;
  auto merged = Merged(std::move(procedures), *shipped);
  if (!is_latest) return merged;
  const std::lock_guard cache_lock(state_->cache_mutex);
  state_->cached = merged;
  state_->cached_shipped = shipped;
  state_->cached_changes = changes;
  return merged;
}

uint64_t RegisterBook::change_number() const { return state_->changes.load(); }

}  // namespace tthc
