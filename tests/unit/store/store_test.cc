#include "ingest/store/store.h"

#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <thread>
#include <unistd.h>

#include "ingest/store/case_book.h"
#include "ingest/store/directory.h"

namespace tthc {
namespace {

using testing::HasSubstr;

class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    std::string name = (std::filesystem::temp_directory_path() / "tthc_store_XXXXXX").string();
    dir_ = mkdtemp(name.data());
  }
  ~StoreTest() override { std::filesystem::remove_all(dir_); }

  Result<std::unique_ptr<Store>> TryOpen(uint64_t floor = 0) {
    StoreOptions options;
    options.dir = dir_ + "/data";
    options.sync = false;
    options.block_cache_bytes = 1 << 20;
    options.free_space_floor_bytes = floor;
    return Store::Open(options);
  }
  std::unique_ptr<Store> Open() {
    auto store = TryOpen();
    EXPECT_TRUE(store.has_value()) << store.error().message;
    return std::move(*store);
  }
  static void Write(Store& store, Column column, const std::string& key, const std::string& value) {
    StoreBatch batch;
    batch.Put(column, key, value);
    ASSERT_TRUE(store.Commit(batch, true).has_value());
  }

  std::string dir_;
};

TEST_F(StoreTest, KeepsWhatWasCommittedInOrder) {
  {
    const auto store = Open();
    for (const uint64_t n : {3, 1, 2}) {
      Write(*store, Column::kLog, NumberKey(0, n), std::to_string(n));
    }
    store->Close();
    StoreBatch late;
    late.Put(Column::kLog, NumberKey(0, 4), "4");
    EXPECT_FALSE(store->Commit(late, true).has_value());
  }
  const auto store = Open();
  std::vector<uint64_t> up, down;
  ASSERT_TRUE(store->Scan(Column::kLog, NumberKey(0, 2), nullptr,
                          [&](std::string_view key, std::string_view) {
                            up.push_back(NumberOf(key));
                            return true;
                          }).has_value());
  EXPECT_THAT(up, testing::ElementsAre(2u, 3u));
  ASSERT_TRUE(store->ScanBackwards(Column::kLog, NumberKey(0, 2),
                                   [&](std::string_view key, std::string_view) {
                                     down.push_back(NumberOf(key));
                                     return true;
                                   }).has_value());
  EXPECT_THAT(down, testing::ElementsAre(2u, 1u));
  const auto many = store->GetMany(Column::kLog, {NumberKey(0, 9), NumberKey(0, 1)});
  ASSERT_TRUE(many.has_value());
  EXPECT_EQ((*many)[0], std::nullopt);
  EXPECT_EQ((*many)[1], "1");
}

TEST_F(StoreTest, AViewDoesNotMove) {
  const auto store = Open();
  Write(*store, Column::kActive, CaseKey(0, "a"), "before");
  const auto view = store->View();
  Write(*store, Column::kActive, CaseKey(0, "a"), "after");
  std::string seen;
  ASSERT_TRUE(store->Scan(Column::kActive, CaseKey(0, ""), view.get(),
                          [&](std::string_view, std::string_view value) {
                            seen = value;
                            return true;
                          }).has_value());
  EXPECT_EQ(seen, "before");
}

TEST_F(StoreTest, ANewerFormatIsRefused) {
  {
    const auto store = Open();
    Write(*store, Column::kFacts, "format", std::to_string(kStoreFormat + 1));
  }
  const auto refused = TryOpen();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("format " + std::to_string(kStoreFormat + 1)));
}

TEST_F(StoreTest, ASecondProgramIsToldThatAnotherHasItOpen) {
  const auto store = Open();
  const auto refused = TryOpen();
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, HasSubstr("another tthcmon has it open"));
}

// RocksDB ends the process where a column is left open.
TEST_F(StoreTest, WhereAcknowledgedCannotBeWrittenItIsNotOpenedAndSaysSo) {
  Open().reset();
  std::filesystem::remove(dir_ + "/data/ACKNOWLEDGED");
  std::filesystem::create_directory(dir_ + "/data/ACKNOWLEDGED");
  const auto refused = TryOpen();
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, HasSubstr("ACKNOWLEDGED cannot be written"));
}

