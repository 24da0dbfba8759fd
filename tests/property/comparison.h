// What a monitor answers, held against the plain batch reference. Each function gives an empty text where
// the two agree, and otherwise where they do not, with the stories of the cases seen differently.
#pragma once

#include <string>
#include <vector>

#include "reference.h"
#include "server/monitor.h"

namespace tthc::comparison {

struct Told {
  const Monitor& monitor;
  const std::vector<Statement>& arrivals;   // everything that it was told, as it was recorded
};

// The summary, and how long the case list of each state is.
std::string DifferenceIn(const Told& told, const reference::Question& question);
// The live figures of the month, quarter and year of now: a unit's own and of its subtree.
std::string DifferenceInTallies(const Told& told);

}  // namespace tthc::comparison
