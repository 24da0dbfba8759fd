#include "metrics/process/tally.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace tthc {
namespace {

// The k-th smallest, k from 0; reorders.
int64_t Nth(std::vector<int64_t>& times, size_t k) {
  const auto at = times.begin() + static_cast<std::ptrdiff_t>(k);
  std::nth_element(times.begin(), at, times.end());
  return *at;
}

// Nearest rank: ceil(share × count), from 1, here from 0.
constexpr size_t RankOf(size_t count, size_t tenths) { return (count * tenths + 9) / 10 - 1; }

std::string NameOf(const StepKey& key, const std::function<std::string(TextId)>& name_of) {
  return key.name != 0 ? name_of(key.name) : std::string(VietnameseNameOf(key.status));
}

}  // namespace

std::optional<Spread> SpreadOf(std::vector<int64_t>& times) {
  if (times.empty()) return std::nullopt;
  return Spread{Nth(times, RankOf(times.size(), 5)), Nth(times, RankOf(times.size(), 9))};
}

uint32_t ProcessTally::IndexOf(const StepKey& key) {
  const auto [at, added] = index_.try_emplace(key.number(), static_cast<uint32_t>(steps_.size()));
  if (added) {
    steps_.emplace_back();
    steps_.back().figures.key = key;
  }
  return at->second;
}

void ProcessTally::AddStay(StepTally& step, Status status, int64_t time) {
  StepFigures& figures = step.figures;
  ++figures.entered;
  figures.total_us += time;
  step.times.push_back(time);
  figures.key.status = std::min(figures.key.status, status);
  sums_.total_us[static_cast<size_t>(KindOf(status))] += time;
  if (step.last_case != sums_.cases) {
    step.last_case = sums_.cases;
    ++figures.cases;
    return;
  }
  ++figures.again;
  figures.again_us += time;
  if (step.last_again == sums_.cases) return;
  step.last_again = sums_.cases;
  ++figures.again_cases;
}

Result<void> ProcessTally::Add(const Path& path, const WorkCalendar& calendar) {
  ++sums_.cases;
  sums_.events += path.steps.size();
  TimesOf(path, calendar, times_);
  variant_.clear();
  int64_t handling_us = 0;
  for (size_t i = 0; i < path.steps.size(); ++i) {
    const StepKey& key = path.steps[i].key;
    const uint32_t index = IndexOf(key);
    AddStay(steps_[index], key.status, times_[i]);
    if (KindOf(key.status) != StepKind::kClosed) handling_us += times_[i];
    if (i > 0) {
      Crossing& crossing = crossings_[{variant_.back(), index}];
      ++crossing.count;
      crossing.total_us += times_[i - 1];
    }
    variant_.push_back(index);
  }
  sums_.rework_cases += std::any_of(variant_.begin(), variant_.end(), [&](uint32_t index) {
    return steps_[index].last_again == sums_.cases;
  });
  if (path.open) AddOpen(path);
  return AddVariant(path, handling_us);
}

void ProcessTally::AddOpen(const Path& path) {
  ++sums_.open;
  StepTally& step = steps_[variant_.back()];
  StepFigures& figures = step.figures;
  ++figures.open;
  figures.open_us += times_.back();
  step.open_times.push_back(times_.back());
  const Instant since = path.steps.back().event;
  figures.open_since = std::min(figures.open_since.value_or(since), since);
}

Result<void> ProcessTally::AddVariant(const Path& path, int64_t handling_us) {
  const auto [at, added] = variants_.try_emplace(variant_);
  if (added && (variant_steps_ += variant_.size()) > most_variant_steps_) {
    return Invalid("the different paths have more than " + std::to_string(most_variant_steps_) +
                   " steps: ask for one procedure, a unit below or a shorter period");
  }
  ++at->second.cases;
  if (path.open) return {};
  at->second.times.push_back(handling_us);
  handling_.push_back(handling_us);
  return {};
}

// The steps in their order go to `out`; gives the place of each by its index here.
std::vector<uint32_t> ProcessTally::Ranked(ProcessFigures& out,
                                           const std::function<std::string(TextId)>& name_of) {
  for (StepTally& step : steps_) {
    step.figures.name = NameOf(step.figures.key, name_of);
    step.figures.each = SpreadOf(step.times);
    step.figures.open_each = SpreadOf(step.open_times);
  }
  std::vector<uint32_t> order(steps_.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const StepFigures& fa = steps_[a].figures;
    const StepFigures& fb = steps_[b].figures;
    return std::tie(fa.key.status, fa.name) < std::tie(fb.key.status, fb.name);
  });
  std::vector<uint32_t> rank(order.size());
  for (uint32_t place = 0; place < order.size(); ++place) {
    rank[order[place]] = place;
    out.steps.push_back(std::move(steps_[order[place]].figures));
  }
  return rank;
}

ProcessFigures ProcessTally::Finish(const std::function<std::string(TextId)>& name_of) && {
  ProcessFigures out = std::move(sums_);
  const std::vector<uint32_t> rank = Ranked(out, name_of);
  out.handling = SpreadOf(handling_);
  for (const auto& [pair, crossing] : crossings_) {
    out.transitions.push_back(
        {rank[pair.first], rank[pair.second], crossing.count, crossing.total_us});
  }
  std::sort(out.transitions.begin(), out.transitions.end(), [](const auto& a, const auto& b) {
    return std::tuple(b.count, a.from, a.to) < std::tuple(a.count, b.from, b.to);
  });
  for (auto& [steps, variant] : variants_) {
    VariantFigures figures{steps, variant.cases, variant.times.size(), SpreadOf(variant.times)};
    for (uint32_t& step : figures.steps) step = rank[step];
    out.variants.push_back(std::move(figures));
  }
  std::sort(out.variants.begin(), out.variants.end(), [](const auto& a, const auto& b) {
    return std::tie(b.cases, a.steps) < std::tie(a.cases, b.steps);
  });
  return out;
}

}  // namespace tthc
