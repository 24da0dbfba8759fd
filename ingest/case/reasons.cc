// Names of states and reasons, as the API, metrics and tests spell them.
#include <array>

#include "ingest/case/verdict.h"

namespace tthc {

std::string_view NameOf(CaseState state) {
  static constexpr std::array<std::string_view, 6> kNames = {
      "outside",       "resolved_early",  "resolved_on_time",
      "resolved_late", "pending_in_time", "pending_late"};
  return kNames[static_cast<size_t>(state)];
}

std::string_view NameOf(OpenState state) {
  static constexpr std::array<std::string_view, 5> kNames = {"not_open", "in_time", "due_soon",
                                                             "overdue", "paused"};
  return kNames[static_cast<size_t>(state)];
}

std::string_view CodeOf(Reason reason) {
  static constexpr std::array<std::string_view, 14> kCodes = {
      "not_received", "received_after",  "refused",       "ended_before",      "withdrawn",
      "second_supplement", "no_due_date", "ended_by_due", "ended_after_due",   "waiting",
      "waiting_asked_late", "paused",     "running_by_due", "running_after_due"};
  return kCodes[static_cast<size_t>(reason)];
}

}  // namespace tthc
