// The monitor as its front ends see it: HTTP, WebSocket and the command line use this and nothing
// below it.
//
// Thread safety: every method may be called from any thread. Queries work on a consistent view
// and may take up to a second on a million cases: call them from the query pool, not from a
// socket's thread. Submit never blocks.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/alert_rules.h"
#include "config/calendar.h"
#include "config/procedures.h"
#include "config/settings.h"
#include "config/units.h"
#include "ingest/case/verdict.h"
#include "ingest/proof/case_proof.h"
#include "ingest/registers/book.h"
#include "ingest/registers/read.h"
#include "ingest/wire/decode.h"
#include "metrics/figures.h"
#include "metrics/findings/honest.h"
#include "metrics/findings/listing.h"
#include "metrics/process/process.h"
#include "metrics/reports/reports.h"
#include "metrics/tallies/counts.h"
#include "server/audit/notes.h"
#include "server/backup/facts.h"
#include "server/clock.h"
#include "server/reference.h"

namespace prometheus {
class Registry;
}

namespace tthc {

struct MonitorOptions {
  Settings settings = Settings::Defaults();
  Reference reference;
  std::string data_dir;
  std::shared_ptr<ProcessClock> clock;   // the only source of "now"
  bool fires_alerts = true;        // false: replay, import and reports, which send nothing
  bool create_if_missing = true;
};

enum class GroupBy { kNone, kUnit, kField, kProcedure, kChannel };
std::optional<GroupBy> GroupByNamed(std::string_view name);

struct SummaryQuery {
  std::string unit;      // canonical code
  Period period;
  Rule rule = Rule::kForm06;
  View view;
  GroupBy group_by = GroupBy::kNone;
};
// How the time of pending cases stands at the cut-off, by OpenState.
using OpenCounts = std::array<int64_t, 5>;
struct SummaryGroup {
  std::string key;
  std::string name;
  Counts counts;
  OpenCounts open{};
};
struct SummaryAnswer {
  Counts counts;
  OpenCounts open{};
  Instant cut_off;
  bool provisional = false;          // a sender of this unit has been silent beyond its rhythm
  std::vector<SummaryGroup> groups;  // sorted by key
};

// What came in and what was ended on each day of a period.
struct TrendDay {
  Day day;
  int64_t received = 0;
  int64_t resolved = 0;
  int64_t late = 0;                  // of those resolved
};
struct TrendAnswer {
  Instant cut_off;
  int64_t carried_over = 0;
  std::vector<TrendDay> days;        // every day up to the cut-off
};

struct ProcessQuery {
  std::string unit;
  Period period;
  View view;
  std::string procedure;             // empty: all
};
struct ProcessAnswer {
  ProcessFigures figures;
  Instant cut_off;
  bool provisional = false;
};

enum class CaseOrder : uint8_t {
  kNumber,
  kUrgency,                          // the longest overdue first; who waits and who ended come last
  kRecent,                           // what was said last comes first
};
std::optional<CaseOrder> CaseOrderNamed(std::string_view name);

struct CaseListQuery {
  std::string unit;
  Period period;
  Rule rule = Rule::kForm06;
  View view;
  uint32_t states = ~0u;             // bit per CaseState
  std::string procedure;             // empty: any
  std::optional<bool> online;
  std::optional<bool> carried_over;
  std::optional<bool> no_due_date;
  uint32_t clocks = 0;               // bit per OpenState; 0: any, and cases that are not open
  std::optional<Instant> recorded_since;   // something was recorded then or later
  CaseOrder order = CaseOrder::kNumber;
  std::string cursor;                // next_cursor of the page before
  size_t limit = 100;
};
struct CaseLine {
  std::string case_id;
  std::string unit;
  std::string procedure;
  std::string field;
  uint8_t channel = 0;
  std::optional<Instant> received_at;
  Verdict verdict;
  struct Clock clock;
  std::string remaining_text;        // "Còn 2 ngày 3 giờ"; empty without a running deadline
  Instant recorded;                  // when something was last said
};
struct CasesPage {
  uint64_t total = 0;
  std::vector<CaseLine> lines;       // in the order asked for
  std::optional<std::string> next_cursor;
};

struct Revision {                    // one fact of the case that was said anew
  std::string fact;                  // "due_at", "finished_at", "status", …
  std::string before;
  std::string after;
  Instant recorded;
  uint64_t seq = 0;
  std::string sender;
};
struct TimelineStatement {
  Entry entry;
  std::string sender;
  std::string procedure;
  std::string field;
  std::string unit;
  bool counted = true;               // false: void, or after as_of
};
struct CaseFinding {
  Finding kind = Finding::kBackdatedCompletion;
  Instant since;
  std::vector<ProofLine> proofs;
};
struct CaseAnswer {
  std::string case_id;
  std::string unit;
  std::string unit_name;
  std::string procedure;
  std::string procedure_name;
  std::string field;
  Case folded;
  Instant cut_off;
  std::array<Verdict, 2> verdicts;           // by Rule
  std::array<std::string, 2> reason_texts;   // Vietnamese
  struct Clock clock;
  std::string remaining_text;                // "Còn 2 ngày 3 giờ"; empty without a deadline
  std::string calendar_version;
  // From the first date that is told of it to the last, or to the cut-off; absent where that is
  // longer than 400 days.
  std::optional<std::vector<WorkStretch>> working_time;
  std::vector<TimelineStatement> statements; // total order
  std::vector<Revision> revisions;           // by arrival
  std::vector<CaseFinding> findings;         // that stand at the cut-off, by kind
};

struct QuarantineItem {
  uint64_t id = 0;
  Instant at;
  std::string sender;
  std::string service;
  Rejected what;
};

enum class AlertType : uint8_t { kAlert, kResolved, kDigest };
constexpr std::string_view NameOf(AlertType type) {
  constexpr std::string_view kNames[] = {"alert", "resolved", "digest"};
  return kNames[static_cast<size_t>(type)];
}
// Why a message is not told by itself: its recipient's digest will.
enum class AlertHeld : uint8_t { kNot, kQuietHours, kMuted, kMany };
constexpr std::string_view NameOf(AlertHeld held) {
  constexpr std::string_view kNames[] = {"", "quiet_hours", "muted", "many"};
  return kNames[static_cast<size_t>(held)];
}
struct AlertMessage {
  uint64_t seq = 0;                  // of the stream, starting at 1
  AlertType type = AlertType::kAlert;
  // The case, episode, kind and cause: the same for every rung of it and for its resolution.
  std::string id;
  std::string kind;                  // "due_soon", "overdue", …; "digest"
  std::string rung;                  // "overdue_agency"; with the id it names one message
  std::string unit;                  // of the case; of a digest its recipient
  std::string case_id;               // empty where it is about no case
  Instant at;
  std::optional<Instant> due_at;
  std::string text;                  // Vietnamese
  AlertLevel level = AlertLevel::kOfficer;
  AlertSeverity severity = AlertSeverity::kWarning;
  std::string recipient;             // the unit that stands at the level for this one
  AlertHeld held = AlertHeld::kNot;
  std::vector<uint64_t> told;        // of a digest: the messages that it stands for
};
struct AlertState {                  // an alert as it stands
  AlertMessage message;              // of its highest rung
  bool resolved = false;
  bool told = false;                 // somebody was told, by itself or in a digest
  std::optional<Instant> acked_at;
  std::string acked_by;
  std::string ack_comment;
  std::optional<Instant> snoozed_until;
  std::string snoozed_by;
  std::string snooze_comment;
};
// An alert about a case with everything that was told and answered, by time.
struct CaseAlert {
  struct Digest {
    std::string id;
    Instant at;
  };
  struct Told {
    AlertMessage message;            // of one rung, or that it is over
    std::optional<Digest> digest;    // that told it, where it was held
  };
  struct Answer {
    Instant at;
    Instant until;                   // of a snooze
    std::string by;
    std::string comment;
  };
  std::string id;
  std::string kind;
  std::vector<Told> messages;        // never empty
  std::optional<Answer> acknowledgement;
  std::vector<Answer> snoozes;
};
struct UnitMute {                    // of a unit and all below it
  std::string unit;
  Instant until;
  Instant at;
  std::string by;
  std::string reason;
};
struct AlertResume {
  enum class Outcome { kFresh, kReplayed, kSnapshot } outcome = Outcome::kFresh;
  std::string epoch;
  uint64_t seq = 0;                               // the stream's last
  std::vector<std::shared_ptr<const AlertMessage>> messages;   // to send now, in order
  size_t omitted = 0;                             // that are open and older than those
};

struct AlertPage {                   // a stretch of the stream as it is stored
  std::string epoch;
  uint64_t last_seq = 0;             // the stream's last when the page was read
  std::vector<std::shared_ptr<const AlertMessage>> messages;   // in order
};
// What a channel (server/channels) remembers; the bytes are the channel's own.
struct ChannelRecord {
  std::string key;
  std::optional<std::string> value;  // nullopt in a write: it is forgotten
};

// A pass over all cases after what verdicts rest on had changed.
struct Reprojection {
  uint64_t number = 0;               // from 1, in the order they began
  std::string reason;                // "calendars", "procedures", "calendars, procedures", "register procedures"
  std::string before;                // versions of what changed; empty where they have none
  std::string after;
  Instant begun;
  std::optional<Instant> ended;      // absent while it is under way
  uint64_t cases = 0;                // looked at; 0 where all were counted anew, at a start
  uint64_t changed = 0;              // of them: whose standing, findings or next deadline moved
};

struct AuditStatus {
  std::string key;                   // verifier key of who signs checkpoints; empty: nobody does
  std::vector<std::string> former_keys;   // that signed here before
  uint64_t log_records = 0;
  uint64_t verified_records = 0;     // by the check that goes on in the background
  std::optional<Instant> verified_at;   // when such a check last came to its end
  std::string wrong;                 // what it found; empty: nothing
};

struct BackupStatus {
  std::string dir;                   // empty: no backups are made
  int64_t every_us = 0;
  bool under_way = false;
  uint64_t copied_bytes = 0;         // of the one under way
  std::string failure;               // of the last try; empty: it was good, or there was none
  std::optional<Instant> failed_at;
  std::vector<BackupFacts> backups;  // oldest first
};

struct StoreStatus {
  std::string only_read;             // why it takes no writes until somebody acts; empty: it takes them
  std::string remark;                // what was worth a warning at the start
};

struct SubmitAnswer {
  uint64_t accepted = 0;             // statements recorded now
  uint64_t repeated = 0;             // said before: nothing changed
  uint64_t quarantined = 0;
  Instant recorded;
};

// Of a message from a source that can be read again: where its reader stands before and after it.
struct SourcePlace {
  std::string topic;
  int32_t partition = 0;
  std::optional<int64_t> after;      // the place that must be stored for it to be recorded; absent: none is
  int64_t next = 0;                  // what is stored with it: the offset to be read next
};

class Monitor {
 public:
  // Recovers the store; errors say what to do. Nothing is served before it returns.
  static Result<std::unique_ptr<Monitor>> Open(MonitorOptions options);
  virtual ~Monitor() = default;

