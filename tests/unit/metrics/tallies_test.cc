// Figures moved by difference are those of a recount; counters only rise; the text is clean.
#include "metrics/tallies/tallies.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <unistd.h>

#include "metrics/exposition/unit_families.h"
#include "metrics/tallies/summary.h"

namespace tthc {
namespace {

const Instant kNow = ParseInstant("2025-03-20T10:00:00+07:00").value();

// One case as it might stand: its key and its verdicts.
struct Stand {
  FactKey key;
  FactSet facts = 0;
  std::array<Verdict, 2> verdicts;
  Standing standing;
  std::optional<Instant> received_at;
  FindingSet findings = 0;
  bool counted = true;

  StandingBits Bits() const {
    return StandingBits::Of(verdicts, standing, received_at, LivePeriods::At(kNow));
  }
};

Instant AnyDay() {
  return StartOf(DayOf(CivilDate{2024, 12, 1}) + *rc::gen::inRange(0, 120));
}

Stand AnyStand() {
  Stand s;
  s.counted = *rc::gen::weightedElement<bool>({{9, true}, {1, false}});
  s.key = {*rc::gen::inRange<TextId>(1, 4), *rc::gen::inRange<TextId>(0, 3),
           *rc::gen::inRange<TextId>(1, 3)};
  s.facts = *rc::gen::inRange<FactSet>(0, FactSet{1} << kStoredFacts);
  s.received_at = AnyDay();
  const bool online = *rc::gen::arbitrary<bool>();
  for (size_t r = 0; r < 2; ++r) {
    Verdict& v = s.verdicts[r];
    v.state = static_cast<CaseState>(*rc::gen::inRange(0, 6));
    v.reason = *rc::gen::element(Reason::kNoDueDate, Reason::kEndedByDue);
    v.online = online;
    if (IsResolved(v.state)) v.ended_at = AnyDay();
  }
  s.standing.clock.state = static_cast<OpenState>(*rc::gen::inRange(0, 5));
  s.findings = *rc::gen::inRange<FindingSet>(0, 1u << kFindingCount);
  return s;
}

// Counted anew from the verdicts: which of them belong to a period that began at `from`.
Counts Recount(const std::vector<Stand>& cases, Rule rule, Instant from,
               const std::function<bool(const Stand&)>& wanted) {
  Counts counts;
  for (const Stand& s : cases) {
    Verdict v = s.verdicts[static_cast<size_t>(rule)];
    if (!s.counted || !wanted(s) || v.state == CaseState::kOutside) continue;
    if (v.ended_at && *v.ended_at < from) continue;
    (*s.received_at < from ? counts.carried_over
     : v.online            ? counts.online
                           : counts.direct_postal) += 1;
    counts.early += v.state == CaseState::kResolvedEarly;
    counts.on_time += v.state == CaseState::kResolvedOnTime;
    counts.late += v.state == CaseState::kResolvedLate;
    counts.pending_in_time += v.state == CaseState::kPendingInTime;
    counts.pending_late += v.state == CaseState::kPendingLate;
    counts.no_due_date += v.reason == Reason::kNoDueDate;
  }
  return counts;
}

// The facts of the cases of a period that began at `from`, counted anew.
std::map<FactKey, FactCounts> RecountFacts(const std::vector<Stand>& cases, Instant from) {
  std::map<FactKey, FactCounts> counted;
  for (const Stand& s : cases) {
    const Verdict& v = s.verdicts[static_cast<size_t>(Rule::kQd766)];
    if (!s.counted || v.state == CaseState::kOutside || (v.ended_at && *v.ended_at < from)) continue;
    FactCounts& counts = counted[s.key];
    const bool on_time = !IsLate(v.state);
    const bool troubled = (s.facts & BitOf(Fact::kTroubled)) != 0;
    for (size_t f = 0; f < kFactCount; ++f) {
      const auto fact = static_cast<Fact>(f);
      const bool holds = f < kStoredFacts            ? (s.facts & BitOf(fact)) != 0
                         : fact == Fact::kOnTime  ? on_time
                         : fact == Fact::kContent ? on_time && !troubled
                                                  : true;
      counts.handled[f] += holds;
      counts.received[f] += holds && *s.received_at >= from;
    }
  }
  return counted;
}

template <typename A>
bool NoneFell(const A& before, const A& after) {
  for (size_t i = 0; i < before.size(); ++i) {
    if (after[i] < before[i]) return false;
  }
  return true;
}

RC_GTEST_PROP(Tallies, MovedByDifferenceEqualsARecountAndCountersNeverFall, ()) {
  Tallies tallies;
  std::vector<Stand> cases(6);
  std::vector<TallyMove> last(6);   // what each case counts as now
  const int changes = *rc::gen::inRange(1, 40);
  for (int i = 0; i < changes; ++i) {
    const auto before = tallies.Units();
    const auto n = static_cast<size_t>(*rc::gen::inRange(0, 6));
    cases[n] = AnyStand();
    TallyMove move;
    move.key_before = last[n].key_after;
    move.before = last[n].after;
    move.findings_before = last[n].findings_after;
    move.facts_before = last[n].facts_after;
    if (cases[n].counted) {
      move.key_after = tallies.KeyNumber(cases[n].key);
      move.after = cases[n].Bits();
      move.findings_after = cases[n].findings;
      move.facts_after = cases[n].facts;
    }
    tallies.Apply({move});
    last[n] = move;
    for (const auto& [unit, was] : before) {
      const UnitTally is = tallies.Units().at(unit);
      RC_ASSERT(NoneFell(was.received_total, is.received_total));
      RC_ASSERT(NoneFell(was.received_taken_back, is.received_taken_back));
      RC_ASSERT(NoneFell(was.finished_total, is.finished_total));
      RC_ASSERT(NoneFell(was.finished_taken_back, is.finished_taken_back));
      RC_ASSERT(NoneFell(was.findings_total, is.findings_total));
    }
  }
  for (Stand& s : cases) s.counted = s.counted && s.key.unit != 0;   // never said anything

  const LivePeriods live = LivePeriods::At(kNow);
  for (const auto& [unit, tally] : tallies.Units()) {
    const auto mine = [u = unit](const Stand& s) { return s.key.unit == u; };
    for (size_t p = 0; p < kLivePeriodCount; ++p) {
      for (const Rule rule : kRules) {
        const Counts counts = tally.periods[p][static_cast<size_t>(rule)];
        RC_ASSERT(counts == Recount(cases, rule, StartOf(live.periods[p].from), mine));
        RC_ASSERT(IdentitiesHold(counts));
      }
    }
    std::array<int64_t, 5> open{};
    std::array<int64_t, 2> received{};
    for (const Stand& s : cases) {
      if (!s.counted || !mine(s)) continue;
      const OpenState state = s.standing.clock.state;
      if (state != OpenState::kNotOpen) ++open[static_cast<size_t>(state)];
      const Verdict& portal = s.verdicts[static_cast<size_t>(Rule::kQd766)];
      if (portal.state != CaseState::kOutside) ++received[portal.online];
    }
    RC_ASSERT(tally.open == open);
    for (size_t online = 0; online < 2; ++online) {
      RC_ASSERT(static_cast<int64_t>(tally.received_total[online] -
                                     tally.received_taken_back[online]) == received[online]);
    }
  }
  for (size_t p = 0; p < kLivePeriodCount; ++p) {
    std::map<FactKey, FactCounts> counted;
    for (const FactCell& cell : tallies.Cells(p)) counted[cell.key] = cell.counts;
    RC_ASSERT(counted == RecountFacts(cases, StartOf(live.periods[p].from)));
  }
}

Stand Plain(CaseState state, OpenState open) {
  Stand s;
  s.key = {1, 1, 1};
  s.received_at = kNow - kMicrosPerDay;
  for (Verdict& v : s.verdicts) {
    v.state = state;
    v.online = true;
    if (IsResolved(state)) v.ended_at = kNow;
  }
  s.standing.clock.state = open;
  return s;
}

TEST(Tallies, ARefillCountsNothingAsNew) {
  Tallies tallies;
  TallyMove move;
  move.key_after = tallies.KeyNumber({1, 1, 1});
  move.after = Plain(CaseState::kPendingInTime, OpenState::kInTime).Bits();
  tallies.Apply({move});
  tallies.Clear();
  EXPECT_EQ(tallies.Units().at(1).open[static_cast<size_t>(OpenState::kInTime)], 0);
  tallies.Apply({move}, Tallies::Totals::kLeave);
  const UnitTally tally = tallies.Units().at(1);
  EXPECT_EQ(tally.received_total[1], 1u);
  EXPECT_EQ(tally.open[static_cast<size_t>(OpenState::kInTime)], 1);
  EXPECT_EQ(tally.periods[0][0].online, 1);
}

TEST(Tallies, ANewEndIsFinishedAndReopeningTakesItBack) {
  Tallies tallies;
  TallyMove ended, reopened;
  ended.key_after = reopened.key_before = reopened.key_after = tallies.KeyNumber({1, 1, 1});
  ended.after = reopened.before = Plain(CaseState::kResolvedLate, OpenState::kNotOpen).Bits();
  reopened.after = Plain(CaseState::kPendingLate, OpenState::kOverdue).Bits();
  tallies.Apply({ended, reopened});
  const UnitTally tally = tallies.Units().at(1);
  EXPECT_EQ(tally.finished_total[static_cast<size_t>(Outcome::kLate)], 1u);
  EXPECT_EQ(tally.finished_taken_back[static_cast<size_t>(Outcome::kLate)], 1u);
  EXPECT_EQ(tally.received_total[1], 1u);
  EXPECT_EQ(tally.received_taken_back[1], 0u);
}

TEST(Counts, TheCutOffIsTheFirstOfPeriodQuestionAndNow) {
  const Period march = ParsePeriod("2025-03").value();
  const Instant end = ParseInstant("2025-03-31T23:59:59+07:00").value();
  EXPECT_EQ(CutOff(march, std::nullopt, end + kMicrosPerDay), end);
  EXPECT_EQ(CutOff(march, std::nullopt, kNow), kNow);
  EXPECT_EQ(CutOff(march, kNow - 5, kNow), kNow - 5);
  EXPECT_EQ(CutOff(march, end + kMicrosPerDay, end + 2 * kMicrosPerDay), end);
}

// --- the text

class Exposition : public testing::Test {
 protected:
  Exposition() : directory_(Tree(), {}) {
    StoreBatch batch;
    commune_ = directory_.Intern(TextKind::kUnit, "H34.23.01", batch).value();
    for (const auto& [state, open] :
         {std::pair{CaseState::kResolvedEarly, OpenState::kNotOpen},
          {CaseState::kResolvedLate, OpenState::kNotOpen},
          {CaseState::kPendingInTime, OpenState::kDueSoon}}) {
      Stand s = Plain(state, open);
      s.key.unit = commune_;
      TallyMove move;
      move.key_after = tallies_.KeyNumber(s.key);
      move.after = s.Bits();
      tallies_.Apply({move});
    }
    RenderUnitFamilies(tallies_, directory_.View(), LivePeriods::At(kNow), {}, text_);
  }

