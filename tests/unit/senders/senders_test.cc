// Senders over a real store: what is written with a batch is known after a restart.
#include "ingest/senders/senders.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

namespace tthc {
namespace {

constexpr TextId kOne = 7;
constexpr TextId kOther = 70'000;

class SendersTest : public testing::Test {
 protected:
  SendersTest() {
    std::string name = (std::filesystem::temp_directory_path() / "tthc_senders_XXXXXX").string();
    dir_ = mkdtemp(name.data());
    Open();
  }
  ~SendersTest() override {
    store_.reset();
    std::filesystem::remove_all(dir_);
  }
  void Open() {
    store_.reset();
    StoreOptions options;
    options.dir = dir_ + "/data";
    options.sync = false;
    options.block_cache_bytes = 1 << 20;
    store_ = Store::Open(options).value();
    senders_ = std::make_unique<Senders>(book_, RhythmPolicy{});
    ASSERT_TRUE(senders_->Load(*store_).has_value());
  }
  void Write() {
    StoreBatch batch;
    senders_->Seal(batch);
    if (batch.empty()) return;
    ASSERT_TRUE(store_->Commit(batch, true).has_value());
  }
  // Four weeks, every hour.
  void SpeakForLong(TextId sender) {
    for (int hour = 0; hour < 4 * 7 * 24; ++hour) {
      senders_->Hear(sender, begin_ + hour * kMicrosPerHour);
      Write();
    }
  }
  std::map<TextId, Senders::Heard> All() const {
    std::map<TextId, Senders::Heard> all;
    for (const Senders::Heard& heard : senders_->All()) all[heard.sender] = heard;
    return all;
  }

  std::shared_ptr<const CalendarBook> book_ =
      CalendarBook::Load({"builtin:calendar_vn.toml"}).value();
  Instant begin_ = ParseInstant("2025-02-03T00:20:00+07:00").value();
  std::string dir_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Senders> senders_;
};

TEST_F(SendersTest, ARestartKnowsWhatTheLastBatchHeld) {
  SpeakForLong(kOne);
  const Instant last = begin_ + 4 * 7 * kMicrosPerDay + 7 * kMicrosPerMinute;
  senders_->Hear(kOne, last);
  senders_->Hear(kOther, begin_);
  Write();
  senders_->Hear(kOther, last);   // never written
  const auto before = All();
  Open();
  const auto after = All();
  ASSERT_EQ(after.size(), 2u);
  EXPECT_EQ(after.at(kOne).last, last);
  EXPECT_EQ(after.at(kOne).silent_from, before.at(kOne).silent_from);
  EXPECT_TRUE(after.at(kOne).learned);
  EXPECT_EQ(after.at(kOther).last, begin_);
  EXPECT_FALSE(after.at(kOther).learned);
}

TEST_F(SendersTest, SpeakingAgainMovesTheSilence) {
  SpeakForLong(kOne);
  const Senders::Heard before = All().at(kOne);
  EXPECT_LT(before.silent_from - before.last, kMicrosPerDay);
  senders_->Hear(kOne, before.silent_from + kMicrosPerHour);
  EXPECT_GT(All().at(kOne).silent_from, before.silent_from + kMicrosPerHour);
}

TEST_F(SendersTest, FiguresOfAUnitComeFromItsLatestSender) {
  senders_->Hear(kOne, begin_);
  senders_->Hear(kOther, begin_ + kMicrosPerDay);
  senders_->SendsFor(kOne, 5);
  senders_->SendsFor(kOther, 5);
  const auto sources = senders_->Sources();
  ASSERT_EQ(sources.size(), 1u);
  EXPECT_EQ(sources[0].unit, 5u);
  EXPECT_EQ(sources[0].sender, kOther);
  EXPECT_EQ(sources[0].last, begin_ + kMicrosPerDay);
  EXPECT_EQ(sources[0].silent_from, All().at(kOther).silent_from);
}

TEST_F(SendersTest, CasesSayWhoWasHeardOnlyWhereTheStoreDoesNot) {
  senders_->Hear(kOne, begin_);
  Write();
  Open();
  senders_->Recall(kOne, begin_ + kMicrosPerDay);
  senders_->Recall(kOther, begin_ + kMicrosPerDay);
  senders_->Recall(kOther, begin_);
  EXPECT_EQ(All().at(kOne).last, begin_);
  EXPECT_EQ(All().at(kOther).last, begin_ + kMicrosPerDay);
}

TEST_F(SendersTest, WhatCannotBeReadIsToldBeforeAnythingIsServed) {
  senders_->Hear(kOne, begin_);
  Write();
  StoreBatch batch;
  batch.Put(Column::kFacts, std::string("s\0\0\0\x07r", 6), "\x09nonsense");
  ASSERT_TRUE(store_->Commit(batch, true).has_value());
  Senders again(book_, RhythmPolicy{});
  const auto loaded = again.Load(*store_);
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace tthc
