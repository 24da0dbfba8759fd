#include "metrics/process/process.h"

#include <algorithm>

namespace tthc {
namespace {

using PathVisitor = std::function<Result<void>(std::string_view case_id, const Casework& desk,
                                               const Path& path)>;

// After the first error nothing more is visited.
Result<void> WalkPaths(const ProcessSources& sources, const ProcessWalk& walk,
                       const PathVisitor& visit) {
  std::optional<TextId> procedure;
  if (!walk.procedure.empty()) {
    procedure = sources.directory.Find(TextKind::kProcedure, walk.procedure);
    if (!procedure) return {};
  }
  Path path;
  Result<void> outcome;
  const auto walked = WalkCases(
      sources.book, sources.casework, sources.directory, walk.cases,
      [&](std::string_view id, const Verdict& verdict, const Casework& desk) {
        if (!outcome || (procedure && desk.folded().procedure != *procedure)) return;
        PathOf(desk.folded(), desk.stored().entries, verdict, walk.cases.cut_off, path);
        outcome = visit(id, desk, path);
      });
  if (!walked) return walked;
  return outcome;
}

// Steps numbered as they come.
class StepNames {
 public:
  StepNames(const Directory& directory, std::vector<std::string>& names)
      : directory_(directory), names_(names) {}

  uint32_t IndexOf(const StepKey& key) {
    const auto [at, added] = index_.try_emplace(key.number(), static_cast<uint32_t>(names_.size()));
    if (added) {
      names_.push_back(key.name != 0 ? directory_.Text(key.name)
                                     : std::string(VietnameseNameOf(key.status)));
    }
    return at->second;
  }

 private:
  const Directory& directory_;
  std::vector<std::string>& names_;
  boost::unordered_flat_map<uint64_t, uint32_t> index_;
};

}  // namespace

Result<ProcessFigures> GatherProcess(const ProcessSources& sources, const ProcessWalk& walk) {
  ProcessTally tally;
  const auto walked = WalkPaths(sources, walk,
                                [&](std::string_view, const Casework& desk, const Path& path) {
                                  return tally.Add(path, desk.calendar());
                                });
  if (!walked) return walked.error();
  return std::move(tally).Finish([&](TextId name) { return sources.directory.Text(name); });
}

Result<EventLog> GatherEventLog(const ProcessSources& sources, const ProcessWalk& walk,
                                size_t most_events) {
  EventLog log;
  StepNames names(sources.directory, log.steps);
  const auto add = [&](std::string_view id, const Casework& desk,
                       const Path& path) -> Result<void> {
    if (path.steps.size() > most_events - log.events.size()) {
      return Invalid("the event log has more than " + std::to_string(most_events) +
                     " events (limits.process_log_events): ask for one procedure, a unit below or "
                     "a shorter period");
    }
    log.traces.push_back({std::string(id), desk.directory().units->at(desk.unit()).code,
                          sources.directory.Text(desk.folded().procedure), log.events.size(),
                          path.steps.size()});
    for (const PathStep& step : path.steps) {
      log.events.push_back({names.IndexOf(step.key), step.event});
    }
    return {};
  };
  const auto walked = WalkPaths(sources, walk, add);
  if (!walked) return walked.error();
  std::sort(log.traces.begin(), log.traces.end(),
            [](const LogTrace& a, const LogTrace& b) { return a.case_id < b.case_id; });
  return log;
}

}  // namespace tthc
