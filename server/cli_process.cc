// tthcmon process: where time goes, from a store, offline.
#include <iostream>

#include "server/cli.h"
#include "server/http/render_process.h"

namespace tthc {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  tthcmon process --data store --unit H34 --period 2025-Q1\n"
    "  tthcmon process --data store --unit H34.05 --period 2025 --procedure 1.000656 --out log.xes\n"
    "\n"
    "json: steps with their time, variants of the path, rework, where open cases stand; csv and xes\n"
    "(IEEE 1849): the event log behind it, for process-mining tools. The ending of --out chooses\n"
    "the format where --format does not. The store must not be served at the same time; a running\n"
    "daemon answers the same at /api/v1/units/UNIT/process.";

constexpr size_t kListedVariants = 100;

struct ProcessArguments {
  std::string config;
  std::string data;
  std::string unit;
  PeriodArguments period;
  std::string procedure;
  std::string as_of;
  std::string known_at;
  std::string format;
  std::string out;
  size_t variants = kListedVariants;
};

ProcessFormat FormatFrom(const ProcessArguments& arguments) {
  if (const auto format = ProcessFormatNamed(arguments.format)) return *format;
  const size_t dot = arguments.out.rfind('.');
  const auto format =
      dot == std::string::npos ? std::nullopt : ProcessFormatNamed(arguments.out.substr(dot + 1));
  return format.value_or(ProcessFormat::kJson);
}

Result<ProcessQuery> QueryFrom(const ProcessArguments& arguments) {
  ProcessQuery query;
  auto unit = CanonicalUnitCode(arguments.unit);
  if (!unit) return Prefixed("--unit", unit.error());
  query.unit = std::move(*unit);
  const auto period = PeriodFrom(arguments.period);
  if (!period) return period.error();
  query.period = *period;
  const auto as_of = OptionalInstant("--as-of", arguments.as_of);
  if (!as_of) return as_of.error();
  const auto known_at = OptionalInstant("--known-at", arguments.known_at);
  if (!known_at) return known_at.error();
  query.view = {*as_of, *known_at};
  query.procedure = arguments.procedure;
  return query;
}

Result<std::string> TextOf(const Monitor& monitor, const ProcessQuery& query, ProcessFormat format,
                           size_t variants) {
  if (format == ProcessFormat::kJson) {
    const auto answer = monitor.Process(query);
    if (!answer) return answer.error();
    return JsonText(ProcessJson(query, *answer, variants)) + '\n';
  }
  const auto log = monitor.ProcessLog(query);
  if (!log) return log.error();
  return RenderLog(*log, format);
}

Result<void> Process(const ProcessArguments& arguments) {
  const auto query = QueryFrom(arguments);
  if (!query) return query.error();
  const auto settings = SettingsFrom(arguments.config);
  if (!settings) return settings.error();
  const auto monitor = OpenOffline(*settings, arguments.data, false);
  if (!monitor) return monitor.error();
  const auto text = TextOf(**monitor, *query, FormatFrom(arguments), arguments.variants);
  if (!text) return text.error();
  return WriteOut(*text, arguments.out);
}

}  // namespace

void AddProcess(CLI::App& program, int& exit_code) {
  auto* command = program.add_subcommand(
      "process", "where time goes: steps, variants, rework, open cases; event log as XES");
  auto arguments = std::make_shared<ProcessArguments>();
  command->footer(kExamples);
  command->add_option("--data", arguments->data, "directory of the store")->required();
  command->add_option("--config", arguments->config, "settings file (TOML)");
  command->add_option("--unit", arguments->unit, "a unit's code; all units below it are included")
      ->required();
  AddPeriodOptions(*command, arguments->period);
  command->add_option("--procedure", arguments->procedure, "only cases of it (mã TTHC)");
  command->add_option("--format", arguments->format, "json (default), csv or xes")
      ->check(CLI::IsMember({"json", "csv", "xes"}));
  command->add_option("--variants", arguments->variants,
                      "list so many variants, the most frequent first (default: 100)");
  command->add_option("--as-of", arguments->as_of, "only what had happened by then (RFC 3339)");
  command->add_option("--known-at", arguments->known_at,
                      "only what had been recorded by then (RFC 3339)");
  command->add_option("--out", arguments->out, "file to write (default: standard output)");
  command->callback([arguments, &exit_code] {
    const auto done = Process(*arguments);
    exit_code = done ? kExitOk : Failed(done.error().message);
  });
}

}  // namespace tthc
