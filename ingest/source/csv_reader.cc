#include "ingest/source/csv_reader.h"

#include <string_view>
#include <utility>

namespace tthc {
namespace {

constexpr size_t kBufferBytes = 256 * 1024;
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

}  // namespace

CsvReader::CsvReader(ByteSource source, char delimiter, CsvLimits limits)
    : source_(std::move(source)), delimiter_(delimiter), limits_(limits), buffer_(kBufferBytes) {}

Result<bool> CsvReader::Fill() {
  const Result<size_t> read = source_.Read(buffer_);
  if (!read) return read.error();
  at_ = 0;
  end_ = *read;
  // The buffer is far larger than the mark, and a regular file fills it.
  if (std::exchange(at_start_, false) &&
      std::string_view(buffer_.data(), end_).starts_with(kUtf8Mark)) {
    at_ = kUtf8Mark.size();
  }
  return end_ > 0;
}

void CsvReader::Begin(CsvRow& row) {
  row.line = line_;
  row.fields.clear();
  row.fault.clear();
  state_ = State::kFieldStart;
  field_.clear();
  row_bytes_ = 0;
}

Result<bool> CsvReader::Next(CsvRow& row) {
  Begin(row);
  for (;;) {
    if (at_ == end_) {
      const Result<bool> filled = Fill();
      if (!filled) return filled.error();
      if (!*filled) break;
    }
    while (at_ < end_) {
      if (!Take(buffer_[at_++], row)) continue;
      if (EndRow(row)) return true;
      Begin(row);
    }
  }
  if (state_ == State::kQuoted) Fault(row, "a quoted field is never closed");
  const bool anything = row_bytes_ > 0;
  return anything && EndRow(row);
}

bool CsvReader::Take(char c, CsvRow& row) {
  if (c == '\n') {
    ++line_;
    if (state_ != State::kQuoted) return true;
  }
  if (++row_bytes_ == limits_.row_bytes + 1) {
    Fault(row, "the row is longer than " + std::to_string(limits_.row_bytes) + " bytes");
  }
  switch (state_) {
    case State::kFieldStart:
      if (c == '"') {
        state_ = State::kQuoted;
        return false;
      }
      state_ = State::kPlain;
      [[fallthrough]];
    case State::kPlain:
      if (c == delimiter_) {
        EndField(row);
      } else {
        Add(c, row);
      }
      return false;
    case State::kQuoted:
      if (c == '"') {
        state_ = State::kQuoteInQuoted;
      } else {
        Add(c, row);
      }
      return false;
    case State::kQuoteInQuoted:
      if (c == '"') {
        Add(c, row);
        state_ = State::kQuoted;
      } else if (c == delimiter_) {
        EndField(row);
      } else if (c != '\r') {
        Fault(row, "text behind the closing quote of a field");
        state_ = State::kPlain;
      }
      return false;
  }
  return false;
}

void CsvReader::Add(char c, CsvRow& row) {
  if (!row.fault.empty()) return;
  if (field_.size() == limits_.field_bytes) {
    Fault(row, "a field is longer than " + std::to_string(limits_.field_bytes) + " bytes");
    return;
  }
  field_ += c;
}

void CsvReader::EndField(CsvRow& row) {
  state_ = State::kFieldStart;
  if (!row.fault.empty()) return;
  if (row.fields.size() == limits_.columns) {
    Fault(row, "the row has more than " + std::to_string(limits_.columns) + " fields");
    return;
  }
  row.fields.push_back(field_);
  field_.clear();
}

bool CsvReader::EndRow(CsvRow& row) {
  const bool quoted = state_ == State::kQuoted || state_ == State::kQuoteInQuoted;
  if (!quoted && !field_.empty() && field_.back() == '\r') field_.pop_back();
  const bool blank = row.fields.empty() && field_.empty() && !quoted && row.fault.empty();
  if (blank) return false;
  EndField(row);
  return true;
}

void CsvReader::Fault(CsvRow& row, std::string reason) {
  if (!row.fault.empty()) return;
  row.fault = std::move(reason);
  row.fields.clear();
  field_.clear();
}

}  // namespace tthc
