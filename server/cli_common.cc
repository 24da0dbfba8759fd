#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include "config/json_text.h"
#include "server/cli.h"
#include "server/clock.h"

namespace tthc {
namespace {

constexpr int64_t kTerminalEvery = kMicrosPerSecond / 4;
constexpr int64_t kLogEvery = 5 * kMicrosPerSecond;
constexpr uint64_t kPercent = 100;

uint64_t PerSecond(uint64_t items, int64_t micros) {
  return micros <= 0 ? items : items * kMicrosPerSecond / static_cast<uint64_t>(micros);
}

}  // namespace

int Failed(std::string_view message) {
  std::cerr << "tthcmon: " << message << '\n';
  return kExitFailed;
}

int Failed(const Error& error) {
  (void)Failed(error.message);
  return error.kind == ErrorKind::kCorrupt ? kExitDamaged : kExitFailed;
}

void AddPeriodOptions(CLI::App& command, PeriodArguments& arguments) {
  command.add_option("--period", arguments.period, "2025, 2025-H1, 2025-Q1 or 2025-03");
  command.add_option("--from", arguments.from, "first day of the period (YYYY-MM-DD), with --to");
  command.add_option("--to", arguments.to, "last day of the period, included");
}

Result<Period> PeriodFrom(const PeriodArguments& arguments) {
  const bool named = !arguments.period.empty();
  if (named && arguments.from.empty() && arguments.to.empty()) return ParsePeriod(arguments.period);
  if (named || arguments.from.empty() || arguments.to.empty()) {
    return Invalid("a period is needed: --period, or --from and --to");
  }
  const auto from = ParseDay(arguments.from);
  if (!from) return Prefixed("--from", from.error());
  const auto to = ParseDay(arguments.to);
  if (!to) return Prefixed("--to", to.error());
  if (*to < *from) return Invalid("--to: the period ends before it begins");
  return Period{*from, *to};
}

Result<std::optional<Instant>> OptionalInstant(std::string_view option, const std::string& text) {
  if (text.empty()) return std::optional<Instant>();
  const auto at = ParseInstant(text);
  if (!at) return Prefixed(option, at.error());
  return std::optional<Instant>(*at);
}

Result<std::string> ReadSmallFile(const std::string& path) {
  constexpr size_t kLargest = 64u << 20;
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in || text.str().size() > kLargest) {
    return Error{ErrorKind::kIo, path + " cannot be read"};
  }
  return text.str();
}

Result<std::vector<NoteVerifier>> KeysFrom(const std::vector<std::string>& texts_or_files) {
  std::vector<NoteVerifier> keys;
  for (const std::string& given : texts_or_files) {
    auto key = NoteVerifier::From(given);
    if (!key) {
      const auto text = ReadSmallFile(given);
      if (!text && given.find('+') != given.npos) return Prefixed("--key", key.error());
      if (!text) {
        return Invalid("--key " + Shown(given) + " is neither a verifier key nor a file of one");
      }
      key = NoteVerifier::From(*text);
    }
    if (!key) return Prefixed("--key " + given, key.error());
    keys.push_back(std::move(*key));
  }
  return keys;
}

Result<void> WriteOut(const std::string& text, const std::string& file) {
  if (file.empty()) {
    std::cout << text << std::flush;
    if (!std::cout) return Error{ErrorKind::kIo, "the output could not be written"};
    return {};
  }
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text << std::flush;
  if (!out) return Error{ErrorKind::kIo, "cannot write to '" + file + "'"};
  return {};
}

Result<Settings> SettingsFrom(const std::string& file) {
  if (file.empty()) return Settings::Defaults();
  auto loaded = Settings::Load(file);
  if (auto* settings = std::get_if<Settings>(&loaded)) return std::move(*settings);
  return ToError(std::get<std::vector<SettingProblem>>(loaded));
}

Result<std::unique_ptr<Monitor>> OpenOffline(const Settings& settings, const std::string& data_dir,
                                             bool create_if_missing) {
  auto reference = LoadReference(settings);
  if (!reference) return reference.error();
  MonitorOptions options;
  options.settings = settings;
  options.reference = std::move(*reference);
  options.data_dir = data_dir;
  options.clock = ProcessClock::System();
  options.fires_alerts = false;
  options.create_if_missing = create_if_missing;
  return Monitor::Open(std::move(options));
}

Progress::Progress(std::string what, std::string unit)
    : what_(std::move(what)),
      unit_(std::move(unit)),
      terminal_(isatty(STDERR_FILENO) != 0),
      started_us_(MonotonicMicros()),
      told_us_(started_us_) {}

void Progress::Update(uint64_t done, uint64_t total, uint64_t items) {
  const int64_t now = MonotonicMicros();
  if (now - told_us_ < (terminal_ ? kTerminalEvery : kLogEvery)) return;
  told_us_ = now;
  std::string line = what_ + ": ";
  if (total > 0) line += std::to_string(done * kPercent / total) + " %, ";
  line += std::to_string(items) + " " + unit_ + ", " +
          std::to_string(PerSecond(items, now - started_us_)) + "/s";
  std::cerr << (terminal_ ? "\r" + line + "\x1b[K" : line + "\n") << std::flush;
  line_open_ = terminal_;
}

void Progress::Finish(uint64_t items) {
  const int64_t micros = MonotonicMicros() - started_us_;
  if (line_open_) std::cerr << "\r\x1b[K";
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.1f", static_cast<double>(micros) / kMicrosPerSecond);
  std::cerr << what_ << ": " << items << ' ' << unit_ << " in " << seconds << " s ("
            << PerSecond(items, micros) << "/s)\n";
}

}  // namespace tthc
