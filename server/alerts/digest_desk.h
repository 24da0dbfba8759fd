// What waits for a digest, and why: quiet hours and days off, a muted unit, too many at once.
//
// Nothing that was claimed is lost by waiting: it stands in the stream as held, and its recipient's
// digest tells it. Threads: none of its own; the pipeline's.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/alerts/notify_hours.h"
#include "server/monitor.h"

namespace tthc {

struct DigestPolicy {
  NotifyHours hours;
  std::shared_ptr<const CalendarBook> calendars;
  std::shared_ptr<const AlertRules> rules;
  size_t singles_per_minute = 20;   // for one recipient; beyond it all wait for the minute's end
};

class DigestDesk {
 public:
  using MessagePtr = std::shared_ptr<const AlertMessage>;
  // Until when the unit, or one above it, is muted at that moment.
  using MutedUntil = std::function<std::optional<Instant>(const std::string& unit, Instant now)>;

  DigestDesk(DigestPolicy policy, MutedUntil muted_until)
      : policy_(std::move(policy)), muted_until_(std::move(muted_until)) {}

  // Sets `held` of the alerts of one batch, which are judged together.
  void Judge(const std::vector<AlertMessage*>& alerts, Instant now);
  void Keep(MessagePtr message, Instant now);
  // It was told, is over, or a higher rung has taken its place.
  void Drop(uint64_t seq) { kept_.erase(seq); }
  MessagePtr Find(uint64_t seq) const;

  bool IsDue(Instant now) const { return now >= next_; }
  std::optional<Instant> next() const {
    return kept_.empty() ? std::nullopt : std::optional(next_);
  }
  void UseCalendars(std::shared_ptr<const CalendarBook> calendars) {
    policy_.calendars = std::move(calendars);
    Recheck();
  }
  // A mute has changed: what waits is looked at anew.
  void Recheck();
  // Digests of what need not wait any longer, without number and time; the messages stay kept until
  // they are dropped. Not of more than kMostAtOnce messages: IsDue says whether there are more.
  std::vector<AlertMessage> Digests(Instant now);

  static constexpr size_t kMostTold = 10'000;   // of one digest
  static constexpr size_t kMostAtOnce = 10'000;
  static constexpr size_t kLinesShown = 20;     // sentences in its text

 private:
  struct Waiting {
    MessagePtr message;
    Instant until;
  };
  struct Reason {
    AlertHeld held = AlertHeld::kNot;
    Instant until;
  };
  // By hours and mutes alone.
  Reason ReasonFor(const AlertMessage& message, Instant now) const;
  AlertMessage DigestOf(const std::vector<MessagePtr>& messages) const;

  DigestPolicy policy_;
  const MutedUntil muted_until_;
  struct Group {                       // what waits for one recipient at one level
    std::vector<uint64_t> seqs;        // rising; what was dropped stands here until it is looked at
    Instant next = kEndOfTime;         // not after the first release
    bool recheck = false;
  };
  // Those of the group that need not wait any longer, at most `most`; the others stay in it.
  std::vector<MessagePtr> TakeReady(Group& group, Instant now, size_t most);

  boost::unordered_flat_map<uint64_t, Waiting> kept_;   // by seq
  std::map<std::string, Group> groups_;
  Instant next_ = kEndOfTime;          // the least of the groups'
  int64_t minute_ = -1;
  std::unordered_map<std::string, size_t> singles_;   // of this minute, by recipient and level
};

}  // namespace tthc
