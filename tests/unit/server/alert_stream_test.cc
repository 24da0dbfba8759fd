// The stream read from the store: further back than memory goes, in bounded pages.
#include "server/alerts/alert_stream.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace tthc {
namespace {

constexpr size_t kHistory = 10;
constexpr uint64_t kMessages = 50;

class AlertStreamTest : public ::testing::Test {
 protected:
  AlertStreamTest() {
    std::string name = (std::filesystem::temp_directory_path() / "tthc_stream_XXXXXX").string();
    dir_ = mkdtemp(name.data());
    StoreOptions options;
    options.dir = dir_ + "/data";
    store_ = *Store::Open(options);
  }
  ~AlertStreamTest() override {
    store_.reset();
    std::filesystem::remove_all(dir_);
  }
  static std::vector<uint64_t> Seqs(const AlertPage& page) {
    std::vector<uint64_t> seqs;
    for (const auto& message : page.messages) seqs.push_back(message->seq);
    return seqs;
  }

  std::string dir_;
  std::unique_ptr<Store> store_;
  Directory directory_{*UnitTree::Build({}), {}};
  ProcessMetrics metrics_{std::make_shared<prometheus::Registry>()};
};

TEST_F(AlertStreamTest, IsReadFromAnyPlaceInPages) {
  {
    AlertStream stream(*store_, directory_, metrics_, kHistory);
    ASSERT_TRUE(stream.Load("e1"));
    EXPECT_TRUE(stream.ReadAfter(0, 5)->messages.empty());
    StoreBatch batch;
    for (uint64_t i = 1; i <= kMessages; ++i) {
      AlertMessage message;
      message.id = "case-" + std::to_string(i);
      EXPECT_EQ(stream.Prepare(std::move(message), {}, batch), i);
    }
    // Not written yet: nobody may see it.
    EXPECT_TRUE(stream.ReadAfter(0, 5)->messages.empty());
    // Keys beside the messages, on both sides of them.
    batch.Put(Column::kAlerts, ShardKey(kOnlyShard, "c"), "?");
    batch.Put(Column::kAlerts, ShardKey(kOnlyShard, "n"), "?");
    ASSERT_TRUE(store_->Commit(batch, true));
    stream.Publish();
  }
  AlertStream stream(*store_, directory_, metrics_, kHistory);
  ASSERT_TRUE(stream.Load("e1"));
  const auto first = stream.ReadAfter(0, 3);
  EXPECT_EQ(Seqs(*first), (std::vector<uint64_t>{1, 2, 3}));
  EXPECT_EQ(first->messages[0]->id, "case-1");
  EXPECT_EQ(first->epoch, "e1");
  EXPECT_EQ(first->last_seq, kMessages);
  EXPECT_EQ(Seqs(*stream.ReadAfter(3, 2)), (std::vector<uint64_t>{4, 5}));
  EXPECT_EQ(Seqs(*stream.ReadAfter(kMessages - 2, 100)),
            (std::vector<uint64_t>{kMessages - 1, kMessages}));
  EXPECT_TRUE(stream.ReadAfter(kMessages, 100)->messages.empty());
  EXPECT_TRUE(stream.ReadAfter(UINT64_MAX, 100)->messages.empty());
  EXPECT_TRUE(stream.ReadAfter(0, 0)->messages.empty());
}

}  // namespace
}  // namespace tthc
