// The honest ratio of any history equals a recount of the plain reference: by the statements as they
// are, and by the same with every date that moved a former one cut out; what is left out is found by
// a plain reading of the two findings of back-dating. And every list holds what its counts say.
//
// RC_PARAMS="max_success=2000 seed=…" runs more histories.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "history.h"
#include "reference.h"
#include "server/monitor.h"

namespace tthc {
namespace {

using history::History;
using history::Interruption;
using history::Rig;
using history::StoryOf;
using history::TheWorld;

// The reference reads everything again, twice, for each question: so there are few. A root, a unit with
// others below it, and one that no file names.
struct Asked {
  const char* unit;
  const char* period;
  Rule rule;
};
constexpr Asked kAsked[] = {{"H34", "2025-Q1", Rule::kForm06},
                            {"H34", "2025-02", Rule::kQd766},
                            {"H34.23", "2025-02", Rule::kForm06},
                            {"H77.01", "2025-Q1", Rule::kQd766}};

using Statements = std::vector<Statement>;
using Cases = std::map<std::string, reference::Judged>;

bool Finishes(Status s) { return s == Status::kFinished || s == Status::kReturned; }
bool IsSnapshot(const Statement& s) { return s.kind == StatementKind::kSnapshot; }
// 1, 2, 4, 5, 6
bool Runs(Status s) {
  const int code = static_cast<int>(s);
  return (code >= 1 && code <= 2) || (code >= 4 && code <= 6);
}

std::optional<Instant> EndIn(const Statement& s) {
  if (!IsSnapshot(s)) return s.status == Status::kFinished ? std::optional(s.event) : std::nullopt;
  return Finishes(s.status) ? s.finished_at : std::nullopt;
}

// The statements of one case, by arrival, with nothing in them that moves a date said before: a later
// NgayHenTra is cut out, a later end is the first one of its ending.
Statements Truncated(Statements said) {
  bool promised = false;
  std::optional<Instant> end;
  for (Statement& s : said) {
    if (IsSnapshot(s) && s.due_at) {
      if (promised) s.due_at.reset();
      promised = true;
    }
    const auto own = EndIn(s);
    if (own) {
      if (!end) end = own;
      if (IsSnapshot(s)) {
        s.finished_at = end;
        const bool dates_itself =
            s.status == Status::kFinished && s.dated_by == DatedBy::kOwnField;
        if (dates_itself && *own != *end) s.event = *end;
      } else {
        s.event = *end;
      }
    } else if (end && Runs(s.status) && s.event > *end) {
      end.reset();
    }
  }
  return said;
}

// --- the two findings, read plainly

int64_t WaitedBefore(const std::vector<reference::Step>& steps, Instant until) {
  int64_t sum = 0;
  for (size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].status != Status::kSupplement || steps[i].event >= until) continue;
    const Instant end = i + 1 < steps.size() ? std::min(steps[i + 1].event, until) : until;
    sum += end - steps[i].event;
  }
  return sum;
}

bool DueMovedTooLate(const Statements& said) {
  const auto steps = reference::StepsOf(said);
  std::optional<Instant> due;
  for (const Statement& s : said) {
    if (!IsSnapshot(s) || !s.due_at) continue;
    if (due && *s.due_at > *due && s.recorded > *due &&
        s.recorded - WaitedBefore(steps, s.recorded) > *due) {
      return true;
    }
    due = s.due_at;
  }
  return false;
}

bool EndDatedBack(const Statements& said) {
  std::optional<Instant> due;
  std::vector<Instant> ends;
  for (const Statement& s : said) {
    if (IsSnapshot(s) && s.due_at) due = s.due_at;
    const auto end = EndIn(s);
    if (!end || std::count(ends.begin(), ends.end(), *end) != 0) continue;
    if (IsSnapshot(s)) {
      if (!ends.empty() && ends.back() - *end > 5 * kMicrosPerMinute) return true;
      if (due && *end == *due && s.recorded > *due) return true;
      if (s.recorded - *end > 7 * kMicrosPerDay) return true;
    }
    ends.push_back(*end);
  }
  return false;
}

// --- the comparison

std::pair<int64_t, int64_t> PartOf(const Cases& cases, const std::string& id, Rule rule) {
  const auto at = cases.find(id);
  if (at == cases.end()) return {0, 0};
  const CaseState state = at->second.state;
  if (rule == Rule::kForm06 && !IsResolved(state)) return {0, 0};
  return {IsLate(state) ? 0 : 1, 1};
}

