#include "ingest/registers/book.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "ingest/case/fold.h"
#include "ingest/registers/read.h"

namespace tthc {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<RegisterRow> RowsOf(RegisterId id, std::string_view lines) {
  RegisterChecks checks;
  checks.now = kEndOfTime;
  auto file = ReadRegister(SchemaOf(id), lines, RegisterFormat::kJson, checks, {});
  if (file.has_error()) throw std::runtime_error(file.error().message);
  if (!file->rejected.empty()) throw std::runtime_error(file->rejected.front().reason);
  return std::move(file->rows);
}

// A store in a directory of its own, and a book in front of it.
class Shelf {
 public:
  explicit Shelf(uint64_t most_versions = 1'000'000) : most_versions_(most_versions) {
    const std::filesystem::path memory = "/dev/shm";
    const auto parent = access(memory.c_str(), W_OK) == 0
                            ? memory
                            : std::filesystem::temp_directory_path();
    std::string name = (parent / "tthc_registers_XXXXXX").string();
    dir_ = mkdtemp(name.data());
    Open();
  }
  ~Shelf() {
    store_.reset();
    std::filesystem::remove_all(dir_);
  }

  RegisterBook& book() { return *book_; }
  Store& store() { return *store_; }

  // What a crash leaves is what was committed: the book is made anew from the store.
  void Reopen() {
    store_.reset();
    Open();
  }
  Result<void> Reload() {
    book_ = std::make_unique<RegisterBook>(kOnlyShard, most_versions_);
    return book_->Load(*store_);
  }

  RegisterPutAnswer Put(RegisterId id, std::string_view lines, int64_t recorded) {
    return PutRows(id, RowsOf(id, lines), recorded);
  }
  RegisterPutAnswer PutRows(RegisterId id, std::vector<RegisterRow> rows, int64_t recorded) {
    StoreBatch batch;
    const auto answer = book_->Prepare(id, std::move(rows), Instant{recorded}, batch);
    if (answer.has_error()) throw std::runtime_error(answer.error().message);
    Commit(batch);
    effect = book_->Apply();
    return *answer;
  }
  void Commit(StoreBatch& batch) {
    if (const auto written = store_->Commit(batch, false); !written) {
      throw std::runtime_error(written.error().message);
    }
  }
  std::map<std::string, std::string> Stored() const {
    std::map<std::string, std::string> stored;
    const auto scanned = store_->Scan(Column::kRegisters, "", nullptr,
                                      [&](std::string_view key, std::string_view value) {
                                        stored.emplace(key, value);
                                        return true;
                                      });
    EXPECT_TRUE(scanned.has_value());
    return stored;
  }

  RegisterBook::Effect effect;   // of the last put

 private:
  void Open() {
    StoreOptions options;
    options.dir = dir_ + "/data";
    options.sync = false;
    options.block_cache_bytes = 1 << 20;
    store_ = std::move(Store::Open(options).value());
    const auto loaded = Reload();
    if (!loaded) throw std::runtime_error(loaded.error().message);
  }

  const uint64_t most_versions_;
  std::string dir_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<RegisterBook> book_;
};

std::vector<std::string> KeysAt(const RegisterBook& book, RegisterId id, int64_t known_at) {
  std::vector<std::string> keys;
  book.Visit(id, Instant{known_at}, [&](const RegisterRow& row) { keys.push_back(row.key); });
  return keys;
}
std::string RatingAt(const RegisterBook& book, int64_t known_at) {
  std::string ratings;
  book.Visit(RegisterId::kRatings, Instant{known_at}, [&](const RegisterRow& row) {
    ratings += *TextOf(SchemaOf(RegisterId::kRatings), row, "rating") + " ";
  });
  return ratings;
}

std::string Rating(const std::string& id, const std::string& case_id, const std::string& rating,
                   const std::string& at = "2025-03-01T08:00:00+07:00") {
  return R"({"id":")" + id + R"(","case_id":")" + case_id + R"(","rated_at":")" + at +
         R"(","rating":")" + rating + "\"}\n";
}

// --- versions

TEST(RegisterBook, KeepsEveryVersionAndWhenItWasSaid) {
  Shelf shelf;
  const auto first = shelf.Put(RegisterId::kRatings, Rating("R1", "c", "like"), 10);
  EXPECT_EQ(first.recorded, 1u);
  EXPECT_EQ(first.unchanged, 0u);
  EXPECT_EQ(first.at, Instant{10});
  const auto again = shelf.Put(RegisterId::kRatings,
                               Rating("R1", "c", "like") + Rating("R2", "d", "neutral"), 20);
  EXPECT_EQ(again.recorded, 1u);
  EXPECT_EQ(again.unchanged, 1u);
  shelf.Put(RegisterId::kRatings, Rating("R1", "c", "dislike"), 30);
  shelf.Put(RegisterId::kRatings, R"({"id":"R1","withdrawn":true})", 40);

  for (int reopened = 0; reopened < 2; ++reopened) {
    const RegisterBook& book = shelf.book();
    EXPECT_THAT(KeysAt(book, RegisterId::kRatings, 9), IsEmpty());
    EXPECT_EQ(RatingAt(book, 10), "like ");
    EXPECT_EQ(RatingAt(book, 29), "like neutral ");
    EXPECT_EQ(RatingAt(book, 30), "dislike neutral ");
    EXPECT_EQ(RatingAt(book, 40), "neutral ");
    EXPECT_EQ(RatingAt(book, INT64_MAX), "neutral ");
    const auto versions = book.Versions(RegisterId::kRatings, "R1");
    ASSERT_THAT(versions, SizeIs(3));
    EXPECT_EQ(versions[1].recorded, Instant{30});
    EXPECT_EQ(versions[1].version, 2u);
    EXPECT_FALSE(versions[1].row.withdrawn);
    EXPECT_TRUE(versions[2].row.withdrawn);
    EXPECT_THAT(book.Versions(RegisterId::kRatings, "R9"), IsEmpty());
    EXPECT_THAT(book.Versions(RegisterId::kPayments, "R1"), IsEmpty());
    shelf.Reopen();
  }
}

