// The stream of alert messages: numbered without gaps, kept with the state that caused them, told
// to whoever listens, resumable by epoch and number. What is held for a digest keeps its number and
// is passed over by listeners until its digest tells it.
//
// Threads: as said below; "anybody's" may be called from any thread.
#pragma once

#include <array>
#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ingest/store/directory.h"
#include "ingest/store/store.h"
#include "ingest/case/rungs.h"
#include "metrics/exposition/process_metrics.h"
#include "server/alerts/alert_codec.h"
#include "server/alerts/digest_desk.h"
#include "server/monitor.h"

namespace tthc {

struct StreamLimits {
  size_t history = 0;   // messages kept in memory
  size_t resume = 0;    // messages sent to who comes
};

class AlertStream {
 public:
  AlertStream(Store& store, const Directory& directory, ProcessMetrics& metrics,
              DigestPolicy digests, StreamLimits limits);
  Result<void> Load(std::string epoch);

  // --- the pipeline's

  // Numbers the message; whom it is for is filled in.
  uint64_t Prepare(AlertMessage message, Instant now);
  // Puts what was prepared into the batch of the state that caused it.
  void Seal(Instant now, StoreBatch& batch);
  // The batch is on disk: tell the listeners.
  void Publish();
  // The batch did not reach the disk, and the store takes no more: a restart decides anew. Without
  // this, what nobody will be told would pile up.
  void Discard() { prepared_.clear(); }
  bool DigestIsDue(Instant now) const;
  std::optional<Instant> NextDigest() const { return desk_.next(); }
  void PrepareDigests(Instant now);
  void UseCalendars(std::shared_ptr<const CalendarBook> calendars) {
    desk_.UseCalendars(std::move(calendars));
  }
  // What was answered to this alert.
  Hold HoldOf(const std::string& alert_id) const;
  // The open alerts about no case, of a kind, by id.
  std::vector<AlertMessage> OpenOf(AlertKind kind) const;

  // --- anybody's

  AlertResume Listen(const std::vector<std::string>& units, std::string_view epoch,
                     std::optional<uint64_t> seq, Monitor::AlertListener listener,
                     uint64_t& subscription);
  void StopListening(uint64_t subscription);
  // From the store, so that nothing is too old to be read; at most `limit` messages.
  Result<AlertPage> ReadAfter(uint64_t seq, size_t limit) const;
  std::vector<AlertState> Alerts(const std::vector<std::string>& units, bool open_only,
                                 size_t limit) const;
  std::optional<AlertState> Find(std::string_view alert_id) const;
  Result<AlertState> Acknowledge(std::string_view alert_id, std::string_view by,
                                 std::string_view comment, Instant now);
  Result<AlertState> Snooze(std::string_view alert_id, Instant until, std::string_view by,
                            std::string_view comment, Instant now);
  Result<UnitMute> Mute(const std::string& unit, Instant until, std::string_view by,
                        std::string_view reason, Instant now);
  // Those that have not ended at `now`.
  std::vector<UnitMute> Mutes(Instant now) const;

