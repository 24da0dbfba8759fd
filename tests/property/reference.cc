#include "reference.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace tthc::reference {
namespace {

using Statements = std::vector<Statement>;

auto ArrivalKey(const Statement& s) {
  return std::make_tuple(s.recorded, s.position, static_cast<int>(s.status), s.identity);
}

// Said again is said once, at its earliest arrival.
Statements WithoutRepetition(const Statements& arrivals) {
  std::map<uint64_t, Statement> by_identity;
  for (const Statement& s : arrivals) {
    const auto [at, is_new] = by_identity.try_emplace(s.identity, s);
    if (!is_new && ArrivalKey(s) < ArrivalKey(at->second)) at->second = s;
  }
  Statements out;
  for (auto& [identity, s] : by_identity) {
    if (s.dated_by == DatedBy::kArrival) s.event = s.recorded;
    out.push_back(s);
  }
  std::sort(out.begin(), out.end(),
            [](const Statement& a, const Statement& b) { return ArrivalKey(a) < ArrivalKey(b); });
  return out;
}

bool IsSnapshot(const Statement& s) { return s.kind == StatementKind::kSnapshot; }

bool IsEnd(Status status) {
  return status == Status::kRefused || status == Status::kWithdrawn ||
         status == Status::kStopped || status == Status::kFinished || status == Status::kReturned;
}

// The statuses that end a case under a rule.
bool Ends(Rule rule, Status status) {
  if (rule == Rule::kQd766) return IsEnd(status);
  return status == Status::kWithdrawn || status == Status::kFinished ||
         status == Status::kReturned;
}

struct Row {
  Instant event;
  uint64_t sender_sequence;
  Instant recorded;
  uint32_t position;
  Status status;
  uint64_t identity;
};
bool operator<(const Row& a, const Row& b) {
  return std::make_tuple(a.event, a.sender_sequence, a.recorded, a.position,
                         static_cast<int>(a.status), a.identity) <
         std::make_tuple(b.event, b.sender_sequence, b.recorded, b.position,
                         static_cast<int>(b.status), b.identity);
}

Row RowOf(const Statement& s, Instant event, Status status) {
  return {event, s.sender_sequence, s.recorded, s.position, status, s.identity};
}

// The rows one statement makes: its status, and the 9 that a 10 dates.
std::vector<Row> RowsOfOne(const Statement& s) {
  std::vector<Row> rows;
  if (s.status == Status::kNone) return rows;
  rows.push_back(RowOf(s, s.event, s.status));
  if (IsSnapshot(s) && s.status == Status::kReturned && s.finished_at) {
    rows.push_back(RowOf(s, *s.finished_at, Status::kFinished));
  }
  return rows;
}

// A snapshot dated by its arrival only, whose case had ended by then as a later snapshot tells.
bool IsVoid(const Statements& by_arrival, size_t i) {
  const Statement& s = by_arrival[i];
  if (!IsSnapshot(s) || s.dated_by != DatedBy::kArrival) return false;
  for (size_t later = i + 1; later < by_arrival.size(); ++later) {
    if (!IsSnapshot(by_arrival[later])) continue;
    for (const Row& row : RowsOfOne(by_arrival[later])) {
      if (IsEnd(row.status) && row.event <= s.event) return true;
    }
  }
  return false;
}

std::vector<Row> RowsUpTo(const Statements& by_arrival, Instant cut_off) {
  std::vector<Row> rows;
  for (size_t i = 0; i < by_arrival.size(); ++i) {
    const bool is_void = IsVoid(by_arrival, i);
    for (const Row& row : RowsOfOne(by_arrival[i])) {
      // Only the row that the arrival dates is void; a 9 dated by NgayKetThucXuLy stands.
      if (is_void && row.status == by_arrival[i].status) continue;
      if (row.event <= cut_off) rows.push_back(row);
    }
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

struct Facts {
  std::optional<Instant> received_at;
  std::string unit;
  std::string procedure;
  int channel = 0;
  bool accepted = false;
  std::optional<Instant> due;
  std::vector<Instant> new_dues;     // when a due date other than the one before was recorded
  std::optional<Instant> stated_end;
  Instant stated_end_recorded;
};

Facts FactsOf(const Statements& by_arrival) {
  Facts facts;
  for (const Statement& s : by_arrival) {
    const int code = static_cast<int>(s.status);
    if (code == 2 || code >= 4) facts.accepted = true;
    if (!IsSnapshot(s)) continue;
    if (s.received_at) facts.received_at = s.received_at;
    if (!s.unit.empty()) facts.unit = s.unit;
    if (!s.procedure.empty()) facts.procedure = s.procedure;
    if (s.channel != 0) facts.channel = s.channel;
    if (s.due_at) {
      if (facts.due && *facts.due != *s.due_at) facts.new_dues.push_back(s.recorded);
      facts.due = s.due_at;
    }
    facts.stated_end = s.finished_at;
    facts.stated_end_recorded = s.recorded;
  }
  return facts;
}

struct End {
  Instant at;
  bool withdrawn = false;
  bool finished = false;   // with 9 or 10
};

// Takes the last ended stretch off the rows where it ends after the cut-off.
std::optional<End> EndOf(std::vector<Row>& rows, Rule rule, const Facts& facts, Instant cut_off) {
  size_t first = rows.size();
  while (first > 0 && Ends(rule, rows[first - 1].status)) --first;
  if (first == rows.size()) return std::nullopt;

  std::optional<Row> nine, ten;
  for (size_t i = first; i < rows.size(); ++i) {
    if (rows[i].status == Status::kFinished && !nine) nine = rows[i];
    if (rows[i].status == Status::kReturned && !ten) ten = rows[i];
  }
  End end;
  end.finished = nine || ten;
  if (end.finished) {
    end.at = nine ? nine->event : ten->event;
    if (facts.stated_end) {
      const bool of_earlier_stretch = first > 0 &&
                                      rows[first - 1].recorded > facts.stated_end_recorded &&
                                      rows[first - 1].event > *facts.stated_end;
      if (!of_earlier_stretch) end.at = *facts.stated_end;
    }
  } else {
    end.at = rows[first].event;
    end.withdrawn = rows[first].status == Status::kWithdrawn;
  }
  if (end.at > cut_off) {
    rows.resize(first);
    return std::nullopt;
  }
  return end;
}

struct Request {
  Instant from;
  std::optional<Instant> to;   // the next row of another status
};

std::vector<Request> RequestsOf(const std::vector<Row>& rows) {
  std::vector<Request> requests;
  for (size_t i = 0; i < rows.size(); ++i) {
    const bool asked = rows[i].status == Status::kSupplement;
    const bool was_asked = i > 0 && rows[i - 1].status == Status::kSupplement;
    if (asked && !was_asked) requests.push_back({rows[i].event, std::nullopt});
    if (!asked && was_asked) requests.back().to = rows[i].event;
  }
  return requests;
}

int64_t WaitedBefore(Instant until, const std::vector<Request>& requests, const Facts& facts) {
  int64_t sum = 0;
  for (const Request& request : requests) {
    if (!request.to) continue;
    const bool replaced = std::any_of(facts.new_dues.begin(), facts.new_dues.end(),
                                      [&](Instant at) { return at >= request.from; });
    const Instant to = std::min(*request.to, until);
    if (!replaced && to > request.from) sum += to - request.from;
  }
  return sum;
}

std::optional<Instant> StatutoryOf(const Facts& facts, const World& world) {
  const Procedure* procedure = world.procedures->Find(facts.procedure);
  if (procedure == nullptr || !procedure->limit) return std::nullopt;
  const auto due =
      StatutoryDue(*procedure->limit, *facts.received_at, world.calendars->For(facts.unit));
  return due.has_value() ? std::optional<Instant>(*due) : std::nullopt;
}

// A state, and whether it is owed to there being no due date.
struct Outcome {
  CaseState state;
  bool no_due_date = false;
};

Outcome Qd766(const std::vector<Row>& rows, const std::optional<End>& end, const Facts& facts,
              const std::optional<Instant>& due, Instant cut_off) {
  const auto requests = RequestsOf(rows);
  const CaseState in_time = end ? CaseState::kResolvedOnTime : CaseState::kPendingInTime;
  const CaseState late = end ? CaseState::kResolvedLate : CaseState::kPendingLate;
  if (end && end->withdrawn) return {in_time};
  if (requests.size() > 1) return {late};
  if (!due) return {in_time, true};
  Instant compared = end ? end->at : cut_off;
  if (!end && !rows.empty() && rows.back().status == Status::kSupplement) {
    compared = requests.back().from;
  } else {
    compared = compared - WaitedBefore(compared, requests, facts);
  }
  return {compared <= *due ? in_time : late};
}

Outcome Form06(const std::vector<Row>& rows, const std::optional<End>& end,
               const std::optional<Instant>& due, Instant cut_off) {
  const Status standing = rows.empty() ? Status::kNone : rows.back().status;
  if (standing == Status::kRefused) return {CaseState::kOutside};
  if (end) {
    if (end->withdrawn) return {CaseState::kResolvedOnTime};
    if (!due) return {CaseState::kResolvedOnTime, true};
    if (DayOf(end->at) == DayOf(*due)) return {CaseState::kResolvedOnTime};
    return {DayOf(end->at) < DayOf(*due) ? CaseState::kResolvedEarly : CaseState::kResolvedLate};
  }
  const bool paused = standing == Status::kSupplement || standing == Status::kFinancial ||
                      standing == Status::kStopped;
  if (paused) return {CaseState::kPendingInTime};
  if (!due) return {CaseState::kPendingInTime, true};
  return {DayOf(*due) < DayOf(cut_off) ? CaseState::kPendingLate : CaseState::kPendingInTime};
}

Judged JudgeOne(const Statements& by_arrival, const Facts& facts, const World& world,
                const Question& q, Instant cut_off) {
  Judged judged;
  if (!facts.accepted || !facts.received_at || *facts.received_at > cut_off) return judged;
  std::vector<Row> rows = RowsUpTo(by_arrival, cut_off);
  const auto end = EndOf(rows, q.rule, facts, cut_off);
  if (end && end->at < StartOf(q.period.from)) return judged;

  std::optional<Instant> due = facts.due;
  if (!due && q.rule == Rule::kQd766) due = StatutoryOf(facts, world);
  const Outcome outcome = q.rule == Rule::kQd766 ? Qd766(rows, end, facts, due, cut_off)
                                                 : Form06(rows, end, due, cut_off);
  judged.state = outcome.state;
  if (judged.state == CaseState::kOutside) return judged;
  judged.online = facts.channel == 2;
  judged.carried_over = *facts.received_at < StartOf(q.period.from);
  judged.no_due_date = outcome.no_due_date;
  const Status last = rows.empty() ? Status::kNone : rows.back().status;
  const bool stands = last == Status::kFinished || last == Status::kReturned;
  if (end && end->finished && stands) judged.finished_at = end->at;
  return judged;
}

std::string UnitOfNumber(const std::string& case_id) {
  const auto code = CanonicalUnitCode(case_id.substr(0, case_id.find('-')));
  return code.has_value() ? *code : std::string();
}

}  // namespace

std::map<std::string, Statements> CasesOf(const Statements& arrivals,
                                         std::optional<Instant> known_at) {
  std::map<std::string, Statements> cases;
  for (const Statement& s : arrivals) {
    if (!known_at || s.recorded <= *known_at) cases[s.case_id].push_back(s);
  }
  for (auto& [id, statements] : cases) statements = WithoutRepetition(statements);
  return cases;
}

std::vector<Step> StepsOf(const std::vector<Statement>& by_arrival) {
  std::vector<Step> steps;
  for (const Row& row : RowsUpTo(by_arrival, Instant{INT64_MAX})) {
    steps.push_back({row.event, row.status, row.recorded});
  }
  return steps;
}

std::shared_ptr<const UnitTree> TreeOf(const World& world, const Statements& arrivals) {
  std::shared_ptr<const UnitTree> tree = world.units;
  std::set<std::string> codes;   // sorted: a prefix comes before what it is a prefix of
  for (const Statement& s : arrivals) {
    codes.insert(UnitOfNumber(s.case_id));
    codes.insert(s.unit);
  }
  codes.erase("");
  for (const std::string& code : codes) {
    if (!tree->Find(code)) tree = tree->WithProvisional(code);
  }
  return tree;
}

Instant CutOffOf(const Question& q) {
  const Instant cut_off = std::min(LastSecondOf(q.period.to), q.now);
  return q.as_of ? std::min(cut_off, *q.as_of) : cut_off;
}

std::map<std::string, Judged> Ask(const Statements& arrivals, const World& world,
                                  const Question& q) {
  const Instant cut_off = CutOffOf(q);
  std::map<std::string, Judged> answer;
  const auto tree = TreeOf(world, arrivals);
  std::vector<bool> below(tree->size(), true);
  if (!q.unit.empty()) {
    const auto root = tree->Find(q.unit);
    if (!root) return answer;
    below = tree->SubtreeOn(*root, DayOf(cut_off));
  }
  for (const auto& [id, statements] : CasesOf(arrivals, q.known_at)) {
    Facts facts = FactsOf(statements);
    if (facts.unit.empty()) facts.unit = UnitOfNumber(id);
    if (!below[*tree->Find(facts.unit)]) continue;
    const Judged judged = JudgeOne(statements, facts, world, q, cut_off);
    if (judged.state != CaseState::kOutside) answer[id] = judged;
  }
  return answer;
}

Counts Total(const std::map<std::string, Judged>& cases) {
  Counts counts;
  for (const auto& [id, judged] : cases) {
    (judged.carried_over ? counts.carried_over
     : judged.online     ? counts.online
                         : counts.direct_postal) += 1;
    counts.early += judged.state == CaseState::kResolvedEarly;
    counts.on_time += judged.state == CaseState::kResolvedOnTime;
    counts.late += judged.state == CaseState::kResolvedLate;
    counts.pending_in_time += judged.state == CaseState::kPendingInTime;
    counts.pending_late += judged.state == CaseState::kPendingLate;
    counts.no_due_date += judged.no_due_date;
  }
  return counts;
}

std::map<std::string, std::string> UnitsOf(const Statements& arrivals,
                                           std::optional<Instant> known_at) {
  std::map<std::string, std::string> units;
  for (const auto& [id, statements] : CasesOf(arrivals, known_at)) {
    units[id] = FactsOf(statements).unit;
    if (units[id].empty()) units[id] = UnitOfNumber(id);
  }
  return units;
}

}  // namespace tthc::reference
