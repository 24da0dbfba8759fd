#include "server/monitor.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <future>

#include "ingest/store/case_book.h"
#include "ingest/store/casework.h"
#include "ingest/store/store.h"
#include "metrics/exposition/score_families.h"
#include "metrics/exposition/unit_families.h"
#include "metrics/tallies/summary.h"
#include "server/alerts/alert_index.h"
#include "server/alerts/alert_stream.h"
#include "server/audit/sealer.h"
#include "server/backup/keeper.h"
#include "server/case_answer.h"
#include "server/case_order.h"
#include "server/monitor_facts.h"
#include "server/pipeline/pipeline.h"
#include "server/reference_archive.h"
#include "server/score_keeper.h"

namespace tthc {
namespace {

struct GroupRow {
  std::string_view name;
  GroupBy by;
};
constexpr std::array<GroupRow, 4> kGroups = {{
    {"unit", GroupBy::kUnit},
    {"field", GroupBy::kField},
    {"procedure", GroupBy::kProcedure},
    {"channel", GroupBy::kChannel},
}};

constexpr std::array<std::string_view, 4> kChannelCodes = {"unknown", "direct", "online", "postal"};
constexpr std::array<std::string_view, 4> kChannelNames = {"Không rõ", "Trực tiếp", "Trực tuyến",
                                                           "Bưu chính công ích"};

// Beside the messages ('m') and acknowledgements ('a') of the stream.
constexpr char kChannelPrefix = 'c';
std::string ChannelKey(std::string_view key) {
  return ShardKey(kOnlyShard, kChannelPrefix + std::string(key));
}

CaseworkOptions CaseworkFrom(const MonitorOptions& options) {
  CaseworkOptions casework;
  casework.calendars = options.reference.calendars;
  casework.procedures = options.reference.procedures;
  Use(options.reference.counting, casework);
  return casework;
}

DigestPolicy DigestPolicyFrom(const MonitorOptions& options) {
  const Settings& settings = options.settings;
  DigestPolicy policy;
  policy.hours.from_us = settings.Integer("alerts.notify_from_minutes") * kMicrosPerMinute;
  policy.hours.to_us = settings.Integer("alerts.notify_to_minutes") * kMicrosPerMinute;
  policy.hours.on_days_off = settings.Bool("alerts.notify_on_days_off");
  policy.calendars = options.reference.calendars;
  policy.rules = options.reference.alerts;
  policy.singles_per_minute = static_cast<size_t>(settings.Integer("alerts.digest_above_messages"));
  return policy;
}

RhythmPolicy RhythmFrom(const Settings& settings) {
  RhythmPolicy policy;
  policy.unlearned_us = settings.Integer("ingest.sender_silence_seconds") * kMicrosPerSecond;
  policy.odds = settings.Integer("ingest.sender_rare_one_in_silences");
  return policy;
}

PipelineLimits LimitsFrom(const Settings& settings) {
  PipelineLimits limits;
  limits.queue_records = static_cast<size_t>(settings.Integer("limits.ingest_queue_records"));
  limits.cases_per_turn = static_cast<size_t>(settings.Integer("limits.cases_per_turn"));
  limits.run_statements = static_cast<uint64_t>(settings.Integer("store.flush_statements"));
  limits.run_seconds = settings.Integer("store.flush_seconds");
  limits.quarantine_records =
      static_cast<uint64_t>(settings.Integer("limits.quarantine_records"));
  return limits;
}

Result<std::unique_ptr<Store>> OpenStore(const MonitorOptions& options) {
  StoreOptions store;
  store.dir = options.data_dir;
  store.create_if_missing = options.create_if_missing;
  store.sync = options.settings.Bool("store.sync");
  store.block_cache_bytes =
      static_cast<uint64_t>(options.settings.Integer("store.block_cache_bytes"));
  store.free_space_floor_bytes =
      static_cast<uint64_t>(options.settings.Integer("store.free_space_floor_bytes"));
  return Store::Open(store);
}

class MonitorImpl final : public Monitor {
 public:
  MonitorImpl(MonitorOptions options, std::unique_ptr<Store> store)
      : options_(std::move(options)),
        registry_(std::make_shared<prometheus::Registry>()),
        metrics_(registry_),
        casework_(CaseworkFrom(options_)),
        store_(std::move(store)),
        directory_(options_.reference.units, DirectoryLimitsFrom(options_.settings)),
        book_(*store_, kOnlyShard),
        registers_(kOnlyShard,
                   static_cast<uint64_t>(options_.settings.Integer("limits.register_rows"))),
        senders_(options_.reference.calendars, RhythmFrom(options_.settings)),
        alerts_(*store_, directory_, metrics_, DigestPolicyFrom(options_),
                {static_cast<size_t>(options_.settings.Integer("alerts.history_messages")),
                 static_cast<size_t>(options_.settings.Integer("alerts.resume_messages"))}),
        figures_(FigurePartsOf()),
        scores_([this] { return ScoresAreOutdated(); }, [this] { return LiveScores(); }) {}
  ~MonitorImpl() override { Stop(); }

