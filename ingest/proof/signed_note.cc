#include "ingest/proof/signed_note.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "config/file_mode.h"
#include "ingest/proof/hash.h"

namespace tthc {
namespace {

constexpr char kEd25519 = 1;   // C2SP's number of the algorithm
constexpr size_t kPublicKeyBytes = 32;
constexpr size_t kSignatureBytes = 64;
constexpr size_t kKeyIdBytes = 4;
constexpr size_t kLongestName = 200;
constexpr std::string_view kSignatureMark = "\u2014 ";

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeContext>;
struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

const unsigned char* Unsigned(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName &&
         name.find_first_of("+ \t\r\n") == std::string_view::npos;
}

std::string KeyIdOf(std::string_view name, std::string_view public_key) {
  Sha256 digest;
  digest.Add(name).Add("\n").Add(std::string_view(&kEd25519, 1)).Add(public_key);
  return std::string(BytesOf(digest.Finish()).substr(0, kKeyIdBytes));
}

Error KeyFile(const std::string& file, std::string_view what) {
  return {ErrorKind::kIo, "the signing key " + file + " " + std::string(what)};
}

Result<Key> ReadKey(const std::string& file) {
  if (const auto kept = CheckMode(file, OthersMay::kNothing); !kept) {
    return Prefixed("the signing key", kept.error());
  }
  const File in(std::fopen(file.c_str(), "r"));
  if (!in) return KeyFile(file, std::string("cannot be opened: ") + std::strerror(errno));
  Key key(PEM_read_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  if (!key || EVP_PKEY_id(key.get()) != EVP_PKEY_ED25519) {
    return KeyFile(file, "is no PEM of an Ed25519 private key");
  }
  return key;
}

bool SyncFolderOf(const std::string& file) {
  const size_t slash = file.rfind('/');
  const std::string folder = slash == file.npos ? "." : file.substr(0, slash + 1);
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  return synced;
}

// Written whole before it gets its name: a key that was signed with is never half there.
Result<Key> MakeKey(const std::string& file) {
  Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!key) return KeyFile(file, "cannot be made");
  const std::string fresh = file + ".new";
  // One that was left behind keeps its mode: it is not written to.
  (void)::unlink(fresh.c_str());
  const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
  if (descriptor < 0) return KeyFile(file, std::string("cannot be made: ") + std::strerror(errno));
  File out(::fdopen(descriptor, "w"));
  const bool written =
      PEM_write_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
      std::fflush(out.get()) == 0 && ::fsync(descriptor) == 0;
  out.reset();
  if (!written || std::rename(fresh.c_str(), file.c_str()) != 0 || !SyncFolderOf(file)) {
    return KeyFile(file, "cannot be written");
  }
  return key;
}

}  // namespace

Result<NoteVerifier> NoteVerifier::From(std::string_view text) {
  const Error wrong = Invalid("a verifier key is NAME+HEX+BASE64, as it stands in the file .pub beside the signing key");
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  const size_t first = text.find('+');
  const size_t second = text.find('+', first == text.npos ? first : first + 1);
  if (second == text.npos) return wrong;
  const auto bytes = FromBase64(text.substr(second + 1));
  if (!bytes || bytes->size() != kPublicKeyBytes + 1 || bytes->front() != kEd25519) return wrong;
  NoteVerifier verifier;
  verifier.name_ = text.substr(0, first);
  verifier.public_key_ = bytes->substr(1);
  verifier.key_id_ = KeyIdOf(verifier.name_, verifier.public_key_);
  if (!IsName(verifier.name_)) return wrong;
  if (Hex(verifier.key_id_) != text.substr(first + 1, second - first - 1)) {
    return Invalid("the verifier key is damaged: its key id is not that of its key");
  }
  return verifier;
}

std::string NoteVerifier::text() const {
  return name_ + "+" + Hex(key_id_) + "+" + Base64(std::string(1, kEd25519) + public_key_);
}

bool NoteVerifier::Verifies(std::string_view text, std::string_view signature) const {
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Unsigned(public_key_),
                                            public_key_.size()));
  const DigestContext context(EVP_MD_CTX_new());
  return key && context && signature.size() == kSignatureBytes &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), Unsigned(signature), signature.size(), Unsigned(text),
                          text.size()) == 1;
}

Result<NoteSigner> NoteSigner::LoadOrMake(const std::string& file, std::string name) {
  if (!IsName(name)) return Invalid("the name of a signer has no blanks and plus signs");
  struct stat status {};
  const bool is_there = ::stat(file.c_str(), &status) == 0;
  auto key = is_there ? ReadKey(file) : MakeKey(file);
  if (!key) return key.error();
  NoteSigner signer;
  signer.verifier_.name_ = std::move(name);
  signer.verifier_.public_key_.resize(kPublicKeyBytes);
  size_t size = kPublicKeyBytes;
  if (EVP_PKEY_get_raw_public_key(
          key->get(), reinterpret_cast<unsigned char*>(signer.verifier_.public_key_.data()),
          &size) != 1) {
    return KeyFile(file, "has no public half");
  }
  signer.verifier_.key_id_ = KeyIdOf(signer.verifier_.name_, signer.verifier_.public_key_);
  signer.key_ = std::shared_ptr<void>(key->release(), [](void* p) {
    EVP_PKEY_free(static_cast<EVP_PKEY*>(p));
  });
  return signer;
}

Result<std::string> NoteSigner::Signed(std::string_view text) const {
  if (!text.ends_with('\n') || text.find("\n\n") != text.npos) {
    return Invalid("a note ends with a line break and has no empty line");
  }
  const DigestContext context(EVP_MD_CTX_new());
  std::string signature(kSignatureBytes, '\0');
  size_t size = signature.size();
  auto* key = static_cast<EVP_PKEY*>(key_.get());
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     Unsigned(text), text.size()) != 1) {
    return Error{ErrorKind::kIo, "the note could not be signed"};
  }
  return std::string(text) + "\n" + std::string(kSignatureMark) + verifier_.name_ + " " +
         Base64(verifier_.key_id_ + signature) + "\n";
}

Result<SignedNote> ParseNote(std::string_view note) {
  constexpr size_t kLongestNote = 100'000;
  const Error wrong = Invalid("it is no signed note");
  const size_t end = note.rfind("\n\n");
  if (note.size() > kLongestNote || end == note.npos || !note.ends_with('\n')) return wrong;
  SignedNote parsed;
  parsed.text = note.substr(0, end + 1);
  std::string_view rest = note.substr(end + 2);
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    if (!line.starts_with(kSignatureMark)) return wrong;
    line.remove_prefix(kSignatureMark.size());
    const size_t blank = line.find(' ');
    if (blank == line.npos || !IsName(line.substr(0, blank))) return wrong;
    const auto bytes = FromBase64(line.substr(blank + 1));
    if (!bytes || bytes->size() != kKeyIdBytes + kSignatureBytes) return wrong;
    parsed.signatures.push_back({std::string(line.substr(0, blank)),
                                 bytes->substr(0, kKeyIdBytes), bytes->substr(kKeyIdBytes)});
  }
  if (parsed.signatures.empty()) return wrong;
  return parsed;
}

const NoteVerifier* SignerOf(const SignedNote& note, std::span<const NoteVerifier> known) {
  for (const NoteSignature& signature : note.signatures) {
    for (const NoteVerifier& verifier : known) {
      if (verifier.name() == signature.name && verifier.key_id() == signature.key_id &&
          verifier.Verifies(note.text, signature.signature)) {
        return &verifier;
      }
    }
  }
  return nullptr;
}

}  // namespace tthc
