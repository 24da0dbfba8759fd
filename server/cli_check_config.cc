// tthcmon check-config: reads the settings and everything they name, and says what is wrong.
#include <iostream>

#include "ingest/wire/profiles.h"
#include "server/access/access.h"
#include "server/app.h"
#include "server/channels/channel_config.h"
#include "server/cli.h"
#include "server/clock.h"
#include "server/feed/feed_config.h"

namespace tthc {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  tthcmon check-config /etc/tthcmon.toml      every mistake with its line; exit code 1\n"
    "  tthcmon check-config --effective F          the whole effective configuration\n"
    "  tthcmon check-config --reference            every setting, its unit, default and range";

struct CheckArguments {
  std::string file;
  bool reference = false;
  bool effective = false;
};

struct Checked {
  Settings settings;
  std::shared_ptr<const IndicatorBook> indicators;
  std::optional<Certificate> certificate = std::nullopt;
};

Result<Checked> Check(const std::string& file) {
  auto settings = SettingsFrom(file);
  if (!settings) return settings.error();
  if (const auto profiles = ProfileTable::Build(settings->senders()); !profiles) {
    return profiles.error();
  }
  const auto reference = LoadReference(*settings);
  if (!reference) return reference.error();
  Checked checked{std::move(*settings), reference->indicators};
  const std::string& channels = checked.settings.Text("channels.file");
  if (!channels.empty()) {
    if (const auto read = LoadChannels(channels); !read) return read.error();
  }
  auto tls = TlsFrom(checked.settings);
  if (!tls) return tls.error();
  if (*tls) {
    const auto listen = ParseListenAddress((*tls)->listen);
    if (!listen) return Prefixed("tls.listen", listen.error());
    checked.certificate = std::move((*tls)->certificate);
  }
  if (const auto feed = FeedConfig::From(checked.settings); !feed) return feed.error();
  if (const auto access = Access::From(checked.settings); !access) return access.error();
  return checked;
}

std::string DayOr(const std::optional<Day>& day, std::string_view otherwise) {
  return day ? FormatDay(*day) : std::string(otherwise);
}

// In the order in which they are in force.
void TellDefinitions(const IndicatorBook& book) {
  for (const auto& table : book.tables()) {
    std::cout << "definition " << table->id();
    if (table->valid_from() || table->valid_to()) {
      std::cout << ", valid " << DayOr(table->valid_from(), "ever") << " to "
                << DayOr(table->valid_to(), "open");
    }
    std::cout << ": " << table->title() << '\n';
  }
}

// Not an error: a server whose certificate has expired starts too, and says so.
void TellCertificate(const Certificate& certificate) {
  std::cout << "certificate, valid until " << FormatInstant(certificate.not_after) << '\n';
  if (const auto fault = DateFault(certificate, WallNow())) {
    std::cerr << "warning: " << *fault << ": clients refuse it\n";
  }
}

int CheckConfig(const CheckArguments& arguments) {
  if (arguments.reference) {
    std::cout << ReferenceToml();
    return kExitOk;
  }
  const auto checked = Check(arguments.file);
  if (!checked) return Failed(checked.error().message);
  if (arguments.effective) {
    std::cout << checked->settings.EffectiveToml();
  } else {
    std::cout << (arguments.file.empty() ? std::string("the defaults") : arguments.file)
              << ": good\n";
    TellDefinitions(*checked->indicators);
    if (checked->certificate) TellCertificate(*checked->certificate);
  }
  return kExitOk;
}

}  // namespace

void AddCheckConfig(CLI::App& program, int& exit_code) {
  auto* command = program.add_subcommand("check-config", "says what is wrong in a settings file");
  auto arguments = std::make_shared<CheckArguments>();
  command->footer(kExamples);
  command->add_option("file", arguments->file, "settings file (default: the built-in defaults)");
  command->add_flag("--reference", arguments->reference, "print the table of settings");
  command->add_flag("--effective", arguments->effective, "print all settings as they count");
  command->callback([arguments, &exit_code] { exit_code = CheckConfig(*arguments); });
}

}  // namespace tthc
