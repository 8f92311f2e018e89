#include "supervisor/process/flood_watch.h"

namespace supervisor {

bool FloodWatch::line(common::MonoTime now) {
  if (!window_start_ || now - *window_start_ >= settings_.window) {
    const bool was_full =
        lines_ > settings_.lines_max && window_start_ && now - *window_start_ < 2 * settings_.window;
    if (!was_full) full_since_.reset();
    window_start_ = now;
    lines_ = 0;
  }
  if (lines_ > settings_.lines_max) return full_since_ && now - *full_since_ >= settings_.flood_after;
  if (++lines_ <= settings_.lines_max) return false;
  if (!full_since_) full_since_ = now;
  return now - *full_since_ >= settings_.flood_after;
}

}  // namespace supervisor
