// Calendars or procedures have changed: figures, deadlines and alerts of all cases follow, a slice
// between two batches of input, each case moved by the difference.
//
// While it goes on, a case is counted either as before or anew, and which of the two is always known:
// cases in memory carry it in their tags, those at rest are counted anew up to `resting_after`. So
// nothing may leave memory meanwhile, and no sorted run begins.
#include <algorithm>

#include "server/pipeline/pipeline.h"

namespace tthc {
namespace {

constexpr std::string_view kVersionsFact = "rules_in_force";
// A change of a small store is followed before its sender is answered.
constexpr int kPromptSlices = 5;

// Calendars and procedures can be replaced; all else stays as it was at the start.
Reference WithRulesOf(Reference reference, const Reference& taken) {
  ReferenceSources sources = *reference.sources;
  sources.calendars = taken.sources->calendars;
  sources.procedures = taken.sources->procedures;
  sources.make_up_days_count = taken.sources->make_up_days_count;
  reference.calendars = taken.calendars;
  reference.procedures = taken.procedures;
  reference.versions.calendars = taken.versions.calendars;
  reference.versions.procedures = taken.versions.procedures;
  reference.sources = std::make_shared<const ReferenceSources>(std::move(sources));
  return reference;
}

bool Moved(const CaseTag& before, const CaseTag& after) {
  return before.standing != after.standing || before.findings != after.findings ||
         before.facts != after.facts || before.next_change != after.next_change;
}

}  // namespace

void Pipeline::SubmitReference(Reference reference) {
  const std::lock_guard lock(queue_mutex_);
  new_reference_ = std::move(reference);
  queue_changed_.notify_one();
}

void Pipeline::TakeReference() {
  std::optional<Reference> taken;
  {
    const std::lock_guard lock(queue_mutex_);
    taken.swap(new_reference_);
  }
  if (!taken) return;
  Reference reference = WithRulesOf(Newest(), *taken);
  Reprojection record = ChangeBetween(Newest().versions, reference.versions);
  if (record.reason.empty()) return;
  AwaitPass({std::move(record), std::move(reference)});
}

const Reference& Pipeline::Newest() const {
  return change_waiting_ ? change_waiting_->reference : parts_.reference;
}

void Pipeline::ArchiveReference() {
  if (!parts_.fires_alerts || !parts_.archive.IsNew(parts_.reference)) return;
  Instant from = Now();
  if (!parts_.archive.empty()) {
    from = from + 1;
    last_recorded_us_ = from.us;
    batch_.Put(Column::kFacts, "last_recorded", std::to_string(from.us));
  }
  parts_.archive.Record(parts_.reference, from, batch_);
}

void Pipeline::FollowCatalogue() {
  Reprojection record;
  record.reason = "register procedures";
  AwaitPass({std::move(record), Newest()});
  for (int i = 0; i < kPromptSlices && (change_waiting_ || pass_); ++i) {
    AdvanceRun();
    Reproject(Now());
  }
}

// Of several changes that wait for one pass it follows all.
void Pipeline::AwaitPass(RulesChange change) {
  if (change_waiting_) {
    const Reprojection& first = change_waiting_->record;
    if (first.reason.find(change.record.reason) != std::string::npos) {
      change.record.reason = first.reason;
    } else {
      change.record.reason = first.reason + ", " + change.record.reason;
    }
    if (!first.before.empty()) change.record.before = first.before;
  }
  change_waiting_ = std::move(change);
}

void Pipeline::Reproject(Instant now) {
  if (!pass_) BeginPass(now);
  if (!pass_) return;
  size_t left = parts_.limits.cases_per_turn;
  if (!pass_->resting_done) left = RecountResting(left, now);
  if (pass_->resting_done) SettleHot(left, now);
  const bool done = pass_->resting_done && pass_->hot_at == pass_->hot.size();
  if (!CommitBatch(!block_.claims.empty() && parts_.sync)) return;
  if (done) EndPass(now);
}

void Pipeline::BeginPass(Instant now) {
  if (!change_waiting_ || parts_.book.RunUnderway() || !parts_.store.Writable()) return;
  RulesChange change = std::move(*change_waiting_);
  change_waiting_.reset();
  pass_.emplace(Pass{std::move(change.record), desk_, "", false, {}, 0});
  parts_.book.HoldEvictions(true);
  parts_.reference = std::move(change.reference);
  // Before it is asked for: a question as known now is to find what it was answered by.
  ArchiveReference();
  const auto& calendars = parts_.reference.calendars;
  const auto& procedures = parts_.reference.procedures;
  parts_.casework.Use(calendars, procedures);
  desk_.UseCalendars(calendars);
  desk_.UseCatalogue(parts_.registers.CatalogueAt(kEndOfTime, procedures));
  parts_.senders.UseCalendars(calendars);
  parts_.alerts.UseCalendars(calendars);
  ShowHorizon();
  pass_->record.number = ++last_reprojection_;
  pass_->record.begun = now;
  parts_.metrics.reprojection_under_way.Set(1);
  WriteRecord();
}

size_t Pipeline::RecountResting(size_t most, Instant now) {
  const int32_t year_begins = live_.periods[kLivePeriodCount - 1].from.number;
  std::vector<std::pair<std::string, std::string>> slice;
  std::string last = pass_->resting_after;
  size_t seen = 0;
  const auto scanned = parts_.book.ScanResting(
      pass_->resting_after, [&](std::string_view id, std::string_view bytes) {
        if (seen++ == most) return false;
        last = id;
        const StoredCaseHead head = DecodeCaseHead(bytes);
        const bool long_ended = head.end_day != kNoEndDay && head.end_day < year_begins;
        if (!long_ended && parts_.book.Find(id) == nullptr) slice.emplace_back(id, bytes);
        return true;
      });
  if (!scanned) parts_.metrics.unreadable_cases.Increment();
  std::vector<Seen> before(slice.size());
  std::vector<StoredCase> stored(slice.size());
  for (size_t i = 0; i < slice.size(); ++i) {
    if (!DecodeCase(slice[i].second, stored[i])) parts_.metrics.unreadable_cases.Increment();
  }
  const auto view_all = [&](const std::function<void(size_t, Seen)>& take) {
    for (size_t i = 0; i < slice.size(); ++i) {
      desk_.Open(stored[i]);
      take(i, View(slice[i].first, stored[i], now));
    }
  };
  UseOtherDesk();
  view_all([&](size_t i, Seen of) { before[i] = std::move(of); });
  UseOtherDesk();
  std::vector<std::string_view> waking;
  view_all([&](size_t i, const Seen& of) {
    ++pass_->record.cases;
    if (Moved(before[i].tag, of.tag)) ++pass_->record.changed;
    if (!of.tag.resting) waking.push_back(slice[i].first);
    const CaseTag& was = before[i].tag;
    moves_.push_back({was.tally_key, StandingBits(was.standing), of.tag.tally_key, of.bits,
                      was.findings, of.tag.findings, was.facts, of.tag.facts});
  });
  pass_->resting_after = std::move(last);
  pass_->resting_done = !scanned || seen <= most;
  if (!waking.empty() && !OpenWorks(waking)) parts_.metrics.unreadable_cases.Increment();
  if (pass_->resting_done) {
    parts_.book.EachHot([&](HotCase* hot) { pass_->hot.push_back(hot); });
  }
  parts_.metrics.reprojected_cases.Increment(static_cast<double>(slice.size()));
  return most - std::min(most, seen);
}

void Pipeline::SettleHot(size_t most, Instant now) {
  StoredCase stored;
  why_ = " Tính lại do thay đổi " + VietnameseReason(pass_->record) + ".";
  const size_t end = std::min(pass_->hot.size(), pass_->hot_at + most);
  for (; pass_->hot_at < end; ++pass_->hot_at) {
    HotCase* hot = pass_->hot[pass_->hot_at];
    parts_.metrics.reprojected_cases.Increment();
    if (!DecodeCase(hot->bytes(), stored)) {
      parts_.metrics.unreadable_cases.Increment();
      continue;
    }
    const CaseTag before = hot->tag;
    const std::string id(hot->id());
    Settle(hot, id, stored, now, false);
    ++pass_->record.cases;
    if (Moved(before, hot->tag)) ++pass_->record.changed;
  }
  why_.clear();
}

void Pipeline::EndPass(Instant now) {
  pass_->record.ended = now;
  WriteRecord();
  pass_.reset();
  parts_.book.HoldEvictions(false);
  parts_.metrics.reprojection_under_way.Set(0);
  parts_.metrics.reprojections.Increment();
}

void Pipeline::WriteRecord() {
  batch_.Put(Column::kFacts, ReprojectionKey(pass_->record.number),
             EncodeReprojection(pass_->record));
  batch_.Put(Column::kFacts, kVersionsFact, EncodeVersions(parts_.reference.versions));
  (void)CommitBatch(parts_.sync);
}

void Pipeline::UseOtherDesk() {
  std::swap(desk_, pass_->counted);
  desk_.Refresh();
}

Result<void> Pipeline::RecoverReprojections(Instant now) {
  const auto last = ReadReprojections(parts_.store, 1);
  if (!last.empty()) last_reprojection_ = last.front().number;
  const auto known = parts_.store.Get(Column::kFacts, kVersionsFact);
  if (!known) return known.error();
  // An offline command may have other files; a store that takes no writes keeps the record it has.
  if (!parts_.fires_alerts || parts_.store.Failed()) return {};
  StoreBatch batch;
  if (!last.empty() && !last.front().ended) {   // the start counted everything anew
    Reprojection record = last.front();
    record.ended = now;
    batch.Put(Column::kFacts, ReprojectionKey(record.number), EncodeReprojection(record));
  }
  if (known->has_value()) {
    Reprojection record = ChangeBetween(DecodeVersions(**known), parts_.reference.versions);
    if (!record.reason.empty()) {
      record.number = ++last_reprojection_;
      record.begun = now;
      record.ended = now;
      batch.Put(Column::kFacts, ReprojectionKey(record.number), EncodeReprojection(record));
    }
  }
  batch.Put(Column::kFacts, kVersionsFact, EncodeVersions(parts_.reference.versions));
  if (const auto written = parts_.store.Commit(batch, parts_.sync); !written) return written;
  ArchiveReference();
  return CommitBatch(parts_.sync);
}

}  // namespace tthc
