#include "ingest/source/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/wire/temporary_file.h"

namespace tthc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<CsvRow> Rows(std::string_view bytes, const CsvLimits& limits = {},
                         char delimiter = ',') {
  const TemporaryFile file(bytes);
  Result<ByteSource> source = ByteSource::Open(file.path());
  EXPECT_TRUE(source);
  CsvReader reader(std::move(*source), delimiter, limits);
  std::vector<CsvRow> rows;
  for (CsvRow row;;) {
    const Result<bool> read = reader.Next(row);
    EXPECT_TRUE(read) << (read ? "" : read.error().message);
    if (!read || !*read) return rows;
    rows.push_back(row);
  }
}

TEST(CsvReader, PlainQuotedAndEmptyFields) {
  const auto rows = Rows("a,b,c\r\n1,\"x, \"\"y\"\"\",\n\n,\"\",\"line\nbreak\"\r\nlast,,");
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_THAT(rows[0].fields, ElementsAre("a", "b", "c"));
  EXPECT_THAT(rows[1].fields, ElementsAre("1", "x, \"y\"", ""));
  EXPECT_THAT(rows[2].fields, ElementsAre("", "", "line\nbreak"));
  EXPECT_THAT(rows[3].fields, ElementsAre("last", "", ""));
  EXPECT_EQ(rows[1].line, 2u);
  EXPECT_EQ(rows[2].line, 4u);
  EXPECT_EQ(rows[3].line, 6u);
}

TEST(CsvReader, AMarkAndAnotherDelimiter) {
  const auto rows = Rows(
      "\xEF\xBB\xBF"
      "a;b,c\n",
      {}, ';');
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_THAT(rows[0].fields, ElementsAre("a", "b,c"));
}

TEST(CsvReader, NoRowsAtAll) {
  EXPECT_TRUE(Rows("").empty());
  EXPECT_TRUE(Rows("\n\r\n\n").empty());
  EXPECT_TRUE(Rows("\xEF\xBB\xBF").empty());
}

TEST(CsvReader, GzipIsReadAsItsContent) {
  const auto rows = Rows(Gzip("a,b\n1,2\n"));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_THAT(rows[1].fields, ElementsAre("1", "2"));
}

TEST(CsvReader, ABrokenRowCostsItselfOnly) {
  const auto rows = Rows("a,b\n\"x\"y,2\n3,4\n");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_THAT(rows[1].fault, HasSubstr("text behind the closing quote"));
  EXPECT_THAT(rows[2].fields, ElementsAre("3", "4"));
  EXPECT_EQ(rows[2].fault, "");
}

TEST(CsvReader, EveryLimitIsNamedAndTheReaderGoesOn) {
  const CsvLimits limits = {.field_bytes = 4, .row_bytes = 12, .columns = 3};
  const auto rows = Rows("abcd,1\nabcde,1\n1,2,3,4\nabcd,abcd,abcd\n\"ab\ncd\",1\nok,1\n", limits);
  ASSERT_EQ(rows.size(), 6u);
  EXPECT_EQ(rows[0].fault, "");
  EXPECT_EQ(rows[1].fault, "a field is longer than 4 bytes");
  EXPECT_EQ(rows[2].fault, "the row has more than 3 fields");
  EXPECT_EQ(rows[3].fault, "the row is longer than 12 bytes");
  EXPECT_EQ(rows[4].fault, "a field is longer than 4 bytes");
  EXPECT_THAT(rows[5].fields, ElementsAre("ok", "1"));
  EXPECT_EQ(rows[5].line, 7u);
}

TEST(CsvReader, AQuoteThatIsNeverClosedIsFoundAtItsRow) {
  const auto rows = Rows("a,b\n1,\"two\n3,4\n" + std::string(3'000'000, 'x'));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].line, 2u);
  EXPECT_NE(rows[1].fault, "");
  EXPECT_TRUE(rows[1].fields.empty());
}

TEST(CsvReader, FilesThatCanNotBeRead) {
  EXPECT_EQ(ByteSource::Open("/nonexistent/x.csv").error().kind, ErrorKind::kNotFound);
  const std::string whole = Gzip("a,b\n" + std::string(100'000, 'x'));
  const TemporaryFile cut(std::string_view(whole).substr(0, whole.size() - 20));
  CsvReader reader(*ByteSource::Open(cut.path()), ',', {});
  CsvRow row;
  Result<bool> read = reader.Next(row);
  while (read && *read) read = reader.Next(row);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace tthc
