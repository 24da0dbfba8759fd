#include "config/indicators.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "config/settings.h"
#include "tests/unit/config/config_testing.h"

namespace tthc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::vector<std::string> ShippedFiles() { return Settings::Defaults().List("indicators.files"); }
const IndicatorBook& Shipped766() {
  static const auto book = IndicatorBook::Load(ShippedFiles()).value();
  return *book;
}
const Indicator& In(std::string_view definition, std::string_view id) {
  const IndicatorTable* table = Shipped766().Find(definition);
  const Indicator* indicator = table == nullptr ? nullptr : table->Find(id);
  if (indicator == nullptr) {
    throw std::runtime_error(std::string(definition) + " lacks " + std::string(id));
  }
  return *indicator;
}

// --- what is shipped

TEST(ShippedIndicators, EveryDefinitionIsWhole) {
  EXPECT_EQ(Shipped766().tables().size(), ShippedFiles().size());
  for (const auto& table : Shipped766().tables()) {
    SCOPED_TRACE(table->id());
    std::map<std::string, int> legal;
    int groups = 0, indicators = 0;
    for (const IndicatorGroup& group : table->groups()) {
      EXPECT_FALSE(group.name_en.empty()) << group.id;
      groups += group.max_points;
      legal[group.legal_group] += group.max_points;
    }
    for (const Indicator& indicator : table->indicators()) {
      EXPECT_FALSE(indicator.name_en.empty()) << indicator.id;
      indicators += indicator.max_points;
    }
    EXPECT_EQ(groups, 100);
    EXPECT_EQ(indicators, 100);
    // The five groups of the decision: the online group is service and payment together.
    EXPECT_THAT(legal, ElementsAre(Pair("I", 18), Pair("II", 20), Pair("III", 22), Pair("IV", 22),
                                   Pair("V", 18)));
    ASSERT_EQ(table->bands().size(), 5u);
    EXPECT_FALSE(table->title().empty());
    EXPECT_FALSE(table->source().empty());
  }
}

TEST(ShippedIndicators, ThePortalsIsInForceAlways) {
  for (const char* period : {"1990", "2022-Q2", "2025-Q1", "2030-12"}) {
    EXPECT_EQ(Shipped766().For(ParsePeriod(period).value()).id(), "qd766-portal-2026") << period;
  }
  EXPECT_EQ(Shipped766().Find("qd766-portal-2025"), nullptr);
}

// Where the sources disagree (the switches), each reading is where it is said to be.
TEST(ShippedIndicators, HoldTheReadingsApart) {
  const std::string_view portal = "qd766-portal-2026", f = "qd766-spec-f", m = "qd766-sheet-m-2026";
  EXPECT_EQ(In(portal, "MDSH.2").target_percent, 100);
  EXPECT_EQ(In(f, "MDSH.2").target_percent, 80);
  EXPECT_EQ(In(portal, "MDSH.1").denominator, "handled.all");
  EXPECT_EQ(In(f, "MDSH.1").denominator, "received.documented");
  EXPECT_TRUE(In(portal, "MDSH.3").constant);
  EXPECT_EQ(In(f, "MDSH.3").denominator, "copies.managed");
  EXPECT_EQ(In(portal, "MDSH.4").numerator, "handled.reused");
  EXPECT_EQ(In(f, "MDSH.4").numerator, "received.digitised_part");
  EXPECT_EQ(In(portal, "CLGQ.3").multiplier, "");
  EXPECT_EQ(In(f, "CLGQ.3").multiplier, "CKMB.4");
  EXPECT_EQ(In(portal, "TTTT.1").denominator, "procedures.handled.fee");
  EXPECT_EQ(In(f, "TTTT.1").denominator, "catalogue.fee");
  EXPECT_EQ(In(portal, "MDHL.1").zero_denominator, ZeroDenominator::kFull);
  EXPECT_EQ(In(f, "MDHL.1").zero_denominator, ZeroDenominator::kNone);
  EXPECT_EQ(In(m, "MDHL.1").zero_denominator, ZeroDenominator::kSplit);
  EXPECT_EQ(In(portal, "CKMB.4").numerator, "received.synchronised");
  EXPECT_EQ(In(m, "CKMB.4").numerator, "handled.synced_in_time");
  EXPECT_EQ(In(portal, "CKMB.1").below_province, BelowProvince::kInherits);
  EXPECT_EQ(In(f, "CKMB.1").below_province, BelowProvince::kNoPoints);
  EXPECT_EQ(In(portal, "CLGQ.1").below_province, BelowProvince::kNoPoints);
  EXPECT_EQ(In(m, "CLGQ.FULL").max_points, 12);
  EXPECT_EQ(In(m, "CLGQ.FULL").below_province, BelowProvince::kFull);
  EXPECT_EQ(In(m, "TTTT.3").max_points, 10);
  EXPECT_EQ(In(m, "MDSH.6").numerator, "") << "no data feeds it";
}

