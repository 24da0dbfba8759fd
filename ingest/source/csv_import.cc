#include "ingest/source/csv_import.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_set>

#include "config/procedures.h"
#include "config/units.h"
#include "ingest/source/zoned_time.h"
#include "ingest/wire/identity.h"
#include "ingest/wire/reject_codes.h"
#include "ingest/wire/text.h"

namespace tthc {
namespace {

constexpr size_t kRowsPerCase = 100'000;
constexpr size_t kNoColumn = static_cast<size_t>(-1);

constexpr std::optional<Instant> Statement::*kDateTargets[kCaseDateCount] = {
    &Statement::received_at, &Statement::due_at, &Statement::finished_at, &Statement::returned_at,
    &Statement::refused_at};

// Where the columns of a mapping stand in this file.
struct Columns {
  size_t case_id = kNoColumn;
  std::array<size_t, kCaseDateCount> dates;
  size_t status = kNoColumn;
  size_t channel = kNoColumn;
  size_t procedure = kNoColumn;
  size_t field = kNoColumn;
  size_t unit = kNoColumn;
  size_t event_time = kNoColumn;
  size_t step = kNoColumn;
  size_t officer = kNoColumn;
};

// "Street Light Outages" -> "street-light-outages"; letters outside ASCII stay.
std::string Slug(std::string_view text) {
  std::string slug;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      slug += c;
    } else if (c >= 'A' && c <= 'Z') {
      slug += static_cast<char>(c + ('a' - 'A'));
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  if (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug;
}

template <typename Value>
std::optional<Value> Find(const std::unordered_map<std::string, Value>& values,
                          std::string_view text) {
  const auto found = values.find(std::string(text));
  return found == values.end() ? std::nullopt : std::optional(found->second);
}

class ColumnFinder {
 public:
  ColumnFinder(const std::vector<std::string>& header, const std::string& file)
      : header_(header), file_(file) {}

  size_t Find(const std::string& name) {
    if (name.empty()) return kNoColumn;
    for (size_t i = 0; i < header_.size(); ++i) {
      if (Trimmed(header_[i]) == name) return i;
    }
    missing_ += (missing_.empty() ? "" : ", ") + Quoted(name);
    return kNoColumn;
  }
  Result<void> Check() const {
    if (missing_.empty()) return {};
    return Invalid(file_ + ":1: the header lacks the columns " + missing_);
  }

 private:
  const std::vector<std::string>& header_;
  const std::string& file_;
  std::string missing_;
};

Result<Columns> FindColumns(const CsvMapping& mapping, const std::vector<std::string>& header,
                            const std::string& file) {
  ColumnFinder finder(header, file);
  Columns columns;
  columns.case_id = finder.Find(mapping.case_id);
  for (size_t i = 0; i < kCaseDateCount; ++i) columns.dates[i] = finder.Find(mapping.dates[i]);
  columns.status = finder.Find(mapping.status.column);
  columns.channel = finder.Find(mapping.channel.column);
  columns.procedure = finder.Find(mapping.procedure.column);
  columns.field = finder.Find(mapping.field.column);
  columns.unit = finder.Find(mapping.unit.column);
  if (mapping.event) {
    columns.event_time = finder.Find(mapping.event->time);
    columns.step = finder.Find(mapping.event->step);
    columns.officer = finder.Find(mapping.event->officer);
  }
  const Result<void> complete = finder.Check();
  if (!complete) return complete.error();
  return columns;
}

// One row of the file against the mapping: a snapshot of its case and, in layout "event", a step.
class RowReader {
 public:
  RowReader(const CsvMapping& mapping, const Columns& columns, ZonedTimeReader times,
            std::vector<std::string> header, uint64_t hash_key)
      : mapping_(mapping),
        columns_(columns),
        times_(std::move(times)),
        header_(std::move(header)),
        hasher_(hash_key) {}

  bool ReadSnapshot(const CsvRow& row, Statement& out, Rejected& why) {
    Begin(row, why);
    if (row.fields.size() != header_.size()) {
      return Reject(kNoColumn, reject::kBadLine,
                    "the row has " + std::to_string(row.fields.size()) + " fields, the header " +
                        std::to_string(header_.size()));
    }
    out.kind = StatementKind::kSnapshot;
    out.position = why.position;
    if (!ReadCaseId(out)) return false;
    for (size_t i = 0; i < kCaseDateCount; ++i) {
      const bool deadline = static_cast<CaseDate>(i) == CaseDate::kDue;
      if (!ReadDate(columns_.dates[i], deadline, out.*kDateTargets[i])) return false;
    }
    if (!ReadStatus(out) || !ReadCodes(out)) return false;
    if (columns_.channel != kNoColumn) {
      out.channel = Find(mapping_.channel.values, Text(columns_.channel))
                        .value_or(mapping_.channel.otherwise);
    }
    out.recorded = mapping_.recorded.value_or(LatestDate(out));
    out.identity = hasher_.OfSnapshot(out);
    return true;
  }

  // The status is the step's own; what first and last mean is for the caller (Finish).
  bool ReadStep(const CsvRow& row, Statement& out, Rejected& why) {
    Begin(row, why);
    out.kind = StatementKind::kProgress;
    out.position = why.position;
    if (!ReadCaseId(out)) return false;
    std::optional<Instant> at;
    if (!ReadDate(columns_.event_time, false, at)) return false;
    if (!at) return Reject(columns_.event_time, reject::kMissingEventTime, "is empty");
    const EventMapping& event = *mapping_.event;
    const std::optional<Status> status = Find(event.values, Text(columns_.step));
    out.status = status.value_or(event.otherwise.value_or(Status::kNone));
    if (out.status == Status::kNone) {
      return Reject(columns_.step, reject::kUnknownValue,
                    Quoted(Text(columns_.step)) + " is not in the table of steps");
    }
    out.event = *at;
    out.recorded = mapping_.recorded.value_or(*at);
    out.note = ActionNote::kOther;
    out.officer = hasher_.OfOfficer(Officer());
    std::string buffer;
    const std::string name(NfcTrimmed(Step(), buffer));
    if (event.named.contains(name)) out.step = name;
    return true;
  }

  // Completes a step once its status is final.
  void Finish(Statement& step, std::string_view action, std::string_view officer) {
    step.status_sent = static_cast<uint8_t>(step.status);
    step.identity = hasher_.OfRow(step, action, officer);
  }

  std::string_view Step() const { return Text(columns_.step); }
  std::string_view Officer() const {
    return columns_.officer == kNoColumn ? std::string_view() : Text(columns_.officer);
  }
  uint64_t HashOfRow() {
    std::string bytes;
    for (const std::string& field : row_->fields) bytes.append(field).append(1, '\n');
    return hasher_.hash()(HashDomain::kBody, bytes);
  }

 private:
  void Begin(const CsvRow& row, Rejected& why) {
    row_ = &row;
    why_ = &why;
    why.position = static_cast<uint32_t>(row.line);
  }

  std::string_view Text(size_t column) const { return Trimmed(row_->fields[column]); }

  bool Reject(size_t column, std::string_view code, std::string reason) {
    why_->field = column == kNoColumn ? std::string() : header_[column];
    why_->code = code;
    why_->reason = why_->field + (why_->field.empty() ? "" : " ") + std::move(reason);
    return false;
  }

  bool ReadCaseId(Statement& out) {
    std::string buffer;
    const std::string_view text = NfcTrimmed(Text(columns_.case_id), buffer);
    if (text.empty()) return Reject(columns_.case_id, reject::kMissingCaseId, "is empty");
    if (text.size() > kCaseIdBytes || HasControlCharacter(text)) {
      return Reject(columns_.case_id, reject::kBadCaseId,
                    "is longer than 50 bytes or has a control character");
    }
    out.case_id = text;
    why_->case_id = text;
    return true;
  }

  bool ReadDate(size_t column, bool deadline, std::optional<Instant>& out) {
    if (column == kNoColumn || Text(column).empty()) return true;
    const DateReading date = times_.Read(Text(column));
    if (date.fault != DateFault::kNone) {
      return Reject(column, reject::kBadDate,
                    Quoted(Text(column)) + ' ' + std::string(SentenceOf(date.fault)));
    }
    const bool whole_day = deadline && !date.has_time;
    out = whole_day ? date.at + (kMicrosPerDay - kMicrosPerSecond) : date.at;
    return true;
  }

  bool ReadStatus(Statement& out) {
    const StatusMapping& rule = mapping_.status;
    std::optional<Status> status;
    if (columns_.status != kNoColumn) {
      status = Find(rule.values, Text(columns_.status));
    } else if (out.finished_at) {
      status = rule.with_finished;
    }
    if (!status) status = rule.otherwise;
    if (!status) {
      const std::string value =
          columns_.status == kNoColumn ? "no finished date" : Quoted(Text(columns_.status));
      return Reject(columns_.status, reject::kUnknownValue,
                    value + " has no status in the mapping");
    }
    out.status = *status;
    out.status_sent = static_cast<uint8_t>(*status);
    const std::optional<CaseDate> date = rule.dated_by[out.status_sent];
    const size_t index = date ? static_cast<size_t>(*date) : kCaseDateCount;
    if (!date || !(out.*kDateTargets[index])) {
      return Reject(date ? columns_.dates[index] : columns_.status, reject::kMissingEventTime,
                    "does not say when status " + std::to_string(out.status_sent) + " began");
    }
    out.event = *(out.*kDateTargets[index]);
    return true;
  }

  bool ReadCodes(Statement& out) {
    if (!ReadCode(columns_.procedure, mapping_.procedure, out.procedure) ||
        !ReadCode(columns_.field, mapping_.field, out.field) ||
        !ReadCode(columns_.unit, mapping_.unit, out.unit)) {
      return false;
    }
    if (!out.procedure.empty()) out.procedure = ProcedureKey(out.procedure);
    if (out.unit.empty()) return true;
    Result<std::string> unit = CanonicalUnitCode(out.unit);
    if (!unit)
      return Reject(columns_.unit, reject::kBadCode, Quoted(out.unit) + " is no unit code");
    out.unit = std::move(*unit);
    return true;
  }

  bool ReadCode(size_t column, const CodeMapping& rule, std::string& out) {
    if (column == kNoColumn || Text(column).empty()) return true;
    const std::string_view text = Text(column);
    std::string code = Find(rule.values, text).value_or(rule.slug ? Slug(text) : std::string(text));
    if (code.empty()) return true;
    code.insert(0, rule.prefix);
    if (code.size() > kCodeBytes || HasControlCharacter(code)) {
      return Reject(column, reject::kBadCode, "gives a code over 100 bytes or a control character");
    }
    out = std::move(code);
    return true;
  }

  // A due date lies ahead of what is known, so it says nothing about when the row was.
  static Instant LatestDate(const Statement& s) {
    Instant latest = s.event;
    for (const auto& at : {s.received_at, s.finished_at, s.returned_at, s.refused_at}) {
      if (at) latest = std::max(latest, *at);
    }
    return latest;
  }

  const CsvMapping& mapping_;
  Columns columns_;
  ZonedTimeReader times_;
  std::vector<std::string> header_;
  StatementHasher hasher_;
  const CsvRow* row_ = nullptr;
  Rejected* why_ = nullptr;
};

}  // namespace

struct CsvImport::Impl {
  Impl(const CsvMapping& given, CsvReader csv_reader)
      : mapping(given), csv(std::move(csv_reader)) {}

