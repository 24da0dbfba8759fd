// What is watched beside the cases, once a minute: senders, calendars, scores.
#include "server/pipeline/pipeline.h"

namespace tthc {
namespace {

constexpr int64_t kWatchEveryMicros = kMicrosPerMinute;

// Of when it was heard last, so that another silence is another alert.
std::string SilentSenderId(const std::string& sender, Instant last) {
  return std::string(NameOf(AlertKind::kSenderSilent)) + "~" + sender + "~" +
         std::to_string(last.us / kMicrosPerSecond);
}

}  // namespace

void Pipeline::WatchSubjects(Instant now) {
  const bool rests = watched_at_ != Instant{INT64_MIN} && now < watched_at_ + kWatchEveryMicros;
  if (!parts_.fires_alerts || rests) return;
  watched_at_ = now;
  std::vector<Subject> standing = SilentSenders(now);
  std::vector<AlertMessage> open;
  const auto add_open = [&](AlertKind kind) {
    for (AlertMessage& alert : parts_.alerts.OpenOf(kind)) open.push_back(std::move(alert));
  };
  add_open(AlertKind::kSenderSilent);
  for (Subject& subject : EndingCalendars(now)) standing.push_back(std::move(subject));
  add_open(AlertKind::kCalendarEnding);
  // After a start nothing is known of scores for a moment, which ends no alert.
  if (auto below = parts_.watch.scores_below()) {
    for (Subject& subject : *below) standing.push_back(std::move(subject));
    add_open(AlertKind::kScoreBelowBand);
  }
  const auto changes = SubjectChanges(parts_.alert_rules, standing, open);
  if (changes.empty()) return;
  for (const AlertMessage& change : changes) parts_.alerts.Prepare(change, now);
  (void)CommitBatch(parts_.sync);
}

std::vector<Subject> Pipeline::SilentSenders(Instant now) const {
  std::vector<Subject> silent;
  for (const Senders::Heard& heard : parts_.senders.All()) {
    if (now < heard.silent_from) continue;
    const std::string name = parts_.directory.Text(heard.sender);
    std::optional<UnitId> unit;
    if (heard.unit) unit = desk_.directory().UnitOf(*heard.unit);
    const Unit& root = RootOf(unit, DayOf(now));
    silent.push_back({AlertKind::kSenderSilent, SilentSenderId(name, heard.last), root.code,
                      root.name,
                      "hệ thống " + name + ", lần cuối lúc " + FormatVietnamese(heard.last) +
                          (heard.learned ? ", im lặng lâu hơn nhịp gửi thường lệ" : "")});
  }
  return silent;
}

std::vector<Subject> Pipeline::EndingCalendars(Instant now) const {
  const Day today = DayOf(now);
  const auto calendars = parts_.casework.Now().calendars;
  if (calendars->HorizonDays(today) > parts_.watch.calendar_warn_days) return {};
  const std::string last = FormatDay(calendars->Default().horizon());
  const Unit& root = RootOf(std::nullopt, today);
  return {{AlertKind::kCalendarEnding,
           std::string(NameOf(AlertKind::kCalendarEnding)) + "~" + last, root.code, root.name,
           "ngày nghỉ mới được công bố đến " + last}};
}

const Unit& Pipeline::RootOf(std::optional<UnitId> unit, Day day) const {
  const UnitTree& tree = *desk_.directory().units;
  UnitId at = unit && *unit < tree.size() ? *unit : 0;
  for (auto above = tree.ParentOn(at, day); above; above = tree.ParentOn(at, day)) at = *above;
  return tree.at(at);
}

}  // namespace tthc