TEST(ShippedIndicators, InformationHasNoPointsAndStandsLast) {
  for (const auto& table : Shipped766().tables()) {
    bool information = false;
    for (const Indicator& indicator : table->indicators()) {
      EXPECT_FALSE(information && indicator.max_points > 0) << table->id() << indicator.id;
      information |= indicator.max_points == 0;
    }
    EXPECT_TRUE(information) << table->id();
    EXPECT_NE(table->Find("PAKN.1"), nullptr);
  }
}

TEST(ShippedIndicators, BandsBeginAtTheirPoints) {
  const IndicatorTable& table = *Shipped766().tables().front();
  const std::pair<int64_t, std::string_view> kTotals[] = {
      {10000, "excellent"}, {9000, "excellent"}, {8999, "good"},  {8000, "good"}, {7999, "fair"},
      {7000, "fair"},       {6999, "average"},   {5000, "average"}, {4999, "weak"}, {0, "weak"}};
  for (const auto& [cents, code] : kTotals) EXPECT_EQ(table.BandOf(cents)->code, code) << cents;
  EXPECT_EQ(table.BandOf(8500)->name, "Tốt");
}

// --- reading

constexpr std::string_view kHead = "id = \"x\"\ntitle = \"t\"\nsource = \"s\"\n";  // lines 1 to 3
constexpr std::string_view kGroupA =                                               // 5 lines
    "[[group]]\nid = \"A\"\nname = \"a\"\nmax = 60\nlegal_group = \"I\"\n";
constexpr std::string_view kGroupB =
    "[[group]]\nid = \"B\"\nname = \"b\"\nmax = 40\nlegal_group = \"V\"\n";

// Five lines and what is added: "[[indicator]]", id, group, name, max.
std::string Row(const std::string& id, const std::string& group, int max,
                const std::string& more = "zero_denominator = \"none\"\n") {
  return "[[indicator]]\nid = \"" + id + "\"\ngroup = \"" + group + "\"\nname = \"n\"\nmax = " +
         std::to_string(max) + "\n" + more;
}
// A whole definition: the head on lines 1 to 3, groups on 4 to 13, A.1 from line 14 (what is given
// for it from 19), B.1 after it.
std::string Definition(const std::string& more_of_a1, const std::string& rest = "",
                       const std::string& in_head = "") {
  return std::string(kHead) + in_head + std::string(kGroupA) + std::string(kGroupB) +
         Row("A.1", "A", 60, more_of_a1) + Row("B.1", "B", 40) + rest;
}
constexpr const char* kNone = "zero_denominator = \"none\"\n";

Result<std::shared_ptr<const IndicatorTable>> Read(const std::string& text) {
  const TemporaryFile file("d.toml", text);
  return IndicatorTable::Load(file.path());
}

