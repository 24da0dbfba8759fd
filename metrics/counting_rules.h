// The settings that verdicts, findings and figures rest on, besides calendars, catalogue, units and
// definitions: changing one moves answers though nothing is said about a case.
#pragma once

#include "ingest/store/casework.h"
#include "metrics/indicators/facts.h"

namespace tthc {

struct CountingRules {
  RulePolicy policy;
  int64_t due_soon_working_us = 8 * kMicrosPerHour;
  FindingThresholds findings;
  FactPolicy facts;
  int64_t constant_flag_cases = 200;
};

inline void Use(const CountingRules& counting, CaseworkOptions& casework) {
  casework.policy = counting.policy;
  casework.due_soon_working_us = counting.due_soon_working_us;
  casework.findings = counting.findings;
}

}  // namespace tthc
