#include "server/worker.h"

#include <gtest/gtest.h>

#include <future>
#include <vector>

#include "ingest/wire/profiles.h"

namespace tthc {
namespace {

TEST(Worker, WakesOfManySessionsLetOtherWorkThrough) {
  constexpr int kSessions = 1000;
  ConnectionCount count;
  Worker worker(0, Decoder(ProfileTable::Default(), 1, {}), count);
  std::vector<int> woken;
  std::promise<size_t> before_request;
  std::promise<void> all;
  for (int i = 0; i < kSessions; ++i) {
    worker.Wake([&, i] {
      woken.push_back(i);
      if (woken.size() == kSessions) all.set_value();
    });
  }
  net::post(worker.context(), [&] { before_request.set_value(woken.size()); });
  worker.Start();
  EXPECT_LT(before_request.get_future().get(), kSessions / 10);
  all.get_future().wait();
  worker.Stop();
  for (int i = 0; i < kSessions; ++i) EXPECT_EQ(woken[static_cast<size_t>(i)], i);
}

TEST(Worker, AWakeDuringAWakeIsRunToo) {
  ConnectionCount count;
  Worker worker(0, Decoder(ProfileTable::Default(), 1, {}), count);
  std::promise<void> second;
  worker.Wake([&] { worker.Wake([&] { second.set_value(); }); });
  worker.Start();
  second.get_future().wait();
  worker.Stop();
}

}  // namespace
}  // namespace tthc