 private:
  using MessagePtr = std::shared_ptr<const AlertMessage>;
  struct Listener {
    std::unordered_set<std::string> units;   // empty: all
    Monitor::AlertListener tell;
  };
  // The unit and everything above it on that day.
  std::vector<std::string> LineOf(const std::string& unit, Instant at) const;
  std::function<bool(const AlertMessage&)> ConcernsOf(const std::vector<std::string>& units) const;
  void Replay(uint64_t after, const std::function<bool(const AlertMessage&)>& concerns,
              AlertResume& resume) const;
  void ShowOpen(const std::function<bool(const AlertMessage&)>& concerns, AlertResume& resume) const;
  static bool Concerns(const std::unordered_set<std::string>& units,
                       const std::vector<std::string>& line);
  std::string RecipientOf(const std::string& unit, AlertLevel level, Instant at);
  std::optional<Instant> MutedUntil(const std::string& unit, Instant now) const;
  // An alert that is open, or resolved and still in recent_. There may be a million: what was answered
  // to few stands apart, the message is that of the stream.
  struct Answers {
    std::optional<Instant> acked_at;
    std::string acked_by;
    std::string ack_comment;
    std::optional<Instant> snoozed_until;
    std::string snoozed_by;
    std::string snooze_comment;
  };
  struct Stand {
    MessagePtr message;   // of its highest rung
    bool resolved = false;
    bool told = false;
    std::unique_ptr<Answers> answers;
  };
  // By alert id. In parts that grow one at a time: growing a million entries at once would hold up the
  // messages of senders for as long.
  class Stands {
   public:
    Stand* Find(std::string_view id) {
      Part& part = PartOf(id);
      const auto at = part.find(id);
      return at == part.end() ? nullptr : &at->second;
    }
    const Stand* Find(std::string_view id) const { return const_cast<Stands*>(this)->Find(id); }
    void Put(Stand stand) {
      const std::string_view id = stand.message->id;
      PartOf(id).emplace(id, std::move(stand));
    }
    // What stood there.
    Stand Take(std::string_view id) {
      Part& part = PartOf(id);
      const auto at = part.find(id);
      if (at == part.end()) return {};
      Stand stand = std::move(at->second);
      part.erase(at);
      return stand;
    }
    template <typename Visit>
    void Each(const Visit& visit) const {
      for (const auto& part : parts_) {
        for (const auto& [id, stand] : part) visit(stand);
      }
    }

   private:
    using Part = boost::unordered_flat_map<std::string_view, Stand>;   // the key lies in the message
    Part& PartOf(std::string_view id) {
      return parts_[std::hash<std::string_view>()(id) % parts_.size()];
    }
    std::array<Part, 61> parts_;
  };
  static AlertState StateOf(const Stand& stand);
  static void NoteAck(Stand& stand, const AlertNote& note);
  static void NoteSnooze(Stand& stand, const AlertNote& note);
  Stand* StandAt(std::string_view alert_id);
  // What stands under the id and is not resolved; mutex_ is held.
  const Stand* OpenAt(const std::string& alert_id) const;
  void Remember(const MessagePtr& message);
  void MarkTold(const AlertMessage& digest);
  void Count(const AlertMessage& message);
  // Both write what alert_index.h wants to know, where `index` is given.
  Result<void> LoadMessages(StoreBatch* index);
  Result<void> LoadNotes(StoreBatch* index);
  Result<Stand*> StandToAnswer(std::string_view alert_id, std::string_view by,
                               std::string_view comment);
  // The unit and everything above it today: asked for each alert of a Monday morning.
  const std::vector<std::string>& LineToday(const std::string& unit, Instant at);

  Store& store_;
  const Directory& directory_;
  ProcessMetrics& metrics_;
  const StreamLimits limits_;
  std::string epoch_;
  DigestDesk desk_;                                        // pipeline only
  uint64_t prepared_seq_ = 0;                              // pipeline only
  std::vector<std::shared_ptr<AlertMessage>> prepared_;    // pipeline only
  std::atomic<bool> mutes_changed_ = false;
  std::unordered_map<std::string, std::vector<std::string>> lines_;   // pipeline only; of lines_day_
  Day lines_day_{INT32_MIN};
  std::shared_ptr<const UnitTree> lines_tree_;

  mutable std::mutex mutex_;
  uint64_t seq_ = 0;
  std::deque<MessagePtr> recent_;          // the last `history_` messages
  Stands stands_;
  std::map<std::string, MessagePtr> subjects_;   // open alerts about no case
  std::map<std::string, UnitMute> mutes_;
  std::unordered_map<uint64_t, Listener> listeners_;
  uint64_t last_subscription_ = 0;
};

}  // namespace tthc
