#include "ingest/proof/checkpoint.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

namespace tthc {
namespace {

Checkpoint ACheckpoint() {
  Checkpoint c;
  c.origin = "tthc-monitor/0011223344556677";
  c.size = 300;
  c.root = HashOf("root");
  c.chain = HashOf("chain");
  c.map_bits = 3;
  c.map_cases = 99;
  c.map_root = HashOf("map");
  c.recorded = ParseInstant("2025-03-10T08:00:00.000001+07:00").value();
  c.at = ParseInstant("2025-03-10T09:00:00+07:00").value();
  c.number = 2;
  c.previous = HashOf("previous");
  return c;
}

// The text is what signatures are over: it stays the same for ever.
TEST(Checkpoint, TextStaysTheSame) {
  EXPECT_EQ(TextOf(ACheckpoint()),
            "tthc-monitor/0011223344556677\n300\n"
            "SBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=\n"
            "chain lBSIax6/Al2wZ6TL0ToJA/vZczpTcruhtYvXLBaZt5g=\n"
            "map 3 99 YL6YYXUPrL+th1glSi92wM/njVRFmjvBh9SbFAH82Og=\n"
            "recorded 2025-03-10T08:00:00.000001+07:00\n"
            "at 2025-03-10T09:00:00+07:00\nnumber 2\n"
            "previous baBjNSjeqgFE57BYMV8LdT7AuUUWOnK/lqDRgYD53g0=\n");
}

TEST(Checkpoint, IsReadAsWritten) {
  const auto read = ParseCheckpoint(TextOf(ACheckpoint()));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(*read, ACheckpoint());
}

TEST(Checkpoint, TheWrongLineIsNamed) {
  std::vector<std::string> lines;
  std::string rest = TextOf(ACheckpoint());
  while (!rest.empty()) {
    lines.push_back(rest.substr(0, rest.find('\n')));
    rest.erase(0, lines.back().size() + 1);
  }
  for (size_t wrong = 1; wrong < lines.size(); ++wrong) {
    std::string text;
    for (size_t i = 0; i < lines.size(); ++i) text += (i == wrong ? lines[i] + "!" : lines[i]) + "\n";
    const auto read = ParseCheckpoint(text);
    ASSERT_FALSE(read.has_value());
    EXPECT_THAT(read.error().message,
                testing::HasSubstr("line " + std::to_string(wrong + 1) + " of the checkpoint"));
  }
}

RC_GTEST_PROP(Checkpoint, NoTwoTextsAreOneCheckpoint, ()) {
  std::string text = TextOf(ACheckpoint());
  const auto at = *rc::gen::inRange<size_t>(0, text.size());
  text[at] = *rc::gen::arbitrary<char>();
  const auto read = ParseCheckpoint(text);
  if (read) RC_ASSERT(TextOf(*read) == text);
}

}  // namespace
}  // namespace tthc
