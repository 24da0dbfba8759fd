// The kinds of alerts and their ladders, as data: which rungs a kind has, how long after its cause
// each is reached, who is told then, and the Vietnamese sentence.
//
// Legal ground of the kinds: beside each in config/data/alerts.toml.
// Thread safety: immutable after loading. Times are working time of the unit's calendar.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/instant.h"
#include "config/result.h"

namespace tthc {

// Stored with every claim: never renumber.
enum class AlertKind : uint8_t {
  kDueSoon = 0,
  kOverdue = 1,
  kFrozen = 2,              // overdue, and nothing was said for long
  kReturnedNotClosed = 3,   // a result was given, the case is still open
  kSecondSupplement = 4,    // asked for supplements more than once
  kNoApology = 5,           // overdue without a letter of apology
  kAcceptanceOverdue = 6,   // submitted, neither received nor refused
  kStepOverdue = 7,         // the time of a step has passed
  kScoreBelowBand = 8,      // of a unit
  kSenderSilent = 9,        // of a sender
  kCalendarEnding = 10,     // the days off of the time to come are not announced
};
inline constexpr size_t kAlertKindCount = 11;
inline constexpr size_t kCaseAlertKinds = 8;   // the first ones are about a case
std::string_view NameOf(AlertKind kind);       // "due_soon"
std::optional<AlertKind> AlertKindNamed(std::string_view name);

// Who is told: the officers of the unit, its head, the agency that it belongs to (the unit directly
// below the province), the province. Whoever stands lower is told as well.
enum class AlertLevel : uint8_t { kOfficer = 0, kHead = 1, kAgency = 2, kProvince = 3 };
std::string_view NameOf(AlertLevel level);     // "officer", "head", "agency", "province"
std::optional<AlertLevel> AlertLevelNamed(std::string_view name);

enum class AlertSeverity : uint8_t { kInfo = 0, kWarning = 1, kCritical = 2 };
std::string_view NameOf(AlertSeverity severity);   // "info", "warning", "critical"

struct AlertRung {
  std::string name;                 // "overdue_agency"; unique among all rungs
  int64_t after_us = 0;             // working time after the cause
  AlertLevel level = AlertLevel::kOfficer;
  AlertSeverity severity = AlertSeverity::kWarning;
};
inline constexpr size_t kMaxRungs = 8;

struct AlertRule {
  AlertKind kind = AlertKind::kDueSoon;
  std::string title;                // "Quá hạn"
  std::string text;                 // with {title}, {case}, {unit}, {due}, {remaining}, {subject}
  std::vector<AlertRung> rungs;     // by `after_us`, rising; empty: switched off
};

class AlertRules {
 public:
  // Format: config/data/alerts.toml; a path or "builtin:NAME". Every kind must be there once. All
  // problems are told, each with file and line.
  static Result<std::shared_ptr<const AlertRules>> Load(const std::string& file);
  static Result<std::shared_ptr<const AlertRules>> Parse(std::string_view toml,
                                                         const std::string& file_name);

  const AlertRule& Of(AlertKind kind) const { return rules_[static_cast<size_t>(kind)]; }

 private:
  std::array<AlertRule, kAlertKindCount> rules_;
};

// `text` with each {name} replaced; a name that is not given stays as it is.
struct Placeholder {
  std::string_view name;
  std::string_view value;
};
std::string Filled(std::string_view text, std::initializer_list<Placeholder> placeholders);

}  // namespace tthc
