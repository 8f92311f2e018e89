#include "worker/receive/play_clock.h"

namespace worker {

void PlayClock::start(Time first, common::MonoTime now) {
  distance_ = now.time_since_epoch() - first + (pace_ == Pace::Stored ? Time(0) : cushion_) - grace;
  begin_window(now);
}

void PlayClock::came_late(Time late) {
  if (late <= late_max) return;
  *distance_ += late;
  if (pace_ != Pace::Stored) cushion_ = std::min(cushion_max, cushion_ + late);
  least_.reset();
}

void PlayClock::begin_window(common::MonoTime now) {
  window_end_ = now + first_window;
  first_window_ = true;
  least_.reset();
}

void PlayClock::look(Time newest, common::MonoTime now) {
  if (pace_ != Pace::Live) return;
  const Time early = due(newest) - now;
  least_ = std::min(least_.value_or(early), early);
  if (now < window_end_) return;
  const Time excess = *least_ - cushion_;
  if (excess > excess_unseen) *distance_ -= first_window_ || excess > excess_max ? excess : step;
  cushion_ = std::max(cushion_min, cushion_ - (cushion_ - cushion_min) / 10);
  window_end_ = now + window;
  first_window_ = false;
  least_.reset();
}

}  // namespace worker
