// Reads topics into the monitor: each message is recorded once, with its place, whatever is refused, goes
// away or ends meanwhile.
//
//   brokers --(KafkaConsumer)--> decoded --> waiting (PartitionFeed) --SubmitFrom--> pipeline
//                                   |                  ^                                |
//                                   +-- dead letter ---+------------ answers -----------+
//
// The thread "kafka" polls, decodes and tells; it never waits for the store. A partition of which too much
// waits is paused. A message with records that were put aside is told only after its dead letter was
// acknowledged. See docs/decisions/0037-place-of-a-source.md and 0038-kafka-source.md.
//
// Thread safety: Create, Start and Stop on one thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "ingest/source/kafka/consumer.h"
#include "ingest/source/kafka/producer.h"
#include "server/feed/feed_config.h"
#include "server/feed/feed_decoder.h"
#include "server/feed/feed_metrics.h"
#include "server/feed/partition_feed.h"
#include "server/monitor.h"

namespace tthc {

class KafkaFeed final : public KafkaListener {
 public:
  // Errors: a configuration that does not go together. No broker is asked for. `monitor` outlives it.
  static Result<std::unique_ptr<KafkaFeed>> Create(FeedConfig config, Monitor& monitor,
                                                   FeedDecoder decoder);
  ~KafkaFeed() override;

  void Start();
  // Reads no more; what was told is still answered, to nobody. Idempotent.
  void Stop();

 private:
  using SteadyClock = std::chrono::steady_clock;

  // What became of a message that was told, or of its dead letter.
  struct Answer {
    enum class Kind : uint8_t { kRecorded, kRefused, kLetterDelivered, kLetterFailed } kind;
    TopicPartition at;
    uint64_t assignment;   // of the partition: what was told before it was taken away concerns nobody
    uint64_t number;
    std::string reason;    // of a failure
  };
  // Shared with those who answer, who may do so after the feed is gone.
  struct Answers {
    std::mutex mutex;
    std::vector<Answer> list;
    KafkaConsumer* waiting = nullptr;   // to be woken; nullptr: nobody listens
    std::condition_variable changed;

    void Put(Answer answer);
    void WaitFor(std::chrono::milliseconds longest);
  };
  struct Read {
    KafkaMessage message;
    std::optional<DecodedMessage> decoded;   // until it is told
    size_t bytes;
  };
  struct Partition {
    PartitionFeed feed;
    uint64_t assignment;
    PartitionMetrics metrics;
    std::deque<Read> reads;              // those of the feed
    size_t bytes = 0;                    // of them
    int64_t least_offset = -1;           // a lower one was read already
    bool paused = false;                 // at the consumer
    bool halted = false;
    std::optional<SteadyClock::time_point> again_at = std::nullopt;   // after a refusal
    std::chrono::milliseconds backoff{0};
    bool astray = false;                 // it has to begin anew at the stored place
  };
  using Partitions = std::map<TopicPartition, Partition>;

  KafkaFeed(FeedConfig config, Monitor& monitor, FeedDecoder decoder);

  std::optional<int64_t> OnAssigned(const TopicPartition& at) override;
  void OnRevoked(const TopicPartition& at) override;
  void OnMessage(KafkaMessage message) override;
  void OnFault(const KafkaFault& fault) override;

  void Run();
  void TakeAnswers();
  void Apply(const Answer& answer);
  void TellAll();
  void Tell(const TopicPartition& at, Partition& partition, const PartitionFeed::Telling& telling);
  void SendLetter(const TopicPartition& at, Partition& partition, uint64_t number);
  // After a refusal: waits, then begins again at the stored place.
  void Retry(const TopicPartition& at, Partition& partition);
  void DropRecorded(Partition& partition);
  // True while nothing more is to be read since too much of a partition waits. Where that lasts it is
  // paused instead: pausing drops what was fetched ahead.
  bool MustWait();
  bool IsFull(const Partition& partition, size_t share) const;
  void SetPaused(const TopicPartition& at, Partition& partition, bool paused);
  // Resumes it where it was paused and half of what waited is recorded.
  void MaybeResume(const TopicPartition& at, Partition& partition);
  // The partition begins anew at a place, which its fetching has to be told of.
  bool BeginAt(const TopicPartition& at, std::optional<int64_t> place);
  void Halt(const TopicPartition& at, Partition& partition, const KafkaFault& fault);
  void GoOnAfterGap(const TopicPartition& at, Partition& partition, const std::string& reason);
  void TellPassing(const KafkaFault& fault);
  void ShowFigures();
  const TopicMetrics& MetricsOf(const TopicPartition& at) const { return metrics_.topic(at.topic); }

  const FeedConfig config_;
  Monitor& monitor_;
  FeedDecoder decoder_;
  FeedMetrics metrics_;
  std::shared_ptr<Answers> answers_;
  std::unique_ptr<KafkaProducer> letters_;      // nullptr: no dead letters
  std::unique_ptr<KafkaConsumer> consumer_;
  Partitions partitions_;
  uint64_t assignments_ = 0;
  size_t told_records_ = 0;                     // of partitions that are assigned, not answered yet
  TopicPartition last_told_;                    // whose turn it was last
  std::optional<SteadyClock::time_point> full_since_;
  SteadyClock::time_point shown_at_{};
  SteadyClock::time_point reported_at_{};
  SteadyClock::time_point fault_told_at_{};
  uint64_t faults_untold_ = 0;
  bool failed_ = false;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace tthc
