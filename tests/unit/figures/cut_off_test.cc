// What happened after the moment asked changes no figure of it; who is told of what.
#include <algorithm>

#include "figures_testing.h"

namespace tthc {
namespace {

using figures::At;
using figures::ComponentOf;
using figures::PeriodOf;
using figures::Record;
using figures::Rig;

constexpr const char* kFeeProcedure = "1.000656";

SheetAnswer Asked(Rig& rig, std::string_view period, View view = {}, const std::string& unit = "H34.01") {
  SheetQuery query;
  query.unit = unit;
  query.period = PeriodOf(period);
  query.view = view;
  return rig.monitor().Sheet(query).value();
}
std::optional<int64_t> Numerator(const SheetAnswer& answer, std::string_view id) {
  return ComponentOf(answer.unit.sheet, id)->numerator;
}

// Three cases in time, of a procedure with a fee.
void TellCases(Rig& rig) {
  for (int n = 0; n < 3; ++n) {
    Record one;
    one.case_id = "H34.01-250203-" + std::to_string(1000 + n);
    one.received = At(2, 3, 8);
    one.due = At(4, 20, 16);
    one.procedure = kFeeProcedure;
    one.flags = kHasFeeLine | kHasNonZeroFee;
    if (n == 0) one.flags |= kPaidOnNationalGateway;
    rig.Say(one);
  }
}

TEST(CutOff, ARatingPaymentOrPetitionAfterItChangesNoEarlierFigure) {
  Rig rig(At(4, 10));
  rig.Put("procedures", R"({"code":"1.000656","name":"x","level":"province","fee":true})");
  TellCases(rig);
  const View in_march{At(3, 15), {}};
  ASSERT_EQ(Numerator(Asked(rig, "2025-Q1"), "MDHL.3"), 3);
  ASSERT_EQ(Numerator(Asked(rig, "2025-Q1"), "TTTT.3"), 1);
  rig.Put("ratings",
          R"({"id":"1","case_id":"H34.01-250203-1000","rated_at":"2025-03-20T08:00:00+07:00","rating":"dislike"}
{"id":"2","case_id":"H34.01-250203-1001","rated_at":"2025-04-02T08:00:00+07:00","rating":"dislike"})");
  rig.Put("petitions",
          R"({"id":"1","unit":"H34.01","sent_at":"2025-04-05T08:00:00+07:00","case_id":"H34.01-250203-1002"})");
  rig.Put("payments",
          R"({"id":"1","case_id":"H34.01-250203-1001","paid_at":"2025-03-18T08:00:00+07:00","amount_dong":1,"gateway":"local"}
{"id":"2","case_id":"H34.01-250203-1002","paid_at":"2025-04-01T08:00:00+07:00","amount_dong":1,"gateway":"local"})");
  EXPECT_EQ(Numerator(Asked(rig, "2025-Q1", in_march), "MDHL.3"), 3);
  EXPECT_EQ(Numerator(Asked(rig, "2025-Q1", in_march), "TTTT.3"), 1);
  EXPECT_EQ(Numerator(Asked(rig, "2025-Q1"), "MDHL.3"), 2) << "one was rated after the quarter";
  EXPECT_EQ(Numerator(Asked(rig, "2025-Q1"), "TTTT.3"), 2);
  EXPECT_EQ(Numerator(Asked(rig, "2025-04"), "MDHL.3"), 0);
  EXPECT_EQ(Numerator(Asked(rig, "2025-04"), "TTTT.3"), 3);
  // The month before is asked in the same walk, by its own end.
  const SheetAnswer april = Asked(rig, "2025-04");
  const SheetAnswer march = Asked(rig, "2025-03");
  EXPECT_EQ(april.unit.previous_total_cents, march.unit.sheet.total_cents);
  EXPECT_EQ(Numerator(march, "MDHL.3"), 2);
}

TEST(CutOff, AClosedQuarterIsCountedByItsEnd) {
  Rig rig(At(4, 10));
  TellCases(rig);
  rig.Put("ratings",
          R"({"id":"1","case_id":"H34.01-250203-1000","rated_at":"2025-04-02T08:00:00+07:00","rating":"dislike"})");
  ASSERT_TRUE(rig.monitor().ClosePeriod("H34", PeriodOf("2025-Q1"), "", "x").has_value());
  const FrozenFigure frozen = rig.monitor().FrozenOf("H34.01", PeriodOf("2025-Q1")).value().value();
  const auto line =
      std::find_if(frozen.lines.begin(), frozen.lines.end(),
                   [](const FrozenFigure::Line& one) { return one.id == "MDHL.3"; });
  ASSERT_NE(line, frozen.lines.end());
  EXPECT_EQ(line->numerator, 3);
}

// --- senders that do not tell a fact

constexpr int kMany = 200;   // indicators.constant_flag_cases

void TellMany(Rig& rig, const std::string& unit, const std::string& sender, int count) {
  for (int n = 0; n < count; ++n) {
    Record one;
    one.case_id = unit + "-250303-" + std::to_string(1000 + n);
    one.received = At(3, 3, 8);
    one.due = At(12, 20, 16);
    one.sender = sender;
    rig.Say(one);
  }
}

TEST(ConstantFlags, AreToldOfTheUnitsOwnSendersAndCases) {
  Rig rig(At(3, 20));
  TellMany(rig, "H34.01", "S1", kMany);
  TellMany(rig, "H34.02", "S2", kMany);
  TellMany(rig, "H34.03", "S1", 1);
  const auto of = [&](const std::string& unit) {
    const SheetAnswer answer = Asked(rig, "2025-Q1", {}, unit);
    std::map<std::string, int64_t> reused;
    for (size_t i = 0; i < answer.constant_flags.size(); ++i) {
      if (answer.constant_flags[i].fact != Fact::kReused) continue;
      reused[answer.constant_flag_senders[i]] = answer.constant_flags[i].cases;
    }
    return reused;
  };
  using Senders = std::map<std::string, int64_t>;
  EXPECT_EQ(of("H34"), (Senders{{"S1", kMany + 1}, {"S2", kMany}}));
  EXPECT_EQ(of("H34.01"), (Senders{{"S1", kMany}}));
  EXPECT_EQ(of("H34.03"), (Senders{{"S1", 1}})) << "found by all its cases, told of the unit's";
  EXPECT_EQ(of("H34.04"), Senders{});
}

}  // namespace
}  // namespace tthc