TEST(IndicatorTable, ReadsWhatIsWritten) {
  const auto table = Read(Definition(
      "name_en = \"e\"\nportal_code = \"P\"\nsource = \"law\"\ntarget_percent = 80\n"
      "target_of_year = [{ year = 2027, percent = 90 }, { year = 2025, percent = 50 }]\n"
      "numerator = \"handled.on_time\"\ndenominator = \"handled.all\"\nmultiplier = \"B.2\"\n"
      "zero_denominator = \"zero\"\nbelow_province = \"inherits\"\nnote = \"for people\"\n",
      Row("B.2", "B", 0, "numerator = \"n\"\ndenominator = \"d\"\n"),
      "valid_from = 2025-01-01\nvalid_to = 2025-12-31\n"));
  ASSERT_TRUE(table) << table.error().message;
  const Indicator& a = *(*table)->Find("A.1");
  EXPECT_EQ(a.name_en, "e");
  EXPECT_EQ(a.portal_code, "P");
  EXPECT_EQ(a.source, "law");
  EXPECT_EQ(a.numerator, "handled.on_time");
  EXPECT_EQ(a.denominator, "handled.all");
  EXPECT_EQ(a.multiplier, "B.2");
  EXPECT_EQ(a.zero_denominator, ZeroDenominator::kZero);
  EXPECT_EQ(a.below_province, BelowProvince::kInherits);
  EXPECT_THAT(a.target_of_year, ElementsAre(Pair(2025, 50), Pair(2027, 90)));
  EXPECT_EQ(a.TargetIn(2025), 50);
  EXPECT_EQ(a.TargetIn(2026), 80) << "a year without a row has the target of the indicator";
  EXPECT_EQ(a.TargetIn(2027), 90);
  EXPECT_EQ((*table)->Find("B.2")->zero_denominator, ZeroDenominator::kNone);
  EXPECT_FALSE((*table)->ValidOn(D("2024-12-31")));
  EXPECT_TRUE((*table)->ValidOn(D("2025-01-01")));
  EXPECT_TRUE((*table)->ValidOn(D("2025-12-31")));
  EXPECT_FALSE((*table)->ValidOn(D("2026-01-01")));
  EXPECT_EQ((*table)->BandOf(10000), nullptr) << "no bands, no classification";
}

