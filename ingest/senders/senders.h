// When each sender was heard, from when on its silence is unusual, and whose figures come from it.
//
// Stored in the column `default`: "s" id(4) "l" -> last heard, "s" id(4) "r" -> its rhythm.
// Threads: as said below; "anybody's" may be called from any thread.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "config/calendar.h"
#include "ingest/senders/rhythm.h"
#include "ingest/store/directory.h"
#include "ingest/store/store.h"

namespace tthc {

class Senders {
 public:
  Senders(std::shared_ptr<const CalendarBook> calendars, RhythmPolicy policy)
      : calendars_(std::move(calendars)), policy_(policy) {}
  Result<void> Load(const Store& store);

  // --- the pipeline's

  void Hear(TextId sender, Instant at);
  // The unit's figures come from this sender.
  void SendsFor(TextId sender, TextId unit);
  // What cases say of it; counts only for a sender of whom the store keeps nothing (it was written
  // before senders were kept).
  void Recall(TextId sender, Instant at);
  // Puts what was heard since into the batch.
  void Seal(StoreBatch& batch);
  void UseCalendars(std::shared_ptr<const CalendarBook> calendars);

  // --- anybody's

  struct Heard {
    TextId sender = 0;
    Instant last;
    Instant silent_from;        // if it is not heard again
    bool learned = false;       // its pace is known
    std::optional<TextId> unit; // one of those it sends for
  };
  std::vector<Heard> All() const;
  struct Source {
    TextId unit = 0;
    TextId sender = 0;          // of its figures
    Instant last;               // when that one was heard
    Instant silent_from;        // of that one
  };
  std::vector<Source> Sources() const;

 private:
  struct Sender {
    Rhythm rhythm;
    std::optional<TextId> unit;
    bool kept = false;                         // the store has it
    mutable std::optional<Instant> silent_from;   // computed when asked, until it is heard again
  };
  Instant SilentFrom(const Sender& sender) const;

  mutable std::mutex mutex_;
  std::shared_ptr<const CalendarBook> calendars_;
  const RhythmPolicy policy_;
  std::unordered_map<TextId, Sender> senders_;
  std::unordered_map<TextId, TextId> sender_of_unit_;
  std::unordered_set<TextId> heard_;           // since the last Seal: pipeline only
  std::unordered_set<TextId> paced_;           // … and their pace changed: pipeline only
};

}  // namespace tthc
