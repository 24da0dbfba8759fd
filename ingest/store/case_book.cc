#include "ingest/store/case_book.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace tthc {
namespace {

char* NewData(std::string_view id, std::string_view bytes) {
  auto* data = static_cast<char*>(std::malloc(id.size() + bytes.size()));
  if (data == nullptr) throw std::bad_alloc();
  std::memcpy(data, id.data(), id.size());
  std::memcpy(data + id.size(), bytes.data(), bytes.size());
  return data;
}

// A scan of the cases in memory is a walk through memory that is in no cache: what comes soon is
// asked for ahead, first the case, then its bytes.
constexpr size_t kCasesAhead = 16;
constexpr size_t kBytesAhead = 8;
constexpr size_t kCacheLineBytes = 64;

void AskAhead(const std::vector<const HotCase*>& cases, size_t i) {
  if (i + kCasesAhead < cases.size()) __builtin_prefetch(cases[i + kCasesAhead]);
  if (i + kBytesAhead >= cases.size()) return;
  const char* data = cases[i + kBytesAhead]->data;
  __builtin_prefetch(data);
  __builtin_prefetch(data + kCacheLineBytes);
}

std::string SeqBytes(uint64_t seq) { return std::to_string(seq); }

}  // namespace

CaseBook::CaseBook(Store& store, ShardId shard)
    : store_(store), shard_(shard), segments_(kSegments) {}

CaseBook::~CaseBook() {
  for (Segment& segment : segments_) {
    for (HotCase* hot : segment.cases) std::free(hot->data);
  }
}

CaseBook::Segment& CaseBook::SegmentOf(std::string_view id) const {
  return segments_[(Hash()(id) >> 40) % kSegments];
}

HotCase* CaseBook::Find(std::string_view case_id) const {
  const Segment& segment = SegmentOf(case_id);
  const auto it = segment.cases.find(case_id);
  return it == segment.cases.end() ? nullptr : *it;
}

HotCase* CaseBook::Place(std::string_view id, std::string_view bytes) {
  HotCase* hot = nullptr;
  if (free_.empty()) {
    hot = &pool_.emplace_back();
  } else {
    hot = free_.back();
    free_.pop_back();
    *hot = HotCase();
  }
  hot->data = NewData(id, bytes);
  hot->id_size = static_cast<uint8_t>(id.size());
  hot->bytes_size = static_cast<uint32_t>(bytes.size());
  hot->timer_slot = HotCase::kNoTimer;
  hot->generation = ++generation_;
  Segment& segment = SegmentOf(id);
  const std::lock_guard lock(segment.mutex);
  segment.cases.insert(hot);
  ++hot_count_;
  return hot;
}

Result<std::vector<HotCase*>> CaseBook::Load(const std::vector<std::string_view>& case_ids) {
  std::vector<std::string> keys;
  keys.reserve(case_ids.size());
  for (const std::string_view id : case_ids) keys.push_back(CaseKey(shard_, id));
  const auto found = store_.GetMany(Column::kResting, keys);
  if (!found) return found.error();
  std::vector<HotCase*> loaded(case_ids.size(), nullptr);
  for (size_t i = 0; i < case_ids.size(); ++i) {
    if (!(*found)[i]) continue;
    loaded[i] = Place(case_ids[i], *(*found)[i]);
    loaded[i]->in_resting = true;
    // Untouched, it leaves memory again with the next run.
    MarkDirty(loaded[i]);
  }
  return loaded;
}

HotCase* CaseBook::Put(HotCase* hot, std::string_view case_id, const StoredCase& stored) {
  scratch_.clear();
  EncodeCase(stored, scratch_);
  if (hot == nullptr) {
    hot = Place(case_id, scratch_);
  } else {
    char* data = NewData(case_id, scratch_);
    {
      const std::lock_guard lock(SegmentOf(case_id).mutex);
      std::swap(hot->data, data);
      hot->bytes_size = static_cast<uint32_t>(scratch_.size());
    }
    std::free(data);
  }
  MarkDirty(hot);
  return hot;
}