TEST_F(StoreTest, ALockThatCannotBeMadeIsNobodyElses) {
  Open().reset();
  std::filesystem::remove(dir_ + "/data/LOCK");
  std::filesystem::create_directory(dir_ + "/data/LOCK");
  const auto refused = TryOpen();
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, testing::Not(HasSubstr("another tthcmon")));
}

TEST_F(StoreTest, AMissingDirectoryIsNamed) {
  StoreOptions options;
  options.dir = dir_ + "/nowhere";
  options.create_if_missing = false;
  const auto refused = Store::Open(options);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, HasSubstr(dir_ + "/nowhere"));
}

// A second failed write of RocksDB's own log ends the process.
TEST_F(StoreTest, RocksDbKeepsNoLogOfItsOwn) {
  { Write(*Open(), Column::kActive, CaseKey(0, "a"), "kept"); }
  Write(*Open(), Column::kActive, CaseKey(0, "b"), "kept");
  for (const auto& file : std::filesystem::directory_iterator(dir_ + "/data")) {
    const std::string name = file.path().filename().string();
    EXPECT_FALSE(name.starts_with("LOG")) << name;
  }
}

// What a power cut leaves of a store that was being made.
TEST_F(StoreTest, AHalfMadeStoreIsMadeAnew) {
  std::filesystem::create_directories(dir_ + "/data");
  for (const char* name : {"IDENTITY", "LOCK", "MANIFEST-000001", "000001.dbtmp"}) {
    std::ofstream(dir_ + "/data/" + name) << "half";
  }
  auto made = TryOpen();
  ASSERT_TRUE(made.has_value()) << made.error().message;
  Write(**made, Column::kActive, CaseKey(0, "a"), "kept");
  made->reset();
  EXPECT_EQ(Open()->Get(Column::kActive, CaseKey(0, "a")).value(), "kept");
}

TEST_F(StoreTest, AStoreThatHeldSomethingIsNotMadeAnew) {
  for (const char* name : {"ACKNOWLEDGED", "000007.log", "000008.sst"}) {
    std::filesystem::remove_all(dir_ + "/data");
    std::filesystem::create_directories(dir_ + "/data");
    std::ofstream(dir_ + "/data/MANIFEST-000005") << "list";
    std::ofstream(dir_ + "/data/" + name) << "something";
    const auto refused = TryOpen();
    ASSERT_FALSE(refused.has_value()) << name;
    EXPECT_EQ(refused.error().kind, ErrorKind::kCorrupt);
    EXPECT_THAT(refused.error().message, HasSubstr("its file CURRENT is missing"));
    EXPECT_TRUE(std::filesystem::exists(dir_ + "/data/" + name)) << "nothing was touched";
  }
}

TEST_F(StoreTest, TakesNoWritesBelowTheFloorOfFreeSpaceButReads) {
  Write(*Open(), Column::kActive, CaseKey(0, "a"), "kept");
  auto store = TryOpen(UINT64_MAX);
  ASSERT_TRUE(store.has_value()) << store.error().message;
  const auto refused = (*store)->Writable();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("store.free_space_floor_bytes"));
  EXPECT_EQ((*store)->Get(Column::kActive, CaseKey(0, "a")).value(), "kept");
  EXPECT_FALSE((*store)->Failed()) << "with room again it goes on";
}

// --- directory

std::shared_ptr<const UnitTree> SmallTree() {
  Unit root;
  root.code = "H34";
  root.name = "Tỉnh Kon Tum";
  root.level = UnitLevel::kProvince;
  return UnitTree::Build({root}).value();
}