TEST(RegisterBook, ListsPagesByKeyWithWithdrawnRows) {
  Shelf shelf;
  shelf.Put(RegisterId::kRatings,
            Rating("B", "c", "like") + Rating("A", "c", "like") + Rating("C", "c", "like"), 10);
  shelf.Put(RegisterId::kRatings, R"({"id":"B","withdrawn":true})" "\n" + Rating("D", "c", "like"),
            20);
  const auto keys = [&](int64_t known_at, std::string_view after, size_t limit) {
    std::string text;
    for (const auto& item :
         shelf.book().List(RegisterId::kRatings, Instant{known_at}, after, limit)) {
      text += item.row.key + std::to_string(item.version) + (item.row.withdrawn ? "w " : " ");
    }
    return text;
  };
  EXPECT_EQ(keys(20, "", 10), "A1 B2w C1 D1 ");
  EXPECT_EQ(keys(10, "", 10), "A1 B1 C1 ");
  EXPECT_EQ(keys(20, "", 2), "A1 B2w ");
  EXPECT_EQ(keys(20, "B", 2), "C1 D1 ");
  EXPECT_EQ(keys(20, "BB", 10), "C1 D1 ");
  EXPECT_EQ(keys(20, "D", 10), "");
  EXPECT_EQ(keys(9, "", 10), "");
}

TEST(RegisterBook, GivesBackEveryKindOfValue) {
  Shelf shelf;
  const std::map<RegisterId, std::string> lines = {
      {RegisterId::kProcedures,
       R"({"code":"1.001193","name":"Đăng ký khai sinh","field":"HT","field_name":"Hộ tịch",)"
       R"("level":"commune","units":["H34","H34.01"],"limit_amount":0,"limit_unit":"day",)"
       R"("returns_document":false,"fee":true,"citizens":false,"online":"partial",)"
       R"("service_state":"testing","eligible_full":true,"complete":false,"public":true})"},
      {RegisterId::kPublications,
       R"({"decision":"1/QĐ","procedure":"1.001193","unit":"H34","level":"province","kind":"new",)"
       R"("decided_on":"1990-01-01","effective_on":"2100-12-31",)"
       R"("published_at":"2025-03-01T08:00:00.000001Z","state":"public"})"},
      {RegisterId::kPayments,
       R"({"id":"1","paid_at":"2025-03-01T08:00:00Z","amount_dong":10000000000000,)"
       R"("gateway":"counter","kind":"other","succeeded":true})"},
      {RegisterId::kSyncCounts,
       R"({"unit":"H34","period":"2025-H1","bcqg":0,"synchronised":1000000000})"},
      {RegisterId::kTargets,
       R"({"unit":"H34","year":2025,"target":"score","percent_hundredths":6000,)"
       R"("excluded":["1.001193"],"reason":"lý do"})"},
  };
  for (const auto& [id, line] : lines) shelf.Put(id, line, 10);
  shelf.Reopen();
  for (const auto& [id, line] : lines) {
    const auto items = shelf.book().List(id, kEndOfTime, "", 10);
    ASSERT_THAT(items, SizeIs(1));
    EXPECT_EQ(items[0].row, RowsOf(id, line)[0]) << SchemaOf(id).name;
  }
}

TEST(RegisterBook, KnowsARegisterThatHasNoRows) {
  Shelf shelf;
  EXPECT_FALSE(shelf.book().Kept(RegisterId::kPetitions, kEndOfTime));
  const uint64_t before = shelf.book().change_number();
  shelf.Put(RegisterId::kPetitions, "", 20);
  EXPECT_GT(shelf.book().change_number(), before) << "no row is not the same as no register";
  shelf.Put(RegisterId::kPetitions, "", 10);
  shelf.Put(RegisterId::kPetitions, "", 30);
  for (int reopened = 0; reopened < 2; ++reopened) {
    EXPECT_FALSE(shelf.book().Kept(RegisterId::kPetitions, Instant{9}));
    EXPECT_TRUE(shelf.book().Kept(RegisterId::kPetitions, Instant{10}));
    EXPECT_TRUE(shelf.book().Kept(RegisterId::kPetitions, kEndOfTime));
    EXPECT_FALSE(shelf.book().Kept(RegisterId::kRatings, kEndOfTime));
    shelf.Reopen();
  }
}