  Result<void> Recover() {
    const auto epoch = FactOrNew(*store_, kEpochFact, kEpochBytes);
    if (!epoch) return epoch.error();
    store_id_ = *epoch;
    const auto alert_epoch = AlertEpoch(*store_, *epoch);
    if (!alert_epoch) return alert_epoch.error();
    const auto key = FactOrNew(*store_, kHashKeyFact, kHashKeyBytes);
    if (!key) return key.error();
    hash_key_ = std::stoull(*key, nullptr, 16);
    const auto texts = directory_.Load(*store_);
    if (!texts) return texts;
    const auto alerts = alerts_.Load(*alert_epoch);
    if (!alerts) return alerts;
    const auto registers = registers_.Load(*store_);
    if (!registers) return registers;
    const auto senders = senders_.Load(*store_);
    if (!senders) return senders;
    const auto archive = archive_.Load(*store_, options_.reference);
    if (!archive) return archive;
    // The whole flow: statements are recorded, cases folded and judged, tallies moved, alerts told.
    pipeline_ = std::make_unique<Pipeline>(Pipeline::Parts{
        *store_, book_, directory_, registers_, senders_, tallies_, alerts_, metrics_, casework_,
        archive_, options_.reference, *options_.reference.alerts,
        *options_.clock, options_.reference.counting.facts, options_.fires_alerts,
        options_.fires_alerts,
        LimitsFrom(options_.settings), WatchFrom(options_.settings)});
    const auto recovered = pipeline_->Recover();
    if (!recovered) return recovered;
    if (const auto audited = OpenAudit(*epoch); !audited) return audited;
    pipeline_->Start();
    // An offline store is asked for reports, not scraped.
    if (options_.fires_alerts) scores_.Start();
    if (sealer_ != nullptr) sealer_->Start();
    if (options_.fires_alerts) {
      backups_ = std::make_unique<BackupKeeper>(*store_, metrics_, BackupsFrom());
      backups_->Start();
    }
    return {};
  }

  std::string KeyFile() const {
    const std::string& named = options_.settings.Text("audit.key_file");
    return named.empty() ? options_.data_dir + "/audit-key.pem" : named;
  }

  BackupOptions BackupsFrom() const {
    const Settings& settings = options_.settings;
    BackupOptions backups;
    backups.folder.dir = settings.Text("backup.dir");
    backups.folder.bytes_per_second =
        static_cast<uint64_t>(settings.Integer("backup.bytes_per_second"));
    if (settings.Bool("backup.with_key")) backups.folder.key_file = KeyFile();
    backups.every_us = settings.Integer("backup.every_seconds") * kMicrosPerSecond;
    backups.newest = static_cast<size_t>(settings.Integer("backup.keep_backups"));
    backups.days = static_cast<size_t>(settings.Integer("backup.keep_days"));
    return backups;
  }

  // Offline commands sign nothing, and nothing can be added to a store that takes no writes.
  Result<void> OpenAudit(const std::string& epoch) {
    const Settings& settings = options_.settings;
    const std::string origin = "tthc-monitor/" + epoch;
    ledger_ = std::make_unique<Ledger>(*store_, book_, directory_, origin);
    if (!options_.fires_alerts || store_->Failed()) return {};
    SealerOptions options;
    options.key_file = KeyFile();
    options.origin = origin;
    options.checkpoint_dir = settings.Text("audit.checkpoint_dir");
    options.every_us = settings.Integer("audit.checkpoint_seconds") * kMicrosPerSecond;
    options.verify_records_per_second =
        static_cast<uint64_t>(settings.Integer("audit.verify_records_per_second"));
    options.access_days = settings.Integer("audit.access_days");
    auto sealer = Sealer::Create({*store_, directory_, *ledger_, metrics_,
                                  [this] { return pipeline_->log_size(); }, [this] { return Now(); },
                                  std::move(options)});
    // Damage that is met here stops writing, not reading.
    if (!sealer && store_->Failed()) return {};
    if (!sealer) return sealer.error();
    sealer_ = std::move(*sealer);
    return {};
  }

