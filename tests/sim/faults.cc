// faults [OPERATION] [--every K] [--only MODE CALL]
//
// Does one operation again and again, each time with the next disk call going wrong, until it comes
// through with none: the call fails once, it and all later ones fail, the disk is full from it on, the
// process is killed before it, the power is cut before it. Where the process outlives it, the power is
// cut afterwards. Then the store must open and hold everything acknowledged, nothing twice.
//
// --every K: only every K-th call. Without an operation: all of them.
#include <signal.h>

#include <charconv>
#include <iostream>

#include "life.h"

namespace tthc::sim {
namespace {

namespace fs = std::filesystem;

// --- what is told before, and what is done while a call goes wrong

struct Mode {
  std::string_view name;
  Plan plan;
};
const std::vector<Mode> kModes = {
    {"error", {.call = 1, .ending = Ending::kError, .error = EIO}},
    {"errors", {.call = 1, .ending = Ending::kError, .error = EIO, .lasting = true}},
    {"full", {.call = 1, .ending = Ending::kError, .error = ENOSPC, .lasting = true}},
    {"kill", {.call = 1, .ending = Ending::kKill}},
    {"cut", {.call = 1, .ending = Ending::kPowerCut}},
};

enum class Moment { kOpening, kSaying, kStopping };
struct Operation {
  std::string_view name;
  Moment moment;
  std::optional<Saying> said;   // at that moment, or right after the opening
  bool on_a_new_disk = false;
  bool makes_backups = false;
};

history::Message SomeMessage(int number) {
  history::Message message{"H34", {}, {}};
  for (int i = 0; i < 20; ++i) {
    Statement s;
    s.case_id = "H34.01-250102-" + std::to_string(10'000 + (number * 7 + i) % 60);
    s.status = i % 3 == 0 ? Status::kFinished : Status::kProcessing;
    s.identity = static_cast<uint64_t>(number * 100 + i);
    s.position = static_cast<uint32_t>(i);
    s.received_at = StartOf(DayOf(CivilDate{2025, 1, 2}));
    s.event = *s.received_at + (number * 20 + i) * kMicrosPerHour;
    if (s.status == Status::kFinished) s.finished_at = s.event;
    message.statements.push_back(std::move(s));
  }
  return message;
}

const std::vector<Operation>& Operations() {
  static const std::vector<Operation> kOperations = {
      {"open-a-store", Moment::kOpening, SomeMessage(9), false, false},
      {"make-a-store", Moment::kOpening, SomeMessage(9), true, false},
      {"take-a-batch", Moment::kSaying, SomeMessage(9), false, false},
      {"write-a-run", Moment::kSaying, history::Crowd(1, {}), false, false},
      {"put-rows", Moment::kSaying, Deed{Act::kPutRows, 9}, false, false},
      {"make-a-checkpoint", Moment::kSaying, Deed{Act::kSeal, 9}, false, false},
      {"close-a-period", Moment::kSaying, Deed{Act::kClosePeriod, 9}, false, false},
      {"mute-a-unit", Moment::kSaying, Deed{Act::kMute, 9}, false, false},
      {"make-a-backup", Moment::kSaying, Deed{Act::kBackup, 9}, false, true},
      {"stop", Moment::kStopping, SomeMessage(9), false, false},
  };
  return kOperations;
}

// What every store holds beforehand: some of it in sorted runs, the rest in the write-ahead log.
std::vector<Saying> Before() {
  return {SomeMessage(1), Deed{Act::kPutRows, 1}, Deed{Act::kSeal, 1}, SomeMessage(2),
          Deed{Act::kMute, 1}, SomeMessage(3)};
}
constexpr size_t kInRuns = 4;   // of them

history::History Questions() {
  history::History history;
  history.message_gap = 24;
  return history;
}

// --- one operation

class Loop {
 public:
  Loop(const Operation& operation, uint64_t every) : operation_(operation), every_(every) {
    script_.history = Questions();
    script_.sayings = Before();
    script_.makes_backups = operation.makes_backups;
    last_ = script_.sayings.size();
    script_.sayings.push_back(*operation.said);
    board_.clock_us = history::ClockOf(script_.history).us;
  }

  // False where something is wrong, which was told.
  bool Run() {
    if (!Prepare()) return false;
    for (const Mode& mode : kModes) {
      uint64_t call = 1;
      for (;; call += every_) {
        bool met = false;
        if (!Once(mode, call, met)) return false;
        if (!met) break;
      }
      std::cout << operation_.name << ": " << mode.name << " at each of " << call - 1
                << " disk calls" << (every_ > 1 ? ", sampled" : "") << std::endl;
    }
    if (ended_in_sync_ > 0) {
      std::cout << operation_.name << ": " << ended_in_sync_
                << " times a failed sync of the log ended the process\n";
    }
    return true;
  }

  // False where something is wrong, which was told. `met`: there was such a call.
  bool Once(const Mode& mode, uint64_t call, bool& met) {
    fs::remove_all(disk_);
    if (!operation_.on_a_new_disk) fs::copy(before_, disk_, fs::copy_options::recursive);
    Restore();
    Plan plan = mode.plan;
    plan.call = call;
    plan.seed = call;
    const End end = RunChild([&] { return WithFault(plan); }, log_);
    met = board_.disk.met;
    if (const std::string problem = ProblemOf(end); !problem.empty()) {
      return Tell(mode, call, problem);
    }
    const End after = RunChild([&] { return Afterwards(); }, log_);
    if (const std::string problem = ProblemOf(after); !problem.empty() || after.code != kDone) {
      return Tell(mode, call, "afterwards: " + problem);
    }
    const End verified = RunChild([&] { return VerifyLife(board_, disk_); }, log_);
    if (const std::string problem = ProblemOf(verified); !problem.empty()) {
      return Tell(mode, call, "afterwards: " + problem);
    }
    return true;
  }

  bool Prepare() {
    if (operation_.on_a_new_disk) return true;
    const auto tell = [&](size_t from, size_t to, bool stops) {
      return RunChild(
          [&, from, to, stops] {
            Mount(disk_.string(), board_.disk);
            Life life(script_, board_, disk_);
            if (const auto opened = life.Open(); !opened) life.Fail(opened.error().message);
            for (size_t i = from; i < to; ++i) {
              if (!life.Say(i)) life.Fail("line " + std::to_string(i) + " is refused: " + life.refusal());
            }
            if (stops) life.Stop();
            return kDone;
          },
          log_);
    };
    for (const auto& [from, to, stops] : {std::tuple{size_t{0}, kInRuns, true},
                                          std::tuple{kInRuns, last_, false}}) {
      const End end = tell(from, to, stops);
      const std::string problem = ProblemOf(end);
      if (problem.empty() && end.code == kDone) continue;
      std::cout << operation_.name << ", beforehand: " << problem << "\n";
      return false;
    }
    fs::copy(disk_, before_, fs::copy_options::recursive);
    for (size_t i = 0; i < last_; ++i) {
      kept_.push_back({board_.lines[i].outcome, board_.lines[i].at_us, board_.lines[i].size});
    }
    kept_clock_ = board_.clock_us;
    return true;
  }

 private:
  struct Kept {
    Outcome outcome;
    int64_t at_us;
    uint64_t size;
  };

  void Restore() {
    for (size_t i = 0; i < script_.sayings.size(); ++i) {
      const Kept kept = i < kept_.size() ? kept_[i] : Kept{Outcome::kUnsaid, 0, 0};
      board_.lines[i].outcome = kept.outcome;
      board_.lines[i].at_us = kept.at_us;
      board_.lines[i].size = kept.size;
    }
    if (kept_clock_ != 0) board_.clock_us = kept_clock_;
    board_.told_alerts = 0;
    board_.disk.met = false;
    board_.disk.failed = 0;
    board_.disk.log_sync_failed = false;
    board_.disk.first_failed = {};
  }

  int WithFault(const Plan& plan) {
    Mount(disk_.string(), board_.disk);
    Life life(script_, board_, disk_);
    Arm(operation_.moment == Moment::kOpening ? plan : Plan());
    const auto opened = life.Open();
    if (!opened) {
      if (board_.disk.failed == 0) life.Fail("not opened: " + opened.error().message);
      std::cerr << opened.error().message << "\n";
      CutPower(plan.seed);
    }
    switch (operation_.moment) {
      case Moment::kOpening: break;
      case Moment::kSaying:
        Arm(plan);
        (void)life.Say(last_);
        break;
      case Moment::kStopping:
        (void)life.Say(last_);
        Arm(plan);
        life.Stop();
        CutPower(plan.seed);
    }
    life.ExpectReading();
    Disarm();
    if (operation_.moment == Moment::kOpening) (void)life.Say(last_);
    CutPower(plan.seed);
  }

  int Afterwards() {
    Mount(disk_.string(), board_.disk);
    Life life(script_, board_, disk_);
    if (const auto opened = life.Open(); !opened) life.Fail(opened.error().message);
    std::mt19937_64 random(1);
    life.Check(random);
    if (!life.Say(last_)) life.Fail("it takes nothing any more: " + life.refusal());
    life.Stop();
    return kDone;
  }

  std::string ProblemOf(const End& end) {
    if (board_.problem[0] != '\0') return board_.problem.data();
    if (end.hung) return "it hangs";
    if (end.signal == 0) return {};
    // Known, see docs/reliability.md.
    if (end.signal == SIGABRT && board_.disk.log_sync_failed) {
      ++ended_in_sync_;
      return {};
    }
    return "the process was ended by signal " + std::to_string(end.signal) + "\n" + TextOf(log_);
  }

  bool Tell(const Mode& mode, uint64_t call, const std::string& problem) const {
    std::cout << operation_.name << ", " << mode.name << " at disk call " << call << " ("
              << board_.disk.first_failed.data() << "): " << problem << "\nrepeat with: faults "
              << operation_.name << " --only " << mode.name << " " << call << "\n";
    return false;
  }

  const Operation& operation_;
  const uint64_t every_;
  Script script_;
  size_t last_ = 0;
  Board& board_ = MakeBoard();
  const Folder folder_;
  const fs::path disk_ = folder_.path() / "disk";
  const fs::path before_ = folder_.path() / "before";
  const fs::path log_ = folder_.path() / "log";
  std::vector<Kept> kept_;
  int64_t kept_clock_ = 0;
  size_t ended_in_sync_ = 0;
};

// --- the program

struct Arguments {
  std::vector<const Operation*> operations;
  uint64_t every = 1;
  const Mode* only = nullptr;
  uint64_t call = 0;
};

std::optional<uint64_t> NumberIn(std::string_view text) {
  uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || number == 0) {
    return std::nullopt;
  }
  return number;
}

template <typename Row>
const Row* Named(const std::vector<Row>& rows, std::string_view name) {
  for (const Row& row : rows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

std::optional<Arguments> ArgumentsFrom(const std::vector<std::string_view>& given) {
  Arguments arguments;
  for (size_t i = 0; i < given.size(); ++i) {
    const size_t left = given.size() - i - 1;
    std::optional<uint64_t> number;
    if (given[i] == "--every" && left >= 1 && (number = NumberIn(given[i + 1]))) {
      arguments.every = *number;
      i += 1;
    } else if (given[i] == "--only" && left >= 2 && (number = NumberIn(given[i + 2]))) {
      arguments.only = Named(kModes, given[i + 1]);
      arguments.call = *number;
      if (arguments.only == nullptr) return std::nullopt;
      i += 2;
    } else if (const Operation* operation = Named(Operations(), given[i])) {
      arguments.operations.push_back(operation);
    } else {
      return std::nullopt;
    }
  }
  if (!arguments.operations.empty()) return arguments;
  for (const Operation& operation : Operations()) arguments.operations.push_back(&operation);
  return arguments;
}

int Main(const Arguments& arguments) {
  for (const Operation* operation : arguments.operations) {
    Loop loop(*operation, arguments.every);
    bool met = false;
    const bool good = arguments.only == nullptr
                          ? loop.Run()
                          : loop.Prepare() && loop.Once(*arguments.only, arguments.call, met);
    if (!good) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace tthc::sim

int main(int count, char** values) {
  const auto arguments = tthc::sim::ArgumentsFrom({values + 1, values + count});
  if (!arguments) {
    std::cerr << "faults [OPERATION] [--every K] [--only MODE CALL]\noperations:";
    for (const auto& operation : tthc::sim::Operations()) std::cerr << " " << operation.name;
    std::cerr << "\nmodes:";
    for (const auto& mode : tthc::sim::kModes) std::cerr << " " << mode.name;
    std::cerr << "\n";
    return 2;
  }
  return tthc::sim::Main(*arguments);
}
