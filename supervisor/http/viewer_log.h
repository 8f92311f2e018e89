// What viewers did, as told by several threads, back in the order of time: viewer_count.h counts requests
// that wait at the same moment, and one player has connections of several threads. Pure, bounded.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/time_grid.h"

namespace supervisor {

struct ViewerEvent {
  enum class Kind { Asked, BeganWaiting, EndedWaiting };  // as in viewer_count.h
  Kind kind = Kind::Asked;
  std::string stream;
  std::uint64_t group = 0;
  common::MonoTime at{};
};

class ViewerLog {
 public:
  static constexpr std::size_t events_max = 1u << 16;  // more are taken as they are, complete or not

  // One lane for each thread. At first nothing is expected of any.
  explicit ViewerLog(std::size_t lanes) : reached_(lanes, common::MonoTime::max()) {}

  void add(ViewerEvent event) { events_.push_back(std::move(event)); }
  // Everything of this lane that is older than `until` was added; max(): nothing more is expected of it.
  void reached(std::size_t lane, common::MonoTime until) { reached_.at(lane) = until; }
  // What no lane can add anything before any more, oldest first.
  std::vector<ViewerEvent> take();

 private:
  std::vector<ViewerEvent> events_;
  std::vector<common::MonoTime> reached_;
};

}  // namespace supervisor