TEST(IndicatorTable, RefusesBadFilesWithFileAndLine) {
  const std::string groups = std::string(kGroupA) + std::string(kGroupB);
  const std::string band = "[[band]]\ncode = \"h\"\nname = \"H\"\nfrom = 50\n";
  const std::string low = "[[band]]\ncode = \"l\"\nname = \"L\"\nfrom = 0\n";
  const std::string counted = "numerator = \"n\"\ndenominator = \"d\"\n";
  const std::pair<std::string, std::string> kCases[] = {
      // the whole
      {std::string(kHead) + groups + Row("A.1", "A", 59) + Row("B.1", "B", 40),
       ":7: group A has 60 points, its indicators 59"},
      {std::string(kHead) + std::string(kGroupA) + Row("A.1", "A", 60),
       ":4: the groups have 60 points together, not 100"},
      {std::string(kHead), ": the groups have 0 points together, not 100"},
      {Definition(kNone, std::string(kGroupB)), ":27: group B stands twice"},
      {Definition(kNone, Row("A.1", "B", 0, "")), ":27: indicator A.1 stands twice"},
      {Definition(kNone, Row("C.1", "C", 0, "")), ":28: group: there is no [[group]] C"},
      {Definition(kNone, "bands = 5\n"), ":26: unknown key bands"},
      {Definition(kNone, "", "valid = 2025-01-01\n"), ":4: unknown key valid"},
      {Definition(kNone, "", "valid_from = 2025-02-01\nvalid_to = 2025-01-31\n"),
       ":5: valid_to: lies before valid_from"},
      {Definition(kNone, "", "valid_from = \"2025-01-01\"\n"),
       ":4: valid_from: expected a date YYYY-MM-DD without quotes"},
      {"title = \"t\"\nsource = \"s\"\n" + groups, ":1: id: is missing"},
      {"id = \"a b\"\ntitle = \"t\"\nsource = \"s\"\n" + groups,
       ":1: id: an id has at most 64 letters"},
      {"id = \"" + std::string(65, 'x') + "\"\n" + groups, ":1: id: an id has at most 64 letters"},
      {"id = \"x\"\nsource = \"s\"\n" + groups, ":1: title: is missing"},
      {"id = \"x\"\ntitle = \"t\"\n" + groups, ":1: source: is missing"},
      // groups
      {std::string(kHead) + "[[group]]\nid = \"A\"\nname = \"a\"\nmax = 60\n",
       ":4: legal_group: is missing"},
      {std::string(kHead) + "[[group]]\nid = \"A\"\nname = \"a\"\nmax = 60\nlegal_group = \"VI\"\n",
       ":8: legal_group: 'VI' is none of I, II, III, IV, V"},
      {std::string(kHead) + "[[group]]\nid = \"A\"\nname = \"a\"\nmax = 0\nlegal_group = \"I\"\n",
       ":7: max: must lie between 1 and 100"},
      // bands
      {Definition(kNone, band), ":29: from: the last band must begin at 0"},
      {Definition(kNone, low + band), ":33: from: bands stand from the highest to the lowest"},
      {Definition(kNone, low + low), ":33: from: bands stand from the highest to the lowest"},
      {Definition(kNone, band + low + low), ":35: band l stands twice"},
      {Definition(kNone, "[[band]]\ncode = \"h\"\nname = \"H\"\nfrom = 101\n"),
       ":29: from: must lie between 0 and 100"},
      // indicators
      {Definition(""), ":14: zero_denominator: is missing"},
      {Definition("zero_denominator = \"half\"\n"),
       ":19: zero_denominator: 'half' is none of none, zero, full, split"},
      {Definition("zero_denominator = \"\"\n"), ":19: zero_denominator: '' is none of"},
      {Definition("zero_denominator = \"split\"\n"),
       ":19: zero_denominator: 'split' needs another indicator with points in group A"},
      {Definition("zero_denominator = \"split\"\n", Row("A.2", "A", 0, "")),
       ":19: zero_denominator: 'split' needs another indicator with points in group A"},
      {Definition(std::string(kNone) + "below_province = \"half\"\n"),
       ":20: below_province: 'half' is none of own, inherits, no_points, full"},
      {Definition(std::string(kNone) + "province_only = true\n"), ":20: unknown key province_only"},
      {Definition(std::string(kNone) + "numerator = \"n\"\n"),
       ":20: numerator: stands without a denominator"},
      {Definition(std::string(kNone) + "denominator = \"d\"\n"),
       ":20: denominator: stands without a numerator"},
      {Definition(std::string(kNone) + "numerator = \"N\"\ndenominator = \"d\"\n"),
       ":20: numerator: the name of a counter has only a-z, 0-9, '_' and '.'"},
      {Definition(std::string(kNone) + "numerator = \"n\"\ndenominator = \"d d\"\n"),
       ":21: denominator: the name of a counter has only"},
      {Definition(std::string(kNone) + counted + "constant = true\n"),
       ":22: constant: always the maximum, so nothing is counted"},
      {Definition(std::string(kNone) + "target_percent = 0\n"),
       ":20: target_percent: must lie between 1 and 100"},
      {Definition(std::string(kNone) + "target_percent = 101\n"),
       ":20: target_percent: must lie between 1 and 100"},
      {Definition(std::string(kNone) +
                  "target_of_year = [{ year = 2025, percent = 80 },\n"
                  "{ year = 2025, percent = 81 }]\n"),
       ":21: target_of_year: the year 2025 stands twice"},
      {Definition(std::string(kNone) + "target_of_year = [{ year = 2025, percent = 0 }]\n"),
       ":20: percent: must lie between 1 and 100"},
      {Definition(std::string(kNone) + "target_of_year = [{ year = 1989, percent = 80 }]\n"),
       ":20: year: must lie between 1990 and 2100"},
      {Definition(std::string(kNone) + "target_of_year = [{ year = 2025 }]\n"),
       ":20: percent: must lie between 1 and 100"},
      {Definition(std::string(kNone) + "target_of_year = 80\n"),
       ":20: target_of_year: expected tables [[target_of_year]], got an integer"},
      // multipliers
      {Definition(kNone + counted + "multiplier = \"C.1\"\n"),
       ":22: multiplier: there is no indicator C.1"},
      {Definition(kNone + counted + "multiplier = \"A.1\"\n"),
       ":22: multiplier: A.1 cannot multiply itself"},
      {Definition(kNone + counted + "multiplier = \"B.1\"\n"),
       ":22: multiplier: B.1 counts nothing"},
      {std::string(kHead) + groups +
           Row("A.1", "A", 60, kNone + counted + "multiplier = \"B.1\"\n") +
           Row("B.1", "B", 40, kNone + counted + "multiplier = \"A.1\"\n"),
       ":22: multiplier: B.1 is multiplied by A.1; only a plain ratio may multiply"},
      // information
      {Definition(kNone, Row("A.2", "A", -1, "")), ":30: max: must lie between 0 and 100"},
      {Definition(kNone, Row("A.2", "A", 0, "zero_denominator = \"zero\"\n")),
       ":31: zero_denominator: an indicator of 0 points is only shown"},
      {Definition(kNone, Row("A.2", "A", 0, "target_percent = 80\n")),
       ":31: target_percent: an indicator of 0 points is only shown"},
      {Definition(kNone, Row("A.2", "A", 0, "constant = true\n")),
       ":31: constant: an indicator of 0 points is only shown"},
      {Definition(kNone, Row("A.2", "A", 0, "below_province = \"full\"\n")),
       ":31: below_province: an indicator of 0 points is only shown"},
  };
  for (const auto& [text, message] : kCases) {
    const auto table = Read(text);
    ASSERT_FALSE(table.has_value()) << text;
    EXPECT_THAT(table.error().message, HasSubstr("d.toml" + message)) << text;
  }
}

