// Verdicts: is a case on time, under which rule, and why (DESIGN section 4 in docs/rules.md).
//
//   qd766   the national portal's reading of Quyết định 766/QĐ-TTg: compares instants
//   form06  Biểu số 06/VPCP/KSTT (Thông tư 01/2020/TT-VPCP): compares days of Asia/Ho_Chi_Minh
//
// Pure: everything, time included, is an argument.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "ingest/case/fold.h"

namespace tthc {

enum class Rule : uint8_t { kQd766 = 0, kForm06 = 1 };
inline constexpr std::array<Rule, 2> kRules = {Rule::kQd766, Rule::kForm06};
std::string_view NameOf(Rule rule);
std::optional<Rule> RuleNamed(std::string_view name);

enum class CaseState : uint8_t {
  kOutside,       // not of the period's population
  kResolvedEarly,
  kResolvedOnTime,
  kResolvedLate,
  kPendingInTime,
  kPendingLate,
};
std::string_view NameOf(CaseState state);            // "resolved_early", …
std::string_view VietnameseNameOf(CaseState state);  // "trước hạn", …
constexpr bool IsResolved(CaseState s) {
  return s == CaseState::kResolvedEarly || s == CaseState::kResolvedOnTime ||
         s == CaseState::kResolvedLate;
}
constexpr bool IsPending(CaseState s) {
  return s == CaseState::kPendingInTime || s == CaseState::kPendingLate;
}
constexpr bool IsLate(CaseState s) {
  return s == CaseState::kResolvedLate || s == CaseState::kPendingLate;
}

// Why: one value for branch, API, metric label and test.
enum class Reason : uint8_t {
  kNotReceived,        // status 1 alone, 3 before receipt, or no NgayTiepNhan
  kReceivedAfter,      // received after the cut-off
  kRefused,            // form06: refused after receipt stands outside
  kEndedBefore,        // ended before the period
  kWithdrawn,          // 7: on time, whatever else
  kSecondSupplement,   // qd766: more than one request for supplements is overdue
  kNoDueDate,          // nothing to compare with: in time
  kEndedByDue,
  kEndedAfterDue,
  kWaiting,            // waiting for the applicant at the cut-off, asked in time
  kWaitingAskedLate,   // … asked after the due date
  kPaused,             // form06: paused at the cut-off is in time
  kRunningByDue,
  kRunningAfterDue,
};
std::string_view CodeOf(Reason reason);

enum class DueBasis : uint8_t { kNone, kAppointment /* NgayHenTra */, kStatutory };

struct Verdict {
  CaseState state = CaseState::kOutside;
  Reason reason = Reason::kNotReceived;
  bool carried_over = false;          // received before the period
  bool online = false;                // KenhThucHien 2
  DueBasis due_basis = DueBasis::kNone;
  std::optional<Instant> due;
  std::optional<Instant> ended_at;    // as stated, nothing subtracted
  std::optional<Instant> compared;    // what was held against the due date
  int64_t waited_us = 0;              // subtracted waiting for the applicant
  int requests = 0;                   // requests for supplements up to the cut-off
  Status current = Status::kNone;     // at the cut-off
};

struct RulePolicy {
  bool pause_on_financial_duty = false;  // qd766: status 6 stops the clock like 5 (setting)
};

// `statutory_due` stands where no NgayHenTra was ever given (qd766 only).
Verdict Judge(const Case& the_case, Rule rule, Instant from, Instant cut_off,
              std::optional<Instant> statutory_due, const RulePolicy& policy);

// The case as it stands at `now` for people who watch it.
enum class OpenState : uint8_t { kNotOpen, kInTime, kDueSoon, kOverdue, kPaused };
std::string_view NameOf(OpenState state);  // "in_time", "due_soon", "overdue", "paused"

struct Clock {
  OpenState state = OpenState::kNotOpen;
  std::optional<Instant> deadline;   // due date with finished waiting added: when it becomes late
  Instant deadline_due;              // the due date that the deadline was made from
  bool stopped = false;              // waiting for the applicant: no deadline runs
  uint32_t episode = 0;              // how often it was reopened
  Status current = Status::kNone;
};
// `kDueSoon` needs working time and is set by the caller (ingest/case/rungs.h).
// `portal` is its verdict under qd766 at `now`, from the beginning of time.
Clock ClockOf(const Case& the_case, Instant now, const Verdict& portal, const RulePolicy& policy);

// The first instant after `now` at which a verdict or the clock changes though nothing is said:
// a statement dated in the future takes effect, or a due date passes under one of the rules.
// `clock` is the case's clock at `now`.
std::optional<Instant> NextChange(const Case& the_case, Instant now, const Clock& clock);

// The sentence an official reads: "Kết thúc 21/02/2025 16:40, hẹn trả 21/02/2025 17:00: đúng hạn."
std::string VietnameseReason(const Verdict& verdict, Rule rule);

}  // namespace tthc
