#include "supervisor/process/limit_watch.h"

#include <cmath>

namespace supervisor {
namespace {

std::string whole(double value) {
  return std::to_string(std::llround(value));
}

}  // namespace

bool LimitWatch::exceeded(Excess& excess, double value, double limit, common::MonoTime now) const {
  if (limit <= 0 || value <= limit) {
    excess = {};
    return false;
  }
  if (!excess.since) excess.since = now;
  if (excess.told || now - *excess.since < settings_.held_for) return false;
  excess.told = true;
  return true;
}

std::string LimitWatch::describe(const char* what, double value, const char* unit, const char* setting,
                                 double limit) const {
  return std::string(what) + " " + whole(value) + unit + " above " + setting + " " + whole(limit) + " for " +
         std::to_string(settings_.held_for.count()) + " s";
}

std::optional<std::string> LimitWatch::sample(double memory_mb, double cpu_percent, common::MonoTime now) {
  const bool memory = exceeded(memory_, memory_mb, settings_.memory_mb, now);
  const bool cpu = exceeded(cpu_, cpu_percent, settings_.cpu_percent, now);
  if (memory) return describe("memory", memory_mb, " MiB", "worker_memory_mb", settings_.memory_mb);
  if (cpu) return describe("CPU", cpu_percent, " %", "worker_cpu_percent", settings_.cpu_percent);
  return std::nullopt;
}

}  // namespace supervisor
