#include "server/alerts/digest_desk.h"

#include <algorithm>

namespace tthc {
namespace {

std::string RecipientKey(const AlertMessage& m) {
  return m.recipient + " " + std::string(NameOf(m.level));
}

// The worst first, then what is due first.
bool ComesFirst(const DigestDesk::MessagePtr& a, const DigestDesk::MessagePtr& b) {
  if (a->severity != b->severity) return a->severity > b->severity;
  return std::pair(a->due_at.value_or(kEndOfTime), a->seq) <
         std::pair(b->due_at.value_or(kEndOfTime), b->seq);
}

}  // namespace

DigestDesk::Reason DigestDesk::ReasonFor(const AlertMessage& message, Instant now) const {
  if (const auto muted = muted_until_(message.unit, now)) return {AlertHeld::kMuted, *muted};
  const Instant rings =
      NextNotifyTime(policy_.hours, policy_.calendars->For(message.recipient), now);
  if (rings > now) return {AlertHeld::kQuietHours, rings};
  return {};
}

void DigestDesk::Judge(const std::vector<AlertMessage*>& alerts, Instant now) {
  const int64_t minute = now.us / kMicrosPerMinute;
  if (minute != minute_) singles_.clear();
  minute_ = minute;
  std::unordered_map<std::string, size_t> coming;
  for (AlertMessage* alert : alerts) {
    alert->held = ReasonFor(*alert, now).held;
    if (alert->held == AlertHeld::kNot) ++coming[RecipientKey(*alert)];
  }
  for (AlertMessage* alert : alerts) {
    if (alert->held != AlertHeld::kNot) continue;
    const std::string key = RecipientKey(*alert);
    if (singles_[key] + coming[key] > policy_.singles_per_minute) alert->held = AlertHeld::kMany;
  }
  for (const auto& [key, count] : coming) singles_[key] += count;
}

void DigestDesk::Keep(MessagePtr message, Instant now) {
  Reason reason = ReasonFor(*message, now);
  if (reason.held == AlertHeld::kNot) {
    reason.until = Instant{(now.us / kMicrosPerMinute + 1) * kMicrosPerMinute};
  }
  const uint64_t seq = message->seq;
  Group& group = groups_[RecipientKey(*message)];
  group.seqs.push_back(seq);
  group.next = std::min(group.next, reason.until);
  next_ = std::min(next_, reason.until);
  kept_[seq] = {std::move(message), reason.until};
}

DigestDesk::MessagePtr DigestDesk::Find(uint64_t seq) const {
  const auto at = kept_.find(seq);
  return at == kept_.end() ? nullptr : at->second.message;
}

void DigestDesk::Recheck() {
  for (auto& [recipient, group] : groups_) group.recheck = true;
  if (!groups_.empty()) next_ = Instant{INT64_MIN};
}

std::vector<AlertMessage> DigestDesk::Digests(Instant now) {
  std::vector<AlertMessage> digests;
  size_t left = kMostAtOnce;
  next_ = kEndOfTime;
  for (auto it = groups_.begin(); it != groups_.end();) {
    Group& group = it->second;
    if (left > 0 && (group.recheck || group.next <= now)) {
      const auto ready = TakeReady(group, now, left);
      left -= ready.size();
      for (size_t begin = 0; begin < ready.size(); begin += kMostTold) {
        const size_t end = std::min(begin + kMostTold, ready.size());
        digests.push_back(DigestOf({ready.begin() + static_cast<ptrdiff_t>(begin),
                                    ready.begin() + static_cast<ptrdiff_t>(end)}));
      }
    }
    next_ = std::min(next_, group.recheck ? Instant{INT64_MIN} : group.next);
    it = group.seqs.empty() ? groups_.erase(it) : std::next(it);
  }
  return digests;
}

std::vector<DigestDesk::MessagePtr> DigestDesk::TakeReady(Group& group, Instant now, size_t most) {
  std::vector<MessagePtr> ready;
  std::vector<uint64_t> stay;
  group.next = kEndOfTime;
  size_t i = 0;
  for (; i < group.seqs.size() && ready.size() < most; ++i) {
    const auto kept = kept_.find(group.seqs[i]);
    if (kept == kept_.end()) continue;
    Waiting& waiting = kept->second;
    if (waiting.until <= now || group.recheck) {
      const Reason reason = ReasonFor(*waiting.message, now);
      if (reason.held == AlertHeld::kNot) {
        ready.push_back(waiting.message);
        continue;
      }
      waiting.until = reason.until;
    }
    group.next = std::min(group.next, waiting.until);
    stay.push_back(group.seqs[i]);
  }
  const bool all = i == group.seqs.size();
  if (!all) group.next = now;
  if (all) group.recheck = false;
  stay.insert(stay.end(), group.seqs.begin() + static_cast<ptrdiff_t>(i), group.seqs.end());
  group.seqs = std::move(stay);
  return ready;
}

AlertMessage DigestDesk::DigestOf(const std::vector<MessagePtr>& messages) const {
  AlertMessage digest;
  digest.type = AlertType::kDigest;
  digest.kind = digest.rung = "digest";
  digest.unit = digest.recipient = messages.front()->recipient;
  digest.level = messages.front()->level;
  digest.severity = AlertSeverity::kInfo;
  std::map<std::string, size_t> of_kind;
  for (const MessagePtr& message : messages) {
    digest.told.push_back(message->seq);
    digest.severity = std::max(digest.severity, message->severity);
    ++of_kind[message->kind];
  }
  std::string counts;
  for (const auto& [kind, count] : of_kind) {
    const auto known = AlertKindNamed(kind);
    const std::string title = known ? policy_.rules->Of(*known).title : kind;
    counts += (counts.empty() ? "" : "; ") + title + ": " + std::to_string(count);
  }
  digest.text = "Tổng hợp " + std::to_string(messages.size()) + " cảnh báo. " + counts + ".";
  std::vector<MessagePtr> shown = messages;
  const size_t lines = std::min(shown.size(), kLinesShown);
  std::partial_sort(shown.begin(), shown.begin() + static_cast<ptrdiff_t>(lines), shown.end(),
                    ComesFirst);
  for (size_t i = 0; i < lines; ++i) digest.text += "\n– " + shown[i]->text;
  if (lines < shown.size()) {
    digest.text += "\n– … và " + std::to_string(shown.size() - lines) + " cảnh báo khác.";
  }
  return digest;
}

}  // namespace tthc
