// The honest ratio: how many cases are on time by the dates as they stand, by the dates as they were
// first said, and without the cases whose dates were moved back or behind their deadline, side by
// side, with every case that makes the difference. Readings: docs/decisions/0021-honest-ratio.md.
//
// A walk reads every case: call from a query thread.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "metrics/figures.h"
#include "metrics/findings/evidence.h"
#include "metrics/findings/listing.h"
#include "metrics/tallies/summary.h"

namespace tthc {

enum class HonestBy : uint8_t { kLatest, kFirstKnown, kWithoutBackDating };
inline constexpr size_t kHonestCount = 3;
std::string_view NameOf(HonestBy by);             // "first_known"
std::string_view VietnameseNameOf(HonestBy by);   // "Theo ngày gửi lần đầu"

struct Share {
  int64_t numerator = 0;
  int64_t denominator = 0;
  friend bool operator==(const Share&, const Share&) = default;
};
// What a verdict adds to its rule's rate (docs/rules.md): tt01 of form06, qd766 of qd766.
Share ShareOf(const Verdict& verdict, Rule rule);

struct HonestCounts {
  std::array<Share, kHonestCount> shares{};   // by HonestBy
  int64_t differing = 0;             // cases that make any difference
  int64_t judged_otherwise = 0;      // of them: by their first dates
  int64_t left_out = 0;              // of them: with a finding of back-dating
  int64_t left_out_on_time = 0;      // of those: on time as they stand
  friend bool operator==(const HonestCounts&, const HonestCounts&) = default;
};
void Add(HonestCounts& sum, const HonestCounts& other);

// One case both ways.
struct HonestView {
  Verdict latest;
  Verdict first;
  FindingSet back_dating = 0;
  Proofs moved;                      // statements whose dates were moved, first and own
  Proofs found;                      // what proves its findings
};
HonestView ViewHonestly(const Casework& desk, const WalkQuery& walk);
HonestCounts CountsOf(const HonestView& view, Rule rule);

// Why a case makes a difference: "due_moved", "end_moved", then its findings of back-dating.
struct HonestReason {
  std::string_view code;
  std::string_view text;             // Vietnamese
};
std::vector<HonestReason> ReasonsOf(const HonestView& view);

using HonestVisitor =
    std::function<void(std::string_view case_id, const HonestView& view, const Casework& desk)>;
// Every case that is judged either way.
Result<void> WalkHonestly(const FindingsSources& sources, const WalkQuery& walk,
                          const HonestVisitor& visit);

struct HonestQuery {
  std::string unit;                  // canonical code
  Period period;
  Rule rule = Rule::kForm06;
  View view;
  std::string cursor;                // last case of the page before
  size_t limit = 100;
};
struct HonestLine {
  std::string case_id;
  std::string unit;
  std::string procedure;
  Verdict latest;
  Verdict first;
  std::vector<HonestReason> reasons;
  std::vector<ProofLine> proofs;
};
struct HonestAnswer {
  HonestCounts counts;
  Instant cut_off;
  bool provisional = false;
  std::vector<HonestLine> lines;     // by case
  std::optional<std::string> next_cursor;
};
HonestLine HonestLineOf(std::string_view case_id, const HonestView& view, const Casework& desk,
                        const Directory& directory);
// Without `provisional`.
Result<HonestAnswer> AnswerHonestly(const FindingsSources& sources, const HonestQuery& query,
                                    const WalkQuery& walk);

}  // namespace tthc
