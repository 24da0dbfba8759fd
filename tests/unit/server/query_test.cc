#include "server/http/query.h"

#include <gtest/gtest.h>

namespace tthc {
namespace {

using Segments = std::vector<std::string>;

TEST(PathSegments, DecodesEachSegmentByItself) {
  EXPECT_EQ(PathSegments("/api/v1/cases/H34%2F05-250328"),
            (Segments{"api", "v1", "cases", "H34/05-250328"}));
  EXPECT_EQ(PathSegments("/"), Segments{""});
  EXPECT_EQ(PathSegments("/units/"), (Segments{"units", ""}));
  EXPECT_FALSE(PathSegments("/a%2"));
  EXPECT_FALSE(PathSegments("/a%zz"));
  EXPECT_FALSE(PathSegments("*"));
  EXPECT_FALSE(PathSegments(""));
}

TEST(QueryString, KeepsOrderPlusSignsAndEmptyValues) {
  const auto query = QueryString::Parse("as_of=2025-03-31T23:59:59+07:00&b=&c&%64=1%202&&");
  ASSERT_EQ(query.items.size(), 4u);
  EXPECT_EQ(*query.Find("as_of"), "2025-03-31T23:59:59+07:00");
  EXPECT_EQ(*query.Find("b"), "");
  EXPECT_EQ(*query.Find("c"), "");
  EXPECT_EQ(*query.Find("d"), "1 2");
  EXPECT_EQ(query.Find("e"), nullptr);
  EXPECT_FALSE(query.broken);
}

TEST(QueryString, FindsNamesInAnyCaseWhereAsked) {
  const auto query = QueryString::Parse("madinhdanhdv=000.00.01.H22");
  EXPECT_EQ(*query.FindAnyCase("MaDinhDanhDV"), "000.00.01.H22");
  EXPECT_EQ(query.Find("MaDinhDanhDV"), nullptr);
}

TEST(QueryString, IsBrokenRatherThanGuessed) {
  EXPECT_TRUE(QueryString::Parse("a=%").broken);
  std::string many;
  for (size_t i = 0; i <= kMaxQueryParameters; ++i) many += "a=1&";
  EXPECT_TRUE(QueryString::Parse(many).broken);
}

}  // namespace
}  // namespace tthc
