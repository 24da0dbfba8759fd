#include "server/live/outbox.h"

#include <gtest/gtest.h>

namespace tthc {
namespace {

std::shared_ptr<const AlertMessage> Message(uint64_t seq, std::string case_id, std::string kind) {
  AlertMessage message;
  message.seq = seq;
  message.case_id = std::move(case_id);
  message.kind = std::move(kind);
  return std::make_shared<const AlertMessage>(std::move(message));
}

std::vector<uint64_t> Drained(Outbox& outbox) {
  std::vector<uint64_t> seqs;
  while (const auto message = outbox.Pop()) seqs.push_back(message->seq);
  return seqs;
}

TEST(Outbox, KeepsOrderBelowItsLimit) {
  Outbox outbox(3);
  for (uint64_t seq = 1; seq <= 3; ++seq) EXPECT_TRUE(outbox.Push(Message(seq, "a", "overdue"), false));
  EXPECT_EQ(Drained(outbox), (std::vector<uint64_t>{1, 2, 3}));
  EXPECT_EQ(outbox.collapsed(), 0u);
}

TEST(Outbox, WhenFullKeepsTheNewestOfEachCaseAndKind) {
  Outbox outbox(4);
  EXPECT_TRUE(outbox.Push(Message(1, "a", "due_soon"), false));
  EXPECT_TRUE(outbox.Push(Message(2, "b", "due_soon"), false));
  EXPECT_TRUE(outbox.Push(Message(3, "a", "overdue"), false));
  EXPECT_TRUE(outbox.Push(Message(4, "a", "due_soon"), false));
  EXPECT_TRUE(outbox.Push(Message(5, "a", "overdue"), false));
  EXPECT_EQ(Drained(outbox), (std::vector<uint64_t>{2, 4, 5}));
  EXPECT_EQ(outbox.collapsed(), 2u);
}

TEST(Outbox, RefusesWhatFindsNoRoomAndStaysAsItWas) {
  Outbox outbox(2);
  EXPECT_TRUE(outbox.Push(Message(1, "a", "overdue"), false));
  EXPECT_TRUE(outbox.Push(Message(2, "b", "overdue"), false));
  EXPECT_FALSE(outbox.Push(Message(3, "c", "overdue"), false));
  EXPECT_EQ(Drained(outbox), (std::vector<uint64_t>{1, 2}));
}

TEST(Outbox, ABurstFindsRoomWhileTheClientTakes) {
  constexpr size_t kLimit = 4;
  Outbox outbox(kLimit);
  uint64_t seq = 0;
  const auto other = [&] {
    ++seq;
    return Message(seq, "case " + std::to_string(seq), "overdue");
  };
  while (outbox.size() < kLimit * Outbox::kBurst) ASSERT_TRUE(outbox.Push(other(), true));
  EXPECT_FALSE(outbox.Push(other(), true));
  EXPECT_EQ(outbox.collapsed(), 0u);
  // It stands still: what is there stays, no more comes.
  while (outbox.size() > kLimit) outbox.Pop();
  EXPECT_FALSE(outbox.Push(other(), false));
  outbox.Pop();
  EXPECT_TRUE(outbox.Push(other(), false));
}

TEST(Outbox, ABurstIsCollapsedToo) {
  Outbox outbox(4);
  for (uint64_t seq = 1; seq <= 1000; ++seq) {
    ASSERT_TRUE(outbox.Push(Message(seq, std::to_string(seq % 20), "overdue"), true));
    ASSERT_LE(outbox.size(), 64u);
  }
  EXPECT_EQ(outbox.size() + outbox.collapsed(), 1000u);
}

}  // namespace
}  // namespace tthc