  // A step of the case whose rows are being read, with the texts its identity is made of.
  struct Step {
    Statement statement;
    std::string action;
    std::string officer;
  };

  void Take(const CsvRow& row, ImportBatch& batch) {
    if (!row.fault.empty()) {
      Rejected why;
      why.position = static_cast<uint32_t>(row.line);
      why.code = reject::kBadLine;
      why.reason = row.fault;
      batch.rejected.push_back(std::move(why));
      return;
    }
    Rejected why;
    if (mapping.event ? TakeStep(row, batch, why) : TakeCase(row, batch, why)) return;
    why.body_hash = rows->HashOfRow();
    batch.rejected.push_back(std::move(why));
  }

  bool TakeCase(const CsvRow& row, ImportBatch& batch, Rejected& why) {
    Statement statement;
    if (!rows->ReadSnapshot(row, statement, why)) return false;
    batch.statements.push_back(std::move(statement));
    return true;
  }

  bool TakeStep(const CsvRow& row, ImportBatch& batch, Rejected& why) {
    Statement snapshot;
    Step step;
    if (!rows->ReadSnapshot(row, snapshot, why) || !rows->ReadStep(row, step.statement, why)) {
      return false;
    }
    step.action = rows->Step();
    step.officer = rows->Officer();
    const std::string& case_id = step.statement.case_id;
    if (steps.empty() || steps.back().statement.case_id != case_id) {
      FlushCase(batch);
      if (!done_cases.insert(std::hash<std::string>()(case_id)).second) {
        why.field = mapping.case_id;
        why.code = reject::kBadLine;
        why.reason = "the rows of one case do not stand together; sort the file by case";
        return false;
      }
    } else if (steps.size() == kRowsPerCase) {
      why.code = reject::kBadLine;
      why.reason = "the case has more than " + std::to_string(kRowsPerCase) + " rows";
      return false;
    }
    if (steps.empty() || snapshot.identity != last_snapshot) {
      last_snapshot = snapshot.identity;
      batch.statements.push_back(std::move(snapshot));
    }
    steps.push_back(std::move(step));
    return true;
  }

