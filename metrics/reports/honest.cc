// The honest ratio side by side under both rules, for the unit and each unit directly below it, and
// the cases that make the difference.
#include <algorithm>
#include <map>

#include "metrics/findings/honest.h"
#include "metrics/reports/draft.h"
#include "metrics/reports/makers.h"
#include "metrics/reports/numbers.h"

namespace tthc {
namespace {

constexpr size_t kMostListed = 10'000;

std::string_view RuleText(Rule rule) {
  return rule == Rule::kForm06 ? "Thông tư 01/2020/TT-VPCP" : "Quyết định 766/QĐ-TTg";
}

// By rule.
using BothRules = std::array<HonestCounts, 2>;

// The sums of a unit, the own cases of it and of each unit directly below it.
class HonestSums {
 public:
  HonestSums(const UnitTree& tree, UnitId root, Day day) : tree_(tree), root_(root), day_(day) {}

  void Add(UnitId unit, Rule rule, const HonestCounts& counts) {
    tthc::Add(below_[DirectlyBelow(tree_, root_, unit, day_)][static_cast<size_t>(rule)], counts);
    tthc::Add(total_[static_cast<size_t>(rule)], counts);
  }
  const BothRules& total() const { return total_; }
  // By code; the unit's own cases stand among those below it.
  std::map<std::string, std::pair<UnitId, BothRules>> ByCode() const {
    std::map<std::string, std::pair<UnitId, BothRules>> by_code;
    for (const auto& [unit, counts] : below_) by_code[tree_.at(unit).code] = {unit, counts};
    return by_code;
  }

 private:
  const UnitTree& tree_;
  const UnitId root_;
  const Day day_;
  std::map<UnitId, BothRules> below_;
  BothRules total_{};
};

std::vector<ReportColumn> RatioColumns() {
  std::vector<ReportColumn> columns = {{"unit", "Mã đơn vị", CellKind::kText},
                                       {"unit_name", "Đơn vị", CellKind::kText},
                                       {"rule", "Cách tính", CellKind::kText}};
  for (size_t i = 0; i < kHonestCount; ++i) {
    const auto by = static_cast<HonestBy>(i);
    const std::string id(NameOf(by));
    const std::string label(VietnameseNameOf(by));
    columns.push_back({id + "_on_time", label + " – đúng hạn", CellKind::kCount});
    columns.push_back({id + "_judged", label + " – tổng số", CellKind::kCount});
    columns.push_back({id + "_percent", label + " – tỷ lệ (%)", CellKind::kPercent});
  }
  columns.push_back({"differing", "Số hồ sơ tạo chênh lệch", CellKind::kCount});
  columns.push_back({"judged_otherwise", "Trong đó: kết quả khác theo ngày gửi lần đầu",
                     CellKind::kCount});
  columns.push_back({"left_out", "Trong đó: có dấu hiệu lùi ngày", CellKind::kCount});
  return columns;
}

std::vector<ReportCell> RatioRow(std::string code, std::string name, Rule rule,
                                 const HonestCounts& counts) {
  std::vector<ReportCell> row = {std::move(code), std::move(name), std::string(RuleText(rule))};
  for (const Share& share : counts.shares) {
    row.emplace_back(share.numerator);
    row.emplace_back(share.denominator);
    row.push_back(PercentCell(share.numerator, share.denominator));
  }
  row.emplace_back(counts.differing);
  row.emplace_back(counts.judged_otherwise);
  row.emplace_back(counts.left_out);
  return row;
}

ReportTable RatioTable(const HonestSums& sums, const UnitTree& tree, const Report& head) {
  ReportTable table;
  table.id = "ratios";
  table.title = "Tỷ lệ đúng hạn đối chiếu";
  table.columns = RatioColumns();
  for (const Rule rule : {Rule::kForm06, Rule::kQd766}) {
    const auto r = static_cast<size_t>(rule);
    table.rows.push_back(RatioRow(head.unit, head.unit_name + " (tổng)", rule, sums.total()[r]));
    for (const auto& [code, of] : sums.ByCode()) {
      table.rows.push_back(RatioRow(code, tree.at(of.first).name, rule, of.second[r]));
    }
  }
  table.notes = {
      "Thông tư 01: đúng hạn và trước hạn trên tổng số đã giải quyết. Quyết định 766: đúng hạn và "
      "đang giải quyết trong hạn trên tổng số tiếp nhận, kể cả kỳ trước chuyển sang.",
      "Theo ngày gửi lần đầu: ngày hẹn trả và ngày kết thúc như hệ thống gửi lần đầu tiên.",
      "Không tính hồ sơ có dấu hiệu lùi ngày: bỏ các hồ sơ này khỏi cả tử số và mẫu số. Dấu hiệu là "
      "chỗ cần xem lại, không phải kết luận."};
  return table;
}

const std::vector<ReportColumn> kCaseColumns = {
    {"no", "STT", CellKind::kCount},
    {"case_id", "Mã hồ sơ", CellKind::kText},
    {"unit", "Mã đơn vị", CellKind::kText},
    {"procedure", "Mã thủ tục", CellKind::kText},
    {"rule", "Cách tính", CellKind::kText},
    {"latest_due_at", "Hẹn trả đang ghi nhận", CellKind::kInstant},
    {"latest_ended_at", "Kết thúc đang ghi nhận", CellKind::kInstant},
    {"latest_state", "Kết quả đang ghi nhận", CellKind::kText},
    {"first_due_at", "Hẹn trả gửi lần đầu", CellKind::kInstant},
    {"first_ended_at", "Kết thúc gửi lần đầu", CellKind::kInstant},
    {"first_state", "Kết quả theo ngày gửi lần đầu", CellKind::kText},
    {"why", "Lý do", CellKind::kText},
    {"statements", "Số thứ tự bản ghi chứng minh", CellKind::kText},
};

std::string Joined(const std::vector<std::string>& texts, std::string_view separator) {
  std::string joined;
  for (const std::string& text : texts) {
    if (!joined.empty()) joined += separator;
    joined += text;
  }
  return joined;
}

std::vector<ReportCell> CaseRow(const HonestLine& line, Rule rule) {
  std::vector<std::string> why;
  for (const HonestReason& reason : line.reasons) why.emplace_back(reason.text);
  std::vector<std::string> numbers;
  for (const ProofLine& proof : line.proofs) numbers.push_back(std::to_string(proof.seq));
  return {std::monostate(),
          line.case_id,
          line.unit,
          line.procedure,
          std::string(RuleText(rule)),
          InstantCell(line.latest.due),
          InstantCell(line.latest.ended_at),
          std::string(VietnameseNameOf(line.latest.state)),
          InstantCell(line.first.due),
          InstantCell(line.first.ended_at),
          std::string(VietnameseNameOf(line.first.state)),
          Joined(why, "; "),
          Joined(numbers, ", ")};
}

// The first kMostListed by case, then rule.
class DifferingCases {
 public:
  void Add(const HonestLine& line, Rule rule) {
    ++total_;
    const auto key = std::pair(line.case_id, static_cast<int>(rule));
    if (rows_.size() >= kMostListed && rows_.rbegin()->first < key) return;
    rows_[key] = CaseRow(line, rule);
    if (rows_.size() > kMostListed) rows_.erase(std::prev(rows_.end()));
  }
  ReportTable Table() && {
    ReportTable table;
    table.id = "cases";
    table.title = "Hồ sơ tạo chênh lệch";
    table.columns = kCaseColumns;
    for (auto& [key, row] : rows_) {
      row.front() = static_cast<int64_t>(table.rows.size() + 1);
      table.rows.push_back(std::move(row));
    }
    if (total_ > static_cast<int64_t>(kMostListed)) {
      table.notes = {"Chỉ liệt kê " + VietnameseCount(static_cast<int64_t>(kMostListed)) + " trong " +
                     VietnameseCount(total_) + " dòng; danh sách đầy đủ có trong API."};
    }
    return table;
  }