  void Submit(DecodedMessage message, Done done) override {
    message.arrived_at.reset();
    pipeline_->Submit(std::move(message), std::move(done));
  }
  void SubmitFrom(DecodedMessage message, SourcePlace place, Done done) override {
    message.arrived_at.reset();
    pipeline_->SubmitFrom(std::move(message), std::move(place), std::move(done));
  }
  std::optional<int64_t> PlaceOf(std::string_view topic, int32_t partition) const override {
    return pipeline_->PlaceOf(topic, partition);
  }
  void SubmitReplay(DecodedMessage message, Done done) override {
    pipeline_->SubmitWhenRoom(std::move(message), std::move(done));
  }

  void PutRegister(RegisterId id, std::vector<RegisterRow> rows,
                   std::optional<Instant> recorded_at, RegisterDone done) override {
    pipeline_->SubmitRegister(id, std::move(rows), recorded_at, std::move(done));
  }
  const RegisterBook& registers() const override { return registers_; }
  RegisterChecks ChecksForRegisters() const override {
    RegisterChecks checks;
    checks.now = Now();
    checks.knows_procedure = [catalogue = registers_.CatalogueAt(
                                  kEndOfTime, casework_.Now().procedures)](std::string_view key) {
      return catalogue->Find(key) != nullptr;
    };
    checks.knows_unit = [tree = directory_.View().units](std::string_view code) {
      return tree->Find(code).has_value();
    };
    checks.knows_indicator = [book = options_.reference.indicators](std::string_view id) {
      return std::any_of(book->tables().begin(), book->tables().end(),
                         [&](const auto& table) { return table->Find(id) != nullptr; });
    };
    return checks;
  }

  Result<SheetAnswer> Sheet(const SheetQuery& query) const override {
    return figures_.Sheet(query);
  }
  Result<ImprovementAnswer> Improvements(const ImprovementQuery& query) const override {
    return figures_.Improvements(query);
  }
  Result<TargetsAnswer> Targets(const std::string& unit, const Period& period,
                                const View& view) const override {
    return figures_.Targets(unit, period, view);
  }
  Result<FrozenPeriod> ClosePeriod(const std::string& unit, const Period& period,
                                   const std::string& definition, std::string_view by) override {
    return figures_.Close(unit, period, definition, by);
  }
  Result<std::vector<FrozenPeriod>> ClosedPeriods() const override { return figures_.ClosedPeriods(); }
  Result<std::optional<FrozenFigure>> FrozenOf(const std::string& unit,
                                               const Period& period) const override {
    return figures_.FrozenOf(unit, period);
  }
  Result<FrozenFigure> FigureNow(const std::string& unit, const Period& period,
                                 const std::string& definition) const override {
    return figures_.FigureNow(unit, period, definition);
  }
  const IndicatorBook& definitions() const override { return *options_.reference.indicators; }
  Result<Report> MakeReport(const ReportRow& report, const ReportQuery& query) const override {
    const auto tree = figures_.DirectoryAt(query.view.known_at).units;
    const auto calendars = figures_.CaseworkAt(query.view.known_at).calendars;
    return report.make({book_, directory_, registers_, figures_, *calendars, *tree, Now()}, query);
  }

  std::shared_ptr<const UnitTree> units() const override { return directory_.View().units; }
  std::shared_ptr<const UnitTree> UnitsAt(std::optional<Instant> known_at) const override {
    return figures_.DirectoryAt(known_at).units;
  }

  Result<SummaryAnswer> Summary(const SummaryQuery& query) const override {
    auto walk = WalkFor(query.unit, query.period, query.rule, query.view);
    if (!walk) return walk.error();
    SummaryAnswer answer;
    answer.cut_off = walk->cut_off;
    std::map<std::string, SummaryGroup> groups;
    boost::unordered_flat_map<uint32_t, SummaryGroup*> group_of;
    const CaseworkOptions casework = figures_.CaseworkAt(query.view.known_at);
    const auto walked = WalkCases(
        book_, casework, directory_, *walk,
        [&](std::string_view, const Verdict& verdict, const Casework& desk) {
          const auto open = static_cast<size_t>(ClockAt(walk->cut_off, query.rule, verdict, desk).state);
          Add(answer.counts, verdict);
          ++answer.open[open];
          if (query.group_by == GroupBy::kNone) return;
          SummaryGroup*& known = group_of[GroupNumber(query.group_by, desk)];
          if (known == nullptr) {
            const auto [key, name] = GroupOf(query.group_by, desk);
            known = &groups[key];
            known->key = key;
            known->name = name;
          }
          SummaryGroup& group = *known;
          Add(group.counts, verdict);
          ++group.open[open];
        });
    if (!walked) return walked.error();
    if (!IdentitiesHold(answer.counts)) metrics_.identity_violations.Increment();
    for (auto& [key, group] : groups) answer.groups.push_back(std::move(group));
    answer.provisional = !query.view.known_at && IsProvisional(walk->units, walk->cut_off);
    return answer;
  }

