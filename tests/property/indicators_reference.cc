#include "indicators_reference.h"

#include <algorithm>
#include <set>

namespace tthc::reference {
namespace {

// --- registers

// The rows of a register that stand at `known_at`: of each key the one recorded last.
std::map<std::string, RegisterLine> RowsOf(const IndicatorWorld& world, RegisterId id,
                                           std::optional<Instant> known_at) {
  std::map<std::string, std::pair<Instant, RegisterLine>> last;
  for (const RegisterPut& put : world.puts) {
    if (put.id != id || (known_at && put.recorded > *known_at)) continue;
    for (const RegisterLine& line : put.lines) {
      const auto [at, is_new] = last.try_emplace(line.key, put.recorded, line);
      if (!is_new && at->second.first <= put.recorded) at->second = {put.recorded, line};
    }
  }
  std::map<std::string, RegisterLine> rows;
  for (const auto& [key, of] : last) {
    if (!of.second.withdrawn) rows[key] = of.second;
  }
  return rows;
}

bool IsKept(const IndicatorWorld& world, RegisterId id, std::optional<Instant> known_at) {
  return std::any_of(world.puts.begin(), world.puts.end(), [&](const RegisterPut& put) {
    return put.id == id && (!known_at || put.recorded <= *known_at);
  });
}

// The catalogue as it stood: rows of the register before those that are shipped.
std::shared_ptr<const ProcedureCatalogue> CatalogueOf(const IndicatorWorld& world,
                                                      std::optional<Instant> known_at) {
  std::vector<Procedure> procedures;
  for (const auto& [key, line] : RowsOf(world, RegisterId::kProcedures, known_at)) {
    procedures.push_back(std::get<Procedure>(line.row));
  }
  for (const Procedure& shipped : world.world.procedures->all()) {
    const bool replaced = std::any_of(procedures.begin(), procedures.end(), [&](const auto& p) {
      return p.code == shipped.code;
    });
    if (!replaced) procedures.push_back(shipped);
  }
  return ProcedureCatalogue::Of(std::move(procedures));
}

// What the registers say had happened to cases by `by`.
struct Links {
  std::set<std::string> paid_online;
  std::set<std::string> complained;
  std::set<std::string> disliked;
};
Links LinksOf(const IndicatorWorld& world, std::optional<Instant> known_at, Instant by) {
  Links links;
  for (const auto& [key, line] : RowsOf(world, RegisterId::kPayments, known_at)) {
    const auto& payment = std::get<Payment>(line.row);
    if (payment.paid_at > by) continue;
    if (payment.online && payment.succeeded) links.paid_online.insert(payment.case_id);
  }
  for (const auto& [key, line] : RowsOf(world, RegisterId::kPetitions, known_at)) {
    const auto& petition = std::get<Petition>(line.row);
    if (petition.sent_at > by) continue;
    if (!petition.case_id.empty()) links.complained.insert(petition.case_id);
  }
  std::map<std::string, std::pair<Instant, bool>> latest;   // the key decides between equals
  for (const auto& [key, line] : RowsOf(world, RegisterId::kRatings, known_at)) {
    const auto& rating = std::get<Rating>(line.row);
    if (rating.rated_at > by) continue;
    const auto [at, is_new] =
        latest.try_emplace(rating.case_id, rating.rated_at, rating.dislike);
    if (!is_new && at->second.first <= rating.rated_at) {
      at->second = {rating.rated_at, rating.dislike};
    }
  }
  for (const auto& [id, rating] : latest) {
    if (rating.second) links.disliked.insert(id);
  }
  return links;
}

// --- facts of a case

uint32_t FlagsOf(const std::vector<Statement>& by_arrival) {
  uint32_t flags = 0;
  for (const Statement& s : by_arrival) {
    if (s.kind == StatementKind::kSnapshot && s.flags != 0) flags = s.flags;
  }
  return flags;
}

int ChannelOf(const std::vector<Statement>& by_arrival) {
  int channel = 0;
  for (const Statement& s : by_arrival) {
    if (s.kind == StatementKind::kSnapshot && s.channel != 0) channel = s.channel;
  }
  return channel;
}

std::string ProcedureOf(const std::vector<Statement>& by_arrival) {
  std::string procedure;
  for (const Statement& s : by_arrival) {
    if (s.kind == StatementKind::kSnapshot && !s.procedure.empty()) procedure = s.procedure;
  }
  return procedure;
}

Instant ReceiptOf(const std::vector<Statement>& by_arrival) {
  Instant received;
  for (const Statement& s : by_arrival) {
    if (s.kind == StatementKind::kSnapshot && s.received_at) received = *s.received_at;
  }
  return received;
}

// Of the last snapshot, else of the last row.
const Statement& SpokenBy(const std::vector<Statement>& by_arrival) {
  for (auto s = by_arrival.rbegin(); s != by_arrival.rend(); ++s) {
    if (s->kind == StatementKind::kSnapshot) return *s;
  }
  return by_arrival.back();
}

bool HasSnapshot(const std::vector<Statement>& by_arrival) {
  return SpokenBy(by_arrival).kind == StatementKind::kSnapshot;
}

// A step is told in time where anybody told it in time.
bool CameInTime(const std::vector<Statement>& by_arrival, int64_t allowed_us) {
  std::map<std::pair<int64_t, Status>, Instant> first_told;
  for (const Step& step : StepsOf(by_arrival)) {
    const auto [at, is_new] = first_told.try_emplace({step.event.us, step.status}, step.recorded);
    if (!is_new) at->second = std::min(at->second, step.recorded);
  }
  return std::all_of(first_told.begin(), first_told.end(), [&](const auto& step) {
    return step.second.us - step.first.first <= allowed_us;
  });
}

std::map<std::string, bool> FactsOfOne(const std::string& case_id,
                                       const std::vector<Statement>& by_arrival,
                                       const Procedure* procedure, const Links& links,
                                       CaseState state, int64_t sync_in_time_us) {
  const uint32_t flags = FlagsOf(by_arrival);
  const auto has = [&](uint32_t any) { return (flags & any) != 0; };
  std::map<std::string, bool> facts;
  facts["all"] = true;
  facts["on_time"] = state == CaseState::kResolvedEarly || state == CaseState::kResolvedOnTime ||
                     state == CaseState::kPendingInTime;
  facts["troubled"] = links.complained.contains(case_id) || links.disliked.contains(case_id);
  facts["content"] = facts["on_time"] && !facts["troubled"];
  facts["online"] = ChannelOf(by_arrival) == 2;
  facts["documented"] = procedure == nullptr || procedure->returns_document;
  facts["e_result"] =
      facts["documented"] && has(kHasResultCode) && has(kHasElectronicResult);
  facts["online_complete"] = facts["online"] && (!facts["documented"] || facts["e_result"]);
  facts["digitised"] =
      has(kHasSubmittedFile) && (!facts["documented"] || has(kHasElectronicResult));
  facts["digitised_part"] = has(kHasDigitisedPart);
  facts["reused"] = has(kHasReusedPart);
  facts["stored"] = has(kFromPersonalStore);
  facts["population"] = has(kVneidVerified | kFromPersonalStore | kUsesPopulationData);
  const bool only_zero_fees = has(kHasFeeLine) && !has(kHasNonZeroFee);
  facts["fee"] = procedure != nullptr && procedure->has_fee && !only_zero_fees;
  facts["fee_told"] = facts["fee"] && has(kHasNonZeroFee);
  facts["paid_online"] =
      facts["fee"] && (has(kPaidOnNationalGateway | kPaidOnLocalGateway) ||
                       links.paid_online.contains(case_id));
  facts["synchronised"] = HasSnapshot(by_arrival);
  facts["synced_in_time"] = facts["synchronised"] && CameInTime(by_arrival, sync_in_time_us);
  return facts;
}

// --- what senders do not tell

// What a sender must once have told for a fact to mean anything, and whom it can be told of.
struct Told {
  std::string by;
  std::string of;
};
const std::map<std::string, Told> kTold = {
    {"e_result", {"e_result", "documented"}},  {"online_complete", {"e_result", "documented"}},
    {"digitised", {"digitised", "all"}},       {"digitised_part", {"digitised_part", "all"}},
    {"reused", {"reused", "all"}},             {"stored", {"stored", "all"}},
    {"population", {"population", "all"}},     {"fee_told", {"fee_told", "fee"}},
    {"paid_online", {"paid_online", "fee"}},
};

using Untold = std::map<std::pair<std::string, std::string>, int64_t>;
Untold UntoldOf(const std::map<std::string, CaseFacts>& cases, int64_t least_cases) {
  Untold could, told;
  for (const auto& [id, of] : cases) {
    for (const auto& [fact, rule] : kTold) {
      could[{of.sender, rule.by}] += rule.by == fact && of.facts.at(rule.of);
      told[{of.sender, rule.by}] += rule.by == fact && of.facts.at(fact);
    }
  }
  Untold untold;
  for (const auto& [key, count] : could) {
    if (count >= least_cases && told[key] == 0) untold[key] = count;
  }
  return untold;
}

// Of what is not told, the cases among `own` that could have it.
Untold UntoldCasesOf(const std::map<std::string, CaseFacts>& own, const Untold& untold) {
  Untold cases;
  for (const auto& [key, everywhere] : untold) {
    for (const auto& [id, of] : own) {
      if (of.sender == key.first && of.facts.at(kTold.at(key.second).of)) ++cases[key];
    }
  }
  return cases;
}

// --- one question, all that is read for it

struct Asked {
  const IndicatorWorld& world;
  const SheetQuestion& question;
  Instant cut_off;
  std::shared_ptr<const UnitTree> tree;
  UnitId unit = 0;
  std::vector<bool> below;
  std::shared_ptr<const ProcedureCatalogue> catalogue;
  std::map<std::string, CaseFacts> own;   // of the unit's subtree, and of the procedure asked
  Untold untold;

