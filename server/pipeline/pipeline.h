// The pipeline: messages in, statements recorded, cases folded, figures moved, alerts told.
//
// One thread does all of it, in atomic batches: what belongs together is on disk together before
// anybody is answered. Threads: "pipeline" (this), callers of Submit.
#pragma once

#include <algorithm>
#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "ingest/proof/chain.h"
#include "ingest/registers/book.h"
#include "ingest/senders/senders.h"
#include "ingest/store/case_book.h"
#include "ingest/store/casework.h"
#include "ingest/store/directory.h"
#include "metrics/exposition/process_metrics.h"
#include "metrics/indicators/facts.h"
#include "metrics/tallies/tallies.h"
#include "server/alerts/alert_stream.h"
#include "server/alerts/subject_alerts.h"
#include "server/clock.h"
#include "server/audit/notes.h"
#include "server/monitor.h"
#include "server/pipeline/reprojection.h"
#include "server/pipeline/source_places.h"
#include "server/reference_archive.h"

namespace tthc {

struct PipelineLimits {
  size_t queue_records = 200'000;       // taken in and not recorded yet
  size_t group_records = 4'000;         // of one atomic batch: its cases stay in the cache
  size_t cases_per_turn = 4'000;        // fired or counted anew, between two batches of input
  size_t run_slice_cases = 2'000;       // of a sorted run, when nothing else is to do
  uint64_t run_statements = 500'000;    // a run begins after so many statements
  int64_t run_seconds = 30;             // … or after this long with anything changed
  uint64_t quarantine_records = 100'000;
  size_t queue_register_rows = 2'000'000;   // waiting; one put is always taken
  size_t queue_notes = 20'000;
};

// What is watched beside the cases, once a minute.
struct WatchOptions {
  int calendar_warn_days = 90;
  // nullopt while scores are not computed yet.
  std::function<std::optional<std::vector<Subject>>()> scores_below;
};

class Pipeline {
 public:
  struct Parts {
    Store& store;
    CaseBook& book;
    Directory& directory;
    RegisterBook& registers;
    Senders& senders;
    Tallies& tallies;
    AlertStream& alerts;
    ProcessMetrics& metrics;
    CaseworkInForce& casework;
    ReferenceArchive& archive;
    Reference reference;             // that is loaded; units and indicators stay
    const AlertRules& alert_rules;
    const ProcessClock& clock;
    FactPolicy facts;
    bool fires_alerts = true;
    bool sync = true;
    PipelineLimits limits;
    WatchOptions watch;
  };
  explicit Pipeline(Parts parts);
  ~Pipeline();

  // Brings memory to where the store stands: cases, the log's tail, figures. Before Start.
  Result<void> Recover();
  void Start();
  // Finishes what was taken, writes the run, syncs. Idempotent.
  void Stop();

  void Submit(DecodedMessage message, Monitor::Done done);
  // See Monitor::SubmitFrom.
  void SubmitFrom(DecodedMessage message, SourcePlace place, Monitor::Done done);
  std::optional<int64_t> PlaceOf(std::string_view topic, int32_t partition) const {
    return places_.Of(topic, partition);
  }
  // Blocks while the queue is full (offline replay).
  void SubmitWhenRoom(DecodedMessage message, Monitor::Done done);
  // Rows of a register, checked; `recorded_at` of an offline feed only.
  void SubmitRegister(RegisterId id, std::vector<RegisterRow> rows,
                      std::optional<Instant> recorded_at, Monitor::RegisterDone done);
  // Goes on record with the next batch, within a second at the latest. False where it cannot: too many
  // wait, or the store takes no writes.
  bool SubmitNote(NoteKind kind, std::string text);
  // Its calendars and procedures replace those in force; cases follow in the background.
  void SubmitReference(Reference reference);
  Instant Now() const;
  LivePeriods live_periods() const;
  // How many records the log on disk has.
  uint64_t log_size() const { return durable_seq_; }
  uint64_t quarantine_last() const { return quarantine_last_; }
  uint64_t quarantine_first() const { return quarantine_first_; }

 private:
  struct Task {
    DecodedMessage message;
    Monitor::Done done;
    SubmitAnswer answer;
    std::optional<SourcePlace> place;
    bool misplaced = false;   // another place is stored than it goes on from

    // What it takes of the queue: one without records takes its room too.
    size_t weight() const { return std::max<size_t>(message.records, 1); }
  };
  struct RegisterTask {
    RegisterId id;
    std::vector<RegisterRow> rows;
    std::optional<Instant> recorded_at;
    Monitor::RegisterDone done;
  };
  // A case being changed in this batch.
  struct Work {
    std::string_view id;     // of the statement that named it first
    HotCase* hot = nullptr;  // nullptr: a new case
    StoredCase stored;
    bool changed = false;
    bool loaded = false;     // it rested in the store before this batch
  };
  // What verdicts rest on is to be replaced.
  struct RulesChange {
    Reprojection record;
    Reference reference;
  };
  // The pass over all cases that follows (reproject.cc).
  struct Pass {
    Reprojection record;
    Casework counted;            // as cases are counted that it has not come to
    std::string resting_after;   // resting cases up to this one are counted anew
    bool resting_done = false;
    std::vector<HotCase*> hot;   // then these, in memory when the resting ones were done
    size_t hot_at = 0;
  };

