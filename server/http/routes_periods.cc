// Closing periods, and what later statements change beside the frozen figures.
#include <array>
#include <boost/json/parse.hpp>

#include "server/frozen_answer.h"
#include "server/http/parameters.h"
#include "server/http/problem.h"
#include "server/http/render_figures.h"
#include "server/http/router.h"

namespace tthc {
namespace {

struct Closing {
  std::string unit;
  std::string definition;
};

Result<std::string> TextIn(const json::object& body, std::string_view name) {
  const json::value* value = body.if_contains({name.data(), name.size()});
  if (value == nullptr || value->is_null()) return std::string();
  if (!value->is_string()) return Invalid(std::string(name) + ": a text is needed");
  return std::string(value->get_string());
}

// {"unit": "H34", "definition": "…"}; without a definition the one in force.
Result<Closing> ClosingOf(std::string_view text) {
  boost::system::error_code error;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), error);
  if (error || !value.is_object()) {
    return Invalid("The body must be a JSON object with 'unit' and, if you wish, 'definition'.");
  }
  const json::object& body = value.get_object();
  for (const auto& member : body) {
    if (member.key() != "unit" && member.key() != "definition") {
      return Invalid("There is no member " + Shown({member.key().data(), member.key().size()}) +
                     " here; known: unit, definition.");
    }
  }
  Closing closing;
  auto unit = TextIn(body, "unit");
  if (!unit) return unit.error();
  auto definition = TextIn(body, "definition");
  if (!definition) return definition.error();
  return Closing{std::move(*unit), std::move(*definition)};
}

Response Close(const Call& call) {
  ParameterReader reader(call);
  const auto period = ParsePeriod(call.path[0]);
  if (!period) {
    reader.Fail("period", Shown(call.path[0]) + " is none of 2025, 2025-H1, 2025-Q1, 2025-03");
    return reader.problem();
  }
  const auto closing = ClosingOf(call.request.body);
  if (!closing) return ProblemResponse(closing.error());
  const std::string unit = reader.Unit(closing->unit, "unit");
  const std::string definition = reader.KnownDefinition(closing->definition, "definition");
  if (!reader.ok()) return reader.problem();
  const auto closed = call.monitor().ClosePeriod(unit, *period, definition, call.principal.name);
  if (!closed && closed.error().kind == ErrorKind::kInvalidInput) {
    return ProblemResponse(ProblemKind::kBadParameter, closed.error().message, "period");
  }
  if (!closed) return ProblemResponse(closed.error());
  return JsonResponse(FrozenPeriodJson(*closed));
}

Response Periods(const Call& call) {
  const auto tree = call.monitor().units();
  const Day today = DayOf(call.monitor().Now());
  const auto closed = call.monitor().ClosedPeriods();
  if (!closed) return ProblemResponse(closed.error());
  json::array periods;
  for (const FrozenPeriod& period : *closed) {
    if (!MaySee(call.principal, *tree, today, period.unit)) continue;
    periods.push_back(FrozenPeriodJson(period));
  }
  return JsonResponse(json::object{{"periods", std::move(periods)}});
}

Response Frozen(const Call& call) {
  ParameterReader reader(call);
  const std::string unit = reader.Unit(call.path[0], "code");
  const Period period = reader.StartedPeriod();
  reader.MustSeeAllBelow(unit, period, {});
  if (!reader.ok()) return reader.problem();
  const auto answer = FrozenAnswerOf(call.monitor(), unit, period);
  if (!answer) return ProblemResponse(answer.error());
  if (!*answer) {
    return ProblemResponse(ProblemKind::kNotFound,
                           "The period " + LabelOf(period) + " is not closed for " + unit + ".",
                           "period");
  }
  json::object out{{"unit", unit},
                   {"period", LabelOf(period)},
                   {"from", FormatDay(period.from)},
                   {"to", FormatDay(period.to)}};
  for (auto& member : FrozenJson(**answer)) out.insert(member);
  return JsonResponse(out);
}

constexpr std::array kRoutes = std::to_array<Route>({
    {http::verb::post, "/api/v1/periods/{period}/close", "closePeriod", Right::kAdminister,
     Runs::kOnQueryPool, Close, nullptr, "", "Closing", "ClosedPeriod",
     "Freezes the figures of a period that has ended, for a unit and all below it."},
    {http::verb::get, "/api/v1/periods", "listPeriods", Right::kRead, Runs::kOnQueryPool, Periods,
     nullptr, "", "", "ClosedPeriodList", "The closed periods."},
    {http::verb::get, "/api/v1/units/{code}/frozen", "getFrozen", Right::kRead, Runs::kOnQueryPool,
     Frozen, nullptr, "period from to", "", "FrozenAnswer",
     "The frozen figure of a closed period, the same figure now, and what differs."},
});

}  // namespace

std::span<const Route> PeriodRoutes() { return kRoutes; }

}  // namespace tthc
