// The reports people sign, by name: one table of them, one function each.
//
//   form06     Biểu số 06/VPCP/KSTT (Thông tư 01/2020/TT-VPCP): 13 columns, a row per sector
//   cchc       the section on case handling of the quarterly administrative-reform report
//   qd766      the score sheet of Quyết định 766/QĐ-TTg: the unit, and the units directly below it
//   late-cases which case, how late, where it waits, whose step
//   emulation  units (and officers by their code) with no late and no backlogged case: thi đua
//   honest     the ratio on time by dates as they stand, as first said, without back-dating
//   open-data  the month's results per unit, ready to publish, with a data dictionary
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "metrics/figures.h"
#include "metrics/reports/report.h"
#include "metrics/tallies/summary.h"

namespace tthc {

class Figures;

struct ReportQuery {
  std::string unit;                  // canonical code
  Period period;
  View view;
  std::string definition;            // of indicators; empty: the one in force
};

// What a report is made from.
struct ReportSources {
  const CaseBook& book;
  const Directory& directory;
  const RegisterBook& registers;
  const Figures& figures;
  const CalendarBook& calendars;
  const UnitTree& units;
  Instant now;
};

struct ReportRow {
  std::string_view name;     // "late-cases"
  std::string_view title;    // Vietnamese
  std::string_view help;     // English
  Result<Report> (*make)(const ReportSources&, const ReportQuery&);
};
std::span<const ReportRow> ReportTableOf();
const ReportRow* ReportNamed(std::string_view name);

}  // namespace tthc
