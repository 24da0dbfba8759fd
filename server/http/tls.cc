#include "server/http/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <vector>

#include "config/file_mode.h"

namespace tthc {
namespace {

namespace ssl = boost::asio::ssl;

constexpr size_t kMaxFileBytes = 1u << 20;
constexpr size_t kMaxCertificates = 16;
// As sent in the handshake: the length, then the name.
constexpr unsigned char kAlpn[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;
using X509Certificate = std::unique_ptr<X509, FreeCertificate>;
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

// The last of OpenSSL's reasons, which is the nearest to what was asked of it.
std::string OpenSslReason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason == nullptr ? "no reason is given" : reason;
}

Result<std::string> ReadPem(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Error{ErrorKind::kIo, file + " cannot be opened: " + std::strerror(errno)};
  std::string text(kMaxFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.size() > kMaxFileBytes) return Invalid(file + " is too large for a PEM file");
  return text;
}

Bio BioOf(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Without it OpenSSL would ask at the terminal.
int NoPassword(char*, int, int, void*) { return -1; }

Result<std::vector<X509Certificate>> ReadChain(const std::string& file) {
  const auto text = ReadPem(file);
  if (!text) return text.error();
  const Bio bio = BioOf(*text);
  std::vector<X509Certificate> chain;
  while (X509Certificate next{PEM_read_bio_X509(bio.get(), nullptr, NoPassword, nullptr)}) {
    if (chain.size() == kMaxCertificates) return Invalid(file + " holds too many certificates");
    chain.push_back(std::move(next));
  }
  const auto last = ERR_peek_last_error();
  const bool ended = ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
  const std::string reason = OpenSslReason();
  if (!ended) return Invalid(file + " holds a certificate that does not read: " + reason);
  if (chain.empty()) return Invalid(file + " holds no PEM certificate");
  return chain;
}

Result<Key> ReadKey(const std::string& file) {
  if (const auto kept = CheckMode(file, OthersMay::kNothing); !kept) return kept.error();
  const auto text = ReadPem(file);
  if (!text) return text.error();
  if (text->find("ENCRYPTED") != text->npos) {
    return Invalid(file + " is encrypted; the server has nobody to ask for its password: write the key "
                          "without one (openssl pkey)");
  }
  Key key(PEM_read_bio_PrivateKey(BioOf(*text).get(), nullptr, NoPassword, nullptr));
  ERR_clear_error();
  if (!key) return Invalid(file + " holds no PEM private key");
  return key;
}

Result<Instant> InstantOf(const ASN1_TIME* time, const std::string& file) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return Invalid(file + " holds a date that does not read");
  return Instant{int64_t{timegm(&parts)} * kMicrosPerSecond};
}

Result<void> ReadDates(const std::vector<X509Certificate>& chain, const std::string& file,
                       Certificate& out) {
  out.not_before = {INT64_MIN};
  out.not_after = {INT64_MAX};
  for (const auto& certificate : chain) {
    const auto begin = InstantOf(X509_get0_notBefore(certificate.get()), file);
    if (!begin) return begin.error();
    const auto end = InstantOf(X509_get0_notAfter(certificate.get()), file);
    if (!end) return end.error();
    out.not_before = std::max(out.not_before, *begin);
    out.not_after = std::min(out.not_after, *end);
  }
  return {};
}

// A client that names protocols and not this one would not understand what it is told.
int ChooseProtocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                   const unsigned char* offered, unsigned int offered_size, void*) {
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, chosen_size, kAlpn, sizeof kAlpn, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

void SetUp(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // A renegotiation is work that a client can ask for without end.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Sessions go on by tickets, which the client keeps: nothing grows here.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // An idle connection holds no record's buffers.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context, ChooseProtocol, nullptr);
}

Result<void> Use(SSL_CTX* context, const std::vector<X509Certificate>& chain, EVP_PKEY* key,
                 const TlsFiles& files) {
  // Weak keys and signatures are refused here, by the security level of the system's OpenSSL.
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1) {
    return Invalid(files.certificate + " cannot be used: " + OpenSslReason());
  }
  for (size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1) {
      return Invalid(files.certificate + ", certificate " + std::to_string(i + 1) +
                     " cannot be used: " + OpenSslReason());
    }
  }
  if (X509_check_private_key(chain.front().get(), key) != 1) {
    ERR_clear_error();
    return Invalid(files.key + " is not the key of the first certificate in " + files.certificate);
  }
  if (SSL_CTX_use_PrivateKey(context, key) != 1) {
    return Invalid(files.key + " cannot be used: " + OpenSslReason());
  }
  return {};
}

}  // namespace

Result<Certificate> LoadCertificate(const TlsFiles& files) {
  ERR_clear_error();
  const auto chain = ReadChain(files.certificate);
  if (!chain) return chain.error();
  const auto key = ReadKey(files.key);
  if (!key) return key.error();
  Certificate out;
  if (const auto dated = ReadDates(*chain, files.certificate, out); !dated) return dated.error();
  out.context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SetUp(out.context->native_handle());
  const auto used = Use(out.context->native_handle(), *chain, key->get(), files);
  if (!used) return used.error();
  return out;
}

std::optional<std::string> DateFault(const Certificate& certificate, Instant now) {
  if (now >= certificate.not_after) {
    return "the certificate expired at " + FormatInstant(certificate.not_after);
  }
  if (now < certificate.not_before) {
    return "the certificate is not valid before " + FormatInstant(certificate.not_before);
  }
  return std::nullopt;
}

CertificateKeeper::CertificateKeeper(TlsFiles files, Certificate certificate)
    : files_(std::move(files)),
      current_(std::make_shared<const Certificate>(std::move(certificate))) {}

std::shared_ptr<const Certificate> CertificateKeeper::Current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

Result<std::shared_ptr<const Certificate>> CertificateKeeper::Reload(Instant now) {
  auto read = LoadCertificate(files_);
  if (!read) return read.error();
  if (const auto fault = DateFault(*read, now)) {
    return Prefixed(files_.certificate, Invalid(*fault));
  }
  const std::lock_guard lock(mutex_);
  current_ = std::make_shared<const Certificate>(std::move(*read));
  return current_;
}

Result<std::optional<TlsSetup>> TlsFrom(const Settings& settings) {
  TlsSetup setup;
  setup.listen = settings.Text("tls.listen");
  setup.files = {settings.Text("tls.certificate_file"), settings.Text("tls.key_file")};
  if (setup.listen.empty()) {
    if (settings.Bool("tls.required_for_producers")) {
      return Invalid("tls.required_for_producers: tls.listen is empty, so nobody could deliver");
    }
    if (!setup.files.certificate.empty() || !setup.files.key.empty()) {
      return Invalid("tls.listen is empty: give the address that the certificate is for");
    }
    return std::optional<TlsSetup>();
  }
  if (setup.files.certificate.empty() || setup.files.key.empty()) {
    return Invalid("tls.listen needs tls.certificate_file and tls.key_file");
  }
  auto certificate = LoadCertificate(setup.files);
  if (!certificate) return Prefixed("tls", certificate.error());
  setup.certificate = std::move(*certificate);
  return std::optional(std::move(setup));
}

}  // namespace tthc
