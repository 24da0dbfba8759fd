#include "server/pipeline/pipeline.h"

#include <algorithm>
#include <chrono>

#include "server/threads.h"

namespace tthc {
namespace {

constexpr int64_t kLongestIdleMicros = kMicrosPerSecond;
constexpr size_t kLeastSliceCases = 500;
constexpr size_t kTimersBeforeInput = 1'000;
// A root of its own for cases whose number and sender name no unit; reported as unknown_unit.
constexpr std::string_view kUnreadableUnit = "X00";

// The last day on which the case ended under either rule, while it is ended under both; not before
// its last row, since before that day the case stood otherwise.
int32_t EndDayOf(const std::array<Verdict, 2>& verdicts, const Case& folded) {
  int32_t day = INT32_MIN;
  for (const Verdict& v : verdicts) {
    if (IsPending(v.state)) return kNoEndDay;
    if (v.ended_at) day = std::max(day, DayOf(*v.ended_at).number);
  }
  if (day == INT32_MIN) return kNoEndDay;
  if (!folded.rows.empty()) day = std::max(day, DayOf(folded.rows.back().event).number);
  return day;
}

// The same for every rung of an alert, so that what is answered to one holds for the next.
std::string AlertId(std::string_view case_id, const Claim& claim) {
  return std::string(case_id) + "~" + std::to_string(claim.episode) + "~" +
         std::string(NameOf(claim.kind)) + "~" + std::to_string(claim.due.us / kMicrosPerSecond);
}

}  // namespace

Pipeline::Pipeline(Parts parts)
    : parts_(parts), desk_(parts.casework.Now(), parts.directory), live_(LivePeriods::At(Instant{0})) {}

Pipeline::~Pipeline() { Stop(); }

Instant Pipeline::Now() const {
  return std::max(parts_.clock.Now(), Instant{last_recorded_us_.load()});
}

LivePeriods Pipeline::live_periods() const {
  const std::lock_guard lock(live_mutex_);
  return shown_live_;
}

// --- taking messages

void Pipeline::Submit(DecodedMessage message, Monitor::Done done) {
  Enqueue({std::move(message), std::move(done), {}, std::nullopt});
}

void Pipeline::SubmitFrom(DecodedMessage message, SourcePlace place, Monitor::Done done) {
  Enqueue({std::move(message), std::move(done), {}, std::move(place)});
}

void Pipeline::Enqueue(Task task) {
  {
    const std::lock_guard lock(queue_mutex_);
    // One is always taken: a message with more records than may wait would never be.
    const bool room = queue_.empty() || queued_records_ + task.weight() <= parts_.limits.queue_records;
    if (!stopping_ && room) {
      queued_records_ += task.weight();
      parts_.metrics.ingest_queue_records.Set(static_cast<double>(queued_records_));
      queue_.push_back(std::move(task));
      messages_wait_ = true;
      queue_changed_.notify_one();
      return;
    }
  }
  parts_.metrics.messages_refused.Increment();
  task.done(Error{ErrorKind::kUnavailable,
                  "more is waiting to be recorded than limits.ingest_queue_records allows; send again"});
}

void Pipeline::SubmitWhenRoom(DecodedMessage message, Monitor::Done done) {
  {
    std::unique_lock lock(queue_mutex_);
    queue_has_room_.wait(lock, [&] {
      return stopping_ || queue_.empty() ||
             queued_records_ + message.records <= parts_.limits.queue_records;
    });
  }
  Submit(std::move(message), std::move(done));
}

std::vector<Pipeline::Task> Pipeline::TakeGroup() {
  std::vector<Task> group;
  size_t records = 0;
  const std::lock_guard lock(queue_mutex_);
  while (!queue_.empty() &&
         (group.empty() || records + queue_.front().weight() <= parts_.limits.group_records)) {
    records += queue_.front().weight();
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  queued_records_ -= records;
  messages_wait_ = !queue_.empty();
  parts_.metrics.ingest_queue_records.Set(static_cast<double>(queued_records_));
  queue_has_room_.notify_all();
  return group;
}

void Pipeline::SubmitRegister(RegisterId id, std::vector<RegisterRow> rows,
                              std::optional<Instant> recorded_at, Monitor::RegisterDone done) {
  {
    const std::lock_guard lock(queue_mutex_);
    const bool room = registers_queue_.empty() ||
                      queued_register_rows_ + rows.size() <= parts_.limits.queue_register_rows;
    if (!stopping_ && room) {
      queued_register_rows_ += rows.size();
      registers_queue_.push_back({id, std::move(rows), recorded_at, std::move(done)});
      queue_changed_.notify_one();
      return;
    }
  }
  done(Error{ErrorKind::kUnavailable, "more register rows are waiting than are taken; send again"});
}

std::optional<Pipeline::RegisterTask> Pipeline::TakeRegister() {
  const std::lock_guard lock(queue_mutex_);
  if (registers_queue_.empty()) return std::nullopt;
  RegisterTask task = std::move(registers_queue_.front());
  registers_queue_.pop_front();
  queued_register_rows_ -= task.rows.size();
  return task;
}

bool Pipeline::SubmitNote(NoteKind kind, std::string text) {
  if (text.size() > kLongestNote || parts_.store.Failed()) return false;
  const std::lock_guard lock(queue_mutex_);
  if (stopping_ || notes_queue_.size() == parts_.limits.queue_notes) return false;
  notes_queue_.push_back({0, kind, {}, std::move(text)});
  return true;
}

void Pipeline::TakeNotes() {
  {
    const std::lock_guard lock(queue_mutex_);
    notes_.insert(notes_.end(), std::make_move_iterator(notes_queue_.begin()),
                  std::make_move_iterator(notes_queue_.end()));
    notes_queue_.clear();
  }
  const Instant now = Now();
  for (size_t i = block_.notes.size(); i < notes_.size(); ++i) {
    notes_[i].at = now;
    block_.notes.push_back(LogNoteOf(notes_[i]));
  }
}

void Pipeline::Start() {
  thread_ = StartThread("pipeline", [this] { Run(); });
}

void Pipeline::Stop() {
  {
    const std::lock_guard lock(queue_mutex_);
    stopping_ = true;
    queue_changed_.notify_all();
    queue_has_room_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Pipeline::Run() {
  for (;;) {
    const Instant now = Now();
    if (DayOf(now) != live_.day) BeginPeriods(now);
    FireTimers(now);
    WatchSubjects(now);
    TellDigests(now);
    TakeReference();
    Reproject(now);
    if (auto task = TakeRegister()) RecordRegister(std::move(*task));
    TakeNotes();
    std::vector<Task> group = TakeGroup();
    if (!group.empty()) {
      RecordGroup(group);
      continue;
    }
    if (!block_.notes.empty()) (void)CommitBatch(parts_.sync);
    MaybeBeginRun();
    if (AdvanceRun()) continue;
    std::unique_lock lock(queue_mutex_);
    if (!queue_.empty() || !registers_queue_.empty() || new_reference_) continue;
    if (stopping_ && !notes_queue_.empty()) continue;
    if (stopping_) break;
    if (pass_ && !parts_.store.Failed()) continue;
    auto next = parts_.book.NextTimer();
    const auto digest = parts_.alerts.NextDigest();
    if (digest && (!next || *digest < *next)) next = digest;
    const int64_t wait = next ? std::min(kLongestIdleMicros, parts_.clock.MicrosUntil(*next))
                              : kLongestIdleMicros;
    if (next && *next <= Now()) continue;
    queue_changed_.wait_for(lock, std::chrono::microseconds(wait));
  }
}

// --- recording

void Pipeline::RecordGroup(std::vector<Task>& tasks) {
  std::vector<std::string_view> ids;
  for (const Task& task : tasks) {
    for (const Statement& statement : task.message.statements) ids.push_back(statement.case_id);
  }
  Result<void> outcome = parts_.store.Writable();
  if (outcome) outcome = OpenWorks(ids);
  size_t at = 0;
  if (outcome) {
    for (Task& task : tasks) RecordTask(task, at);
    desk_.Refresh();
    const Instant now = Now();
    for (size_t i = 0; i < works_used_; ++i) {
      Work& work = works_[i];
      if (work.changed) Settle(work.hot, work.id, work.stored, now, true);
    }
    parts_.metrics.batch_statements.Observe(static_cast<double>(block_.statements.size()));
    MaybeBeginRun();
    parts_.book.PutSlice(std::max(2 * block_.statements.size(), kLeastSliceCases), batch_);
    outcome = CommitBatch(parts_.sync);
    if (outcome) parts_.book.SliceWritten();
  }
  Answer(tasks, outcome);
}

Result<void> Pipeline::OpenWorks(const std::vector<std::string_view>& ids) {
  works_used_ = 0;
  work_of_.clear();
  order_.clear();
  std::vector<std::string_view> absent;
  std::vector<uint32_t> absent_works;
  for (const std::string_view id : ids) {
    const auto [it, is_new] = work_of_.try_emplace(id, static_cast<uint32_t>(works_used_));
    order_.push_back(it->second);
    if (!is_new) continue;
    if (works_used_ == works_.size()) works_.emplace_back();
    Work& work = works_[works_used_++];
    work.id = id;
    work.changed = false;
    work.loaded = false;
    work.hot = parts_.book.Find(id);
    if (work.hot != nullptr) continue;
    absent.push_back(id);
    absent_works.push_back(it->second);
  }
  const auto loaded = parts_.book.Load(absent);
  if (!loaded) return loaded.error();
  for (size_t i = 0; i < absent.size(); ++i) works_[absent_works[i]].hot = (*loaded)[i];
  for (size_t i = 0; i < works_used_; ++i) {
    Work& work = works_[i];
    if (work.hot == nullptr) {
      work.stored.Clear();
      continue;
    }
    const auto decoded = DecodeCase(work.hot->bytes(), work.stored);
    if (!decoded) return Prefixed("case " + std::string(work.id), decoded.error());
  }
  const Instant now = Now();
  for (const uint32_t i : absent_works) {
    if (works_[i].hot == nullptr) continue;
    works_[i].loaded = true;
    const Work& work = works_[i];
    parts_.book.SetTag(work.hot, OnCountingDesk(work.id, work.stored, [&] {
      return View(work.id, work.stored, now).tag;
    }));
  }
  return {};
}

void Pipeline::RecordTask(Task& task, size_t& at) {
  task.misplaced = task.place && !places_.Take(*task.place);
  if (task.misplaced) {
    at += task.message.statements.size();
  } else {
    RecordMessage(task, at);
  }
}

void Pipeline::RecordMessage(Task& task, size_t& at) {
  DecodedMessage& message = task.message;
  const Instant last{last_recorded_us_.load()};
  const Instant arrived = message.arrived_at.value_or(std::max(parts_.clock.Now(), last + 1));
  last_recorded_us_ = std::max(last, arrived).us;
  if (message.arrived_at) quiet_until_ = std::max(quiet_until_, arrived);
  task.answer.recorded = arrived;
  for (const Rejected& rejected : message.rejected) {
    Quarantine(message, rejected, arrived);
    ++task.answer.quarantined;
  }
  const auto sender = parts_.directory.Intern(TextKind::kSender, message.sender, batch_);
  if (!message.statements.empty()) parts_.senders.Hear(sender ? *sender : 0, arrived);
  for (const Statement& statement : message.statements) {
    Work& work = works_[order_[at++]];
    Result<TextId> unit = work.stored.unit_of_id != 0
                              ? Result<TextId>(work.stored.unit_of_id)
                              : UnitOfId(statement.case_id, message.sender);
    auto entry = unit ? EntryOf(statement, sender ? *sender : 0, arrived)
                      : Result<Entry>(unit.error());
    if (!entry) {
      Quarantine(message,
                 {statement.position, statement.case_id, "", "limit_reached",
                  entry.error().message, statement.identity},
                 arrived);
      ++task.answer.quarantined;
      continue;
    }
    work.stored.unit_of_id = *unit;
    entry->seq = next_seq_;
    if (!AddEntry(work.stored.entries, *entry, work.stored.replaced)) {
      ++task.answer.repeated;
      continue;
    }
    ++next_seq_;
    ++task.answer.accepted;
    work.changed = true;
    parts_.senders.SendsFor(entry->sender, work.stored.unit_of_id);
    work.stored.names_unit |= entry->unit != 0;
    block_.statements.push_back({statement.case_id, *entry});
    if (entry->dated_by == DatedBy::kOwnField) {
      parts_.metrics.event_lag_seconds.Observe(static_cast<double>(arrived - entry->event) /
                                               kMicrosPerSecond);
    }
  }
}

Result<TextId> Pipeline::UnitOfId(std::string_view case_id, std::string_view sender) {
  auto code = UnitCodeOf(case_id);
  // A local number says nothing about its unit; the sender's own code is the next best thing.
  if (!code) code = CanonicalUnitCode(sender);
  return parts_.directory.Intern(TextKind::kUnit,
                                 code ? std::string_view(*code) : kUnreadableUnit, batch_);
}

Result<Entry> Pipeline::EntryOf(const Statement& s, TextId sender, Instant recorded) {
  Entry e;
  e.identity = s.identity & kIdentityMask;
  e.recorded = recorded;
  e.event = s.dated_by == DatedBy::kArrival ? recorded : s.event;
  e.sender_sequence = s.sender_sequence;
  e.position = s.position;
  e.kind = s.kind;
  e.status = s.status;
  e.status_sent = s.status_sent;
  e.dated_by = s.dated_by;
  e.note = s.note;
  e.channel = s.channel;
  e.flags = s.flags;
  e.sender = sender;
  e.officer = s.officer;
  e.received_at = s.received_at;
  e.due_at = s.due_at;
  e.finished_at = s.finished_at;
  e.returned_at = s.returned_at;
  e.refused_at = s.refused_at;
  e.step_due_at = s.step_due_at;
  const auto intern = [&](TextKind kind, const std::string& text, TextId& to) -> Result<void> {
    const auto id = parts_.directory.Intern(kind, text, batch_);
    if (!id) return id.error();
    to = *id;
    return {};
  };
  for (const auto& interned : {intern(TextKind::kProcedure, s.procedure, e.procedure),
                               intern(TextKind::kField, s.field, e.field),
                               intern(TextKind::kUnit, s.unit, e.unit),
                               intern(TextKind::kStep, s.step, e.step)}) {
    if (!interned) return interned.error();
  }
  return e;
}

void Pipeline::Quarantine(const DecodedMessage& message, const Rejected& rejected, Instant at) {
  std::string bytes;
  EncodeRejected({at, message.sender, message.service, rejected}, bytes);
  const uint64_t id = ++quarantine_last_;
  batch_.Put(Column::kQuarantine, NumberKey(kOnlyShard, id), bytes);
  if (id - quarantine_first_ >= parts_.limits.quarantine_records) {
    batch_.Delete(Column::kQuarantine, NumberKey(kOnlyShard, quarantine_first_++));
  }
}

void Pipeline::Answer(std::vector<Task>& tasks, const Result<void>& committed) {
  for (Task& task : tasks) {
    if (!committed) {
      parts_.metrics.messages_refused.Increment();
      task.done(Error{ErrorKind::kUnavailable, committed.error().message});
      continue;
    }
    if (task.misplaced) {
      parts_.metrics.messages_refused.Increment();
      task.done(Error{ErrorKind::kConflict, "another place of " + task.place->topic + " [" +
                                                std::to_string(task.place->partition) +
                                                "] is stored than this message goes on from"});
      continue;
    }
    parts_.metrics.messages.Increment();
    parts_.metrics.statements_recorded.Increment(static_cast<double>(task.answer.accepted));
    parts_.metrics.statements_repeated.Increment(static_cast<double>(task.answer.repeated));
    parts_.metrics.records_quarantined.Increment(static_cast<double>(task.answer.quarantined));
    task.done(task.answer);
  }
}

void Pipeline::RecordRegister(RegisterTask task) {
  const Monitor::RegisterDone done = std::move(task.done);
  done(PutRegister(task));
}

Result<RegisterPutAnswer> Pipeline::PutRegister(RegisterTask& task) {
  if (const auto writable = parts_.store.Writable(); !writable) return writable.error();
  const Instant last{last_recorded_us_.load()};
  const Instant at = task.recorded_at.value_or(std::max(parts_.clock.Now(), last + 1));
  auto answer = parts_.registers.Prepare(task.id, std::move(task.rows), at, batch_);
  if (!answer) return answer.error();
  last_recorded_us_ = std::max(last, at).us;
  batch_.Put(Column::kFacts, "last_recorded", std::to_string(last_recorded_us_.load()));
  const auto written = CommitBatch(parts_.sync);
  if (!written) {
    parts_.registers.Forget();
    return Error{ErrorKind::kUnavailable, written.error().message};
  }
  Follow(parts_.registers.Apply());
  return answer;
}

void Pipeline::Follow(const RegisterBook::Effect& effect) {
  if (effect.catalogue) {
    // Verdicts without a due date, and nearly every indicator, rest on the catalogue.
    FollowCatalogue();
    return;
  }
  for (size_t begin = 0; begin < effect.cases.size(); begin += parts_.limits.group_records) {
    const size_t count = std::min(effect.cases.size() - begin, parts_.limits.group_records);
    FollowCases(std::span(effect.cases).subspan(begin, count));
  }
}

void Pipeline::FollowCases(std::span<const RegisterBook::LinkChange> changes) {
  std::vector<std::string_view> ids;
  for (const RegisterBook::LinkChange& change : changes) ids.push_back(change.case_id);
  if (!OpenWorks(ids)) {
    parts_.metrics.unreadable_cases.Increment();
    return;
  }
  const Instant now = Now();
  for (size_t i = 0; i < works_used_; ++i) {
    Work& work = works_[i];
    if (work.hot == nullptr) continue;
    // It is counted by what the registers said before; a case that just came into memory was not
    // asked then.
    if (work.loaded) {
      CaseTag counted = work.hot->tag;
      counted.facts = OnCountingDesk(work.id, work.stored,
                                     [&] { return FactBits(changes[i].before); });
      parts_.book.SetTag(work.hot, counted);
    }
    Settle(work.hot, work.id, work.stored, now, false);
  }
  (void)CommitBatch(!block_.claims.empty() && parts_.sync);
}

uint16_t Pipeline::FactBits(CaseLinks links) const {
  return static_cast<uint16_t>(
      FactsOf(desk_.folded(), desk_.procedure(), links, parts_.facts));
}

Result<void> Pipeline::CommitBatch(bool sync) {
  const Hash chain = PutBlock();
  parts_.senders.Seal(batch_);
  parts_.alerts.Seal(Now(), batch_);
  places_.Seal(batch_);
  Result<void> written;
  if (!batch_.empty()) written = parts_.store.Commit(batch_, sync);
  if (written) {
    chain_ = chain;
    durable_seq_ = next_seq_;
    places_.Keep();
    parts_.tallies.Apply(moves_);
    parts_.alerts.Publish();
    if (sync) parts_.metrics.log_sync_seconds.Observe(parts_.store.LastSyncSeconds());
  } else {
    places_.Discard();
    parts_.alerts.Discard();
  }
  parts_.metrics.cases_in_memory.Set(static_cast<double>(parts_.book.hot_count()));
  batch_.Clear();
  block_.statements.clear();
  block_.claims.clear();
  block_.notes.clear();
  notes_.clear();
  moves_.clear();
  return written;
}

// Puts what was recorded into the batch; the chain behind it.
Hash Pipeline::PutBlock() {
  const uint64_t records = RecordsIn(block_);
  if (records == 0) return chain_;
  // Claims and notes have numbers too, so that no two blocks begin with the same one.
  next_seq_ += records - block_.statements.size();
  const uint64_t first = next_seq_ - records;
  uint64_t note_seq = next_seq_ - notes_.size();
  for (NoteRecord& note : notes_) {
    note.seq = note_seq++;
    PutNote(note, batch_);
  }
  std::string bytes;
  EncodeLogBlock(block_, bytes);
  const Hash chain = ChainOf(chain_, first, bytes);
  bytes += BytesOf(chain);
  batch_.Put(Column::kLog, NumberKey(kOnlyShard, first), bytes);
  batch_.Put(Column::kFacts, "last_recorded", std::to_string(last_recorded_us_.load()));
  batch_.Put(Column::kFacts, "quiet_until", std::to_string(quiet_until_.us));
  return chain;
}

// --- one case

Pipeline::Seen Pipeline::View(std::string_view case_id, const StoredCase& stored, Instant now) {
  const Case& folded = desk_.folded();
  const auto verdicts = desk_.JudgeBoth(now);
  Seen seen;
  seen.standing = desk_.StandingAt(now, verdicts[static_cast<size_t>(Rule::kQd766)]);
  seen.bits = StandingBits::Of(verdicts, seen.standing, folded.received_at, live_);
  seen.end_day = EndDayOf(verdicts, folded);
  seen.tag.tally_key = parts_.tallies.KeyNumber(
      {desk_.unit_text(), folded.procedure, folded.sender});
  seen.tag.standing = seen.bits.bits();
  const Found found =
      desk_.Findings(now, verdicts[static_cast<size_t>(Rule::kQd766)], seen.standing);
  seen.tag.findings = found.set;
  // No row is dated after it became known (ingest/registers/read.h): none lies ahead of `now`.
  seen.tag.facts = FactBits(parts_.registers.LinksOf(case_id, kEndOfTime, kEndOfTime));
  seen.tag.next_change = desk_.NextChange(now, seen.standing).value_or(kEndOfTime);
  if (found.next) seen.tag.next_change = std::min(seen.tag.next_change, *found.next);
  if (parts_.fires_alerts) seen.rungs = RungsOf(case_id, stored, seen.standing, now);
  if (seen.rungs.next) seen.tag.next_change = std::min(seen.tag.next_change, *seen.rungs.next);
  seen.tag.resting = seen.tag.next_change == kEndOfTime &&
                     seen.bits.open() == OpenState::kNotOpen &&
                     !IsPending(seen.bits.state(Rule::kForm06));
  return seen;
}

void Pipeline::Settle(HotCase* hot, std::string_view case_id, StoredCase& stored, Instant now,
                      bool changed) {
  const CaseTag before = hot != nullptr ? hot->tag : CaseTag();
  desk_.Open(stored);
  const Seen seen = View(case_id, stored, now);
  changed |= TellRungs(case_id, stored, seen, now);
  changed |= seen.end_day != stored.end_day || seen.tag.resting != before.resting;
  stored.end_day = seen.end_day;
  if (changed) hot = parts_.book.Put(hot, case_id, stored);
  parts_.book.SetTag(hot, seen.tag);
  moves_.push_back({before.tally_key, StandingBits(before.standing), seen.tag.tally_key, seen.bits,
                    before.findings, seen.tag.findings, before.facts, seen.tag.facts});
}

RungDecision Pipeline::RungsOf(std::string_view case_id, const StoredCase& stored,
                               const Standing& standing, Instant now) const {
  const CaseOnWatch on_watch{desk_.folded(), stored.entries, standing, desk_.calendar()};
  return DecideRungs(
      parts_.alert_rules, on_watch, now, quiet_until_, stored.claims,
      [&](const Claim& claim) { return parts_.alerts.HoldOf(AlertId(case_id, claim)); });
}

bool Pipeline::TellRungs(std::string_view case_id, StoredCase& stored, const Seen& seen,
                         Instant now) {
  ResolveClaims(case_id, stored, seen, now);
  for (const Tell& tell : seen.rungs.tell) {
    Claim claim{tell.kind, tell.rung, seen.standing.clock.episode, tell.cause, now, 0, false};
    claim.alert_seq = parts_.alerts.Prepare(
        MessageFor(case_id, claim, seen.standing, AlertType::kAlert, now), now);
    stored.claims.push_back(claim);
    block_.claims.push_back({std::string(case_id), claim});
  }
  return !seen.rungs.tell.empty() || !seen.rungs.resolve.empty();
}

// Every rung of an alert is over at once, and that is said once.
void Pipeline::ResolveClaims(std::string_view case_id, StoredCase& stored, const Seen& seen,
                             Instant now) {
  for (const size_t i : seen.rungs.resolve) {
    Claim& claim = stored.claims[i];
    claim.resolved = true;
    block_.claims.push_back({std::string(case_id), claim});
    const bool is_highest = std::none_of(
        stored.claims.begin(), stored.claims.end(), [&](const Claim& other) {
          return other.kind == claim.kind && other.episode == claim.episode &&
                 other.due == claim.due && other.rung > claim.rung;
        });
    if (!is_highest) continue;
    parts_.alerts.Prepare(MessageFor(case_id, claim, seen.standing, AlertType::kResolved, now),
                          now);
  }
}

AlertMessage Pipeline::MessageFor(std::string_view case_id, const Claim& claim,
                                  const Standing& standing, AlertType type, Instant now) const {
  const AlertRule& rule = parts_.alert_rules.Of(claim.kind);
  AlertMessage m;
  m.type = type;
  m.id = AlertId(case_id, claim);
  m.kind = NameOf(claim.kind);
  m.case_id = case_id;
  if (claim.rung < rule.rungs.size()) {   // else the ladder is shorter now than it was
    const AlertRung& rung = rule.rungs[claim.rung];
    m.rung = rung.name;
    m.level = rung.level;
    m.severity = rung.severity;
  } else {
    m.rung = m.kind;
  }
  m.due_at = desk_.folded().due();
  if (IsAboutDueDate(claim.kind)) m.due_at = claim.due;
  std::string unit_name;
  if (desk_.unit() != DirectoryView::kNoUnit) {
    const Unit& unit = desk_.directory().units->at(desk_.unit());
    m.unit = unit.code;
    unit_name = unit.name.empty() ? unit.code : unit.name;
  }
  if (type == AlertType::kResolved) {
    m.text = "Đã hết cảnh báo: hồ sơ " + m.case_id + " của " + unit_name + "." + why_;
    return m;
  }
  const auto deadline = standing.clock.deadline ? standing.clock.deadline : m.due_at;
  const std::string due = m.due_at ? FormatVietnamese(*m.due_at) : "chưa có";
  const std::string remaining =
      deadline ? RemainingText(desk_.calendar(), now, *deadline) : std::string();
  m.text = Filled(rule.text, {{"title", rule.title},
                              {"case", m.case_id},
                              {"unit", unit_name},
                              {"due", due},
                              {"remaining", remaining}}) +
           why_;
  return m;
}

void Pipeline::TellDigests(Instant now) {
  if (!parts_.fires_alerts || !parts_.alerts.DigestIsDue(now)) return;
  parts_.alerts.PrepareDigests(now);
  (void)CommitBatch(parts_.sync);
}

// --- time

void Pipeline::FireTimers(Instant now) {
  size_t fired = 0;
  double worst = parts_.metrics.timer_lateness_worst.Value();
  StoredCase stored;
  for (; fired < parts_.limits.cases_per_turn; ++fired) {
    // Who sends waits for a short turn only.
    if (fired >= kTimersBeforeInput && messages_wait_) break;
    HotCase* hot = parts_.book.FirstDue(now);
    if (hot == nullptr) break;
    const double late = static_cast<double>(now - hot->tag.next_change) / kMicrosPerSecond;
    parts_.metrics.timer_lateness_seconds.Observe(late);
    worst = std::max(worst, late);
    if (!DecodeCase(hot->bytes(), stored)) {
      parts_.metrics.unreadable_cases.Increment();
      CaseTag silent = hot->tag;
      silent.next_change = kEndOfTime;
      parts_.book.SetTag(hot, silent);
      continue;
    }
    const std::string id(hot->id());
    Settle(hot, id, stored, now, false);
  }
  if (fired == 0) return;
  parts_.metrics.timer_lateness_worst.Set(worst);
  parts_.metrics.timers_fired.Increment(static_cast<double>(fired));
  (void)CommitBatch(!block_.claims.empty() && parts_.sync);
}

bool Pipeline::AdvanceRun() {
  if (!parts_.book.RunUnderway() || parts_.store.Failed()) return false;
  parts_.book.PutSlice(parts_.limits.run_slice_cases, batch_);
  if (CommitBatch(false)) parts_.book.SliceWritten();
  return true;
}

void Pipeline::MaybeBeginRun() {
  // A pass under way when all stops is not needed any more: the next start counts anew.
  if ((pass_ || change_waiting_) && !stopping_) return;
  if (parts_.book.RunUnderway() || parts_.book.DirtyCount() == 0) return;
  const int64_t now = MonotonicMicros();
  if (next_seq_ - run_begun_seq_ < parts_.limits.run_statements &&
      now - run_begun_micros_ < parts_.limits.run_seconds * kMicrosPerSecond && !stopping_) {
    return;
  }
  run_begun_seq_ = next_seq_;
  run_begun_micros_ = now;
  // What this very batch records is in memory already and in the log with it.
  parts_.book.BeginRun(next_seq_);
}

}  // namespace tthc
