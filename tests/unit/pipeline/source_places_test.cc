// What is read from a source that can be read again is recorded once, whatever is refused and wherever
// the process ends: the place is stored with what was read.
#include "server/pipeline/source_places.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <memory>
#include <vector>

#include "server/monitor.h"
#include "server/reference.h"

namespace tthc {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kQueueRecords = 100;   // the least that may be set
constexpr uint32_t kMostRecords = 60;    // of one message: two may be one too many

Instant Begin() { return ParseInstant("2025-03-03T08:00:00+07:00").value(); }

class Folder {
 public:
  Folder() {
    const fs::path memory = "/dev/shm";
    const bool in_memory = access(memory.c_str(), W_OK) == 0;
    std::string name = ((in_memory ? memory : fs::temp_directory_path()) / "tthc_places_XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

const Reference& TheReference() {
  static const Reference reference = LoadReference(Settings::Defaults()).value();
  return reference;
}

std::unique_ptr<Monitor> OpenMonitor(const fs::path& dir) {
  MonitorOptions options;
  EXPECT_TRUE(options.settings.Set("limits.ingest_queue_records", kQueueRecords).has_value());
  options.reference = TheReference();
  options.data_dir = dir.string();
  options.clock = ProcessClock::From(Begin(), 0);
  auto monitor = Monitor::Open(std::move(options));
  EXPECT_TRUE(monitor.has_value()) << monitor.error().message;
  return std::move(*monitor);
}

std::string CaseOf(int number) { return "H34.05-250303-" + std::to_string(10'000 + number); }

// One statement and, beside it, records that go into quarantine: those would be counted twice if the
// message were recorded twice.
DecodedMessage MessageNumber(int number, uint32_t rejected) {
  DecodedMessage message;
  message.service = "DongBoHoSoMC";
  message.sender = "H34.05";
  message.records = 1 + rejected;
  Statement s;
  s.case_id = CaseOf(number);
  s.status = Status::kProcessing;
  s.identity = static_cast<uint64_t>(number) + 1;
  s.received_at = Begin();
  s.event = Begin();
  message.statements.push_back(std::move(s));
  message.rejected.resize(rejected, {1, "", "", "bad_date", "", 0});
  return message;
}

using Answer = std::future<Result<SubmitAnswer>>;

Answer Say(Monitor& monitor, DecodedMessage message, SourcePlace place) {
  auto promise = std::make_shared<std::promise<Result<SubmitAnswer>>>();
  monitor.SubmitFrom(std::move(message), std::move(place),
                     [promise](Result<SubmitAnswer> answer) { promise->set_value(std::move(answer)); });
  return promise->get_future();
}

TEST(SourcePlaces, MoveWithWhatIsRecordedAndAreThereAfterAReopening) {
  const Folder folder;
  auto monitor = OpenMonitor(folder.path());
  EXPECT_EQ(monitor->PlaceOf("onestop", 0), std::nullopt);
  EXPECT_TRUE(Say(*monitor, MessageNumber(0, 0), {"onestop", 0, std::nullopt, 8}).get().has_value());
  EXPECT_TRUE(Say(*monitor, MessageNumber(1, 0), {"onestop", 11, std::nullopt, 1}).get().has_value());
  EXPECT_TRUE(Say(*monitor, MessageNumber(2, 0), {"onestop", 0, 8, 20}).get().has_value());
  EXPECT_EQ(monitor->PlaceOf("onestop", 0), 20);
  monitor->Stop();
  monitor.reset();
  monitor = OpenMonitor(folder.path());
  EXPECT_EQ(monitor->PlaceOf("onestop", 0), 20);
  EXPECT_EQ(monitor->PlaceOf("onestop", 11), 1);
  EXPECT_EQ(monitor->PlaceOf("onestop", 1), std::nullopt);
  EXPECT_EQ(monitor->PlaceOf("one", 0), std::nullopt);
}

TEST(SourcePlaces, AMessageThatDoesNotGoOnFromTheStoredPlaceIsNotRecorded) {
  const Folder folder;
  auto monitor = OpenMonitor(folder.path());
  EXPECT_TRUE(Say(*monitor, MessageNumber(0, 0), {"onestop", 0, std::nullopt, 8}).get().has_value());
  for (const std::optional<int64_t> after : {std::optional<int64_t>(), std::optional<int64_t>(7)}) {
    const auto answer = Say(*monitor, MessageNumber(1, 3), {"onestop", 0, after, 9}).get();
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().kind, ErrorKind::kConflict);
  }
  EXPECT_EQ(monitor->PlaceOf("onestop", 0), 8);
  EXPECT_FALSE(monitor->FindCase(CaseOf(1), {}).has_value());
  EXPECT_EQ(monitor->QuarantineTotal(), 0u);
}

TEST(SourcePlaces, MoveOnOverAMessageThatSaysNothing) {
  const Folder folder;
  auto monitor = OpenMonitor(folder.path());
  DecodedMessage nothing;
  nothing.sender = "H34.05";
  EXPECT_TRUE(Say(*monitor, nothing, {"onestop", 0, std::nullopt, 1}).get().has_value());
  EXPECT_EQ(monitor->PlaceOf("onestop", 0), 1);
}

TEST(SourcePlaces, AMessageOfMoreRecordsThanMayWaitIsTakenByItself) {
  const Folder folder;
  auto monitor = OpenMonitor(folder.path());
  EXPECT_TRUE(Say(*monitor, MessageNumber(0, kQueueRecords), {"onestop", 0, std::nullopt, 1})
                  .get().has_value());
  EXPECT_EQ(monitor->QuarantineTotal(), static_cast<uint64_t>(kQueueRecords));
}

TEST(SourcePlaces, ADamagedOneIsNotOpened) {
  const Folder folder;
  StoreOptions options;
  options.dir = folder.path().string();
  for (const auto& [fact, value] : std::vector<std::pair<std::string, std::string>>{
           {"source_place/onestop/0", "12x"},
           {"source_place/onestop/0", ""},
           {"source_place/onestop/", "12"},
           {"source_place/onestop", "12"}}) {
    auto store = Store::Open(options).value();
    StoreBatch batch;
    batch.Put(Column::kFacts, fact, value);
    ASSERT_TRUE(store->Commit(batch, true).has_value());
    SourcePlaces places;
    const auto loaded = places.Load(*store);
    ASSERT_FALSE(loaded.has_value()) << fact << " = " << value;
    EXPECT_EQ(loaded.error().kind, ErrorKind::kCorrupt);
    batch.Clear();
    batch.Delete(Column::kFacts, fact);
    ASSERT_TRUE(store->Commit(batch, true).has_value());
    store->Close();
  }
}

// A log with gaps between its offsets, as compaction and transactions leave them.
struct LogMessage {
  int64_t offset;
  uint32_t rejected;
};

// Reads it as a careless reader does: many at a time, not looking back until all are answered. Asks for
// the place whenever one was refused.
class Reader {
 public:
  Reader(Monitor& monitor, const std::vector<LogMessage>& log) : monitor_(monitor), log_(log) {}

  bool done() const {
    const auto place = monitor_.PlaceOf("onestop", 0);
    return place && *place > log_.back().offset;
  }
  // Tells up to `count` messages from the stored place on; how many were refused.
  size_t ReadOn(size_t count) {
    auto place = monitor_.PlaceOf("onestop", 0);
    std::vector<Answer> answers;
    for (size_t i = 0; i < log_.size() && answers.size() < count; ++i) {
      if (place && log_[i].offset < *place) continue;
      const int64_t next = log_[i].offset + 1;
      answers.push_back(Say(monitor_, MessageNumber(static_cast<int>(i), log_[i].rejected),
                            {"onestop", 0, place, next}));
      place = next;
    }
    size_t refused = 0;
    for (Answer& answer : answers) refused += answer.get().has_value() ? 0 : 1;
    return refused;
  }

 private:
  Monitor& monitor_;
  const std::vector<LogMessage>& log_;
};

RC_GTEST_PROP(SourcePlaces, NothingIsLostOrRecordedTwiceWhateverIsRefused, ()) {
  std::vector<LogMessage> log;
  int64_t offset = 0;
  for (int i = *rc::gen::inRange(1, 40); i > 0; --i) {
    offset += *rc::gen::inRange(1, 4);
    log.push_back({offset, *rc::gen::inRange<uint32_t>(0, kMostRecords)});
  }
  const Folder folder;
  auto monitor = OpenMonitor(folder.path());
  size_t refused = 0;
  for (bool done = false; !done;) {
    Reader reader(*monitor, log);
    refused += reader.ReadOn(*rc::gen::inRange<size_t>(1, 30));
    done = reader.done();
    if (*rc::gen::inRange(0, 8) != 0) continue;
    monitor->Stop();
    monitor.reset();
    monitor = OpenMonitor(folder.path());
  }
  RC_TAG(refused > 0 ? "with refusals" : "without refusals");
  uint64_t rejected = 0;
  for (size_t i = 0; i < log.size(); ++i) {
    rejected += log[i].rejected;
    RC_ASSERT(monitor->FindCase(CaseOf(static_cast<int>(i)), {}).has_value());
  }
  RC_ASSERT(monitor->QuarantineTotal() == rejected);
}

}  // namespace
}  // namespace tthc
