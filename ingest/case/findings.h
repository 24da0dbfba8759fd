// What a case's statements show that the sender did not say: one table of kinds, each with a pure
// detector over the fold (ingest/case/detectors.h) and the statements that prove it.
//
// A finding is a place to look, not a verdict: figures are computed from what was stated.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "config/calendar.h"
#include "ingest/case/verdict.h"

namespace tthc {

enum class Finding : uint8_t {
  kBackdatedCompletion,
  kDueMovedAfterDeadline,
  kPausedSentAsFinished,
  kReopened,
  kSecondSupplement,
  kNoApology,
  kFrozen,
  kReturnedNotClosed,
  kSenderSilent,
  kDuplicateNumber,
  kNoDueDate,
  kDueLongerThanStatutory,
  kFutureTime,
  kEndBeforeReceipt,
  kUnknownUnit,
  kUnknownProcedure,
  kBlankStatus,
};
inline constexpr size_t kFindingCount = 17;

using FindingSet = uint32_t;   // bit per Finding
constexpr FindingSet BitOf(Finding finding) { return 1u << static_cast<unsigned>(finding); }
constexpr bool Has(FindingSet set, Finding finding) { return (set & BitOf(finding)) != 0; }

// What a statement said before and says now. Monostate: nothing; TextId: a text of the dictionary.
using ProofValue = std::variant<std::monostate, Instant, Status, TextId>;
struct Proof {
  uint32_t entry = 0;       // index into the folded entries
  std::string_view fact;    // "due_at": as the timeline names it
  ProofValue before;        // what it is held against
  ProofValue after;         // what the statement says
};
using Proofs = std::vector<Proof>;

// Each a setting; the table names it.
struct FindingThresholds {
  int64_t backdated_after_us = 7 * kMicrosPerDay;
  int64_t moved_back_us = 5 * kMicrosPerMinute;
  int64_t frozen_working_us = 80 * kMicrosPerHour;
  int64_t no_apology_working_us = 8 * kMicrosPerHour;
  int64_t returned_not_closed_working_us = 8 * kMicrosPerHour;
  int64_t statutory_tolerance_days = 0;
  int64_t future_us = 5 * kMicrosPerMinute;
};

// A case as it stands at `now` and what a finding needs to know beside its statements.
struct CaseOnTrial {
  const Case& folded;
  std::span<const Entry> entries;          // those that were folded
  Instant now;
  const Verdict& portal;                   // under qd766 at `now`, from the beginning of time
  const Clock& clock;                      // at `now`
  const WorkCalendar& calendar;
  std::optional<Instant> statutory_due;    // of its procedure, whatever was promised
  TextId unit_text = 0;
  bool unit_known = true;                  // in a file of units
  bool procedure_known = true;             // in the catalogue
  const FindingThresholds& thresholds;
};

// Since when it stands, which may lie after `now`: then time alone brings it about. `proofs`, where
// given, takes what proves it.
using Detector = std::optional<Instant> (*)(const CaseOnTrial& on_trial, Proofs* proofs);

enum class FindingSeverity : uint8_t { kInfo, kWarning, kCritical };
std::string_view NameOf(FindingSeverity severity);

struct FindingRow {
  Finding finding;
  std::string_view name;        // "backdated_completion"
  std::string_view title;       // Vietnamese
  std::string_view sentence;    // Vietnamese, for an official
  FindingSeverity severity;
  bool back_dating;             // its cases are left out of the third ratio (metrics/findings/honest.h)
  std::string_view settings;    // its thresholds, separated by blanks
  Detector detect;              // nullptr: no finding of one case (metrics/findings/listing.h)
};
std::span<const FindingRow> FindingTable();   // by Finding
const FindingRow& RowOf(Finding finding);
std::string_view NameOf(Finding finding);
std::optional<Finding> FindingNamed(std::string_view name);
FindingSet BackDatingFindings();

struct Found {
  FindingSet set = 0;
  std::optional<Instant> next;   // when time alone brings the next one about
};
// Every finding of one case.
Found FindingsOf(const CaseOnTrial& on_trial);

}  // namespace tthc
