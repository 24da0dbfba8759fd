// The reports one by one, and what in them is pure: tables and words made of figures alone.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "metrics/reports/reports.h"

namespace tthc {

Result<Report> MakeForm06(const ReportSources& sources, const ReportQuery& query);
Result<Report> MakeCchc(const ReportSources& sources, const ReportQuery& query);
Result<Report> MakeQd766(const ReportSources& sources, const ReportQuery& query);
Result<Report> MakeLateCases(const ReportSources& sources, const ReportQuery& query);
Result<Report> MakeEmulation(const ReportSources& sources, const ReportQuery& query);
Result<Report> MakeHonest(const ReportSources& sources, const ReportQuery& query);
Result<Report> MakeOpenData(const ReportSources& sources, const ReportQuery& query);

// --- form06
struct FieldCounts {
  std::string code;            // MaLinhVuc; empty: not said
  std::string name;            // empty: the catalogue does not know it
  Counts counts;
};
// `fields` in the order of the rows; the last row is `total`.
ReportTable Form06Table(std::span<const FieldCounts> fields, const Counts& total);
// The identities of the form in every row, and the total as the sum of the rows, from what is
// printed.
std::vector<ReportCheck> Form06Checks(const ReportTable& table);
// What was closed; `now`: beside it what stands now and the difference. Absent where the closing has
// no such line.
std::optional<ReportTable> Form06ClosedTable(const FrozenFigure& frozen, const Counts* now);

// --- cchc
struct CchcShare {
  std::optional<int64_t> numerator;   // absent: no sender tells it
  int64_t denominator = 0;
  int64_t untold = 0;                 // of the denominator: cases whose sender does not tell it
};
struct CchcPayments {
  int64_t transactions = 0;
  int64_t dong = 0;
};
struct CchcPetitions {
  int64_t received = 0;               // carried over included
  int64_t answered = 0;
  int64_t in_process = 0;
};
struct CchcFigures {
  Counts counts;
  CchcShare digitised;
  CchcShare e_result;
  CchcShare reused;
  CchcShare paid_online;
  std::optional<CchcPayments> fees;         // absent: the register is not kept
  std::optional<CchcPayments> land_duties;
  std::optional<CchcPetitions> petitions;
};
ReportTable CchcTable(const CchcFigures& figures);
std::vector<std::string> CchcParagraphs(const CchcFigures& figures, const std::string& unit_name,
                                        const Period& period);

// Its second table: the cases still under way by what they wait for, the unit's own and those of
// each unit directly below it.
struct PendingCounts {
  int64_t running = 0;
  int64_t supplement = 0;             // status 5: waits for the applicant
  int64_t financial_duty = 0;         // status 6: waits for the tax office or the payer
  int64_t financial_duty_past_due = 0;   // of them: no delay of the unit, but the citizen waits
  int64_t stopped = 0;                // status 8
  int64_t longest_duty_us = 0;        // working time that the longest of status 6 has waited
  int64_t total() const { return running + supplement + financial_duty + stopped; }
};
class PendingTable {
 public:
  PendingTable(const UnitTree& tree, UnitId root, Day day) : tree_(tree), root_(root), day_(day) {}
  // `desk` holds a case of the root's subtree; other than pending ones are passed over.
  void Add(const Verdict& verdict, const Casework& desk, Instant cut_off);
  PendingCounts Total() const;
  ReportTable Table() const;

 private:
  const UnitTree& tree_;
  const UnitId root_;
  const Day day_;
  std::unordered_map<UnitId, PendingCounts> below_;
};

// --- late-cases
struct LateCase {
  std::string case_id;
  std::string unit;
  std::string unit_name;
  std::string procedure;
  std::string procedure_name;
  std::optional<Instant> received_at;
  Verdict verdict;
  int64_t late_us = 0;                // working time
  std::string officer;
  std::optional<Instant> last_step;
};
inline constexpr size_t kMostLateCases = 10'000;
// Keeps the latest of any number of cases, in the order of the report: the longest overdue first.
class LateCaseList {
 public:
  explicit LateCaseList(size_t most) : most_(most) {}
  void Add(LateCase late);
  std::vector<LateCase> Sorted() &&;
  uint64_t total() const { return total_; }

 private:
  const size_t most_;
  uint64_t total_ = 0;
  std::vector<LateCase> kept_;        // at most twice as many as asked for
};

}  // namespace tthc
