#include "ingest/source/replay_reader.h"

#include <gtest/gtest.h>

#include "tests/unit/wire/temporary_file.h"

namespace tthc {
namespace {

struct Read {
  uint64_t number;
  std::string text;
  bool too_long;
  friend bool operator==(const Read&, const Read&) = default;
};

std::vector<Read> Lines(std::string_view bytes, size_t limit = ReplayReader::kLineBytes) {
  const TemporaryFile file(bytes);
  Result<ReplayReader> reader = ReplayReader::Open(file.path(), limit);
  EXPECT_TRUE(reader);
  std::vector<Read> lines;
  for (ReplayLine line;;) {
    const Result<bool> read = reader->Next(line);
    EXPECT_TRUE(read);
    if (!read || !*read) return lines;
    lines.push_back({line.number, std::string(line.text), line.too_long});
  }
}

TEST(ReplayReader, LinesKeepTheirNumbers) {
  const std::vector<Read> expected = {{1, "{\"a\":1}", false}, {4, "{}", false}, {5, "[]", false}};
  EXPECT_EQ(Lines("\xEF\xBB\xBF{\"a\":1}\r\n\n  \n{}\n[]"), expected);
  EXPECT_EQ(Lines(Gzip("{\"a\":1}\n\n\n{}\n[]\n")), expected);
}

TEST(ReplayReader, ALineOverTheLimitIsSaidAndSkipped) {
  const std::vector<Read> expected = {{1, "12345", false}, {2, "", true}, {3, "ok", false}};
  EXPECT_EQ(Lines("12345\n123456\nok\n", 5), expected);
}

TEST(ReplayReader, LinesLongerThanTheBufferAreWhole) {
  const std::string large(1'000'000, 'x');
  const auto lines = Lines(large + "\n" + large + "y\n");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].text, large);
  EXPECT_EQ(lines[1].text, large + "y");
}

TEST(ReplayReader, EmptyAndMissingFiles) {
  EXPECT_TRUE(Lines("").empty());
  EXPECT_TRUE(Lines("\n\n").empty());
  EXPECT_FALSE(ReplayReader::Open("/nonexistent/x.jsonl"));
}

TEST(ReplayReader, ACutGzipFileIsAnErrorAfterItsGoodLines) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i * 7919) + "\n";
  const std::string whole = Gzip(text);
  const TemporaryFile cut(std::string_view(whole).substr(0, whole.size() / 2));
  Result<ReplayReader> reader = ReplayReader::Open(cut.path());
  ASSERT_TRUE(reader);
  ReplayLine line;
  Result<bool> read = reader->Next(line);
  size_t good = 0;
  for (; read && *read; read = reader->Next(line)) ++good;
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt);
  EXPECT_GT(good, 50'000u);
}

}  // namespace
}  // namespace tthc
