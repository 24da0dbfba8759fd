// Where time goes: the paths of many cases added up by step, transition and variant.
#pragma once

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metrics/process/path.h"

namespace tthc {

// Steps of all different variants that a tally holds: 4 bytes each, 80 MB. Paths of real procedures
// repeat; a unit whose every case goes its own way for dozens of steps gets there at a million.
inline constexpr size_t kVariantSteps = 20'000'000;

// By nearest rank: the value of which at least a half (nine in ten) are no greater.
struct Spread {
  int64_t median_us = 0;
  int64_t p90_us = 0;
};
std::optional<Spread> SpreadOf(std::vector<int64_t>& times);   // reorders them

struct StepFigures {
  std::string name;
  StepKey key;                 // the least status that it comes with
  uint64_t entered = 0;
  uint64_t cases = 0;
  uint64_t again = 0;          // entered by a case that had been in it before: rework
  uint64_t again_cases = 0;
  int64_t total_us = 0;
  int64_t again_us = 0;        // of those, spent in it again
  std::optional<Spread> each;  // of one stay
  uint64_t open = 0;           // cases that stand in it now
  int64_t open_us = 0;
  std::optional<Spread> open_each;
  std::optional<Instant> open_since;   // the one that has stood longest
};
struct TransitionFigures {
  size_t from = 0;             // index of `steps`
  size_t to = 0;
  uint64_t count = 0;
  int64_t total_us = 0;        // spent in `from` before
};
struct VariantFigures {
  std::vector<uint32_t> steps;   // indices of `steps`
  uint64_t cases = 0;
  uint64_t ended = 0;
  std::optional<Spread> handling;   // of those that ended
};
struct ProcessFigures {
  uint64_t cases = 0;
  uint64_t open = 0;
  uint64_t events = 0;
  uint64_t rework_cases = 0;     // in some step again
  std::array<int64_t, kStepKinds> total_us = {};   // by StepKind
  std::optional<Spread> handling;   // working and waiting, of cases that ended
  std::vector<StepFigures> steps;             // by status, then name
  std::vector<TransitionFigures> transitions; // most first, then by step
  std::vector<VariantFigures> variants;       // most cases first, then by step
};

class ProcessTally {
 public:
  explicit ProcessTally(size_t variant_steps = kVariantSteps) : most_variant_steps_(variant_steps) {}

  // kInvalidInput where the different variants have more steps than that.
  Result<void> Add(const Path& path, const WorkCalendar& calendar);
  // `name_of` gives the log's own name of a step by its number.
  ProcessFigures Finish(const std::function<std::string(TextId)>& name_of) &&;

 private:
  struct StepTally {
    StepFigures figures;
    uint64_t last_case = 0;      // the latest case that was in it, from 1
    uint64_t last_again = 0;     // … again
    std::vector<int64_t> times;
    std::vector<int64_t> open_times;
  };
  struct VariantTally {
    uint64_t cases = 0;
    std::vector<int64_t> times;  // of those that ended
  };
  struct Crossing {
    uint64_t count = 0;
    int64_t total_us = 0;
  };
  using Pair = std::pair<uint32_t, uint32_t>;
  using Variant = std::vector<uint32_t>;

  uint32_t IndexOf(const StepKey& key);
  void AddStay(StepTally& step, Status status, int64_t time);
  Result<void> AddVariant(const Path& path, int64_t handling_us);
  void AddOpen(const Path& path);
  std::vector<uint32_t> Ranked(ProcessFigures& out, const std::function<std::string(TextId)>&);

  const size_t most_variant_steps_;
  ProcessFigures sums_;
  boost::unordered_flat_map<uint64_t, uint32_t> index_;
  std::vector<StepTally> steps_;
  boost::unordered_flat_map<Pair, Crossing, boost::hash<Pair>> crossings_;
  boost::unordered_flat_map<Variant, VariantTally, boost::hash<Variant>> variants_;
  size_t variant_steps_ = 0;
  std::vector<int64_t> handling_;
  // Of the path that is being added.
  std::vector<int64_t> times_;
  Variant variant_;
};

}  // namespace tthc
