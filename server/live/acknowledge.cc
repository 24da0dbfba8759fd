#include "server/live/acknowledge.h"

#include "server/live/visible_alerts.h"

namespace tthc {
namespace {

Result<void> CheckAnswer(Monitor& monitor, const Principal& principal, std::string_view alert_id,
                         std::string_view comment) {
  if (comment.size() > kMaxCommentBytes) return Invalid("the comment is over 2000 bytes");
  const auto alert = alert_id.size() <= kMaxAlertIdBytes ? monitor.FindAlert(alert_id)
                                                         : std::optional<AlertState>();
  if (!alert || !MaySeeAlert(monitor, principal, alert->message)) {
    return Error{ErrorKind::kNotFound, "there is no such alert"};
  }
  return {};
}

}  // namespace

Result<AlertState> AcknowledgeAs(Monitor& monitor, const Principal& principal,
                                 std::string_view alert_id, std::string_view comment) {
  const auto checked = CheckAnswer(monitor, principal, alert_id, comment);
  if (!checked) return checked.error();
  return monitor.Acknowledge(alert_id, principal.name, comment);
}

Result<AlertState> SnoozeAs(Monitor& monitor, const Principal& principal,
                            std::string_view alert_id, Instant until, std::string_view comment) {
  const auto checked = CheckAnswer(monitor, principal, alert_id, comment);
  if (!checked) return checked.error();
  return monitor.Snooze(alert_id, until, principal.name, comment);
}

}  // namespace tthc
