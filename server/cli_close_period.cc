// tthcmon close-period: freezes the figures of a period, offline.
#include <iostream>

#include "server/cli.h"

namespace tthc {
namespace {

constexpr const char* kExamples =
    "Example:\n"
    "  tthcmon close-period 2025-Q1 --data store --unit H34\n"
    "\n"
    "The figures of the unit and all below it are kept as they are known now; what later\n"
    "statements change shows beside them (/api/v1/units/{code}/frozen). A period can be closed\n"
    "once, after it has ended. The store must not be served at the same time; a running daemon\n"
    "closes a period at /api/v1/periods/PERIOD/close.";

// As the one caller of a daemon without access control is called.
constexpr std::string_view kBy = "operator";

struct CloseArguments {
  std::string config;
  std::string data;
  std::string period;
  std::string unit;
  std::string definition;
};

Result<FrozenPeriod> Close(const CloseArguments& arguments) {
  const auto period = ParsePeriod(arguments.period);
  if (!period) return period.error();
  const auto unit = CanonicalUnitCode(arguments.unit);
  if (!unit) return Prefixed("--unit", unit.error());
  const auto settings = SettingsFrom(arguments.config);
  if (!settings) return settings.error();
  const auto monitor = OpenOffline(*settings, arguments.data, false);
  if (!monitor) return monitor.error();
  auto closed = (*monitor)->ClosePeriod(*unit, *period, arguments.definition, kBy);
  (*monitor)->Stop();
  return closed;
}

int RunClose(const CloseArguments& arguments) {
  const auto closed = Close(arguments);
  if (!closed) return Failed(closed.error().message);
  std::cerr << "close-period: " << LabelOf(closed->period) << " of " << closed->unit
            << " closed under " << closed->definition << ", as known at "
            << FormatInstant(closed->known_at) << '\n';
  return kExitOk;
}

}  // namespace

void AddClosePeriod(CLI::App& program, int& exit_code) {
  auto* command =
      program.add_subcommand("close-period", "freezes the figures of a period that has ended");
  auto arguments = std::make_shared<CloseArguments>();
  command->footer(kExamples);
  command->add_option("period", arguments->period, "2025, 2025-H1, 2025-Q1 or 2025-03")->required();
  command->add_option("--data", arguments->data, "directory of the store")->required();
  command->add_option("--unit", arguments->unit, "a unit's code; all units below it are included")
      ->required();
  command->add_option("--config", arguments->config, "settings file (TOML)");
  command->add_option("--definition", arguments->definition,
                      "id of a definition of the indicators (default: the one in force)");
  command->callback([arguments, &exit_code] { exit_code = RunClose(*arguments); });
}

}  // namespace tthc
