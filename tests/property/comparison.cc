#include "comparison.h"

#include <algorithm>
#include <set>
#include <sstream>

#include "history.h"

namespace tthc::comparison {
namespace {

std::ostream& operator<<(std::ostream& out, const Counts& c) {
  return out << "online " << c.online << ", direct " << c.direct_postal << ", carried over "
             << c.carried_over << ", early " << c.early << ", on time " << c.on_time << ", late "
             << c.late << ", pending in time " << c.pending_in_time << ", pending late "
             << c.pending_late << ", no due date " << c.no_due_date;
}

std::string Describe(const reference::Question& q) {
  std::ostringstream out;
  out << q.unit << " " << FormatDay(q.period.from) << ".." << FormatDay(q.period.to) << " "
      << NameOf(q.rule) << " now " << FormatInstant(q.now);
  history::Print(out, "as_of", q.as_of);
  history::Print(out, "known_at", q.known_at);
  return out.str();
}

std::string Describe(const std::optional<reference::Judged>& judged) {
  if (!judged) return "outside";
  return std::string(NameOf(judged->state)) + (judged->online ? " online" : "") +
         (judged->carried_over ? " carried_over" : "") + (judged->no_due_date ? " no_due" : "");
}

std::map<std::string, reference::Judged> RealCases(const Monitor& monitor,
                                                   const reference::Question& q) {
  CaseListQuery list;
  list.unit = q.unit;
  list.period = q.period;
  list.rule = q.rule;
  list.view = {q.as_of, q.known_at};
  list.limit = 1000;
  std::map<std::string, reference::Judged> cases;
  for (;;) {
    const auto page = monitor.Cases(list);
    if (page.has_error()) return cases;
    for (const CaseLine& line : page->lines) {
      cases[line.case_id] = {line.verdict.state, line.verdict.online, line.verdict.carried_over,
                             line.verdict.reason == Reason::kNoDueDate, std::nullopt};
    }
    if (!page->next_cursor) return cases;
    list.cursor = *page->next_cursor;
  }
}

// The cases that the two see differently, with their stories.
std::string Differences(const Told& told, const reference::Question& q,
                        const std::map<std::string, reference::Judged>& expected) {
  const auto real = RealCases(told.monitor, q);
  std::set<std::string> ids;
  for (const auto& [id, judged] : expected) ids.insert(id);
  for (const auto& [id, judged] : real) ids.insert(id);
  std::ostringstream out;
  for (const std::string& id : ids) {
    const auto find = [&](const auto& cases) {
      const auto at = cases.find(id);
      return at == cases.end() ? std::nullopt : std::optional(at->second);
    };
    if (find(real) == find(expected)) continue;
    out << "  monitor: " << Describe(find(real)) << "; reference: " << Describe(find(expected))
        << "\n  " << history::StoryOf(told.arrivals, id);
  }
  return out.str();
}

}  // namespace

std::string DifferenceIn(const Told& told, const reference::Question& q) {
  const auto expected = reference::Ask(told.arrivals, history::TheWorld(), q);
  const Counts counts = reference::Total(expected);
  SummaryQuery query{q.unit, q.period, q.rule, {q.as_of, q.known_at}, GroupBy::kNone};
  const auto answer = told.monitor.Summary(query);
  if (answer.has_error()) {   // a unit that nobody has named
    if (answer.error().kind == ErrorKind::kNotFound && expected.empty()) return {};
    return Describe(q) + ": " + answer.error().message;
  }
  if (answer->counts != counts) {
    std::ostringstream out;
    out << Describe(q) << "\nmonitor:   " << answer->counts << "\nreference: " << counts << "\n"
        << Differences(told, q, expected);
    return out.str();
  }
  if (counts.received() != counts.resolved() + counts.pending()) {
    return Describe(q) + ": received is not resolved and pending";
  }

  for (const CaseState state :
       {CaseState::kResolvedEarly, CaseState::kResolvedOnTime, CaseState::kResolvedLate,
        CaseState::kPendingInTime, CaseState::kPendingLate}) {
    CaseListQuery list;
    list.unit = q.unit;
    list.period = q.period;
    list.rule = q.rule;
    list.view = {q.as_of, q.known_at};
    list.states = 1u << static_cast<unsigned>(state);
    list.limit = 1;
    const auto page = told.monitor.Cases(list);
    if (page.has_error()) return Describe(q) + ": " + page.error().message;
    const auto of_state = static_cast<uint64_t>(
        std::count_if(expected.begin(), expected.end(),
                      [state](const auto& one) { return one.second.state == state; }));
    if (page->total != of_state) {
      return Describe(q) + ": the list of " + std::string(NameOf(state)) + " holds " +
             std::to_string(page->total) + ", not " + std::to_string(of_state) + "\n" +
             Differences(told, q, expected);
    }
  }
  return {};
}

namespace {

using Samples = std::map<std::string, int64_t>;   // "name{labels}" -> value
Samples SamplesOf(const std::string& text) {
  Samples samples;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const size_t space = line.rfind(' ');
    if (line.empty() || line[0] == '#' || space == std::string::npos) continue;
    if (line.find("on_time_ratio_") == std::string::npos) continue;
    samples[line.substr(0, space)] = std::stoll(line.substr(space + 1));
  }
  return samples;
}

std::pair<int64_t, int64_t> RatioOf(const Counts& c, Rule rule) {
  if (rule == Rule::kQd766) return {c.on_time + c.pending_in_time, c.received()};
  return {c.early + c.on_time, c.resolved()};
}

}  // namespace

