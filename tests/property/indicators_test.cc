// Every indicator of any history equals the plain batch reference, for any unit, period, cut-off and
// state of knowledge; the live figures equal what is asked for; another order, other batches and
// restarts elsewhere give the same sheets.
//
// RC_PARAMS="max_success=2000 seed=…" runs more histories; a counterexample is printed message by
// message.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "history.h"
#include "indicators_reference.h"
#include "server/monitor.h"

namespace tthc {
namespace {

using history::History;
using history::Interruption;
using history::kAskedUnits;
using history::Print;
using history::Rig;

constexpr history::HistorySize kSize = {.cases = 16, .said = 6, .puts = 12};

std::vector<Period> AskedPeriods() {
  std::vector<Period> periods = {
      {DayOf(CivilDate{2025, 1, 10}), DayOf(CivilDate{2025, 2, 20})}};
  for (const char* name : {"2025-Q1", "2025-01", "2025-02", "2025-03", "2025", "2025-H1"}) {
    periods.push_back(ParsePeriod(name).value());
  }
  return periods;
}

// --- the sheets ---------------------------------------------------------------------------------

std::string Shown(const std::optional<int64_t>& value) {
  return value ? std::to_string(*value) : "none";
}

std::string Describe(const SheetQuery& q, Instant now) {
  std::ostringstream out;
  out << q.unit << " " << LabelOf(q.period) << " " << q.definition << " " << q.procedure << " now "
      << FormatInstant(now);
  Print(out, "as_of", q.view.as_of);
  Print(out, "known_at", q.view.known_at);
  return out.str();
}

std::string Describe(const Component& c) {
  return std::string(NameOf(c.state)) + " " + Shown(c.numerator) + "/" + Shown(c.denominator) +
         " cents " + Shown(c.cents) + " of " + std::to_string(c.max_cents) + " left out " +
         std::to_string(c.left_out) + (c.reason.empty() ? "" : " (" + c.reason + ")");
}
std::string Describe(const reference::SheetLine& line) {
  return line.state + " " + Shown(line.numerator) + "/" + Shown(line.denominator) + " cents " +
         Shown(line.cents) + " of " + std::to_string(line.max_cents) + " left out " +
         std::to_string(line.left_out);
}

using Untold = std::map<std::pair<std::string, std::string>, int64_t>;
Untold UntoldOf(const SheetAnswer& answer) {
  Untold untold;
  for (size_t i = 0; i < answer.constant_flags.size(); ++i) {
    const ConstantFlag& flag = answer.constant_flags[i];
    untold[{answer.constant_flag_senders[i], std::string(NameOf(flag.fact))}] = flag.cases;
  }
  return untold;
}

const Component& ComponentOf(const Sheet& sheet, const Indicator& indicator) {
  return *std::find_if(sheet.components.begin(), sheet.components.end(),
                       [&](const Component& c) { return c.indicator == &indicator; });
}

// What the two see differently; empty where nothing.
std::string Differences(const SheetAnswer& answer, const reference::ScoreSheet& expected) {
  std::ostringstream out;
  const Sheet& sheet = answer.unit.sheet;
  const auto differ = [&](const std::string& what, const auto& real, const auto& meant) {
    if (real != meant) out << "  " << what << ": monitor " << real << ", reference " << meant << "\n";
  };
  for (size_t i = 0; i < expected.lines.size(); ++i) {
    const Indicator& indicator = answer.table->indicators()[i];
    const Component& component = ComponentOf(sheet, indicator);
    Component shown = component;
    shown.reason.clear();
    differ(indicator.id, Describe(shown), Describe(expected.lines[i]));
    const bool explains = component.state == ComponentState::kNotMeasured ||
                          (component.state == ComponentState::kMeasured && !component.cents &&
                           indicator.max_points > 0);
    if (explains && component.reason.empty()) out << "  " << indicator.id << " says no reason\n";
  }
  for (size_t g = 0; g < expected.group_cents.size(); ++g) {
    differ("group " + answer.table->groups()[g].id, sheet.group_cents[g], expected.group_cents[g]);
  }
  differ("total", sheet.total_cents, expected.total_cents);
  differ("measured_max", sheet.measured_max, expected.measured_max);
  differ("complete", sheet.complete, expected.complete);
  differ("band", sheet.band != nullptr ? sheet.band->code : "", expected.band);
  differ("ended", answer.handling.ended, expected.ended);
  differ("handling", answer.handling.handling_us, expected.handling_us);
  const auto untold = UntoldOf(answer);
  if (untold != expected.untold) {
    out << "  not told: monitor";
    for (const auto& [key, cases] : untold) {
      out << " " << key.first << ":" << key.second << "=" << cases;
    }
    out << ", reference";
    for (const auto& [key, cases] : expected.untold) {
      out << " " << key.first << ":" << key.second << "=" << cases;
    }
    out << "\n";
  }
  return out.str();
}

reference::SheetQuestion QuestionOf(const SheetQuery& query, const IndicatorTable* table,
                                    Instant now) {
  return {query.unit,          query.period, now,          query.view.as_of,
          query.view.known_at, table,        query.procedure};
}

// The cases of the question with their facts, for a reader of a counterexample.
std::string CasesShown(const reference::IndicatorWorld& world, const Rig& rig,
                       const reference::SheetQuestion& question) {
  std::ostringstream out;
  const auto cases = reference::FactsOfCases(world, question);
  for (const auto& [id, of] : cases) {
    if (cases.size() > 100) break;   // a crowd
    out << "  sender " << of.sender << ", procedure " << of.procedure
        << (of.received ? ", received" : ", carried over") << ":";
    for (const auto& [fact, holds] : of.facts) out << (holds ? " " + fact : "");
    out << "\n  " << history::StoryOf(rig.arrivals(), id);
  }
  return out.str();
}

// --- ranks and children -------------------------------------------------------------------------

void CheckRanks(const SheetAnswer& answer, const std::string& what) {
  for (const RankedSheet& child : answer.children) {
    int better = 0, peers = 0;
    for (const RankedSheet& other : answer.children) {
      if (other.level != child.level) continue;
      ++peers;
      better += other.sheet.total_cents > child.sheet.total_cents;
    }
    if (child.rank != 1 + better || child.siblings != peers) {
      RC_FAIL(what + ": " + child.unit + " is ranked " + std::to_string(child.rank.value_or(-1)) +
              " of " + std::to_string(child.siblings) + ", not " + std::to_string(1 + better) +
              " of " + std::to_string(peers));
    }
  }
}

// --- one answer as text, without numbers that are one store's own -------------------------------

void Flatten(std::ostream& out, const RankedSheet& ranked) {
  const Sheet& sheet = ranked.sheet;
  out << ranked.unit << " " << ranked.unit_name << " " << NameOf(ranked.level) << " rank "
      << ranked.rank.value_or(0) << " of " << ranked.siblings << " total " << sheet.total_cents
      << " of " << sheet.measured_max << (sheet.complete ? " complete" : "") << " band "
      << (sheet.band != nullptr ? sheet.band->code : "none") << " before "
      << Shown(ranked.previous_total_cents) << " of " << Shown(ranked.previous_measured_max) << "\n";
  for (const int64_t cents : sheet.group_cents) out << " " << cents;
  for (const auto& cents : ranked.previous_cents) out << " " << Shown(cents);
  out << "\n";
  for (const Component& component : sheet.components) {
    out << component.indicator->id << " " << Describe(component) << "\n";
  }
}

// Whether its senders have gone silent is about the process and not the cases: not compared.
std::string Flatten(const SheetAnswer& answer) {
  std::ostringstream out;
  out << answer.table->id() << " " << LabelOf(answer.period) << " "
      << FormatInstant(answer.cut_off) << " " << FormatInstant(answer.known_at) << "\n";
  Flatten(out, answer.unit);
  for (const RankedSheet& child : answer.children) Flatten(out, child);
  for (const auto& [key, cases] : UntoldOf(answer)) {
    out << key.first << " " << key.second << " " << cases << "\n";
  }
  out << answer.handling.ended << " in " << answer.handling.handling_us << "\n";
  return out.str();
}

// --- questions ----------------------------------------------------------------------------------

// Every asked unit, period and view, each under one of the definitions and some of them for one
// procedure only.
std::vector<SheetQuery> QuestionsOf(const Rig& rig, const History& history) {
  std::vector<SheetQuery> queries;
  const auto& tables = rig.monitor().definitions().tables();
  size_t number = history.shuffle % tables.size();
  for (const View& view : history::ViewsOf(history)) {
    for (const Period& period : AskedPeriods()) {
      for (const std::string& unit : kAskedUnits) {
        SheetQuery query;
        query.unit = unit;
        query.period = period;
        query.view = view;
        query.definition = tables[number % tables.size()]->id();
        query.with_children = unit == "H34" || unit == "H34.23";
        if (number % 5 == 4) query.procedure = history::kProcedures[3];
        ++number;
        queries.push_back(std::move(query));
      }
    }
  }
  return queries;
}

// The answer, or nullopt where there is none and there should be none.
std::optional<SheetAnswer> Ask(const Rig& rig, const SheetQuery& query) {
  const Instant now = rig.monitor().Now();
  auto answer = rig.monitor().Sheet(query);
  if (answer.has_value()) return std::move(*answer);
  const auto arrivals = rig.arrivals();
  const bool no_unit = !reference::TreeOf(history::TheWorld(), arrivals)->Find(query.unit);
  const bool no_procedure =
      !query.procedure.empty() &&
      std::none_of(arrivals.begin(), arrivals.end(),
                   [&](const Statement& s) { return s.procedure == query.procedure; });
  const bool in_future = query.period.from > DayOf(now);
  const ErrorKind kind =
      no_unit || no_procedure ? ErrorKind::kNotFound : ErrorKind::kInvalidInput;
  if (answer.error().kind != kind || !(no_unit || no_procedure || in_future)) {
    RC_FAIL(Describe(query, now) + ": " + answer.error().message);
  }
  return std::nullopt;
}

void CompareSheet(const Rig& rig, const reference::IndicatorWorld& world,
                  const SheetQuery& query) {
  const auto answer = Ask(rig, query);
  if (!answer) return;
  const Instant now = rig.monitor().Now();
  const auto question = QuestionOf(query, answer->table.get(), now);
  const auto expected = reference::Score(world, question, [&](const Indicator& indicator) {
    const Component& c = ComponentOf(answer->unit.sheet, indicator);
    const bool measured = c.state != ComponentState::kNotMeasured;
    return reference::Given{measured, c.numerator.value_or(0), c.denominator.value_or(0)};
  });
  const std::string differences = Differences(*answer, expected);
  if (!differences.empty()) {
    RC_FAIL(Describe(query, now) + "\n" + differences + CasesShown(world, rig, question));
  }
  CheckRanks(*answer, Describe(query, now));
}

// What is said of the period before is what its own sheet says.
void CompareChange(const Rig& rig, const SheetQuery& query) {
  const auto answer = Ask(rig, query);
  if (!answer) return;
  SheetQuery before = query;
  before.period = PeriodBefore(query.period);
  const auto sheet = Ask(rig, before);
  RC_ASSERT(sheet.has_value());
  RC_ASSERT(answer->unit.previous_total_cents == sheet->unit.sheet.total_cents);
  RC_ASSERT(answer->unit.previous_measured_max == sheet->unit.sheet.measured_max);
}

// --- the live figures ---------------------------------------------------------------------------

using Samples = std::map<std::string, int64_t>;   // "name{labels}" -> value, points in hundredths

bool IsPoints(const std::string& name) { return name.find("_points{") != std::string::npos; }

Samples LiveSamples(const Monitor& monitor) {
  Samples samples;
  std::istringstream lines(monitor.RenderMetrics());
  for (std::string line; std::getline(lines, line);) {
    const bool wanted = line.starts_with("tthc_indicator_") || line.starts_with("tthc_score_") ||
                        line.starts_with("tthc_sender_untold_cases");
    if (!wanted) continue;
    const size_t space = line.rfind(' ');
    const std::string name = line.substr(0, space);
    const double value = std::stod(line.substr(space + 1));
    samples[name] = IsPoints(name) ? std::llround(value * 100) : std::llround(value);
  }
  return samples;
}

void AddSheet(Samples& samples, const SheetAnswer& answer, const std::string& label) {
  const Sheet& sheet = answer.unit.sheet;
  const std::string unit = "{unit=\"" + answer.unit.unit + "\",";
  const std::string period = "period=\"" + label + "\"}";
  samples["tthc_score_points" + unit + period] = sheet.total_cents;
  samples["tthc_score_measured_max_points" + unit + period] = sheet.measured_max * 100;
  for (const Component& c : sheet.components) {
    const std::string labels = unit + "indicator=\"" + c.indicator->id + "\"," + period;
    if (c.cents) samples["tthc_indicator_points" + labels] = *c.cents;
    if (c.numerator) samples["tthc_indicator_numerator" + labels] = *c.numerator;
    if (c.denominator) samples["tthc_indicator_denominator" + labels] = *c.denominator;
  }
}

// Units that have a case of the population, or one below them that has.
std::set<std::string> UnitsWithCases(const Rig& rig, const Period& period, Instant now) {
  const auto arrivals = rig.arrivals();
  const auto world = history::TheWorld();
  const auto tree = reference::TreeOf(world, arrivals);
  const auto unit_of = reference::UnitsOf(arrivals);
  const reference::Question question{"", period, Rule::kQd766, now, {}, {}};
  const Day day = DayOf(reference::CutOffOf(question));
  std::set<std::string> units;
  for (const auto& [id, judged] : reference::Ask(arrivals, world, question)) {
    for (auto unit = tree->Find(unit_of.at(id)); unit; unit = tree->ParentOn(*unit, day)) {
      units.insert(tree->at(*unit).code);
    }
  }
  return units;
}

UnitId RootOf(const Rig& rig, const SheetAnswer& answer) {
  const auto tree = rig.monitor().units();
  UnitId root = answer.unit.sheet.unit;
  while (const auto parent = tree->ParentOn(root, DayOf(answer.cut_off))) root = *parent;
  return root;
}

Samples AskedSamples(const Rig& rig) {
  const Instant now = rig.monitor().Now();
  Samples samples;
  for (const PeriodKind kind : {PeriodKind::kMonth, PeriodKind::kQuarter, PeriodKind::kYear}) {
    SheetQuery query;
    query.period = PeriodContaining(kind, DayOf(now));
    query.with_change = false;
    for (const std::string& unit : UnitsWithCases(rig, query.period, now)) {
      query.unit = unit;
      const auto answer = rig.monitor().Sheet(query);
      if (answer.has_error()) RC_FAIL(Describe(query, now) + ": " + answer.error().message);
      AddSheet(samples, *answer, PeriodLabel(kind, DayOf(now)));
      // The roots together have every case.
      if (kind != PeriodKind::kYear || answer->unit.sheet.unit != RootOf(rig, *answer)) continue;
      for (const auto& [key, cases] : UntoldOf(*answer)) {
        samples["tthc_sender_untold_cases{sender=\"" + key.first + "\",fact=\"" + key.second +
                "\"}"] += cases;
      }
    }
  }
  return samples;
}

std::string Differences(const Samples& live, const Samples& asked) {
  std::ostringstream out;
  const auto show = [](const Samples& samples, const std::string& name) {
    const auto at = samples.find(name);
    return at == samples.end() ? std::string("absent") : std::to_string(at->second);
  };
  std::set<std::string> names;
  for (const auto* samples : {&live, &asked}) {
    for (const auto& [name, value] : *samples) names.insert(name);
  }
  for (const std::string& name : names) {
    if (show(live, name) == show(asked, name)) continue;
    out << "  " << name << " live " << show(live, name) << ", asked " << show(asked, name) << "\n";
  }
  return out.str();
}

// The thread that makes live scores looks now and then: they come to equal what is asked.
void CompareLive(const Rig& rig) {
  constexpr auto kPatience = std::chrono::seconds(20);
  constexpr auto kLookEvery = std::chrono::milliseconds(5);
  const Samples asked = AskedSamples(rig);
  const auto begun = std::chrono::steady_clock::now();
  Samples live = LiveSamples(rig.monitor());
  while (live != asked && std::chrono::steady_clock::now() - begun < kPatience) {
    std::this_thread::sleep_for(kLookEvery);
    live = LiveSamples(rig.monitor());
  }
  if (live != asked) {
    RC_FAIL("live figures at " + FormatInstant(rig.monitor().Now()) + "\n" +
            Differences(live, asked));
  }
}

// --- the tests ----------------------------------------------------------------------------------

void CompareAll(const Rig& rig, const History& history) {
  const auto world = rig.IndicatorWorld();
  for (const SheetQuery& query : QuestionsOf(rig, history)) CompareSheet(rig, world, query);
  SheetQuery query;
  query.unit = "H34";
  query.period = ParsePeriod("2025-Q1").value();
  CompareChange(rig, query);
  CompareLive(rig);
}

void TellAndCompare(const History& history, Interruption interruption) {
  Rig rig(history, interruption);
  history::Tell(history, rig);
  CompareAll(rig, history);
}

TEST(Indicators, AnyOrderRepetitionAndStopGivesTheReference) {
  EXPECT_TRUE(rc::check("stop and reopen anywhere", [] {
    TellAndCompare(*history::GenHistory(kSize), Interruption::kStop);
  }));
}

TEST(Indicators, AnyCrashGivesTheReference) {
  EXPECT_TRUE(rc::check("reopen what a crash leaves", [] {
    TellAndCompare(*history::GenHistory(kSize), Interruption::kCrash);
  }));
}

TEST(Indicators, AnotherOrderGivesTheSameSheets) {
  EXPECT_TRUE(rc::check("another order, other batches, other restarts", [] {
    const History history = *history::GenHistory(kSize);
    Rig first(history, Interruption::kStop);
    history::Tell(history, first);
    history::SayLast(history, first);
    Rig second(history, Interruption::kCrash);
    history::TellAnew(first.tape(), history, second);
    RC_ASSERT(first.monitor().Now() == second.monitor().Now());
    for (const SheetQuery& query : QuestionsOf(first, history)) {
      const auto one = Ask(first, query);
      const auto other = Ask(second, query);
      RC_ASSERT(one.has_value() == other.has_value());
      if (one && Flatten(*one) != Flatten(*other)) {
        RC_FAIL(Describe(query, first.monitor().Now()) + "\nfirst:\n" + Flatten(*one) +
                "another order:\n" + Flatten(*other));
      }
    }
    CompareLive(second);
  }));
}

}  // namespace
}  // namespace tthc
