// Server-sent events (HTML Living Standard 9.2): a bounded ring of the last events, and the sessions that
// listen. The ring is the queue of every listener: each holds only a position in it, so a slow one costs no
// memory and is told that it fell behind when the ring has overtaken it. Event-loop thread only; no I/O, no
// clock.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>

namespace supervisor {

// Pure: numbered events, oldest dropped first.
class EventRing {
 public:
  struct Limits {
    std::size_t events = 1024;
    std::size_t bytes = 1u << 20;
  };
  // `instance`: letters and digits that differ from process to process; part of every id.
  EventRing(std::string instance, Limits limits);

  // `event`: name, letters digits and _; `json`: one value. Line breaks in either become spaces.
  void push(std::string_view event, std::string_view json);

  std::uint64_t next() const { return next_; }
  std::uint64_t oldest() const { return next_ - frames_.size(); }

  // Where a client goes on that last saw `last_event_id`: after that event; at the oldest one when that is
  // gone or the id is of another process; at next() when the id is empty or not ours to read.
  std::uint64_t position_after(std::string_view last_event_id) const;
  // What such a client is told first: an event `dropped` with the number of events it has missed for ever
  // (null: of another process, unknown), whose id is that of the last of them. Empty: it has missed none.
  std::string gap_after(std::string_view last_event_id) const;

  // Appends whole frames from `position` on, about `bytes_max` at most (always at least one), and moves
  // `position`. false: events from `position` on are gone.
  bool collect(std::uint64_t& position, std::string& out, std::size_t bytes_max) const;

 private:
  // Of the event after `last_event_id`; nothing: not ours to read.
  std::optional<std::uint64_t> wanted_after(std::string_view last_event_id) const;
  bool is_foreign(std::string_view last_event_id) const;

  std::string instance_;
  Limits limits_;
  std::deque<std::string> frames_;  // ready to send: id, event, data, empty line
  std::size_t bytes_ = 0;
  std::uint64_t next_ = 1;
};

// The ring and who to wake. Used by the daemon: hub.publish("state", json).
class EventHub {
 public:
  explicit EventHub(std::string instance, EventRing::Limits limits = {});

  void publish(std::string_view event, std::string_view json);
  const EventRing& ring() const { return ring_; }
  std::size_t listeners() const { return listeners_.size(); }

  using Listener = std::list<std::function<void()>>::iterator;
  // `wake` is called after every publish; it may stop listening inside the call.
  Listener listen(std::function<void()> wake);
  void stop_listening(Listener listener);

 private:
  EventRing ring_;
  std::list<std::function<void()>> listeners_;
  Listener next_to_wake_ = listeners_.end();
};

}  // namespace supervisor
