#include "config/json_text.h"

#include <gtest/gtest.h>

namespace tthc {
namespace {

TEST(JsonText, WritesPlainNumbers) {
  EXPECT_EQ(
      JsonText(json::array{1.0, 0.5, 0.978671, 0.0, 1e20, -7, 18446744073709551615u, nullptr}),
      "[1,0.5,0.978671,0,100000000000000000000,-7,18446744073709551615,null]");
}

TEST(JsonText, EscapesTexts) {
  EXPECT_EQ(JsonText(json::object{{"a\"\n", "Đã xong \\"}}), R"({"a\"\n":"Đã xong \\"})");
}

TEST(RatioValue, RoundsHalfUpToSixDecimals) {
  EXPECT_EQ(JsonText(RatioValue(43682, 44634)), "0.978671");
  EXPECT_EQ(JsonText(RatioValue(1, 2'000'000)), "0.000001");
  EXPECT_EQ(JsonText(RatioValue(1, 2'000'001)), "0");
  EXPECT_EQ(JsonText(RatioValue(3, 3)), "1");
  EXPECT_EQ(JsonText(RatioValue(0, 5)), "0");
  EXPECT_EQ(JsonText(RatioValue(0, 0)), "null");
}

TEST(Shown, CutsAndCleansTextOfOthers) {
  EXPECT_EQ(Shown("H34"), "'H34'");
  EXPECT_EQ(Shown("a\nb\x7f\xff"), std::string("'a?b?") + "?'");
  EXPECT_EQ(Shown(std::string(100, 'x')), "'" + std::string(48, 'x') + "…'");
  // Never half a character.
  EXPECT_EQ(CutUtf8("Đã", 1), "");
  EXPECT_EQ(CutUtf8("Đã", 2), "Đ");
}

}  // namespace
}  // namespace tthc
