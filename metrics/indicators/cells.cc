#include "metrics/indicators/cells.h"

#include <algorithm>

namespace tthc {
namespace {

// Ended before all of the questions: nothing of it can count.
bool LongEnded(const StoredCaseHead& head, const FactWalk& walk, Instant earliest) {
  return head.end_day != kNoEndDay && walk.known_at == kEndOfTime &&
         Day{head.end_day} < DayOf(earliest);
}

// TDGQ.2 counts what was finished (9, 10): a refusal or withdrawal is no handling time.
bool WasFinished(const Verdict& v) {
  return IsResolved(v.state) && (v.current == Status::kFinished || v.current == Status::kReturned);
}

// Reads every case that may be of one of the questions.
template <typename Visit>
Result<void> EachCase(const FactWalk& walk, Instant earliest, Visit visit) {
  Casework desk(walk.casework, walk.directory);
  StoredCase stored;
  Result<void> outcome;
  const auto scanned = walk.book.Scan([&](std::string_view case_id, std::string_view bytes) {
    if (!outcome.has_value()) return;
    const StoredCaseHead head = DecodeCaseHead(bytes);
    if (LongEnded(head, walk, earliest) || !visit.Wants(head, desk)) return;
    const auto decoded = DecodeCase(bytes, stored);
    if (!decoded) {
      outcome = Prefixed("case " + std::string(case_id), decoded.error());
      return;
    }
    desk.Open(stored, walk.known_at);
    visit(case_id, desk);
  });
  if (!scanned) return scanned;
  return outcome;
}

struct CellVisit {
  const FactWalk& walk;
  std::span<const FactQuestion> questions;
  std::vector<FactCells>& cells;

  bool Wants(const StoredCaseHead&, const Casework&) const { return true; }
  void operator()(std::string_view case_id, const Casework& desk) {
    for (size_t q = 0; q < questions.size(); ++q) {
      const auto& [from, cut_off] = questions[q];
      const Verdict v = desk.Judge(Rule::kQd766, from, cut_off);
      if (v.state == CaseState::kOutside) continue;
      AddToCells(desk, v, StoredFactsOf(walk, case_id, desk, cut_off), cells[q]);
    }
  }
};

struct DeskVisit {
  const DeskVisitor& visit;

  bool Wants(const StoredCaseHead&, const Casework&) const { return true; }
  void operator()(std::string_view case_id, const Casework& desk) const { visit(case_id, desk); }
};

struct SubtreeVisit {
  const std::vector<bool>& units;
  const DeskVisitor& visit;

  bool Has(UnitId unit) const { return unit < units.size() && units[unit]; }
  bool Wants(const StoredCaseHead& head, const Casework& desk) const {
    return head.names_unit || Has(desk.directory().UnitOf(head.unit_of_id));
  }
  void operator()(std::string_view case_id, const Casework& desk) const {
    if (Has(desk.unit())) visit(case_id, desk);
  }
};

}  // namespace

FactCell& FactCells::At(const FactKey& key) {
  return cells_.try_emplace(key, FactCell{key, {}, 0, 0}).first->second;
}

void FactCells::Add(const FactKey& key, FactSet facts, bool received_in_period) {
  FactCell& cell = At(key);
  tthc::Add(cell.counts.handled, facts);
  if (received_in_period) tthc::Add(cell.counts.received, facts);
}

std::vector<FactCell> FactCells::Sorted() const {
  std::vector<FactCell> sorted;
  for (const auto& [key, cell] : cells_) sorted.push_back(cell);
  std::sort(sorted.begin(), sorted.end(),
            [](const FactCell& a, const FactCell& b) { return a.key < b.key; });
  return sorted;
}

Result<std::vector<std::vector<FactCell>>> GatherFacts(const FactWalk& walk,
                                                       std::span<const FactQuestion> questions) {
  std::vector<FactCells> cells(questions.size());
  Instant earliest = kEndOfTime;
  for (const FactQuestion& q : questions) {
    earliest = std::min({earliest, q.from, q.cut_off});
  }
  const auto walked = EachCase(walk, earliest, CellVisit{walk, questions, cells});
  if (!walked) return walked.error();
  std::vector<std::vector<FactCell>> all;
  for (const FactCells& one : cells) all.push_back(one.Sorted());
  return all;
}

FactSet StoredFactsOf(const FactWalk& walk, std::string_view case_id, const Casework& desk,
                      Instant cut_off) {
  const CaseLinks links = walk.registers.LinksOf(case_id, walk.known_at, cut_off);
  return FactsOf(desk.folded(), desk.procedure(), links, walk.policy);
}

void AddToCells(const Casework& desk, const Verdict& verdict, FactSet stored, FactCells& cells) {
  const Case& c = desk.folded();
  const FactKey key{desk.unit_text(), c.procedure, c.sender};
  cells.Add(key, WithVerdict(stored, verdict.state), !verdict.carried_over);
  if (verdict.carried_over || !WasFinished(verdict) || !verdict.ended_at || !c.received_at) return;
  FactCell& cell = cells.At(key);
  ++cell.ended;
  cell.handling_us += desk.calendar().WorkingTime(*c.received_at, *verdict.ended_at);
}

Result<void> WalkDesks(const FactWalk& walk, Instant earliest, const DeskVisitor& visit) {
  return EachCase(walk, earliest, DeskVisit{visit});
}

Result<void> WalkDesksOf(const FactWalk& walk, const std::vector<bool>& units, Instant earliest,
                         const DeskVisitor& visit) {
  return EachCase(walk, earliest, SubtreeVisit{units, visit});
}

}  // namespace tthc