  static std::shared_ptr<const UnitTree> Tree() {
    const auto unit = [](const char* code, const char* name, const char* parent) {
      Unit u;
      u.code = code;
      u.name = name;
      u.parent = parent;
      return u;
    };
    return UnitTree::Build({unit("H34", "Tỉnh \"Kon\\Tum\"", ""), unit("H34.23", "Huyện", "H34"),
                            unit("H34.23.01", "Xã", "H34.23")}).value();
  }

  bool Has(const std::string& line) const {
    return ("\n" + text_).find("\n" + line + "\n") != std::string::npos;
  }

  Directory directory_;
  Tallies tallies_;
  TextId commune_ = 0;
  std::string text_;
};

TEST_F(Exposition, AUnitsOwnFiguresAndThoseOfItsSubtree) {
  EXPECT_TRUE(Has("tthc_cases_open{unit=\"H34.23.01\",state=\"due_soon\"} 1"));
  EXPECT_TRUE(Has("tthc_rollup_cases_open{unit=\"H34\",state=\"due_soon\"} 1"));
  EXPECT_FALSE(Has("tthc_cases_open{unit=\"H34\",state=\"due_soon\"} 1"));
  const std::string labels = "{unit=\"H34\",period=\"2025-Q1\",rule=\"form06\"} ";
  EXPECT_TRUE(Has("tthc_rollup_on_time_ratio_numerator" + labels + "1"));
  EXPECT_TRUE(Has("tthc_rollup_on_time_ratio_denominator" + labels + "2"));
  EXPECT_TRUE(Has("tthc_rollup_on_time_ratio" + labels + "0.5"));
}

TEST_F(Exposition, NamesAreEscaped) {
  EXPECT_NE(text_.find("name=\"Tỉnh \\\"Kon\\\\Tum\\\"\""), std::string::npos) << text_;
}

TEST_F(Exposition, PromtoolHasNothingToSay) {
  if (std::system("command -v promtool > /dev/null") != 0) {
    FAIL() << "promtool (Debian package prometheus) is not installed";
  }
  std::string name = (std::filesystem::temp_directory_path() / "tthc_metrics_XXXXXX").string();
  const int fd = mkstemp(name.data());
  ASSERT_GE(fd, 0);
  close(fd);
  std::ofstream(name) << text_;
  std::string said;
  FILE* pipe = popen(("promtool check metrics < " + name + " 2>&1").c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  for (char line[512]; std::fgets(line, sizeof line, pipe) != nullptr;) said += line;
  EXPECT_EQ(pclose(pipe), 0) << said;
  EXPECT_EQ(said, "");
  std::filesystem::remove(name);
}

}  // namespace
}  // namespace tthc
