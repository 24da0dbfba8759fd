// sim --seed N [--seeds K] [--steps M] [--trace] [--canary NAME]
//
// Tells the monitor a random history on a disk that fails on purpose: statements in any order, split and
// repeated, register rows, closed periods, mutes, checkpoints, the clock moved on; in between it is
// stopped, killed, or its power is cut, between two steps or inside any disk call, and disk calls fail.
// After each of these it is opened again from what would be left, told again what it had not answered,
// and must hold everything acknowledged, nothing twice, and give the figures of the plain batch reference.
//
// The same seed takes the same steps and lets the same disk call fail, counted from its step. What RocksDB
// compacts, and when, is up to its thread: where that matters a seed may have to be run more than once.
//
// With --canary the program is given a fault on purpose; it ends with 0 where the checks find it.
#include <signal.h>

#include <charconv>
#include <iostream>
#include <map>

#include "life.h"

namespace tthc::sim {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  uint64_t seed = 1;
  uint64_t seeds = 1;
  size_t steps = 60;
  bool trace = false;
  std::string canary;
};

// --- what happens

enum class What { kSay, kAdvance, kStop, kKill, kCutPower };
struct Step {
  What what;
  size_t line = 0;        // kSay
  int64_t micros = 0;     // kAdvance
};

struct Story {
  Script script;
  std::vector<Step> steps;
};

// A part of what was said, as a sender that splits its messages sends it.
history::Message PartOf(history::Message message, std::mt19937_64& random) {
  std::erase_if(message.statements, [&](const Statement&) { return random() % 2 == 0; });
  return message;
}

Deed SomeDeed(int number, std::mt19937_64& random) {
  constexpr Act kActs[] = {Act::kPutRows, Act::kPutRows, Act::kSeal, Act::kClosePeriod, Act::kMute};
  return {kActs[random() % std::size(kActs)], number};
}

Story StoryOfSeed(uint64_t seed, size_t steps) {
  Story story;
  story.script.history =
      history::GenHistory({.cases = 10, .said = 9})(rc::Random(seed), rc::kNominalSize).value();
  std::mt19937_64 random(seed);
  std::vector<history::Message> ahead;
  for (auto& [number, messages] : history::MessagesOf(story.script.history)) {
    for (history::Message& message : messages) ahead.push_back(std::move(message));
  }
  std::vector<history::Message> said;
  bool crowd = seed % 4 == 0;
  const auto say = [&](Saying saying) {
    story.steps.push_back({What::kSay, story.script.sayings.size(), 0});
    story.script.sayings.push_back(std::move(saying));
  };
  for (size_t next = 0, number = 0; story.steps.size() < steps; ++number) {
    const uint64_t dice = random() % 100;
    if (dice < 60 && next < ahead.size()) {
      say(ahead[next]);
      said.push_back(ahead[next++]);
    } else if (dice < 68 && !said.empty()) {
      say(said[random() % said.size()]);
    } else if (dice < 75 && next < ahead.size()) {
      say(PartOf(ahead[next + random() % (ahead.size() - next)], random));
    } else if (dice < 83) {
      say(SomeDeed(static_cast<int>(number), random));
    } else if (dice < 91) {
      story.steps.push_back({What::kAdvance, 0,
                             static_cast<int64_t>(1 + random() % 100) * kMicrosPerHour});
    } else if (crowd) {
      crowd = false;
      say(history::Crowd(static_cast<int>(number), {}));
    } else {
      constexpr What kEnds[] = {What::kStop, What::kKill, What::kCutPower, What::kCutPower};
      story.steps.push_back({kEnds[random() % std::size(kEnds)], 0, 0});
    }
  }
  return story;
}

// --- what goes wrong in a life

struct Trouble {
  bool at_open = false;    // otherwise from the step on
  size_t after_steps = 0;
  Plan plan;
};

Trouble TroubleOf(std::mt19937_64& random) {
  Trouble trouble;
  trouble.plan.seed = random();
  if (random() % 4 == 0) return trouble;
  trouble.at_open = random() % 3 == 0;
  trouble.after_steps = random() % 12;
  // Most steps make few calls, opening many: both ends are met.
  trouble.plan.call = 1 + random() % (random() % 2 == 0 ? 8 : 150);
  trouble.plan.compactions = random() % 6 == 0;
  constexpr Ending kEndings[] = {Ending::kError, Ending::kError, Ending::kError, Ending::kKill,
                                 Ending::kPowerCut, Ending::kPowerCut, Ending::kPowerCut};
  trouble.plan.ending = kEndings[random() % std::size(kEndings)];
  trouble.plan.error = random() % 2 == 0 ? EIO : ENOSPC;
  trouble.plan.lasting = trouble.plan.error == ENOSPC || random() % 4 == 0;
  return trouble;
}

