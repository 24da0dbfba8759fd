// Any order, repetition and batching of statements, with stops, crashes and reopenings at any
// point, gives the summaries, case lists and live tallies of the plain batch reference.
//
// RC_PARAMS="max_success=2000 seed=…" runs more histories; a counterexample is printed message by
// message.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "comparison.h"
#include "history.h"
#include "reference.h"
#include "server/monitor.h"

namespace tthc {
namespace {

using history::History;
using history::Interruption;
using history::kAskedUnits;
using history::Rig;

const std::vector<std::string> kPeriods = {"2025-Q1", "2025-01", "2025-02", "2025-03", "2025"};

void Compare(const Rig& rig, const History& history) {
  const std::vector<Statement> arrivals = rig.arrivals();
  const comparison::Told told{rig.monitor(), arrivals};
  for (const View& view : history::ViewsOf(history)) {
    for (const std::string& period : kPeriods) {
      for (const Rule rule : kRules) {
        for (const std::string& unit : kAskedUnits) {
          const std::string difference = comparison::DifferenceIn(
              told, {unit, ParsePeriod(period).value(), rule, rig.monitor().Now(), view.as_of,
                     view.known_at});
          if (!difference.empty()) RC_FAIL(difference);
        }
      }
    }
  }
  const std::string difference = comparison::DifferenceInTallies(told);
  if (!difference.empty()) RC_FAIL(difference);
}

void TellAndCompare(const History& history, Interruption interruption) {
  Rig rig(history, interruption);
  history::Tell(history, rig);
  Compare(rig, history);
}

TEST(Order, AnyOrderRepetitionAndStopGivesTheReference) {
  EXPECT_TRUE(rc::check("stop and reopen anywhere", [] {
    TellAndCompare(*history::GenHistory({}), Interruption::kStop);
  }));
}

TEST(Order, AnyCrashGivesTheReference) {
  EXPECT_TRUE(rc::check("reopen what a crash leaves", [] {
    TellAndCompare(*history::GenHistory({}), Interruption::kCrash);
  }));
}

}  // namespace
}  // namespace tthc