TEST(IndicatorTable, TellsAllProblemsInTheOrderOfTheFile) {
  const auto table = Read(Definition("zero_denominator = \"x\"\n", "[[band]]\ncode = \"h\"\n"));
  ASSERT_FALSE(table.has_value());
  const std::string& message = table.error().message;
  const size_t first = message.find(":19: "), second = message.find(":26: name: is missing");
  ASSERT_NE(first, std::string::npos) << message;
  ASSERT_NE(second, std::string::npos) << message;
  EXPECT_LT(first, second);
}

TEST(IndicatorTable, RefusesMoreIndicatorsThanItReads) {
  std::string many;
  for (int i = 0; i < 200; ++i) many += Row("A.x" + std::to_string(i), "A", 0, "");
  const auto table = Read(Definition(kNone, many));
  ASSERT_FALSE(table.has_value());
  EXPECT_THAT(table.error().message, HasSubstr("more than 200 indicators"));
}

// --- the book

std::string Named(const std::string& id, const std::string& validity) {
  std::string text = Definition(kNone, "", validity);
  return text.replace(text.find("\"x\""), 3, "\"" + id + "\"");
}

TEST(IndicatorBook, TheFirstDefinitionValidOnTheLastDayIsInForce) {
  const TemporaryFile old_one("old.toml", Named("old", "valid_to = 2025-06-30\n"));
  const TemporaryFile new_one("new.toml", Named("new", "valid_from = 2025-03-31\n"));
  const TemporaryFile open_one("open.toml", Named("open", ""));
  const auto in_force = [](const std::vector<std::string>& files, std::string_view period) {
    return IndicatorBook::Load(files).value()->For(ParsePeriod(period).value()).id();
  };
  EXPECT_EQ(in_force({old_one.path(), new_one.path()}, "2025-02"), "old");
  EXPECT_EQ(in_force({old_one.path(), new_one.path()}, "2025-Q1"), "old");
  EXPECT_EQ(in_force({new_one.path(), old_one.path()}, "2025-Q1"), "new") << "the order decides";
  EXPECT_EQ(in_force({old_one.path(), new_one.path()}, "2025"), "new");
  EXPECT_EQ(in_force({new_one.path(), open_one.path()}, "2024"), "open");
  EXPECT_EQ(in_force({new_one.path()}, "2024"), "new") << "the first of all where none is valid";
}

TEST(IndicatorBook, RefusesTwoFilesWithOneIdAndTellsEveryBadFile) {
  const TemporaryFile one("one.toml", Named("same", "")), two("two.toml", Named("same", ""));
  const auto book = IndicatorBook::Load({one.path(), two.path()});
  ASSERT_FALSE(book.has_value());
  EXPECT_EQ(book.error().message, two.path() + ": id: same is already that of " + one.path());
  EXPECT_FALSE(IndicatorBook::Load({}).has_value());
  const auto missing = IndicatorBook::Load({"/nowhere/a.toml", "/nowhere/b.toml"});
  ASSERT_FALSE(missing.has_value());
  EXPECT_THAT(missing.error().message, HasSubstr("/nowhere/a.toml"));
  EXPECT_THAT(missing.error().message, HasSubstr("/nowhere/b.toml"));
}

}  // namespace
}  // namespace tthc
