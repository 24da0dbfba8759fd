#include "server/reference.h"

#include <openssl/evp.h>

#include <array>

#include "config/config_files.h"
#include "metrics/indicators/counters.h"

namespace tthc {
namespace {

constexpr size_t kShownDigestBytes = 4;

// The first bytes of SHA-256 over the texts, each behind its length.
std::string DigestOf(const std::vector<ConfigText>& texts) {
  std::string all;
  for (const ConfigText& from : texts) {
    all += std::to_string(from.text->size()) + "\n" + *from.text;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  if (EVP_Digest(all.data(), all.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) {
    return "unknown";
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string shown;
  for (size_t i = 0; i < kShownDigestBytes; ++i) {
    shown += kHex[digest[i] >> 4];
    shown += kHex[digest[i] & 15];
  }
  return shown;
}

CountingRules CountingFrom(const Settings& settings) {
  const auto seconds = [&](std::string_view name) {
    return settings.Integer(name) * kMicrosPerSecond;
  };
  const auto minutes = [&](std::string_view name) {
    return settings.Integer(name) * kMicrosPerMinute;
  };
  CountingRules counting;
  FindingThresholds& thresholds = counting.findings;
  thresholds.backdated_after_us = seconds("findings.backdated_after_seconds");
  thresholds.moved_back_us = seconds("findings.moved_back_seconds");
  thresholds.frozen_working_us = minutes("findings.frozen_working_minutes");
  thresholds.no_apology_working_us = minutes("findings.no_apology_working_minutes");
  thresholds.returned_not_closed_working_us =
      minutes("findings.returned_not_closed_working_minutes");
  thresholds.statutory_tolerance_days = settings.Integer("findings.statutory_tolerance_days");
  thresholds.future_us = seconds("ingest.future_tolerance_seconds");
  counting.policy.pause_on_financial_duty = settings.Bool("rules.pause_on_status_6");
  counting.due_soon_working_us = minutes("alerts.due_soon_working_minutes");
  counting.facts.sync_in_time_us = minutes("indicators.sync_in_time_minutes");
  counting.constant_flag_cases = settings.Integer("indicators.constant_flag_cases");
  return counting;
}

Result<CountingRules> CountingFrom(const ConfigText& toml) {
  if (!toml.text) return toml.text.error();
  const auto read = Settings::Parse(*toml.text, toml.file);
  if (const auto* problems = std::get_if<std::vector<SettingProblem>>(&read)) {
    return ToError(*problems);
  }
  return CountingFrom(std::get<Settings>(read));
}

ReferenceVersions VersionsOf(const Reference& reference) {
  const ReferenceSources& sources = *reference.sources;
  ReferenceVersions versions;
  versions.calendars =
      reference.calendars->Default().version() + " " + DigestOf(sources.calendars);
  if (!sources.make_up_days_count) versions.calendars += " without make-up days";
  versions.procedures = std::to_string(reference.procedures->all().size()) + " procedures " +
                        DigestOf(sources.procedures);
  versions.settings = *sources.settings.text;
  return versions;
}

}  // namespace

Result<Reference> FromSources(ReferenceSources sources) {
  Reference reference;
  auto units = UnitTree::FromTexts(sources.units);
  if (!units) return units.error();
  reference.units = *units;
  auto calendars = CalendarBook::FromTexts(sources.calendars, sources.make_up_days_count);
  if (!calendars) return calendars.error();
  reference.calendars = *calendars;
  auto procedures = ProcedureCatalogue::FromTexts(sources.procedures);
  if (!procedures) return procedures.error();
  reference.procedures = *procedures;
  auto indicators = IndicatorBook::FromTexts(sources.indicators);
  if (!indicators) return indicators.error();
  for (const auto& table : (*indicators)->tables()) {
    if (const auto checked = CheckCounters(*table); !checked) return checked.error();
  }
  reference.indicators = *indicators;
  auto counting = CountingFrom(sources.settings);
  if (!counting) return counting.error();
  reference.counting = *counting;
  reference.sources = std::make_shared<const ReferenceSources>(std::move(sources));
  reference.versions = VersionsOf(reference);
  return reference;
}

Result<Reference> LoadReference(const Settings& settings) {
  ReferenceSources sources;
  sources.units = ReadConfigTexts(settings.List("units.files"));
  sources.calendars = ReadConfigTexts(settings.List("calendar.files"));
  sources.procedures = ReadConfigTexts(settings.List("procedures.files"));
  sources.indicators = ReadConfigTexts(settings.List("indicators.files"));
  sources.settings = {"settings", settings.CountingToml()};
  sources.make_up_days_count = settings.Bool("calendar.make_up_days_count");
  auto reference = FromSources(std::move(sources));
  if (!reference) return reference;
  auto alerts = AlertRules::Load(settings.Text("alerts.rules_file"));
  if (!alerts) return alerts.error();
  reference->alerts = *alerts;
  return reference;
}

}  // namespace tthc
