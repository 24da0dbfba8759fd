#include "metrics/findings/honest.h"

#include <algorithm>
#include <map>

#include "ingest/case/first_said.h"
#include "metrics/findings/trial.h"

namespace tthc {
namespace {

struct ByRow {
  std::string_view name;
  std::string_view vietnamese;
};
constexpr std::array<ByRow, kHonestCount> kBys = {{
    {"latest", "Theo ngày đang ghi nhận"},
    {"first_known", "Theo ngày gửi lần đầu"},
    {"without_back_dating", "Không tính hồ sơ có dấu hiệu lùi ngày"},
}};

constexpr HonestReason kDueMoved = {"due_moved", "Ngày hẹn trả đã thay đổi so với lần gửi đầu"};
constexpr HonestReason kEndMoved = {"end_moved", "Ngày kết thúc đã thay đổi so với lần gửi đầu"};

void Add(Share& sum, const Share& other) {
  sum.numerator += other.numerator;
  sum.denominator += other.denominator;
}

// Those that stand by all that is known, whenever it came: a date moved after the cut-off moves the
// figures of before.
FindingSet BackDatingOf(const Casework& desk, Instant cut_off, Proofs& proofs) {
  const Verdict portal = desk.Judge(Rule::kQd766, Instant{INT64_MIN}, cut_off);
  const Standing standing = ClockAlone(desk, cut_off, portal);
  const CaseOnTrial on_trial = desk.OnTrial(cut_off, portal, standing);
  FindingSet set = 0;
  for (const FindingRow& row : FindingTable()) {
    if (row.back_dating && row.detect(on_trial, &proofs)) set |= BitOf(row.finding);
  }
  return set;
}

bool Moved(const Proofs& moved, std::string_view fact) {
  return std::any_of(moved.begin(), moved.end(),
                     [&](const Proof& proof) { return proof.fact == fact; });
}

// A statement that moved a date is shown once, with the first one.
Proofs AllProofs(const HonestView& view) {
  Proofs all = view.moved;
  for (const Proof& proof : view.found) {
    const bool shown = std::any_of(all.begin(), all.end(), [&](const Proof& one) {
      return one.entry == proof.entry && one.fact == proof.fact;
    });
    if (!shown) all.push_back(proof);
  }
  return all;
}

}  // namespace

std::string_view NameOf(HonestBy by) { return kBys[static_cast<size_t>(by)].name; }
std::string_view VietnameseNameOf(HonestBy by) { return kBys[static_cast<size_t>(by)].vietnamese; }

Share ShareOf(const Verdict& v, Rule rule) {
  const bool judged = rule == Rule::kQd766 ? v.state != CaseState::kOutside : IsResolved(v.state);
  return {judged && !IsLate(v.state), judged};
}

void Add(HonestCounts& sum, const HonestCounts& other) {
  for (size_t i = 0; i < kHonestCount; ++i) Add(sum.shares[i], other.shares[i]);
  sum.differing += other.differing;
  sum.judged_otherwise += other.judged_otherwise;
  sum.left_out += other.left_out;
  sum.left_out_on_time += other.left_out_on_time;
}

HonestView ViewHonestly(const Casework& desk, const WalkQuery& walk) {
  thread_local std::vector<Entry> entries;
  thread_local Case first;
  HonestView view;
  view.latest = desk.Judge(walk.rule, walk.from, walk.cut_off);
  view.moved = WithFirstSaidDates(desk.folded(), desk.stored().entries, entries);
  view.first = view.latest;
  if (!view.moved.empty()) {
    Fold(entries, walk.known_at, first);
    view.first = desk.JudgeAs(first, walk.rule, walk.from, walk.cut_off);
  }
  view.back_dating = BackDatingOf(desk, walk.cut_off, view.found);
  return view;
}

HonestCounts CountsOf(const HonestView& view, Rule rule) {
  const Share latest = ShareOf(view.latest, rule);
  const Share first = ShareOf(view.first, rule);
  const bool left_out = view.back_dating != 0 && latest.denominator != 0;
  HonestCounts counts;
  counts.shares = {latest, first, left_out ? Share{} : latest};
  counts.judged_otherwise = latest != first;
  counts.left_out = left_out;
  counts.left_out_on_time = left_out ? latest.numerator : 0;
  counts.differing = latest != first || left_out;
  return counts;
}

std::vector<HonestReason> ReasonsOf(const HonestView& view) {
  std::vector<HonestReason> reasons;
  if (Moved(view.moved, "due_at")) reasons.push_back(kDueMoved);
  if (Moved(view.moved, "finished_at")) reasons.push_back(kEndMoved);
  for (const FindingRow& row : FindingTable()) {
    if (Has(view.back_dating, row.finding)) reasons.push_back({row.name, row.title});
  }
  return reasons;
}

Result<void> WalkHonestly(const FindingsSources& sources, const WalkQuery& walk,
                          const HonestVisitor& visit) {
  // No case is passed over for its end of now: its first one may lie in the period.
  return WalkDesks(sources.book, sources.casework, sources.directory, walk.units, walk.known_at,
                   [&](std::string_view id, const Casework& desk) {
                     const HonestView view = ViewHonestly(desk, walk);
                     if (view.latest.state != CaseState::kOutside ||
                         view.first.state != CaseState::kOutside) {
                       visit(id, view, desk);
                     }
                   });
}

HonestLine HonestLineOf(std::string_view case_id, const HonestView& view, const Casework& desk,
                        const Directory& directory) {
  HonestLine line;
  line.case_id = case_id;
  line.unit = desk.directory().units->at(desk.unit()).code;
  line.procedure = directory.Text(desk.folded().procedure);
  line.latest = view.latest;
  line.first = view.first;
  line.reasons = ReasonsOf(view);
  line.proofs = LinesOf(AllProofs(view), desk, directory);
  return line;
}

Result<HonestAnswer> AnswerHonestly(const FindingsSources& sources, const HonestQuery& query,
                                    const WalkQuery& walk) {
  HonestAnswer answer;
  answer.cut_off = walk.cut_off;
  // The `limit` + 1 smallest numbers after the cursor.
  std::map<std::string, HonestLine> lines;
  const auto walked = WalkHonestly(
      sources, walk, [&](std::string_view id, const HonestView& view, const Casework& desk) {
        const HonestCounts counts = CountsOf(view, walk.rule);
        Add(answer.counts, counts);
        if (counts.differing == 0 || id <= query.cursor) return;
        if (lines.size() > query.limit && id >= lines.rbegin()->first) return;
        lines.emplace(std::string(id), HonestLineOf(id, view, desk, sources.directory));
        if (lines.size() > query.limit + 1) lines.erase(std::prev(lines.end()));
      });
  if (!walked) return walked.error();
  if (lines.size() > query.limit) {
    lines.erase(std::prev(lines.end()));
    answer.next_cursor = lines.rbegin()->first;
  }
  for (auto& [id, line] : lines) answer.lines.push_back(std::move(line));
  return answer;
}

}  // namespace tthc
