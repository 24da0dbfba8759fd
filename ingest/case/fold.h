// The case (hồ sơ) is a fold of its statements: any order of arrival and any repetition of the
// same statements gives the same case. Pure functions over values.
//
// Total order within a case: event time, then sender sequence, then arrival (recorded time,
// position in its message), then status code and identity, so that no two statements tie.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ingest/case/statement.h"

namespace tthc {

// A number that stands for a text of the store's dictionary; 0 = not said.
using TextId = uint32_t;

// One statement as the fold needs it: texts are dictionary numbers. `seq` is its place in the log.
struct Entry {
  uint64_t seq = 0;
  uint64_t identity = 0;
  Instant event;
  Instant recorded;
  uint64_t sender_sequence = 0;
  uint32_t position = 0;
  StatementKind kind = StatementKind::kSnapshot;
  Status status = Status::kNone;
  uint8_t status_sent = 0;
  DatedBy dated_by = DatedBy::kOwnField;
  ActionNote note = ActionNote::kNone;
  uint8_t channel = 0;
  uint32_t flags = 0;
  TextId procedure = 0;
  TextId field = 0;
  TextId unit = 0;
  TextId sender = 0;
  uint32_t officer = 0;
  TextId step = 0;
  std::optional<Instant> received_at;
  std::optional<Instant> due_at;
  std::optional<Instant> finished_at;
  std::optional<Instant> returned_at;
  std::optional<Instant> refused_at;
  std::optional<Instant> step_due_at;

  friend bool operator==(const Entry&, const Entry&) = default;
};

// True where `a` stands before `b` in the total order of a case.
bool Before(const Entry& a, const Entry& b);

// One status of the case's life, in the total order.
struct StatusRow {
  Instant event;
  Instant recorded;
  Status status = Status::kNone;
  uint32_t entry = 0;      // index into the folded entries
  bool implied = false;    // the 9 that a snapshot of status 10 dates by NgayKetThucXuLy
};

// A due date (NgayHenTra) that differs from the one before it, in the order of arrival.
struct DueDate {
  Instant due;
  Instant recorded;
  uint32_t entry = 0;
};

struct Case {
  bool accepted = false;                // a statement of status 2 or 4…10 has come
  std::optional<Instant> received_at;   // NgayTiepNhan, by the latest snapshot that says it
  TextId unit = 0;                      // as a statement names it by code; 0: the unit of MaHoSo
  TextId procedure = 0;
  TextId field = 0;
  uint8_t channel = 0;
  uint32_t flags = 0;                   // of the latest snapshot that says any
  TextId sender = 0;                    // of the latest snapshot; without one, of the latest row
  bool synchronised = false;            // a snapshot has come, and not only progress rows
  std::vector<StatusRow> rows;
  std::vector<DueDate> dues;            // the last one counts
  // NgayKetThucXuLy of the latest snapshot by arrival, where that snapshot gives it.
  std::optional<Instant> stated_end;
  Instant stated_end_recorded;
  uint32_t statements = 0;
  Instant last_recorded;
  bool apologised = false;              // an apology statement has come
  std::vector<uint32_t> by_arrival;     // the folded entries: indices, in the order of arrival

  std::optional<Instant> due() const {
    return dues.empty() ? std::nullopt : std::optional<Instant>(dues.back().due);
  }
};

inline constexpr Instant kEndOfTime{INT64_MAX};

// Folds the statements recorded at or before `known_at`. `entries` in any order, no two of the
// same identity. `out` is overwritten; reusing one value saves its allocations.
void Fold(std::span<const Entry> entries, Instant known_at, Case& out);

// Adds `entry` to `entries` as the store does: a statement whose identity is there already is the
// same statement, kept at its earliest arrival. Returns true where `entries` changed; the number of
// an entry that gave way goes to `replaced`.
bool AddEntry(std::vector<Entry>& entries, const Entry& entry, std::vector<uint64_t>& replaced);

}  // namespace tthc
