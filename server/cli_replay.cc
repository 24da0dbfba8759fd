// tthcmon replay: recorded messages into a store, offline.
#include <iostream>

#include "ingest/source/replay_reader.h"
#include "ingest/wire/profiles.h"
#include "server/cli.h"
#include "server/http/limits.h"
#include "server/offline_feed.h"

namespace tthc {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  tthcmon replay --data store messages.jsonl\n"
    "  tthcmon replay --data store january.jsonl.gz february.jsonl.gz\n"
    "\n"
    "Each line is a message with its time of arrival:\n"
    "  {\"service\":\"DongBoHoSoMC\",\"arrived_at\":\"2025-01-10T08:31:00+07:00\",\"data\":[...]}\n"
    "Statements that the store has already change nothing. No alert is ever sent. A line that\n"
    "cannot be read is told with its number, the others are kept, and the exit code is 1.";

// A file of another kind would fail at every line.
constexpr uint64_t kToldLines = 20;

struct ReplayArguments {
  std::string config;
  std::string data;
  std::vector<std::string> files;
};

struct Reading {
  uint64_t lines = 0;
  uint64_t bad_lines = 0;
};

void TellBadLine(const std::string& file, uint64_t number, const std::string& reason,
                 Reading& reading) {
  if (++reading.bad_lines <= kToldLines) {
    std::cerr << file << ':' << number << ": " << reason << '\n';
  }
}

Result<DecodedMessage> DecodeLine(const ReplayLine& line, Decoder& decoder) {
  if (line.too_long) {
    return Invalid("the line is over " + std::to_string(ReplayReader::kLineBytes) + " bytes");
  }
  auto message = decoder.Decode(line.text, {});
  if (message && !message->arrived_at) return Invalid("there is no arrived_at");
  return message;
}

Result<void> ReplayFile(const std::string& file, Decoder& decoder, OfflineFeed& feed,
                        Reading& reading) {
  auto reader = ReplayReader::Open(file);
  if (!reader) return reader.error();
  Progress progress("replay " + file, "lines");
  ReplayLine line;
  uint64_t lines = 0;
  while (true) {
    const auto more = reader->Next(line);
    if (!more) return more.error();
    if (!*more) break;
    ++lines;
    auto message = DecodeLine(line, decoder);
    if (!message) {
      TellBadLine(file, line.number, message.error().message, reading);
    } else if (message->outcome == MessageOutcome::kStatements) {
      if (const auto sent = feed.Send(std::move(*message)); !sent) return sent.error();
    }
    progress.Update(reader->source().bytes_read(), reader->source().bytes_total(), lines);
  }
  reading.lines += lines;
  progress.Finish(lines);
  return {};
}

Result<void> ReplayAll(const ReplayArguments& arguments, Reading& reading, FeedTotals& totals) {
  auto settings = SettingsFrom(arguments.config);
  if (!settings) return settings.error();
  auto profiles = ProfileTable::Build(settings->senders());
  if (!profiles) return profiles.error();
  // Before the store is made: a file name that was mistyped is a common mistake.
  for (const std::string& file : arguments.files) {
    if (const auto opened = ReplayReader::Open(file); !opened) return opened.error();
  }
  auto monitor = OpenOffline(*settings, arguments.data, true);
  if (!monitor) return monitor.error();
  Decoder decoder(*profiles, (*monitor)->HashKey(), ServerLimits::From(*settings).decode);
  OfflineFeed feed(**monitor);
  for (const std::string& file : arguments.files) {
    if (const auto replayed = ReplayFile(file, decoder, feed, reading); !replayed) {
      return replayed.error();
    }
  }
  auto finished = feed.Finish();
  if (!finished) return finished.error();
  totals = *finished;
  (*monitor)->Stop();
  return {};
}

int Replay(const ReplayArguments& arguments) {
  Reading reading;
  FeedTotals totals;
  if (const auto done = ReplayAll(arguments, reading, totals); !done) {
    return Failed(done.error().message);
  }
  std::cerr << "replay: " << totals.accepted << " statements recorded, " << totals.repeated
            << " were there already, " << totals.quarantined << " records quarantined\n";
  if (reading.bad_lines == 0) return kExitOk;
  return Failed(std::to_string(reading.bad_lines) + " of " + std::to_string(reading.lines) +
                " lines could not be read");
}

}  // namespace

void AddReplay(CLI::App& program, int& exit_code) {
  auto* command = program.add_subcommand("replay", "feeds recorded messages into a store, offline");
  auto arguments = std::make_shared<ReplayArguments>();
  command->footer(kExamples);
  command->add_option("--config", arguments->config, "settings file (TOML)");
  command->add_option("--data", arguments->data, "directory of the store; made where missing")
      ->required();
  command->add_option("files", arguments->files, "files of messages (.jsonl, .jsonl.gz)")
      ->required();
  command->callback([arguments, &exit_code] { exit_code = Replay(*arguments); });
}

}  // namespace tthc
