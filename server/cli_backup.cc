// tthcmon backup: a backup of a store that no daemon has open, or one backup as a single file.
#include <iostream>

#include "config/json_text.h"
#include "server/backup/archive.h"
#include "server/cli.h"
#include "server/cli_backup.h"

namespace tthc {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  tthcmon backup --data store --to /mnt/backups\n"
    "  tthcmon backup --from /mnt/backups --archive store.tar\n"
    "\n"
    "The first adds a backup to the directory; files that an earlier one holds are shared. It is\n"
    "checked to the last case before it counts. The store must not be open in another process: a\n"
    "running daemon makes backups by itself (setting backup.dir, POST /api/v1/backups).\n"
    "The second writes one backup of such a directory (--number, else the newest) as one tar file, also\n"
    "while the daemon adds to the directory.";

struct BackupArguments {
  std::string data;
  std::string to;
  std::string from;
  std::string archive;
  uint64_t number = 0;
  uint64_t keep_newest = 0;
  uint64_t keep_days = 0;
  bool with_key = false;
};

int AddTo(const BackupArguments& arguments) {
  StoreOptions options;
  options.dir = arguments.data;
  options.create_if_missing = false;
  auto store = Store::Open(options);
  if (!store) return Failed(store.error());
  if ((*store)->Failed()) {
    return Failed("no backup is made of this store: " + (*store)->OnlyRead());
  }
  BackupFolderOptions folder;
  folder.dir = arguments.to;
  folder.depth = Depth::kCases;
  if (arguments.with_key) folder.key_file = KeyFileIn(arguments.data);
  Progress copying("copy", "MB");
  Progress checking("check", "records");
  BackupFolder backups(folder);
  const auto added = backups.Add(**store, {[&](uint64_t bytes) { copying.Update(0, 0, bytes / kMegabyte); },
                                           [&](uint64_t records) {
                                             checking.Update(0, 0, records);
                                             return true;
                                           }});
  if (!added) return Failed(added.error());
  if (arguments.keep_newest > 0) {
    const auto kept = backups.Keep(arguments.keep_newest, arguments.keep_days);
    if (!kept) return Failed(kept.error());
  }
  std::cout << TextOf(*added);
  return kExitOk;
}

int WriteOne(const BackupArguments& arguments) {
  const auto backups = ListBackups(arguments.from);
  if (!backups) return Failed(backups.error());
  const BackupFacts* chosen = nullptr;
  for (const BackupFacts& backup : *backups) {
    if (arguments.number == 0 || backup.number == arguments.number) chosen = &backup;
  }
  if (chosen == nullptr) {
    return Failed("there is no such backup in '" + arguments.from + "' that is whole");
  }
  Progress writing("archive", "MB");
  const auto written =
      WriteArchive(arguments.from, chosen->number, arguments.archive,
                   [&](uint64_t bytes) { writing.Update(bytes, chosen->bytes, bytes / kMegabyte); });
  if (!written) return Failed(written.error());
  std::cout << TextOf(*chosen);
  return kExitOk;
}

}  // namespace

std::string TextOf(const BackupFacts& backup) {
  const BackupContents& contents = backup.contents;
  std::string text = "backup " + std::to_string(backup.number) + ", made " +
                     FormatInstant(backup.made) + ", " + std::to_string(backup.bytes) + " bytes\n";
  text += "  " + std::to_string(contents.records) + " records";
  if (contents.last_recorded) text += ", the last one recorded " + FormatInstant(*contents.last_recorded);
  text += "\n  " + std::to_string(contents.cases) + " cases, " + std::to_string(contents.checkpoints) +
          " checkpoints over " + std::to_string(contents.sealed_records) + " records\n";
  return text;
}

void AddBackup(CLI::App& program, int& exit_code) {
  auto* command = program.add_subcommand("backup", "backs a store up, or writes a backup as one file");
  auto arguments = std::make_shared<BackupArguments>();
  command->footer(kExamples);
  auto* data = command->add_option("--data", arguments->data, "directory of the store");
  auto* to = command->add_option("--to", arguments->to, "directory of backups; made where missing");
  auto* from = command->add_option("--from", arguments->from, "directory of backups to take one of");
  auto* archive = command->add_option("--archive", arguments->archive, "tar file to write");
  command->add_option("--number", arguments->number, "which one (default: the newest)")
      ->check(CLI::PositiveNumber)->needs(from);
  command->add_option("--keep-newest", arguments->keep_newest,
                      "then delete all but so many of the newest (default: none is deleted)")
      ->check(CLI::PositiveNumber)->needs(to);
  command->add_option("--keep-days", arguments->keep_days,
                      "… and the last one of so many days")->needs("--keep-newest");
  command->add_flag("--with-key", arguments->with_key,
                    "put the signing key that lies in the store's directory there too")->needs(to);
  data->needs(to)->excludes(from)->excludes(archive);
  to->needs(data);
  from->needs(archive);
  archive->needs(from);
  command->callback([arguments, &exit_code] {
    if (arguments->to.empty() && arguments->archive.empty()) {
      exit_code = Failed("name --data and --to, or --from and --archive; see --help");
      return;
    }
    exit_code = arguments->archive.empty() ? AddTo(*arguments) : WriteOne(*arguments);
  });
}

}  // namespace tthc
