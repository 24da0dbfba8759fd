// The dated facts that verdicts need, and the settings that they rest on: loaded once, shared by
// everything; calendars and procedures can be loaded anew while the monitor runs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/alert_rules.h"
#include "config/calendar.h"
#include "config/config_files.h"
#include "config/indicators.h"
#include "config/procedures.h"
#include "config/result.h"
#include "config/settings.h"
#include "config/units.h"
#include "metrics/counting_rules.h"

namespace tthc {

// What tells one state of the files from another, for the record.
struct ReferenceVersions {
  std::string calendars;    // "vn-2026-10-10 3fa81c02": of the default calendar, and of all files' bytes
  std::string procedures;   // "12 procedures 77ab90d1"
  std::string settings;     // a line for each that verdicts, findings or figures rest on
  friend bool operator==(const ReferenceVersions&, const ReferenceVersions&) = default;
};

// The texts that a reference was made from.
struct ReferenceSources {
  std::vector<ConfigText> units;
  std::vector<ConfigText> calendars;
  std::vector<ConfigText> procedures;
  std::vector<ConfigText> indicators;
  ConfigText settings;              // Settings::CountingToml
  bool make_up_days_count = true;
};

struct Reference {
  std::shared_ptr<const UnitTree> units;
  std::shared_ptr<const CalendarBook> calendars;
  std::shared_ptr<const ProcedureCatalogue> procedures;
  std::shared_ptr<const IndicatorBook> indicators;
  CountingRules counting;
  std::shared_ptr<const AlertRules> alerts;
  ReferenceVersions versions;
  std::shared_ptr<const ReferenceSources> sources;
};
// Errors name file and line of every problem.
Result<Reference> LoadReference(const Settings& settings);
// Without alerts.
Result<Reference> FromSources(ReferenceSources sources);

}  // namespace tthc
