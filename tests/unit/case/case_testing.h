// Short ways to tell a case in a test. Local times, "2025-03-10 08:00" or with seconds.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "ingest/case/fold.h"
#include "ingest/case/verdict.h"

namespace tthc {

inline Instant At(const std::string& local) {
  std::string text = local;
  if (text.size() == 16) text += ":00";
  text[10] = 'T';
  return ParseInstant(text + "+07:00").value();
}

class Story {
 public:
  // Received on 3/3/2025 08:00 through the counter, in the same minute known here.
  explicit Story(const std::string& received = "2025-03-03 08:00") {
    Entry& e = Snapshot(Status::kReceived, received, received);
    e.received_at = At(received);
  }
  struct Empty {};
  explicit Story(Empty) {}

  Entry& Snapshot(Status status, const std::string& event, const std::string& recorded) {
    Entry e;
    e.identity = ++last_;
    e.seq = last_;
    e.kind = StatementKind::kSnapshot;
    e.status = status;
    e.event = At(event);
    e.recorded = At(recorded);
    entries_.push_back(e);
    return entries_.back();
  }
  Entry& Row(Status status, const std::string& event, const std::string& recorded) {
    Entry& e = Snapshot(status, event, recorded);
    e.kind = StatementKind::kProgress;
    return e;
  }
  Story& Due(const std::string& due, const std::string& recorded) {
    Snapshot(Status::kNone, recorded, recorded).due_at = At(due);
    return *this;
  }
  // A progress row, known here as it happened.
  Story& Then(Status status, const std::string& event) {
    Row(status, event, event);
    return *this;
  }

  const std::vector<Entry>& entries() const { return entries_; }
  Case Folded(Instant known_at = kEndOfTime) const {
    Case c;
    Fold(entries_, known_at, c);
    return c;
  }
  // March 2025, as of `cut_off`.
  Verdict Judged(Rule rule, const std::string& cut_off = "2025-03-31 23:59:59",
                 std::optional<Instant> statutory = std::nullopt,
                 Instant known_at = kEndOfTime) const {
    return Judge(Folded(known_at), rule, At("2025-03-01 00:00"), At(cut_off), statutory, {});
  }

 private:
  std::vector<Entry> entries_;
  uint64_t last_ = 0;
};

}  // namespace tthc
