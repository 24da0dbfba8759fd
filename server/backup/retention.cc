#include "server/backup/retention.h"

#include <algorithm>
#include <set>

namespace tthc {

std::vector<uint64_t> NoLongerKept(std::span<const MadeBackup> backups, size_t newest, size_t days) {
  std::vector<uint64_t> gone;
  std::set<Day> kept_days;
  size_t kept = 0;
  for (size_t i = backups.size(); i-- > 0;) {
    const Day day = DayOf(backups[i].made);
    const bool is_last_of_day = kept_days.size() < days && kept_days.insert(day).second;
    if (kept < std::max<size_t>(newest, 1)) {
      ++kept;
    } else if (!is_last_of_day) {
      gone.push_back(backups[i].number);
    }
  }
  std::reverse(gone.begin(), gone.end());
  return gone;
}

}  // namespace tthc
