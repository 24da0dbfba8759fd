// tthcmon demo: writes the demonstration quarter.
#include <fstream>
#include <iostream>

#include "ingest/demo/quarter.h"
#include "ingest/demo/registers.h"
#include "ingest/demo/sequel.h"
#include "server/cli.h"
#include "server/cli_demo_live.h"

namespace tthc {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  tthcmon demo kontum-2025q1 --out messages.jsonl\n"
    "  tthcmon demo kontum-2025q1 --seed 7 | gzip > messages.jsonl.gz\n"
    "  tthcmon demo kontum-2025q1 --out messages.jsonl --registers registers\n"
    "  tthcmon demo kontum-2025q1 --after 4 --send http://127.0.0.1:8766\n"
    "\n"
    "The same seed writes the same bytes on every machine. --after draws the weeks that follow the\n"
    "quarter instead: --send gives each of their messages to a daemon on this machine as its clock\n"
    "(serve --clock, --clock-speed) comes to it; deploy/run.sh --live does all of it.";

struct DemoArguments {
  std::string quarter;
  std::string out;
  std::string registers;
  uint64_t seed = demo::kDefaultSeed;
  int weeks_after = 0;         // 0: the quarter itself
  std::string send_to;
};

int TellTheWeeksAfter(const DemoArguments& arguments) {
  const auto sequel = demo::DrawSequel({arguments.seed}, arguments.weeks_after);
  if (!sequel) return Failed(sequel.error());
  if (!arguments.send_to.empty()) {
    const auto sent = SendLive(*sequel, arguments.send_to);
    return sent ? kExitOk : Failed(sent.error());
  }
  std::string text;
  for (const demo::SequelLine& line : sequel->lines) text += line.text + "\n";
  const auto written = WriteOut(text, arguments.out);
  return written ? kExitOk : Failed(written.error());
}

Result<void> Write(const DemoArguments& arguments, std::ostream& out) {
  Progress progress("demo", "lines");
  uint64_t lines = 0;
  const auto written =
      demo::WriteDemoQuarter({arguments.seed}, out, [&](uint64_t done, uint64_t total) {
        lines = done;
        progress.Update(done, total, done);
      });
  if (!written) return written.error();
  out.flush();
  if (!out) return Error{ErrorKind::kIo, "the lines could not be written"};
  progress.Finish(lines);
  return {};
}

int Demo(const DemoArguments& arguments) {
  if (arguments.quarter != demo::kQuarterName) {
    return Failed("there is no demonstration '" + arguments.quarter +
                  "'; known: " + std::string(demo::kQuarterName));
  }
  if (arguments.weeks_after > 0) return TellTheWeeksAfter(arguments);
  if (!arguments.registers.empty()) {
    const auto written = demo::WriteDemoRegisters({arguments.seed}, arguments.registers);
    if (!written) return Failed(written.error().message);
  }
  if (arguments.out.empty()) {
    const auto written = Write(arguments, std::cout);
    return written ? kExitOk : Failed(written.error().message);
  }
  std::ofstream file(arguments.out, std::ios::binary | std::ios::trunc);
  if (!file) return Failed("cannot write to '" + arguments.out + "'");
  const auto written = Write(arguments, file);
  return written ? kExitOk : Failed(arguments.out + ": " + written.error().message);
}

}  // namespace

void AddDemo(CLI::App& program, int& exit_code) {
  auto* command = program.add_subcommand(
      "demo", "writes a demonstration quarter as one-stop messages, one JSON object per line");
  auto arguments = std::make_shared<DemoArguments>();
  command->footer(kExamples);
  command->add_option("quarter", arguments->quarter, "kontum-2025q1")->required();
  command->add_option("--seed", arguments->seed, "another seed gives other cases, same figures");
  command->add_option("--out", arguments->out, "file to write (default: standard output)");
  command->add_option("--registers", arguments->registers,
                      "directory for the registers of the quarter as well, NAME.jsonl each");
  auto* after = command->add_option("--after", arguments->weeks_after,
                                    "draw so many weeks after the quarter instead")
                    ->check(CLI::Range(1, demo::kMostWeeks));
  command->add_option("--send", arguments->send_to,
                      "send them to this daemon, http://HOST:PORT on this machine, as its clock goes on")
      ->needs(after)->excludes("--out");
  command->callback([arguments, &exit_code] { exit_code = Demo(*arguments); });
}

}  // namespace tthc