TEST(RegisterBook, ARepetitionChangesNothing) {
  Shelf shelf;
  shelf.Put(RegisterId::kRatings, Rating("1", "c", "dislike") + Rating("2", "d", "like"), 10);
  const uint64_t before = shelf.book().change_number();
  for (int64_t at = 20; at < 30; ++at) {
    const auto answer = shelf.Put(RegisterId::kRatings,
                                  Rating("2", "d", "like") + Rating("1", "c", "dislike"), at);
    EXPECT_EQ(answer.recorded, 0u);
    EXPECT_EQ(answer.unchanged, 2u);
    EXPECT_THAT(shelf.effect.cases, IsEmpty());
  }
  EXPECT_EQ(shelf.book().change_number(), before);
  EXPECT_THAT(shelf.book().Versions(RegisterId::kRatings, "1"), SizeIs(1));
}

TEST(RegisterBook, WhatWasSaidAgainLaterStandsAgainBehindALateComer) {
  Shelf shelf;
  shelf.Put(RegisterId::kRatings, Rating("1", "c", "like"), 10);
  shelf.Put(RegisterId::kRatings, Rating("1", "c", "like"), 20);
  shelf.Put(RegisterId::kRatings, Rating("1", "c", "like"), 30);
  shelf.Reopen();
  shelf.Put(RegisterId::kRatings, Rating("1", "c", "dislike"), 15);
  for (int reopened = 0; reopened < 2; ++reopened) {
    EXPECT_EQ(RatingAt(shelf.book(), 14), "like ");
    EXPECT_EQ(RatingAt(shelf.book(), 19), "dislike ");
    EXPECT_EQ(RatingAt(shelf.book(), 20), "like ");
    EXPECT_EQ(RatingAt(shelf.book(), 31), "like ");
    shelf.Reopen();
  }
  // The later of two puts of one time counts.
  shelf.Put(RegisterId::kRatings, Rating("1", "c", "neutral"), 15);
  EXPECT_EQ(RatingAt(shelf.book(), 15), "neutral ");
  EXPECT_EQ(RatingAt(shelf.book(), 20), "like ");
  EXPECT_THAT(shelf.book().Versions(RegisterId::kRatings, "1"), SizeIs(3));
}

TEST(RegisterBook, OfTwoRowsWithOneKeyTheLaterCounts) {
  Shelf shelf;
  auto rows = RowsOf(RegisterId::kRatings, Rating("1", "c", "like"));
  rows.push_back(RowsOf(RegisterId::kRatings, Rating("1", "c", "dislike"))[0]);
  EXPECT_EQ(shelf.PutRows(RegisterId::kRatings, rows, 10).recorded, 1u);
  EXPECT_EQ(RatingAt(shelf.book(), 10), "dislike ");
}

// --- the batch

TEST(RegisterBook, ShowsNothingBeforeItIsApplied) {
  Shelf shelf;
  shelf.Put(RegisterId::kRatings, Rating("1", "c", "like"), 10);
  const uint64_t before = shelf.book().change_number();
  StoreBatch batch;
  ASSERT_TRUE(shelf.book()
                  .Prepare(RegisterId::kRatings,
                           RowsOf(RegisterId::kRatings,
                                  Rating("1", "c", "dislike") + Rating("2", "d", "dislike")),
                           Instant{20}, batch)
                  .has_value());
  ASSERT_TRUE(shelf.book().Prepare(RegisterId::kPetitions, {}, Instant{20}, batch).has_value());
  EXPECT_FALSE(batch.empty());
  const auto unchanged = [&] {
    EXPECT_EQ(RatingAt(shelf.book(), INT64_MAX), "like ");
    EXPECT_EQ(shelf.book().LinksOf("c", kEndOfTime, kEndOfTime), 0);
    EXPECT_FALSE(shelf.book().Kept(RegisterId::kPetitions, kEndOfTime));
    EXPECT_EQ(shelf.book().change_number(), before);
  };
  unchanged();
  shelf.book().Forget();
  unchanged();
  EXPECT_THAT(shelf.book().Apply().cases, IsEmpty());
  unchanged();
  // The next put is as if the forgotten one had never been.
  shelf.Put(RegisterId::kRatings, Rating("2", "d", "neutral"), 30);
  shelf.Reopen();
  EXPECT_EQ(RatingAt(shelf.book(), INT64_MAX), "like neutral ");
}

TEST(RegisterBook, RefusesMoreVersionsThanTheSettingAllows) {
  Shelf shelf(3);
  shelf.Put(RegisterId::kRatings, Rating("1", "c", "like") + Rating("2", "c", "like"), 10);
  StoreBatch batch;
  const auto refused = shelf.book().Prepare(
      RegisterId::kPetitions,
      RowsOf(RegisterId::kPetitions,
             R"({"id":"1","unit":"H34","sent_at":"20250301080000"})" "\n"
             R"({"id":"2","unit":"H34","sent_at":"20250301080000"})"),
      Instant{20}, batch);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
  EXPECT_THAT(refused.error().message,
              AllOf(HasSubstr("limits.register_rows (3)"), HasSubstr("2 versions")));
  EXPECT_TRUE(batch.empty());
  shelf.book().Apply();
  EXPECT_FALSE(shelf.book().Kept(RegisterId::kPetitions, kEndOfTime));
  // What takes no room is taken, and what fits.
  EXPECT_EQ(shelf.Put(RegisterId::kRatings, Rating("1", "c", "like"), 30).unchanged, 1u);
  shelf.Put(RegisterId::kRatings, Rating("2", "c", "dislike"), 10);
  shelf.Put(RegisterId::kRatings, Rating("1", "c", "dislike"), 40);
  EXPECT_THROW(shelf.Put(RegisterId::kRatings, Rating("1", "c", "like"), 50), std::runtime_error);
  shelf.Reopen();
  EXPECT_THROW(shelf.Put(RegisterId::kRatings, Rating("1", "c", "like"), 50), std::runtime_error);
}

