// When each picture of a sender is shown: its time on the timeline, moved by one distance to our monotonic
// clock. The distance is the jitter buffer: it grows when pictures come too late, and shrinks when all of
// them came too early for a while, so that a sender whose clock is faster or slower than ours, or who sends
// in bursts, is shown smoothly and not later than it must be. Pure; time is an argument.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "common/time_grid.h"

namespace worker {

enum class Pace {
  Stored,     // it comes as fast as we read it: nothing to adapt to
  Segmented,  // live, in pieces of seconds: what is there in advance is needed
  Live,
};

class PlayClock {
 public:
  using Time = std::chrono::nanoseconds;  // on the timeline
  static constexpr Time cushion_min = std::chrono::milliseconds(80);
  static constexpr Time cushion_max = std::chrono::seconds(5);
  // A picture is due so much before the look that is to show it: stamps of whole milliseconds (Matroska, FLV)
  // and looks that come a little sooner must not miss it. Less than half a picture at 60 a second.
  static constexpr Time grace = std::chrono::milliseconds(8);
  static constexpr Time late_max =
      std::chrono::milliseconds(50);  // shown as it comes, and nothing is changed
  static constexpr Time first_window = std::chrono::seconds(1);
  static constexpr Time window = std::chrono::seconds(10);
  static constexpr Time excess_max = std::chrono::seconds(1);  // in advance beyond need: given up at once
  static constexpr Time step = std::chrono::milliseconds(20);  // else so much a window
  static constexpr Time excess_unseen = std::chrono::milliseconds(50);

  explicit PlayClock(Pace pace) : pace_(pace) {}

  bool is_started() const { return distance_.has_value(); }
  // The first picture of the timeline is here.
  void start(Time first, common::MonoTime now);
  common::MonoTime due(Time time) const { return common::MonoTime(time + *distance_); }
  Time time_at(common::MonoTime now) const { return now.time_since_epoch() - *distance_; }

  // All that came is shown, and the newest of it `late` after it was due.
  void came_late(Time late);
  // At every look for pictures: the newest that came, shown or not.
  void look(Time newest, common::MonoTime now);
  // Looks begin, or begin again after a pause.
  void begin_window(common::MonoTime now);
  Time cushion() const { return cushion_; }

 private:
  const Pace pace_;
  std::optional<Time> distance_;
  Time cushion_ = cushion_min;  // in advance, as far as pictures came late until now
  common::MonoTime window_end_{};
  bool first_window_ = true;
  std::optional<Time> least_;  // that came in advance in this window
};

}  // namespace worker
