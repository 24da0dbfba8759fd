#include "server/app.h"

#include <charconv>
#include <mutex>

#include "ingest/wire/profiles.h"
#include "server/channels/channels.h"
#include "server/feed/forwarder.h"
#include "server/feed/kafka_feed.h"
#include "server/http/dispatcher.h"
#include "server/http/listener.h"
#include "server/http/openapi.h"
#include "server/http/session.h"
#include "config/json_text.h"
#include "server/live/alert_hub.h"
#include "server/log.h"
#include "server/version.h"

namespace tthc {
namespace {

// After the drain time connections are cut; their handlers need a moment to notice.
constexpr Millis kCutTime{1'000};
// Of the connections one in so many is kept for the plain address: strangers reach the other one, and
// whoever looks what is wrong (Prometheus, the console on the machine) must still get in.
constexpr size_t kKeptForPlain = 8;

Error NeedsTokens() {
  return Invalid(
      "there is neither access.token_file nor [oidc] in the settings: callers need bearer tokens. "
      "Make a file with\n"
      "  [[token]]\n  name = \"grafana\"\n  sha256 = \"…\"   # printf %s \"$TOKEN\" | sha256sum\n"
      "  roles = [\"producer\", \"officer\"]\n"
      "and name it under [access] token_file, or use --auth off on a loopback address");
}

// Of what listens; empty where nothing does.
std::string AddressOf(const Listener* listener) {
  if (listener == nullptr) return {};
  const tcp::endpoint endpoint = listener->address();
  const std::string host = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" +
         std::to_string(endpoint.port());
}

}  // namespace

Result<ListenAddress> ParseListenAddress(std::string_view text) {
  const Error wrong = Invalid(
      "an address to listen on is HOST:PORT with a numeric address, like 127.0.0.1:8766 or "
      "[::1]:8766");
  const size_t colon = text.rfind(':');
  if (colon == text.npos) return wrong;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host == "localhost") host = "127.0.0.1";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  ListenAddress out;
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (parsed.ec != std::errc() || parsed.ptr != port.data() + port.size()) return wrong;
  ErrorCode ec;
  const auto address = net::ip::make_address(std::string(host), ec);
  if (ec) return wrong;
  out.host = std::string(host);
  out.loopback = address.is_loopback();
  return out;
}

// Threads of a running App, besides those of the monitor:
//   socket-N  one io_context each: connections, TLS, decoding of bodies (server/worker.h)
//   query-N   queries, acknowledgements, resumes of alert sessions (server/query_pool.h)
//   kafka     reads topics into the monitor (server/feed)
//   channels  what is sent to webhooks and Alertmanagers (server/channels)
//   jwks      reads the identity provider's keys (server/access/key_keeper.h)
//   spdlog's writer, one for the process (server/log.h)
struct App::Impl {
  std::unique_ptr<Monitor> monitor;
  std::shared_ptr<const Access> access;
  ServerLimits limits;
  ListenAddress listen;
  std::optional<ListenAddress> tls_listen;
  std::unique_ptr<CertificateKeeper> certificate;  // where tls_listen is
  Router router;
  Services services;
  std::unique_ptr<ServerMetrics> metrics;
  std::unique_ptr<Channels> channels;
  std::unique_ptr<QueryPool> queries;
  std::unique_ptr<Dispatcher> dispatcher;
  std::unique_ptr<AlertHub> hub;
  ConnectionCount connections;
  std::vector<std::unique_ptr<Worker>> workers;
  std::shared_ptr<Listener> listener;
  std::shared_ptr<Listener> tls_listener;  // nullptr where there is none
  std::unique_ptr<KafkaFeed> feed;         // nullptr: no topics are read
  std::unique_ptr<Forwarder> forwarder;    // nullptr: what is delivered is recorded here

  Result<void> OpenListeners();
  void TellCertificate();