// --- links

constexpr std::string_view kPetitionHead =
    R"({"unit":"H34","sent_at":"2025-03-01T08:00:00+07:00",)";

TEST(RegisterBook, LinksCasesWithWhatStandsOfThem) {
  Shelf shelf;
  EXPECT_EQ(shelf.book().LinksOf("c", kEndOfTime, kEndOfTime), 0);
  const std::string head(kPetitionHead);
  shelf.Put(RegisterId::kPetitions,
            head + R"("id":"1","case_id":"c"})" "\n" + head + R"("id":"2"})", 10);
  EXPECT_EQ(shelf.book().LinksOf("c", kEndOfTime, kEndOfTime), kLinkComplained);
  EXPECT_EQ(shelf.book().LinksOf("", kEndOfTime, kEndOfTime), 0);
  EXPECT_EQ(shelf.book().LinksOf("c", Instant{9}, kEndOfTime), 0);
  ASSERT_THAT(shelf.effect.cases, SizeIs(1));
  EXPECT_EQ(shelf.effect.cases[0].case_id, "c");
  EXPECT_EQ(shelf.effect.cases[0].before, 0);

  const auto pay = [&](const std::string& id, const std::string& more, int64_t at) {
    shelf.Put(RegisterId::kPayments,
              R"({"id":")" + id + R"(","case_id":"c","paid_at":"20250301080000",)" + more + "}",
              at);
  };
  pay("1", R"("gateway":"counter","amount_dong":1)", 20);
  EXPECT_EQ(shelf.book().LinksOf("c", kEndOfTime, kEndOfTime), kLinkComplained);
  EXPECT_THAT(shelf.effect.cases, IsEmpty());
  pay("2", R"("gateway":"local","succeeded":false)", 30);
  EXPECT_EQ(shelf.book().LinksOf("c", kEndOfTime, kEndOfTime), kLinkComplained);
  pay("2", R"("gateway":"local","amount_dong":1)", 40);
  EXPECT_EQ(shelf.book().LinksOf("c", kEndOfTime, kEndOfTime), kLinkComplained | kLinkPaidOnline);
  ASSERT_THAT(shelf.effect.cases, SizeIs(1));
  EXPECT_EQ(shelf.effect.cases[0].before, kLinkComplained);
  EXPECT_EQ(shelf.book().LinksOf("c", Instant{39}, kEndOfTime), kLinkComplained);

  shelf.Put(RegisterId::kPetitions, head + R"("id":"1","case_id":"d"})", 50);
  EXPECT_THAT(shelf.effect.cases, SizeIs(2)) << "it moved from one case to another";
  EXPECT_EQ(shelf.book().LinksOf("c", kEndOfTime, kEndOfTime), kLinkPaidOnline);
  EXPECT_EQ(shelf.book().LinksOf("d", kEndOfTime, kEndOfTime), kLinkComplained);
  shelf.Reopen();
  EXPECT_EQ(shelf.book().LinksOf("c", Instant{49}, kEndOfTime), kLinkComplained | kLinkPaidOnline);
  EXPECT_EQ(shelf.book().LinksOf("d", Instant{49}, kEndOfTime), 0);
  EXPECT_EQ(shelf.book().LinksOf("d", kEndOfTime, kEndOfTime), kLinkComplained);
  shelf.Put(RegisterId::kPetitions, R"({"id":"1","withdrawn":true})", 60);
  EXPECT_EQ(shelf.book().LinksOf("d", kEndOfTime, kEndOfTime), 0);
}

TEST(RegisterBook, TheLatestRatingOfACaseCounts) {
  Shelf shelf;
  shelf.Put(RegisterId::kRatings,
            Rating("2", "c", "dislike", "2025-03-02T08:00:00Z") +
                Rating("3", "c", "like", "2025-03-01T08:00:00Z"),
            10);
  EXPECT_EQ(shelf.book().LinksOf("c", kEndOfTime, kEndOfTime), kLinkDisliked);
  shelf.Put(RegisterId::kRatings, Rating("3", "c", "like", "2025-03-02T08:00:00Z"), 20);
  EXPECT_EQ(shelf.book().LinksOf("c", kEndOfTime, kEndOfTime), 0) << "of one time: by key";
  shelf.Put(RegisterId::kRatings, Rating("1", "c", "dislike", "2025-03-02T08:00:00Z"), 30);
  EXPECT_EQ(shelf.book().LinksOf("c", kEndOfTime, kEndOfTime), 0);
  shelf.Put(RegisterId::kRatings, R"({"id":"3","withdrawn":true})", 40);
  EXPECT_EQ(shelf.book().LinksOf("c", kEndOfTime, kEndOfTime), kLinkDisliked);
}