 private:
  std::map<std::pair<std::string, int>, std::vector<ReportCell>> rows_;
  int64_t total_ = 0;
};

std::string PercentText(const Share& share) {
  const auto percent = PercentHundredths(share.numerator, share.denominator);
  return percent ? VietnameseDecimal(*percent) + "%" : "không có số liệu";
}

}  // namespace

Result<Report> MakeHonest(const ReportSources& sources, const ReportQuery& query) {
  auto draft = BeginReport(sources, query, "honest");
  if (!draft) return draft.error();
  HonestSums sums(sources.units, draft->unit, DayOf(draft->walk.cut_off));
  DifferingCases differing;
  for (const Rule rule : {Rule::kForm06, Rule::kQd766}) {
    WalkQuery walk = draft->walk;
    walk.rule = rule;
    const auto walked = WalkHonestly(
        {sources.book, draft->casework, sources.directory}, walk,
        [&](std::string_view id, const HonestView& view, const Casework& desk) {
          const HonestCounts counts = CountsOf(view, rule);
          sums.Add(desk.unit(), rule, counts);
          if (counts.differing == 0) return;
          differing.Add(HonestLineOf(id, view, desk, sources.directory), rule);
        });
    if (!walked) return walked.error();
  }
  Report& report = draft->report;
  report.definition =
      "Biểu số 06/VPCP/KSTT (Thông tư số 01/2020/TT-VPCP) và Quyết định số 766/QĐ-TTg; mỗi cách tính "
      "theo ngày đang ghi nhận, theo ngày gửi lần đầu, và không tính hồ sơ có dấu hiệu lùi ngày";
  report.definition_id = "form06+qd766";
  report.tables.push_back(RatioTable(sums, sources.units, report));
  report.tables.push_back(std::move(differing).Table());
  const HonestCounts& form06 = sums.total()[static_cast<size_t>(Rule::kForm06)];
  report.paragraphs = {
      "Trong " + VietnamesePeriod(query.period) + ", tỷ lệ giải quyết đúng hạn của " +
      report.unit_name + " là " + PercentText(form06.shares[0]) + " theo ngày đang ghi nhận, " +
      PercentText(form06.shares[1]) + " theo ngày gửi lần đầu và " + PercentText(form06.shares[2]) +
      " khi không tính " + VietnameseCount(form06.left_out) + " hồ sơ có dấu hiệu lùi ngày."};
  return std::move(report);
}

}  // namespace tthc
