#include "metrics/findings/listing.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <map>
#include <numeric>
#include <tuple>

#include "ingest/case/duplicate.h"
#include "metrics/findings/trial.h"
#include "metrics/tallies/summary.h"

namespace tthc {
namespace {

constexpr FindingSet kOfOneCase =
    kAllFindings & ~(BitOf(Finding::kSenderSilent) | BitOf(Finding::kDuplicateNumber));

class Lister {
 public:
  Lister(const FindingsSources& sources, const FindingsQuery& query, const FindingsWalk& walk)
      : sources_(sources), query_(query), walk_(walk) {}

  Result<FindingsPage> List() {
    if (Has(query_.kinds, Finding::kDuplicateNumber)) {
      if (const auto counted = CountStories(); !counted) return counted.error();
    }
    const auto walked = Walk([&](std::string_view id, const Casework& desk) {
      if ((query_.kinds & kOfOneCase) != 0) AddOwn(id, desk);
      KeepTwin(id, desk);
    });
    if (!walked) return walked.error();
    AddTwins();
    AddSilentSenders();
    page_.cut_off = walk_.cut_off;
    page_.more = lines_.size() > query_.limit;
    if (page_.more) lines_.erase(std::prev(lines_.end()));
    for (auto& [key, line] : lines_) page_.lines.push_back(std::move(line));
    return std::move(page_);
  }

 private:
  Result<void> Walk(const DeskVisitor& visit) const {
    return WalkDesks(sources_.book, sources_.casework, sources_.directory, walk_.units,
                     walk_.known_at, visit);
  }

  // Counts it, and keeps it where it is of this page; `fill` gives it what its key does not say.
  template <typename Fill>
  void Add(const FindingKey& key, Instant since, Fill fill) {
    if (since > walk_.cut_off || !Has(query_.kinds, key.kind)) return;
    if ((query_.from && DayOf(since) < *query_.from) || (query_.to && DayOf(since) > *query_.to)) {
      return;
    }
    ++page_.counts[static_cast<size_t>(key.kind)];
    if (query_.after && key <= *query_.after) return;
    // One more than asked for tells that there are more.
    if (lines_.size() > query_.limit && lines_.rbegin()->first <= key) return;
    FindingLine& line = lines_[key];
    line.key = key;
    line.since = since;
    fill(line);
    if (lines_.size() > query_.limit + 1) lines_.erase(std::prev(lines_.end()));
  }

  void AddOwn(std::string_view id, const Casework& desk) {
    const Verdict portal = desk.Judge(Rule::kQd766, Instant{INT64_MIN}, walk_.cut_off);
    const Standing standing = ClockAlone(desk, walk_.cut_off, portal);
    const CaseOnTrial on_trial = desk.OnTrial(walk_.cut_off, portal, standing);
    for (const FindingRow& row : FindingTable()) {
      if (row.detect == nullptr || !Has(query_.kinds, row.finding)) continue;
      const auto since = row.detect(on_trial, nullptr);
      if (!since) continue;
      Add({std::string(id), row.finding}, *since, [&](FindingLine& line) {
        line.case_id = id;
        line.unit = UnitOf(desk);
        Proofs proofs;
        row.detect(on_trial, &proofs);
        line.proofs = LinesOf(proofs, desk, sources_.directory);
      });
    }
  }

  // How often each story is told: what is told once needs no second look.
  Result<void> CountStories() {
    return Walk([&](std::string_view, const Casework& desk) {
      if (const auto story = StoryOf(desk)) ++told_[*story];
    });
  }

  void KeepTwin(std::string_view id, const Casework& desk) {
    const auto story = told_.empty() ? std::nullopt : StoryOf(desk);
    const auto told = story ? told_.find(*story) : told_.end();
    if (told == told_.end() || told->second < 2) return;
    const uint32_t first = desk.folded().by_arrival.front();
    FindingLine twin;
    twin.key = {std::string(id), Finding::kDuplicateNumber};
    twin.case_id = id;
    twin.unit = UnitOf(desk);
    twin.since = desk.stored().entries[first].recorded;
    twin.proofs = LinesOf({{first, "case_id", {}, {}}}, desk, sources_.directory);
    twin.proofs.front().after = id;
    twins_[*story].push_back(std::move(twin));
  }

  // The number that was known first is the case's; every other one is found.
  void AddTwins() {
    for (auto& [story, twins] : twins_) {
      std::sort(twins.begin(), twins.end(), [](const FindingLine& a, const FindingLine& b) {
        return std::tie(a.since, a.case_id) < std::tie(b.since, b.case_id);
      });
      for (size_t i = 1; i < twins.size(); ++i) {
        Add(twins[i].key, twins[i].since, [&](FindingLine& line) {
          line = std::move(twins[i]);
          line.other_case_id = twins.front().case_id;
          line.proofs.insert(line.proofs.begin(), twins.front().proofs.front());
          line.proofs.back().before = twins.front().case_id;
        });
      }
    }
  }

  // One line a sender, of the first of its units here.
  void AddSilentSenders() {
    std::map<TextId, std::pair<std::string, Senders::Source>> silent;
    const DirectoryView view = sources_.directory.View();
    for (const Senders::Source& source : walk_.senders) {
      const UnitId unit = view.UnitOf(source.unit);
      if (unit >= walk_.units.size() || !walk_.units[unit]) continue;
      const std::string& code = view.units->at(unit).code;
      const auto [at, is_new] = silent.try_emplace(source.sender, code, source);
      if (!is_new && code < at->second.first) at->second.first = code;
    }
    for (const auto& [sender, of] : silent) {
      const auto& [unit, source] = of;
      const std::string name = sources_.directory.Text(sender);
      Add({name, Finding::kSenderSilent}, source.silent_from, [&](FindingLine& line) {
        line.unit = unit;
        line.sender = name;
        line.proofs = {{0, source.last, name, "last_heard", "", FormatInstant(source.last)}};
      });
    }
  }

  static std::optional<uint64_t> StoryOf(const Casework& desk) {
    return StoryKey(desk.folded(), desk.stored().entries, desk.unit_text());
  }
  static const std::string& UnitOf(const Casework& desk) {
    return desk.directory().units->at(desk.unit()).code;
  }

  const FindingsSources& sources_;
  const FindingsQuery& query_;
  const FindingsWalk& walk_;
  FindingsPage page_;
  std::map<FindingKey, FindingLine> lines_;
  boost::unordered_flat_map<uint64_t, uint32_t> told_;
  std::map<uint64_t, std::vector<FindingLine>> twins_;
};

}  // namespace

uint64_t FindingsPage::total() const {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

Result<FindingsPage> ListFindings(const FindingsSources& sources, const FindingsQuery& query,
                                  const FindingsWalk& walk) {
  return Lister(sources, query, walk).List();
}

}  // namespace tthc
