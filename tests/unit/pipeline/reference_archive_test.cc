// What was in force is found again by the time it is asked for, entries of earlier formats too.
#include "server/reference_archive.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

namespace tthc {
namespace {

namespace fs = std::filesystem;

constexpr size_t kHashBytes = 32;
constexpr Instant kFirst{1'000'000};
constexpr Instant kSecond{2'000'000};
constexpr Instant kThird{3'000'000};

// Frozen after so many working minutes, all else as shipped.
Reference FrozenAfter(int64_t minutes) {
  Settings settings = Settings::Defaults();
  EXPECT_TRUE(settings.Set("findings.frozen_working_minutes", minutes).has_value());
  return LoadReference(settings).value();
}

class ReferenceArchiveTest : public testing::Test {
 protected:
  ReferenceArchiveTest() {
    std::string name = (fs::temp_directory_path() / "tthc_archive_XXXXXX").string();
    dir_ = mkdtemp(name.data());
    StoreOptions options;
    options.dir = dir_;
    store_ = Store::Open(options).value();
  }
  ~ReferenceArchiveTest() override {
    store_.reset();
    fs::remove_all(dir_);
  }

  void Record(const Reference& reference, Instant from) {
    ReferenceArchive archive;
    ASSERT_TRUE(archive.Load(*store_, reference).has_value());
    StoreBatch batch;
    archive.Record(reference, from, batch);
    ASSERT_TRUE(store_->Commit(batch, true).has_value());
  }
  // As versions wrote it that kept no settings.
  void TakeSettingsFrom(Instant from) {
    StoreBatch batch;
    ASSERT_TRUE(store_
                    ->Scan(Column::kFrozen, "", nullptr,
                           [&](std::string_view key, std::string_view value) {
                             const bool is_entry = key.size() < kHashBytes;
                             const auto digits = static_cast<char>(from.us & 0xff);
                             if (!is_entry || key.back() != digits) return true;
                             std::string older(value.substr(0, value.size() - kHashBytes));
                             older.front() = 1;
                             batch.Put(Column::kFrozen, key, older);
                             return true;
                           })
                    .has_value());
    ASSERT_FALSE(batch.empty());
    ASSERT_TRUE(store_->Commit(batch, true).has_value());
  }
  static int64_t MinutesAt(const ReferenceArchive& archive, Instant known_at,
                           const Reference& now) {
    const auto past = archive.At(known_at);
    return (past ? *past : now).counting.findings.frozen_working_us / kMicrosPerMinute;
  }

  std::string dir_;
  std::unique_ptr<Store> store_;
};

TEST_F(ReferenceArchiveTest, SettingsOfTheTimeAskedFor) {
  Record(FrozenAfter(1), kFirst);
  Record(FrozenAfter(2), kSecond);
  const Reference now = FrozenAfter(3);
  ReferenceArchive archive;
  ASSERT_TRUE(archive.Load(*store_, now).has_value());
  EXPECT_TRUE(archive.IsNew(now));
  EXPECT_FALSE(archive.IsNew(FrozenAfter(2)));
  StoreBatch batch;
  archive.Record(now, kThird, batch);
  EXPECT_EQ(MinutesAt(archive, {kFirst.us - 1}, now), 1) << "before the first: the first";
  EXPECT_EQ(MinutesAt(archive, kFirst, now), 1);
  EXPECT_EQ(MinutesAt(archive, {kSecond.us - 1}, now), 1);
  EXPECT_EQ(MinutesAt(archive, kSecond, now), 2);
  EXPECT_EQ(MinutesAt(archive, kThird, now), 3);
}

TEST_F(ReferenceArchiveTest, AnEntryWithoutSettingsHasThoseOfTheNext) {
  Record(FrozenAfter(1), kFirst);
  Record(FrozenAfter(2), kSecond);
  TakeSettingsFrom(kFirst);
  const Reference now = FrozenAfter(3);
  ReferenceArchive archive;
  ASSERT_TRUE(archive.Load(*store_, now).has_value());
  EXPECT_EQ(MinutesAt(archive, kFirst, now), 2);
  EXPECT_EQ(archive.At(kFirst)->sources->make_up_days_count, true);
}

TEST_F(ReferenceArchiveTest, TheLastWithoutSettingsHasThoseOfNowAndIsFollowedByAnEntry) {
  Record(FrozenAfter(1), kFirst);
  TakeSettingsFrom(kFirst);
  const Reference now = FrozenAfter(3);
  ReferenceArchive archive;
  ASSERT_TRUE(archive.Load(*store_, now).has_value());
  EXPECT_TRUE(archive.IsNew(now)) << "so that a later change of settings is seen";
  StoreBatch batch;
  archive.Record(now, kSecond, batch);
  EXPECT_EQ(MinutesAt(archive, kFirst, now), 3);
}

}  // namespace
}  // namespace tthc
