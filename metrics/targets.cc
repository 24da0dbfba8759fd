// Yearly targets (chỉ tiêu giao hằng năm) and how far a unit is.
#include <algorithm>
#include <memory>

#include "metrics/figures.h"
#include "metrics/tallies/summary.h"

namespace tthc {
namespace {

struct TargetRow {
  std::string_view target;
  std::string_view name;   // Vietnamese
  Population population;
  Fact numerator;
  Fact denominator;
};
// Counted like the indicator named behind each; "online" is received online, without the electronic
// result that CLGQ.3 asks for as well.
constexpr TargetRow kTargets[] = {
    {"on_time", "Tỷ lệ hồ sơ giải quyết trước hạn, đúng hạn", Population::kHandled, Fact::kOnTime,
     Fact::kAll},                                                                     // TDGQ.1
    {"online", "Tỷ lệ hồ sơ tiếp nhận trực tuyến", Population::kReceived, Fact::kOnline,
     Fact::kAll},                                                                     // CLGQ.3
    {"digitisation", "Tỷ lệ hồ sơ thực hiện số hóa", Population::kHandled, Fact::kDigitised,
     Fact::kAll},                                                                     // MDSH.2
    {"e_result", "Tỷ lệ hồ sơ cấp kết quả điện tử", Population::kHandled, Fact::kEResult,
     Fact::kAll},                                                                     // MDSH.1
    {"reuse", "Tỷ lệ hồ sơ sử dụng lại dữ liệu số hóa", Population::kHandled, Fact::kReused,
     Fact::kAll},                                                                     // MDSH.4
    {"online_payment", "Tỷ lệ hồ sơ thanh toán trực tuyến", Population::kHandled, Fact::kPaidOnline,
     Fact::kFee},                                                                     // TTTT.3
};
constexpr std::string_view kScore = "score";
constexpr std::string_view kScoreName = "Điểm tổng hợp theo Quyết định 766/QĐ-TTg";
constexpr std::string_view kReasonSender = "sender_does_not_tell";
constexpr std::string_view kReasonNoDenominator = "no_denominator";
constexpr std::string_view kReasonIncomplete = "components_not_measured";

int64_t HundredthsOfPercent(int64_t numerator, int64_t denominator) {
  return (2 * 10'000 * numerator + denominator) / (2 * denominator);
}

class TargetCounter {
 public:
  TargetCounter(const SheetMaker& maker, const Directory& texts) : maker_(maker), texts_(texts) {}

  void Count(const Target& target, UnitId unit, TargetLine& line) const {
    if (target.target == kScore) return Score(unit, line);
    const auto row = std::find_if(std::begin(kTargets), std::end(kTargets),
                                  [&](const TargetRow& one) { return one.target == target.target; });
    if (row != std::end(kTargets)) Share(*row, target, unit, line);
  }

 private:
  void Score(UnitId unit, TargetLine& line) const {
    const Sheet sheet = maker_.For(unit);
    line.name = kScoreName;
    line.reached_hundredths = sheet.total_cents;
    if (!sheet.complete) line.not_measured = kReasonIncomplete;
  }

  void Share(const TargetRow& row, const Target& target, UnitId unit, TargetLine& line) const {
    std::vector<TextId> excluded;
    for (const std::string& procedure : target.excluded) {
      // One that no case names has nothing to be left out.
      if (const auto text = texts_.Find(TextKind::kProcedure, procedure)) excluded.push_back(*text);
    }
    const SheetMaker::Told told =
        maker_.CountsOf(unit, BitOf(row.numerator) | BitOf(row.denominator), excluded);
    const auto count = [&](const FactCounts& counts, Fact fact) {
      return CountIn(counts, row.population, fact);
    };
    line.name = row.name;
    line.excluded_cases = count(told.excluded, row.denominator);
    const int64_t denominator = count(told.counts, row.denominator);
    if (denominator == 0 && count(told.left_out, row.denominator) > 0) {
      line.not_measured = kReasonSender;
      return;
    }
    line.numerator = count(told.counts, row.numerator);
    line.denominator = denominator;
    if (denominator == 0) {
      line.not_measured = kReasonNoDenominator;
      return;
    }
    line.reached_hundredths = HundredthsOfPercent(*line.numerator, denominator);
  }

  const SheetMaker& maker_;
  const Directory& texts_;
};

}  // namespace

Result<TargetsAnswer> Figures::Targets(const std::string& code, const Period& period,
                                       const View& view) const {
  const auto unit = UnitOf(code, view.known_at);
  if (!unit) return unit.error();
  if (const auto checked = CheckPeriod(period); !checked) return checked.error();
  TargetsAnswer answer;
  answer.period = period;
  answer.cut_off = CutOff(period, view.as_of, parts_.now());

  const CaseworkOptions casework = CaseworkAt(view.known_at);
  const RegisterFacts facts = RegisterFactsAt(view.known_at, casework);
  const FactQuestion question{StartOf(period.from), answer.cut_off};
  const auto cells = GatherFacts(WalkOf(casework, view.known_at), {&question, 1});
  if (!cells) return cells.error();
  const auto table = DefinitionFor(period, view.known_at);
  const DirectoryView directory = DirectoryAt(view.known_at);
  const auto& tree = directory.units;
  const SheetMaker maker(
      InputOf(*table, facts, casework, cells->front(), {period, answer.cut_off}, view.known_at));

  const std::vector<bool> below = tree->SubtreeOn(*unit, DayOf(answer.cut_off));
  const int year = CivilOf(period.to).year;
  const TargetCounter counter(maker, parts_.directory);
  parts_.registers.Visit(
      RegisterId::kTargets, view.known_at.value_or(kEndOfTime), [&](const RegisterRow& row) {
        const Target target = TargetFrom(row);
        const auto id = tree->Find(target.unit);
        if (target.year != year || !id || *id >= below.size() || !below[*id]) return;
        TargetLine line;
        line.unit = target.unit;
        line.unit_name = tree->at(*id).name;
        line.target = target.target;
        line.goal_hundredths = target.hundredths;
        line.excluded = target.excluded;
        line.reason = target.reason;
        counter.Count(target, *id, line);
        answer.lines.push_back(std::move(line));
      });
  return answer;
}

}  // namespace tthc