void CaseBook::MarkDirty(HotCase* hot) {
  const auto bit = static_cast<uint8_t>(1 << current_);
  if ((hot->listed & bit) != 0) return;
  hot->listed |= bit;
  ChangedList& list = lists_[current_];
  const std::string_view id = hot->id();
  const std::string_view begin = id.substr(0, std::min(id.rfind('-'), id.size()));
  ChangedList::Group& group = list.groups[Hash()(begin)];
  if (group.cases.empty()) group.begin = begin;
  group.cases.push_back(hot);
  ++list.count;
}

void CaseBook::SetTag(HotCase* hot, const CaseTag& tag) {
  const Instant before = hot->timer_slot == HotCase::kNoTimer ? kEndOfTime : hot->tag.next_change;
  if (tag.next_change != before) TimerRemove(hot);
  hot->tag = tag;
  if (tag.next_change != before && tag.next_change != kEndOfTime) {
    timers_.push_back(nullptr);
    TimerPut(timers_.size() - 1, hot);
    SiftUp(timers_.size() - 1);
  }
}

// --- timers: a binary heap whose entries know their place, so that one can be taken out.

void CaseBook::TimerPut(size_t slot, HotCase* hot) {
  timers_[slot] = hot;
  hot->timer_slot = static_cast<uint32_t>(slot);
}

void CaseBook::SiftUp(size_t slot) {
  HotCase* hot = timers_[slot];
  while (slot > 0) {
    const size_t parent = (slot - 1) / 2;
    if (timers_[parent]->tag.next_change <= hot->tag.next_change) break;
    TimerPut(slot, timers_[parent]);
    slot = parent;
  }
  TimerPut(slot, hot);
}

void CaseBook::SiftDown(size_t slot) {
  HotCase* hot = timers_[slot];
  for (;;) {
    size_t child = 2 * slot + 1;
    if (child >= timers_.size()) break;
    if (child + 1 < timers_.size() &&
        timers_[child + 1]->tag.next_change < timers_[child]->tag.next_change) {
      ++child;
    }
    if (hot->tag.next_change <= timers_[child]->tag.next_change) break;
    TimerPut(slot, timers_[child]);
    slot = child;
  }
  TimerPut(slot, hot);
}

void CaseBook::TimerRemove(HotCase* hot) {
  const size_t slot = hot->timer_slot;
  if (slot == HotCase::kNoTimer) return;
  hot->timer_slot = HotCase::kNoTimer;
  HotCase* last = timers_.back();
  timers_.pop_back();
  if (last == hot) return;
  TimerPut(slot, last);
  SiftUp(slot);
  SiftDown(last->timer_slot);
}

HotCase* CaseBook::FirstDue(Instant now) const {
  if (timers_.empty() || timers_.front()->tag.next_change > now) return nullptr;
  return timers_.front();
}

std::optional<Instant> CaseBook::NextTimer() const {
  if (timers_.empty()) return std::nullopt;
  return timers_.front()->tag.next_change;
}

// --- runs

void CaseBook::BeginRun(uint64_t next_seq) {
  ChangedList& list = lists_[current_];
  for (auto& [hash, group] : list.groups) run_.push_back(std::move(group));
  list = {};
  current_ ^= 1;
  run_seq_ = next_seq;
  run_open_ = true;
  std::sort(run_.begin(), run_.end(),
            [](const auto& a, const auto& b) { return a.begin > b.begin; });
}

// The smallest numbers of the group that is next, at its end, the least of them last: only so many
// are sorted at once that nobody waits for it.
void CaseBook::SortSome() {
  constexpr size_t kAtOnce = 4096;
  auto& cases = run_.back().cases;
  const auto greater = [](const HotCase* a, const HotCase* b) { return a->id() > b->id(); };
  sorted_ = std::min(kAtOnce, cases.size());
  const auto begin = cases.end() - static_cast<ptrdiff_t>(sorted_);
  std::nth_element(cases.begin(), begin, cases.end(), greater);
  std::sort(begin, cases.end(), greater);
}

void CaseBook::PutSlice(size_t cases, StoreBatch& batch) {
  const auto bit = static_cast<uint8_t>(1 << (current_ ^ 1));
  for (; cases > 0 && !run_.empty(); --cases) {
    if (sorted_ == 0) SortSome();
    HotCase* hot = run_.back().cases.back();
    run_.back().cases.pop_back();
    --sorted_;
    if (run_.back().cases.empty()) run_.pop_back();
    const std::string key = CaseKey(shard_, hot->id());
    const Column to = hot->tag.resting ? Column::kResting : Column::kActive;
    const Column from = hot->tag.resting ? Column::kActive : Column::kResting;
    batch.Put(to, key, hot->bytes());
    if (hot->tag.resting ? hot->in_active : hot->in_resting) batch.Delete(from, key);
    hot->listed &= static_cast<uint8_t>(~bit);
    slice_.push_back(hot);
  }
  if (run_open_ && run_.empty()) {
    batch.Put(Column::kFacts, "flushed_seq", SeqBytes(run_seq_));
    run_open_ = false;
  }
}

