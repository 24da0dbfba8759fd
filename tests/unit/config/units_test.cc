#include "config/units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/unit/config/config_testing.h"

namespace tthc {
namespace {

using ::testing::HasSubstr;

const UnitTree& Shipped() {
  static const auto tree = UnitTree::Load({"builtin:units_kontum_2025.toml"}).value();
  return *tree;
}

UnitId Id(const UnitTree& tree, std::string_view code) { return tree.Find(code).value(); }

TEST(CanonicalUnitCode, BothSchemes) {
  const std::pair<const char*, const char*> kPairs[] = {
      {"000.09.23.H34", "H34.23.09"}, {"H34.23.09", "H34.23.09"}, {"000.00.14.H56", "H56.14"},
      {"000.00.00.H22", "H22"},       {"H56", "H56"},             {"G09.20", "G09.20"},
      {"000.00.53.H48", "H48.53"},    {"H15.50.05.13", "H15.50.05.13"},
      {"000.00.00.G22", "G22"},       {"  H56.14\n", "H56.14"},   {"h56.14", "H56.14"},
      {"H34.00.05", "H34.05"},        {"123.09.23.H34", "H34.23.09.123"},
      {"H34.A1-b_c", "H34.A1-b_c"},
  };
  for (const auto& [raw, canonical] : kPairs) {
    const auto code = CanonicalUnitCode(raw);
    ASSERT_TRUE(code.has_value()) << raw;
    EXPECT_EQ(*code, canonical) << raw;
  }
}

TEST(CanonicalUnitCode, RefusesWhatIsNoCode) {
  for (const char* raw : {"", "   ", "UBND xã", "34.23", "H3", "H345", "HH4.01", "H34..01", ".H34",
                          "H34.", "H34/01", "000.00.00", "H34 01"}) {
    const auto code = CanonicalUnitCode(raw);
    EXPECT_FALSE(code.has_value()) << raw;
    EXPECT_EQ(code.error().kind, ErrorKind::kInvalidInput);
  }
  EXPECT_TRUE(CanonicalUnitCode("H34." + std::string(60, '1')).has_value());
  EXPECT_FALSE(CanonicalUnitCode("H34." + std::string(61, '1')).has_value());
  EXPECT_LT(CanonicalUnitCode(std::string(1 << 20, 'H')).error().message.size(), 200u);
}

RC_GTEST_PROP(UnitCodeProperty, CanonicalIsIdempotentOnAnyBytes, (const std::string& raw)) {
  const auto once = CanonicalUnitCode(raw);
  if (!once) return;
  RC_ASSERT(CanonicalUnitCode(*once).value() == *once);
}

RC_GTEST_PROP(UnitCodeProperty, CanonicalIsIdempotentAndSchemesAgree, ()) {
  const auto root = *rc::gen::element<std::string>("H34", "G09", "H48");
  auto groups = *rc::gen::container<std::vector<std::string>>(
      rc::gen::element<std::string>("00", "000", "01", "23", "A1", "x-y"));
  groups.resize(std::min<size_t>(groups.size(), 8));
  std::string new_scheme = root, old_scheme = root;
  for (const std::string& group : groups) {
    new_scheme += "." + group;
    old_scheme = group + "." + old_scheme;
  }
  const std::string canonical = CanonicalUnitCode(new_scheme).value();
  RC_ASSERT(CanonicalUnitCode(old_scheme).value() == canonical);
  RC_ASSERT(CanonicalUnitCode(canonical).value() == canonical);
}

TEST(ShippedUnits, KonTumAsItStoodInTheFirstQuarter) {
  std::map<UnitLevel, int> of_kon_tum;
  std::map<std::string, int> communes;
  for (UnitId id = 0; id < Shipped().size(); ++id) {
    const Unit& unit = Shipped().at(id);
    if (unit.code.substr(0, 3) != "H34") continue;
    ++of_kon_tum[unit.level];
    if (unit.level == UnitLevel::kCommune) {
      ++communes[Shipped().at(Id(Shipped(), unit.parent)).name];
    }
    EXPECT_EQ(FormatDay(unit.valid_to.value()), "2025-06-30") << unit.code;
    EXPECT_FALSE(unit.successor.empty()) << unit.code;
    EXPECT_EQ(unit.demonstration_code, unit.code != "H34") << unit.code;
  }
  EXPECT_EQ(of_kon_tum, (std::map<UnitLevel, int>{{UnitLevel::kProvince, 1},
                                                  {UnitLevel::kDepartment, 14},
                                                  {UnitLevel::kDistrict, 10},
                                                  {UnitLevel::kCommune, 102}}));
  EXPECT_EQ(communes,
            (std::map<std::string, int>{{"Thành phố Kon Tum", 21}, {"Huyện Đăk Glei", 12},
                                        {"Huyện Đăk Hà", 11},      {"Huyện Đăk Tô", 9},
                                        {"Huyện Ia H'Drai", 3},    {"Huyện Kon Plông", 9},
                                        {"Huyện Kon Rẫy", 7},      {"Huyện Ngọc Hồi", 8},
                                        {"Huyện Sa Thầy", 11},     {"Huyện Tu Mơ Rông", 11}}));
}

TEST(ShippedUnits, NoTwoUnitsOfOneParentShareAName) {
  std::set<std::string> names;
  for (UnitId id = 0; id < Shipped().size(); ++id) {
    const Unit& unit = Shipped().at(id);
    EXPECT_TRUE(names.insert(unit.parent + "/" + unit.name).second) << unit.name;
  }
}

TEST(ShippedUnits, TheMergerMovesEverythingOfKonTumUnderQuangNgai) {
  const UnitId kon_tum = Id(Shipped(), "H34"), quang_ngai = Id(Shipped(), "H48");
  const auto before = Shipped().SubtreeOn(quang_ngai, D("2025-06-30"));
  const auto after = Shipped().SubtreeOn(quang_ngai, D("2025-07-01"));
  const auto old_province = Shipped().SubtreeOn(kon_tum, D("2025-06-30"));
  for (UnitId id = 0; id < Shipped().size(); ++id) {
    const bool is_of_kon_tum = Shipped().at(id).code.substr(0, 3) == "H34";
    EXPECT_EQ(old_province[id], is_of_kon_tum) << Shipped().at(id).code;
    EXPECT_EQ(before[id], !is_of_kon_tum) << Shipped().at(id).code;
    EXPECT_TRUE(after[id]) << Shipped().at(id).code;
  }
}

TEST(ShippedUnits, CommunesGoToTheNewCommuneTheyBecamePartOf) {
  const auto successor_name = [](std::string_view name, std::string_view district) {
    for (UnitId id = 0; id < Shipped().size(); ++id) {
      const Unit& unit = Shipped().at(id);
      if (unit.name == name && !unit.successor.empty() &&
          Shipped().at(Id(Shipped(), unit.parent)).name == district) {
        return Shipped().at(Id(Shipped(), unit.successor)).name;
      }
    }
    return std::string("not found");
  };
  EXPECT_EQ(successor_name("Phường Quyết Thắng", "Thành phố Kon Tum"), "Phường Kon Tum");
  EXPECT_EQ(successor_name("Thị trấn Plei Kần", "Huyện Ngọc Hồi"), "Xã Bờ Y");
  EXPECT_EQ(successor_name("Xã Đăk Long", "Huyện Đăk Glei"), "Xã Đăk Long");
  EXPECT_EQ(successor_name("Xã Đăk Long", "Huyện Đăk Hà"), "Xã Đăk Pxi");
  EXPECT_EQ(successor_name("Xã Hiếu", "Huyện Kon Plông"), "Xã Kon Plông");
}

RC_GTEST_PROP(ShippedUnitsProperty, EveryUnitReachesOneRootOnEveryDay, ()) {
  const Day day = D("2024-01-01") + *rc::gen::inRange(0, 1500);
  const auto start =
      *rc::gen::inRange<UnitId>(0, static_cast<UnitId>(Shipped().size()));
  UnitId at = start;
  size_t steps = 0;
  while (const auto parent = Shipped().ParentOn(at, day)) {
    at = *parent;
    RC_ASSERT(++steps < Shipped().size());
  }
  RC_ASSERT(Shipped().SubtreeOn(at, day)[start]);
  RC_ASSERT(Shipped().at(at).code == "H48" ||
            (Shipped().at(at).code == "H34" && day <= D("2025-06-30")));
}

Unit U(std::string code, std::string parent = "", std::string to = "", std::string successor = "",
       std::string from = "") {
  Unit unit;
  unit.code = std::move(code);
  unit.name = unit.code;
  unit.parent = std::move(parent);
  if (!to.empty()) unit.valid_to = D(to);
  if (!from.empty()) unit.valid_from = D(from);
  unit.successor = std::move(successor);
  return unit;
}

TEST(UnitTree, ChildrenOnADay) {
  const auto tree = UnitTree::Build({U("H01"), U("H01.01", "H01", "2025-06-30", "H01.03"),
                                     U("H01.02", "H01", "2025-06-30"),
                                     U("H01.03", "H01", "", "", "2025-07-01")})
                        .value();
  const auto codes = [&](std::string_view parent, std::string_view day) {
    std::vector<std::string> out;
    for (const UnitId id : tree->ChildrenOn(Id(*tree, parent), D(day))) {
      out.push_back(tree->at(id).code);
    }
    return out;
  };
  EXPECT_EQ(codes("H01", "2025-06-30"), (std::vector<std::string>{"H01.01", "H01.02"}));
  EXPECT_EQ(codes("H01", "2025-07-01"), (std::vector<std::string>{"H01.03"}));
  EXPECT_EQ(codes("H01.03", "2025-07-01"), (std::vector<std::string>{"H01.01"}));
  // Cases of a unit that ended without a successor still count above it.
  EXPECT_TRUE(tree->SubtreeOn(Id(*tree, "H01"), D("2025-07-01"))[Id(*tree, "H01.02")]);
}

TEST(UnitTree, ProvisionalUnitsHangUnderTheirLongestKnownPrefix) {
  const auto tree = UnitTree::Build({U("H01"), U("H01.02", "H01")}).value();
  const auto grown = tree->WithProvisional("H01.02.03.04")->WithProvisional("H99.01");
  EXPECT_EQ(tree->size(), 2u) << "the tree itself is immutable";
  const Unit& added = grown->at(Id(*grown, "H01.02.03.04"));
  EXPECT_TRUE(added.provisional);
  EXPECT_EQ(added.parent, "H01.02");
  EXPECT_EQ(grown->ParentOn(Id(*grown, "H01.02.03.04"), D("2025-01-01")), Id(*tree, "H01.02"));
  EXPECT_EQ(grown->ParentOn(Id(*grown, "H99.01"), D("2025-01-01")), std::nullopt);
  EXPECT_EQ(Id(*grown, "H01.02"), Id(*tree, "H01.02")) << "ids stay";
  EXPECT_EQ(grown->WithProvisional("H01.02")->size(), grown->size()) << "known already";
}

TEST(UnitTree, TheOrderInWhichUnknownCodesComeLeavesNoTrace) {
  const auto tree = UnitTree::Build({U("H01"), U("H01.02", "H01")}).value();
  std::vector<std::string> codes = {"H01.02.03", "H01.02.03.04", "H01.02.03.04.05", "H99", "H99.01.02"};
  do {
    auto grown = tree;
    for (const std::string& code : codes) grown = grown->WithProvisional(code);
    const auto parent = [&](std::string_view code) {
      const Unit& unit = grown->at(Id(*grown, code));
      const auto above = grown->ParentOn(Id(*grown, code), D("2025-01-01"));
      EXPECT_EQ(unit.parent, above ? grown->at(*above).code : "");
      return unit.parent;
    };
    EXPECT_EQ(parent("H01.02.03"), "H01.02");
    EXPECT_EQ(parent("H01.02.03.04"), "H01.02.03");
    EXPECT_EQ(parent("H01.02.03.04.05"), "H01.02.03.04");
    EXPECT_EQ(parent("H99.01.02"), "H99");
    EXPECT_EQ(parent("H01.02"), "H01") << "units of a file stay where the file has them";
  } while (std::next_permutation(codes.begin(), codes.end()));
}

TEST(UnitTree, ChildrenStandAsFiledThenProvisionalOnesByCode) {
  const auto tree = UnitTree::Build({U("H01"), U("H01.09", "H01"), U("H01.02", "H01")}).value();
  std::vector<std::string> codes = {"H01.05", "H01.07", "H01.98"};
  do {
    auto grown = tree;
    for (const std::string& code : codes) grown = grown->WithProvisional(code);
    std::vector<std::string> children;
    for (const UnitId id : grown->ChildrenOn(Id(*grown, "H01"), D("2025-01-01"))) {
      children.push_back(grown->at(id).code);
    }
    EXPECT_EQ(children, (std::vector<std::string>{"H01.09", "H01.02", "H01.05", "H01.07", "H01.98"}));
  } while (std::next_permutation(codes.begin(), codes.end()));
}

// One bad tree per check; the message names the place and the fault.
TEST(UnitTree, RefusesBadFilesWithFileAndLine) {
  const std::string root = "[[unit]]\ncode = \"H01\"\nname = \"Tỉnh\"\nlevel = \"province\"\n";
  const auto second = [&root](std::string_view rest) {  // its table begins at line 5
    return root + "[[unit]]\ncode = \"H01.01\"\nname = \"Sở\"\nlevel = \"department\"\n" +
           std::string(rest);
  };
  const std::pair<std::string, std::string> kCases[] = {
      {root + root, ":5: unit H01: the code is already taken by the unit at "},
      {second("parent = \"H02\"\n"), ":5: unit H01.01: there is no unit H02 (parent)"},
      {second("parent = \"H01.01\"\n"),
       ":5: unit H01.01: following parent from here leads back here (cycle)"},
      {second("valid_to = 2025-06-30\nsuccessor = \"H02\"\n"),
       ":5: unit H01.01: there is no unit H02 (successor)"},
      {second("valid_to = 2025-06-30\nsuccessor = \"H01.01\"\n"),
       "following successor from here leads back here (cycle)"},
      {second("successor = \"H01\"\n"), ":5: unit H01.01: a successor needs valid_to"},
      {second("valid_from = 2025-07-01\nvalid_to = 2025-06-30\n"),
       ":5: unit H01.01: valid_to 2025-06-30 lies before valid_from 2025-07-01"},
      {second("valid_to = \"2025-06-30\"\n"), ":9: valid_to: expected a date"},
      {second("valid_to = 2025-06-31\n"), ":9: not TOML"},
      {second("level2 = 1\n"), ":9: unknown key level2"},
      {"[[unit]]\ncode = \"000.00.01.H01\"\nname = \"Sở\"\nlevel = \"department\"\n",
       ":1: unit 000.00.01.H01: write the code as H01.01"},
      {"[[unit]]\ncode = \"Sở\"\nname = \"Sở\"\nlevel = \"department\"\n", "is no unit code"},
      {"[[unit]]\ncode = \"H01\"\nname = \"Tỉnh\"\nlevel = \"kingdom\"\n",
       ":4: level: 'kingdom' is none of province, department, district, commune, unknown"},
      {"[[unit]]\n", ":1: code: is missing"},
      {"[[units]]\n", ":1: unknown key units"},
  };
  for (const auto& [text, message] : kCases) {
    const TemporaryFile file("units.toml", text);
    const auto tree = UnitTree::Load({file.path()});
    ASSERT_FALSE(tree.has_value()) << text;
    EXPECT_THAT(tree.error().message, HasSubstr(message)) << text;
    EXPECT_THAT(tree.error().message, HasSubstr(file.path() + ":")) << text;
  }
}

TEST(UnitTree, RefusesARingThatClosesOnlyWhenAUnitEnds) {
  // H01 ends and is succeeded by a unit below it: sound apart, a ring from 1/7/2025.
  const auto tree =
      UnitTree::Build({U("H01", "", "2025-06-30", "H01.01"), U("H01.01", "H01")});
  ASSERT_FALSE(tree.has_value());
  EXPECT_THAT(tree.error().message, HasSubstr("parent and successor on 2025-07-01"));
}

TEST(UnitTree, TellsAllProblemsOfAFileAtOnce) {
  const auto tree = UnitTree::Build({U("H01", "H02"), U("H03", "H04")});
  ASSERT_FALSE(tree.has_value());
  EXPECT_THAT(tree.error().message, HasSubstr("H02"));
  EXPECT_THAT(tree.error().message, HasSubstr("H04"));
}

TEST(UnitTree, SeveralFilesMakeOneTree) {
  const TemporaryFile more(
      "more.toml",
      "[[unit]]\ncode = \"H48.99\"\nname = \"Xã mới\"\nlevel = \"commune\"\nparent = \"H48\"\n");
  const auto tree = UnitTree::Load({"builtin:units_kontum_2025.toml", more.path()}).value();
  EXPECT_EQ(tree->size(), Shipped().size() + 1);
  EXPECT_EQ(tree->ParentOn(Id(*tree, "H48.99"), D("2025-01-01")), Id(*tree, "H48"));
}

TEST(UnitLevel, Names) {
  EXPECT_EQ(NameOf(UnitLevel::kProvince), "province");
  EXPECT_EQ(NameOf(UnitLevel::kDepartment), "department");
  EXPECT_EQ(NameOf(UnitLevel::kDistrict), "district");
  EXPECT_EQ(NameOf(UnitLevel::kCommune), "commune");
  EXPECT_EQ(NameOf(UnitLevel::kUnknown), "unknown");
}

}  // namespace
}  // namespace tthc
