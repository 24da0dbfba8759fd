// tthcmon restore: a backup into an empty directory.
#include <iostream>

#include "server/backup/restore.h"
#include "server/cli.h"
#include "server/cli_backup.h"

namespace tthc {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  tthcmon restore --from /mnt/backups --data /var/lib/tthcmon\n"
    "  tthcmon restore --from store.tar --data /var/lib/tthcmon\n"
    "  tthcmon restore --from /mnt/backups --list\n"
    "\n"
    "Puts the newest backup, or --number, into a directory that is empty or not there: whole or not\n"
    "at all. It is checked to the last case, then it is told what it holds. Have senders send again\n"
    "what they sent since the last record: what the store knows already changes nothing.\n"
    "Alerts told after the backup was made may be told once more; clients that come back are sent\n"
    "those that are open. Checkpoints taken off the machine after the backup no longer hold for this\n"
    "store: keep them with the report of the restore (docs/operations.md).";

struct RestoreArguments {
  RestoreOptions options;
  uint64_t number = 0;
  bool list = false;
};

int List(const std::string& folder) {
  const auto backups = ListBackups(folder);
  if (!backups) return Failed(backups.error());
  for (const BackupFacts& backup : *backups) std::cout << TextOf(backup);
  if (backups->empty()) return Failed("there is no backup in '" + folder + "' that is whole");
  return kExitOk;
}

std::string WhatToDo(const RestoreReport& report, const std::string& data_dir) {
  const BackupContents& contents = report.backup.contents;
  std::string text = "restored into " + data_dir + ", checked to the last case\n";
  if (contents.last_recorded) {
    text += "  not in it: what arrived after " + FormatInstant(*contents.last_recorded) +
            "; have it sent again\n";
  }
  if (report.with_key) {
    text += "  the signing key came along: checkpoints go on as before\n";
  } else {
    text += "  the signing key is not in the backup: put it to " + KeyFileIn(data_dir) +
            " before the first start, or another one is made\n";
  }
  for (const std::string& key : contents.keys) text += "  checkpoints in it are signed by " + key + "\n";
  return text;
}

int RestoreOne(RestoreArguments& arguments) {
  if (arguments.number > 0) arguments.options.number = arguments.number;
  Progress copying("copy", "MB");
  Progress checking("check", "records");
  RestoreWatch watch;
  watch.copied = [&](uint64_t bytes) { copying.Update(0, 0, bytes / kMegabyte); };
  watch.checked = [&](uint64_t records) {
    checking.Update(0, 0, records);
    return true;
  };
  const auto report = Restore(arguments.options, watch);
  if (!report) return Failed(report.error());
  std::cout << TextOf(report->backup) << WhatToDo(*report, arguments.options.data_dir);
  return kExitOk;
}

}  // namespace

void AddRestore(CLI::App& program, int& exit_code) {
  auto* command = program.add_subcommand("restore", "puts a backup into an empty directory");
  auto arguments = std::make_shared<RestoreArguments>();
  command->footer(kExamples);
  command->add_option("--from", arguments->options.from, "directory of backups, or a file of one")
      ->required()->check(CLI::ExistingPath);
  auto* data = command->add_option("--data", arguments->options.data_dir,
                                   "directory for the store; empty or not there");
  auto* number = command->add_option("--number", arguments->number, "which one (default: the newest)")
                     ->check(CLI::PositiveNumber);
  command->add_flag("--list", arguments->list, "show the backups that are whole, and restore none")
      ->excludes(data)->excludes(number);
  command->callback([arguments, &exit_code] {
    if (!arguments->list && arguments->options.data_dir.empty()) {
      exit_code = Failed("name --data, or --list");
      return;
    }
    exit_code = arguments->list ? List(arguments->options.from) : RestoreOne(*arguments);
  });
}

}  // namespace tthc