  Result<TrendAnswer> Trend(const SummaryQuery& query) const override {
    const auto walk = WalkFor(query.unit, query.period, query.rule, query.view);
    if (!walk) return walk.error();
    TrendAnswer answer;
    answer.cut_off = walk->cut_off;
    const Day first = query.period.from;
    for (Day day = first; day <= DayOf(walk->cut_off); day = day + 1) {
      answer.days.push_back({day, 0, 0, 0});
    }
    const auto on = [&](Instant at) -> TrendDay* {
      const auto index = static_cast<size_t>(DayOf(at).number - first.number);   // before the first: beyond all
      return index < answer.days.size() ? &answer.days[index] : nullptr;
    };
    const CaseworkOptions casework = figures_.CaseworkAt(query.view.known_at);
    const auto walked = WalkCases(
        book_, casework, directory_, *walk,
        [&](std::string_view, const Verdict& v, const Casework& desk) {
          answer.carried_over += v.carried_over ? 1 : 0;
          const auto received = desk.folded().received_at;
          TrendDay* came = v.carried_over || !received ? nullptr : on(*received);
          if (came != nullptr) ++came->received;
          TrendDay* went = IsPending(v) || !v.ended_at ? nullptr : on(*v.ended_at);
          if (went == nullptr) return;
          ++went->resolved;
          went->late += v.state == CaseState::kResolvedLate ? 1 : 0;
        });
    if (!walked) return walked.error();
    return answer;
  }

  uint64_t FiguresChange() const override { return tallies_.change_number(); }

  Result<ProcessAnswer> Process(const ProcessQuery& query) const override {
    const auto walk = ProcessWalkFor(query);
    if (!walk) return walk.error();
    const CaseworkOptions casework = figures_.CaseworkAt(query.view.known_at);
    auto figures = GatherProcess({book_, casework, directory_}, *walk);
    if (!figures) return figures.error();
    return ProcessAnswer{std::move(*figures), walk->cases.cut_off,
                         !query.view.known_at &&
                             IsProvisional(walk->cases.units, walk->cases.cut_off)};
  }
  Result<EventLog> ProcessLog(const ProcessQuery& query) const override {
    const auto walk = ProcessWalkFor(query);
    if (!walk) return walk.error();
    const CaseworkOptions casework = figures_.CaseworkAt(query.view.known_at);
    auto log = GatherEventLog(
        {book_, casework, directory_}, *walk,
        static_cast<size_t>(options_.settings.Integer("limits.process_log_events")));
    if (log) log->name = query.unit + " " + LabelOf(query.period);
    return log;
  }

  Result<CasesPage> Cases(const CaseListQuery& query) const override {
    auto walk = WalkFor(query.unit, query.period, query.rule, query.view);
    if (!walk) return walk.error();
    CasesPage page;
    // The `limit` + 1 smallest keys after the cursor.
    std::map<std::string, CaseLine> lines;
    const CaseworkOptions casework = figures_.CaseworkAt(query.view.known_at);
    const auto walked = WalkCases(
        book_, casework, directory_, *walk,
        [&](std::string_view id, const Verdict& v, const Casework& desk) {
          if (!Wanted(query, v, desk)) return;
          const Clock clock = ClockAt(walk->cut_off, query.rule, v, desk);
          if (query.clocks != 0 && (query.clocks >> static_cast<int>(clock.state) & 1u) == 0) return;
          const Instant recorded = LastRecorded(desk, walk->known_at);
          if (query.recorded_since && recorded < *query.recorded_since) return;
          ++page.total;
          std::string key = OrderKey(query.order, id, clock, recorded);
          if (key <= query.cursor) return;
          if (lines.size() > query.limit && key >= lines.rbegin()->first) return;
          CaseLine line = LineOf(id, v, desk);
          line.clock = clock;
          line.recorded = recorded;
          if (clock.deadline && !clock.stopped) {
            line.remaining_text = RemainingText(desk.calendar(), walk->cut_off, *clock.deadline);
          }
          lines.emplace(std::move(key), std::move(line));
          if (lines.size() > query.limit + 1) lines.erase(std::prev(lines.end()));
        });
    if (!walked) return walked.error();
    if (lines.size() > query.limit) {
      lines.erase(std::prev(lines.end()));
      if (!lines.empty()) page.next_cursor = lines.rbegin()->first;
    }
    for (auto& [key, line] : lines) page.lines.push_back(std::move(line));
    return page;
  }

