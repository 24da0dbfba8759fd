#include "ingest/case/findings.h"

#include <algorithm>

namespace tthc {
namespace {

constexpr bool IsFinish(Status status) {
  return status == Status::kFinished || status == Status::kReturned;
}
constexpr bool IsWait(Status status) {
  return status == Status::kSupplement || status == Status::kFinancial ||
         status == Status::kStopped;
}

bool DuePassedWhenKnown(const Entry& e) {
  return e.due_at && e.finished_at == e.due_at && e.recorded > *e.due_at;
}

bool BackdatedCompletion(const Case&, std::span<const Entry> entries, const FindingThresholds& t) {
  const Entry* earlier = nullptr;
  for (const Entry& e : entries) {
    if (e.kind != StatementKind::kSnapshot || !e.finished_at || !IsFinish(e.status)) continue;
    if (DuePassedWhenKnown(e) || e.recorded - *e.finished_at > t.late_arrival_us) return true;
    const bool moved_back = earlier != nullptr && earlier->recorded < e.recorded &&
                            *e.finished_at < *earlier->finished_at;
    if (moved_back) return true;
    earlier = &e;
  }
  return false;
}

bool DueMovedAfterDeadline(const Case& c, std::span<const Entry>, const FindingThresholds&) {
  for (size_t i = 1; i < c.dues.size(); ++i) {
    const Instant before = c.dues[i - 1].due;
    if (c.dues[i].recorded > before && c.dues[i].due > before) return true;
  }
  return false;
}

bool PausedSentAsFinished(const Case&, std::span<const Entry> entries, const FindingThresholds&) {
  return std::any_of(entries.begin(), entries.end(), [](const Entry& e) {
    return e.status_sent == static_cast<uint8_t>(Status::kFinished) && IsWait(e.status);
  });
}

bool Reopened(const Case& c, std::span<const Entry>, const FindingThresholds&) {
  for (size_t i = 1; i < c.rows.size(); ++i) {
    if (IsFinish(c.rows[i - 1].status) && !IsFinish(c.rows[i].status)) return true;
  }
  return false;
}

bool SecondSupplement(const Case& c, std::span<const Entry>, const FindingThresholds&) {
  int requests = 0;
  for (size_t i = 0; i < c.rows.size(); ++i) {
    requests += c.rows[i].status == Status::kSupplement &&
                (i == 0 || c.rows[i - 1].status != Status::kSupplement);
  }
  return requests > 1;
}

bool NoDueDate(const Case& c, std::span<const Entry>, const FindingThresholds&) {
  return c.accepted && c.dues.empty();
}

bool FutureTime(const Case&, std::span<const Entry> entries, const FindingThresholds& t) {
  return std::any_of(entries.begin(), entries.end(),
                     [&](const Entry& e) { return e.event - e.recorded > t.future_us; });
}

bool EndBeforeReceipt(const Case& c, std::span<const Entry>, const FindingThresholds&) {
  return c.stated_end && c.received_at && *c.stated_end < *c.received_at;
}

bool BlankStatus(const Case&, std::span<const Entry> entries, const FindingThresholds&) {
  return std::any_of(entries.begin(), entries.end(), [](const Entry& e) {
    return e.kind == StatementKind::kSnapshot && e.status_sent == 0 && e.status == Status::kNone;
  });
}

struct FindingRow {
  std::string_view name;
  bool (*detect)(const Case&, std::span<const Entry>, const FindingThresholds&);
};
constexpr std::array<FindingRow, kFindingCount> kRows = {{
    {"backdated_completion", BackdatedCompletion},
    {"due_moved_after_deadline", DueMovedAfterDeadline},
    {"paused_sent_as_finished", PausedSentAsFinished},
    {"reopened", Reopened},
    {"second_supplement", SecondSupplement},
    {"no_due_date", NoDueDate},
    {"future_time", FutureTime},
    {"end_before_receipt", EndBeforeReceipt},
    {"blank_status", BlankStatus},
    {"unknown_unit", nullptr},
    {"unknown_procedure", nullptr},
}};

}  // namespace

std::string_view NameOf(Finding finding) { return kRows[static_cast<size_t>(finding)].name; }

FindingSet FindingsOf(const Case& c, std::span<const Entry> entries, const FindingThresholds& t) {
  FindingSet found = 0;
  for (size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].detect != nullptr && kRows[i].detect(c, entries, t)) {
      found = static_cast<FindingSet>(found | 1u << i);
    }
  }
  return found;
}

}  // namespace tthc