TEST_F(StoreTest, NumbersOfTextsOutliveTheProcess) {
  TextId unit = 0, procedure = 0;
  {
    const auto store = Open();
    Directory directory(SmallTree(), {});
    StoreBatch batch;
    unit = directory.Intern(TextKind::kUnit, "H34.77", batch).value();
    procedure = directory.Intern(TextKind::kProcedure, "H34.77", batch).value();
    EXPECT_NE(unit, procedure) << "kinds are apart";
    EXPECT_EQ(directory.Intern(TextKind::kUnit, "H34.77", batch).value(), unit);
    EXPECT_EQ(directory.Intern(TextKind::kUnit, "", batch).value(), 0u);
    ASSERT_TRUE(store->Commit(batch, true).has_value());
  }
  const auto store = Open();
  Directory directory(SmallTree(), {});
  ASSERT_TRUE(directory.Load(*store).has_value());
  EXPECT_EQ(directory.Find(TextKind::kUnit, "H34.77"), unit);
  EXPECT_EQ(directory.Find(TextKind::kProcedure, "H34.77"), procedure);
  EXPECT_EQ(directory.Text(unit), "H34.77");
  const DirectoryView view = directory.View();
  EXPECT_TRUE(view.units->at(view.UnitOf(unit)).provisional);
  EXPECT_EQ(view.UnitOf(procedure), DirectoryView::kNoUnit);
  EXPECT_EQ(view.UnitOf(12345), DirectoryView::kNoUnit);
}

TEST(DirectoryLimit, TextsAndUnknownUnits) {
  StoreBatch batch;
  Directory directory(SmallTree(), {.texts = 3, .provisional_units = 1});
  EXPECT_TRUE(directory.Intern(TextKind::kUnit, "H34.01", batch).has_value());
  const auto unit = directory.Intern(TextKind::kUnit, "H34.02", batch);
  ASSERT_FALSE(unit.has_value());
  EXPECT_THAT(unit.error().message, HasSubstr("limits.units_provisional"));
  EXPECT_TRUE(directory.Intern(TextKind::kUnit, "H34", batch).has_value()) << "a known one";
  EXPECT_TRUE(directory.Intern(TextKind::kField, "a", batch).has_value());
  const auto text = directory.Intern(TextKind::kField, "b", batch);
  ASSERT_FALSE(text.has_value());
  EXPECT_THAT(text.error().message, HasSubstr("limits.dictionary_entries"));
  EXPECT_TRUE(directory.Intern(TextKind::kField, "a", batch).has_value()) << "a known one";
}

TEST(DirectoryLimit, ARefusedTextLeavesNoUnitBehind) {
  StoreBatch batch;
  Directory directory(SmallTree(), {.texts = 0, .provisional_units = 10});
  EXPECT_FALSE(directory.Intern(TextKind::kUnit, "H34.01", batch).has_value());
  EXPECT_EQ(directory.View().units->size(), 1u);
}

// --- the book of cases

StoredCase Version(uint64_t version) {
  StoredCase stored;
  stored.end_day = static_cast<int32_t>(version);
  return stored;
}

void WriteRun(CaseBook& book, Store& store, size_t slice) {
  book.BeginRun(1);
  while (book.RunUnderway()) {
    StoreBatch batch;
    book.PutSlice(slice, batch);
    ASSERT_TRUE(store.Commit(batch, false).has_value());
    book.SliceWritten();
  }
}

void PutCase(CaseBook& book, const std::string& id, uint64_t version, bool resting) {
  CaseTag tag;
  tag.resting = resting;
  book.SetTag(book.Put(book.Find(id), id, Version(version)), tag);
}

int32_t VersionOf(const CaseBook& book, const std::string& id) {
  const auto bytes = book.Read(id);
  EXPECT_TRUE(bytes.has_value() && bytes->has_value()) << id;
  return DecodeCaseHead(**bytes).end_day;
}

TEST_F(StoreTest, RestingCasesLeaveMemoryAndComeBack) {
  const auto store = Open();
  CaseBook book(*store, kOnlyShard);
  PutCase(book, "open", 1, false);
  PutCase(book, "resting", 2, true);
  // Leaving may take one run more: a case goes once what was written is certain.
  WriteRun(book, *store, 1);
  WriteRun(book, *store, 1);
  EXPECT_NE(book.Find("open"), nullptr);
  EXPECT_EQ(book.Find("resting"), nullptr);
  EXPECT_EQ(book.hot_count(), 1u);
  EXPECT_EQ(VersionOf(book, "resting"), 2);
  EXPECT_EQ(VersionOf(book, "open"), 1);
  const auto loaded = book.Load({"resting", "unknown"});
  ASSERT_TRUE(loaded.has_value());
  ASSERT_EQ(loaded->size(), 2u);
  EXPECT_EQ((*loaded)[0], book.Find("resting"));
  EXPECT_NE((*loaded)[0], nullptr);
  EXPECT_EQ((*loaded)[1], nullptr);
}

