// tthcmon verify-proof: a file is enough, no store is opened.
#include <iostream>

#include "config/json_text.h"
#include "ingest/proof/case_proof.h"
#include "server/cli.h"

namespace tthc {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  tthcmon verify-proof proof.json --key audit.pub\n"
    "  curl -H \"Authorization: Bearer $TOKEN\" …/api/v1/cases/H34.05-250328-00042/proof |\n"
    "    tthcmon verify-proof - --key audit.pub\n"
    "\n"
    "Shows that each statement of the case stands in the log that the checkpoint has sealed, and that\n"
    "none of the case is left out. The key comes from whoever keeps it, not from who sent the file.\n"
    "With --checkpoint the proof must rest on exactly that checkpoint.";

struct ProofArguments {
  std::string file;
  std::vector<std::string> keys;
  std::string checkpoint;
};

Result<std::string> ProofTextOf(const std::string& file) {
  return ReadSmallFile(file == "-" ? "/dev/stdin" : file);
}

int VerifyProof(const ProofArguments& arguments) {
  const auto keys = KeysFrom(arguments.keys);
  if (!keys) return Failed(keys.error().message);
  const auto text = ProofTextOf(arguments.file);
  if (!text) return Failed(text.error().message);
  const auto proof = ParseProof(*text);
  if (!proof) return Failed(arguments.file + ": " + proof.error().message);
  const auto proven = CheckProof(*proof, *keys);
  if (!proven) return Failed(arguments.file + ": " + proven.error().message);
  if (!arguments.checkpoint.empty()) {
    const auto expected = ReadSmallFile(arguments.checkpoint);
    if (!expected) return Failed(expected.error().message);
    if (*expected != proof->checkpoint) {
      return Failed(arguments.file + ": it rests on another checkpoint than " +
                    arguments.checkpoint);
    }
  }
  const Checkpoint& c = proven->checkpoint;
  std::cout << "good: case " << proof->case_id << " has " << proof->records.size()
            << " statements, and no other, among the " << c.size << " records of checkpoint "
            << c.number << "\n  made " << FormatInstant(c.at) << ", last record "
            << FormatInstant(c.recorded) << "\n  signed by " << proven->signed_by << '\n';
  for (const ProvenRecord& record : proof->records) std::cout << record.leaf << '\n';
  std::cout.flush();
  return std::cout ? kExitOk : Failed("the result could not be written");
}

}  // namespace

void AddVerifyProof(CLI::App& program, int& exit_code) {
  auto* command =
      program.add_subcommand("verify-proof", "checks the proof of a case, without a store");
  auto arguments = std::make_shared<ProofArguments>();
  command->footer(kExamples);
  command->add_option("file", arguments->file, "the proof, - for standard input")->required();
  command->add_option("--key", arguments->keys, "verifier key that is trusted, or a file of it")
      ->required();
  command->add_option("--checkpoint", arguments->checkpoint,
                      "file of the checkpoint that it must rest on");
  command->callback([arguments, &exit_code] { exit_code = VerifyProof(*arguments); });
}

}  // namespace tthc
