#include "supervisor/supervise/health.h"

#include <algorithm>

namespace supervisor {
namespace {

using common::MonoTime;

MonoTime with_grace(const Health& health, MonoTime due) {
  return health.grace_until ? std::max(due, *health.grace_until) : due;
}

}  // namespace

void note_heartbeat(Health& health, MonoTime now) {
  health.sign_of_life = now;
  health.asked.reset();
  health.starved = 0;
  // Where no part will end it, a heartbeat does.
  if (!health.progress) health.grace_until.reset();
}

void note_progress(Health& health, MonoTime now) {
  note_heartbeat(health, now);
  health.progress = now;
  health.judged = true;
  health.grace_until.reset();
}

void note_quality(Health& health, bool degraded, const std::string& reason, MonoTime now) {
  if (health.degraded && !degraded) health.good_since = now;
  if (degraded) health.good_since.reset();
  health.degraded = degraded;
  health.degraded_reason = degraded ? reason : std::string();
}

bool give_grace(Health& health, const SupervisionSettings& settings, MonoTime now) {
  if (health.grace_until) return false;
  health.grace_until = now + settings.heartbeat_timeout;
  return true;
}

void begin_judging(Health& health, MonoTime now) {
  note_heartbeat(health, now);
  health.judged = true;
}

bool confirms_hang(Health& health, const SupervisionSettings& settings, bool starved, MonoTime now) {
  if (!health.asked) return false;
  health.asked.reset();
  if (!starved || health.starved >= settings.starved_graces) return true;
  ++health.starved;
  health.grace_until = now + settings.heartbeat_timeout;
  return false;
}

HealthVerdict judge(const Health& health, const SupervisionSettings& settings, MonoTime now) {
  if (const auto due = hang_due(health, settings); due && now >= *due) return HealthVerdict::Hung;
  if (const auto due = stall_due(health, settings); due && now >= *due) return HealthVerdict::Stalled;
  return HealthVerdict::Fine;
}

std::optional<MonoTime> hang_due(const Health& health, const SupervisionSettings& settings) {
  if (!health.judged) return std::nullopt;
  if (health.asked) return *health.asked + settings.evidence_timeout;
  return with_grace(health, *health.sign_of_life + settings.heartbeat_timeout);
}

std::optional<MonoTime> stall_due(const Health& health, const SupervisionSettings& settings) {
  if (!health.progress) return std::nullopt;
  return with_grace(health, *health.progress + settings.progress_timeout);
}

std::optional<MonoTime> quality_due(const Health& health, const SupervisionSettings& settings) {
  if (!health.good_since) return std::nullopt;
  return *health.good_since + settings.quality_dwell;
}

}  // namespace supervisor
