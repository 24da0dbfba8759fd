// A plain batch reference of the indicators of QĐ 766, written from docs/indicators.md and decision
// 0004 alone: it shares no code with facts, cells, register counts, scoring or sheets. Slow on
// purpose: every question reads every statement and every register row again.
//
// What it counts: all counters of cases, petitions, the catalogue's competence, and the simple case
// of sync.expected. The other counters it takes from the sheet that is held against it (Given), and
// scores them.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/indicators.h"
#include "ingest/registers/rows.h"
#include "reference.h"

namespace tthc::reference {

struct Arrival {
  Statement statement;
  std::string sender;   // one for all arrivals of the same statement
};

// A register row as it was meant, before it became text.
struct RegisterLine {
  std::string key;
  bool withdrawn = false;
  std::variant<std::monostate, Procedure, Publication, Petition, Rating, Payment, SyncCount> row;
};
struct RegisterPut {
  RegisterId id = RegisterId::kPetitions;
  std::vector<RegisterLine> lines;
  Instant recorded;   // no two puts of one register at the same time
};

struct IndicatorWorld {
  World world;
  std::vector<Arrival> arrivals;
  std::vector<RegisterPut> puts;
  int64_t sync_in_time_us = kMicrosPerDay;
  int64_t constant_flag_cases = 200;
};

struct SheetQuestion {
  std::string unit;   // canonical code
  Period period;
  Instant now;
  std::optional<Instant> as_of;
  std::optional<Instant> known_at;
  const IndicatorTable* table = nullptr;
  std::string procedure;   // only this one; empty: all
};

struct SheetLine {
  std::string id;
  std::string state;   // "measured", "no_denominator", "not_measured", "inherited"
  std::optional<int64_t> numerator;
  std::optional<int64_t> denominator;
  std::optional<int64_t> cents;
  int64_t max_cents = 0;   // what it is scored out of, or would be where it has no points
  int64_t left_out = 0;
};
struct ScoreSheet {
  std::vector<SheetLine> lines;         // in the table's order
  std::vector<int64_t> group_cents;     // by the table's groups
  int64_t total_cents = 0;
  int64_t measured_max = 0;             // points
  bool complete = true;
  std::string band;                     // its code
  // What a sender does not tell: {sender, fact} -> the unit's cases that it leaves out.
  std::map<std::pair<std::string, std::string>, int64_t> untold;
  int64_t handled = 0;                  // cases of the unit
  int64_t ended = 0;                    // TDGQ.2: received in the period, ended with 9 or 10
  int64_t handling_us = 0;              // their working time from receipt to end
};

// What is told from outside for an indicator: both figures, or that it is not measured.
struct Given {
  bool measured = false;
  int64_t numerator = 0;
  int64_t denominator = 0;
};
using GivenFigures = std::function<Given(const Indicator& indicator)>;

ScoreSheet Score(const IndicatorWorld& world, const SheetQuestion& question,
                 const GivenFigures& given);

// The facts of every case of the population of the question, by case id.
struct CaseFacts {
  std::string procedure;
  std::string sender;
  bool received = false;   // within the period
  int64_t handling_us = -1;   // working time from receipt to a 9 or 10; -1: not ended so
  std::map<std::string, bool> facts;
};
std::map<std::string, CaseFacts> FactsOfCases(const IndicatorWorld& world,
                                              const SheetQuestion& question);

}  // namespace tthc::reference
