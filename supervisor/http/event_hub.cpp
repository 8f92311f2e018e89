#include "supervisor/http/event_hub.h"

#include <algorithm>
#include <charconv>

namespace supervisor {
namespace {

void append_on_one_line(std::string& out, std::string_view text) {
  for (const char c : text) out.push_back(c == '\n' || c == '\r' ? ' ' : c);
}

}  // namespace

EventRing::EventRing(std::string instance, Limits limits) : instance_(std::move(instance)), limits_(limits) {}

void EventRing::push(std::string_view event, std::string_view json) {
  std::string frame;
  frame.reserve(event.size() + json.size() + instance_.size() + 48);
  frame.append("id: ").append(instance_).append("-").append(std::to_string(next_)).append("\nevent: ");
  append_on_one_line(frame, event);
  frame += "\ndata: ";
  append_on_one_line(frame, json);
  frame += "\n\n";
  bytes_ += frame.size();
  frames_.push_back(std::move(frame));
  ++next_;
  while (frames_.size() > 1 && (frames_.size() > limits_.events || bytes_ > limits_.bytes)) {
    bytes_ -= frames_.front().size();
    frames_.pop_front();
  }
}

bool EventRing::is_foreign(std::string_view last_event_id) const {
  const std::size_t dash = last_event_id.rfind('-');
  return dash != std::string_view::npos && last_event_id.substr(0, dash) != instance_;
}

std::optional<std::uint64_t> EventRing::wanted_after(std::string_view last_event_id) const {
  const std::size_t dash = last_event_id.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view digits = last_event_id.substr(dash + 1);
  std::uint64_t seen = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), seen);
  if (result.ec != std::errc{} || result.ptr != digits.data() + digits.size() || seen >= next_)
    return std::nullopt;
  return seen + 1;
}

std::uint64_t EventRing::position_after(std::string_view last_event_id) const {
  if (is_foreign(last_event_id)) return oldest();
  return std::max(wanted_after(last_event_id).value_or(next_), oldest());
}

std::string EventRing::gap_after(std::string_view last_event_id) const {
  const bool foreign = is_foreign(last_event_id);
  const std::uint64_t wanted = wanted_after(last_event_id).value_or(next_);
  if (!foreign && wanted >= oldest()) return {};
  const std::string id = instance_ + "-" + std::to_string(oldest() - 1);
  const std::string count = foreign ? "null" : std::to_string(oldest() - wanted);
  return "id: " + id + "\nevent: dropped\ndata: {\"code\":\"" + (foreign ? "restarted" : "lost") +
         "\",\"events\":" + count + "}\n\n";
}

bool EventRing::collect(std::uint64_t& position, std::string& out, std::size_t bytes_max) const {
  if (position < oldest()) return false;
  std::size_t taken = 0;
  while (position < next_ && (taken == 0 || taken < bytes_max)) {
    const std::string& frame = frames_[position - oldest()];
    out += frame;
    taken += frame.size();
    ++position;
  }
  return true;
}

EventHub::EventHub(std::string instance, EventRing::Limits limits) : ring_(std::move(instance), limits) {}

void EventHub::publish(std::string_view event, std::string_view json) {
  ring_.push(event, json);
  // A woken listener may stop listening, itself or another: the next one to wake is kept where that is seen.
  next_to_wake_ = listeners_.begin();
  while (next_to_wake_ != listeners_.end()) {
    const Listener listener = next_to_wake_++;
    (*listener)();
  }
}

EventHub::Listener EventHub::listen(std::function<void()> wake) {
  return listeners_.insert(listeners_.end(), std::move(wake));
}

void EventHub::stop_listening(Listener listener) {
  if (next_to_wake_ == listener) ++next_to_wake_;
  listeners_.erase(listener);
}

}  // namespace supervisor
