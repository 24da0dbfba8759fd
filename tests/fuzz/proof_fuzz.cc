// What somebody who checks a proof is handed by others: proofs, signed notes, checkpoints, keys.
#include <iterator>
#include <string>
#include <vector>

#include "ingest/proof/case_proof.h"
#include "require.h"

namespace tthc {
namespace {

// A key that nobody signs with here: no proof may hold.
std::vector<NoteVerifier> Keys() {
  return {NoteVerifier::From(
              "tthc-monitor/0001+cc65cd9a+AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g")
              .value()};
}

void CheckProofFile(std::string_view text) {
  const auto proof = ParseProof(text);
  if (!proof) {
    Require(!proof.error().message.empty());
    return;
  }
  const auto again = ParseProof(ProofText(*proof));
  Require(again.has_value() && ProofText(*again) == ProofText(*proof));
  static const std::vector<NoteVerifier> kKeys = Keys();
  const auto proven = CheckProof(*proof, kKeys);
  Require(!proven.has_value() && !proven.error().message.empty());
}

void CheckNote(std::string_view text) {
  const auto note = ParseNote(text);
  if (!note) {
    Require(!note.error().message.empty());
    return;
  }
  Require(!note->signatures.empty() && note->text.ends_with('\n') && text.starts_with(note->text));
  static const std::vector<NoteVerifier> kKeys = Keys();
  Require(SignerOf(*note, kKeys) == nullptr);
}

void CheckCheckpoint(std::string_view text) {
  const auto checkpoint = ParseCheckpoint(text);
  if (!checkpoint) {
    Require(!checkpoint.error().message.empty());
    return;
  }
  Require(ParseCheckpoint(TextOf(*checkpoint)).value() == *checkpoint);
}

void CheckKey(std::string_view text) {
  const auto key = NoteVerifier::From(text);
  if (!key) {
    Require(!key.error().message.empty());
    return;
  }
  Require(NoteVerifier::From(key->text()).value().text() == key->text());
}

constexpr void (*kWays[])(std::string_view) = {CheckProofFile, CheckNote, CheckCheckpoint, CheckKey};

}  // namespace
}  // namespace tthc

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tthc::FuzzInput input = tthc::InputOf(data, size);
  tthc::kWays[input.way % std::size(tthc::kWays)](input.text);
  return 0;
}
