#include "ingest/case/first_said.h"

namespace tthc {
namespace {

constexpr bool GoesOn(Status status) {
  return status == Status::kSubmitted || status == Status::kReceived ||
         status == Status::kProcessing || status == Status::kSupplement ||
         status == Status::kFinancial;
}

void DateEnd(Entry& e, Instant end) {
  if (e.kind == StatementKind::kProgress) {
    e.event = end;
    return;
  }
  e.finished_at = end;
  if (e.status == Status::kFinished && e.dated_by == DatedBy::kOwnField) e.event = end;
}

}  // namespace

std::optional<Instant> EndSaidBy(const Entry& e) {
  if (e.kind == StatementKind::kProgress) {
    return e.status == Status::kFinished ? std::optional(e.event) : std::nullopt;
  }
  const bool finished = e.status == Status::kFinished || e.status == Status::kReturned;
  return finished ? e.finished_at : std::nullopt;
}

Proofs WithFirstSaidDates(const Case& folded, std::span<const Entry> entries,
                          std::vector<Entry>& out) {
  out.clear();
  Proofs undone;
  // Few cases need the copy.
  const auto undo = [&](uint32_t i, std::string_view fact, Instant first, Instant own) -> Entry& {
    if (out.empty()) out.assign(entries.begin(), entries.end());
    undone.push_back({i, fact, first, own});
    return out[i];
  };
  std::optional<Instant> due;
  std::optional<Instant> end;
  for (const uint32_t i : folded.by_arrival) {
    const Entry& e = entries[i];
    if (e.kind == StatementKind::kSnapshot && e.due_at) {
      if (!due) due = e.due_at;
      if (*e.due_at != *due) undo(i, "due_at", *due, *e.due_at).due_at = due;
    }
    if (const auto said = EndSaidBy(e)) {
      if (!end) end = said;
      if (*said != *end) DateEnd(undo(i, "finished_at", *end, *said), *end);
    } else if (end && GoesOn(e.status) && e.event > *end) {
      end.reset();   // reopened: what ends it next is another end
    }
  }
  return undone;
}

}  // namespace tthc