TEST(RegisterBook, WhatIsDatedAfterTheMomentAskedHadNotHappened) {
  Shelf shelf;
  const auto on = [](const char* day) {
    return ParseInstant("2025-03-" + std::string(day) + "T00:00:00Z").value();
  };
  shelf.Put(RegisterId::kRatings,
            Rating("1", "c", "like", "2025-03-01T00:00:00Z") +
                Rating("2", "c", "dislike", "2025-03-03T00:00:00Z"),
            10);
  shelf.Put(RegisterId::kPayments,
            R"({"id":"1","case_id":"c","paid_at":"2025-03-02T00:00:00Z","gateway":"local",)"
            R"("amount_dong":1})",
            20);
  shelf.Put(RegisterId::kPetitions,
            R"({"id":"1","unit":"H34","sent_at":"2025-03-04T00:00:00Z","case_id":"c"})", 30);
  const auto links = [&](Instant by) { return shelf.book().LinksOf("c", kEndOfTime, by); };
  EXPECT_EQ(links(on("01")), 0) << "the latest rating by then is a like";
  EXPECT_EQ(links(on("02") - 1), 0);
  EXPECT_EQ(links(on("02")), kLinkPaidOnline);
  EXPECT_EQ(links(on("03")), kLinkPaidOnline | kLinkDisliked);
  EXPECT_EQ(links(on("04")), kLinkPaidOnline | kLinkDisliked | kLinkComplained);
  EXPECT_EQ(shelf.book().LinksOf("c", Instant{19}, on("04")), kLinkDisliked) << "not known then";
}

// --- catalogue

std::shared_ptr<const ProcedureCatalogue> Shipped() {
  Procedure one;
  one.code = "1.000001";
  one.name = "shipped one";
  Procedure two = one;
  two.code = "1.000002";
  two.name = "shipped two";
  return ProcedureCatalogue::Of({one, two});
}
std::string ProcedureLine(const std::string& code, const std::string& name) {
  return R"({"code":")" + code + R"(","name":")" + name + "\",\"level\":\"commune\"}\n";
}
std::vector<std::string> NamesIn(const ProcedureCatalogue& catalogue) {
  std::vector<std::string> names;
  for (const Procedure& procedure : catalogue.all()) names.push_back(procedure.name);
  return names;
}

TEST(RegisterBook, PutsItsProceduresBeforeTheShippedOnes) {
  Shelf shelf;
  const auto shipped = Shipped();
  const auto at = [&](Instant known_at) {
    return NamesIn(*shelf.book().CatalogueAt(known_at, shipped));
  };
  EXPECT_EQ(shelf.book().CatalogueAt(kEndOfTime, shipped), shipped);
  shelf.Put(RegisterId::kProcedures,
            ProcedureLine("1.000002", "own two") + ProcedureLine("1.000003", "own three"), 10);
  EXPECT_TRUE(shelf.effect.catalogue);
  EXPECT_THAT(at(kEndOfTime), ElementsAre("own two", "own three", "shipped one"));
  EXPECT_EQ(shelf.book().CatalogueAt(kEndOfTime, shipped)->Find("1.000002")->name, "own two");
  EXPECT_EQ(shelf.book().CatalogueAt(Instant{9}, shipped), shipped);
  EXPECT_EQ(shelf.book().CatalogueAt(kEndOfTime, shipped),
            shelf.book().CatalogueAt(Instant{10}, shipped))
      << "the latest is made once";

  shelf.Put(RegisterId::kProcedures, R"({"code":"1.000002","withdrawn":true})", 20);
  EXPECT_TRUE(shelf.effect.catalogue);
  EXPECT_THAT(at(kEndOfTime), ElementsAre("own three", "shipped one", "shipped two"));
  EXPECT_THAT(at(Instant{19}), ElementsAre("own two", "own three", "shipped one"));
  const auto other = ProcedureCatalogue::Of({});
  EXPECT_THAT(NamesIn(*shelf.book().CatalogueAt(kEndOfTime, other)), ElementsAre("own three"));

  shelf.Put(RegisterId::kProcedures, ProcedureLine("1.000003", "own three"), 30);
  EXPECT_FALSE(shelf.effect.catalogue);
  shelf.Put(RegisterId::kProcedures, ProcedureLine("1.000003", "older three"), 5);
  EXPECT_FALSE(shelf.effect.catalogue) << "what stands now is the same";
  EXPECT_THAT(at(Instant{9}), ElementsAre("older three", "shipped one", "shipped two"));
  EXPECT_THAT(at(Instant{10}), ElementsAre("own two", "own three", "shipped one"));
  shelf.Reopen();
  EXPECT_THAT(at(kEndOfTime), ElementsAre("own three", "shipped one", "shipped two"));
}

// --- the stored format

