// What of one partition was read and is not recorded yet: which message is told next, from which place it
// goes on, and what is told again after a refusal. Pure: knows no Kafka, no monitor and no clock.
//
//   read -> waiting -> told -> recorded (gone)
//               ^         |
//               +---------+ refused: nothing more is told until all that was told is answered; then the
//                           place that is stored says where to begin again
//
// Numbers are those of messages in the order they were read, from 0. Thread safety: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace tthc {

class PartitionFeed {
 public:
  // `place`: the offset to be read next as it is stored; nullopt: nothing is.
  explicit PartitionFeed(std::optional<int64_t> place) : place_(place) {}

  // The next message. One that has a dead letter is told only once that is acknowledged.
  uint64_t Read(int64_t offset, size_t records, bool has_letter);
  void LetterDelivered(uint64_t number);
  void LetterFailed(uint64_t number);

  struct Telling {
    uint64_t number;
    size_t records;
    std::optional<int64_t> after;
    int64_t next;
  };
  // What may be told now; nullopt: nothing waits, or it must wait.
  std::optional<Telling> Next() const;
  void Told();   // what Next said is on its way
  void Answered(uint64_t number, bool recorded);

  // Something was refused and all that was told is answered: ask for the stored place, then Retry.
  bool stands() const { return refused_ && told_ == 0; }
  enum class Again {
    kTell,   // what waits goes on from the stored place
    kReadAnew,   // it does not: forgotten; read from the stored place on
  };
  // Numbers below first() afterwards are recorded.
  Again Retry(std::optional<int64_t> stored);
  // Of messages with a letter that failed: they need a new one before they are told.
  std::optional<uint64_t> WantsLetter() const;
  void LetterSent(uint64_t number);

  uint64_t first() const { return first_; }   // of those that are not recorded
  size_t waiting() const { return items_.size(); }
  size_t told() const { return told_; }
  size_t told_records() const { return told_records_; }
  // Of the message read last, or the stored place where none waits: -1 where there is neither.
  int64_t read_to() const;
  std::optional<int64_t> place() const { return place_; }   // recorded

 private:
  enum class Letter : uint8_t { kNone, kSent, kFailed };
  enum class State : uint8_t { kWaiting, kTold, kRecorded, kRefused };
  struct Item {
    int64_t offset;
    size_t records;
    Letter letter;
    State state;
  };
  Item* Find(uint64_t number);
  void DropRecorded();

  std::optional<int64_t> place_;   // before items_.front()
  std::deque<Item> items_;
  uint64_t first_ = 0;             // number of items_.front()
  size_t next_ = 0;                // index of the first item that was not told
  size_t told_ = 0;
  size_t told_records_ = 0;
  bool refused_ = false;
};

}  // namespace tthc