std::string DifferenceInTallies(const Told& told) {
  const Samples samples = SamplesOf(told.monitor.RenderMetrics());
  const auto units = reference::UnitsOf(told.arrivals);
  const Instant now = told.monitor.Now();
  const auto value = [&](const std::string& name) {
    const auto at = samples.find(name);
    return at == samples.end() ? int64_t{0} : at->second;
  };
  for (const PeriodKind kind : {PeriodKind::kMonth, PeriodKind::kQuarter, PeriodKind::kYear}) {
    for (const Rule rule : kRules) {
      for (const std::string& unit : history::kAskedUnits) {
        const reference::Question q{unit, PeriodContaining(kind, DayOf(now)), rule, now, {}, {}};
        const auto below = reference::Ask(told.arrivals, history::TheWorld(), q);
        std::map<std::string, reference::Judged> own;
        for (const auto& [id, judged] : below) {
          if (units.at(id) == unit) own[id] = judged;
        }
        for (const auto& [prefix, cases] : {std::pair{"tthc_", own}, {"tthc_rollup_", below}}) {
          const auto [numerator, denominator] = RatioOf(reference::Total(cases), rule);
          const std::string labels = "{unit=\"" + unit + "\",period=\"" +
                                     PeriodLabel(kind, DayOf(now)) + "\",rule=\"" +
                                     std::string(NameOf(rule)) + "\"}";
          std::string name = std::string(prefix) + "on_time_ratio_";
          // A unit with none below it has no rollup: its own family is its sum.
          if (!samples.contains(name + "denominator" + labels) && own.size() == below.size()) {
            name = "tthc_on_time_ratio_";
          }
          const int64_t n = value(name + "numerator" + labels);
          const int64_t d = value(name + "denominator" + labels);
          if (n == numerator && d == denominator) continue;
          std::ostringstream out;
          out << "live " << name << labels << " is " << n << "/" << d << ", not " << numerator
              << "/" << denominator << "\n"
              << Differences(told, q, below);
          for (const auto& [id, judged] : cases) {
            out << "  counted: " << Describe(judged) << "\n  " << history::StoryOf(told.arrivals, id);
          }
          return out.str();
        }
      }
    }
  }
  return {};
}

}  // namespace tthc::comparison
