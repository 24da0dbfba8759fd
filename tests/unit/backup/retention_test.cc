#include "server/backup/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tthc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Instant At(const char* text) { return ParseInstant(text).value(); }

const std::vector<MadeBackup> kThreeDays = {
    {1, At("2026-11-24T10:00:00+07:00")}, {2, At("2026-11-24T23:59:59+07:00")},
    {5, At("2026-11-25T00:00:00+07:00")}, {6, At("2026-11-25T12:00:00+07:00")},
    {7, At("2026-11-26T08:00:00+07:00")}, {8, At("2026-11-26T09:00:00+07:00")}};

TEST(Retention, KeepsTheNewest) {
  EXPECT_THAT(NoLongerKept(kThreeDays, 2, 0), ElementsAre(1, 2, 5, 6));
}
TEST(Retention, KeepsTheLastOfEachDayBesides) {
  EXPECT_THAT(NoLongerKept(kThreeDays, 1, 3), ElementsAre(1, 5, 7));
}
TEST(Retention, TheDaysOfTheNewestCount) {
  EXPECT_THAT(NoLongerKept(kThreeDays, 2, 1), ElementsAre(1, 2, 5, 6));
  EXPECT_THAT(NoLongerKept(kThreeDays, 2, 2), ElementsAre(1, 2, 5));
}
TEST(Retention, TheNewestStaysInAnyCase) {
  EXPECT_THAT(NoLongerKept(kThreeDays, 0, 0), ElementsAre(1, 2, 5, 6, 7));
}
TEST(Retention, NothingGoesOfFewOrNone) {
  EXPECT_THAT(NoLongerKept(kThreeDays, 6, 0), IsEmpty());
  EXPECT_THAT(NoLongerKept({}, 1, 1), IsEmpty());
}

}  // namespace
}  // namespace tthc
