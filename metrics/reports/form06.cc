// Biểu số 06/VPCP/KSTT: 13 columns, a row per sector (lĩnh vực), the total last.
#include <algorithm>
#include <array>
#include <map>

#include "metrics/reports/draft.h"
#include "metrics/reports/makers.h"

namespace tthc {
namespace {

constexpr std::string_view kUnknownField = "Không rõ lĩnh vực";

// A column of counts; `closed` is its line in a closed period.
struct CountColumn {
  std::string_view id;
  std::string_view closed;
  std::string_view label;
  int64_t (*of)(const Counts&);
};
constexpr std::array<CountColumn, 11> kCounts = {{
    {"received", "received", "(3) Số hồ sơ tiếp nhận – Tổng số",
     [](const Counts& c) { return c.received(); }},
    {"received_online", "online", "(4) Trong kỳ – trực tuyến",
     [](const Counts& c) { return c.online; }},
    {"received_direct_postal", "direct_postal", "(5) Trong kỳ – trực tiếp, dịch vụ bưu chính",
     [](const Counts& c) { return c.direct_postal; }},
    {"carried_over", "carried_over", "(6) Từ kỳ trước",
     [](const Counts& c) { return c.carried_over; }},
    {"resolved", "resolved", "(7) Số hồ sơ đã giải quyết – Tổng số",
     [](const Counts& c) { return c.resolved(); }},
    {"resolved_early", "early", "(8) Trước hạn", [](const Counts& c) { return c.early; }},
    {"resolved_on_time", "on_time", "(9) Đúng hạn", [](const Counts& c) { return c.on_time; }},
    {"resolved_late", "late", "(10) Quá hạn", [](const Counts& c) { return c.late; }},
    {"pending", "pending", "(11) Số hồ sơ đang giải quyết – Tổng số",
     [](const Counts& c) { return c.pending(); }},
    {"pending_in_time", "pending_in_time", "(12) Trong hạn",
     [](const Counts& c) { return c.pending_in_time; }},
    {"pending_late", "pending_late", "(13) Quá hạn",
     [](const Counts& c) { return c.pending_late; }},
}};

// By column numbers of the form.
struct Identity {
  std::string_view name;
  int sum;
  std::array<int, 3> parts;   // 0: none
};
constexpr std::array<Identity, 4> kIdentities = {{
    {"(3) = (4) + (5) + (6)", 3, {4, 5, 6}},
    {"(7) = (8) + (9) + (10)", 7, {8, 9, 10}},
    {"(11) = (12) + (13)", 11, {12, 13, 0}},
    {"(3) = (7) + (11)", 3, {7, 11, 0}},
}};

const std::vector<std::string> kNotes = {
    "Cột (12) gồm cả hồ sơ đang chờ bổ sung giấy tờ, chờ thực hiện nghĩa vụ tài chính và hồ sơ tạm "
    "dừng xử lý (quy ước của địa phương).",
    "Cột (9) gồm cả hồ sơ công dân xin rút và hồ sơ không có ngày hẹn trả (quy ước của địa "
    "phương).",
    "Không tính hồ sơ chưa được tiếp nhận và hồ sơ bị từ chối.",
};

int64_t NumberIn(const std::vector<ReportCell>& row, int column) {
  return std::get<int64_t>(row[static_cast<size_t>(column - 1)]);
}

std::vector<ReportCell> RowOf(ReportCell number, std::string name, const Counts& counts) {
  std::vector<ReportCell> row = {std::move(number), std::move(name)};
  for (const CountColumn& column : kCounts) row.push_back(column.of(counts));
  return row;
}

std::string FieldTitle(const FieldCounts& field) {
  if (field.code.empty()) return std::string(kUnknownField);
  return field.name.empty() ? field.code : field.name + " (" + field.code + ")";
}

ReportCheck CheckIdentity(const Identity& identity, const ReportTable& table) {
  ReportCheck check{std::string(identity.name), true, ""};
  for (const auto& row : table.rows) {
    int64_t sum = 0;
    for (const int part : identity.parts) sum += part == 0 ? 0 : NumberIn(row, part);
    if (sum == NumberIn(row, identity.sum)) continue;
    check.holds = false;
    check.detail += std::get<std::string>(row[1]) + ": " +
                    std::to_string(NumberIn(row, identity.sum)) + " ≠ " + std::to_string(sum) +
                    "; ";
  }
  return check;
}

ReportCheck CheckTotal(const ReportTable& table) {
  ReportCheck check{"Tổng cộng = tổng các dòng", true, ""};
  for (int column = 3; column <= 13; ++column) {
    int64_t sum = 0;
    for (const auto& row : table.rows) sum += NumberIn(row, column);
    const int64_t total = NumberIn(table.rows.back(), column);
    if (sum - total == total) continue;
    check.holds = false;
    check.detail += "(" + std::to_string(column) + "): " + std::to_string(total) + " ≠ " +
                    std::to_string(sum - total) + "; ";
  }
  return check;
}

std::map<std::string, std::string> FieldNames(const ProcedureCatalogue& catalogue) {
  std::map<std::string, std::string> names;
  for (const Procedure& procedure : catalogue.all()) {
    names.try_emplace(procedure.field, procedure.field_name);
  }
  return names;
}

// By code; cases that name no sector last.
std::vector<FieldCounts> InOrder(const std::map<TextId, Counts>& counts,
                                 const ReportSources& sources, const Draft& draft) {
  const auto names = FieldNames(*draft.casework.procedures);
  std::map<std::string, FieldCounts> known;
  std::vector<FieldCounts> unknown;
  for (const auto& [text, of_field] : counts) {
    FieldCounts field{sources.directory.Text(text), "", of_field};
    if (field.code.empty()) {
      unknown.push_back(std::move(field));
      continue;
    }
    const auto name = names.find(field.code);
    if (name != names.end()) field.name = name->second;
    known.emplace(field.code, std::move(field));
  }
  std::vector<FieldCounts> fields;
  for (auto& [code, field] : known) fields.push_back(std::move(field));
  fields.insert(fields.end(), unknown.begin(), unknown.end());
  return fields;
}

}  // namespace

ReportTable Form06Table(std::span<const FieldCounts> fields, const Counts& total) {
  ReportTable table;
  table.id = "fields";
  table.title = "Biểu số 06-VPCP-KSTT";
  table.columns = {{"no", "(1) STT", CellKind::kCount},
                   {"field", "(2) Lĩnh vực, công việc giải quyết theo cấp", CellKind::kText}};
  for (const CountColumn& column : kCounts) {
    table.columns.push_back({std::string(column.id), std::string(column.label), CellKind::kCount});
  }
  for (const FieldCounts& field : fields) {
    const auto number = static_cast<int64_t>(table.rows.size() + 1);
    table.rows.push_back(RowOf(number, FieldTitle(field), field.counts));
  }
  table.rows.push_back(RowOf({}, "Tổng cộng", total));
  table.last_row_is_total = true;
  table.notes = kNotes;
  return table;
}

std::vector<ReportCheck> Form06Checks(const ReportTable& table) {
  std::vector<ReportCheck> checks;
  for (const Identity& identity : kIdentities) checks.push_back(CheckIdentity(identity, table));
  checks.push_back(CheckTotal(table));
  return checks;
}

std::optional<ReportTable> Form06ClosedTable(const FrozenFigure& frozen, const Counts* now) {
  ReportTable table;
  table.id = "closed";
  table.title = now != nullptr ? "Đối chiếu kỳ đã chốt" : "Số liệu kỳ đã chốt";
  table.columns = {{"figure", "Mã số liệu", CellKind::kText},
                   {"label", "Số liệu", CellKind::kText},
                   {"closed", "Số đã chốt", CellKind::kCount}};
  if (now != nullptr) {
    table.columns.push_back({"now", "Số hiện nay", CellKind::kCount});
    table.columns.push_back({"adjustment", "Điều chỉnh", CellKind::kCount});
  }
  for (const CountColumn& column : kCounts) {
    const std::string id = std::string(NameOf(Rule::kForm06)) + "." + std::string(column.closed);
    const auto line = std::find_if(frozen.lines.begin(), frozen.lines.end(),
                                   [&](const FrozenFigure::Line& one) { return one.id == id; });
    if (line == frozen.lines.end() || !line->numerator) continue;
    std::vector<ReportCell> row = {std::string(column.id), std::string(column.label),
                                   *line->numerator};
    if (now != nullptr) {
      row.emplace_back(column.of(*now));
      row.emplace_back(column.of(*now) - *line->numerator);
    }
    table.rows.push_back(std::move(row));
  }
  if (table.rows.empty()) return std::nullopt;
  table.notes = {ClosedNote(frozen.of)};
  if (now == nullptr) table.notes.emplace_back(kNotOfNowNote);
  return table;
}

Result<Report> MakeForm06(const ReportSources& sources, const ReportQuery& query) {
  auto draft = BeginReport(sources, query, "form06");
  if (!draft) return draft.error();
  std::map<TextId, Counts> of_field;
  Counts total;
  const auto walked =
      WalkCases(sources.book, draft->casework, sources.directory, draft->walk,
                [&](std::string_view, const Verdict& verdict, const Casework& desk) {
                  Add(of_field[desk.folded().field], verdict);
                  Add(total, verdict);
                });
  if (!walked) return walked.error();
  Report& report = draft->report;
  report.tables.push_back(Form06Table(InOrder(of_field, sources, *draft), total));
  report.checks = Form06Checks(report.tables.front());
  const auto frozen = sources.figures.FrozenOf(query.unit, query.period);
  if (!frozen) return frozen.error();
  const Counts* now = IsOfNow(query.view) ? &total : nullptr;
  auto closed = *frozen ? Form06ClosedTable(**frozen, now) : std::nullopt;
  if (closed) report.tables.push_back(std::move(*closed));
  return std::move(report);
}

}  // namespace tthc
