#include "server/log_pace.h"

#include <gtest/gtest.h>

namespace tthc {
namespace {

TEST(LogPace, TellsTheFirstAtOnceAndCountsThoseItHoldsBack) {
  LogPace pace(std::chrono::seconds(10));
  constexpr int64_t kStart = 5'000'000;
  EXPECT_EQ(pace.Happened(kStart), 1u);
  EXPECT_EQ(pace.Happened(kStart), std::nullopt);
  EXPECT_EQ(pace.Happened(kStart + 9'999'999), std::nullopt);
  EXPECT_EQ(pace.Happened(kStart + 10'000'000), 3u);
  EXPECT_EQ(pace.Happened(kStart + 10'000'001), std::nullopt);
  EXPECT_EQ(pace.Happened(kStart + 90'000'000), 2u);
}

}  // namespace
}  // namespace tthc
