#include "ingest/demo/world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace tthc::demo {
namespace {

// The catalogue says which departments are competent; the demonstration shares its cases out by
// sector. Both must say the same, or procedures would have cases where nobody is competent.
TEST(World, DepartmentsHandleWhatTheCatalogueSaysTheyAreCompetentFor) {
  const auto world = LoadWorld(ParsePeriod("2025-Q1").value(), 1'000'000);
  ASSERT_TRUE(world) << world.error().message;
  std::map<std::string, std::set<std::string>> handled_by;
  for (const DemoUnit& unit : world->units) {
    if (unit.level != UnitLevel::kDepartment) continue;
    for (const DemoProcedure& each : unit.procedures) {
      handled_by[each.procedure->code].insert(unit.code);
    }
  }
  EXPECT_FALSE(handled_by.empty());
  for (const Procedure& procedure : world->catalogue->all()) {
    const std::set<std::string> competent(procedure.units.begin(), procedure.units.end());
    EXPECT_EQ(handled_by[procedure.code], competent) << procedure.code;
  }
}

}  // namespace
}  // namespace tthc::demo
