// tthcmon serve: the daemon.
#include <boost/asio/signal_set.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <iostream>

#include "server/app.h"
#include "server/cli.h"
#include "config/json_text.h"
#include "server/log.h"
#include "server/net.h"
#include "server/version.h"

namespace tthc {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  tthcmon serve --config /etc/tthcmon.toml --data /var/lib/tthcmon\n"
    "  tthcmon serve --data store --listen 127.0.0.1:8766 --auth off\n"
    "  tthcmon serve --data store --listen 127.0.0.1:0 --auth off \\\n"
    "                --clock 2025-03-31T23:59:59+07:00 --clock-speed 60\n"
    "\n"
    "When it serves, one JSON line stands on standard output:\n"
    "  {\"event\":\"ready\",\"listen\":\"127.0.0.1:8766\",...}\n"
    "Logs are JSON lines on standard error. SIGTERM and SIGINT stop it: open requests are\n"
    "answered, WebSocket clients closed with 1012, the store synced. SIGHUP reads the files of the\n"
    "certificate, calendars and procedures anew; everything else in the settings needs a restart.\n"
    "A damaged store, or one on a full disk, is served for reading only: /-/healthy and the log say why.\n"
    "Exit code 4: it cannot be read at all, and starting again changes nothing; see tthcmon restore.";

struct ServeArguments {
  std::string config;
  std::string data;
  std::string listen;
  std::string clock;
  double clock_speed = 1;
  std::string auth = "on";
  std::string forward;
};

Result<std::shared_ptr<ProcessClock>> ClockFrom(const ServeArguments& arguments) {
  if (arguments.clock.empty()) return ProcessClock::System();
  const auto start = ParseInstant(arguments.clock);
  if (!start) return Prefixed("--clock", start.error());
  return ProcessClock::From(*start, arguments.clock_speed);
}

// nullptr where there are neither tokens nor --auth off: CheckAccess says what to do.
Result<std::shared_ptr<const Access>> AccessFrom(const ServeArguments& arguments,
                                                 const Settings& settings) {
  if (arguments.auth == "off") return Access::Off();
  return Access::From(settings);
}

Result<ChannelConfig> ChannelsFrom(const Settings& settings) {
  const std::string& file = settings.Text("channels.file");
  return file.empty() ? ChannelConfig() : LoadChannels(file);
}

void WarnOfHorizon(const Settings& settings, const Reference& reference, Instant now) {
  const auto warning = reference.calendars->HorizonWarning(
      DayOf(now), static_cast<int>(settings.Integer("calendar.warn_ahead_days")));
  if (warning) Log(LogLevel::kWarning, "calendar_ends_soon", {{"reason", json::value(*warning)}});
}

// Each connection and each file of the store takes one. A process that runs out of them shuts senders
// and scrapers out, so what is allowed is used, and what does not fit is told at the start.
void RaiseDescriptorLimit(const Settings& settings) {
  constexpr rlim_t kForTheStore = 1024;
  const auto needed = kForTheStore + static_cast<rlim_t>(
                                         settings.Integer("limits.connections") +
                                         settings.Integer("limits.websocket_sessions"));
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  if (limit.rlim_cur < needed) {
    limit.rlim_cur = std::min(needed, limit.rlim_max);
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur >= needed) return;
  Log(LogLevel::kWarning, "too_few_descriptors",
      {{"allowed", json::value(limit.rlim_cur)}, {"needed", json::value(needed)},
       {"way_out", json::value("raise LimitNOFILE of the service, or lower limits.connections and "
                              "limits.websocket_sessions")}});
}

void TellOfStore(const StoreStatus& store) {
  if (!store.remark.empty()) {
    Log(LogLevel::kWarning, "store_remark", {{"reason", json::value(store.remark)}});
  }
  if (!store.only_read.empty()) {
    Log(LogLevel::kError, "store_only_read", {{"reason", json::value(store.only_read)}});
  }
}

Result<std::unique_ptr<App>> MakeApp(const ServeArguments& arguments) {
  auto settings = SettingsFrom(arguments.config);
  if (!settings) return settings.error();
  auto clock = ClockFrom(arguments);
  if (!clock) return clock.error();
  AppOptions options;
  auto access = AccessFrom(arguments, *settings);
  if (!access) return access.error();
  options.access = std::move(*access);
  options.listen = arguments.listen.empty() ? settings->Text("server.listen") : arguments.listen;
  auto tls = TlsFrom(*settings);
  if (!tls) return tls.error();
  options.tls = std::move(*tls);
  auto channels = ChannelsFrom(*settings);
  if (!channels) return channels.error();
  options.channels = std::move(*channels);
  auto feed = FeedConfig::From(*settings);
  if (!feed) return feed.error();
  options.feed = std::move(*feed);
  options.forwards = !arguments.forward.empty();
  // What can be wrong without the store is told before the store is opened.
  if (const auto sane = CheckAccess(options); !sane) return sane.error();

  auto reference = LoadReference(*settings);
  if (!reference) return reference.error();
  WarnOfHorizon(*settings, *reference, (*clock)->Now());
  RaiseDescriptorLimit(*settings);
  MonitorOptions monitor;
  monitor.settings = *settings;
  monitor.reference = std::move(*reference);
  monitor.data_dir = arguments.data;
  monitor.clock = std::move(*clock);
  auto opened = Monitor::Open(std::move(monitor));
  if (!opened) return opened.error();
  TellOfStore((*opened)->StoreState());
  options.monitor = std::move(*opened);
  options.settings = std::move(*settings);
  return App::Create(std::move(options));
}

// SIGHUP: the certificate, calendars and procedures are read anew; what cannot be read changes nothing.
void Reload(const ServeArguments& arguments, App& app) {
  app.ReloadCertificate();
  const auto refused = [](const Error& error) {
    Log(LogLevel::kError, "reload_refused", {{"reason", json::value(error.message)}});
  };
  const auto settings = SettingsFrom(arguments.config);
  if (!settings) return refused(settings.error());
  auto reference = LoadReference(*settings);
  if (!reference) return refused(reference.error());
  Log(LogLevel::kInfo, "reloaded", {{"calendars", json::value(reference->versions.calendars)},
                                    {"procedures", json::value(reference->versions.procedures)}});
  app.UseReference(std::move(*reference));
}

void ReloadOnSignal(const ServeArguments& arguments, App& app, net::signal_set& reload) {
  reload.async_wait([&](ErrorCode ec, int) {
    if (ec) return;
    Reload(arguments, app);
    ReloadOnSignal(arguments, app, reload);
  });
}

json::object ReadyLine(const App& app) {
  json::object line = {{"event", "ready"}, {"listen", app.address()}};
  if (!app.tls_address().empty()) line["listen_tls"] = app.tls_address();
  line["version"] = kVersion;
  return line;
}

int Serve(const ServeArguments& arguments) {
  StartLogging(LogLevel::kInfo);
  // Signals are caught from here on, so that one during recovery stops the process in order too.
  net::io_context signals;
  net::signal_set stop(signals, SIGINT, SIGTERM);
  net::signal_set reload(signals, SIGHUP);
  stop.async_wait([&reload](ErrorCode, int number) {
    Log(LogLevel::kInfo, "signal", {{"number", json::value(number)}});
    reload.cancel();
  });
  auto app = MakeApp(arguments);
  if (!app) return Failed(app.error());
  if (const auto started = (*app)->Start(); !started) return Failed(started.error().message);
  std::cout << JsonText(ReadyLine(**app)) << std::endl;
  ReloadOnSignal(arguments, **app, reload);
  signals.run();
  (*app)->Stop();
  return kExitOk;
}

}  // namespace

