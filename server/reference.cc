#include "server/reference.h"

#include <openssl/evp.h>

#include <array>

#include "config/config_files.h"
#include "metrics/indicators/counters.h"

namespace tthc {
namespace {

constexpr size_t kShownDigestBytes = 4;

// The first bytes of SHA-256 over the texts, each behind its length.
std::string DigestOf(const std::vector<std::string>& files) {
  std::string all;
  for (const std::string& file : files) {
    const auto text = ReadConfigText(file);   // was read a moment ago
    all += std::to_string(text ? text->size() : 0) + "\n" + (text ? *text : "");
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

ReferenceVersions VersionsOf(const Settings& settings, const Reference& reference) {
  ReferenceVersions versions;
  versions.calendars = reference.calendars->Default().version() + " " +
                       DigestOf(settings.List("calendar.files"));
  if (!settings.Bool("calendar.make_up_days_count")) versions.calendars += " without make-up days";
  versions.procedures = std::to_string(reference.procedures->all().size()) + " procedures " +
                        DigestOf(settings.List("procedures.files"));
  return versions;
}

}  // namespace

Result<Reference> LoadReference(const Settings& settings) {
  Reference reference;
  auto units = UnitTree::Load(settings.List("units.files"));
  if (!units) return units.error();
  reference.units = *units;
  auto calendars = CalendarBook::Load(settings.List("calendar.files"),
                                      settings.Bool("calendar.make_up_days_count"));
  if (!calendars) return calendars.error();
  reference.calendars = *calendars;
  auto procedures = ProcedureCatalogue::Load(settings.List("procedures.files"));
  if (!procedures) return procedures.error();
  reference.procedures = *procedures;
  auto indicators = IndicatorBook::Load(settings.List("indicators.files"));
  if (!indicators) return indicators.error();
  for (const auto& table : (*indicators)->tables()) {
    if (const auto checked = CheckCounters(*table); !checked) return checked.error();
  }
  reference.indicators = *indicators;
  auto alerts = AlertRules::Load(settings.Text("alerts.rules_file"));
  if (!alerts) return alerts.error();
  reference.alerts = *alerts;
  reference.versions = VersionsOf(settings, reference);
  return reference;
}

}  // namespace tthc