std::string Describe(const Trouble& trouble) {
  if (trouble.plan.call == 0) return "no trouble";
  const std::map<Ending, std::string> names = {
      {Ending::kError, trouble.plan.error == EIO ? "EIO" : "ENOSPC"},
      {Ending::kKill, "kill"},
      {Ending::kPowerCut, "power cut"}};
  return names.at(trouble.plan.ending) + (trouble.plan.lasting ? " from" : " at") + " disk call " +
         std::to_string(trouble.plan.call) + (trouble.plan.compactions ? " of compactions" : "") +
         (trouble.at_open ? " of the opening" : " after step +" + std::to_string(trouble.after_steps));
}

// --- one life, in a child process

class OneLife {
 public:
  OneLife(const Story& story, Board& board, const fs::path& folder, const Trouble& trouble,
          std::mt19937_64 random)
      : story_(story), board_(board), folder_(folder), trouble_(trouble), random_(random) {}

  int Run() {
    Mount(folder_.string(), board_.disk);
    if (story_.script.canary == Canary::kLyingDisk) LieFromNow();
    Life life(story_.script, board_, folder_);
    Arm(trouble_.at_open ? trouble_.plan : Plan());
    const auto opened = life.Open();
    const bool hit = board_.disk.failed > 0;
    Disarm();
    if (!opened) {
      if (!hit) life.Fail("the store was not opened: " + opened.error().message);
      std::cerr << "refused to open: " << opened.error().message << "\n";
      return kRefusedToOpen;
    }
    if (hit && !life.monitor().Healthy()) return EndSomehow(life);
    life.Check(random_);
    for (size_t taken = 0; board_.next < story_.steps.size(); ++taken) {
      if (!trouble_.at_open && taken == trouble_.after_steps) Arm(trouble_.plan);
      const Step& step = story_.steps[board_.next++];
      if (!Take(step, life)) return EndSomehow(life);
      if (step.what == What::kStop) return kEnded;
    }
    life.Stop();
    return kDone;
  }

 private:
  // False where the store takes no more writes.
  bool Take(const Step& step, Life& life) {
    switch (step.what) {
      case What::kSay: return Say(step.line, life);
      case What::kAdvance: life.Advance(step.micros); return true;
      case What::kStop: life.Stop(); return true;
      case What::kKill: ::_exit(kKilled);
      case What::kCutPower: CutPower(random_());
    }
    return true;
  }

  bool Say(size_t line, Life& life) {
    if (life.Say(line)) return true;
    if (board_.disk.failed == 0) {
      life.Fail("line " + std::to_string(line) + " was refused, and no disk call failed: " +
                life.refusal());
    }
    return life.monitor().Healthy();
  }

  int EndSomehow(Life& life) {
    life.ExpectReading();
    switch (random_() % 3) {
      case 0: life.Stop(); return kEnded;
      case 1: return kEnded;
      default: CutPower(random_());
    }
  }

  const Story& story_;
  Board& board_;
  const fs::path& folder_;
  const Trouble& trouble_;
  std::mt19937_64 random_;
};

// --- one seed

struct Tally {
  size_t lives = 0, cuts = 0, failed_calls = 0, refused_opens = 0, ended_in_sync = 0;
  void Add(const Tally& other) {
    lives += other.lives;
    cuts += other.cuts;
    failed_calls += other.failed_calls;
    refused_opens += other.refused_opens;
    ended_in_sync += other.ended_in_sync;
  }
};

class OneSeed {
 public:
  OneSeed(const Arguments& arguments, uint64_t seed)
      : arguments_(arguments), random_(seed ^ 0x5eed), story_(StoryOfSeed(seed, arguments.steps)) {
    story_.script.canary = CanaryNamed(arguments.canary).value_or(Canary::kNone);
    board_.clock_us = history::ClockOf(story_.script.history).us;
  }

  // Empty: no problem.
  std::string Run(Tally& tally) {
    for (;;) {
      const Trouble trouble = TroubleOf(random_);
      Forget();
      const size_t first = board_.next;
      const End end = RunChild(
          [&] {
            return OneLife(story_, board_, disk_, trouble, std::mt19937_64(trouble.plan.seed)).Run();
          },
          log_);
      Count(end, tally);
      if (arguments_.trace) Trace(trouble, first, end);
      if (std::string problem = ProblemOf(end); !problem.empty()) {
        return "steps " + std::to_string(first) + " to " + std::to_string(board_.next) + ", " +
               Describe(trouble) + ": " + problem;
      }
      if (end.signal == 0 && end.code == kDone) {
        return ProblemOf(RunChild([&] { return VerifyLife(board_, disk_); }, log_));
      }
    }
  }

