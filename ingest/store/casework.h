// From stored bytes to a judged case: everything a verdict needs beside the statements (the unit,
// the calendar, the time the law gives) is looked up here, in one way for the live pipeline and
// for every query.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "config/calendar.h"
#include "config/procedures.h"
#include "ingest/case/findings.h"
#include "ingest/case/rungs.h"
#include "ingest/case/verdict.h"
#include "ingest/store/codec.h"
#include "ingest/store/directory.h"

namespace tthc {

struct CaseworkOptions {
  std::shared_ptr<const CalendarBook> calendars;
  std::shared_ptr<const ProcedureCatalogue> procedures;
  RulePolicy policy;
  int64_t due_soon_working_us = 8 * kMicrosPerHour;
  FindingThresholds findings;
  std::optional<DirectoryView> directory;   // of a question about the past; absent: as it is now
};

// The options in force: calendars and catalogue can be replaced while others ask.
// Thread safety: any thread.
class CaseworkInForce {
 public:
  explicit CaseworkInForce(CaseworkOptions options) : options_(std::move(options)) {}
  CaseworkOptions Now() const {
    const std::lock_guard lock(mutex_);
    return options_;
  }
  void Use(std::shared_ptr<const CalendarBook> calendars,
           std::shared_ptr<const ProcedureCatalogue> procedures) {
    const std::lock_guard lock(mutex_);
    options_.calendars = std::move(calendars);
    options_.procedures = std::move(procedures);
  }

 private:
  mutable std::mutex mutex_;
  CaseworkOptions options_;
};

// One thread's desk: holds what is looked up often and the memory that is used again for each
// case. Make one per thread and query.
class Casework {
 public:
  Casework(CaseworkOptions options, const Directory& directory);

  // Folds the statements known at `known_at`.
  void Open(const StoredCase& stored, Instant known_at = kEndOfTime);

  const Case& folded() const { return folded_; }
  // What was opened: its owner must still hold it.
  const StoredCase& stored() const { return *stored_; }
  TextId unit_text() const { return unit_text_; }
  UnitId unit() const { return unit_; }
  const DirectoryView& directory() const { return view_; }
  const WorkCalendar& calendar() const { return *calendar_; }
  const RulePolicy& policy() const { return options_.policy; }
  const Procedure* procedure() const { return procedure_; }   // nullptr: not in the catalogue
  // Absent where a due date was given.
  std::optional<Instant> statutory_due() const { return statutory_due_; }

  Verdict Judge(Rule rule, Instant from, Instant cut_off) const;
  // Another fold of the case on the desk.
  Verdict JudgeAs(const Case& folded, Rule rule, Instant from, Instant cut_off) const;
  // Both rules by their number, from the beginning of time.
  std::array<Verdict, 2> JudgeBoth(Instant cut_off) const;
  // `portal`: the verdict under qd766 of JudgeBoth(now).
  Standing StandingAt(Instant now, const Verdict& portal) const;
  // The next instant at which time alone changes the case: verdicts, clock, due-soon.
  std::optional<Instant> NextChange(Instant now, const Standing& standing) const;

  // `portal` and `standing` of `now`. What they point to must outlive the answer.
  CaseOnTrial OnTrial(Instant now, const Verdict& portal, const Standing& standing) const;
  Found Findings(Instant now, const Verdict& portal, const Standing& standing) const {
    return FindingsOf(OnTrial(now, portal, standing));
  }

  // Takes in units that came since the desk was made.
  void Refresh();
  // In place of the options' own.
  void UseCatalogue(std::shared_ptr<const ProcedureCatalogue> procedures);
  void UseCalendars(std::shared_ptr<const CalendarBook> calendars);

 private:
  const Procedure* ProcedureOf(TextId text);
  std::optional<Instant> StatutoryDueByLaw() const;

  CaseworkOptions options_;
  const Directory* directory_;
  DirectoryView view_;

  std::shared_ptr<const ProcedureCatalogue> procedures_;
  std::vector<std::optional<const Procedure*>> procedure_of_text_;   // filled on demand
  std::vector<const WorkCalendar*> calendar_of_unit_;   // by UnitId, filled on demand
  Case folded_;
  const StoredCase* stored_ = nullptr;
  TextId unit_text_ = 0;
  UnitId unit_ = DirectoryView::kNoUnit;
  const WorkCalendar* calendar_ = nullptr;
  const Procedure* procedure_ = nullptr;   // where the catalogue has it
  std::optional<Instant> statutory_due_;
};

// The unit code in a case number (MaHoSo): what stands before the last two groups, "unit-date-
// serial" read from the right; canonical. Error where there is no such code.
Result<std::string> UnitCodeOf(std::string_view case_id);

}  // namespace tthc
