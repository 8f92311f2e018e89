// The notices one sink has still to deliver, and when it tries next. Bounded: the oldest goes, counted, and
// what is too old too; a sink that comes back to more than a few gets one digest of all. Pure: time is an
// argument; the sink's thread keeps it on disk (alert_sink.h).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "supervisor/alerts/alert.h"

namespace supervisor {

// What an attempt came to.
struct Delivery {
  enum class Kind {
    Done,
    Unreachable,  // no answer: refused, no such name, too slow, TLS; tried again soon
    Refused,      // it answered that it cannot now (500, 429, 4xx of a mail server); tried again, ever later
    GivenUp,      // it answered that it never will
  };
  Kind kind = Kind::Done;
  std::string error;                                          // without any secret
  std::optional<std::chrono::milliseconds> retry_after = {};  // as the receiver asked
};

struct SavedQueue {
  static constexpr int version = 1;
  std::deque<AlertNotice> notices;
  int lost = 0;  // went out of the bound since the last delivery
};

class AlertQueue {
 public:
  static constexpr std::size_t notices_max = 100;
  static constexpr std::size_t digest_above = 5;
  static constexpr std::chrono::hours age_max{24};
  // With the first delay doubled at each failure up to these.
  static constexpr std::chrono::seconds unreachable_delay_max{50};
  static constexpr std::chrono::minutes refused_delay_max{10};
  static constexpr std::chrono::hours retry_after_max{1};

  explicit AlertQueue(std::chrono::milliseconds retry_delay) : retry_delay_(retry_delay) {}
  void set_retry_delay(std::chrono::milliseconds delay) { retry_delay_ = delay; }

  // How many went out of the queue for it: 0 or 1.
  int push(AlertNotice notice);
  // What is to be sent now: the oldest, or a digest; nothing: empty, or not yet due. Drops what is too old.
  std::optional<AlertNotice> due(common::MonoTime now, WallTime wall);
  // When due() has something; nothing: only a push changes that.
  std::optional<common::MonoTime> next() const;
  // Of what due() gave. How many notices were delivered, and how many given up.
  struct Settled {
    int delivered = 0;
    int given_up = 0;
  };
  Settled settle(const Delivery& delivery, common::MonoTime now);
  int take_expired() { return std::exchange(expired_, 0); }  // dropped by due() since the last call

  std::size_t size() const { return saved_.notices.size(); }
  const SavedQueue& saved() const { return saved_; }
  void restore(SavedQueue saved);
  void try_now() { not_before_.reset(); }  // whatever the last attempt said

 private:
  AlertNotice digest_of_all(WallTime wall) const;

  std::chrono::milliseconds retry_delay_;
  SavedQueue saved_;
  std::size_t in_flight_ = 0;  // of the front, as one message
  int failures_ = 0;
  int expired_ = 0;
  std::optional<common::MonoTime> not_before_;
};

}  // namespace supervisor
