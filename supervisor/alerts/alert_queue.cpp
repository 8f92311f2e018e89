#include "supervisor/alerts/alert_queue.h"

#include <algorithm>
#include <utility>

namespace supervisor {
namespace {

using common::MonoTime;
using std::chrono::milliseconds;

constexpr int doublings_max = 20;

milliseconds backoff(milliseconds first, int failures, milliseconds longest) {
  const milliseconds delay = first * (1 << std::clamp(failures - 1, 0, doublings_max));
  return std::min(delay, std::max(first, longest));
}

std::string line_of(const AlertNotice& notice) {
  const std::string when = format_rfc3339(notice.at) + " " + std::string(kind_name(notice.kind)) + " ";
  if (notice.kind == AlertNotice::Kind::Digest) return when + std::to_string(notice.count) + " held back";
  return when + std::string(severity_name(notice.alert.severity)) + " " + headline(notice.alert);
}

}  // namespace

int AlertQueue::push(AlertNotice notice) {
  saved_.notices.push_back(std::move(notice));
  if (saved_.notices.size() <= notices_max) return 0;
  // What is on its way leaves by settle().
  const auto oldest = saved_.notices.begin() + static_cast<std::ptrdiff_t>(std::min(in_flight_, notices_max));
  saved_.notices.erase(oldest);
  ++saved_.lost;
  return 1;
}

std::optional<AlertNotice> AlertQueue::due(MonoTime now, WallTime wall) {
  if (in_flight_ > 0 || (not_before_ && now < *not_before_)) return std::nullopt;
  while (!saved_.notices.empty() && wall - saved_.notices.front().at > age_max) {
    saved_.notices.pop_front();
    ++saved_.lost;
    ++expired_;
  }
  if (saved_.notices.empty()) return std::nullopt;
  if (saved_.notices.size() > digest_above || saved_.lost > 0) {
    in_flight_ = saved_.notices.size();
    return digest_of_all(wall);
  }
  in_flight_ = 1;
  return saved_.notices.front();
}

std::optional<MonoTime> AlertQueue::next() const {
  if (saved_.notices.empty()) return std::nullopt;
  return not_before_.value_or(MonoTime::min());
}

AlertQueue::Settled AlertQueue::settle(const Delivery& delivery, MonoTime now) {
  const std::size_t sent = std::exchange(in_flight_, 0);
  if (delivery.kind == Delivery::Kind::Done || delivery.kind == Delivery::Kind::GivenUp) {
    const auto count = std::min(sent, saved_.notices.size());
    saved_.notices.erase(saved_.notices.begin(), saved_.notices.begin() + static_cast<std::ptrdiff_t>(count));
    failures_ = 0;
    not_before_.reset();
    const bool done = delivery.kind == Delivery::Kind::Done;
    if (done) saved_.lost = 0;
    return done ? Settled{static_cast<int>(count), 0} : Settled{0, static_cast<int>(count)};
  }
  ++failures_;
  const bool answered = delivery.kind == Delivery::Kind::Refused;
  milliseconds delay =
      backoff(retry_delay_, failures_,
              answered ? milliseconds(refused_delay_max) : milliseconds(unreachable_delay_max));
  if (delivery.retry_after)
    delay = std::clamp(*delivery.retry_after, retry_delay_, milliseconds(retry_after_max));
  not_before_ = now + delay;
  return {};
}

void AlertQueue::restore(SavedQueue saved) {
  saved.notices.insert(saved.notices.end(), std::make_move_iterator(saved_.notices.begin()),
                       std::make_move_iterator(saved_.notices.end()));
  saved_ = std::move(saved);
  while (saved_.notices.size() > notices_max) {
    saved_.notices.pop_front();
    ++saved_.lost;
  }
}

AlertNotice AlertQueue::digest_of_all(WallTime wall) const {
  AlertNotice digest;
  digest.kind = AlertNotice::Kind::Digest;
  digest.id = saved_.notices.back().id + "-digest";
  digest.at = wall;
  digest.count = saved_.lost;
  digest.alert.severity = Severity::Info;
  if (saved_.lost > 0) {
    digest.lines.push_back(std::to_string(saved_.lost) +
                           " older notices were dropped while this receiver was away");
  }
  for (const AlertNotice& notice : saved_.notices) {
    digest.alert.severity = std::max(digest.alert.severity, notice.alert.severity);
    digest.count += notice.kind == AlertNotice::Kind::Digest ? notice.count : 1;
    digest.lines.push_back(line_of(notice));
  }
  return digest;
}

}  // namespace supervisor
