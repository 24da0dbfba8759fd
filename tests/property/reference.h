// A plain batch reference of the counting rules (population, carried over, states, identities),
// written from the rules alone: it shares no code with the fold, the verdicts or the store. Slow
// on purpose: every question reads every statement again.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/calendar.h"
#include "config/procedures.h"
#include "config/units.h"
#include "ingest/case/statement.h"
#include "ingest/case/verdict.h"
#include "metrics/tallies/counts.h"

namespace tthc::reference {

struct World {
  std::shared_ptr<const UnitTree> units;   // as the files say, nothing provisional
  std::shared_ptr<const CalendarBook> calendars;
  std::shared_ptr<const ProcedureCatalogue> procedures;
};

struct Question {
  std::string unit;   // canonical code; empty: every unit there is
  Period period;
  Rule rule = Rule::kForm06;
  Instant now;
  std::optional<Instant> as_of;
  std::optional<Instant> known_at;
};

struct Judged {
  CaseState state = CaseState::kOutside;
  bool online = false;
  bool carried_over = false;
  bool no_due_date = false;
  std::optional<Instant> finished_at;   // of a case that ended with 9 or 10 and stands at one
  // Of what the monitor shows of a case in a list.
  friend bool operator==(const Judged& a, const Judged& b) {
    return a.state == b.state && a.online == b.online && a.carried_over == b.carried_over &&
           a.no_due_date == b.no_due_date;
  }
};

// The statements of all cases, each with the `recorded` and `position` of one of its arrivals;
// arrivals of the same statement (same case, same identity) may be listed many times. The answer
// holds the cases of the question's population, by case id.
std::map<std::string, Judged> Ask(const std::vector<Statement>& arrivals, const World& world,
                                  const Question& question);

Counts Total(const std::map<std::string, Judged>& cases);

// What is known of each case at `known_at`, by arrival; a statement said again stands once, at its
// earliest arrival.
std::map<std::string, std::vector<Statement>> CasesOf(const std::vector<Statement>& arrivals,
                                                      std::optional<Instant> known_at);
// What those statements say happened to the case: a row without a status says nothing, a 10 that
// names the date of its 9 says two things, and what is out of date says nothing either.
struct Step {
  Instant event;
  Status status = Status::kNone;
  Instant recorded;
};
std::vector<Step> StepsOf(const std::vector<Statement>& by_arrival);
// The tree with every unit that anybody named.
std::shared_ptr<const UnitTree> TreeOf(const World& world,
                                       const std::vector<Statement>& arrivals);
Instant CutOffOf(const Question& question);

// The unit codes of all cases, as known at `known_at`.
std::map<std::string, std::string> UnitsOf(const std::vector<Statement>& arrivals,
                                           std::optional<Instant> known_at = std::nullopt);

}  // namespace tthc::reference
