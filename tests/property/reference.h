// A plain batch reference of the counting rules (population, carried over, states, identities),
// written from the rules alone: it shares no code with the fold, the verdicts or the store. Slow
// on purpose: every question reads every statement again.
#pragma once

#include <map>
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
  std::string unit;   // canonical code
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
  friend bool operator==(const Judged&, const Judged&) = default;
};

// The statements of all cases, each with the `recorded` and `position` of one of its arrivals;
// arrivals of the same statement (same case, same identity) may be listed many times. The answer
// holds the cases of the question's population, by case id.
std::map<std::string, Judged> Ask(const std::vector<Statement>& arrivals, const World& world,
                                  const Question& question);

Counts Total(const std::map<std::string, Judged>& cases);

// The unit codes of all cases, as known at the end.
std::map<std::string, std::string> UnitsOf(const std::vector<Statement>& arrivals);

}  // namespace tthc::reference
