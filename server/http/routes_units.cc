// The unit tree and the figures of a unit.
#include <array>

#include "server/http/parameters.h"
#include "server/http/problem.h"
#include "server/http/render.h"
#include "server/http/render_process.h"
#include "server/http/router.h"
#include "server/http/visibility.h"

namespace tthc {
namespace {

constexpr int kMostTrendDays = 366;

bool LivesOn(const Unit& unit, Day day) {
  return (!unit.valid_from || *unit.valid_from <= day) && (!unit.valid_to || day <= *unit.valid_to);
}

Day Today(const Call& call) { return DayOf(call.monitor().Now()); }

Response Units(const Call& call) {
  ParameterReader reader(call);
  const Day day = reader.DayOf("date").value_or(Today(call));
  if (!reader.ok()) return reader.problem();
  const auto tree = call.monitor().units();
  json::array units;
  for (UnitId id = 0; id < tree->size(); ++id) {
    const Unit& unit = tree->at(id);
    if (!LivesOn(unit, day) || !MaySee(call.principal, *tree, Today(call), unit.code)) continue;
    units.push_back(UnitJson(*tree, id, day));
  }
  return JsonResponse(json::object{{"date", FormatDay(day)}, {"units", std::move(units)}});
}

Response OneUnit(const Call& call) {
  ParameterReader reader(call);
  const std::string code = reader.Unit(call.path[0], "code");
  const Day day = reader.DayOf("date").value_or(Today(call));
  if (!reader.ok()) return reader.problem();
  const auto tree = call.monitor().units();
  const UnitId id = *tree->Find(code);
  json::object out = UnitJson(*tree, id, day);
  json::array children;
  for (const UnitId child : tree->ChildrenOn(id, day)) {
    if (!MaySee(call.principal, *tree, Today(call), tree->at(child).code)) continue;
    children.push_back(UnitJson(*tree, child, day));
  }
  out["date"] = FormatDay(day);
  out["children"] = std::move(children);
  return JsonResponse(out);
}

Response Summary(const Call& call) {
  ParameterReader reader(call);
  SummaryQuery query;
  query.unit = reader.Unit(call.path[0], "code");
  query.period = reader.RequiredPeriod();
  query.rule = reader.RuleOr(Rule::kForm06);
  query.view = reader.TimeView();
  if (const std::string group = reader.Text("group_by"); !group.empty()) {
    const auto known = GroupByNamed(group);
    if (!known || *known == GroupBy::kNone) {
      reader.Fail("group_by", Shown(group) + " is none of unit, field, procedure, channel");
    }
    query.group_by = known.value_or(GroupBy::kNone);
  }
  reader.MustSeeAllBelow(query.unit, query.period, query.view);
  if (!reader.ok()) return reader.problem();
  const auto answer = call.monitor().Summary(query);
  if (!answer) return ProblemResponse(answer.error());
  return JsonResponse(SummaryJson(query, *answer));
}

Response Trend(const Call& call) {
  ParameterReader reader(call);
  SummaryQuery query;
  query.unit = reader.Unit(call.path[0], "code");
  query.period = reader.StartedPeriod();
  query.rule = reader.RuleOr(Rule::kForm06);
  query.view = reader.TimeView();
  if (query.period.to.number - query.period.from.number >= kMostTrendDays) {
    reader.Fail("to", "at most " + std::to_string(kMostTrendDays) + " days");
  }
  reader.MustSeeAllBelow(query.unit, query.period, query.view);
  if (!reader.ok()) return reader.problem();
  const auto answer = call.monitor().Trend(query);
  if (!answer) return ProblemResponse(answer.error());
  return JsonResponse(TrendJson(query, *answer));
}

// "process_H34_2025-Q1.xes"
std::string FileName(const ProcessQuery& query, ProcessFormat format) {
  return "process_" + query.unit + "_" + LabelOf(query.period) + "." + std::string(NameOf(format));
}

Response ProcessLog(const Call& call, const ProcessQuery& query, ProcessFormat format) {
  auto log = call.monitor().ProcessLog(query);
  if (!log) return ProblemResponse(log.error());
  HideForeignCases(call, query.view, *log);
  Response response;
  response.content_type = ContentTypeOf(format);
  response.body = RenderLog(*log, format);
  response.headers.emplace_back(http::field::content_disposition,
                                "attachment; filename=\"" + FileName(query, format) + "\"");
  return response;
}

Response Process(const Call& call) {
  ParameterReader reader(call);
  ProcessQuery query;
  query.unit = reader.Unit(call.path[0], "code");
  query.period = reader.RequiredPeriod();
  query.view = reader.TimeView();
  query.procedure = reader.Text("procedure");
  const size_t variants = reader.Limit();
  const auto format = ProcessFormatNamed(reader.OneOf("format", kProcessFormats));
  reader.MustSeeAllBelow(query.unit, query.period, query.view);
  if (!reader.ok()) return reader.problem();
  if (*format != ProcessFormat::kJson) return ProcessLog(call, query, *format);
  const auto answer = call.monitor().Process(query);
  if (!answer) return ProblemResponse(answer.error());
  return JsonResponse(ProcessJson(query, *answer, variants));
}

constexpr std::array kRoutes = std::to_array<Route>({
    {http::verb::get, "/api/v1/units", "listUnits", Right::kRead, Runs::kOnQueryPool, Units,
     nullptr, "date", "", "UnitList", "The units that exist on a day."},
    {http::verb::get, "/api/v1/units/{code}", "getUnit", Right::kRead, Runs::kOnQueryPool, OneUnit,
     nullptr, "date", "", "UnitWithChildren", "A unit and the units directly below it."},
    {http::verb::get, "/api/v1/units/{code}/summary", "getSummary", Right::kRead,
     Runs::kOnQueryPool, Summary, nullptr, "from to period rule as_of known_at group_by", "",
     "Summary", "Received, resolved and pending cases of a unit and all below it."},
    {http::verb::get, "/api/v1/units/{code}/trend", "getTrend", Right::kRead, Runs::kOnQueryPool,
     Trend, nullptr, "from to period rule as_of known_at", "", "Trend",
     "What came in and what was ended on each day of a period, of a unit and all below it."},
    {http::verb::get, "/api/v1/units/{code}/process", "getProcess", Right::kRead,
     Runs::kOnQueryPool, Process, nullptr,
     "from to period procedure as_of known_at format limit", "", "Process",
     "Where time goes in a unit and all below it: steps, waiting, variants of the path, rework, "
     "where open cases stand; as CSV or XES the event log behind it.", Noted::kList},
});

}  // namespace

std::span<const Route> UnitRoutes() { return kRoutes; }

}  // namespace tthc
