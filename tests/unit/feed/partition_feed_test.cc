// What waits of a partition: told in order from the place before, told again after a refusal, never ahead
// of its dead letter.
#include "server/feed/partition_feed.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace tthc {
namespace {

std::vector<int64_t> TellAll(PartitionFeed& feed) {
  std::vector<int64_t> told;
  while (const auto telling = feed.Next()) {
    feed.Told();
    told.push_back(telling->next);
  }
  return told;
}

TEST(PartitionFeed, TellsEachFromThePlaceBefore) {
  PartitionFeed feed(std::nullopt);
  feed.Read(4, 10, false);
  feed.Read(9, 1, false);
  const auto first = feed.Next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->after, std::nullopt);
  EXPECT_EQ(first->next, 5);
  feed.Told();
  const auto second = feed.Next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->after, 5);
  EXPECT_EQ(second->next, 10);
  feed.Told();
  EXPECT_EQ(feed.Next(), std::nullopt);
  EXPECT_EQ(feed.told_records(), 11u);
  feed.Answered(first->number, true);
  EXPECT_EQ(feed.place(), 5);
  EXPECT_EQ(feed.waiting(), 1u);
  feed.Answered(second->number, true);
  EXPECT_EQ(feed.place(), 10);
  EXPECT_EQ(feed.told_records(), 0u);
}

TEST(PartitionFeed, TellsNothingMoreAfterARefusalUntilAllIsAnswered) {
  PartitionFeed feed(7);
  for (const int64_t offset : {7, 8, 9}) feed.Read(offset, 1, false);
  EXPECT_THAT(TellAll(feed), testing::ElementsAre(8, 9, 10));
  feed.Answered(1, false);   // refused at once, before the first is recorded
  EXPECT_FALSE(feed.stands());
  feed.Read(10, 1, false);
  EXPECT_EQ(feed.Next(), std::nullopt);
  feed.Answered(0, true);
  feed.Answered(2, false);
  ASSERT_TRUE(feed.stands());
  EXPECT_EQ(feed.Retry(8), PartitionFeed::Again::kTell);
  EXPECT_EQ(feed.first(), 1u);
  const auto again = feed.Next();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->after, 8);
  EXPECT_THAT(TellAll(feed), testing::ElementsAre(9, 10, 11));
}

TEST(PartitionFeed, ForgetsWhatDoesNotGoOnFromTheStoredPlace) {
  PartitionFeed feed(7);
  feed.Read(9, 1, false);
  feed.Read(12, 1, false);
  TellAll(feed);
  feed.Answered(0, false);
  feed.Answered(1, false);
  EXPECT_EQ(feed.Retry(5), PartitionFeed::Again::kReadAnew);   // somebody set it back
  EXPECT_EQ(feed.waiting(), 0u);
  EXPECT_EQ(feed.first(), 2u);
  EXPECT_EQ(feed.place(), 5);
  EXPECT_EQ(feed.Read(5, 1, false), 2u);
  EXPECT_EQ(feed.Next()->after, 5);
}

TEST(PartitionFeed, WaitsForADeadLetterAndWantsAnotherWhereItFailed) {
  PartitionFeed feed(0);
  feed.Read(0, 1, false);
  feed.Read(1, 1, true);
  feed.Read(2, 1, false);
  EXPECT_THAT(TellAll(feed), testing::ElementsAre(1));
  feed.LetterFailed(1);
  EXPECT_FALSE(feed.stands());
  feed.Answered(0, true);
  ASSERT_TRUE(feed.stands());
  ASSERT_EQ(feed.WantsLetter(), 1u);
  feed.LetterSent(1);
  EXPECT_EQ(feed.WantsLetter(), std::nullopt);
  EXPECT_EQ(feed.Retry(1), PartitionFeed::Again::kTell);
  EXPECT_EQ(feed.Next(), std::nullopt);
  feed.LetterDelivered(1);
  EXPECT_THAT(TellAll(feed), testing::ElementsAre(2, 3));
}

TEST(PartitionFeed, AnAnswerToWhatIsGoneChangesNothing) {
  PartitionFeed feed(0);
  feed.Read(0, 1, false);
  TellAll(feed);
  feed.Answered(0, true);
  feed.Answered(0, false);
  feed.LetterFailed(0);
  feed.Answered(17, false);
  EXPECT_FALSE(feed.stands());
  EXPECT_EQ(feed.place(), 1);
}

// A store that takes a message only from the place it stands at, and refuses at will.
struct FakeStore {
  std::optional<int64_t> place;
  std::map<int64_t, int> recorded;   // next -> times
  bool Take(const PartitionFeed::Telling& telling, bool at_will) {
    if (!at_will || telling.after != place) return false;
    place = telling.next;
    ++recorded[telling.next];
    return true;
  }
};

RC_GTEST_PROP(PartitionFeed, EachMessageIsRecordedOnceWhateverHappens, ()) {
  std::mt19937 random(*rc::gen::arbitrary<uint32_t>());   // a draw of rapidcheck's own for each step takes minutes
  const auto below = [&](uint32_t bound) { return random() % bound; };
  std::vector<int64_t> log;
  for (int64_t offset = -1; log.size() < 30;) log.push_back(offset += 1 + below(3));
  FakeStore store;
  std::optional<PartitionFeed> feed;
  size_t at = 0;
  std::vector<PartitionFeed::Telling> told;   // not answered yet, in order
  std::vector<uint64_t> letters;
  const auto begin = [&] {
    feed.emplace(store.place);
    told.clear();
    letters.clear();
    for (at = 0; at < log.size() && store.place && log[at] < *store.place;) ++at;
  };
  begin();
  for (int step = 0; step < 400 || store.place != log.back() + 1; ++step) {
    const bool calm = step >= 400;   // nothing is refused any more
    switch (below(calm ? 5 : 6)) {
      case 0:
        if (at == log.size()) break;
        if (below(4) != 0) {
          feed->Read(log[at++], 1, false);
        } else {
          letters.push_back(feed->Read(log[at++], 1, true));
        }
        break;
      case 1:
        if (const auto telling = feed->Next()) {
          feed->Told();
          told.push_back(*telling);
        }
        break;
      case 2:   // the queue is full for one that was told last, or the store takes the first
        if (told.empty()) break;
        if (!calm && below(4) == 0) {
          feed->Answered(told.back().number, false);
          told.pop_back();
        } else {
          const bool taken = store.Take(told.front(), true);
          feed->Answered(told.front().number, taken);
          told.erase(told.begin());
        }
        break;
      case 3:
        if (letters.empty()) break;
        if (calm || below(3) != 0) {
          feed->LetterDelivered(letters.front());
        } else {
          feed->LetterFailed(letters.front());
        }
        letters.erase(letters.begin());
        break;
      case 4:
        if (!feed->stands()) break;
        while (const auto number = feed->WantsLetter()) {
          feed->LetterSent(*number);
          letters.push_back(*number);
        }
        if (feed->Retry(store.place) == PartitionFeed::Again::kReadAnew) {
          letters.clear();
          for (at = 0; at < log.size() && store.place && log[at] < *store.place;) ++at;
        }
        break;
      default:   // the process ends; what was told is recorded or not
        if (below(8) != 0) break;
        while (!told.empty() && below(2) == 0) {
          store.Take(told.front(), true);
          told.erase(told.begin());
        }
        begin();
    }
    RC_ASSERT(step < 100'000);
  }
  RC_ASSERT(store.recorded.size() == log.size());
  for (const auto& [next, times] : store.recorded) RC_ASSERT(times == 1);
}

}  // namespace
}  // namespace tthc