void CaseBook::SliceWritten() {
  for (HotCase* hot : slice_) {
    hot->in_active = !hot->tag.resting;
    hot->in_resting = hot->tag.resting;
    if (!hot->tag.resting || hot->leaving) continue;
    hot->leaving = true;
    to_evict_.push_back(hot);
  }
  slice_.clear();
  if (to_evict_.empty() || evictions_held_) return;
  const std::unique_lock lock(eviction_, std::try_to_lock);
  if (!lock.owns_lock()) return;
  for (HotCase* hot : to_evict_) {
    hot->leaving = false;
    // Touched meanwhile: the run that writes it lists it again.
    if (hot->listed == 0 && hot->tag.resting) Evict(hot);
  }
  to_evict_.clear();
}

void CaseBook::Evict(HotCase* hot) {
  TimerRemove(hot);
  Segment& segment = SegmentOf(hot->id());
  {
    const std::lock_guard lock(segment.mutex);
    segment.cases.erase(hot);
  }
  std::free(hot->data);
  hot->data = nullptr;
  --hot_count_;
  free_.push_back(hot);
}

Result<void> CaseBook::LoadActive(const std::function<void(HotCase*)>& loaded) {
  return store_.Scan(Column::kActive, ShardKey(shard_, ""), nullptr,
                     [&](std::string_view key, std::string_view value) {
                       HotCase* hot = Place(AfterShard(key), value);
                       hot->in_active = true;
                       loaded(hot);
                       return true;
                     });
}

Result<void> CaseBook::ScanResting(std::string_view after, const RestingVisitor& visit) const {
  return store_.Scan(Column::kResting, CaseKey(shard_, after), nullptr,
                     [&](std::string_view key, std::string_view value) {
                       const std::string_view id = AfterShard(key);
                       return id == after || visit(id, value);
                     });
}

// --- readers

Result<std::optional<std::string>> CaseBook::Read(std::string_view case_id) const {
  // Twice: a case may come into memory between the two looks, and never leaves it meanwhile.
  const std::shared_lock stay(eviction_);
  const Segment& segment = SegmentOf(case_id);
  {
    const std::lock_guard lock(segment.mutex);
    const auto it = segment.cases.find(case_id);
    if (it != segment.cases.end()) return std::optional<std::string>((*it)->bytes());
  }
  return store_.Get(Column::kResting, CaseKey(shard_, case_id));
}

Result<void> CaseBook::Scan(const Visitor& visit) const {
  const std::shared_lock stay(eviction_);
  const auto view = store_.View();
  const uint32_t begun = generation_;
  std::vector<const HotCase*> cases;
  for (const Segment& segment : segments_) {
    const std::lock_guard lock(segment.mutex);
    cases.assign(segment.cases.begin(), segment.cases.end());
    for (size_t i = 0; i < cases.size(); ++i) {
      AskAhead(cases, i);
      // Came into memory later: it is new, or the resting column still shows it to this scan.
      if (cases[i]->generation <= begun) visit(cases[i]->id(), cases[i]->bytes());
    }
  }
  return store_.Scan(Column::kResting, ShardKey(shard_, ""), view.get(),
                     [&](std::string_view key, std::string_view value) {
                       const std::string_view id = AfterShard(key);
                       const Segment& segment = SegmentOf(id);
                       bool visited = false;
                       {
                         const std::lock_guard lock(segment.mutex);
                         const auto it = segment.cases.find(id);
                         visited = it != segment.cases.end() && (*it)->generation <= begun;
                       }
                       if (!visited) visit(id, value);
                       return true;
                     });
}

void CaseBook::EachHot(const std::function<void(HotCase*)>& visit) {
  for (Segment& segment : segments_) {
    for (HotCase* hot : segment.cases) visit(hot);
  }
}

}  // namespace tthc
