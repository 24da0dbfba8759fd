// Closed periods: what was frozen stays, what comes later stands beside it.
#include "figures_testing.h"

namespace tthc {
namespace {

using figures::At;
using figures::PeriodOf;
using figures::Record;
using figures::Rig;

const Period kQuarter = PeriodOf("2025-Q1");

Record Open(int number, const char* unit = "H34.01") {
  Record one;
  one.case_id = std::string(unit) + "-250303-" + std::to_string(1000 + number);
  one.received = At(3, 3, 8);
  one.due = At(3, 20, 16);
  return one;
}

std::map<std::string, FrozenFigure::Line> LinesOf(const FrozenFigure& figure) {
  std::map<std::string, FrozenFigure::Line> lines;
  for (const FrozenFigure::Line& line : figure.lines) lines[line.id] = line;
  return lines;
}
FrozenFigure Frozen(Rig& rig, const std::string& unit) {
  const auto figure = rig.monitor().FrozenOf(unit, kQuarter);
  EXPECT_TRUE(figure.has_value() && figure->has_value()) << unit;
  return figure.value().value_or(FrozenFigure{});
}

TEST(Frozen, FiguresStayAndLaterStatementsShowBeside) {
  Rig rig(At(3, 25));
  for (int n = 0; n < 4; ++n) rig.Say(Open(n));
  rig.OpenAt(At(4, 2));
  const auto closed = rig.monitor().ClosePeriod("H34", kQuarter, "", "kiem-soat");
  ASSERT_TRUE(closed.has_value()) << closed.error().message;
  EXPECT_EQ(closed->definition, "qd766-portal-2026");
  EXPECT_EQ(closed->closed_by, "kiem-soat");
  const FrozenFigure frozen = Frozen(rig, "H34.01");
  EXPECT_EQ(frozen.of.unit, "H34");
  EXPECT_EQ(LinesOf(frozen).at("form06.pending_late").numerator, 4);
  EXPECT_EQ(LinesOf(frozen).at("TDGQ.1").numerator, 0);
  EXPECT_EQ(LinesOf(frozen).at("TDGQ.1").cents, 0);
  EXPECT_FALSE(LinesOf(frozen).at("MDHL.1").numerator) << "no register, no figure";

  rig.OpenAt(At(4, 9));   // told late: it had ended in time
  Record late = Open(0);
  late.status = Status::kFinished;
  late.finished = At(3, 19, 15);
  rig.Say(late);
  EXPECT_EQ(LinesOf(Frozen(rig, "H34.01")).at("form06.pending_late").numerator, 4);
  EXPECT_EQ(Frozen(rig, "H34.01").total_cents, frozen.total_cents);
  const auto now = rig.monitor().FigureNow("H34.01", kQuarter, frozen.of.definition);
  ASSERT_TRUE(now.has_value());
  EXPECT_EQ(LinesOf(*now).at("form06.pending_late").numerator, 3);
  EXPECT_EQ(LinesOf(*now).at("form06.early").numerator, 1);
  EXPECT_EQ(LinesOf(*now).at("TDGQ.1").numerator, 1);
  EXPECT_EQ(now->lines.size(), frozen.lines.size());

  rig.OpenAt(At(4, 20));   // as stored
  EXPECT_EQ(LinesOf(Frozen(rig, "H34.01")).at("form06.received").numerator, 4);
  ASSERT_EQ(rig.monitor().ClosedPeriods().value().size(), 1u);
  EXPECT_EQ(rig.monitor().ClosedPeriods().value()[0].closed_at, closed->closed_at);
  EXPECT_EQ(rig.monitor().ClosedPeriods().value()[0].unit, "H34");
  EXPECT_EQ(rig.monitor().ClosedPeriods().value()[0].period, kQuarter);
}

TEST(Frozen, EqualsWhatIsAskedForTheSameKnowledge) {
  Rig rig(At(3, 25));
  for (int n = 0; n < 4; ++n) rig.Say(Open(n));
  rig.OpenAt(At(4, 2));
  const FrozenPeriod closed = rig.monitor().ClosePeriod("H34", kQuarter, "", "x").value();
  rig.OpenAt(At(4, 9));
  Record late = Open(1);
  late.status = Status::kFinished;
  late.finished = At(3, 19, 15);
  rig.Say(late);
  SheetQuery query;
  query.unit = "H34";
  query.period = kQuarter;
  query.view.known_at = closed.known_at;
  const auto sheet = rig.monitor().Sheet(query).value();
  const FrozenFigure frozen = Frozen(rig, "H34");
  EXPECT_EQ(sheet.unit.sheet.total_cents, frozen.total_cents);
  for (size_t i = 0; i < sheet.unit.sheet.components.size(); ++i) {
    EXPECT_EQ(sheet.unit.sheet.components[i].numerator, frozen.lines[i].numerator);
    EXPECT_EQ(sheet.unit.sheet.components[i].cents, frozen.lines[i].cents);
  }
}

TEST(Frozen, AUnitThatWasClosedBeforeKeepsItsFigure) {
  Rig rig(At(3, 25));
  rig.Say(Open(0));
  rig.OpenAt(At(4, 2));
  ASSERT_TRUE(rig.monitor().ClosePeriod("H34.01", kQuarter, "", "x").has_value());
  EXPECT_FALSE(rig.monitor().FrozenOf("H34", kQuarter).value()) << "only the unit and what is below";
  EXPECT_FALSE(rig.monitor().FrozenOf("H34.02", kQuarter).value());
  rig.Say(Open(1));
  ASSERT_TRUE(rig.monitor().ClosePeriod("H34", kQuarter, "", "y").has_value());
  EXPECT_EQ(Frozen(rig, "H34.01").of.unit, "H34.01");
  EXPECT_EQ(LinesOf(Frozen(rig, "H34.01")).at("form06.received").numerator, 1);
  EXPECT_EQ(LinesOf(Frozen(rig, "H34")).at("form06.received").numerator, 2);
}

TEST(Frozen, RefusesWhatCannotBeClosed) {
  Rig rig(At(3, 31, 23));
  const auto early = rig.monitor().ClosePeriod("H34", kQuarter, "", "x");
  ASSERT_TRUE(early.has_error());
  EXPECT_EQ(early.error().kind, ErrorKind::kInvalidInput);
  EXPECT_NE(early.error().message.find("2025-04-01"), std::string::npos) << early.error().message;
  rig.OpenAt(At(4, 1, 0));
  EXPECT_EQ(rig.monitor().ClosePeriod("H77", kQuarter, "", "x").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(rig.monitor().ClosePeriod("H34", kQuarter, "no-such", "x").error().kind,
            ErrorKind::kNotFound);
  EXPECT_TRUE(rig.monitor().ClosedPeriods().value().empty()) << "nothing half-applied";
  ASSERT_TRUE(rig.monitor().ClosePeriod("H34", kQuarter, "", "x").has_value());
  EXPECT_EQ(rig.monitor().ClosePeriod("H34", kQuarter, "", "x").error().kind, ErrorKind::kConflict);
  EXPECT_EQ(rig.monitor().ClosePeriod("H34.01", kQuarter, "", "x").error().kind,
            ErrorKind::kConflict);
}

}  // namespace
}  // namespace tthc