std::string Bytes(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

TEST(RegisterStore, HasTheseBytes) {
  Shelf shelf;
  shelf.Put(RegisterId::kEformCopies,
            R"({"unit":"H34","offered":true,"since":"2000-01-01"})" "\n"
            R"({"unit":"H35","withdrawn":true})",
            5);
  shelf.Put(RegisterId::kEformCopies,
            R"({"unit":"H35","withdrawn":true})" "\n"
            R"({"unit":"H34","offered":true,"since":"2000-01-01"})",
            6);
  shelf.Put(RegisterId::kRatings, Rating("R", "c", "like", "2000-01-01T00:00:00Z"), -1);
  shelf.Put(RegisterId::kRatings, Rating("R", "c", "like", "2000-01-01T00:00:00.000001Z"), 0);
  shelf.Put(RegisterId::kSyncCounts, R"({"unit":"H34","period":"2025-Q1","bcqg":0,"portal":40})",
            7);
  shelf.Put(RegisterId::kTargets,
            R"({"unit":"H34","year":2025,"target":"score","percent_hundredths":50,)"
            R"("excluded":["1.001193","9"],"reason":"r"})",
            8);
  const std::map<std::string, std::string> expected = {
      // register 6: first put at 5; two rows of version 1; both said again at 6
      {Bytes("0000066b"), Bytes("01" "0a")},
      {Bytes("00000672" "00000000" "8000000000000005"),
       Bytes("01" "03483334" "00" "07" "03483334" "01" "9aab01")},
      {Bytes("00000672" "00000001" "8000000000000005"),
       Bytes("01" "03483335" "01" "01" "03483335")},
      {Bytes("00000673" "0000000000000000"), Bytes("01" "0c" "00" "02")},
      // register 4: 946684800 s, then 946684800000001 us
      {Bytes("0000046b"), Bytes("01" "01")},
      {Bytes("00000472" "00000000" "7fffffffffffffff"),
       Bytes("01" "0152" "00" "0f" "0152" "0163" "809cd48d0e" "046c696b65")},
      {Bytes("00000472" "00000000" "8000000000000000"),
       Bytes("01" "0152" "00" "0f" "0152" "0163" "8580fee6ce80dd06" "046c696b65")},
      // register 7: key "H34|2025-Q1|"; from day 20089, 89 days after it
      {Bytes("0000076b"), Bytes("01" "0e")},
      {Bytes("00000772" "00000000" "8000000000000007"),
       Bytes("01" "0c4833347c323032352d51317c" "00" "1b" "03483334" "f2b902" "59" "00" "50")},
      // register 8: key "H34|2025|score"
      {Bytes("0000086b"), Bytes("01" "10")},
      {Bytes("00000872" "00000000" "8000000000000008"),
       Bytes("01" "0e4833347c323032357c73636f7265" "00" "3f" "03483334" "d21f" "0573636f7265"
             "64" "02" "08312e303031313933" "0139" "0172")},
  };
  const auto stored = shelf.Stored();
  for (const auto& [key, value] : expected) {
    const auto found = stored.find(key);
    ASSERT_NE(found, stored.end()) << testing::PrintToString(key);
    EXPECT_EQ(found->second, value) << testing::PrintToString(key);
  }
  EXPECT_EQ(stored.size(), expected.size());
}

TEST(RegisterStore, SaysWhatDoesNotRead) {
  const std::string row_key = Bytes("00000672" "00000000" "8000000000000005");
  const std::string good = Bytes("01" "03483334" "00" "03" "03483334" "01");
  struct Bad {
    std::string key;
    std::string value;
    std::string message;
  };
  const std::vector<Bad> bad = {
      {row_key, Bytes("02" "03483334" "00" "03" "03483334" "01"),
       "register eform-copies: a stored value is of format 2, this version reads 1"},
      {row_key, "", "format 0"},
      {row_key, Bytes("01" "03483334"), "row 0, recorded 1970-01-01T07:00:00.000005+07:00: the "
                                        "stored version does not read as one"},
      {row_key, Bytes("01" "0f483334"), "does not read as one"},
      {row_key, Bytes("01" "03483334" "02" "03" "03483334" "01"), "does not read as one"},
      {row_key, Bytes("01" "03483334" "00" "13" "03483334" "01" "00"), "does not read as one"},
      {row_key, Bytes("01" "03483334" "00" "03" "03483334" "02"), "does not read as one"},
      {row_key, good + "x", "does not read as one"},
      {row_key, good.substr(0, good.size() - 1), "does not read as one"},
      {row_key.substr(0, row_key.size() - 1), good, "key of a stored row"},
      {row_key + "x", good, "key of a stored row"},
      {Bytes("00000672" "00000001" "8000000000000005"), good, "a row before it is missing"},
      {Bytes("00000972" "00000000" "8000000000000005"), good, "register 9"},
      {Bytes("00000072"), good, "register 0"},
      {Bytes("0000067a"), Bytes("01" "0a"), "first put"},
      {Bytes("0000066b"), Bytes("01" "0a" "0a"), "first put"},
      {Bytes("0000066b"), Bytes("01"), "first put"},
      {Bytes("00000673" "0000000000000000"), Bytes("01" "0c" "00" "01"), "ranges of rows"},
      {Bytes("00000673" "00"), Bytes("01" "0c"), "repetition"},
      {Bytes("00000772" "00000000" "8000000000000007"),
       Bytes("01" "01" "48" "00" "02" "f2b902" "ffffffffffffffff7f"), "sync-counts: row 0"},
      {Bytes("00000872" "00000000" "8000000000000007"),
       Bytes("01" "01" "48" "00" "10" "ffffffff0f"), "targets: row 0"},
  };
  for (const Bad& each : bad) {
    SCOPED_TRACE(testing::PrintToString(each.key) + testing::PrintToString(each.value));
    Shelf shelf;
    StoreBatch batch;
    batch.Put(Column::kRegisters, each.key, each.value);
    shelf.Commit(batch);
    const auto loaded = shelf.Reload();
    ASSERT_TRUE(loaded.has_error());
    EXPECT_EQ(loaded.error().kind, ErrorKind::kCorrupt);
    EXPECT_THAT(loaded.error().message, HasSubstr(each.message));
  }
  Shelf shelf;
  StoreBatch batch;
  batch.Put(Column::kRegisters, row_key, good);
  batch.Put(Column::kRegisters, Bytes("0001ff"), "of another shard");
  shelf.Commit(batch);
  EXPECT_TRUE(shelf.Reload().has_value());
  EXPECT_THAT(KeysAt(shelf.book(), RegisterId::kEformCopies, 5), ElementsAre("H34"));
}

TEST(RegisterStore, RefusesOneKeyInTwoRows) {
  Shelf shelf;
  StoreBatch batch;
  const std::string good = Bytes("01" "03483334" "00" "03" "03483334" "01");
  batch.Put(Column::kRegisters, Bytes("00000672" "00000000" "8000000000000005"), good);
  batch.Put(Column::kRegisters, Bytes("00000672" "00000001" "8000000000000005"), good);
  shelf.Commit(batch);
  const auto loaded = shelf.Reload();
  ASSERT_TRUE(loaded.has_error());
  EXPECT_THAT(loaded.error().message, HasSubstr("row 1"));
}

// --- readers beside the writer

TEST(RegisterBook, IsReadWhileItIsWritten) {
  Shelf shelf;
  std::atomic<bool> done = false;
  std::jthread reader([&] {
    while (!done) {
      // A put sets both to the same.
      std::set<std::string> ratings;
      shelf.book().Visit(RegisterId::kRatings, kEndOfTime, [&](const RegisterRow& row) {
        ratings.insert(*TextOf(SchemaOf(RegisterId::kRatings), row, "rating"));
      });
      EXPECT_LE(ratings.size(), 1u);
      shelf.book().LinksOf("c", kEndOfTime, kEndOfTime);
      shelf.book().CatalogueAt(kEndOfTime, nullptr);
    }
  });
  for (int64_t i = 0; i < 300; ++i) {
    const std::string rating = i % 2 == 0 ? "like" : "dislike";
    shelf.Put(RegisterId::kRatings, Rating("1", "c", rating) + Rating("2", "d", rating), i);
  }
  done = true;
}

// --- any puts, in any order of their recorded times, against a plain model

struct RowStep {
  int key = 0;
  int about = 0;   // case
  int value = 0;   // 0 withdrawn, 1 like, 2 dislike at one time, 3 dislike at another
};
struct Step {
  int kind = 0;    // 0 reopen, 1 prepared and forgotten, else put
  int recorded = 0;
  bool payments = false;
  std::vector<RowStep> rows;
};

// RapidCheck finds it by argument-dependent look-up.
void showValue(const Step& step, std::ostream& out) {
  out << (step.kind == 0 ? "reopen" : step.kind == 1 ? "forgotten" : "put")
      << (step.payments ? " payments" : " ratings") << " at " << step.recorded << ":";
  for (const RowStep& row : step.rows) {
    out << " " << row.key << "=" << row.value << "@" << row.about;
  }
  out << "\n";
}

// RapidCheck scales ranges by the size, which is small here for the lists' sake.
rc::Gen<int> Below(int end) {
  return rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, end));
}

