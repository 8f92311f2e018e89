// One input on its own thread: opens the source, asks it for a picture at every slot, closes it when it fails
// and tries again after InputPlan::retry_after, or at once when the cause was seen to change. What it finds
// is in its feed, where the media thread reads it without waiting for any X server: a thread that is stuck
// in a call is seen by the age of that call.
//
// A source that is frozen is opened anew at once, its last picture staying on air meanwhile. While the board
// is parked (a standby) the sources are only checked, twice a second.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/time_grid.h"
#include "worker/source/leftovers.h"
#include "worker/source/source.h"

namespace worker {

inline constexpr std::chrono::milliseconds parked_check{500};    // between two checks of a parked source
inline constexpr std::chrono::milliseconds cause_look{200};      // between two looks at a failure's cause
inline constexpr std::chrono::milliseconds call_time_max{1000};  // longer: the input hangs
inline constexpr int stuck_patience =
    5;  // so much longer until the next attempt, for each thread left behind
inline constexpr int hidden_seconds = 1;                      // between pictures of an input that nobody sees
inline constexpr std::chrono::milliseconds hidden_look{100};  // between two looks whether it still lives
inline constexpr std::size_t messages_max = 256;              // the oldest are dropped

// How an input gets its pictures.
struct InputPlan {
  std::string name;        // for people: ":0", "test card"
  std::string hang_error;  // what is wrong when a call does not come back, with its tag
  // Nothing: a slate, which has no source.
  std::function<common::Result<std::unique_ptr<Source>>(std::vector<common::Message>& messages)> open;
  std::chrono::milliseconds retry_after{500};
  // What made it fail may have changed since the last opening (the cookie file): retry at once. May be empty.
  std::function<bool()> cause_changed;
};

// What is known of one input while it is open. Guarded by the board's mutex.
struct Feed {
  enum class State { Opening, Giving, Failed };
  State state = State::Opening;
  std::string error;                           // Failed: why; Giving: it was frozen, until that is told
  bool error_told = false;                     // by the media thread
  std::shared_ptr<const Picture> picture;      // Giving: the latest, never null
  common::Slot slot = -1;                      // of the latest picture
  bool current = false;                        // it is of the present, not of the last look at a hidden input
  std::optional<common::MonoTime> called;      // inside open or capture since then
  std::optional<common::MonoTime> life;        // last time it was proved to live
  std::optional<common::MonoTime> picture_at;  // last time it gave a picture, changed or not
  std::uint64_t captured = 0;
  std::uint64_t changed = 0;
  std::uint64_t damage_events = 0;  // of all openings; where the display tells nothing: pictures that changed
  std::optional<Received> received;  // of all openings
  common::ContentTimes content;      // as of SourceSigns
  bool display_asleep = false;
  bool display_locked = false;
  std::string capture_mode;
  bool finished = false;  // the thread has left
  bool left = false;      // nobody waits for the thread any more: it is one of the leftovers
  std::shared_ptr<Leftovers> leftovers;
  // Orders to the thread.
  int priority = 0;  // its place in the list, for what it says
  bool stop = false;
  bool full_rate = true;  // a picture for every slot
  bool forget = false;    // nothing that came until now may be shown
  std::string drill;      // a fault to be passed on to the source
};

// The call in progress takes too long. Pure.
bool is_hung(const Feed& feed, common::MonoTime now);

// What all inputs share.
struct Board {
  std::mutex mutex;
  std::condition_variable news;  // to the media thread: a feed changed
  std::condition_variable wake;  // to the capture threads: orders
  bool parked = false;           // no pictures wanted
  // What the media thread does not get to is not captured either: a picture is made for each `every` slots,
  // and none before it asked for a slot no earlier than that of the latest.
  int every = 1;
  common::Slot asked = -1;
  bool starving = false;  // a capture thread waits for it to ask
  std::vector<common::Message> messages;

  void add_messages(std::vector<common::Message> more);  // mutex held
};

// The body of the thread of one input; returns when it is told to stop and no call is in progress.
void run_capture(const std::shared_ptr<Board>& board, const std::shared_ptr<Feed>& feed,
                 const InputPlan& plan, const common::TimeGrid& grid);

}  // namespace worker
