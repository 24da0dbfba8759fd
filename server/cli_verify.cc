// tthcmon verify: is a store what was recorded?
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "server/audit/verify.h"
#include "server/cli.h"
#include "server/monitor.h"

namespace tthc {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  tthcmon verify --data store\n"
    "  tthcmon verify --data store --key audit.pub --checkpoint /mnt/witness/last.checkpoint\n"
    "  tthcmon verify --data store --resume verify.state\n"
    "\n"
    "Reads every file against its checksums, then the whole log: numbers, hash chain, sealed\n"
    "chunks, checkpoints and their signatures, then\n"
    "compares every stored case with it and builds the newest case map anew. The first thing\n"
    "that is wrong is named; exit code 1. That the newest records were cut off, or an older copy\n"
    "stands there, shows only against a checkpoint that was taken off the machine (--checkpoint).\n"
    "Without --key signatures are held against the key beside the store, which proves nothing\n"
    "against who could replace both. The store must not be open in another process.\n"
    "With --resume a check that was interrupted goes on where it stood.";

struct VerifyArguments {
  std::string data;
  std::vector<std::string> keys;
  std::vector<std::string> checkpoints;
  std::string resume;
  bool log_only = false;
};

volatile std::sig_atomic_t interrupted = 0;
void Interrupt(int) { interrupted = 1; }

struct Opened {
  std::unique_ptr<Store> store;
  Directory directory{UnitTree::Build({}).value(), {}};
};

Result<std::unique_ptr<Opened>> Open(const std::string& data) {
  StoreOptions options;
  options.dir = data;
  options.create_if_missing = false;
  options.read_only = true;
  auto store = Store::Open(options);
  if (!store) return store.error();
  auto opened = std::make_unique<Opened>();
  opened->store = std::move(*store);
  if (const auto texts = opened->directory.Load(*opened->store); !texts) return texts.error();
  return opened;
}

Result<VerifyOptions> OptionsFrom(const VerifyArguments& arguments) {
  VerifyOptions options;
  std::vector<std::string> keys = arguments.keys;
  const std::string beside = arguments.data + "/audit-key.pem.pub";
  if (keys.empty() && std::filesystem::exists(beside)) keys.push_back(beside);
  auto read = KeysFrom(keys);
  if (!read) return read.error();
  options.keys = std::move(*read);
  for (const std::string& file : arguments.checkpoints) {
    auto note = ReadSmallFile(file);
    if (!note) return note.error();
    options.checkpoints.push_back(std::move(*note));
  }
  return options;
}

Result<VerifyState> StateFrom(const std::string& file) {
  if (file.empty() || !std::filesystem::exists(file)) return VerifyState();
  const auto text = ReadSmallFile(file);
  if (!text) return text.error();
  auto state = ParseVerifyState(*text);
  if (!state) return Invalid(file + " is no state of a check; delete it to begin anew");
  return std::move(*state);
}

// Whole or not at all: a state that is half written would be a false one.
void Keep(const std::string& file, const VerifyState& state) {
  if (file.empty()) return;
  const std::string fresh = file + ".new";
  std::ofstream(fresh, std::ios::binary) << VerifyStateText(state);
  std::error_code failed;
  std::filesystem::rename(fresh, file, failed);
}

Result<void> CheckFiles(const Store& store) {
  Progress progress("check the files", "MB");
  constexpr uint64_t kMegabyte = 1'000'000;
  uint64_t read = 0;
  const auto checked = store.CheckFiles([&](uint64_t bytes) {
    read = bytes;
    progress.Update(0, 0, bytes / kMegabyte);
    return interrupted == 0;
  });
  if (checked) progress.Finish(read / kMegabyte);
  return checked;
}

int Stopped(const VerifyArguments& arguments, uint64_t records) {
  return Failed("interrupted after " + std::to_string(records) + " records" +
                (arguments.resume.empty() ? "" : "; the same command goes on from there"));
}

int Verify(const VerifyArguments& arguments) {
  auto options = OptionsFrom(arguments);
  if (!options) return Failed(options.error().message);
  auto state = StateFrom(arguments.resume);
  if (!state) return Failed(state.error().message);
  auto opened = Open(arguments.data);
  if (!opened) return Failed(opened.error().message);
  std::signal(SIGINT, Interrupt);
  std::signal(SIGTERM, Interrupt);
  Progress progress("verify", "records");
  options->progress = [&](uint64_t done) {
    progress.Update(0, 0, done);
    return interrupted == 0;
  };
  uint64_t kept = 0;
  constexpr uint64_t kKeepEvery = 1000;   // chunks
  options->keep = [&](const VerifyState& at) {
    if (at.chunks.size() < kept + kKeepEvery) return;
    kept = at.chunks.size();
    Keep(arguments.resume, at);
  };
  const Store& store = *(*opened)->store;
  if (!store.OnlyRead().empty()) return Failed(store.OnlyRead());
  if (!store.Remark().empty()) std::cerr << store.Remark() << '\n';
  if (const auto files = CheckFiles(store); !files) return Failed(files.error().message);
  const auto report = VerifyLog(store, (*opened)->directory, *state, *options);
  if (!report) return Failed(report.error().message);
  Keep(arguments.resume, *state);
  if (report->stopped) return Stopped(arguments, report->records);
  progress.Finish(report->records);
  uint64_t cases = 0;
  if (!arguments.log_only) {
    Progress comparing("compare the cases", "records");
    const auto compared = VerifyCases(store, (*opened)->directory, [&](uint64_t done) {
      comparing.Update(0, 0, done);
      return interrupted == 0;
    });
    if (!compared && interrupted != 0) return Stopped(arguments, report->records);
    if (!compared) return Failed(compared.error().message);
    comparing.Finish(report->records);
    cases = *compared;
  }
  std::cout << "good: " << report->records << " records, " << report->checkpoints
            << " checkpoints";
  if (!arguments.log_only) std::cout << ", " << cases << " cases";
  if (report->unsealed > 0) {
    std::cout << "; the last " << report->unsealed << " records are in no checkpoint yet";
  }
  std::cout << '\n';
  if (options->keys.empty()) std::cout << "signatures were not looked at: no --key\n";
  if (arguments.checkpoints.empty()) {
    std::cout << "whether newer records once were there cannot be told without --checkpoint\n";
  }
  if (!arguments.resume.empty()) std::filesystem::remove(arguments.resume);
  return kExitOk;
}

}  // namespace

void AddVerify(CLI::App& program, int& exit_code) {
  auto* command = program.add_subcommand("verify", "checks that a store is what was recorded");
  auto arguments = std::make_shared<VerifyArguments>();
  command->footer(kExamples);
  command->add_option("--data", arguments->data, "directory of the store")->required();
  command->add_option("--key", arguments->keys,
                      "verifier key that is trusted, or a file of it; may be given again");
  command->add_option("--checkpoint", arguments->checkpoints,
                      "file of a checkpoint taken off the machine; may be given again");
  command->add_option("--resume", arguments->resume, "file that keeps how far the check is");
  command->add_flag("--log-only", arguments->log_only, "leave out the stored cases");
  command->callback([arguments, &exit_code] { exit_code = Verify(*arguments); });
}

}  // namespace tthc
