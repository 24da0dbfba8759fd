// Every finding of a unit and all below it, with what proves it: by a walk over its cases, and twice
// where one case is looked for under two numbers. From a query thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "config/units.h"
#include "ingest/senders/senders.h"
#include "ingest/store/case_book.h"
#include "metrics/figures.h"
#include "metrics/findings/evidence.h"

namespace tthc {

inline constexpr FindingSet kAllFindings = (1u << kFindingCount) - 1;

// Where a line stands among all: by case (a silent sender: by its name), then by kind.
struct FindingKey {
  std::string subject;
  Finding kind = Finding::kBackdatedCompletion;
  friend auto operator<=>(const FindingKey&, const FindingKey&) = default;
};

struct FindingsQuery {
  std::string unit;                  // canonical code
  FindingSet kinds = kAllFindings;
  bool silent_senders = true;        // whether they are looked for, too
  std::optional<Day> from;           // came up on or after this day
  std::optional<Day> to;             // … and not after this one
  View view;
  std::optional<FindingKey> after;   // the last line of the page before
  size_t limit = 100;
};
struct FindingLine {
  FindingKey key;
  std::string case_id;               // empty: about a sender
  std::string unit;
  std::string sender;                // of a silent one
  std::string other_case_id;         // of a duplicate number
  Instant since;
  std::vector<ProofLine> proofs;
};
struct FindingsPage {
  Instant cut_off;
  std::array<uint64_t, kFindingCount> counts{};   // of all pages
  std::vector<FindingLine> lines;                 // by key
  bool more = false;
  uint64_t total() const;
};

struct FindingsSources {
  const CaseBook& book;
  const CaseworkOptions& casework;
  const Directory& directory;
};
struct FindingsWalk {
  std::vector<bool> units;           // by UnitId
  Instant known_at = kEndOfTime;
  Instant cut_off;                   // findings that stand then
  std::vector<Senders::Source> senders;   // whose silence is looked for
};
Result<FindingsPage> ListFindings(const FindingsSources& sources, const FindingsQuery& query,
                                  const FindingsWalk& walk);

}  // namespace tthc