struct Plain {
  HonestCounts counts;
  std::set<std::string> differing;
};
Plain PlainOf(const Statements& arrivals, const reference::Question& q) {
  const auto known = reference::CasesOf(arrivals, q.known_at);
  Statements truncated;
  for (const auto& [id, said] : known) {
    for (Statement& s : Truncated(said)) truncated.push_back(std::move(s));
  }
  const Cases latest = reference::Ask(arrivals, TheWorld(), q);
  const Cases first = reference::Ask(truncated, TheWorld(), q);
  Plain plain;
  const auto add = [&](HonestBy by, std::pair<int64_t, int64_t> part) {
    plain.counts.shares[static_cast<size_t>(by)].numerator += part.first;
    plain.counts.shares[static_cast<size_t>(by)].denominator += part.second;
  };
  for (const auto& [id, said] : known) {
    const auto now = PartOf(latest, id, q.rule);
    const auto then = PartOf(first, id, q.rule);
    const bool out = now.second != 0 && (EndDatedBack(said) || DueMovedTooLate(said));
    add(HonestBy::kLatest, now);
    add(HonestBy::kFirstKnown, then);
    if (!out) add(HonestBy::kWithoutBackDating, now);
    plain.counts.judged_otherwise += now != then;
    plain.counts.left_out += out;
    plain.counts.left_out_on_time += out ? now.first : 0;
    if (out || now != then) plain.differing.insert(id);
  }
  plain.counts.differing = static_cast<int64_t>(plain.differing.size());
  return plain;
}

std::string Told(const HonestCounts& c) {
  std::ostringstream out;
  for (const Share& share : c.shares) out << share.numerator << "/" << share.denominator << " ";
  out << "differing " << c.differing << ", judged otherwise " << c.judged_otherwise
      << ", left out " << c.left_out << " (" << c.left_out_on_time << " on time)";
  return out.str();
}

// Every page is a walk over all cases: a list is read in so many at most, the first one short.
constexpr size_t kShortPage = 3;
constexpr size_t kPages = 8;
size_t PageOf(uint64_t all) { return std::max<size_t>(kShortPage, all / kPages); }

void Compare(const Rig& rig, const reference::Question& q) {
  HonestQuery query{q.unit, q.period, q.rule, {q.as_of, q.known_at}, "", kShortPage};
  const Plain plain = PlainOf(rig.arrivals(), q);
  std::set<std::string> listed;
  for (;;) {
    const auto answer = rig.monitor().HonestRatio(query);
    if (answer.has_error()) {
      if (answer.error().kind == ErrorKind::kNotFound && plain.counts == HonestCounts()) return;
      RC_FAIL(answer.error().message);
    }
    if (answer->counts != plain.counts) {
      std::ostringstream out;
      out << q.unit << " " << FormatDay(q.period.from) << " " << NameOf(q.rule)
          << "\nmonitor:   " << Told(answer->counts) << "\nreference: " << Told(plain.counts) << "\n";
      for (const HonestLine& line : answer->lines) {
        out << "listed: " << StoryOf(rig.arrivals(), line.case_id);
      }
      for (const std::string& id : plain.differing) {
        out << "expected: " << StoryOf(rig.arrivals(), id);
      }
      RC_FAIL(out.str());
    }
    for (const HonestLine& line : answer->lines) {
      RC_ASSERT(listed.insert(line.case_id).second);
      RC_ASSERT(!line.reasons.empty());
      RC_ASSERT(!line.proofs.empty());
    }
    if (!answer->next_cursor) break;
    query.cursor = *answer->next_cursor;
    query.limit = PageOf(plain.differing.size());
  }
  RC_ASSERT(listed == plain.differing);
}

// Every page, one after the other, holds each finding once, as counted.
void CompareLists(const Rig& rig, const std::string& unit, const View& view) {
  FindingsQuery query;
  query.unit = unit;
  query.view = view;
  query.limit = kShortPage;
  std::array<uint64_t, kFindingCount> seen{};
  std::optional<FindingKey> last;
  for (;;) {
    const auto page = rig.monitor().Findings(query);
    if (page.has_error()) return;   // a unit that nobody has named
    for (const FindingLine& line : page->lines) {
      RC_ASSERT(!last || *last < line.key);
      last = line.key;
      RC_ASSERT(!line.proofs.empty());
      RC_ASSERT(line.since <= page->cut_off);
      ++seen[static_cast<size_t>(line.key.kind)];
    }
    if (!page->more) {
      RC_ASSERT(seen == page->counts);
      return;
    }
    query.after = page->lines.back().key;
    query.limit = PageOf(page->total());
  }
}

void TellAndCompare(Interruption interruption) {
  const History history = *history::GenHistory({});
  Rig rig(history, interruption);
  history::Tell(history, rig);
  for (const View& view : history::ViewsOf(history)) {
    for (const Asked& asked : kAsked) {
      Compare(rig, {asked.unit, ParsePeriod(asked.period).value(), asked.rule, rig.monitor().Now(),
                    view.as_of, view.known_at});
    }
    CompareLists(rig, "H34", view);
    CompareLists(rig, "H77.01", view);
  }
}

TEST(Findings, HonestRatioOfAnyHistoryIsARecount) {
  EXPECT_TRUE(rc::check("as told", [] { TellAndCompare(Interruption::kStop); }));
}

}  // namespace
}  // namespace tthc
