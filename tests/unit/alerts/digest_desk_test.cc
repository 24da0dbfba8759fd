// What waits for a digest and what rings by itself.
#include "server/alerts/digest_desk.h"

#include "alerts_testing.h"

namespace tthc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class DigestDeskTest : public testing::Test {
 protected:
  static DigestPolicy Policy() {
    DigestPolicy policy;
    policy.calendars = CalendarBook::Load({"builtin:calendar_vn.toml"}).value();
    policy.rules = AlertRules::Load("builtin:alerts.toml").value();
    policy.singles_per_minute = 3;
    return policy;
  }

  // Judges one batch; how many of it ring.
  int Ring(const std::vector<std::string>& numbers, const std::string& now,
           const std::string& unit = "H34.01") {
    std::vector<std::shared_ptr<AlertMessage>> messages;
    std::vector<AlertMessage*> batch;
    for (const std::string& number : numbers) {
      messages.push_back(std::make_shared<AlertMessage>(AnAlert(number, unit)));
      messages.back()->seq = ++seq_;
      batch.push_back(messages.back().get());
    }
    desk_.Judge(batch, At(now));
    int rung = 0;
    for (const auto& message : messages) {
      last_held_ = message->held;
      if (message->held == AlertHeld::kNot) {
        ++rung;
      } else {
        desk_.Keep(message, At(now));
      }
    }
    return rung;
  }

  // Takes the digests of that moment as told.
  std::vector<AlertMessage> Digests(const std::string& now) {
    std::vector<AlertMessage> digests;
    if (!desk_.IsDue(At(now))) return digests;
    digests = desk_.Digests(At(now));
    for (const AlertMessage& digest : digests) {
      for (const uint64_t seq : digest.told) desk_.Drop(seq);
    }
    return digests;
  }

  std::map<std::string, Instant> muted_;
  uint64_t seq_ = 0;
  AlertHeld last_held_ = AlertHeld::kNot;
  DigestDesk desk_{Policy(), [this](const std::string& unit, Instant now) {
                     const auto at = muted_.find(unit);
                     return at == muted_.end() || at->second <= now
                                ? std::nullopt
                                : std::optional(at->second);
                   }};
};

TEST_F(DigestDeskTest, FewInOfficeHoursRing) {
  EXPECT_EQ(Ring({"1", "2", "3"}, "2025-03-10 09:00"), 3);
  EXPECT_FALSE(desk_.IsDue(At("2025-03-20 09:00")));
  EXPECT_EQ(desk_.next(), std::nullopt);
}

TEST_F(DigestDeskTest, TheNightWaitsForTheMorning) {
  EXPECT_EQ(Ring({"1", "2"}, "2025-03-14 19:00"), 0);   // Friday
  EXPECT_EQ(last_held_, AlertHeld::kQuietHours);
  EXPECT_EQ(desk_.next(), At("2025-03-17 07:00"));
  EXPECT_THAT(Digests("2025-03-17 06:59:59"), IsEmpty());
  const auto digests = Digests("2025-03-17 07:00");
  ASSERT_EQ(digests.size(), 1u);
  EXPECT_THAT(digests[0].told, ElementsAre(1u, 2u));
  EXPECT_EQ(digests[0].recipient, "H34.01");
  EXPECT_EQ(digests[0].level, AlertLevel::kHead);
  EXPECT_THAT(digests[0].text, HasSubstr("Tổng hợp 2 cảnh báo. Quá hạn: 2."));
  EXPECT_THAT(digests[0].text, HasSubstr("\n– Quá hạn: hồ sơ H34.01-250303-1."));
  EXPECT_EQ(desk_.next(), std::nullopt);
}

TEST_F(DigestDeskTest, ManyAtOnceAreOneDigestAMinuteLater) {
  EXPECT_EQ(Ring({"1", "2", "3", "4"}, "2025-03-10 07:30:05"), 0);
  EXPECT_EQ(last_held_, AlertHeld::kMany);
  EXPECT_EQ(Ring({"5"}, "2025-03-10 07:30:30"), 0) << "the same minute";
  EXPECT_EQ(Ring({"6"}, "2025-03-10 07:30:30", "H34.02"), 1) << "another recipient";
  EXPECT_THAT(Digests("2025-03-10 07:30:59"), IsEmpty());
  const auto digests = Digests("2025-03-10 07:31");
  ASSERT_EQ(digests.size(), 1u);
  EXPECT_THAT(digests[0].told, ElementsAre(1u, 2u, 3u, 4u, 5u));
  EXPECT_EQ(Ring({"7"}, "2025-03-10 07:31"), 1);
}

TEST_F(DigestDeskTest, AMutedUnitWaitsForTheEndOfTheMute) {
  muted_["H34.01"] = At("2025-03-12 10:00");
  EXPECT_EQ(Ring({"1"}, "2025-03-10 09:00"), 0);
  EXPECT_EQ(last_held_, AlertHeld::kMuted);
  EXPECT_THAT(Digests("2025-03-12 09:59:59"), IsEmpty());
  EXPECT_EQ(Digests("2025-03-12 10:00").size(), 1u);
}

TEST_F(DigestDeskTest, AMuteThatEndsAtNightWaitsForTheMorning) {
  muted_["H34.01"] = At("2025-03-12 22:00");
  EXPECT_EQ(Ring({"1"}, "2025-03-10 09:00"), 0);
  EXPECT_THAT(Digests("2025-03-12 22:00"), IsEmpty());
  EXPECT_EQ(desk_.next(), At("2025-03-13 07:00"));
  EXPECT_EQ(Digests("2025-03-13 07:00").size(), 1u);
}

TEST_F(DigestDeskTest, EndingAMuteEarlyTellsAtOnce) {
  muted_["H34.01"] = At("2025-03-12 10:00");
  EXPECT_EQ(Ring({"1"}, "2025-03-10 09:00"), 0);
  muted_.clear();
  EXPECT_THAT(Digests("2025-03-10 09:30"), IsEmpty());
  desk_.Recheck();
  EXPECT_EQ(Digests("2025-03-10 09:30").size(), 1u);
}

TEST_F(DigestDeskTest, WhatIsOverIsNotTold) {
  EXPECT_EQ(Ring({"1", "2"}, "2025-03-10 20:00"), 0);
  desk_.Drop(1);
  const auto digests = Digests("2025-03-11 07:00");
  ASSERT_EQ(digests.size(), 1u);
  EXPECT_THAT(digests[0].told, ElementsAre(2u));
}

TEST_F(DigestDeskTest, ALongDigestSaysHowManyMore) {
  std::vector<std::string> numbers;
  for (int i = 100; i < 125; ++i) numbers.push_back(std::to_string(i));
  EXPECT_EQ(Ring(numbers, "2025-03-10 20:00"), 0);
  const auto digests = Digests("2025-03-11 07:00");
  ASSERT_EQ(digests.size(), 1u);
  EXPECT_EQ(digests[0].told.size(), 25u);
  EXPECT_THAT(digests[0].text, HasSubstr("… và 5 cảnh báo khác."));
}

}  // namespace
}  // namespace tthc
