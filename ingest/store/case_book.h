// The cases in hand: open cases and cases just touched are in memory, all others rest in the
// store. Written to the store in sorted runs, a slice with every batch; the log rebuilds what a
// crash cut off.
//
// Threads: one writer (the pipeline) calls everything; Scan and Read may be called from any
// thread and see a consistent set of cases, each whole.
#pragma once

#include <array>
#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/store/codec.h"
#include "ingest/store/store.h"

namespace tthc {

// What the pipeline keeps beside a case so that the next change moves its figures by difference.
struct CaseTag {
  uint32_t tally_key = 0;
  uint32_t standing = 0;
  Instant next_change = kEndOfTime;   // when time alone changes it
  uint32_t findings = 0;              // FindingSet
  uint16_t facts = 0;                 // stored facts for the indicators (metrics/indicators/facts.h)
  bool resting = false;               // ended or outside, and time alone changes nothing any more
};

// A case in memory. Its address stays the same while it is there.
struct HotCase {
  CaseTag tag;
  char* data = nullptr;        // its number, then its stored bytes
  uint32_t timer_slot = 0;     // place in the timer heap, kNoTimer where it has none
  uint32_t bytes_size = 0;
  uint32_t generation = 0;     // of the book when it came into memory
  uint8_t id_size = 0;
  uint8_t listed : 2 = 0;      // in which of the two lists of changed cases (CaseBook::lists_)
  bool in_active : 1 = false;  // stands in that column of the store
  bool in_resting : 1 = false;
  bool leaving : 1 = false;    // listed for eviction
  static constexpr uint32_t kNoTimer = UINT32_MAX;

  std::string_view id() const { return {data, id_size}; }
  std::string_view bytes() const { return {data + id_size, bytes_size}; }
};

class CaseBook {
 public:
  explicit CaseBook(Store& store, ShardId shard);
  ~CaseBook();
  CaseBook(const CaseBook&) = delete;

  // --- writer
  HotCase* Find(std::string_view case_id) const;
  // Brings those of `case_ids` (none of them in memory, none twice) that rest in the store into
  // memory, their tags not set yet; nullptr for each that is not there.
  Result<std::vector<HotCase*>> Load(const std::vector<std::string_view>& case_ids);
  // Replaces the case, or creates it where `hot` is nullptr.
  HotCase* Put(HotCase* hot, std::string_view case_id, const StoredCase& stored);
  void SetTag(HotCase* hot, const CaseTag& tag);
  // The next run writes it though its bytes did not change.
  void Touch(HotCase* hot) { MarkDirty(hot); }
  // A case whose next change has come, in order of time; nullptr when there is none by `now`.
  HotCase* FirstDue(Instant now) const;
  std::optional<Instant> NextTimer() const;
  size_t hot_count() const { return hot_count_; }

  // A run over all cases changed since the last one: begin it, then put slices into batches.
  // The store's "flushed_seq" becomes `next_seq` with the last slice.
  bool RunUnderway() const { return run_open_; }
  size_t DirtyCount() const { return lists_[current_].count; }
  void BeginRun(uint64_t next_seq);
  // At most `cases` of the run into `batch`. Call SliceWritten once it is committed.
  void PutSlice(size_t cases, StoreBatch& batch);
  void SliceWritten();

  // While held, no case leaves memory: what its figures were counted by stays known.
  void HoldEvictions(bool hold) { evictions_held_ = hold; }
  // Visits what rests in the store behind `after`, in order of their numbers, hot ones too, until
  // the visitor returns false.
  using RestingVisitor = std::function<bool(std::string_view case_id, std::string_view bytes)>;
  Result<void> ScanResting(std::string_view after, const RestingVisitor& visit) const;
  // Reads `active` into memory (start-up). `loaded` is called for each.
  Result<void> LoadActive(const std::function<void(HotCase*)>& loaded);

  // --- any thread
  // The stored bytes of one case, hot or resting.
  Result<std::optional<std::string>> Read(std::string_view case_id) const;
  // Visits every case once, as it stood at one point (a case may show statements of a batch that
  // came while the scan ran). Bytes are valid during the call only.
  using Visitor = std::function<void(std::string_view case_id, std::string_view bytes)>;
  Result<void> Scan(const Visitor& visit) const;
  // Writer's thread only: every case in memory.
  void EachHot(const std::function<void(HotCase*)>& visit);

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view id) const { return std::hash<std::string_view>()(id); }
    size_t operator()(const HotCase* hot) const { return (*this)(hot->id()); }
  };
  struct Same {
    using is_transparent = void;
    static std::string_view Id(std::string_view id) { return id; }
    static std::string_view Id(const HotCase* hot) { return hot->id(); }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return Id(a) == Id(b);
    }
  };
  struct Segment {
    mutable std::mutex mutex;
    boost::unordered_flat_set<HotCase*, Hash, Same> cases;
  };
  static constexpr size_t kSegments = 1024;

  Segment& SegmentOf(std::string_view id) const;
  HotCase* Place(std::string_view id, std::string_view bytes);
  void MarkDirty(HotCase* hot);
  void SortSome();
  void Evict(HotCase* hot);
  void TimerSet(HotCase* hot, Instant at);
  void TimerRemove(HotCase* hot);
  void SiftUp(size_t slot);
  void SiftDown(size_t slot);
  void TimerPut(size_t slot, HotCase* hot);

  Store& store_;
  const ShardId shard_;
  mutable std::vector<Segment> segments_;
  std::vector<HotCase*> timers_;        // binary heap by tag.next_change
  // Cases to write, by the begin of their number (unit and day), so that a run need not sort all of
  // them at once. One list grows while the run empties the other.
  struct ChangedList {
    struct Group {
      std::string begin;
      std::vector<HotCase*> cases;
    };
    boost::unordered_flat_map<size_t, Group> groups;   // by hash of the begin
    size_t count = 0;
  };
  std::array<ChangedList, 2> lists_;
  uint8_t current_ = 0;                 // the list that grows
  std::vector<ChangedList::Group> run_; // what the run has left, last first
  size_t sorted_ = 0;                   // at the end of its last group
  bool run_open_ = false;               // the run's end is not written yet
  bool evictions_held_ = false;
  uint64_t run_seq_ = 0;
  std::vector<HotCase*> slice_;         // put into a batch that is not committed yet
  std::vector<HotCase*> to_evict_;      // written to `resting`, still in memory
  std::deque<HotCase> pool_;
  std::vector<HotCase*> free_;
  std::string scratch_;
  size_t hot_count_ = 0;
  std::atomic<uint32_t> generation_ = 1;
  // Held shared by scans: nothing leaves memory while one is under way.
  mutable std::shared_mutex eviction_;
};

}  // namespace tthc
