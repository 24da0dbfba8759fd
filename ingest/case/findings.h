// What a case's statements show that the sender did not say: pure detectors over the fold.
//
// A finding is a place to look, not a verdict: figures are computed from what was stated.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "ingest/case/fold.h"

namespace tthc {

enum class Finding : uint8_t {
  kBackdatedCompletion,    // an end stated long after it, or moved back, or exactly due once due had passed
  kDueMovedAfterDeadline,  // a later NgayHenTra that came after the one before it had passed
  kPausedSentAsFinished,   // 9 while waiting
  kReopened,               // went on after 9 or 10
  kSecondSupplement,       // more than one request for supplements
  kNoDueDate,
  kFutureTime,             // says to have happened after it arrived
  kEndBeforeReceipt,
  kBlankStatus,
  kUnknownUnit,            // not in the unit tree
  kUnknownProcedure,       // not in the catalogue
};
inline constexpr size_t kFindingCount = 11;
std::string_view NameOf(Finding finding);

using FindingSet = uint16_t;   // bit per Finding
constexpr FindingSet BitOf(Finding finding) {
  return static_cast<FindingSet>(1u << static_cast<unsigned>(finding));
}

struct FindingThresholds {
  int64_t late_arrival_us = 7 * kMicrosPerDay;   // an end that arrives later than this is dated back
  int64_t future_us = 5 * kMicrosPerMinute;      // clocks of senders may be ahead by this
};

// All but the two of the catalogues, which the caller knows.
FindingSet FindingsOf(const Case& the_case, std::span<const Entry> entries,
                      const FindingThresholds& thresholds);

}  // namespace tthc
