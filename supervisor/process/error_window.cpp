#include "supervisor/process/error_window.h"

#include <algorithm>

namespace supervisor {

ErrorWindow::ErrorWindow(int errors_max, std::chrono::milliseconds window)
    : errors_max_(static_cast<std::size_t>(std::max(errors_max, 1))), window_(window) {}

bool ErrorWindow::add(common::MonoTime now) {
  while (!errors_.empty() && now - errors_.front() >= window_) errors_.pop_front();
  errors_.push_back(now);
  if (errors_.size() < errors_max_) return false;
  errors_.clear();
  return true;
}

}  // namespace supervisor
