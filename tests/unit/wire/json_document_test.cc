#include "ingest/wire/json_document.h"

#include <gtest/gtest.h>

#include <string>

namespace tthc {
namespace {

constexpr size_t kDepth = 32;

std::string Nested(size_t levels) {
  return std::string(levels, '[') + "1" + std::string(levels, ']');
}

std::string ErrorOf(const std::string& body) {
  JsonDocument document(kDepth);
  const auto root = document.Parse(body);
  return root ? "" : root.error().message;
}

TEST(JsonDocument, BrokenBodiesAreAnsweredWithTheByte) {
  const std::pair<std::string, std::string> bodies[] = {
      {"", "the body is empty"},
      {" \r\n\t", "the body is empty"},
      {"{\"a\" 1}", "not JSON: syntax error at byte 5"},
      {"[1,2", "not JSON: it ends too early at byte 4"},
      {"{\"a\":\"unfinished", "not JSON: it ends too early at byte 16"},
      {"[1] x", "not JSON: text behind its end at byte 4"},
      {"{\"a\":\"\xFF\"}", "wrong encoding: not UTF-8 at byte 6"},
      {"\xEF\xBB\xBF{\"a\":\"\xC3(\"}", "wrong encoding: not UTF-8 at byte 9"},
      {std::string("\xFF\xFE{\0}\0", 6), "wrong encoding: UTF-16, UTF-8 is expected"},
      {"[\"a\nb\"]", "not JSON: syntax error at byte 3"},
      {"[01]", "not JSON: syntax error at byte 2"},
  };
  for (const auto& [body, message] : bodies) EXPECT_EQ(ErrorOf(body), message) << body;
}

TEST(JsonDocument, DepthIsLimitedExactly) {
  EXPECT_EQ(ErrorOf(Nested(kDepth)), "");
  EXPECT_EQ(ErrorOf(Nested(kDepth + 1)), "nested deeper than 32 levels at byte 32");
}

TEST(JsonDocument, TenThousandOpenBracketsAreAnError) {
  EXPECT_EQ(ErrorOf(std::string(10'000, '[')), "nested deeper than 32 levels at byte 32");
  EXPECT_EQ(ErrorOf(Nested(10'000)), "nested deeper than 32 levels at byte 32");
  std::string objects;
  for (int i = 0; i < 10'000; ++i) objects += "{\"a\":";
  EXPECT_EQ(ErrorOf(objects), "nested deeper than 32 levels at byte 160");
}

TEST(JsonDocument, AByteOrderMarkIsSkipped) { EXPECT_EQ(ErrorOf("\xEF\xBB\xBF{}"), ""); }

TEST(JsonDocument, NumbersBeyond64BitsAreTextsOfTheirDigits) {
  JsonDocument document(kDepth);
  const auto root =
      document.Parse(R"({"a":123456789012345678901234,"b":"x -1 \" 5","c":[-2.5e400,7],"d\"1":0})");
  ASSERT_TRUE(root) << root.error().message;
  EXPECT_EQ(simdjson::minify(*root),
            R"({"a":"123456789012345678901234","b":"x -1 \" 5","c":["-2.5e400","7"],"d\"1":"0"})");
}

TEST(JsonDocument, ALargeNumberDoesNotExcuseABrokenBody) {
  EXPECT_NE(ErrorOf("[123456789012345678901234,01]"), "");
  EXPECT_NE(ErrorOf("[123456789012345678901234,1.]"), "");
  EXPECT_NE(ErrorOf("[123456789012345678901234,-]"), "");
}

TEST(JsonDocument, ABodyAfterALargeOneIsRead) {
  JsonDocument document(kDepth);
  const std::string large = "[\"" + std::string(6'000'000, 'x') + "\"]";
  ASSERT_TRUE(document.Parse(large));
  const auto root = document.Parse("[7]");
  ASSERT_TRUE(root);
  EXPECT_EQ(simdjson::minify(*root), "[7]");
}

}  // namespace
}  // namespace tthc