  Result<FindingsPage> Findings(const FindingsQuery& query) const override {
    // As they stand now or at `as_of`, over the tree of that day.
    const Day today = DayOf(Now());
    const auto walk = WalkFor(query.unit, {today, today}, Rule::kQd766, query.view);
    if (!walk) return walk.error();
    FindingsWalk findings{walk->units, walk->known_at, walk->cut_off, {}};
    if (query.silent_senders && !query.view.known_at) findings.senders = senders_.Sources();
    const CaseworkOptions casework = figures_.CaseworkAt(query.view.known_at);
    return ListFindings({book_, casework, directory_}, query, findings);
  }
  Result<HonestAnswer> HonestRatio(const HonestQuery& query) const override {
    const auto walk = WalkFor(query.unit, query.period, query.rule, query.view);
    if (!walk) return walk.error();
    const CaseworkOptions casework = figures_.CaseworkAt(query.view.known_at);
    auto answer = AnswerHonestly({book_, casework, directory_}, query, *walk);
    if (answer) {
      answer->provisional = !query.view.known_at && IsProvisional(walk->units, walk->cut_off);
    }
    return answer;
  }

  Result<CaseAnswer> FindCase(std::string_view case_id, const View& view) const override {
    const auto bytes = book_.Read(case_id);
    if (!bytes) return bytes.error();
    if (!bytes->has_value()) {
      return Error{ErrorKind::kNotFound, "there is no case '" + std::string(case_id) + "'"};
    }
    return MakeCaseAnswer(case_id, **bytes, view, Now(), figures_.CaseworkAt(view.known_at),
                          directory_);
  }

  std::vector<QuarantineItem> Quarantine(uint64_t before, size_t limit) const override {
    std::vector<QuarantineItem> items;
    const uint64_t from = before == 0 ? UINT64_MAX : before - 1;
    if (limit == 0 || before == 1) return items;
    (void)store_->ScanBackwards(
        Column::kQuarantine, NumberKey(kOnlyShard, from),
        [&](std::string_view key, std::string_view value) {
          auto stored = DecodeRejected(value);
          if (!stored) return true;
          items.push_back({NumberOf(key), stored->at, std::move(stored->sender),
                           std::move(stored->service), std::move(stored->what)});
          return items.size() < limit;
        });
    return items;
  }
  uint64_t QuarantineTotal() const override {
    return pipeline_->quarantine_last() + 1 - pipeline_->quarantine_first();
  }

  AlertResume Listen(const std::vector<std::string>& units, std::string_view epoch,
                     std::optional<uint64_t> seq, AlertListener listener,
                     uint64_t& subscription) override {
    return alerts_.Listen(units, epoch, seq, std::move(listener), subscription);
  }
  void StopListening(uint64_t subscription) override { alerts_.StopListening(subscription); }
  std::vector<AlertState> Alerts(const std::vector<std::string>& units, bool open_only,
                                 size_t limit) const override {
    return alerts_.Alerts(units, open_only, limit);
  }
  std::optional<AlertState> FindAlert(std::string_view alert_id) const override {
    return alerts_.Find(alert_id);
  }
  Result<std::vector<CaseAlert>> AlertsOf(std::string_view case_id,
                                          const View& view) const override {
    const auto bytes = book_.Read(case_id);
    if (!bytes) return bytes.error();
    if (!bytes->has_value()) return std::vector<CaseAlert>();
    StoredCase stored;
    if (const auto decoded = DecodeCase(**bytes, stored); !decoded) return decoded.error();
    return ReadCaseAlerts(*store_, stored.claims,
                          std::min(view.as_of.value_or(kEndOfTime),
                                   view.known_at.value_or(kEndOfTime)));
  }
  Result<AlertState> Acknowledge(std::string_view alert_id, std::string_view by,
                                 std::string_view comment) override {
    return Noted(alerts_.Acknowledge(alert_id, by, comment, Now()), "acknowledge", alert_id, by,
                 comment);
  }
  Result<AlertState> Snooze(std::string_view alert_id, Instant until, std::string_view by,
                            std::string_view comment) override {
    const auto checked = CheckPause(until);
    if (!checked) return checked.error();
    return Noted(alerts_.Snooze(alert_id, until, by, comment, Now()), "snooze", alert_id, by,
                 comment);
  }
  Result<UnitMute> Mute(const std::string& unit, Instant until, std::string_view by,
                        std::string_view reason) override {
    const auto checked = CheckPause(until);
    if (!checked) return checked.error();
    return Noted(alerts_.Mute(unit, until, by, reason, Now()), "mute", unit, by, reason);
  }
  const AlertRules& alert_rules() const override { return *options_.reference.alerts; }
  std::vector<UnitMute> Mutes() const override { return alerts_.Mutes(Now()); }

