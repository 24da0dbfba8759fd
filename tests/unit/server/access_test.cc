#include "server/access/access.h"

#include <gmock/gmock.h>

#include "fake_monitor.h"
#include "server/live/visible_alerts.h"

namespace tthc {
namespace {

// The digest is that of "reader-token-0123456789" (printf %s … | sha256sum).
constexpr std::string_view kFile = R"(
[[token]]
name = "one-stop"
token = "sender-token-0123456789"
roles = ["producer"]
[[token]]
name = "district"
sha256 = "b3057e05d75e8cdca4bd6ddd527af736913e8464a7a3d47d7a09389eaa8e1eb4"
roles = ["officer", "auditor"]
units = ["000.00.23.H34", { code = "H34.05", from = "2025-01-01", to = "2025-06-30" }]
expires = "2026-12-31T17:00:00+07:00"
)";
const Instant kWall = *ParseInstant("2026-12-31T09:59:59Z");

Day DayAt(const char* text) { return *ParseDay(text); }

TEST(Roles, HaveTheirRights) {
  struct Row {
    std::string_view role;
    Rights rights;
  };
  const Row rows[] = {
      {"producer", {Right::kDeliver}},
      {"officer", {Right::kRead, Right::kAcknowledge}},
      {"leader", {Right::kRead, Right::kAcknowledge, Right::kManageAlerts}},
      {"auditor", {Right::kRead, Right::kAudit}},
      {"administrator",
       {Right::kDeliver, Right::kRead, Right::kAcknowledge, Right::kManageAlerts, Right::kAudit,
        Right::kAdminister}},
  };
  EXPECT_EQ(Roles().size(), std::size(rows));
  for (const Row& row : rows) {
    ASSERT_NE(RoleNamed(row.role), nullptr) << row.role;
    EXPECT_EQ(RoleNamed(row.role)->rights, row.rights) << row.role;
  }
  EXPECT_EQ(RoleNamed("sender"), nullptr);
  EXPECT_EQ(RoleOfAdministrator()->name, "administrator");
  EXPECT_TRUE(Rights().Has(Right::kNone));
  EXPECT_FALSE(Rights().Has(Right::kRead));
  EXPECT_EQ(NameOf(Right::kManageAlerts), "manage_alerts");
}

// toml++ asserts on these: a reload must not end the daemon.
TEST(Access, AFileThatIsNoTomlIsRefused) {
  for (const char* text : {"[[\x13", "[,", "[[token]]\nname = "}) {
    const auto refused = Access::Parse(text, "tokens.toml");
    ASSERT_FALSE(refused.has_value()) << text;
    EXPECT_THAT(refused.error().message, testing::HasSubstr("tokens.toml")) << text;
  }
}

TEST(Access, FindsPrincipalsByTokenOrDigest) {
  const auto access = *Access::Parse(kFile, "tokens.toml");
  const auto sender = access->Identify("sender-token-0123456789", kWall).principal;
  ASSERT_TRUE(sender);
  EXPECT_EQ(sender->name, "one-stop");
  EXPECT_TRUE(sender->May(Right::kDeliver));
  EXPECT_FALSE(sender->May(Right::kRead));
  EXPECT_TRUE(sender->sees_all_units);
  EXPECT_FALSE(sender->expires);
  const auto reader = access->Identify("reader-token-0123456789", kWall).principal;
  ASSERT_TRUE(reader);
  EXPECT_FALSE(reader->sees_all_units);
  EXPECT_EQ(reader->bindings,
            (std::vector<UnitBinding>{{"H34.23", {}, {}},
                                      {"H34.05", DayAt("2025-01-01"), DayAt("2025-06-30")}}));
  EXPECT_TRUE(reader->May(Right::kAcknowledge));
  EXPECT_TRUE(reader->May(Right::kAudit));
  const auto fault = [&](std::string_view token) { return access->Identify(token, kWall).fault; };
  EXPECT_EQ(fault("reader-token-012345678"), TokenFault::kUnknown);
  EXPECT_EQ(fault(""), TokenFault::kMissing);
  EXPECT_EQ(fault(std::string(kMaxTokenBytes + 1, 'x')), TokenFault::kTooLong);
  EXPECT_EQ(fault("a.b.c"), TokenFault::kUnknown);  // no provider
  const auto anybody = Access::Off()->Identify("", kWall).principal;
  EXPECT_TRUE(anybody->May(Right::kAdminister));
  EXPECT_TRUE(anybody->sees_all_units);
}

TEST(Access, TokensExpireByTheWallClock) {
  const auto access = *Access::Parse(kFile, "t");
  const Instant end = *ParseInstant("2026-12-31T17:00:00+07:00");
  EXPECT_TRUE(access->Identify("reader-token-0123456789", end - 1).principal);
  const Identity late = access->Identify("reader-token-0123456789", end);
  EXPECT_FALSE(late.principal);
  EXPECT_EQ(late.fault, TokenFault::kExpired);
}

TEST(Bindings, MeanTheirSubtreeOnTheirDays) {
  const FakeMonitor monitor;
  const auto reader =
      *(*Access::Parse(kFile, "t"))->Identify("reader-token-0123456789", kWall).principal;
  const UnitTree& tree = *monitor.units();
  const Day day = DayAt("2025-06-30");
  EXPECT_TRUE(MaySee(reader, tree, day, "H34.23"));
  EXPECT_TRUE(MaySee(reader, tree, day, "H34.23.09"));
  EXPECT_FALSE(MaySee(reader, tree, day, "H34"));
  EXPECT_FALSE(MaySee(reader, tree, day, "H99"));
  EXPECT_TRUE(MaySee(reader, tree, day, "H34.05"));
  EXPECT_TRUE(MaySee(reader, tree, DayAt("2025-01-01"), "H34.05"));
  EXPECT_FALSE(MaySee(reader, tree, DayAt("2024-12-31"), "H34.05"));
  EXPECT_FALSE(MaySee(reader, tree, DayAt("2025-07-01"), "H34.05"));
  EXPECT_EQ(BoundUnits(reader, DayAt("2025-07-01")), std::vector<std::string>{"H34.23"});
  EXPECT_FALSE(MaySee(Principal{}, tree, day, "H34"));
}

// A and B are merged into C on 1 July 2025; D goes on.
std::shared_ptr<const UnitTree> MergedTree() {
  std::vector<Unit> units(5);
  const char* codes[] = {"H34", "H34.10", "H34.11", "H34.12", "H34.13"};
  for (size_t i = 0; i < units.size(); ++i) {
    units[i].code = units[i].name = codes[i];
    units[i].level = i == 0 ? UnitLevel::kProvince : UnitLevel::kCommune;
    if (i != 0) units[i].parent = "H34";
  }
  for (const size_t ended : {1u, 2u}) {
    units[ended].valid_to = DayAt("2025-06-30");
    units[ended].successor = "H34.12";
  }
  units[3].valid_from = DayAt("2025-07-01");
  return *UnitTree::Build(std::move(units));
}

Principal BoundTo(std::vector<std::string> codes) {
  Principal principal;
  for (auto& code : codes) principal.bindings.push_back({std::move(code), {}, {}});
  return principal;
}

TEST(Bindings, TheSuccessorSeesTheOldUnit) {
  const auto tree = MergedTree();
  const Day before = DayAt("2025-06-30");
  const Day after = DayAt("2025-07-01");
  EXPECT_FALSE(MaySee(BoundTo({"H34.12"}), *tree, before, "H34.10"));
  EXPECT_TRUE(MaySee(BoundTo({"H34.12"}), *tree, after, "H34.10"));
  EXPECT_TRUE(MaySee(BoundTo({"H34.10"}), *tree, after, "H34.10"));
  EXPECT_FALSE(MaySee(BoundTo({"H34.10"}), *tree, after, "H34.11"));
  EXPECT_FALSE(MaySee(BoundTo({"H34.13"}), *tree, after, "H34.10"));
}

TEST(Bindings, PastFiguresAreForWhoSeesAllThatIsInThem) {
  const auto tree = MergedTree();
  const Day before = DayAt("2025-06-30");
  const Day after = DayAt("2025-07-01");
  EXPECT_TRUE(MaySeeAllBelow(BoundTo({"H34.12"}), *tree, after, "H34.12", *tree, after));
  EXPECT_TRUE(MaySeeAllBelow(BoundTo({"H34.12"}), *tree, after, "H34.10", *tree, before));
  EXPECT_TRUE(MaySeeAllBelow(BoundTo({"H34"}), *tree, after, "H34", *tree, before));
  // Bound to the province and asked as of a day on which it had what it has no more.
  std::vector<Unit> units(3);
  units[0].code = "H34";
  units[1].code = "H35";
  units[2].code = "H34.10";
  units[2].parent = "H34";
  units[2].valid_to = before;
  units[2].successor = "H35";
  for (Unit& unit : units) unit.name = unit.code;
  const auto moved = *UnitTree::Build(std::move(units));
  EXPECT_TRUE(MaySeeAllBelow(BoundTo({"H34"}), *moved, before, "H34", *moved, before));
  EXPECT_FALSE(MaySeeAllBelow(BoundTo({"H34"}), *moved, after, "H34", *moved, before));
  EXPECT_TRUE(MaySeeAllBelow(BoundTo({"H34"}), *moved, after, "H34", *moved, after));
}

TEST(UnitsToWatch, StaysWithinThePrincipalsUnits) {
  const FakeMonitor monitor;
  const auto tree = monitor.units();
  const Day today = DayOf(monitor.Now());
  Principal all;
  all.sees_all_units = true;
  const Principal district = BoundTo({"H34.23"});
  using Units = std::vector<std::string>;
  EXPECT_EQ(*UnitsToWatch({}, all, *tree, today), Units{});
  EXPECT_EQ(*UnitsToWatch({}, district, *tree, today), Units{"H34.23"});
  EXPECT_EQ(*UnitsToWatch({"000.09.23.H34"}, district, *tree, today), Units{"H34.23.09"});
  const auto foreign = UnitsToWatch({"H34"}, district, *tree, today);
  EXPECT_EQ(foreign.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(UnitsToWatch({"H99"}, all, *tree, today).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(UnitsToWatch({"?"}, all, *tree, today).error().kind, ErrorKind::kInvalidInput);
  // An empty list would mean all.
  Principal former = BoundTo({"H34.23"});
  former.bindings[0].to = today - 1;
  EXPECT_EQ(UnitsToWatch({}, former, *tree, today).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(*UnitsToWatch({}, BoundTo({"H34.12"}), *MergedTree(), DayAt("2025-07-01")),
            (Units{"H34.12", "H34.10", "H34.11"}));
}

TEST(Access, RefusesAFileWithFileAndLine) {
  const std::string start = "[[token]]\nname=\"a\"\ntoken=\"0123456789abcdef\"\n";
  const std::pair<std::string, std::string_view> bad[] = {
      {"", "no [[token]]"},
      {"[[token]]\nname=\"a\"\nroles=[\"officer\"]\n", "t:1: give either sha256 or token"},
      {"[[token]]\nname=\"a\"\ntoken=\"short\"\nroles=[\"officer\"]\n", "at least 16"},
      {"[[token]]\nname=\"a\"\nsha256=\"12\"\nroles=[\"officer\"]\n", "64 hexadecimal"},
      {start + "roles=[\"root\"]\n", "t:4: a role is one of \"producer\", \"officer\""},
      {start + "roles=[]\n", "roles must be"},
      {start + "roles=[\"reader\"]\n", "t:4: the role \"reader\" is called \"officer\""},
      {start + "roles=[\"sender\"]\n", "is called \"producer\""},
      {start + "roles=[\"admin\"]\n", "is called \"administrator\""},
      {start + "roles=[\"officer\"]\nunits=[]\n", "leave it out for all units"},
      {start + "roles=[\"officer\"]\nunit=[\"H34\"]\n", "t:5: there is no key 'unit'"},
      {start + "roles=[\"officer\"]\nunits=[5]\n", "a unit is a code"},
      {start + "roles=[\"officer\"]\nunits=[{from=\"2025-01-01\"}]\n", "a unit is a code"},
      {start + "roles=[\"officer\"]\nunits=[{code=\"H34\", until=\"2025-01-01\"}]\n", "'until'"},
      {start + "roles=[\"officer\"]\nunits=[{code=\"H34\", to=\"soon\"}]\n", "to must be a day"},
      {start + "roles=[\"officer\"]\nunits=[{code=\"H34\", from=\"2025-02-01\", to=\"2025-01-01\"}]\n",
       "before its first"},
      {start + "roles=[\"officer\"]\nexpires=\"tomorrow\"\n", "expires must be"},
      {"[[token]]\ntoken=\"0123456789abcdef\"\nroles=[\"officer\"]\n", "name is missing"},
      {"[[token]\n", "t:1:"},
  };
  for (const auto& [text, said] : bad) {
    const auto access = Access::Parse(text, "t");
    ASSERT_FALSE(access) << text;
    EXPECT_NE(access.error().message.find(said), std::string::npos) << access.error().message;
    EXPECT_EQ(access.error().message.find("0123456789abcdef"), std::string::npos);
  }
}

TEST(Access, ProviderSettingsAreChecked) {
  const auto error = [](std::vector<std::pair<std::string, SettingValue>> values) {
    Settings settings = Settings::Defaults();
    for (auto& [name, value] : values) EXPECT_TRUE(settings.Set(name, std::move(value))) << name;
    const auto provider = ProviderFrom(settings);
    return provider ? std::string() : provider.error().message;
  };
  const std::pair<std::string, SettingValue> issuer{"oidc.issuer", std::string("https://id.vn")};
  const std::pair<std::string, SettingValue> audience{"oidc.audience", std::string("tthc")};
  const std::pair<std::string, SettingValue> url{"oidc.jwks_url", std::string("https://id.vn/k")};
  EXPECT_EQ(error({}), "");
  EXPECT_EQ(error({issuer, audience, url}), "");
  EXPECT_NE(error({issuer, url}).find("oidc.audience"), std::string::npos);
  EXPECT_NE(error({issuer, audience}).find("jwks_file or jwks_url"), std::string::npos);
  EXPECT_NE(error({issuer, audience, {"oidc.jwks_url", std::string("http://id.vn/k")}})
                .find("oidc.jwks_url"),
            std::string::npos);
  EXPECT_NE(error({issuer, audience, {"oidc.jwks_file", std::string("/nowhere/jwks.json")}})
                .find("cannot be opened"),
            std::string::npos);
  EXPECT_NE(error({issuer, audience, url, {"oidc.algorithms", std::vector<std::string>{"HS256"}}})
                .find("oidc.algorithms"),
            std::string::npos);
  EXPECT_EQ(*Access::From(Settings::Defaults()), nullptr);
}

TEST(BearerToken, ReadsOnlyItsOwnScheme) {
  EXPECT_EQ(BearerToken("Bearer abc"), "abc");
  EXPECT_EQ(BearerToken("bearer  abc"), "abc");
  EXPECT_EQ(BearerToken("Basic abc"), "");
  EXPECT_EQ(BearerToken(""), "");
}

}  // namespace
}  // namespace tthc