  std::mutex mutex;  // of Start and Stop
  bool started = false;
  bool stopped = false;
};

// A connection is touched on its worker's own thread from the first byte on.
Result<void> App::Impl::OpenListeners() {
  const auto serve = [this](ClientStream stream, Worker& worker) {
    StartHttpSession(std::move(stream), *dispatcher, *hub, worker);
  };
  listener = std::make_shared<Listener>(
      workers, limits.connections, kFullAnswer, *metrics,
      [serve](tcp::socket socket, Worker& worker) { serve(ClientStream(std::move(socket)), worker); });
  if (const auto opened = listener->Open(listen.host, listen.port); !opened) return opened.error();
  if (!tls_listen) return {};
  tls_listener = std::make_shared<Listener>(
      workers, limits.connections - limits.connections / kKeptForPlain, std::string_view(), *metrics,
      [this, serve](tcp::socket socket, Worker& worker) {
        serve(ClientStream(std::move(socket), *certificate->Current()->context), worker);
      });
  return tls_listener->Open(tls_listen->host, tls_listen->port);
}

void App::Impl::TellCertificate() {
  const auto current = certificate->Current();
  metrics->TellCertificate(static_cast<double>(current->not_after.us) / kMicrosPerSecond);
  const json::value until(FormatInstant(current->not_after));
  if (const auto fault = DateFault(*current, WallNow())) {
    Log(LogLevel::kError, "certificate_not_valid",
        {{"reason", json::value(*fault)}, {"not_after", until},
         {"way_out", json::value("put a valid one into tls.certificate_file and send SIGHUP")}});
    return;
  }
  Log(LogLevel::kInfo, "certificate", {{"not_after", until}});
}

App::App(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
App::~App() { Stop(); }

Result<void> CheckAccess(const AppOptions& options) {
  std::vector<std::pair<std::string_view, std::string>> addresses = {{"--listen", options.listen}};
  if (options.tls) addresses.emplace_back("tls.listen", options.tls->listen);
  for (const auto& [name, text] : addresses) {
    const auto listen = ParseListenAddress(text);
    if (!listen) return Prefixed(name, listen.error());
    if (options.access && options.access->off() && !listen->loopback) {
      return Invalid("--auth off is only allowed on a loopback address, not on " + listen->host +
                     ": anybody could read and write. Use a token file (setting access.token_file)");
    }
  }
  if (!options.access) return NeedsTokens();
  return {};
}

Result<std::unique_ptr<App>> App::Create(AppOptions options) {
  if (const auto checked = CheckAccess(options); !checked) return checked.error();
  auto listen = ParseListenAddress(options.listen);
  auto profiles = ProfileTable::Build(options.settings.senders());
  if (!profiles) return profiles.error();

  auto channels = Channels::Create(std::move(options.channels), *options.monitor);
  if (!channels) return channels.error();

  auto impl = std::make_unique<Impl>();
  impl->monitor = std::move(options.monitor);
  impl->channels = std::move(*channels);
  impl->access = std::move(options.access);
  impl->limits = ServerLimits::From(options.settings);
  impl->listen = std::move(*listen);
  if (options.tls) {
    impl->tls_listen = *ParseListenAddress(options.tls->listen);
    impl->certificate = std::make_unique<CertificateKeeper>(std::move(options.tls->files),
                                                            std::move(options.tls->certificate));
  }
  impl->services = {impl->monitor.get(), impl->channels.get(), impl->access.get(), impl->limits,
                    OpenApiDocument(impl->router), kVersion};
  impl->metrics = std::make_unique<ServerMetrics>(*impl->monitor->registry(), impl->router.names());
  impl->queries = std::make_unique<QueryPool>(kQueryThreads, kWaitingQueries);
  impl->dispatcher =
      std::make_unique<Dispatcher>(impl->router, impl->services, *impl->queries, *impl->metrics);
  impl->hub = std::make_unique<AlertHub>(*impl->monitor, *impl->access, *impl->queries,
                                         *impl->metrics, impl->limits);
  for (size_t i = 0; i < impl->limits.socket_threads; ++i) {
    impl->workers.push_back(std::make_unique<Worker>(
        i, Decoder(*profiles, impl->monitor->HashKey(), impl->limits.decode), impl->connections));
  }
  if (options.forwards) {
    if (!options.feed) return Invalid("--forward kafka needs kafka.brokers");
    auto forwarder = Forwarder::Create(*options.feed, impl->limits.body_bytes,
                                       impl->limits.decode.depth, *impl->monitor->registry());
    if (!forwarder) return forwarder.error();
    impl->forwarder = std::move(*forwarder);
    impl->services.forwarder = impl->forwarder.get();
  }
  if (options.feed) {
    FeedDecoder decoder(Decoder(*profiles, impl->monitor->HashKey(), impl->limits.decode),
                        impl->monitor->HashKey(), options.feed->event_topics,
                        impl->limits.body_bytes);
    auto feed = KafkaFeed::Create(std::move(*options.feed), *impl->monitor, std::move(decoder));
    if (!feed) return feed.error();
    impl->feed = std::move(*feed);
  }
  return std::unique_ptr<App>(new App(std::move(impl)));
}

Result<void> App::Start() {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->started || impl_->stopped) {
    return Error{ErrorKind::kConflict, "the server was started already"};
  }
  if (const auto opened = impl_->OpenListeners(); !opened) return opened.error();
  impl_->channels->Start();
  if (KeyKeeper* keys = impl_->access->keys()) {
    keys->Start([metrics = impl_->metrics.get()](const KeyReading& reading) {
      metrics->CountKeyReading(reading.good, reading.keys,
                               static_cast<double>(WallNow().us) / kMicrosPerSecond);
    });
  }
  for (auto& worker : impl_->workers) worker->Start();
  impl_->listener->Start();
  if (impl_->feed) impl_->feed->Start();
  Log(LogLevel::kInfo, "listening", {{"address", json::value(address())}});
  if (impl_->tls_listener) {
    impl_->TellCertificate();
    impl_->tls_listener->Start();
    Log(LogLevel::kInfo, "listening_tls", {{"address", json::value(tls_address())}});
  }
  impl_->started = true;
  return {};
}

void App::UseReference(Reference reference) {
  impl_->monitor->UseReference(std::move(reference));
}

void App::ReloadCertificate() {
  if (!impl_->certificate) return;
  const auto read = impl_->certificate->Reload(WallNow());
  impl_->metrics->CountCertificateReload(read.has_value());
  if (!read) {
    Log(LogLevel::kError, "certificate_refused", {{"reason", json::value(read.error().message)},
                                                  {"served", json::value("the one from before")}});
    return;
  }
  Log(LogLevel::kInfo, "certificate_reloaded");
  impl_->TellCertificate();
}

std::string App::address() const { return AddressOf(impl_->listener.get()); }
std::string App::tls_address() const { return AddressOf(impl_->tls_listener.get()); }

void App::Stop() {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->stopped) return;
  impl_->stopped = true;
  if (impl_->started) {
    Log(LogLevel::kInfo, "stopping", {{"connections", json::value(impl_->connections.value())}});
    impl_->channels->BeginStop();
    if (impl_->feed) impl_->feed->Stop();
    impl_->listener->Close();
    if (impl_->tls_listener) impl_->tls_listener->Close();
    for (auto& worker : impl_->workers) worker->DrainAll();
    if (!impl_->connections.WaitForNone(impl_->limits.drain_time)) {
      Log(LogLevel::kWarning, "connections_cut",
          {{"connections", json::value(impl_->connections.value())}});
      for (auto& worker : impl_->workers) worker->AbortAll();
      impl_->connections.WaitForNone(kCutTime);
    }
  }
  if (KeyKeeper* keys = impl_->access->keys()) keys->Stop();
  impl_->queries->Stop();
  impl_->channels->Stop(impl_->limits.drain_time);
  impl_->forwarder.reset();   // answers what was not acknowledged
  // Answers what it took; after this nothing calls back.
  impl_->monitor->Stop();
  for (auto& worker : impl_->workers) worker->Stop();
  Log(LogLevel::kInfo, "stopped");
}

}  // namespace tthc
