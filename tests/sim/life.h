// A life of the daemon on the simulated disk: a child process that opens the monitor, is told things and
// ends, or is ended. What it was told and what it acknowledged lies in memory that outlives it, so that
// the next life can be held against it.
#pragma once

#include <array>
#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "disk.h"
#include "history.h"
#include "server/monitor.h"

namespace tthc::sim {

// --- what is told, in this order; one that did not come to its end is told again by the next life

enum class Act { kPutRows, kSeal, kClosePeriod, kMute, kBackup };
struct Deed {
  Act act;
  int number = 0;   // what it is about; no two with the same act have the same
};
using Saying = std::variant<history::Message, Deed>;

enum class Outcome : uint8_t { kUnsaid, kTried, kAcknowledged };
struct Line {
  std::atomic<Outcome> outcome = Outcome::kUnsaid;
  std::atomic<int64_t> at_us = 0;    // the clock when it was tried; once acknowledged: when it was recorded
  std::atomic<uint64_t> size = 0;    // of a checkpoint; number of a backup; end of a mute
};

// Lies in shared memory.
struct Board {
  static constexpr size_t kMostLines = 600;
  DiskReport disk;
  std::atomic<int64_t> clock_us = 0;
  std::atomic<uint64_t> told_alerts = 0;   // the last number that a listener was told
  std::atomic<size_t> next = 0;            // the next thing to do
  std::atomic<bool> refused = false;       // a write was refused in this life
  std::array<Line, kMostLines> lines;
  std::array<char, 16384> problem{};       // why the run has failed; empty: it has not
};
Board& MakeBoard();

// --- deliberate faults that the checks must find

enum class Canary { kNone, kLostBatch, kDoubleCount, kNoSync, kLyingDisk };
std::optional<Canary> CanaryNamed(std::string_view name);

// --- one life

struct Script {
  std::vector<Saying> sayings;
  history::History history;      // whose questions are asked
  Canary canary = Canary::kNone;
  bool makes_backups = false;    // one at once where there is none
};

// What a child process did.
struct End {
  int code = 0;       // where it ended by itself
  int signal = 0;     // 0: none
  bool hung = false;  // it had to be ended
};
// Exit codes of a life, beside those of the disk.
inline constexpr int kDone = 0;        // everything was done, and the store was closed
inline constexpr int kRefusedToOpen = 21;
inline constexpr int kProblem = 22;
inline constexpr int kEnded = 23;      // as it was to end; others follow

// A folder of its own, in memory where the machine has such a place; gone with it.
class Folder {
 public:
  Folder();
  ~Folder();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};
std::string TextOf(const std::filesystem::path& file);

// Runs `life` in a child process (this one must never open a store: RocksDB's threads do not survive a
// fork) whose standard error goes to `log`; its answer is the exit code.
End RunChild(const std::function<int()>& life, const std::filesystem::path& log);

class Life {
 public:
  Life(const Script& script, Board& board, const std::filesystem::path& folder);
  ~Life();

  // Ends the process with a problem on the board.
  [[noreturn]] void Fail(const std::string& what) const;

  Result<void> Open();
  // Tells again what was told without an answer. Then everything acknowledged must be there, nothing
  // twice, and every figure that of the reference; `random` chooses the questions.
  void Check(std::mt19937_64& random);
  // False where it was refused; why is then in refusal().
  bool Say(size_t line);
  const std::string& refusal() const { return refusal_; }
  void Advance(int64_t micros);
  // A store that takes no writes goes on answering.
  void ExpectReading() const;
  void Stop();

  Monitor& monitor() { return *monitor_; }

 private:
  class Clock;
  bool Tell(size_t line, const history::Message& message);
  bool Do(size_t line, const Deed& deed);
  bool Refused(const Error& error);
  Result<uint64_t> Attempt(const Deed& deed);
  // Empty: what it did is there.
  std::string Missing(const Deed& deed, const Line& line);
  void Acknowledge(size_t line, Instant recorded);
  void Learn(const history::Message& message, Instant recorded);
  void CheckStatements() const;
  void CheckAlerts() const;
  void CheckFigures(std::mt19937_64& random) const;

  const Script& script_;
  Board& board_;
  const std::filesystem::path folder_;
  std::shared_ptr<Clock> clock_;
  std::vector<Statement> arrivals_;
  std::set<std::pair<std::string, uint64_t>> known_;   // statements that were acknowledged
  std::unique_ptr<Monitor> monitor_;
  uint64_t subscription_ = 0;
  int told_ = 0;
  std::string refusal_;
};

// A life that checks the chain of the log, and the cases against it, of a store that nobody has open.
int VerifyLife(Board& board, const std::filesystem::path& folder);

}  // namespace tthc::sim
