// The commands of tthcmon: one file each (cli_serve.cc, …), listed in main.cc.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/result.h"
#include "config/settings.h"
#include "server/monitor.h"

namespace tthc {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitSomeRefused = 3;  // recorded, but some rows were refused
inline constexpr int kExitDamaged = 4;      // the store cannot be read: starting again changes nothing

// Each adds its subcommand; the command itself runs from CLI11's callback and sets `exit_code`.
void AddServe(CLI::App& program, int& exit_code);
void AddDemo(CLI::App& program, int& exit_code);
void AddReplay(CLI::App& program, int& exit_code);
void AddImport(CLI::App& program, int& exit_code);
void AddRegister(CLI::App& program, int& exit_code);
void AddReport(CLI::App& program, int& exit_code);
void AddProcess(CLI::App& program, int& exit_code);
void AddClosePeriod(CLI::App& program, int& exit_code);
void AddScore(CLI::App& program, int& exit_code);
void AddTimeline(CLI::App& program, int& exit_code);
void AddVerify(CLI::App& program, int& exit_code);
void AddVerifyProof(CLI::App& program, int& exit_code);
void AddBackup(CLI::App& program, int& exit_code);
void AddRestore(CLI::App& program, int& exit_code);
void AddCheckConfig(CLI::App& program, int& exit_code);

// "tthcmon: MESSAGE" on standard error; kExitFailed.
int Failed(std::string_view message);
// The same; kExitDamaged where a store was found damaged.
int Failed(const Error& error);

// --period, or --from and --to.
struct PeriodArguments {
  std::string period;
  std::string from;
  std::string to;
};
void AddPeriodOptions(CLI::App& command, PeriodArguments& arguments);
Result<Period> PeriodFrom(const PeriodArguments& arguments);
// Absent where `text` is empty; an error names the option.
Result<std::optional<Instant>> OptionalInstant(std::string_view option, const std::string& text);
// To standard output where `file` is empty.
Result<void> WriteOut(const std::string& text, const std::string& file);

// The whole of a small file; "cannot be read" names it.
Result<std::string> ReadSmallFile(const std::string& path);
// Verifier keys, each as its text or as a file of it.
class NoteVerifier;
Result<std::vector<NoteVerifier>> KeysFrom(const std::vector<std::string>& texts_or_files);

// The settings of `file`, the defaults where it is empty; every problem of the file in one error.
Result<Settings> SettingsFrom(const std::string& file);

// A store opened offline: no alert is ever sent.
Result<std::unique_ptr<Monitor>> OpenOffline(const Settings& settings, const std::string& data_dir,
                                             bool create_if_missing);

// Tells on standard error how far a long work is: in place on a terminal, else a line now and then.
class Progress {
 public:
  // `unit`: what is counted, "lines".
  Progress(std::string what, std::string unit);
  // `total`: of `done`, 0 where unknown; both in bytes where the work reads a file.
  void Update(uint64_t done, uint64_t total, uint64_t items);
  // The last word, with the rate.
  void Finish(uint64_t items);

 private:
  const std::string what_;
  const std::string unit_;
  const bool terminal_;
  const int64_t started_us_;
  int64_t told_us_;
  bool line_open_ = false;
};

}  // namespace tthc
