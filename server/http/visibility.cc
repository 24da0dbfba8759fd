#include "server/http/visibility.h"

#include <algorithm>

#include "ingest/store/casework.h"
#include "server/live/visible_alerts.h"

namespace tthc {
namespace {

bool SeesUnit(const Call& call, std::string_view unit) {
  return MaySee(call.principal, *call.monitor().units(), DayOf(call.monitor().Now()), unit);
}

bool NothingToHide(const Call& call, const View& view) {
  return call.principal.sees_all_units || !view.known_at;
}

// A new unit is not in the tree before its first case: it is judged by what it would hang below.
bool MayDeliverFor(const Call& call, const std::string& code) {
  if (call.monitor().units()->Find(code)) return SeesUnit(call, code);
  const auto tree = call.monitor().units()->WithProvisional(code);
  return MaySee(call.principal, *tree, DayOf(call.monitor().Now()), code);
}

bool MayDeliver(const Call& call, const Statement& statement, const std::string& sender) {
  auto code = UnitCodeOf(statement.case_id);
  if (!code) code = CanonicalUnitCode(sender);
  return code && MayDeliverFor(call, *code) &&
         (statement.unit.empty() || MayDeliverFor(call, statement.unit));
}

}  // namespace

bool SeesCase(const Call& call, std::string_view case_id) {
  if (call.principal.sees_all_units) return true;
  const auto now = call.monitor().FindCase(case_id, {});
  return now && SeesUnit(call, now->unit);
}

void HideForeignCases(const Call& call, const View& view, CasesPage& page) {
  if (NothingToHide(call, view)) return;
  std::erase_if(page.lines, [&](const CaseLine& line) { return !SeesCase(call, line.case_id); });
}

void HideForeignCases(const Call& call, const View& view, FindingsPage& page) {
  if (NothingToHide(call, view)) return;
  std::erase_if(page.lines, [&](const FindingLine& line) {
    return !SeesCase(call, line.case_id) ||
           (!line.other_case_id.empty() && !SeesCase(call, line.other_case_id));
  });
}

void HideForeignCases(const Call& call, const View& view, HonestAnswer& answer) {
  if (NothingToHide(call, view)) return;
  std::erase_if(answer.lines,
                [&](const HonestLine& line) { return !SeesCase(call, line.case_id); });
}

void HideForeignCases(const Call& call, const View& view, ImprovementAnswer& answer) {
  if (NothingToHide(call, view)) return;
  std::erase_if(answer.cases,
                [&](const CaseEffect& effect) { return !SeesCase(call, effect.case_id); });
}

void HideForeignCases(const Call& call, const View& view, Report& report) {
  if (NothingToHide(call, view)) return;
  for (ReportTable& table : report.tables) {
    const auto column =
        std::find_if(table.columns.begin(), table.columns.end(),
                     [](const ReportColumn& candidate) { return candidate.id == "case_id"; });
    if (column == table.columns.end()) continue;
    const auto at = static_cast<size_t>(column - table.columns.begin());
    std::erase_if(table.rows, [&](const std::vector<ReportCell>& row) {
      const auto* id = std::get_if<std::string>(&row[at]);
      return id != nullptr && !SeesCase(call, *id);
    });
  }
}

void HideForeignCases(const Call& call, const View& view, EventLog& log) {
  if (NothingToHide(call, view)) return;
  std::erase_if(log.traces, [&](const LogTrace& trace) { return !SeesCase(call, trace.case_id); });
}

// A case may have moved: what was told of it elsewhere is not this caller's.
void HideForeignAlerts(const Call& call, std::vector<CaseAlert>& alerts) {
  const auto hidden = [&](const CaseAlert::Told& told) {
    return !MaySeeAlert(call.monitor(), call.principal, told.message);
  };
  std::erase_if(alerts, [&](const CaseAlert& alert) { return hidden(alert.messages.back()); });
  for (CaseAlert& alert : alerts) std::erase_if(alert.messages, hidden);
}

bool SeesProcedure(const Call& call, const SheetQuery& query) {
  if (call.principal.sees_all_units || query.procedure.empty()) return true;
  CaseListQuery cases;
  cases.unit = query.unit;
  cases.period = query.period;
  cases.rule = Rule::kQd766;
  cases.view = query.view;
  cases.procedure = query.procedure;
  cases.limit = 1;
  const auto page = call.monitor().Cases(cases);
  return page && page->total != 0;
}

std::optional<uint32_t> FirstForeignRecord(const Call& call, const DecodedMessage& message) {
  if (call.principal.sees_all_units) return std::nullopt;
  for (const Statement& statement : message.statements) {
    if (!MayDeliver(call, statement, message.sender)) return statement.position;
  }
  return std::nullopt;
}

}  // namespace tthc
