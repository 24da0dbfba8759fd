#include "server/live/acknowledge.h"

#include <algorithm>

#include "server/live/visible_alerts.h"

namespace tthc {
namespace {

// A principal of few units is looked up among their newest alerts.
constexpr size_t kSearchedAlerts = 100'000;

bool MaySeeAlert(const Monitor& monitor, const Principal& principal, std::string_view alert_id) {
  if (principal.sees_all_units) return true;
  const auto alerts = VisibleAlerts(monitor, principal, {}, false, kSearchedAlerts);
  return alerts && std::any_of(alerts->begin(), alerts->end(), [&](const AlertState& state) {
           return state.message.id == alert_id;
         });
}

Result<void> CheckAnswer(Monitor& monitor, const Principal& principal, std::string_view alert_id,
                         std::string_view comment) {
  if (comment.size() > kMaxCommentBytes) return Invalid("the comment is over 2000 bytes");
  if (alert_id.empty() || alert_id.size() > kMaxAlertIdBytes ||
      !MaySeeAlert(monitor, principal, alert_id)) {
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
