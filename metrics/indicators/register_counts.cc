#include "metrics/indicators/register_counts.h"

#include <algorithm>
#include <map>

namespace tthc {
namespace {

constexpr std::string_view kReasonNotKept = "register_not_kept";
constexpr std::string_view kReasonNoRow = "no_row_for_period";
constexpr std::string_view kReasonCompetence = "competence_not_told";
constexpr std::string_view kProvinceLevel = "province";   // of a procedure
constexpr std::string_view kReasonNotTold = "catalogue_does_not_tell";

// What a count is made of.
struct Asked {
  const RegisterFacts& facts;
  const RegisterUnit& unit;
  const RegisterQuestion& question;
  const UnitTree& tree;
  const CalendarBook& calendars;

  bool Has(std::string_view code) const {
    const auto id = tree.Find(code);
    return id && *id < unit.subtree.size() && unit.subtree[*id];
  }
  bool InPeriod(Instant at) const {
    return StartOf(question.period.from) <= at && at <= question.cut_off;
  }
};

// The last day for what may take `days` working days after `day`.
Day LastDay(const WorkCalendar& calendar, Day day, int days) {
  const auto end = calendar.AddWorkingDays(StartOf(day), days);
  return end ? tthc::DayOf(*end) : day;
}

// --- publications: each procedure once, and on time only where every one of its decisions was

using JudgePublication = bool (*)(const Publication&, const Asked&);

RegisterCount CountPublished(const Asked& asked, JudgePublication counts, JudgePublication kept) {
  if (!asked.facts.publications_kept) return {std::nullopt, kReasonNotKept};
  std::map<std::string_view, bool> procedures;
  for (const Publication& one : asked.facts.publications) {
    if (!asked.Has(one.unit) || !counts(one, asked)) continue;
    const auto known = procedures.try_emplace(one.procedure, true).first;
    known->second &= kept(one, asked);
  }
  return {std::count_if(procedures.begin(), procedures.end(),
                        [](const auto& procedure) { return procedure.second; }),
          ""};
}

bool Always(const Publication&, const Asked&) { return true; }

bool IsPublicNow(const Publication& one, const Asked& asked) {
  return one.published_at && *one.published_at <= asked.question.cut_off;
}
bool IsDecidedInPeriod(const Publication& one, const Asked& asked) {
  return asked.InPeriod(StartOf(one.decided_on)) && one.effective_on;
}
bool IsPublishedInPeriod(const Publication& one, const Asked& asked) {
  return IsDecidedInPeriod(one, asked) && IsPublicNow(one, asked);
}
bool IsDecidedInTime(const Publication& one, const Asked& asked) {
  return PublishedInTime(one, asked.calendars.For(one.unit));
}

bool IsUpdateDue(const Publication& one, const Asked& asked) {
  if (IsPublicNow(one, asked)) return asked.InPeriod(*one.published_at);
  return LastSecondOf(MakePublicBy(one, asked.calendars.For(one.unit))) <= asked.question.cut_off;
}
bool IsUpdatedInTime(const Publication& one, const Asked& asked) {
  return IsPublicNow(one, asked) &&
         DayOf(*one.published_at) <= MakePublicBy(one, asked.calendars.For(one.unit));
}

// --- the catalogue

bool IsCompetent(const Procedure& procedure, const RegisterUnit& unit, const UnitTree& tree) {
  if (procedure.units.empty()) {
    return std::any_of(unit.levels.begin(), unit.levels.end(), [&](UnitLevel level) {
      return NameOf(level) == procedure.level;
    });
  }
  return std::any_of(procedure.units.begin(), procedure.units.end(), [&](const std::string& code) {
    const auto id = tree.Find(code);
    return id && *id < unit.subtree.size() && unit.subtree[*id];
  });
}

bool IsOnline(const Procedure& p) { return p.online.value_or(OnlineService::kNone) != OnlineService::kNone; }

struct CatalogueRow {
  std::string_view name;
  bool (*counts)(const Procedure&);
  // What the catalogue may leave unsaid; where it says it of none, nothing can be counted.
  bool (*told)(const Procedure&);
};
bool Yes(const Procedure&) { return true; }
constexpr CatalogueRow kCatalogue[] = {
    {"catalogue.authority", Yes, Yes},
    {"catalogue.public", [](const Procedure& p) { return p.is_public; }, Yes},
    {"catalogue.complete", [](const Procedure& p) { return p.is_public && p.complete.value_or(false); },
     [](const Procedure& p) { return p.complete.has_value(); }},
    {"catalogue.online", IsOnline, [](const Procedure& p) { return p.online.has_value(); }},
    {"catalogue.services", [](const Procedure& p) { return IsOnline(p) && p.service_open; },
     [](const Procedure& p) { return p.online.has_value(); }},
    {"catalogue.citizen", [](const Procedure& p) { return p.citizens.value_or(false); },
     [](const Procedure& p) { return p.citizens.has_value(); }},
    {"catalogue.fee", [](const Procedure& p) { return p.has_fee; }, Yes},
};
const CatalogueRow* CatalogueRowNamed(std::string_view name) {
  const auto row = std::find_if(std::begin(kCatalogue), std::end(kCatalogue),
                                [&](const CatalogueRow& one) { return one.name == name; });
  return row == std::end(kCatalogue) ? nullptr : row;
}

// A department is competent by name only: a procedure of the province that names nobody could be its.
bool CompetenceIsTold(const Asked& asked) {
  const bool has_level = std::any_of(
      asked.unit.levels.begin(), asked.unit.levels.end(), [](UnitLevel level) {
        return level != UnitLevel::kDepartment && level != UnitLevel::kUnknown;
      });
  return has_level || std::none_of(asked.facts.procedures.begin(), asked.facts.procedures.end(),
                                   [](const Procedure& p) {
                                     return p.units.empty() && p.level == kProvinceLevel;
                                   });
}

RegisterCount CountCatalogue(const CatalogueRow& row, const Asked& asked) {
  int64_t competent = 0, told = 0, counted = 0;
  for (const Procedure& procedure : asked.facts.procedures) {
    if (!IsCompetent(procedure, asked.unit, asked.tree)) continue;
    ++competent;
    told += row.told(procedure);
    counted += row.counts(procedure);
  }
  if (competent == 0 && !CompetenceIsTold(asked)) return {std::nullopt, kReasonCompetence};
  if (competent > 0 && told == 0) return {std::nullopt, kReasonNotTold};
  return {counted, ""};
}

// --- petitions

using CountsPetition = bool (*)(const Petition&, PetitionState, const Asked&);

Instant WaitingSince(const Petition& petition) {
  if (petition.first_received_at) return *petition.first_received_at;
  return petition.handed_over_at.value_or(petition.sent_at);
}
bool IsInTime(PetitionState state) {
  return state == PetitionState::kHandledInTime || state == PetitionState::kInProcessInTime;
}
bool IsFirstReceived(const Petition& petition, PetitionState state, const Asked& asked) {
  return state != PetitionState::kOutside && asked.InPeriod(WaitingSince(petition));
}
// Received in the period or handled in it. One of an earlier period that is still in process is
// neither: it counts when it is handled.
bool IsReceivedOrHandled(const Petition& petition, PetitionState state, const Asked& asked) {
  return state == PetitionState::kHandledInTime || state == PetitionState::kHandledLate ||
         IsFirstReceived(petition, state, asked);
}
bool IsHandledInTime(const Petition& petition, PetitionState state, const Asked& asked) {
  return IsReceivedOrHandled(petition, state, asked) && IsInTime(state);
}
bool IsSatisfied(const Petition& petition, PetitionState state, const Asked& asked) {
  return IsFirstReceived(petition, state, asked) && IsInTime(state) &&
         petition.dislikes <= petition.likes && !petition.complained_again;
}

RegisterCount CountPetitions(const Asked& asked, CountsPetition counts) {
  if (!asked.facts.petitions_kept) return {std::nullopt, kReasonNotKept};
  const Instant from = StartOf(asked.question.period.from);
  int64_t count = 0;
  for (const Petition& one : asked.facts.petitions) {
    if (!asked.Has(one.unit)) continue;
    const PetitionState state =
        JudgePetition(one, from, asked.question.cut_off, asked.calendars.For(one.unit));
    count += counts(one, state, asked);
  }
  return {count, ""};
}

// --- e-certified copies: communes that exist on the day

bool IsCommuneOn(const Unit& unit, Day day) {
  return unit.level == UnitLevel::kCommune && (!unit.valid_from || *unit.valid_from <= day) &&
         (!unit.valid_to || day <= *unit.valid_to);
}

RegisterCount CountCommunes(const Asked& asked) {
  const Day day = DayOf(asked.question.cut_off);
  int64_t communes = 0;
  for (UnitId id = 0; id < asked.unit.subtree.size(); ++id) {
    communes += asked.unit.subtree[id] && IsCommuneOn(asked.tree.at(id), day);
  }
  return {communes, ""};
}

RegisterCount CountOffering(const Asked& asked) {
  if (!asked.facts.copies_kept) return {std::nullopt, kReasonNotKept};
  const Day day = DayOf(asked.question.cut_off);
  int64_t offering = 0;
  for (const EformCopy& copy : asked.facts.copies) {
    const bool in_force =
        copy.offered && (!copy.since || *copy.since <= day) && (!copy.until || day <= *copy.until);
    offering += in_force && asked.Has(copy.unit) &&
                IsCommuneOn(asked.tree.at(*asked.tree.Find(copy.unit)), day);
  }
  return {offering, ""};
}

// --- cases that BCQG and the portal have

const SyncCount* SyncRowOf(const Asked& asked, const Period& period) {
  const std::string& code = asked.tree.at(asked.unit.id).code;
  for (const SyncCount& row : asked.facts.sync_counts) {
    const bool counts = row.indicator.empty() && (row.bcqg || row.portal);
    if (counts && row.unit == code && row.period == period) return &row;
  }
  return nullptr;
}

// Periods that make up this one: quarters of a half-year, months of a quarter, halves of a year.
std::vector<Period> PartsOf(const Period& period) {
  constexpr int kMonthsOfParts[] = {6, 3, 1};
  std::vector<Period> parts;
  for (const int months : kMonthsOfParts) {
    for (Day from = period.from; from <= period.to;) {
      const CivilDate begin = CivilOf(from);
      const int month = static_cast<int>(begin.month) - 1 + months;
      const CivilDate next{begin.year + month / 12, static_cast<unsigned>(month % 12 + 1), 1};
      parts.push_back({from, tthc::DayOf(next) - 1});
      from = parts.back().to + 1;
    }
    if (parts.size() > 1 && parts.back().to == period.to) return parts;
    parts.clear();
  }
  return parts;
}

bool IsNamed(const Period& period) { return LabelOf(period).find("..") == std::string::npos; }

std::optional<int64_t> ReportedCases(const Asked& asked, const Period& period) {
  if (const SyncCount* row = SyncRowOf(asked, period)) {
    return std::max(row->bcqg.value_or(0), row->portal.value_or(0));
  }
  if (!IsNamed(period)) return std::nullopt;
  const std::vector<Period> parts = PartsOf(period);
  if (parts.empty()) return std::nullopt;
  int64_t sum = 0;
  for (const Period& part : parts) {
    const auto cases = ReportedCases(asked, part);
    if (!cases) return std::nullopt;
    sum += *cases;
  }
  return sum;
}

// The year before, in equal parts, half up (766 spec F, CKMB.4).
std::optional<int64_t> ShareOfYearBefore(const Asked& asked) {
  const Period& period = asked.question.period;
  if (!IsNamed(period)) return std::nullopt;
  const CivilDate from = CivilOf(period.from), to = CivilOf(period.to);
  const int64_t months = static_cast<int64_t>(to.month) - from.month + 1;
  const SyncCount* year = SyncRowOf(
      asked, {tthc::DayOf(CivilDate{from.year - 1, 1, 1}), tthc::DayOf(CivilDate{from.year - 1, 12, 31})});
  if (year == nullptr || !year->bcqg) return std::nullopt;
  return (2 * *year->bcqg * months + 12) / 24;
}

RegisterCount CountExpected(const Asked& asked) {
  if (!asked.facts.sync_kept) return {std::nullopt, kReasonNotKept};
  if (const auto cases = ReportedCases(asked, asked.question.period)) return {*cases, ""};
  if (const auto share = ShareOfYearBefore(asked)) return {*share, ""};
  return {std::nullopt, kReasonNoRow};
}

// --- the table

struct CounterRow {
  std::string_view name;
  RegisterCount (*count)(const Asked&);
};
template <JudgePublication counts, JudgePublication kept>
RegisterCount Published(const Asked& asked) {
  return CountPublished(asked, counts, kept);
}
template <CountsPetition counts>
RegisterCount Petitions(const Asked& asked) {
  return CountPetitions(asked, counts);
}
constexpr CounterRow kCounters[] = {
    {"publications.due", Published<IsPublishedInPeriod, Always>},
    {"publications.on_time", Published<IsPublishedInPeriod, IsDecidedInTime>},
    {"publications.decided", Published<IsDecidedInPeriod, Always>},
    {"publications.decided_on_time", Published<IsDecidedInPeriod, IsDecidedInTime>},
    {"publications.update_due", Published<IsUpdateDue, Always>},
    {"publications.updated_on_time", Published<IsUpdateDue, IsUpdatedInTime>},
    {"petitions.handled", Petitions<IsReceivedOrHandled>},
    {"petitions.on_time", Petitions<IsHandledInTime>},
    {"petitions.first_received", Petitions<IsFirstReceived>},
    {"petitions.satisfied", Petitions<IsSatisfied>},
    {"petitions.about_rules",
     Petitions<[](const Petition& one, PetitionState state, const Asked& asked) {
       return IsReceivedOrHandled(one, state, asked) && one.about == "rules";
     }>},
    {"petitions.about_staff",
     Petitions<[](const Petition& one, PetitionState state, const Asked& asked) {
       return IsReceivedOrHandled(one, state, asked) && one.about == "staff";
     }>},
    {"copies.managed", CountCommunes},
    {"copies.offering", CountOffering},
    {"sync.expected", CountExpected},
};
const CounterRow* CounterNamed(std::string_view name) {
  const auto row = std::find_if(std::begin(kCounters), std::end(kCounters),
                                [&](const CounterRow& one) { return one.name == name; });
  return row == std::end(kCounters) ? nullptr : row;
}

}  // namespace

RegisterUnit RegisterUnit::Of(UnitId id, std::vector<bool> subtree, const UnitTree& tree) {
  RegisterUnit unit{id, std::move(subtree), {}};
  for (UnitId below = 0; below < unit.subtree.size(); ++below) {
    const UnitLevel level = tree.at(below).level;
    const bool known = std::find(unit.levels.begin(), unit.levels.end(), level) != unit.levels.end();
    if (unit.subtree[below] && !known) unit.levels.push_back(level);
  }
  return unit;
}

bool PublishedInTime(const Publication& publication, const WorkCalendar& calendar) {
  const int days = publication.ministry ? kPublishBeforeDaysMinistry : kPublishBeforeDaysProvince;
  return publication.effective_on &&
         LastDay(calendar, publication.decided_on, days) <= *publication.effective_on;
}

Day MakePublicBy(const Publication& publication, const WorkCalendar& calendar) {
  const int days = publication.ministry ? kMakePublicDaysMinistry : kMakePublicDaysProvince;
  return LastDay(calendar, publication.decided_on, days);
}

PetitionState JudgePetition(const Petition& petition, Instant from, Instant cut_off,
                            const WorkCalendar& calendar) {
  const Instant waiting = WaitingSince(petition);
  if (std::max(waiting, petition.sent_at) > cut_off) return PetitionState::kOutside;
  const auto happened = [&](const std::optional<Instant>& at) { return at && *at <= cut_off; };
  const auto within = [&](Instant begin, int days, Instant end) {
    return DayOf(end) <= LastDay(calendar, DayOf(begin), days);
  };
  if (happened(petition.answered_at)) {
    if (*petition.answered_at < from) return PetitionState::kOutside;
    const bool published_in_time =
        !happened(petition.published_at) ||
        within(*petition.answered_at, kPublishAnswerDays, *petition.published_at);
    const bool in_time = within(waiting, kAnswerPetitionDays, *petition.answered_at);
    return in_time && published_in_time ? PetitionState::kHandledInTime
                                        : PetitionState::kHandledLate;
  }
  if (happened(petition.refused_at)) {
    if (*petition.refused_at < from) return PetitionState::kOutside;
    const Instant begin = petition.handed_over_at.value_or(petition.sent_at);
    return within(begin, kRefusePetitionDays, *petition.refused_at) ? PetitionState::kHandledInTime
                                                                    : PetitionState::kHandledLate;
  }
  const bool in_time = happened(petition.supplement_asked_at)
                           ? within(waiting, kSupplementPetitionDays, *petition.supplement_asked_at)
                           : within(waiting, kAnswerPetitionDays, cut_off);
  return in_time ? PetitionState::kInProcessInTime : PetitionState::kInProcessLate;
}

bool IsRegisterCounter(std::string_view name) {
  return CounterNamed(name) != nullptr || CatalogueRowNamed(name) != nullptr;
}

bool CountsProcedure(std::string_view name, const Procedure& procedure, const RegisterUnit& unit,
                     const UnitTree& tree) {
  const CatalogueRow* row = CatalogueRowNamed(name);
  return row != nullptr && row->counts(procedure) && IsCompetent(procedure, unit, tree);
}

RegisterCount CountRegister(std::string_view name, const RegisterFacts& facts,
                            const RegisterUnit& unit, const RegisterQuestion& question,
                            const UnitTree& tree, const CalendarBook& calendars) {
  const Asked asked{facts, unit, question, tree, calendars};
  if (const CatalogueRow* row = CatalogueRowNamed(name)) return CountCatalogue(*row, asked);
  if (const CounterRow* row = CounterNamed(name)) return row->count(asked);
  return {std::nullopt, kReasonNotTold};
}

}  // namespace tthc
