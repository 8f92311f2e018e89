#include "supervisor/http/viewer_log.h"

#include <algorithm>
#include <iterator>

namespace supervisor {

std::vector<ViewerEvent> ViewerLog::take() {
  std::stable_sort(events_.begin(), events_.end(),
                   [](const ViewerEvent& one, const ViewerEvent& other) { return one.at < other.at; });
  const common::MonoTime until = *std::min_element(reached_.begin(), reached_.end());
  const auto end = events_.size() > events_max
                       ? events_.end()
                       : std::partition_point(events_.begin(), events_.end(),
                                              [until](const ViewerEvent& event) { return event.at < until; });
  std::vector<ViewerEvent> taken(std::make_move_iterator(events_.begin()), std::make_move_iterator(end));
  events_.erase(events_.begin(), end);
  return taken;
}

}  // namespace supervisor
