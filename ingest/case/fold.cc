#include "ingest/case/fold.h"

#include <algorithm>
#include <tuple>

namespace tthc {
namespace {

constexpr bool Accepts(Status status) {
  return status == Status::kReceived || status >= Status::kProcessing;
}

constexpr bool EndsForSnapshot(Status status) {
  return status == Status::kRefused || status >= Status::kWithdrawn;
}

// Arrival: recorded time, then the place in the message; identity last, so that two messages of
// one moment have one order whatever file they stood in.
auto ArrivalKey(const Entry& e) {
  return std::tuple(e.recorded, e.position, static_cast<int>(e.status), e.identity);
}

bool ArrivesBefore(const Entry& a, const Entry& b) { return ArrivalKey(a) < ArrivalKey(b); }

// Whether a snapshot dates an ending at or before `at`: one of status 10 may date its 9 as well.
bool DatesAnEndingBy(const Entry& e, Instant at) {
  if (e.kind != StatementKind::kSnapshot || !EndsForSnapshot(e.status)) return false;
  return e.event <= at ||
         (e.status == Status::kReturned && e.finished_at && *e.finished_at <= at);
}

// A snapshot without a date of its own says only "so it stood when I sent this". A later snapshot
// that dates an ending at or before that moment shows that it was out of date already.
bool IsVoid(const Entry& row, std::span<const Entry> entries, Instant known_at) {
  if (row.kind != StatementKind::kSnapshot || row.dated_by != DatedBy::kArrival) return false;
  return std::any_of(entries.begin(), entries.end(), [&](const Entry& other) {
    return other.recorded <= known_at && DatesAnEndingBy(other, row.event) &&
           ArrivesBefore(row, other);
  });
}

void AddRows(std::span<const Entry> entries, Instant known_at, std::vector<StatusRow>& rows) {
  for (uint32_t i = 0; i < entries.size(); ++i) {
    const Entry& e = entries[i];
    if (e.recorded > known_at || e.status == Status::kNone) continue;
    if (!IsVoid(e, entries, known_at)) rows.push_back({e.event, e.recorded, e.status, i, false});
    // This one has a date of its own, whatever dates the snapshot.
    if (e.kind == StatementKind::kSnapshot && e.status == Status::kReturned && e.finished_at) {
      rows.push_back({*e.finished_at, e.recorded, Status::kFinished, i, true});
    }
  }
  std::sort(rows.begin(), rows.end(), [&](const StatusRow& a, const StatusRow& b) {
    if (a.event != b.event) return a.event < b.event;
    const Entry& ea = entries[a.entry];
    const Entry& eb = entries[b.entry];
    if (ea.sender_sequence != eb.sender_sequence) return ea.sender_sequence < eb.sender_sequence;
    return std::tuple(ea.recorded, ea.position, a.status, ea.identity) <
           std::tuple(eb.recorded, eb.position, b.status, eb.identity);
  });
}

}  // namespace

bool Before(const Entry& a, const Entry& b) {
  return std::tuple(a.event, a.sender_sequence, ArrivalKey(a)) <
         std::tuple(b.event, b.sender_sequence, ArrivalKey(b));
}

bool AddEntry(std::vector<Entry>& entries, const Entry& entry, std::vector<uint64_t>& replaced) {
  for (Entry& known : entries) {
    if (known.identity != entry.identity) continue;
    if (std::tuple(entry.recorded, entry.position) >= std::tuple(known.recorded, known.position)) {
      return false;
    }
    replaced.push_back(known.seq);
    known = entry;
    return true;
  }
  entries.push_back(entry);
  return true;
}

void Fold(std::span<const Entry> entries, Instant known_at, Case& out) {
  out.rows.clear();
  out.dues.clear();
  out.accepted = false;
  out.received_at.reset();
  out.stated_end.reset();
  out.stated_end_recorded = {};
  out.unit = out.procedure = out.field = 0;
  out.channel = 0;
  out.flags = 0;
  out.sender = 0;
  out.synchronised = false;
  out.statements = 0;
  out.last_recorded = {};
  out.apologised = false;

  // What is stated once and stands until restated goes by arrival.
  std::vector<uint32_t>& by_arrival = out.by_arrival;
  by_arrival.clear();
  for (uint32_t i = 0; i < entries.size(); ++i) {
    if (entries[i].recorded <= known_at) by_arrival.push_back(i);
  }
  std::sort(by_arrival.begin(), by_arrival.end(),
            [&](uint32_t a, uint32_t b) { return ArrivesBefore(entries[a], entries[b]); });
  for (const uint32_t i : by_arrival) {
    const Entry& e = entries[i];
    ++out.statements;
    out.last_recorded = std::max(out.last_recorded, e.recorded);
    out.accepted |= Accepts(e.status);
    out.apologised |= e.note == ActionNote::kApology;
    if (e.unit != 0) out.unit = e.unit;
    if (e.procedure != 0) out.procedure = e.procedure;
    if (e.field != 0) out.field = e.field;
    if (e.channel != 0) out.channel = e.channel;
    if (e.kind != StatementKind::kSnapshot) {
      if (!out.synchronised) out.sender = e.sender;
      continue;
    }
    out.synchronised = true;
    out.sender = e.sender;
    if (e.flags != 0) out.flags = e.flags;   // a bare notice of status says nothing of them
    if (e.received_at) out.received_at = e.received_at;
    if (e.due_at && (out.dues.empty() || out.dues.back().due != *e.due_at)) {
      out.dues.push_back({*e.due_at, e.recorded, i});
    }
    out.stated_end = e.finished_at;
    out.stated_end_recorded = e.recorded;
  }
  AddRows(entries, known_at, out.rows);
}

}  // namespace tthc