  // --- in. `done` is called once, on the pipeline's thread, after the log is synced (or with the
  // reason why nothing was recorded: kUnavailable when the queue is full or the store read-only).
  using Done = std::function<void(Result<SubmitAnswer>)>;
  virtual void Submit(DecodedMessage message, Done done) = 0;
  // Submit, with the place of the message in its source stored in the same batch. kConflict, and nothing
  // is recorded, where another place is stored than it goes on from: ask PlaceOf and read from there. One
  // that says nothing about any case is taken too: its place moves on.
  virtual void SubmitFrom(DecodedMessage message, SourcePlace place, Done done) = 0;
  // As it is on disk; nullopt: nothing of this partition was recorded.
  virtual std::optional<int64_t> PlaceOf(std::string_view topic, int32_t partition) const = 0;
  // Offline replay and import: recorded at message.arrived_at where the message carries one, never
  // an alert for it; blocks while the queue is full, so many may be under way.
  virtual void SubmitReplay(DecodedMessage message, Done done) = 0;
  // SubmitReplay, waiting for its answer.
  Result<SubmitAnswer> SubmitAndWait(DecodedMessage message);

  // --- registers
  using RegisterDone = std::function<void(Result<RegisterPutAnswer>)>;
  // Checked rows (ingest/registers/read.h); answered like Submit. `recorded_at`: of an offline feed
  // only, the time its rows are to have been known from; absent: now.
  virtual void PutRegister(RegisterId id, std::vector<RegisterRow> rows,
                           std::optional<Instant> recorded_at, RegisterDone done) = 0;
  virtual const RegisterBook& registers() const = 0;
  // What rows are held against as of now.
  virtual RegisterChecks ChecksForRegisters() const = 0;

