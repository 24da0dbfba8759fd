// Alerts about no case: a unit's score below the lowest band, a silent sender, a calendar whose
// announced days off end. They stand as long as their condition does.
//
// Pure.
#pragma once

#include <string>
#include <vector>

#include "server/monitor.h"

namespace tthc {

struct Subject {
  AlertKind kind = AlertKind::kSenderSilent;
  std::string id;          // begins with "<kind>~"; another condition, another id
  std::string unit;        // whose alert it is
  std::string unit_name;
  std::string subject;     // Vietnamese: what it is about, {subject} of the kind's text
};

// What is to be told where `standing` are the subjects of all kinds now and `open` the alerts about
// subjects that were told and not resolved: new ones, then those that are over. A kind without rungs
// is switched off.
std::vector<AlertMessage> SubjectChanges(const AlertRules& rules,
                                         const std::vector<Subject>& standing,
                                         const std::vector<AlertMessage>& open);

// Units whose score of the running quarter is below `floor_points` of 100, measured against what
// could be measured, once they have handled `least_cases`.
std::vector<Subject> ScoresBelow(const LiveSheets& scores, const UnitTree& units,
                                 int64_t floor_points, int64_t least_cases);

}  // namespace tthc
