#include "server/feed/partition_feed.h"

namespace tthc {

uint64_t PartitionFeed::Read(int64_t offset, size_t records, bool has_letter) {
  items_.push_back({offset, records, has_letter ? Letter::kSent : Letter::kNone, State::kWaiting});
  return first_ + items_.size() - 1;
}

PartitionFeed::Item* PartitionFeed::Find(uint64_t number) {
  if (number < first_ || number - first_ >= items_.size()) return nullptr;
  return &items_[number - first_];
}

void PartitionFeed::LetterDelivered(uint64_t number) {
  if (Item* item = Find(number)) item->letter = Letter::kNone;
}

void PartitionFeed::LetterFailed(uint64_t number) {
  Item* item = Find(number);
  if (item == nullptr) return;
  item->letter = Letter::kFailed;
  refused_ = true;
}

std::optional<PartitionFeed::Telling> PartitionFeed::Next() const {
  if (refused_ || next_ == items_.size()) return std::nullopt;
  const Item& item = items_[next_];
  if (item.letter != Letter::kNone) return std::nullopt;
  const auto after = next_ == 0 ? place_ : std::optional(items_[next_ - 1].offset + 1);
  return Telling{first_ + next_, item.records, after, item.offset + 1};
}

void PartitionFeed::Told() {
  Item& item = items_[next_++];
  item.state = State::kTold;
  ++told_;
  told_records_ += item.records;
}

void PartitionFeed::Answered(uint64_t number, bool recorded) {
  Item* item = Find(number);
  if (item == nullptr || item->state != State::kTold) return;
  item->state = recorded ? State::kRecorded : State::kRefused;
  --told_;
  told_records_ -= item->records;
  refused_ |= !recorded;
  DropRecorded();
}

// Answers of those that were refused at once come before those of what was told earlier.
void PartitionFeed::DropRecorded() {
  while (!items_.empty() && items_.front().state == State::kRecorded) {
    place_ = items_.front().offset + 1;
    items_.pop_front();
    ++first_;
    --next_;
  }
}

PartitionFeed::Again PartitionFeed::Retry(std::optional<int64_t> stored) {
  while (!items_.empty() && stored && items_.front().offset < *stored) {
    place_ = items_.front().offset + 1;
    items_.pop_front();
    ++first_;
  }
  next_ = 0;
  refused_ = false;
  if (stored == place_) {
    for (Item& item : items_) {
      item.state = State::kWaiting;
      refused_ |= item.letter == Letter::kFailed;
    }
    return Again::kTell;
  }
  place_ = stored;
  first_ += items_.size();
  items_.clear();
  return Again::kReadAnew;
}

std::optional<uint64_t> PartitionFeed::WantsLetter() const {
  for (size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].letter == Letter::kFailed) return first_ + i;
  }
  return std::nullopt;
}

void PartitionFeed::LetterSent(uint64_t number) {
  if (Item* item = Find(number)) item->letter = Letter::kSent;
}

int64_t PartitionFeed::read_to() const {
  return items_.empty() ? place_.value_or(-1) : items_.back().offset + 1;
}

}  // namespace tthc
