#include "server/backup/facts.h"

#include <gtest/gtest.h>

namespace tthc {
namespace {

BackupFacts Example() {
  BackupFacts facts;
  facts.number = 7;
  facts.made = ParseInstant("2026-11-26T08:00:00+07:00").value();
  facts.checked = ParseInstant("2026-11-26T08:01:00+07:00").value();
  facts.bytes = 123'456'789'012;
  facts.files = 12;
  facts.version = "0.2.0";
  facts.contents = {1000, ParseInstant("2026-11-26T07:59:59.123456+07:00").value(), 300, 4, 990,
                    {"tthc-monitor/1+abc+xyz"}};
  return facts;
}

TEST(BackupFacts, ReadAsTheyWereWritten) {
  const std::string text = FactsText(Example());
  const auto read = ParseFacts(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(FactsText(*read), text);
  EXPECT_EQ(read->contents.last_recorded, Example().contents.last_recorded);
  EXPECT_EQ(read->bytes, Example().bytes);
}
TEST(BackupFacts, AnEmptyStoreHasNoLastRecord) {
  BackupFacts facts = Example();
  facts.contents.last_recorded.reset();
  const auto read = ParseFacts(FactsText(facts));
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->contents.last_recorded);
}
TEST(BackupFacts, WhatIsCutOrAnotherFormatIsNone) {
  const std::string text = FactsText(Example());
  for (size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(ParseFacts(text.substr(0, size)));
  EXPECT_FALSE(ParseFacts(R"({"format":"tthc-backup-2","number":1})"));
  EXPECT_FALSE(ParseFacts("[]"));
}

}  // namespace
}  // namespace tthc
