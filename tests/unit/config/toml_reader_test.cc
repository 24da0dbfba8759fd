#include "config/toml_reader.h"

#include <gtest/gtest.h>

#include "tests/unit/config/config_testing.h"

namespace tthc {
namespace {

std::vector<std::string> Texts(const std::vector<Problem>& problems) {
  std::vector<std::string> texts;
  for (const Problem& each : problems) texts.push_back(each.Text());
  return texts;
}

TEST(TomlReader, TellsEveryProblemWithItsLine) {
  std::vector<Problem> problems;
  const auto root = ParseToml("a = 1\nb = \"x\"\nc = [1]\nd = 2025-01-01T00:00:00\nz = 0\n", "f",
                              problems);
  ASSERT_TRUE(root.has_value());
  TableReader reader(*root, "f", problems);
  reader.RequiredText("a");
  reader.Integer("b");
  reader.TextList("c");
  reader.Date("d");
  reader.RequiredText("missing");
  reader.Finish();
  EXPECT_EQ(Texts(problems),
            (std::vector<std::string>{"f:1: a: expected a text, got an integer",
                                      "f:2: b: expected an integer, got a text",
                                      "f:3: c: expected a list of texts, got an integer",
                                      "f:4: d: expected a date YYYY-MM-DD without quotes, got a "
                                      "date with time",
                                      "f:1: missing: is missing", "f:5: unknown key z"}));
}

TEST(TomlReader, SyntaxErrorHasItsLine) {
  std::vector<Problem> problems;
  EXPECT_FALSE(ParseToml("a = 1\nb = \n", "f", problems).has_value());
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].line, 2);
  EXPECT_EQ(problems[0].reason.substr(0, 10), "not TOML: ");
}

TEST(TomlReader, DeepNestingIsAProblemNotACrash) {
  std::vector<Problem> problems;
  EXPECT_FALSE(ParseToml("a = " + std::string(10000, '['), "f", problems).has_value());
  EXPECT_EQ(problems.size(), 1u);
}

TEST(TomlReader, WhatTheParserAssertsIsAProblemNotACrash) {
  for (const char* text : {"[,", "[{", "\n[+", "a = 1\n[["}) {
    std::vector<Problem> problems;
    EXPECT_FALSE(ParseToml(text, "f", problems).has_value()) << text;
    EXPECT_EQ(problems.size(), 1u) << text;
  }
}

TEST(TomlReader, TextsComeOutComposed) {
  std::vector<Problem> problems;
  const auto root = ParseToml("a = \"Đa\xCC\x86k\"\n", "f", problems);  // a + combining breve
  TableReader reader(*root, "f", problems);
  EXPECT_EQ(reader.Text("a"), "Đăk");
}

TEST(ReadConfigText, NamesWhatIsThere) {
  EXPECT_EQ(ReadConfigText("builtin:nothing.toml").error().message.substr(0, 31),
            "there is no such built-in file;");
  EXPECT_EQ(ReadConfigText("/nonexistent/x.toml").error().kind, ErrorKind::kIo);
  EXPECT_TRUE(ReadConfigText("builtin:calendar_vn.toml").has_value());
  const TemporaryFile directory("x", "");
  EXPECT_FALSE(ReadConfigText(directory.directory()).has_value()) << "a directory is no file";
}

TEST(ReadConfigText, RefusesAFileOverTheLimit) {
  const TemporaryFile exact("x.toml", std::string(kMaxConfigFileBytes, '#'));
  EXPECT_TRUE(ReadConfigText(exact.path()).has_value());
  const TemporaryFile over("x.toml", std::string(kMaxConfigFileBytes + 1, '#'));
  EXPECT_FALSE(ReadConfigText(over.path()).has_value());
}

TEST(ToError, TellsAtMostTwenty) {
  const std::vector<Problem> problems(25, Problem{"f", 3, "is wrong"});
  const std::string text = ToError(problems).message;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 20);
  EXPECT_EQ(text.substr(text.size() - 10), "and 5 more");
}

}  // namespace
}  // namespace tthc
