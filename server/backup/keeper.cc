#include "server/backup/keeper.h"

#include <sys/resource.h>

#include <algorithm>

#include "server/clock.h"
#include "server/threads.h"

namespace tthc {
namespace {

// After a failure it is tried again so soon, or when the next one is due.
constexpr int64_t kRetryMicros = 10 * kMicrosPerMinute;
constexpr int kLowPriority = 10;

double Seconds(Instant at) { return static_cast<double>(at.us) / kMicrosPerSecond; }

}  // namespace

BackupKeeper::BackupKeeper(const Store& store, ProcessMetrics& metrics, BackupOptions options)
    : store_(store), metrics_(metrics), options_(std::move(options)), folder_(options_.folder) {
  status_.dir = options_.folder.dir;
  status_.every_us = options_.every_us;
}
BackupKeeper::~BackupKeeper() { Stop(); }

void BackupKeeper::Start() {
  if (options_.folder.dir.empty()) return;
  metrics_.backup_interval.Set(static_cast<double>(options_.every_us) / kMicrosPerSecond);
  auto backups = ListBackups(options_.folder.dir);
  {
    const std::lock_guard lock(mutex_);
    Take(std::move(backups));
  }
  thread_ = StartThread("backup", [this] { Run(); });
}

void BackupKeeper::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  folder_.StopCopying();
  if (thread_.joinable()) thread_.join();
}

Result<void> BackupKeeper::Ask() {
  if (options_.folder.dir.empty()) {
    return Error{ErrorKind::kConflict, "there is no directory for backups (setting backup.dir)"};
  }
  const std::lock_guard lock(mutex_);
  asked_ = true;
  changed_.notify_all();
  return {};
}

BackupStatus BackupKeeper::Status() const {
  const std::lock_guard lock(mutex_);
  BackupStatus status = status_;
  status.under_way = status.under_way || asked_;
  return status;
}

int64_t BackupKeeper::MicrosUntilDue() const {
  if (tried_us_ != INT64_MIN) {
    const int64_t pause = status_.failure.empty() ? options_.every_us
                                                  : std::min(options_.every_us, kRetryMicros);
    return std::max<int64_t>(0, tried_us_ + pause - MonotonicMicros());
  }
  if (status_.backups.empty()) return 0;
  const int64_t age = WallNow() - status_.backups.back().made;
  return options_.every_us - std::clamp<int64_t>(age, 0, options_.every_us);
}

bool BackupKeeper::WaitForTurn() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::microseconds(MicrosUntilDue()),
                    [this] { return stopping_ || asked_; });
  if (stopping_) return false;
  asked_ = false;
  status_.under_way = true;
  status_.copied_bytes = 0;
  return true;
}

void BackupKeeper::Run() {
  // Of this thread, on Linux.
  (void)::setpriority(PRIO_PROCESS, 0, kLowPriority);
  while (WaitForTurn()) MakeOne();
}

void BackupKeeper::MakeOne() {
  const int64_t begun = MonotonicMicros();
  const auto made = Make();
  tried_us_ = MonotonicMicros();
  auto backups = ListBackups(options_.folder.dir);
  // At once: who sees that it is no longer under way sees what came of it.
  const std::lock_guard lock(mutex_);
  status_.under_way = false;
  if (!made && stopping_) return;
  status_.failure = made ? "" : made.error().message;
  status_.failed_at.reset();
  if (made) {
    metrics_.backup_seconds.Set(static_cast<double>(tried_us_ - begun) / kMicrosPerSecond);
  } else {
    status_.failed_at = WallNow();
  }
  Take(std::move(backups));
}

Result<void> BackupKeeper::Make() {
  if (store_.Failed()) {
    return Error{ErrorKind::kUnavailable, "no backup is made of a store that takes no writes: " +
                                              store_.OnlyRead()};
  }
  BackupFolder::Watch watch;
  watch.copied = [this](uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    status_.copied_bytes = bytes;
  };
  watch.checked = [this](uint64_t) {
    const std::lock_guard lock(mutex_);
    return !stopping_;
  };
  const auto added = folder_.Add(store_, watch);
  if (!added) return added.error();
  return folder_.Keep(options_.newest, options_.days);
}

void BackupKeeper::Take(Result<std::vector<BackupFacts>> backups) {
  if (backups) {
    status_.backups = std::move(*backups);
  } else if (backups.error().kind != ErrorKind::kNotFound) {
    status_.failure = backups.error().message;
    status_.failed_at = WallNow();
  }
  Show();
}

void BackupKeeper::Show() {
  metrics_.backup_failing.Set(status_.failure.empty() ? 0 : 1);
  metrics_.backups.Set(static_cast<double>(status_.backups.size()));
  metrics_.backup_timestamp.Set(
      status_.backups.empty() ? 0 : Seconds(status_.backups.back().made));
}

}  // namespace tthc