rc::Gen<Step> GenStep() {
  const auto row = rc::gen::build<RowStep>(rc::gen::set(&RowStep::key, Below(3)),
                                           rc::gen::set(&RowStep::about, Below(2)),
                                           rc::gen::set(&RowStep::value, Below(4)));
  return rc::gen::build<Step>(
      rc::gen::set(&Step::kind, Below(10)), rc::gen::set(&Step::recorded, Below(10)),
      rc::gen::set(&Step::payments, rc::gen::weightedElement<bool>({{3, false}, {1, true}})),
      rc::gen::set(&Step::rows,
                   rc::gen::resize(4, rc::gen::container<std::vector<RowStep>>(row))));
}

RegisterId IdOf(const Step& step) {
  return step.payments ? RegisterId::kPayments : RegisterId::kRatings;
}
RegisterRow RowOf(const Step& step, const RowStep& row) {
  const std::string head = R"({"id":")" + std::to_string(row.key) + "\",";
  const std::string about = R"("case_id":"c)" + std::to_string(row.about) + "\",";
  const std::vector<std::string> ratings = {
      R"("withdrawn":true})", R"("rated_at":"20250301080000","rating":"like"})",
      R"("rated_at":"20250301080000","rating":"dislike"})",
      R"("rated_at":"20250302080000","rating":"dislike"})"};
  const std::vector<std::string> payments = {
      R"("withdrawn":true})", R"("paid_at":"20250301080000","gateway":"counter","amount_dong":1})",
      R"("paid_at":"20250301080000","gateway":"local","amount_dong":1})",
      R"("paid_at":"20250301080000","gateway":"local","succeeded":false})"};
  const auto value = static_cast<size_t>(row.value);
  return RowsOf(IdOf(step), head + about + (step.payments ? payments : ratings)[value])[0];
}

// Puts as they came; everything is read from all of them again.
class Model {
 public:
  struct Said {
    RowStep step;
    RegisterRow row;
  };
  using Standing = std::map<std::string, Said>;

