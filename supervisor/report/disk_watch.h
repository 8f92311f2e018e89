// Says once when a disk gets full, once when it is nearly full, and once when there is room again (faults
// D08). Between two levels lie two points of hysteresis. Pure.
#pragma once

#include <algorithm>
#include <optional>
#include <string>

namespace supervisor {

class DiskWatch {
 public:
  static constexpr double critical_percent = 95;
  static constexpr double hysteresis_percent = 2;
  enum class Level { Fine, Warn, Critical };
  struct News {
    Level level = Level::Fine;
    std::string text;
  };

  // warn_percent: monitoring.disk_warn_percent.
  DiskWatch(std::string path, double warn_percent) : path_(std::move(path)), warn_percent_(warn_percent) {}

  void set_warn_percent(double warn_percent) { warn_percent_ = warn_percent; }
  // What is to be told; nothing while the level stays.
  std::optional<News> look(double used_percent) {
    const Level before = level_;
    level_ = level_of(used_percent);
    if (level_ == before) return std::nullopt;
    const std::string used = std::to_string(static_cast<int>(used_percent)) + " % of it are used";
    if (level_ == Level::Fine) return News{level_, "the disk of " + path_ + " has room again: " + used};
    return News{level_, "the disk of " + path_ + " is " +
                            (level_ == Level::Critical ? "nearly full: " : "filling up: ") + used};
  }

 private:
  Level level_of(double used) const {
    const double critical = std::max(critical_percent, warn_percent_);
    if (used >= critical || (level_ == Level::Critical && used > critical - hysteresis_percent)) {
      return Level::Critical;
    }
    const bool was_full = level_ != Level::Fine;
    if (used >= warn_percent_ || (was_full && used > warn_percent_ - hysteresis_percent)) return Level::Warn;
    return Level::Fine;
  }

  std::string path_;
  double warn_percent_;
  Level level_ = Level::Fine;
};

}  // namespace supervisor