  // --- indicators, reports, targets (metrics/figures.h)
  virtual Result<SheetAnswer> Sheet(const SheetQuery& query) const = 0;
  virtual Result<ImprovementAnswer> Improvements(const ImprovementQuery& query) const = 0;
  virtual Result<TargetsAnswer> Targets(const std::string& unit, const Period& period,
                                        const View& view) const = 0;
  virtual Result<FrozenPeriod> ClosePeriod(const std::string& unit, const Period& period,
                                           const std::string& definition, std::string_view by) = 0;
  virtual Result<std::vector<FrozenPeriod>> ClosedPeriods() const = 0;
  virtual Result<std::optional<FrozenFigure>> FrozenOf(const std::string& unit,
                                                       const Period& period) const = 0;
  // What FrozenOf would hold if the period were closed now.
  virtual Result<FrozenFigure> FigureNow(const std::string& unit, const Period& period,
                                         const std::string& definition) const = 0;
  virtual const IndicatorBook& definitions() const = 0;
  virtual Result<Report> MakeReport(const ReportRow& report, const ReportQuery& query) const = 0;

  // --- out
  virtual std::shared_ptr<const UnitTree> units() const = 0;
  // That a question as known at that time is answered by.
  virtual std::shared_ptr<const UnitTree> UnitsAt(std::optional<Instant> known_at) const = 0;
  virtual Result<SummaryAnswer> Summary(const SummaryQuery& query) const = 0;
  virtual Result<TrendAnswer> Trend(const SummaryQuery& query) const = 0;
  // Another number whenever live figures have changed.
  virtual uint64_t FiguresChange() const = 0;
  virtual Result<ProcessAnswer> Process(const ProcessQuery& query) const = 0;
  // The same cases; kInvalidInput beyond limits.process_log_events.
  virtual Result<EventLog> ProcessLog(const ProcessQuery& query) const = 0;
  virtual Result<CasesPage> Cases(const CaseListQuery& query) const = 0;
  // Silent senders only where the query asks for what is known now.
  virtual Result<FindingsPage> Findings(const FindingsQuery& query) const = 0;
  virtual Result<HonestAnswer> HonestRatio(const HonestQuery& query) const = 0;
  virtual Result<CaseAnswer> FindCase(std::string_view case_id, const View& view) const = 0;
  // Newest first; `before` = id of the last item of the page before, 0 for the first page.
  virtual std::vector<QuarantineItem> Quarantine(uint64_t before, size_t limit) const = 0;
  virtual uint64_t QuarantineTotal() const = 0;

