// Notes of others are read, ours are what others read, and no changed byte goes through.
#include "ingest/proof/signed_note.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace tthc {
namespace {

using testing::HasSubstr;

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tthc_note_XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

// The example of Go's golang.org/x/mod/sumdb/note, where the format comes from.
constexpr std::string_view kGoKey =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kGoNote =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

TEST(SignedNote, ReadsTheNoteOfAnother) {
  const auto key = NoteVerifier::From(kGoKey);
  ASSERT_TRUE(key.has_value()) << key.error().message;
  EXPECT_EQ(key->text(), kGoKey);
  const auto note = ParseNote(kGoNote);
  ASSERT_TRUE(note.has_value()) << note.error().message;
  ASSERT_NE(SignerOf(*note, std::span(&*key, 1)), nullptr);
  EXPECT_EQ(SignerOf(*note, {}), nullptr);
}

TEST(SignedNote, TheKeyIsMadeOnceForTheOwnerAlone) {
  const Folder folder;
  const std::string file = folder / "key.pem";
  const auto made = NoteSigner::LoadOrMake(file, "tthc-monitor/1");
  ASSERT_TRUE(made.has_value()) << made.error().message;
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  const auto again = NoteSigner::LoadOrMake(file, "tthc-monitor/1");
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(again->verifier().text(), made->verifier().text());

  const auto note = again->Signed("a\nb\n");
  ASSERT_TRUE(note.has_value());
  const auto parsed = ParseNote(*note);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->text, "a\nb\n");
  EXPECT_NE(SignerOf(*parsed, std::span(&made->verifier(), 1)), nullptr);

  const auto other = NoteSigner::LoadOrMake(folder / "other.pem", "tthc-monitor/1");
  ASSERT_TRUE(other.has_value());
  EXPECT_EQ(SignerOf(*parsed, std::span(&other->verifier(), 1)), nullptr);
}

TEST(SignedNote, AKeyThatEverybodyMayReadSignsNothing) {
  const Folder folder;
  const std::string file = folder / "key.pem";
  ASSERT_TRUE(NoteSigner::LoadOrMake(file, "name"));
  std::filesystem::permissions(file, std::filesystem::perms(0640));
  EXPECT_TRUE(NoteSigner::LoadOrMake(file, "name"));
  std::filesystem::permissions(file, std::filesystem::perms(0644));
  const auto open = NoteSigner::LoadOrMake(file, "name");
  ASSERT_FALSE(open.has_value());
  EXPECT_THAT(open.error().message, HasSubstr("the signing key: " + file + " can be read by everybody"));
}

TEST(SignedNote, WhatIsNoKeyIsSaid) {
  const Folder folder;
  std::ofstream(folder / "junk.pem") << "junk";
  std::filesystem::permissions(folder / "junk.pem", std::filesystem::perms(0600));
  const auto junk = NoteSigner::LoadOrMake(folder / "junk.pem", "name");
  ASSERT_FALSE(junk.has_value());
  EXPECT_THAT(junk.error().message, HasSubstr("junk.pem is no PEM of an Ed25519 private key"));
  EXPECT_THAT(NoteSigner::LoadOrMake(folder / "no/such", "name").error().message,
              HasSubstr("cannot be made"));
  EXPECT_FALSE(NoteSigner::LoadOrMake(folder / "k", "a name").has_value());
  EXPECT_FALSE(NoteVerifier::From("").has_value());
  EXPECT_FALSE(NoteVerifier::From("a+b").has_value());
  std::string damaged(kGoKey);
  damaged.back() = damaged.back() == 'W' ? 'X' : 'W';
  EXPECT_FALSE(NoteVerifier::From(damaged).has_value());
}

TEST(SignedNote, TextsThatCannotBeSignedAreRefused) {
  const Folder folder;
  const auto signer = NoteSigner::LoadOrMake(folder / "key.pem", "n");
  ASSERT_TRUE(signer.has_value());
  EXPECT_FALSE(signer->Signed("no line break").has_value());
  EXPECT_FALSE(signer->Signed("an empty\n\nline\n").has_value());
}

RC_GTEST_PROP(SignedNote, NoChangedByteGoesThrough, ()) {
  const auto key = NoteVerifier::From(kGoKey);
  std::string note(kGoNote);
  note[*rc::gen::inRange<size_t>(0, note.size())] ^= static_cast<char>(1 << *rc::gen::inRange(0, 8));
  const auto parsed = ParseNote(note);
  if (parsed) RC_ASSERT(SignerOf(*parsed, std::span(&*key, 1)) == nullptr);
}

}  // namespace
}  // namespace tthc
