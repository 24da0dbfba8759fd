// Thi đua: who has no late and no backlogged case in the period, and who has some.
#include <algorithm>
#include <map>
#include <tuple>

#include "metrics/reports/draft.h"
#include "metrics/reports/makers.h"
#include "metrics/reports/numbers.h"

namespace tthc {
namespace {

constexpr size_t kMostOfficers = 20'000;
constexpr std::string_view kClean = "Không có hồ sơ quá hạn, tồn đọng";
constexpr std::string_view kNotClean = "Có hồ sơ quá hạn, tồn đọng";

struct Contender {
  UnitId unit = 0;
  uint32_t officer = 0;
  Counts counts;

  int64_t late() const { return counts.late + counts.pending_late; }
};

// Those without any first; then by how few they have.
void Rank(std::vector<Contender>& contenders, const UnitTree& tree) {
  std::sort(contenders.begin(), contenders.end(), [&](const Contender& a, const Contender& b) {
    return std::forward_as_tuple(a.late(), tree.at(a.unit).code, a.officer) <
           std::forward_as_tuple(b.late(), tree.at(b.unit).code, b.officer);
  });
}

const std::vector<ReportColumn> kCountColumns = {
    {"received", "Tiếp nhận", CellKind::kCount},
    {"resolved", "Đã giải quyết", CellKind::kCount},
    {"resolved_late", "Giải quyết quá hạn", CellKind::kCount},
    {"pending", "Đang giải quyết", CellKind::kCount},
    {"pending_late", "Tồn đọng (đang giải quyết quá hạn)", CellKind::kCount},
    {"result", "Kết quả", CellKind::kText},
};

void AppendCounts(const Contender& contender, std::vector<ReportCell>& row) {
  const Counts& c = contender.counts;
  for (const int64_t count : {c.received(), c.resolved(), c.late, c.pending(), c.pending_late}) {
    row.push_back(count);
  }
  row.push_back(std::string(contender.late() == 0 ? kClean : kNotClean));
}

ReportTable UnitTable(const std::vector<Contender>& units, const UnitTree& tree) {
  ReportTable table;
  table.id = "units";
  table.title = "Thi đua – đơn vị";
  table.columns = {{"no", "STT", CellKind::kCount},
                   {"unit", "Mã đơn vị", CellKind::kText},
                   {"unit_name", "Đơn vị", CellKind::kText},
                   {"level", "Cấp", CellKind::kText}};
  table.columns.insert(table.columns.end(), kCountColumns.begin(), kCountColumns.end());
  for (const Contender& contender : units) {
    const Unit& unit = tree.at(contender.unit);
    std::vector<ReportCell> row = {static_cast<int64_t>(table.rows.size() + 1), unit.code,
                                   unit.name, std::string(VietnameseNameOf(unit.level))};
    AppendCounts(contender, row);
    table.rows.push_back(std::move(row));
  }
  table.notes = {"Số liệu của đơn vị gồm cả các đơn vị trực thuộc; đơn vị không có hồ sơ trong kỳ "
                 "không được xét."};
  return table;
}

ReportTable OfficerTable(const std::vector<Contender>& officers, int64_t without_officer,
                         const UnitTree& tree) {
  ReportTable table;
  table.id = "officers";
  table.title = "Thi đua – cá nhân";
  table.columns = {{"no", "STT", CellKind::kCount},
                   {"officer", "Mã người xử lý", CellKind::kText},
                   {"unit", "Mã đơn vị", CellKind::kText},
                   {"unit_name", "Đơn vị", CellKind::kText}};
  table.columns.insert(table.columns.end(), kCountColumns.begin(), kCountColumns.end());
  for (const Contender& contender : officers) {
    if (table.rows.size() == kMostOfficers) break;
    const Unit& unit = tree.at(contender.unit);
    std::vector<ReportCell> row = {static_cast<int64_t>(table.rows.size() + 1),
                                   OfficerCode(contender.officer), unit.code, unit.name};
    AppendCounts(contender, row);
    table.rows.push_back(std::move(row));
  }
  table.notes = {"Hồ sơ tính cho người xử lý bước gần nhất có ghi người xử lý; mã thay cho họ tên.",
                 VietnameseCount(without_officer) +
                     " hồ sơ không ghi người xử lý nên không tính cho cá nhân nào."};
  if (officers.size() > kMostOfficers) {
    const auto left = static_cast<int64_t>(officers.size() - kMostOfficers);
    table.notes.push_back("Còn " + VietnameseCount(left) +
                          " người có nhiều hồ sơ quá hạn hơn không liệt kê ở đây.");
  }
  return table;
}

struct Gathered {
  std::vector<Counts> own;                               // by UnitId
  std::map<std::pair<UnitId, uint32_t>, Counts> officers;
  int64_t without_officer = 0;
};

Result<Gathered> Gather(const ReportSources& sources, const Draft& draft) {
  Gathered gathered;
  gathered.own.resize(draft.walk.units.size());
  const auto walked =
      WalkCases(sources.book, draft.casework, sources.directory, draft.walk,
                [&](std::string_view, const Verdict& verdict, const Casework& desk) {
                  Add(gathered.own[desk.unit()], verdict);
                  const uint32_t officer = OfficerOf(desk, draft.walk.cut_off);
                  if (officer == 0) {
                    ++gathered.without_officer;
                  } else {
                    Add(gathered.officers[{desk.unit(), officer}], verdict);
                  }
                });
  if (!walked) return walked.error();
  return gathered;
}

std::string Summary(std::string_view who, const std::vector<Contender>& contenders) {
  const auto clean = std::count_if(contenders.begin(), contenders.end(),
                                   [](const Contender& c) { return c.late() == 0; });
  const auto all = static_cast<int64_t>(contenders.size());
  return VietnameseCount(clean) + "/" + VietnameseCount(all) + " " + std::string(who) +
         " có hồ sơ trong kỳ không có hồ sơ quá hạn, tồn đọng.";
}

}  // namespace

Result<Report> MakeEmulation(const ReportSources& sources, const ReportQuery& query) {
  auto draft = BeginReport(sources, query, "emulation");
  if (!draft) return draft.error();
  const auto gathered = Gather(sources, *draft);
  if (!gathered) return gathered.error();

  std::vector<Contender> units;
  for (const UnitCounts& unit : RolledUp(gathered->own, draft->walk.units, sources.units,
                                         DayOf(draft->walk.cut_off))) {
    units.push_back({unit.unit, 0, unit.counts});
  }
  std::vector<Contender> officers;
  for (const auto& [of, counts] : gathered->officers) {
    officers.push_back({of.first, of.second, counts});
  }
  Rank(units, sources.units);
  Rank(officers, sources.units);
  draft->report.tables = {UnitTable(units, sources.units),
                          OfficerTable(officers, gathered->without_officer, sources.units)};
  draft->report.paragraphs = {Summary("đơn vị", units), Summary("cá nhân", officers)};
  return std::move(draft->report);
}

}  // namespace tthc
