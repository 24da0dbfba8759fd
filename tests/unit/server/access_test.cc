#include "server/access/access.h"

#include <gtest/gtest.h>

#include "fake_monitor.h"

namespace tthc {
namespace {

// The digest is that of "reader-token-0123456789" (printf %s … | sha256sum).
constexpr std::string_view kFile = R"(
[[token]]
name = "one-stop"
token = "sender-token-0123456789"
roles = ["sender"]
[[token]]
name = "district"
sha256 = "b3057e05d75e8cdca4bd6ddd527af736913e8464a7a3d47d7a09389eaa8e1eb4"
roles = ["reader"]
units = ["000.00.23.H34"]
)";

TEST(Access, FindsPrincipalsByTokenOrDigest) {
  const auto access = *Access::Parse(kFile, "tokens.toml");
  const auto sender = access->Find("sender-token-0123456789");
  ASSERT_TRUE(sender);
  EXPECT_EQ(sender->name, "one-stop");
  EXPECT_TRUE(sender->Has(Role::kSender));
  EXPECT_FALSE(sender->Has(Role::kReader));
  const auto reader = access->Find("reader-token-0123456789");
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->units, std::vector<std::string>{"H34.23"});
  EXPECT_FALSE(access->Find("reader-token-012345678"));
  EXPECT_FALSE(access->Find(""));
  EXPECT_TRUE(Access::Off()->Find("")->Has(Role::kSender));
}

TEST(Access, UnitsMeanTheirSubtree) {
  const FakeMonitor monitor;
  const auto reader = *(*Access::Parse(kFile, "t"))->Find("reader-token-0123456789");
  const Day day = DayOf(monitor.Now());
  EXPECT_TRUE(MaySee(reader, *monitor.units(), day, "H34.23"));
  EXPECT_TRUE(MaySee(reader, *monitor.units(), day, "H34.23.09"));
  EXPECT_FALSE(MaySee(reader, *monitor.units(), day, "H34"));
  EXPECT_FALSE(MaySee(reader, *monitor.units(), day, "H34.05"));
  EXPECT_FALSE(MaySee(reader, *monitor.units(), day, "H99"));
}

TEST(Access, RefusesAFileWithFileAndLine) {
  const std::pair<std::string_view, std::string_view> bad[] = {
      {"", "no [[token]]"},
      {"[[token]]\nname=\"a\"\nroles=[\"reader\"]\n", "t:1: give either sha256 or token"},
      {"[[token]]\nname=\"a\"\ntoken=\"short\"\nroles=[\"reader\"]\n", "at least 16"},
      {"[[token]]\nname=\"a\"\nsha256=\"12\"\nroles=[\"reader\"]\n", "64 hexadecimal"},
      {"[[token]]\nname=\"a\"\ntoken=\"0123456789abcdef\"\nroles=[\"root\"]\n", "t:4: a role is"},
      {"[[token]]\nname=\"a\"\ntoken=\"0123456789abcdef\"\nroles=[\"reader\"]\nunits=[]\n",
       "leave it out for all units"},
      {"[[token]]\ntoken=\"0123456789abcdef\"\nroles=[\"reader\"]\n", "name is missing"},
      {"[[token]\n", "t:1:"},
  };
  for (const auto& [text, said] : bad) {
    const auto access = Access::Parse(text, "t");
    ASSERT_FALSE(access) << text;
    EXPECT_NE(access.error().message.find(said), std::string::npos) << access.error().message;
    EXPECT_EQ(access.error().message.find("0123456789abcdef"), std::string::npos);
  }
}

TEST(BearerToken, ReadsOnlyItsOwnScheme) {
  EXPECT_EQ(BearerToken("Bearer abc"), "abc");
  EXPECT_EQ(BearerToken("bearer  abc"), "abc");
  EXPECT_EQ(BearerToken("Basic abc"), "");
  EXPECT_EQ(BearerToken(""), "");
}

}  // namespace
}  // namespace tthc
