// Bringing memory to where the store stands, and counting everything anew: at start-up and when a
// new month begins.
#include <algorithm>
#include <charconv>

#include "server/pipeline/pipeline.h"

namespace tthc {
namespace {

constexpr size_t kMovesPerApply = 100'000;

Result<int64_t> NumberFact(const Store& store, std::string_view name, int64_t absent) {
  const auto text = store.Get(Column::kFacts, name);
  if (!text) return text.error();
  if (!text->has_value()) return absent;
  int64_t value = 0;
  const std::string& digits = **text;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc()) {
    return Error{ErrorKind::kCorrupt, "the store's fact '" + std::string(name) + "' is no number"};
  }
  return value;
}

bool MergeClaim(std::vector<Claim>& claims, const Claim& claim) {
  for (Claim& known : claims) {
    const bool same = known.kind == claim.kind && known.rung == claim.rung &&
                      known.episode == claim.episode && known.due == claim.due;
    if (!same) continue;
    if (known.resolved || !claim.resolved) return false;
    known.resolved = true;
    return true;
  }
  claims.push_back(claim);
  return true;
}

}  // namespace

Result<void> Pipeline::Recover() {
  const auto last = NumberFact(parts_.store, "last_recorded", INT64_MIN);
  const auto quiet = NumberFact(parts_.store, "quiet_until", INT64_MIN);
  const auto flushed = NumberFact(parts_.store, "flushed_seq", 0);
  for (const auto* fact : {&last, &quiet, &flushed}) {
    if (!*fact) return fact->error();
  }
  last_recorded_us_ = *last;
  quiet_until_ = {*quiet};
  next_seq_ = static_cast<uint64_t>(*flushed);
  desk_.Refresh();
  desk_.UseCatalogue(parts_.registers.CatalogueAt(kEndOfTime, parts_.casework.Now().procedures));
  live_ = LivePeriods::At(Now());
  {
    const std::lock_guard lock(live_mutex_);
    shown_live_ = live_;
  }
  ShowHorizon();
  const auto loaded = parts_.book.LoadActive([](HotCase*) {});
  if (!loaded) return loaded;
  const auto replayed = ReplayLog(static_cast<uint64_t>(*flushed));
  if (!replayed) return replayed;
  run_begun_seq_ = next_seq_;
  durable_seq_ = next_seq_;
  run_begun_micros_ = MonotonicMicros();
  if (const auto places = places_.Load(parts_.store); !places) return places;
  const auto oldest = parts_.store.Scan(Column::kQuarantine, NumberKey(kOnlyShard, 0), nullptr,
                                        [&](std::string_view key, std::string_view) {
                                          quarantine_first_ = NumberOf(key);
                                          return false;
                                        });
  if (!oldest) return oldest;
  const auto newest =
      parts_.store.ScanBackwards(Column::kQuarantine, NumberKey(kOnlyShard, UINT64_MAX),
                                 [&](std::string_view key, std::string_view) {
                                   quarantine_last_ = NumberOf(key);
                                   return false;
                                 });
  if (!newest) return newest;
  const auto reprojections = RecoverReprojections(Now());
  if (!reprojections) return reprojections;
  const auto counted = CountAll(Tallies::Totals::kCount);
  parts_.metrics.cases_in_memory.Set(static_cast<double>(parts_.book.hot_count()));
  return counted;
}

Result<void> Pipeline::ReplayLog(uint64_t from_seq) {
  LogBlock block;
  Result<void> outcome;
  const auto apply = [&](uint64_t first) -> Result<void> {
    std::vector<std::string_view> ids;
    for (const LogStatement& s : block.statements) ids.push_back(s.case_id);
    for (const LogClaim& c : block.claims) ids.push_back(c.case_id);
    const auto opened = OpenWorks(ids);
    if (!opened) return opened;
    size_t at = 0;
    for (const LogStatement& s : block.statements) {
      Work& work = works_[order_[at++]];
      if (work.stored.unit_of_id == 0) {
        const auto unit = UnitOfId(s.case_id, parts_.directory.Text(s.entry.sender));
        if (!unit) return unit.error();
        work.stored.unit_of_id = *unit;
      }
      work.changed |= AddEntry(work.stored.entries, s.entry, work.stored.replaced);
      work.stored.names_unit |= s.entry.unit != 0;
    }
    for (const LogClaim& c : block.claims) {
      Work& work = works_[order_[at++]];
      work.changed |= MergeClaim(work.stored.claims, c.claim);
    }
    for (size_t i = 0; i < works_used_; ++i) {
      if (works_[i].changed) parts_.book.Put(works_[i].hot, works_[i].id, works_[i].stored);
    }
    next_seq_ = std::max(next_seq_, first + RecordsIn(block));
    return {};
  };
  // The last block tells the next number even where nothing is left to replay.
  const auto tail = parts_.store.ScanBackwards(
      Column::kLog, NumberKey(kOnlyShard, UINT64_MAX),
      [&](std::string_view key, std::string_view value) {
        const uint64_t first = NumberOf(key);
        outcome = DecodeLogBlock(value, first, block);
        if (outcome) next_seq_ = std::max(next_seq_, first + RecordsIn(block));
        if (outcome) chain_ = HashFromBytes(SplitLogBlock(value)->chain).value_or(Hash{});
        return false;
      });
  if (!tail || !outcome) return tail ? outcome : tail;
  const auto scanned = parts_.store.Scan(
      Column::kLog, NumberKey(kOnlyShard, from_seq), nullptr,
      [&](std::string_view key, std::string_view value) {
        const uint64_t first = NumberOf(key);
        outcome = DecodeLogBlock(value, first, block);
        if (outcome) outcome = apply(first);
        if (!outcome) {
          outcome = Prefixed("log block " + std::to_string(first), outcome.error());
        }
        return outcome.has_value();
      });
  if (!scanned) return scanned;
  return outcome;
}

