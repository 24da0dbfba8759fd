// tthcmon: the real-time monitor of administrative cases. Parses and wires, nothing more.
#include <array>
#include <csignal>
#include <exception>

#include "server/cli.h"
#include "server/version.h"

namespace {

constexpr const char* kDescription =
    "tthcmon - real-time monitor of administrative cases (ho so TTHC)\n"
    "\n"
    "Receives what one-stop systems send to the national portal, keeps every version,\n"
    "judges each case under Quyet dinh 766/QD-TTg and Bieu 06/VPCP/KSTT, and tells\n"
    "figures (HTTP, Prometheus) and alerts (WebSocket) as they change.";

constexpr const char* kExamples =
    "Examples:\n"
    "  tthcmon demo kontum-2025q1 --out messages.jsonl\n"
    "  tthcmon replay --data store messages.jsonl\n"
    "  tthcmon serve --data store --listen 127.0.0.1:8766 --auth off \\\n"
    "                --clock 2025-03-31T23:59:59+07:00\n"
    "  tthcmon report form06 --data store --unit H34 --period 2025-Q1\n"
    "  tthcmon COMMAND --help      every option of a command\n"
    "\n"
    "Exit codes: 0 done, 1 failed (the reason is on standard error), 2 wrong usage,\n"
    "3 rows of a register were refused.";

constexpr std::array kCommands = {
    tthc::AddServe,    tthc::AddDemo,   tthc::AddReplay,      tthc::AddImport,
    tthc::AddRegister, tthc::AddReport, tthc::AddProcess,     tthc::AddClosePeriod,
    tthc::AddScore,    tthc::AddTimeline, tthc::AddVerify,    tthc::AddVerifyProof,
    tthc::AddBackup,   tthc::AddRestore, tthc::AddCheckConfig};

}  // namespace

int main(int argc, char** argv) {
  // A reader that goes away shows as a failed write, not as the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App program(kDescription, "tthcmon");
  program.footer(kExamples);
  program.set_version_flag("--version", std::string("tthcmon ") + tthc::kVersion);
  program.require_subcommand(0, 1);  // none is told below: CLI11 would not name a wrong one
  int exit_code = tthc::kExitOk;
  for (const auto& add : kCommands) add(program, exit_code);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? tthc::kExitOk : tthc::kExitUsage;
  } catch (const std::exception& error) {
    return tthc::Failed(error.what());
  }
  if (program.get_subcommands().empty()) {
    tthc::Failed("a command is needed; run with --help for the list");
    return tthc::kExitUsage;
  }
  return exit_code;
}
