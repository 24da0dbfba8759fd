// A text signed with Ed25519 in the form of C2SP signed notes, which other tools read too:
//
//   TEXT\n
//   \n
//   — NAME BASE64(key id(4) | signature(64))\n
//
// A verifier key is "NAME+HEX(key id)+BASE64(0x01 | public key)"; the key id is the begin of
// SHA-256(NAME | "\n" | 0x01 | public key). A signer's key is a PKCS #8 PEM file.
// Thread safety: immutable.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/result.h"

namespace tthc {

class NoteVerifier {
 public:
  // Errors say what is wrong with the text of a verifier key.
  static Result<NoteVerifier> From(std::string_view text);
  std::string text() const;
  const std::string& name() const { return name_; }
  const std::string& key_id() const { return key_id_; }   // 4 bytes
  bool Verifies(std::string_view text, std::string_view signature) const;

 private:
  friend class NoteSigner;
  NoteVerifier() = default;
  std::string name_;
  std::string public_key_;
  std::string key_id_;
};

class NoteSigner {
 public:
  // Reads the key, or makes one where the file is missing (mode 0600). One that others
  // than its owner and group may read or write is refused. `name`: of whoever signs, without blanks and
  // plus signs.
  static Result<NoteSigner> LoadOrMake(const std::string& file, std::string name);
  const NoteVerifier& verifier() const { return verifier_; }
  // `text` ends with a line break and has no empty line.
  Result<std::string> Signed(std::string_view text) const;

 private:
  NoteSigner() = default;
  std::shared_ptr<void> key_;
  NoteVerifier verifier_;
};

struct NoteSignature {
  std::string name;
  std::string key_id;      // 4 bytes
  std::string signature;   // 64 bytes
};
struct SignedNote {
  std::string text;                        // with its last line break
  std::vector<NoteSignature> signatures;   // at least one
};
Result<SignedNote> ParseNote(std::string_view note);
// The verifier that has signed it; nullptr where none of these has.
const NoteVerifier* SignerOf(const SignedNote& note, std::span<const NoteVerifier> known);

}  // namespace tthc