  void FlushCase(ImportBatch& batch) {
    if (steps.empty()) return;
    if (mapping.event->last) steps.back().statement.status = *mapping.event->last;
    if (mapping.event->first) steps.front().statement.status = *mapping.event->first;
    for (Step& step : steps) {
      rows->Finish(step.statement, step.action, step.officer);
      batch.statements.push_back(std::move(step.statement));
    }
    steps.clear();
  }

  CsvMapping mapping;
  CsvReader csv;
  std::optional<RowReader> rows;
  CsvRow row;
  uint64_t rows_read = 0;
  std::vector<Step> steps;
  uint64_t last_snapshot = 0;
  std::unordered_set<uint64_t> done_cases;  // by hash: eight bytes per case of the file
};

CsvImport::CsvImport(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CsvImport::CsvImport(CsvImport&&) noexcept = default;
CsvImport& CsvImport::operator=(CsvImport&&) noexcept = default;
CsvImport::~CsvImport() = default;

Result<CsvImport> CsvImport::Open(const std::string& file, const CsvMapping& mapping,
                                  uint64_t hash_key, const DecodeLimits& limits,
                                  const CsvLimits& csv_limits) {
  Result<ZonedTimeReader> times = ZonedTimeReader::Create(mapping.date_format, mapping.time_zone,
                                                          {limits.first_year, limits.last_year});
  if (!times) return Prefixed("mapping " + Quoted(mapping.name), times.error());
  Result<ByteSource> source = ByteSource::Open(file);
  if (!source) return source.error();
  auto impl =
      std::make_unique<Impl>(mapping, CsvReader(std::move(*source), mapping.delimiter, csv_limits));
  CsvRow header;
  const Result<bool> read = impl->csv.Next(header);
  if (!read) return read.error();
  if (!*read) return Invalid(file + ": the file is empty");
  if (!header.fault.empty()) return Invalid(file + ":1: " + header.fault);
  const Result<Columns> columns = FindColumns(impl->mapping, header.fields, file);
  if (!columns) return columns.error();
  impl->rows.emplace(impl->mapping, *columns, std::move(*times), std::move(header.fields),
                     hash_key);
  return CsvImport(std::move(impl));
}

Result<bool> CsvImport::Next(ImportBatch& batch, size_t rows) {
  batch.statements.clear();
  batch.rejected.clear();
  for (size_t i = 0; i < rows; ++i) {
    const Result<bool> read = impl_->csv.Next(impl_->row);
    if (!read) return read.error();
    if (!*read) {
      impl_->FlushCase(batch);
      return !batch.statements.empty() || !batch.rejected.empty();
    }
    ++impl_->rows_read;
    impl_->Take(impl_->row, batch);
  }
  return true;
}

ImportProgress CsvImport::progress() const {
  const ByteSource& source = impl_->csv.source();
  return {source.bytes_read(), source.bytes_total(), impl_->rows_read};
}

}  // namespace tthc
