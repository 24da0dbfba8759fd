// The serving process as a value: made, started, stopped; several may live in one process.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "server/access/access.h"
#include "server/channels/channel_config.h"
#include "server/feed/feed_config.h"
#include "server/http/tls.h"
#include "server/monitor.h"

namespace tthc {

struct AppOptions {
  std::unique_ptr<Monitor> monitor;  // open and recovered
  Settings settings = Settings::Defaults();
  std::string listen = "127.0.0.1:0";    // HOST:PORT, "[::1]:0"; port 0 takes any free one
  std::optional<TlsSetup> tls;           // a second address, that speaks TLS only
  ChannelConfig channels;                // who alerts are sent to
  std::optional<FeedConfig> feed;        // topics that are read from
  bool forwards = false;                 // what is delivered over HTTP is written to them; needs `feed`
  std::shared_ptr<const Access> access;  // Access::Off() only with a loopback address
};

// Whether the addresses can be read and the access is one that may be served there: what `serve`
// tells before it opens the store. `monitor` is not looked at.
Result<void> CheckAccess(const AppOptions& options);

class App {
 public:
  // Checks everything that can be checked before anything runs.
  static Result<std::unique_ptr<App>> Create(AppOptions options);
  ~App();

  // Listens. Once only: kConflict for a second call, also after Stop.
  Result<void> Start();
  // Calendars and procedures that were read anew; see Monitor::UseReference.
  void UseReference(Reference reference);
  // The certificate's files, read anew; see CertificateKeeper::Reload. Logs what came of it; nothing
  // where no address speaks TLS. From any thread, after Start.
  void ReloadCertificate();
  // The address that is listened on; empty before Start.
  std::string address() const;
  // The one that speaks TLS; empty where there is none.
  std::string tls_address() const;
  // Stops accepting, lets open requests end, closes alert sessions with 1012, lets webhooks take
  // what is being sent, cuts what is left after shutdown.drain_seconds, then stops the monitor. Idempotent; waits for the end also where
  // another thread is stopping.
  void Stop();

 private:
  struct Impl;
  explicit App(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// What an address to listen on says: host and port. Error where it is no HOST:PORT.
struct ListenAddress {
  std::string host;
  uint16_t port = 0;
  bool loopback = false;
};
Result<ListenAddress> ParseListenAddress(std::string_view text);

}  // namespace tthc