void Pipeline::ShowHorizon() {
  parts_.metrics.calendar_horizon_seconds.Set(
      parts_.casework.Now().calendars->HorizonDays(live_.day) * 86400.0);
}

void Pipeline::BeginPeriods(Instant now) {
  const LivePeriods next = LivePeriods::At(now);
  const bool same = next.periods == live_.periods;
  live_ = next;
  {
    const std::lock_guard lock(live_mutex_);
    shown_live_ = live_;
  }
  ShowHorizon();
  if (!same && !CountAll(Tallies::Totals::kLeave)) parts_.metrics.unreadable_cases.Increment();
}

// Whom figures come from is not stored: the cases in hand say it.
void Pipeline::RecallSenders(const StoredCase& stored) {
  for (const Entry& entry : stored.entries) {
    parts_.senders.SendsFor(entry.sender, stored.unit_of_id);
    parts_.senders.Recall(entry.sender, entry.recorded);
  }
}

Result<void> Pipeline::CountAll(Tallies::Totals totals) {
  parts_.tallies.Clear();
  moves_.clear();
  const Instant now = Now();
  StoredCase stored;
  Result<void> outcome;
  const auto count = [&](const Seen& seen) {
    moves_.push_back({0, StandingBits(), seen.tag.tally_key, seen.bits, 0, seen.tag.findings, 0,
                      seen.tag.facts});
    if (moves_.size() < kMovesPerApply) return;
    parts_.tallies.Apply(moves_, totals);
    moves_.clear();
  };
  parts_.book.EachHot([&](HotCase* hot) {
    if (!outcome) return;
    outcome = DecodeCase(hot->bytes(), stored);
    if (!outcome) return;
    desk_.Open(stored);
    const Seen seen = View(hot->id(), stored, now);
    if (seen.end_day != stored.end_day) {   // replayed from the log, which does not hold it
      stored.end_day = seen.end_day;
      parts_.book.Put(hot, hot->id(), stored);
    }
    CaseTag tag = seen.tag;
    // A rung that was reached while nobody watched is told at once.
    if (!seen.rungs.tell.empty() || !seen.rungs.resolve.empty()) tag.next_change = now;
    if (tag.resting && hot->in_active) parts_.book.Touch(hot);
    parts_.book.SetTag(hot, tag);
    RecallSenders(stored);
    count(seen);
  });
  if (!outcome) return outcome;

  const int32_t year_begins = live_.periods[kLivePeriodCount - 1].from.number;
  std::vector<std::string> waking;   // time will change them after all
  const auto scanned = parts_.store.Scan(
      Column::kResting, ShardKey(kOnlyShard, ""), nullptr,
      [&](std::string_view key, std::string_view value) {
        const std::string_view id = AfterShard(key);
        const StoredCaseHead head = DecodeCaseHead(value);
        const bool long_ended = head.end_day != kNoEndDay && head.end_day < year_begins;
        if (long_ended || parts_.book.Find(id) != nullptr) return true;
        outcome = DecodeCase(value, stored);
        if (!outcome) {
          outcome = Prefixed("case " + std::string(id), outcome.error());
          return false;
        }
        desk_.Open(stored);
        const Seen seen = View(id, stored, now);
        if (!seen.tag.resting) waking.emplace_back(id);
        count(seen);
        return true;
      });
  if (!scanned || !outcome) return scanned ? outcome : scanned;
  parts_.tallies.Apply(moves_, totals);
  moves_.clear();
  const std::vector<std::string_view> ids(waking.begin(), waking.end());
  outcome = OpenWorks(ids);   // which sets their tags
  if (pass_) EndPass(now);    // everything is counted anew
  return outcome;
}

}  // namespace tthc
