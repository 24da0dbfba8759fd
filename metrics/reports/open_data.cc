// The period's results per unit, ready to publish: no case, no person, and a data dictionary.
#include <algorithm>

#include "metrics/reports/draft.h"
#include "metrics/reports/makers.h"
#include "metrics/reports/numbers.h"

namespace tthc {
namespace {

// A unit with everything that is published of it.
struct UnitResult {
  const Unit& unit;
  const Unit* parent;
  const Period& period;
  Counts form06;
  Counts portal;
  const Sheet& sheet;
};

// A column, how it is explained, and its value.
struct OpenColumn {
  ReportColumn column;
  std::string meaning;      // English
  std::string_view measure;
  std::function<ReportCell(const UnitResult&)> value;
};

template <typename Count>
OpenColumn CountColumn(std::string id, std::string label, std::string meaning, Count count) {
  return {{std::move(id), std::move(label), CellKind::kCount},
          std::move(meaning),
          "hồ sơ",
          [count](const UnitResult& r) { return ReportCell{int64_t{count(r.form06)}}; }};
}

template <typename Value>
OpenColumn TextColumn(std::string id, std::string label, std::string meaning, Value value) {
  return {{std::move(id), std::move(label), CellKind::kText},
          std::move(meaning),
          "",
          [value](const UnitResult& r) { return ReportCell{std::string(value(r))}; }};
}

template <typename Value>
OpenColumn PercentColumn(std::string id, std::string label, std::string meaning, Value value) {
  return {{std::move(id), std::move(label), CellKind::kPercent}, std::move(meaning), "%", value};
}

void AddUnitColumns(std::vector<OpenColumn>& columns) {
  columns.push_back(TextColumn("period", "Kỳ", "period: month, quarter, half-year, year or days",
                               [](const UnitResult& r) { return LabelOf(r.period); }));
  columns.push_back(TextColumn("unit", "Mã đơn vị", "code of the unit (QĐ 20/2020/QĐ-TTg)",
                               [](const UnitResult& r) { return r.unit.code; }));
  columns.push_back(TextColumn("unit_name", "Tên đơn vị", "name of the unit",
                               [](const UnitResult& r) { return r.unit.name; }));
  columns.push_back(TextColumn(
      "level", "Cấp", "level: province, department, district, commune or unknown",
      [](const UnitResult& r) { return NameOf(r.unit.level); }));
  columns.push_back(TextColumn(
      "parent", "Mã đơn vị cấp trên", "code of the unit above; empty for a root",
      [](const UnitResult& r) { return r.parent == nullptr ? std::string() : r.parent->code; }));
}

void AddCountColumns(std::vector<OpenColumn>& columns) {
  columns.push_back(CountColumn("received", "Tiếp nhận", "cases received, carried over included",
                                [](const Counts& c) { return c.received(); }));
  columns.push_back(CountColumn("received_online", "Tiếp nhận trực tuyến",
                                "cases received online in the period",
                                [](const Counts& c) { return c.online; }));
  columns.push_back(CountColumn("received_direct_postal", "Tiếp nhận trực tiếp, bưu chính",
                                "cases received at the counter or by post in the period",
                                [](const Counts& c) { return c.direct_postal; }));
  columns.push_back(CountColumn("carried_over", "Kỳ trước chuyển qua",
                                "cases received before the period and not ended before it",
                                [](const Counts& c) { return c.carried_over; }));
  columns.push_back(CountColumn("resolved", "Đã giải quyết", "cases resolved in the period",
                                [](const Counts& c) { return c.resolved(); }));
  columns.push_back(CountColumn("resolved_early", "Giải quyết trước hạn",
                                "of these, ended before the due day",
                                [](const Counts& c) { return c.early; }));
  columns.push_back(CountColumn("resolved_on_time", "Giải quyết đúng hạn",
                                "of these, ended on the due day, withdrawn, or without a due date",
                                [](const Counts& c) { return c.on_time; }));
  columns.push_back(CountColumn("resolved_late", "Giải quyết quá hạn",
                                "of these, ended after the due day",
                                [](const Counts& c) { return c.late; }));
  columns.push_back(CountColumn("pending", "Đang giải quyết", "cases pending at the cut-off",
                                [](const Counts& c) { return c.pending(); }));
  columns.push_back(CountColumn("pending_in_time", "Đang giải quyết trong hạn",
                                "of these, not past the due day, or waiting",
                                [](const Counts& c) { return c.pending_in_time; }));
  columns.push_back(CountColumn("pending_late", "Đang giải quyết quá hạn",
                                "of these, past the due day",
                                [](const Counts& c) { return c.pending_late; }));
}

void AddRateColumns(std::vector<OpenColumn>& columns) {
  columns.push_back(PercentColumn(
      "rate_tt01", "Tỷ lệ giải quyết trước và đúng hạn",
      "(resolved_early + resolved_on_time) ÷ resolved", [](const UnitResult& r) {
        return PercentCell(r.form06.early + r.form06.on_time, r.form06.resolved());
      }));
  columns.push_back(PercentColumn(
      "rate_qd766", "Tỷ lệ đúng hạn theo Quyết định 766/QĐ-TTg",
      "cases on time or pending in time ÷ received, by the rule of Quyết định 766/QĐ-TTg",
      [](const UnitResult& r) {
        return PercentCell(r.portal.early + r.portal.on_time + r.portal.pending_in_time,
                           r.portal.received());
      }));
  columns.push_back(PercentColumn(
      "rate_online", "Tỷ lệ hồ sơ trực tuyến", "received_online ÷ received",
      [](const UnitResult& r) { return PercentCell(r.form06.online, r.form06.received()); }));
}

std::string PointsColumnId(const std::string& indicator) {
  std::string id = "points_" + indicator;
  std::transform(id.begin(), id.end(), id.begin(), [](char c) {
    return c == '.' ? '_' : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return id;
}

void AddScoreColumns(const IndicatorTable& definition, std::vector<OpenColumn>& columns) {
  columns.push_back({{"total", "Tổng điểm 766", CellKind::kHundredths},
                     "total score (" + definition.id() + ") of what is measured",
                     "điểm",
                     [](const UnitResult& r) {
                       return r.sheet.measured_max > 0 ? ReportCell{r.sheet.total_cents}
                                                       : ReportCell{};
                     }});
  columns.push_back({{"measured_max", "Điểm tối đa đã đo được", CellKind::kCount},
                     "sum of the maxima of the indicators that have points",
                     "điểm",
                     [](const UnitResult& r) { return ReportCell{r.sheet.measured_max}; }});
  for (const Indicator& indicator : definition.indicators()) {
    if (indicator.max_points == 0) continue;
    columns.push_back({{PointsColumnId(indicator.id), indicator.id + " – " + indicator.name,
                        CellKind::kHundredths},
                       "points of " + indicator.id + ", " + indicator.name_en + "; at most " +
                           std::to_string(indicator.max_points) + ", empty where not measured",
                       "điểm",
                       [id = indicator.id](const UnitResult& r) {
                         for (const Component& c : r.sheet.components) {
                           if (c.indicator->id == id) return CountCell(c.cents);
                         }
                         return ReportCell{};
                       }});
  }
}

std::vector<OpenColumn> ColumnsFor(const IndicatorTable& definition) {
  std::vector<OpenColumn> columns;
  AddUnitColumns(columns);
  AddCountColumns(columns);
  AddRateColumns(columns);
  AddScoreColumns(definition, columns);
  return columns;
}

std::string TypeName(CellKind kind) {
  switch (kind) {
    case CellKind::kCount: return "integer";
    case CellKind::kHundredths:
    case CellKind::kPercent:
    case CellKind::kHours: return "decimal(2)";
    case CellKind::kDay: return "date";
    case CellKind::kInstant: return "datetime";
    case CellKind::kText: break;
  }
  return "text";
}

ReportTable DictionaryTable(const std::vector<OpenColumn>& columns) {
  ReportTable table;
  table.id = "dictionary";
  table.title = "Từ điển dữ liệu";
  table.columns = {{"column", "Cột", CellKind::kText},
                   {"label", "Tên tiếng Việt", CellKind::kText},
                   {"meaning", "Nghĩa (tiếng Anh)", CellKind::kText},
                   {"type", "Kiểu dữ liệu", CellKind::kText},
                   {"measure", "Đơn vị tính", CellKind::kText}};
  for (const OpenColumn& one : columns) {
    table.rows.push_back({one.column.id, one.column.label, one.meaning, TypeName(one.column.kind),
                          one.measure.empty() ? ReportCell{}
                                              : ReportCell{std::string(one.measure)}});
  }
  return table;
}

// Everything that is counted, once for all units.
struct Material {
  std::vector<Counts> form06;       // each unit's own, by UnitId
  std::vector<Counts> portal;
  std::vector<FactCell> cells;
};

Result<Material> Gather(const ReportSources& sources, const Draft& draft, const View& view) {
  Material material;
  auto form06 = OwnCounts(sources, draft);
  if (!form06) return form06.error();
  material.form06 = std::move(*form06);
  Draft portal = draft;
  portal.walk.rule = Rule::kQd766;
  auto counted = OwnCounts(sources, portal);
  if (!counted) return counted.error();
  material.portal = std::move(*counted);
  const FactQuestion question{draft.walk.from, draft.walk.cut_off};
  auto cells =
      GatherFacts(sources.figures.WalkOf(draft.casework, view.known_at), std::span(&question, 1));
  if (!cells) return cells.error();
  material.cells = std::move(cells->front());
  return material;
}

ReportTable ResultTable(const ReportSources& sources, const Draft& draft,
                        const Material& material, const SheetMaker& maker,
                        const std::vector<OpenColumn>& columns) {
  const UnitTree& tree = sources.units;
  const Day day = DayOf(draft.walk.cut_off);
  const auto form06 = RolledUp(material.form06, draft.walk.units, tree, day);
  const auto portal = RolledUp(material.portal, draft.walk.units, tree, day);
  ReportTable table;
  table.id = "units";
  table.title = "Kết quả theo đơn vị";
  for (const OpenColumn& one : columns) table.columns.push_back(one.column);
  for (const UnitCounts& unit : form06) {
    const auto same = std::find_if(portal.begin(), portal.end(),
                                   [&](const UnitCounts& one) { return one.unit == unit.unit; });
    const auto parent = tree.ParentOn(unit.unit, day);
    const Sheet sheet = maker.For(unit.unit);
    const UnitResult result{tree.at(unit.unit),
                            parent ? &tree.at(*parent) : nullptr,
                            draft.report.period,
                            unit.counts,
                            same == portal.end() ? Counts{} : same->counts,
                            sheet};
    std::vector<ReportCell> row;
    for (const OpenColumn& one : columns) row.push_back(one.value(result));
    table.rows.push_back(std::move(row));
  }
  table.notes = {"Số liệu của đơn vị gồm cả các đơn vị trực thuộc; chỉ có đơn vị có hồ sơ trong "
                 "kỳ. Ô để trống: chưa có số liệu. Không có dữ liệu cá nhân."};
  return table;
}

}  // namespace

Result<Report> MakeOpenData(const ReportSources& sources, const ReportQuery& query) {
  auto draft = BeginReport(sources, query, "open-data");
  if (!draft) return draft.error();
  const auto definition = sources.figures.Definition(query.definition, query.period,
                                                     query.view.known_at);
  if (!definition) return definition.error();
  const auto material = Gather(sources, *draft, query.view);
  if (!material) return material.error();
  const RegisterFacts facts =
      sources.figures.RegisterFactsAt(query.view.known_at, draft->casework);
  const SheetMaker maker(sources.figures.InputOf(**definition, facts, draft->casework,
                                                 material->cells,
                                                 {query.period, draft->walk.cut_off},
                                                 query.view.known_at));
  const std::vector<OpenColumn> columns = ColumnsFor(**definition);
  Report& report = draft->report;
  report.tables = {ResultTable(sources, *draft, *material, maker, columns),
                   DictionaryTable(columns)};
  report.definition = std::string(kForm06Definition) + "; điểm: " + (*definition)->title() + "; " +
                      (*definition)->source();
  report.definition_id = (*definition)->id();
  return std::move(report);
}

}  // namespace tthc
