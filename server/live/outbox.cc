#include "server/live/outbox.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace tthc {

bool Outbox::Push(std::shared_ptr<const AlertMessage> message, bool moving) {
  if (queue_.size() >= (moving ? collapse_at_ : limit_)) {
    Collapse(*message);
    collapse_at_ = std::max(limit_, 2 * queue_.size());
  }
  if (queue_.size() >= (moving ? limit_ * kBurst : limit_)) return false;
  queue_.push_back(std::move(message));
  return true;
}

std::shared_ptr<const AlertMessage> Outbox::Pop() {
  if (queue_.empty()) return nullptr;
  auto message = std::move(queue_.front());
  queue_.pop_front();
  return message;
}

namespace {

// What is about no case stands for itself: no digest takes another's place.
std::pair<std::string_view, std::string_view> PlaceOf(const AlertMessage& m) {
  return {m.case_id.empty() ? m.id : m.case_id, m.kind};
}

}  // namespace

void Outbox::Collapse(const AlertMessage& newest) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  seen.insert(PlaceOf(newest));
  std::deque<std::shared_ptr<const AlertMessage>> kept;
  for (auto it = queue_.rbegin(); it != queue_.rend(); ++it) {
    if (seen.insert(PlaceOf(**it)).second) kept.push_front(*it);
  }
  collapsed_ += queue_.size() - kept.size();
  queue_ = std::move(kept);
}

}  // namespace tthc