  Result<AlertPage> AlertsAfter(uint64_t seq, size_t limit) const override {
    return alerts_.ReadAfter(seq, limit);
  }
  Result<std::vector<ChannelRecord>> ChannelRecords() const override {
    std::vector<ChannelRecord> records;
    const auto scanned = store_->Scan(
        Column::kAlerts, ChannelKey(""), nullptr, [&](std::string_view key, std::string_view value) {
          std::string_view rest = AfterShard(key);
          if (rest.empty() || rest[0] != kChannelPrefix) return false;
          rest.remove_prefix(1);
          records.push_back({std::string(rest), std::string(value)});
          return true;
        });
    if (!scanned) return scanned.error();
    return records;
  }
  Result<void> WriteChannelRecords(const std::vector<ChannelRecord>& records) override {
    if (const auto writable = store_->Writable(); !writable) return writable;
    StoreBatch batch;
    for (const ChannelRecord& record : records) {
      if (record.value) {
        batch.Put(Column::kAlerts, ChannelKey(record.key), *record.value);
      } else {
        batch.Delete(Column::kAlerts, ChannelKey(record.key));
      }
    }
    return store_->Commit(batch, true);
  }

  void UseReference(Reference reference) override {
    pipeline_->SubmitReference(std::move(reference));
  }
  std::vector<Reprojection> Reprojections(size_t limit) const override {
    return ReadReprojections(*store_, limit);
  }

  bool Note(NoteKind kind, std::string text) override {
    return pipeline_->SubmitNote(kind, std::move(text));
  }
  Result<NotePage> Notes(const NoteQuery& query) const override {
    return ReadNotes(*store_, query);
  }

  AuditStatus Audit() const override {
    return sealer_ != nullptr ? sealer_->Status() : AuditStatus();
  }
  std::vector<Sealed> Checkpoints(size_t limit) const override {
    return ledger_->Checkpoints(limit);
  }
  Result<Sealed> SealNow() override {
    if (sealer_ != nullptr) return sealer_->SealNow();
    if (const auto writable = store_->Writable(); !writable) return writable.error();
    return Error{ErrorKind::kConflict, "only a running daemon seals"};
  }
  Result<CaseProof> Prove(std::string_view case_id) const override {
    return ledger_->Prove(case_id);
  }

  Instant Now() const override { return pipeline_->Now(); }
  uint64_t HashKey() const override { return hash_key_; }
  std::string StoreId() const override { return store_id_; }
  std::shared_ptr<prometheus::Registry> registry() override { return registry_; }

  std::string RenderMetrics() const override {
    const Instant now = Now();
    for (const Senders::Heard& heard : senders_.All()) {
      const std::string name = directory_.Text(heard.sender);
      const auto seconds = [](int64_t us) { return static_cast<double>(us) / kMicrosPerSecond; };
      metrics_.SetSenderSilence(name.empty() ? "unknown" : name, seconds(now - heard.last),
                                seconds(heard.silent_from - heard.last));
    }
    metrics_.store_writable.Set(Healthy() ? 1 : 0);
    metrics_.store_write_stopped.Set(
        static_cast<double>(store_->Property("rocksdb.is-write-stopped")));
    std::error_code unknown;   // then the last value stands
    const auto disk = std::filesystem::space(options_.data_dir, unknown);
    if (!unknown) metrics_.store_free_bytes.Set(static_cast<double>(disk.available));
    metrics_.store_free_floor_bytes.Set(
        static_cast<double>(options_.settings.Integer("store.free_space_floor_bytes")));
    std::string out = prometheus::TextSerializer().Serialize(registry_->Collect());
    const auto scores = scores_.Current();   // before the view: it may name no unit that is not there
    const DirectoryView directory = directory_.View();
    std::vector<TextId> silent;   // a unit stands there once for each of its senders
    for (const Senders::Source& source : senders_.Sources()) {
      if (source.silent_from <= now) silent.push_back(source.unit);
    }
    RenderUnitFamilies(tallies_, directory, pipeline_->live_periods(), silent, out);
    if (scores != nullptr) RenderScoreFamilies(*scores, directory, out);
    return out;
  }
  bool Healthy() const override { return store_->Writable().has_value(); }
  StoreStatus StoreState() const override { return {store_->OnlyRead(), store_->Remark()}; }
  Result<void> AskForBackup() override {
    if (backups_ == nullptr) return Error{ErrorKind::kConflict, "an offline store makes no backups"};
    return backups_->Ask();
  }
  BackupStatus Backups() const override {
    return backups_ == nullptr ? BackupStatus() : backups_->Status();
  }

