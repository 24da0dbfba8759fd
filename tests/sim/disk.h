// A disk that fails on purpose, inside this process and below RocksDB.
//
// The libc calls that change files (open, write, fsync, rename, …) are defined here once more; the
// dynamic linker gives these to the program and to every library it uses. Outside the mounted directory
// they do what they always do. Inside it they are counted, and
//   * one of them, by its number, can fail, or be the last thing that the process does;
//   * what a power cut would leave is known at any moment: of a file the bytes that were synced and, by
//     seed, some of those written since, the last write torn; of a directory the names as they were when it
//     was synced last and, by seed, the first of what was made, renamed and removed since. Names survive
//     only by a sync of their directory. Directories themselves survive at once.
// Not seen: what is written through memory maps, and reads.
//
// One disk per process. Thread safety: calls of all threads go through it one at a time.
#pragma once

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <string>

namespace tthc::sim {

enum class Ending {
  kError,      // the call fails, with `error`
  kKill,       // the process ends before the call; what was written stays
  kPowerCut,   // the process ends before the call; the folder becomes what the power cut leaves
};

struct Plan {
  uint64_t call = 0;      // the how-manyth call from now, from 1; 0: none
  // Counted are the calls of RocksDB's compactions, and no others. Otherwise all but those: they come
  // whenever their thread has time, and would put every number behind them out of order.
  bool compactions = false;
  Ending ending = Ending::kError;
  int error = EIO;
  bool lasting = false;   // every later call of the kinds that `error` can befall fails too
  uint64_t seed = 0;      // of what survives a power cut
};

// Exit codes of a process that the disk ends.
inline constexpr int kKilled = 101;
inline constexpr int kCut = 102;

// Lies in memory that outlives the process.
struct DiskReport {
  std::atomic<uint64_t> calls = 0;      // that were counted, since the last Arm
  std::atomic<bool> met = false;        // the call of the plan was made; whoever looks resets it
  std::atomic<uint64_t> failed = 0;     // that were made to fail
  std::array<char, 120> first_failed{};   // "fdatasync 000004.log"
  std::atomic<bool> log_sync_failed = false;   // a sync of RocksDB's write-ahead log was among them
};

// From now on `folder` lies on the simulated disk; everything in it counts as synced.
void Mount(const std::string& folder, DiskReport& report);
void Arm(const Plan& plan);
// The calls work again.
void Disarm();
// Syncs do nothing and say that they did.
void LieFromNow();
[[noreturn]] void CutPower(uint64_t seed);

}  // namespace tthc::sim
