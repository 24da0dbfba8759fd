// The score sheet of Quyết định 766/QĐ-TTg: the unit's indicators and groups, and the units
// directly below it.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <tuple>

#include "metrics/reports/draft.h"
#include "metrics/reports/makers.h"
#include "metrics/reports/numbers.h"

namespace tthc {
namespace {

constexpr int64_t kCentsPerPoint = 100;

struct Words {
  std::string_view code;
  std::string_view text;
};
constexpr Words kReasons[] = {
    {"no_data_for_it", "chưa có nguồn dữ liệu"},
    {"sender_does_not_tell", "hệ thống một cửa không gửi thông tin này"},
    {"numerator_above_denominator", "tử số lớn hơn mẫu số"},
    {"not_by_procedure", "không tính theo từng thủ tục"},
    {"no_points_below_province", "không chấm điểm dưới cấp tỉnh"},
    {"not_published", "Cổng Dịch vụ công quốc gia chưa công bố"},
    {"register_not_kept", "chưa có sổ theo dõi"},
    {"no_row_for_period", "sổ theo dõi chưa có số liệu của kỳ"},
    {"competence_not_told", "danh mục chưa ghi đơn vị có thẩm quyền"},
    {"catalogue_does_not_tell", "danh mục chưa có thông tin này"},
    {"multiplier_not_measured", "chỉ tiêu dùng để nhân chưa có số liệu"},
    {"components_not_measured", "còn chỉ tiêu thành phần chưa có số liệu"},
    {"no_denominator", "không phát sinh"},
};
// A reason that has no words yet is shown as it is.
std::string ReasonText(std::string_view code) {
  const auto known = std::find_if(std::begin(kReasons), std::end(kReasons),
                                  [&](const Words& words) { return words.code == code; });
  return std::string(known == std::end(kReasons) ? code : known->text);
}

constexpr Words kFacts[] = {
    {"e_result", "kết quả điện tử"},
    {"digitised", "tệp thành phần hồ sơ và kết quả"},
    {"digitised_part", "thành phần được số hóa"},
    {"reused", "tái sử dụng dữ liệu số hóa"},
    {"stored", "lấy từ kho dữ liệu cá nhân"},
    {"population", "cơ sở dữ liệu dân cư"},
    {"fee_told", "phí, lệ phí"},
    {"paid_online", "thanh toán trực tuyến"},
};
std::string FactText(Fact fact) {
  const std::string_view name = NameOf(fact);
  const auto known = std::find_if(std::begin(kFacts), std::end(kFacts),
                                  [&](const Words& words) { return words.code == name; });
  return std::string(known == std::end(kFacts) ? name : known->text);
}

std::string StateText(ComponentState state) {
  constexpr std::array<std::string_view, 4> kTexts = {"Đã tính", "Không phát sinh",
                                                      "Chưa có số liệu", "Theo kết quả cấp tỉnh"};
  return std::string(kTexts[static_cast<size_t>(state)]);
}

std::string LevelOf(UnitLevel level) { return std::string(VietnameseNameOf(level)); }

// --- sums

std::optional<int64_t> TotalOf(const Sheet& sheet) {
  return sheet.measured_max > 0 ? std::optional<int64_t>(sheet.total_cents) : std::nullopt;
}
std::optional<int64_t> PreviousTotal(const RankedSheet& ranked) {
  return ranked.previous_measured_max.value_or(0) > 0 ? ranked.previous_total_cents : std::nullopt;
}
std::optional<int64_t> Change(const std::optional<int64_t>& now,
                              const std::optional<int64_t>& before) {
  if (!now || !before) return std::nullopt;
  return *now - *before;
}
ReportCell TextCell(const std::string& text) {
  if (text.empty()) return {};
  return text;
}

// --- the unit's own sheet

const std::vector<ReportColumn> kComponentColumns = {
    {"line", "Dòng", CellKind::kText},
    {"id", "Mã chỉ số", CellKind::kText},
    {"portal_code", "Mã trên Cổng DVCQG", CellKind::kText},
    {"name", "Chỉ số", CellKind::kText},
    {"group", "Nhóm", CellKind::kText},
    {"numerator", "Tử số", CellKind::kCount},
    {"denominator", "Mẫu số", CellKind::kCount},
    {"ratio", "Tỷ lệ (%)", CellKind::kPercent},
    {"points", "Điểm", CellKind::kHundredths},
    {"max", "Điểm tối đa", CellKind::kHundredths},
    {"state", "Tình trạng", CellKind::kText},
    {"reason", "Lý do", CellKind::kText},
    {"left_out", "Hồ sơ không tính (hệ thống không gửi)", CellKind::kCount},
    {"previous_points", "Điểm kỳ trước", CellKind::kHundredths},
    {"change", "Tăng, giảm", CellKind::kHundredths},
};

std::vector<ReportCell> ComponentRow(const RankedSheet& ranked, size_t index) {
  const Component& c = ranked.sheet.components[index];
  const Indicator& indicator = *c.indicator;
  const auto before = index < ranked.previous_cents.size() ? ranked.previous_cents[index]
                                                           : std::optional<int64_t>();
  const bool has_ratio = c.numerator && c.denominator;
  return {std::string(indicator.max_points > 0 ? "Chỉ số" : "Thông tin"),
          indicator.id,
          TextCell(indicator.portal_code),
          indicator.name,
          indicator.group,
          CountCell(c.numerator),
          CountCell(c.denominator),
          has_ratio ? PercentCell(*c.numerator, *c.denominator) : ReportCell{},
          CountCell(c.cents),
          c.max_cents,
          StateText(c.state),
          c.reason.empty() ? ReportCell{} : ReasonText(c.reason),
          c.left_out,
          CountCell(before),
          CountCell(Change(c.cents, before))};
}

// A row that has no counts: a group, or the total. `max`: points.
std::vector<ReportCell> SumRow(std::string line, std::string id, std::string name,
                               std::optional<int64_t> cents, int64_t max) {
  std::vector<ReportCell> row(kComponentColumns.size());
  row[0] = std::move(line);
  row[1] = TextCell(id);
  row[3] = std::move(name);
  row[8] = CountCell(cents);
  row[9] = max * kCentsPerPoint;
  return row;
}

ReportTable ComponentTable(const SheetAnswer& answer) {
  const RankedSheet& ranked = answer.unit;
  const IndicatorTable& definition = *answer.table;
  ReportTable table;
  table.id = "components";
  table.title = "Bảng điểm 766";
  table.columns = kComponentColumns;
  const auto append = [&](auto wanted) {
    for (size_t i = 0; i < ranked.sheet.components.size(); ++i) {
      if (wanted(*ranked.sheet.components[i].indicator)) {
        table.rows.push_back(ComponentRow(ranked, i));
      }
    }
  };
  int64_t max = 0;
  for (size_t g = 0; g < definition.groups().size(); ++g) {
    const IndicatorGroup& group = definition.groups()[g];
    append([&](const Indicator& one) { return one.group == group.id && one.max_points > 0; });
    table.rows.push_back(SumRow("Nhóm", group.id, "Cộng nhóm: " + group.name,
                                GroupCents(ranked.sheet, definition, g), group.max_points));
    max += group.max_points;
  }
  append([](const Indicator& one) { return one.max_points == 0; });
  table.rows.push_back(SumRow("Tổng", "", "Tổng điểm", TotalOf(ranked.sheet), max));
  table.rows.back()[13] = CountCell(PreviousTotal(ranked));
  table.rows.back()[14] = CountCell(ranked.change_cents());
  table.last_row_is_total = true;
  table.notes = {"Ô điểm để trống: chưa có số liệu hoặc không phát sinh, không phải 0 điểm."};
  for (size_t i = 0; i < answer.constant_flags.size(); ++i) {
    const ConstantFlag& flag = answer.constant_flags[i];
    table.notes.push_back("Hệ thống '" + answer.constant_flag_senders[i] +
                          "' không gửi thông tin về " + FactText(flag.fact) + " (" +
                          VietnameseCount(flag.cases) + " hồ sơ của đơn vị).");
  }
  return table;
}

// --- the units below

ReportTable ChildTable(const SheetAnswer& answer) {
  const IndicatorTable& definition = *answer.table;
  ReportTable table;
  table.id = "children";
  table.title = "Đơn vị trực thuộc";
  table.columns = {{"rank", "Xếp hạng", CellKind::kCount},
                   {"unit", "Mã đơn vị", CellKind::kText},
                   {"unit_name", "Đơn vị", CellKind::kText},
                   {"level", "Cấp", CellKind::kText},
                   {"total", "Tổng điểm", CellKind::kHundredths},
                   {"measured_max", "Điểm tối đa đã đo được", CellKind::kCount},
                   {"band", "Xếp loại", CellKind::kText},
                   {"previous_total", "Điểm kỳ trước", CellKind::kHundredths},
                   {"change", "Tăng, giảm", CellKind::kHundredths}};
  for (const IndicatorGroup& group : definition.groups()) {
    table.columns.push_back({group.id, group.name, CellKind::kHundredths});
  }
  std::vector<const RankedSheet*> children;
  for (const RankedSheet& child : answer.children) children.push_back(&child);
  std::sort(children.begin(), children.end(), [](const RankedSheet* a, const RankedSheet* b) {
    return std::forward_as_tuple(a->level, a->rank.value_or(INT32_MAX), a->unit) <
           std::forward_as_tuple(b->level, b->rank.value_or(INT32_MAX), b->unit);
  });
  for (const RankedSheet* child : children) {
    std::vector<ReportCell> row = {
        child->rank ? ReportCell{int64_t{*child->rank}} : ReportCell{},
        child->unit,
        child->unit_name,
        LevelOf(child->level),
        CountCell(TotalOf(child->sheet)),
        child->sheet.measured_max,
        child->sheet.band != nullptr ? ReportCell{child->sheet.band->name} : ReportCell{},
        CountCell(PreviousTotal(*child)),
        CountCell(child->change_cents())};
    for (size_t g = 0; g < definition.groups().size(); ++g) {
      row.push_back(CountCell(GroupCents(child->sheet, definition, g)));
    }
    table.rows.push_back(std::move(row));
  }
  table.notes = {"Xếp hạng giữa các đơn vị cùng cấp có hồ sơ; điểm bằng nhau xếp cùng hạng."};
  return table;
}

// --- the result in one row

ReportTable ResultTable(const SheetAnswer& answer) {
  const RankedSheet& ranked = answer.unit;
  const Sheet& sheet = ranked.sheet;
  ReportTable table;
  table.id = "result";
  table.title = "Kết quả chung";
  table.columns = {{"total", "Tổng điểm", CellKind::kHundredths},
                   {"measured_max", "Điểm tối đa đã đo được", CellKind::kCount},
                   {"band", "Xếp loại", CellKind::kText},
                   {"previous_total", "Điểm kỳ trước", CellKind::kHundredths},
                   {"previous_measured_max", "Điểm tối đa đã đo được kỳ trước", CellKind::kCount},
                   {"change", "Tăng, giảm", CellKind::kHundredths},
                   {"rank", "Xếp hạng", CellKind::kCount},
                   {"siblings", "Số đơn vị cùng xếp hạng", CellKind::kCount},
                   {"ended", "Hồ sơ tiếp nhận và kết thúc trong kỳ", CellKind::kCount},
                   {"mean_handling_hours", "Thời gian giải quyết trung bình (giờ làm việc)",
                    CellKind::kHours}};
  const auto& handling = answer.handling;
  table.rows = {{CountCell(TotalOf(sheet)), sheet.measured_max,
                 sheet.band != nullptr ? ReportCell{sheet.band->name} : ReportCell{},
                 CountCell(PreviousTotal(ranked)), CountCell(ranked.previous_measured_max),
                 CountCell(ranked.change_cents()),
                 ranked.rank ? ReportCell{int64_t{*ranked.rank}} : ReportCell{},
                 ranked.rank ? ReportCell{int64_t{ranked.siblings}} : ReportCell{}, handling.ended,
                 handling.ended > 0 ? ReportCell{handling.handling_us / handling.ended}
                                    : ReportCell{}}};
  table.notes = {"Chỉ xếp loại khi mọi chỉ số đều có số liệu; điểm tối đa đã đo được là tổng điểm "
                 "tối đa của các chỉ số có điểm.",
                 "Chỉ tính tăng, giảm của tổng điểm khi hai kỳ có cùng điểm tối đa đã đo được."};
  return table;
}

std::string Paragraph(const SheetAnswer& answer) {
  const RankedSheet& ranked = answer.unit;
  const auto total = TotalOf(ranked.sheet);
  const std::string begin = "Trong " + VietnamesePeriod(answer.period) + ", " + ranked.unit_name;
  if (!total) return begin + " chưa có số liệu để chấm điểm.";
  std::string text = begin + " đạt " + VietnameseDecimal(*total) + " điểm trên " +
                     VietnameseCount(ranked.sheet.measured_max) + " điểm tối đa đã đo được";
  if (ranked.sheet.band != nullptr) text += ", xếp loại " + ranked.sheet.band->name;
  if (ranked.rank) {
    text += ", xếp hạng " + std::to_string(*ranked.rank) + "/" + std::to_string(ranked.siblings);
  }
  if (const auto change = ranked.change_cents()) {
    text += *change < 0 ? ", giảm " : ", tăng ";
    text += VietnameseDecimal(std::abs(*change)) + " điểm so với kỳ trước";
  } else if (const auto before = PreviousTotal(ranked)) {
    text += " (kỳ trước " + VietnameseDecimal(*before) + " điểm trên " +
            VietnameseCount(*ranked.previous_measured_max) + " điểm)";
  }
  return text + ".";
}

// --- beside what was closed

const Component* Find(const Sheet& sheet, std::string_view id) {
  const auto found = std::find_if(sheet.components.begin(), sheet.components.end(),
                                  [&](const Component& c) { return c.indicator->id == id; });
  return found == sheet.components.end() ? nullptr : &*found;
}

// What was closed; `is_of_now`: beside it what stands now and the difference in points.
ReportTable ClosedTable(const FrozenFigure& frozen, const Sheet& sheet, bool is_of_now) {
  ReportTable table;
  table.id = "closed";
  table.title = is_of_now ? "Đối chiếu kỳ đã chốt" : "Số liệu kỳ đã chốt";
  table.columns = {{"id", "Mã chỉ số", CellKind::kText},
                   {"name", "Chỉ số", CellKind::kText},
                   {"closed_numerator", "Tử số đã chốt", CellKind::kCount},
                   {"closed_denominator", "Mẫu số đã chốt", CellKind::kCount},
                   {"closed_points", "Điểm đã chốt", CellKind::kHundredths},
                   {"numerator", "Tử số hiện nay", CellKind::kCount},
                   {"denominator", "Mẫu số hiện nay", CellKind::kCount},
                   {"points", "Điểm hiện nay", CellKind::kHundredths},
                   {"adjustment", "Điều chỉnh", CellKind::kHundredths}};
  for (const FrozenFigure::Line& line : frozen.lines) {
    const Component* c = Find(sheet, line.id);
    if (c == nullptr) continue;
    table.rows.push_back({line.id, c->indicator->name, CountCell(line.numerator),
                          CountCell(line.denominator), CountCell(line.cents),
                          CountCell(c->numerator), CountCell(c->denominator), CountCell(c->cents),
                          CountCell(Change(c->cents, line.cents))});
  }
  std::vector<ReportCell> total(table.columns.size());
  total[1] = std::string("Tổng điểm");
  total[4] = frozen.total_cents;
  total[7] = sheet.total_cents;
  if (frozen.measured_max == sheet.measured_max) total[8] = sheet.total_cents - frozen.total_cents;
  table.rows.push_back(std::move(total));
  table.last_row_is_total = true;
  table.notes = {ClosedNote(frozen.of)};
  if (is_of_now) return table;
  constexpr size_t kClosedColumns = 5;
  table.columns.resize(kClosedColumns);
  for (auto& row : table.rows) row.resize(kClosedColumns);
  table.notes.emplace_back(kNotOfNowNote);
  return table;
}

void AddClosed(const FrozenFigure& frozen, const SheetAnswer& answer, bool is_of_now,
               Report& report) {
  if (frozen.of.definition == answer.table->id()) {
    report.tables.push_back(ClosedTable(frozen, answer.unit.sheet, is_of_now));
  } else {
    report.tables.front().notes.push_back("Kỳ này đã chốt theo định nghĩa " +
                                          frozen.of.definition +
                                          "; chỉ đối chiếu được theo định nghĩa đó.");
  }
}

}  // namespace

Result<Report> MakeQd766(const ReportSources& sources, const ReportQuery& query) {
  auto draft = BeginReport(sources, query, "qd766");
  if (!draft) return draft.error();
  SheetQuery asked;
  asked.unit = query.unit;
  asked.period = query.period;
  asked.view = query.view;
  asked.definition = query.definition;
  asked.with_children = true;
  const auto answer = sources.figures.Sheet(asked);
  if (!answer) return answer.error();
  const auto frozen = sources.figures.FrozenOf(query.unit, query.period);
  if (!frozen) return frozen.error();

  Report& report = draft->report;
  report.definition = answer->table->title() + "; " + answer->table->source();
  report.definition_id = answer->table->id();
  report.provisional = answer->provisional;
  report.paragraphs = {Paragraph(*answer)};
  report.tables = {ComponentTable(*answer), ChildTable(*answer), ResultTable(*answer)};
  if (frozen->has_value()) AddClosed(**frozen, *answer, IsOfNow(query.view), report);
  return std::move(report);
}

}  // namespace tthc