  // --- alerts
  using AlertListener = std::function<void(std::shared_ptr<const AlertMessage>)>;
  // `units`: canonical codes whose subtree is meant; empty = all. The listener is called on the
  // pipeline's thread and must not block. Resuming and listening are one atomic step.
  virtual AlertResume Listen(const std::vector<std::string>& units, std::string_view epoch,
                             std::optional<uint64_t> seq, AlertListener listener,
                             uint64_t& subscription) = 0;
  virtual void StopListening(uint64_t subscription) = 0;
  virtual std::vector<AlertState> Alerts(const std::vector<std::string>& units, bool open_only,
                                         size_t limit) const = 0;
  virtual std::optional<AlertState> FindAlert(std::string_view alert_id) const = 0;
  // Every alert about the case that was told by the times asked for: what is told happens when it is
  // known, so both bound it. From the store.
  virtual Result<std::vector<CaseAlert>> AlertsOf(std::string_view case_id,
                                                  const View& view) const = 0;
  virtual Result<AlertState> Acknowledge(std::string_view alert_id, std::string_view by,
                                         std::string_view comment) = 0;
  // No higher rung is told before `until`.
  virtual Result<AlertState> Snooze(std::string_view alert_id, Instant until, std::string_view by,
                                    std::string_view comment) = 0;
  // Until then what concerns the unit or one below it waits for the digest. An `until` that is not
  // after now ends the mute.
  virtual Result<UnitMute> Mute(const std::string& unit, Instant until, std::string_view by,
                                std::string_view reason) = 0;
  virtual std::vector<UnitMute> Mutes() const = 0;

