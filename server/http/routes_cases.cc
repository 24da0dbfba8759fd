// Cases: the lists behind the figures, one case, its timeline; the quarantine.
#include <algorithm>
#include <array>

#include "server/http/parameters.h"
#include "server/http/problem.h"
#include "server/http/render.h"
#include "server/http/router.h"
#include "server/http/visibility.h"

namespace tthc {
namespace {

constexpr uint32_t Bit(CaseState state) { return 1u << static_cast<unsigned>(state); }

struct StateRow {
  std::string_view name;
  uint32_t bits;
};
constexpr uint32_t kResolved = Bit(CaseState::kResolvedEarly) | Bit(CaseState::kResolvedOnTime) |
                               Bit(CaseState::kResolvedLate);
constexpr uint32_t kPending = Bit(CaseState::kPendingInTime) | Bit(CaseState::kPendingLate);
constexpr std::array<StateRow, 7> kStates = {{
    {"resolved", kResolved},
    {"resolved_early", Bit(CaseState::kResolvedEarly)},
    {"resolved_on_time", Bit(CaseState::kResolvedOnTime)},
    {"resolved_late", Bit(CaseState::kResolvedLate)},
    {"pending", kPending},
    {"pending_in_time", Bit(CaseState::kPendingInTime)},
    {"pending_late", Bit(CaseState::kPendingLate)},
}};

uint32_t StatesOf(ParameterReader& reader) {
  const std::string list = reader.Text("state");
  std::string_view rest = list;
  uint32_t bits = 0;
  while (!rest.empty()) {
    const std::string_view name = TakeItem(rest, ',');
    const auto row = std::find_if(kStates.begin(), kStates.end(),
                                  [&](const StateRow& state) { return state.name == name; });
    if (row == kStates.end()) {
      reader.Fail("state", Shown(name) +
                               " is no state; known: resolved, resolved_early, "
                               "resolved_on_time, resolved_late, pending, pending_in_time, "
                               "pending_late");
      return 0;
    }
    bits |= row->bits;
  }
  return bits == 0 ? kResolved | kPending : bits;
}

uint32_t ClocksOf(ParameterReader& reader) {
  constexpr std::array kClocks = {OpenState::kInTime, OpenState::kDueSoon, OpenState::kOverdue,
                                  OpenState::kPaused};
  const std::string list = reader.Text("clock");
  std::string_view rest = list;
  uint32_t bits = 0;
  while (!rest.empty()) {
    const std::string_view name = TakeItem(rest, ',');
    const auto clock = std::find_if(kClocks.begin(), kClocks.end(),
                                    [&](OpenState state) { return NameOf(state) == name; });
    if (clock == kClocks.end()) {
      reader.Fail("clock",
                  Shown(name) + " is no clock; known: in_time, due_soon, overdue, paused");
      return 0;
    }
    bits |= 1u << static_cast<unsigned>(*clock);
  }
  return bits;
}

CaseOrder OrderOf(ParameterReader& reader) {
  return *CaseOrderNamed(reader.OneOf("order", "number urgency recent"));
}

std::optional<bool> OnlineOf(ParameterReader& reader) {
  const std::string channel = reader.Text("channel");
  if (channel.empty()) return std::nullopt;
  if (channel != "online" && channel != "direct") {
    reader.Fail("channel", Shown(channel) + " is neither online nor direct");
  }
  return channel == "online";
}

Response Cases(const Call& call) {
  ParameterReader reader(call);
  CaseListQuery query;
  query.unit = reader.Unit(reader.Text("unit"), "unit");
  query.period = reader.RequiredPeriod();
  query.rule = reader.RuleOr(Rule::kForm06);
  query.view = reader.TimeView();
  query.states = StatesOf(reader);
  query.procedure = reader.Text("procedure");
  query.online = OnlineOf(reader);
  query.carried_over = reader.Flag("carried_over");
  query.no_due_date = reader.Flag("no_due_date");
  query.clocks = ClocksOf(reader);
  query.recorded_since = reader.InstantOf("recorded_since");
  query.order = OrderOf(reader);
  query.cursor = reader.Text("cursor");
  query.limit = reader.Limit();
  reader.MustSeeAllBelow(query.unit, query.period, query.view);
  if (!reader.ok()) return reader.problem();
  if (!query.procedure.empty()) query.procedure = ProcedureKey(query.procedure);
  auto page = call.monitor().Cases(query);
  if (!page) return ProblemResponse(page.error());
  HideForeignCases(call, query.view, *page);
  return JsonResponse(CasesJson(*page));
}

using Render = Response (*)(const Call&, const View&, const CaseAnswer&);

Response CaseAs(const Call& call, Render render) {
  ParameterReader reader(call);
  const View view = reader.TimeView();
  if (!reader.ok()) return reader.problem();
  const auto found = SeesCase(call, call.path[0])
                         ? call.monitor().FindCase(call.path[0], view)
                         : Result<CaseAnswer>(Error{ErrorKind::kNotFound, ""});
  // Whether it is there or only not the caller's is not told apart.
  if (!found && found.error().kind == ErrorKind::kNotFound) {
    return ProblemResponse(ProblemKind::kUnknownCase,
                           "There is no case " + Shown(call.path[0]) +
                               (view.as_of || view.known_at ? " at that time." : "."),
                           "id");
  }
  if (!found) return ProblemResponse(found.error());
  return render(call, view, *found);
}

Response OneCase(const Call& call) {
  return CaseAs(call, [](const Call&, const View&, const CaseAnswer& answer) {
    return JsonResponse(CaseJson(answer));
  });
}

Response Timeline(const Call& call) {
  return CaseAs(call, [](const Call& call, const View& view, const CaseAnswer& answer) {
    auto alerts = call.monitor().AlertsOf(answer.case_id, view);
    if (!alerts) return ProblemResponse(alerts.error());
    HideForeignAlerts(call, *alerts);
    return JsonResponse(TimelineJson(answer, *alerts));
  });
}

Response Quarantine(const Call& call) {
  // A quarantined record has no unit that could be trusted.
  if (!call.principal.sees_all_units) {
    return ProblemResponse(ProblemKind::kForbidden,
                           "The quarantine is shown to tokens that see all units.");
  }
  ParameterReader reader(call);
  const uint64_t before = reader.Number("before", 0);
  const size_t limit = reader.Limit();
  if (!reader.ok()) return reader.problem();
  json::array records;
  uint64_t last = 0;
  for (const QuarantineItem& item : call.monitor().Quarantine(before, limit)) {
    records.push_back(QuarantineJson(item));
    last = item.id;
  }
  const bool more = records.size() == limit;
  return JsonResponse(json::object{{"total", call.monitor().QuarantineTotal()},
                                   {"records", std::move(records)},
                                   {"next_before", more ? json::value(last) : json::value()}});
}

constexpr std::array kRoutes = std::to_array<Route>({
    {http::verb::get, "/api/v1/cases", "listCases", Right::kRead, Runs::kOnQueryPool, Cases,
     nullptr,
     "unit state rule period from to as_of known_at procedure channel carried_over no_due_date "
     "clock recorded_since order limit cursor",
     "", "CaseList", "The cases behind a figure of the summary.", Noted::kList},
    {http::verb::get, "/api/v1/cases/{id}", "getCase", Right::kRead, Runs::kOnQueryPool, OneCase,
     nullptr, "as_of known_at", "", "Case",
     "A case, its clock, and its verdict under each rule with the reason.", Noted::kCase},
    {http::verb::get, "/api/v1/cases/{id}/timeline", "getTimeline", Right::kRead,
     Runs::kOnQueryPool, Timeline, nullptr, "as_of known_at", "", "Timeline",
     "Every statement about a case, every fact that was said anew, its findings and alerts.", Noted::kCase},
    {http::verb::get, "/api/v1/quarantine", "listQuarantine", Right::kAudit, Runs::kOnQueryPool,
     Quarantine, nullptr, "before limit", "", "Quarantine",
     "Records that could not be read, newest first.", Noted::kList},
});

}  // namespace

std::span<const Route> CaseRoutes() { return kRoutes; }

}  // namespace tthc