  void Stop() override {
    scores_.Stop();
    if (backups_ != nullptr) backups_->Stop();
    if (sealer_ != nullptr) sealer_->Stop();
    if (pipeline_ != nullptr) pipeline_->Stop();
    store_->Close();
  }

 private:
  static DirectoryLimits DirectoryLimitsFrom(const Settings& settings) {
    return {static_cast<size_t>(settings.Integer("limits.dictionary_entries")),
            static_cast<size_t>(settings.Integer("limits.units_provisional"))};
  }

  WatchOptions WatchFrom(const Settings& settings) {
    WatchOptions watch;
    watch.calendar_warn_days = static_cast<int>(settings.Integer("calendar.warn_ahead_days"));
    watch.scores_below = [this, floor = settings.Integer("alerts.lowest_score_points"),
                          least = settings.Integer("alerts.score_least_cases")] {
      const auto scores = scores_.Current();
      return scores == nullptr
                 ? std::nullopt
                 : std::optional(ScoresBelow(*scores, *directory_.View().units, floor, least));
    };
    return watch;
  }

  // What was answered goes on record beside the alert.
  template <typename Answered>
  Answered Noted(Answered answered, std::string_view what, std::string_view about,
                 std::string_view by, std::string_view comment) {
    if (answered) {
      pipeline_->SubmitNote(NoteKind::kAnswer, AnswerText(by, what, about, comment));
    }
    return answered;
  }

  Result<void> CheckPause(Instant until) const {
    const int64_t days = options_.settings.Integer("alerts.longest_mute_days");
    if (until <= Now() + days * kMicrosPerDay) return {};
    return Invalid("'until' is more than " + std::to_string(days) +
                   " days ahead (alerts.longest_mute_days)");
  }

  Result<WalkQuery> WalkFor(const std::string& unit, const Period& period, Rule rule,
                            const View& view) const {
    const auto tree = figures_.DirectoryAt(view.known_at).units;
    const auto root = tree->Find(unit);
    if (!root) return Error{ErrorKind::kNotFound, "there is no unit '" + unit + "'"};
    WalkQuery walk;
    walk.from = StartOf(period.from);
    walk.cut_off = CutOff(period, view.as_of, Now());
    // A year asked for in April knows nothing yet of a merger in July: the tree as of the cut-off,
    // as the live figures have it.
    walk.units = tree->SubtreeOn(*root, DayOf(walk.cut_off));
    walk.rule = rule;
    walk.known_at = view.known_at.value_or(kEndOfTime);
    return walk;
  }

  Result<ProcessWalk> ProcessWalkFor(const ProcessQuery& query) const {
    auto walk = WalkFor(query.unit, query.period, Rule::kQd766, query.view);
    if (!walk) return walk.error();
    return ProcessWalk{std::move(*walk), query.procedure};
  }

  // Cases of one number are of one group; a group may have several.
  static uint32_t GroupNumber(GroupBy by, const Casework& desk) {
    switch (by) {
      case GroupBy::kUnit: return desk.unit();
      case GroupBy::kField: return desk.folded().field;
      case GroupBy::kProcedure: return desk.folded().procedure;
      case GroupBy::kChannel: return desk.folded().channel;
      case GroupBy::kNone: break;
    }
    return 0;
  }
  std::pair<std::string, std::string> GroupOf(GroupBy by, const Casework& desk) const {
    const Case& c = desk.folded();
    switch (by) {
      case GroupBy::kUnit: {
        const Unit& unit = desk.directory().units->at(desk.unit());
        return {unit.code, unit.name};
      }
      case GroupBy::kField: {
        return {Shown(c.field), ""};
      }
      case GroupBy::kProcedure: {
        const std::string key = Shown(c.procedure);
        return {key, desk.procedure() != nullptr ? desk.procedure()->name : ""};
      }
      case GroupBy::kChannel: {
        const size_t channel = c.channel < kChannelCodes.size() ? c.channel : 0;
        return {std::string(kChannelCodes[channel]), std::string(kChannelNames[channel])};
      }
      case GroupBy::kNone: break;
    }
    return {};
  }
  std::string Shown(TextId text) const {
    std::string shown = directory_.Text(text);
    return shown.empty() ? "unknown" : shown;
  }

