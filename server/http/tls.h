// The certificate that the TLS listener shows: read, checked, and changed while the server runs.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "config/instant.h"
#include "config/settings.h"

namespace tthc {

struct TlsFiles {
  std::string certificate;  // PEM: the server's own certificate first, then those that issued it
  std::string key;          // PEM, not encrypted, nobody else's to read
};

// What stands in the files, ready for connections. Immutable.
struct Certificate {
  std::shared_ptr<boost::asio::ssl::context> context;
  Instant not_before;  // the latest begin and the earliest end of all that stand in the file
  Instant not_after;
};

// TLS 1.2 and 1.3, ALPN "http/1.1". Errors name the file and the reason.
Result<Certificate> LoadCertificate(const TlsFiles& files);
// Why clients refuse it at `now`; nothing where they do not, by its dates.
std::optional<std::string> DateFault(const Certificate& certificate, Instant now);

// Keeps what new connections are served with. Thread safety: any thread.
class CertificateKeeper {
 public:
  CertificateKeeper(TlsFiles files, Certificate certificate);
  std::shared_ptr<const Certificate> Current() const;
  // Reads the files anew. What cannot be used by its content or by its dates changes nothing: the one
  // that is served goes on. Open connections keep the one they began with.
  Result<std::shared_ptr<const Certificate>> Reload(Instant now);

 private:
  const TlsFiles files_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Certificate> current_;
};

struct TlsSetup {
  std::string listen;
  TlsFiles files;
  Certificate certificate;
};
// Section [tls] of the settings, its files read; nothing where it names no address. Errors name the
// setting.
Result<std::optional<TlsSetup>> TlsFrom(const Settings& settings);

}  // namespace tthc