  bool IsBelow(const std::string& code) const {
    const auto id = tree->Find(code);
    return id && below[*id];
  }
};

Question PlainQuestion(const SheetQuestion& q, const std::string& unit) {
  return {unit, q.period, Rule::kQd766, q.now, q.as_of, q.known_at};
}

std::vector<Statement> StatementsOf(const IndicatorWorld& world) {
  std::vector<Statement> statements;
  for (const Arrival& arrival : world.arrivals) statements.push_back(arrival.statement);
  return statements;
}

World WorldAt(const IndicatorWorld& world, std::optional<Instant> known_at) {
  World at = world.world;
  at.procedures = CatalogueOf(world, known_at);
  return at;
}

// --- counters

// "handled.online": cases; "procedures.handled.online": distinct procedures; others: registers.
struct CounterName {
  bool of_cases = false;
  bool procedures = false;
  bool received = false;
  std::string fact;   // or the whole name of a register counter
};
CounterName Parse(std::string name) {
  CounterName parsed;
  const std::string all = name;
  const auto cut = [&](const std::string& prefix) {
    if (!name.starts_with(prefix)) return false;
    name.erase(0, prefix.size());
    return true;
  };
  parsed.procedures = cut("procedures.");
  parsed.received = cut("received.");
  parsed.of_cases = parsed.received || cut("handled.");
  parsed.fact = parsed.of_cases ? name : all;
  return parsed;
}

bool IsCompetent(const Asked& asked, const Procedure& procedure) {
  if (!procedure.units.empty()) {
    return std::any_of(procedure.units.begin(), procedure.units.end(),
                       [&](const std::string& code) { return asked.IsBelow(code); });
  }
  for (UnitId id = 0; id < asked.tree->size(); ++id) {
    if (asked.below[id] && NameOf(asked.tree->at(id).level) == procedure.level) return true;
  }
  return false;
}

// nullopt: no counter of the catalogue that is read here.
std::optional<bool> Counts(const Asked& asked, const std::string& counter, const Procedure& p) {
  if (!counter.starts_with("catalogue.")) return std::nullopt;
  if (!IsCompetent(asked, p)) return false;
  const bool online = p.online && *p.online != OnlineService::kNone;
  if (counter == "catalogue.authority") return true;
  if (counter == "catalogue.online") return online;
  if (counter == "catalogue.services") return online && p.service_open;
  if (counter == "catalogue.citizen") return p.citizens.value_or(false);
  if (counter == "catalogue.fee") return p.has_fee;
  return std::nullopt;
}

// Departments are competent by name only: one that nothing names may be for any procedure of the
// province that names nobody.
bool MayBeForDepartments(const Asked& asked) {
  for (UnitId id = 0; id < asked.tree->size(); ++id) {
    const UnitLevel level = asked.tree->at(id).level;
    const bool by_name = level == UnitLevel::kDepartment || level == UnitLevel::kUnknown;
    if (asked.below[id] && !by_name) return false;
  }
  const auto& all = asked.catalogue->all();
  return std::any_of(all.begin(), all.end(), [](const Procedure& p) {
           return p.units.empty() && p.level == "province";
         }) &&
         std::none_of(all.begin(), all.end(),
                      [&](const Procedure& p) { return IsCompetent(asked, p); });
}

std::optional<int64_t> CountCatalogue(const Asked& asked, const std::string& counter) {
  int64_t count = 0;
  for (const Procedure& procedure : asked.catalogue->all()) {
    const auto counts = Counts(asked, counter, procedure);
    if (!counts && IsCompetent(asked, procedure)) return std::nullopt;
    count += counts.value_or(false);
  }
  return count;
}

// Petitions: answered within 15 working days of their first receipt, or still within them.
constexpr int kAnswerDays = 15;
struct JudgedPetition {
  bool handled = false;          // received in the period, or handled in it
  bool first_received = false;   // in the period
  bool in_time = false;
};
JudgedPetition Judge(const Petition& petition, const Asked& asked) {
  const Instant from = StartOf(asked.question.period.from);
  const Instant begun = petition.first_received_at.value_or(petition.sent_at);
  JudgedPetition judged;
  if (std::max(begun, petition.sent_at) > asked.cut_off) return judged;
  const bool answered = petition.answered_at && *petition.answered_at <= asked.cut_off;
  judged.first_received = begun >= from;
  judged.handled = judged.first_received || (answered && *petition.answered_at >= from);
  const Instant limit = asked.world.world.calendars->For(petition.unit)
                            .AddWorkingDays(begun, kAnswerDays)
                            .value();
  judged.in_time = DayOf(answered ? *petition.answered_at : asked.cut_off) <= DayOf(limit);
  return judged;
}

std::optional<int64_t> CountPetitions(const Asked& asked, const std::string& counter) {
  std::map<std::string, int64_t> counts;
  for (const auto& [key, line] :
       RowsOf(asked.world, RegisterId::kPetitions, asked.question.known_at)) {
    const auto& petition = std::get<Petition>(line.row);
    if (!asked.IsBelow(petition.unit)) continue;
    const JudgedPetition judged = Judge(petition, asked);
    counts["petitions.handled"] += judged.handled;
    counts["petitions.on_time"] += judged.handled && judged.in_time;
    counts["petitions.about_rules"] += judged.handled && petition.about == "rules";
    counts["petitions.about_staff"] += judged.handled && petition.about == "staff";
    counts["petitions.first_received"] += judged.first_received;
    counts["petitions.satisfied"] += judged.first_received && judged.in_time &&
                                     petition.dislikes <= petition.likes &&
                                     !petition.complained_again;
  }
  return counts[counter];
}

// Only where the unit itself has a row for the period.
std::optional<int64_t> CountExpected(const Asked& asked) {
  for (const auto& [key, line] :
       RowsOf(asked.world, RegisterId::kSyncCounts, asked.question.known_at)) {
    const auto& row = std::get<SyncCount>(line.row);
    if (row.unit != asked.question.unit || row.period != asked.question.period) continue;
    if (row.bcqg || row.portal) return std::max(row.bcqg.value_or(0), row.portal.value_or(0));
  }
  return std::nullopt;
}

// A figure: read, known not to be measured, or to be taken from outside.
struct Figure {
  enum Kind { kRead, kNotMeasured, kOutside } kind = kOutside;
  int64_t value = 0;
};

Figure CountRegister(const Asked& asked, const std::string& counter) {
  const auto read = [](std::optional<int64_t> value) {
    return value ? Figure{Figure::kRead, *value} : Figure{};
  };
  const bool one_procedure = !asked.question.procedure.empty();
  if (counter.starts_with("petitions.") && !one_procedure) {
    if (!IsKept(asked.world, RegisterId::kPetitions, asked.question.known_at)) {
      return {Figure::kNotMeasured, 0};
    }
    return read(CountPetitions(asked, counter));
  }
  if (counter.starts_with("catalogue.") && !one_procedure) {
    if (MayBeForDepartments(asked)) return {Figure::kNotMeasured, 0};
    return read(CountCatalogue(asked, counter));
  }
  if (counter == "sync.expected" && !one_procedure) {
    if (!IsKept(asked.world, RegisterId::kSyncCounts, asked.question.known_at)) {
      return {Figure::kNotMeasured, 0};
    }
    return read(CountExpected(asked));
  }
  return {};
}

// Counts the cases in `cases` for a counter of cases; `over`: what the procedures must be of.
int64_t CountCases(const Asked& asked, const std::vector<const CaseFacts*>& cases,
                   const CounterName& counter, const std::string& over) {
  int64_t count = 0;
  std::set<std::string> procedures;
  for (const CaseFacts* of : cases) {
    if (!of->facts.at(counter.fact)) continue;
    ++count;
    if (over.starts_with("catalogue.")) {
      const Procedure* procedure = asked.catalogue->Find(of->procedure);
      if (procedure == nullptr || !Counts(asked, over, *procedure).value_or(false)) continue;
    }
    procedures.insert(of->procedure);
  }
  return counter.procedures ? static_cast<int64_t>(procedures.size()) : count;
}

// Both sides of an indicator.
struct Both {
  Figure numerator;
  Figure denominator;
  int64_t left_out = 0;
};

Both CountBoth(const Asked& asked, const Indicator& indicator) {
  const CounterName n = Parse(indicator.numerator);
  const CounterName d = Parse(indicator.denominator);
  std::set<std::string> needed;
  for (const CounterName& name : {n, d}) {
    if (!name.of_cases) continue;
    const auto told = kTold.find(name.fact);
    if (told != kTold.end()) needed.insert(told->second.by);
  }
  // Who leaves one side leaves the other; counted is who leaves what is counted over.
  std::vector<const CaseFacts*> kept;
  Both both;
  const CounterName& over = d.of_cases ? d : n;
  bool any_left = false;
  for (const auto& [id, of] : asked.own) {
    if (over.of_cases && over.received && !of.received) continue;
    const bool untold = std::any_of(needed.begin(), needed.end(), [&](const std::string& fact) {
      return asked.untold.contains({of.sender, fact});
    });
    const bool counted = !d.of_cases || of.facts.at(d.fact);
    if (untold) {
      both.left_out += counted;
    } else {
      kept.push_back(&of);
      any_left |= counted;
    }
  }
  const auto figure = [&](const CounterName& name, const std::string& over_name) {
    if (!name.of_cases) return CountRegister(asked, name.fact);
    if (both.left_out > 0 && !any_left) return Figure{Figure::kNotMeasured, 0};
    return Figure{Figure::kRead, CountCases(asked, kept, name, over_name)};
  };
  both.numerator = figure(n, indicator.denominator);
  both.denominator = figure(d, "");
  return both;
}

// --- points

using Wide = __int128;

// min(max, max × n ÷ d × m.n ÷ m.d ÷ target), half up.
int64_t Points(int64_t max_cents, Wide n, Wide d, int target_percent, Wide m_n, Wide m_d) {
  const Wide above = Wide{max_cents} * n * m_n * 100;
  const Wide under = d * m_d * target_percent;
  const Wide rounded = (2 * above + under) / (2 * under);
  return static_cast<int64_t>(std::min<Wide>(rounded, max_cents));
}

int TargetOf(const Indicator& indicator, const Period& period) {
  for (const auto& [year, percent] : indicator.target_of_year) {
    if (year == CivilOf(period.to).year) return percent;
  }
  return indicator.target_percent;
}

bool IsScored(const Indicator& indicator, bool below_province) {
  return indicator.max_points > 0 &&
         !(below_province && indicator.below_province == BelowProvince::kNoPoints);
}
bool IsFull(const Indicator& indicator, bool below_province) {
  return indicator.constant ||
         (below_province && indicator.below_province == BelowProvince::kFull);
}

// The maximum of each line in cents, parts of empty ones moved within their group.
std::vector<int64_t> MaximaOf(const IndicatorTable& table, const std::vector<SheetLine>& lines,
                              bool below_province) {
  std::vector<int64_t> maxima;
  for (const Indicator& indicator : table.indicators()) {
    maxima.push_back(IsScored(indicator, below_province) ? indicator.max_points * 100 : 0);
  }
  for (const IndicatorGroup& group : table.groups()) {
    std::vector<size_t> takers;
    int64_t given = 0;
    for (size_t i = 0; i < lines.size(); ++i) {
      const Indicator& indicator = table.indicators()[i];
      if (indicator.group != group.id || maxima[i] == 0) continue;
      if (IsFull(indicator, below_province)) continue;
      if (lines[i].state == "no_denominator" &&
          indicator.zero_denominator == ZeroDenominator::kSplit) {
        given += maxima[i];
      } else if (lines[i].denominator.value_or(0) > 0 && lines[i].state != "not_measured") {
        takers.push_back(i);
      }
    }
    if (takers.empty()) continue;
    const int64_t count = static_cast<int64_t>(takers.size());
    for (int64_t t = 0; t < count; ++t) {
      maxima[takers[static_cast<size_t>(t)]] += given / count + (t < given % count ? 1 : 0);
    }
  }
  return maxima;
}

std::optional<int64_t> WithoutDenominator(const Indicator& indicator, int64_t max_cents) {
  switch (indicator.zero_denominator) {
    case ZeroDenominator::kZero: return 0;
    case ZeroDenominator::kFull: return max_cents;
    case ZeroDenominator::kNone:
    case ZeroDenominator::kSplit: break;
  }
  return std::nullopt;
}

std::optional<int64_t> CentsOf(const SheetQuestion& question, const Indicator& indicator,
                               const SheetLine& line, const std::vector<SheetLine>& lines,
                               int64_t max_cents, bool below_province) {
  if (!IsScored(indicator, below_province)) return std::nullopt;
  if (IsFull(indicator, below_province)) return max_cents;
  if (line.state == "not_measured") return std::nullopt;
  if (line.denominator.value_or(0) == 0) return WithoutDenominator(indicator, max_cents);
  int64_t m_n = 1, m_d = 1;
  if (!indicator.multiplier.empty()) {
    const auto with = std::find_if(lines.begin(), lines.end(), [&](const SheetLine& one) {
      return one.id == indicator.multiplier;
    });
    if (with->state == "not_measured") return std::nullopt;
    m_n = *with->numerator;
    m_d = *with->denominator;
    if (m_d == 0) return WithoutDenominator(indicator, max_cents);
  }
  return Points(max_cents, *line.numerator, *line.denominator,
                TargetOf(indicator, question.period), m_n, m_d);
}

SheetLine LineOf(const Asked& asked, const Indicator& indicator, const GivenFigures& given,
                 bool below_province) {
  SheetLine line;
  line.id = indicator.id;
  line.state = "measured";
  if (IsFull(indicator, below_province)) return line;
  line.state = "not_measured";
  if (indicator.numerator.empty()) return line;

  const bool inherits = below_province && indicator.below_province == BelowProvince::kInherits;
  Both both;
  if (!inherits) both = CountBoth(asked, indicator);
  line.left_out = both.left_out;
  for (const Figure& figure : {both.numerator, both.denominator}) {
    if (figure.kind == Figure::kNotMeasured) return line;
  }
  const Given outside = given(indicator);
  for (const Figure& figure : {both.numerator, both.denominator}) {
    if (figure.kind == Figure::kOutside && !outside.measured) return line;
  }
  const auto value = [](const Figure& figure, int64_t other) {
    return figure.kind == Figure::kOutside ? other : figure.value;
  };
  const int64_t n = value(both.numerator, outside.numerator);
  const int64_t d = value(both.denominator, outside.denominator);
  if (n > d) return line;
  line.numerator = n;
  line.denominator = d;
  line.state = d == 0 ? "no_denominator" : inherits ? "inherited" : "measured";
  return line;
}

}  // namespace

std::map<std::string, CaseFacts> FactsOfCases(const IndicatorWorld& world,
                                              const SheetQuestion& q) {
  const std::vector<Statement> statements = StatementsOf(world);
  const World at = WorldAt(world, q.known_at);
  const Links links = LinksOf(world, q.known_at, CutOffOf(PlainQuestion(q, q.unit)));
  std::map<std::pair<std::string, uint64_t>, std::string> sender_of;
  for (const Arrival& arrival : world.arrivals) {
    sender_of[{arrival.statement.case_id, arrival.statement.identity}] = arrival.sender;
  }
  const auto judged = Ask(statements, at, PlainQuestion(q, ""));
  const auto units = UnitsOf(statements, q.known_at);
  std::map<std::string, CaseFacts> cases;
  for (const auto& [id, by_arrival] : CasesOf(statements, q.known_at)) {
    const auto of = judged.find(id);
    if (of == judged.end()) continue;
    CaseFacts facts;
    facts.procedure = ProcedureOf(by_arrival);
    facts.sender = sender_of.at({id, SpokenBy(by_arrival).identity});
    facts.received = !of->second.carried_over;
    if (of->second.finished_at) {
      facts.handling_us = at.calendars->For(units.at(id))
                              .WorkingTime(ReceiptOf(by_arrival), *of->second.finished_at);
    }
    facts.facts = FactsOfOne(id, by_arrival, at.procedures->Find(facts.procedure), links,
                             of->second.state, world.sync_in_time_us);
    cases[id] = std::move(facts);
  }
  return cases;
}

ScoreSheet Score(const IndicatorWorld& world, const SheetQuestion& q, const GivenFigures& given) {
  const std::vector<Statement> statements = StatementsOf(world);
  const World at = WorldAt(world, q.known_at);
  Asked asked{world, q, CutOffOf(PlainQuestion(q, q.unit)), TreeOf(at, statements), 0, {},
              at.procedures, {}, {}};
  asked.unit = asked.tree->Find(q.unit).value();
  const Day day = DayOf(asked.cut_off);
  asked.below = asked.tree->SubtreeOn(asked.unit, day);
  const auto everywhere = FactsOfCases(world, q);
  asked.untold = UntoldOf(everywhere, world.constant_flag_cases);
  for (const auto& [id, judged] : Ask(statements, at, PlainQuestion(q, q.unit))) {
    const CaseFacts& of = everywhere.at(id);
    if (q.procedure.empty() || of.procedure == q.procedure) asked.own[id] = of;
  }

  ScoreSheet sheet;
  sheet.untold = UntoldCasesOf(asked.own, asked.untold);
  sheet.handled = static_cast<int64_t>(asked.own.size());
  for (const auto& [id, of] : asked.own) {
    if (!of.received || of.handling_us < 0) continue;
    ++sheet.ended;
    sheet.handling_us += of.handling_us;
  }
  const bool below_province = asked.tree->ParentOn(asked.unit, day).has_value();
  for (const Indicator& indicator : q.table->indicators()) {
    sheet.lines.push_back(LineOf(asked, indicator, given, below_province));
  }
  const std::vector<int64_t> maxima = MaximaOf(*q.table, sheet.lines, below_province);
  sheet.group_cents.assign(q.table->groups().size(), 0);
  int64_t measured_cents = 0;
  for (size_t i = 0; i < sheet.lines.size(); ++i) {
    const Indicator& indicator = q.table->indicators()[i];
    SheetLine& line = sheet.lines[i];
    line.cents = CentsOf(q, indicator, line, sheet.lines, maxima[i], below_province);
    const bool given_away = line.state == "no_denominator" &&
                            indicator.zero_denominator == ZeroDenominator::kSplit;
    line.max_cents = int64_t{indicator.max_points} * 100;
    if (given_away) line.max_cents = 0;
    if (line.cents) line.max_cents = maxima[i];
    sheet.complete &= line.state != "not_measured";
    if (!line.cents) continue;
    measured_cents += maxima[i];
    for (size_t g = 0; g < sheet.group_cents.size(); ++g) {
      if (q.table->groups()[g].id == indicator.group) sheet.group_cents[g] += *line.cents;
    }
  }
  for (const int64_t cents : sheet.group_cents) sheet.total_cents += cents;
  sheet.measured_max = measured_cents / 100;
  for (const Band& band : q.table->bands()) {
    if (sheet.complete && sheet.total_cents >= band.from_points * 100) {
      sheet.band = band.code;
      break;
    }
  }
  return sheet;
}

}  // namespace tthc::reference