 private:
  // What the board tells is of one life.
  void Forget() {
    board_.disk.failed = 0;
    board_.disk.log_sync_failed = false;
    board_.disk.first_failed = {};
  }

  void Count(const End& end, Tally& tally) const {
    ++tally.lives;
    tally.failed_calls += board_.disk.failed;
    if (end.signal == 0 && end.code == kCut) ++tally.cuts;
    if (end.signal == 0 && end.code == kRefusedToOpen) ++tally.refused_opens;
    if (EndedInLogSync(end)) ++tally.ended_in_sync;
  }

  void Trace(const Trouble& trouble, size_t first, const End& end) const {
    std::cout << "life: steps " << first << " to " << board_.next << ", " << Describe(trouble)
              << (board_.disk.failed > 0 ? std::string(", ") + board_.disk.first_failed.data() : "")
              << ", code " << end.code << ", signal " << end.signal << ", call " << board_.disk.calls
              << std::endl;
  }

  // Known, see docs/reliability.md: RocksDB ends the process where a sync of its log fails.
  bool EndedInLogSync(const End& end) const {
    return end.signal == SIGABRT && !end.hung && board_.disk.log_sync_failed;
  }

  std::string ProblemOf(const End& end) const {
    if (board_.problem[0] != '\0') return board_.problem.data();
    if (end.hung) return "it hangs";
    if (end.signal != 0 && !EndedInLogSync(end)) {
      return "the process was ended by signal " + std::to_string(end.signal) + "; " +
             board_.disk.first_failed.data() + "\n" + TextOf(log_);
    }
    return {};
  }

  const Arguments& arguments_;
  std::mt19937_64 random_;
  Story story_;
  Board& board_ = MakeBoard();
  const Folder folder_;
  const fs::path disk_ = folder_.path() / "disk";
  const fs::path log_ = folder_.path() / "log";
};

// --- the program

std::optional<uint64_t> NumberIn(std::string_view text) {
  uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Arguments> ArgumentsFrom(const std::vector<std::string_view>& given) {
  Arguments arguments;
  for (size_t i = 0; i < given.size(); ++i) {
    if (given[i] == "--trace") {
      arguments.trace = true;
      continue;
    }
    if (i + 1 == given.size()) return std::nullopt;
    const std::string_view name = given[i], value = given[++i];
    if (name == "--canary" && CanaryNamed(value)) {
      arguments.canary = value;
      continue;
    }
    const auto number = NumberIn(value);
    if (!number) return std::nullopt;
    if (name == "--seed") {
      arguments.seed = *number;
    } else if (name == "--seeds") {
      arguments.seeds = *number;
    } else if (name == "--steps" && *number <= Board::kMostLines) {
      arguments.steps = *number;
    } else {
      return std::nullopt;
    }
  }
  return arguments;
}

int Main(const Arguments& arguments) {
  Tally tally;
  for (uint64_t seed = arguments.seed; seed < arguments.seed + arguments.seeds; ++seed) {
    const std::string problem = OneSeed(arguments, seed).Run(tally);
    if (problem.empty()) continue;
    if (!arguments.canary.empty()) {
      std::cout << "canary " << arguments.canary << " found by seed " << seed << ": "
                << problem.substr(0, problem.find('\n')) << "\n";
      return 0;
    }
    std::cout << "seed " << seed << ", " << problem << "\nrepeat with: sim --seed " << seed
              << " --steps " << arguments.steps << " --trace\n";
    return 1;
  }
  std::cout << arguments.seeds << " seeds, " << tally.lives << " lives: " << tally.cuts
            << " power cuts, " << tally.failed_calls << " disk calls failed, "
            << tally.refused_opens << " openings refused, " << tally.ended_in_sync
            << " ended in a failed sync of the log\n";
  if (arguments.canary.empty()) return 0;
  std::cout << "canary " << arguments.canary << " was not found\n";
  return 1;
}

}  // namespace
}  // namespace tthc::sim

int main(int count, char** values) {
  const auto arguments = tthc::sim::ArgumentsFrom({values + 1, values + count});
  if (!arguments) {
    std::cerr << "sim --seed N [--seeds K] [--steps M] [--trace] "
                 "[--canary lost-batch|double-count|no-sync|lying-disk]\n";
    return 2;
  }
  return tthc::sim::Main(*arguments);
}
