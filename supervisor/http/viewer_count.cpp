#include "supervisor/http/viewer_count.h"

#include <algorithm>

namespace supervisor {

ViewerCount::Group* ViewerCount::group_of(std::uint64_t group, common::MonoTime now) {
  const auto found = groups_.find(group);
  if (found != groups_.end()) return &found->second;
  if (groups_.size() >= groups_max) return nullptr;
  return &groups_.emplace(group, Group{.last = now, .waiting = 0, .peak = 1, .peak_at = now}).first->second;
}

void ViewerCount::asked(std::uint64_t group, common::MonoTime now) {
  if (Group* known = group_of(group, now)) known->last = now;
}

void ViewerCount::began_waiting(std::uint64_t group, common::MonoTime now) {
  Group* known = group_of(group, now);
  if (!known) return;
  known->last = now;
  ++known->waiting;
  if (known->waiting >= known->peak || now - known->peak_at > window_) {
    known->peak = std::max(1, known->waiting);
    known->peak_at = now;
  }
}

void ViewerCount::ended_waiting(std::uint64_t group) {
  const auto found = groups_.find(group);
  if (found != groups_.end() && found->second.waiting > 0) --found->second.waiting;
}

bool ViewerCount::is_present(const Group& group, common::MonoTime now) const {
  return group.waiting > 0 || now - group.last <= window_;
}

int ViewerCount::count(common::MonoTime now) const {
  int viewers = 0;
  for (const auto& [key, group] : groups_) {
    if (!is_present(group, now)) continue;
    viewers += now - group.peak_at <= window_ ? group.peak : std::max(1, group.waiting);
  }
  return viewers;
}

void ViewerCount::prune(common::MonoTime now) {
  std::erase_if(groups_, [&](const auto& entry) { return !is_present(entry.second, now); });
}

}  // namespace supervisor