  bool Wanted(const CaseListQuery& query, const Verdict& v, const Casework& desk) const {
    if ((query.states >> static_cast<int>(v.state) & 1u) == 0) return false;
    if (query.online && *query.online != v.online) return false;
    if (query.carried_over && *query.carried_over != v.carried_over) return false;
    if (query.no_due_date && *query.no_due_date != (v.reason == Reason::kNoDueDate)) return false;
    return query.procedure.empty() || directory_.Text(desk.folded().procedure) == query.procedure;
  }

  CaseLine LineOf(std::string_view id, const Verdict& v, const Casework& desk) const {
    const Case& c = desk.folded();
    CaseLine line;
    line.case_id = id;
    line.unit = desk.directory().units->at(desk.unit()).code;
    line.procedure = directory_.Text(c.procedure);
    line.field = directory_.Text(c.field);
    line.channel = c.channel;
    line.received_at = c.received_at;
    line.verdict = v;
    return line;
  }

  // Said of what is known now alone: how a sender kept its pace earlier is not kept.
  // A sender of these units was silent for so long before the cut-off that its cases may have
  // moved on without a word.
  bool IsProvisional(const std::vector<bool>& units, Instant cut_off) const {
    const DirectoryView view = directory_.View();
    for (const Senders::Source& source : senders_.Sources()) {
      const UnitId id = view.UnitOf(source.unit);
      if (id < units.size() && units[id] && source.silent_from < cut_off) return true;
    }
    return false;
  }

  Figures::Parts FigurePartsOf() {
    return {book_,
            directory_,
            registers_,
            *store_,
            casework_,
            options_.reference.indicators,
            options_.reference.counting,
            [this] { return Now(); },
            [this](const std::vector<bool>& units, Instant cut_off) {
              return IsProvisional(units, cut_off);
            },
            [this](Instant known_at) -> std::optional<PastRules> {
              const auto past = archive_.At(known_at);
              if (!past) return std::nullopt;
              return PastRules{past->units, past->calendars, past->procedures, past->indicators,
                               past->counting};
            }};
  }

  // What live scores are made of, by number.
  std::array<uint64_t, 3> ScoreSources() const {
    const auto minute = static_cast<uint64_t>(Now().us / kMicrosPerMinute);   // petitions fall due
    return {tallies_.change_number(), registers_.change_number(), minute};
  }
  bool ScoresAreOutdated() { return ScoreSources() != scored_; }
  std::shared_ptr<const LiveSheets> LiveScores() {
    scored_ = ScoreSources();   // before reading: what changes meanwhile is for the next time
    return figures_.LiveScores(tallies_, pipeline_->live_periods());
  }

  const MonitorOptions options_;
  std::shared_ptr<prometheus::Registry> registry_;
  mutable ProcessMetrics metrics_;
  CaseworkInForce casework_;
  std::unique_ptr<Store> store_;
  Directory directory_;
  CaseBook book_;
  RegisterBook registers_;
  Senders senders_;
  ReferenceArchive archive_;
  Tallies tallies_;
  AlertStream alerts_;
  Figures figures_;
  std::array<uint64_t, 3> scored_{};   // of the thread "scores" only
  ScoreKeeper scores_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<Sealer> sealer_;
  std::unique_ptr<BackupKeeper> backups_;
  uint64_t hash_key_ = 0;
  std::string store_id_;
};

}  // namespace

std::optional<GroupBy> GroupByNamed(std::string_view name) {
  for (const GroupRow& row : kGroups) {
    if (row.name == name) return row.by;
  }
  return std::nullopt;
}

Result<std::unique_ptr<Monitor>> Monitor::Open(MonitorOptions options) {
  auto store = OpenStore(options);
  if (!store) return store.error();
  auto monitor = std::make_unique<MonitorImpl>(std::move(options), std::move(*store));
  const auto recovered = monitor->Recover();
  if (!recovered) {
    Error error = recovered.error();
    if (error.kind == ErrorKind::kCorrupt) error.message += kWayOut;
    return error;
  }
  return std::unique_ptr<Monitor>(std::move(monitor));
}

Result<SubmitAnswer> Monitor::SubmitAndWait(DecodedMessage message) {
  std::promise<Result<SubmitAnswer>> promise;
  SubmitReplay(std::move(message),
               [&](Result<SubmitAnswer> answer) { promise.set_value(std::move(answer)); });
  return promise.get_future().get();
}

}  // namespace tthc
