// tthcmon report: a report from a store, offline.
#include <iostream>

#include "server/cli.h"

namespace tthc {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  tthcmon report form06 --data store --unit H34 --period 2025-Q1 --format xlsx --out f.xlsx\n"
    "  tthcmon report cchc --data store --unit H34 --from 2025-01-01 --to 2025-03-31\n"
    "  tthcmon report qd766 --data store --unit H34 --period 2025-Q1 \\\n"
    "                 --known-at 2025-04-05T00:00:00+07:00\n"
    "  tthcmon report --list                      the reports\n"
    "\n"
    "Without --out the report goes to standard output; the ending of --out chooses the format\n"
    "where --format does not. The store must not be served at the same time; a running daemon\n"
    "answers the same at /api/v1/reports/NAME.";

struct ReportArguments {
  std::string config;
  std::string data;
  std::string name;
  std::string unit;
  PeriodArguments period;
  std::string as_of;
  std::string known_at;
  std::string definition;
  std::string format;
  std::string out;
  bool list = false;
};

Result<const ReportRow*> ReportFrom(const std::string& name) {
  if (const ReportRow* row = ReportNamed(name)) return row;
  std::string known;
  for (const ReportRow& row : ReportTableOf()) {
    known += (known.empty() ? "" : ", ") + std::string(row.name);
  }
  return Invalid("there is no report '" + name + "'; known: " + known);
}

ReportFormat FormatFrom(const ReportArguments& arguments) {
  if (const auto format = ReportFormatNamed(arguments.format)) return *format;
  const size_t dot = arguments.out.rfind('.');
  const auto format =
      dot == std::string::npos ? std::nullopt : ReportFormatNamed(arguments.out.substr(dot + 1));
  return format.value_or(ReportFormat::kJson);
}

Result<ReportQuery> QueryFrom(const ReportArguments& arguments) {
  ReportQuery query;
  auto unit = CanonicalUnitCode(arguments.unit);
  if (!unit) return Prefixed("--unit", unit.error());
  query.unit = std::move(*unit);
  const auto period = PeriodFrom(arguments.period);
  if (!period) return period.error();
  query.period = *period;
  auto as_of = OptionalInstant("--as-of", arguments.as_of);
  if (!as_of) return as_of.error();
  auto known_at = OptionalInstant("--known-at", arguments.known_at);
  if (!known_at) return known_at.error();
  query.view = {*as_of, *known_at};
  query.definition = arguments.definition;
  return query;
}

Result<void> MakeReport(const ReportArguments& arguments) {
  const auto row = ReportFrom(arguments.name);
  if (!row) return row.error();
  const auto query = QueryFrom(arguments);
  if (!query) return query.error();
  const auto settings = SettingsFrom(arguments.config);
  if (!settings) return settings.error();
  const auto monitor = OpenOffline(*settings, arguments.data, false);
  if (!monitor) return monitor.error();
  const auto report = (*monitor)->MakeReport(**row, *query);
  if (!report) return report.error();
  for (const ReportCheck& check : report->checks) {
    if (!check.holds) std::cerr << "report: does not hold: " << check.name << " (" << check.detail
                                << ")\n";
  }
  const auto text = Render(*report, FormatFrom(arguments));
  if (!text) return text.error();
  return WriteOut(*text, arguments.out);
}

int ListReports() {
  for (const ReportRow& row : ReportTableOf()) {
    std::cout << row.name << "  (" << row.title << ")\n  " << row.help << '\n';
  }
  return kExitOk;
}

int RunReport(const ReportArguments& arguments) {
  if (arguments.list) return ListReports();
  if (arguments.name.empty() || arguments.data.empty() || arguments.unit.empty()) {
    Failed("NAME, --data and --unit are needed; --list names the reports");
    return kExitUsage;
  }
  const auto made = MakeReport(arguments);
  return made ? kExitOk : Failed(made.error().message);
}

}  // namespace

void AddReport(CLI::App& program, int& exit_code) {
  auto* command = program.add_subcommand("report", "a report from a store, offline");
  auto arguments = std::make_shared<ReportArguments>();
  command->footer(kExamples);
  command->add_option("name", arguments->name, "report: form06, cchc, qd766, late-cases, honest, ...");
  command->add_option("--data", arguments->data, "directory of the store");
  command->add_option("--config", arguments->config, "settings file (TOML)");
  command->add_option("--unit", arguments->unit, "a unit's code; all units below it are included");
  AddPeriodOptions(*command, arguments->period);
  command->add_option("--format", arguments->format, "json (default), csv or xlsx")
      ->check(CLI::IsMember({"json", "csv", "xlsx"}));
  command->add_option("--definition", arguments->definition,
                      "id of a definition of the indicators (default: the one in force)");
  command->add_option("--as-of", arguments->as_of, "only what had happened by then (RFC 3339)");
  command->add_option("--known-at", arguments->known_at,
                      "only what had been recorded by then (RFC 3339)");
  command->add_option("--out", arguments->out, "file to write (default: standard output)");
  command->add_flag("--list", arguments->list, "print the reports");
  command->callback([arguments, &exit_code] { exit_code = RunReport(*arguments); });
}

}  // namespace tthc
