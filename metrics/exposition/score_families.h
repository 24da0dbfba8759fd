// The Prometheus families of the indicators and scores of Quyết định 766/QĐ-TTg, of the month,
// quarter and year that "now" lies in; each of a unit and everything below it.
//
//   tthc_indicator_points, _numerator, _denominator {unit,indicator,period}
//   tthc_score_points, tthc_score_measured_max_points {unit,period}
//   tthc_sender_untold_cases {sender,fact}: the finding "constant flag"
//
// No sample where there is no figure: "not measured" is never 0.
#pragma once

#include <string>

#include "metrics/figures.h"

namespace tthc {

void RenderScoreFamilies(const LiveSheets& scores, const DirectoryView& directory,
                         std::string& out);

}  // namespace tthc
