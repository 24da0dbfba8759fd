// Indicators of a unit, what would raise them, its targets, and the definitions behind them.
#include <array>

#include "server/frozen_answer.h"
#include "server/http/parameters.h"
#include "server/http/problem.h"
#include "server/http/render_figures.h"
#include "server/http/router.h"
#include "server/http/visibility.h"

namespace tthc {
namespace {

// Unit and definition are known by then: what is not found is the procedure.
Response SheetProblem(const Error& error) {
  if (error.kind != ErrorKind::kNotFound) return ProblemResponse(error);
  return ProblemResponse(ProblemKind::kUnknownProcedure, error.message, "procedure");
}

Error NoCaseNames(const std::string& procedure) {
  return {ErrorKind::kNotFound, "no case names the procedure '" + procedure + "'"};
}

SheetQuery SheetQueryOf(const Call& call, ParameterReader& reader) {
  SheetQuery query;
  query.unit = reader.Unit(call.path[0], "code");
  query.period = reader.StartedPeriod();
  query.view = reader.TimeView();
  query.definition = reader.Definition("definition");
  query.procedure = ProcedureKey(reader.Text("procedure"));
  if (query.procedure.empty() && reader.Given("procedure")) {
    reader.Fail("procedure", "is no code of a procedure");   // not all procedures
  }
  query.source = reader.OneOf("source", "own published") == "published" ? FigureSource::kPublished
                                                                        : FigureSource::kOwn;
  query.with_children = reader.Flag("children").value_or(false);
  reader.MustSeeAllBelow(query.unit, query.period, query.view);
  return query;
}

Response Indicators(const Call& call) {
  ParameterReader reader(call);
  SheetQuery query = SheetQueryOf(call, reader);
  const std::string compare = reader.Definition("compare");
  if (!reader.ok()) return reader.problem();
  const auto answer = SeesProcedure(call, query) ? call.monitor().Sheet(query)
                                                 : Result<SheetAnswer>(NoCaseNames(query.procedure));
  if (!answer) return SheetProblem(answer.error());
  json::object out = SheetJson(query, *answer);

  const auto frozen = FrozenAnswerOf(call.monitor(), query.unit, query.period);
  if (!frozen) return ProblemResponse(frozen.error());
  out["frozen"] = *frozen ? json::value(FrozenJson(**frozen)) : json::value();
  out["compare"] = nullptr;
  if (!compare.empty()) {
    query.definition = compare;
    const auto beside = call.monitor().Sheet(query);
    if (!beside) return SheetProblem(beside.error());
    out["compare"] = SheetJson(query, *beside);
  }
  return JsonResponse(out);
}

Response Improvements(const Call& call) {
  ParameterReader reader(call);
  ImprovementQuery query;
  query.unit = reader.Unit(call.path[0], "code");
  query.period = reader.StartedPeriod();
  query.view = reader.TimeView();
  query.definition = reader.Definition("definition");
  query.limit = reader.Limit();
  reader.MustSeeAllBelow(query.unit, query.period, query.view);
  if (!reader.ok()) return reader.problem();
  auto answer = call.monitor().Improvements(query);
  if (!answer) return ProblemResponse(answer.error());
  HideForeignCases(call, query.view, *answer);
  return JsonResponse(ImprovementsJson(query, *answer));
}

Response Targets(const Call& call) {
  ParameterReader reader(call);
  const std::string unit = reader.Unit(call.path[0], "code");
  const Period period = reader.StartedPeriod();
  const View view = reader.TimeView();
  reader.MustSeeAllBelow(unit, period, view);
  if (!reader.ok()) return reader.problem();
  const auto answer = call.monitor().Targets(unit, period, view);
  if (!answer) return ProblemResponse(answer.error());
  return JsonResponse(TargetsJson(unit, *answer));
}

Response Definitions(const Call& call) {
  json::array definitions;
  for (const auto& table : call.monitor().definitions().tables()) {
    definitions.push_back(json::object{{"id", table->id()},
                                       {"title", table->title()},
                                       {"source", table->source()},
                                       {"valid_from", DayValue(table->valid_from())},
                                       {"valid_to", DayValue(table->valid_to())}});
  }
  const Day today = DayOf(call.monitor().Now());
  return JsonResponse(
      json::object{{"in_force_today", call.monitor().definitions().For({today, today}).id()},
                   {"definitions", std::move(definitions)}});
}

Response OneDefinition(const Call& call) {
  const IndicatorTable* table = call.monitor().definitions().Find(call.path[0]);
  if (table == nullptr) {
    return ProblemResponse(ProblemKind::kUnknownDefinition,
                           "There is no definition " + Shown(call.path[0]) +
                               "; those that are loaded stand in /api/v1/definitions.",
                           "id");
  }
  return JsonResponse(DefinitionJson(*table));
}

constexpr std::array kRoutes = std::to_array<Route>({
    {http::verb::get, "/api/v1/units/{code}/indicators", "getIndicators", Right::kRead,
     Runs::kOnQueryPool, Indicators, nullptr,
     "period from to as_of known_at definition compare procedure source children", "",
     "IndicatorSheet", "The score sheet of QĐ 766/QĐ-TTg of a unit and all below it."},
    {http::verb::get, "/api/v1/units/{code}/improvements", "getImprovements", Right::kRead,
     Runs::kOnQueryPool, Improvements, nullptr, "period from to as_of known_at definition limit",
     "", "Improvements", "What would raise the score, and the open cases that can."},
    {http::verb::get, "/api/v1/units/{code}/targets", "getTargets", Right::kRead,
     Runs::kOnQueryPool, Targets, nullptr, "period from to as_of known_at", "", "Targets",
     "The yearly targets of a unit and those below it, and how far they are."},
    {http::verb::get, "/api/v1/definitions", "listDefinitions", Right::kRead, Runs::kOnQueryPool,
     Definitions, nullptr, "", "", "DefinitionList", "The definitions of the indicators."},
    {http::verb::get, "/api/v1/definitions/{id}", "getDefinition", Right::kRead,
     Runs::kOnQueryPool, OneDefinition, nullptr, "", "", "Definition",
     "One definition: groups, bands, and what every indicator counts."},
});

}  // namespace

std::span<const Route> IndicatorRoutes() { return kRoutes; }

}  // namespace tthc