  virtual const AlertRules& alert_rules() const = 0;

  // --- channels (server/channels)
  // The first `limit` messages after `seq`, from the store: however old.
  virtual Result<AlertPage> AlertsAfter(uint64_t seq, size_t limit) const = 0;
  virtual Result<std::vector<ChannelRecord>> ChannelRecords() const = 0;   // by key
  // All of them or none, synced.
  virtual Result<void> WriteChannelRecords(const std::vector<ChannelRecord>& records) = 0;

  // --- what verdicts rest on
  // Calendars and procedures take effect at once for questions; live figures, deadlines and alerts
  // follow in the background. Nothing else of the reference is looked at.
  virtual void UseReference(Reference reference) = 0;
  virtual std::vector<Reprojection> Reprojections(size_t limit) const = 0;   // newest first

  // --- who read what (server/audit/notes.h)
  // `text`: a JSON object, at most kLongestNote bytes. False where it cannot be recorded.
  virtual bool Note(NoteKind kind, std::string text) = 0;
  virtual Result<NotePage> Notes(const NoteQuery& query) const = 0;

  // --- proofs (ingest/proof)
  virtual AuditStatus Audit() const = 0;
  virtual std::vector<Sealed> Checkpoints(size_t limit) const = 0;   // newest first
  // A checkpoint over all that is recorded; takes as long as a walk over all cases.
  virtual Result<Sealed> SealNow() = 0;
  // As of the newest checkpoint; kConflict before the first one.
  virtual Result<CaseProof> Prove(std::string_view case_id) const = 0;

  // --- the rest
  // Never before what was recorded last, whatever the clock does.
  virtual Instant Now() const = 0;
  // Keys the decoder's hashes; made with the store, the same as long as it lives.
  virtual uint64_t HashKey() const = 0;
  // Of the store since it was made, also after a restore; letters and digits.
  virtual std::string StoreId() const = 0;
  virtual std::shared_ptr<prometheus::Registry> registry() = 0;   // every family is declared here
  // Text format 0.0.4.
  virtual std::string RenderMetrics() const = 0;
  virtual bool Healthy() const = 0;   // the store takes writes
  virtual StoreStatus StoreState() const = 0;

  // --- backups (server/backup)
  // One more, in the background. kConflict where there is no directory for them.
  virtual Result<void> AskForBackup() = 0;
  virtual BackupStatus Backups() const = 0;
  // Stops taking messages, finishes what was taken, syncs and closes. Idempotent.
  virtual void Stop() = 0;
};

}  // namespace tthc