TEST_F(StoreTest, TimersComeInTheOrderOfTime) {
  const auto store = Open();
  CaseBook book(*store, kOnlyShard);
  std::mt19937 random(7);
  std::vector<int64_t> times;
  for (int i = 0; i < 200; ++i) {
    CaseTag tag;
    tag.next_change = Instant{static_cast<int64_t>(random() % 1000)};
    HotCase* hot = book.Put(nullptr, "case" + std::to_string(i), Version(1));
    book.SetTag(hot, tag);
    if (i % 3 == 0) tag.next_change = Instant{static_cast<int64_t>(random() % 1000)};
    if (i % 7 == 0) tag.next_change = kEndOfTime;
    book.SetTag(hot, tag);
    if (tag.next_change != kEndOfTime) times.push_back(tag.next_change.us);
  }
  std::sort(times.begin(), times.end());
  EXPECT_EQ(book.FirstDue(Instant{times.front() - 1}), nullptr);
  for (const int64_t time : times) {
    EXPECT_EQ(book.NextTimer(), Instant{time});
    HotCase* hot = book.FirstDue(Instant{time});
    ASSERT_NE(hot, nullptr);
    book.SetTag(hot, CaseTag());
  }
  EXPECT_EQ(book.NextTimer(), std::nullopt);
}

// While one thread inserts, changes, writes, lets go and brings back, a scan sees every case that
// was there when it began exactly once and whole.
TEST_F(StoreTest, AScanSeesEveryCaseOnceWhileTheWriterWorks) {
  constexpr int kFirstCases = 300;
  constexpr int kRounds = 150;
  const auto store = Open();
  CaseBook book(*store, kOnlyShard);
  const auto id_of = [](int n) { return "H34.01-250101-" + std::to_string(10000 + n); };
  for (int n = 0; n < kFirstCases; ++n) PutCase(book, id_of(n), 1, n % 2 == 0);
  WriteRun(book, *store, 50);

  std::atomic<int> inserted = kFirstCases;
  std::atomic<bool> done = false;
  std::thread writer([&] {
    std::mt19937 random(42);
    for (int r = 2; r <= kRounds; ++r) {
      std::set<std::string> ids;
      for (int i = 0; i < 20; ++i) {
        ids.insert(id_of(static_cast<int>(random() % static_cast<unsigned>(inserted.load()))));
      }
      std::vector<std::string_view> away;
      for (const std::string& id : ids) {
        if (book.Find(id) == nullptr) away.push_back(id);
      }
      EXPECT_TRUE(book.Load(away).has_value());
      for (const std::string& id : ids) {
        PutCase(book, id, static_cast<uint64_t>(r), random() % 2 == 0);
      }
      const int next = inserted.load();
      PutCase(book, id_of(next), static_cast<uint64_t>(r), true);
      inserted = next + 1;
      WriteRun(book, *store, 7);
    }
    done = true;
  });
  int scans = 0;
  bool last = false;
  while (!last) {
    last = done;   // one more scan after the writer ended
    const int at_least = inserted;
    std::map<std::string, int> seen;
    const auto scanned = book.Scan([&](std::string_view id, std::string_view bytes) {
      StoredCase stored;
      EXPECT_TRUE(DecodeCase(bytes, stored).has_value());
      ++seen[std::string(id)];
    });
    EXPECT_TRUE(scanned.has_value());
    EXPECT_GE(seen.size(), static_cast<size_t>(at_least));
    for (const auto& [id, times] : seen) EXPECT_EQ(times, 1) << id;
    for (int n = 0; n < at_least; ++n) EXPECT_EQ(seen.count(id_of(n)), 1u) << n;
    ++scans;
  }
  writer.join();
  EXPECT_GT(scans, 0);
}

}  // namespace
}  // namespace tthc
