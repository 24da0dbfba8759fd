// A monitor in memory: remembers what it was asked, answers what the test put there.
#pragma once

#include <prometheus/registry.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <vector>

#include "server/monitor.h"

namespace tthc {

inline constexpr std::string_view kEpoch = "e1";

class FakeMonitor final : public Monitor {
 public:
  FakeMonitor() {
    std::vector<Unit> units;
    const auto add = [&](std::string code, UnitLevel level, std::string parent) {
      Unit unit;
      unit.name = "Đơn vị " + code;
      unit.code = std::move(code);
      unit.level = level;
      unit.parent = std::move(parent);
      units.push_back(std::move(unit));
    };
    add("H34", UnitLevel::kProvince, "");
    add("H34.05", UnitLevel::kDepartment, "H34");
    add("H34.23", UnitLevel::kDistrict, "H34");
    add("H34.23.09", UnitLevel::kCommune, "H34.23");
    tree_ = *UnitTree::Build(std::move(units));
    definitions_ = *IndicatorBook::Load(
        {"builtin:indicators_766.toml", "builtin:indicators_766_spec_f.toml"});
    sheet.table = definitions_->tables().front();
    improvements.table = sheet.table;
  }

  // --- for tests
  void Hold() {
    const std::lock_guard lock(mutex_);
    hold_ = true;
  }
  void WaitForSubmissions(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return submitted_.size() >= count; });
  }
  void Release() {
    std::vector<Done> held;
    {
      const std::lock_guard lock(mutex_);
      hold_ = false;
      held.swap(held_);
    }
    for (auto& done : held) done(SubmitAnswer{1, 0, 0, Now()});
  }
  std::vector<DecodedMessage> submitted() {
    const std::lock_guard lock(mutex_);
    return submitted_;
  }
  void Publish(AlertMessage message) {
    auto shared = std::make_shared<const AlertMessage>(std::move(message));
    std::vector<AlertListener> listeners;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [id, listener] : listeners_) listeners.push_back(listener);
    }
    for (const auto& listener : listeners) listener(shared);
  }
  void WaitForListeners(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return listeners_.size() == count; });
  }
  size_t listeners() {
    const std::lock_guard lock(mutex_);
    return listeners_.size();
  }
  bool stopped() const { return stopped_; }

  std::optional<Error> submit_error;
  Counts counts;
  OpenCounts open{};
  std::vector<TrendDay> trend;
  std::vector<SummaryGroup> groups;
  CasesPage page;
  std::map<std::string, CaseAnswer> cases;
  std::vector<CaseAlert> case_alerts;
  std::vector<QuarantineItem> quarantine;
  std::vector<Reprojection> reprojections;   // newest first
  AuditStatus audit;
  std::vector<Sealed> checkpoints;           // newest first
  std::vector<NoteRecord> noted;             // oldest first
  std::vector<AlertState> alerts;
  std::vector<UnitMute> mutes;
  std::vector<std::shared_ptr<const AlertMessage>> backlog;  // what a resume replays
  mutable std::optional<SummaryQuery> asked_summary;
  ProcessFigures process;
  EventLog event_log;
  mutable std::optional<ProcessQuery> asked_process;
  mutable std::optional<CaseListQuery> asked_cases;
  FindingsPage findings;
  HonestAnswer honest;
  mutable std::optional<FindingsQuery> asked_findings;
  mutable std::optional<HonestQuery> asked_honest;
  mutable std::optional<View> asked_view;
  SheetAnswer sheet;
  ImprovementAnswer improvements;
  TargetsAnswer targets;
  std::optional<Error> figure_error;                 // of sheets, reports and closing
  std::vector<FrozenPeriod> closed;
  std::map<std::string, FrozenFigure> frozen;        // by unit, whatever the period
  FrozenFigure figure_now;
  Report report;
  mutable std::vector<SheetQuery> asked_sheets;
  mutable std::optional<ImprovementQuery> asked_improvements;
  mutable std::optional<ReportQuery> asked_report;
  mutable std::string made_report;
  std::vector<std::string> listened_units;
  std::optional<uint64_t> resumed_from;
  std::string metrics_text = "# HELP tthc_x x\n# TYPE tthc_x gauge\ntthc_x 1\n";
  std::atomic<uint64_t> figures_change = 0;
  bool healthy = true;

  // Of the channels; while they run only by Tell and Records.
  std::vector<std::shared_ptr<const AlertMessage>> stream;
  std::map<std::string, std::string> records;
  void SetRecordsError(std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    records_error_ = std::move(error);
  }
  void Tell(AlertMessage message) {
    {
      const std::lock_guard lock(mutex_);
      message.seq = stream.size() + 1;
      stream.push_back(std::make_shared<const AlertMessage>(message));
    }
    Publish(std::move(message));
  }
  std::map<std::string, std::string> Records() {
    const std::lock_guard lock(mutex_);
    return records;
  }

  // --- Monitor
  void Submit(DecodedMessage message, Done done) override {
    if (submit_error) return done(*submit_error);
    SubmitAnswer answer{message.statements.size(), 0, message.rejected.size(), Now()};
    std::unique_lock lock(mutex_);
    submitted_.push_back(std::move(message));
    changed_.notify_all();
    if (hold_) {
      held_.push_back(std::move(done));
      return;
    }
    lock.unlock();
    done(answer);
  }
  void SubmitFrom(DecodedMessage message, SourcePlace place, Done done) override {
    const std::pair key{place.topic, place.partition};
    {
      const std::lock_guard lock(mutex_);
      const auto found = places_.find(key);
      if (place.after != (found == places_.end() ? std::nullopt : std::optional(found->second))) {
        return done(Error{ErrorKind::kConflict, "another place is stored"});
      }
      if (!submit_error) places_[key] = place.next;
    }
    Submit(std::move(message), std::move(done));
  }
  std::optional<int64_t> PlaceOf(std::string_view topic, int32_t partition) const override {
    const std::lock_guard lock(mutex_);
    const auto found = places_.find({std::string(topic), partition});
    return found == places_.end() ? std::nullopt : std::optional(found->second);
  }
  void SubmitReplay(DecodedMessage message, Done done) override {
    Submit(std::move(message), std::move(done));
  }
  // A real book, without a store behind it; each put is recorded a second after the one before.
  void PutRegister(RegisterId id, std::vector<RegisterRow> rows, std::optional<Instant> recorded_at,
                   RegisterDone done) override {
    if (submit_error) return done(*submit_error);
    StoreBatch batch;
    const Instant recorded = recorded_at.value_or(Now() + ++puts_ * kMicrosPerSecond);
    auto answer = registers_.Prepare(id, std::move(rows), recorded, batch);
    if (answer) registers_.Apply();
    done(std::move(answer));
  }
  const RegisterBook& registers() const override { return registers_; }
  RegisterChecks ChecksForRegisters() const override {
    RegisterChecks checks;
    checks.now = Now();
    checks.knows_procedure = [](std::string_view key) { return key == "1.000656"; };
    checks.knows_unit = [tree = tree_](std::string_view code) {
      return tree->Find(code).has_value();
    };
    checks.knows_indicator = [book = definitions_](std::string_view id) {
      return book->tables().front()->Find(id) != nullptr;
    };
    return checks;
  }
  Result<SheetAnswer> Sheet(const SheetQuery& query) const override {
    asked_sheets.push_back(query);
    if (figure_error) return *figure_error;
    return sheet;
  }
  Result<ImprovementAnswer> Improvements(const ImprovementQuery& query) const override {
    asked_improvements = query;
    return improvements;
  }
  Result<TargetsAnswer> Targets(const std::string&, const Period&, const View&) const override {
    return targets;
  }
  Result<FrozenPeriod> ClosePeriod(const std::string& unit, const Period& period,
                                   const std::string& definition, std::string_view by) override {
    if (figure_error) return *figure_error;
    closed.push_back({unit, period, definition, Now(), Now(), std::string(by)});
    return closed.back();
  }
  Result<std::vector<FrozenPeriod>> ClosedPeriods() const override { return closed; }
  Result<std::optional<FrozenFigure>> FrozenOf(const std::string& unit,
                                               const Period&) const override {
    const auto found = frozen.find(unit);
    return found == frozen.end() ? std::optional<FrozenFigure>() : std::optional(found->second);
  }
  Result<FrozenFigure> FigureNow(const std::string&, const Period&,
                                 const std::string&) const override {
    return figure_now;
  }
  const IndicatorBook& definitions() const override { return *definitions_; }
  Result<Report> MakeReport(const ReportRow& row, const ReportQuery& query) const override {
    made_report = row.name;
    asked_report = query;
    if (figure_error) return *figure_error;
    return report;
  }
  std::shared_ptr<const UnitTree> units() const override { return tree_; }
  Result<SummaryAnswer> Summary(const SummaryQuery& query) const override {
    asked_summary = query;
    return SummaryAnswer{counts, open, LastSecondOf(query.period.to), false, groups};
  }
  Result<TrendAnswer> Trend(const SummaryQuery& query) const override {
    asked_summary = query;
    return TrendAnswer{LastSecondOf(query.period.to), 3, trend};
  }
  uint64_t FiguresChange() const override { return figures_change; }
  Result<ProcessAnswer> Process(const ProcessQuery& query) const override {
    asked_process = query;
    if (figure_error) return *figure_error;
    return ProcessAnswer{process, LastSecondOf(query.period.to), false};
  }
  Result<EventLog> ProcessLog(const ProcessQuery& query) const override {
    asked_process = query;
    if (figure_error) return *figure_error;
    return event_log;
  }
  Result<CasesPage> Cases(const CaseListQuery& query) const override {
    asked_cases = query;
    return page;
  }
  Result<FindingsPage> Findings(const FindingsQuery& query) const override {
    asked_findings = query;
    return findings;
  }
  Result<HonestAnswer> HonestRatio(const HonestQuery& query) const override {
    asked_honest = query;
    return honest;
  }
  Result<CaseAnswer> FindCase(std::string_view case_id, const View& view) const override {
    asked_view = view;
    const auto found = cases.find(std::string(case_id));
    if (found == cases.end()) return Error{ErrorKind::kNotFound, "no such case"};
    return found->second;
  }
  std::vector<QuarantineItem> Quarantine(uint64_t, size_t limit) const override {
    return {quarantine.begin(),
            quarantine.begin() + static_cast<std::ptrdiff_t>(std::min(limit, quarantine.size()))};
  }
  uint64_t QuarantineTotal() const override { return quarantine.size(); }
  AlertResume Listen(const std::vector<std::string>& units, std::string_view epoch,
                     std::optional<uint64_t> seq, AlertListener listener,
                     uint64_t& subscription) override {
    const std::lock_guard lock(mutex_);
    subscription = ++subscriptions_;
    listeners_[subscription] = std::move(listener);
    listened_units = units;
    resumed_from = seq;
    changed_.notify_all();
    AlertResume resume{AlertResume::Outcome::kFresh, std::string(kEpoch), 0, {}};
    if (!seq && !stream.empty()) resume.seq = stream.back()->seq;
    if (seq) {
      resume.outcome =
          epoch == kEpoch ? AlertResume::Outcome::kReplayed : AlertResume::Outcome::kSnapshot;
      resume.messages = backlog;
      resume.seq = backlog.empty() ? *seq : backlog.back()->seq;
    }
    return resume;
  }
  void StopListening(uint64_t subscription) override {
    const std::lock_guard lock(mutex_);
    listeners_.erase(subscription);
    changed_.notify_all();
  }
  std::vector<AlertState> Alerts(const std::vector<std::string>& units, bool open_only,
                                 size_t limit) const override {
    std::vector<AlertState> found;
    for (const AlertState& state : alerts) {
      const bool wanted =
          units.empty() || std::find(units.begin(), units.end(), state.message.unit) != units.end();
      if (wanted && !(open_only && state.resolved) && found.size() < limit) found.push_back(state);
    }
    return found;
  }
  Result<AlertState> Snooze(std::string_view alert_id, Instant until, std::string_view by,
                            std::string_view comment) override {
    for (AlertState& state : alerts) {
      if (state.message.id != alert_id) continue;
      state.snoozed_until = until;
      state.snoozed_by = by;
      state.snooze_comment = comment;
      return state;
    }
    return Error{ErrorKind::kNotFound, "there is no such alert"};
  }
  Result<UnitMute> Mute(const std::string& unit, Instant until, std::string_view by,
                        std::string_view reason) override {
    UnitMute mute{unit, until, Now(), std::string(by), std::string(reason)};
    mutes = {mute};
    if (until <= Now()) mutes.clear();
    return mute;
  }
  const AlertRules& alert_rules() const override {
    static const auto kRules = AlertRules::Load("builtin:alerts.toml").value();
    return *kRules;
  }
  std::vector<UnitMute> Mutes() const override { return mutes; }
  std::shared_ptr<const UnitTree> UnitsAt(std::optional<Instant>) const override {
    return units();
  }
  Result<std::vector<CaseAlert>> AlertsOf(std::string_view, const View&) const override {
    return case_alerts;
  }
  std::optional<AlertState> FindAlert(std::string_view alert_id) const override {
    const auto at = std::find_if(alerts.begin(), alerts.end(), [&](const AlertState& state) {
      return state.message.id == alert_id;
    });
    return at == alerts.end() ? std::nullopt : std::optional(*at);
  }
  Result<AlertState> Acknowledge(std::string_view alert_id, std::string_view by,
                                 std::string_view comment) override {
    for (AlertState& state : alerts) {
      if (state.message.id != alert_id) continue;
      state.acked_at = Now();
      state.acked_by = by;
      state.ack_comment = comment;
      return state;
    }
    return Error{ErrorKind::kNotFound, "there is no such alert"};
  }
  Result<AlertPage> AlertsAfter(uint64_t seq, size_t limit) const override {
    const std::lock_guard lock(mutex_);
    AlertPage page;
    page.epoch = kEpoch;
    page.last_seq = stream.empty() ? 0 : stream.back()->seq;
    for (const auto& message : stream) {
      if (message->seq > seq && page.messages.size() < limit) page.messages.push_back(message);
    }
    return page;
  }
  Result<std::vector<ChannelRecord>> ChannelRecords() const override {
    const std::lock_guard lock(mutex_);
    std::vector<ChannelRecord> all;
    for (const auto& [key, value] : records) all.push_back({key, value});
    return all;
  }
  Result<void> WriteChannelRecords(const std::vector<ChannelRecord>& written) override {
    const std::lock_guard lock(mutex_);
    if (records_error_) return *records_error_;
    for (const ChannelRecord& record : written) {
      if (record.value) {
        records[record.key] = *record.value;
      } else {
        records.erase(record.key);
      }
    }
    return {};
  }
  void UseReference(Reference) override {}
  std::vector<Reprojection> Reprojections(size_t limit) const override {
    return {reprojections.begin(), reprojections.begin() + std::min(limit, reprojections.size())};
  }
  AuditStatus Audit() const override { return audit; }
  std::vector<Sealed> Checkpoints(size_t limit) const override {
    return {checkpoints.begin(), checkpoints.begin() + std::min(limit, checkpoints.size())};
  }
  Result<Sealed> SealNow() override {
    if (checkpoints.empty()) return Error{ErrorKind::kConflict, "nothing is recorded yet"};
    return checkpoints.front();
  }
  Result<CaseProof> Prove(std::string_view case_id) const override {
    CaseProof proof;
    proof.case_id = case_id;
    return proof;
  }
  bool Note(NoteKind kind, std::string text) override {
    noted.push_back({noted.size() + 1, kind, Now(), std::move(text)});
    return true;
  }
  Result<NotePage> Notes(const NoteQuery&) const override {
    return NotePage{{noted.rbegin(), noted.rend()}, std::nullopt};
  }
  Instant Now() const override { return *ParseInstant("2025-03-10T09:00:00+07:00"); }
  uint64_t HashKey() const override { return 7; }
  std::string StoreId() const override { return "00112233aabbccdd"; }
  std::shared_ptr<prometheus::Registry> registry() override { return registry_; }
  std::string RenderMetrics() const override { return metrics_text; }
  bool Healthy() const override { return healthy; }
  StoreStatus StoreState() const override { return store_state; }
  Result<void> AskForBackup() override {
    ++backups_asked;
    return {};
  }
  BackupStatus Backups() const override { return backups; }
  StoreStatus store_state;
  int backups_asked = 0;
  BackupStatus backups;
  void Stop() override {
    Release();
    stopped_ = true;
  }

 private:
  std::shared_ptr<const UnitTree> tree_;
  std::shared_ptr<const IndicatorBook> definitions_;
  RegisterBook registers_{kOnlyShard, 1'000'000};
  std::atomic<int64_t> puts_{0};
  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  std::map<std::pair<std::string, int32_t>, int64_t> places_;   // by topic and partition
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool hold_ = false;
  std::vector<Done> held_;
  std::vector<DecodedMessage> submitted_;
  std::map<uint64_t, AlertListener> listeners_;
  std::optional<Error> records_error_;
  uint64_t subscriptions_ = 0;
  std::atomic<bool> stopped_{false};
};

}  // namespace tthc
