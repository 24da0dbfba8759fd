#include "server/live/protocol.h"

#include <gtest/gtest.h>

namespace tthc {
namespace {

TEST(ParseClientMessage, ReadsHello) {
  const auto message = ParseClientMessage(
      R"({"type":"hello","token":"t","units":["H34"],"resume":{"epoch":"e","seq":7},"more":1})");
  ASSERT_TRUE(message);
  const auto& hello = std::get<HelloMessage>(*message);
  EXPECT_EQ(hello.token, "t");
  EXPECT_EQ(hello.units, std::vector<std::string>{"H34"});
  EXPECT_EQ(hello.epoch, "e");
  EXPECT_EQ(hello.seq, 7u);
  const auto bare = std::get<HelloMessage>(*ParseClientMessage(R"({"type":"hello"})"));
  EXPECT_TRUE(bare.units.empty());
  EXPECT_FALSE(bare.seq);
}

TEST(ParseClientMessage, ReadsAck) {
  const auto ack = std::get<AckMessage>(
      *ParseClientMessage(R"({"type":"ack","id":"a1","comment":"đang xử lý"})"));
  EXPECT_EQ(ack.id, "a1");
  EXPECT_EQ(ack.comment, "đang xử lý");
}

TEST(ParseClientMessage, RefusesWithAReason) {
  const std::pair<std::string, std::string_view> bad[] = {
      {"not json", "not JSON"},
      {"[]", "object"},
      {"{}", "hello or ack"},
      {R"({"type":"shout"})", "hello or ack"},
      {R"({"type":"hello","units":[1]})", "units"},
      {R"({"type":"hello","units":"H34"})", "units"},
      {R"({"type":"hello","token":5})", "token"},
      {R"({"type":"hello","resume":{"epoch":"e"}})", "resume.seq"},
      {R"({"type":"hello","resume":{"epoch":"e","seq":-1}})", "resume.seq"},
      {R"({"type":"ack"})", "id"},
      {R"({"type":"ack","id":"a","comment":")" + std::string(2001, 'x') + "\"}", "comment"},
      {std::string(20, '[') + std::string(20, ']'), "not JSON"}};
  for (const auto& [text, said] : bad) {
    const auto message = ParseClientMessage(text);
    ASSERT_FALSE(message) << text;
    EXPECT_NE(message.error().message.find(said), std::string::npos) << message.error().message;
  }
}

TEST(EventId, GoesThereAndBack) {
  std::string epoch;
  std::optional<uint64_t> seq;
  EXPECT_TRUE(ParseEventId(EventId("a:b", 12), epoch, seq));
  EXPECT_EQ(epoch, "a:b");
  EXPECT_EQ(seq, 12u);
  EXPECT_FALSE(ParseEventId("e:", epoch, seq));
  EXPECT_FALSE(ParseEventId("e:1x", epoch, seq));
  EXPECT_FALSE(ParseEventId("12", epoch, seq));
}

}  // namespace
}  // namespace tthc
