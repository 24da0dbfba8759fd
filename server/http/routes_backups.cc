// Backups: what there is, and one more.
#include <array>

#include "config/json_text.h"
#include "server/http/parameters.h"
#include "server/http/problem.h"
#include "server/http/render.h"
#include "server/http/router.h"

namespace tthc {
namespace {

json::object BackupJson(const BackupFacts& backup) {
  return {{"number", backup.number},
          {"made_at", FormatInstant(backup.made)},
          {"checked_at", FormatInstant(backup.checked)},
          {"bytes", backup.bytes},
          {"records", backup.contents.records},
          {"last_recorded", InstantValue(backup.contents.last_recorded)},
          {"cases", backup.contents.cases},
          {"checkpoints", backup.contents.checkpoints}};
}

json::object StatusJson(const BackupStatus& status) {
  json::array backups;
  for (size_t i = status.backups.size(); i-- > 0;) backups.push_back(BackupJson(status.backups[i]));
  return {{"enabled", !status.dir.empty()},
          {"every_seconds", status.every_us / kMicrosPerSecond},
          {"under_way", status.under_way},
          {"copied_bytes", status.copied_bytes},
          {"failure", TextOrNull(status.failure)},
          {"failed_at", InstantValue(status.failed_at)},
          {"backups", std::move(backups)}};
}

// How much there is of all units, and when it came.
std::optional<Response> Refused(const Call& call) {
  if (call.principal.sees_all_units) return std::nullopt;
  return ProblemResponse(ProblemKind::kForbidden, "Backups are shown to tokens that see all units.");
}

Response Backups(const Call& call) {
  if (auto refused = Refused(call)) return std::move(*refused);
  return JsonResponse(StatusJson(call.monitor().Backups()));
}

Response AskForBackup(const Call& call) {
  if (auto refused = Refused(call)) return std::move(*refused);
  const auto asked = call.monitor().AskForBackup();
  if (!asked) return ProblemResponse(asked.error());
  return JsonResponse(StatusJson(call.monitor().Backups()));
}

constexpr std::array kRoutes = std::to_array<Route>({
    {http::verb::get, "/api/v1/backups", "listBackups", Right::kAdminister, Runs::kOnQueryPool,
     Backups, nullptr, "", "", "Backups",
     "Backups that were checked and are whole, newest first, what each holds, and how the last try went."},
    {http::verb::post, "/api/v1/backups", "makeBackup", Right::kAdminister, Runs::kOnQueryPool,
     AskForBackup, nullptr, "", "", "Backups",
     "Asks for a backup now, made in the background: it is good once it is listed."},
});

}  // namespace

std::span<const Route> BackupRoutes() { return kRoutes; }

}  // namespace tthc
