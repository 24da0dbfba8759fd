// What the monitor finds that the sender did not say, and what it makes of the ratio on time.
#include <array>

#include "server/http/parameters.h"
#include "server/http/problem.h"
#include "server/http/render_findings.h"
#include "server/http/router.h"
#include "server/http/visibility.h"

namespace tthc {
namespace {

FindingSet KindsOf(ParameterReader& reader) {
  const std::string list = reader.Text("kind");
  std::string_view rest = list;
  FindingSet kinds = 0;
  while (!rest.empty()) {
    const std::string_view name = TakeItem(rest, ',');
    const auto kind = FindingNamed(name);
    if (!kind) {
      std::string known;
      for (const FindingRow& row : FindingTable()) {
        known += (known.empty() ? "" : ", ") + std::string(row.name);
      }
      reader.Fail("kind", Shown(name) + " is no kind of finding; known: " + known);
      return 0;
    }
    kinds |= BitOf(*kind);
  }
  return kinds == 0 ? kAllFindings : kinds;
}

std::optional<FindingKey> AfterOf(ParameterReader& reader) {
  const std::string cursor = reader.Text("cursor");
  if (cursor.empty()) return std::nullopt;
  auto after = FindingKeyFrom(cursor);
  if (!after) reader.Fail("cursor", Shown(cursor) + " is no next_cursor of this list");
  return after;
}

Response Findings(const Call& call) {
  ParameterReader reader(call);
  FindingsQuery query;
  query.unit = reader.Unit(reader.Text("unit"), "unit");
  query.kinds = KindsOf(reader);
  query.from = reader.DayOf("from");
  query.to = reader.DayOf("to");
  query.view = reader.TimeView();
  query.after = AfterOf(reader);
  query.limit = reader.Limit();
  // Whether a sender is silent is told by whatever it sends, for whichever unit.
  query.silent_senders = call.principal.sees_all_units;
  if (query.from && query.to && *query.to < *query.from) {
    reader.Fail("to", "the period ends before it begins");
  }
  const Day today = DayOf(call.monitor().Now());
  reader.MustSeeAllBelow(query.unit, {today, today}, query.view);
  if (!reader.ok()) return reader.problem();
  auto page = call.monitor().Findings(query);
  if (!page) return ProblemResponse(page.error());
  HideForeignCases(call, query.view, *page);
  return JsonResponse(FindingsJson(query, *page));
}

Response HonestRatio(const Call& call) {
  ParameterReader reader(call);
  HonestQuery query;
  query.unit = reader.Unit(call.path[0], "code");
  query.period = reader.RequiredPeriod();
  query.rule = reader.RuleOr(Rule::kForm06);
  query.view = reader.TimeView();
  query.cursor = reader.Text("cursor");
  query.limit = reader.Limit();
  reader.MustSeeAllBelow(query.unit, query.period, query.view);
  if (!reader.ok()) return reader.problem();
  auto answer = call.monitor().HonestRatio(query);
  if (!answer) return ProblemResponse(answer.error());
  HideForeignCases(call, query.view, *answer);
  return JsonResponse(HonestJson(query, *answer));
}

constexpr std::array kRoutes = std::to_array<Route>({
    {http::verb::get, "/api/v1/findings", "listFindings", Right::kRead, Runs::kOnQueryPool,
     Findings, nullptr, "unit kind from to as_of known_at limit cursor", "", "FindingList",
     "What the statements about the cases of a unit show that their sender did not say, each with "
     "the statements that prove it; from and to: the days on which it came up.", Noted::kList},
    {http::verb::get, "/api/v1/units/{code}/honest-ratio", "getHonestRatio", Right::kRead,
     Runs::kOnQueryPool, HonestRatio, nullptr, "from to period rule as_of known_at limit cursor",
     "", "HonestRatio",
     "The ratio on time by the dates as they stand, as they were first said, and without cases "
     "with findings of back-dating, with the cases that make the difference.", Noted::kList},
});

}  // namespace

std::span<const Route> FindingRoutes() { return kRoutes; }

}  // namespace tthc