  void Put(const Step& step) {
    Standing rows;
    for (const RowStep& row : step.rows) {
      RegisterRow made = RowOf(step, row);
      rows[made.key] = {row, made};
    }
    puts_.push_back({IdOf(step), step.recorded, std::move(rows)});
  }
  bool Kept(RegisterId id, int64_t known_at) const {
    return std::any_of(puts_.begin(), puts_.end(), [&](const One& put) {
      return put.id == id && put.recorded <= known_at;
    });
  }
  // By key, withdrawn ones as well: the one recorded last, of several the one that came last.
  Standing At(RegisterId id, int64_t known_at) const {
    std::vector<const One*> known;
    for (const One& put : puts_) {
      if (put.id == id && put.recorded <= known_at) known.push_back(&put);
    }
    std::stable_sort(known.begin(), known.end(),
                     [](const One* a, const One* b) { return a->recorded < b->recorded; });
    Standing standing;
    for (const One* put : known) {
      for (const auto& [key, said] : put->rows) standing[key] = said;
    }
    return standing;
  }
  CaseLinks Links(int about, int64_t known_at) const {
    unsigned links = 0;
    int latest = 0;   // 1 like, 2 dislike, 3 later dislike: the key decides between 1 and 2
    for (const auto& [key, said] : At(RegisterId::kRatings, known_at)) {
      if (said.step.about != about || said.step.value == 0) continue;
      latest = said.step.value == 3 || latest == 3 ? 3 : said.step.value;
    }
    if (latest > 1) links |= kLinkDisliked;
    for (const auto& [key, said] : At(RegisterId::kPayments, known_at)) {
      if (said.step.about == about && said.step.value == 2) links |= kLinkPaidOnline;
    }
    return static_cast<CaseLinks>(links);
  }

 private:
  struct One {
    RegisterId id;
    int64_t recorded;
    Standing rows;
  };
  std::vector<One> puts_;
};

constexpr RegisterId kBoth[] = {RegisterId::kRatings, RegisterId::kPayments};
constexpr int kCases = 2;

void Compare(const RegisterBook& book, const Model& model) {
  for (const int64_t at : {-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}) {
    for (const RegisterId id : kBoth) {
      RC_ASSERT(book.Kept(id, Instant{at}) == model.Kept(id, at));
      std::vector<RegisterRow> all, standing;
      for (const auto& [key, said] : model.At(id, at)) {
        all.push_back(said.row);
        if (!said.row.withdrawn) standing.push_back(said.row);
      }
      std::vector<RegisterRow> visited, listed;
      book.Visit(id, Instant{at}, [&](const RegisterRow& row) { visited.push_back(row); });
      for (const auto& item : book.List(id, Instant{at}, "", 100)) listed.push_back(item.row);
      RC_ASSERT(visited == standing);
      RC_ASSERT(listed == all);
    }
    for (int about = 0; about < kCases; ++about) {
      const CaseLinks links =
          book.LinksOf("c" + std::to_string(about), Instant{at}, kEndOfTime);
      RC_ASSERT(links == model.Links(about, at));
    }
  }
  for (const RegisterId id : kBoth) {
    for (int key = 0; key < 4; ++key) {
      const auto versions = book.Versions(id, std::to_string(key));
      for (size_t i = 0; i < versions.size(); ++i) {
        RC_ASSERT(versions[i].version == i + 1);
        RC_ASSERT(i == 0 || versions[i - 1].recorded < versions[i].recorded);
      }
    }
  }
}

// The rows of a step without those that a later one of the same key replaces.
Step WithoutRepeatedKeys(Step step) {
  std::map<int, RowStep> rows;
  for (const RowStep& row : step.rows) rows[row.key] = row;
  step.rows.clear();
  for (const auto& [key, row] : rows) step.rows.push_back(row);
  return step;
}

void PutAndCompare(Shelf& shelf, Model& model, const Step& step) {
  const auto stood = model.At(IdOf(step), step.recorded);
  std::array<CaseLinks, kCases> before{};
  for (int about = 0; about < kCases; ++about) {
    before[static_cast<size_t>(about)] = model.Links(about, INT64_MAX);
  }
  std::vector<RegisterRow> rows;
  uint64_t unchanged = 0;
  for (const RowStep& row : step.rows) {
    rows.push_back(RowOf(step, row));
    const auto said = stood.find(rows.back().key);
    unchanged += said != stood.end() && said->second.row == rows.back();
  }
  model.Put(step);
  const size_t count = rows.size();
  const auto answer = shelf.PutRows(IdOf(step), std::move(rows), step.recorded);
  RC_ASSERT(answer.unchanged == unchanged);
  RC_ASSERT(answer.recorded == count - unchanged);
  std::map<std::string, CaseLinks> told, expected;
  for (const auto& change : shelf.effect.cases) told[change.case_id] = change.before;
  for (int about = 0; about < kCases; ++about) {
    const CaseLinks was = before[static_cast<size_t>(about)];
    if (model.Links(about, INT64_MAX) != was) expected["c" + std::to_string(about)] = was;
  }
  RC_ASSERT(told == expected);
  RC_ASSERT(shelf.effect.cases.size() == told.size());
}

RC_GTEST_PROP(RegisterBookProperty, IsTheModelAfterAnyPuts, ()) {
  const auto steps = *rc::gen::resize(20, rc::gen::container<std::vector<Step>>(GenStep()));
  Shelf shelf;
  Model model;
  for (const Step& each : steps) {
    const Step step = WithoutRepeatedKeys(each);
    if (step.kind == 0) {
      RC_ASSERT(shelf.Reload().has_value());
    } else if (step.kind == 1) {
      std::vector<RegisterRow> rows;
      for (const RowStep& row : step.rows) rows.push_back(RowOf(step, row));
      StoreBatch batch;
      RC_ASSERT(
          shelf.book().Prepare(IdOf(step), rows, Instant{step.recorded}, batch).has_value());
      shelf.book().Forget();
    } else {
      PutAndCompare(shelf, model, step);
    }
    Compare(shelf.book(), model);
  }
  shelf.Reopen();
  Compare(shelf.book(), model);
}

}  // namespace
}  // namespace tthc