void AddServe(CLI::App& program, int& exit_code) {
  auto* command = program.add_subcommand("serve", "the daemon: receives, judges, answers, alerts");
  auto arguments = std::make_shared<ServeArguments>();
  command->footer(kExamples);
  command->add_option("--config", arguments->config, "settings file (TOML)");
  command->add_option("--data", arguments->data, "directory of the store; made where missing")
      ->required();
  command->add_option("--listen", arguments->listen,
                      "HOST:PORT, port 0 takes any free one (default: setting server.listen)");
  auto* clock = command->add_option("--clock", arguments->clock,
                                    "start the clock at this instant (RFC 3339 with offset)");
  command
      ->add_option("--clock-speed", arguments->clock_speed,
                   "let the clock run so many times as fast; 0: it stands still")
      ->check(CLI::Range(0.0, 1e6))
      ->needs(clock);
  command
      ->add_option("--auth", arguments->auth,
                   "on (bearer tokens of access.token_file or [oidc]) or off (loopback only)")
      ->check(CLI::IsMember({"on", "off"}));
  command
      ->add_option("--forward", arguments->forward,
                   "kafka: what is delivered over HTTP is written to the topics of [kafka], answered once "
                   "that is acknowledged, and recorded when it is read from there; the topics then hold it as it "
                   "came, personal data included (docs/kafka.md)")
      ->check(CLI::IsMember({"kafka"}));
  command->callback([arguments, &exit_code] {
    exit_code = Serve(*arguments);
    StopLogging();
  });
}

}  // namespace tthc
