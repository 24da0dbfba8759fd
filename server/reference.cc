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

ReferenceVersions VersionsOf(const Reference& reference) {
  const ReferenceSources& sources = *reference.sources;
  ReferenceVersions versions;
  versions.calendars =
      reference.calendars->Default().version() + " " + DigestOf(sources.calendars);
  if (!sources.make_up_days_count) versions.calendars += " without make-up days";
  versions.procedures = std::to_string(reference.procedures->all().size()) + " procedures " +
                        DigestOf(sources.procedures);
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
  sources.make_up_days_count = settings.Bool("calendar.make_up_days_count");
  auto reference = FromSources(std::move(sources));
  if (!reference) return reference;
  auto alerts = AlertRules::Load(settings.Text("alerts.rules_file"));
  if (!alerts) return alerts.error();
  reference->alerts = *alerts;
  return reference;
}

}  // namespace tthc
