#include "server/feed/kafka_feed.h"

#include <algorithm>

#include "server/feed/feed_log.h"
#include "server/log.h"
#include "server/threads.h"

namespace tthc {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kLongestPoll{100};
constexpr milliseconds kPauseAfter{1'000};   // far below max.poll.interval.ms
constexpr milliseconds kFirstBackoff{50};
constexpr milliseconds kLongestBackoff{5'000};
constexpr seconds kFiguresEvery{1};
constexpr seconds kReportEvery{5};
constexpr seconds kFaultsToldEvery{30};

}  // namespace

void KafkaFeed::Answers::Put(Answer answer) {
  const std::lock_guard lock(mutex);
  if (waiting == nullptr) return;
  list.push_back(std::move(answer));
  if (list.size() > 1) return;
  waiting->Wake();
  changed.notify_one();
}

void KafkaFeed::Answers::WaitFor(milliseconds longest) {
  std::unique_lock lock(mutex);
  changed.wait_for(lock, longest, [this] { return !list.empty(); });
}

KafkaFeed::KafkaFeed(FeedConfig config, Monitor& monitor, FeedDecoder decoder)
    : config_(std::move(config)),
      monitor_(monitor),
      decoder_(std::move(decoder)),
      metrics_(*monitor.registry(), config_.reading.topics),
      answers_(std::make_shared<Answers>()) {}

Result<std::unique_ptr<KafkaFeed>> KafkaFeed::Create(FeedConfig config, Monitor& monitor,
                                                     FeedDecoder decoder) {
  // The store's own name, so that a restart takes up its partitions at once, and of two daemons on
  // copies of one store the brokers let the later one read.
  config.reading.instance = "tthcmon-" + monitor.StoreId();
  std::unique_ptr<KafkaFeed> feed(new KafkaFeed(std::move(config), monitor, std::move(decoder)));
  const FeedConfig& set = feed->config_;
  if (!set.dead_letter_topic.empty()) {
    auto letters = KafkaProducer::Create(set.kafka, set.writing, TellKafkaLog);
    if (!letters) return letters.error();
    feed->letters_ = std::move(*letters);
  }
  auto consumer = KafkaConsumer::Create(set.kafka, set.reading, *feed, TellKafkaLog);
  if (!consumer) return consumer.error();
  feed->consumer_ = std::move(*consumer);
  feed->answers_->waiting = feed->consumer_.get();
  return feed;
}

KafkaFeed::~KafkaFeed() { Stop(); }

void KafkaFeed::Start() {
  thread_ = StartThread("kafka", [this] { Run(); });
}

void KafkaFeed::Stop() {
  stopping_ = true;
  if (consumer_ != nullptr) consumer_->Wake();
  if (thread_.joinable()) thread_.join();
  {
    const std::lock_guard lock(answers_->mutex);
    answers_->waiting = nullptr;
  }
  letters_.reset();
  partitions_.clear();   // its messages are the consumer's
  consumer_.reset();
}

void KafkaFeed::Run() {
  while (!stopping_ && !failed_) {
    if (MustWait()) {
      answers_->WaitFor(kLongestPoll);
    } else {
      consumer_->Poll(kLongestPoll);
    }
    TakeAnswers();
    TellAll();
    ShowFigures();
  }
  consumer_->Close();
  if (failed_) partitions_.clear();
}

// --- what the consumer tells

std::optional<int64_t> KafkaFeed::OnAssigned(const TopicPartition& at) {
  const auto place = monitor_.PlaceOf(at.topic, at.partition);
  Partition partition{PartitionFeed(place), ++assignments_, metrics_.For(at), {}};
  partition.backoff = kFirstBackoff;
  partition.metrics.halted->Set(0);
  partitions_.insert_or_assign(at, std::move(partition));
  metrics_.rebalances().Increment();
  Log(LogLevel::kInfo, "kafka_partition_assigned",
      {{"partition", json::value(NameOf(at))},
       {"place", place ? json::value(*place) : json::value("oldest")}});
  return place;
}

void KafkaFeed::OnRevoked(const TopicPartition& at) {
  const auto found = partitions_.find(at);
  if (found == partitions_.end()) return;
  told_records_ -= found->second.feed.told_records();
  metrics_.Drop(found->second.metrics);
  metrics_.rebalances().Increment();
  partitions_.erase(found);
  Log(LogLevel::kInfo, "kafka_partition_revoked", {{"partition", json::value(NameOf(at))}});
}

void KafkaFeed::OnMessage(KafkaMessage message) {
  const TopicPartition at = message.at();
  const auto found = partitions_.find(at);
  if (found == partitions_.end()) return;
  Partition& partition = found->second;
  const int64_t offset = message.offset();
  if (partition.halted || partition.astray || offset < partition.least_offset) return;
  partition.least_offset = offset + 1;
  const size_t bytes = message.body() ? message.body()->size() : 0;
  DecodedMessage decoded = decoder_.Decode(message);
  if (FeedDecoder::IsUnreadable(decoded)) MetricsOf(at).unreadable->Increment();
  const bool has_letter = letters_ != nullptr && !decoded.rejected.empty();
  const uint64_t number =
      partition.feed.Read(offset, std::max<size_t>(decoded.records, 1), has_letter);
  partition.reads.push_back({std::move(message), std::move(decoded), bytes});
  partition.bytes += bytes;
  if (has_letter) SendLetter(at, partition, number);
}

void KafkaFeed::OnFault(const KafkaFault& fault) {
  if (fault.kind == KafkaFaultKind::kPassing) return TellPassing(fault);
  if (fault.kind == KafkaFaultKind::kFatal) {
    failed_ = true;
    metrics_.failed().Set(1);
    Log(LogLevel::kError, "kafka_failed", {{"reason", json::value(fault.reason)}});
    return;
  }
  const auto found = partitions_.find(*fault.at);
  if (found == partitions_.end() || found->second.halted) return;
  if (fault.kind == KafkaFaultKind::kGap) {
    MetricsOf(*fault.at).gaps->Increment();
    if (config_.go_on_after_gap) return GoOnAfterGap(*fault.at, found->second, fault.reason);
  }
  Halt(*fault.at, found->second, fault);
}

void KafkaFeed::Halt(const TopicPartition& at, Partition& partition, const KafkaFault& fault) {
  partition.halted = true;
  partition.metrics.halted->Set(1);
  SetPaused(at, partition, true);
  Log(LogLevel::kError, "kafka_partition_halted",
      {{"partition", json::value(NameOf(at))},
       {"cause", json::value(NameOf(fault.kind))},
       {"reason", json::value(fault.reason)},
       {"place", json::value(partition.feed.read_to())},
       {"way_out", json::value("docs/runbooks.md#tthcsourcehalted")}});
}

void KafkaFeed::GoOnAfterGap(const TopicPartition& at, Partition& partition,
                             const std::string& reason) {
  Log(LogLevel::kError, "kafka_gap_passed",
      {{"partition", json::value(NameOf(at))},
       {"place", json::value(partition.feed.read_to())},
       {"reason", json::value(reason)}});
  if (!BeginAt(at, std::nullopt)) Halt(at, partition, {KafkaFaultKind::kGap, at, reason});
}

// The others go on where they are, but what was fetched of them is fetched again.
bool KafkaFeed::BeginAt(const TopicPartition& at, std::optional<int64_t> place) {
  KafkaConsumer::Places places;
  for (const auto& [other, partition] : partitions_) {
    if (const int64_t next = partition.feed.read_to(); next >= 0) places[other] = next;
    else places[other] = std::nullopt;
  }
  places[at] = place;
  if (const auto begun = consumer_->BeginAt(places); !begun) {
    Log(LogLevel::kWarning, "kafka_fault", {{"reason", json::value(begun.error().message)}});
    return false;
  }
  partitions_.at(at).least_offset = place.value_or(-1);
  for (auto& [other, partition] : partitions_) {
    partition.paused = false;
    if (partition.halted) SetPaused(other, partition, true);
  }
  return true;
}

// Brokers that are away are told about again and again.
void KafkaFeed::TellPassing(const KafkaFault& fault) {
  metrics_.faults().Increment();
  const auto now = SteadyClock::now();
  if (now - fault_told_at_ < kFaultsToldEvery) {
    ++faults_untold_;
    return;
  }
  fault_told_at_ = now;
  Log(LogLevel::kWarning, "kafka_fault",
      {{"partition", json::value(fault.at ? NameOf(*fault.at) : "")},
       {"reason", json::value(fault.reason)},
       {"untold_before", json::value(faults_untold_)}});
  faults_untold_ = 0;
}

// --- telling the monitor

void KafkaFeed::TellAll() {
  for (auto& [at, partition] : partitions_) {
    if (partition.feed.stands() || partition.astray) Retry(at, partition);
  }
  // One message of each partition in turn.
  for (size_t without = 0; without < partitions_.size();) {
    auto turn = partitions_.upper_bound(last_told_);
    if (turn == partitions_.end()) turn = partitions_.begin();
    const auto telling = turn->second.feed.Next();
    // One is always told, however large it is; one that does not fit is the next.
    const bool fits = !telling || told_records_ == 0 ||
                      told_records_ + telling->records <= config_.window_records;
    if (!fits) return;
    last_told_ = turn->first;
    without = telling ? 0 : without + 1;
    if (telling) Tell(turn->first, turn->second, *telling);
  }
}

void KafkaFeed::Tell(const TopicPartition& at, Partition& partition,
                     const PartitionFeed::Telling& telling) {
  Read& read = partition.reads[telling.number - partition.feed.first()];
  DecodedMessage decoded =
      read.decoded ? std::move(*read.decoded) : decoder_.Decode(read.message);
  read.decoded.reset();
  partition.feed.Told();
  told_records_ += telling.records;
  Answer answer{Answer::Kind::kRecorded, at, partition.assignment, telling.number, {}};
  monitor_.SubmitFrom(std::move(decoded), {at.topic, at.partition, telling.after, telling.next},
                      [answers = answers_, answer](const Result<SubmitAnswer>& outcome) mutable {
                        if (!outcome) {
                          answer.kind = Answer::Kind::kRefused;
                          answer.reason = outcome.error().message;
                        }
                        answers->Put(std::move(answer));
                      });
}

void KafkaFeed::SendLetter(const TopicPartition& at, Partition& partition, uint64_t number) {
  const Read& read = partition.reads[number - partition.feed.first()];
  const std::string key = DeadLetterKey(read.message);
  const std::string body = DeadLetterJson(
      read.message, read.decoded ? *read.decoded : decoder_.Decode(read.message));
  Answer answer{Answer::Kind::kLetterDelivered, at, partition.assignment, number, {}};
  partition.feed.LetterSent(number);
  letters_->Send({config_.dead_letter_topic, key, body, {{"content-type", "application/json"}}},
                 [answers = answers_, answer](const Result<void>& outcome) mutable {
                   if (!outcome) {
                     answer.kind = Answer::Kind::kLetterFailed;
                     answer.reason = outcome.error().message;
                   }
                   answers->Put(std::move(answer));
                 });
}

void KafkaFeed::TakeAnswers() {
  std::vector<Answer> list;
  {
    const std::lock_guard lock(answers_->mutex);
    list.swap(answers_->list);
  }
  for (const Answer& answer : list) Apply(answer);
}

void KafkaFeed::Apply(const Answer& answer) {
  const auto found = partitions_.find(answer.at);
  if (found == partitions_.end() || found->second.assignment != answer.assignment) return;
  Partition& partition = found->second;
  const TopicMetrics& metrics = MetricsOf(answer.at);
  const size_t told = partition.feed.told_records();
  switch (answer.kind) {
    case Answer::Kind::kRecorded:
      partition.feed.Answered(answer.number, true);
      partition.backoff = kFirstBackoff;
      metrics.messages->Increment();
      break;
    case Answer::Kind::kRefused:
      partition.feed.Answered(answer.number, false);
      break;
    case Answer::Kind::kLetterDelivered:
      partition.feed.LetterDelivered(answer.number);
      metrics.dead_letters->Increment();
      break;
    case Answer::Kind::kLetterFailed:
      partition.feed.LetterFailed(answer.number);
      metrics.dead_letter_failures->Increment();
      Log(LogLevel::kWarning, "kafka_dead_letter_failed",
          {{"partition", json::value(NameOf(answer.at))}, {"reason", json::value(answer.reason)}});
      break;
  }
  told_records_ -= told - partition.feed.told_records();
  DropRecorded(partition);
  MaybeResume(answer.at, partition);
}

void KafkaFeed::DropRecorded(Partition& partition) {
  while (partition.reads.size() > partition.feed.waiting()) {
    partition.bytes -= partition.reads.front().bytes;
    partition.reads.pop_front();
  }
}

void KafkaFeed::Retry(const TopicPartition& at, Partition& partition) {
  const auto now = SteadyClock::now();
  if (!partition.again_at) {
    MetricsOf(at).refusals->Increment();
    partition.again_at = now + partition.backoff;
    partition.backoff = std::min(2 * partition.backoff, kLongestBackoff);
  }
  if (now < *partition.again_at) return;
  partition.again_at.reset();
  const auto stored = monitor_.PlaceOf(at.topic, at.partition);
  while (const auto number = partition.feed.WantsLetter()) SendLetter(at, partition, *number);
  if (!partition.astray) {
    partition.astray = partition.feed.Retry(stored) == PartitionFeed::Again::kReadAnew;
    DropRecorded(partition);
  }
  if (partition.astray && BeginAt(at, stored)) partition.astray = false;
}

// --- pressure and figures

bool KafkaFeed::IsFull(const Partition& partition, size_t share) const {
  return partition.reads.size() * share >= config_.waiting_messages ||
         partition.bytes * share >= config_.waiting_bytes;
}

bool KafkaFeed::MustWait() {
  const bool full = std::any_of(partitions_.begin(), partitions_.end(), [this](const auto& one) {
    return !one.second.paused && IsFull(one.second, 1);
  });
  const auto now = SteadyClock::now();
  if (!full) full_since_.reset();
  if (!full) return false;
  if (!full_since_) full_since_ = now;
  if (now - *full_since_ < kPauseAfter) return true;
  for (auto& [at, partition] : partitions_) {
    if (partition.paused || !IsFull(partition, 1)) continue;
    SetPaused(at, partition, true);
    MetricsOf(at).pauses->Increment();
  }
  return false;
}

void KafkaFeed::MaybeResume(const TopicPartition& at, Partition& partition) {
  constexpr size_t kHalf = 2;
  if (partition.paused && !partition.halted && !IsFull(partition, kHalf)) {
    SetPaused(at, partition, false);
  }
}

void KafkaFeed::SetPaused(const TopicPartition& at, Partition& partition, bool paused) {
  const auto changed = paused ? consumer_->Pause(at) : consumer_->Resume(at);
  if (!changed) {
    Log(LogLevel::kWarning, "kafka_fault", {{"reason", json::value(changed.error().message)}});
    return;
  }
  partition.paused = paused;
}

void KafkaFeed::ShowFigures() {
  const auto now = SteadyClock::now();
  if (now - shown_at_ < kFiguresEvery) return;
  shown_at_ = now;
  metrics_.partitions().Set(static_cast<double>(partitions_.size()));
  metrics_.brokers_up().Set(consumer_->brokers_up());
  std::map<TopicPartition, int64_t> places;
  for (auto& [at, partition] : partitions_) {
    const auto place = partition.feed.place();
    if (place) {
      places[at] = *place;
      partition.metrics.place->Set(static_cast<double>(*place));
    }
    if (const auto end = consumer_->End(at)) {
      partition.metrics.lag->Set(
          static_cast<double>(std::max<int64_t>(*end - place.value_or(0), 0)));
    }
    MaybeResume(at, partition);
  }
  if (now - reported_at_ < kReportEvery) return;
  reported_at_ = now;
  consumer_->Report(places);
}

}  // namespace tthc