  void Run();
  void Enqueue(Task task);
  std::vector<Task> TakeGroup();
  std::optional<RegisterTask> TakeRegister();
  // The notes that wait go into the batch that is being made.
  void TakeNotes();
  void RecordGroup(std::vector<Task>& tasks);
  // Opens a Work for each case that is named; the works of `ids`, in their order, go to order_.
  Result<void> OpenWorks(const std::vector<std::string_view>& ids);
  // Records one message, whose statements begin at `at` of order_, unless its place does not follow.
  void RecordTask(Task& task, size_t& at);
  // Records the statements of one message and counts them in its answer.
  void RecordMessage(Task& task, size_t& at);
  void RecordRegister(RegisterTask task);
  Result<RegisterPutAnswer> PutRegister(RegisterTask& task);
  // Figures follow what the registers now say of these cases, and of the catalogue.
  void Follow(const RegisterBook::Effect& effect);
  void FollowCatalogue();
  void FollowCases(std::span<const RegisterBook::LinkChange> changes);
  void TakeReference();
  // What was loaded is in force from a recorded time on that nobody has asked for yet.
  void ArchiveReference();
  // What is in force, or will be once it can.
  const Reference& Newest() const;
  void AwaitPass(RulesChange change);
  void Reproject(Instant now);
  void BeginPass(Instant now);
  // At most so many cases are looked at; what is left of them.
  size_t RecountResting(size_t most, Instant now);
  void SettleHot(size_t most, Instant now);
  void EndPass(Instant now);
  void WriteRecord();
  // What is asked of a case on a desk as the figures were counted of it that has just come into
  // memory: while a pass is under way it may be the desk of before.
  template <typename Ask>
  auto OnCountingDesk(std::string_view case_id, const StoredCase& stored, const Ask& ask) {
    const bool as_before = pass_ && !pass_->resting_done && case_id > pass_->resting_after;
    if (as_before) UseOtherDesk();
    desk_.Open(stored);
    const auto answer = ask();
    if (as_before) UseOtherDesk();
    return answer;
  }
  void UseOtherDesk();
  Result<void> RecoverReprojections(Instant now);
  // Of the case on the desk.
  uint16_t FactBits(CaseLinks links) const;
  void Answer(std::vector<Task>& tasks, const Result<void>& committed);
  Result<Entry> EntryOf(const Statement& statement, TextId sender, Instant recorded);
  Result<TextId> UnitOfId(std::string_view case_id, std::string_view sender);
  void Quarantine(const DecodedMessage& message, const Rejected& rejected, Instant at);
  // The case on the desk (`stored`) as it is at `now`.
  struct Seen {
    Standing standing;
    StandingBits bits;
    CaseTag tag;
    int32_t end_day = kNoEndDay;
    RungDecision rungs;
  };
  // Folds the case as it is now, decides its alerts, puts it back with its new tag.
  void Settle(HotCase* hot, std::string_view case_id, StoredCase& stored, Instant now,
              bool changed);
  // True where a claim was made or resolved.
  bool TellRungs(std::string_view case_id, StoredCase& stored, const Seen& seen, Instant now);
  void ResolveClaims(std::string_view case_id, StoredCase& stored, const Seen& seen, Instant now);
  AlertMessage MessageFor(std::string_view case_id, const Claim& claim, const Standing& standing,
                          AlertType type, Instant now) const;
  RungDecision RungsOf(std::string_view case_id, const StoredCase& stored,
                       const Standing& standing, Instant now) const;
  void TellDigests(Instant now);
  void WatchSubjects(Instant now);
  std::vector<Subject> SilentSenders(Instant now) const;
  std::vector<Subject> EndingCalendars(Instant now) const;
  // The province that a unit, or by default the first one, belongs to.
  const Unit& RootOf(std::optional<UnitId> unit, Day day) const;
  Seen View(std::string_view case_id, const StoredCase& stored, Instant now);
  void FireTimers(Instant now);
  void MaybeBeginRun();
  // True where a slice of a sorted run was written.
  bool AdvanceRun();
  Result<void> CommitBatch(bool sync);
  Hash PutBlock();
  void ShowHorizon();
  void BeginPeriods(Instant now);
  Result<void> CountAll(Tallies::Totals totals);
  Result<void> ReplayLog(uint64_t from_seq);
  void RecallSenders(const StoredCase& stored);

  Parts parts_;
  Casework desk_;
  StoreBatch batch_;
  SourcePlaces places_;
  LogBlock block_;
  std::vector<NoteRecord> notes_;   // the texts of block_.notes
  std::vector<TallyMove> moves_;
  std::vector<Work> works_;
  size_t works_used_ = 0;
  boost::unordered_flat_map<std::string_view, uint32_t> work_of_;
  std::vector<uint32_t> order_;            // index of the Work of each statement of the group
  uint64_t next_seq_ = 0;
  std::atomic<uint64_t> durable_seq_ = 0;  // of the store: the log ends before it
  Hash chain_{};                           // behind the last block on disk
  uint64_t run_begun_seq_ = 0;
  int64_t run_begun_micros_ = 0;
  Instant quiet_until_{INT64_MIN};
  Instant watched_at_{INT64_MIN};
  std::optional<RulesChange> change_waiting_;
  std::optional<Pass> pass_;
  uint64_t last_reprojection_ = 0;
  std::string why_;                        // added to what is told while a pass settles cases
  LivePeriods live_;
  std::atomic<int64_t> last_recorded_us_ = INT64_MIN;
  std::atomic<uint64_t> quarantine_last_ = 0;
  std::atomic<uint64_t> quarantine_first_ = 1;

  mutable std::mutex live_mutex_;
  LivePeriods shown_live_;

  std::mutex queue_mutex_;
  std::condition_variable queue_changed_;
  std::condition_variable queue_has_room_;
  std::deque<Task> queue_;
  std::deque<RegisterTask> registers_queue_;
  std::vector<NoteRecord> notes_queue_;
  std::optional<Reference> new_reference_;
  size_t queued_records_ = 0;
  std::atomic<bool> messages_wait_ = false;
  size_t queued_register_rows_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace tthc
