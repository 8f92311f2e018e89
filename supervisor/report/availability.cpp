#include "supervisor/report/availability.h"

#include <algorithm>

namespace supervisor {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

std::int64_t unix_ms(WallTime wall) {
  return duration_cast<milliseconds>(wall.time_since_epoch()).count();
}

std::optional<double> part(std::int64_t of, std::int64_t whole) {
  if (whole <= 0) return std::nullopt;
  return std::clamp(static_cast<double>(of) / static_cast<double>(whole), 0.0, 1.0);
}

// Spreads an interval over the buckets it touches.
void spread(AvailabilityBuckets& buckets, std::int64_t width_ms, std::int64_t from_ms, std::int64_t to_ms,
            const AvailabilityCondition& condition) {
  while (from_ms < to_ms) {
    const std::int64_t index = from_ms / width_ms;
    const std::int64_t end = std::min(to_ms, (index + 1) * width_ms);
    AvailabilitySums& sums = buckets[index];
    sums.desired_ms += end - from_ms;
    if (condition.picture) sums.picture_ms += end - from_ms;
    if (condition.stream) sums.stream_ms += end - from_ms;
    from_ms = end;
  }
}

AvailabilitySums sum_up(const AvailabilityBuckets& buckets, std::int64_t newest, std::int64_t count) {
  AvailabilitySums sums;
  const auto end = buckets.upper_bound(newest);
  for (auto bucket = buckets.lower_bound(newest - count + 1); bucket != end; ++bucket) sums += bucket->second;
  return sums;
}

void drop_oldest(AvailabilityBuckets& buckets, std::size_t kept) {
  while (buckets.size() > kept) buckets.erase(buckets.begin());
}

void merge(AvailabilityBuckets& into, const AvailabilityBuckets& from) {
  for (const auto& [index, sums] : from) into[index] += sums;
}

}  // namespace

AvailabilitySums& AvailabilitySums::operator+=(const AvailabilitySums& other) {
  desired_ms += other.desired_ms;
  picture_ms += other.picture_ms;
  stream_ms += other.stream_ms;
  failures += other.failures;
  recoveries += other.recoveries;
  recovery_ms += other.recovery_ms;
  return *this;
}

std::optional<double> AvailabilitySums::picture() const {
  return part(picture_ms, desired_ms);
}

std::optional<double> AvailabilitySums::stream() const {
  return part(stream_ms, desired_ms);
}

std::optional<double> AvailabilitySums::mttr_seconds() const {
  if (recoveries <= 0) return std::nullopt;
  return static_cast<double>(recovery_ms) / static_cast<double>(recoveries) / 1000;
}

std::optional<double> AvailabilitySums::mtbf_seconds() const {
  if (failures <= 0) return std::nullopt;
  return static_cast<double>(desired_ms) / static_cast<double>(failures) / 1000;
}

void AvailabilityTally::observe(const AvailabilityCondition& condition, common::MonoTime now, WallTime wall) {
  const std::int64_t wall_ms = unix_ms(wall);
  if (!begun_at_ms_) begun_at_ms_ = wall_ms;
  if (seen_ && now > *seen_) {
    const std::int64_t elapsed = duration_cast<milliseconds>(now - *seen_).count();
    put(wall_ms - elapsed, wall_ms, condition_);
    // What is below a millisecond stays for the next call: many short intervals lose nothing.
    *seen_ += milliseconds(elapsed);
  } else if (!seen_) {
    seen_ = now;
  }
  condition_ = condition;
}

void AvailabilityTally::put(std::int64_t from_ms, std::int64_t to_ms,
                            const AvailabilityCondition& condition) {
  if (!condition.desired || to_ms <= 0) return;
  const auto kept = [to_ms](std::int64_t width, std::size_t count) {
    return std::max<std::int64_t>(0, to_ms - width * static_cast<std::int64_t>(count));
  };
  spread(minutes_, minute_ms, std::max(from_ms, kept(minute_ms, minutes_kept)), to_ms, condition);
  spread(hours_, hour_ms, std::max(from_ms, kept(hour_ms, hours_kept)), to_ms, condition);
  forget();
}

AvailabilitySums& AvailabilityTally::minute(WallTime wall) {
  return minutes_[unix_ms(wall) / minute_ms];
}

AvailabilitySums& AvailabilityTally::hour(WallTime wall) {
  return hours_[unix_ms(wall) / hour_ms];
}

void AvailabilityTally::count_failure(WallTime wall) {
  ++minute(wall).failures;
  ++hour(wall).failures;
  forget();
}

void AvailabilityTally::count_recovery(std::int64_t recovery_ms, WallTime wall) {
  for (AvailabilitySums* sums : {&minute(wall), &hour(wall)}) {
    ++sums->recoveries;
    sums->recovery_ms += recovery_ms;
  }
  forget();
}

AvailabilitySums AvailabilityTally::last_hour(WallTime now) const {
  return sum_up(minutes_, unix_ms(now) / minute_ms, 60);
}

AvailabilitySums AvailabilityTally::last_day(WallTime now) const {
  return sum_up(minutes_, unix_ms(now) / minute_ms, minutes_kept);
}

AvailabilitySums AvailabilityTally::last_month(WallTime now) const {
  return sum_up(hours_, unix_ms(now) / hour_ms, hours_kept);
}

SavedAvailability AvailabilityTally::save(WallTime now, bool goodbye) const {
  return {unix_ms(now), condition_.desired && !goodbye, minutes_, hours_};
}

void AvailabilityTally::restore(const SavedAvailability& saved, WallTime now) {
  merge(minutes_, saved.minutes);
  merge(hours_, saved.hours);
  const std::int64_t began = begun_at_ms_.value_or(unix_ms(now));
  if (saved.desired && saved.saved_at_ms > 0) put(saved.saved_at_ms, began, {true, false, false});
  forget();
}

void AvailabilityTally::forget() {
  drop_oldest(minutes_, minutes_kept);
  drop_oldest(hours_, hours_kept);
}

}  // namespace supervisor
