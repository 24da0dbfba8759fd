#include "config/procedures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "config/units.h"
#include "tests/unit/config/config_testing.h"

namespace tthc {
namespace {

using ::testing::HasSubstr;

TEST(ProcedureKey, DropsTheOwner) {
  const std::pair<const char*, const char*> kPairs[] = {
      {"1.000656.000.00.00.H56", "1.000656"},
      {"2.002622.H56", "2.002622"},
      {"2.002622.H56.14", "2.002622"},
      {"1.000656", "1.000656"},
      {" 1.000656\t", "1.000656"},
      {"1.116410.01", "1.116410"},
      {"TS_lop1.000.00.00.H22", "TS_lop1"},
      {"TS_lop1.000.00.14.H22", "TS_lop1"},
      {"TS_lop1.H22", "TS_lop1"},
      {"TS_lop1.H22.05.13", "TS_lop1"},
      {"TS.lop.1", "TS.lop.1"},
      {"TLHDH", "TLHDH"},
      {"H22", "H22"},
      {"1.0006561", "1.0006561"},
      {"1.00065", "1.00065"},
      {"X.00.00.H22", "X.00.00"},
      {"", ""},
  };
  for (const auto& [raw, key] : kPairs) EXPECT_EQ(ProcedureKey(raw), key) << raw;
}

RC_GTEST_PROP(ProcedureKeyProperty, NeverLongerThanTheTextAndNationalKeysAreFixed,
              (const std::string& raw)) {
  RC_ASSERT(ProcedureKey(raw).size() <= raw.size());
  RC_ASSERT(ProcedureKey("1.000656." + raw) == "1.000656");
}

const ProcedureCatalogue& ShippedCatalogue() {
  static const auto catalogue =
      ProcedureCatalogue::Load({"builtin:procedures_kontum.toml"}).value();
  return *catalogue;
}

TEST(ShippedProcedures, ARealisticSelection) {
  std::set<std::string> fields, names;
  std::map<std::string, int> levels;
  int without_limit = 0, certain = 0;
  for (const Procedure& each : ShippedCatalogue().all()) {
    EXPECT_EQ(ProcedureKey(each.code), each.code);
    EXPECT_EQ(each.code.size(), 8u) << "a national code";
    EXPECT_TRUE(names.insert(each.name).second) << each.name;
    EXPECT_FALSE(each.field_name.empty());
    fields.insert(each.field);
    ++levels[each.level];
    without_limit += each.limit ? 0 : 1;
    certain += each.illustrative ? 0 : 1;
  }
  EXPECT_GE(ShippedCatalogue().all().size(), 120u);
  EXPECT_GE(fields.size(), 20u);
  EXPECT_EQ(levels.size(), 3u);
  EXPECT_EQ(without_limit, 3) << "some ministries publish procedures without a time limit";
  EXPECT_EQ(certain, 19);
  const Procedure* birth = ShippedCatalogue().Find("1.001193");
  ASSERT_NE(birth, nullptr);
  EXPECT_EQ(birth->name, "Đăng ký khai sinh");
  EXPECT_EQ(birth->level, "commune");
  EXPECT_EQ(ShippedCatalogue().Find("9.999999"), nullptr);
}

TEST(ShippedProcedures, OfferWhatTheProvinceReported) {
  const auto tree = UnitTree::Load({"builtin:units_kontum_2025.toml"}).value();
  int full = 0, partial = 0, eligible = 0;
  for (const Procedure& each : ShippedCatalogue().all()) {
    SCOPED_TRACE(each.code);
    EXPECT_EQ(each.units.empty(), each.level != "province") << "departments share the province's";
    for (const std::string& code : each.units) {
      const auto unit = tree->Find(code);
      ASSERT_TRUE(unit) << code;
      EXPECT_EQ(tree->at(*unit).level, UnitLevel::kDepartment) << code;
    }
    ASSERT_TRUE(each.online && each.citizens && each.eligible_full && each.complete);
    EXPECT_EQ(*each.complete, each.limit.has_value()) << "a limit is one of the parts";
    EXPECT_TRUE(*each.eligible_full || *each.online != OnlineService::kFull);
    full += *each.online == OnlineService::kFull ? 1 : 0;
    partial += *each.online == OnlineService::kPartial ? 1 : 0;
    eligible += *each.eligible_full ? 1 : 0;
  }
  const double all = static_cast<double>(ShippedCatalogue().all().size());
  EXPECT_NEAR(full, all * 1099 / 1783, 1);
  EXPECT_NEAR(partial, all * 340 / 1783, 1);
  EXPECT_GT(eligible, full);
}

TEST(ProcedureCatalogue, ReadsTheOffer) {
  const std::string text =
      "[[field]]\ncode = \"F\"\nname = \"f\"\n"
      "[[procedure]]\ncode = \"1.000001\"\nname = \"n\"\nfield = \"F\"\nlevel = \"commune\"\n"
      "[[procedure]]\ncode = \"1.000002\"\nname = \"n\"\nfield = \"F\"\nlevel = \"province\"\n"
      "units = [\"H34.11\", \"000.00.12.H34\"]\ncitizens = false\nonline = \"partial\"\n"
      "service_state = \"closed\"\neligible_full = true\ncomplete = false\npublic = false\n";
  const TemporaryFile file("p.toml", text);
  const auto catalogue = ProcedureCatalogue::Load({file.path()});
  ASSERT_TRUE(catalogue) << catalogue.error().message;
  const Procedure& silent = *(*catalogue)->Find("1.000001");
  EXPECT_FALSE(silent.online || silent.citizens || silent.eligible_full || silent.complete)
      << "what the catalogue does not say is not known";
  EXPECT_TRUE(silent.service_open && silent.is_public && silent.units.empty());
  const Procedure& told = *(*catalogue)->Find("1.000002");
  EXPECT_EQ(told.units, (std::vector<std::string>{"H34.11", "H34.12"}));
  EXPECT_EQ(told.citizens, false);
  EXPECT_EQ(told.online, OnlineService::kPartial);
  EXPECT_FALSE(told.service_open);
  EXPECT_EQ(told.eligible_full, true);
  EXPECT_EQ(told.complete, false);
  EXPECT_FALSE(told.is_public);
}

TEST(ProcedureCatalogue, AServiceIsOpenWhilePublicAboutToStopOrOnTrial) {
  for (const auto& [state, open] : std::initializer_list<std::pair<const char*, bool>>{
           {"public", true}, {"pending_stop", true}, {"testing", true}, {"closed", false}}) {
    const TemporaryFile file(
        "p.toml", "[[field]]\ncode = \"F\"\nname = \"f\"\n[[procedure]]\ncode = \"1.000001\"\n"
                  "name = \"n\"\nfield = \"F\"\nlevel = \"commune\"\nservice_state = \"" +
                      std::string(state) + "\"\n");
    const auto catalogue = ProcedureCatalogue::Load({file.path()}).value();
    EXPECT_EQ(catalogue->all().front().service_open, open) << state;
  }
}

TEST(ProcedureCatalogue, RefusesBadFilesWithFileAndLine) {
  const std::string field = "[[field]]\ncode = \"F\"\nname = \"f\"\n";
  const std::string one =
      "[[procedure]]\ncode = \"1.000001\"\nname = \"n\"\nfield = \"F\"\nlevel = \"commune\"\n";
  const std::pair<std::string, std::string> kCases[] = {
      {field + one + one, ":9: procedure 1.000001 stands already at "},
      {one, ":4: field: there is no [[field]] F"},
      {field + field, ":4: field F stands twice"},
      {field + "[[procedure]]\ncode = \"1.000001.H34\"\nname = \"n\"\nfield = \"F\"\n"
               "level = \"commune\"\n",
       ":4: code: write 1.000001 instead of 1.000001.H34"},
      {field + "[[procedure]]\ncode = \"1.000001\"\nname = \"n\"\nfield = \"F\"\n"
               "level = \"village\"\n",
       ":8: level: 'village' is none of province, district, commune"},
      {field + one + "limit = { amount = -1, unit = \"day\" }\n", ":9: amount: -1 is outside 0 to"},
      {field + one + "limit = { amount = 3661, unit = \"day\" }\n", ":9: amount: 3661 is outside"},
      {field + one + "limit = { amount = 1, unit = \"week\" }\n",
       ":9: unit: 'week' is none of working_hour, working_day, day, month"},
      {field + one + "limit = { unit = \"day\" }\n", ":9: amount: is missing or no integer"},
      {field + one + "limit = 5\n", ":9: limit: expected a table, got an integer"},
      {field + one + "fee = true\n", ":9: unknown key fee"},
      {field + one + "online = \"half\"\n", ":9: online: 'half' is none of none, partial, full"},
      {field + one + "online = \"\"\n", ":9: online: '' is none of none, partial, full"},
      {field + one + "service_state = \"open\"\n",
       ":9: service_state: 'open' is none of public, pending_stop, testing, closed"},
      {field + one + "units = \"H34\"\n", ":9: units: expected a list of texts, got a text"},
      {field + one + "units = [\"H34.11\", \"a b\"]\n", ":9: units: 'a b' is no unit code"},
      {field + one + "citizens = 1\n", ":9: citizens: expected true or false, got an integer"},
  };
  for (const auto& [text, message] : kCases) {
    const TemporaryFile file("p.toml", text);
    const auto catalogue = ProcedureCatalogue::Load({file.path()});
    ASSERT_FALSE(catalogue.has_value()) << text;
    EXPECT_THAT(catalogue.error().message, HasSubstr(message)) << text;
  }
}

std::string Due(int amount, LimitUnit unit, std::string_view received) {
  const auto due = StatutoryDue({amount, unit}, At(received), tthc::Shipped());
  return due ? FormatInstant(*due).substr(0, 16) : due.error().message;
}

TEST(StatutoryDue, WorkingDays) {
  EXPECT_EQ(Due(5, LimitUnit::kWorkingDay, "2025-03-03 09:00"), "2025-03-10T17:00");
  EXPECT_EQ(Due(1, LimitUnit::kWorkingDay, "2025-03-08 09:00"), "2025-03-10T17:00");
  EXPECT_EQ(Due(3, LimitUnit::kWorkingDay, "2025-01-24 16:59"), "2025-02-05T17:00") << "over Tết";
  EXPECT_EQ(Due(0, LimitUnit::kWorkingDay, "2025-03-03 09:00"), "2025-03-03T17:00");
  EXPECT_EQ(Due(0, LimitUnit::kWorkingDay, "2025-03-03 18:00"), "2025-03-04T17:00")
      << "received online after the close";
  EXPECT_EQ(Due(0, LimitUnit::kWorkingDay, "2025-03-08 09:00"), "2025-03-10T17:00");
}

TEST(StatutoryDue, CalendarDaysRollForward) {
  EXPECT_EQ(Due(30, LimitUnit::kDay, "2025-03-03 09:00"), "2025-04-02T17:00");
  EXPECT_EQ(Due(5, LimitUnit::kDay, "2025-03-03 09:00"), "2025-03-10T17:00") << "Saturday rolls";
  EXPECT_EQ(Due(7, LimitUnit::kDay, "2025-01-20 09:00"), "2025-02-03T17:00") << "Tết rolls";
  EXPECT_EQ(Due(1, LimitUnit::kDay, "2025-04-25 09:00"), "2025-04-26T17:00") << "make-up Saturday";
}

TEST(StatutoryDue, MonthsEndOnTheSameDayOrTheLast) {
  EXPECT_EQ(Due(1, LimitUnit::kMonth, "2025-03-03 09:00"), "2025-04-03T17:00");
  EXPECT_EQ(Due(1, LimitUnit::kMonth, "2025-01-31 09:00"), "2025-02-28T17:00");
  EXPECT_EQ(Due(12, LimitUnit::kMonth, "2024-02-29 09:00"), "2025-02-28T17:00");
  EXPECT_EQ(Due(1, LimitUnit::kMonth, "2024-12-10 09:00"), "2025-01-10T17:00");
}

TEST(StatutoryDue, HoursWalkThroughTheSessions) {
  EXPECT_EQ(Due(8, LimitUnit::kWorkingHour, "2025-03-03 09:00"), "2025-03-04T09:00");
  EXPECT_EQ(Due(2, LimitUnit::kWorkingHour, "2025-03-03 10:30"), "2025-03-03T14:00") << "lunch";
  EXPECT_EQ(Due(1, LimitUnit::kWorkingHour, "2025-03-07 17:30"), "2025-03-10T08:30");
}

TEST(StatutoryDue, RefusesAmountsNoLawKnows) {
  EXPECT_THAT(Due(-1, LimitUnit::kDay, "2025-03-03 09:00"), HasSubstr("is outside 0 to 3660"));
  EXPECT_THAT(Due(3661, LimitUnit::kMonth, "2025-03-03 09:00"), HasSubstr("is outside 0 to 3660"));
}

RC_GTEST_PROP(StatutoryDueProperty, LiesAfterReceiptOnAWorkingDay, ()) {
  const auto unit = *rc::gen::element(LimitUnit::kWorkingHour, LimitUnit::kWorkingDay,
                                      LimitUnit::kDay, LimitUnit::kMonth);
  const int amount = *rc::gen::inRange(1, 60);
  const Instant received = At("2024-01-01 00:00") + *rc::gen::inRange<int64_t>(0, 1000) *
                                                        17 * kMicrosPerHour;
  const Instant due = StatutoryDue({amount, unit}, received, tthc::Shipped()).value();
  RC_ASSERT(due > received);
  RC_ASSERT(tthc::Shipped().IsWorkingDay(DayOf(due)));
  const Instant later = StatutoryDue({amount + 1, unit}, received, tthc::Shipped()).value();
  RC_ASSERT(later >= due);
}

TEST(LimitUnit, Names) {
  EXPECT_EQ(NameOf(LimitUnit::kWorkingHour), "working_hour");
  EXPECT_EQ(NameOf(LimitUnit::kWorkingDay), "working_day");
  EXPECT_EQ(NameOf(LimitUnit::kDay), "day");
  EXPECT_EQ(NameOf(LimitUnit::kMonth), "month");
}

}  // namespace
}  // namespace tthc
