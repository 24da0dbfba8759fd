#include "metrics/reports/draft.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "metrics/reports/numbers.h"

namespace tthc {

Result<Draft> BeginReport(const ReportSources& sources, const ReportQuery& query,
                          std::string_view report) {
  const auto unit = sources.units.Find(query.unit);
  if (!unit) return Error{ErrorKind::kNotFound, "there is no unit '" + query.unit + "'"};
  const auto checked = sources.figures.CheckPeriod(query.period);
  if (!checked) return checked.error();

  Draft draft;
  draft.unit = *unit;
  draft.known_at = query.view.known_at.value_or(kEndOfTime);
  draft.casework = sources.figures.CaseworkAt(query.view.known_at);
  draft.walk.from = StartOf(query.period.from);
  draft.walk.cut_off = CutOff(query.period, query.view.as_of, sources.now);
  draft.walk.units = sources.units.SubtreeOn(*unit, DayOf(draft.walk.cut_off));
  draft.walk.known_at = draft.known_at;

  Report& head = draft.report;
  head.id = report;
  head.title = ReportNamed(report)->title;
  head.unit = sources.units.at(*unit).code;
  head.unit_name = sources.units.at(*unit).name;
  head.period = query.period;
  head.cut_off = draft.walk.cut_off;
  head.known_at = query.view.known_at;
  head.definition = kForm06Definition;
  head.definition_id = NameOf(Rule::kForm06);
  head.provisional = !query.view.known_at &&
                     sources.figures.parts().is_provisional(draft.walk.units, head.cut_off);
  head.made_at = sources.now;
  return draft;
}

ReportCell CountCell(const std::optional<int64_t>& number) {
  if (!number) return {};
  return *number;
}

ReportCell InstantCell(const std::optional<Instant>& at) {
  if (!at) return {};
  return *at;
}

ReportCell PercentCell(int64_t numerator, int64_t denominator) {
  return CountCell(PercentHundredths(numerator, denominator));
}

std::string_view VietnameseNameOf(UnitLevel level) {
  switch (level) {
    case UnitLevel::kProvince: return "Tỉnh";
    case UnitLevel::kDepartment: return "Sở, ban, ngành";
    case UnitLevel::kDistrict: return "Huyện";
    case UnitLevel::kCommune: return "Xã";
    case UnitLevel::kUnknown: break;
  }
  return "Không rõ cấp";
}

std::string ClosedNote(const FrozenPeriod& closed) {
  return "Chốt ngày " + FormatVietnamese(closed.closed_at) + " theo định nghĩa " +
         closed.definition + ", dữ liệu đã nhận đến " + FormatVietnamese(closed.known_at) +
         "; phần đến sau chỉ ghi là điều chỉnh, không sửa số đã chốt.";
}

bool IsOfNow(const View& view) { return !view.as_of && !view.known_at; }

std::string OfficerCode(uint32_t officer) {
  if (officer == 0) return "";
  std::array<char, 16> text;
  std::snprintf(text.data(), text.size(), "CB-%08X", officer);
  return text.data();
}

uint32_t OfficerOf(const Casework& desk, Instant cut_off) {
  const std::vector<StatusRow>& rows = desk.folded().rows;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    const uint32_t officer = desk.stored().entries[row->entry].officer;
    if (row->event <= cut_off && officer != 0) return officer;
  }
  return 0;
}

UnitId DirectlyBelow(const UnitTree& tree, UnitId root, UnitId unit, Day day) {
  while (unit != root) {
    const auto parent = tree.ParentOn(unit, day);
    if (!parent || *parent == root) break;
    unit = *parent;
  }
  return unit;
}

std::vector<UnitCounts> RolledUp(const std::vector<Counts>& own, const std::vector<bool>& units,
                                 const UnitTree& tree, Day day) {
  std::vector<Counts> sums(own.size());
  for (UnitId unit = 0; unit < own.size(); ++unit) {
    if (own[unit] == Counts{}) continue;
    std::optional<UnitId> at = unit;
    while (at && units[*at]) {
      Add(sums[*at], own[unit]);
      at = tree.ParentOn(*at, day);
    }
  }
  std::vector<UnitCounts> rolled;
  for (UnitId unit = 0; unit < sums.size(); ++unit) {
    if (sums[unit].received() != 0) rolled.push_back({unit, sums[unit]});
  }
  std::sort(rolled.begin(), rolled.end(), [&](const UnitCounts& a, const UnitCounts& b) {
    return tree.at(a.unit).code < tree.at(b.unit).code;
  });
  return rolled;
}

Result<std::vector<Counts>> OwnCounts(const ReportSources& sources, const Draft& draft) {
  std::vector<Counts> own(draft.walk.units.size());
  const auto walked = WalkCases(sources.book, draft.casework, sources.directory, draft.walk,
                                [&](std::string_view, const Verdict& verdict,
                                    const Casework& desk) { Add(own[desk.unit()], verdict); });
  if (!walked) return walked.error();
  return own;
}

}  // namespace tthc
