// tthcmon import: any tabular export into a store, through a mapping.
#include <iostream>

#include "ingest/source/csv_import.h"
#include "server/cli.h"
#include "server/http/limits.h"
#include "server/offline_feed.h"

namespace tthc {
namespace {

constexpr const char* kExamples =
    "Example:\n"
    "  tthcmon import --data store --mapping boston311.toml boston311_2015_h1.csv.gz\n"
    "\n"
    "The mapping says which column holds what, the form and the zone of dates, and the tables of\n"
    "statuses and channels; ingest/source/mappings has two. Rows that cannot be read are\n"
    "quarantined with their line; importing a file again changes nothing. No alert is ever sent.";

constexpr size_t kRowsAtOnce = 500;
constexpr size_t kToldRows = 20;

struct ImportArguments {
  std::string config;
  std::string data;
  std::string mapping;
  std::vector<std::string> files;
};

struct Reading {
  uint64_t rejected = 0;
};

// One message per moment of recording: a message is recorded as a whole.
Result<void> SendBatch(ImportBatch batch, const std::string& sender, OfflineFeed& feed) {
  DecodedMessage message;
  const auto send = [&]() -> Result<void> {
    if (message.records == 0) return {};
    message.service = "import";
    message.sender = sender;
    auto sent = feed.Send(std::move(message));
    message = DecodedMessage();
    return sent;
  };
  for (Statement& statement : batch.statements) {
    if (message.arrived_at && *message.arrived_at != statement.recorded) {
      if (const auto sent = send(); !sent) return sent;
    }
    message.arrived_at = statement.recorded;
    ++message.records;
    message.statements.push_back(std::move(statement));
  }
  message.records += static_cast<uint32_t>(batch.rejected.size());
  message.rejected = std::move(batch.rejected);
  return send();
}

void TellRejected(const std::string& file, const ImportBatch& batch, Reading& reading) {
  for (const Rejected& rejected : batch.rejected) {
    if (++reading.rejected > kToldRows) continue;
    std::cerr << file << ':' << rejected.position << ": " << rejected.field << ": "
              << rejected.reason << '\n';
  }
}

Result<void> ImportFile(const std::string& file, const CsvMapping& mapping, uint64_t hash_key,
                        const DecodeLimits& limits, OfflineFeed& feed, Reading& reading) {
  auto import = CsvImport::Open(file, mapping, hash_key, limits);
  if (!import) return import.error();
  Progress progress("import " + file, "rows");
  ImportBatch batch;
  while (true) {
    const auto more = import->Next(batch, kRowsAtOnce);
    if (!more) return more.error();
    if (!*more) break;
    TellRejected(file, batch, reading);
    if (const auto sent = SendBatch(std::move(batch), mapping.name, feed); !sent) return sent;
    const ImportProgress done = import->progress();
    progress.Update(done.bytes_read, done.bytes_total, done.rows);
  }
  progress.Finish(import->progress().rows);
  return {};
}

Result<void> ImportAll(const ImportArguments& arguments, Reading& reading, FeedTotals& totals) {
  auto settings = SettingsFrom(arguments.config);
  if (!settings) return settings.error();
  const auto mapping = LoadCsvMapping(arguments.mapping);
  if (!mapping) return mapping.error();
  const DecodeLimits limits = ServerLimits::From(*settings).decode;
  // Before the store is made: a file name that was mistyped is a common mistake.
  for (const std::string& file : arguments.files) {
    if (const auto opened = CsvImport::Open(file, *mapping, 0, limits); !opened) {
      return opened.error();
    }
  }
  auto monitor = OpenOffline(*settings, arguments.data, true);
  if (!monitor) return monitor.error();
  OfflineFeed feed(**monitor);
  for (const std::string& file : arguments.files) {
    const auto imported = ImportFile(file, *mapping, (*monitor)->HashKey(), limits, feed, reading);
    if (!imported) return imported.error();
  }
  auto finished = feed.Finish();
  if (!finished) return finished.error();
  totals = *finished;
  (*monitor)->Stop();
  return {};
}

int Import(const ImportArguments& arguments) {
  Reading reading;
  FeedTotals totals;
  if (const auto done = ImportAll(arguments, reading, totals); !done) {
    return Failed(done.error().message);
  }
  if (reading.rejected > kToldRows) {
    std::cerr << "import: " << reading.rejected - kToldRows << " more rows could not be read\n";
  }
  std::cerr << "import: " << totals.accepted << " statements recorded, " << totals.repeated
            << " were there already, " << totals.quarantined << " rows quarantined\n";
  return kExitOk;
}

}  // namespace

void AddImport(CLI::App& program, int& exit_code) {
  auto* command = program.add_subcommand("import", "reads a CSV export into a store, offline");
  auto arguments = std::make_shared<ImportArguments>();
  command->footer(kExamples);
  command->add_option("--config", arguments->config, "settings file (TOML)");
  command->add_option("--data", arguments->data, "directory of the store; made where missing")
      ->required();
  command->add_option("--mapping", arguments->mapping, "what the columns mean (TOML)")->required();
  command->add_option("files", arguments->files, "exports (.csv, .csv.gz)")->required();
  command->callback([arguments, &exit_code] { exit_code = Import(*arguments); });
}

}  // namespace tthc
