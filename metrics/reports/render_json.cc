#include "config/json_text.h"
#include "metrics/reports/numbers.h"
#include "metrics/reports/render.h"

namespace tthc {
namespace {

json::value TextValue(const std::string& text) { return json::value(json::string_view(text)); }

json::value NumberValue(int64_t number, CellKind kind) {
  switch (kind) {
    case CellKind::kHours: return NumberValue(HoursInHundredths(number), CellKind::kHundredths);
    case CellKind::kHundredths:
    case CellKind::kPercent: return static_cast<double>(number) / 100.0;
    case CellKind::kText:
    case CellKind::kCount:
    case CellKind::kDay:
    case CellKind::kInstant: break;
  }
  return number;
}

json::value CellValue(const ReportCell& cell, CellKind kind) {
  if (const auto* text = std::get_if<std::string>(&cell)) return TextValue(*text);
  if (const auto* number = std::get_if<int64_t>(&cell)) return NumberValue(*number, kind);
  if (const auto* day = std::get_if<Day>(&cell)) return DayValue(*day);
  if (const auto* at = std::get_if<Instant>(&cell)) return InstantValue(*at);
  return nullptr;
}

json::object RowValue(const ReportTable& table, const std::vector<ReportCell>& row) {
  json::object value;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    value[table.columns[i].id] = CellValue(row[i], table.columns[i].kind);
  }
  return value;
}

json::array TextsValue(const std::vector<std::string>& texts) {
  json::array values;
  for (const std::string& text : texts) values.push_back(TextValue(text));
  return values;
}

json::object TableValue(const ReportTable& table) {
  json::array columns;
  for (const ReportColumn& column : table.columns) {
    columns.push_back(json::object{{"id", column.id}, {"label", column.label}});
  }
  json::array rows;
  for (const auto& row : table.rows) rows.push_back(RowValue(table, row));
  json::value total;
  if (table.last_row_is_total && !rows.empty()) {
    total = std::move(rows.back());
    rows.pop_back();
  }
  return {{"id", table.id}, {"title", table.title},  {"columns", std::move(columns)},
          {"rows", std::move(rows)}, {"total", std::move(total)},
          {"notes", TextsValue(table.notes)}};
}

}  // namespace

std::string RenderJson(const Report& report) {
  json::array tables;
  for (const ReportTable& table : report.tables) tables.push_back(TableValue(table));
  json::array checks;
  for (const ReportCheck& check : report.checks) {
    checks.push_back(json::object{
        {"name", check.name}, {"holds", check.holds}, {"detail", TextOrNull(check.detail)}});
  }
  return JsonText(json::object{{"report", report.id},
                               {"title", report.title},
                               {"unit", report.unit},
                               {"unit_name", report.unit_name},
                               {"period", LabelOf(report.period)},
                               {"from", FormatDay(report.period.from)},
                               {"to", FormatDay(report.period.to)},
                               {"cut_off", FormatInstant(report.cut_off)},
                               {"known_at", InstantValue(report.known_at)},
                               {"definition", report.definition},
                               {"definition_id", report.definition_id},
                               {"provisional", report.provisional},
                               {"made_at", FormatInstant(report.made_at)},
                               {"paragraphs", TextsValue(report.paragraphs)},
                               {"tables", std::move(tables)},
                               {"checks", std::move(checks)}});
}

}  // namespace tthc
